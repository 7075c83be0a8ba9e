// How important nodes are: PageRank, degree, closeness and betweenness. Scores are by position.
import { adjacencyOf, at, type Direction, type Graph } from "./graph.ts";
import { breadthFirst } from "./traverse.ts";

export interface PageRankOptions {
  /** How often a walker follows a link instead of jumping anywhere; above 0 and below 1, 0.85 by default. */
  readonly damping?: number;
  /** The walk has converged when all scores together change by less; 1e-9 by default. */
  readonly tolerance?: number;
}

export interface PageRank {
  /** They add up to 1. */
  readonly scores: Float64Array;
  readonly iterations: number;
}

/** PageRank by weight of links, iterated until it converges. What nodes without links have goes to all nodes alike. */
export function pageRank(graph: Graph, { damping = 0.85, tolerance = 1e-9 }: PageRankOptions = {}): PageRank {
  if (!(damping > 0 && damping < 1)) throw new RangeError(`The damping is above 0 and below 1, not ${damping}`);
  if (!(tolerance > 0)) throw new RangeError(`The tolerance is above 0, not ${tolerance}`);
  const size = graph.nodes.length;
  const { offsets, targets, weights } = graph.in;
  const share = new Float64Array(size);
  for (let node = 0; node < size; node += 1) {
    let sum = 0;
    for (let edge = at(graph.out.offsets, node); edge < at(graph.out.offsets, node + 1); edge += 1)
      sum += at(graph.out.weights, edge);
    share[node] = sum === 0 ? 0 : 1 / sum;
  }
  let scores = new Float64Array(size).fill(size === 0 ? 0 : 1 / size);
  let next = new Float64Array(size);
  const sent = new Float64Array(size);
  const most = rankingRounds({ damping, tolerance });
  let iterations = 0;
  let before = Infinity;
  // Below what the numbers can tell apart a change comes and goes: there is nothing left to converge.
  const floor = size * Number.EPSILON;
  for (let change = Infinity; change >= tolerance && iterations < most && size > 0; iterations += 1) {
    if (change < floor && change >= before) break;
    before = change;
    let lost = 0;
    for (let node = 0; node < size; node += 1) {
      const score = at(scores, node);
      const part = at(share, node);
      if (part === 0) lost += score;
      sent[node] = score * part;
    }
    const everywhere = (1 - damping + damping * lost) / size;
    change = 0;
    for (let node = 0; node < size; node += 1) {
      let sum = 0;
      const end = at(offsets, node + 1);
      for (let edge = at(offsets, node); edge < end; edge += 1) sum += at(sent, at(targets, edge)) * at(weights, edge);
      const score = everywhere + damping * sum;
      change += Math.abs(score - at(scores, node));
      next[node] = score;
    }
    [scores, next] = [next, scores];
  }
  return { scores, iterations };
}

/** Rounds that always suffice: each shrinks the change by the damping at least. */
export function rankingRounds({ damping = 0.85, tolerance = 1e-9 }: PageRankOptions): number {
  return Math.ceil(Math.log(Math.min(tolerance, 1) / 4) / Math.log(damping)) + 1;
}

export type CentralityMeasure = "degree" | "in_degree" | "out_degree" | "closeness" | "betweenness";

/**
 * One measure for every node: degrees as shares of the other nodes; closeness as reached nodes per step, weighted by their
 * share (Wasserman and Faust); betweenness as the share of the shortest paths between others that lead through (Brandes).
 * Closeness and betweenness need time in proportion to nodes times edges.
 */
export function centrality(graph: Graph, measure: CentralityMeasure): Float64Array {
  const size = graph.nodes.length;
  const scores = new Float64Array(size);
  const others = Math.max(1, size - 1);
  const degreeIn = (direction: Direction, node: number): number => {
    const { offsets } = adjacencyOf(graph, direction);
    return at(offsets, node + 1) - at(offsets, node);
  };
  if (measure === "betweenness") return betweenness(graph);
  for (let node = 0; node < size; node += 1) {
    if (measure === "closeness") {
      const { order, depth } = breadthFirst(graph, node, { direction: "in" });
      const total = order.reduce((sum, each) => sum + at(depth, each), 0);
      const reached = order.length - 1;
      scores[node] = total === 0 ? 0 : (reached / total) * (reached / others);
    } else {
      const incoming = measure === "out_degree" ? 0 : degreeIn("in", node);
      const outgoing = measure === "in_degree" ? 0 : degreeIn("out", node);
      scores[node] = (incoming + outgoing) / others;
    }
  }
  return scores;
}

function betweenness(graph: Graph): Float64Array {
  const size = graph.nodes.length;
  const { offsets, targets } = graph.out;
  const scores = new Float64Array(size);
  const ways = new Float64Array(size);
  const credit = new Float64Array(size);
  for (let start = 0; start < size; start += 1) {
    const { order, depth } = breadthFirst(graph, start);
    ways.fill(0);
    credit.fill(0);
    ways[start] = 1;
    for (const node of order) {
      for (let edge = at(offsets, node); edge < at(offsets, node + 1); edge += 1) {
        const next = at(targets, edge);
        if (at(depth, next) === at(depth, node) + 1) ways[next] = at(ways, next) + at(ways, node);
      }
    }
    for (let index = order.length - 1; index > 0; index -= 1) {
      const node = at(order, index);
      let sum = 0;
      for (let edge = at(offsets, node); edge < at(offsets, node + 1); edge += 1) {
        const next = at(targets, edge);
        if (at(depth, next) === at(depth, node) + 1) sum += (at(ways, node) / at(ways, next)) * (1 + at(credit, next));
      }
      credit[node] = sum;
      scores[node] = at(scores, node) + sum;
    }
  }
  const pairs = (size - 1) * (size - 2);
  return pairs > 0 ? scores.map((score) => score / pairs) : scores;
}
