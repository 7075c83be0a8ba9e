// Graphs of notes for benchmarks, the same at every run.
import type { GraphInput } from "@crucible/stdlib-graph";

/** Links as people set them: most inside a neighbourhood of the same subject, some to a few notes that everybody links to. */
export function syntheticLinks(size: number, links: number): GraphInput {
  let state = 1;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const nodes = Array.from({ length: size }, (_, at) => `note-${String(at).padStart(7, "0")}.md`);
  const seen = new Set<number>();
  const edges: (readonly [number, number])[] = [];
  while (edges.length < links) {
    const from = Math.floor(random() * size);
    const near = from - (from % 50) + Math.floor(random() * 50);
    const to = random() < 0.7 ? Math.min(near, size - 1) : Math.floor(random() ** 3 * size);
    const key = from * size + to;
    if (from === to || seen.has(key)) continue;
    seen.add(key);
    edges.push([from, to]);
  }
  return { nodes, edges };
}
