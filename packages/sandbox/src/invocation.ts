// The handle of a running invocation: its outcome, its events with back-pressure, and its cancellation.
// It outlives the requester: whoever holds it, or finds it by id, may follow it from where the last reader stopped.
import type { InvocationContext } from "./invocation-context.ts";
import type { LogLevel, ProgressReport } from "./host-module.ts";
import type { ErrorValue, Outcome } from "./outcome.ts";
import { LazyAbort } from "./lazy-abort.ts";
import { fail, succeed } from "./outcome.ts";
import type { Value, ValueObject } from "./value.ts";

export type InvocationEvent =
  | { readonly kind: "progress"; readonly report: ProgressReport }
  | { readonly kind: "log"; readonly level: LogLevel; readonly message: string; readonly fields?: ValueObject }
  | { readonly kind: "emit"; readonly value: Value };

/** A running or finished invocation. */
export interface InvocationHandle {
  readonly id: string;
  /** Settles once, never rejects. */
  readonly outcome: Promise<Outcome<Value>>;
  /**
   * Events in order, until the invocation ends. One reader at a time: a new iteration takes over from the former, which
   * ends. While nobody has ever read, emitted values are kept (their size is bounded by `output_bytes`) and the guest is not
   * held up; once somebody reads, `emit` in the guest returns when its value was taken.
   */
  readonly events: AsyncIterable<InvocationEvent>;
  /** Ends the invocation with `invocation/cancelled`; has no effect once it has ended. */
  cancel(reason?: string): void;
  /** What it took, once the outcome is known and where its backend measured it. */
  usage?(): InvocationUsage | undefined;
  /** The encoding of the outcome's value, once it is known and where its backend has it at hand. */
  encodedValue?(): Uint8Array | undefined;
  /** Events that wait for a reader. */
  unread?(): number;
}

/** What one invocation took of its guest's bounds. */
export interface InvocationUsage {
  /** High-water mark of the guest's memory. */
  readonly memoryBytes: number;
  /** Where the backend meters fuel and a limit was set. */
  readonly fuel: number | undefined;
}

/** Calls plugins by name. Supplied by the plugin host; host functions and workflows see only this. */
export interface PluginInvoker {
  /**
   * Starts an action. Never throws: whatever is wrong is the outcome of the handle.
   *
   * @param name `plugin`, `namespace/plugin` or either with `@range`
   */
  invoke(name: string, action: string, params: Value, request?: NestedRequest): InvocationHandle;
}

export interface NestedRequest {
  readonly taskId?: string;
  readonly attempt?: number;
  /** Milliseconds; the callee gets the least of this, its own limit and what remains of the caller's. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** The side of a handle that the runner of the invocation holds. */
export interface InvocationControl {
  readonly handle: InvocationHandle;
  /** Aborted by `cancel`, with the reason; made for the first who asks. */
  readonly signal: AbortSignal;
  /** Calls the runner when the invocation is cancelled, at once where it is already; one runner. Cheaper than the signal. */
  onCancel(run: (reason: ErrorValue) => void): void;
  /** Offers an event. For `emit` it settles when the reader took the value; others never wait. */
  publish(event: InvocationEvent): Promise<Outcome<void>>;
  /** Ends the invocation; later calls have no effect. `encoded` is the encoding of the outcome's value. */
  settle(outcome: Outcome<Value>, usage?: InvocationUsage, encoded?: Uint8Array): void;
}

const keptReports = 256;

type RunnerFunctions = Pick<InvocationControl, "publish" | "settle" | "onCancel">;

class RunnerSide implements InvocationControl {
  readonly handle: InvocationHandle;
  readonly publish: RunnerFunctions["publish"];
  readonly settle: RunnerFunctions["settle"];
  readonly onCancel: RunnerFunctions["onCancel"];
  readonly #abort: LazyAbort;

