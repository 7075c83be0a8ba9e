// Prints expressions, patterns, paths and literals. Parentheses are printed only where the tree has a group, or where
// the grammar would read a tree that was not parsed from text in another way.

import type { Block, Expression, Literal, ObjectField } from "./ast-expression.ts";
import type { Attribute } from "./ast-item.ts";
import type { Path } from "./ast-name.ts";
import type { Pattern, PatternField } from "./ast-pattern.ts";
import { isBlockLike, PRECEDENCE, RANGE_PRECEDENCE } from "./operators.ts";
import type { TokenRange } from "./token.ts";

/** What expressions need from the printer of statements. */
export interface Printer {
  block(block: Block): string;
  /** The attributes, each followed by a blank. */
  attributes(list: readonly Attribute[]): string;
}

/** Strength of postfix operators and of what stands alone. */
const POSTFIX = 20;
const UNARY = 14;

/** Text of an expression. */
export function printExpression(printer: Printer, expression: Expression): string {
  return printer.attributes(expression.attributes) + printBare(printer, expression);
}

function printBare(printer: Printer, expression: Expression): string {
  const inner = (part: Expression): string => printExpression(printer, part);
  switch (expression.kind) {
    case "literal":
      return printLiteral(expression.literal);
    case "template":
      return printTemplate(printer, expression);
    case "path":
      return printPath(printer, expression.path);
    case "group":
      return `(${inner(expression.inner)})`;
    case "tuple":
      return expression.elements.length === 1
        ? `(${expression.elements.map(inner).join("")},)`
        : `(${expression.elements.map(inner).join(", ")})`;
    case "vec":
      return `[${expression.elements.map(inner).join(", ")}]`;
    case "object": {
      const name = expression.path === null ? "#" : `${printPath(printer, expression.path)} `;
      return `${name}{${expression.fields.map((field) => printField(printer, field)).join(", ")}}`;
    }
    case "unary":
      return expression.operator + printAt(printer, expression.operand, UNARY);
    case "binary":
    case "call":
    case "index":
    case "field":
    case "await":
    case "try":
      return printChain(printer, expression);
    case "range": {
      const start = expression.start === null ? "" : printAt(printer, expression.start, RANGE_PRECEDENCE + 1);
      const end = expression.end === null ? "" : inner(expression.end);
      return `${start}${expression.inclusive ? "..=" : ".."}${end}`;
    }
    case "assign":
      return `${printAt(printer, expression.target, POSTFIX)} = ${inner(expression.value)}`;
    case "block": {
      const label = expression.label === null ? "" : `'${expression.label.name}: `;
      const words = [
        expression.isAsync === null ? "" : "async ",
        expression.isConst === null ? "" : "const ",
        expression.isMove === null ? "" : "move ",
      ];
      return label + words.join("") + printer.block(expression.block);
    }
    case "if":
    case "match":
    case "loop":
    case "while":
    case "for":
    case "select":
      return printControl(printer, expression);
    case "let":
      return `let ${printPattern(printer, expression.pattern)} = ${inner(expression.value)}`;
    case "break":
    case "continue": {
      const label = expression.label === null ? "" : ` '${expression.label.name}`;
      return expression.kind + label + (expression.kind === "break" ? printValue(printer, expression.value) : "");
    }
    case "return":
    case "yield":
      return expression.kind + printValue(printer, expression.value);
    case "closure": {
      const words = (expression.isAsync === null ? "" : "async ") + (expression.isMove === null ? "" : "move ");
      const parameters = expression.parameters.map(({ pattern }) => printPattern(printer, pattern)).join(", ");
      return `${words}|${parameters}| ${inner(expression.body)}`;
    }
    case "macro": {
      const { call } = expression;
      const close = call.delimiter === "(" ? ")" : call.delimiter === "[" ? "]" : "}";
      return `${printPath(printer, call.path)}!${call.delimiter}${printTokens(call.input)}${close}`;
    }
    case "error":
      return "()";
  }
}

function printValue(printer: Printer, value: Expression | null): string {
  return value === null ? "" : ` ${printExpression(printer, value)}`;
}

