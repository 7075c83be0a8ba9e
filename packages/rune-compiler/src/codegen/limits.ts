// Sizes of functions that every WebAssembly engine accepts (WebAssembly JavaScript Interface, implementation limits).

import type { Span } from "../syntax/span.ts";

/** Locals of one function, parameters included. */
export const MAX_LOCALS = 50_000;
/** Bytes of one function's body. */
export const MAX_BODY = 7_654_321;

/** Thrown when a function of the program is larger than an engine accepts. */
export class TooLarge extends Error {
  readonly span: Span;

  constructor(message: string, span: Span) {
    super(message);
    this.span = span;
  }
}
