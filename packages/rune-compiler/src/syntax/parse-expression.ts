// Parses expressions: operators by binding strength, postfix chains, and what stands at their bases.
// Chains to the left are built in loops, so that their length is bounded by the source alone.

import type { BinaryOperator, Expression, ObjectField } from "./ast-expression.ts";
import type { Attribute } from "./ast-item.ts";
import type { Path } from "./ast-name.ts";
import { type Cursor, type ExpressionMode, FULL_EXPRESSION } from "./cursor.ts";
import { unescapeText } from "./literal.ts";
import { binaryOperator, isAssociative, isCallable, PRECEDENCE, RANGE_PRECEDENCE } from "./operators.ts";
import {
  parseFor,
  parseIf,
  parseLetCondition,
  parseLoop,
  parseMatch,
  parseSelect,
  parseWhile,
} from "./parse-control.ts";
import { parseLiteral, parseTemplate } from "./parse-literal.ts";
import {
  parseAttributes,
  parseIdentifier,
  parseLabel,
  parseList,
  parseMacroCall,
  parsePath,
  parseSegment,
  startsPath,
} from "./parse-path.ts";
import { parseParameter } from "./parse-pattern.ts";
import type { Span } from "./span.ts";
import type { TokenKind } from "./token.ts";

const NONE: readonly Attribute[] = [];

/** One expression; its attributes are on the outermost node. */
export function parseExpression(cursor: Cursor, mode: ExpressionMode): Expression {
  return cursor.nested(() => {
    const attributes = parseAttributes(cursor, false);
    const first = parsePrimary(cursor, mode);
    const expression = mode.binary ? parseOperators(cursor, first, 0, mode) : first;
    return attributes.length === 0 ? expression : { ...expression, attributes };
  });
}

// ---------------------------------------------------------------- operators

function parseOperators(cursor: Cursor, first: Expression, minimum: number, mode: ExpressionMode): Expression {
  let left = first;
  for (;;) {
    const kind = cursor.peek();
    if (kind === ".." || kind === "..=") {
      if (RANGE_PRECEDENCE < minimum) return left;
      left = parseRange(cursor, left, mode);
      continue;
    }
    const operator = peekOperator(cursor);
    if (operator === null || PRECEDENCE[operator] < minimum) return left;
    const operatorSpan = takeOperator(cursor, operator);
    const right = parseOperand(cursor, left, operator, mode);
    const span = cursor.spanSince(left.span.start);
    left = { kind: "binary", span, attributes: NONE, operator, operatorSpan, left, right };
  }
}

/** The right operand, with everything that binds more strongly than `operator`. */
function parseOperand(cursor: Cursor, left: Expression, operator: BinaryOperator, mode: ExpressionMode): Expression {
  const precedence = PRECEDENCE[operator];
  let right = cursor.nested(() => parsePrimary(cursor, mode));
  for (;;) {
    const next = peekOperator(cursor);
    if (next === null) return right;
    if (PRECEDENCE[next] > precedence) {
      right = parseOperators(cursor, right, precedence + 1, mode);
      continue;
    }
    if (PRECEDENCE[next] === precedence && !isAssociative(next)) {
      const span = { ...left.span, end: right.span.end };
      return cursor.fail(
        "precedence-group-required",
        span,
        `Group required: \`${operator}\` and \`${next}\` bind alike`,
        {
          help: "Put parentheses around the part that comes first",
        },
      );
    }
    return right;
  }
}

function peekOperator(cursor: Cursor): BinaryOperator | null {
  const operator = binaryOperator(cursor.peek());
  return operator === "is" && cursor.peek(1) === "not" ? "is not" : operator;
}

function takeOperator(cursor: Cursor, operator: BinaryOperator): Span {
  const from = cursor.position;
  cursor.advance();
  if (operator === "is not") cursor.advance();
  return cursor.spanFrom(from);
}

