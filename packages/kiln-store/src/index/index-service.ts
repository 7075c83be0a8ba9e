// What runs beside the index database, away from the main thread: refreshing, searching, walking.
// Arguments and results are plain data, so that the same interface is spoken across a worker's port.
import type { Outcome } from "@crucible/sandbox";
import type { KilnFiles } from "../kiln-files.ts";
import { searchNotes, type SearchHit, type SearchRequest } from "../search/search-notes.ts";
import { createTermMaker } from "../search/terms.ts";
import { nearestNotes, walkGraph, type WalkedNote, type WalkRequest } from "../search/walk-graph.ts";
import type { IndexDatabase } from "./index-database.ts";
import type { RefreshReport } from "./refresh-index.ts";

type Passed =
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
  /** Paths of the notes nearest in meaning. */
  similar(path: string, vectors: WalkRequest["vectors"]): Promise<readonly string[]>;
  /** Ends a refresh at its next batch. */
  cancelRefresh(): Promise<void>;
}

/** Every method but `refresh`, which also reports progress. */
export type ServiceMethod = Exclude<keyof IndexService, "refresh">;

/** Names of the methods, in the order of the interface; the worker answers to these and no others. */
export const serviceMethods: readonly ServiceMethod[] = [
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
  "claimEmbedding",
  "nearest",
  "dump",
  "reset",
  "dispose",
  "search",
  "walk",
  "similar",
  "cancelRefresh",
];

export interface IndexServiceOptions {
  readonly files: KilnFiles;
  readonly database: IndexDatabase;
  readonly maxNoteBytes: number;
  readonly yieldNow: () => Promise<void>;
}

/** Creates the service. It owns the database and the files and disposes both. */
export function createIndexService({ files, database, maxNoteBytes, yieldNow }: IndexServiceOptions): IndexService {
  const terms = createTermMaker();
  let running: Promise<unknown> = Promise.resolve();
  let cancelled = false;

  return {
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
    claimEmbedding: database.claimEmbedding,
    nearest: database.nearest,
    dump: database.dump,
    reset: database.reset,
    async dispose() {
      cancelled = true;
      await running;
      await database.dispose();
      await files.dispose();
    },
    refresh(paths, onProgress) {
      const options = {
        files,
        database,
        maxNoteBytes,
        yieldNow,
        tools: { terms, hash: files.hash },
        isCancelled: () => cancelled,
        ...(onProgress === undefined ? {} : { onProgress }),
      };
      const result = running.then(async () => {
        cancelled = false;
        // Reading notes needs YAML, which takes longer to load than a search takes; searches do without.
        const { refreshAll, refreshPaths } = await import("./refresh-index.ts");
        return paths === undefined ? refreshAll(options) : refreshPaths(options, paths);
      });
      running = result.catch(() => undefined);
      return result;
    },
    cancelRefresh() {
      cancelled = true;
      return Promise.resolve();
    },
    search: (request) => searchNotes(database, terms, request),
    walk: (request) => walkGraph(database, request),
    similar: (path, vectors) => nearestNotes(database, path, vectors === undefined ? {} : { vectors }),
  };
}
