// The report of a run that ended: what became of every task, and why.
import type { Value, ValueObject } from "@crucible/sandbox";
import { object } from "@crucible/sandbox";
import { encodeError, type TaskRecord } from "./run-record.ts";
import type { Task, Workflow, WorkflowStatus } from "./workflow.ts";

export interface RunEnd {
  readonly status: WorkflowStatus;
  /** Why it was cancelled, or which critical task failed. */
  readonly reason: string | undefined;
  readonly durationMs: number;
}

/** Tells what became of a workflow, as guests see it. */
export function writeReport(workflow: Workflow, records: readonly TaskRecord[], end: RunEnd): ValueObject {
  const states = new Map(workflow.tasks.map(({ name }, place) => [name, records[place]?.status ?? "unknown"]));
  const counts = new Map(["succeeded", "failed", "skipped", "cancelled"].map((status) => [status, 0]));
  const tasks: [string, Value][] = [];
  const outputs: [string, Value][] = [];
  const errors: Value[] = [];
  for (const [place, task] of workflow.tasks.entries()) {
    const record = records[place];
    if (record === undefined) continue;
    const blockers =
      record.status === "skipped" && record.condition === undefined ? blockersOf(workflow, task, states) : [];
    counts.set(record.status, (counts.get(record.status) ?? 0) + 1);
    tasks.push([task.name, writeTask(record, blockers)]);
    if (record.status === "succeeded") outputs.push([task.name, record.output]);
    const error = record.attempts.at(-1)?.error;
    if (record.status === "failed" && error !== undefined) {
      errors.push(
        object([
          ["task", task.name],
          ["attempts", record.attempts.length],
          ["error", encodeError(error)],
          ["optional", task.importance === "optional"],
        ]),
      );
    }
  }
  return object([
    ["workflow", workflow.name],
    ["status", end.status],
    ["reason", end.reason ?? null],
    ["order", workflow.tasks.map(({ name }) => name)],
    ["tasks", object(tasks)],
    ["outputs", object(outputs)],
    ["errors", errors],
    ["counts", object(counts)],
    ["duration_ms", end.durationMs],
  ]);
}

function writeTask({ status, attempts, output, condition }: TaskRecord, blockers: readonly string[]): Value {
  const error = attempts.at(-1)?.error;
  return object([
    ["status", status],
    ["attempts", attempts.length],
    ["output", output],
    ["error", error === undefined || status === "succeeded" ? null : encodeError(error)],
    ["because", condition ?? (blockers.length === 0 ? null : blockers)],
    ["duration_ms", attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0)],
  ]);
}

// The needs that kept a task from running, whichever of them ended first.
function blockersOf(
  { tasks }: Workflow,
  task: Task,
  states: ReadonlyMap<string, TaskRecord["status"]>,
): readonly string[] {
  const optional = new Set(tasks.filter(({ importance }) => importance === "optional").map(({ name }) => name));
  return task.needs.filter((name) => states.get(name) !== "succeeded" && !optional.has(name));
}
