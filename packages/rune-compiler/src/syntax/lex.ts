// Lexes a source into a token buffer, in one pass without recursion. Mistakes become `error` tokens with a diagnostic,
// so that the parser always gets a complete buffer. Literals are only delimited here; `literal.ts` reads their values.

import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { SourceId } from "./span.ts";
import { KEYWORDS, KIND_INDEX, PUNCTUATION, type TokenBuffer, type TokenKind } from "./token.ts";

const KEYWORD_SET: ReadonlySet<string> = new Set(KEYWORDS);
const PUNCTUATION_SET: ReadonlySet<string> = new Set(PUNCTUATION);
const IDENTIFIER_START = /[\p{XID_Start}_]/u;
const IDENTIFIER_CONTINUE = /\p{XID_Continue}/u;
const WHITE_SPACE = /\p{White_Space}/u;
const ALPHANUMERIC = /[\p{Alphabetic}\p{N}]/u;

/**
 * Lexes `text` from `start` to its end.
 *
 * @param start offset of the first character of code; a `#!` line there is skipped
 */
export function lex(text: string, source: SourceId, start: number, diagnostics: DiagnosticSink): TokenBuffer {
  const lexer = new Lexer(text, source, start, diagnostics);
  return lexer.run();
}

class Lexer {
  readonly #text: string;
  readonly #source: SourceId;
  readonly #diagnostics: DiagnosticSink;
  #at: number;
  #kinds: Uint8Array;
  #starts: Int32Array;
  #ends: Int32Array;
  #count = 0;
  /** Open braces inside each template value that is being lexed, innermost last. */
  readonly #templates: number[] = [];

  constructor(text: string, source: SourceId, start: number, diagnostics: DiagnosticSink) {
    this.#text = text;
    this.#source = source;
    this.#diagnostics = diagnostics;
    this.#at = start;
    const guess = Math.max(64, (text.length - start) >> 1);
    this.#kinds = new Uint8Array(guess);
    this.#starts = new Int32Array(guess);
    this.#ends = new Int32Array(guess);
  }

  run(): TokenBuffer {
    const text = this.#text;
    if (text.startsWith("#!", this.#at) && text[this.#at + 2] !== "[") this.#skipLine();
    while (this.#at < text.length) this.#token();
    if (this.#templates.length > 0) {
      this.#error("unexpected-eof", text.length, text.length, "Unterminated template: the source ends inside `${`");
    }
    this.#emit("eof", text.length, text.length);
    return {
      source: this.#source,
      text,
      count: this.#count,
      kinds: this.#kinds,
      starts: this.#starts,
      ends: this.#ends,
    };
  }

  #emit(kind: TokenKind, start: number, end: number): void {
    if (this.#count === this.#kinds.length) {
      const size = this.#count * 2;
      const kinds = new Uint8Array(size);
      const starts = new Int32Array(size);
      const ends = new Int32Array(size);
      kinds.set(this.#kinds);
      starts.set(this.#starts);
      ends.set(this.#ends);
      this.#kinds = kinds;
      this.#starts = starts;
      this.#ends = ends;
    }
    this.#kinds[this.#count] = KIND_INDEX.get(kind) ?? 0;
    this.#starts[this.#count] = start;
    this.#ends[this.#count] = end;
    this.#count += 1;
  }

  #error(slug: string, start: number, end: number, message: string): void {
    this.#diagnostics.error(`compile/${slug}`, { source: this.#source, start, end }, message);
  }

  #skipLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #token(): void {
    const text = this.#text;
    const start = this.#at;
    const code = text.charCodeAt(start);
    if (code === 32 || (code >= 9 && code <= 13)) {
      this.#at += 1;
      return;
    }
    if (code < 128) {
      if (isAsciiLetter(code) || code === 95) {
        if (code === 98 && text[start + 1] === '"') return this.#string("bytes", start, start + 2);
        if (code === 98 && text[start + 1] === "'") return this.#byte(start);
        return this.#word(start);
      }
      if (isDigit(code)) return this.#number(start);
      if (code === 34) return this.#string("string", start, start + 1);
      if (code === 39) return this.#charOrLabel(start);
      if (code === 96) {
        this.#emit("template-open", start, start + 1);
        this.#at = start + 1;
        return this.#templateText();
      }
      if (code === 47 && text[start + 1] === "/") return this.#lineComment(start);
      if (code === 47 && text[start + 1] === "*") return this.#blockComment(start);
      return this.#punctuation(start);
    }
    const char = String.fromCodePoint(text.codePointAt(start) ?? 0);
    if (WHITE_SPACE.test(char)) {
      this.#at += char.length;
      return;
    }
    if (IDENTIFIER_START.test(char)) return this.#word(start);
    this.#at += char.length;
    this.#unexpected(start, char);
  }

  #unexpected(start: number, char: string): void {
    this.#error("unexpected-char", start, this.#at, `Unexpected character \`${char}\``);
    this.#emit("error", start, this.#at);
  }

  #word(start: number): void {
    const text = this.#text;
    let at = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (isAsciiLetter(code) || isDigit(code) || code === 95) at += 1;
      else if (code >= 128) {
        const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
        if (!IDENTIFIER_CONTINUE.test(char)) break;
        at += char.length;
      } else break;
    }
    this.#at = at;
    const word = text.slice(start, at);
    if (word === "_") this.#emit("_", start, at);
    else this.#emit(KEYWORD_SET.has(word) ? word : "identifier", start, at);
  }

