// Terms of the lexical search: how text becomes the words that are indexed and looked for, in every database alike.
import { stemmer } from "stemmer";

const wordPattern = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]+|[\p{L}\p{N}]+/gu;
const unspaced = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const maxTermLength = 64;
const memoSize = 50_000;

/** Makes terms. It remembers stems of words that it has seen, so that one is made for a long piece of work. */
export interface TermMaker {
  /** Terms in the order of the text, with repetitions. */
  terms(text: string): string[];
}

/**
 * Creates what cuts text into terms: runs of letters and digits, without accents, in lower case, English words stemmed
 * by Porter's algorithm. Scripts without spaces give each pair of neighbouring characters.
 */
export function createTermMaker(): TermMaker {
  const stems = new Map<string, string>();
  return {
    terms(text) {
      const found: string[] = [];
      const folded = (/^\p{ASCII}*$/u.test(text) ? text : text.normalize("NFKD").replace(/\p{M}/gu, "")).toLowerCase();
      for (const word of folded.match(wordPattern) ?? []) {
        if (unspaced.test(word)) addPairs(word, found);
        else found.push(stemOf(word));
      }
      return found;
    },
  };

  function stemOf(word: string): string {
    const known = stems.get(word);
    if (known !== undefined) return known;
    const stem = (/^[a-z]{3,}$/u.test(word) ? stemmer(word) : word).slice(0, maxTermLength);
    if (stems.size >= memoSize) stems.clear();
    stems.set(word, stem);
    return stem;
  }
}

function addPairs(run: string, found: string[]): void {
  const characters = Array.from(run);
  if (characters.length === 1) found.push(run);
  for (let index = 0; index + 1 < characters.length; index += 1) {
    found.push(`${characters[index] ?? ""}${characters[index + 1] ?? ""}`);
  }
}
