// Parses conditionals, matches, loops and `select`.

import type { Block, Expression, IfExpression, MatchArm, SelectBranch } from "./ast-expression.ts";
import type { Attribute } from "./ast-item.ts";
import type { Label } from "./ast-name.ts";
import { type Cursor, type ExpressionMode, FULL_EXPRESSION } from "./cursor.ts";
import { endsArm } from "./operators.ts";
import { parseAttributes } from "./parse-path.ts";

/** Before a block `{` must not be read as part of the expression. */
const BEFORE_BLOCK: ExpressionMode = { brace: false, binary: true, callable: true };
const NONE: readonly Attribute[] = [];

/** `if`, all `else if`, `else`. */
export function parseIf(cursor: Cursor): IfExpression {
  const from = cursor.position;
  const branches: { condition: Expression; block: Block; span: IfExpression["span"] }[] = [];
  let otherwise: Block | null = null;
  for (;;) {
    const branchFrom = cursor.position;
    cursor.expect("if", "to open a condition");
    const condition = cursor.grammar.expression(cursor, BEFORE_BLOCK);
    const block = cursor.grammar.block(cursor);
    branches.push({ condition, block, span: cursor.spanFrom(branchFrom) });
    if (cursor.eat("else") === null) break;
    if (cursor.peek() === "if") continue;
    otherwise = cursor.grammar.block(cursor);
    break;
  }
  return { kind: "if", span: cursor.spanFrom(from), attributes: NONE, branches, otherwise };
}

/** `let pattern = value`, as a condition. */
export function parseLetCondition(cursor: Cursor): Expression {
  const from = cursor.position;
  cursor.expect("let", "to open a pattern condition");
  const mutable = cursor.eat("mut");
  if (mutable !== null)
    cursor.report("unsupported-mut", mutable, "The modifier `mut` is not supported: every variable can be assigned");
  const pattern = cursor.grammar.pattern(cursor);
  cursor.expect("=", "after the pattern");
  const value = cursor.grammar.expression(cursor, BEFORE_BLOCK);
  return { kind: "let", span: cursor.spanFrom(from), attributes: NONE, pattern, value };
}

/** `match value { pattern if guard => body, … }`. */
export function parseMatch(cursor: Cursor): Expression {
  const from = cursor.position;
  cursor.advance();
  const value = cursor.grammar.expression(cursor, BEFORE_BLOCK);
  cursor.expect("{", "to open the arms");
  const arms: MatchArm[] = [];
  while (cursor.peek() !== "}") {
    const armFrom = cursor.position;
    const pattern = cursor.grammar.pattern(cursor);
    const guard = cursor.eat("if") === null ? null : cursor.grammar.expression(cursor, FULL_EXPRESSION);
    cursor.expect("=>", "after the pattern");
    const body = cursor.grammar.expression(cursor, FULL_EXPRESSION);
    arms.push({ span: cursor.spanFrom(armFrom), pattern, guard, body });
    if (cursor.eat(",") === null && !endsArm(body)) break;
  }
  if (cursor.eat("}") === null) return cursor.unexpected("`,` between the arms, or `}` behind them");
  return { kind: "match", span: cursor.spanFrom(from), attributes: NONE, value, arms };
}

/** `select { … }`. */
export function parseSelect(cursor: Cursor): Expression {
  const from = cursor.position;
  cursor.advance();
  cursor.expect("{", "to open the branches");
  const branches: SelectBranch[] = [];
  while (cursor.peek() !== "}") {
    const branch = parseSelectBranch(cursor);
    branches.push(branch);
    if (cursor.eat(",") === null && !endsArm(branch.body)) break;
  }
  if (cursor.eat("}") === null) return cursor.unexpected("`,` between the branches, or `}` behind them");
  return { kind: "select", span: cursor.spanFrom(from), attributes: NONE, branches };
}

function parseSelectBranch(cursor: Cursor): SelectBranch {
  const from = cursor.position;
  parseAttributes(cursor, false);
  if (cursor.eat("default") !== null) {
    cursor.expect("=>", "after `default`");
    const body = cursor.grammar.expression(cursor, FULL_EXPRESSION);
    return { kind: "default", span: cursor.spanFrom(from), body };
  }
  const pattern = cursor.grammar.pattern(cursor);
  cursor.expect("=", "after the pattern");
  const future = cursor.grammar.expression(cursor, FULL_EXPRESSION);
  cursor.expect("=>", "after the future");
  const body = cursor.grammar.expression(cursor, FULL_EXPRESSION);
  return { kind: "pattern", span: cursor.spanFrom(from), pattern, future, body };
}

/** `while condition { … }`; `from` is where its label starts. */
export function parseWhile(cursor: Cursor, from: number, label: Label | null): Expression {
  cursor.advance();
  const condition = cursor.grammar.expression(cursor, BEFORE_BLOCK);
  const body = cursor.grammar.block(cursor);
  return { kind: "while", span: cursor.spanFrom(from), attributes: NONE, label, condition, body };
}

/** `loop { … }`. */
export function parseLoop(cursor: Cursor, from: number, label: Label | null): Expression {
  cursor.advance();
  const body = cursor.grammar.block(cursor);
  return { kind: "loop", span: cursor.spanFrom(from), attributes: NONE, label, body };
}

/** `for pattern in iterable { … }`. */
export function parseFor(cursor: Cursor, from: number, label: Label | null): Expression {
  cursor.advance();
  const pattern = cursor.grammar.pattern(cursor);
  cursor.expect("in", "after the pattern");
  const iterable = cursor.grammar.expression(cursor, BEFORE_BLOCK);
  const body = cursor.grammar.block(cursor);
  return { kind: "for", span: cursor.spanFrom(from), attributes: NONE, label, pattern, iterable, body };
}
