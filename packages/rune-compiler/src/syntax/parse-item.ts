// Parses items, statements and blocks, with recovery after each statement and item.

import type { Block, Expression, Statement } from "./ast-expression.ts";
import type { Attribute, Fields, FunctionItem, Item, UseTree, Variant, Visibility } from "./ast-item.ts";
import { type Cursor, type ExpressionMode, FULL_EXPRESSION } from "./cursor.ts";
import { isBlockLike } from "./operators.ts";
import {
  parseAttributes,
  parseIdentifier,
  parseList,
  parseMacroCall,
  parsePath,
  parseSegment,
  parseType,
  parseVisibility,
  startsPath,
} from "./parse-path.ts";
import { parseParameter } from "./parse-pattern.ts";
import type { Span } from "./span.ts";

/** In statement position `(` and `[` after a block-like expression start the next statement. */
const STATEMENT_MODE: ExpressionMode = { brace: true, binary: true, callable: false };

interface Head {
  readonly from: number;
  readonly attributes: readonly Attribute[];
  readonly visibility: Visibility;
}

/** `{ statements }`. */
export function parseBlock(cursor: Cursor): Block {
  return cursor.nested(() => {
    const from = cursor.position;
    cursor.expect("{", "to open a block");
    const { result: statements, scopes } = cursor.collectScopes(() => parseStatements(cursor, "}"));
    cursor.expect("}", "to close the block");
    const block: Block = { kind: "block", span: cursor.spanFrom(from), statements, scopes };
    if (scopes.length > 0 || statements.some((statement) => statement.kind === "item")) cursor.addScope(block);
    return block;
  });
}

/** Statements up to `close`; those that cannot be read are skipped. */
export function parseStatements(cursor: Cursor, close: "}" | "eof"): readonly Statement[] {
  const statements: Statement[] = [];
  let unfinished: Statement | null = null;
  while (cursor.peek() !== close && cursor.peek() !== "eof") {
    if (cursor.peek() === "}") {
      cursor.recover(() => cursor.unexpected("a statement"));
      cursor.eat("}");
      continue;
    }
    const statement = cursor.recover(() => parseStatement(cursor));
    if (statement === null) {
      unfinished = null;
      continue;
    }
    if (unfinished !== null && statement.kind !== "item" && statement.kind !== "empty") {
      cursor.report("expected-block-semi-colon", unfinished.span, "Expected `;` after this expression", {
        labels: [{ span: statement.span, message: "because this follows" }],
      });
      unfinished = null;
    }
    if (statement.kind === "expression" && statement.semicolon === null && !isBlockLike(statement.expression)) {
      unfinished = statement;
    }
    statements.push(statement);
  }
  return statements;
}

/** Items of a module up to `close`, as the statements of its block. */
export function parseItems(cursor: Cursor, close: "}" | "eof"): readonly Statement[] {
  const statements: Statement[] = [];
  while (cursor.peek() !== close && cursor.peek() !== "eof") {
    const statement = cursor.recover((): Statement => {
      const from = cursor.position;
      const empty = cursor.eat(";");
      if (empty !== null) return { kind: "empty", span: empty };
      const item = parseItem(cursor);
      if (item === null) return parseMacroItem(cursor);
      return finishItem(cursor, from, item);
    });
    if (statement !== null) statements.push(statement);
    else if (cursor.peek() === "}" && close === "eof") cursor.advance();
  }
  return statements;
}

function parseMacroItem(cursor: Cursor): Statement {
  const from = cursor.position;
  const attributes = parseAttributes(cursor, false);
  const visibility = parseVisibility(cursor);
  if (!startsPath(cursor))
    return cursor.unexpected("`fn`, `struct`, `enum`, `impl`, `mod`, `use`, `const`, `static` or a macro call");
  const call = parseMacroCall(cursor, parsePath(cursor));
  const item: Item = { kind: "macro", span: cursor.spanFrom(from), attributes, visibility, call };
  return { kind: "item", span: cursor.spanFrom(from), item, semicolon: cursor.eat(";") };
}

function parseStatement(cursor: Cursor): Statement {
  const from = cursor.position;
  const empty = cursor.eat(";");
  if (empty !== null) return { kind: "empty", span: empty };
  const item = parseItem(cursor);
  if (item !== null) return finishItem(cursor, from, item);
  const attributes = parseAttributes(cursor, false);
  if (cursor.peek() === "let") return parseLet(cursor, attributes);
  const parsed = cursor.grammar.expression(cursor, STATEMENT_MODE);
  const expression: Expression = attributes.length === 0 ? parsed : { ...parsed, attributes };
  const semicolon = cursor.eat(";");
  return { kind: "expression", span: expression.span, expression, semicolon };
}

