// What the corpus needs to know about time: a clock, and how long the event loop stood still.

/** A clock, and an eye on the event loop. */
export interface LoopWatch {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Begins to watch; the returned function ends it and tells the longest standstill in milliseconds. */
  start(): () => number;
}
