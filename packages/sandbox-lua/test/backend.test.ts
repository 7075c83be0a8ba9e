import { createHash } from "node:crypto";
import type {
  Backend,
  HostAnswer,
  HostCallRequest,
  HostModuleDeclaration,
  Instance,
  InvocationContext,
  InvocationHandle,
  Limits,
  Value,
} from "@crucible/sandbox";
import { defaultLimits, fail, object, succeed, unwrap, rootContext } from "@crucible/sandbox";
import { arbitraryValue } from "@crucible/sandbox/testing";
import { createLuaBackend } from "@crucible/sandbox-lua";
import type { ThreadPool } from "@crucible/sandbox-thread";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trappingArtifact } from "./trapping-artifact.ts";

const megabyte = 1024 * 1024;
let pool: ThreadPool;
let backend: Backend;
let executions = 0;

beforeAll(() => {
  pool = createThreadPool({ powers: createNodeThreadPowers(), workers: 2 });
  backend = createLuaBackend(pool);
});
afterAll(async () => {
  await backend.dispose();
  await pool.dispose();
});

const module: HostModuleDeclaration = {
  name: "crucible",
  summary: "",
  functions: ["echo", "missing"].map((name) => ({
    name,
    summary: "",
    parameters: [],
    returns: true,
    capability: null,
    effect: "none",
    cost: 1,
  })),
};

async function open(text: string, memoryBytes = 16 * megabyte): Promise<Instance> {
  const artifact = unwrap(await backend.compile({ file: "plugin.lua", text, firstLine: 1, modules: [module] }));
  return unwrap(
    await backend.instantiate(artifact, { plugin: "test", version: "1.0.0", modules: [module], memoryBytes }),
  );
}

function start(
  instance: Instance,
  action: string,
  params: Value = null,
  limits: Partial<Limits> = {},
): InvocationHandle {
  const executionId = `execution-${++executions}`;
  const context: InvocationContext = rootContext({
    executionId,
    plugin: "test",
    version: "1.0.0",
    action,
    invoker: { kind: "user", name: "test" },
    deadline: 0,
  });
  const answer = ({ function: name, args }: HostCallRequest): HostAnswer =>
    name === "echo"
      ? { outcome: succeed(args[0] ?? null), time: 1 }
      : { outcome: fail("host/not-found", "There is nothing"), time: 1 };
  return instance.call({
    action,
    params,
    context,
    limits: { ...defaultLimits, ...limits },
    seed: 7n,
    startTime: 0,
    host: { call: async (request) => answer(request) },
  });
}

// What in-guest limits did not stop when it was measured: each of these must end by the deadline.
const endless: readonly (readonly [string, string])[] = [
  ["a loop", "while true do end"],
  ["a loop in pcall in a loop", "while true do pcall(function() while true do end end) end"],
  ["a handler that loops", "while true do xpcall(error, function() while true do end end) end"],
  ["a coroutine that was made before", "while true do coroutine.resume(early) end"],
  ["a pattern that backtracks on 40 characters", "(('a'):rep(40)):find(('a?'):rep(40) .. ('.-'):rep(10) .. 'b')"],
  [
    "table.insert into a table that claims a length of 2^50",
    "table.insert(setmetatable({}, { __len = function() return 1 << 50 end }), 1, 'x')",
  ],
  [
    "table.concat over 2^50 items",
    "table.concat(setmetatable({}, { __index = function() return '' end }), '', 1, 1 << 50)",
  ],
  [
    "table.move with metamethods, again and again",
    "while true do table.move(setmetatable({}, { __index = function() return 1 end, __newindex = function() end }), 1, 1 << 25, 2, setmetatable({}, { __newindex = function() end })) end",
  ],
  ["a gsub whose replacement loops", "('x'):gsub('x', function() while true do end end)"],
  ["sorting with a comparison that loops", "table.sort({ 2, 1 }, function() while true do end end)"],
  [
    "closing a variable that loops",
    "local x <close> = setmetatable({}, { __close = function() while true do end end })",
  ],
  ["large strings with few instructions", "while true do local s = ('x'):rep(1000000):reverse():upper() end"],
  ["a __tostring of an error that loops", "error(setmetatable({}, { __tostring = function() while true do end end }))"],
  ["printing for ever", "while true do print() end"],
];

describe("the deadline", () => {
  it.each(endless)("ends %s", async (_, body) => {
    const instance = await open(
      `early = coroutine.create(function() while true do end end)\nfunction main() ${body} end\nfunction alive() return "alive" end`,
    );
    const outcome = await start(instance, "main", null, { timeout_ms: 50, output_bytes: 256 * megabyte }).outcome;
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: "limit/deadline", details: { limit: { limit: 50, unit: "ms" } } },
    });
    expect(await start(instance, "alive").outcome).toEqual({ ok: true, value: "alive" });
    await instance.dispose();
  });

  it("ends a plugin that never finishes loading", async () => {
    const instance = await open("while true do end");
    expect(await start(instance, "main", null, { timeout_ms: 50 }).outcome).toMatchObject({
      ok: false,
      error: { code: "limit/deadline" },
    });
    await instance.dispose();
  });

  it("leaves the pool as it was after a hundred runaway scripts", async () => {
    const instance = await open("function main() while true do pcall(error) end end function alive() return 1 end");
    for (let round = 0; round < 10; round++) {
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, () => start(instance, "main", null, { timeout_ms: 5 }).outcome),
      );
      // Those that found no worker in their five milliseconds are refused.
      for (const outcome of outcomes)
        expect(outcome.ok ? "ok" : outcome.error.code).toMatch(/^limit\/(deadline|workers)$/);
    }
    expect(await start(instance, "alive").outcome).toEqual({ ok: true, value: 1 });
    expect(pool.stats()).toMatchObject({ busy: 0, queued: 0 });
    expect(pool.stats().workers).toBeLessThanOrEqual(4);
    await instance.dispose();
  }, 60_000);
});

