// Asking one handler of an event: its action is run by the host, its answer read, its failure recorded, and whatever it may
// do or see by that decided like a host call. Which handlers are asked when is in hooks.ts and note-events.ts.
import type { AuthorityRequest, ErrorValue, InvocationHandle, Outcome, Value } from "@crucible/sandbox";
import { encodeValue, fail, isObject, object, succeed } from "@crucible/sandbox";
import type { JournalEntry, RecordSubject } from "@crucible/audit";
import type { HookEvent } from "@crucible/manifest";
import { principalOf } from "./execution.ts";
import type { HookHandler } from "./hook-table.ts";
import type { PluginHostOptions } from "./host-options.ts";
import type { Registry } from "./registry.ts";
import { qualifiedName } from "./registry.ts";

export interface HookPowers {
  readonly options: PluginHostOptions;
  /** Runs a handler's action for the host. */
  readonly run: (handler: HookHandler, registry: Registry, event: Value, signal?: AbortSignal) => InvocationHandle;
  /** Whether a handler's plugin may run. */
  readonly checkRunnable: (handler: HookHandler) => Outcome<void>;
}

/** What a handler is asked about. */
export interface Occurrence {
  readonly event: HookEvent;
  readonly identifier: string;
  readonly payload: Value;
}

export type Answer =
  | { readonly kind: "nothing" }
  | { readonly kind: "cancel"; readonly reason: string }
  | { readonly kind: "payload"; readonly payload: Value };

export interface HandlerAsker {
  /** Runs the handler; `executionId` is that of the run. Never rejects. */
  ask(
    handler: HookHandler,
    registry: Registry,
    occurrence: Occurrence,
    signal?: AbortSignal,
  ): { readonly executionId: string; readonly answer: Promise<Outcome<Answer>> };
  /** Records that a handler could not be asked, or could not answer. */
  noteFailure(handler: HookHandler, event: HookEvent, error: ErrorValue): void;
  /** Decides about one use of a capability, like a host call and with one record. */
  decide(
    handler: HookHandler,
    request: Pick<AuthorityRequest, "capability" | "subject" | "argumentSummary">,
    occurrence: Occurrence,
    executionId: string | null,
    signal?: AbortSignal,
  ): Promise<boolean>;
}

export function createHandlerAsker({ options, run }: HookPowers): HandlerAsker {
  const { journal, now } = options;
  return {
    ask: (handler, registry, { event, identifier, payload }, signal) => {
      const handle = run(
        handler,
        registry,
        object([
          ["event_type", event],
          ["identifier", identifier],
          ["payload", payload],
          ["timestamp_ms", now()],
          ["cancelled", false],
          ["source", event.startsWith("note:") ? "kiln" : "plugin"],
        ]),
        signal,
      );
      const answer = handle.outcome.then((outcome) => (outcome.ok ? readAnswer(outcome.value, handler) : outcome));
      return { executionId: handle.id, answer };
    },
    noteFailure: (handler, event, { code, message }) => {
      journal.append({
        ...subjectOf(handler),
        kind: "error",
        error: { code, message },
        context: `hook ${event} (generation ${handler.generation})`,
      });
    },
    decide: async (handler, request, { event, identifier, payload }, executionId, signal) => {
      const encoded = encodeValue(payload);
      const digest = encoded.ok ? options.digest(encoded.value) : "";
      const operation = `hooks.${event}`;
      const started = now();
      const { outcome, reason, grants } = await options.authority.check(
        { ...request, operation },
        {
          chain: [principalOf(handler.plugin)],
          description: handler.plugin.manifest.description,
          executionId: executionId ?? "",
          session: null,
          ...(signal === undefined ? {} : { signal }),
        },
      );
      journal.append({
        ...subjectOf(handler),
        execution_id: executionId,
        kind: "host.call",
        call: 0,
        function: operation,
        subject: identifier,
        arguments: digest,
        capability: request.capability,
        decision: reason,
        ...(grants.length === 0 ? {} : { grants }),
        ...(outcome.ok ? { status: "ok" } : { status: "error", error: outcome.error }),
        duration_ms: now() - started,
      } satisfies JournalEntry);
      return outcome.ok;
    },
  };
}

function readAnswer(value: Value, handler: HookHandler): Outcome<Answer> {
  if (value === null) return succeed({ kind: "nothing" });
  if (isObject(value)) {
    const { cancel, reason, payload } = value;
    if (cancel === true)
      return succeed({ kind: "cancel", reason: typeof reason === "string" ? reason : "it gave no reason" });
    if (payload !== undefined) return succeed({ kind: "payload", payload });
    if (Object.keys(value).length === 0 || cancel === false) return succeed({ kind: "nothing" });
  }
  return fail(
    "invocation/invalid-result",
    `The hook "${handler.hook.action}" of "${qualifiedName(handler.plugin)}" must answer nothing, {cancel, reason} or {payload}`,
  );
}

function subjectOf({ plugin }: HookHandler): RecordSubject {
  return { execution_id: null, plugin: plugin.manifest.name, version: plugin.manifest.version, invoker: null };
}
