import type { HostAnswer, HostCallRequest } from "@crucible/sandbox";
import { succeed } from "@crucible/sandbox";
import type { JobReport } from "@crucible/sandbox-thread";
import { afterEach, expect, test } from "vitest";
import type { Subject } from "./thread-subject.ts";
import { createSubject } from "./thread-subject.ts";

const subjects: Subject[] = [];
const open = async (options: Parameters<typeof createSubject>[0]): Promise<Subject> => {
  const subject = await createSubject(options);
  subjects.push(subject);
  return subject;
};
afterEach(async () => {
  await Promise.all(subjects.splice(0).map((subject) => subject.dispose()));
});
const answer: HostAnswer = { outcome: succeed(null), time: 1 };

test("the pool grows while workers wait for the host, and only then", async () => {
  const subject = await open({ workers: 1, maxWorkers: 4 });
  const release: (() => void)[] = [];
  const host = (): Promise<HostAnswer> => new Promise((resolve) => release.push(() => resolve(answer)));
  const calls = Array.from({ length: 4 }, () => subject.call("host", { id: 0, args: [] }, { host }));
  while (release.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(subject.pool.stats()).toMatchObject({ busy: 4, waiting: 4 });
  for (const one of release) one();
  for (const call of calls) expect(await call.outcome).toStrictEqual(succeed(null));

  const busy = await open({ workers: 1, maxWorkers: 4 });
  const spinning = Array.from({ length: 3 }, () => busy.call("spin", null, { limits: { timeout_ms: 120 } }));
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(busy.pool.stats().busy).toBeLessThanOrEqual(1);
  await Promise.all(spinning.map(({ outcome }) => outcome));
});

test("nobody waits for a worker longer than the pool allows, and waiting does not count as running", async () => {
  const subject = await open({ workers: 1, maxWaitMs: 500 });
  const first = subject.call("spin", null, { limits: { timeout_ms: 20_000 } });
  const second = subject.call("echo", 1, { limits: { timeout_ms: 600_000 } });
  expect(await second.outcome).toMatchObject({ ok: false, error: { code: "limit/workers" } });
  first.cancel();
  await first.outcome;
  const patient = await open({ workers: 1 });
  const busy = patient.call("spin", null, { limits: { timeout_ms: 200 } });
  expect(await patient.call("echo", 1, { limits: { timeout_ms: 40 } }).outcome).toStrictEqual(succeed(1));
  await busy.outcome;
});

test("the time that a new worker takes to open the engine is not the guest's", async () => {
  const subject = await open({ workers: 2, openMs: 150 });
  const busy = subject.call("spin", null, { limits: { timeout_ms: 1000 } });
  expect(await subject.call("echo", 1, { limits: { timeout_ms: 100 } }).outcome).toStrictEqual(succeed(1));
  expect(subject.pool.stats().busy).toBe(1);
  busy.cancel();
  await busy.outcome;
  const hasty = await open({ workers: 2, openMs: 300, maxWaitMs: 100 });
  const first = hasty.call("spin");
  expect(await hasty.call("echo", 1).outcome).toMatchObject({ ok: false, error: { code: "limit/workers" } });
  first.cancel();
  await first.outcome;
});

test("a full queue refuses at once", async () => {
  const subject = await open({ workers: 1, maxQueue: 1 });
  const running = [subject.call("spin"), subject.call("echo"), subject.call("echo")];
  await new Promise((resolve) => setTimeout(resolve, 50));
  const outcomes = await Promise.all(
    [...running.slice(1), subject.call("echo")].map((handle) =>
      Promise.race([handle.outcome, new Promise((resolve) => setTimeout(() => resolve("waiting"), 100))]),
    ),
  );
  expect(outcomes).toContain("waiting");
  expect(outcomes).toContainEqual(
    expect.objectContaining({ error: expect.objectContaining({ code: "limit/workers" }) as unknown }),
  );
  running[0]?.cancel();
});

test("200 callers with one nested call each all finish or are refused at once, never hang", async () => {
  const subject = await open({ workers: 2, maxWorkers: 8, reserve: 2 });
  const nested = (parent: string) => async (): Promise<HostAnswer> => ({
    outcome: await subject.call("echo", "inner", { context: { depth: 1, parentExecutionId: parent } }).outcome,
    time: 1,
  });
  const calls = Array.from({ length: 200 }, (_, index) => {
    const executionId = `caller-${index}`;
    return subject.call("host", { id: 0, args: [] }, { context: { executionId }, host: nested(executionId) }).outcome;
  });
  const outcomes = await Promise.all(calls);
  const finished = outcomes.filter(({ ok }) => ok).length;
  const refused = outcomes.filter((outcome) => !outcome.ok && outcome.error.code === "limit/workers").length;
  expect(finished + refused).toBe(200);
  expect(finished).toBeGreaterThan(0);
});

test("a chain of nested calls that is longer than the reserve is refused, not left waiting", async () => {
  const subject = await open({ workers: 1, maxWorkers: 1, reserve: 2 });
  const descend = (parent: string, depth: number) => async (): Promise<HostAnswer> => {
    const executionId = `${parent}.${depth}`;
    const call = subject.call(
      "host",
      { id: 0, args: [] },
      { context: { executionId, depth, parentExecutionId: parent }, host: descend(executionId, depth + 1) },
    );
    return { outcome: await call.outcome, time: 1 };
  };
  const outcome = await subject.call(
    "host",
    { id: 0, args: [] },
    { context: { executionId: "root" }, host: descend("root", 1) },
  ).outcome;
  expect(outcome).toMatchObject({ ok: false, error: { code: "limit/workers" } });
  expect(subject.pool.stats()).toMatchObject({ busy: 0, queued: 0 });
});

test("running calls together reserve no more memory than the budget", async () => {
  const memoryBytes = 4 * 1024 * 1024;
  const subject = await open({ workers: 3, memoryBudgetBytes: 2 * memoryBytes, memoryBytes });
  let most = 0;
  const host = async (_: HostCallRequest): Promise<HostAnswer> => {
    most = Math.max(most, subject.pool.stats().busy);
    await new Promise((resolve) => setTimeout(resolve, 10));
    return answer;
  };
  await Promise.all(Array.from({ length: 9 }, () => subject.call("host", { id: 0, args: [] }, { host }).outcome));
  expect(most).toBe(2);
});

test("1,000 runaway scripts in a row leave worker count where it was", async () => {
  const subject = await open({ workers: 2 });
  await Promise.all([subject.call("echo").outcome, subject.call("echo").outcome]);
  const ended: string[] = [];
  for (let round = 0; round < 500; round++) {
    const outcomes = await Promise.all(
      [1, 2].map(() => subject.call("spin", null, { limits: { timeout_ms: 1 } }).outcome),
    );
    ended.push(...outcomes.map((outcome) => (outcome.ok ? "ok" : outcome.error.code)));
  }
  expect(ended.filter((code) => code !== "limit/deadline")).toStrictEqual([]);
  expect(ended.length).toBe(1000);
  expect(await subject.call("echo", 1).outcome).toStrictEqual(succeed(1));
  expect(subject.pool.stats().workers).toBeLessThanOrEqual(3);
}, 120_000);

test("the observer is told of workers and jobs, and cannot break anything by throwing", async () => {
  const reports: JobReport[] = [];
  let workers = 0;
  const subject = await open({
    workers: 1,
    observer: {
      workerStarted: (count) => {
        workers = count;
        throw new Error("observer");
      },
      jobEnded: (report) => {
        reports.push(report);
        throw new Error("observer");
      },
    },
  });
  await subject.call("echo", 1).outcome;
  await subject.call("trap").outcome;
  expect(workers).toBe(1);
  expect(reports.map(({ kind, outcome, plugin }) => [kind, outcome, plugin])).toStrictEqual([
    ["compile", "ok", "a.script"],
    ["call", "ok", "p"],
    ["call", "guest/trap", "p"],
  ]);
});
