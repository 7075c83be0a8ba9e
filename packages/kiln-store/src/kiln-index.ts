// The index of a kiln as callers see it: searching, listing, the graph, and the making of vectors in the background.
// The heavy work is done by an IndexService, usually in a worker, and by embedders, which have workers of their own.
import { CrucibleError, fail, succeed, toErrorValue, type ErrorValue, type Outcome } from "@crucible/sandbox/outcome";
import { calibrate, cosineOf, type Embedder } from "./embed/embedder.ts";
import { createVectorMaker, type BackgroundWork, type EmbedReport } from "./embed/make-vectors.ts";
import { parseFrontMatterJson } from "./index/front-matter-json.ts";
import type { Generation, IndexCounts, IndexedLink, IndexedNote, IndexProblem } from "./index/index-database.ts";
import type { IndexService, ShownNote } from "./index/index-service.ts";
import type { PackedGraph } from "./index/pack-graph.ts";
import type { RefreshReport } from "./index/refresh-index.ts";
import type { NoteMetadata } from "./kiln-store.ts";
import { checkFilter, type NoteFilter } from "./note-filter.ts";
import { parseFolderPath, parseNotePath } from "./note-path.ts";
import { isoTime } from "./read-note.ts";
import type { SearchHit, SearchMode, SearchRequest } from "./search/search-notes.ts";
import type { WalkStrategy } from "./search/walk-graph.ts";

export interface KilnIndexOptions {
  /** Owned by the index: disposed with it. */
  readonly service: IndexService;
  /** Makes the vectors; undefined for a kiln that is searched by words only. Owned by the index. */
  readonly embedder?: Embedder;
  /** Embedders of older vectors, which serve queries until the new vectors are complete. Owned by the index. */
  readonly olderEmbedders?: readonly Embedder[];
  readonly clock: { now(): number };
  /** Names this process among those that make vectors for the same kiln. */
  readonly owner: string;
  /** Makes missing vectors without being asked; left out, only `embedPending` makes any. */
  readonly background?: BackgroundWork;
}

export interface SearchOptions {
  /** 1…100, 20 where it is left out. */
  readonly limit?: number;
  readonly filter?: NoteFilter;
  /** `hybrid` (the default) lets the query's own words in where they are evidence enough. */
  readonly mode?: SearchMode;
  /** 0…1; results below are left out. Default 0. */
  readonly minScore?: number;
}

export interface SearchAnswer {
  /** Best first. The same index and query give the same order. */
  readonly results: readonly SearchHit[];
  /** What was searched: by meaning as well, or by words only and why. */
  readonly mode: SearchMode;
  readonly note?: string;
}

/** A note as the index knows it. The names are those under which guests see them. */
export interface NoteSummary extends NoteMetadata {
  readonly path: string;
}

export interface TraverseOptions {
  /** 1…10, 3 where it is left out. */
  readonly depth?: number;
  /** How many notes at most, the start included; 1…10,000, 1,000 where it is left out. */
  readonly limit?: number;
  /** For `semantic`: how near a note must be to the one before it, 0…1 (exclusive); 0.5 where it is left out. */
  readonly minScore?: number;
}

export interface TraversedNote extends NoteSummary {
  readonly depth: number;
  readonly via: string | null;
  /** For `semantic`, of all but the start: how near it is to the note before it, 0…1. */
  readonly score?: number;
}

export interface NoteLinkage {
  readonly from: string;
  /** Null where the link leads to no note. */
  readonly to: string | null;
  readonly target: string;
  readonly heading: string | null;
  readonly block: string | null;
  readonly alias: string | null;
  readonly embed: boolean;
  readonly line: number;
}

export interface IndexStatus extends IndexCounts {
  readonly embedder: string | null;
  /** Chunks that still lack a vector of the present embedder. */
  readonly pending: number;
  /** Set of vectors that answers queries now. */
  readonly serving: string | null;
}

export type IndexProgress = (phase: "index" | "embed", done: number, total: number) => void;

