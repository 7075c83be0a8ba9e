import type { JournalEntry } from "@crucible/audit";
import type { InvocationHandle, Value } from "@crucible/sandbox";
import { decodeValue, defaultLimits, float, int, object, succeed, unwrap } from "@crucible/sandbox";
import { afterEach, describe, expect, test } from "vitest";
import type { HostSubject } from "./host-subject.ts";
import { lua, openHost, trustPlugin } from "./host-subject.ts";

const subjects: HostSubject[] = [];
const open = async (...args: Parameters<typeof openHost>): Promise<HostSubject> => {
  const subject = await openHost(...args);
  subjects.push(subject);
  return subject;
};
afterEach(async () => {
  await Promise.all(subjects.splice(0).map((subject) => subject.dispose()));
});
const kinds = (records: readonly JournalEntry[]): readonly string[] => records.map(({ kind }) => kind);
const ofKind = <K extends JournalEntry["kind"]>(
  records: readonly JournalEntry[],
  kind: K,
): readonly Extract<JournalEntry, { kind: K }>[] =>
  records.filter((record): record is Extract<JournalEntry, { kind: K }> => record.kind === kind);

describe("an invocation", () => {
  test("runs an action with validated parameters and result, and is journalled", async () => {
    const subject = await open({
      "/system/add.lua": lua(
        "add",
        "function main(p) return p.a + p.b end",
        "parameters: { a: { type: integer, required: true }, b: { type: integer, default: 10 } }\nreturns: { type: integer }\n",
      ),
    });
    expect(await subject.run("add", object([["a", 1]]))).toStrictEqual(succeed(11));
    expect(kinds(subject.records)).toStrictEqual(["plugin.load", "execution.start", "execution.end"]);
    expect(ofKind(subject.records, "execution.start")[0]).toMatchObject({
      plugin: "add",
      version: "0.1.0",
      action: "main",
      seed: "42",
      chain: ["add"],
      invoker: { kind: "user", name: "test" },
    });
    expect(await subject.run("add", object([["a", "x"]]))).toMatchObject({
      ok: false,
      error: { code: "invocation/invalid-parameters" },
    });
    expect(
      await subject.run(
        "add",
        object([
          ["c", 1],
          ["a", 1],
        ]),
      ),
    ).toMatchObject({ ok: false, error: { code: "invocation/invalid-parameters" } });
  });

  test("refuses a result that its schema does not allow", async () => {
    const subject = await open({
      "/system/p.lua": lua("p", "function main() return 'text' end", "returns: { type: integer }\n"),
    });
    expect(await subject.run("p")).toMatchObject({ ok: false, error: { code: "invocation/invalid-result" } });
  });

  test("fails with exactly these texts for what does not exist", async () => {
    const subject = await open({ "/system/core/http.lua": lua("http", "function main() end", "namespace: core\n") });
    expect(await subject.run("unknown/nonexistent")).toMatchObject({
      ok: false,
      error: { code: "plugin/not-found", message: "Plugin not found: unknown/nonexistent" },
    });
    expect(await subject.run("core/http", object([]), { action: "nonexistent" })).toMatchObject({
      ok: false,
      error: { code: "plugin/action-not-found", message: "Action 'nonexistent' not found in plugin 'core/http'" },
    });
  });

  test("carries compile findings as its outcome", async () => {
    const subject = await open({ "/system/p.lua": lua("p", "function main(\n  return 1\nend") });
    const outcome = await subject.run("p");
    expect(outcome).toMatchObject({ ok: false, error: { code: "compile/syntax", details: { plugin: "p" } } });
    expect(ofKind(subject.records, "error")[0]).toMatchObject({
      plugin: "p",
      error: { code: "compile/syntax" },
      context: "validation of /system/p.lua",
    });
  });

  test("repeats exactly with the same seed", async () => {
    const subject = await open({
      "/system/p.lua": lua("p", "function main() return { math.random(1000000), crucible.random_int(1, 1000000) } end"),
    });
    const first = await subject.run("p", object([]), { seed: 1n });
    expect(await subject.run("p", object([]), { seed: 1n })).toStrictEqual(first);
    expect(await subject.run("p", object([]), { seed: 2n })).not.toStrictEqual(first);
  });

  test("is recorded with the digests of what the guest got and what the caller got", async () => {
    const digests: Uint8Array[] = [];
    const subject = await open(
      {
        "/system/p.lua": lua(
          "p",
          "function main(p) return p.value end",
          "parameters: { value: { required: true } }\nreturns: { type: number }\n",
        ),
      },
      { digest: (bytes) => `digest ${digests.push(bytes.slice())}` },
    );
    // The schema makes a float of the integer that the guest returned.
    expect(await subject.run("p", object([["value", 2]]))).toStrictEqual(succeed(float(2)));
    expect(await subject.run("p", object([["value", 2.5]]))).toStrictEqual(succeed(2.5));
    expect(digests.map((bytes) => unwrap(decodeValue(bytes)))).toStrictEqual([
      object([["value", 2]]),
      float(2),
      object([["value", 2.5]]),
      2.5,
    ]);
  });

  test("leaves its outcome behind, within bounds of number and size", async () => {
    const subject = await open(
      {
        "/system/p.lua": lua(
          "p",
          "function main(p) if p.size < 0 then error('no') end return string.rep('x', p.size) end\nfunction tell() crucible.emit(1) end",
          "parameters: { size: { type: integer, required: true } }\nactions: { tell: { description: Emits } }\n",
        ),
      },
      { keptOutcomes: 40, limits: { ...defaultLimits, output_bytes: 20_000_000, rate_per_minute: 1000, burst: 1000 } },
    );
    subject.attach(() => Promise.resolve({ choice: "always", by: "test" }));
    const start = (action: string, params: Value): InvocationHandle =>
      subject.host.invoke("p", action, params, { invoker: { kind: "agent", name: "x" } });
    const run = async (action: string, params: Value): Promise<string> => {
      const handle = start(action, params);
      unwrap(await handle.outcome);
      return handle.id;
    };
    const size = (bytes: number): Value => object([["size", bytes]]);

    const failed = start("main", size(-1));
    const failure = await failed.outcome;
    expect(failure.ok).toBe(false);
    expect(await subject.host.attach(failed.id)?.outcome).toStrictEqual(failure);
    const small = await run("main", size(3));
    const many: string[] = [];
    for (let each = 0; each < 39; each++) many.push(await run("main", size(each)));
    expect(await subject.host.attach(small)?.outcome).toStrictEqual(succeed("xxx"));
    expect(subject.host.attach(failed.id)).toBe(undefined);

    // Two of 17 MB are more than 32 MB: what came before the second is gone.
    const large = [await run("main", size(17_000_000)), await run("main", size(17_000_000))];
    expect(subject.host.attach(many.at(-1) ?? "")).toBe(undefined);
    expect(large.map((id) => subject.host.attach(id) !== undefined)).toStrictEqual([false, true]);

    const telling: string[] = [];
    for (let each = 0; each < 33; each++) telling.push(await run("tell", object([])));
    expect(telling.map((id) => subject.host.attach(id) !== undefined)).toStrictEqual([
      false,
      ...telling.slice(1).map(() => true),
    ]);
  });

  test("can be found again by its id, running and finished", async () => {
    const subject = await open({ "/system/p.lua": lua("p", "function main() crucible.emit(1) return 2 end") });
    const handle = subject.host.invoke("p", "main", object([]), { invoker: { kind: "agent", name: "x" } });
    const attached = subject.host.attach(handle.id);
    expect(attached).toBe(handle);
    expect(await attached?.outcome).toStrictEqual(succeed(2));
    expect(subject.host.attach(handle.id)).toBe(handle);
    expect(subject.host.attach("other")).toBe(undefined);
    const events: unknown[] = [];
    for await (const event of handle.events) events.push(event);
    expect(events).toStrictEqual([{ kind: "emit", value: 1 }]);
  });

  test("can be cancelled before and while it runs, by handle and by signal", async () => {
    const subject = await open({ "/system/p.lua": lua("p", "function main() while true do end end") });
    const early = subject.host.invoke("p", "main", object([]), { invoker: { kind: "user", name: "u" } });
    early.cancel("changed my mind");
    expect(await early.outcome).toMatchObject({
      ok: false,
      error: { code: "invocation/cancelled", message: "The invocation was cancelled: changed my mind" },
    });
    const abort = new AbortController();
    const running = subject.run("p", object([]), { signal: abort.signal });
    setTimeout(() => abort.abort(), 80);
    expect(await running).toMatchObject({ ok: false, error: { code: "invocation/cancelled" } });
  });

  test("gets less than its limits, never more", async () => {
    const subject = await open({
      "/system/p.lua": lua("p", "function main() while true do end end", "limits: { timeout_ms: 60 }\n"),
    });
    expect(await subject.run("p", object([]), { limits: { timeout_ms: 600_000 } })).toMatchObject({
      ok: false,
      error: { code: "limit/deadline", details: { limit: { limit: 60 } } },
    });
    expect(await subject.run("p", object([]), { limits: { timeout_ms: -1 } })).toMatchObject({
      ok: false,
      error: { code: "host/invalid-argument" },
    });
  });

  test("is refused when the plugin was invoked too often", async () => {
    const subject = await open({
      "/system/p.lua": lua("p", "function main() return 1 end", "limits: { rate_per_minute: 60, burst: 2 }\n"),
    });
    expect([await subject.run("p"), await subject.run("p")].every(({ ok }) => ok)).toBe(true);
    expect(await subject.run("p")).toMatchObject({ ok: false, error: { code: "limit/rate" } });
    subject.time.now += 1000;
    expect(await subject.run("p")).toStrictEqual(succeed(1));
  });
});

