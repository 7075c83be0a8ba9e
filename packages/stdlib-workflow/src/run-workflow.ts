// One execution of a workflow: starts what the schedule allows, waits for what happens, tries again, stores every step.
// Actions run outside of the guest, at once; functions are handed to the guest one at a time, as steps.
import type {
  ErrorValue,
  InvocationHandle,
  NestedRequest,
  Outcome,
  ProgressReport,
  Value,
  ValueObject,
} from "@crucible/sandbox";
import { fail, object, succeed, toErrorValue } from "@crucible/sandbox";
import { inputsName, resolveReferences } from "./references.ts";
import { writeReport } from "./report.ts";
import { canRetry, retryDelay } from "./retry-delay.ts";
import { emptyRecords, encodeRecords, type TaskRecord } from "./run-record.ts";
import { createSchedule } from "./schedule.ts";
import type { Task, Workflow, WorkflowStatus } from "./workflow.ts";

export interface RunOptions {
  /** Actions that do not depend on each other run at once; otherwise one task after the other. */
  readonly parallel: boolean;
  /** Tasks that may run at once in parallel mode. */
  readonly concurrency: number;
  /** What `${inputs.…}` refers to. */
  readonly inputs?: Value;
  /** Starts the ids that actions see as their task; the same for a run that is resumed. */
  readonly idPrefix: string;
  /** What an interrupted execution has done, from `decodeRecords`; changed by the run. */
  readonly records?: TaskRecord[];
  /** Starts a timer and returns what stops it. */
  readonly startTimer: (delayMs: number, run: () => void) => () => void;
}

/** What one call may use, from its start to its answer. */
export interface RunCall {
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
  /** Starts the action of a task, or its function of the host. */
  readonly invoke: (task: Task, params: Value, request: NestedRequest) => InvocationHandle;
  readonly progress: (report: ProgressReport) => void;
  /** Keeps what has been done. Absent where the run is not to be resumed. */
  readonly store?: RunStore;
}

/** What is kept of a run; `decodeRecords` reads it. */
export interface RunStore {
  /** Adds a record; `whole` says everything in one. */
  append(record: Value, whole: () => Value): Promise<Outcome<null>>;
  /** One record in place of all. */
  replace(whole: Value): Promise<Outcome<null>>;
  forget(): Promise<Outcome<null>>;
}

export type Step =
  | {
      readonly kind: "task";
      readonly task: string;
      readonly attempt: number;
      readonly inputs: Value;
      /** By name of the tasks that it needs; null where an optional one gave nothing. */
      readonly outputs: ValueObject;
    }
  | { readonly kind: "report"; readonly report: ValueObject };

/** How the function of the last step ended. */
export type TaskEnd = Outcome<Value>;

export interface Run {
  /**
   * Goes on until a function is to be run or everything has ended. After a step of kind `task` it wants to be called with
   * that function's end. One call at a time. Fails when a step cannot be stored: then the run is over.
   */
  advance(call: RunCall, ended?: TaskEnd): Promise<Outcome<Step>>;
  /** Starts nothing more and cancels what runs; the report says why. */
  cancel(reason: string): void;
  /** Cancels and stops every timer. A call that waits is answered soon. */
  dispose(): void;
}

type Happening =
  | { readonly kind: "ended"; readonly task: number; readonly started: number; readonly outcome: Outcome<Value> }
  | { readonly kind: "due"; readonly task: number }
  | { readonly kind: "stop"; readonly status: WorkflowStatus; readonly reason: string };

