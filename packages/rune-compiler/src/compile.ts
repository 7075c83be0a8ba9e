// The whole compiler on one screen: source text in, diagnostics and the compiled form out. It does no input or output.

import { compileModule, TooLarge } from "./codegen/compile-module.ts";
import type { Diagnostic } from "./diagnostics/diagnostic.ts";
import type { SourceMap } from "./diagnostics/source-map.ts";
import { createSourceMap } from "./diagnostics/source-map.ts";
import { preludeText } from "./generated/prelude.ts";
import type { Documentation, LowerInput } from "./hir/lower-input.ts";
import { lowerProgram } from "./hir/lower-program.ts";
import type { DecodedLibrary } from "./ir/library-format.ts";
import { decodeLibrary } from "./ir/library-format.ts";
import type { Span } from "./syntax/span.ts";

/** What to compile; see `LowerInput`. */
export type CompileInput = LowerInput;

/** The outcome of a compilation. */
export interface Compilation {
  /** The compiled form, which `loadModule` reads; null when there are errors. */
  readonly bytes: Uint8Array | null;
  /** Errors and warnings, sorted by source and position. */
  readonly diagnostics: readonly Diagnostic[];
  /** Doc comments of the file and of its actions. */
  readonly documentation: Documentation;
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
  try {
    const { module, diagnostics, documentation, sources } = lowerProgram(input, names);
    try {
      const bytes = module === null ? null : compileModule(module, library);
      return { bytes, diagnostics, documentation, sources };
    } catch (thrown) {
      return { bytes: null, diagnostics: [...diagnostics, tooMuch(thrown)], documentation, sources };
    }
  } catch (thrown) {
    const sources = createSourceMap([{ path: input.path, text: input.text, start: input.start ?? 0 }]);
    return { bytes: null, diagnostics: [tooMuch(thrown)], documentation: { file: "", exports: {} }, sources };
  }
}

/** What is beyond the limits of the engine is a diagnostic; anything else that is thrown is a mistake of the compiler. */
function tooMuch(thrown: unknown): Diagnostic {
  const error = (code: string, span: Span, message: string): Diagnostic => ({
    severity: "error",
    code,
    message,
    span,
    labels: [],
    help: "Split it into smaller functions",
  });
  if (thrown instanceof TooLarge) return error("compile/too-large", thrown.span, thrown.message);
  if (thrown instanceof RangeError && /call stack/iu.test(thrown.message)) {
    return error(
      "compile/too-deep",
      { source: 0, start: 0, end: 0 },
      "Cannot compile the source: it is nested too deeply",
    );
  }
  throw thrown;
}