describe("limits above the defaults", () => {
  const limited = (more: string): string => lua("p", "function main() return crucible.context().deadline end", more);

  test("are asked about once, before anything is loaded, and recorded", async () => {
    const subject = await open({ "/system/p.lua": limited("limits: { timeout_ms: 60000 }\n") });
    expect(await subject.run("p")).toMatchObject({
      ok: false,
      error: {
        code: "capability/denied",
        message: expect.stringContaining("cru plugins grants allow p timeout_ms=60000"),
      },
    });
    expect(subject.records.filter(({ kind }) => kind.startsWith("execution") || kind === "plugin.load")).toEqual([]);
    let questions = 0;
    subject.attach(() => {
      questions += 1;
      subject.time.now += 25_000;
      return Promise.resolve({ choice: "always", by: "somebody" });
    });
    const before = subject.time.now;
    // The time in which a person thinks is not the plugin's.
    expect(unwrap(await subject.run("p"))).toBe(before + 25_000 + 60_000);
    expect((await subject.run("p")).ok).toBe(true);
    expect(questions).toBe(1);
    expect(subject.records.filter(({ kind }) => kind === "limit.change")).toMatchObject([
      { plugin: "p", limit: "timeout_ms", from: 30_000, to: 60_000, approved_by: "somebody" },
    ]);
  });

  test("are those above what the host has for plugins that say nothing", async () => {
    const plugins = { "/system/p.lua": limited("limits: { timeout_ms: 60000 }\n") };
    const generous = await open(plugins, { limits: { ...defaultLimits, timeout_ms: 60_000 } });
    expect((await generous.run("p")).ok).toBe(true);
    const strict = await open(
      { "/system/p.lua": limited("limits: { timeout_ms: 20000 }\n") },
      { limits: { ...defaultLimits, timeout_ms: 10_000 } },
    );
    expect(await strict.run("p")).toMatchObject({ ok: false, error: { code: "capability/denied" } });
  });
});

