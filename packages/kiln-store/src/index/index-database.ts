// What a database must do to hold the index of a kiln. SQLite and PostgreSQL implement it and obey the same laws.
// Everything in it follows from the files; everything above it (ranking, walking the graph) is the same for both.
import type { FileStamp } from "../kiln-files.ts";
import type { CheckedFilter, NoteProperty } from "../note-filter.ts";

/** Version of what is stored and how it is derived. An index of another version is rebuilt. */
export const indexVersion = 3;

/** Everything that the index keeps of one note. */
export interface NoteRecord {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly contentHash: string;
  readonly title: string;
  readonly wordCount: number;
  /** Whole milliseconds since 1970. */
  readonly createdMs: number;
  readonly modifiedMs: number;
  /** As written, for display. */
  readonly tags: readonly string[];
  readonly aliases: readonly string[];
  /** Front matter as JSON text (see front-matter-json.ts). */
  readonly frontmatter: string;
  readonly problems: readonly { readonly line: number; readonly message: string }[];
  readonly properties: readonly NoteProperty[];
  readonly links: readonly LinkRecord[];
  readonly chunks: readonly ChunkRecord[];
}

export interface LinkRecord {
  readonly target: string;
  /** `linkKey` of the target; empty for a link to the note itself. */
  readonly key: string;
  readonly kind: "wiki" | "markdown";
  readonly embed: boolean;
  readonly heading: string | null;
  readonly block: string | null;
  readonly alias: string | null;
  readonly line: number;
}

export interface ChunkRecord {
  readonly heading: string;
  readonly line: number;
  readonly text: string;
  /** What is embedded; its hash decides whether a vector can stay. */
  readonly sourceHash: string;
  /** Terms of the source, separated by spaces. */
  readonly terms: string;
}

export type NoteChange =
  | {
      readonly kind: "put";
      readonly note: NoteRecord;
      /** Path under which the same file was known. */ readonly movedFrom?: string;
    }
  /** The bytes are as they were, only the stamp is new. */
  | {
      readonly kind: "touch";
      readonly path: string;
      readonly stamp: FileStamp;
      readonly createdMs: number;
      readonly modifiedMs: number;
    }
  /** A file that is no readable note; it is remembered so that it is not read again and again. */
  | {
      readonly kind: "fault";
      readonly path: string;
      readonly stamp: FileStamp;
      readonly reason: string;
      readonly line: number | null;
    }
  | { readonly kind: "remove"; readonly path: string };

export interface KnownFile {
  readonly path: string;
  readonly stamp: FileStamp;
  /** Undefined for a file that is no readable note. */
  readonly contentHash: string | undefined;
}

/** One note as listings, searches and the graph show it. */
export interface IndexedNote {
  readonly path: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly frontmatter: string;
  readonly wordCount: number;
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly contentHash: string;
  readonly size: number;
}

export interface IndexedLink {
  readonly from: string;
  /** Path of the note that it means, or null when there is none. */
  readonly to: string | null;
  readonly target: string;
  readonly embed: boolean;
  readonly heading: string | null;
  readonly block: string | null;
  readonly alias: string | null;
  readonly line: number;
}

/** Notes under the database's own numbers, which are not used again, and links between such numbers. */
export interface GraphPage {
  readonly notes: readonly { readonly id: number; readonly path: string }[];
  /** Source and target, as pairs one after the other. */
  readonly links: readonly number[];
}

/** A chunk that a search considers. */
export interface FoundChunk {
  readonly chunk: number;
  readonly path: string;
  readonly ordinal: number;
  readonly heading: string;
  readonly line: number;
  readonly text: string;
  readonly title: string;
}

export interface LexicalChunk extends FoundChunk {
  /** Higher is better; comparable within one answer only. */
  readonly rank: number;
}

export interface VectorChunk extends FoundChunk {
  readonly cosine: number;
}

/** One set of vectors, made by one embedder. */
export interface Generation {
  readonly id: number;
  readonly identity: string;
  readonly dimensions: number;
  /** `building` until every chunk has a vector for the first time; older sets serve meanwhile. */
  readonly state: "building" | "serving";
}

export interface IndexCounts {
  readonly notes: number;
  readonly chunks: number;
  readonly links: number;
  readonly faults: number;
}

/** Something that is wrong with a note, or why a file is none. */
export interface IndexProblem {
  readonly path: string;
  /** Line of the file, counted from 1; null where it is about the whole file. */
  readonly line: number | null;
  readonly message: string;
}

