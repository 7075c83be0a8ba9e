// Ranks notes for a query: by their best chunk, lexically and by vector, fused where words are evidence enough.
// Every number here was read off measurements; docs/ranking.md has them.
import type { CheckedFilter } from "../note-filter.ts";
import { compareText } from "../note-path.ts";
import { calibrate, type Calibration } from "../embed/embedder.ts";
import type { FoundChunk, IndexDatabase } from "../index/index-database.ts";
import { makeSnippet } from "./snippet.ts";
import type { TermMaker } from "./terms.ts";

export type SearchMode = "hybrid" | "semantic" | "lexical";

/** A search with everything checked. */
export interface SearchRequest {
  readonly query: string;
  readonly filter: CheckedFilter;
  /** 1…100. */
  readonly limit: number;
  readonly mode: SearchMode;
  /** Vector of the query with the set that it belongs to; absent while there is no embedder or no vector yet. */
  readonly vector?: { readonly generation: number; readonly values: Float32Array; readonly calibration: Calibration };
  /** Results below this score are left out. */
  readonly minScore: number;
}

export interface SearchHit {
  readonly path: string;
  readonly title: string;
  /** 0…1; never rises from one result to the next. */
  readonly score: number;
  /** Headings above the passage that matched, joined by ` > `; empty when it stands before the first one. */
  readonly heading: string;
  /** Line of the file, counted from 1, on which the passage starts. */
  readonly line: number;
  readonly snippet: string;
  /** What found it. */
  readonly matched: "words" | "meaning" | "both";
}

/** A lexical hit counts beside vectors when it covers this part of the query's idf mass. */
const gate = 0.6;
/** The constant of reciprocal rank fusion. */
const fusion = 60;
const lexicalCandidates = 100;
/** Terms that occur in so many chunks do not bring in candidates of their own. */
const maxPostings = 20_000;

interface LexicalHit {
  readonly chunk: FoundChunk;
  readonly coverage: number;
  readonly rank: number;
}

interface Candidate {
  readonly path: string;
  readonly title: string;
  lexical?: LexicalHit & { position: number };
  semantic?: { readonly chunk: FoundChunk; readonly cosine: number; readonly position: number };
}

/** Searches. The order is the same for the same index, query and vector. */
export async function searchNotes(
  database: IndexDatabase,
  terms: TermMaker,
  request: SearchRequest,
): Promise<readonly SearchHit[]> {
  const queryTerms = [...new Set(terms.terms(request.query))].slice(0, 64);
  const useVector = request.mode !== "lexical" && request.vector !== undefined;
  const useWords = request.mode !== "semantic" && queryTerms.length > 0;
  const lexical = useWords ? await rankLexically(database, terms, queryTerms, request, useVector ? gate : 0) : [];
  const semantic = useVector ? await rankByVector(database, request) : [];

  const candidates = new Map<string, Candidate>();
  const candidate = (chunk: FoundChunk): Candidate => {
    const known = candidates.get(chunk.path);
    if (known !== undefined) return known;
    const made: Candidate = { path: chunk.path, title: chunk.title };
    candidates.set(chunk.path, made);
    return made;
  };
  for (const [position, hit] of lexical.entries()) candidate(hit.chunk).lexical = { ...hit, position };
  for (const [position, hit] of semantic.entries()) candidate(hit.chunk).semantic = { ...hit, position };

  const ranked = [...candidates.values()].map((each) => ({
    ...each,
    fused: fuse(each.lexical?.position) + fuse(each.semantic?.position),
  }));
  ranked.sort(
    (a, b) =>
      b.fused - a.fused ||
      (b.lexical?.coverage ?? 0) - (a.lexical?.coverage ?? 0) ||
      (b.semantic?.cosine ?? -1) - (a.semantic?.cosine ?? -1) ||
      compareText(a.path, b.path),
  );
  const hits = ranked.slice(0, request.limit).map((each): SearchHit => {
    // Gated words say where the query's own words stand; that passage explains the result better.
    const chunk = (each.lexical ?? each.semantic)?.chunk;
    const meaning =
      each.semantic === undefined || request.vector === undefined
        ? 0
        : calibrate(each.semantic.cosine, request.vector.calibration);
    const words = each.lexical === undefined ? 0 : each.lexical.coverage * (useVector ? 0.8 : 1);
    return {
      path: each.path,
      title: each.title,
      score: 1 - (1 - meaning) * (1 - words),
      heading: chunk?.heading ?? "",
      line: chunk?.line ?? 1,
      snippet: makeSnippet(chunk?.text ?? "", queryTerms, terms),
      matched: each.lexical === undefined ? "meaning" : each.semantic === undefined || meaning < 0.5 ? "words" : "both",
    };
  });
  return levelScores(hits).filter((hit) => hit.score >= request.minScore);
}

