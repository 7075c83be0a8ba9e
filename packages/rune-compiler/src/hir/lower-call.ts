// Lowers calls: of functions and constructors by path, of methods, of values, of the host, and of the runtime.

import { describeNode, type ItemNode, pathOf } from "../resolve/item.ts";
import type { CallExpression, Expression } from "../syntax/ast-expression.ts";
import type { Identifier, Path } from "../syntax/ast-name.ts";
import { abandon, type Destination, fail, resolveItem, VALUE } from "./context.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import type { HirAtom, HirOperation } from "./hir.ts";
import { shapeOf } from "./lower-pattern.ts";

/** A call whose receiver or callee is the value to the left in a chain. */
export interface PendingCall {
  readonly expression: CallExpression;
  readonly left: Expression;
  /** Name of a method with its type parameters; null when the value itself is called. */
  readonly method: string | null;
}

/** The call as a link of a chain; null when its callee is a path or a host function. */
export function prepareCall(builder: FunctionBuilder, expression: CallExpression): PendingCall | null {
  const { callee } = expression;
  if (callee.kind === "path") return null;
  if (callee.kind !== "field") return { expression, left: callee, method: null };
  if (hostAlias(builder, expression) !== null) return null;
  const name = callee.field.kind === "name" ? callee.field.name : String(callee.field.index);
  const method = callee.generics === null ? name : `${name}::<${genericNames(builder, callee.generics)}>`;
  return { expression, left: callee.target, method };
}

/** Lowers a call with the value to its left. */
export function lowerCallee(
  builder: FunctionBuilder,
  call: PendingCall,
  left: HirAtom,
  destination: Destination,
): HirAtom {
  const operands: readonly (Expression | null)[] = [null, ...call.expression.args];
  const [first = left, ...args] = builder.operands(operands, (operand) =>
    operand === null ? left : builder.context.lower.expression(builder, operand, VALUE),
  );
  const operation: HirOperation =
    call.method === null
      ? { kind: "call-value", callee: first, arguments: args }
      : { kind: "call-method", receiver: first, name: call.method, arguments: args };
  return builder.finish(operation, destination, call.expression.span);
}

/** Lowers a call whose callee is a path, or a host function written with a dot. */
export function lowerCall(builder: FunctionBuilder, expression: CallExpression, destination: Destination): HirAtom {
  const { span } = expression;
  const alias = hostAlias(builder, expression);
  const callee: Expression =
    alias === null ? expression.callee : { kind: "path", span: alias.span, attributes: [], path: alias };
  if (callee.kind !== "path") throw new TypeError(`A ${callee.kind} is called in a chain`);
  const variable = builder.context.lower.variable(builder, callee);
  if (variable !== null) {
    const call: PendingCall = { expression, left: callee, method: null };
    return lowerCallee(builder, call, { kind: "local", local: variable }, destination);
  }
  const runtime = runtimeName(builder, callee.path);
  if (runtime !== null) {
    const args = lowerArguments(builder, expression);
    return builder.finish({ kind: "intrinsic", name: runtime, arguments: args }, destination, span);
  }
  checkGenerics(builder, callee.path);
  const node = resolveItem(builder.context, callee.path, builder.view);
  if (node === null) {
    // The arguments may hold errors of their own.
    lowerArguments(builder, expression);
    return abandon();
  }
  if (node.kind === "host-function") return lowerHostCall(builder, expression, node.path, destination);
  if (node.kind === "function") {
    builder.context.use(node);
    const args = lowerArguments(builder, expression);
    return builder.finish({ kind: "call", function: node.functionId, arguments: args }, destination, span);
  }
  return lowerConstructor(builder, expression, node, destination);
}

function lowerConstructor(
  builder: FunctionBuilder,
  expression: CallExpression,
  node: ItemNode,
  destination: Destination,
): HirAtom {
  const { context } = builder;
  const shape = shapeOf(node);
  if (shape === null || shape.builtin || shape.shape.kind === "named") {
    const message = `Found ${describeNode(node)}: expected something that can be called as a function`;
    return fail(context, "expected-meta", expression.span, message);
  }
  const expected = shape.shape.fields.length;
  if (expected !== expression.args.length) {
    const message = `Wrong number of arguments for ${describeNode(node)}: got ${expression.args.length}, expected ${expected}`;
    return fail(context, "bad-argument-count", expression.argsSpan, message);
  }
  if (expected === 0 && shape.shape.kind === "unit") {
    context.diagnostics.warning(
      "compile/remove-tuple-call-params",
      expression.argsSpan,
      "These parentheses are not needed",
    );
  }
  const fields = lowerArguments(builder, expression);
  const operation: HirOperation = { kind: "construct", type: shape.type, shape: shape.index, fields };
  return builder.finish(operation, destination, expression.span);
}

function lowerArguments(builder: FunctionBuilder, expression: CallExpression): readonly HirAtom[] {
  return builder.operands(expression.args, (operand) => builder.context.lower.expression(builder, operand, VALUE));
}

function lowerHostCall(
  builder: FunctionBuilder,
  expression: CallExpression,
  name: string,
  destination: Destination,
): HirAtom {
  const args = lowerArguments(builder, expression);
  return builder.finish({ kind: "call-host", name, arguments: args }, destination, expression.span);
}

/**
 * `crucible.name(..)` and `crucible.state.name(..)`, where `crucible` is no variable but a host module: the path that
 * the callee stands for.
 */
function hostAlias(builder: FunctionBuilder, { callee }: CallExpression): Path | null {
  const names: Identifier[] = [];
  let base = callee;
  while (base.kind === "field" && base.field.kind === "name") {
    names.unshift({ name: base.field.name, span: base.field.span });
    base = base.target;
  }
  if (names.length === 0 || base.kind !== "path" || base.path.segments.length !== 1) return null;
  const segment = base.path.segments[0];
  if (segment === undefined || segment.kind !== "name" || builder.variable(segment.name) !== null) return null;
  const node = builder.context.resolver.lookup(segment.name, builder.view, base.span);
  if (node === null || "missing" in node || !(node.kind === "host" || (node.kind === "module" && node.host !== null))) {
    return null;
  }
  const rest = names.map(({ name, span }) => ({
    kind: "name" as const,
    name,
    span,
    generics: null,
    genericsSpan: null,
  }));
  return { span: callee.span, global: null, segments: [segment, ...rest] };
}

/** The name in `rt::name`, which only the library may write. */
function runtimeName(builder: FunctionBuilder, path: Path): string | null {
  if (!builder.context.library || path.segments.length !== 2 || path.segments[0]?.name !== "rt") return null;
  return path.segments[1]?.name ?? null;
}

function checkGenerics(builder: FunctionBuilder, path: Path): void {
  for (const segment of path.segments) if (segment.generics !== null) genericNames(builder, segment.generics);
}

/** Last parts of the paths of type arguments, as method names spell them. */
function genericNames(builder: FunctionBuilder, generics: readonly Expression[]): string {
  const names = generics.map((generic) => {
    const node = generic.kind === "path" ? resolveItem(builder.context, generic.path, builder.view) : null;
    if (node?.kind === "type") return node.name;
    if (node === null && generic.kind === "path") return abandon();
    const found = node === null ? "an expression" : `${describeNode(node)} at ${pathOf(node)}`;
    return fail(builder.context, "unsupported-generics", generic.span, `Found ${found}: expected a type`);
  });
  return names.join(",");
}
