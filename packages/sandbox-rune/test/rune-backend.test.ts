import type {
  Artifact,
  Backend,
  CallRequest,
  HostAnswer,
  HostCallRequest,
  HostModuleDeclaration,
  Instance,
  Limits,
  Outcome,
  Value,
} from "@crucible/sandbox";
import { defaultLimits, equalValues, fail, object, succeed, unwrap, rootContext } from "@crucible/sandbox";
import { arbitraryValue } from "@crucible/sandbox/testing";
import { createRuneBackend } from "@crucible/sandbox-rune";
import { createNodeThreadPowers, createThreadPool, type JobReport, type ThreadPool } from "@crucible/sandbox-thread";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const names = ["echo", "refuse", "state.get"];
const modules: readonly HostModuleDeclaration[] = [
  {
    name: "crucible",
    summary: "For tests.",
    functions: names.map((name) => ({
      name,
      summary: "Answers.",
      parameters: [],
      returns: true,
      capability: null,
      effect: "none",
      cost: 1,
    })),
  },
  {
    name: "shapes",
    summary: "With a shim.",
    functions: [
      { name: "scale", summary: "Answers.", parameters: [], returns: true, capability: null, effect: "none", cost: 1 },
    ],
    shims: { rune: "pub fn twice(f, x) { f(f(x)) }\npub fn scaled(x) { host::scale(x)? }" },
  },
];
const memoryBytes = 8 * 1024 * 1024;

let pool: ThreadPool;
let backend: Backend;
const reports: JobReport[] = [];
let executions = 0;

beforeAll(() => {
  pool = createThreadPool({
    powers: createNodeThreadPowers(),
    workers: 2,
    observer: { jobEnded: (report) => reports.push(report) },
  });
  backend = createRuneBackend(pool);
});
afterAll(async () => {
  await backend.dispose();
  await pool.dispose();
});

const compile = (text: string): Promise<Outcome<Artifact>> =>
  backend.compile({ file: "test.rn", text, firstLine: 1, modules });
const load = async (text: string): Promise<Instance> =>
  unwrap(
    await backend.instantiate(unwrap(await compile(text)), { plugin: "p", version: "1.0.0", modules, memoryBytes }),
  );
const answer = (request: HostCallRequest): Promise<HostAnswer> => {
  const outcome: Outcome<Value> =
    request.function === "refuse"
      ? fail("host/note-not-found", "There is no such note")
      : succeed(request.args[0] ?? null);
  return Promise.resolve({ outcome, time: 1 });
};
function call(
  instance: Instance,
  action: string,
  params: Value = null,
  limits: Partial<Limits> = {},
  host: NonNullable<CallRequest["host"]>["call"] = answer,
): Promise<Outcome<Value>> {
  const executionId = `e${++executions}`;
  const context = rootContext({
    executionId,
    plugin: "p",
    version: "1.0.0",
    action,
    invoker: { kind: "user", name: "u" },
    deadline: 0,
  });
  return instance.call({
    action,
    params,
    context,
    limits: { ...defaultLimits, memory_bytes: memoryBytes, ...limits },
    seed: 1n,
    startTime: 0,
    host: { call: host },
  }).outcome;
}

