// The power to see the kiln's graph. A kiln's index has these questions answered already; the module keeps nothing of it.
import { succeed, toPlain, type Outcome, type ValueObject } from "@crucible/sandbox";
import type { GraphInput } from "./graph.ts";
import type { PackedGraph } from "./packed-graph.ts";
import { walkByWords, type WordIndex } from "./walk-by-words.ts";

/** The notes of a kiln and their links, up to date. Notes are named by their paths. */
export interface GraphSource {
  /** All notes, and each resolved link once. May give the same object again while nothing has changed: it is then not built anew. */
  read(): Promise<Outcome<GraphInput | PackedGraph>>;
  /** Paths of the notes whose front matter fits, in the form of the kiln's filters: property to value, list or conditions. */
  matching(frontmatter: ValueObject): Promise<Outcome<readonly string[]>>;
  /** Notes near to a note, step by step; absent where nothing can say what is near. */
  readonly similar?: (start: string, options: SimilarOptions) => Promise<Outcome<SimilarNotes>>;
}

export interface SimilarOptions {
  /** Steps from the start, 1…10; 3 by default. */
  readonly depth?: number;
  /** Notes at most, the start included; 1,000 by default. */
  readonly limit?: number;
  /** How near a note must be to the one before it, above 0 and below 1; 0.5 by default. */
  readonly minScore?: number;
}

export interface SimilarNotes {
  /** What decided: vectors, or the words of titles where there are no vectors. */
  readonly by: "meaning" | "words";
  /** Why the answer is not, or not only, by meaning; for people. */
  readonly note?: string;
  /** The start, then what each of the notes before led to, nearest first. */
  readonly notes: readonly SimilarNote[];
}

export interface SimilarNote {
  readonly path: string;
  readonly depth: number;
  readonly via: string | null;
  /** 0…1; absent at the start. */
  readonly score?: number;
}

/** What the source needs of a kiln's index; `KilnIndex` of the kiln's store has it. */
export interface GraphIndex extends WordIndex {
  /** Names the present state of notes and links. */
  revision(): Promise<Outcome<string>>;
  graph(): Promise<Outcome<PackedGraph>>;
  list(
    folder?: string,
    options?: { readonly recursive?: boolean; readonly filter?: object },
  ): Promise<Outcome<readonly { readonly path: string }[]>>;
  traverse(
    start: string,
    strategy: "semantic",
    options?: SimilarOptions,
  ): Promise<Outcome<readonly (SimilarNote & { readonly title: string })[]>>;
  status(): Promise<Outcome<{ readonly chunks: number; readonly pending: number; readonly serving: string | null }>>;
}

/** The graph as a kiln's index knows it. `openIndex` gives the index, up to date; it is called for each question. */
export function createIndexSource(openIndex: () => Promise<Outcome<GraphIndex>>): GraphSource {
  let known: { readonly index: GraphIndex; readonly revision: string; readonly graph: PackedGraph } | undefined;
  return {
    async read() {
      const index = await openIndex();
      if (!index.ok) return index;
      // Asked first: a change while the graph is being read is noticed by the next question.
      const revision = await index.value.revision();
      if (!revision.ok) return revision;
      if (known?.index === index.value && known.revision === revision.value) return succeed(known.graph);
      const graph = await index.value.graph();
      if (!graph.ok) return graph;
      known = { index: index.value, revision: revision.value, graph: graph.value };
      return graph;
    },
    async matching(frontmatter) {
      const index = await openIndex();
      if (!index.ok) return index;
      const found = await index.value.list("", { recursive: true, filter: { frontmatter: toPlain(frontmatter) } });
      return found.ok ? succeed(found.value.map(({ path }) => path)) : found;
    },
    async similar(start, options) {
      const index = await openIndex();
      if (!index.ok) return index;
      const found = await index.value.traverse(start, "semantic", options);
      if (!found.ok) return found;
      const status = await index.value.status();
      if (!status.ok) return status;
      const { chunks, pending, serving } = status.value;
      const [origin] = found.value;
      if (origin !== undefined && chunks > 0 && (serving === null || pending >= chunks)) {
        const notes = await walkByWords(index.value, origin, options);
        if (!notes.ok) return notes;
        const note = `The walk from "${origin.path}" went by the words of titles, not by meaning: no vectors have been made yet (cru kiln index makes them)`;
        return succeed({ by: "words", note, notes: notes.value });
      }
      const unfinished = `The walk from "${start}" may lack notes: ${pending} of ${chunks} passages have no vectors yet`;
      return succeed({ by: "meaning", ...(pending === 0 ? {} : { note: unfinished }), notes: found.value });
    },
  };
}