describe("the backend", () => {
  it("carries values through two threads and a host call", async () => {
    const instance = await open("function main(params) return { params = params, echoed = crucible.echo(params) } end");
    await fc.assert(
      fc.asyncProperty(arbitraryValue({ without: ["bytes", "null"] }), async (value) => {
        const outcome = await start(instance, "main", value).outcome;
        expect(outcome.ok && (outcome.value as Record<string, Value>)["params"]).toEqual(
          outcome.ok && (outcome.value as Record<string, Value>)["echoed"],
        );
        expect(outcome).toMatchObject({ ok: true });
      }),
      { numRuns: 50 },
    );
    await instance.dispose();
  });

  it("gives every call fresh state, in whichever worker it runs, a thousand times", async () => {
    const instance = await open(
      "local n = 0 function main(p) n = n + 1 _G.n = (_G.n or 0) + 1 return { n, _G.n, p } end",
    );
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => start(instance, "main", index).outcome),
    );
    expect(outcomes.map((outcome) => (outcome.ok ? outcome.value : outcome.error))).toEqual(
      Array.from({ length: 1000 }, (_, index) => [1, 1, index]),
    );
    await instance.dispose();
  });

  it("drops a guest that reached its memory limit, and the next call runs", async () => {
    const instance = await open(
      "function main() local t = {} while true do pcall(function() for i = 1, 1e6 do t[#t + 1] = ('x'):rep(1e4) .. i end end) end end function alive() return 1 end",
      4 * megabyte,
    );
    for (let round = 0; round < 3; round++) {
      expect(await start(instance, "main").outcome).toMatchObject({
        ok: false,
        error: { code: "limit/memory", details: { limit: { limit: 4 * megabyte } } },
      });
      expect(await start(instance, "alive").outcome).toEqual({ ok: true, value: 1 });
    }
    await instance.dispose();
  });

  it("reports a trap, and other calls of the same plugin run", async () => {
    const artifact = await trappingArtifact(backend);
    const instance = unwrap(
      await backend.instantiate(artifact, { plugin: "trap", version: "1.0.0", modules: [], memoryBytes: 2 * megabyte }),
    );
    for (let round = 0; round < 3; round++) {
      expect(await start(instance, "main").outcome).toMatchObject({ ok: false, error: { code: "guest/trap" } });
      expect(await start(instance, "fine").outcome).toEqual({ ok: true, value: "fine" });
    }
    await instance.dispose();
  });

  it("raises failures of the host in the guest, and ends under their code when they are not caught", async () => {
    const instance = await open(
      "function main() return crucible.missing() end function caught() local ok, e = pcall(crucible.missing) return { ok, e.code } end",
    );
    expect(await start(instance, "main").outcome).toMatchObject({
      ok: false,
      error: { code: "host/not-found", details: { place: { line: 1 } } },
    });
    expect(await start(instance, "caught").outcome).toEqual({ ok: true, value: [false, "host/not-found"] });
    await instance.dispose();
  });

  it("hands printed text to whoever follows the invocation", async () => {
    const instance = await open("function main() print('one', 2) return 1 end");
    const handle = start(instance, "main");
    await handle.outcome;
    const events: unknown[] = [];
    for await (const event of handle.events) events.push(event);
    expect(events).toMatchObject([{ kind: "log", message: "one\t2" }]);
    await instance.dispose();
  });

  it("reports what does not compile with its place", async () => {
    expect(await backend.compile({ file: "bad.lua", text: "return )", firstLine: 4, modules: [] })).toMatchObject({
      ok: false,
      error: { code: "compile/syntax", details: { place: { file: "bad.lua", line: 4 } } },
    });
  });

  it("refuses artifacts that are damaged or foreign", async () => {
    const artifact = unwrap(
      await backend.compile({ file: "a.lua", text: "function main() end", firstLine: 1, modules: [] }),
    );
    const options = { plugin: "a", version: "1.0.0", modules: [], memoryBytes: 2 * megabyte };
    const code = async (changed: Partial<typeof artifact>): Promise<string> => {
      const outcome = await backend.instantiate({ ...artifact, ...changed }, options);
      return outcome.ok ? "ok" : outcome.error.code;
    };
    const cut = artifact.bytes.slice(0, -1);
    expect(await code({})).toBe("ok");
    expect(await code({ bytes: cut })).toBe("compile/artifact-rejected");
    expect(await code({ bytes: cut, hash: createHash("sha256").update(cut).digest("hex") })).toBe(
      "compile/artifact-rejected",
    );
    expect(await code({ abi: "lua-5.3" })).toBe("compile/artifact-rejected");
    expect(await code({ backend: "rune" })).toBe("compile/artifact-rejected");
  });

  it("takes parameters and gives results of a megabyte", async () => {
    const instance = await open(
      "function main(p) local n = 0 for _, r in ipairs(p) do n = n + #r.text end return { n = n, p = p } end",
      64 * megabyte,
    );
    const params = Array.from({ length: 5000 }, (_, index) =>
      object([
        ["id", index],
        ["text", "x".repeat(200)],
      ]),
    );
    expect(await start(instance, "main", params).outcome).toEqual({
      ok: true,
      value: object([
        ["n", 1_000_000],
        ["p", params],
      ]),
    });
    await instance.dispose();
  });
});
