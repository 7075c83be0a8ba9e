// Expands the built-in macros. Their input is parsed here, because a macro may take any tokens; scripts cannot define
// macros.

import type { ConstValue } from "../resolve/const-value.ts";
import { suggest } from "../resolve/suggest.ts";
import type { Expression, MacroCall } from "../syntax/ast-expression.ts";
import { type Cursor, FULL_EXPRESSION } from "../syntax/cursor.ts";
import { createCursor, guard } from "../syntax/parse.ts";
import type { Span } from "../syntax/span.ts";
import { kindAt, spanAt, textAt, type TokenRange } from "../syntax/token.ts";
import { abandon, constant, DISCARD, type Destination, fail, type ProgramContext, UNIT, VALUE } from "./context.ts";
import { type FormatArgument, type FormatPiece, parseFormat } from "./format-string.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import type { HirAtom, HirFormatSpec, HirOperation, HirPiece } from "./hir.ts";
import { PLAIN_SPEC } from "./lower-expression.ts";

/** Macros inside the input of macros. */
const MAX_MACRO_DEPTH = 64;

type MacroExpression = Extract<Expression, { kind: "macro" }>;
type Expansion = (builder: FunctionBuilder, call: MacroCall, destination: Destination) => HirAtom;

const MACROS: ReadonlyMap<string, Expansion> = new Map<string, Expansion>([
  ["format", (builder, call, destination) => formatted(builder, call, destination)],
  ["println", (builder, call, destination) => printed(builder, call, true, destination)],
  ["print", (builder, call, destination) => printed(builder, call, false, destination)],
  ["panic", (builder, call) => panicked(builder, formatted(builder, call, VALUE), call.span)],
  ["dbg", debugged],
  ["assert", asserted],
  ["assert_eq", (builder, call, destination) => compared(builder, call, "==", destination)],
  ["assert_ne", (builder, call, destination) => compared(builder, call, "!=", destination)],
  ["stringify", (builder, call, destination) => text(builder, stringify(call.input), destination, call.span)],
  [
    "file",
    (builder, call, destination) => {
      expectNothing(builder, call);
      const path = builder.context.sources.sources[call.span.source]?.path ?? "";
      return text(builder, path, destination, call.span);
    },
  ],
  [
    "line",
    (builder, call, destination) => {
      expectNothing(builder, call);
      const { line } = builder.context.sources.position(call.span.source, call.span.start);
      return builder.deliver(constant({ kind: "int", value: BigInt(line) }), destination, call.span);
    },
  ],
]);

/** Names of the macros. */
export const MACRO_NAMES: ReadonlySet<string> = new Set(MACROS.keys());

/** Lowers a macro call. */
export function lowerMacro(builder: FunctionBuilder, expression: MacroExpression, destination: Destination): HirAtom {
  const { call } = expression;
  const expansion = MACROS.get(macroName(call) ?? "");
  if (expansion === undefined) {
    return fail(
      builder.context,
      "missing-macro",
      expression.span,
      `Missing macro \`${nameText(call)}!\``,
      suggest(macroName(call) ?? "", MACRO_NAMES),
    );
  }
  if (builder.macroDepth >= MAX_MACRO_DEPTH) {
    return fail(
      builder.context,
      "max-macro-recursion",
      call.span,
      `Macros are nested more than ${MAX_MACRO_DEPTH} deep`,
    );
  }
  builder.macroDepth += 1;
  try {
    return expansion(builder, call, destination);
  } finally {
    builder.macroDepth -= 1;
  }
}

/** The expression that a macro call in a constant stands for; null if constants cannot use it. */
export function expandConstMacro(context: ProgramContext, expression: MacroExpression): Expression | null {
  const { call, span } = expression;
  const literal = (value: string): Expression => ({
    kind: "literal",
    span,
    attributes: [],
    literal: { kind: "string", value },
  });
  const name = macroName(call);
  if (name === "stringify") return literal(stringify(call.input));
  if (name === "file") return literal(context.sources.sources[span.source]?.path ?? "");
  if (name !== "line") return null;
  const { line } = context.sources.position(span.source, span.start);
  return { kind: "literal", span, attributes: [], literal: { kind: "number", text: String(line) } };
}