export function createRun(workflow: Workflow, options: RunOptions): Run {
  const { tasks } = workflow;
  const sequential = !options.parallel;
  const schedule = createSchedule(workflow, { sequential, concurrency: sequential ? 1 : options.concurrency });
  const records = options.records ?? emptyRecords(workflow);
  const places = new Map(tasks.map(({ name }, place) => [name, place]));
  const handles = new Map<number, InvocationHandle>();
  const timers = new Set<() => void>();
  const inbox: Happening[] = [];
  let wake: (() => void) | undefined;
  let began: number | undefined;
  let guest: { readonly task: number; readonly started: number } | undefined;
  let stop: Extract<Happening, { kind: "stop" }> | undefined;
  /** Tasks about which something is known that is not stored yet. */
  const changed = new Set<number>();
  let over = false;

  const post = (happening: Happening): void => {
    inbox.push(happening);
    wake?.();
  };

  const after = (delayMs: number, happening: Happening): void => {
    const cancel = options.startTimer(delayMs, () => {
      timers.delete(cancel);
      post(happening);
    });
    timers.add(cancel);
  };

  const stopAll = (reason: string): void => {
    schedule.stop();
    for (const handle of handles.values()) handle.cancel(reason);
  };

  // Settling in topological order finds every need settled before.
  const restore = (): void => {
    for (const [task, record] of records.entries()) {
      if (record.status !== "succeeded" && record.status !== "failed") continue;
      if (schedule.stateOf(task) === "ready") schedule.settle(task, record.status);
      else record.status = "unknown";
    }
  };

  const report = (call: RunCall, task: number, message: string): void => {
    const fraction = tasks.length === 0 ? 1 : schedule.finished / tasks.length;
    call.progress({ fraction, message: `${tasks[task]?.name ?? ""}: ${message}` });
  };

  const outputOf = (name: string): Value =>
    name === inputsName ? (options.inputs ?? null) : (records[places.get(name) ?? -1]?.output ?? null);

  const settle = (call: RunCall, task: number, started: number, outcome: Outcome<Value>): void => {
    const record = records[task];
    const definition = tasks[task];
    if (record === undefined || definition === undefined) return;
    const durationMs = Math.max(0, call.now() - started);
    if (outcome.ok) {
      changed.add(task);
      record.attempts.push({ started, durationMs });
      record.output = outcome.value;
      record.status = "succeeded";
      schedule.settle(task, "succeeded");
      report(call, task, "succeeded");
      return;
    }
    const { error } = outcome;
    if (stop !== undefined && error.code === "invocation/cancelled") {
      schedule.drop(task);
      return;
    }
    // Nobody was free to run it: it comes back when another task has ended, and no attempt is counted.
    if (error.code === "limit/workers" && schedule.running > 1) {
      schedule.limit(schedule.running - 1);
      schedule.wake(task);
      return;
    }
    record.attempts.push({ started, durationMs, error });
    changed.add(task);
    if (stop === undefined && record.attempts.length <= definition.retry.max && canRetry(error)) {
      record.status = "trying";
      const delayMs = retryDelay(definition.retry, record.attempts.length, call.random());
      schedule.wait(task);
      after(delayMs, { kind: "due", task });
      report(call, task, `attempt ${record.attempts.length} failed (${error.message}), next in ${delayMs} ms`);
      return;
    }
    failTask(call, task, record, definition, error);
  };

  const failTask = (
    call: RunCall,
    task: number,
    record: TaskRecord,
    { name, importance }: Task,
    error: ErrorValue,
  ): void => {
    record.status = "failed";
    schedule.settle(task, "failed");
    if (importance === "critical" && stop === undefined) {
      stop = { kind: "stop", status: "failed", reason: `the critical task "${name}" failed` };
      stopAll(stop.reason);
    }
    report(call, task, `failed (${error.message})`);
  };

  const react = (call: RunCall, happening: Happening): void => {
    switch (happening.kind) {
      case "ended":
        handles.delete(happening.task);
        settle(call, happening.task, happening.started, happening.outcome);
        return;
      case "due":
        if (schedule.stateOf(happening.task) === "waiting") schedule.wake(happening.task);
        return;
      case "stop":
        if (stop !== undefined) return;
        stop = happening;
        stopAll(happening.reason);
    }
  };

  /** Starts one task, unless it ends before it starts; a function becomes the next step. */
  const start = (call: RunCall, task: number): Extract<Step, { kind: "task" }> | undefined => {
    const definition = tasks[task];
    const record = records[task];
    if (definition === undefined || record === undefined) return undefined;
    const { name, action, when } = definition;
    const condition = resolveReferences(when ?? true, outputOf);
    const inputs = resolveReferences(definition.inputs, outputOf);
    if (condition.ok && (condition.value === false || condition.value === null)) {
      record.condition = when ?? "";
      schedule.settle(task, "skipped");
      report(call, task, "skipped");
      return undefined;
    }
    const started = call.now();
    const refused = condition.ok ? inputs : condition;
    if (!refused.ok) {
      record.attempts.push({ started, durationMs: 0, error: refused.error });
      changed.add(task);
      failTask(call, task, record, definition, refused.error);
      return undefined;
    }
    schedule.start(task);
    const attempt = record.attempts.length + 1;
    report(call, task, attempt === 1 ? "started" : `started, attempt ${attempt}`);
    if (action === undefined) {
      guest = { task, started };
      const outputs = object(definition.needs.map((need) => [need, outputOf(need)]));
      return { kind: "task", task: name, attempt, inputs: refused.value, outputs };
    }
    const taskId = `${options.idPrefix}/${name}`;
    const { timeoutMs } = definition;
    const handle = call.invoke(definition, refused.value, {
      taskId,
      attempt,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    handles.set(task, handle);
    void handle.outcome
      .catch((thrown: unknown): Outcome<Value> => ({ ok: false, error: toErrorValue(thrown) }))
      .then((outcome) => post({ kind: "ended", task, started, outcome }));
    return undefined;
  };

  const takeGuestEnd = (call: RunCall, ended: TaskEnd): void => {
    if (guest === undefined) return;
    const { task, started } = guest;
    guest = undefined;
    const timeoutMs = tasks[task]?.timeoutMs;
    const durationMs = call.now() - started;
    if (timeoutMs !== undefined && durationMs > timeoutMs) {
      const message = `Task "${tasks[task]?.name ?? ""}" took ${durationMs} ms, it may take ${timeoutMs} ms`;
      settle(
        call,
        task,
        started,
        fail("limit/deadline", message, { limit: { limit: timeoutMs, used: durationMs, unit: "ms" } }),
      );
    } else settle(call, task, started, ended);
  };

  const storeChanges = async (store: RunStore): Promise<Outcome<null>> => {
    if (changed.size === 0) return succeed(null);
    const record = encodeRecords(
      workflow,
      records,
      [...changed].sort((a, b) => a - b),
    );
    changed.clear();
    return store.append(record, () => encodeRecords(workflow, records, records.keys()));
  };

  const finish = async (call: RunCall): Promise<Outcome<Step>> => {
    over = true;
    for (const [task, record] of records.entries()) {
      const state = schedule.stateOf(task);
      if (state === "skipped" || state === "cancelled") record.status = state;
    }
    const status = statusOf(workflow, records, stop);
    for (const cancel of timers) cancel();
    timers.clear();
    if (call.store !== undefined) {
      const isInterrupted = status === "cancelled" || status === "timed_out";
      const stored = await (status === "succeeded"
        ? call.store.forget()
        : isInterrupted
          ? storeChanges(call.store)
          : call.store.replace(encodeRecords(workflow, records, records.keys(), true)));
      if (!stored.ok) return stored;
    }
    const reason = status === stop?.status ? stop.reason : undefined;
    const durationMs = Math.max(0, call.now() - (began ?? call.now()));
    call.progress({ fraction: 1, message: `${workflow.name}: ${status.replace("_", " ")}` });
    return succeed({ kind: "report", report: writeReport(workflow, records, { status, reason, durationMs }) });
  };

  const advance = async (call: RunCall, ended?: TaskEnd): Promise<Outcome<Step>> => {
    if (over) return fail("host/invalid-argument", `Cannot go on with "${workflow.name}": its execution has ended`);
    if ((ended === undefined) !== (guest === undefined))
      return fail(
        "host/invalid-argument",
        `Cannot go on with "${workflow.name}": the end of its last step is ${guest === undefined ? "not asked for" : "missing"}`,
      );
    if (began === undefined) {
      began = call.now();
      if (workflow.timeoutMs !== undefined) {
        const reason = `it took longer than ${workflow.timeoutMs} ms`;
        after(workflow.timeoutMs, { kind: "stop", status: "timed_out", reason });
      }
    }
    if (ended !== undefined) takeGuestEnd(call, ended);
    for (;;) {
      for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) react(call, next);
      // A step is stored before anything that builds upon it starts.
      if (changed.size > 0 && call.store !== undefined) {
        const stored = await storeChanges(call.store);
        if (!stored.ok) {
          run.dispose();
          over = true;
          return stored;
        }
        continue;
      }
      let step: Step | undefined;
      for (let task = schedule.next(); task !== undefined; task = schedule.next()) step = start(call, task) ?? step;
      if (step !== undefined) return succeed(step);
      if (changed.size > 0 && call.store !== undefined) continue;
      if (schedule.finished === tasks.length) return finish(call);
      if (inbox.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
    }
  };

  const run: Run = {
    advance,
    cancel: (reason) => post({ kind: "stop", status: "cancelled", reason }),
    dispose: () => {
      for (const cancel of timers) cancel();
      timers.clear();
      for (const handle of handles.values()) handle.cancel("the workflow has ended");
      run.cancel("the invocation has ended");
    },
  };
  restore();
  const lost = records.findIndex(({ status }, task) => status === "failed" && tasks[task]?.importance === "critical");
  if (lost >= 0)
    stop = { kind: "stop", status: "failed", reason: `the critical task "${tasks[lost]?.name ?? ""}" failed` };
  return run;
}

function statusOf(
  { tasks }: Workflow,
  records: readonly TaskRecord[],
  stop: { readonly status: WorkflowStatus } | undefined,
): WorkflowStatus {
  const isCut = records.some(({ status }) => status === "cancelled");
  const failed = records.flatMap(({ status }, place) => (status === "failed" ? (tasks[place]?.importance ?? []) : []));
  if (failed.includes("critical")) return "failed";
  if (isCut && stop !== undefined) return stop.status;
  return failed.includes("normal") ? "partially_failed" : "succeeded";
}
