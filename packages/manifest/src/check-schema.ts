// Checks schemas that were not written in a manifest: those of host modules, of MCP servers, of callers.
import { fromPlain, isObject } from "@crucible/sandbox";
import type { JsonSchema, Value } from "@crucible/sandbox";
import { manifestBounds, toValue } from "./read-yaml.ts";
import type { Located } from "./read-yaml.ts";
import { readPlainSchema } from "./read-schema.ts";
import type { SchemaReading } from "./read-schema.ts";
import { schemaCost } from "./schema-cost.ts";
import { compileSchema } from "./validator.ts";
import type { Compiled } from "./validator.ts";

const maxSchemaDepth = 64;

/** One fault of a schema. */
export interface SchemaFault {
  /** Dotted path within the schema. */
  readonly field: string;
  readonly message: string;
  readonly hint?: string;
}

/**
 * Checks a JSON Schema 2020-12: keywords and their shapes, references, patterns, defaults, cost, size and depth.
 *
 * @returns the faults; an empty list means that `createValidator` accepts it
 */
export function checkSchema(schema: unknown): readonly SchemaFault[] {
  let located: Located;
  try {
    located = locate(fromPlain(schema), { nodes: 0 }, 0);
  } catch (thrown) {
    return [{ field: "", message: thrown instanceof Error ? thrown.message : String(thrown) }];
  }
  const reading = readPlainSchema(located);
  return [...reading.findings, ...checkSamples(reading)].map(({ field, message, hint, suggestion }) => {
    const remedy = hint ?? (suggestion === undefined ? undefined : `Did you mean "${suggestion}"?`);
    return { field, message, ...(remedy === undefined ? {} : { hint: remedy }) };
  });
}

/** Checks what can be checked only once the schema is whole: that it ends, and that defaults and examples match it. */
export function checkSamples(reading: SchemaReading): SchemaReading["findings"] {
  const { schema, samples } = reading;
  if (reading.findings.length > 0) return [];
  const mark = { line: 1, column: 1, width: 1 };
  if (schemaCost(schema) === "endless")
    return [
      { message: "Cannot use the schema: it refers to itself without going down into the value", field: "", mark },
    ];
  if (samples.length === 0) return [];
  const compiled = tryCompile(schema);
  if (compiled === undefined) return [{ message: "Cannot use the schema: it cannot be compiled", field: "", mark }];
  return samples.flatMap(({ pointer, field, node }) => {
    const [problem] = compiled.problems(pointer, toValue(node));
    if (problem === undefined) return [];
    return [
      {
        message: `Cannot use "${field}": ${problem.message}`,
        field,
        mark: node.mark,
        hint: "Give a value that the schema accepts",
      },
    ];
  });
}

/** Compiles a schema that passed all checks; nothing when the engine refuses it nevertheless. */
export function tryCompile(schema: JsonSchema): Compiled | undefined {
  try {
    return compileSchema(schema);
  } catch (thrown) {
    if (thrown instanceof TypeError) return undefined;
    throw thrown;
  }
}

function locate(value: Value, count: { nodes: number }, depth: number): Located {
  const mark = { line: 1, column: 1, width: 1 };
  count.nodes += 1;
  if (count.nodes > manifestBounds.nodes)
    throw new RangeError(`Cannot use the schema: it has more than ${manifestBounds.nodes} nodes`);
  if (depth > maxSchemaDepth)
    throw new RangeError(`Cannot use the schema: it nests deeper than ${maxSchemaDepth} levels`);
  if (Array.isArray(value))
    return { kind: "list", mark, items: (value as readonly Value[]).map((item) => locate(item, count, depth + 1)) };
  if (isObject(value)) {
    for (const key of Object.keys(value)) {
      if (key === "__proto__" || /\p{Surrogate}/u.test(key))
        throw new TypeError(`Cannot use the schema: the key ${JSON.stringify(key)} is not allowed`);
    }
    const entries = new Map(
      Object.entries(value).map(
        ([key, item]) => [key, { keyMark: mark, node: locate(item, count, depth + 1) }] as const,
      ),
    );
    return { kind: "map", mark, entries };
  }
  return { kind: "scalar", mark, value };
}
