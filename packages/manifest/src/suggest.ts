// Finds the known word that was probably meant.

import { distance } from "fastest-levenshtein";

const MAX_WORD = 64;

/**
 * Returns the nearest of `known`, ignoring case and the difference between `-`, `_` and a blank, or nothing when none
 * is near: a third of the letters may differ, two of a word of four.
 */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD) return undefined;
  const wanted = normalize(word);
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const between = distance(wanted, normalize(candidate));
    const allowed = wanted.length < 4 ? 1 : Math.max(2, Math.floor(Math.max(wanted.length, candidate.length) / 3));
    if (between <= allowed && between < bestDistance) {
      best = candidate;
      bestDistance = between;
    }
  }
  return best === word ? undefined : best;
}

function normalize(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, "");
}
