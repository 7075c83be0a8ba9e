// What runs beside the index database, away from the main thread: refreshing, searching, walking.
// Arguments and results are plain data, so that the same interface is spoken across a worker's port.
import { unwrap, type Outcome } from "@crucible/sandbox/outcome";
import type { KilnFiles } from "../kiln-files.ts";
import type { SearchHit, SearchRequest } from "../search/search-notes.ts";
import type { TermMaker } from "../search/terms.ts";
import type { WalkedNote, WalkRequest } from "../search/walk-graph.ts";
import type { IndexDatabase } from "./index-database.ts";
import { packGraph, type PackedGraph } from "./pack-graph.ts";
import type { RefreshReport } from "./refresh-index.ts";

type Passed =
  | "revision"
  | "counts"
  | "faults"
  | "problems"
  | "notes"
  | "notesAt"
  | "linksFrom"
  | "linksTo"
  | "pathsLinking"
  | "tagCounts"
  | "generations"
  | "ensureGeneration"
  | "pending"
  | "pendingCount"
  | "storeVectors"
  | "sweepRetired"
  | "claimEmbedding"
  | "nearest"
  | "dump"
  | "reset"
  | "dispose";

/** The methods of the database that are passed on as they are, and what is built on the others. */
export interface IndexService extends Pick<IndexDatabase, Passed> {
  /** Brings the index up to date: with all files, or with some paths. One refresh runs at a time; others wait. */
  refresh(
    paths?: readonly string[],
    onProgress?: (done: number, total: number) => void,
  ): Promise<Outcome<RefreshReport>>;
  search(request: SearchRequest): Promise<readonly SearchHit[]>;
  walk(request: WalkRequest): Promise<readonly WalkedNote[] | undefined>;
  packGraph(): Promise<PackedGraph>;
  /** Paths of the notes nearest in meaning. */
  similar(path: string, vectors: WalkRequest["vectors"]): Promise<readonly string[]>;
  /** Ends a refresh at its next batch. */
  cancelRefresh(): Promise<void>;
  /** Changes notes in the view that the index is of; undefined bytes remove one. The next refresh sees it. */
  show(notes: readonly ShownNote[]): Promise<void>;
}

/** A note as a view has it. */
export interface ShownNote {
  readonly path: string;
  readonly bytes: Uint8Array | undefined;
}

/** Every method but `refresh`, which also reports progress. */
export type ServiceMethod = Exclude<keyof IndexService, "refresh">;

/** Names of the methods, in the order of the interface; the worker answers to these and no others. */
export const serviceMethods: readonly ServiceMethod[] = [
  "revision",
  "counts",
  "faults",
  "problems",
  "notes",
  "notesAt",
  "linksFrom",
  "linksTo",
  "pathsLinking",
  "tagCounts",
  "generations",
  "ensureGeneration",
  "pending",
  "pendingCount",
  "storeVectors",
  "sweepRetired",
  "claimEmbedding",
  "nearest",
  "dump",
  "reset",
  "dispose",
  "search",
  "walk",
  "packGraph",
  "similar",
  "cancelRefresh",
  "show",
];

export interface IndexServiceOptions {
  readonly files: KilnFiles;
  readonly database: IndexDatabase;
  readonly maxNoteBytes: number;
  readonly yieldNow: () => Promise<void>;
  /** The files are a view that changes nothing on the disk. */
  readonly isView?: boolean;
}

/** Creates the service. It owns the database and the files and disposes both. */
export function createIndexService({
  files,
  database,
  maxNoteBytes,
  yieldNow,
  isView = false,
}: IndexServiceOptions): IndexService {
  // Modules are loaded when they are needed: a command that only opens a kiln does not wait for what it does not use.
  let termMaker: TermMaker | undefined;
  const loadTerms = async (): Promise<TermMaker> => {
    const { createTermMaker } = await import("../search/terms.ts");
    return (termMaker ??= createTermMaker());
  };
  let running: Promise<unknown> = Promise.resolve();
  let cancelled = false;
  let disposed = false;

  return {
    revision: database.revision,
    counts: database.counts,
    faults: database.faults,
    problems: database.problems,
    notes: database.notes,
    notesAt: database.notesAt,
    linksFrom: database.linksFrom,
    linksTo: database.linksTo,
    pathsLinking: database.pathsLinking,
    tagCounts: database.tagCounts,
    generations: database.generations,
    ensureGeneration: database.ensureGeneration,
    pending: database.pending,
    pendingCount: database.pendingCount,
    storeVectors: database.storeVectors,
    sweepRetired: database.sweepRetired,
    claimEmbedding: database.claimEmbedding,
    nearest: database.nearest,
    dump: database.dump,
    reset: database.reset,
    async dispose() {
      disposed = true;
      await running;
      await database.dispose();
      await files.dispose();
    },
    refresh(paths, onProgress) {
      const result = running.then(async () => {
        cancelled = false;
        const [{ refreshAll, refreshPaths }, terms] = await Promise.all([import("./refresh-index.ts"), loadTerms()]);
        const options = {
          files,
          database,
          maxNoteBytes,
          yieldNow,
          tools: { terms, hash: files.hash },
          isCancelled: () => cancelled || disposed,
          ...(onProgress === undefined ? {} : { onProgress }),
        };
        return paths === undefined ? refreshAll(options) : refreshPaths(options, paths);
      });
      running = result.catch(() => undefined);
      return result;
    },
    cancelRefresh() {
      cancelled = true;
      return Promise.resolve();
    },
    async show(notes) {
      if (!isView) throw new TypeError("Only an index of a view can be shown notes");
      for (const { path, bytes } of notes)
        unwrap(bytes === undefined ? await files.remove(path) : await files.write(path, bytes, { kind: "any" }));
    },
    async search(request) {
      const [{ searchNotes }, terms] = await Promise.all([import("../search/search-notes.ts"), loadTerms()]);
      return searchNotes(database, terms, request);
    },
    async walk(request) {
      const { walkGraph } = await import("../search/walk-graph.ts");
      return walkGraph(database, request);
    },
    packGraph: () => packGraph(database.graphPage, yieldNow),
    async similar(path, vectors) {
      const { nearestNotes } = await import("../search/walk-graph.ts");
      const found = await nearestNotes(database, path, vectors === undefined ? {} : { vectors });
      return found.map(([near]) => near);
    },
  };
}
