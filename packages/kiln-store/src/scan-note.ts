// Finds what the body of a note contains, in one pass over its lines: headings, links, tags, blocks and callouts.
// The grammar is Obsidian's. What stands inside one line is found by scan-line.ts.
import { scanLine, type NoteLink, type NoteTag } from "./scan-line.ts";
import type { NoteProblem } from "./front-matter.ts";

export interface NoteHeading {
  readonly level: number;
  readonly text: string;
  /** Line of the file, counted from 1. */
  readonly line: number;
  /** Offset in the body of the first character of the heading's line. */
  readonly start: number;
}

export interface NoteBlock {
  /** Name after the caret. */
  readonly id: string;
  readonly line: number;
}

export interface NoteCallout {
  /** Lower case, such as `note` or `warning`. */
  readonly type: string;
  readonly title: string;
  /** Whether it can be folded, and how it starts. */
  readonly fold: "none" | "open" | "closed";
  readonly line: number;
}

export interface ScannedBody {
  readonly headings: readonly NoteHeading[];
  readonly links: readonly NoteLink[];
  readonly tags: readonly NoteTag[];
  readonly blocks: readonly NoteBlock[];
  readonly callouts: readonly NoteCallout[];
  readonly problems: readonly NoteProblem[];
}

interface OpenFence {
  readonly mark: string;
  readonly length: number;
  readonly line: number;
  readonly quoted: boolean;
}

const fencePattern = /^[ \t]*(`{3,}|~{3,})(.*)$/u;
const atxPattern = /^ {0,3}(#{1,6})(?:[ \t]+(.*))?$/u;
const setextPattern = /^ {0,3}(?:(=+)|(-+))[ \t]*$/u;
const listPattern = /^[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)/u;
const calloutPattern = /^[ \t]*\[!([^\]\n]+)\]([+-]?)[ \t]*(.*)$/u;
const blockPattern = /(?:^|[ \t])\^([A-Za-z0-9-]+)[ \t]*$/u;
const quotePattern = /^(?: {0,3}>[ \t]?)+/u;

/**
 * Scans a body whose first line is line `firstLine` of its file. Offsets in the result count from the body's start.
 * Linear in the length of the body.
 */
export function scanBody(body: string, firstLine: number): ScannedBody {
  const headings: NoteHeading[] = [];
  const links: NoteLink[] = [];
  const tags: NoteTag[] = [];
  const blocks: NoteBlock[] = [];
  const callouts: NoteCallout[] = [];
  const problems: NoteProblem[] = [];

  let fence: OpenFence | undefined;
  /** End mark of a comment (`%%`, `-->`) or of a formula (`$$`) that runs over several lines. */
  let region: string | undefined;
  let inList = false;
  let previousBlank = true;
  let previousIndentedCode = false;
  let paragraph: { readonly text: string; readonly line: number; readonly start: number } | undefined;

  let line = firstLine;
  for (let start = 0; start <= body.length; line += 1) {
    const newline = body.indexOf("\n", start);
    const next = newline < 0 ? body.length + 1 : newline + 1;
    let end = newline < 0 ? body.length : newline;
    if (end > start && body.charCodeAt(end - 1) === 13) end -= 1;
    const text = body.slice(start, end);
    const lineStart = start;
    start = next;

    const quote = text.trimStart().startsWith(">") ? (quotePattern.exec(text)?.[0] ?? "") : "";
    const inner = quote === "" ? text : text.slice(quote.length);

    if (fence !== undefined) {
      if (fence.quoted && quote === "") fence = undefined;
      else {
        const closing = readFence(fence.quoted ? inner : text);
        if (closing?.mark === fence.mark && closing.length >= fence.length && closing.rest.trim() === "")
          fence = undefined;
        paragraph = undefined;
        previousBlank = false;
        continue;
      }
    }

    if (region === undefined) {
      const blank = inner.trim() === "";
      if (blank) {
        previousBlank = true;
        paragraph = undefined;
        continue;
      }
      const opening = readFence(inner);
      // Backticks behind backticks are a code span.
      const isSpan = opening?.mark === "`" && opening.rest.includes("`");
      if (opening !== undefined && !isSpan && (inList || indentOf(inner) < 4)) {
        fence = { mark: opening.mark, length: opening.length, line, quoted: quote !== "" };
        paragraph = undefined;
        continue;
      }
      const indented = indentOf(inner) >= 4;
      if (indented && !inList && (previousBlank || previousIndentedCode) && quote === "") {
        previousIndentedCode = true;
        previousBlank = false;
        continue;
      }
      previousIndentedCode = false;
      if (listPattern.test(inner)) inList = true;
      else if (previousBlank && indentOf(inner) === 0) inList = false;

      const atx = atxPattern.exec(inner);
      const underline = atx === null && paragraph !== undefined ? setextPattern.exec(inner) : null;
      if (atx !== null) {
        headings.push({
          level: (atx[1] ?? "#").length,
          text: (atx[2] ?? "").replace(/(?:^|[ \t]+)#+[ \t]*$/u, "").trim(),
          line,
          start: lineStart,
        });
        inList = false;
      } else if (underline !== null && paragraph !== undefined) {
        headings.push({
          level: underline[1] === undefined ? 2 : 1,
          text: paragraph.text.trim(),
          line: paragraph.line,
          start: paragraph.start,
        });
        paragraph = undefined;
        previousBlank = false;
        continue;
      }
      if (quote !== "") {
        const callout = calloutPattern.exec(inner);
        if (callout !== null) {
          callouts.push({
            type: (callout[1] ?? "").trim().toLowerCase(),
            title: (callout[3] ?? "").trim(),
            fold: callout[2] === "" ? "none" : callout[2] === "+" ? "open" : "closed",
            line,
          });
        }
      }
      const plain =
        atx === null && quote === "" && !listPattern.test(inner) && !indented && !inner.trimStart().startsWith("|");
      paragraph =
        plain && paragraph === undefined ? { text: inner, line, start: lineStart } : plain ? paragraph : undefined;
      previousBlank = false;
    }

    region = scanLine(text, lineStart, line, region, links, tags);
    if (region === undefined) {
      const block = blockPattern.exec(inner);
      if (block?.[1] !== undefined) blocks.push({ id: block[1], line });
    }
  }
  if (fence !== undefined) problems.push({ line: fence.line, message: "The code fence is not closed" });
  if (region !== undefined && region !== "$$")
    problems.push({ line: line - 1, message: `A comment is not closed by ${region}` });
  return { headings, links, tags, blocks, callouts, problems };
}

function readFence(
  line: string,
): { readonly mark: string; readonly length: number; readonly rest: string } | undefined {
  const found = fencePattern.exec(line);
  const marks = found?.[1] ?? "";
  return found === null ? undefined : { mark: marks.charAt(0), length: marks.length, rest: found[2] ?? "" };
}

function indentOf(text: string): number {
  let indent = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (character === 32) indent += 1;
    else if (character === 9) indent += 4 - (indent % 4);
    else break;
  }
  return indent;
}

/**
 * Counts words: runs of letters and digits, with single hyphens and apostrophes inside, and each Han, Hiragana or Katakana
 * character for itself. Starts of words are counted, because a word may be as long as a note.
 */
export function countWords(body: string): number {
  return body.match(wordStart)?.length ?? 0;
}

const single = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]`;
const letter = String.raw`(?!${single})[\p{L}\p{N}\p{M}]`;
const wordStart = new RegExp(`${single}|(?<!${letter}['’_-]?)${letter}`, "gu");