describe("a host call", () => {
  const reader = lua("reader", "function main() return crucible.fetch('a.md') end", "capabilities: [KilnRead]\n");
  const writer = lua(
    "writer",
    "function main() crucible.put('a.md', 'secret text') return 'done' end",
    "capabilities: [KilnWrite]\n",
  );

  test("that is allowed by default has one record, with digests and without contents", async () => {
    const subject = await open({ "/system/reader.lua": reader });
    subject.notes.set("a.md", "the content");
    expect(await subject.run("reader")).toStrictEqual(succeed("the content"));
    const [record, ...more] = ofKind(subject.records, "host.call");
    expect(more).toStrictEqual([]);
    expect(record).toMatchObject({
      function: "crucible.fetch",
      subject: "a.md",
      capability: "KilnRead",
      decision: "by-default",
      status: "ok",
    });
    expect(JSON.stringify(subject.records)).not.toContain("the content");
  });

  test("that has to be asked is denied where nobody can be asked, with the command that permits it", async () => {
    const subject = await open({ "/system/writer.lua": writer });
    const outcome = await subject.run("writer");
    expect(outcome).toMatchObject({ ok: false, error: { code: "capability/denied" } });
    expect(JSON.stringify(outcome)).toContain("cru plugins grants allow");
    expect(subject.notes.size).toBe(0);
    expect(ofKind(subject.records, "host.intent")).toStrictEqual([]);
  });

  test("that was approved writes after its intent was recorded, and shows the person no content", async () => {
    const subject = await open({ "/system/writer.lua": writer });
    const shown: string[] = [];
    subject.attach((request) => Promise.resolve((shown.push(JSON.stringify(request)), { choice: "once", by: "ada" })));
    expect(await subject.run("writer")).toStrictEqual(succeed("done"));
    expect(subject.notes.get("a.md")).toBe("secret text");
    expect(kinds(subject.records)).toStrictEqual([
      "plugin.load",
      "execution.start",
      "approval",
      "host.intent",
      "host.call",
      "execution.end",
    ]);
    expect(shown.join("")).not.toContain("secret text");
    expect(JSON.stringify(subject.records)).not.toContain("secret text");
  });

  test("stops the deadline while the person thinks", async () => {
    const subject = await open({
      "/system/writer.lua": lua(
        "writer",
        "function main() crucible.put('a.md', 'x') return 'done' end",
        "capabilities: [KilnWrite]\nlimits: { timeout_ms: 150 }\n",
      ),
    });
    subject.attach(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { choice: "once", by: "ada" };
    });
    expect(await subject.run("writer")).toStrictEqual(succeed("done"));
  });

  test("stops the deadlines of all callers while the person thinks about a call of a callee", async () => {
    const relay = (callee: string): string => `function main() return require("${callee}").main({}) end`;
    const subject = await open({
      "/system/outer.lua": lua("outer", relay("inner"), "dependencies: { inner: '*' }\nlimits: { timeout_ms: 150 }\n"),
      "/system/inner.lua": lua(
        "inner",
        relay("writer"),
        "dependencies: { writer: '*' }\nlimits: { timeout_ms: 150 }\n",
      ),
      "/system/writer.lua": writer,
    });
    subject.attach(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { choice: "once", by: "ada" };
    });
    expect(await subject.run("outer")).toStrictEqual(succeed("done"));
  });

  test("that the manifest does not declare is an escalation, recorded at high priority", async () => {
    const subject = await open({
      "/system/sly.lua": lua(
        "sly",
        "function main() local ok, e = pcall(crucible.put, 'a.md', 'x') return e.code end",
        "capabilities: [KilnRead]\n",
      ),
    });
    expect(await subject.run("sly")).toStrictEqual(succeed("capability/escalation"));
    expect(ofKind(subject.records, "security")[0]).toMatchObject({
      priority: "high",
      operation: "crucible.put",
      reason: "undeclared",
      subject: "a.md",
    });
    expect(subject.notes.size).toBe(0);
    await subject.run("sly");
    await subject.run("sly");
    expect(await subject.run("sly")).toMatchObject({ ok: false, error: { code: "capability/quarantined" } });
  });

  test("with wrong arguments fails before anything else happens", async () => {
    const subject = await open({
      "/system/p.lua": lua(
        "p",
        "function main(p) local ok, e = pcall(crucible.fetch, table.unpack(p.args)) return e.code end",
        "parameters: { args: { type: array } }\n",
      ),
    });
    for (const args of [[], [1], ["a", "b"]])
      expect(await subject.run("p", object([["args", args]]))).toStrictEqual(succeed("host/invalid-argument"));
  });

  test("fails closed where the journal cannot be written", async () => {
    const broken = {
      append: (): number => {
        throw new Error("disk full");
      },
      flushed: () => Promise.resolve(succeed(undefined)),
      record: () => Promise.resolve(succeed(undefined)),
    };
    const subject = await open({ "/system/reader.lua": reader }, { journal: broken });
    expect((await subject.run("reader")).ok).toBe(false);
  });
});

