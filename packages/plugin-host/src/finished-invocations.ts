// What remains of invocations that have ended, for whoever asks for their outcome later. Values are kept encoded: a thousand
// of them are a thousand buffers, not graphs of objects that the collector walks while others run. Number and bytes are bounded.
import type { ErrorValue, InvocationHandle, Outcome, Value } from "@crucible/sandbox";
import { decodeValue, settledInvocation } from "@crucible/sandbox";

export interface FinishedInvocations {
  /** @param encoded the encoding of the outcome's value */
  keep(handle: InvocationHandle, outcome: Outcome<Value>, encoded: Uint8Array | undefined): void;
  /** A handle with the outcome, and with the events that nobody had read. */
  find(id: string): InvocationHandle | undefined;
}

interface Bounds {
  readonly entries: number;
  /** Encoded values of all entries together. */
  readonly bytes: number;
  /** Entries with events that nobody read; their handles are kept as they are. */
  readonly unread: number;
}

/** Forgets the oldest where a bound is exceeded. */
export function createFinishedInvocations(bounds: Bounds): FinishedInvocations {
  const values = new Map<string, Uint8Array | ErrorValue>();
  const unread = new Map<string, InvocationHandle>();
  let bytes = 0;
  return {
    keep: (handle, outcome, encoded) => {
      if ((handle.unread?.() ?? 0) > 0) {
        unread.set(handle.id, handle);
        forgetOldest(unread, () => unread.size > bounds.unread);
        return;
      }
      const kept = outcome.ok ? encoded : outcome.error;
      if (kept === undefined) return;
      values.set(handle.id, kept);
      bytes += sizeOf(kept);
      forgetOldest(
        values,
        () => values.size > bounds.entries || bytes > bounds.bytes,
        (forgotten) => {
          bytes -= sizeOf(forgotten);
        },
      );
    },
    find: (id) => {
      const kept = values.get(id);
      if (kept === undefined) return unread.get(id);
      return settledInvocation(id, kept instanceof Uint8Array ? decodeValue(kept) : { ok: false, error: kept });
    },
  };
}

function forgetOldest<T>(entries: Map<string, T>, isFull: () => boolean, forgotten?: (entry: T) => void): void {
  for (const [id, entry] of entries) {
    if (!isFull()) return;
    entries.delete(id);
    forgotten?.(entry);
  }
}

function sizeOf(kept: Uint8Array | ErrorValue): number {
  return kept instanceof Uint8Array ? kept.length : 0;
}
