// Tokens, kept as parallel typed arrays so that a source of many megabytes costs a few bytes a token.
// A token has no text of its own: the source is sliced when the text is wanted.

import type { SourceId, Span } from "./span.ts";

/** Words that cannot name anything, including those without a use yet. `default`, `self` and others are real tokens. */
export const KEYWORDS: readonly string[] = [
  "abstract", "alignof", "as", "async", "await", "become", "break", "const", "continue", "crate", "default", "do",
  "else", "enum", "extern", "false", "final", "fn", "for", "if", "impl", "in", "is", "let", "loop", "macro", "match",
  "mod", "move", "mut", "not", "offsetof", "override", "priv", "proc", "pub", "pure", "ref", "return", "select",
  "self", "Self", "static", "struct", "super", "true", "typeof", "unsafe", "use", "virtual", "while", "yield",
]; // prettier-ignore

/** Operators and delimiters, longest first where one is a prefix of another. */
export const PUNCTUATION: readonly string[] = [
  "<<=", ">>=",  "..=",
  "=>", "->", "::", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "^=", "&=", "|=", "<<", ">>", "..",
  "{", "}", "[", "]", "(", ")",
  "+", "-", "*", "/", "%", "^", "!", "&", "|", "@", ".", ",", ":", ";", "#", "=", "?", "<", ">", "$", "~", "_",
]; // prettier-ignore

/** Kinds that are not spelled by a fixed text. */
export const VARIABLE_KINDS = [
  "eof", "identifier", "label", "number", "char", "byte", "string", "bytes",
  "template-open", "template-text", "template-value", "template-value-end", "template-close",
  "doc-outer", "doc-inner",
  "error",
] as const; // prettier-ignore

/** Name of a token's kind: its text for words and punctuation, else one of `VARIABLE_KINDS`. */
export type TokenKind = string;

/** All kinds; a token stores the index into this table. */
export const TOKEN_KINDS: readonly TokenKind[] = [...VARIABLE_KINDS, ...KEYWORDS, ...PUNCTUATION];

/** Kind name → index in `TOKEN_KINDS`. */
export const KIND_INDEX: ReadonlyMap<TokenKind, number> = new Map(TOKEN_KINDS.map((kind, index) => [kind, index]));

/** The tokens of one source; the last one is `eof`. White space and plain comments are not tokens. */
export interface TokenBuffer {
  readonly source: SourceId;
  readonly text: string;
  readonly count: number;
  /** Index into `TOKEN_KINDS`. */
  readonly kinds: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Tokens `[from, to)` of a buffer: what a macro or an attribute was given. */
export interface TokenRange {
  readonly buffer: TokenBuffer;
  readonly from: number;
  readonly to: number;
}

/** Kind of the token at `index`. */
export function kindAt(buffer: TokenBuffer, index: number): TokenKind {
  return TOKEN_KINDS[buffer.kinds[index] ?? 0] ?? "eof";
}

/** Text of the token at `index`, as written. */
export function textAt(buffer: TokenBuffer, index: number): string {
  return buffer.text.slice(buffer.starts[index], buffer.ends[index]);
}

/** Span of the token at `index`. */
export function spanAt(buffer: TokenBuffer, index: number): Span {
  return { source: buffer.source, start: buffer.starts[index] ?? 0, end: buffer.ends[index] ?? 0 };
}
