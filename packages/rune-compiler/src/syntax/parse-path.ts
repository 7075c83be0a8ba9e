// Parses what stands around items and expressions: names, paths, labels, attributes, visibility, types, macro input.

import type { Expression, MacroCall } from "./ast-expression.ts";
import type { Attribute, TypeSyntax, Visibility } from "./ast-item.ts";
import type { Identifier, Label, Path, PathSegment } from "./ast-name.ts";
import type { Cursor } from "./cursor.ts";
import { unescapeText } from "./literal.ts";
import type { Span } from "./span.ts";
import { textAt, type TokenKind } from "./token.ts";

const SEGMENT_KINDS: ReadonlyMap<TokenKind, PathSegment["kind"]> = new Map([
  ["identifier", "name"],
  ["self", "self"],
  ["Self", "Self"],
  ["super", "super"],
  ["crate", "crate"],
]);

/** A plain name. */
export function parseIdentifier(cursor: Cursor, what: string): Identifier {
  if (cursor.peek() !== "identifier") return cursor.unexpected(what);
  const identifier = { name: cursor.text(), span: cursor.span() };
  cursor.advance();
  return identifier;
}

/** A label, if one is next. */
export function parseLabel(cursor: Cursor): Label | null {
  if (cursor.peek() !== "label") return null;
  const label = { name: cursor.text().slice(1), span: cursor.span() };
  cursor.advance();
  return label;
}

/** Whether a path starts here. */
export function startsPath(cursor: Cursor): boolean {
  return SEGMENT_KINDS.has(cursor.peek()) || (cursor.peek() === "::" && SEGMENT_KINDS.has(cursor.peek(1)));
}

/** A path with optional turbofish after any segment. */
export function parsePath(cursor: Cursor): Path {
  const from = cursor.position;
  const global = cursor.eat("::");
  const segments: PathSegment[] = [parseSegment(cursor)];
  while (cursor.peek() === "::") {
    if (!SEGMENT_KINDS.has(cursor.peek(1)))
      return cursor.fail("expected-token", cursor.span(), "Path ends in `::`: expected a name");
    cursor.advance();
    segments.push(parseSegment(cursor));
  }
  return { span: cursor.spanFrom(from), global, segments };
}

/** One segment and its turbofish. */
export function parseSegment(cursor: Cursor): PathSegment {
  const kind = SEGMENT_KINDS.get(cursor.peek());
  if (kind === undefined) return cursor.unexpected("a name");
  const name = cursor.text();
  const span = cursor.span();
  cursor.advance();
  if (cursor.peek() !== "::" || cursor.peek(1) !== "<") return { kind, name, span, generics: null, genericsSpan: null };
  cursor.advance();
  const { generics, genericsSpan } = parseGenerics(cursor);
  return { kind, name, span, generics, genericsSpan };
}

/** `<A, B>`; the arguments are expressions without operators. */
function parseGenerics(cursor: Cursor): { readonly generics: readonly Expression[]; readonly genericsSpan: Span } {
  const from = cursor.position;
  cursor.expect("<", "to open type arguments");
  const generics: Expression[] = [];
  while (cursor.peek() !== ">") {
    generics.push(cursor.grammar.expression(cursor, { brace: false, binary: false, callable: false }));
    if (cursor.eat(",") === null) break;
  }
  cursor.expect(">", "to close type arguments");
  return { generics, genericsSpan: cursor.spanFrom(from) };
}

/** `name!` has been seen: the path is parsed and the cursor stands before `!`. */
export function parseMacroCall(cursor: Cursor, path: Path): MacroCall {
  cursor.expect("!", "after the name of a macro");
  const delimiter = cursor.peek();
  if (delimiter !== "(" && delimiter !== "[" && delimiter !== "{")
    return cursor.unexpected("`(`, `[` or `{` after `!`");
  const open = cursor.span();
  cursor.advance();
  const from = cursor.position;
  let depth = 1;
  for (;;) {
    const kind = cursor.peek();
    if (kind === "eof") {
      return cursor.fail(
        "expected-macro-close-delimiter",
        open,
        `Macro call is not closed: no match for \`${delimiter}\``,
      );
    }
    if (kind === "(" || kind === "[" || kind === "{") depth += 1;
    else if (kind === ")" || kind === "]" || kind === "}") depth -= 1;
    if (depth === 0) break;
    cursor.advance();
  }
  const input = cursor.rangeFrom(from);
  const close = delimiter === "(" ? ")" : delimiter === "[" ? "]" : "}";
  if (cursor.peek() !== close) {
    return cursor.fail(
      "expected-macro-close-delimiter",
      open,
      `Macro call is closed by \`${cursor.peek()}\`: expected \`${close}\``,
    );
  }
  cursor.advance();
  return { span: { ...path.span, end: cursor.spanFrom(from).end }, path, delimiter, input };
}

