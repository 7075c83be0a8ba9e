// Public names of @crucible/rune-compiler.
export { compile, type Compilation, type CompileInput } from "./compile.ts";
export type { CompiledManifest } from "./codegen/compiled-form.ts";
export {
  createDiagnosticSink,
  MAX_ERRORS,
  type Diagnostic,
  type DiagnosticExtra,
  type DiagnosticLabel,
  type DiagnosticSink,
} from "./diagnostics/diagnostic.ts";
export { renderDiagnostic, renderDiagnostics } from "./diagnostics/render.ts";
export { createSourceMap, type Position, type Source, type SourceMap } from "./diagnostics/source-map.ts";
export type { HirFunction, HirModule, HirStatement } from "./hir/hir.ts";
export type { Documentation, HostModuleInput, LowerInput } from "./hir/lower-input.ts";
export { lowerLibrary, lowerProgram, type Lowered, type LoweredLibrary } from "./hir/lower-program.ts";
export { CONST_BUDGET } from "./resolve/evaluate-const.ts";
export type { LibraryInterface } from "./resolve/library.ts";
export type { ReadModule } from "./resolve/load-module.ts";
export type { Expression } from "./syntax/ast-expression.ts";
export type { SourceFile } from "./syntax/ast-item.ts";
export { MAX_NESTING } from "./syntax/cursor.ts";
export { parseSource, type ParseInput, type SourceMode } from "./syntax/parse.ts";
export { printExpressionText, printFile } from "./syntax/print.ts";
export type { SourceId, Span } from "./syntax/span.ts";
