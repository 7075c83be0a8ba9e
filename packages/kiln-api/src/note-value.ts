// A note as guests see it: what read_note answers, and what handlers of note:parsed get.
import type { Value } from "@crucible/sandbox";
import { fromPlain } from "@crucible/sandbox";
import type { Note } from "@crucible/kiln-store";

/** What guests see of a note, in this order; lines, blocks, callouts and problems are the host's own. */
const fields = [
  "path",
  "title",
  "content",
  "frontmatter",
  "tags",
  "aliases",
  "links",
  "headings",
  "word_count",
  "created",
  "modified",
  "content_hash",
] as const satisfies readonly (keyof Note)[];

/** The value of a note. */
export function noteValue(note: Note): Value {
  return fromPlain(Object.fromEntries(fields.map((field) => [field, note[field]])));
}
