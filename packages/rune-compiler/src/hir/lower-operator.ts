// Lowers unary and binary operators and compound assignments. `&&` and `||` become conditions.

import { describeNode } from "../resolve/item.ts";
import type { BinaryExpression, BinaryOperator, Expression, UnaryExpression } from "../syntax/ast-expression.ts";
import { readNumber } from "../syntax/number.ts";
import { abandon, constant, type Destination, fail, resolveItem, UNIT, VALUE } from "./context.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import type { HirAtom, HirBinary, HirCompound, HirOperation } from "./hir.ts";

const COMPOUND: ReadonlyMap<BinaryOperator, HirCompound> = new Map([
  ["+=", "+"],
  ["-=", "-"],
  ["*=", "*"],
  ["/=", "/"],
  ["%=", "%"],
  ["<<=", "<<"],
  [">>=", ">>"],
  ["&=", "&"],
  ["^=", "^"],
  ["|=", "|"],
]);

const BINARY: ReadonlyMap<string, HirBinary> = new Map(
  (["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "==", "!=", "<", "<=", ">", ">="] as const).map((operator) => [
    operator,
    operator,
  ]),
);

/** Whether an operator assigns. */
export function isCompound(operator: BinaryOperator): boolean {
  return COMPOUND.has(operator);
}

/** The operator that a compound assignment applies. */
export function compoundOperator(operator: BinaryOperator): HirCompound | null {
  return COMPOUND.get(operator) ?? null;
}

/** Lowers `-a` and `!a`; a negated number literal is one literal. */
export function lowerUnary(builder: FunctionBuilder, expression: UnaryExpression, destination: Destination): HirAtom {
  const { context } = builder;
  const { operand, operator, span } = expression;
  switch (operator) {
    case "&":
      return fail(context, "unsupported-ref", span, "References are not supported: values are shared already");
    case "*":
      return fail(
        context,
        "unsupported-unary-op",
        span,
        "There is nothing to dereference: the operator `*` is not supported here",
      );
    case "-":
    case "!": {
      if (operator === "-" && operand.kind === "literal" && operand.literal.kind === "number") {
        return lowerNegative(builder, operand.literal.text, expression, destination);
      }
      const value = context.lower.expression(builder, operand, VALUE);
      return builder.finish({ kind: "unary", operator, value }, destination, span);
    }
  }
}

function lowerNegative(
  builder: FunctionBuilder,
  text: string,
  expression: UnaryExpression,
  destination: Destination,
): HirAtom {
  const value = readNumber(text, true);
  if (value.kind === "failure") {
    // What is no number at all is wrong without its sign.
    const span = value.slug === "bad-number-literal" ? expression.operand.span : expression.span;
    return fail(builder.context, value.slug, span, value.message);
  }
  return builder.deliver(constant(value), destination, expression.span);
}

/** Lowers an operator whose left side is already an atom. */
export function lowerOperator(
  builder: FunctionBuilder,
  expression: BinaryExpression,
  left: HirAtom,
  destination: Destination,
): HirAtom {
  const { operator, right, span } = expression;
  if (operator === "&&" || operator === "||") return lowerLogic(builder, expression, left, destination);
  if (operator === "as") {
    return builder.finish({ kind: "cast", to: castTarget(builder, right), value: left }, destination, span);
  }
  if (operator === "is") return builder.finish(typeTest(builder, right, left), destination, span);
  if (operator === "is not") {
    const value = builder.finish(typeTest(builder, right, left), VALUE, span);
    return builder.finish({ kind: "unary", operator: "!", value }, destination, span);
  }
  const plain = BINARY.get(operator);
  if (plain !== undefined) return lowerBinary(builder, plain, left, right, destination, expression);
  return fail(builder.context, "unsupported-binary-expr", span, `Operator \`${operator}\` is not supported here`);
}

function lowerBinary(
  builder: FunctionBuilder,
  operator: HirBinary,
  left: HirAtom,
  right: Expression,
  destination: Destination,
  expression: BinaryExpression,
): HirAtom {
  const atoms = builder.operands([null, right], (operand) =>
    operand === null ? left : builder.context.lower.expression(builder, operand, VALUE),
  );
  const operation: HirOperation = { kind: "binary", operator, left: atoms[0] ?? left, right: atoms[1] ?? UNIT };
  return builder.finish(operation, destination, expression.span);
}

function lowerLogic(
  builder: FunctionBuilder,
  expression: BinaryExpression,
  left: HirAtom,
  destination: Destination,
): HirAtom {
  const { operator, right, span } = expression;
  const place = builder.join(destination);
  const evaluate = builder.collect(() => {
    builder.context.lower.expression(builder, right, place);
  });
  const short = builder.collect(() => {
    builder.deliver(constant({ kind: "bool", value: operator === "||" }), place, span);
  });
  const [then, otherwise] = operator === "&&" ? [evaluate, short] : [short, evaluate];
  builder.emit({ kind: "if", condition: left, then: then.body, else: otherwise.body, span: expression.left.span });
  return builder.joined(place);
}

function castTarget(builder: FunctionBuilder, right: Expression): "i64" | "u64" | "f64" {
  const name =
    right.kind === "path" && right.path.segments.length === 1 && right.path.global === null
      ? (right.path.segments[0]?.name ?? "")
      : "";
  if (name === "i64" || name === "u64" || name === "f64") return name;
  return fail(
    builder.context,
    "unsupported-cast",
    right.span,
    "Values can be converted only to `i64`, `u64` and `f64`",
  );
}

function typeTest(builder: FunctionBuilder, right: Expression, value: HirAtom): HirOperation {
  if (right.kind !== "path") {
    return fail(builder.context, "unsupported-binary-expr", right.span, "Expected the path of a type after `is`");
  }
  const node = resolveItem(builder.context, right.path, builder.view);
  if (node === null) return abandon();
  if (node.kind !== "type") {
    const message = `Found ${describeNode(node)}: expected something that has a type`;
    return fail(
      builder.context,
      "expected-meta",
      right.span,
      message,
      node.kind === "variant" ? "Use a pattern to test for a variant" : undefined,
    );
  }
  return { kind: "is", value, type: node.typeId, shape: null };
}

/** Lowers `target op= value`. */
export function lowerCompound(
  builder: FunctionBuilder,
  expression: BinaryExpression,
  destination: Destination,
): HirAtom {
  const operator = compoundOperator(expression.operator);
  if (operator === null) throw new TypeError(`Not a compound assignment: ${expression.operator}`);
  return builder.context.lower.compound(builder, expression, operator, destination);
}
