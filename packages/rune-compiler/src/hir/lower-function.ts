// Lowers functions, closures, async blocks, const blocks and the bodies of scripts.

import type { FunctionNode, ItemNode, TypeNode } from "../resolve/item.ts";
import { pathOf } from "../resolve/item.ts";
import type { Viewpoint } from "../resolve/resolve-path.ts";
import type { Block, BlockExpression, ClosureExpression } from "../syntax/ast-expression.ts";
import type { Parameter } from "../syntax/ast-item.ts";
import type { Span } from "../syntax/span.ts";
import { Abandoned, abandon, constant, type Destination, type ProgramContext, report, VALUE } from "./context.ts";
import { FunctionBuilder, type FunctionKind } from "./function-builder.ts";
import type { HirAtom, HirFunction } from "./hir.ts";
import { lowerStatements } from "./lower-block.ts";
import { lowerConstValue } from "./lower-constant.ts";
import { patternFailure, singleBinding } from "./lower-pattern.ts";

/** What distinguishes the functions that are built. */
interface Head {
  readonly path: string;
  readonly kind: FunctionKind;
  readonly view: Viewpoint;
  readonly span: Span;
  readonly method: HirFunction["method"];
  readonly alsoFor?: readonly TypeNode[];
}

/** Lowers the function of a node that has a source. */
export function lowerFunction(context: ProgramContext, node: FunctionNode): HirFunction {
  const { source, scope, self } = node;
  if (source === null || scope === null) throw new TypeError(`Function ${pathOf(node)} has no source`);
  const head: Head = {
    path: pathOf(node),
    kind: { isAsync: source.isAsync !== null, isConst: source.isConst !== null },
    view: { scope, self },
    span: source.span,
    alsoFor: node.alsoFor,
    method: node.isMethod && self !== null ? { type: self.typeId, name: node.fullName } : null,
  };
  const builder = new FunctionBuilder(context, head.path, head.kind, head.view, null);
  const parameters = lowerParameters(builder, source.parameters);
  const value = context.lower.block(builder, source.body, VALUE);
  builder.emit({ kind: "return", value, span: endSpan(source.body.span) });
  return finish(builder, head, parameters);
}

/** Lowers a script: its statements are the body of a function with the parameters given by name. */
export function lowerScript(
  context: ProgramContext,
  body: Block,
  scope: ItemNode,
  names: readonly string[],
  path: string,
): HirFunction {
  const head: Head = {
    path,
    kind: { isAsync: false, isConst: false },
    view: { scope, self: null },
    span: body.span,
    method: null,
  };
  // A script may wait: it is async when it does.
  const kind = { isAsync: true, isConst: false };
  const builder = new FunctionBuilder(context, path, kind, head.view, null);
  const parameters = names.map((name) => builder.declare(name));
  const value = lowerStatements(builder, body.statements, VALUE, body.span);
  builder.emit({ kind: "return", value, span: endSpan(body.span) });
  return finish(builder, head, parameters);
}

function endSpan(span: Span): Span {
  return { ...span, start: Math.max(span.start, span.end - 1) };
}

/** The collected body; one that uses what cannot be compiled yet fails when it is called, and says so now. */
function finish(builder: FunctionBuilder, head: Head, parameters: readonly number[]): HirFunction {
  const { context } = builder;
  const { unsupported } = builder;
  if (head.kind.isAsync) unsupported.unshift({ feature: "Async functions", span: head.span });
  const first = unsupported[0];
  let body = builder.statements();
  if (first !== undefined) {
    const sentence = `${first.feature} are not supported yet`.replace(/(`) are/u, "$1 is");
    context.unsupported(sentence, first.span);
    body = [{ kind: "fail", failure: { kind: "other", sentence }, span: first.span }];
  }
  return {
    path: head.path,
    parameters,
    captures: builder.captures,
    locals: builder.locals,
    body,
    method: head.method,
    alsoFor: (head.alsoFor ?? []).map((type) => type.typeId),
    span: head.span,
  };
}

/** Declares parameters in order, then takes their patterns apart. */
function lowerParameters(builder: FunctionBuilder, parameters: readonly Parameter[]): readonly number[] {
  const locals = parameters.map((parameter) => {
    const { pattern } = parameter;
    const self = selfName(parameter);
    const name = self ?? singleBinding(builder, pattern);
    return name === null ? builder.local(null) : builder.declare(name);
  });
  for (const [index, { pattern }] of parameters.entries()) {
    const local = locals[index];
    if (local === undefined || builder.locals[local]?.name !== null) continue;
    const value: HirAtom = { kind: "local", local };
    try {
      builder.context.lower.pattern(builder, pattern, value, () => patternFailure(value, pattern.span));
    } catch (mark) {
      if (!(mark instanceof Abandoned)) throw mark;
    }
  }
  return locals;
}

function selfName({ pattern }: Parameter): "self" | null {
  if (pattern.kind !== "path" || pattern.path.segments.length !== 1) return null;
  return pattern.path.segments[0]?.kind === "self" ? "self" : null;
}

/** Lowers a closure to a function of its own and the operation that makes its value. */
export function lowerClosure(builder: FunctionBuilder, closure: ClosureExpression, destination: Destination): HirAtom {
  const { context } = builder;
  const { span } = closure;
  for (const parameter of closure.parameters) {
    if (selfName(parameter) !== null)
      report(context, "unsupported-self", parameter.span, "`self` is not supported in a closure");
  }
  const head: Head = {
    path: `${builder.path}::{closure}`,
    kind: { isAsync: closure.isAsync !== null, isConst: false },
    view: builder.view,
    span,
    method: null,
  };
  const inner = new FunctionBuilder(context, head.path, head.kind, head.view, builder);
  inner.depth = builder.depth;
  inner.macroDepth = builder.macroDepth;
  const parameters = lowerParameters(inner, closure.parameters);
  const value = context.lower.expression(inner, closure.body, VALUE);
  inner.emit({ kind: "return", value, span: endSpan(closure.body.span) });
  const lowered = finish(inner, head, parameters);
  if (closure.isMove !== null) builder.move(inner.captured, span);
  const id = context.addFunction(() => lowered);
  if (inner.captured.length === 0)
    return builder.deliver(constant({ kind: "function", function: id }), destination, span);
  const captures = inner.captured.map((local): HirAtom => ({ kind: "local", local }));
  return builder.finish({ kind: "closure", function: id, captures }, destination, span);
}

/** Checks the body of an async block, which captures as a closure does. */
export function lowerAsyncBlock(builder: FunctionBuilder, expression: BlockExpression): void {
  const kind = { isAsync: true, isConst: false };
  const inner = new FunctionBuilder(builder.context, `${builder.path}::{async}`, kind, builder.view, builder);
  inner.depth = builder.depth;
  inner.macroDepth = builder.macroDepth;
  builder.context.lower.block(inner, expression.block, VALUE);
  if (expression.isMove !== null) builder.move(inner.captured, expression.span);
}

/** Lowers `const { … }`: the block is evaluated now. */
export function lowerConstBlock(
  builder: FunctionBuilder,
  expression: BlockExpression,
  destination: Destination,
): HirAtom {
  const { context } = builder;
  if (expression.isAsync !== null) {
    report(context, "block-const-async-conflict", expression.isAsync, "A block cannot be both `const` and `async`");
    return abandon();
  }
  if (expression.label !== null) {
    report(context, "unsupported", expression.label.span, "Constant blocks cannot be labelled");
    return abandon();
  }
  const value = context.constants.evaluate({ ...expression, isConst: null }, builder.view);
  return value === null ? abandon() : lowerConstValue(builder, value, destination, expression.span);
}
