// How rows of the index are read: the columns have the same names in SQLite and in PostgreSQL.
import type { FileStamp } from "../kiln-files.ts";
import type {
  FoundChunk,
  Generation,
  IndexedLink,
  IndexedNote,
  IndexProblem,
  KnownFile,
  PendingChunk,
} from "./index-database.ts";

export type IndexRow = Readonly<Record<string, unknown>>;

/** Columns of `notes n` that `toIndexedNote` reads. */
export const noteColumns =
  "n.path, n.title, n.tags, n.frontmatter, n.word_count, n.created, n.modified, n.content_hash, n.size";

/** Columns of `chunks c` and `notes n` that `toFoundChunk` reads. */
export const chunkColumns = "c.id, c.ordinal, c.heading, c.line, c.text, n.path, n.title";

/** Text of a column that is never null. */
export function textOf(row: IndexRow, column: string): string {
  return String(row[column]);
}

export function toKnownFile(row: IndexRow): KnownFile {
  const hash = row["content_hash"];
  return {
    path: textOf(row, "path"),
    stamp: JSON.parse(textOf(row, "stamp")) as FileStamp,
    contentHash: typeof hash === "string" ? hash : undefined,
  };
}

export function toIndexedNote(row: IndexRow): IndexedNote {
  return {
    path: textOf(row, "path"),
    title: textOf(row, "title"),
    tags: JSON.parse(textOf(row, "tags")) as string[],
    frontmatter: textOf(row, "frontmatter"),
    wordCount: Number(row["word_count"]),
    createdMs: Number(row["created"]),
    modifiedMs: Number(row["modified"]),
    contentHash: textOf(row, "content_hash"),
    size: Number(row["size"]),
  };
}

/** A row with `source` and `meant`, the paths of the two notes, beside the columns of `links`. */
export function toIndexedLink(row: IndexRow): IndexedLink {
  const optional = (column: string): string | null => {
    const value = row[column];
    return typeof value === "string" ? value : null;
  };
  return {
    from: textOf(row, "source"),
    to: optional("meant"),
    target: textOf(row, "target"),
    embed: Number(row["embed"]) === 1,
    heading: optional("heading"),
    block: optional("block"),
    alias: optional("alias"),
    line: Number(row["line"]),
  };
}

export function toFoundChunk(row: IndexRow): FoundChunk {
  return {
    chunk: Number(row["id"]),
    path: textOf(row, "path"),
    ordinal: Number(row["ordinal"]),
    heading: textOf(row, "heading"),
    line: Number(row["line"]),
    text: textOf(row, "text"),
    title: textOf(row, "title"),
  };
}

export function toPendingChunk(row: IndexRow): PendingChunk {
  return {
    chunk: Number(row["id"]),
    title: textOf(row, "title"),
    heading: textOf(row, "heading"),
    text: textOf(row, "text"),
  };
}

export function toGeneration(row: IndexRow): Generation {
  return {
    id: Number(row["id"]),
    identity: textOf(row, "identity"),
    dimensions: Number(row["dimensions"]),
    state: row["state"] === "serving" ? "serving" : "building",
  };
}

export function toFault(row: IndexRow): IndexProblem {
  const line = row["line"];
  return { path: textOf(row, "path"), line: line === null ? null : Number(line), message: textOf(row, "reason") };
}

/** The problems of one note. */
export function toProblems(row: IndexRow): readonly IndexProblem[] {
  const problems = JSON.parse(textOf(row, "problems")) as Omit<IndexProblem, "path">[];
  return problems.map((each) => ({ path: textOf(row, "path"), ...each }));
}

/** True while another owner has the right to make vectors; `row` is undefined where nobody ever had it. */
export function isClaimedByOther(row: IndexRow | undefined, owner: string, nowMs: number): boolean {
  if (row === undefined) return false;
  const claim = JSON.parse(textOf(row, "value")) as { readonly owner: string; readonly untilMs: number };
  return claim.owner !== owner && claim.untilMs > nowMs;
}
