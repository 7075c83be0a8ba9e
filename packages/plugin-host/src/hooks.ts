// Events and what plugins make of them. `tool:before` is a gate: a handler may cancel, and rewrite with Intercept.
// `tool:after` is a stage: a handler may rewrite with Intercept. All others are observers: what they answer changes nothing.
import type { ErrorValue, Outcome, Value } from "@crucible/sandbox";
import { cancelledError, encodeValue, fail, isObject, object, succeed } from "@crucible/sandbox";
import type { JournalEntry, RecordSubject } from "@crucible/audit";
import type { HookEvent } from "@crucible/manifest";
import { principalOf } from "./execution.ts";
import type { HookHandler } from "./hook-table.ts";
import { hookTable, matchesPattern } from "./hook-table.ts";
import type { PluginHostOptions } from "./host-options.ts";
import type { Registry } from "./registry.ts";
import { qualifiedName } from "./registry.ts";

export interface HookPowers {
  readonly options: PluginHostOptions;
  /** Runs a handler's action for the host. */
  readonly run: (
    handler: HookHandler,
    registry: Registry,
    event: Value,
    signal?: AbortSignal,
  ) => Promise<Outcome<Value>>;
  /** Whether a handler's plugin may run. */
  readonly checkRunnable: (handler: HookHandler) => Outcome<void>;
}

/** Something that happened to a note. `payload` is what handlers get. */
export interface NoteEvent {
  readonly type: Exclude<HookEvent, "tool:before" | "tool:after" | "tool:error">;
  /** Path of the note. */
  readonly identifier: string;
  readonly payload: Readonly<Record<string, Value>>;
}

export interface Hooks {
  has(registry: Registry, event: HookEvent): boolean;
  /** The payload after all handlers; or `invocation/cancelled`, or why a security gate could not be asked. */
  gate(
    registry: Registry,
    event: "tool:before",
    identifier: string,
    payload: Value,
    subject: RecordSubject,
    signal: AbortSignal,
  ): Promise<Outcome<Value>>;
  /** The result after all handlers of `tool:after`. Never fails: a handler that does changes nothing. */
  stage(
    registry: Registry,
    identifier: string,
    result: Value,
    durationMs: number,
    subject: RecordSubject,
    signal: AbortSignal,
  ): Promise<Value>;
  /** Tells observers, one after the other, and does not wait for them. */
  observe(registry: Registry, event: HookEvent, identifier: string, payload: Readonly<Record<string, Value>>): void;
  /** Settles when all observers have been told. */
  settled(): Promise<void>;
}

/** Handlers of `tool:before` with a lower priority are security gates: where they cannot answer, nothing runs. */
export const securityPriority = 10;

type Answer =
  | { readonly kind: "nothing" }
  | { readonly kind: "cancel"; readonly reason: string }
  | { readonly kind: "payload"; readonly payload: Value };