export interface KilnIndex {
  /** Brings the index up to date with all files, or with the notes at some paths. */
  refresh(paths?: readonly string[], onProgress?: IndexProgress): Promise<Outcome<RefreshReport>>;
  /**
   * Makes the vectors that are missing, and takes over from what makes them in the background. Resumes where it, or another
   * process, stopped; ends early when disposed.
   */
  embedPending(onProgress?: IndexProgress): Promise<Outcome<EmbedReport>>;
  /** Changes the embedder. Vectors of the former one serve until all new ones are made. */
  useEmbedder(embedder: Embedder): void;
  search(query: string, options?: SearchOptions): Promise<Outcome<SearchAnswer>>;
  list(
    folder?: string,
    options?: { readonly recursive?: boolean; readonly filter?: NoteFilter; readonly limit?: number },
  ): Promise<Outcome<readonly NoteSummary[]>>;
  /** Links that lead to a note, by source and place. */
  backlinks(path: string): Promise<Outcome<readonly NoteLinkage[]>>;
  /** Links of a note in their order, those that lead nowhere included. */
  outlinks(path: string): Promise<Outcome<readonly NoteLinkage[]>>;
  /** Notes that are linked in either direction, sorted by path. */
  neighbors(path: string): Promise<Outcome<readonly NoteSummary[]>>;
  /** `host/note-not-found` for a start that is not in the index; `semantic` without vectors finds the start only. */
  traverse(
    start: string,
    strategy: WalkStrategy,
    options?: TraverseOptions,
  ): Promise<Outcome<readonly TraversedNote[]>>;
  /**
   * Names the present state of notes and links, for whoever keeps what follows from them: it changes exactly when they
   * do, whichever process changed them; vectors do not count. Costs one small question to the index. Ask it before what
   * is kept is read, so that a change between the two is noticed.
   */
  revision(): Promise<Outcome<string>>;
  /** The whole graph in shared memory, for whoever works on it elsewhere: nothing of it is copied or walked here. */
  graph(): Promise<Outcome<PackedGraph>>;
  /** The whole graph: paths in code point order, and each resolved link as a pair of positions, once. */
  edges(): Promise<
    Outcome<{ readonly paths: readonly string[]; readonly edges: readonly (readonly [number, number])[] }>
  >;
  tags(): Promise<Outcome<readonly { readonly tag: string; readonly notes: number }[]>>;
  /** Files that are no notes, and broken notes with their lines. */
  problems(): Promise<Outcome<readonly IndexProblem[]>>;
  /** Notes that may hold links to these names, those that cannot be read included; for a store that renames. */
  findLinking(keys: readonly string[]): Promise<Outcome<readonly string[]>>;
  status(): Promise<Outcome<IndexStatus>>;
  /** Changes notes in the view that the index is of (`OpenKilnOptions.isView`), and learns of them. For dry runs. */
  show(notes: readonly ShownNote[]): Promise<Outcome<RefreshReport>>;
  /** Empties the index and fills it anew. Vectors are made again by `embedPending`. */
  rebuild(onProgress?: IndexProgress): Promise<Outcome<RefreshReport>>;
  dispose(): Promise<void>;
}

/** A set of vectors, and the embedder that makes query vectors for it. */
interface ServingVectors {
  readonly generation: Generation;
  readonly embedder: Embedder;
}

const pageNotes = 500;
/** Sets of vectors follow each other so rarely that a second question meets the one that stays. */
const maxAttempts = 3;

