import { fail, object, succeed, unwrap, type Outcome, type Value, type ValueObject } from "@crucible/sandbox";
import {
  canRetry,
  createRun,
  decodeRecords,
  retryDelay,
  type RetryPolicy,
  type RunStore,
  type StepLog,
} from "@crucible/stdlib-workflow";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { callOf, createMemoryFiles, storeIn } from "./memory-files.ts";
import { createWorld, executeIn, workflowOf, type Behaviour } from "./virtual-world.ts";

const done = (value: Value = null, ms = 0): Behaviour => ({ ms, outcome: succeed(value) });
const broken = (message: string, ms = 0): Behaviour => ({ ms, outcome: fail("host/network", message) });

describe("an execution", () => {
  test("gives outputs to the tasks that need them, by reference and as they are", async () => {
    const world = createWorld((name, _, params) =>
      name === "web.get" ? done({ body: { count: 2, list: [7, 8] }, "0": null }) : done(params),
    );
    const report = await executeIn(
      world,
      {
        tasks: {
          fetch: { type: "web.get", inputs: { url: "https://${inputs.host}/", plain: "$${x}" } },
          store: {
            type: "db.put",
            inputs: { all: "${fetch}", count: "${fetch.body.count}", text: "n=${fetch.body.list[1]}" },
          },
          own: { run: true, needs: ["store", "fetch"] },
        },
      },
      { inputs: { host: "example.org" } },
    );
    expect(world.calls.map(({ params }) => params)).toMatchObject([
      { url: "https://example.org/", plain: "${x}" },
      { all: { body: { count: 2 } }, count: 2, text: "n=8" },
    ]);
    expect(report).toMatchObject({
      status: "succeeded",
      order: ["fetch", "store", "own"],
      outputs: { own: { inputs: {}, outputs: { fetch: { body: { list: [7, 8] } }, store: { count: 2 } } } },
    });
  });

  test("in sequence runs one task at a time, in topological order, and reports how far it is", async () => {
    const world = createWorld(() => done(null, 10));
    const report = await executeIn(world, {
      tasks: {
        d: { type: "p.d" },
        c: { type: "p.c", needs: ["d"] },
        b: { type: "p.b" },
        a: { type: "p.a", needs: ["c"] },
      },
    });
    expect(world.calls.map(({ action }) => action)).toStrictEqual(["p.b", "p.d", "p.c", "p.a"]);
    expect(world.calls.map(({ started }) => started - 1_000_000)).toStrictEqual([0, 10, 20, 30]);
    expect(world.load.most).toBe(1);
    expect(report).toMatchObject({ duration_ms: 40 });
    const fractions = world.progress.map(({ fraction }) => fraction ?? -1);
    expect(fractions).toStrictEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
  });

  test("in parallel takes as long as the longest chain, within the bound", async () => {
    const tasks = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, { type: `p.${name}` }]));
    for (const [concurrency, ms] of [
      [4, 10],
      [2, 20],
      [1, 40],
    ] as const) {
      const world = createWorld(() => done(null, 10));
      const report = await executeIn(world, { tasks }, { parallel: true, concurrency });
      expect(report).toMatchObject({ status: "succeeded", duration_ms: ms });
      expect(world.load.most).toBe(concurrency);
    }
  });

  test("runs a function of the plugin while actions run outside", async () => {
    const world = createWorld((name) => done(name, name === "own" ? 5 : 10));
    const report = await executeIn(
      world,
      { tasks: { far: { type: "p.far" }, own: { run: true } } },
      { parallel: true },
    );
    expect(report).toMatchObject({ status: "succeeded", duration_ms: 10 });
  });

  test("of any graph passes the same outputs in sequence and in parallel", async () => {
    const graph = fc.integer({ min: 0, max: 7 }).chain((count) =>
      fc.tuple(
        ...Array.from({ length: count }, (_, place) =>
          fc.record({
            needs: fc.subarray(Array.from({ length: place }, (__, other) => `t${other}`)),
            own: fc.boolean(),
            ms: fc.integer({ min: 0, max: 5 }),
            fails: fc.boolean(),
            optional: fc.boolean(),
          }),
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(graph, async (tasks) => {
        const definition = {
          tasks: tasks.map(({ needs, own, optional }, place) => ({
            name: `t${place}`,
            needs,
            optional,
            ...(own
              ? { run: true }
              : { type: `p.t${place}`, inputs: object(needs.map((need) => [need, `\${${need}}`])) }),
          })),
        };
        const results = [];
        for (const parallel of [false, true]) {
          const world = createWorld((name, _, params) => {
            const task = tasks[Number(name.replace(/\D/gu, ""))];
            return task?.fails === true
              ? broken("no", task.ms)
              : done([name, task?.own === true ? "own" : params], task?.ms ?? 0);
          });
          const { status, outputs, errors, tasks: states, order } = await executeIn(world, definition, { parallel });
          results.push({
            status,
            outputs,
            errors,
            order,
            because: Object.values(states ?? {}).map((state) => (state as ValueObject)["because"] ?? null),
          });
        }
        expect(results[1]).toStrictEqual(results[0]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("a failure", () => {
  test("skips what depends on it, names why, and leaves the workflow partially failed with a full report", async () => {
    const world = createWorld((name) => (name === "p.bad" ? broken("no route") : done(name)));
    const report = await executeIn(world, {
      tasks: {
        bad: { type: "p.bad" },
        next: { type: "p.next", needs: ["bad"] },
        last: { type: "p.last", needs: ["next"] },
        other: { type: "p.other" },
      },
    });
    expect(report).toMatchObject({
      status: "partially_failed",
      counts: { succeeded: 1, failed: 1, skipped: 2, cancelled: 0 },
      errors: [{ task: "bad", attempts: 1, error: { code: "host/network", message: "no route" }, optional: false }],
      tasks: {
        next: { status: "skipped", because: ["bad"] },
        last: { status: "skipped", because: ["next"] },
        other: { status: "succeeded" },
      },
    });
  });

  test("of an optional task changes nothing for others, who see null", async () => {
    const world = createWorld((name, _, params) => (name === "p.bad" ? broken("no") : done(params)));
    const report = await executeIn(world, {
      tasks: { bad: { type: "p.bad", optional: true }, next: { type: "p.next", inputs: { it: "${bad.deep.er}" } } },
    });
    expect(report).toMatchObject({
      status: "succeeded",
      outputs: { next: { it: null } },
      errors: [{ task: "bad", optional: true }],
    });
  });

  test("of a critical task cancels what runs and starts nothing more", async () => {
    const world = createWorld((name) => (name === "p.bad" ? broken("no", 5) : done(name, 10)));
    const report = await executeIn(
      world,
      {
        tasks: {
          bad: { type: "p.bad", critical: true },
          slow: { type: "p.slow" },
          zlast: { type: "p.last", needs: ["slow"] },
        },
      },
      { parallel: true },
    );
    expect(report).toMatchObject({
      status: "failed",
      reason: 'the critical task "bad" failed',
      duration_ms: 5,
      tasks: { slow: { status: "cancelled" }, zlast: { status: "cancelled" } },
    });
    expect(world.calls).toHaveLength(2);
  });

  test("of a condition skips the task, and a reference to nothing fails it without an attempt outside", async () => {
    const world = createWorld(() => done({ found: false }));
    const report = await executeIn(world, {
      tasks: {
        look: { type: "p.look" },
        use: { type: "p.use", when: "${look.found}" },
        after: { run: true, needs: ["use"] },
        wrong: { type: "p.wrong", inputs: { x: "${look.missing}" }, retry: { max: 5 } },
      },
    });
    expect(report).toMatchObject({
      status: "partially_failed",
      tasks: {
        use: { status: "skipped", because: "${look.found}" },
        after: { status: "skipped", because: ["use"] },
        wrong: { status: "failed", attempts: 1, error: { code: "host/invalid-argument" } },
      },
    });
    expect(world.calls).toHaveLength(1);
  });
});

describe("retries", () => {
  const policy: RetryPolicy = { max: 6, delayMs: 100, factor: 2, maxDelayMs: 1000, jitter: 0 };

  test("wait twice as long each time, up to the bound, with the attempt in the request", async () => {
    const world = createWorld((_, attempt) => (attempt < 7 ? broken("not yet") : done("at last")));
    const report = await executeIn(world, {
      tasks: { a: { type: "p.a", retry: { max: 6, delay_ms: 100, max_delay_ms: 1000, jitter: 0 } } },
    });
    expect(report).toMatchObject({ status: "succeeded", outputs: { a: "at last" }, tasks: { a: { attempts: 7 } } });
    const starts = world.calls.map(({ started }) => started - 1_000_000);
    expect(starts).toStrictEqual([0, 100, 300, 700, 1500, 2500, 3500]);
    expect(world.calls.map(({ request }) => [request.taskId, request.attempt])).toStrictEqual(
      [1, 2, 3, 4, 5, 6, 7].map((attempt) => ["test/a", attempt]),
    );
  });

  test("end when they are exhausted, and are not begun for what they cannot change", async () => {
    const world = createWorld((name) =>
      name === "p.denied" ? { outcome: fail("capability/denied", "no") } : broken("no"),
    );
    const report = await executeIn(world, {
      tasks: {
        a: { type: "p.a", retry: { max: 2, backoff: "fixed", delay_ms: 7, jitter: 0 } },
        b: { type: "p.denied", retry: { max: 2 } },
      },
    });
    expect(report).toMatchObject({
      tasks: { a: { attempts: 3, status: "failed" }, b: { attempts: 1, status: "failed" } },
      duration_ms: 14,
    });
    expect(canRetry({ code: "host/network", message: "" })).toBe(true);
    expect(canRetry({ code: "plugin/not-found", message: "" })).toBe(false);
  });

  test("of functions and of actions are the same", async () => {
    const results: Value[] = [];
    for (const work of [{ run: true }, { type: "p.a" }]) {
      const world = createWorld((_, attempt) => (attempt < 3 ? broken("not yet", 3) : done(1, 3)));
      results.push(await executeIn(world, { tasks: { a: { ...work, retry: { max: 3, delay_ms: 10 } } } }));
    }
    expect(results[0]).toStrictEqual(results[1]);
  });

  test("lose at most the share of the delay that the jitter names", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, random, jitter) => {
          const full = retryDelay(policy, attempt, random);
          const delay = retryDelay({ ...policy, jitter }, attempt, random);
          expect(full).toBe(Math.min(1000, 100 * 2 ** (attempt - 1)));
          expect(delay).toBeLessThanOrEqual(full);
          expect(delay).toBeGreaterThanOrEqual(Math.floor(full * (1 - jitter)));
        },
      ),
    );
  });

  test("are not counted where no worker was free: the workflow asks for less at once", async () => {
    let busy = 0;
    const world = createWorld(() =>
      world.load.now > 2 ? { outcome: fail("limit/workers", "No worker is free") } : done((busy += 1), 10),
    );
    const tasks = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, { type: `p.${name}` }]));
    const report = await executeIn(world, { tasks }, { parallel: true, concurrency: 4 });
    expect(report).toMatchObject({ status: "succeeded", counts: { succeeded: 4 } });
    expect(
      Object.values(report["tasks"] as ValueObject).map((task) => (task as ValueObject)["attempts"]),
    ).toStrictEqual([1, 1, 1, 1]);
  });
});

describe("bounds of time", () => {
  test("cut the workflow and cancel what runs", async () => {
    const world = createWorld(() => done(null, 100));
    const report = await executeIn(world, {
      timeout_ms: 150,
      tasks: { a: { type: "p.a" }, b: { type: "p.b" }, c: { type: "p.c" } },
    });
    expect(report).toMatchObject({ status: "timed_out", duration_ms: 150, counts: { succeeded: 1, cancelled: 2 } });
    expect(world.load.now).toBe(0);
  });

  test("of a task go to the action, and are checked when a function has ended", async () => {
    const world = createWorld(() => done(null, 100));
    const report = await executeIn(world, {
      tasks: {
        a: { type: "p.a", timeout_ms: 500 },
        b: { run: true, timeout_ms: 99 },
        c: { run: true, timeout_ms: 100 },
      },
    });
    expect(world.calls[0]?.request.timeoutMs).toBe(500);
    expect(report).toMatchObject({
      tasks: { b: { status: "failed", error: { code: "limit/deadline" } }, c: { status: "succeeded" } },
    });
  });

  test("cancellation ends actions and retries, and the report says why", async () => {
    const world = createWorld((name) => (name === "p.a" ? broken("no") : done(null, 1_000_000)));
    const run = createRun(
      workflowOf({ tasks: { a: { type: "p.a", retry: { max: 9, delay_ms: 5000 } }, b: { type: "p.b" } } }),
      { parallel: true, concurrency: 4, idPrefix: "x", startTimer: world.startTimer },
    );
    world.startTimer(1000, () => run.cancel("enough"));
    expect(unwrap(await world.execute(run))).toMatchObject({
      status: "cancelled",
      reason: "enough",
      duration_ms: 1000,
      counts: { cancelled: 2 },
    });
    expect(world.load.now).toBe(0);
    expect(await run.advance(world.call())).toMatchObject({ ok: false, error: { code: "host/invalid-argument" } });
  });
});

/** The log as a run sees it. */
function runStore(log: StepLog): RunStore {
  return {
    append: (record, whole) => log.append(callOf(), record, whole),
    replace: (whole) => log.replace(callOf(), whole),
    forget: () => log.forget(callOf()),
  };
}

describe("a stored run", () => {
  const definition = {
    tasks: {
      a: { type: "p.a", retry: { max: 3, delay_ms: 5, jitter: 0 } },
      b: { run: true, needs: ["a"] },
      c: { type: "p.c", inputs: { from: "${a}" } },
      d: { type: "p.d", needs: ["b", "c"] },
      e: { type: "p.e" },
      f: { run: true, needs: ["e"] },
    },
  };
  // `a` fails twice, `e` always; everything else returns what it got.
  const behave = (name: string, attempt: number, params: Value): Behaviour =>
    name === "p.a" && attempt < 3
      ? broken("not yet", 2)
      : name === "p.e"
        ? broken("never", 2)
        : done([name, params], 2);

  /** Executes with files that fail, as those of a process that dies, after so many changes. */
  const executeUntil = async (
    stored: { readonly contents: Map<string, Uint8Array>; count: number },
    changes: number,
    ran: string[],
    parallel: boolean,
  ): Promise<Outcome<ValueObject>> => {
    const workflow = workflowOf(definition);
    const world = createWorld((name, attempt, params) => {
      const behaviour = behave(name, attempt, params);
      ran.push(`${name} ${attempt}`);
      return behaviour;
    });
    const files = createMemoryFiles(stored.contents, changes);
    const log = unwrap(await storeIn(files).open(callOf(), { workflow: "w", run: "r" }, false));
    const run = createRun(workflow, {
      parallel,
      concurrency: 3,
      idPrefix: "w/r",
      startTimer: world.startTimer,
      records: unwrap(decodeRecords(workflow, log.kept)),
    });
    const outcome = await world.execute(run, runStore(log));
    stored.count = files.changes;
    return outcome;
  };
  const withoutTimes = (report: ValueObject): Value =>
    JSON.parse(JSON.stringify(report, (key, value: unknown) => (key === "duration_ms" ? 0 : value))) as Value;

  test.each([false, true])(
    "that is killed at any step goes on where it stopped, to the same report (parallel: %s)",
    async (parallel) => {
      const whole = { contents: new Map<string, Uint8Array>(), count: 0 };
      const wholeRan: string[] = [];
      const expected = withoutTimes(unwrap(await executeUntil(whole, Infinity, wholeRan, parallel)));
      expect(expected).toMatchObject({ status: "partially_failed", counts: { succeeded: 4, failed: 1, skipped: 1 } });
      expect(whole.count).toBeGreaterThan(5);
      for (let steps = 0; steps < whole.count; steps += 1) {
        const stored = { contents: new Map<string, Uint8Array>(), count: 0 };
        const ran: string[] = [];
        expect(await executeUntil(stored, steps, ran, parallel)).toMatchObject({
          ok: false,
          error: { message: "killed" },
        });
        const before = new Set(ran);
        const resumed: string[] = [];
        expect(withoutTimes(unwrap(await executeUntil(stored, Infinity, resumed, parallel)))).toStrictEqual(expected);
        // Twice ran only what was under way or not yet stored when it was killed.
        const twice = resumed.filter((each) => before.has(each));
        expect(twice.length).toBeLessThanOrEqual(parallel ? 3 : 1);
        expect([...new Set([...ran, ...resumed])].toSorted()).toStrictEqual(wholeRan.toSorted());
      }
    },
  );

  test("that failed keeps what succeeded, so that the next execution does the rest; one that succeeded keeps nothing", async () => {
    let repaired = false;
    const ran: string[] = [];
    const files = createMemoryFiles();
    const execute = async (): Promise<ValueObject> => {
      const workflow = workflowOf({
        tasks: { a: { type: "p.a" }, b: { type: "p.b", needs: ["a"] }, c: { type: "p.c", needs: ["b"] } },
      });
      const world = createWorld((name) => {
        ran.push(name);
        return name === "p.b" && !repaired ? broken("no") : done(name);
      });
      const log = unwrap(await storeIn(files).open(callOf(), { workflow: "w", run: "r" }, false));
      const run = createRun(workflow, {
        parallel: false,
        concurrency: 1,
        idPrefix: "x",
        startTimer: world.startTimer,
        records: unwrap(decodeRecords(workflow, log.kept)),
      });
      return unwrap(await world.execute(run, runStore(log)));
    };
    expect(await execute()).toMatchObject({ status: "partially_failed" });
    repaired = true;
    expect(await execute()).toMatchObject({ status: "succeeded", outputs: { a: "p.a", b: "p.b", c: "p.c" } });
    expect(ran).toStrictEqual(["p.a", "p.b", "p.b", "p.c"]);
    expect(files.contents.size).toBe(0);
  });

  test("of another definition, or one that is damaged, is refused", () => {
    const workflow = workflowOf(definition);
    for (const value of [
      1,
      {},
      { format: "crucible-workflow/1", fingerprint: "other", tasks: {} },
      {
        format: "crucible-workflow/1",
        fingerprint: workflow.fingerprint,
        tasks: { a: { status: "succeeded", attempts: [{}] } },
      },
    ]) {
      expect(decodeRecords(workflow, [value as Value])).toMatchObject({
        ok: false,
        error: { code: "host/state-invalid" },
      });
    }
  });
});
