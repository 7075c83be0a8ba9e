// Reads the corpus of the retrieval benchmark into notes and queries.

export type QueryKind = "paraphrase" | "keyword" | "mixed";

export interface CorpusQuery {
  readonly kind: QueryKind;
  readonly text: string;
  /** Path of the one note that answers it. */
  readonly answer: string;
}

export interface Corpus {
  readonly notes: ReadonlyMap<string, string>;
  readonly queries: readonly CorpusQuery[];
}

const kinds: Readonly<Record<string, QueryKind>> = { "~": "paraphrase", "=": "keyword" };

/** Also makes a mixed query for each note: the paraphrase with the first of its keywords. */
export function parseCorpus(text: string): Corpus {
  const notes = new Map<string, string>();
  const queries: CorpusQuery[] = [];
  let path = "";
  for (const line of text.split("\n")) {
    const kind = kinds[line.charAt(0)];
    if (line.startsWith("# ")) {
      path = `${line.slice(2).replace(/[:?]/gu, "")}.md`;
      notes.set(path, `${line}\n\n`);
    } else if (kind !== undefined) {
      const query = { kind, text: line.slice(2), answer: path };
      const paraphrase = queries.at(-1);
      queries.push(query);
      if (kind === "keyword" && paraphrase?.answer === path) {
        queries.push({ kind: "mixed", text: `${paraphrase.text} ${query.text.split(" ")[0] ?? ""}`, answer: path });
      }
    } else if (line.trim() !== "") notes.set(path, `${notes.get(path) ?? ""}${line}\n\n`);
  }
  return { notes, queries };
}

export interface Quality {
  readonly recallAt1: number;
  readonly recallAt5: number;
  /** Normalised discounted cumulative gain of the first ten; one note is right for each query. */
  readonly ndcgAt10: number;
}

/** Quality in percent over the positions of the right answers, counted from 0; -1 where it was not found. */
export function qualityOf(positions: readonly number[]): Quality {
  const share = (test: (position: number) => number): number =>
    (100 * positions.reduce((sum, position) => sum + (position < 0 ? 0 : test(position)), 0)) /
    Math.max(1, positions.length);
  return {
    recallAt1: share((position) => (position === 0 ? 1 : 0)),
    recallAt5: share((position) => (position < 5 ? 1 : 0)),
    ndcgAt10: share((position) => (position < 10 ? 1 / Math.log2(position + 2) : 0)),
  };
}
