// The graph of a kiln without an index: every note is read, every link resolved. For small kilns in memory.
import { resolveLink, type KilnStore } from "@crucible/kiln-store";
import { succeed, toPlain, type Outcome } from "@crucible/sandbox";
import type { GraphInput, GraphSource } from "@crucible/stdlib-graph";

/** Reads the graph from the notes themselves. */
export function createNotesGraph(store: KilnStore): GraphSource {
  return {
    async read(): Promise<Outcome<GraphInput>> {
      const listing = await store.listNotes("", { recursive: true });
      if (!listing.ok) return listing;
      const paths = listing.value.notes.map(({ path }) => path);
      const names = {
        pathsOf: (key: string) => paths.filter((path) => (path.split("/").at(-1) ?? "").toLowerCase() === `${key}.md`),
      };
      const edges = new Map<string, readonly [number, number]>();
      for (const [from, path] of paths.entries()) {
        const note = await store.readNote(path);
        if (!note.ok) continue;
        for (const { target } of note.value.links) {
          const to = paths.indexOf(resolveLink(target, path, names) ?? "");
          if (to >= 0) edges.set(`${from} ${to}`, [from, to]);
        }
      }
      return succeed({ nodes: paths, edges: [...edges.values()] });
    },
    async matching(frontmatter) {
      const filter = { frontmatter: toPlain(frontmatter) as Record<string, string> };
      const listing = await store.listNotes("", { recursive: true, filter });
      return listing.ok ? succeed(listing.value.notes.map(({ path }) => path)) : listing;
    },
  };
}
