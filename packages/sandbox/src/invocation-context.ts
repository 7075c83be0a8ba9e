// Who runs what, for whom, until when: the context that travels with an invocation and that `crucible.context()` shows.
import type { Value } from "./value.ts";
import { object } from "./value.ts";

/** Spelled alike in every language; immutable for the length of the invocation. */
export interface InvocationContext {
  /** Unique; also the id of the invocation handle and of its journal records. */
  readonly executionId: string;
  /** The workflow task that asked for it; equal to `executionId` outside of workflows. */
  readonly taskId: string;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly plugin: string;
  readonly version: string;
  readonly action: string;
  readonly invoker: Invoker;
  readonly session: string | null;
  /** The first invocation of the chain; equal to `executionId` for a root invocation. */
  readonly rootExecutionId: string;
  readonly parentExecutionId: string | null;
  /** Callers above this one: 0 for a root invocation. */
  readonly depth: number;
  /** Unix milliseconds after which it is ended, as known at the start. */
  readonly deadline: number;
  /** W3C trace context (`traceparent`), where the caller has one. */
  readonly traceparent: string | null;
}

export interface Invoker {
  readonly kind: "user" | "agent" | "workflow" | "plugin";
  readonly name: string;
}

/** Context of an invocation that no guest asked for: its first try, outside of workflows and sessions unless `own` says more. */
export function rootContext(
  own: Pick<InvocationContext, "executionId" | "plugin" | "version" | "action" | "invoker" | "deadline"> &
    Partial<Pick<InvocationContext, "taskId" | "attempt" | "session" | "traceparent">>,
): InvocationContext {
  const { executionId } = own;
  return {
    taskId: executionId,
    attempt: 1,
    session: null,
    rootExecutionId: executionId,
    parentExecutionId: null,
    depth: 0,
    traceparent: null,
    ...own,
  };
}

/** The value that `crucible.context()` returns. */
export function contextToValue(context: InvocationContext): Value {
  return object([
    ["executionId", context.executionId],
    ["taskId", context.taskId],
    ["attempt", context.attempt],
    ["plugin", context.plugin],
    ["version", context.version],
    ["action", context.action],
    [
      "invoker",
      object([
        ["kind", context.invoker.kind],
        ["name", context.invoker.name],
      ]),
    ],
    ["session", context.session],
    ["rootExecutionId", context.rootExecutionId],
    ["parentExecutionId", context.parentExecutionId],
    ["depth", context.depth],
    ["deadline", context.deadline],
    ["traceparent", context.traceparent],
  ]);
}
