// The handle that a caller gets at once, while the call itself starts later: after resolution, trust, limits and loading.
import type { ErrorValue, InvocationEvent, InvocationHandle, Outcome, Value } from "@crucible/sandbox";
import { cancelledError } from "@crucible/sandbox";

export interface DeferredInvocation {
  readonly handle: InvocationHandle;
  /** Why `cancel` was called, once it was. */
  readonly cancelled: ErrorValue | undefined;
  /** Aborted by `cancel`; its reason is the error. Made for the first who asks: most calls end without one. */
  readonly signal: AbortSignal;
  /** Its events and its cancelling become those of the running call. */
  follow(call: InvocationHandle): void;
  settle(outcome: Outcome<Value>): void;
}

export function createDeferredInvocation(id: string): DeferredInvocation {
  let abort: AbortController | undefined;
  let cancelled: ErrorValue | undefined;
  let reasonGiven = "";
  let running: InvocationHandle | undefined;
  let resolveOutcome: (outcome: Outcome<Value>) => void = () => {};
  let resolveCall: (call: InvocationHandle | undefined) => void = () => {};
  const outcome = new Promise<Outcome<Value>>((resolve) => {
    resolveOutcome = resolve;
  });
  const started = new Promise<InvocationHandle | undefined>((resolve) => {
    resolveCall = resolve;
  });
  async function* events(): AsyncGenerator<InvocationEvent> {
    const call = await started;
    if (call !== undefined) yield* call.events;
  }
  const cancel = (reason = "cancelled by its caller"): void => {
    if (cancelled !== undefined) return;
    reasonGiven = reason;
    cancelled = cancelledError(reason);
    abort?.abort(cancelled);
    running?.cancel(reason);
  };
  return {
    handle: {
      id,
      outcome,
      events: { [Symbol.asyncIterator]: events },
      cancel,
      unread: () => running?.unread?.() ?? 0,
    },
    get cancelled() {
      return cancelled;
    },
    get signal() {
      if (abort === undefined) {
        abort = new AbortController();
        if (cancelled !== undefined) abort.abort(cancelled);
      }
      return abort.signal;
    },
    follow: (call) => {
      running = call;
      resolveCall(call);
      if (cancelled !== undefined) call.cancel(reasonGiven);
    },
    settle: (value) => {
      resolveCall(undefined);
      resolveOutcome(value);
    },
  };
}