function printControl(
  printer: Printer,
  expression: Extract<Expression, { kind: "if" | "match" | "loop" | "while" | "for" | "select" }>,
): string {
  const inner = (part: Expression): string => printExpression(printer, part);
  switch (expression.kind) {
    case "if": {
      const branches = expression.branches.map(
        (branch) => `if ${inner(branch.condition)} ${printer.block(branch.block)}`,
      );
      const otherwise = expression.otherwise === null ? "" : ` else ${printer.block(expression.otherwise)}`;
      return branches.join(" else ") + otherwise;
    }
    case "match": {
      const arms = expression.arms.map((arm) => {
        const guard = arm.guard === null ? "" : ` if ${inner(arm.guard)}`;
        return `${printPattern(printer, arm.pattern)}${guard} => ${inner(arm.body)}`;
      });
      return `match ${inner(expression.value)} { ${arms.join(", ")} }`;
    }
    case "select": {
      const branches = expression.branches.map((branch) =>
        branch.kind === "default"
          ? `default => ${inner(branch.body)}`
          : `${printPattern(printer, branch.pattern)} = ${inner(branch.future)} => ${inner(branch.body)}`,
      );
      return `select { ${branches.join(", ")} }`;
    }
    case "loop":
    case "while":
    case "for": {
      const label = expression.label === null ? "" : `'${expression.label.name}: `;
      const body = printer.block(expression.body);
      if (expression.kind === "loop") return `${label}loop ${body}`;
      if (expression.kind === "while") return `${label}while ${inner(expression.condition)} ${body}`;
      return `${label}for ${printPattern(printer, expression.pattern)} in ${inner(expression.iterable)} ${body}`;
    }
  }
}

/** Chains to the left are printed in a loop. */
function printChain(printer: Printer, expression: Expression): string {
  const links: Expression[] = [];
  let base: Expression = expression;
  for (let left = leftOf(base); left !== null && base.attributes.length === 0; left = leftOf(base)) {
    links.push(base);
    if (strengthOf(left) < neededOf(base)) break;
    base = left;
  }
  const last = links.at(-1);
  const start = last === undefined ? null : leftOf(last);
  let text = start === null ? printExpression(printer, base) : printAt(printer, start, neededOf(last ?? base));
  for (const link of links.reverse()) text += printLink(printer, link);
  return text;
}

function leftOf(expression: Expression): Expression | null {
  if (expression.kind === "binary") return expression.left;
  if (expression.kind === "call") return expression.callee;
  if (expression.kind === "index" || expression.kind === "field") return expression.target;
  return expression.kind === "await" || expression.kind === "try" ? expression.operand : null;
}

/** How strongly the left side of a chain's link must bind. */
function neededOf(expression: Expression): number {
  if (expression.kind !== "binary") return POSTFIX;
  const precedence = PRECEDENCE[expression.operator];
  return precedence === 13 || precedence === 5 || precedence === 1 ? precedence + 1 : precedence;
}

function printLink(printer: Printer, link: Expression): string {
  if (link.kind === "binary") return ` ${link.operator} ${printAt(printer, link.right, PRECEDENCE[link.operator] + 1)}`;
  if (link.kind === "call") return `(${link.args.map((part) => printExpression(printer, part)).join(", ")})`;
  if (link.kind === "index") return `[${printExpression(printer, link.index)}]`;
  if (link.kind === "await") return ".await";
  if (link.kind !== "field") return "?";
  const name = link.field.kind === "name" ? link.field.name : link.field.text;
  return `.${name}${printGenerics(printer, link.generics)}`;
}

/** Prints a part; in parentheses if it binds less strongly than its place asks. */
function printAt(printer: Printer, expression: Expression, needed: number): string {
  const text = printExpression(printer, expression);
  return strengthOf(expression) < needed || expression.attributes.length > 0 ? `(${text})` : text;
}

/** Expressions that take all that follows. */
const OPEN_ENDED: ReadonlySet<Expression["kind"]> = new Set([
  "closure",
  "return",
  "break",
  "continue",
  "yield",
  "let",
  "assign",
]);

function strengthOf(expression: Expression): number {
  if (expression.kind === "binary") return PRECEDENCE[expression.operator];
  if (expression.kind === "range") return RANGE_PRECEDENCE;
  if (OPEN_ENDED.has(expression.kind)) return 0;
  return expression.kind === "unary" || isBlockLike(expression) ? UNARY : POSTFIX;
}

