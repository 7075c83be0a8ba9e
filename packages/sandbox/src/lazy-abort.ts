// Cancellation whose `AbortSignal` is made for the first who asks. Most calls end unasked, and on Node 20 each signal costs
// microseconds and outlives every minor collection, with all that its listeners hold.
import type { ErrorValue } from "./outcome.ts";

export interface LazyAbort {
  /** Why it was aborted, once it was. */
  readonly reason: ErrorValue | undefined;
  /** Aborted with the reason, at once where that has happened already. */
  readonly signal: AbortSignal;
  /** Only the first reason counts. */
  abort(reason: ErrorValue): void;
}

export function createLazyAbort(): LazyAbort {
  let controller: AbortController | undefined;
  let reason: ErrorValue | undefined;
  return {
    get reason() {
      return reason;
    },
    get signal() {
      if (controller === undefined) {
        controller = new AbortController();
        if (reason !== undefined) controller.abort(reason);
      }
      return controller.signal;
    },
    abort: (given) => {
      if (reason !== undefined) return;
      reason = given;
      controller?.abort(given);
    },
  };
}
