// Lua has one empty table for the empty array and the empty object: it becomes what the schema asks for at its place.
import type { JsonSchema, Value, ValueObject } from "@crucible/sandbox";
import { kindOf, object } from "@crucible/sandbox";
import { resolveReference, schemasOf } from "./schema-cost.ts";

/** Turns empty objects into empty arrays where the schema allows an array and no object. Other values stay as they are. */
export function emptyTablesAsArrays(schema: JsonSchema, value: Value): Value {
  return fit(schema, schema, value);
}

function fit(root: JsonSchema, schema: JsonSchema | undefined, value: Value): Value {
  if (typeof schema !== "object") return value;
  const keywords = schema as Readonly<Record<string, unknown>>;
  if (Array.isArray(value)) {
    const items = value as readonly Value[];
    const first = Array.isArray(keywords["prefixItems"]) ? (keywords["prefixItems"] as readonly JsonSchema[]) : [];
    const rest = keywords["items"] as JsonSchema | undefined;
    if (first.length > 0 || typeof rest === "object") {
      const next = items.map((item, index) => fit(root, index < first.length ? first[index] : rest, item));
      return next.every((item, index) => item === items[index]) ? items : next;
    }
  } else if (kindOf(value) === "object") {
    const members = value as ValueObject;
    const names = Object.keys(members);
    if (names.length === 0) return wantsArray(root, schema) ? [] : value;
    const properties = new Map(schemasOf(keywords["properties"]));
    const rest = keywords["additionalProperties"] as JsonSchema | undefined;
    if (properties.size > 0 || typeof rest === "object") {
      let changed = false;
      const next = Object.entries(members).map(([name, before]): readonly [string, Value] => {
        const after = fit(root, properties.get(name) ?? rest, before);
        changed ||= after !== before;
        return [name, after];
      });
      if (changed) return object(next);
    }
  }
  const reference = keywords["$ref"];
  return typeof reference === "string" ? fit(root, resolveReference(root, reference), value) : value;
}

function wantsArray(root: JsonSchema, schema: JsonSchema & object): boolean {
  const keywords = schema as Readonly<Record<string, unknown>>;
  const { type } = keywords;
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (types.includes("array")) return !types.includes("object");
  const reference = keywords["$ref"];
  const target = typeof reference === "string" ? resolveReference(root, reference) : undefined;
  return typeof target === "object" && wantsArray(root, target);
}
