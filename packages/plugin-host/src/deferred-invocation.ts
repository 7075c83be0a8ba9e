// The handle that a caller gets at once, while the call itself starts later: after resolution, trust, limits and loading.
import type { InvocationEvent, InvocationHandle, Outcome, Value } from "@crucible/sandbox";
import { cancelledError } from "@crucible/sandbox";

export interface DeferredInvocation {
  readonly handle: InvocationHandle;
  /** Aborted by `cancel`; its reason is the error. */
  readonly signal: AbortSignal;
  /** Its events and its cancelling become those of the running call. */
  follow(call: InvocationHandle): void;
  settle(outcome: Outcome<Value>): void;
}

export function createDeferredInvocation(id: string): DeferredInvocation {
  const abort = new AbortController();
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
  return {
    handle: {
      id,
      outcome,
      events: { [Symbol.asyncIterator]: events },
      cancel: (reason = "cancelled by its caller") => abort.abort(cancelledError(reason)),
    },
    signal: abort.signal,
    follow: (call) => {
      resolveCall(call);
      const cancel = (): void => call.cancel(abort.signal.aborted ? messageOf(abort.signal.reason) : undefined);
      if (abort.signal.aborted) cancel();
      else abort.signal.addEventListener("abort", cancel, { once: true });
    },
    settle: (value) => {
      resolveCall(undefined);
      resolveOutcome(value);
    },
  };
}

function messageOf(reason: unknown): string {
  const message =
    typeof reason === "object" && reason !== null && "message" in reason ? String(reason.message) : String(reason);
  return message.replace(/^The invocation was cancelled: /, "");
}