/** Outer attributes and doc comments here; with `inner`, those of the source or module instead. */
export function parseAttributes(cursor: Cursor, inner: boolean): readonly Attribute[] {
  if (cursor.peek() !== "#" && cursor.peek() !== "doc-outer" && cursor.peek() !== "doc-inner") return NO_ATTRIBUTES;
  const attributes: Attribute[] = [];
  for (;;) {
    const attribute = parseAttribute(cursor, inner);
    if (attribute === null) return attributes;
    attributes.push(attribute);
  }
}

const NO_ATTRIBUTES: readonly Attribute[] = [];

function parseAttribute(cursor: Cursor, inner: boolean): Attribute | null {
  const from = cursor.position;
  const kind = cursor.peek();
  if (kind === "doc-outer" || kind === "doc-inner") {
    if ((kind === "doc-inner") !== inner) {
      if (inner) return null;
      return cursor.fail("unsupported", cursor.span(), "Inner documentation must stand at the start of a module");
    }
    const text = cursor.text();
    const doc = text.slice(3, text.startsWith("/*") ? -2 : undefined);
    const span = cursor.span();
    cursor.advance();
    return { span, inner, path: docPath(span), input: { ...cursor.rangeFrom(cursor.position) }, doc };
  }
  if (kind !== "#") return null;
  const bang = cursor.peek(1) === "!";
  if (bang !== inner || cursor.peek(bang ? 2 : 1) !== "[") {
    if (bang && !inner)
      return cursor.fail("unsupported", cursor.span(), "Inner attributes must stand at the start of a module");
    return null;
  }
  cursor.advance();
  if (bang) cursor.advance();
  cursor.expect("[", "to open an attribute");
  const path = parsePath(cursor);
  const inputFrom = cursor.position;
  for (let depth = 0; depth > 0 || cursor.peek() !== "]"; cursor.advance()) {
    const next = cursor.peek();
    if (next === "eof") return cursor.unexpected("`]` to close the attribute");
    if (next === "[") depth += 1;
    else if (next === "]") depth -= 1;
  }
  const input = cursor.rangeFrom(inputFrom);
  cursor.advance();
  const span = cursor.spanFrom(from);
  return { span, inner, path, input, doc: docInput(path, input, cursor) };
}

/** Text of `#[doc = "…"]`. */
function docInput(path: Path, input: Attribute["input"], cursor: Cursor): string | null {
  if (path.segments.length !== 1 || path.segments[0]?.name !== "doc" || input.to - input.from !== 2) return null;
  const raw = textAt(input.buffer, input.to - 1);
  if (!raw.startsWith('"')) return null;
  const start = (input.buffer.starts[input.to - 1] ?? 0) + 1;
  return unescapeText(raw.slice(1, -1), "string", { source: input.buffer.source, start }, cursor.diagnostics);
}

function docPath(span: Span): Path {
  return { span, global: null, segments: [{ kind: "name", name: "doc", span, generics: null, genericsSpan: null }] };
}

/** `pub` and its restriction, or nothing. */
export function parseVisibility(cursor: Cursor): Visibility {
  const from = cursor.position;
  if (cursor.eat("pub") === null) {
    const at = cursor.span();
    return { kind: "inherited", span: { source: at.source, start: at.start, end: at.start }, path: null };
  }
  const restriction = cursor.peek() === "(" ? cursor.peek(1) : "";
  if (restriction === "in") {
    cursor.advance();
    cursor.advance();
    const path = parsePath(cursor);
    cursor.expect(")", "to close the visibility");
    return { kind: "in", span: cursor.spanFrom(from), path };
  }
  if (restriction === "crate" || restriction === "super" || restriction === "self") {
    cursor.advance();
    cursor.advance();
    cursor.expect(")", "to close the visibility");
    return { kind: restriction, span: cursor.spanFrom(from), path: null };
  }
  return { kind: "public", span: cursor.spanFrom(from), path: null };
}

/** A type, which is read only to be refused. */
export function parseType(cursor: Cursor): TypeSyntax {
  const from = cursor.position;
  if (cursor.eat("!") !== null) return { kind: "bang", span: cursor.spanFrom(from), path: null, elements: [] };
  if (cursor.peek() !== "(") {
    const path = parsePath(cursor);
    return { kind: "path", span: path.span, path, elements: [] };
  }
  const elements = parseList(cursor, "(", ")", () => cursor.nested(() => parseType(cursor)));
  return { kind: "tuple", span: cursor.spanFrom(from), path: null, elements };
}

/** `open element, element, close`; a final comma is allowed. */
export function parseList<Element>(
  cursor: Cursor,
  open: TokenKind,
  close: TokenKind,
  element: () => Element,
): readonly Element[] {
  cursor.expect(open, "to open a list");
  const list: Element[] = [];
  while (cursor.peek() !== close) {
    list.push(element());
    if (cursor.eat(",") === null) break;
  }
  if (cursor.eat(close) === null)
    return cursor.unexpected(list.length === 0 ? `\`${close}\`` : `\`,\` or \`${close}\``);
  return list;
}