/** Last part of the macro's path; macros have no modules of their own. */
function macroName(call: MacroCall): string | null {
  const { segments } = call.path;
  if (segments.length > 1 && segments[0]?.name !== "std") return null;
  return segments.at(-1)?.name ?? null;
}

function nameText(call: MacroCall): string {
  return call.path.segments.map((segment) => segment.name).join("::");
}

// ---------------------------------------------------------------- input

/** Parses the input of a macro; what is read must be all of it. */
function readInput<Result>(builder: FunctionBuilder, call: MacroCall, read: (cursor: Cursor) => Result): Result {
  const cursor = createCursor(call.input, builder.context.diagnostics);
  const parsed = guard(() => {
    const { result, scopes } = cursor.collectScopes(() => {
      const value = read(cursor);
      if (cursor.peek() !== "eof") cursor.unexpected("the end of the macro's input");
      return value;
    });
    for (const block of scopes) builder.context.indexBlock(block, builder.view.scope);
    return { result };
  });
  return parsed === null ? abandon() : parsed.result;
}

function expectNothing(builder: FunctionBuilder, call: MacroCall): void {
  readInput(builder, call, () => null);
}

interface FormatInput {
  readonly format: Expression | null;
  readonly positional: readonly Expression[];
  readonly named: ReadonlyMap<string, { readonly value: Expression; readonly span: Span }>;
}

const NO_FORMAT: FormatInput = { format: null, positional: [], named: new Map() };

/** A format string and its arguments, up to the end of the input. */
function readFormat(cursor: Cursor): FormatInput {
  if (cursor.peek() === "eof") return NO_FORMAT;
  const format = cursor.grammar.expression(cursor, FULL_EXPRESSION);
  const positional: Expression[] = [];
  const named = new Map<string, { readonly value: Expression; readonly span: Span }>();
  while (cursor.eat(",") !== null) {
    if (cursor.peek() === "eof") break;
    const from = cursor.position;
    if (cursor.peek() === "identifier" && cursor.peek(1) === "=") {
      const name = cursor.text();
      cursor.advance();
      cursor.advance();
      const value = cursor.grammar.expression(cursor, FULL_EXPRESSION);
      named.set(name, { value, span: cursor.spanFrom(from) });
      continue;
    }
    const value = cursor.grammar.expression(cursor, FULL_EXPRESSION);
    if (named.size > 0) {
      cursor.fail("bad-format", value.span, "Unnamed arguments must come before named ones");
    }
    positional.push(value);
  }
  return { format, positional, named };
}

// ---------------------------------------------------------------- formatting

function formatted(builder: FunctionBuilder, call: MacroCall, destination: Destination): HirAtom {
  const input = readInput(builder, call, readFormat);
  if (input.format === null) {
    const at = { ...call.span, start: Math.max(call.span.start, call.span.end - 1) };
    return fail(builder.context, "bad-format", at, "Expected a format string");
  }
  return builder.finish({ kind: "format", pieces: formatPieces(builder, input) }, destination, call.span);
}

function formatPieces(builder: FunctionBuilder, input: FormatInput): readonly HirPiece[] {
  const { format } = input;
  if (format === null) return [];
  const { context } = builder;
  const value = context.constants.evaluate(format, builder.view);
  if (value === null) return abandon();
  if (value.kind !== "string") return fail(context, "bad-format", format.span, "A format must be a constant string");
  const pieces = parseFormat(value.value);
  if ("failure" in pieces) return fail(context, "bad-format", format.span, pieces.failure);
  return lowerPieces(builder, input, format, pieces);
}

