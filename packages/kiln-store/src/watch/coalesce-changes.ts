// Gathers paths that change in a burst (a save, a checkout, a synchronisation) into one batch.

export interface CoalescerOptions {
  /** A batch ends after so many milliseconds without another change. */
  readonly quietMs: number;
  /** A batch ends at the latest after so many milliseconds. */
  readonly maxMs: number;
  readonly clock: { now(): number };
  /** Calls back once after some milliseconds; the result cancels it. */
  readonly after: (milliseconds: number, work: () => void) => () => void;
  /** Gets each batch, sorted. While it runs, further changes gather for the next one. */
  readonly flush: (paths: readonly string[]) => Promise<void>;
}

export interface ChangeCoalescer {
  add(path: string): void;
  /** Resolves when everything that was added so far has been flushed. */
  idle(): Promise<void>;
  /** Drops what waits, and resolves when a flush under way is done. */
  dispose(): Promise<void>;
}

export function createChangeCoalescer(options: CoalescerOptions): ChangeCoalescer {
  let waiting = new Set<string>();
  let firstMs = 0;
  let cancel: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let disposed = false;
  const idlers: (() => void)[] = [];

  const settle = (): void => {
    if (waiting.size > 0 || running !== undefined) return;
    for (const resolve of idlers.splice(0)) resolve();
  };
  const schedule = (): void => {
    cancel?.();
    cancel = undefined;
    // A running flush schedules the next batch when it is done.
    if (waiting.size === 0 || running !== undefined || disposed) return;
    const left = Math.max(0, firstMs + options.maxMs - options.clock.now());
    cancel = options.after(Math.min(options.quietMs, left), start);
  };
  const start = (): void => {
    cancel = undefined;
    const batch = [...waiting].sort();
    waiting = new Set();
    running = options.flush(batch).finally(() => {
      running = undefined;
      firstMs = options.clock.now();
      schedule();
      settle();
    });
  };
  return {
    add(path) {
      if (disposed) return;
      if (waiting.size === 0) firstMs = options.clock.now();
      waiting.add(path);
      schedule();
    },
    idle: () =>
      new Promise((resolve) => {
        idlers.push(resolve);
        settle();
      }),
    async dispose() {
      disposed = true;
      waiting.clear();
      cancel?.();
      cancel = undefined;
      await running;
      settle();
    },
  };
}