describe("trust", () => {
  const plugin = lua("p", "function main() return 1 end");

  test("a kiln's plugin runs only after its content was trusted, and any byte asks again", async () => {
    const subject = await open({ "/kiln/plugins/p.lua": plugin });
    expect(await subject.run("p")).toMatchObject({ ok: false, error: { code: "plugin/untrusted" } });
    expect(subject.records).toStrictEqual([]);
    await trustPlugin(subject, "p");
    expect(await subject.run("p")).toStrictEqual(succeed(1));
    subject.write("/kiln/plugins/p.lua", lua("p", "function main() return 2 end", "capabilities: [KilnWrite]\n"));
    await subject.host.reload();
    const refused = await subject.run("p");
    expect(refused).toMatchObject({ ok: false, error: { code: "plugin/untrusted" } });
    expect(JSON.stringify(refused)).toContain("KilnWrite");
  });

  test("a person who is there is asked, and content that is not trusted shows none of its own text before", async () => {
    const text = lua(
      "own",
      "function main(p) return p.n end",
      "parameters: { n: { type: integer, required: true } }\n",
    );
    const subject = await open({ "/kiln/plugins/own.lua": text });
    const unfit = object([["n", "text"]]);
    expect(await subject.run("own", unfit)).toMatchObject({ ok: false, error: { code: "plugin/untrusted" } });
    const operations: string[] = [];
    subject.attach(({ operation }) => {
      operations.push(operation);
      return Promise.resolve({ choice: "always", by: "ada" });
    });
    expect(await subject.run("own", unfit)).toMatchObject({ ok: false, error: { code: "plugin/untrusted" } });
    expect(operations).toEqual([]);
    expect(await subject.run("own", object([["n", 1]]))).toStrictEqual(succeed(1));
    expect(await subject.run("own", unfit)).toMatchObject({
      ok: false,
      error: { code: "invocation/invalid-parameters" },
    });
    expect(operations).toEqual(["trust"]);
    expect(subject.records.filter(({ kind }) => kind === "plugin.trust")).toMatchObject([
      { plugin: "own", version: "0.1.0", change: "trust", mode: "content", invoker: { kind: "user", name: "ada" } },
    ]);
    subject.write("/kiln/plugins/own.lua", `${text}-- changed`);
    await subject.host.reload();
    expect(await subject.run("own", object([["n", 1]]))).toStrictEqual(succeed(1));
    expect(operations).toEqual(["trust", "trust"]);
  });

  test("an untrusted winner never falls back to what it stands before", async () => {
    const subject = await open({
      "/system/p.lua": plugin,
      "/kiln/plugins/p.lua": lua("p", "function main() return 'kiln' end"),
    });
    expect(await subject.run("p")).toMatchObject({ ok: false, error: { code: "plugin/untrusted" } });
  });
});

