// Directed graphs as typed arrays: for each node the range of its edges (compressed sparse rows). Nodes are sorted, so that
// every result is the same whatever order they were given in. Names are at the edges of the package; inside are positions.

export interface Graph {
  /** Names in code unit order; a node is its position. */
  readonly nodes: readonly string[];
  readonly positions: ReadonlyMap<string, number>;
  readonly out: Adjacency;
  readonly in: Adjacency;
}

/** Edges of node `n` are `targets[offsets[n]] … targets[offsets[n + 1] - 1]`, ascending, each target once. */
export interface Adjacency {
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float64Array;
}

export type Direction = "out" | "in" | "both";

/** Nodes with edges by position; a node may be missing in `nodes` only if no edge names it. */
export interface GraphInput {
  readonly nodes: readonly string[];
  readonly edges: readonly (readonly [number, number] | readonly [number, number, number])[];
}

/**
 * Builds a graph. Loops are kept, parallel edges are one edge with the sum of their weights; an edge without a weight has 1.
 *
 * @throws {RangeError} for an edge whose ends are no nodes, or whose weight is not above 0
 */
export function buildGraph({ nodes, edges }: GraphInput): Graph {
  const from = new Int32Array(edges.length);
  const to = new Int32Array(edges.length);
  const weights = new Float64Array(edges.length);
  for (let place = 0; place < edges.length; place += 1) {
    const [source, target, given = 1] = edges[place] ?? [-1, -1];
    if (!(source >= 0 && source < nodes.length && target >= 0 && target < nodes.length))
      throw new RangeError(`Edge ${place} has an end that is no node`);
    if (!(given > 0 && given < Infinity))
      throw new RangeError(`Edge ${place} has the weight ${given}: weights are above 0`);
    from[place] = source;
    to[place] = target;
    weights[place] = given;
  }
  return buildFromColumns(nodes, { from, to, weights });
}

/** Edges by columns: ends as positions among the nodes, weights above 0. */
export interface EdgeColumns {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weights: Float64Array;
}

/** Builds a graph of edges whose ends and weights are known to be right. The columns are changed. */
export function buildFromColumns(nodes: readonly string[], { from, to, weights }: EdgeColumns): Graph {
  const isSorted = nodes.every((name, place) => place === 0 || (nodes[place - 1] ?? "") < name);
  const sorted = isSorted ? nodes : [...new Set(nodes)].sort((a, b) => (a < b ? -1 : 1));
  const positions = new Map(sorted.map((name, place) => [name, place]));
  if (!isSorted) {
    const moved = Int32Array.from(nodes, (name) => positions.get(name) ?? 0);
    for (let edge = 0; edge < from.length; edge += 1) {
      from[edge] = at(moved, at(from, edge));
      to[edge] = at(moved, at(to, edge));
    }
  }
  // Two passes of counting sort order the edges by source and target; the reverse has them by target and source.
  const incoming = gather(sorted.length, to, from, weights);
  const out = mergeParallel(gather(sorted.length, ...spread(incoming)));
  return { nodes: sorted, positions, out, in: gather(sorted.length, ...spread(out)) };
}

/** Edges in one direction, or in both as an undirected graph without loops. */
export function adjacencyOf(graph: Graph, direction: Direction): Adjacency {
  if (direction === "out") return graph.out;
  if (direction === "in") return graph.in;
  const present = undirected.get(graph);
  if (present !== undefined) return present;
  const made = makeUndirected(graph);
  undirected.set(graph, made);
  return made;
}

const undirected = new WeakMap<Graph, Adjacency>();

function makeUndirected({ nodes, out, in: incoming }: Graph): Adjacency {
  const size = nodes.length;
  const offsets = new Int32Array(size + 1);
  const targets = new Int32Array(out.targets.length * 2);
  const weights = new Float64Array(out.targets.length * 2);
  let length = 0;
  for (let node = 0; node < size; node += 1) {
    let a = at(out.offsets, node);
    let b = at(incoming.offsets, node);
    const [aEnd, bEnd] = [at(out.offsets, node + 1), at(incoming.offsets, node + 1)];
    while (a < aEnd || b < bEnd) {
      const left = a < aEnd ? at(out.targets, a) : size;
      const right = b < bEnd ? at(incoming.targets, b) : size;
      const target = Math.min(left, right);
      const sum = (left === target ? at(out.weights, a) : 0) + (right === target ? at(incoming.weights, b) : 0);
      if (left === target) a += 1;
      if (right === target) b += 1;
      if (target === node) continue;
      targets[length] = target;
      weights[length] = sum;
      length += 1;
    }
    offsets[node + 1] = length;
  }
  return { offsets, targets: targets.slice(0, length), weights: weights.slice(0, length) };
}

/** Reads an element that exists: every index here is below the length by construction. */
export function at(array: Int32Array | Float64Array, index: number): number {
  return array[index] as number; // in bounds by construction
}

function gather(size: number, from: Int32Array, to: Int32Array, weight: Float64Array): Adjacency {
  const offsets = new Int32Array(size + 1);
  for (let edge = 0; edge < from.length; edge += 1) {
    const next = at(from, edge) + 1;
    offsets[next] = at(offsets, next) + 1;
  }
  for (let node = 0; node < size; node += 1) offsets[node + 1] = at(offsets, node + 1) + at(offsets, node);
  const cursor = offsets.slice();
  const targets = new Int32Array(from.length);
  const weights = new Float64Array(from.length);
  for (let edge = 0; edge < from.length; edge += 1) {
    const source = at(from, edge);
    const place = at(cursor, source);
    cursor[source] = place + 1;
    targets[place] = at(to, edge);
    weights[place] = at(weight, edge);
  }
  return { offsets, targets, weights };
}

// The edges of an adjacency as (target, source, weight), for the reverse.
function spread({ offsets, targets, weights }: Adjacency): [Int32Array, Int32Array, Float64Array] {
  const sources = new Int32Array(targets.length);
  for (let node = 0; node + 1 < offsets.length; node += 1) sources.fill(node, at(offsets, node), at(offsets, node + 1));
  return [targets, sources, weights];
}

function mergeParallel({ offsets, targets, weights }: Adjacency): Adjacency {
  const merged = new Int32Array(offsets.length);
  let length = 0;
  for (let node = 0; node + 1 < offsets.length; node += 1) {
    const start = length;
    for (let edge = at(offsets, node); edge < at(offsets, node + 1); edge += 1) {
      if (length > start && at(targets, length - 1) === at(targets, edge)) {
        weights[length - 1] = at(weights, length - 1) + at(weights, edge);
      } else {
        targets[length] = at(targets, edge);
        weights[length] = at(weights, edge);
        length += 1;
      }
    }
    merged[node + 1] = length;
  }
  return { offsets: merged, targets: targets.slice(0, length), weights: weights.slice(0, length) };
}
