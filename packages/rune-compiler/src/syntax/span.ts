// Where something stands in source text. Offsets are UTF-16 units, because that is what JavaScript strings index.
// Line and column are computed only when a position is shown (`diagnostics/source-map.ts`).

/** Number of a source within one compilation: the entry is 0, file modules follow in the order they are read. */
export type SourceId = number;

/** Half-open range `[start, end)` of UTF-16 units in one source. */
export interface Span {
  readonly source: SourceId;
  readonly start: number;
  readonly end: number;
}

/** Smallest span that holds both; they are of one source. */
export function joinSpans(first: Span, last: Span): Span {
  return {
    source: first.source,
    start: Math.min(first.start, last.start),
    end: Math.max(first.end, last.end),
  };
}
