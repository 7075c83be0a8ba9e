// What an entry of the hostile corpus is: one program that wants more than it may have, and how it has to end.
import type { ErrorCode, Language, Limits } from "@crucible/sandbox";

/** What a program tries. */
export type HostileTopic =
  | "loop"
  | "recursion"
  | "memory"
  | "text"
  | "catching"
  | "coroutine"
  | "reach"
  | "deep data"
  | "forgery"
  | "flood"
  | "race"
  | "source";

export interface HostileProgram {
  /** One sentence's worth of what it does; unique in its language. */
  readonly name: string;
  readonly topic: HostileTopic;
  readonly language: Language;
  /**
   * The whole text. Unless `at` says otherwise it has an action `main` that takes one parameter. It may use the functions of the
   * module `crucible` that the corpus' host offers (`hostile-host.ts`).
   */
  readonly source: string;
  /** Bounds that differ from those of the corpus (`hostileLimits`). */
  readonly limits?: Partial<Limits>;
  /** The only code it may end with; `value` where containment is that nothing happens. */
  readonly ends: ErrorCode | "value";
  /** When it strikes: absent in the action; `load` while its file is run, `compile` while it is compiled. */
  readonly at?: "load" | "compile";
}

/** An entry of a table of one language. */
export type HostileEntry = Omit<HostileProgram, "language">;

/** Bounds of every program of the corpus: small, so that each is reached soon. */
export const hostileLimits: Pick<Limits, "memory_bytes" | "timeout_ms" | "host_calls" | "output_bytes"> = {
  memory_bytes: 8 * 1024 * 1024,
  timeout_ms: 2_000,
  host_calls: 1_000,
  output_bytes: 100_000,
};

/** Milliseconds for programs that only time ends. */
export const briefly: Partial<Limits> = { timeout_ms: 100 };

/** Room for programs that bring a lot to the boundary. */
export const roomy: Partial<Limits> = { memory_bytes: 64 * 1024 * 1024, output_bytes: 10 * 1024 * 1024 };