/** The best chunk of each note, by coverage of the query's idf mass. */
async function rankLexically(
  database: IndexDatabase,
  terms: TermMaker,
  queryTerms: readonly string[],
  request: SearchRequest,
  atLeast: number,
): Promise<LexicalHit[]> {
  const { chunks } = await database.counts();
  const frequencies = await database.documentFrequencies(queryTerms);
  const weights = new Map(queryTerms.map((term, index) => [term, idf(chunks, frequencies[index] ?? 0)]));
  const mass = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  if (mass === 0) return [];
  const bearing = chooseBearing(queryTerms, frequencies, weights, mass, atLeast);
  if (bearing.length === 0) return [];
  const limit = Math.max(lexicalCandidates, request.limit * 3);
  const found = await database.lexical(bearing, request.filter, limit);
  const best = new Map<string, LexicalHit>();
  for (const chunk of found) {
    const present = new Set(terms.terms(`${chunk.title}\n${chunk.heading}\n${chunk.text}`));
    let covered = 0;
    for (const [term, weight] of weights) if (present.has(term)) covered += weight;
    const hit: LexicalHit = { chunk, coverage: covered / mass, rank: chunk.rank };
    if (hit.coverage < atLeast || hit.coverage === 0) continue;
    const known = best.get(chunk.path);
    if (known === undefined || compareLexical(hit, known) < 0) best.set(chunk.path, hit);
  }
  return [...best.values()].sort(compareLexical);
}

function compareLexical(a: LexicalHit, b: LexicalHit): number {
  return (
    b.coverage - a.coverage ||
    b.rank - a.rank ||
    compareText(a.chunk.path, b.chunk.path) ||
    a.chunk.ordinal - b.chunk.ordinal
  );
}

/**
 * The terms that a chunk needs at least one of to pass the gate: the lightest terms go as long as those that went cannot
 * pass it together. Without a gate all terms bear; terms that are everywhere bear only when there are no others.
 */
function chooseBearing(
  queryTerms: readonly string[],
  frequencies: readonly number[],
  weights: ReadonlyMap<string, number>,
  mass: number,
  atLeast: number,
): string[] {
  const sorted = queryTerms
    .map((term, index) => ({ term, frequency: frequencies[index] ?? 0, weight: weights.get(term) ?? 0 }))
    .filter((each) => each.frequency > 0)
    .sort((a, b) => a.weight - b.weight || compareText(a.term, b.term));
  // Terms that occur nowhere weigh most: when too many of them are missing, nothing can pass the gate.
  if (sorted.reduce((sum, each) => sum + each.weight, 0) / mass < atLeast) return [];
  let dropped = 0;
  while (sorted.length > 1 && (dropped + (sorted[0]?.weight ?? 0)) / mass < atLeast)
    dropped += sorted.shift()?.weight ?? 0;
  while (sorted.length > 1 && sorted.reduce((sum, each) => sum + each.frequency, 0) > maxPostings) sorted.shift();
  return sorted.map((each) => each.term);
}

function idf(chunks: number, frequency: number): number {
  return Math.log(1 + (chunks - frequency + 0.5) / (frequency + 0.5));
}

async function rankByVector(
  database: IndexDatabase,
  request: SearchRequest,
): Promise<{ chunk: FoundChunk; cosine: number }[]> {
  const { vector, limit, filter } = request;
  if (vector === undefined) return [];
  for (let count = Math.max(100, limit * 5); ; count *= 4) {
    const found = await database.nearest(vector.generation, vector.values, filter, count);
    const best = new Map<string, { chunk: FoundChunk; cosine: number }>();
    // The list is in order, so that the first chunk of a note is its best one.
    for (const chunk of found) if (!best.has(chunk.path)) best.set(chunk.path, { chunk, cosine: chunk.cosine });
    if (best.size >= limit || found.length < count || count > 4000) return [...best.values()];
  }
}

function fuse(position: number | undefined): number {
  return position === undefined ? 0 : 1 / (fusion + position + 1);
}

/** Fused ranks decide the order; a score says no less than that of any result below. */
function levelScores(hits: readonly SearchHit[]): SearchHit[] {
  let floor = 0;
  return hits
    .toReversed()
    .map((hit) => {
      floor = Math.max(floor, hit.score);
      return { ...hit, score: Math.round(floor * 10_000) / 10_000 };
    })
    .toReversed();
}
