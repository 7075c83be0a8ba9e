// Groups of nodes: connected and strongly connected components, and communities by modularity (Louvain).
// Every grouping numbers its groups by size, largest first, then by the first node.
import { adjacencyOf, at, type Adjacency, type Graph } from "./graph.ts";

/** Positions of the members of each group, ascending. */
export type Groups = readonly (readonly number[])[];

/** Nodes that are joined by edges, whatever their direction. */
export function connectedComponents(graph: Graph): Groups {
  const { offsets, targets } = adjacencyOf(graph, "both");
  const size = graph.nodes.length;
  const label = new Int32Array(size).fill(-1);
  const queue = new Int32Array(size);
  for (let start = 0; start < size; start += 1) {
    if (at(label, start) >= 0) continue;
    let length = 1;
    queue[0] = start;
    label[start] = start;
    for (let head = 0; head < length; head += 1) {
      const node = at(queue, head);
      for (let edge = at(offsets, node); edge < at(offsets, node + 1); edge += 1) {
        const next = at(targets, edge);
        if (at(label, next) >= 0) continue;
        label[next] = start;
        queue[length] = next;
        length += 1;
      }
    }
  }
  return collect(label);
}

/** Nodes that reach one another (Tarjan, without recursion). */
export function stronglyConnectedComponents(graph: Graph): Groups {
  const { offsets, targets } = graph.out;
  const size = graph.nodes.length;
  const number = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const label = new Int32Array(size).fill(-1);
  const cursor = offsets.slice();
  const open: number[] = [];
  let next = 0;
  for (let root = 0; root < size; root += 1) {
    if (at(number, root) >= 0) continue;
    const stack = [root];
    while (stack.length > 0) {
      const node = stack[stack.length - 1] ?? root;
      if (at(number, node) < 0) {
        number[node] = low[node] = next;
        next += 1;
        open.push(node);
      }
      const edge = at(cursor, node);
      if (edge < at(offsets, node + 1)) {
        cursor[node] = edge + 1;
        const target = at(targets, edge);
        if (at(number, target) < 0) stack.push(target);
        else if (at(label, target) < 0) low[node] = Math.min(at(low, node), at(number, target));
        continue;
      }
      stack.pop();
      const parent = stack[stack.length - 1];
      if (parent !== undefined) low[parent] = Math.min(at(low, parent), at(low, node));
      if (at(low, node) !== at(number, node)) continue;
      for (let member = open.pop(); member !== undefined; member = member === node ? undefined : open.pop())
        label[member] = node;
    }
  }
  return collect(label);
}

export interface CommunityOptions {
  /** Above 1 finds more and smaller communities; 1 by default. */
  readonly resolution?: number;
  /** Communities with fewer members are left out; 1 by default. */
  readonly minSize?: number;
  /** Decides the order in which nodes are looked at; one seed, one result. */
  readonly seed?: number;
}

/** Communities by modularity, over the graph without directions (Louvain: moving nodes, then joining communities, until nothing gains). */
export function communities(graph: Graph, { resolution = 1, minSize = 1, seed = 1 }: CommunityOptions = {}): Groups {
  if (!(resolution > 0)) throw new RangeError(`The resolution is above 0, not ${resolution}`);
  let level: Level = { adjacency: adjacencyOf(graph, "both"), loops: new Float64Array(graph.nodes.length) };
  const label = Int32Array.from(graph.nodes, (_, node) => node);
  const random = createRandom(seed);
  for (;;) {
    const moved = moveNodes(level, resolution, random);
    if (moved.count === level.loops.length) break;
    for (let node = 0; node < label.length; node += 1) label[node] = at(moved.community, at(label, node));
    level = joinCommunities(level, moved.community, moved.count);
  }
  return collect(label).filter((members) => members.length >= minSize);
}

/** The modularity of a grouping, over the graph without directions; nodes in no group are alone. */
export function modularity(graph: Graph, groups: Groups, resolution = 1): number {
  const { offsets, targets, weights } = adjacencyOf(graph, "both");
  const label = Int32Array.from(graph.nodes, (_, node) => -1 - node);
  for (const [group, members] of groups.entries()) for (const node of members) label[node] = group;
  let total = 0;
  let inside = 0;
  const strength = new Map<number, number>();
  for (let node = 0; node < graph.nodes.length; node += 1) {
    for (let edge = at(offsets, node); edge < at(offsets, node + 1); edge += 1) {
      const weight = at(weights, edge);
      total += weight;
      if (at(label, node) === at(label, at(targets, edge))) inside += weight;
      strength.set(at(label, node), (strength.get(at(label, node)) ?? 0) + weight);
    }
  }
  if (total === 0) return 0;
  let expected = 0;
  for (const sum of strength.values()) expected += (sum / total) ** 2;
  return inside / total - resolution * expected;
}

interface Level {
  readonly adjacency: Adjacency;
  /** Weight inside of each node of this level, both directions counted. */
  readonly loops: Float64Array;
}

