// Events of notes, told to the plugins that wait for them: after the change, one event after the other, without keeping whoever
// made it. Who may not read a note is not told of it. Handlers that change notes cause events themselves: how far that goes is
// bounded, and where it ends is recorded.
import type { Outcome, Value } from "@crucible/sandbox";
import { defaultLimits, fail, object, succeed } from "@crucible/sandbox";
import { decide, noGrants, targetOfSubject } from "@crucible/capabilities";
import type { HookEvent } from "@crucible/manifest";
import type { HandlerAsker, HookPowers, Occurrence } from "./ask-handler.ts";
import { principalOf } from "./execution.ts";
import type { HookHandler } from "./hook-table.ts";
import { handlersOf } from "./hook-table.ts";
import type { Registry } from "./registry.ts";
import { qualifiedName } from "./registry.ts";

/** Something that happened to a note. `@crucible/kiln-api` makes such events of what host calls and a watch say. */
export interface NoteEvent {
  readonly type: Extract<HookEvent, `note:${string}`>;
  /** Path of the note. */
  readonly identifier: string;
  /** What handlers get. Called once where there are handlers; nothing when there is nothing to tell any more. */
  readonly payload: () => Readonly<Record<string, Value>> | undefined;
  /** Root execution that did it, where one of this host did. */
  readonly cause?: string;
}

export interface NoteHooks {
  /** Puts an event into the queue. */
  announce(registry: Registry, event: NoteEvent): void;
  /** Events whose handlers have not all been told. */
  readonly pending: number;
  /** Settles when no event waits any more: those too that handlers caused meanwhile. */
  settled(): Promise<void>;
  /** Drops what waits. */
  close(): void;
}

/** What a handler changes is told as well, and what the handlers of that change: so many may cause each other. */
export const maxHookDepth = 3;

export function createNoteHooks({ options, checkRunnable }: HookPowers, asker: HandlerAsker): NoteHooks {
  /** How many handlers led to a running handler's execution, itself included. */
  const depths = new Map<string, number>();
  let queue = Promise.resolve();
  let pending = 0;
  let closed = false;

  const tell = async (registry: Registry, event: NoteEvent, handlers: readonly HookHandler[], depth: number) => {
    const content = event.payload();
    if (content === undefined) return;
    const occurrence = { event: event.type, identifier: event.identifier, payload: object(Object.entries(content)) };
    for (const handler of handlers) {
      if (closed) return;
      // Asked anew: it may have been stopped while the event waited.
      if (!checkRunnable(handler).ok) continue;
      const bounded = checkBounds(handler, event, depth);
      if (!bounded.ok) asker.noteFailure(handler, event.type, bounded.error);
      else if (await mayRead(handler, occurrence)) await tellOne(handler, registry, occurrence, depth);
    }
  };

  const tellOne = async (
    handler: HookHandler,
    registry: Registry,
    occurrence: Occurrence,
    depth: number,
  ): Promise<void> => {
    const { executionId, answer } = asker.ask(handler, registry, occurrence);
    depths.set(executionId, depth + 1);
    const answered = await answer;
    depths.delete(executionId);
    if (!answered.ok) asker.noteFailure(handler, occurrence.event, answered.error);
  };

  // Depth ends what handlers of this host cause; the rate what comes back over the disk, from another host or a program.
  const checkBounds = ({ plugin }: HookHandler, { type, identifier }: NoteEvent, depth: number): Outcome<void> => {
    const name = qualifiedName(plugin);
    if (depth >= maxHookDepth) {
      return fail(
        "limit/depth",
        `Cannot tell "${name}" of ${type} "${identifier}": hooks caused each other ${depth} times, at most ${maxHookDepth} are allowed`,
        { plugin: plugin.manifest.name, limit: { limit: maxHookDepth, used: depth + 1, unit: "calls" } },
      );
    }
    const limits = { ...(options.limits ?? defaultLimits), ...plugin.manifest.limits };
    const taken = options.rateLimiter.take(`${plugin.root.home} ${name} ${type} ${identifier}`, limits);
    if (taken.ok) return succeed(undefined);
    return fail(
      "limit/rate",
      `Cannot tell "${name}" of ${type} "${identifier}": more than ${limits.rate_per_minute} times a minute with a burst of ${limits.burst}`,
      { plugin: plugin.manifest.name },
    );
  };

  // What an event says of a note is reading it: decided and recorded as such.
  const mayRead = async (handler: HookHandler, occurrence: Occurrence): Promise<boolean> => {
    if (options.deniedCapabilities?.includes("KilnRead") === true) return false;
    const { identifier } = occurrence;
    return asker.decide(
      handler,
      {
        capability: "KilnRead",
        subject: { kind: "note", value: identifier },
        argumentSummary: `hear of ${occurrence.event} "${identifier}"`,
      },
      occurrence,
      null,
    );
  };

  return {
    announce: (registry, event) => {
      const handlers = handlersOf(registry, event.type, event.identifier).filter(
        (handler) => checkRunnable(handler).ok && declaresReading(handler, event.identifier),
      );
      if (handlers.length === 0 || closed) return;
      const depth = event.cause === undefined ? 0 : (depths.get(event.cause) ?? 0);
      pending++;
      queue = queue
        .then(() => (closed ? undefined : tell(registry, event, handlers, depth)))
        .catch(() => undefined)
        .then(() => {
          pending--;
        });
    },
    get pending() {
      return pending;
    },
    settled: async () => {
      while (pending > 0) await queue;
    },
    close: () => {
      closed = true;
    },
  };
}

// Notes outside of what the manifest asks for do not exist for the plugin: not being told of them is no violation.
function declaresReading({ plugin }: HookHandler, path: string): boolean {
  const target = targetOfSubject({ kind: "note", value: path });
  if (!target.ok) return false;
  const query = { capability: "KilnRead", operation: "hooks", target: target.value, now: 0 } as const;
  const decision = decide([principalOf(plugin)], noGrants, query);
  return decision.kind !== "deny";
}
