// The hostile corpus as data, and what its runner finds when a target does not stand it.
import {
  createLoopWatch,
  hostilePrograms,
  hostileSuite,
  latestEndMs,
  openHostileRange,
  type ConformanceSubject,
  type ConformanceTarget,
  type HostileProgram,
  type LoopWatch,
} from "@crucible/conformance";
import {
  fail,
  settledInvocation,
  succeed,
  type Artifact,
  type Backend,
  type Instance,
  type Outcome,
  type Value,
} from "@crucible/sandbox";
import { describe, expect, test } from "vitest";

test("every language with a backend has at least sixty hostile programs, each with a name of its own", () => {
  for (const language of ["lua", "rune"]) {
    const names = hostilePrograms.filter((each) => each.language === language).map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(60);
    expect(new Set(names).size).toBe(names.length);
  }
});

test("every language has programs about every topic that it has means for, and all families of limits are reached", () => {
  for (const language of ["lua", "rune"]) {
    const programs = hostilePrograms.filter((each) => each.language === language);
    const topics = new Set(programs.map(({ topic }) => topic));
    expect(topics.size).toBeGreaterThanOrEqual(11);
    const ends = new Set(programs.map((each) => each.ends));
    for (const code of ["limit/deadline", "limit/memory", "limit/output", "limit/host-calls", "capability/denied"])
      expect(ends).toContain(code);
  }
});

test("an end comes in time at one and a half of its limit, or 50 ms after it, whichever is later", () => {
  expect([10, 100, 1_000].map(latestEndMs)).toEqual([60, 150, 1_500]);
});

const program: HostileProgram = {
  name: "returns at once",
  topic: "loop",
  language: "lua",
  source: "function main() return 1 end",
  ends: "limit/deadline",
};

const stubArtifact: Artifact = {
  backend: "stub",
  abi: "1",
  file: "stub.lua",
  hash: "0",
  bytes: new Uint8Array(),
  actions: null,
  warnings: [],
  hostFunctions: null,
};

/** A subject whose action `main` ends as it is told, and whose other actions end well. */
const subjectThatEnds = (outcome: () => Outcome<Value>): ConformanceSubject => {
  const instance: Instance = {
    call: ({ action }) => settledInvocation("1", action === "main" ? outcome() : succeed(1)),
    dispose: async () => Promise.resolve(),
  };
  const backend: Backend = {
    id: "stub",
    language: "lua",
    extensions: [".lua"],
    abi: "1",
    limits: [],
    features: { traps: false, fuel: false, artifacts: "local" },
    compile: async () => Promise.resolve(succeed(stubArtifact)),
    instantiate: async () => Promise.resolve(succeed(instance)),
    dispose: async () => Promise.resolve(),
  };
  return { backend, dispose: async () => Promise.resolve() };
};

test("a range reports a program that ends otherwise, takes too long or holds the event loop up, and tries late ones again", async () => {
  let outcome: Outcome<Value> = succeed("escaped");
  let blocked = 0;
  let step = 0;
  let time = 0;
  let runs = 0;
  const watch: LoopWatch = {
    now: () => (time += step),
    start: () => {
      runs += 1;
      return () => blocked;
    },
  };
  const range = await openHostileRange(
    subjectThatEnds(() => outcome),
    watch,
  );
  expect((await range.run(program)).problems).toEqual(["it ended with value instead of limit/deadline"]);
  expect(runs).toBe(1);

  outcome = fail("limit/deadline", "Too long");
  expect((await range.run(program)).problems).toEqual([]);
  blocked = 80;
  expect((await range.run(program)).problems).toEqual(["the event loop stood still for 80 ms"]);
  expect(runs).toBeGreaterThan(5);

  blocked = 0;
  step = 5_000;
  expect((await range.run(program)).problems).toEqual(["it took 5000 ms of 3000 ms"]);
  await range.dispose();
});

describe("a suite", () => {
  const lua = hostilePrograms.filter(({ language }) => language === "lua");
  const watch: LoopWatch = { now: () => 0, start: () => () => 0 };
  /** A target that stands every program of the corpus. */
  const standing = (more: Partial<ConformanceSubject> = {}): ConformanceTarget => ({
    name: "stub",
    language: "lua",
    offers: [],
    open: async () => {
      const calm = subjectThatEnds(() => succeed(1));
      const backend: Backend = {
        ...calm.backend,
        compile: async ({ text }) => {
          const program = lua.find(({ source }) => text.startsWith(source));
          return Promise.resolve(endBefore(program, "compile") ?? succeed({ ...stubArtifact, hash: text }));
        },
        instantiate: async ({ hash }) => {
          const program = lua.find(({ source }) => hash.startsWith(source));
          const ended = endBefore(program, "load");
          if (ended !== undefined) return Promise.resolve(ended);
          const call: Instance["call"] = ({ action }) =>
            settledInvocation("1", action === "main" && program !== undefined ? endOf(program) : succeed(1));
          return Promise.resolve(succeed({ call, dispose: async () => Promise.resolve() }));
        },
      };
      return Promise.resolve({ ...calm, backend, ...more });
    },
  });
  const endOf = ({ ends }: HostileProgram): Outcome<Value> => (ends === "value" ? succeed(1) : fail(ends, "Ended"));
  /** How a program ends that never comes to its action; nothing where it does. */
  const endBefore = (program: HostileProgram | undefined, at: HostileProgram["at"]): Outcome<never> | undefined =>
    program?.at === at && program?.ends !== undefined && program.ends !== "value"
      ? fail(program.ends, "Ended")
      : undefined;

  test("has a case for each program of its language, which fails as the program does", async () => {
    let opened = 0;
    const target = standing();
    const counted = { ...target, open: async () => ((opened += 1), target.open()) };
    const suite = hostileSuite(counted, watch, { handles: () => 0, residentBytes: () => 0 });
    expect([suite.cases.length, opened]).toEqual([lua.length + 1, 0]);
    for (const { run } of suite.cases) await expect(run()).resolves.toBeUndefined();
    expect(opened).toBe(1);
    await suite.dispose();
    const blocked = hostileSuite(
      target,
      { ...watch, start: () => () => 51 },
      { handles: () => 0, residentBytes: () => 0 },
    );
    await expect(blocked.cases[0]?.run()).rejects.toThrow("the event loop stood still for 51 ms");
  });

  test("sees threads, handles and memory that many runs leave", async () => {
    const growing = (by: number): (() => number) => {
      let held = 0;
      return () => (held += by);
    };
    const leftBy = async (threads: () => number, handles: () => number, residentBytes: () => number): Promise<string> =>
      String(
        await hostileSuite(standing({ threads }), watch, { handles, residentBytes }).cases.at(-1)?.run().catch(String),
      );
    const none = (): number => 1;
    expect(await leftBy(none, none, none)).toBe("undefined");
    expect(await leftBy(growing(1), none, none)).toContain("1 threads are left");
    expect(await leftBy(none, growing(3), none)).toContain("handles are left");
    expect(await leftBy(none, none, growing(300 * 1024 * 1024))).toContain("bytes are left");
  });
});

test("a watch of the event loop sees that it stands still", async () => {
  const watch = createLoopWatch();
  const stop = watch.start();
  const begun = watch.now();
  while (watch.now() - begun < 30);
  expect(stop()).toBeGreaterThanOrEqual(20);
});