function lowerPieces(
  builder: FunctionBuilder,
  input: FormatInput,
  format: Expression,
  pieces: readonly FormatPiece[],
): readonly HirPiece[] {
  const { context } = builder;
  const used = new Set<Expression>();
  let next = 0;
  const take = (argument: FormatArgument): Expression => {
    if (argument.kind === "name") {
      const named = input.named.get(argument.name);
      if (named === undefined) return nameExpression(argument.name, format.span);
      used.add(named.value);
      return named.value;
    }
    const index = argument.kind === "next" ? next : argument.index;
    if (argument.kind === "next") next += 1;
    const found = input.positional[index];
    if (found === undefined) return fail(context, "bad-format", format.span, `Missing positional argument ${index}`);
    used.add(found);
    return found;
  };
  const groups = pieces.map((piece): HirPiece | { readonly value: Expression; readonly spec: HirFormatSpec } => {
    if (piece.kind === "text") return piece;
    const precision = piece.spec.precisionIsArgument
      ? precisionOf(builder, take({ kind: "next" }))
      : piece.spec.precision;
    const { precisionIsArgument: _, ...spec } = { ...piece.spec, precision };
    return { value: take(piece.argument), spec };
  });
  const unused = input.positional.find((argument) => !used.has(argument));
  if (unused !== undefined) return fail(context, "bad-format", unused.span, "Unused positional argument");
  for (const [name, { value, span }] of input.named) {
    if (!used.has(value)) return fail(context, "bad-format", span, `Unused named argument \`${name}\``);
  }
  // An argument that is shown twice is evaluated once.
  const distinct = [...new Set(groups.flatMap((group) => ("kind" in group ? [] : [group.value])))];
  const atoms = builder.operands(distinct, (expression) => context.lower.expression(builder, expression, VALUE));
  const byExpression = new Map(distinct.map((expression, index) => [expression, atoms[index] ?? UNIT]));
  return groups.map((group): HirPiece => {
    if ("kind" in group) return group;
    return { kind: "value", value: byExpression.get(group.value) ?? UNIT, spec: group.spec, span: group.value.span };
  });
}

function precisionOf(builder: FunctionBuilder, expression: Expression): number {
  const value: ConstValue | null = builder.context.constants.evaluate(expression, builder.view);
  if (value === null) return abandon();
  const whole = value.kind === "int" || value.kind === "uint" ? value.value : -1n;
  if (whole >= 0n && whole <= 65_535n) return Number(whole);
  return fail(builder.context, "bad-format", expression.span, "Precision must be a constant number from 0 to 65535");
}

function nameExpression(name: string, span: Span): Expression {
  const kind = name === "self" ? "self" : "name";
  const segment = { kind, name, span, generics: null, genericsSpan: null } as const;
  return { kind: "path", span, attributes: [], path: { span, global: null, segments: [segment] } };
}

function text(builder: FunctionBuilder, value: string, destination: Destination, span: Span): HirAtom {
  return builder.finish({ kind: "string", value }, destination, span);
}

function printed(builder: FunctionBuilder, call: MacroCall, newline: boolean, destination: Destination): HirAtom {
  const value = formatted(builder, call, VALUE);
  return builder.finish({ kind: "print", text: value, newline }, destination, call.span);
}

function panicked(builder: FunctionBuilder, message: HirAtom, span: Span): HirAtom {
  builder.emit({ kind: "fail", failure: { kind: "panic", message }, span });
  return UNIT;
}

/** `dbg!(a, b)`: each value on a line of its own; the value of the call is `()`. */
function debugged(builder: FunctionBuilder, call: MacroCall, destination: Destination): HirAtom {
  const values = readInput(builder, call, (cursor) => {
    const list: Expression[] = [];
    while (cursor.peek() !== "eof") {
      list.push(cursor.grammar.expression(cursor, FULL_EXPRESSION));
      if (cursor.eat(",") === null) break;
    }
    return list;
  });
  const atoms = builder.operands(values, (value) => builder.context.lower.expression(builder, value, VALUE));
  for (const [index, value] of atoms.entries()) {
    const span = values[index]?.span ?? call.span;
    const shown = debugText(builder, [debugPiece(value, span)], span);
    builder.finish({ kind: "print", text: shown, newline: true }, DISCARD, span);
  }
  return builder.deliver(UNIT, destination, call.span);
}

