// The standard library: graphs of 10,000 and of 100,000 notes, beside plain graphology; workflows.
import { createRequire } from "node:module";
import { breadthFirst, buildGraph, communities, pageRank, type Graph, type GraphInput } from "@crucible/stdlib-graph";
import { DirectedGraph, UndirectedGraph } from "graphology";
import { bfsFromNode } from "graphology-traversal";
import type { Bench, Row } from "../bench-definition.ts";
import { syntheticLinks } from "../synthetic-links.ts";
import { workflowRows } from "../stdlib-workflow.ts";

// The types of these describe another module system than the one they are written for.
const require = createRequire(import.meta.url);
const louvain = require("graphology-communities-louvain") as (
  graph: UndirectedGraph,
  options: { readonly rng: () => number },
) => unknown;
const pagerank = require("graphology-metrics/centrality/pagerank") as (
  graph: DirectedGraph,
  options: { readonly tolerance: number; readonly maxIterations: number },
) => unknown;

function buildGraphology({ nodes, edges }: GraphInput): DirectedGraph {
  const graph = new DirectedGraph();
  for (const node of nodes) graph.addNode(node);
  for (const [from, to] of edges) graph.addEdge(nodes[from], nodes[to]);
  return graph;
}

function toUndirected({ nodes, edges }: GraphInput): UndirectedGraph {
  const graph = new UndirectedGraph();
  for (const node of nodes) graph.addNode(node);
  for (const [from, to] of edges) graph.mergeEdge(nodes[from], nodes[to]);
  return graph;
}

interface Targets {
  readonly build?: number;
  readonly bfs?: number;
  readonly pagerank?: number;
  readonly louvain?: number;
}

/** Takes the time of one run, once: graphology needs seconds for a million edges. */
function onceMs(run: () => unknown): () => number {
  let taken: number | undefined;
  return () => {
    if (taken !== undefined) return taken;
    const started = performance.now();
    run();
    taken = performance.now() - started;
    return taken;
  };
}

function graphRows(label: string, input: GraphInput, targets: Targets): readonly Row[] {
  const graph: Graph = buildGraph(input);
  const theirs = buildGraphology(input);
  const undirected = toUndirected(input);
  const row = (name: string, target: number | undefined, ours: () => unknown, other: () => unknown): Row => ({
    name: `${name}, ${label}`,
    unit: "ms",
    contenders: { crucible: { run: ours }, graphology: { measure: onceMs(other) } },
    ...(target === undefined ? {} : { target: { contender: "crucible", atMost: target } }),
  });
  return [
    row(
      "build",
      targets.build,
      () => buildGraph(input),
      () => buildGraphology(input),
    ),
    row(
      "BFS of everything",
      targets.bfs,
      () => breadthFirst(graph, 0),
      () => {
        bfsFromNode(theirs, input.nodes[0], () => false);
      },
    ),
    row(
      "PageRank",
      targets.pagerank,
      () => pageRank(graph, { tolerance: 1e-6 }),
      () => pagerank(theirs, { tolerance: 1e-6 / input.nodes.length, maxIterations: 1000 }),
    ),
    row(
      "Louvain",
      targets.louvain,
      () => communities(graph),
      () => louvain(undirected, { rng: () => 0.5 }),
    ),
  ];
}

export const bench: Bench = {
  name: "stdlib",
  about: "graphs of 10,000 and 100,000 notes beside plain graphology, and what a workflow costs a task",
  open: () =>
    Promise.resolve({
      rows: [
        ...graphRows("10,000 notes", syntheticLinks(10_000, 50_000), { bfs: 10, pagerank: 20, louvain: 200 }),
        ...graphRows("100,000 notes", syntheticLinks(100_000, 1_000_000), { build: 1000, pagerank: 300 }),
        ...workflowRows(),
      ],
      notes: [
        "Graphology's time is that of one run.",
        "Ours rank until all scores together change by less than 1e-6; graphology's tolerance is per node, set to match.",
        "Louvain runs on the undirected graph; its construction is not in graphology's time.",
      ],
    }),
};