test("a grant for a plugin of one namespace is none for a namesake of another, and the command names the namespace", async () => {
  const writer = "function main() crucible.put('a.md', 'x') return 'done' end";
  const subject = await open({
    "/system/one.lua": lua("writer", writer, "namespace: one\ncapabilities: [KilnWrite]\n"),
    "/system/two.lua": lua("writer", writer, "namespace: two\ncapabilities: [KilnWrite]\n"),
  });
  unwrap(
    await subject.grants.add({
      effect: "allow",
      plugin: "one/writer",
      home: "system",
      capability: "KilnWrite",
      scope: {},
      origin: "command",
    }),
  );
  expect(await subject.run("one/writer")).toStrictEqual(succeed("done"));
  const refused = await subject.run("two/writer");
  expect(refused).toMatchObject({ ok: false, error: { code: "capability/denied" } });
  expect(refused.ok ? "" : refused.error.message).toContain("cru plugins grants allow two/writer KilnWrite");
  expect(ofKind(subject.records, "approval")).toMatchObject([{ plugin: "writer" }]);
});

describe("nested calls", () => {
  const dice = lua(
    "dice",
    "function main(p) return { sides = p.sides or 6, chain = crucible.context().depth } end",
    "parameters: { sides: { type: integer } }\n",
  );

  test("resolve in the caller's registry, carry the chain and give the callee its own authority", async () => {
    const subject = await open({
      "/system/dice.lua": dice,
      "/system/table.lua": lua(
        "game",
        "function main() return crucible.invoke_plugin('dice', { sides = 20 }) end",
        "capabilities: [PluginInvoke]\n",
      ),
    });
    expect(await subject.run("game")).toStrictEqual(
      succeed(
        object([
          ["chain", 1],
          ["sides", 20],
        ]),
      ),
    );
    const starts = ofKind(subject.records, "execution.start");
    expect(starts.map(({ chain, parent_execution_id }) => [chain, parent_execution_id])).toStrictEqual([
      [["game"], null],
      [["game", "dice"], starts[0]?.execution_id],
    ]);
    expect(starts[1]?.invoker).toStrictEqual({ kind: "plugin", name: "game" });
  });

  test("through an import are calls of the dependency, which it allows by being declared", async () => {
    const subject = await open({
      "/system/dice.lua": dice,
      "/system/game.lua": lua(
        "game",
        "local dice = require('dice')\nfunction main() return dice.main({ sides = 4 }).sides end",
        "capabilities: []\ndependencies: { dice: ^0.1.0 }\n",
      ),
    });
    expect(await subject.run("game")).toStrictEqual(succeed(4));
  });

  test("to a missing or unsuitable dependency fail with the path", async () => {
    const subject = await open({
      "/system/dice.lua": dice,
      "/system/a.lua": lua("a", "function main() end", "dependencies: { nothing: '*' }\n"),
      "/system/b.lua": lua("b", "function main() end", "dependencies: { dice: ^2.0.0 }\n"),
    });
    expect(await subject.run("a")).toMatchObject({ ok: false, error: { code: "plugin/dependency-missing" } });
    expect(await subject.run("b")).toMatchObject({ ok: false, error: { code: "plugin/dependency-conflict" } });
  });

  test("propagate errors and stop at the depth limit", async () => {
    const subject = await open({
      "/system/loop.lua": lua(
        "loop",
        "function main() return crucible.invoke_plugin('loop') end",
        "capabilities: [PluginInvoke]\nlimits: { call_depth: 3 }\n",
      ),
    });
    expect(await subject.run("loop")).toMatchObject({
      ok: false,
      error: { code: "limit/depth" },
    });
    expect(ofKind(subject.records, "execution.start").length).toBe(4);
  });

  test("end with their caller", async () => {
    const subject = await open({
      "/system/slow.lua": lua("slow", "function main() while true do end end"),
      "/system/caller.lua": lua(
        "caller",
        "function main() return crucible.invoke_plugin('slow') end",
        "capabilities: [PluginInvoke]\nlimits: { timeout_ms: 150 }\n",
      ),
    });
    expect(await subject.run("caller")).toMatchObject({ ok: false, error: { code: "limit/deadline" } });
  });

  test("of libraries are linked into the importer's guest", async () => {
    const subject = await open({
      "/system/shapes.lua": lua(
        "shapes",
        "local shapes = {}\nfunction shapes.area(w, h) return w * h end\nreturn shapes",
        "kind: library\n",
      ),
      "/system/p.lua": lua(
        "p",
        "local shapes = require('shapes')\nfunction main() return shapes.area(3, 4) end",
        "dependencies: { shapes: '*' }\n",
      ),
    });
    expect(await subject.run("p")).toStrictEqual(succeed(12));
    expect(await subject.run("shapes")).toMatchObject({ ok: false, error: { code: "plugin/action-not-found" } });
  });
});

