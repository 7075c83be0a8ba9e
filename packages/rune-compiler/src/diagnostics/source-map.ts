// Sources by number, and lines and columns of offsets. Line starts are found once per source, when first asked for.

import type { SourceId, Span } from "../syntax/span.ts";

/** A source as its author sees it. `start` is where the code begins, after front matter. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly start: number;
}

/** A place for people: both count from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The sources of one compilation; spans name them by index. */
export interface SourceMap {
  readonly sources: readonly Source[];
  add(source: Source): SourceId;
  /** Line and column of an offset; an offset past the end is the end. */
  position(source: SourceId, offset: number): Position;
  /** Text of one line without its line break; lines count from 1. */
  line(source: SourceId, line: number): string;
  /** The source text of a span. */
  slice(span: Span): string;
}

/** Makes a map, with the sources given. */
export function createSourceMap(initial: readonly Source[] = []): SourceMap {
  const sources: Source[] = [...initial];
  const lineStarts: (readonly number[] | undefined)[] = [];
  const text = (source: SourceId): string => sources[source]?.text ?? "";
  const startsOf = (source: SourceId): readonly number[] => {
    const known = lineStarts[source];
    if (known !== undefined) return known;
    const found = findLineStarts(text(source));
    lineStarts[source] = found;
    return found;
  };
  return {
    sources,
    add(source) {
      sources.push(source);
      return sources.length - 1;
    },
    position(source, offset) {
      const starts = startsOf(source);
      const at = Math.max(0, Math.min(offset, text(source).length));
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= at) low = middle;
        else high = middle - 1;
      }
      return { line: low + 1, column: at - (starts[low] ?? 0) + 1 };
    },
    line(source, line) {
      const starts = startsOf(source);
      const whole = text(source);
      return whole.slice(starts[line - 1] ?? whole.length, starts[line] ?? whole.length).replace(/\r?\n$/u, "");
    },
    slice: (span) => text(span.source).slice(span.start, span.end),
  };
}

function findLineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
