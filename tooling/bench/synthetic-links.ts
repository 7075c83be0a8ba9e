// Graphs of notes for benchmarks, the same at every run.
import type { GraphInput } from "@crucible/stdlib-graph";

export interface LinkColumns {
  readonly nodes: readonly string[];
  /** Ends of the links, as positions among the nodes. */
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** Links as people set them: most inside a neighbourhood of the same subject, some to a few notes that everybody links to. */
export function syntheticColumns(size: number, links: number): LinkColumns {
  let state = 1;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const nodes = Array.from({ length: size }, (_, at) => `note-${String(at).padStart(7, "0")}.md`);
  const seen = new Set<number>();
  const columns = { nodes, from: new Int32Array(links), to: new Int32Array(links) };
  while (seen.size < links) {
    const from = Math.floor(random() * size);
    const near = from - (from % 50) + Math.floor(random() * 50);
    const to = random() < 0.7 ? Math.min(near, size - 1) : Math.floor(random() ** 3 * size);
    const key = from * size + to;
    if (from === to || seen.has(key)) continue;
    columns.from[seen.size] = from;
    columns.to[seen.size] = to;
    seen.add(key);
  }
  return columns;
}

/** The same as pairs. */
export function syntheticLinks(size: number, links: number): GraphInput {
  const { nodes, from, to } = syntheticColumns(size, links);
  return { nodes, edges: Array.from(from, (source, at) => [source, to[at] ?? 0] as const) };
}
