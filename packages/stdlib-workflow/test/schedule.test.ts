import {
  createSchedule,
  orderTasks,
  type Importance,
  type Schedule,
  type Task,
  type TaskState,
  type Workflow,
} from "@crucible/stdlib-workflow";
import { describe, expect, test } from "vitest";

/** Every graph whose edges lead from a lower to a higher number, with up to `size` tasks: up to names, every DAG. */
function* everyGraph(size: number): Generator<readonly (readonly number[])[]> {
  for (let count = 0; count <= size; count += 1) {
    const edges = Array.from({ length: count }, (_, to) =>
      Array.from({ length: to }, (__, from) => [from, to] as const),
    ).flat();
    for (let bits = 0; bits < 2 ** edges.length; bits += 1) {
      const needs: number[][] = Array.from({ length: count }, () => []);
      for (const [index, [from, to]] of edges.entries()) if ((bits >> index) & 1) needs[to]?.push(from);
      yield needs;
    }
  }
}

function workflowFrom(
  needs: readonly (readonly number[])[],
  functions: boolean,
  importance: (task: number) => Importance,
): Workflow {
  const tasks: Task[] = needs.map((before, place) => ({
    name: `t${place}`,
    action: functions ? undefined : "p.main",
    hostFunction: undefined,
    needs: before.map((other) => `t${other}`),
    inputs: {},
    when: undefined,
    retry: { max: 0, delayMs: 0, factor: 1, maxDelayMs: 0, jitter: 0 },
    timeoutMs: undefined,
    importance: importance(place),
  }));
  return { name: "w", tasks, maxConcurrency: undefined, timeoutMs: undefined, fingerprint: "" };
}

type Move = readonly ["start" | "succeed" | "fail", number];

/** Tries every order of starts, successes and failures; states that were seen are not entered again. */
function explore(
  workflow: Workflow,
  options: { readonly sequential: boolean; readonly concurrency: number },
  check: (schedule: Schedule, states: readonly TaskState[]) => void,
): number {
  const seen = new Set<string>();
  const paths: Move[][] = [[]];
  for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
    const schedule = createSchedule(workflow, options);
    for (const [kind, task] of path) {
      if (kind === "start") schedule.start(task);
      else schedule.settle(task, kind === "succeed" ? "succeeded" : "failed");
    }
    const states = workflow.tasks.map((_, task) => schedule.stateOf(task));
    const key = states.join();
    if (seen.has(key)) continue;
    seen.add(key);
    check(schedule, states);
    const next = schedule.next();
    if (next !== undefined) paths.push([...path, ["start", next]]);
    for (const [task, state] of states.entries()) {
      if (state === "running") paths.push([...path, ["succeed", task]], [...path, ["fail", task]]);
    }
  }
  return seen.size;
}

const final: readonly TaskState[] = ["succeeded", "failed", "skipped", "cancelled"];

/** What the definition of the words says, without any scheduling. */
function checkState(
  workflow: Workflow,
  concurrency: number,
  schedule: Schedule,
  states: readonly TaskState[],
): string | undefined {
  const running = states.filter((state) => state === "running").length;
  if (running !== schedule.running || running > concurrency) return `${running} run, at most ${concurrency} may`;
  const isOpen = states.some((state) => !final.includes(state));
  if (isOpen && running === 0 && schedule.next() === undefined) return "a deadlock";
  const isCut = states.some((state, task) => state === "failed" && workflow.tasks[task]?.importance === "critical");
  for (const [task, state] of states.entries()) {
    const needs = (workflow.tasks[task]?.needs ?? []).map((name) => Number(name.slice(1)));
    const passes = (need: number): boolean =>
      states[need] === "succeeded" ||
      (final.includes(states[need] ?? "pending") && workflow.tasks[need]?.importance === "optional");
    const blocks = (need: number): boolean => final.includes(states[need] ?? "pending") && !passes(need);
    if (state === "cancelled" && !isCut) return `${task} was cancelled by nothing`;
    if (isCut && !final.includes(state) && state !== "running") return `${task} is ${state} after the end`;
    if (
      (state === "running" || state === "ready" || state === "succeeded" || state === "failed") &&
      !needs.every(passes)
    )
      return `${task} is ${state} before what it needs`;
    if (state === "skipped" && !needs.some(blocks)) return `${task} was skipped for nothing`;
    if (state === "pending" && (needs.every(passes) || needs.some(blocks))) return `${task} is still pending`;
  }
  return undefined;
}