function parseRange(cursor: Cursor, start: Expression | null, mode: ExpressionMode): Expression {
  const operatorSpan = cursor.span();
  const inclusive = cursor.peek() === "..=";
  cursor.advance();
  const end = startsValue(cursor, mode.brace)
    ? parseExpression(cursor, { ...mode, binary: true, callable: true })
    : null;
  const span = cursor.spanSince(start?.span.start ?? operatorSpan.start);
  return { kind: "range", span, attributes: NONE, start, end, inclusive, operatorSpan };
}

const VALUE_START: ReadonlySet<TokenKind> = new Set([
  "async", "self", "Self", "super", "crate", "select", "#", "-", "!", "&", "*", "while", "loop", "for", "let", "if",
  "match", "break", "continue", "return", "yield", "true", "false", "identifier", "::", "number", "char", "byte",
  "string", "bytes", "template-open", "..", "(", "[",
]); // prettier-ignore

function startsValue(cursor: Cursor, brace: boolean): boolean {
  const kind = cursor.peek();
  if (kind === "{") return brace;
  if (kind === "label") return cursor.peek(1) === ":";
  return VALUE_START.has(kind);
}

// ---------------------------------------------------------------- postfix

function parsePrimary(cursor: Cursor, mode: ExpressionMode): Expression {
  const start = cursor.span().start;
  let expression = parseBase(cursor, mode);
  for (;;) {
    const kind = cursor.peek();
    if (kind === "(" && isCallable(expression, mode.callable)) {
      const from = cursor.position;
      const args = parseList(cursor, "(", ")", () => parseExpression(cursor, FULL_EXPRESSION));
      const argsSpan = cursor.spanFrom(from);
      expression = {
        kind: "call",
        span: cursor.spanSince(start),
        attributes: NONE,
        callee: expression,
        args,
        argsSpan,
      };
    } else if (kind === "[" && isCallable(expression, mode.callable)) {
      cursor.advance();
      const index = parseExpression(cursor, FULL_EXPRESSION);
      cursor.expect("]", "to close the index");
      expression = { kind: "index", span: cursor.spanSince(start), attributes: NONE, target: expression, index };
    } else if (kind === "?") {
      cursor.advance();
      expression = { kind: "try", span: cursor.spanSince(start), attributes: NONE, operand: expression };
    } else if (kind === "=") {
      cursor.advance();
      const value = parseExpression(cursor, FULL_EXPRESSION);
      expression = { kind: "assign", span: cursor.spanSince(start), attributes: NONE, target: expression, value };
    } else if (kind === ".") {
      cursor.advance();
      expression = parseField(cursor, expression, start);
    } else return expression;
  }
}

function parseField(cursor: Cursor, target: Expression, start: number): Expression {
  if (cursor.eat("await") !== null) {
    return { kind: "await", span: cursor.spanSince(start), attributes: NONE, operand: target };
  }
  const span = cursor.span();
  const text = cursor.text();
  if (cursor.peek() === "number") {
    const pair = /^([0-9]{1,9})\.([0-9]{1,9})$/u.exec(text);
    if (pair !== null) return parseFieldPair(cursor, target, start, pair[1] ?? "", pair[2] ?? "");
    if (!/^[0-9]{1,9}$/u.test(text)) {
      return cursor.fail("bad-field-access", span, `Bad field \`${text}\`: expected a name or a plain number`);
    }
    cursor.advance();
    const field = { kind: "tuple", index: Number(text), text, span } as const;
    return { kind: "field", span: cursor.spanSince(start), attributes: NONE, target, field, generics: null };
  }
  if (cursor.peek() !== "identifier") return cursor.unexpected("a field name, a number or `await` after `.`");
  const segment = parseSegment(cursor);
  const field = { kind: "name", name: segment.name, span } as const;
  return { kind: "field", span: cursor.spanSince(start), attributes: NONE, target, field, generics: segment.generics };
}