function debugPiece(value: HirAtom, span: Span): HirPiece {
  return { kind: "value", value, spec: { ...PLAIN_SPEC, style: "debug" }, span };
}

function debugText(builder: FunctionBuilder, pieces: readonly HirPiece[], span: Span): HirAtom {
  return builder.finish({ kind: "format", pieces }, VALUE, span);
}

// ---------------------------------------------------------------- assertions

function asserted(builder: FunctionBuilder, call: MacroCall, destination: Destination): HirAtom {
  const { condition, input } = readInput(builder, call, (cursor) => {
    const expression = cursor.grammar.expression(cursor, FULL_EXPRESSION);
    return { condition: expression, input: cursor.eat(",") === null ? NO_FORMAT : readFormat(cursor) };
  });
  const atom = builder.context.lower.expression(builder, condition, VALUE);
  const failed = builder.collect(() => {
    const said =
      input.format === null
        ? [{ kind: "text" as const, text: builder.context.sources.slice(condition.span) }]
        : formatPieces(builder, input);
    const message = debugText(builder, [{ kind: "text", text: "assertion failed: " }, ...said], call.span);
    panicked(builder, message, call.span);
  });
  builder.emit({ kind: "if", condition: atom, then: [], else: failed.body, span: condition.span });
  return builder.deliver(UNIT, destination, call.span);
}

function compared(builder: FunctionBuilder, call: MacroCall, operator: "==" | "!=", destination: Destination): HirAtom {
  const { sides, input } = readInput(builder, call, (cursor) => {
    const left = cursor.grammar.expression(cursor, FULL_EXPRESSION);
    cursor.expect(",", "between the two values");
    const right = cursor.grammar.expression(cursor, FULL_EXPRESSION);
    return { sides: [left, right], input: cursor.eat(",") === null ? NO_FORMAT : readFormat(cursor) };
  });
  const [left = UNIT, right = UNIT] = builder.operands(sides, (side) =>
    builder.context.lower.expression(builder, side, VALUE),
  );
  const operation: HirOperation = { kind: "binary", operator, left, right };
  const condition = builder.finish(operation, VALUE, call.span);
  const failed = builder.collect(() => {
    const head = `assertion failed (left ${operator} right):`;
    const pieces: HirPiece[] = [{ kind: "text", text: input.format === null ? head : `${head} ` }];
    pieces.push(...formatPieces(builder, input));
    pieces.push({ kind: "text", text: "\nleft: " }, debugPiece(left, call.span));
    pieces.push({ kind: "text", text: "\nright: " }, debugPiece(right, call.span));
    panicked(builder, debugText(builder, pieces, call.span), call.span);
  });
  builder.emit({ kind: "if", condition, then: [], else: failed.body, span: call.span });
  return builder.deliver(UNIT, destination, call.span);
}

// ---------------------------------------------------------------- text of tokens

/** Tokens as written, with one blank between them. */
function stringify(range: TokenRange): string {
  const parts: string[] = [];
  for (let index = range.from; index < range.to; index += 1) {
    if (kindAt(range.buffer, index) !== "template-open") {
      parts.push(textAt(range.buffer, index));
      continue;
    }
    const from = index;
    for (let depth = 1; depth > 0 && index + 1 < range.to;) {
      index += 1;
      const kind = kindAt(range.buffer, index);
      if (kind === "template-open") depth += 1;
      else if (kind === "template-close") depth -= 1;
    }
    parts.push(range.buffer.text.slice(spanAt(range.buffer, from).start, spanAt(range.buffer, index).end));
  }
  return parts.join(" ");
}
