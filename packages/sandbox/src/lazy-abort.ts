// Cancellation whose `AbortSignal` is made for the first who asks. Most calls end unasked, and on Node 20 each signal costs
// microseconds and outlives every minor collection, with all that its listeners hold. (So does what a getter in an object
// literal closes over: hence classes here and wherever an object is made for each call.)
import type { ErrorValue } from "./outcome.ts";

export class LazyAbort {
  #controller: AbortController | undefined;
  #reason: ErrorValue | undefined;

  /** Why it was aborted, once it was. */
  get reason(): ErrorValue | undefined {
    return this.#reason;
  }

  /** Aborted with the reason, at once where that has happened already. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Only the first reason counts. */
  abort(reason: ErrorValue): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