export function createHooks({ options, run, checkRunnable }: HookPowers): Hooks {
  const { journal, now } = options;
  const pending = new Set<Promise<void>>();

  const handlersOf = (registry: Registry, event: HookEvent, identifier: string): readonly HookHandler[] =>
    (hookTable(registry).get(event) ?? []).filter(({ hook }) => matchesPattern(hook.pattern, identifier));

  const ask = async (
    handler: HookHandler,
    registry: Registry,
    event: HookEvent,
    identifier: string,
    payload: Value,
    signal?: AbortSignal,
  ): Promise<Outcome<Answer>> => {
    const outcome = await run(
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
    return outcome.ok ? readAnswer(outcome.value, handler) : outcome;
  };

  const noteFailure = (handler: HookHandler, event: HookEvent, error: ErrorValue): void => {
    journal.append({
      ...subjectOf(handler),
      kind: "error",
      error: { code: error.code, message: error.message },
      context: `hook ${event} (generation ${handler.generation})`,
    });
  };

  // Every use of Intercept is decided like a host call and has one record.
  const mayIntercept = async (
    handler: HookHandler,
    identifier: string,
    payload: Value,
    subject: RecordSubject,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const encoded = encodeValue(payload);
    const digest = encoded.ok ? options.digest(encoded.value) : "";
    const operation = `hooks.${handler.hook.event}`;
    const started = now();
    const { outcome, reason, grants } = await options.authority.check(
      { capability: "Intercept", operation, argumentSummary: `change what ${identifier} is given or answers` },
      {
        chain: [principalOf(handler.plugin)],
        description: handler.plugin.manifest.description,
        executionId: subject.execution_id ?? "",
        session: null,
        signal,
      },
    );
    journal.append({
      ...subjectOf(handler),
      execution_id: subject.execution_id,
      kind: "host.call",
      call: 0,
      function: operation,
      subject: identifier,
      arguments: digest,
      capability: "Intercept",
      decision: reason,
      ...(grants.length === 0 ? {} : { grants }),
      ...(outcome.ok ? { status: "ok" } : { status: "error", error: outcome.error }),
      duration_ms: now() - started,
    } satisfies JournalEntry);
    return outcome.ok;
  };

  return {
    has: (registry, event) => hookTable(registry).has(event),
    gate: async (registry, event, identifier, payload, subject, signal) => {
      let current = payload;
      for (const handler of handlersOf(registry, event, identifier)) {
        const isSecurity = handler.hook.priority < securityPriority;
        const runnable = checkRunnable(handler);
        // Whom nobody trusted decides nothing, neither by answering nor by failing.
        if (!runnable.ok && runnable.error.code === "plugin/untrusted") continue;
        const answer = runnable.ok ? await ask(handler, registry, event, identifier, current, signal) : runnable;
        if (!answer.ok) {
          noteFailure(handler, event, answer.error);
          if (!isSecurity) continue;
          return fail(
            "capability/denied",
            `Cannot run "${identifier}": the security hook of "${qualifiedName(handler.plugin)}" failed`,
            { hint: `Look at it with cru audit tail --plugin ${handler.plugin.manifest.name}, or remove the plugin` },
          );
        }
        if (answer.value.kind === "cancel") {
          return {
            ok: false,
            error: cancelledError(`by the hook of "${qualifiedName(handler.plugin)}": ${answer.value.reason}`),
          };
        }
        if (answer.value.kind !== "payload") continue;
        if (await mayIntercept(handler, identifier, answer.value.payload, subject, signal))
          current = answer.value.payload;
      }
      return succeed(current);
    },
    stage: async (registry, identifier, result, durationMs, subject, signal) => {
      let current = result;
      for (const handler of handlersOf(registry, "tool:after", identifier)) {
        if (!checkRunnable(handler).ok) continue;
        const payload = object([
          ["result", current],
          ["duration_ms", durationMs],
        ]);
        const answer = await ask(handler, registry, "tool:after", identifier, payload, signal);
        if (!answer.ok) {
          noteFailure(handler, "tool:after", answer.error);
          continue;
        }
        if (answer.value.kind !== "payload") continue;
        const changed = answer.value.payload;
        const next = isObject(changed) ? changed["result"] : undefined;
        if (next !== undefined && (await mayIntercept(handler, identifier, changed, subject, signal))) current = next;
      }
      return current;
    },
    observe: (registry, event, identifier, payload) => {
      const handlers = handlersOf(registry, event, identifier).filter((handler) => checkRunnable(handler).ok);
      if (handlers.length === 0) return;
      const tell = async (): Promise<void> => {
        for (const handler of handlers) {
          const answer = await ask(handler, registry, event, identifier, object(Object.entries(payload)));
          if (!answer.ok) noteFailure(handler, event, answer.error);
        }
      };
      const told = tell().finally(() => pending.delete(told));
      pending.add(told);
    },
    settled: async () => {
      while (pending.size > 0) await Promise.allSettled(pending);
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
