// Turns the bytes of a file into a note, or says clearly why they are none.
import { fail, succeed, type Outcome } from "@crucible/sandbox/outcome";
import type { FrontMatter, FrontMatterValue } from "./front-matter-value.ts";
import { parseFrontMatter, splitNote, type NoteProblem } from "./front-matter.ts";
import type { FileStamp } from "./kiln-files.ts";
import { noteStem } from "./note-path.ts";
import { scanProperty, type NoteLink } from "./scan-line.ts";
import { countWords, scanBody, type NoteBlock, type NoteCallout, type NoteHeading } from "./scan-note.ts";

/** A note as it was read. The names are those under which guests see them. */
export interface Note {
  /** Path from the kiln's root, ending in `.md`. */
  readonly path: string;
  /** `title` of the front matter, else the first heading of level 1, else the file's name. */
  readonly title: string;
  /** Text after the front matter, as it stands in the file. */
  readonly content: string;
  /** Line of the file, counted from 1, on which `content` starts. */
  readonly body_line: number;
  readonly frontmatter: FrontMatter;
  /** Tags of front matter and body, each once, in order of appearance, without `#`. */
  readonly tags: readonly string[];
  readonly aliases: readonly string[];
  /** Links of front matter and body in order of appearance. */
  readonly links: readonly NoteLink[];
  readonly headings: readonly NoteHeading[];
  readonly blocks: readonly NoteBlock[];
  readonly callouts: readonly NoteCallout[];
  readonly word_count: number;
  /** ISO 8601 in UTC: `created` of the front matter where it is a date, else the time at which the file was made. */
  readonly created: string;
  readonly modified: string;
  /** SHA-256 of the file's bytes, hexadecimal: the version that a later write can name. */
  readonly content_hash: string;
  /** What is wrong with the note, by line. */
  readonly problems: readonly NoteProblem[];
}

/** Decodes a file; `host/note-invalid` names the line when the bytes are no UTF-8 text. */
export function decodeNote(path: string, bytes: Uint8Array): Outcome<string> {
  const zero = bytes.indexOf(0);
  if (bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))) {
    return fail("host/note-invalid", `Cannot read note "${path}": it is UTF-16 text, and notes are UTF-8`, {
      path,
      reason: "encoding",
    });
  }
  if (zero >= 0) {
    return fail(
      "host/note-invalid",
      `Cannot read note "${path}": it is a binary file, with a NUL byte in line ${lineOf(bytes, zero)}`,
      {
        path,
        reason: "binary",
        place: { file: path, line: lineOf(bytes, zero) },
      },
    );
  }
  try {
    return succeed(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    const line = lineOf(bytes, firstInvalid(bytes));
    return fail("host/note-invalid", `Cannot read note "${path}": line ${line} is not UTF-8`, {
      path,
      reason: "encoding",
      place: { file: path, line },
    });
  }
}

/** Reads everything that a note says. Never fails: what cannot be understood is in `problems`. */
export function parseNote(path: string, text: string, contentHash: string, stamp: FileStamp): Note {
  const split = splitNote(text);
  const front = parseFrontMatter(split.yaml, 2);
  const scanned = scanBody(split.body, split.bodyLine);
  const links: NoteLink[] = [];
  for (const [start, end] of front.linkRanges) {
    scanProperty(split.yaml, start, end, 2 + countNewlines(split.yaml, start), links);
  }
  const problems = [
    ...(split.unclosed ? [{ line: 1, message: "The front matter is not closed by a line ---" }] : []),
    ...front.problems,
    ...scanned.problems,
  ];
  const heading = scanned.headings.find((each) => each.level === 1);
  const title = front.frontmatter["title"];
  return {
    path,
    title:
      typeof title === "string" && title.trim() !== ""
        ? title
        : heading !== undefined && heading.text !== ""
          ? heading.text
          : noteStem(path),
    content: split.body,
    body_line: split.bodyLine,
    frontmatter: front.frontmatter,
    tags: uniqueTags([
      ...words(front.frontmatter["tags"]),
      ...words(front.frontmatter["tag"]),
      ...scanned.tags.map((each) => each.tag),
    ]),
    aliases: aliasesOf(front.frontmatter),
    links: [...links, ...scanned.links],
    headings: scanned.headings,
    blocks: scanned.blocks,
    callouts: scanned.callouts,
    word_count: countWords(split.body),
    created: createdTime(front.frontmatter, stamp),
    modified: isoTime(stamp.modifiedMs),
    content_hash: contentHash,
    problems,
  };
}

/** Milliseconds since 1970 as ISO 8601; a time outside of the calendar becomes its start. */
export function isoTime(milliseconds: number): string {
  return new Date(
    Number.isFinite(milliseconds) && Math.abs(milliseconds) <= 8.64e15 ? Math.floor(milliseconds) : 0,
  ).toISOString();
}

/** A file that is replaced atomically is a new file to the file system, so that its own time is the weaker witness. */
function createdTime(frontmatter: FrontMatter, stamp: FileStamp): string {
  const written = frontmatter["created"];
  const time = typeof written === "string" && /^\d{4}-\d\d-\d\d/u.test(written) ? Date.parse(written) : Number.NaN;
  return isoTime(Number.isNaN(time) ? stamp.createdMs : time);
}

/** Reads `tags: a, b`, `tags: [a, b]` and their spellings with `#`. */
function words(value: FrontMatterValue | undefined): string[] {
  if (typeof value === "string") return value.split(/[\s,]+/u).filter((each) => each !== "");
  if (Array.isArray(value))
    return value.flatMap((each: FrontMatterValue) =>
      typeof each === "string" || typeof each === "number" ? [String(each).trim()] : [],
    );
  return [];
}

function aliasesOf(frontmatter: FrontMatter): string[] {
  const found = [frontmatter["aliases"], frontmatter["alias"]].flatMap((value) => {
    if (typeof value === "string") return value.split(",");
    return Array.isArray(value)
      ? value.flatMap((each: FrontMatterValue) => (typeof each === "string" ? [each] : []))
      : [];
  });
  return [...new Set(found.map((each) => each.trim()).filter((each) => each !== ""))];
}

function uniqueTags(tags: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const each of tags) {
    const tag = each.replace(/^#+/u, "");
    const key = tag.toLowerCase();
    if (tag !== "" && !seen.has(key)) seen.set(key, tag);
  }
  return [...seen.values()];
}

function countNewlines(text: string, end: number): number {
  let lines = 0;
  for (let index = text.indexOf("\n"); index >= 0 && index < end; index = text.indexOf("\n", index + 1)) lines += 1;
  return lines;
}

function lineOf(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let index = 0; index < offset; index += 1) if (bytes[index] === 10) line += 1;
  return line;
}

/** Offset of the first byte that is no part of well-formed UTF-8, found by halving. */
function firstInvalid(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    // With `stream`, a sequence that is cut at the end is not an error yet.
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      low = middle;
    } catch {
      high = middle;
    }
  }
  return low;
}