  /** Takes all that could belong to a number, so that `0aardvark` is one bad number and not two tokens. */
  #number(start: number): void {
    const text = this.#text;
    let at = start + 1;
    const radix = text[start] === "0" ? text[at] : undefined;
    const hex = radix === "x";
    if (hex || radix === "b" || radix === "o") at += 1;
    let fractional = false;
    let exponent = false;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 101 && !exponent && !hex) {
        at += 1;
        exponent = true;
        fractional = true;
        if (text[at] === "-" || text[at] === "+") at += 1;
      } else if (code === 46 && !fractional) {
        const next = text.charCodeAt(at + 1);
        if (isAsciiLetter(next) || next === 95 || next === 46) break;
        at += 1;
        fractional = true;
      } else if (isAsciiLetter(code) || isDigit(code) || code === 95) at += 1;
      else if (code >= 128) {
        const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
        if (!ALPHANUMERIC.test(char)) break;
        at += char.length;
      } else break;
    }
    this.#at = at;
    this.#emit("number", start, at);
  }

  #string(kind: "string" | "bytes", start: number, from: number): void {
    const text = this.#text;
    let at = from;
    for (;;) {
      if (at >= text.length) {
        this.#at = text.length;
        const slug = kind === "string" ? "unterminated-str-lit" : "unterminated-byte-str-lit";
        this.#error(slug, start, text.length, 'Unterminated string: expected `"`');
        this.#emit("error", start, text.length);
        return;
      }
      const code = text.charCodeAt(at);
      if (code === 34) break;
      at += code === 92 ? 2 : 1;
    }
    this.#at = at + 1;
    this.#emit(kind, start, at + 1);
  }

  #byte(start: number): void {
    const text = this.#text;
    let at = start + 2;
    while (at < text.length && text[at] !== "'" && text.charCodeAt(at) >= 32) at += text[at] === "\\" ? 2 : 1;
    this.#at = Math.min(at, text.length);
    if (text[at] !== "'") {
      this.#error("unterminated-byte-lit", start, this.#at, "Unterminated byte: expected `'`");
      this.#emit("error", start, this.#at);
      return;
    }
    this.#at = at + 1;
    this.#emit("byte", start, at + 1);
  }

  #charOrLabel(start: number): void {
    const text = this.#text;
    let at = start + 1;
    let label = true;
    let count = 0;
    for (;;) {
      if (at >= text.length) break;
      const code = text.charCodeAt(at);
      if (code === 92) {
        at += 2;
        label = false;
        count += 1;
      } else if (code === 39) {
        at += 1;
        label = false;
        break;
      } else if (isDigit(code) || (code >= 97 && code <= 122)) {
        at += 1;
        count += 1;
      } else if (code < 32 || code === 127) {
        if (label && count > 0) break;
        this.#at = at;
        this.#error("unterminated-char-lit", start, at, "Unterminated character: expected `'`");
        this.#emit("error", start, at);
        return;
      } else if (label && count > 0) break;
      else {
        at += text.codePointAt(at) === undefined || code < 0xd800 || code > 0xdbff ? 1 : 2;
        label = false;
        count += 1;
      }
    }
    this.#at = Math.min(at, text.length);
    if (count > 0 && (label || text[at - 1] === "'")) {
      this.#emit(label ? "label" : "char", start, this.#at);
      return;
    }
    if (count > 0) this.#error("unterminated-char-lit", start, this.#at, "Unterminated character: expected `'`");
    else if (label) this.#error("expected-char-or-label", start, this.#at, "Expected a character or a label after `'`");
    else this.#error("expected-char-close", start, this.#at, "Empty character literal");
    this.#emit("error", start, this.#at);
  }

  #lineComment(start: number): void {
    const text = this.#text;
    const inner = text[start + 2] === "!";
    const outer = text[start + 2] === "/" && text[start + 3] !== "/";
    this.#skipLine();
    if (inner || outer) this.#emit(inner ? "doc-inner" : "doc-outer", start, this.#at);
  }

  #blockComment(start: number): void {
    const text = this.#text;
    const end = text.indexOf("*/", start + 2);
    if (end < 0) {
      this.#at = text.length;
      this.#error("expected-multiline-comment-term", start, text.length, "Unterminated comment: expected `*/`");
      return;
    }
    this.#at = end + 2;
    const inner = text[start + 2] === "!";
    const outer = text[start + 2] === "*" && text[start + 3] !== "*" && end > start + 2;
    if (inner || outer) this.#emit(inner ? "doc-inner" : "doc-outer", start, this.#at);
  }

  /** Lexes template text up to the next `${` or the closing backtick; the position is behind the backtick or a value. */
  #templateText(): void {
    const text = this.#text;
    let start = this.#at;
    let at = start;
    for (;;) {
      if (at >= text.length) {
        this.#at = text.length;
        this.#error("unexpected-eof", start, text.length, "Unterminated template: expected a backtick");
        this.#emit("error", start, text.length);
        return;
      }
      const code = text.charCodeAt(at);
      if (code === 96 || code === 36) {
        if (at > start) this.#emit("template-text", start, at);
        if (code === 96) {
          this.#emit("template-close", at, at + 1);
          this.#at = at + 1;
          return;
        }
        if (text[at + 1] === "{") {
          this.#emit("template-value", at, at + 2);
          this.#templates.push(0);
          this.#at = at + 2;
          return;
        }
        this.#error(
          "unexpected-char",
          at,
          at + 1,
          "Expected `{` after `$` in a template; write `\\$` for the sign itself",
        );
        this.#emit("error", at, at + 1);
        at += 1;
        start = at;
        continue;
      }
      at += code === 92 ? 2 : 1;
    }
  }

  #punctuation(start: number): void {
    const text = this.#text;
    const depth = this.#templates.length - 1;
    const code = text.charCodeAt(start);
    if (depth >= 0 && code === 123) this.#templates[depth] = (this.#templates[depth] ?? 0) + 1;
    if (depth >= 0 && code === 125) {
      const open = this.#templates[depth] ?? 0;
      if (open === 0) {
        this.#templates.pop();
        this.#emit("template-value-end", start, start + 1);
        this.#at = start + 1;
        return this.#templateText();
      }
      this.#templates[depth] = open - 1;
    }
    for (let length = 3; length >= 1; length -= 1) {
      const candidate = text.slice(start, start + length);
      if (candidate.length === length && PUNCTUATION_SET.has(candidate)) {
        this.#at = start + length;
        this.#emit(candidate, start, start + length);
        return;
      }
    }
    this.#at = start + 1;
    this.#unexpected(start, text[start] ?? "");
  }
}

function isAsciiLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
