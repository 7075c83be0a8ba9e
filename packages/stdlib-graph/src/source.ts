// The power to see the kiln's graph. A kiln's index has these questions answered already; the module keeps nothing of it.
import { succeed, toPlain, type Outcome, type ValueObject } from "@crucible/sandbox";
import type { GraphInput } from "./graph.ts";

/** The notes of a kiln and their links, up to date. Notes are named by their paths. */
export interface GraphSource {
  /** All notes, and each resolved link once. May give the same object again while nothing has changed: it is then not built anew. */
  read(): Promise<Outcome<GraphInput>>;
  /** Paths of the notes whose front matter fits, in the form of the kiln's filters: property to value, list or conditions. */
  matching(frontmatter: ValueObject): Promise<Outcome<readonly string[]>>;
  /** Notes near in meaning, step by step; absent where there are no vectors. */
  readonly similar?: (
    start: string,
    options: { readonly depth?: number; readonly limit?: number },
  ) => Promise<Outcome<readonly SimilarNote[]>>;
}

export interface SimilarNote {
  readonly path: string;
  readonly depth: number;
  readonly via: string | null;
}

/** What the source needs of a kiln's index; `KilnIndex` of the kiln's store has it. */
export interface GraphIndex {
  edges(): Promise<
    Outcome<{ readonly paths: readonly string[]; readonly edges: readonly (readonly [number, number])[] }>
  >;
  list(
    folder?: string,
    options?: { readonly recursive?: boolean; readonly filter?: object },
  ): Promise<Outcome<readonly { readonly path: string }[]>>;
  traverse(
    start: string,
    strategy: "semantic",
    options?: { readonly depth?: number; readonly limit?: number },
  ): Promise<Outcome<readonly SimilarNote[]>>;
}

/** The graph as a kiln's index knows it. `openIndex` gives the index, up to date; it is called for each question. */
export function createIndexSource(openIndex: () => Promise<Outcome<GraphIndex>>): GraphSource {
  return {
    async read() {
      const index = await openIndex();
      if (!index.ok) return index;
      const found = await index.value.edges();
      return found.ok ? succeed({ nodes: found.value.paths, edges: found.value.edges }) : found;
    },
    async matching(frontmatter) {
      const index = await openIndex();
      if (!index.ok) return index;
      const found = await index.value.list("", { recursive: true, filter: { frontmatter: toPlain(frontmatter) } });
      return found.ok ? succeed(found.value.map(({ path }) => path)) : found;
    },
    async similar(start, options) {
      const index = await openIndex();
      return index.ok ? index.value.traverse(start, "semantic", options) : index;
    },
  };
}
