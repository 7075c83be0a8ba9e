// What is known about each task of a run: attempts, output, failure. It is what a report shows and what is stored after
// every step, so that an interrupted run goes on where it stopped.
import type { ErrorValue, Outcome, Value, ValueObject } from "@crucible/sandbox";
import { fail, isErrorCode, isObject, object, succeed } from "@crucible/sandbox";
import { field, type Workflow } from "./workflow.ts";

export interface TaskRecord {
  /** `trying`: it failed, and will be tried again. */
  status: "unknown" | "trying" | "succeeded" | "failed" | "skipped" | "cancelled";
  /** Each attempt that ended. */
  readonly attempts: AttemptRecord[];
  output: Value;
  /** Why it did not run: the condition's text, or nothing where tasks before it are the reason. */
  condition?: string;
}

export interface AttemptRecord {
  /** Unix milliseconds. */
  readonly started: number;
  readonly durationMs: number;
  readonly error?: ErrorValue;
}

const format = "crucible-workflow/1";

export function emptyRecords({ tasks }: Workflow): TaskRecord[] {
  return tasks.map(() => ({ status: "unknown", attempts: [], output: null }));
}

/**
 * Writes what must survive of some tasks: what ended, and the failed attempts of the rest.
 *
 * @param places of the tasks
 * @param onlySucceeded leaves failures out, so that the next execution tries them afresh
 */
export function encodeRecords(
  workflow: Workflow,
  records: readonly TaskRecord[],
  places: Iterable<number>,
  onlySucceeded = false,
): Value {
  const tasks: [string, Value][] = [];
  for (const place of places) {
    const { status, attempts, output } = records[place] ?? { status: "unknown", attempts: [], output: null };
    const isKept = status === "succeeded" || (!onlySucceeded && (status === "failed" || status === "trying"));
    if (!isKept) continue;
    const written = object([
      ["status", status],
      ["attempts", attempts.map(encodeAttempt)],
      ["output", output],
    ]);
    tasks.push([workflow.tasks[place]?.name ?? "", written]);
  }
  return object([
    ["format", format],
    ["fingerprint", workflow.fingerprint],
    ["tasks", object(tasks)],
  ]);
}

/**
 * Reads what was stored, in the order in which it was: of a task, the last record counts. Fails with `host/state-invalid`
 * for records of another definition and damaged ones.
 */
export function decodeRecords(workflow: Workflow, stored: readonly Value[]): Outcome<TaskRecord[]> {
  const records = emptyRecords(workflow);
  const places = new Map(workflow.tasks.map(({ name }, place) => [name, place]));
  for (const each of stored) {
    const read = readRecord(workflow, each, records, places);
    if (!read.ok) return read;
  }
  return succeed(records);
}

function readRecord(
  workflow: Workflow,
  stored: Value,
  records: TaskRecord[],
  places: ReadonlyMap<string, number>,
): Outcome<null> {
  const damaged = fail("host/state-invalid", `Cannot resume "${workflow.name}": its stored steps cannot be read`);
  if (!isObject(stored) || stored["format"] !== format) return damaged;
  if (stored["fingerprint"] !== workflow.fingerprint)
    return fail(
      "host/state-invalid",
      `Cannot resume "${workflow.name}": its definition has changed since the run was interrupted`,
      { hint: "Execute it with restart, which forgets the steps that were done, or under another run" },
    );
  const tasks = field(stored, "tasks");
  if (tasks === undefined || !isObject(tasks)) return damaged;
  for (const [name, task] of Object.entries(tasks)) {
    const place = places.get(name);
    if (place === undefined || !isObject(task)) return damaged;
    const { status, attempts } = task;
    if (status !== "succeeded" && status !== "failed" && status !== "trying") return damaged;
    const read = readList(attempts).map(decodeAttempt);
    if (read.some((attempt) => attempt === undefined)) return damaged;
    records[place] = {
      status,
      attempts: read.filter((attempt) => attempt !== undefined),
      output: task["output"] ?? null,
    };
  }
  return succeed(null);
}

export function encodeError({ code, message }: ErrorValue): ValueObject {
  return object([
    ["code", code],
    ["message", message],
  ]);
}

function encodeAttempt({ started, durationMs, error }: AttemptRecord): Value {
  return object([
    ["started", started],
    ["duration_ms", durationMs],
    ["error", error === undefined ? null : encodeError(error)],
  ]);
}

function decodeAttempt(value: Value): AttemptRecord | undefined {
  if (!isObject(value)) return undefined;
  const { started, duration_ms: durationMs } = value;
  if (typeof started !== "number" || typeof durationMs !== "number") return undefined;
  const error = field(value, "error");
  if (error === undefined) return { started, durationMs };
  if (!isObject(error)) return undefined;
  const { code, message } = error;
  if (typeof code !== "string" || typeof message !== "string" || !isErrorCode(code)) return undefined;
  return { started, durationMs, error: { code, message } };
}

function readList(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}
