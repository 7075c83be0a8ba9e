// Walks from a node: breadth first, depth first, and shortest paths. Neighbours are taken in the order of their names.
import { adjacencyOf, at, type Direction, type Graph } from "./graph.ts";

export interface WalkOptions {
  /** How many edges from the start; unbounded by default. */
  readonly depth?: number;
  /** `out` by default. */
  readonly direction?: Direction;
  /** 1 for nodes that may be visited; the start always is. */
  readonly allowed?: Uint8Array;
}

/** Nodes in the order of the walk, with their distance along it and the node that they were found from (-1 at the start). */
export interface Walk {
  readonly order: Int32Array;
  readonly depth: Int32Array;
  readonly via: Int32Array;
  /** Depth first only: edges that lead back to a node on the way from the start, as pairs; each closes a cycle. */
  readonly back: readonly (readonly [number, number])[];
}

export function breadthFirst(graph: Graph, start: number, options: WalkOptions = {}): Walk {
  const { depth: limit = Infinity, direction = "out", allowed } = options;
  const { offsets, targets } = adjacencyOf(graph, direction);
  const size = graph.nodes.length;
  const order = new Int32Array(size);
  const depth = new Int32Array(size).fill(-1);
  const via = new Int32Array(size).fill(-1);
  order[0] = start;
  depth[start] = 0;
  let length = 1;
  for (let head = 0; head < length; head += 1) {
    const node = at(order, head);
    if (at(depth, node) >= limit) break;
    for (let edge = at(offsets, node); edge < at(offsets, node + 1); edge += 1) {
      const next = at(targets, edge);
      if (at(depth, next) >= 0 || (allowed !== undefined && allowed[next] !== 1)) continue;
      depth[next] = at(depth, node) + 1;
      via[next] = node;
      order[length] = next;
      length += 1;
    }
  }
  return { order: order.slice(0, length), depth, via, back: [] };
}

/**
 * Depth first, each node before what is found from it. With a depth limit, a node that is met again on a shorter way is
 * walked on from there once more, so that the limit hides nothing that lies within it; its place in the order stays.
 */
export function depthFirst(graph: Graph, start: number, options: WalkOptions = {}): Walk {
  const { depth: limit = Infinity, direction = "out", allowed } = options;
  const { offsets, targets } = adjacencyOf(graph, direction);
  const size = graph.nodes.length;
  const order: number[] = [start];
  const depth = new Int32Array(size).fill(-1);
  const via = new Int32Array(size).fill(-1);
  const onWay = new Uint8Array(size);
  const cursor = new Int32Array(size);
  const back: (readonly [number, number])[] = [];
  const named = new Set<number>();
  const stack = [start];
  depth[start] = 0;
  onWay[start] = 1;
  cursor[start] = at(offsets, start);
  while (stack.length > 0) {
    const node = stack[stack.length - 1] ?? start;
    const edge = at(cursor, node);
    if (edge === at(offsets, node + 1)) {
      onWay[node] = 0;
      stack.pop();
      continue;
    }
    cursor[node] = edge + 1;
    const next = at(targets, edge);
    const isKnown = at(depth, next) >= 0;
    if (isKnown && onWay[next] === 1) {
      if ((direction === "both" && at(via, node) === next) || named.has(edge)) continue;
      if (limit !== Infinity) named.add(edge);
      back.push([node, next]);
      continue;
    }
    if (isKnown && (limit === Infinity || at(depth, next) <= stack.length)) continue;
    if (stack.length > limit || (allowed !== undefined && allowed[next] !== 1)) continue;
    depth[next] = stack.length;
    via[next] = node;
    onWay[next] = 1;
    cursor[next] = at(offsets, next);
    if (!isKnown) order.push(next);
    stack.push(next);
  }
  return { order: Int32Array.from(order), depth, via, back };
}

export interface Path {
  readonly nodes: readonly number[];
  /** Sum of the weights; the number of edges where these do not count. */
  readonly length: number;
}

/** A shortest path, or `null`; of several equally short ones always the same. With `weighted`, by the sum of the weights (Dijkstra). */
export function shortestPath(
  graph: Graph,
  start: number,
  end: number,
  options: Omit<WalkOptions, "depth"> & { readonly weighted?: boolean } = {},
): Path | null {
  if (options.weighted === true) return lightestPath(graph, start, end, options);
  const { depth, via } = breadthFirst(graph, start, options);
  if (at(depth, end) < 0) return null;
  return { nodes: trace(via, end), length: at(depth, end) };
}

function lightestPath(graph: Graph, start: number, end: number, options: WalkOptions): Path | null {
  const { direction = "out", allowed } = options;
  const { offsets, targets, weights } = adjacencyOf(graph, direction);
  const size = graph.nodes.length;
  const distance = new Float64Array(size).fill(Infinity);
  const via = new Int32Array(size).fill(-1);
  const settled = new Uint8Array(size);
  // A binary heap of (distance, node); old entries of a node that got nearer are skipped when they come up.
  const heap: [number, number][] = [[0, start]];
  const isLess = (a: readonly [number, number], b: readonly [number, number]): boolean =>
    a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
  const push = (entry: [number, number]): void => {
    let place = heap.push(entry) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isLess(entry, above)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = entry;
  };
  const pop = (): [number, number] | undefined => {
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let place = 0;
    for (;;) {
      let child = place * 2 + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      const smaller = right !== undefined && isLess(right, left) ? right : left;
      if (smaller === right) child += 1;
      if (!isLess(smaller, last)) break;
      heap[place] = smaller;
      place = child;
    }
    heap[place] = last;
    return top;
  };
  distance[start] = 0;
  for (let entry = pop(); entry !== undefined; entry = pop()) {
    const [reached, node] = entry;
    if (settled[node] === 1) continue;
    settled[node] = 1;
    if (node === end) return { nodes: trace(via, end), length: reached };
    for (let edge = at(offsets, node); edge < at(offsets, node + 1); edge += 1) {
      const next = at(targets, edge);
      if (settled[next] === 1 || (allowed !== undefined && allowed[next] !== 1)) continue;
      const length = reached + at(weights, edge);
      if (length < at(distance, next)) {
        distance[next] = length;
        via[next] = node;
        push([length, next]);
      }
    }
  }
  return null;
}

function trace(via: Int32Array, end: number): readonly number[] {
  const path = [end];
  for (let node = at(via, end); node >= 0; node = at(via, node)) path.push(node);
  return path.reverse();
}
