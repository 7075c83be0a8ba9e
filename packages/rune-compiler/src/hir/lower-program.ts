// From sources to HIR, for programs and for the library. What happens in between is `program.ts`.

import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { SourceMap } from "../diagnostics/source-map.ts";
import type { FirstIds } from "../resolve/index-items.ts";
import { type LibraryInterface, readLibrary } from "../resolve/library.ts";
import type { HirModule } from "./hir.ts";
import type { Documentation, LowerInput } from "./lower-input.ts";
import { Program } from "./program.ts";

/** What lowering made; `module` is null after errors. */
export interface Lowered {
  readonly module: HirModule | null;
  readonly documentation: Documentation;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: SourceMap;
}

/** What lowering a library made, with the names that programs see. */
export interface LoweredLibrary extends Lowered {
  readonly library: LibraryInterface | null;
}

/** Lowers a program against a library; without one nothing of `std` exists. */
export function lowerProgram(input: LowerInput, library: LibraryInterface | null): Lowered {
  const first: FirstIds = {
    functions: library?.functionCount ?? 0,
    types: library?.typeCount ?? 0,
    statics: library?.staticCount ?? 0,
  };
  const program = new Program(input, first, library === null ? null : readLibrary(library), "");
  const module = program.run();
  const { documentation, sources } = program;
  return { module, documentation, diagnostics: program.diagnostics.sorted(), sources };
}

/** Lowers the library: the crate `std`. */
export function lowerLibrary(input: LowerInput): LoweredLibrary {
  const program = new Program(input, { functions: 0, types: 0, statics: 0 }, null, "std");
  const module = program.run();
  const { documentation, sources } = program;
  const library = module === null ? null : program.interface(module);
  return { module, documentation, diagnostics: program.diagnostics.sorted(), sources, library };
}
