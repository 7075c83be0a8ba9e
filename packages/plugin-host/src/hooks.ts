// Events around invocations and what plugins make of them. `tool:before` is a gate: a handler may cancel, and rewrite with
// Intercept. `tool:after` is a stage: a handler may rewrite with Intercept. `tool:error` has observers: what they answer changes
// nothing. Events of notes are in note-events.ts.
import type { Outcome, Value } from "@crucible/sandbox";
import { cancelledError, fail, isObject, object, succeed } from "@crucible/sandbox";
import type { RecordSubject } from "@crucible/audit";
import type { HookEvent } from "@crucible/manifest";
import type { HookPowers, Occurrence } from "./ask-handler.ts";
import { createHandlerAsker } from "./ask-handler.ts";
import type { HookHandler } from "./hook-table.ts";
import { handlersOf, hookTable } from "./hook-table.ts";
import type { NoteEvent } from "./note-events.ts";
import { createNoteHooks } from "./note-events.ts";
import type { Registry } from "./registry.ts";
import { qualifiedName } from "./registry.ts";

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
  /** Tells observers of failures, one after the other, and does not wait for them. */
  observe(registry: Registry, event: "tool:error", identifier: string, payload: Readonly<Record<string, Value>>): void;
  /** Tells observers of notes, one event after the other, and does not wait for them. */
  announce(registry: Registry, event: NoteEvent): void;
  /** Settles when all observers have been told. */
  settled(): Promise<void>;
  /** Drops what observers of notes have not been told yet. */
  close(): void;
}

/** Handlers of `tool:before` with a lower priority are security gates: where they cannot answer, nothing runs. */
export const securityPriority = 10;

export function createHooks(powers: HookPowers): Hooks {
  const { checkRunnable } = powers;
  const asker = createHandlerAsker(powers);
  const notes = createNoteHooks(powers, asker);
  const pending = new Set<Promise<void>>();

  const mayIntercept = (
    handler: HookHandler,
    occurrence: Occurrence,
    subject: RecordSubject,
    signal: AbortSignal,
  ): Promise<boolean> =>
    asker.decide(
      handler,
      { capability: "Intercept", argumentSummary: `change what ${occurrence.identifier} is given or answers` },
      occurrence,
      subject.execution_id,
      signal,
    );

  return {
    has: (registry, event) => hookTable(registry).has(event),
    gate: async (registry, event, identifier, payload, subject, signal) => {
      let current = payload;
      for (const handler of handlersOf(registry, event, identifier)) {
        const isSecurity = handler.hook.priority < securityPriority;
        const runnable = checkRunnable(handler);
        // Whom nobody trusted decides nothing, neither by answering nor by failing.
        if (!runnable.ok && runnable.error.code === "plugin/untrusted") continue;
        const occurrence = { event, identifier, payload: current };
        const answer = runnable.ok ? await asker.ask(handler, registry, occurrence, signal).answer : runnable;
        if (!answer.ok) {
          asker.noteFailure(handler, event, answer.error);
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
        const { payload: changed } = answer.value;
        if (await mayIntercept(handler, { ...occurrence, payload: changed }, subject, signal)) current = changed;
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
        const occurrence: Occurrence = { event: "tool:after", identifier, payload };
        const answer = await asker.ask(handler, registry, occurrence, signal).answer;
        if (!answer.ok) {
          asker.noteFailure(handler, "tool:after", answer.error);
          continue;
        }
        if (answer.value.kind !== "payload") continue;
        const changed = answer.value.payload;
        const next = isObject(changed) ? changed["result"] : undefined;
        if (next === undefined) continue;
        if (await mayIntercept(handler, { ...occurrence, payload: changed }, subject, signal)) current = next;
      }
      return current;
    },
    observe: (registry, event, identifier, payload) => {
      const handlers = handlersOf(registry, event, identifier).filter((handler) => checkRunnable(handler).ok);
      if (handlers.length === 0) return;
      const tell = async (): Promise<void> => {
        for (const handler of handlers) {
          const occurrence = { event, identifier, payload: object(Object.entries(payload)) };
          const { answer: answered } = asker.ask(handler, registry, occurrence);
          const answer = await answered;
          if (!answer.ok) asker.noteFailure(handler, event, answer.error);
        }
      };
      const told = tell().finally(() => pending.delete(told));
      pending.add(told);
    },
    announce: (registry, event) => notes.announce(registry, event),
    settled: async () => {
      while (pending.size > 0 || notes.pending > 0) await Promise.allSettled([...pending, notes.settled()]);
    },
    close: () => notes.close(),
  };
}