describe("reload", () => {
  test("leaves running invocations on their version and gives new ones the new", async () => {
    const subject = await open({
      "/system/p.lua": lua(
        "p",
        "function main() crucible.put('gate.md', '') return 'old' end",
        "capabilities: [KilnWrite]\n",
      ),
    });
    let release: () => void = () => {};
    subject.attach(() => new Promise((resolve) => (release = () => resolve({ choice: "always", by: "ada" }))));
    const running = subject.run("p");
    while (ofKind(subject.records, "execution.start").length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    subject.write("/system/p.lua", lua("p", "function main() return 'new' end", "capabilities: [KilnWrite]\n"));
    const reloading = subject.host.reload();
    expect(unwrap(subject.host.registry.find("p")).source.text).toBeDefined();
    release();
    expect(await running).toStrictEqual(succeed("old"));
    await reloading;
    expect(await subject.run("p")).toStrictEqual(succeed("new"));
  });

  test("loads nothing before it is needed and frees what is unloaded", async () => {
    const subject = await open({
      "/system/p.lua": lua("p", "function main() return 1 end"),
      "/system/q.lua": lua("q", "function main() return 2 end"),
    });
    expect(subject.host.statistics().entries).toBe(0);
    await subject.run("p");
    await subject.run("p");
    expect(subject.host.statistics().entries).toBe(1);
    expect(ofKind(subject.records, "plugin.load").length).toBe(1);
    expect(await subject.host.unload("p")).toStrictEqual(succeed(1));
    expect(subject.host.statistics().entries).toBe(0);
    expect(await subject.run("p")).toStrictEqual(succeed(1));
    await subject.host.dispose();
    expect(subject.host.statistics().live).toBe(0);
    expect(await subject.run("p")).toMatchObject({ ok: false, error: { code: "host/unavailable" } });
  });
});

test("crucible.random repeats with its seed and differs between seeds", async () => {
  const subject = await open({
    "/system/p.lua": lua("p", "function main() local t = {} for i = 1, 5 do t[i] = crucible.random() end return t end"),
  });
  const draw = async (seed: bigint): Promise<unknown> => subject.run("p", object([]), { seed });
  const seeds = [0n, 1n, -1n, BigInt(int(2n ** 60n) as bigint)];
  const drawn = await Promise.all(seeds.map(draw));
  expect(await Promise.all(seeds.map(draw))).toStrictEqual(drawn);
  expect(new Set(drawn.map((each) => JSON.stringify(each))).size).toBe(seeds.length);
});