function parseLet(cursor: Cursor, attributes: readonly Attribute[]): Statement {
  const from = cursor.position;
  cursor.advance();
  const mutable = cursor.eat("mut");
  const pattern = cursor.grammar.pattern(cursor);
  if (cursor.peek() === ":") return cursor.fail("unsupported", pattern.span, "Types on variables are not supported");
  cursor.expect("=", "after the pattern: a variable needs a value");
  const value = cursor.grammar.expression(cursor, FULL_EXPRESSION);
  cursor.expect(";", "after the declaration");
  const span = cursor.spanFrom(from);
  return { kind: "local", span, local: { span, attributes, mutable, pattern, value } };
}

function finishItem(cursor: Cursor, from: number, item: Item): Statement {
  const needed =
    item.kind === "use" ||
    item.kind === "const" ||
    item.kind === "static" ||
    (item.kind === "struct" && item.fields.kind !== "named") ||
    (item.kind === "module" && item.body === null);
  const semicolon = needed ? cursor.expect(";", "after the item") : cursor.eat(";");
  return { kind: "item", span: cursor.spanFrom(from), item, semicolon };
}

// ---------------------------------------------------------------- items

/** An item here, or null; attributes and visibility are looked through to find out. */
export function parseItem(cursor: Cursor): Item | null {
  if (!itemFollows(cursor)) return null;
  return cursor.nested(() => {
    const from = cursor.position;
    const attributes = parseAttributes(cursor, false);
    const visibility = parseVisibility(cursor);
    return cursor.collectScopes(() => parseItemBody(cursor, { from, attributes, visibility })).result;
  });
}

/** Looks past attributes and visibility for a word that starts an item. */
function itemFollows(cursor: Cursor): boolean {
  let ahead = 0;
  for (;;) {
    const kind = cursor.peek(ahead);
    if (kind === "doc-outer") ahead += 1;
    else if (kind === "#" && cursor.peek(ahead + 1) === "[") {
      ahead += 2;
      for (let depth = 1; depth > 0; ahead += 1) {
        const inner = cursor.peek(ahead);
        if (inner === "eof") return false;
        if (inner === "[") depth += 1;
        else if (inner === "]") depth -= 1;
      }
    } else break;
  }
  switch (cursor.peek(ahead)) {
    case "pub":
    case "use":
    case "enum":
    case "struct":
    case "impl":
    case "fn":
    case "mod":
    case "static":
      return true;
    case "const": {
      const next = cursor.peek(ahead + 1);
      return next !== "{" && next !== "move" && next !== "|" && next !== "||";
    }
    case "async":
      return cursor.peek(ahead + 1) === "fn" || (cursor.peek(ahead + 1) === "const" && cursor.peek(ahead + 2) === "fn");
    default:
      return false;
  }
}

function parseItemBody(cursor: Cursor, head: Head): Item {
  const { from, attributes, visibility } = head;
  switch (cursor.peek()) {
    case "use": {
      cursor.advance();
      const tree = parseUseTree(cursor);
      return { kind: "use", span: cursor.spanFrom(from), attributes, visibility, tree };
    }
    case "enum":
      return parseEnum(cursor, head);
    case "struct": {
      cursor.advance();
      const name = parseIdentifier(cursor, "the name of the struct");
      const fields = parseFields(cursor);
      return { kind: "struct", span: cursor.spanFrom(from), attributes, visibility, name, fields };
    }
    case "impl":
      return parseImpl(cursor, head);
    case "mod":
      return parseModule(cursor, head);
    case "static":
      return parseStatic(cursor, head);
    case "const":
      if (cursor.peek(1) === "identifier") return parseConst(cursor, head);
      return parseFunction(cursor, head);
    case "async":
    case "fn":
      return parseFunction(cursor, head);
    default:
      return cursor.unexpected("an item after its visibility");
  }
}

function parseConst(cursor: Cursor, head: Head): Item {
  cursor.advance();
  const name = parseIdentifier(cursor, "the name of the constant");
  cursor.expect("=", "after the name of the constant");
  const { result: value, scopes } = cursor.collectScopes(() => cursor.grammar.expression(cursor, FULL_EXPRESSION));
  return { kind: "const", span: cursor.spanFrom(head.from), ...meta(head), name, value, scopes };
}

function parseStatic(cursor: Cursor, head: Head): Item {
  cursor.advance();
  const name = parseIdentifier(cursor, "the name of the static");
  if (cursor.eat("=") === null) {
    return { kind: "static", span: cursor.spanFrom(head.from), ...meta(head), name, value: null, scopes: [] };
  }
  const { result: value, scopes } = cursor.collectScopes(() => cursor.grammar.expression(cursor, FULL_EXPRESSION));
  return { kind: "static", span: cursor.spanFrom(head.from), ...meta(head), name, value, scopes };
}

function meta(head: Head): { readonly attributes: readonly Attribute[]; readonly visibility: Visibility } {
  return { attributes: head.attributes, visibility: head.visibility };
}

