// Cuts a note into the pieces that are searched: one for each section, with its headings in front.
import type { Note } from "../read-note.ts";

export interface NoteChunk {
  /** Headings from the outermost to the section's own, joined by ` > `; empty before the first heading. */
  readonly heading: string;
  /** Line of the file, counted from 1, on which the piece starts. */
  readonly line: number;
  /** Text of the section without markup. */
  readonly text: string;
}

/** Sections above this length are cut at paragraphs; about what the default embedder reads of a text. */
const maxCharacters = 900;
const maxChunks = 2000;

/**
 * Chunks a note. Empty sections are left out, except that a note without any text has one chunk, so that it can be found
 * by its title. The result depends on the note's path and text only.
 */
export function chunkNote(note: Note): readonly NoteChunk[] {
  const chunks: NoteChunk[] = [];
  const lines = note.content.split("\n");
  const lineCount = lines.at(-1) === "" ? lines.length - 1 : lines.length;
  const firstLine = note.body_line;
  const path: { level: number; text: string }[] = [];
  const starts = [...note.headings, undefined];
  let from = firstLine;
  let heading = "";
  for (const next of starts) {
    const to = next?.line ?? firstLine + lineCount;
    addSection(chunks, heading, lines.slice(from - firstLine, to - firstLine), from);
    if (next === undefined || chunks.length >= maxChunks) break;
    while ((path.at(-1)?.level ?? 0) >= next.level) path.pop();
    path.push({ level: next.level, text: plainText(next.text) });
    heading = path
      .map((each) => each.text)
      .filter((text) => text !== "")
      .join(" > ");
    from = next.line + headingLines(lines, next.line - firstLine);
  }
  return chunks.length > 0 ? chunks : [{ heading, line: firstLine, text: "" }];
}

/** What is embedded and what terms are made of: the note's title, its headings and the text. */
export function chunkSource(title: string, chunk: Pick<NoteChunk, "heading" | "text">): string {
  const headed =
    chunk.heading === title || chunk.heading.startsWith(`${title} > `)
      ? chunk.heading
      : chunk.heading === ""
        ? title
        : `${title} > ${chunk.heading}`;
  return chunk.text === "" ? headed : `${headed}\n${chunk.text}`;
}

/**
 * Text without Markdown's marks: links become what is shown, emphasis and fences disappear, code stays. Takes time in
 * proportion to the text, whatever it is.
 */
