// Calls of host functions with generated arguments: mostly such as their schemas allow, sometimes others.
import { float, isObject, object, type HostFunctionDeclaration, type JsonSchema, type Value } from "@crucible/sandbox";
import fc from "fast-check";
import { structuredValue } from "../arbitrary-structured.ts";
import { argumentCounts } from "./dispatch-program.ts";

/** One call: the function's name and its arguments in order. */
export interface HostApiCall {
  readonly name: string;
  readonly args: readonly Value[];
}

/** Values of parameters by their names, so that calls are about the same few notes and entries. */
export type ValuesByName = Readonly<Record<string, fc.Arbitrary<Value>>>;

/** A call of one of the functions. */
export function arbitraryCall(
  functions: readonly HostFunctionDeclaration[],
  known: ValuesByName,
): fc.Arbitrary<HostApiCall> {
  return fc.oneof(
    ...functions.map(({ name, parameters }) => {
      const values = parameters.map((parameter) =>
        fc.oneof(
          { weight: 12, arbitrary: known[parameter.name] ?? valueOf(parameter.schema, known) },
          { weight: 1, arbitrary: structuredValue },
        ),
      );
      return fc
        .tuple(fc.constantFrom(...argumentCounts({ parameters })), fc.tuple(...values))
        .map(([count, args]) => ({ name, args: args.slice(0, count).map(sortKeys) }));
    }),
  );
}

/** Not every language keeps the order of keys; those that do not pass them sorted. */
function sortKeys(value: Value): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map(sortKeys);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, sortKeys(each)] as const);
  return object(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A value that a schema allows, as far as host functions use schemas. */
function valueOf(schema: JsonSchema, known: ValuesByName): fc.Arbitrary<Value> {
  if (typeof schema === "boolean") return structuredValue;
  const { type, minimum, maximum, minLength, maxLength, items, properties, required } = schema;
  const choices = schema["enum"];
  if (Array.isArray(choices)) return fc.constantFrom(...(choices as readonly Value[]));
  const bound = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
  const single = Array.isArray(type) ? (type as readonly string[]) : [typeof type === "string" ? type : "any"];
  const made = single.map((each): fc.Arbitrary<Value> => {
    switch (each) {
      case "null":
        return fc.constant(null);
      case "boolean":
        return fc.boolean();
      case "integer":
        return fc.integer({ min: bound(minimum) ?? -100, max: bound(maximum) ?? 100 });
      case "number":
        return fc.double({ min: bound(minimum) ?? -100, max: bound(maximum) ?? 100, noNaN: true }).map(float);
      case "string":
        return fc.string({
          unit: "grapheme",
          minLength: bound(minLength) ?? 0,
          maxLength: Math.min(bound(maxLength) ?? 20, 20),
        });
      case "array":
        return fc.array(valueOf((items ?? true) as JsonSchema, known), { minLength: 1, maxLength: 3 });
      case "object":
        return typeof properties === "object" && properties !== null
          ? members(properties as Readonly<Record<string, JsonSchema>>, required, known)
          : fc
              .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,6}$/), structuredValue), {
                minLength: 1,
                maxLength: 3,
                selector: ([key]) => key,
              })
              .map(object);
      default:
        return structuredValue;
    }
  });
  return fc.oneof(...made);
}

function members(
  properties: Readonly<Record<string, JsonSchema>>,
  required: unknown,
  known: ValuesByName,
): fc.Arbitrary<Value> {
  const names = Object.keys(properties);
  const needed = Array.isArray(required) ? (required as readonly unknown[]) : [];
  const entries = names.map((name) => {
    const value = (known[name] ?? valueOf(properties[name] ?? true, known)).map((made) => [[name, made] as const]);
    return needed.includes(name)
      ? value
      : fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: value });
  });
  return fc.tuple(...entries).map((made) => object(made.flat()));
}
