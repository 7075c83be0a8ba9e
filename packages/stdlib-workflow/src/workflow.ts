// What a workflow is, once its definition has been read: tasks in a fixed order, with everything defaulted.
// How a definition is read is in read-workflow.ts; what happens to tasks when they run is in schedule.ts.
import type { Value, ValueObject } from "@crucible/sandbox";

export interface Workflow {
  readonly name: string;
  /** In topological order; among tasks that could come next, the one that was declared first. */
  readonly tasks: readonly Task[];
  /** How many tasks may run at once in parallel mode; absent: as many as the host allows. */
  readonly maxConcurrency: number | undefined;
  /** Milliseconds from the start after which what runs is cancelled. */
  readonly timeoutMs: number | undefined;
  /** Changes whenever the definition does; not for security. */
  readonly fingerprint: string;
}

export interface Task {
  readonly name: string;
  /** `namespace/plugin.action` or `module.function`, or nothing for a function of the plugin that executes the workflow. */
  readonly action: string | undefined;
  /** Set where the action is a function of the host. */
  readonly hostFunction: HostTarget | undefined;
  /** Names of the tasks that must be done before, those that its references name included, in topological order. */
  readonly needs: readonly string[];
  /** What the action gets, with references such as `${fetch.body}`. */
  readonly inputs: ValueObject;
  /** A reference; the task is skipped when its value is null or false. */
  readonly when: string | undefined;
  readonly retry: RetryPolicy;
  readonly timeoutMs: number | undefined;
  readonly importance: Importance;
}

/** A function of the host as a task: its inputs are the function's parameters by name. */
export interface HostTarget {
  readonly module: string;
  /** `read_note`, or `state.get` for a function of a nested table. */
  readonly name: string;
  /** Names of the parameters in the order in which the function takes them. */
  readonly parameters: readonly string[];
}

/**
 * What a failure means: `critical` ends the workflow, `normal` skips what depends on the task, `optional` changes nothing,
 * dependents see null in place of the output.
 */
export type Importance = "critical" | "normal" | "optional";

export interface RetryPolicy {
  /** Attempts after the first. */
  readonly max: number;
  readonly delayMs: number;
  /** What the delay is multiplied with from one attempt to the next. */
  readonly factor: number;
  readonly maxDelayMs: number;
  /** Share of the delay that chance takes away, 0 … 1. */
  readonly jitter: number;
}

/** One thing that is wrong with a definition. */
export interface Finding {
  readonly code:
    | "invalid-field"
    | "unknown-field"
    | "duplicate-task"
    | "unknown-dependency"
    | "unknown-reference"
    | "unknown-function"
    | "invalid-input"
    | "cycle"
    | "no-work";
  readonly message: string;
  /** The tasks that it is about; for a cycle its path, the first task again at the end. */
  readonly tasks: readonly string[];
}

/** State of a task. `waiting` is between two attempts; the last four are final. */
export type TaskState = "pending" | "ready" | "running" | "waiting" | "succeeded" | "failed" | "skipped" | "cancelled";

export type WorkflowStatus = "succeeded" | "partially_failed" | "failed" | "cancelled" | "timed_out";

/** Failures that another attempt cannot change: codes and families (`capability/`). */
export const permanentFailures: readonly string[] = [
  "capability/",
  "plugin/",
  "manifest/",
  "compile/",
  "host/invalid-argument",
  "host/unknown-function",
  "invocation/invalid-parameters",
  "invocation/cancelled",
];

/** Reads a field of an object; null counts as absent. */
export function field(source: ValueObject, name: string): Value | undefined {
  return Object.hasOwn(source, name) ? (source[name] ?? undefined) : undefined;
}
