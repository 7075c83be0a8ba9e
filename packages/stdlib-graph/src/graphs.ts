// The host module: reads the graph that a call is about, runs the algorithm, and names positions again.
import {
  fail,
  float,
  isObject,
  object,
  succeed,
  textArgument,
  type AuthorityRequest,
  type HostArguments,
  type HostFunction,
  type HostModule,
  type Outcome,
  type Value,
  type ValueObject,
} from "@crucible/sandbox";
import { declaration } from "./declaration.ts";
import { adjacencyOf, at, buildGraph, type Direction, type Graph, type GraphInput } from "./graph.ts";
import { communities, connectedComponents, stronglyConnectedComponents, type Groups } from "./group.ts";
import { centrality, pageRank, type CentralityMeasure } from "./rank.ts";
import { directionOption, fittingNodes, numberOption, optionsOf, readGraph } from "./read-graph.ts";
import type { GraphSource } from "./source.ts";
import { breadthFirst, depthFirst, shortestPath, type Walk } from "./traverse.ts";

export interface GraphsOptions {
  /** The kiln's graph; without it only graphs of the plugin's own work. */
  readonly source?: GraphSource;
}

/** Closeness and betweenness take time in proportion to nodes times edges; above this product they are refused. */
const maxCentralityWork = 2_000_000_000;

/** Makes the module `graph`. It keeps the last graph of the source for as long as the source gives the same object. */
export function createGraphs({ source }: GraphsOptions = {}): HostModule {
  let built: { readonly input: GraphInput; readonly graph: Graph } | undefined;

  const graphOf = async (options: ValueObject): Promise<Outcome<Graph>> => {
    const given = options["graph"] ?? null;
    if (given !== null) return readGraph(given);
    if (source === undefined) return fail("host/unavailable", "Cannot see the kiln's graph: there is no kiln");
    const input = await source.read();
    if (!input.ok) return input;
    const folder = options["folder"];
    if (typeof folder === "string" && folder !== "") return succeed(buildGraph(within(input.value, folder)));
    if (built?.input !== input.value) built = { input: input.value, graph: buildGraph(input.value) };
    return succeed(built.graph);
  };

  const allowedOf = async (options: ValueObject, graph: Graph): Promise<Outcome<Uint8Array | undefined>> => {
    const filter = options["filter"] ?? null;
    if (!isObject(filter) || Object.keys(filter).length === 0) return succeed(undefined);
    const given = options["graph"] ?? null;
    let fitting: readonly string[] = [];
    if (given !== null) fitting = fittingNodes(given, filter);
    else if (source !== undefined) {
      const found = await source.matching(filter);
      if (!found.ok) return found;
      fitting = found.value;
    }
    const allowed = new Uint8Array(graph.nodes.length);
    for (const name of fitting) {
      const position = graph.positions.get(name);
      if (position !== undefined) allowed[position] = 1;
    }
    return succeed(allowed);
  };

  const whole = (
    name: string,
    run: (graph: Graph, options: ValueObject, args: HostArguments) => Outcome<Value>,
  ): HostFunction => ({
    authority: (args) => authorityOf(name, args),
    run: async (args) => {
      const options = optionsOf(args);
      const graph = await graphOf(options);
      return graph.ok ? run(graph.value, options, args) : graph;
    },
  });

  const from = (
    name: string,
    parameters: readonly string[],
    run: (graph: Graph, nodes: readonly number[], options: ValueObject, walk: WalkParts) => Value,
    direction: Direction = "out",
  ): HostFunction => ({
    authority: (args) => authorityOf(name, args),
    run: async (args) => {
      const options = optionsOf(args);
      const graph = await graphOf(options);
      if (!graph.ok) return graph;
      const nodes: number[] = [];
      for (const parameter of parameters) {
        const given = textArgument(args, parameter);
        const position = graph.value.positions.get(given) ?? graph.value.positions.get(`${given}.md`);
        if (position === undefined)
          return fail("host/not-found", `Cannot find "${given}": it is no node of the graph`, { node: given });
        nodes.push(position);
      }
      const allowed = await allowedOf(options, graph.value);
      if (!allowed.ok) return allowed;
      const walk = {
        depth: numberOption(options, "depth", Infinity),
        direction: directionOption(options, direction),
        ...(allowed.value === undefined ? {} : { allowed: allowed.value }),
      };
      return succeed(run(graph.value, nodes, options, walk));
    },
  });

  return {
    declaration,
    functions: {
      bfs: from("bfs", ["start"], (graph, [start = 0], _, walk) =>
        walkToValue(graph, breadthFirst(graph, start, walk)),
      ),
      dfs: from("dfs", ["start"], (graph, [start = 0], _, walk) => {
        const walked = depthFirst(graph, start, walk);
        const closes = new Map<number, string[]>();
        for (const [node, to] of walked.back) closes.set(node, [...(closes.get(node) ?? []), nameOf(graph, to)]);
        return walkToValue(graph, walked, (node) => [["closes", closes.get(node) ?? []]]);
      }),
      shortest_path: from(
        "shortest_path",
        ["start", "target"],
        (graph, [start = 0, end = 0], options, { direction, allowed }) => {
          const path = shortestPath(graph, start, end, {
            direction,
            weighted: options["weighted"] === true,
            ...(allowed === undefined ? {} : { allowed }),
          });
          return path === null ? null : path.nodes.map((node) => nameOf(graph, node));
        },
      ),
      backlinks: from("backlinks", ["node"], (graph, [node = 0]) => {
        const { offsets, targets } = adjacencyOf(graph, "in");
        return Array.from(targets.slice(at(offsets, node), at(offsets, node + 1)), (each) => nameOf(graph, each));
      }),
      neighbors: from(
        "neighbors",
        ["node"],
        (graph, [node = 0], options, walk) => {
          const { order } = breadthFirst(graph, node, { ...walk, depth: numberOption(options, "depth", 1) });
          return Array.from(order.slice(1).sort(), (each) => nameOf(graph, each));
        },
        "both",
      ),
      pagerank: whole("pagerank", (graph, options) => {
        const { scores } = pageRank(graph, {
          damping: numberOption(options, "damping", 0.85),
          tolerance: numberOption(options, "tolerance", 1e-9),
        });
        return succeed(ranking(graph, scores, numberOption(options, "limit", Infinity)));
      }),
      centrality: whole("centrality", (graph, options, args) => {
        const measure = textArgument(args, "measure") as CentralityMeasure; // one of them by the declaration's schema
        const work = graph.nodes.length * (graph.nodes.length + graph.out.targets.length);
        if ((measure === "closeness" || measure === "betweenness") && work > maxCentralityWork)
          return fail("host/invalid-argument", `Cannot measure ${measure}: the graph is too large for it`);
        return succeed(ranking(graph, centrality(graph, measure), numberOption(options, "limit", Infinity)));
      }),
      communities: whole("communities", (graph, options) =>
        succeed(
          communities(graph, {
            resolution: numberOption(options, "resolution", 1),
            minSize: numberOption(options, "min_size", 1),
            seed: numberOption(options, "seed", 1),
          }).map((members) =>
            object([
              ["size", members.length],
              ["members", members.map((node) => nameOf(graph, node))],
            ]),
          ),
        ),
      ),
      connected: whole("connected", (graph) => succeed(groupsToValue(graph, connectedComponents(graph)))),
      strongly_connected: whole("strongly_connected", (graph) =>
        succeed(groupsToValue(graph, stronglyConnectedComponents(graph))),
      ),
      size: whole("size", (graph) =>
        succeed(
          object([
            ["nodes", graph.nodes.length],
            ["edges", graph.out.targets.length],
          ]),
        ),
      ),
      semantic: {
        authority: (args) => authorityOf("semantic", args),
        run: async (args) => {
          const options = optionsOf(args);
          if (source?.similar === undefined || (options["graph"] ?? null) !== null || (options["folder"] ?? "") !== "")
            return fail(
              "host/unavailable",
              "Cannot walk by meaning: only the whole kiln has it, where vectors were made",
            );
          const { depth, limit } = options;
          const found = await source.similar(textArgument(args, "start"), {
            ...(typeof depth === "number" ? { depth } : {}),
            ...(typeof limit === "number" ? { limit } : {}),
          });
          if (!found.ok) return found;
          return succeed(
            found.value.map((note) =>
              object([
                ["node", note.path],
                ["depth", note.depth],
                ["via", note.via],
              ]),
            ),
          );
        },
      },
    },
  };
}

