// Parses patterns.

import type { Parameter } from "./ast-item.ts";
import type { Pattern, PatternField } from "./ast-pattern.ts";
import type { Cursor } from "./cursor.ts";
import { unescapeText } from "./literal.ts";
import { parseLiteral } from "./parse-literal.ts";
import { parseAttributes, parseList, parsePath, startsPath } from "./parse-path.ts";
import type { Span } from "./span.ts";

/** One pattern. */
export function parsePattern(cursor: Cursor): Pattern {
  return cursor.nested(() => parseOne(cursor));
}

/** A parameter of a function or closure; `self` becomes a path pattern. */
export function parseParameter(cursor: Cursor): Parameter {
  const pattern = parsePattern(cursor);
  return { span: pattern.span, pattern };
}

function parseOne(cursor: Cursor): Pattern {
  const attributes = parseAttributes(cursor, false);
  const from = cursor.position;
  switch (cursor.peek()) {
    case "_":
      cursor.advance();
      return { kind: "ignore", span: cursor.spanFrom(from), attributes };
    case "..":
      cursor.advance();
      return { kind: "rest", span: cursor.spanFrom(from), attributes };
    case "(": {
      const elements = parseList(cursor, "(", ")", () => parsePattern(cursor));
      return { kind: "tuple", span: cursor.spanFrom(from), attributes, path: null, elements };
    }
    case "[": {
      const elements = parseList(cursor, "[", "]", () => parsePattern(cursor));
      return { kind: "vec", span: cursor.spanFrom(from), attributes, elements };
    }
    case "#": {
      cursor.advance();
      const { fields, rest } = parseFields(cursor);
      return { kind: "object", span: cursor.spanFrom(from), attributes, path: null, fields, rest };
    }
    case "-": {
      cursor.advance();
      if (cursor.peek() !== "number") return cursor.unexpected("a number after `-` in a pattern");
      const text = cursor.text();
      cursor.advance();
      const literal = { kind: "number", text } as const;
      return { kind: "literal", span: cursor.spanFrom(from), attributes, negative: true, literal };
    }
    default:
      break;
  }
  if (startsPath(cursor)) {
    const path = parsePath(cursor);
    if (cursor.peek() === "(") {
      const elements = parseList(cursor, "(", ")", () => parsePattern(cursor));
      return { kind: "tuple", span: cursor.spanFrom(from), attributes, path, elements };
    }
    if (cursor.peek() === "{") {
      const { fields, rest } = parseFields(cursor);
      return { kind: "object", span: cursor.spanFrom(from), attributes, path, fields, rest };
    }
    return { kind: "path", span: cursor.spanFrom(from), attributes, path };
  }
  const literal = parseLiteral(cursor);
  if (literal === null) return cursor.unexpected("a pattern");
  return { kind: "literal", span: cursor.spanFrom(from), attributes, negative: false, literal };
}

function parseFields(cursor: Cursor): { readonly fields: readonly PatternField[]; readonly rest: Span | null } {
  const fields: PatternField[] = [];
  let rest: Span | null = null;
  parseList(cursor, "{", "}", () => {
    const from = cursor.position;
    const span = cursor.span();
    if (rest !== null)
      return cursor.fail("unsupported-pattern-rest", rest, "`..` is supported only as the last of a pattern");
    if (cursor.peek() === "..") {
      cursor.advance();
      rest = span;
      return null;
    }
    const quoted = cursor.peek() === "string";
    if (!quoted && cursor.peek() !== "identifier") return cursor.unexpected("a field name or `..`");
    const raw = cursor.text();
    cursor.advance();
    const name = quoted
      ? unescapeText(raw.slice(1, -1), "string", { source: span.source, start: span.start + 1 }, cursor.diagnostics)
      : raw;
    if (quoted && cursor.peek() !== ":") return cursor.unexpected("`:` after a quoted key");
    const pattern = cursor.eat(":") === null ? null : parsePattern(cursor);
    fields.push({ span: cursor.spanFrom(from), key: { name, span }, quoted, pattern });
    return null;
  });
  return { fields, rest };
}