function parseFunction(cursor: Cursor, head: Head): FunctionItem {
  let isConst: Span | null = null;
  let isAsync: Span | null = null;
  for (;;) {
    const span = cursor.span();
    if (cursor.eat("const") !== null) isConst ??= span;
    else if (cursor.eat("async") !== null) isAsync ??= span;
    else break;
  }
  cursor.expect("fn", "to open a function");
  const name = parseIdentifier(cursor, "the name of the function");
  const from = cursor.position;
  const parameters = parseList(cursor, "(", ")", () => parseParameter(cursor));
  const parametersSpan = cursor.spanFrom(from);
  const output = cursor.eat("->") === null ? null : parseType(cursor);
  const body = parseBlock(cursor);
  return {
    kind: "function",
    span: cursor.spanFrom(head.from),
    ...meta(head),
    isAsync,
    isConst,
    name,
    parameters,
    parametersSpan,
    output,
    body,
  };
}

function parseEnum(cursor: Cursor, head: Head): Item {
  cursor.advance();
  const name = parseIdentifier(cursor, "the name of the enum");
  const variants = parseList(cursor, "{", "}", (): Variant => {
    const attributes = parseAttributes(cursor, false);
    const from = cursor.position;
    const variantName = parseIdentifier(cursor, "the name of a variant");
    const fields = parseFields(cursor);
    return { span: cursor.spanFrom(from), attributes, name: variantName, fields };
  });
  return { kind: "enum", span: cursor.spanFrom(head.from), ...meta(head), name, variants };
}

function parseFields(cursor: Cursor): Fields {
  const from = cursor.position;
  const kind = cursor.peek();
  if (kind !== "(" && kind !== "{") return { kind: "unit", span: cursor.spanFrom(from), list: [] };
  const list = parseList(cursor, kind, kind === "(" ? ")" : "}", () => {
    const fieldFrom = cursor.position;
    const attributes = parseAttributes(cursor, false);
    const visibility = parseVisibility(cursor);
    const nameFrom = cursor.position;
    const name = parseIdentifier(cursor, "the name of a field");
    const type = cursor.eat(":") === null ? null : parseType(cursor);
    const span = type === null ? cursor.spanFrom(fieldFrom) : cursor.spanFrom(nameFrom);
    return { span, attributes, visibility, name, type };
  });
  return { kind: kind === "(" ? "tuple" : "named", span: cursor.spanFrom(from), list };
}

function parseImpl(cursor: Cursor, head: Head): Item {
  cursor.advance();
  const path = parsePath(cursor);
  cursor.expect("{", "to open the implementation");
  const functions: FunctionItem[] = [];
  while (cursor.peek() !== "}" && cursor.peek() !== "eof") {
    const found = cursor.recover(() => {
      const item = parseItem(cursor);
      if (item?.kind === "function") return item;
      if (item !== null) cursor.report("expected-token", item.span, "Only functions may stand in an implementation");
      else cursor.unexpected("`fn`");
      return null;
    });
    if (found !== null) functions.push(found);
  }
  cursor.expect("}", "to close the implementation");
  return { kind: "impl", span: cursor.spanFrom(head.from), ...meta(head), path, functions };
}

function parseModule(cursor: Cursor, head: Head): Item {
  cursor.advance();
  const name = parseIdentifier(cursor, "the name of the module");
  if (cursor.peek() !== "{") {
    return { kind: "module", span: cursor.spanFrom(head.from), ...meta(head), name, body: null };
  }
  const from = cursor.position;
  cursor.advance();
  const inner = parseAttributes(cursor, true);
  const { result: statements, scopes } = cursor.collectScopes(() => parseItems(cursor, "}"));
  cursor.expect("}", "to close the module");
  const body: Block = { kind: "block", span: cursor.spanFrom(from), statements, scopes };
  const attributes = inner.length === 0 ? head.attributes : [...head.attributes, ...inner];
  return {
    kind: "module",
    span: cursor.spanFrom(head.from),
    attributes,
    visibility: head.visibility,
    name,
    body,
  };
}

// ---------------------------------------------------------------- use

function parseUseTree(cursor: Cursor): UseTree {
  return cursor.nested(() => {
    const from = cursor.position;
    const global = cursor.eat("::");
    const segments: UseTree["segments"][number][] = [];
    for (;;) {
      const kind = cursor.peek();
      if (kind === "*") {
        const span = cursor.span();
        cursor.advance();
        return { span: cursor.spanFrom(from), global, segments, tail: { kind: "wildcard", span } };
      }
      if (kind === "{") {
        const trees = parseList(cursor, "{", "}", () => parseUseTree(cursor));
        return { span: cursor.spanFrom(from), global, segments, tail: { kind: "group", trees } };
      }
      segments.push(parseSegment(cursor));
      if (cursor.eat("::") === null) break;
    }
    if (cursor.eat("as") !== null) {
      const name = parseIdentifier(cursor, "a name after `as`");
      return { span: cursor.spanFrom(from), global, segments, tail: { kind: "alias", name } };
    }
    return { span: cursor.spanFrom(from), global, segments, tail: { kind: "name" } };
  });
}
