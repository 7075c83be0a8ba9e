// Bounds the work of a schema before it runs: how often can one place of a document be looked at?
// `allOf: [x, x]` where x is `allOf: [y, y]` … doubles with each level; a few kilobytes could keep a validator busy for ever.
import type { JsonSchema } from "@crucible/sandbox";
import { schemaKeywords } from "./schema-keywords.ts";

/** What is known about a schema's work for each place of a document. */
export type SchemaCost =
  /** At most 500 evaluations of each place of a document, however deep. */
  | "bounded"
  /** May grow with the depth of the document: has to be metered while it runs. */
  | "growing"
  /** Refers to itself without going down into the document. */
  | "endless";

const maxVisits = 500;
// Growth by half with each level passes 500 within 16 levels.
const maxLevels = 16;

const sameSchema = ["not", "if", "then", "else"] as const;
const sameList = ["allOf", "anyOf", "oneOf"] as const;
const itemSchemas = ["items", "unevaluatedItems", "contains"] as const;
const memberSchemas = ["additionalProperties", "unevaluatedProperties", "propertyNames"] as const;

/** Classifies a schema whose references all point to schemas within it. */
export function schemaCost(root: JsonSchema): SchemaCost {
  if (typeof root === "boolean") return "bounded";
  if (hasLoop(root)) return "endless";
  const count: Count = { root, groups: new Map(), visits: new Map() };
  return visitsOf(count, root, maxLevels) > maxVisits ? "growing" : "bounded";
}

/** Finds what `$ref` means in `root`; `undefined` when there is nothing. */
export function resolveReference(root: JsonSchema, reference: string): JsonSchema | undefined {
  let node: unknown = root;
  const steps = reference.split("/").slice(1);
  for (const step of steps) {
    const key = decode(step).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, key)) return undefined;
    node = (node as Readonly<Record<string, unknown>>)[key];
  }
  return isSchema(node) ? node : undefined;
}

/** True for what stands where a schema is expected. */
export function isSchema(node: unknown): node is JsonSchema {
  return typeof node === "boolean" || (typeof node === "object" && node !== null && !Array.isArray(node));
}

/** The schemas of a map keyword. */
export function schemasOf(map: unknown): readonly (readonly [string, JsonSchema])[] {
  if (typeof map !== "object" || map === null || Array.isArray(map)) return [];
  return Object.entries(map).flatMap(([key, schema]) => (isSchema(schema) ? [[key, schema] as const] : []));
}

interface Count {
  readonly root: JsonSchema;
  /** Per schema: all that are evaluated at its place, each as often as it is reached. */
  readonly groups: Map<object, readonly Keywords[]>;
  /** Per schema, by levels that are left: evaluations of the most visited place of that level and those below. */
  readonly visits: Map<object, (number | undefined)[]>;
}

type Keywords = Readonly<Record<string, unknown>>;

function visitsOf(count: Count, schema: JsonSchema, levels: number): number {
  if (typeof schema === "boolean") return 0;
  let known = count.visits.get(schema);
  if (known === undefined) count.visits.set(schema, (known = []));
  const before = known[levels];
  if (before !== undefined) return before;
  const group = groupOf(count, schema);
  const visits = Math.max(group.length, levels > 0 ? levelBelow(count, group, levels - 1) : 0);
  known[levels] = visits;
  return visits;
}

/** Evaluations at one place below, summed over the schemas of the place above that lead there. */
function levelBelow(count: Count, group: readonly Keywords[], levels: number): number {
  const at = (child: unknown): number => (isSchema(child) ? visitsOf(count, child, levels) : 0);
  let members = 0;
  let items = 0;
  for (const one of group) {
    // Members of `properties` are different places; what applies to all members comes on top.
    members += Math.max(0, ...schemasOf(one["properties"]).map(([, child]) => at(child)));
    for (const [, child] of schemasOf(one["patternProperties"])) members += at(child);
    for (const key of memberSchemas) members += at(one[key]);
    if (Array.isArray(one["prefixItems"])) items += Math.max(0, ...one["prefixItems"].map(at));
    for (const key of itemSchemas) items += at(one[key]);
    if (Math.max(members, items) > maxVisits) break;
  }
  return Math.max(members, items);
}

function groupOf(count: Count, schema: JsonSchema & object): readonly Keywords[] {
  const known = count.groups.get(schema);
  if (known !== undefined) return known;
  const found: Keywords[] = [];
  const pending: (JsonSchema & object)[] = [schema];
  for (let next = pending.pop(); next !== undefined && found.length <= maxVisits; next = pending.pop()) {
    found.push(next);
    for (const same of schemasAtSamePlace(count.root, next)) if (typeof same === "object") pending.push(same);
  }
  count.groups.set(schema, found);
  return found;
}

/** Whether some schema is met again before anything of the document was consumed. */
function hasLoop(root: JsonSchema & object): boolean {
  const state = new Map<object, "open" | "done">();
  const loops = (schema: JsonSchema): boolean => {
    if (typeof schema === "boolean") return false;
    const known = state.get(schema);
    if (known !== undefined) return known === "open";
    state.set(schema, "open");
    const found = schemasAtSamePlace(root, schema).some(loops);
    state.set(schema, "done");
    return found;
  };
  return allSchemas(root).some(loops);
}

/** Lists a schema and all schemas within it. */
export function allSchemas(root: JsonSchema & object): readonly (JsonSchema & object)[] {
  const found: (JsonSchema & object)[] = [];
  const pending: JsonSchema[] = [root];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next !== "object") continue;
    found.push(next);
    for (const [key, value] of Object.entries(next)) {
      const shape = Object.hasOwn(schemaKeywords, key) ? schemaKeywords[key] : undefined;
      if (shape === "schema" && isSchema(value)) pending.push(value);
      if (shape === "schema-list" && Array.isArray(value)) pending.push(...value.filter(isSchema));
      if (shape === "schema-map") pending.push(...schemasOf(value).map(([, schema]) => schema));
    }
  }
  return found;
}

function schemasAtSamePlace(root: JsonSchema, schema: JsonSchema & object): readonly JsonSchema[] {
  const keywords = schema as Keywords;
  const reference = keywords["$ref"];
  const target = typeof reference === "string" ? resolveReference(root, reference) : undefined;
  return [
    ...(target === undefined ? [] : [target]),
    ...sameSchema.map((key) => keywords[key]).filter(isSchema),
    ...sameList.flatMap((key) => (Array.isArray(keywords[key]) ? keywords[key].filter(isSchema) : [])),
    ...schemasOf(keywords["dependentSchemas"]).map(([, dependent]) => dependent),
  ];
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