interface WalkParts {
  readonly depth: number;
  readonly direction: Direction;
  readonly allowed?: Uint8Array;
}

// A graph of the plugin's own is no secret to it; the kiln's needs the right to read all of it, or of one folder.
function authorityOf(name: string, args: HostArguments): Outcome<readonly AuthorityRequest[]> {
  const options = optionsOf(args);
  if ((options["graph"] ?? null) !== null) return succeed([]);
  const folder = typeof options["folder"] === "string" ? trim(options["folder"]) : "";
  return succeed([
    {
      capability: "KilnRead",
      operation: `graph.${name}`,
      subject: { kind: "folder", value: folder },
      argumentSummary: `read the links of ${folder === "" ? "the kiln" : `folder "${folder}"`}`,
    },
  ]);
}

function within({ nodes, edges }: GraphInput, given: string): GraphInput {
  const folder = trim(given);
  const places = new Map<number, number>();
  for (const [position, name] of nodes.entries()) if (name.startsWith(`${folder}/`)) places.set(position, places.size);
  return {
    nodes: nodes.filter((_, position) => places.has(position)),
    edges: edges.flatMap(([source, target]): (readonly [number, number])[] => {
      const [a, b] = [places.get(source), places.get(target)];
      return a === undefined || b === undefined ? [] : [[a, b]];
    }),
  };
}

function trim(folder: string): string {
  return folder.replace(/^\/+|\/+$/gu, "");
}

function nameOf(graph: Graph, node: number): string {
  return graph.nodes[node] ?? "";
}

function walkToValue(
  graph: Graph,
  { order, depth, via }: Walk,
  further: (node: number) => readonly (readonly [string, Value])[] = () => [],
): Value {
  return [...order].map((node) =>
    object([
      ["node", nameOf(graph, node)],
      ["depth", at(depth, node)],
      ["via", at(via, node) < 0 ? null : nameOf(graph, at(via, node))],
      ...further(node),
    ]),
  );
}

function ranking(graph: Graph, scores: Float64Array, limit: number): Value {
  return [...scores.keys()]
    .sort((a, b) => at(scores, b) - at(scores, a) || a - b)
    .slice(0, limit)
    .map((node) =>
      object([
        ["node", nameOf(graph, node)],
        ["score", float(at(scores, node))],
      ]),
    );
}

function groupsToValue(graph: Graph, groups: Groups): Value {
  return groups.map((members) => members.map((node) => nameOf(graph, node)));
}
