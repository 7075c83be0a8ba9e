// Finds the YAML of a manifest in a plugin file and remembers where each of its lines stands in that file.
// Accepted: a plain block between `---` lines, the same inside a block comment, and the same behind line comments.
import { commentSyntax } from "./language.ts";
import type { CommentSyntax } from "./language.ts";
import type { Language } from "@crucible/sandbox";
import type { Mark } from "./diagnostic.ts";

/** The manifest's YAML and the map back to the author's file. */
export interface FrontMatter {
  readonly yaml: string;
  /** For each YAML line: its line in the file (from 1) and how many units were cut off in front of it. */
  readonly origins: readonly { readonly line: number; readonly cut: number }[];
  /** First line after the front matter, from 1. */
  readonly bodyLine: number;
  /** The file as the language reads it: a plain block is blanked, so that lines and columns stay the author's. */
  readonly code: string;
}

/** Where front matter was expected, or began and did not end. */
export interface FrontMatterFault {
  readonly kind: "missing" | "unterminated";
  readonly mark: Mark;
  /** What ends the block that was begun. */
  readonly expected?: string;
}

export type FrontMatterResult = { readonly found: FrontMatter } | { readonly fault: FrontMatterFault };

/**
 * Locates the front matter of a plugin file.
 *
 * @param lines the file's lines without line ends; a byte order mark is ignored
 */
export function locateFrontMatter(lines: readonly string[], language: Language | undefined): FrontMatterResult {
  let start = 0;
  if (lines[0]?.startsWith("#!") === true) start = 1;
  while (start < lines.length && trim(lines[start]) === "") start += 1;
  const first = trim(lines[start]);
  if (first === "---") return readPlain(lines, start);
  const syntax = language === undefined || language === "wasm" ? undefined : commentSyntax[language];
  if (syntax !== undefined) {
    const opening = syntax.blockOpen.exec(first)?.[0];
    if (opening !== undefined) {
      const opensWithMarker = trim(first.slice(opening.length)) === "---";
      const next = trim(stripStar(trim(lines[start + 1]), syntax));
      if (opensWithMarker) return readBlock(lines, start, start + 1, syntax, opening);
      if (first === opening && next === "---") return readBlock(lines, start, start + 2, syntax, opening);
    }
    const marker = [syntax.line, syntax.fileDocLine].find((each) => isMarker(first, each));
    if (marker !== undefined) return readLineComments(lines, start, marker);
  }
  const line = Math.min(start, Math.max(lines.length - 1, 0));
  return { fault: { kind: "missing", mark: { line: line + 1, column: 1, width: lines[line]?.length ?? 0 } } };
}

/** Returns the whole text as YAML, for `plugin.yaml`; a leading `---` line is allowed. */
export function wholeFile(lines: readonly string[]): FrontMatter {
  return {
    yaml: lines.join("\n"),
    origins: lines.map((_, index) => ({ line: index + 1, cut: 0 })),
    bodyLine: lines.length + 1,
    code: "",
  };
}

function readPlain(lines: readonly string[], start: number): FrontMatterResult {
  const end = lines.findIndex((line, index) => index > start && line.trimEnd() === "---");
  if (end < 0) return unterminated(lines, start, "---");
  const blanked = lines.map((line, index) => (index <= end ? "" : line));
  return {
    found: {
      yaml: lines.slice(start + 1, end).join("\n"),
      origins: range(start + 1, end).map((index) => ({ line: index + 1, cut: 0 })),
      bodyLine: end + 2,
      code: blanked.join("\n"),
    },
  };
}

function readBlock(
  lines: readonly string[],
  start: number,
  from: number,
  syntax: CommentSyntax,
  opening: string,
): FrontMatterResult {
  const close = syntax.blockClose(opening);
  // `---`, then the end of the comment on the same line or on the next.
  const isEnd = (index: number): boolean => {
    const text = trim(stripStar(trim(lines[index]), syntax));
    if (text === "---") return trim(lines[index + 1]) === close;
    return text.startsWith("---") && trim(text.slice(3)) === close;
  };
  let end = from;
  while (end < lines.length && !isEnd(end)) end += 1;
  if (end >= lines.length) return unterminated(lines, start, `--- and ${close}`);
  const inside = range(from, end);
  const starred =
    syntax.line === "//" && inside.some((index) => trim(lines[index]) !== "")
      ? inside.every((index) => /^\s*(\*|$)/.test(lines[index] ?? ""))
      : false;
  const cuts = inside.map((index) => (starred ? starWidth(lines[index] ?? "") : 0));
  const closesOnNextLine = trim(stripStar(trim(lines[end]), syntax)) === "---";
  return commented(lines, inside, cuts, closesOnNextLine ? end + 1 : end);
}

function readLineComments(lines: readonly string[], start: number, marker: string): FrontMatterResult {
  let end = start + 1;
  for (; end < lines.length; end += 1) {
    const line = trim(lines[end]);
    if (!line.startsWith(marker)) return unterminated(lines, start, `${marker} ---`);
    if (isMarker(line, marker)) break;
  }
  if (end >= lines.length) return unterminated(lines, start, `${marker} ---`);
  const inside = range(start + 1, end);
  const afterMarker = inside.map((index) => (lines[index] ?? "").indexOf(marker) + marker.length);
  // One blank behind the marker belongs to the comment when every line that has content has it.
  const spaced = inside.every((index, at) => /^(\s|$)/.test((lines[index] ?? "").slice(afterMarker[at])));
  const cuts = inside.map((index, at) =>
    Math.min((lines[index] ?? "").length, (afterMarker[at] ?? 0) + (spaced ? 1 : 0)),
  );
  return commented(lines, inside, cuts, end);
}

function commented(
  lines: readonly string[],
  inside: readonly number[],
  cuts: readonly number[],
  last: number,
): FrontMatterResult {
  return {
    found: {
      yaml: inside.map((index, at) => (lines[index] ?? "").slice(cuts[at])).join("\n"),
      origins: inside.map((index, at) => ({ line: index + 1, cut: cuts[at] ?? 0 })),
      bodyLine: last + 2,
      code: lines.join("\n"),
    },
  };
}

function unterminated(lines: readonly string[], start: number, expected: string): FrontMatterResult {
  const mark = { line: start + 1, column: 1, width: lines[start]?.length ?? 1 };
  return { fault: { kind: "unterminated", mark, expected } };
}

function isMarker(line: string, marker: string | undefined): boolean {
  // A blank must stand between: `-----` is a ruler in Lua, and `---` opens a doc comment there.
  return marker !== undefined && line.startsWith(marker) && /^\s+---$/.test(line.slice(marker.length));
}

function stripStar(line: string, syntax: CommentSyntax): string {
  return syntax.line === "//" && line.startsWith("*") && !line.startsWith("*/") ? line.slice(1) : line;
}

function starWidth(line: string): number {
  return /^\s*\*? ?/.exec(line)?.[0].length ?? 0;
}

function trim(line: string | undefined): string {
  return (line ?? "").trim();
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}
