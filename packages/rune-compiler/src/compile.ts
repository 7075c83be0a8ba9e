// The whole compiler on one screen: source text in, diagnostics and the compiled form out. It does no input or output.

import type { Diagnostic } from "./diagnostics/diagnostic.ts";
import type { SourceMap } from "./diagnostics/source-map.ts";
import { preludeText } from "./generated/prelude.ts";
import type { LowerInput } from "./hir/lower-program.ts";
import { lowerProgram } from "./hir/lower-program.ts";
import { compileModule } from "./codegen/compile-module.ts";
import type { DecodedLibrary } from "./ir/library-format.ts";
import { decodeLibrary } from "./ir/library-format.ts";

/** What to compile; see `LowerInput`. */
export type CompileInput = LowerInput;

/** The outcome of a compilation. */
export interface Compilation {
  /** The compiled form, which `loadModule` reads; null when there are errors. */
  readonly bytes: Uint8Array | null;
  /** Errors and warnings, sorted by source and position. */
  readonly diagnostics: readonly Diagnostic[];
  /** The sources that the diagnostics speak of. */
  readonly sources: SourceMap;
}

let decoded: DecodedLibrary | undefined;

/** The library that every program is compiled against; decoded once. */
export function standardLibrary(): DecodedLibrary {
  return (decoded ??= decodeLibrary(preludeText));
}

/**
 * Compiles a program.
 *
 * Takes time and memory in proportion to the source; nesting and sizes beyond the language's limits are diagnostics.
 */
export function compile(input: CompileInput): Compilation {
  const { names, library } = standardLibrary();
  const { module, diagnostics, sources } = lowerProgram(input, names);
  return { bytes: module === null ? null : compileModule(module, library), diagnostics, sources };
}
