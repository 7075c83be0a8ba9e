// Walks to notes that are about the same words, for a kiln without vectors: each step searches for a note's title.
import { succeed, type Outcome } from "@crucible/sandbox";
import type { SimilarNote, SimilarOptions } from "./source.ts";

/** The search of a kiln's index, by words. */
export interface WordIndex {
  search(
    query: string,
    options: { readonly mode: "lexical"; readonly limit: number; readonly minScore: number },
  ): Promise<
    Outcome<{ readonly results: readonly { readonly path: string; readonly title: string; readonly score: number }[] }>
  >;
}

/** As many as a walk by meaning takes from each note. */
const fanOut = 8;

/** Finds notes breadth first, those that say most of a title's words first. The start is a note that exists. */
export async function walkByWords(
  index: WordIndex,
  start: { readonly path: string; readonly title: string },
  { depth = 3, limit = 1000, minScore = 0.5 }: SimilarOptions,
): Promise<Outcome<readonly SimilarNote[]>> {
  const found: SimilarNote[] = [{ path: start.path, depth: 0, via: null }];
  const seen = new Set([start.path]);
  let level = [start];
  for (let step = 1; step <= depth && level.length > 0 && found.length < limit; step += 1) {
    const next: { readonly path: string; readonly title: string }[] = [];
    for (const { path: via, title } of level) {
      if (found.length >= limit) break;
      if (title.trim() === "") continue;
      // One more: the note finds itself.
      const hits = await index.search(title, { mode: "lexical", limit: fanOut + 1, minScore });
      if (!hits.ok) return hits;
      for (const { path, title: named, score } of hits.value.results
        .filter((hit) => hit.path !== via)
        .slice(0, fanOut)) {
        if (seen.has(path) || found.length >= limit) continue;
        seen.add(path);
        next.push({ path, title: named });
        found.push({ path, depth: step, via, score });
      }
    }
    level = next;
  }
  return succeed(found);
}
