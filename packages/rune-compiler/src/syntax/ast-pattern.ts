// The abstract syntax tree, patterns.

import type { Literal } from "./ast-expression.ts";
import type { Attribute } from "./ast-item.ts";
import type { Identifier, Path } from "./ast-name.ts";
import type { Span } from "./span.ts";

interface PatternHead {
  readonly span: Span;
  readonly attributes: readonly Attribute[];
}

export type Pattern =
  | IgnorePattern
  | RestPattern
  | PathPattern
  | LiteralPattern
  | TuplePattern
  | VecPattern
  | ObjectPattern
  | ErrorPattern;

/** `_`. */
export interface IgnorePattern extends PatternHead {
  readonly kind: "ignore";
}

/** `..`, meaningful only as the last element of a sequence. */
export interface RestPattern extends PatternHead {
  readonly kind: "rest";
}

/** A binding, or a unit struct, variant or constant: resolution decides. */
export interface PathPattern extends PatternHead {
  readonly kind: "path";
  readonly path: Path;
}

/** A literal, for numbers with `negative` for a leading minus. */
export interface LiteralPattern extends PatternHead {
  readonly kind: "literal";
  readonly negative: boolean;
  readonly literal: Literal;
}

/** `(a, b)`, `Path(a, b)`. */
export interface TuplePattern extends PatternHead {
  readonly kind: "tuple";
  readonly path: Path | null;
  readonly elements: readonly Pattern[];
}

export interface VecPattern extends PatternHead {
  readonly kind: "vec";
  readonly elements: readonly Pattern[];
}

/** `#{a, "b": p, ..}` (`path` null) or `Path { a, b: p, .. }`. */
export interface ObjectPattern extends PatternHead {
  readonly kind: "object";
  readonly path: Path | null;
  readonly fields: readonly PatternField[];
  /** Span of a trailing `..`. */
  readonly rest: Span | null;
}

export interface PatternField {
  readonly span: Span;
  readonly key: Identifier;
  readonly quoted: boolean;
  /** Null for the short form, which binds the key. */
  readonly pattern: Pattern | null;
}

export interface ErrorPattern extends PatternHead {
  readonly kind: "error";
}
