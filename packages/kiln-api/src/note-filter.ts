// Filters as guests spell them, with underscores, in the form of the store.
import type { ValueObject } from "@crucible/sandbox";
import { toPlain } from "@crucible/sandbox";
import type { NoteFilter } from "@crucible/kiln-store";

/** Reads the filter members of an options object; others are left alone. */
export function filterOf(given: ValueObject): NoteFilter {
  const names = {
    tags: "tags",
    folders: "folders",
    frontmatter: "frontmatter",
    modified_after: "modifiedAfter",
    modified_before: "modifiedBefore",
    created_after: "createdAfter",
    created_before: "createdBefore",
  };
  const entries = Object.entries(names).flatMap(([theirs, ours]) =>
    given[theirs] === undefined || given[theirs] === null ? [] : [[ours, toPlain(given[theirs])]],
  );
  return Object.fromEntries(entries) as NoteFilter;
}
