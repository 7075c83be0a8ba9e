// Graphs in blocks of memory that pass between threads without being copied or walked, and what becomes of them there.
import { buildFromColumns, type EdgeColumns, type Graph } from "./graph.ts";

/** Nodes and edges as bytes, best in shared memory. The index of a kiln gives its graph in this form. */
export interface PackedGraph {
  /** UTF-8, each name with a NUL behind it. */
  readonly paths: Uint8Array;
  /** Source and target as positions among the names, as pairs one after the other. */
  readonly links: Int32Array;
  /** One for each pair, above 0; without them each is 1. */
  readonly weights?: Float64Array;
}

/**
 * Packs nodes and edges.
 *
 * @throws {RangeError} for a name with a NUL inside
 */
export function packGraph(nodes: readonly string[], { from, to, weights }: EdgeColumns): PackedGraph {
  if (nodes.some((name) => name.includes("\0"))) throw new RangeError("A node has a NUL in its name");
  const encoded = new TextEncoder().encode(nodes.map((name) => `${name}\0`).join(""));
  const paths = new Uint8Array(new SharedArrayBuffer(encoded.length));
  paths.set(encoded);
  const links = new Int32Array(new SharedArrayBuffer(from.length * 8));
  for (let edge = 0; edge < from.length; edge += 1) {
    links[edge * 2] = from[edge] ?? 0;
    links[edge * 2 + 1] = to[edge] ?? 0;
  }
  const shared = new Float64Array(new SharedArrayBuffer(weights.length * 8));
  shared.set(weights);
  return { paths, links, weights: shared };
}

/** Builds the graph, or the part of it inside of a folder. Links between positions that do not exist are left out. */
export function unpackGraph({ paths, links, weights }: PackedGraph, folder: string): Graph {
  // Shared memory cannot be decoded in place.
  const names = new TextDecoder().decode(paths.slice()).split("\0").slice(0, -1);
  const places = new Int32Array(names.length);
  const nodes: string[] = [];
  for (const [position, name] of names.entries())
    places[position] = folder === "" || name.startsWith(`${folder}/`) ? nodes.push(name) - 1 : -1;
  const count = links.length >> 1;
  const from = new Int32Array(count);
  const to = new Int32Array(count);
  const kept = new Float64Array(count);
  let length = 0;
  for (let link = 0; link < count; link += 1) {
    const source = places[links[link * 2] ?? -1] ?? -1;
    const target = places[links[link * 2 + 1] ?? -1] ?? -1;
    if (source < 0 || target < 0) continue;
    from[length] = source;
    to[length] = target;
    kept[length] = weights?.[link] ?? 1;
    length += 1;
  }
  return buildFromColumns(nodes, {
    from: from.subarray(0, length),
    to: to.subarray(0, length),
    weights: kept.subarray(0, length),
  });
}

export function isPacked(input: object): input is PackedGraph {
  return "links" in input;
}