/** `a.0.1`, whose last three characters are one token: a number with a fraction. */
function parseFieldPair(cursor: Cursor, target: Expression, start: number, first: string, second: string): Expression {
  const span = cursor.span();
  cursor.advance();
  const field = (text: string, from: number): Extract<Expression, { kind: "field" }>["field"] => ({
    kind: "tuple",
    index: Number(text),
    text,
    span: { source: span.source, start: from, end: from + text.length },
  });
  const middle = span.start + first.length;
  const inner: Expression = {
    kind: "field",
    span: { source: span.source, start, end: middle },
    attributes: NONE,
    target,
    field: field(first, span.start),
    generics: null,
  };
  return {
    kind: "field",
    span: cursor.spanSince(start),
    attributes: NONE,
    target: inner,
    field: field(second, middle + 1),
    generics: null,
  };
}

// ---------------------------------------------------------------- bases

function parseBase(cursor: Cursor, mode: ExpressionMode): Expression {
  const from = cursor.position;
  if (startsPath(cursor)) return parsePathBase(cursor, mode);
  const literal = parseLiteral(cursor);
  if (literal !== null) return { kind: "literal", span: cursor.spanFrom(from), attributes: NONE, literal };
  if (cursor.peek() === "template-open") return parseTemplate(cursor);
  const label = cursor.peek() === "label" && cursor.peek(1) === ":" ? parseLabel(cursor) : null;
  if (label !== null) cursor.advance();
  const isAsync = cursor.eat("async");
  const isConst = cursor.eat("const");
  const isMove = cursor.eat("move");
  const kind = cursor.peek();
  const loop = kind === "while" || kind === "loop" || kind === "for";
  const block = kind === "{";
  const closure = kind === "|" || kind === "||";
  if (label !== null && !loop && !block) return unsupported(cursor, label.span, "Labels");
  if (isAsync !== null && !block && !closure) return unsupported(cursor, isAsync, "The modifier `async`");
  if (isConst !== null && !block) return unsupported(cursor, isConst, "The modifier `const`");
  if (isMove !== null && !block && !closure) return unsupported(cursor, isMove, "The modifier `move`");
  switch (kind) {
    case "{": {
      const body = cursor.grammar.block(cursor);
      return {
        kind: "block",
        span: cursor.spanFrom(from),
        attributes: NONE,
        label,
        isAsync,
        isConst,
        isMove,
        block: body,
      };
    }
    case "|":
    case "||":
      return parseClosure(cursor, from, isAsync, isMove);
    case "while":
      return parseWhile(cursor, from, label);
    case "loop":
      return parseLoop(cursor, from, label);
    case "for":
      return parseFor(cursor, from, label);
    default:
      return parseUnlabelled(cursor, mode);
  }
}

function unsupported(cursor: Cursor, span: Span, what: string): never {
  return cursor.fail("unsupported", span, `${what} is not supported here`.replace(/s is not/u, "s are not"));
}

function parseUnlabelled(cursor: Cursor, mode: ExpressionMode): Expression {
  const from = cursor.position;
  switch (cursor.peek()) {
    case "..":
    case "..=":
      return parseRange(cursor, null, mode);
    case "#":
      cursor.advance();
      return parseObject(cursor, from, null);
    case "!":
    case "-":
    case "&":
    case "*":
      return parseUnary(cursor, mode);
    case "[": {
      const elements = parseList(cursor, "[", "]", () => parseExpression(cursor, FULL_EXPRESSION));
      return { kind: "vec", span: cursor.spanFrom(from), attributes: NONE, elements };
    }
    case "(":
      return parseParentheses(cursor);
    case "if":
      return parseIf(cursor);
    case "match":
      return parseMatch(cursor);
    case "select":
      return parseSelect(cursor);
    case "let":
      return parseLetCondition(cursor);
    case "break": {
      cursor.advance();
      const label = cursor.peek(1) === ":" ? null : parseLabel(cursor);
      const value = parseOptionalValue(cursor);
      return { kind: "break", span: cursor.spanFrom(from), attributes: NONE, label, value };
    }
    case "continue": {
      cursor.advance();
      const label = parseLabel(cursor);
      return { kind: "continue", span: cursor.spanFrom(from), attributes: NONE, label };
    }
    case "return": {
      cursor.advance();
      const value = parseOptionalValue(cursor);
      return { kind: "return", span: cursor.spanFrom(from), attributes: NONE, value };
    }
    case "yield": {
      cursor.advance();
      const value = parseOptionalValue(cursor);
      return { kind: "yield", span: cursor.spanFrom(from), attributes: NONE, value };
    }
    default:
      return cursor.unexpected("an expression");
  }
}

