// Derives what the index keeps of a note. The same file gives the same record, whoever derives it.
import { formatFrontMatter } from "./front-matter-json.ts";
import { chunkNote, chunkSource } from "./chunk-note.ts";
import type { NoteRecord } from "./index-database.ts";
import type { FileStamp } from "../kiln-files.ts";
import { listProperties } from "../note-filter.ts";
import type { Note } from "../read-note.ts";
import { linkKey } from "../resolve-link.ts";
import type { TermMaker } from "../search/terms.ts";

export interface RecordTools {
  readonly terms: TermMaker;
  /** Hash of a text, for telling whether it changed. */
  readonly hash: (bytes: Uint8Array) => string;
}

export function recordNote(note: Note, stamp: FileStamp, tools: RecordTools): NoteRecord {
  const encoder = new TextEncoder();
  const title = storable(note.title);
  return {
    path: note.path,
    stamp,
    contentHash: note.content_hash,
    title,
    wordCount: note.word_count,
    createdMs: Date.parse(note.created),
    modifiedMs: Date.parse(note.modified),
    tags: note.tags.map(storable),
    aliases: note.aliases.map(storable),
    frontmatter: formatFrontMatter(note.frontmatter),
    problems: note.problems.map(({ line, message }) => ({ line, message: storable(message) })),
    properties: listProperties(note.frontmatter).map(({ key, value }) => ({
      key: storable(key),
      value: typeof value === "string" ? storable(value) : value,
    })),
    links: note.links.map((link) => ({
      target: link.target,
      key: link.target === "" ? "" : linkKey(link.target),
      kind: link.kind,
      embed: link.embed,
      heading: link.heading ?? null,
      block: link.block ?? null,
      alias: link.alias === undefined ? null : storable(link.alias),
      line: link.line,
    })),
    chunks: chunkNote(note).map((chunk, ordinal) => {
      const source = chunkSource(title, chunk);
      const aliases = ordinal === 0 && note.aliases.length > 0 ? `${note.aliases.join("\n")}\n` : "";
      const words = aliases + source;
      return {
        heading: storable(chunk.heading),
        line: chunk.line,
        text: storable(chunk.text),
        sourceHash: tools.hash(encoder.encode(words)).slice(0, 32),
        terms: tools.terms.terms(words).join(" "),
      };
    }),
  };
}

/** YAML escapes can write what no database stores: NUL and half surrogate pairs become U+FFFD. */
function storable(text: string): string {
  return /[\0\p{Surrogate}]/u.test(text) ? text.replace(/[\0\p{Surrogate}]/gu, "\ufffd") : text;
}
