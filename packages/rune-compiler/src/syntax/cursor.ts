// Walks a token range for the parser: looking ahead, expecting, reporting, bounding depth and getting back on track.
// A syntax error is reported once where it stands and then abandons the statement or item around it.

import type { DiagnosticExtra, DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { Block, Expression } from "./ast-expression.ts";
import type { Item } from "./ast-item.ts";
import type { Pattern } from "./ast-pattern.ts";
import type { Span } from "./span.ts";
import { kindAt, spanAt, textAt, type TokenKind, type TokenRange } from "./token.ts";

/** How deep expressions, patterns, blocks and items may nest together. Later passes recurse as deep as this. */
export const MAX_NESTING = 256;

/** How an expression is read: `brace` allows `Path { … }`, `binary` operators, `callable` a `(` or `[` after a block. */
export interface ExpressionMode {
  readonly brace: boolean;
  readonly binary: boolean;
  readonly callable: boolean;
}

/** The mode of an expression between delimiters. */
export const FULL_EXPRESSION: ExpressionMode = { brace: true, binary: true, callable: true };

/** The productions that call each other across files. */
export interface Grammar {
  expression(cursor: Cursor, mode: ExpressionMode): Expression;
  pattern(cursor: Cursor): Pattern;
  block(cursor: Cursor): Block;
  /** An item at the cursor, or null if none starts there; attributes and visibility are part of it. */
  item(cursor: Cursor): Item | null;
}

/** Thrown inside the parser after a report, and caught by the statement or item that is given up. */
export class Abandoned {
  /** True when the whole source is given up. */
  readonly entirely: boolean;

  constructor(entirely: boolean) {
    this.entirely = entirely;
  }
}

const OPENING: ReadonlySet<TokenKind> = new Set(["(", "[", "{", "template-value"]);
/** Closing delimiters with those that open. */
const CLOSING: ReadonlyMap<TokenKind, TokenKind> = new Map([
  [")", "("],
  ["]", "["],
  ["}", "{"],
  ["template-value-end", "template-value"],
]);
const ITEM_START: ReadonlySet<TokenKind> = new Set(["fn", "struct", "enum", "impl", "mod", "use", "static", "pub"]);

/** What can follow a block that ended a statement, and cannot go on with it. */
const STATEMENT_START: ReadonlySet<TokenKind> = new Set([
  "let",
  "identifier",
  "if",
  "match",
  "for",
  "while",
  "loop",
  "return",
  "break",
  "continue",
]);

/** State of one parse. */
export class Cursor {
  readonly grammar: Grammar;
  readonly diagnostics: DiagnosticSink;
  readonly #range: TokenRange;
  #at: number;
  #depth = 0;
  /** For each open block, the nested blocks with items that were found in it. */
  #scopes: Block[] = [];

  constructor(grammar: Grammar, range: TokenRange, diagnostics: DiagnosticSink) {
    this.grammar = grammar;
    this.diagnostics = diagnostics;
    this.#range = range;
    this.#at = range.from;
  }

  /** Index of the next token in the buffer. */
  get position(): number {
    return this.#at;
  }

  /** Kind of the next token, or of one further on; `eof` past the range. */
  peek(ahead = 0): TokenKind {
    const index = this.#at + ahead;
    return index < this.#range.to ? kindAt(this.#range.buffer, index) : "eof";
  }

  /** Text of the next token. */
  text(): string {
    return textAt(this.#range.buffer, this.#at);
  }

  /** Span of the next token; at the end of the range, the empty place there. */
  span(): Span {
    if (this.#at < this.#range.to) return spanAt(this.#range.buffer, this.#at);
    const last = this.#range.to > this.#range.from ? spanAt(this.#range.buffer, this.#range.to - 1) : null;
    const end = last?.end ?? spanAt(this.#range.buffer, this.#range.from).start;
    return { source: this.#range.buffer.source, start: end, end };
  }

  /** Span from the token with index `from` to the last token taken. */
  spanFrom(from: number): Span {
    const { buffer } = this.#range;
    const first = from < this.#range.to ? spanAt(buffer, from) : this.span();
    if (this.#at <= from) return { source: first.source, start: first.start, end: first.start };
    return { source: first.source, start: first.start, end: buffer.ends[this.#at - 1] ?? first.end };
  }

  /** Span from an offset to the last token taken. */
  spanSince(start: number): Span {
    const end = this.#range.buffer.ends[this.#at - 1] ?? start;
    return { source: this.#range.buffer.source, start, end: Math.max(start, end) };
  }

  /** Tokens from index `from` up to the next token. */
  rangeFrom(from: number): TokenRange {
    return { buffer: this.#range.buffer, from, to: this.#at };
  }

  /** Takes the next token, whatever it is. */
  advance(): void {
    if (this.#at < this.#range.to) this.#at += 1;
  }

  /** Takes the next token if it is of the kind, and tells its span. */
  eat(kind: TokenKind): Span | null {
    if (this.peek() !== kind) return null;
    const span = this.span();
    this.advance();
    return span;
  }

  /** Takes a token of the kind or abandons. */
  expect(kind: TokenKind, where: string): Span {
    const span = this.eat(kind);
    if (span !== null) return span;
    const end = this.#at > this.#range.from ? (this.#range.buffer.ends[this.#at - 1] ?? 0) : 0;
    const place = { source: this.#range.buffer.source, start: Math.max(0, end - 1), end };
    const labels = kind === ";" && end > 0 ? [{ span: place, message: "`;` is missing behind this" }] : [];
    return this.unexpected(`\`${kind}\` ${where}`, { labels });
  }

  /** Reports that something else was expected here, and abandons. */
  unexpected(expected: string, extra?: DiagnosticExtra): never {
    const kind = this.peek();
    if (kind === "error") return this.abandon();
    if (kind === "eof") return this.fail("unexpected-eof", this.span(), `Unexpected end: expected ${expected}`, extra);
    const found = describe(kind, this.text());
    return this.fail("expected-token", this.span(), `Unexpected ${found}: expected ${expected}`, extra);
  }

  /** Reports and abandons the statement or item. */
  fail(slug: string, span: Span, message: string, extra?: DiagnosticExtra): never {
    this.report(slug, span, message, extra);
    return this.abandon();
  }

  /** Reports and goes on. */
  report(slug: string, span: Span, message: string, extra?: DiagnosticExtra): void {
    this.diagnostics.error(`compile/${slug}`, span, message, extra);
  }

  abandon(): never {
    // A mark for the statement around, never seen outside the parser.
    // eslint-disable-next-line typescript/only-throw-error
    throw new Abandoned(this.diagnostics.full);
  }

  /** Runs a production one level deeper; past the bound the whole source is given up. */
  nested<Result>(production: () => Result): Result {
    if (this.#depth >= MAX_NESTING) {
      this.report("nesting-too-deep", this.span(), `Source is nested more than ${MAX_NESTING} levels deep`, {
        help: "Split the expression or block into functions",
      });
      // eslint-disable-next-line typescript/only-throw-error
      throw new Abandoned(true);
    }
    this.#depth += 1;
    try {
      return production();
    } finally {
      this.#depth -= 1;
    }
  }

  /** Runs a production that opens a scope; gives its blocks with items too. */
  collectScopes<Result>(production: () => Result): { readonly result: Result; readonly scopes: readonly Block[] } {
    const outer = this.#scopes;
    const scopes: Block[] = [];
    this.#scopes = scopes;
    try {
      return { result: production(), scopes };
    } finally {
      this.#scopes = outer;
    }
  }

  /** Records a block with items for the scope around it. */
  addScope(block: Block): void {
    this.#scopes.push(block);
  }

  /** Runs a production; if it is abandoned, skips to where the next statement or item can start and gives null. */
  recover<Result>(production: () => Result): Result | null {
    const from = this.#at;
    try {
      return production();
    } catch (mark) {
      if (!(mark instanceof Abandoned) || mark.entirely) throw mark;
      this.#skipStatement(from);
      return null;
    }
  }

  /**
   * Skips to behind the `;` that ends the statement, or to the `}` of the block around, or to a word that starts an
   * item. A `;` and a `}` also end what was left open in parentheses or brackets: they cannot stand in there.
   */
  #skipStatement(from: number): void {
    const open = new OpenDelimiters();
    for (let index = from; index < this.#at; index += 1) open.follow(kindAt(this.#range.buffer, index));
    if (this.#at === from && !CLOSING.has(this.peek())) {
      open.follow(this.peek());
      this.advance();
    }
    for (;;) {
      const kind = this.peek();
      if (kind === "eof" || (kind === "}" && !open.nested)) return;
      if (open.empty && ITEM_START.has(kind)) return;
      open.follow(kind);
      this.advance();
      if (kind === ";" && !open.nested) return;
      if (kind === "}" && open.empty && STATEMENT_START.has(this.peek())) return;
    }
  }
}

/** Delimiters that are open, while tokens are skipped: one that closes takes those inside it along. */
class OpenDelimiters {
  readonly #stack: TokenKind[] = [];
  readonly #counts = new Map<TokenKind, number>();

  get empty(): boolean {
    return this.#stack.length === 0;
  }

  /** Whether statements may stand here: something in braces is open. */
  get nested(): boolean {
    return (this.#counts.get("{") ?? 0) + (this.#counts.get("template-value") ?? 0) > 0;
  }

  follow(kind: TokenKind): void {
    if (OPENING.has(kind)) {
      this.#stack.push(kind);
      this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
      return;
    }
    const opening = CLOSING.get(kind);
    if (opening === undefined || (this.#counts.get(opening) ?? 0) === 0) return;
    for (let top = this.#stack.pop(); top !== undefined; top = this.#stack.pop()) {
      this.#counts.set(top, (this.#counts.get(top) ?? 1) - 1);
      if (top === opening) return;
    }
  }
}

function describe(kind: TokenKind, text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  switch (kind) {
    case "identifier":
      return `name \`${shown}\``;
    case "label":
      return `label \`${shown}\``;
    case "number":
    case "char":
    case "byte":
    case "string":
    case "bytes":
      return `literal \`${shown}\``;
    default:
      return `\`${shown}\``;
  }
}