describe("createSchedule, over every order of events on every graph of up to 5 tasks,", () => {
  test.each([
    [1, false],
    [2, false],
    [5, false],
    [1, true],
  ])(
    "never deadlocks, never starts too early, and never runs more than %i at once (sequential: %s)",
    (concurrency, sequential) => {
      let states = 0;
      for (const needs of everyGraph(5)) {
        const workflow = workflowFrom(needs, false, () => "normal");
        states += explore(workflow, { sequential, concurrency }, (schedule, each) => {
          const fault = checkState(workflow, concurrency, schedule, each);
          if (fault !== undefined) expect({ needs, each }).toBe(fault);
        });
      }
      expect(states).toBeGreaterThan(30_000);
    },
  );

  test("keeps the rules with critical and optional tasks among them", () => {
    const kinds: readonly Importance[] = ["normal", "critical", "optional"];
    for (const needs of everyGraph(4)) {
      for (let bits = 0; bits < 3 ** needs.length; bits += 1) {
        const workflow = workflowFrom(needs, false, (task) => kinds[Math.floor(bits / 3 ** task) % 3] ?? "normal");
        explore(workflow, { sequential: false, concurrency: 2 }, (schedule, each) => {
          const fault = checkState(workflow, 2, schedule, each);
          if (fault !== undefined) expect({ needs, bits, each }).toBe(fault);
        });
      }
    }
  });

  test("never runs two functions at once, however much room there is", () => {
    for (const needs of everyGraph(5)) {
      const workflow = workflowFrom(needs, true, () => "normal");
      explore(workflow, { sequential: false, concurrency: 5 }, (schedule, each) => {
        const fault = checkState(workflow, 1, schedule, each);
        if (fault !== undefined) expect({ needs, each }).toBe(fault);
      });
    }
  });
});

test("createSchedule starts nothing after it was stopped, and refuses what may not start", () => {
  const schedule = createSchedule(
    workflowFrom([[], [], [0]], false, () => "normal"),
    { sequential: false, concurrency: 2 },
  );
  expect(() => schedule.start(2)).toThrow(RangeError);
  schedule.start(0);
  schedule.stop();
  expect(schedule.next()).toBeUndefined();
  expect([0, 1, 2].map((task) => schedule.stateOf(task))).toStrictEqual(["running", "cancelled", "cancelled"]);
  schedule.settle(0, "succeeded");
  expect(schedule.finished).toBe(3);
});

test("orderTasks orders exactly the graphs without a cycle, and shows a real cycle in the others", () => {
  // Every graph of 4 tasks, edges to itself included.
  let acyclic = 0;
  for (let bits = 0; bits < 2 ** 16; bits += 1) {
    const needs = Array.from({ length: 4 }, (_, to) => [0, 1, 2, 3].filter((from) => (bits >> (to * 4 + from)) & 1));
    const { order, cycles } = orderTasks(needs);
    // Removing tasks without needs for as long as there are any leaves the cycles.
    let left = new Set([0, 1, 2, 3]);
    for (let round = 0; round < 4; round += 1)
      left = new Set([...left].filter((task) => needs[task]?.some((need) => left.has(need)) === true));
    if (left.size === 0) {
      acyclic += 1;
      if (cycles.length > 0 || order.length !== 4) expect(needs).toBe("ordered");
      for (const [place, task] of order.entries())
        if (!needs[task]?.every((need) => order.indexOf(need) < place)) expect(needs).toBe(order);
    } else {
      if (cycles.length === 0) expect(needs).toBe("refused");
      for (const cycle of cycles)
        for (const [place, task] of cycle.entries())
          if (!needs[cycle[(place + 1) % cycle.length] ?? -1]?.includes(task)) expect(needs).toBe(cycle);
    }
  }
  // The number of labelled DAGs with 4 nodes.
  expect(acyclic).toBe(543);
});

test("orderTasks takes the task that was declared first among those that could come next", () => {
  expect(orderTasks([[3], [], [1], []]).order).toStrictEqual([1, 2, 3, 0]);
});
