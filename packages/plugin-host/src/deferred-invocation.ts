// The handle that a caller gets at once, while the call itself starts later: after resolution, trust, limits and loading.
import type { ErrorValue, InvocationEvent, InvocationHandle, Outcome, Value } from "@crucible/sandbox";
import { cancelledError, LazyAbort } from "@crucible/sandbox";

export class DeferredInvocation {
  readonly handle: InvocationHandle;
  readonly #abort = new LazyAbort();
  #cancelReason = "cancelled by its caller";
  #running: InvocationHandle | undefined;
  #resolveOutcome: (outcome: Outcome<Value>) => void = () => {};
  #resolveCall: (call: InvocationHandle | undefined) => void = () => {};

  constructor(id: string) {
    const started = new Promise<InvocationHandle | undefined>((resolve) => {
      this.#resolveCall = resolve;
    });
    async function* events(): AsyncGenerator<InvocationEvent> {
      const call = await started;
      if (call !== undefined) yield* call.events;
    }
    this.handle = {
      id,
      outcome: new Promise<Outcome<Value>>((resolve) => {
        this.#resolveOutcome = resolve;
      }),
      events: { [Symbol.asyncIterator]: events },
      cancel: (reason) => this.#cancel(reason),
      unread: () => this.#running?.unread?.() ?? 0,
    };
  }

  /** Why it was cancelled, once it was. */
  get cancelled(): ErrorValue | undefined {
    return this.#abort.reason;
  }

  /** Aborted by `cancel`; its reason is the error. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Its events and its cancelling become those of the running call. */
  follow(call: InvocationHandle): void {
    this.#running = call;
    this.#resolveCall(call);
    if (this.cancelled !== undefined) call.cancel(this.#cancelReason);
  }

  settle(outcome: Outcome<Value>): void {
    this.#resolveCall(undefined);
    this.#resolveOutcome(outcome);
  }

  #cancel(reason = this.#cancelReason): void {
    if (this.cancelled !== undefined) return;
    this.#cancelReason = reason;
    this.#abort.abort(cancelledError(reason));
    this.#running?.cancel(reason);
  }
}
