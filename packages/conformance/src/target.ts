// Who is put to the test: a backend, and what its author offers beside it.
import type { OpenIndex } from "@crucible/kiln-api";
import type { Embedder, KilnStore } from "@crucible/kiln-store";
import type { Backend, Instance, Language } from "@crucible/sandbox";
import type { ProgramName } from "./program.ts";

/**
 * What some laws need beyond a backend: `traps` is `ConformanceSubject.prepareTrap`, `examples` is
 * `ConformanceSubject.readExample`; `kilns` is `ConformanceSubject.openKiln`.
 */
export type Feature = "traps" | "examples" | "kilns";

/** One column of the matrix. */
export interface ConformanceTarget {
  /** Short name, for example `lua`. */
  readonly name: string;
  readonly language: Language;
  readonly offers: readonly Feature[];
  /** Texts of programs that replace or complete those of `programTexts`; needed for a language that it does not know. */
  readonly programs?: Readonly<Partial<Record<ProgramName, string>>>;
  /** Makes a subject that shares nothing with the others. Called once for each law. */
  open(): Promise<ConformanceSubject>;
}

/** What one law works on. */
export interface ConformanceSubject {
  readonly backend: Backend;
  /**
   * Makes an instance whose action `main` executes an illegal WebAssembly operation. Where source code cannot cause one, as
   * in an interpreter, the target's author injects it.
   */
  readonly prepareTrap?: () => Promise<Instance>;
  /** Threads that the backend has at the moment; for the corpus of hostile programs, which may leave none behind. */
  readonly threads?: () => number;
  /** Text of a file of the folder `examples`, by its path in it; nothing where it is missing. */
  readonly readExample?: (path: string) => Promise<string | undefined>;
  /** Opens an empty kiln with an index: `openTemporaryKiln`, unless there is another place for one. */
  readonly openKiln?: (embedder: Embedder) => TemporaryKiln;
  /** Releases everything, the backend included. Called once, also after a failure. */
  dispose(): Promise<void>;
}

/** A kiln for one law. */
export interface TemporaryKiln {
  readonly store: KilnStore;
  readonly openIndex: OpenIndex;
  /** Brings the index up to date, vectors included. */
  makeVectors(): Promise<void>;
  /** Removes it, with its notes. */
  dispose(): Promise<void>;
}