function moveNodes(
  { adjacency, loops }: Level,
  resolution: number,
  random: () => number,
): { readonly community: Int32Array; readonly count: number } {
  const { offsets, targets, weights } = adjacency;
  const size = loops.length;
  const strength = new Float64Array(size);
  let total = 0;
  for (let node = 0; node < size; node += 1) {
    let sum = at(loops, node);
    for (let edge = at(offsets, node); edge < at(offsets, node + 1); edge += 1) sum += at(weights, edge);
    strength[node] = sum;
    total += sum;
  }
  const community = Int32Array.from({ length: size }, (_, node) => node);
  const sums = strength.slice();
  const linked = new Float64Array(size);
  const touched = new Int32Array(size);
  const order = shuffled(size, random);
  const waiting = new Uint8Array(size).fill(1);
  // Nodes whose neighbours moved are looked at again; the ring holds each at most once.
  const ring = order.slice();
  let head = 0;
  let count = size;
  while (count > 0) {
    const node = at(ring, head);
    head = head + 1 === size ? 0 : head + 1;
    count -= 1;
    waiting[node] = 0;
    const home = at(community, node);
    let found = 0;
    for (let edge = at(offsets, node); edge < at(offsets, node + 1); edge += 1) {
      const there = at(community, at(targets, edge));
      if (at(linked, there) === 0) {
        touched[found] = there;
        found += 1;
      }
      linked[there] = at(linked, there) + at(weights, edge);
    }
    const own = at(strength, node);
    const scale = total === 0 ? 0 : (resolution * own) / total;
    let best = home;
    let bestGain = at(linked, home) - scale * (at(sums, home) - own);
    for (let index = 0; index < found; index += 1) {
      const there = at(touched, index);
      if (there === home) continue;
      const gain = at(linked, there) - scale * at(sums, there);
      if (gain > bestGain + 1e-12 || (gain > bestGain - 1e-12 && best !== home && there < best)) {
        best = there;
        bestGain = gain;
      }
    }
    for (let index = 0; index < found; index += 1) linked[at(touched, index)] = 0;
    if (best === home) continue;
    sums[home] = at(sums, home) - own;
    sums[best] = at(sums, best) + own;
    community[node] = best;
    for (let edge = at(offsets, node); edge < at(offsets, node + 1); edge += 1) {
      const next = at(targets, edge);
      if (waiting[next] === 1 || at(community, next) === best) continue;
      waiting[next] = 1;
      ring[(head + count) % size] = next;
      count += 1;
    }
  }
  return renumber(community);
}

function renumber(community: Int32Array): { readonly community: Int32Array; readonly count: number } {
  const numbers = new Int32Array(community.length).fill(-1);
  let count = 0;
  const renumbered = community.map((each) => {
    if (at(numbers, each) < 0) {
      numbers[each] = count;
      count += 1;
    }
    return at(numbers, each);
  });
  return { community: renumbered, count };
}

function joinCommunities({ adjacency, loops }: Level, community: Int32Array, count: number): Level {
  const { offsets, targets, weights } = adjacency;
  const members: number[][] = Array.from({ length: count }, () => []);
  for (let node = 0; node < community.length; node += 1) members[at(community, node)]?.push(node);
  const inside = new Float64Array(count);
  const joined = new Int32Array(count + 1);
  const joinedTargets: number[] = [];
  const joinedWeights: number[] = [];
  const sums = new Float64Array(count);
  for (let group = 0; group < count; group += 1) {
    const found: number[] = [];
    for (const node of members[group] ?? []) {
      inside[group] = at(inside, group) + at(loops, node);
      for (let edge = at(offsets, node); edge < at(offsets, node + 1); edge += 1) {
        const there = at(community, at(targets, edge));
        if (there === group) {
          inside[group] = at(inside, group) + at(weights, edge);
          continue;
        }
        if (at(sums, there) === 0) found.push(there);
        sums[there] = at(sums, there) + at(weights, edge);
      }
    }
    for (const there of found.sort((a, b) => a - b)) {
      joinedTargets.push(there);
      joinedWeights.push(at(sums, there));
      sums[there] = 0;
    }
    joined[group + 1] = joinedTargets.length;
  }
  return {
    adjacency: {
      offsets: joined,
      targets: Int32Array.from(joinedTargets),
      weights: Float64Array.from(joinedWeights),
    },
    loops: inside,
  };
}

function collect(label: Int32Array): Groups {
  const groups = new Map<number, number[]>();
  for (let node = 0; node < label.length; node += 1) {
    const members = groups.get(at(label, node));
    if (members === undefined) groups.set(at(label, node), [node]);
    else members.push(node);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length || (a[0] ?? 0) - (b[0] ?? 0));
}

function shuffled(size: number, random: () => number): Int32Array {
  const order = Int32Array.from({ length: size }, (_, node) => node);
  for (let last = size - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [at(order, other), at(order, last)];
  }
  return order;
}

// Mulberry32: 32 bits of state are plenty for an order of visits.
function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
