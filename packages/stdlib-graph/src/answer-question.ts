// What a call asks of a graph, as plain data that can go to another thread, and its answer as guests see it.
import { fail, float, object, succeed, type Outcome, type Value } from "@crucible/sandbox";
import { adjacencyOf, at, type Direction, type Graph } from "./graph.ts";
import { communities, connectedComponents, stronglyConnectedComponents, type Groups } from "./group.ts";
import { centrality, pageRank, rankingRounds, type CentralityMeasure } from "./rank.ts";
import { breadthFirst, depthFirst, shortestPath, type Walk, type WalkOptions } from "./traverse.ts";

export type GraphOperation =
  | "bfs"
  | "dfs"
  | "pagerank"
  | "communities"
  | "shortest_path"
  | "connected"
  | "strongly_connected"
  | "centrality"
  | "backlinks"
  | "neighbors"
  | "size";

/** One call. What is absent has the default of its algorithm. */
export interface GraphQuestion {
  readonly operation: GraphOperation;
  /** Names of the nodes that it is about; a note's ending may be left out. */
  readonly nodes: readonly string[];
  readonly direction?: Direction;
  readonly depth?: number;
  /** Nodes that a walk may visit, each name with a NUL behind it. */
  readonly allowed?: string;
  readonly weighted?: boolean;
  readonly limit?: number;
  readonly damping?: number;
  readonly tolerance?: number;
  readonly measure?: CentralityMeasure;
  readonly resolution?: number;
  readonly minSize?: number;
  readonly seed?: number;
}

/** Closeness and betweenness take time in proportion to nodes times edges; above this product they are refused. */
const maxCentralityWork = 2_000_000_000;

/** Roughly how many steps a question takes on a graph of this size, each of some nanoseconds. */
export function workOf(question: GraphQuestion, nodes: number, edges: number): number {
  const size = nodes + edges;
  switch (question.operation) {
    case "pagerank":
      return size * rankingRounds(question);
    case "communities":
      return size * 20;
    case "centrality":
      return question.measure === "closeness" || question.measure === "betweenness" ? nodes * size * 4 : size * 4;
    default:
      return size * 4;
  }
}

/** Answers a question. `host/not-found` for a node that is none, `host/invalid-argument` for what would take minutes. */
export function answerQuestion(graph: Graph, question: GraphQuestion): Outcome<Value> {
  const nodes: number[] = [];
  for (const name of question.nodes) {
    const position = graph.positions.get(name) ?? graph.positions.get(`${name}.md`);
    if (position === undefined)
      return fail("host/not-found", `Cannot find "${name}": it is no node of the graph`, { node: name });
    nodes.push(position);
  }
  const [first = 0, second = 0] = nodes;
  const nameOf = (node: number): string => graph.nodes[node] ?? "";
  switch (question.operation) {
    case "bfs":
      return succeed(walkToValue(graph, breadthFirst(graph, first, walkOptions(graph, question, "out"))));
    case "dfs": {
      const walked = depthFirst(graph, first, walkOptions(graph, question, "out"));
      const closes = new Map<number, string[]>();
      for (const [node, to] of walked.back) {
        const known = closes.get(node);
        if (known === undefined) closes.set(node, [nameOf(to)]);
        else known.push(nameOf(to));
      }
      return succeed(walkToValue(graph, walked, (node) => [["closes", closes.get(node) ?? []]]));
    }
    case "shortest_path": {
      const { depth: _, ...walk } = walkOptions(graph, question, "out");
      const path = shortestPath(graph, first, second, { ...walk, weighted: question.weighted === true });
      return succeed(path === null ? null : path.nodes.map(nameOf));
    }
    case "backlinks": {
      const { offsets, targets } = adjacencyOf(graph, "in");
      return succeed(Array.from(targets.slice(at(offsets, first), at(offsets, first + 1)), nameOf));
    }
    case "neighbors": {
      const walk = walkOptions(graph, question, "both");
      const { order } = breadthFirst(graph, first, { ...walk, depth: question.depth ?? 1 });
      return succeed(Array.from(order.slice(1).sort(), nameOf));
    }
    case "pagerank":
      return succeed(rankingToValue(graph, pageRank(graph, question).scores, question.limit));
    case "centrality": {
      const measure = question.measure ?? "degree";
      const work = graph.nodes.length * (graph.nodes.length + graph.out.targets.length);
      if ((measure === "closeness" || measure === "betweenness") && work > maxCentralityWork)
        return fail(
          "host/invalid-argument",
          `Cannot measure ${measure}: ${graph.nodes.length} nodes with ${graph.out.targets.length} edges would take minutes; ask about a folder, or about a degree`,
        );
      return succeed(rankingToValue(graph, centrality(graph, measure), question.limit));
    }
    case "communities":
      return succeed(
        communities(graph, question).map((members) =>
          object([
            ["size", members.length],
            ["members", members.map(nameOf)],
          ]),
        ),
      );
    case "connected":
      return succeed(groupsToValue(graph, connectedComponents(graph)));
    case "strongly_connected":
      return succeed(groupsToValue(graph, stronglyConnectedComponents(graph)));
    case "size":
      return succeed(
        object([
          ["nodes", graph.nodes.length],
          ["edges", graph.out.targets.length],
        ]),
      );
  }
}

function walkOptions(
  graph: Graph,
  { depth, direction, allowed }: GraphQuestion,
  fallback: Direction,
): WalkOptions & { readonly direction: Direction } {
  return {
    direction: direction ?? fallback,
    ...(depth === undefined ? {} : { depth }),
    ...(allowed === undefined ? {} : { allowed: markAllowed(graph, allowed) }),
  };
}

function markAllowed(graph: Graph, allowed: string): Uint8Array {
  const marks = new Uint8Array(graph.nodes.length);
  for (const name of allowed.split("\0")) {
    const position = graph.positions.get(name);
    if (position !== undefined) marks[position] = 1;
  }
  return marks;
}

function walkToValue(
  graph: Graph,
  { order, depth, via }: Walk,
  further: (node: number) => readonly (readonly [string, Value])[] = () => [],
): Value {
  return [...order].map((node) =>
    object([
      ["node", graph.nodes[node] ?? ""],
      ["depth", at(depth, node)],
      ["via", at(via, node) < 0 ? null : (graph.nodes[at(via, node)] ?? "")],
      ...further(node),
    ]),
  );
}

function rankingToValue(graph: Graph, scores: Float64Array, limit = Infinity): Value {
  return [...scores.keys()]
    .sort((a, b) => at(scores, b) - at(scores, a) || a - b)
    .slice(0, limit)
    .map((node) =>
      object([
        ["node", graph.nodes[node] ?? ""],
        ["score", float(at(scores, node))],
      ]),
    );
}

function groupsToValue(graph: Graph, groups: Groups): Value {
  return groups.map((members) => members.map((node) => graph.nodes[node] ?? ""));
}