export interface PendingChunk {
  readonly chunk: number;
  readonly title: string;
  readonly heading: string;
  readonly text: string;
}

/**
 * The index of one kiln. Methods may be called at any time; each is one atomic step, and other processes see its result
 * whole or not at all. Anything thrown means that the database itself failed.
 */
export interface IndexDatabase {
  /** Every file that is known, in no order. */
  knownFiles(): Promise<readonly KnownFile[]>;
  knownFile(path: string): Promise<KnownFile | undefined>;
  /** Paths of the notes with this content, sorted. */
  pathsWithContent(contentHash: string): Promise<readonly string[]>;
  /**
   * Carries out changes in one transaction. A change is passed over and its path returned when `stampOf` no longer says
   * what the change was made from, so that a slow process never overwrites the result of a newer look.
   */
  apply(changes: readonly NoteChange[], stampOf: (path: string) => FileStamp | undefined): Promise<readonly string[]>;
  /**
   * Names the present state of notes and links: another text after each transaction of any process that changed what
   * `notes`, `linksFrom` or `linksTo` answer, the same text as long as none did. An index that is made anew begins with
   * names of its own.
   */
  revision(): Promise<string>;
  counts(): Promise<IndexCounts>;
  /** Why files are no notes, by path. */
  faults(): Promise<readonly IndexProblem[]>;
  problems(): Promise<readonly IndexProblem[]>;

  /** Notes that fit, by path, from the one after `after`. */
  notes(filter: CheckedFilter, limit: number, after?: string): Promise<readonly IndexedNote[]>;
  notesAt(paths: readonly string[]): Promise<readonly IndexedNote[]>;
  /** Links of these notes in the order in which they stand. */
  linksFrom(paths: readonly string[]): Promise<readonly IndexedLink[]>;
  linksTo(paths: readonly string[]): Promise<readonly IndexedLink[]>;
  /** Notes by path, from the one after `after`, and each note that they link to once: what the graph is made of. */
  graphPage(limit: number, after?: string): Promise<GraphPage>;
  /** Paths of the notes with links of one of these keys, sorted. */
  pathsLinking(keys: readonly string[]): Promise<readonly string[]>;
  tagCounts(): Promise<readonly { readonly tag: string; readonly notes: number }[]>;

  /** In how many chunks each term occurs. */
  documentFrequencies(terms: readonly string[]): Promise<readonly number[]>;
  /** The best `limit` chunks with at least one of the terms. */
  lexical(terms: readonly string[], filter: CheckedFilter, limit: number): Promise<readonly LexicalChunk[]>;
  /** The `limit` chunks nearest to a vector of length 1, best first; equal ones in the order of path and place. */
  nearest(
    generation: number,
    vector: Float32Array,
    filter: CheckedFilter,
    limit: number,
    exact?: boolean,
  ): Promise<readonly VectorChunk[]>;
  /** Vectors of all chunks of a note, in the order in which they stand. */
  vectorsOf(generation: number, path: string): Promise<readonly Float32Array[]>;

  /** The sets that can answer, or will: those that another one took the place of are none any more. */
  generations(): Promise<readonly Generation[]>;
  /** Finds or begins the set of an embedder; a new one has every chunk pending. */
  ensureGeneration(identity: string, dimensions: number): Promise<Generation>;
  pending(generation: number, limit: number): Promise<readonly PendingChunk[]>;
  pendingCount(generation: number): Promise<number>;
  /**
   * Keeps vectors of chunks that still exist. When the set has a vector of every chunk for the first time it begins to serve
   * in the same transaction, and all others are retired.
   */
  storeVectors(
    generation: number,
    vectors: readonly { readonly chunk: number; readonly vector: Float32Array }[],
  ): Promise<void>;
  /** Deletes a part of what retired sets left; true when there is more. Searches that began with one may lose results. */
  sweepRetired(): Promise<boolean>;
  /**
   * Takes or renews the right to make vectors, so that several processes do not make the same ones.
   *
   * @returns false while another owner's right has not expired
   */
  claimEmbedding(owner: string, nowMs: number, untilMs: number): Promise<boolean>;

  /** Everything that follows from the files, in one order and without internal numbers: two indexes of one kiln are equal. */
  dump(): Promise<unknown>;
  /** Empties the index, so that the next refresh makes it anew. */
  reset(): Promise<void>;
  dispose(): Promise<void>;
}
