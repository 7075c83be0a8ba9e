// The powers over time that this package takes as arguments.

/** Tells the time, in Unix milliseconds. */
export type Now = () => number;

/** Runs something later, once; the returned function takes it back and is harmless afterwards. */
export type StartTimer = (delayMs: number, run: () => void) => () => void;

/** Makes an id that nobody else makes. */
export type CreateId = () => string;
