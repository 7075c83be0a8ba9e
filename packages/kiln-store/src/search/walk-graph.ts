// Walks the graph of links from a note, over the index. Small walks only: whole-graph algorithms take the edges at once.
import { compareText } from "../note-path.ts";
import type { IndexDatabase, IndexedNote } from "../index/index-database.ts";

export type WalkStrategy = "bfs" | "dfs" | "backlinks" | "semantic";

export interface WalkRequest {
  readonly start: string;
  readonly strategy: WalkStrategy;
  /** 1…10. */
  readonly depth: number;
  /** At most so many notes are found. */
  readonly limit: number;
  /** For `semantic`: the set of vectors, and how near a neighbour must be. */
  readonly vectors?: { readonly generation: number; readonly minCosine: number; readonly fanOut: number };
}

export interface WalkedNote {
  readonly note: IndexedNote;
  /** 0 for the start. */
  readonly depth: number;
  /** The note from which it was reached; null for the start. */
  readonly via: string | null;
  /** For `semantic`: how near it is to that note. */
  readonly cosine?: number;
}

/**
 * Finds notes in the order of the walk, the start first. Neighbours come in code point order of their paths; for
 * `semantic` the nearest first. Undefined when the index has no start note.
 */
export async function walkGraph(
  database: IndexDatabase,
  request: WalkRequest,
): Promise<readonly WalkedNote[] | undefined> {
  const [start] = await database.notesAt([request.start]);
  if (start === undefined) return undefined;
  const order =
    request.strategy === "dfs" ? await depthFirst(database, request) : await breadthFirst(database, request);
  const notes = new Map((await database.notesAt(order.map((each) => each.path))).map((note) => [note.path, note]));
  return order.flatMap(({ path, ...reached }) => {
    const note = notes.get(path);
    return note === undefined ? [] : [{ note, ...reached }];
  });
}

interface Reached {
  readonly path: string;
  readonly depth: number;
  readonly via: string | null;
  readonly cosine?: number;
}

async function breadthFirst(database: IndexDatabase, request: WalkRequest): Promise<Reached[]> {
  const found: Reached[] = [{ path: request.start, depth: 0, via: null }];
  const seen = new Set([request.start]);
  let level = [request.start];
  for (let depth = 1; depth <= request.depth && level.length > 0 && found.length < request.limit; depth += 1) {
    const next: string[] = [];
    const neighbours = await neighboursOf(database, level, request);
    for (const from of level) {
      for (const [path, cosine] of neighbours.get(from) ?? []) {
        if (seen.has(path) || found.length >= request.limit) continue;
        seen.add(path);
        next.push(path);
        found.push({ path, depth, via: from, ...(cosine === undefined ? {} : { cosine }) });
      }
    }
    level = next;
  }
  return found;
}

/**
 * Visits a note's first neighbour with everything below it before the second one. A note that is met again on a shorter
 * way is expanded again from there, so that the depth limit hides nothing that lies within it.
 */
async function depthFirst(database: IndexDatabase, request: WalkRequest): Promise<Reached[]> {
  const found = new Map<string, Reached>();
  const stack: Reached[] = [{ path: request.start, depth: 0, via: null }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const known = found.get(next.path);
    if (known !== undefined && known.depth <= next.depth) continue;
    if (known === undefined && found.size >= request.limit) continue;
    found.set(next.path, next);
    if (next.depth >= request.depth) continue;
    const neighbours = (await neighboursOf(database, [next.path], request)).get(next.path) ?? [];
    for (const [path] of neighbours.toReversed()) {
      const depth = found.get(path)?.depth;
      if (depth === undefined || depth > next.depth + 1) stack.push({ path, depth: next.depth + 1, via: next.path });
    }
  }
  return [...found.values()];
}

/** Path, and how near it is in meaning where that is what counts. */
type Neighbour = readonly [string, number?];

async function neighboursOf(
  database: IndexDatabase,
  paths: readonly string[],
  request: WalkRequest,
): Promise<ReadonlyMap<string, readonly Neighbour[]>> {
  const found = new Map<string, readonly Neighbour[]>();
  if (request.strategy === "semantic") {
    for (const path of paths) found.set(path, await nearestNotes(database, path, request));
    return found;
  }
  const backward = request.strategy === "backlinks";
  const links = backward ? await database.linksTo(paths) : await database.linksFrom(paths);
  const sets = new Map<string, Set<string>>();
  for (const link of links) {
    if (link.to === null || link.to === link.from) continue;
    const [from, to] = backward ? [link.to, link.from] : [link.from, link.to];
    const present = sets.get(from);
    if (present === undefined) sets.set(from, new Set([to]));
    else present.add(to);
  }
  for (const [from, targets] of sets)
    found.set(
      from,
      [...targets].sort(compareText).map((path): Neighbour => [path]),
    );
  return found;
}

/** Notes whose best chunk is near to any chunk of this note, nearest first, with the cosine between the two. */
export async function nearestNotes(
  database: IndexDatabase,
  path: string,
  request: Pick<WalkRequest, "vectors">,
): Promise<readonly (readonly [string, number])[]> {
  const { vectors } = request;
  if (vectors === undefined) return [];
  const best = new Map<string, number>();
  const everything = { folders: [], tags: [], conditions: [] };
  // The first chunks say what a note is about; a long note need not be compared whole.
  for (const vector of (await database.vectorsOf(vectors.generation, path)).slice(0, 8)) {
    for (const chunk of await database.nearest(vectors.generation, vector, everything, vectors.fanOut * 8)) {
      if (chunk.path === path || chunk.cosine < vectors.minCosine) continue;
      best.set(chunk.path, Math.max(best.get(chunk.path) ?? -1, chunk.cosine));
    }
  }
  return [...best].sort((a, b) => b[1] - a[1] || compareText(a[0], b[0])).slice(0, vectors.fanOut);
}
