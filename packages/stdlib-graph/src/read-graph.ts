// Graphs and options as guests give them, read and checked.
import {
  fail,
  formatJson,
  isObject,
  Float,
  succeed,
  type HostArguments,
  type Outcome,
  type Value,
  type ValueObject,
} from "@crucible/sandbox";
import type { Direction, EdgeColumns } from "./graph.ts";

/** Options of one call. An empty Lua table reads as an object. */
export function optionsOf(args: HostArguments): ValueObject {
  const given = args["options"] ?? null;
  return isObject(given) ? given : {};
}

export function readNumber(options: ValueObject, name: string): number | undefined {
  const value = options[name] ?? null;
  if (value instanceof Float) return value.value;
  return typeof value === "number" ? value : undefined;
}

export function readDirection(options: ValueObject): Direction | undefined {
  const value = options["direction"];
  return value === "out" || value === "in" || value === "both" ? value : undefined;
}

/** Nodes that fit a filter on their own attributes: property to value, or to a list of which one fits. */
export function fittingNodes(given: Value, filter: ValueObject): readonly string[] {
  const nodes = isObject(given) ? (given["nodes"] ?? null) : null;
  if (nodes === null || !isObject(nodes)) return [];
  // Compared as text, so that long lists on both sides take no longer than to read them.
  const wanted = Object.entries(filter).map(([key, value]) => [key, new Set(listOf(value).map(keyOf))] as const);
  return Object.entries(nodes).flatMap(([name, attributes]) => {
    const fits = wanted.every(([key, accepted]) => {
      const present = isObject(attributes) ? (attributes[key] ?? null) : null;
      return listOf(present).some((value) => accepted.has(keyOf(value)));
    });
    return fits ? [name] : [];
  });
}

function listOf(value: Value): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [value];
}

/** Equal values have equal texts; numbers are compared by what they are worth. */
function keyOf(value: Value): string {
  return value instanceof Float ? formatJson(Number.isInteger(value.value) ? value.value : value) : formatJson(value);
}

/** Nodes in the order in which they were named, and edges among their positions. */
export interface GivenGraph {
  readonly nodes: readonly string[];
  readonly edges: EdgeColumns;
}

/**
 * Reads the graph that a plugin gives as data: `edges` as lists of two names and an optional weight, `nodes` as a list of
 * names or an object with the attributes of each. Nodes that only edges name exist too.
 */
export function readGraph(given: Value): Outcome<GivenGraph> {
  if (!isObject(given)) return refuse("it is no object with edges and nodes");
  const names: string[] = [];
  const positions = new Map<string, number>();
  let isNamed = true;
  const positionOf = (name: string): number => {
    isNamed &&= !name.includes("\0");
    const present = positions.get(name);
    if (present !== undefined) return present;
    positions.set(name, names.length);
    return names.push(name) - 1;
  };
  const nodes = given["nodes"] ?? null;
  if (Array.isArray(nodes)) {
    for (const name of nodes as readonly Value[]) {
      if (typeof name !== "string") return refuse(`the node ${formatJson(name).slice(0, 80)} is no text`);
      positionOf(name);
    }
  } else if (isObject(nodes)) Object.keys(nodes).forEach(positionOf);
  else if (nodes !== null) return refuse("its nodes are no list and no object");
  const listed = given["edges"] ?? null;
  if (listed !== null && !Array.isArray(listed) && !(isObject(listed) && Object.keys(listed).length === 0))
    return refuse("its edges are no list");
  const edges: readonly Value[] = Array.isArray(listed) ? (listed as readonly Value[]) : [];
  const from = new Int32Array(edges.length);
  const to = new Int32Array(edges.length);
  const weights = new Float64Array(edges.length);
  for (const [place, edge] of edges.entries()) {
    const [source, target, given = 1] = Array.isArray(edge) ? (edge as readonly Value[]) : [];
    const weight = given instanceof Float ? given.value : given;
    if (typeof source !== "string" || typeof target !== "string")
      return refuse(`edge ${place + 1} is no list of two names and a weight`);
    if (typeof weight !== "number" || !(weight > 0 && weight < Infinity))
      return refuse(
        `edge ${place + 1}, from "${source}" to "${target}", has the weight ${formatJson(given)}, weights are numbers above 0`,
      );
    from[place] = positionOf(source);
    to[place] = positionOf(target);
    weights[place] = weight;
  }
  if (!isNamed) return refuse("a node has a NUL in its name");
  return succeed({ nodes: names, edges: { from, to, weights } });
}

function refuse(reason: string): Outcome<never> {
  return fail("host/invalid-argument", `Cannot use the graph: ${reason}`);
}
