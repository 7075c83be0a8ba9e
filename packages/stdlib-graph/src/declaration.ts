// The module `graph` as data.
import type { HostFunctionDeclaration, HostModuleDeclaration, HostParameter, JsonSchema } from "@crucible/sandbox";
import { luaShim } from "./shim-lua.ts";
import { runeShim } from "./shim-rune.ts";

const text: JsonSchema = { type: "string" };
const positive: JsonSchema = { type: "number", exclusiveMinimum: 0 };
const common: Readonly<Record<string, JsonSchema>> = {
  graph: true,
  folder: text,
};
const walk: Readonly<Record<string, JsonSchema>> = {
  direction: { enum: ["out", "in", "both"] },
  filter: { type: ["object", "array"] },
};
const depth: Readonly<Record<string, JsonSchema>> = { depth: { type: "integer", minimum: 0 } };
const limit: Readonly<Record<string, JsonSchema>> = { limit: { type: "integer", minimum: 1 } };

function options(own: Readonly<Record<string, JsonSchema>>): HostParameter {
  return {
    name: "options",
    // A list is what an empty Lua table can be read as.
    schema: { type: ["object", "array"], properties: { ...common, ...own }, maxItems: 0, additionalProperties: false },
    summary: `${Object.keys({ ...own, ...common }).join(", ")}; without graph, the kiln's notes and links are meant`,
    optional: true,
  };
}

function node(name: string): HostParameter {
  return { name, schema: text, summary: "a node: the path of a note, or a name in the given graph" };
}

const list: JsonSchema = { type: "array", items: { type: "object" } };
const names: JsonSchema = { type: "array", items: text };
const always = {
  capability: "KilnRead",
  effect: "read",
  cost: 10_000,
  errors: ["host/not-found", "host/unavailable"],
} as const;

const functions: readonly HostFunctionDeclaration[] = [
  {
    name: "bfs",
    summary: "Walks breadth first from a node: nodes in that order, with depth and the node that each was found from.",
    parameters: [node("start"), options({ ...depth, ...walk })],
    returns: list,
    ...always,
  },
  {
    name: "dfs",
    summary: "Walks depth first from a node: nodes in that order; closes lists the nodes to which one leads back.",
    parameters: [node("start"), options({ ...depth, ...walk })],
    returns: list,
    ...always,
  },
  {
    name: "pagerank",
    summary: "Ranks all nodes by importance, the most important one first.",
    parameters: [
      options({ damping: { type: "number", exclusiveMinimum: 0, maximum: 0.999 }, tolerance: positive, ...limit }),
    ],
    returns: list,
    ...always,
  },
  {
    name: "communities",
    summary: "Finds groups of nodes with more links among themselves than chance gives (Louvain), the largest first.",
    parameters: [
      options({ resolution: positive, min_size: { type: "integer", minimum: 1 }, seed: { type: "integer" } }),
    ],
    returns: list,
    ...always,
  },
  {
    name: "shortest_path",
    summary: "Finds a shortest way between two nodes, both included; null when there is none.",
    parameters: [node("start"), node("target"), options({ weighted: { type: "boolean" }, ...walk })],
    returns: { type: ["array", "null"], items: text },
    ...always,
  },
  {
    name: "connected",
    summary: "Splits all nodes into groups that links join in any direction, the largest first.",
    parameters: [options({})],
    returns: { type: "array", items: names },
    ...always,
  },
  {
    name: "strongly_connected",
    summary: "Splits all nodes into groups whose members reach one another along links, the largest first.",
    parameters: [options({})],
    returns: { type: "array", items: names },
    ...always,
  },
  {
    name: "centrality",
    summary: "Measures how central each node is, the most central one first.",
    parameters: [
      {
        name: "measure",
        schema: { enum: ["degree", "in_degree", "out_degree", "closeness", "betweenness"] },
        summary: "degree, in_degree, out_degree, closeness or betweenness",
      },
      options(limit),
    ],
    returns: list,
    ...always,
  },
  {
    name: "backlinks",
    summary: "Lists the nodes that link to a node, sorted.",
    parameters: [node("node"), options({})],
    returns: names,
    ...always,
  },
  {
    name: "neighbors",
    summary: "Lists the nodes around a node, itself left out, sorted; depth is 1 and direction both by default.",
    parameters: [node("node"), options({ ...depth, ...walk })],
    returns: names,
    ...always,
  },
  {
    name: "semantic",
    summary:
      "Walks from a note to notes that are near in meaning, step by step, nearest first; by tells what decided: meaning, or words where there are no vectors.",
    parameters: [
      node("start"),
      options({
        depth: { type: "integer", minimum: 1, maximum: 10 },
        limit: { type: "integer", minimum: 1, maximum: 10_000 },
        min_score: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
      }),
    ],
    returns: list,
    ...always,
  },
  {
    name: "size",
    summary: "Counts nodes and edges.",
    parameters: [options({})],
    returns: { type: "object" },
    ...always,
  },
];

export const declaration: HostModuleDeclaration = {
  name: "graph",
  summary: "Graph algorithms, over the kiln's notes and links or over a graph of one's own.",
  functions,
  shims: { lua: luaShim, rune: runeShim },
};
