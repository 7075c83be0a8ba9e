// The whole graph of a kiln in two blocks of shared memory, which pass between threads without being copied or walked.
import type { GraphPage } from "./index-database.ts";

/** Paths in code point order, and each resolved link once, as positions. */
export interface PackedGraph {
  /** UTF-8, each path with a NUL behind it: no path has one inside. */
  readonly paths: Uint8Array;
  /** Source and target, as pairs one after the other, in no order. */
  readonly links: Int32Array;
}

const pageNotes = 5000;

/** Reads the graph page by page; other questions have their turn between two pages. */
export async function packGraph(
  readPage: (limit: number, after?: string) => Promise<GraphPage>,
  yieldNow: () => Promise<void>,
): Promise<PackedGraph> {
  const paths: string[] = [];
  const positions = new Map<number, number>();
  const links: (readonly number[])[] = [];
  for (let after: string | undefined; ;) {
    const page = await readPage(pageNotes, after);
    for (const { id, path } of page.notes) positions.set(id, paths.push(path) - 1);
    links.push(page.links);
    if (page.notes.length < pageNotes) break;
    after = paths.at(-1);
    await yieldNow();
  }
  const length = links.reduce((sum, page) => sum + page.length, 0);
  const packed = new Int32Array(new SharedArrayBuffer(length * 4));
  let at = 0;
  for (const page of links) {
    for (let link = 0; link + 1 < page.length; link += 2) {
      const from = positions.get(page[link] ?? -1);
      const to = positions.get(page[link + 1] ?? -1);
      // A note that went while the pages were read leads nowhere.
      if (from === undefined || to === undefined) continue;
      packed[at] = from;
      packed[at + 1] = to;
      at += 2;
    }
  }
  const encoded = new TextEncoder().encode(paths.map((path) => `${path}\0`).join(""));
  const shared = new Uint8Array(new SharedArrayBuffer(encoded.length));
  shared.set(encoded);
  return { paths: shared, links: packed.subarray(0, at) };
}
