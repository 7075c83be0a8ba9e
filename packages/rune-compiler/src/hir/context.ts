// What lowering shares: the compilation around a function, and the productions that call each other across files.

import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { SourceMap } from "../diagnostics/source-map.ts";
import type { ConstEvaluator } from "../resolve/evaluate-const.ts";
import type { Indexer } from "../resolve/index-items.ts";
import type { ConstNode, FunctionNode, ItemNode, StaticNode } from "../resolve/item.ts";
import type { Resolver, Viewpoint } from "../resolve/resolve-path.ts";
import type {
  BinaryExpression,
  Block,
  BlockExpression,
  ClosureExpression,
  Expression,
} from "../syntax/ast-expression.ts";
import type { Path } from "../syntax/ast-name.ts";
import type { Pattern } from "../syntax/ast-pattern.ts";
import type { Span } from "../syntax/span.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import type { FunctionId, HirAtom, HirCompound, HirConstant, HirFunction, HirStatement, LocalId } from "./hir.ts";

/** Where the value of an expression goes: any atom, a local that must hold it, or nowhere. */
export type Destination =
  | { readonly kind: "value" }
  | { readonly kind: "local"; readonly local: LocalId }
  | { readonly kind: "discard" };

export const VALUE: Destination = { kind: "value" };
export const DISCARD: Destination = { kind: "discard" };

/** An atom of a constant. */
export function constant(value: HirConstant): HirAtom {
  return { kind: "constant", value };
}

export const UNIT: HirAtom = constant({ kind: "unit" });

/** What is done when a pattern does not match. */
export type Mismatch = () => readonly HirStatement[];

/** Productions of lowering; each takes the builder of the function it adds to. */
export interface Productions {
  expression(builder: FunctionBuilder, expression: Expression, destination: Destination): HirAtom;
  block(builder: FunctionBuilder, block: Block, destination: Destination): HirAtom;
  /** Tests `value` and binds the pattern's names. */
  pattern(builder: FunctionBuilder, pattern: Pattern, value: HirAtom, mismatch: Mismatch): void;
  closure(builder: FunctionBuilder, closure: ClosureExpression, destination: Destination): HirAtom;
  /** The local of the variable that an expression names; null if it names none. */
  variable(builder: FunctionBuilder, expression: Expression): LocalId | null;
  constBlock(builder: FunctionBuilder, expression: BlockExpression, destination: Destination): HirAtom;
  asyncBlock(builder: FunctionBuilder, expression: BlockExpression): void;
  compound(
    builder: FunctionBuilder,
    expression: BinaryExpression,
    operator: HirCompound,
    destination: Destination,
  ): HirAtom;
  macro(
    builder: FunctionBuilder,
    expression: Extract<Expression, { kind: "macro" }>,
    destination: Destination,
  ): HirAtom;
}

/** The compilation that functions are lowered for. */
export interface ProgramContext {
  readonly diagnostics: DiagnosticSink;
  readonly sources: SourceMap;
  readonly resolver: Resolver;
  readonly indexer: Indexer;
  readonly constants: ConstEvaluator;
  readonly lower: Productions;
  /** Whether the library is compiled, which may use `rt::…`. */
  readonly library: boolean;
  /** Takes a function that lowering made: a closure, or the builder of a large constant. */
  addFunction(make: (id: FunctionId) => HirFunction): FunctionId;
  /** Notes that a function is used, so that it is lowered now and not with the unused ones. */
  use(node: FunctionNode): void;
  /** Notes that a static is used. */
  useStatic(node: StaticNode): void;
  /** Indexes a block that macro expansion made. */
  indexBlock(block: Block, scope: ItemNode): void;
  /** Notes that a function uses what cannot be compiled yet. */
  unsupported(sentence: string, span: Span): void;
  /** A function that makes a large constant, shared by its uses. */
  constantFunction(node: ConstNode): FunctionId | null;
}

/** Resolves a path to a node, reporting a missing one; null after a report. */
export function resolveItem(context: ProgramContext, path: Path, view: Viewpoint): ItemNode | null {
  const found = context.resolver.resolve(path, view);
  if (found === null || !("missing" in found)) return found;
  report(context, "missing-item", path.span, `Missing item \`${found.missing}\``, found.help());
  return null;
}

/** Reports an error. */
export function report(context: ProgramContext, slug: string, span: Span, message: string, help?: string): void {
  context.diagnostics.error(`compile/${slug}`, span, message, help === undefined ? {} : { help });
}

/** Thrown after a report to give up the statement that is being lowered; caught where statements are lowered. */
export class Abandoned {}

/** Reports an error and gives up the statement. */
export function fail(context: ProgramContext, slug: string, span: Span, message: string, help?: string): never {
  report(context, slug, span, message, help);
  return abandon();
}

/** Gives up the statement after a report. */
export function abandon(): never {
  // oxlint-disable-next-line typescript/only-throw-error -- a mark that never leaves lowering
  throw new Abandoned();
}
