// The abstract syntax tree, names: identifiers, labels and paths. Names are unresolved; `resolve/` gives them meaning.

import type { Expression } from "./ast-expression.ts";
import type { Span } from "./span.ts";

/** A name as it is written. */
export interface Identifier {
  readonly name: string;
  readonly span: Span;
}

/** `'label`, without the quote in `name`. */
export interface Label {
  readonly name: string;
  readonly span: Span;
}

/** `a::b`, `::a`, `self::x`, `Self::f::<T>`. */
export interface Path {
  readonly span: Span;
  /** Span of a leading `::`. */
  readonly global: Span | null;
  /** Never empty. */
  readonly segments: readonly PathSegment[];
}

export interface PathSegment {
  readonly kind: "name" | "self" | "Self" | "super" | "crate";
  readonly name: string;
  readonly span: Span;
  /** Turbofish arguments, null without `::<…>`. */
  readonly generics: readonly Expression[] | null;
  readonly genericsSpan: Span | null;
}