/** Creates the index over a service. */
export function createKilnIndex(options: KilnIndexOptions): KilnIndex {
  const { service } = options;
  let embedder = options.embedder;
  const older = [...(options.olderEmbedders ?? [])];
  let disposed = false;
  const maker = createVectorMaker({
    service,
    embedder: () => embedder,
    clock: options.clock,
    owner: options.owner,
    background: options.background,
  });

  const choose = (generations: readonly Generation[]): ServingVectors | undefined => {
    const known = (candidate: Embedder | undefined): Generation | undefined =>
      generations.find((each) => each.identity === candidate?.identity && each.dimensions === candidate.dimensions);
    const present = known(embedder);
    if (embedder !== undefined && present?.state === "serving") return { generation: present, embedder };
    for (const each of older) {
      const generation = known(each);
      if (generation?.state === "serving") return { generation, embedder: each };
    }
    return embedder !== undefined && present !== undefined ? { generation: present, embedder } : undefined;
  };

  /** Asks the set of vectors that can answer now, and again where another one took its place meanwhile. */
  const onVectors = async <T>(ask: (vectors: ServingVectors | undefined) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      const chosen = choose(await service.generations());
      const answer = await ask(chosen);
      if (chosen === undefined || attempt === maxAttempts) return answer;
      if ((await service.generations()).some((each) => each.id === chosen.generation.id)) return answer;
    }
  };

  const search = async (query: string, given: SearchOptions): Promise<Outcome<SearchAnswer>> => {
    const limit = given.limit ?? 20;
    if (!Number.isInteger(limit) || limit < 1 || limit > 100)
      return fail("host/invalid-argument", "The limit of a search is a whole number from 1 to 100", { given: limit });
    if (query.trim() === "") return fail("host/invalid-argument", "The query of a search is empty");
    const filter = checkFilter(given.filter ?? {});
    if (!filter.ok) return filter;
    const mode = given.mode ?? "hybrid";
    const request = { query: query.slice(0, 10_000), filter: filter.value, limit, mode, minScore: given.minScore ?? 0 };
    const ask = async (chosen: ServingVectors | undefined): Promise<Outcome<SearchAnswer>> => {
      let vector: SearchRequest["vector"];
      let note: string | undefined;
      if (chosen !== undefined) {
        const embedded = await chosen.embedder.embed([request.query], "query");
        const values = embedded.ok ? embedded.value[0] : undefined;
        if (values !== undefined)
          vector = { generation: chosen.generation.id, values, calibration: chosen.embedder.calibration };
        else note = embedded.ok ? "The embedder gave no vector" : embedded.error.message;
      } else if (mode !== "lexical")
        note = embedder === undefined ? "No embedder is configured" : "No vectors have been made yet";
      if (mode === "semantic" && vector === undefined)
        return fail("host/unavailable", `Cannot search by meaning: ${note ?? "there is no vector"}`);
      const results = await service.search(vector === undefined ? request : { ...request, vector });
      return succeed({
        results,
        mode: vector === undefined ? "lexical" : mode,
        ...(note === undefined ? {} : { note }),
      });
    };
    return mode === "lexical" ? ask(undefined) : onVectors(ask);
  };

  const refresh = async (
    paths: readonly string[] | undefined,
    onProgress: IndexProgress | undefined,
  ): Promise<Outcome<RefreshReport>> => {
    const report = await service.refresh(
      paths,
      onProgress === undefined ? undefined : (done, total) => onProgress("index", done, total),
    );
    if (report.ok && report.value.added + report.value.changed > 0) maker.wake();
    return report;
  };

  const onNote = async <T>(given: string, work: (path: string) => Promise<Outcome<T>>): Promise<Outcome<T>> => {
    const path = parseNotePath(given);
    if (!path.ok) return path;
    const [note] = await service.notesAt([path.value]);
    return note === undefined
      ? fail("host/note-not-found", `The index has no note "${path.value}"`, { path: path.value })
      : work(path.value);
  };

  maker.wake();
  return {
    refresh: (paths, onProgress) => guarded(() => refresh(paths, onProgress)),
    show: (notes) =>
      guarded(async () => {
        await service.show(notes);
        return refresh(
          notes.map(({ path }) => path),
          undefined,
        );
      }),
    rebuild: (onProgress) =>
      guarded(async () => {
        await service.reset();
        return refresh(undefined, onProgress);
      }),
    embedPending: (onProgress) =>
      guarded(() =>
        maker.makeAll(onProgress === undefined ? undefined : (done, total) => onProgress("embed", done, total)),
      ),
    useEmbedder(next) {
      if (embedder !== undefined && embedder !== next) older.unshift(embedder);
      embedder = next;
      maker.wake(true);
    },
    search: (query, given = {}) => guarded(() => search(query, given)),
    list: (given = "", listOptions = {}) =>
      guarded(async () => {
        const folder = parseFolderPath(given);
        if (!folder.ok) return folder;
        const filter = checkFilter(listOptions.filter ?? {});
        if (!filter.ok) return filter;
        const prefix = folder.value === "" ? "" : `${folder.value}/`;
        const found: NoteSummary[] = [];
        const limit = listOptions.limit ?? Number.POSITIVE_INFINITY;
        // A folder that is listed narrows whatever folders the filter names.
        let after = prefix;
        for (;;) {
          const page = await service.notes(filter.value, pageNotes, after);
          for (const note of page) {
            if (!note.path.startsWith(prefix)) return succeed(found);
            if (listOptions.recursive !== true && note.path.indexOf("/", prefix.length) >= 0) continue;
            if (found.length >= limit) return succeed(found);
            found.push(toSummary(note));
          }
          if (page.length < pageNotes) return succeed(found);
          after = page.at(-1)?.path ?? after;
        }
      }),
    backlinks: (path) =>
      guarded(() => onNote(path, async (found) => succeed((await service.linksTo([found])).map(toLinkage)))),
    outlinks: (path) =>
      guarded(() => onNote(path, async (found) => succeed((await service.linksFrom([found])).map(toLinkage)))),
    neighbors: (path) =>
      guarded(() =>
        onNote(path, async (found) => {
          const [to, from] = await Promise.all([service.linksTo([found]), service.linksFrom([found])]);
          const paths = new Set([
            ...to.map((link) => link.from),
            ...from.flatMap((link) => (link.to === null ? [] : [link.to])),
          ]);
          paths.delete(found);
          return succeed((await service.notesAt([...paths])).map(toSummary));
        }),
      ),
    traverse: (start, strategy, given = {}) =>
      guarded(() =>
        onNote(start, async (path) => {
          const depth = given.depth ?? 3;
          const limit = given.limit ?? 1000;
          if (!Number.isInteger(depth) || depth < 1 || depth > 10)
            return fail("host/invalid-argument", "The depth of a traversal is a whole number from 1 to 10", {
              given: depth,
            });
          if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
            return fail("host/invalid-argument", "The limit of a traversal is a whole number from 1 to 10,000", {
              given: limit,
            });
          const minScore = given.minScore ?? 0.5;
          if (!(minScore > 0 && minScore < 1))
            return fail("host/invalid-argument", "The least score of a traversal is above 0 and below 1", {
              given: minScore,
            });
          const walk = async (chosen: ServingVectors | undefined): Promise<Outcome<readonly TraversedNote[]>> => {
            const calibration = chosen?.embedder.calibration;
            const vectors =
              chosen === undefined || calibration === undefined
                ? {}
                : {
                    vectors: {
                      generation: chosen.generation.id,
                      minCosine: cosineOf(minScore, calibration),
                      fanOut: 8,
                    },
                  };
            const found = await service.walk({ start: path, strategy, depth, limit, ...vectors });
            return succeed(
              (found ?? []).map(({ note, depth: reached, via, cosine }) => ({
                ...toSummary(note),
                depth: reached,
                via,
                ...(cosine === undefined || calibration === undefined ? {} : { score: calibrate(cosine, calibration) }),
              })),
            );
          };
          return strategy === "semantic" ? onVectors(walk) : walk(undefined);
        }),
      ),
    revision: () => guarded(async () => succeed(await service.revision())),
    graph: () => guarded(async () => succeed(await service.packGraph())),
    edges: () =>
      guarded(async () => {
        const { paths, links } = await service.packGraph();
        const edges: (readonly [number, number])[] = [];
        for (let at = 0; at + 1 < links.length; at += 2) edges.push([links[at] ?? 0, links[at + 1] ?? 0]);
        return succeed({
          paths: new TextDecoder().decode(Uint8Array.from(paths)).split("\0").slice(0, -1),
          edges: edges.sort((a, b) => a[0] - b[0] || a[1] - b[1]),
        });
      }),
    tags: () => guarded(async () => succeed(await service.tagCounts())),
    problems: () =>
      guarded(async () => {
        const [faults, problems] = await Promise.all([service.faults(), service.problems()]);
        return succeed([...faults, ...problems]);
      }),
    findLinking: (keys) =>
      guarded(async () => {
        const [linking, faults] = await Promise.all([service.pathsLinking(keys), service.faults()]);
        return succeed([...linking, ...faults.map(({ path }) => path)]);
      }),
    status: () =>
      guarded(async () => {
        const [counts, generations] = await Promise.all([service.counts(), service.generations()]);
        const present = generations.find((each) => each.identity === embedder?.identity);
        const pending =
          present === undefined ? (embedder === undefined ? 0 : counts.chunks) : await service.pendingCount(present.id);
        return succeed({
          ...counts,
          embedder: embedder?.identity ?? null,
          pending,
          serving: choose(generations)?.generation.identity ?? null,
        });
      }),
    async dispose() {
      if (disposed) return;
      disposed = true;
      const ended = maker.dispose();
      await Promise.all([embedder?.dispose(), ...older.map((each) => each.dispose())]);
      await ended;
      await service.dispose();
    },
  };
}

/** What the service throws (a closed worker, a failed database) becomes a value. */
async function guarded<T>(work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof TypeError || thrown instanceof RangeError) throw thrown;
    const error: ErrorValue =
      thrown instanceof CrucibleError ? thrown.toErrorValue() : { ...toErrorValue(thrown), code: "host/unavailable" };
    return { ok: false, error };
  }
}

function toSummary(note: IndexedNote): NoteSummary {
  return {
    path: note.path,
    title: note.title,
    tags: note.tags,
    frontmatter: parseFrontMatterJson(note.frontmatter),
    word_count: note.wordCount,
    created: isoTime(note.createdMs),
    modified: isoTime(note.modifiedMs),
    content_hash: note.contentHash,
    size: note.size,
  };
}

function toLinkage(link: IndexedLink): NoteLinkage {
  const { from, to, target, heading, block, alias, embed, line } = link;
  return { from, to, target, heading, block, alias, embed, line };
}
