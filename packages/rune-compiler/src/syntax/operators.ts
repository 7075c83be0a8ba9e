// Binary operators: binding strength, associativity, and which expressions end a statement. One table for parser and printer.

import type { BinaryOperator, Expression } from "./ast-expression.ts";

/** How strongly a binary operator binds; a range is 2 and postfix and unary operators bind more strongly than all. */
export const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  as: 13,
  is: 13,
  "is not": 13,
  "*": 11,
  "/": 11,
  "%": 11,
  "+": 10,
  "-": 10,
  "<<": 9,
  ">>": 9,
  "&": 8,
  "^": 7,
  "|": 6,
  "==": 5,
  "!=": 5,
  "<": 5,
  ">": 5,
  "<=": 5,
  ">=": 5,
  "&&": 4,
  "||": 3,
  "+=": 1,
  "-=": 1,
  "*=": 1,
  "/=": 1,
  "%=": 1,
  "<<=": 1,
  ">>=": 1,
  "&=": 1,
  "^=": 1,
  "|=": 1,
};

/** Binding strength of `..` and `..=`. */
export const RANGE_PRECEDENCE = 2;

/** The operator spelled by a token, or null; `is` may turn out to be `is not`. */
export function binaryOperator(kind: string): BinaryOperator | null {
  return Object.hasOwn(PRECEDENCE, kind) && kind !== "is not" ? (OPERATORS.get(kind) ?? null) : null;
}

const OPERATORS: ReadonlyMap<string, BinaryOperator> = new Map(
  (Object.keys(PRECEDENCE) as BinaryOperator[]).map((operator) => [operator, operator]),
);

/** Whether `a op b op c` groups to the left; the others need parentheses. */
export function isAssociative(operator: BinaryOperator): boolean {
  const precedence = PRECEDENCE[operator];
  return precedence >= 3 && precedence <= 11 && precedence !== 5;
}

const BLOCK_LIKE: ReadonlySet<Expression["kind"]> = new Set(["while", "loop", "for", "if", "match", "block", "select"]);

/** Whether an expression may stand as a statement without a semicolon. */
export function isBlockLike(expression: Expression): boolean {
  if (expression.kind === "macro") return expression.call.delimiter === "{";
  return BLOCK_LIKE.has(expression.kind);
}

/** Whether an arm with this body needs no comma after it. */
export function endsArm(body: Expression): boolean {
  return BLOCK_LIKE.has(body.kind);
}

/** Whether `(` or `[` after the expression calls or indexes it. */
export function isCallable(expression: Expression, callable: boolean): boolean {
  if (expression.kind === "while" || expression.kind === "for") return false;
  return callable || !BLOCK_LIKE.has(expression.kind);
}