describe("values", () => {
  test("pass through a program and through a host call as they are", async () => {
    const instance = await load("pub fn main(p) { p } pub fn host(p) { crucible::echo(p)? }");
    await fc.assert(
      fc.asyncProperty(arbitraryValue(), async (value) => {
        expect(equalValues(unwrap(await call(instance, "main", value)), value)).toBe(true);
        expect(equalValues(unwrap(await call(instance, "host", value)), value)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("that a program makes have the kinds that the table of languages says", async () => {
    const instance = await load(`
      struct Point { x, y }
      pub fn main() { #{ tuple: (1, 2.0), unit: (), some: Some(3), none: None, text: "a", letter: 'b', point: Point { x: 1, y: 2 }, bytes: b"ab", big: 9223372036854775807, wide: 5u64 } }
    `);
    expect(unwrap(await call(instance, "main"))).toMatchObject({
      tuple: [1, expect.anything()],
      unit: null,
      some: 3,
      none: null,
      text: "a",
      letter: "b",
      point: { x: 1, y: 2 },
      bytes: new Uint8Array([97, 98]),
      big: 9223372036854775807n,
      wide: 5,
    });
  });
});

describe("failures", () => {
  test("that an action returns end it under their own code", async () => {
    const instance = await load(
      'pub fn host() { crucible::refuse()?; 1 } pub fn caught() { match crucible::refuse() { Err(e) => e.code, Ok(v) => v } } pub fn text() { Err("my own") } pub fn fine() { Ok(Some(4)) }',
    );
    expect(await call(instance, "host")).toMatchObject({
      ok: false,
      error: { code: "host/note-not-found", message: "There is no such note" },
    });
    expect(await call(instance, "caught")).toStrictEqual(succeed("host/note-not-found"));
    expect(await call(instance, "text")).toMatchObject({
      ok: false,
      error: { code: "guest/exception", message: "my own" },
    });
    expect(await call(instance, "fine")).toStrictEqual(succeed(4));
  });

  test("at run time have line, column, source line and the script's own stack", async () => {
    const instance = await load("fn inner(v) {\n    v[7]\n}\npub fn main() {\n    inner([1])\n}");
    expect(await call(instance, "main")).toMatchObject({
      ok: false,
      error: {
        code: "guest/exception",
        details: {
          plugin: "p",
          place: { file: "test.rn", line: 2, column: 5, snippet: "    v[7]" },
          stack: [
            { function: "inner", line: 2 },
            { function: "main", line: 5 },
          ],
        },
      },
    });
  });

  test("of a compilation come all at once, sorted by place", async () => {
    const outcome = await compile("pub fn a() { missing_one }\npub fn b() { missing_two }");
    expect(outcome.ok).toBe(false);
    const diagnostics = outcome.ok ? [] : (outcome.error.details?.diagnostics ?? []);
    expect(diagnostics.map(({ place }) => place.line)).toStrictEqual([1, 2]);
  });

  test.each([
    "(".repeat(100_000),
    "fn main() {".repeat(20_000),
    `pub fn main() { ${"1 + ".repeat(50_000)}1 }`,
    "/*",
    '"',
    "\0",
    "pub fn main() { 99999999999999999999999999 }",
  ])("of hostile source are findings, never a crash (%#)", async (text) => {
    const outcome = await compile(text);
    if (!outcome.ok) expect(outcome.error.code).toMatch(/^compile\//);
    expect((await compile("pub fn main() { 1 }")).ok).toBe(true);
  });
});

describe("limits", () => {
  test("stop memory, fuel, depth, output and time, and the next call works", async () => {
    const instance = await load(`
      pub fn memory() { let v = []; loop { v.push([1, 2, 3]); } }
      pub fn spin() { loop {} }
      fn down(n) { down(n + 1) + 1 }
      pub fn depth() { down(0) }
      pub fn output() { loop { println!("0123456789"); } }
      pub fn fine() { 1 }
    `);
    for (const [action, limits, code] of [
      ["memory", {}, "limit/memory"],
      ["spin", { fuel: 100_000 }, "limit/fuel"],
      ["depth", {}, "limit/depth"],
      ["output", { output_bytes: 1000 }, "limit/output"],
      ["spin", { timeout_ms: 30 }, "limit/deadline"],
    ] as const) {
      expect(await call(instance, action, null, limits)).toMatchObject({ ok: false, error: { code } });
      expect(await call(instance, "fine")).toStrictEqual(succeed(1));
    }
  });

  test("hold in every call alike: memory that an earlier call grew is there for later ones", async () => {
    const instance = await load("pub fn main(n) { let v = []; for i in 0..n { v.push(i); } v.len() }");
    for (let round = 0; round < 20; round++)
      expect(await call(instance, "main", 200_000)).toStrictEqual(succeed(200_000));
  });

  test("equal runs cost equal fuel, and one unit less than that is too little", async () => {
    const instance = await load("pub fn main(n) { let v = []; for i in 0..n { v.push(`${i}`); } v.len() }");
    const used: number[] = [];
    for (let round = 0; round < 3; round++) {
      expect((await call(instance, "main", 500, { fuel: 10_000_000 })).ok).toBe(true);
      used.push(reports.at(-1)?.fuel ?? 0);
    }
    expect(new Set(used).size).toBe(1);
    expect((await call(instance, "main", 500, { fuel: used[0] ?? 0 })).ok).toBe(true);
    expect(await call(instance, "main", 500, { fuel: (used[0] ?? 0) - 1 })).toMatchObject({
      ok: false,
      error: { code: "limit/fuel" },
    });
  });
});

describe("modules", () => {
  test("with a shim are Rune around the host's functions", async () => {
    const instance = await load(
      'pub fn closures() { shapes::twice(|x| x * 3, 2) } pub fn host() { shapes::scaled(5) } pub fn direct() { shapes::scale(6)? } pub fn alias() { crucible.state.get("k")? }',
    );
    expect(await call(instance, "closures")).toStrictEqual(succeed(18));
    expect(await call(instance, "host")).toStrictEqual(succeed(5));
    expect(await call(instance, "direct")).toStrictEqual(succeed(6));
    expect(await call(instance, "alias")).toStrictEqual(succeed("k"));
  });

  test("are named by the artifact, for advice", async () => {
    expect(
      unwrap(await compile('pub fn main() { crucible::echo(1)?; crucible::state::get("k")? }')).hostFunctions,
    ).toStrictEqual(["crucible.echo", "crucible.state.get"]);
  });
});

test("functions marked as tests are found, and run like actions", async () => {
  const artifact = unwrap(
    await compile(
      'pub fn main() { 1 } #[test] fn good() { assert_eq!(1 + 1, 2); } #[test] fn wrong() { assert_eq!(1, 2); } #[test] fn refused() { Err("no") } mod inner { #[test] fn deep() {} }',
    ),
  );
  expect(artifact.tests).toStrictEqual(["good", "wrong", "refused", "inner::deep"]);
  const instance = unwrap(await backend.instantiate(artifact, { plugin: "p", version: "1.0.0", modules, memoryBytes }));
  const codes = await Promise.all(
    (artifact.tests ?? []).map(async (name) =>
      call(instance, name).then((outcome) => (outcome.ok ? "passed" : outcome.error.code)),
    ),
  );
  expect(codes).toStrictEqual(["passed", "guest/exception", "guest/exception", "passed"]);
});

test("statics do not outlive their call", async () => {
  const instance = await load("static COUNT = 0; pub fn main() { COUNT += 1; COUNT }");
  for (let round = 0; round < 5; round++) expect(await call(instance, "main")).toStrictEqual(succeed(1));
});

test("artifacts that were changed in any byte are refused", async () => {
  const artifact = unwrap(await compile("pub fn main() { 1 }"));
  const { createHash } = await import("node:crypto");
  for (let at = 0; at < artifact.bytes.length; at += Math.ceil(artifact.bytes.length / 50)) {
    const bytes = artifact.bytes.slice();
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const forged = { ...artifact, bytes, hash: createHash("sha256").update(bytes).digest("hex") };
    expect(await backend.instantiate(forged, { plugin: "p", version: "1.0.0", modules, memoryBytes })).toMatchObject({
      ok: false,
      error: { code: "compile/artifact-rejected" },
    });
  }
});

test("printed lines are log events", async () => {
  const instance = await load('pub fn main() { println!("one {}", 1); print!("two"); object() } fn object() { #{} }');
  const executionId = "printed";
  const context = rootContext({
    executionId,
    plugin: "p",
    version: "1.0.0",
    action: "main",
    invoker: { kind: "user", name: "u" },
    deadline: 0,
  });
  const handle = instance.call({
    action: "main",
    params: null,
    context,
    limits: { ...defaultLimits, memory_bytes: memoryBytes },
    seed: 1n,
    startTime: 0,
  });
  expect(await handle.outcome).toStrictEqual(succeed(object([])));
  const lines: string[] = [];
  for await (const event of handle.events) if (event.kind === "log") lines.push(event.message);
  expect(lines).toStrictEqual(["one 1", "two"]);
});
