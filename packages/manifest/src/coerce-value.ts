// What a value becomes once its schema is known: defaults are added, and numbers get the kind that the schema names.
// `1` where a number is asked for becomes `1.0`; `1.0` where an integer is asked for becomes `1`.
import type { JsonSchema, Value, ValueObject } from "@crucible/sandbox";
import { Float, float, fromPlain, int, kindOf, object } from "@crucible/sandbox";
import { compilePattern } from "./linear-pattern.ts";
import { allSchemas, resolveReference, schemasOf } from "./schema-cost.ts";
import { project } from "./projection.ts";

/** Whether any place of the schema asks for a kind of number. */
export function mentionsNumbers(schema: JsonSchema): boolean {
  if (typeof schema === "boolean") return false;
  return allSchemas(schema).some((part) => wantedNumber(part) !== undefined);
}

/** Adds what a validator has filled in: members and items of `plain` that `value` lacks. */
export function addDefaults(value: Value, plain: unknown): Value {
  if (Array.isArray(value) && Array.isArray(plain)) {
    const items = value as readonly Value[];
    const next = (plain as readonly unknown[]).map((item, index): Value => {
      const before = items[index];
      return before === undefined ? fromPlain(item) : addDefaults(before, item);
    });
    return next.length === items.length && next.every((item, index) => item === items[index]) ? items : next;
  }
  if (kindOf(value) !== "object" || typeof plain !== "object" || plain === null) return value;
  const members = value as ValueObject;
  let changed = false;
  const next = Object.entries(plain).map(([key, item]): readonly [string, Value] => {
    if (!Object.hasOwn(members, key)) {
      changed = true;
      return [key, fromPlain(item)];
    }
    const before = members[key] as Value;
    const after = addDefaults(before, item);
    changed ||= after !== before;
    return [key, after];
  });
  return changed ? object(next) : value;
}

/**
 * Brings the numbers of a valid value into the kinds that the schema names.
 *
 * @param passes whether a plain value passes the schema at a pointer; decides which branch of `anyOf` applies
 */
export function coerceNumbers(
  root: JsonSchema,
  value: Value,
  passes: (pointer: string, plain: unknown) => boolean,
): Value {
  return coerce({ root, passes }, root, "#", value);
}

interface Coercion {
  readonly root: JsonSchema;
  readonly passes: (pointer: string, plain: unknown) => boolean;
}

type Keywords = Readonly<Record<string, unknown>>;

function coerce(run: Coercion, schema: JsonSchema | undefined, pointer: string, value: Value): Value {
  if (typeof schema !== "object") return value;
  const keywords = schema as Keywords;
  let result = coerceNumber(wantedNumber(schema), value);
  const reference = keywords["$ref"];
  if (typeof reference === "string") result = coerce(run, resolveReference(run.root, reference), reference, result);
  for (const [index, part] of listOf(keywords["allOf"]).entries())
    result = coerce(run, part, `${pointer}/allOf/${index}`, result);
  for (const key of ["anyOf", "oneOf"]) {
    const branches = listOf(keywords[key]);
    if (branches.length === 0) continue;
    const plain = project(result);
    const index = branches.findIndex((_, at) => run.passes(`${pointer}/${key}/${at}`, structuredClone(plain)));
    result = coerce(run, branches[index], `${pointer}/${key}/${index}`, result);
  }
  if (keywords["if"] !== undefined) {
    const branch = run.passes(`${pointer}/if`, project(result)) ? "then" : "else";
    result = coerce(run, keywords[branch] as JsonSchema | undefined, `${pointer}/${branch}`, result);
  }
  if (kindOf(result) === "object") return coerceMembers(run, keywords, pointer, result as ValueObject);
  if (Array.isArray(result)) return coerceItems(run, keywords, pointer, result as readonly Value[]);
  return result;
}

function coerceMembers(run: Coercion, keywords: Keywords, pointer: string, value: ValueObject): Value {
  const properties = new Map(schemasOf(keywords["properties"]));
  const patterns = schemasOf(keywords["patternProperties"]).flatMap(([source, schema]) => {
    const pattern = compilePattern(source);
    return "fault" in pattern ? [] : [{ source, schema, pattern }];
  });
  const rest = keywords["additionalProperties"] as JsonSchema | undefined;
  if (properties.size === 0 && patterns.length === 0 && typeof rest !== "object") return value;
  let changed = false;
  const next = Object.entries(value).map(([key, before]): readonly [string, Value] => {
    const matching = patterns.filter(({ pattern }) => pattern.test(key));
    let after = coerce(run, properties.get(key), `${pointer}/properties/${escape(key)}`, before);
    for (const { source, schema } of matching)
      after = coerce(run, schema, `${pointer}/patternProperties/${escape(source)}`, after);
    if (!properties.has(key) && matching.length === 0)
      after = coerce(run, rest, `${pointer}/additionalProperties`, after);
    changed ||= after !== before;
    return [key, after];
  });
  return changed ? object(next) : value;
}

function coerceItems(run: Coercion, keywords: Keywords, pointer: string, value: readonly Value[]): Value {
  const first = listOf(keywords["prefixItems"]);
  const rest = keywords["items"] as JsonSchema | undefined;
  if (first.length === 0 && typeof rest !== "object") return value;
  const next = value.map((item, index) =>
    index < first.length
      ? coerce(run, first[index], `${pointer}/prefixItems/${index}`, item)
      : coerce(run, rest, `${pointer}/items`, item),
  );
  return next.every((item, index) => item === value[index]) ? value : next;
}

function wantedNumber(schema: JsonSchema & object): "int" | "float" | undefined {
  const { type } = schema as Keywords;
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (types.includes("integer")) return types.includes("number") ? undefined : "int";
  return types.includes("number") ? "float" : undefined;
}

function coerceNumber(wanted: "int" | "float" | undefined, value: Value): Value {
  const kind = kindOf(value);
  if (wanted === "float" && kind === "int") return float(Number(value));
  if (wanted === "int" && kind === "float") {
    const number = value instanceof Float ? value.value : Number(value);
    if (Number.isInteger(number) && Math.abs(number) < 2 ** 63) return int(BigInt(number));
  }
  return value;
}

function listOf(keyword: unknown): readonly JsonSchema[] {
  return Array.isArray(keyword) ? (keyword as readonly JsonSchema[]) : [];
}

function escape(key: string): string {
  return encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"));
}
