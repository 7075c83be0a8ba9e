// Parses literals and templates.

import type { Expression, Literal, TemplatePart } from "./ast-expression.ts";
import { type Cursor, FULL_EXPRESSION } from "./cursor.ts";
import { unescapeByte, unescapeBytes, unescapeChar, unescapeText } from "./literal.ts";

/** The literal here, or null if the next token is none. */
export function parseLiteral(cursor: Cursor): Literal | null {
  const { diagnostics } = cursor;
  const text = cursor.text();
  const { source, start } = cursor.span();
  switch (cursor.peek()) {
    case "true":
    case "false":
      cursor.advance();
      return { kind: "bool", value: text === "true" };
    case "number":
      cursor.advance();
      return { kind: "number", text };
    case "char":
      cursor.advance();
      return { kind: "char", value: unescapeChar(text.slice(1, -1), { source, start: start + 1 }, diagnostics) };
    case "byte":
      cursor.advance();
      return { kind: "byte", value: unescapeByte(text.slice(2, -1), { source, start: start + 2 }, diagnostics) };
    case "string":
      cursor.advance();
      return {
        kind: "string",
        value: unescapeText(text.slice(1, -1), "string", { source, start: start + 1 }, diagnostics),
      };
    case "bytes":
      cursor.advance();
      return { kind: "bytes", value: unescapeBytes(text.slice(2, -1), { source, start: start + 2 }, diagnostics) };
    default:
      return null;
  }
}

/** A template; the cursor stands before its first backtick. */
export function parseTemplate(cursor: Cursor): Expression {
  const from = cursor.position;
  cursor.expect("template-open", "to open a template");
  const parts: TemplatePart[] = [];
  for (;;) {
    const partFrom = cursor.position;
    const span = cursor.span();
    if (cursor.peek() === "template-text") {
      const raw = cursor.text();
      cursor.advance();
      const value = unescapeText(raw, "template", { source: span.source, start: span.start }, cursor.diagnostics);
      parts.push({ kind: "text", value, span });
    } else if (cursor.eat("template-value") !== null) {
      const value = cursor.nested(() => cursor.grammar.expression(cursor, FULL_EXPRESSION));
      if (cursor.eat("template-value-end") === null) return cursor.unexpected("`}` after the value in the template");
      parts.push({ kind: "value", value, span: cursor.spanFrom(partFrom) });
    } else break;
  }
  if (cursor.eat("template-close") === null) return cursor.unexpected("a backtick to close the template");
  return { kind: "template", span: cursor.spanFrom(from), attributes: [], parts };
}
