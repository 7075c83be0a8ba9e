// Says how long Node's event loop stood still: the longest time between two looks that should follow each other at once.
import type { LoopWatch } from "./loop-watch.ts";

const intervalMs = 2;

/** Watches the event loop of this thread. */
export function createLoopWatch(): LoopWatch {
  const now = (): number => performance.now();
  return {
    now,
    start: () => {
      let last = now();
      let longest = 0;
      const look = (): void => {
        const time = now();
        longest = Math.max(longest, time - last - intervalMs);
        last = time;
      };
      const timer = setInterval(look, intervalMs);
      return () => {
        clearInterval(timer);
        look();
        return longest;
      };
    },
  };
}
