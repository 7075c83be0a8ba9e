// Which task may start when: the states of a workflow's tasks and how events change them. Pure and synchronous; it knows
// neither time nor what tasks do, so that every order of events can be tried.
import { createRankedQueue, invertDependencies, type RankedQueue } from "./order-tasks.ts";
import type { TaskState, Workflow } from "./workflow.ts";

export interface ScheduleOptions {
  /** One after the other in topological order; a task that waits for its next attempt holds up the rest. */
  readonly sequential: boolean;
  /** Tasks that may run at once. Of functions, which share one guest, never more than one does. */
  readonly concurrency: number;
}

/** Tasks are named by their place in the workflow. */
export interface Schedule {
  /** The task that should start now, if one may. */
  next(): number | undefined;
  /** @throws {RangeError} when the task may not start */
  start(task: number): void;
  /** Ends a running task, or one whose end is known from an earlier execution. */
  settle(task: number, state: "succeeded" | "failed" | "skipped"): void;
  /** The running task failed and is tried again later. */
  wait(task: number): void;
  /** The running task did not start after all, or its waiting is over. */
  wake(task: number): void;
  /** Nothing starts any more: what does not run is cancelled. Running tasks settle, or are dropped. */
  stop(): void;
  /** A running task was cancelled. */
  drop(task: number): void;
  /** Changes the bound, at least 1. */
  limit(concurrency: number): void;
  stateOf(task: number): TaskState;
  /** Tasks that run. */
  readonly running: number;
  /** Tasks in a final state. */
  readonly finished: number;
  readonly concurrency: number;
}

export function createSchedule({ tasks }: Workflow, options: ScheduleOptions): Schedule {
  const places = new Map(tasks.map(({ name }, place) => [name, place]));
  const needs = tasks.map((task) => task.needs.map((name) => places.get(name) ?? -1));
  const dependents = invertDependencies(needs);
  const missing = needs.map((before) => before.length);
  const states: TaskState[] = tasks.map(() => "pending");
  const isFunction = tasks.map(({ action }) => action === undefined);
  const readyActions = createRankedQueue();
  const readyFunctions = createRankedQueue();
  let functionRunning = false;
  let { concurrency } = options;
  let running = 0;
  let waiting = 0;
  let finished = 0;
  let stopped = false;

  const makeReady = (task: number): void => {
    states[task] = "ready";
    (isFunction[task] === true ? readyFunctions : readyActions).add(task);
  };
  for (const [task, count] of missing.entries()) if (count === 0) makeReady(task);

  const leave = (task: number): void => {
    if (states[task] === "running") {
      running -= 1;
      if (isFunction[task] === true) functionRunning = false;
    }
    if (states[task] === "waiting") waiting -= 1;
  };

  const finish = (task: number, state: "succeeded" | "failed" | "skipped"): void => {
    const open: [number, TaskState][] = [[task, state]];
    for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
      const [each, end] = entry;
      leave(each);
      states[each] = end;
      finished += 1;
      const letsThrough = end === "succeeded" || tasks[each]?.importance === "optional";
      for (const after of dependents[each] ?? []) {
        missing[after] = (missing[after] ?? 0) - 1;
        if (states[after] !== "pending") continue;
        if (!letsThrough) {
          // Marked at once: another of its needs may fail in the same cascade.
          states[after] = "skipped";
          open.push([after, "skipped"]);
        } else if (missing[after] === 0) makeReady(after);
      }
    }
  };

  // What was settled from an earlier execution is still in its queue.
  const firstReady = (queue: RankedQueue): number | undefined => {
    for (let task = queue.peek(); task !== undefined; task = queue.peek()) {
      if (states[task] === "ready") return task;
      queue.take();
    }
    return undefined;
  };

  const inState = (task: number, state: TaskState): void => {
    if (states[task] !== state) throw new RangeError(`Task ${task} is ${states[task] ?? "unknown"}, not ${state}`);
  };

  const schedule: Schedule = {
    next() {
      if (stopped || running >= concurrency) return undefined;
      if (options.sequential && running + waiting > 0) return undefined;
      const action = firstReady(readyActions);
      const own = functionRunning ? undefined : firstReady(readyFunctions);
      return action === undefined || own === undefined ? (action ?? own) : Math.min(action, own);
    },
    start(task) {
      inState(task, "ready");
      if (schedule.next() !== task) throw new RangeError(`Task ${task} may not start now`);
      states[task] = "running";
      running += 1;
      functionRunning ||= isFunction[task] === true;
    },
    settle(task, state) {
      const present = states[task];
      if (present !== "running" && present !== "ready") inState(task, "running");
      finish(task, state);
      if (state === "failed" && tasks[task]?.importance === "critical") schedule.stop();
    },
    wait(task) {
      inState(task, "running");
      leave(task);
      if (stopped) {
        states[task] = "cancelled";
        finished += 1;
        return;
      }
      states[task] = "waiting";
      waiting += 1;
    },
    wake(task) {
      if (states[task] !== "running") inState(task, "waiting");
      leave(task);
      if (stopped) {
        states[task] = "cancelled";
        finished += 1;
      } else makeReady(task);
    },
    stop() {
      stopped = true;
      readyActions.clear();
      readyFunctions.clear();
      for (const [task, state] of states.entries()) {
        if (state !== "pending" && state !== "ready" && state !== "waiting") continue;
        leave(task);
        states[task] = "cancelled";
        finished += 1;
      }
    },
    drop(task) {
      inState(task, "running");
      leave(task);
      states[task] = "cancelled";
      finished += 1;
    },
    limit(value) {
      concurrency = Math.max(1, value);
    },
    stateOf: (task) => states[task] ?? "pending",
    get running() {
      return running;
    },
    get finished() {
      return finished;
    },
    get concurrency() {
      return concurrency;
    },
  };
  return schedule;
}