function parseOptionalValue(cursor: Cursor): Expression | null {
  const kind = cursor.peek();
  const starts = startsValue(cursor, true) || kind === "|" || kind === "||" || kind === "move" || kind === "const";
  return starts ? parseExpression(cursor, FULL_EXPRESSION) : null;
}

function parsePathBase(cursor: Cursor, mode: ExpressionMode): Expression {
  const from = cursor.position;
  const path = parsePath(cursor);
  if (mode.brace && cursor.peek() === "{") return parseObject(cursor, from, path);
  if (cursor.peek() === "!") {
    const call = parseMacroCall(cursor, path);
    return { kind: "macro", span: call.span, attributes: NONE, call };
  }
  return { kind: "path", span: path.span, attributes: NONE, path };
}

function parseUnary(cursor: Cursor, mode: ExpressionMode): Expression {
  const operatorSpan = cursor.span();
  const kind = cursor.peek();
  const operator = kind === "-" || kind === "&" || kind === "*" ? kind : "!";
  cursor.advance();
  const operand = parseExpression(cursor, { brace: mode.brace, binary: false, callable: true });
  return {
    kind: "unary",
    span: cursor.spanSince(operatorSpan.start),
    attributes: NONE,
    operator,
    operatorSpan,
    operand,
  };
}

function parseParentheses(cursor: Cursor): Expression {
  const from = cursor.position;
  cursor.advance();
  if (cursor.eat(")") !== null) return { kind: "tuple", span: cursor.spanFrom(from), attributes: NONE, elements: [] };
  const inner = parseExpression(cursor, FULL_EXPRESSION);
  if (cursor.eat(")") !== null) return { kind: "group", span: cursor.spanFrom(from), attributes: NONE, inner };
  const elements = [inner];
  while (cursor.eat(",") !== null) {
    if (cursor.peek() === ")") break;
    elements.push(parseExpression(cursor, FULL_EXPRESSION));
  }
  cursor.expect(")", "to close the parentheses");
  return { kind: "tuple", span: cursor.spanFrom(from), attributes: NONE, elements };
}

function parseObject(cursor: Cursor, from: number, path: Path | null): Expression {
  const fields = parseList(cursor, "{", "}", () => parseObjectField(cursor));
  return { kind: "object", span: cursor.spanFrom(from), attributes: NONE, path, fields };
}

function parseObjectField(cursor: Cursor): ObjectField {
  const from = cursor.position;
  const quoted = cursor.peek() === "string";
  const raw = cursor.text();
  const span = cursor.span();
  const key = quoted
    ? {
        name: unescapeText(
          raw.slice(1, -1),
          "string",
          { source: span.source, start: span.start + 1 },
          cursor.diagnostics,
        ),
        span,
      }
    : parseIdentifier(cursor, "a key");
  if (quoted) cursor.advance();
  const value = cursor.eat(":") === null ? null : parseExpression(cursor, FULL_EXPRESSION);
  return { span: cursor.spanFrom(from), key, quoted, value };
}

function parseClosure(cursor: Cursor, from: number, isAsync: Span | null, isMove: Span | null): Expression {
  const parameters = cursor.eat("||") === null ? parseList(cursor, "|", "|", () => parseParameter(cursor)) : [];
  const body = parseExpression(cursor, FULL_EXPRESSION);
  return { kind: "closure", span: cursor.spanFrom(from), attributes: NONE, isAsync, isMove, parameters, body };
}