export function plainText(markdown: string): string {
  let text = markdown.includes("<!--") ? withoutComments(markdown) : markdown;
  if (text.includes("[["))
    text = text.replace(/!?\[\[([^[\]|\n]*)\]\]/gu, (_, target: string) => target.replace(/#\^?/u, " "));
  for (const { mark, pattern, replacement } of markup) {
    if (mark === "" || text.includes(mark)) text = text.replace(pattern, replacement);
  }
  return text.trim();
}

function withoutComments(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let start = text.indexOf("<!--"); start >= 0; start = text.indexOf("<!--", from)) {
    const end = text.indexOf("-->", start + 4);
    if (end < 0) break;
    parts.push(text.slice(from, start), " ");
    from = end + 3;
  }
  return parts.join("") + text.slice(from);
}

/**
 * Replacements in their order; each is tried only where its mark occurs, because most texts have few of them. No pattern may
 * begin where a failed one began before, or read what a neighbouring part of it reads: a note may repeat a mark a million times.
 */
const markup: readonly { readonly mark: string; readonly pattern: RegExp; readonly replacement: string }[] = [
  { mark: "\r", pattern: /\r\n/gu, replacement: "\n" },
  { mark: "%%", pattern: /%%[\s\S]*?%%/gu, replacement: " " },
  { mark: "|", pattern: /!?\[\[[^[\]|\n]*\|([^[\]\n]*)\]\]/gu, replacement: "$1" },
  { mark: "](", pattern: /!?\[([^[\]\n]*)\]\((?:[^()\n]|\([^()\n]*\))*\)/gu, replacement: "$1" },
  { mark: "```", pattern: /^[ \t]*`{3,}.*$/gmu, replacement: "" },
  { mark: "~~~", pattern: /^[ \t]*~{3,}.*$/gmu, replacement: "" },
  { mark: "", pattern: /[ \t]{2,}|\t/gu, replacement: " " },
  { mark: ">", pattern: /^(?: ?>)+ ?(?:\[![^\]\n]*\][+-]? ?)?/gmu, replacement: "" },
  { mark: " ", pattern: /^ ?(?:[-*+]|\d{1,9}[.)]) (?:\[[ xX]\] )?/gmu, replacement: "" },
  { mark: "^", pattern: / \^[A-Za-z0-9-]+ ?$/gmu, replacement: "" },
  { mark: "**", pattern: /\*\*/gu, replacement: "" },
  { mark: "__", pattern: /__/gu, replacement: "" },
  { mark: "~~", pattern: /~~/gu, replacement: "" },
  { mark: "==", pattern: /==/gu, replacement: "" },
  { mark: "`", pattern: /`+/gu, replacement: "" },
  { mark: "*", pattern: /(?<![\p{L}\p{N}])\*(?=\S)|(?<=\S)\*(?![\p{L}\p{N}])/gu, replacement: "" },
  { mark: "_", pattern: /(?<![\p{L}\p{N}])_(?=\S)|(?<=\S)_(?![\p{L}\p{N}])/gu, replacement: "" },
  { mark: "---", pattern: /^ ?(?:\| ?)?(?::?-{3,}:? ?\| ?)+:?-*:? ?$/gmu, replacement: "" },
  { mark: "|", pattern: / ?\| ?/gu, replacement: " " },
  { mark: "<", pattern: /<\/?[a-z][^<>\n]*>/giu, replacement: "" },
  { mark: "  ", pattern: / {2,}/gu, replacement: " " },
  { mark: " \n", pattern: / \n/gu, replacement: "\n" },
  { mark: "\n ", pattern: /\n /gu, replacement: "\n" },
  { mark: "\n\n\n", pattern: /\n{3,}/gu, replacement: "\n\n" },
];

function addSection(chunks: NoteChunk[], heading: string, lines: readonly string[], firstLine: number): void {
  let piece: string[] = [];
  let length = 0;
  let start = firstLine;
  const flush = (next: number): void => {
    const text = plainText(piece.join("\n"));
    if (text !== "" && chunks.length < maxChunks)
      for (const part of splitLong(text)) chunks.push({ heading, line: start, text: part });
    piece = [];
    length = 0;
    start = next;
  };
  for (const [index, line] of lines.entries()) {
    const blank = line.trim() === "";
    if (piece.length === 0) {
      if (blank) continue;
      start = firstLine + index;
    }
    // A paragraph that would make the piece too long starts the next one.
    if (
      length > 0 &&
      length + line.length > maxCharacters &&
      (blank || (lines[index - 1] ?? "").trim() === "" || length > maxCharacters)
    ) {
      flush(firstLine + index);
      if (blank) continue;
      start = firstLine + index;
    }
    piece.push(line);
    length += line.length + 1;
  }
  flush(firstLine + lines.length);
}

/** Cuts a paragraph without line ends at spaces; most texts pass whole. */
function splitLong(text: string): string[] {
  if (text.length <= maxCharacters * 2) return [text];
  const parts: string[] = [];
  let rest = text;
  while (rest.length > maxCharacters * 2) {
    const space = rest.lastIndexOf(" ", maxCharacters);
    const at = space > maxCharacters / 2 ? space : surrogateSafe(rest, maxCharacters);
    parts.push(rest.slice(0, at).trim());
    rest = rest.slice(at).trimStart();
  }
  parts.push(rest);
  return parts.filter((part) => part !== "");
}

function surrogateSafe(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}

/** A heading that is underlined takes its line and the next one. */
function headingLines(lines: readonly string[], index: number): number {
  return /^ {0,3}#{1,6}(?:[ \t]|\r?$)/u.test(lines[index]?.replace(/^(?: {0,3}>[ \t]?)+/u, "") ?? "") ? 1 : 2;
}
