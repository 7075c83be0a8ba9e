// Lowers assignments and compound assignments: to variables, fields, tuple positions, indexes and statics.

import type { AssignExpression, BinaryExpression, Expression } from "../syntax/ast.ts";
import type { Span } from "../syntax/span.ts";
import { abandon, type Destination, fail, UNIT, VALUE } from "./context.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import type { HirAtom, HirCompound } from "./hir.ts";

/** Lowers `target = value`, whose value is `()`. */
export function lowerAssign(builder: FunctionBuilder, expression: AssignExpression, destination: Destination): HirAtom {
  const { context } = builder;
  const { target, value, span } = expression;
  const lower = (operand: Expression): HirAtom => context.lower.expression(builder, operand, VALUE);
  switch (target.kind) {
    case "path": {
      const local = assignableLocal(builder, target);
      if (local !== null) {
        context.lower.expression(builder, value, { kind: "local", local });
        break;
      }
      const id = staticAt(builder, target, span);
      builder.finish({ kind: "set-static", static: id, to: lower(value) }, { kind: "discard" }, span);
      break;
    }
    case "field": {
      const [object, to] = builder.operands([target.target, value], lower);
      const operation = { kind: "set-field", value: object ?? UNIT, field: fieldName(target), to: to ?? UNIT } as const;
      builder.finish(operation, { kind: "discard" }, span);
      break;
    }
    case "index": {
      const [object, index, to] = builder.operands([target.target, target.index, value], lower);
      const operation = { kind: "set-index", value: object ?? UNIT, index: index ?? UNIT, to: to ?? UNIT } as const;
      builder.finish(operation, { kind: "discard" }, span);
      break;
    }
    default:
      return fail(
        context,
        "unsupported-assign-expr",
        span,
        "This cannot be assigned to",
        "Assign to a variable, a field or an index",
      );
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
    const atoms = builder.operands([null, right], (operand) =>
      operand === null ? old : context.lower.expression(builder, operand, VALUE),
    );
    const operation = { kind: "compound", operator, left: atoms[0] ?? old, right: atoms[1] ?? UNIT } as const;
    return builder.finish(operation, place, span);
  };
  switch (target.kind) {
    case "path": {
      const local = assignableLocal(builder, target);
      if (local !== null) {
        apply({ kind: "local", local }, { kind: "local", local });
        break;
      }
      const id = staticAt(builder, target, span);
      const old = builder.finish({ kind: "get-static", static: id }, VALUE, target.span);
      builder.finish({ kind: "set-static", static: id, to: apply(old, VALUE) }, { kind: "discard" }, span);
      break;
    }
    case "field": {
      const object = builder.stable(context.lower.expression(builder, target.target, VALUE), target.span);
      const field = fieldName(target);
      const old = builder.finish({ kind: "get-field", value: object, field }, VALUE, target.span);
      const to = apply(old, VALUE);
      builder.finish({ kind: "set-field", value: object, field, to }, { kind: "discard" }, span);
      break;
    }
    default:
      return fail(
        context,
        "unsupported-binary-expr",
        span,
        "This cannot be changed in place",
        "Assign the new value with `=`",
      );
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
  if ("missing" in node) return fail(context, "missing-local", target.span, `Missing variable \`${node.missing}\``);
  if (node.kind !== "static") return fail(context, "unsupported-assign-expr", span, "This cannot be assigned to");
  context.useStatic(node);
  return node.staticId;
}
