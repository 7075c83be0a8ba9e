// Searching and walking the graph, declared. The effects are in index-functions.ts.
import type { HostFunctionDeclaration, HostParameter, JsonSchema } from "@crucible/sandbox";
import { filterProperties } from "./note-declarations.ts";

const text: JsonSchema = { type: "string" };
const path: HostParameter = {
  name: "path",
  schema: { type: "string", minLength: 1, maxLength: 1000 },
  summary: "the note, from the kiln's root",
};
const found: JsonSchema = {
  type: "object",
  required: ["path", "title"],
  properties: { path: text, title: text, tags: { type: "array", items: text }, frontmatter: { type: "object" } },
};
const link: JsonSchema = {
  type: "object",
  required: ["from", "to", "target", "line"],
  properties: { from: text, to: { type: ["string", "null"] }, target: text, line: { type: "integer" } },
};
// Results name notes all over the kiln, so that the right to read all of it is asked.
const reads = {
  capability: "KilnRead",
  effect: "read",
  cost: 20_000,
  errors: ["host/path-refused", "host/note-not-found", "host/unavailable"],
  confidential: ["result"],
} as const;

export const indexDeclarations: readonly HostFunctionDeclaration[] = [
  {
    name: "search",
    summary: "Finds notes by meaning, and by their words where these are evidence enough; the best first.",
    parameters: [
      {
        name: "query",
        schema: { type: "string", minLength: 1, maxLength: 10_000 },
        summary: "what to look for, in plain words",
      },
      {
        name: "options",
        schema: {
          type: "object",
          additionalProperties: false,
          properties: {
            limit: { type: "integer", minimum: 1, maximum: 100, default: 20 },
            mode: { enum: ["hybrid", "semantic", "lexical"] },
            min_score: { type: "number", minimum: 0, maximum: 1 },
            ...filterProperties,
          },
        },
        summary: "`limit` (20, at most 100), `mode`, `min_score`, and filters on tags, folders, front matter and dates",
        optional: true,
      },
    ],
    returns: {
      type: "array",
      items: {
        type: "object",
        required: ["path", "title", "score", "heading", "snippet"],
        properties: {
          path: text,
          title: text,
          score: { type: "number", minimum: 0, maximum: 1 },
          heading: text,
          line: { type: "integer" },
          snippet: text,
          matched: { enum: ["words", "meaning", "both"] },
        },
      },
    },
    ...reads,
    confidential: ["query", "result"],
  },
  {
    name: "graph.traverse",
    summary: "Walks the links from a note and returns what it finds, in the order of the walk, the start first.",
    parameters: [
      { ...path, name: "start" },
      {
        name: "strategy",
        schema: { enum: ["bfs", "dfs", "semantic", "backlinks"] },
        summary: "breadth first, depth first, by similar meaning, or against the direction of links",
      },
      {
        name: "options",
        schema: {
          type: "object",
          additionalProperties: false,
          properties: {
            depth: { type: "integer", minimum: 1, maximum: 10, default: 3 },
            limit: { type: "integer", minimum: 1, maximum: 10_000 },
          },
        },
        summary: "`depth` (3, at most 10), `limit` (1,000)",
        optional: true,
      },
    ],
    returns: { type: "array", items: { ...(found as object), required: ["path", "title", "depth"] } },
    ...reads,
  },
  {
    name: "graph.neighbors",
    summary: "Notes linked with a note in either direction, sorted by path.",
    parameters: [path],
    returns: { type: "array", items: found },
    ...reads,
  },
  {
    name: "graph.backlinks",
    summary: "Links that lead to a note.",
    parameters: [path],
    returns: { type: "array", items: link },
    ...reads,
  },
  {
    name: "graph.outlinks",
    summary: "Links of a note in their order; `to` is null where a link leads nowhere.",
    parameters: [path],
    returns: { type: "array", items: link },
    ...reads,
  },
];