  constructor(handle: InvocationHandle, abort: LazyAbort, { publish, settle, onCancel }: RunnerFunctions) {
    this.handle = handle;
    this.#abort = abort;
    this.publish = publish;
    this.settle = settle;
    this.onCancel = onCancel;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }
}

/** Makes the two sides of one invocation. */
export function createInvocation(id: string): InvocationControl {
  const abort = new LazyAbort();
  let runner: ((reason: ErrorValue) => void) | undefined;
  const queue: QueuedEvent[] = [];
  let wakeReader: (() => void) | undefined;
  let readerGeneration = 0;
  let ended = false;
  let used: InvocationUsage | undefined;
  let encodedValue: Uint8Array | undefined;
  let resolveOutcome: (outcome: Outcome<Value>) => void;
  const outcome = new Promise<Outcome<Value>>((resolve) => {
    resolveOutcome = resolve;
  });

  const wake = (): void => {
    wakeReader?.();
    wakeReader = undefined;
  };

  async function* read(): AsyncGenerator<InvocationEvent> {
    const generation = ++readerGeneration;
    wake();
    while (generation === readerGeneration) {
      const next = queue.shift();
      if (next !== undefined) {
        yield next.event;
        next.taken();
      } else if (ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
      }
    }
  }

  const handle: InvocationHandle = {
    id,
    outcome,
    events: { [Symbol.asyncIterator]: read },
    cancel: (reason = "cancelled by its caller") => {
      if (ended || abort.reason !== undefined) return;
      const error = cancelledError(reason);
      abort.abort(error);
      runner?.(error);
    },
    usage: () => used,
    encodedValue: () => encodedValue,
    unread: () => queue.length,
  };
  return new RunnerSide(handle, abort, {
    onCancel: (run) => {
      runner = run;
      if (abort.reason !== undefined) run(abort.reason);
    },
    publish: async (event) => {
      if (ended) return fail("invocation/cancelled", "Cannot publish an event: the invocation has ended");
      // Reports are worth less than memory: without a reader only the newest are kept.
      if (event.kind !== "emit") {
        dropOldestReport(queue);
        queue.push({ event, taken: () => {} });
        wake();
        return succeed(undefined);
      }
      return new Promise((resolve) => {
        const waits = readerGeneration > 0;
        queue.push({ event, taken: () => resolve(succeed(undefined)) });
        if (!waits) resolve(succeed(undefined));
        wake();
      });
    },
    settle: (value, usage, encoded) => {
      if (ended) return;
      ended = true;
      used = usage;
      encodedValue = encoded;
      resolveOutcome(value);
      wake();
    },
  });
}

/** A handle whose outcome is already known, for what fails before it starts. */
export function settledInvocation(id: string, outcome: Outcome<Value>): InvocationHandle {
  const control = createInvocation(id);
  control.settle(outcome);
  return control.handle;
}

export function cancelledError(reason: string): ErrorValue {
  return { code: "invocation/cancelled", message: `The invocation was cancelled: ${reason}` };
}

/** What an abort signal of the platform carries as its reason, or a plain cancellation for a foreign signal. */
export function abortError(signal: AbortSignal): ErrorValue {
  const reason: unknown = signal.reason;
  if (typeof reason === "object" && reason !== null && "code" in reason && "message" in reason)
    return reason as ErrorValue;
  return cancelledError(reason instanceof Error ? reason.message : String(reason));
}

/** Context of the callee of a nested call, from that of its caller. */
export function nestedContext(
  caller: InvocationContext,
  callee: Pick<InvocationContext, "executionId" | "plugin" | "version" | "action" | "deadline"> &
    Partial<Pick<InvocationContext, "taskId" | "attempt">>,
): InvocationContext {
  return {
    ...caller,
    ...callee,
    taskId: callee.taskId ?? callee.executionId,
    attempt: callee.attempt ?? 1,
    deadline: Math.min(callee.deadline, caller.deadline),
    invoker: { kind: "plugin", name: caller.plugin },
    parentExecutionId: caller.executionId,
    depth: caller.depth + 1,
  };
}

interface QueuedEvent {
  readonly event: InvocationEvent;
  readonly taken: () => void;
}

function dropOldestReport(queue: QueuedEvent[]): void {
  if (queue.length < keptReports) return;
  const oldest = queue.findIndex(({ event }) => event.kind !== "emit");
  if (oldest >= 0) queue.splice(oldest, 1);
}
