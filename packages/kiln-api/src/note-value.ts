// A note as guests see it: what read_note answers, and what handlers of note:parsed get.
import type { Value } from "@crucible/sandbox";
import { fromPlain } from "@crucible/sandbox";
import type { Note } from "@crucible/kiln-store";

/** The value of a note; lines, blocks and callouts are the host's own. */
export function noteValue(note: Note): Value {
  const {
    path,
    title,
    content,
    frontmatter,
    tags,
    aliases,
    links,
    headings,
    word_count,
    created,
    modified,
    content_hash,
  } = note;
  return fromPlain({
    path,
    title,
    content,
    frontmatter,
    tags,
    aliases,
    links,
    headings,
    word_count,
    created,
    modified,
    content_hash,
  });
}