function printField(printer: Printer, field: ObjectField): string {
  const key = field.quoted ? quote(field.key.name) : field.key.name;
  return field.value === null ? key : `${key}: ${printExpression(printer, field.value)}`;
}

/** Text of a path with its type arguments. */
export function printPath(printer: Printer, path: Path): string {
  const segments = path.segments.map((segment) => segment.name + printGenerics(printer, segment.generics));
  return (path.global === null ? "" : "::") + segments.join("::");
}

function printGenerics(printer: Printer, generics: readonly Expression[] | null): string {
  return generics === null ? "" : `::<${generics.map((part) => printExpression(printer, part)).join(", ")}>`;
}

/** Text of a pattern. */
export function printPattern(printer: Printer, pattern: Pattern): string {
  return printer.attributes(pattern.attributes) + printBarePattern(printer, pattern);
}

function printBarePattern(printer: Printer, pattern: Pattern): string {
  const inner = (part: Pattern): string => printPattern(printer, part);
  switch (pattern.kind) {
    case "ignore":
      return "_";
    case "rest":
      return "..";
    case "path":
      return printPath(printer, pattern.path);
    case "literal":
      return (pattern.negative ? "-" : "") + printLiteral(pattern.literal);
    case "tuple": {
      const path = pattern.path === null ? "" : printPath(printer, pattern.path);
      const comma = pattern.elements.length === 1 && pattern.path === null ? "," : "";
      return `${path}(${pattern.elements.map(inner).join(", ")}${comma})`;
    }
    case "vec":
      return `[${pattern.elements.map(inner).join(", ")}]`;
    case "object": {
      const name = pattern.path === null ? "#" : `${printPath(printer, pattern.path)} `;
      const fields = pattern.fields.map((field) => printPatternField(printer, field));
      if (pattern.rest !== null) fields.push("..");
      return `${name}{${fields.join(", ")}}`;
    }
    case "error":
      return "_";
  }
}

function printPatternField(printer: Printer, field: PatternField): string {
  const key = field.quoted ? quote(field.key.name) : field.key.name;
  return field.pattern === null ? key : `${key}: ${printPattern(printer, field.pattern)}`;
}

/** Tokens as written, with one blank between them; templates as they stand. */
export function printTokens(range: TokenRange): string {
  const { buffer, from, to } = range;
  if (from >= to) return "";
  return buffer.text.slice(buffer.starts[from], buffer.ends[to - 1]).trim();
}

function printTemplate(printer: Printer, expression: Extract<Expression, { kind: "template" }>): string {
  const parts = expression.parts.map((part) =>
    part.kind === "text" ? escape(part.value, /[\\`$\0\r]/gu) : `\${${printExpression(printer, part.value)}}`,
  );
  return `\`${parts.join("")}\``;
}

function printLiteral(literal: Literal): string {
  switch (literal.kind) {
    case "bool":
      return String(literal.value);
    case "number":
      return literal.text;
    case "char":
      return `'${escapeScalar(literal.value, "'")}'`;
    case "byte":
      return `b'${escapeByte(literal.value, "'")}'`;
    case "string":
      return quote(literal.value);
    case "bytes":
      return `b"${Array.from(literal.value, (byte) => escapeByte(byte, '"')).join("")}"`;
  }
}

function quote(text: string): string {
  return `"${escape(text, /[\\"\0\r]/gu)}"`;
}

function escape(text: string, special: RegExp): string {
  return text.replace(special, (char) => {
    if (char === "\0") return "\\0";
    return char === "\r" ? "\\r" : `\\${char}`;
  });
}

function escapeScalar(value: number, mark: string): string {
  if (value < 32 || (value >= 127 && value < 160)) return `\\u{${value.toString(16)}}`;
  const char = String.fromCodePoint(value);
  return char === mark || char === "\\" ? `\\${char}` : char;
}

function escapeByte(value: number, mark: string): string {
  if (value < 32 || value > 126) return `\\x${value.toString(16).padStart(2, "0")}`;
  const char = String.fromCharCode(value);
  return char === mark || char === "\\" ? `\\${char}` : char;
}
