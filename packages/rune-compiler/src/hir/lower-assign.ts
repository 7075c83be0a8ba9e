// Lowers assignments and compound assignments: to variables, fields, tuple positions, indexes and statics.

import { suggest } from "../resolve/suggest.ts";
import type { AssignExpression, BinaryExpression, Expression } from "../syntax/ast-expression.ts";
import type { Span } from "../syntax/span.ts";
import { abandon, DISCARD, type Destination, fail, UNIT, VALUE } from "./context.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import type { HirAtom, HirCompound } from "./hir.ts";

/** Lowers `target = value`, whose value is `()`. */
export function lowerAssign(builder: FunctionBuilder, expression: AssignExpression, destination: Destination): HirAtom {
  const { context } = builder;
  const { target, value, span } = expression;
  const lower = (operand: Expression): HirAtom => context.lower.expression(builder, operand, VALUE);
  if (target.kind === "path") {
    const local = assignableLocal(builder, target);
    if (local === null) {
      const id = staticAt(builder, target, span);
      builder.finish({ kind: "set-static", static: id, to: lower(value) }, DISCARD, span);
    } else context.lower.expression(builder, value, { kind: "local", local });
  } else if (target.kind === "field") {
    const [object = UNIT, to = UNIT] = builder.operands([target.target, value], lower);
    builder.finish({ kind: "set-field", value: object, field: fieldName(target), to }, DISCARD, span);
  } else if (target.kind === "index") {
    const [object = UNIT, index = UNIT, to = UNIT] = builder.operands([target.target, target.index, value], lower);
    builder.finish({ kind: "set-index", value: object, index, to }, DISCARD, span);
  } else {
    const help = "Assign to a variable, a field or an index";
    return fail(context, "unsupported-assign-expr", span, "This cannot be assigned to", help);
  }
  return builder.deliver(UNIT, destination, span);
}

/** Lowers `target op= value`, whose value is `()`. */
export function lowerCompoundAssign(
  builder: FunctionBuilder,
  expression: BinaryExpression,
  operator: HirCompound,
  destination: Destination,
): HirAtom {
  const { context } = builder;
  const { left: target, right, span } = expression;
  const apply = (old: HirAtom, place: Destination): HirAtom => {
    const [left = old, operand = UNIT] = builder.operands([null, right], (side) =>
      side === null ? old : context.lower.expression(builder, side, VALUE),
    );
    return builder.finish({ kind: "compound", operator, left, right: operand }, place, span);
  };
  if (target.kind === "path") {
    const local = assignableLocal(builder, target);
    if (local === null) {
      const id = staticAt(builder, target, span);
      const old = builder.finish({ kind: "get-static", static: id }, VALUE, target.span);
      builder.finish({ kind: "set-static", static: id, to: apply(old, VALUE) }, DISCARD, span);
    } else apply({ kind: "local", local }, { kind: "local", local });
  } else if (target.kind === "field") {
    const object = builder.stable(context.lower.expression(builder, target.target, VALUE), target.span);
    const field = fieldName(target);
    const old = builder.finish({ kind: "get-field", value: object, field }, VALUE, target.span);
    builder.finish({ kind: "set-field", value: object, field, to: apply(old, VALUE) }, DISCARD, span);
  } else {
    const help = "Assign the new value with `=`";
    return fail(context, "unsupported-binary-expr", span, "This cannot be changed in place", help);
  }
  return builder.deliver(UNIT, destination, span);
}

function fieldName(target: Extract<Expression, { kind: "field" }>): string {
  return target.field.kind === "name" ? target.field.name : String(target.field.index);
}

/** The local of a variable; assigning brings a moved variable back. */
function assignableLocal(builder: FunctionBuilder, target: Extract<Expression, { kind: "path" }>): number | null {
  const segment = target.path.segments[0];
  if (segment === undefined || target.path.segments.length !== 1 || target.path.global !== null) return null;
  const variable = builder.variable(segment.name);
  if (variable === null) return null;
  variable.moved = null;
  return variable.local;
}

function staticAt(builder: FunctionBuilder, target: Extract<Expression, { kind: "path" }>, span: Span): number {
  const { context } = builder;
  const node = context.resolver.resolve(target.path, builder.view);
  if (node === null) return abandon();
  if ("missing" in node) {
    const help = suggest(node.missing, builder.names()) ?? node.help();
    return fail(context, "missing-local", target.span, `Missing variable \`${node.missing}\``, help);
  }
  if (node.kind !== "static") return fail(context, "unsupported-assign-expr", span, "This cannot be assigned to");
  context.useStatic(node);
  return node.staticId;
}
