// A clock that stands still until a test moves it, with timers that fire on the way.
import type { StartTimer } from "@crucible/capabilities";

export interface VirtualTime {
  readonly now: () => number;
  readonly startTimer: StartTimer;
  /** Moves the clock; timers that come due fire in order, each at its own time. */
  advance(ms: number): void;
  /** Timers that are set. */
  readonly timers: number;
}

export function createVirtualTime(start = 0): VirtualTime {
  let time = start;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  return {
    now: () => time,
    startTimer: (delayMs, run) => {
      const timer = { at: time + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance: (ms) => {
      const end = time + ms;
      for (;;) {
        const due = timers.filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)[0];
        if (due === undefined) break;
        timers = timers.filter((other) => other !== due);
        time = due.at;
        due.run();
      }
      time = end;
    },
    get timers() {
      return timers.length;
    },
  };
}

/** Ids that count up. */
export function createCounter(prefix = "id"): () => string {
  let count = 0;
  return () => `${prefix}-${(count += 1)}`;
}
