// What a value becomes once its schema is known: defaults are added, and numbers get the kind that the schema names.
// `1` where a number is asked for becomes `1.0`; `1.0` where an integer is asked for becomes `1`.
import type { JsonSchema, Value, ValueObject } from "@crucible/sandbox";
import { emptyObject, Float, float, fromPlain, int, isObject, kindOf, object } from "@crucible/sandbox";
import { compilePattern } from "./linear-pattern.ts";
import type { LinearPattern } from "./linear-pattern.ts";
import { project } from "./projection.ts";
import { allSchemas, resolveReference, schemasOf } from "./schema-cost.ts";

/** Brings the numbers of a valid value into the kinds that a schema names; returns the value itself when nothing changes. */
export type Coercion = (value: Value) => Value;

/** Whether a plain value passes the schema at a pointer such as `#/anyOf/0`. */
export type Passes = (pointer: string, plain: unknown) => boolean;

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
  if (!isObject(value) || typeof plain !== "object" || plain === null) return value;
  let changed = false;
  const next = Object.entries(plain).map(([key, item]): readonly [string, Value] => {
    const before = Object.hasOwn(value, key) ? value[key] : undefined;
    if (before === undefined) {
      changed = true;
      return [key, fromPlain(item)];
    }
    const after = addDefaults(before, item);
    changed ||= after !== before;
    return [key, after];
  });
  return changed ? object(next) : value;
}

/** Whether any schema within this one gives a default. */
export function givesDefaults(schema: JsonSchema): boolean {
  return typeof schema === "object" && allSchemas(schema).some((part) => "default" in part);
}

/**
 * Compiles the coercion of a schema; nothing when it cannot change any value.
 *
 * @param passes decides which branch of `anyOf` and `oneOf` applies
 */
export function compileCoercion(root: JsonSchema, passes: Passes): Coercion | undefined {
  return compile({ root, passes, references: new Map() }, root, "#");
}

interface Compilation {
  readonly root: JsonSchema;
  readonly passes: Passes;
  /** Coercions of references by their text, so that recursive schemas end. */
  readonly references: Map<string, { coercion: Coercion | undefined }>;
}

type Keywords = Readonly<Record<string, unknown>>;

function compile(run: Compilation, schema: unknown, pointer: string): Coercion | undefined {
  if (typeof schema !== "object" || schema === null) return undefined;
  const keywords = schema as Keywords;
  const steps = [
    numberStep(keywords),
    referenceStep(run, keywords),
    ...listOf(keywords["allOf"]).map((part, index) => compile(run, part, `${pointer}/allOf/${index}`)),
    branchStep(run, keywords, "anyOf", pointer),
    branchStep(run, keywords, "oneOf", pointer),
    conditionStep(run, keywords, pointer),
    memberStep(run, keywords, pointer),
    itemStep(run, keywords, pointer),
  ].filter((step) => step !== undefined);
  const [first] = steps;
  if (first === undefined || steps.length === 1) return first;
  return (value) => steps.reduce((before, step) => step(before), value);
}

function numberStep({ type }: Keywords): Coercion | undefined {
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  const [integer, number] = [types.includes("integer"), types.includes("number")];
  // Where both are named each kind stays what it is.
  if (integer === number) return undefined;
  return integer ? toInt : toFloat;
}

function toFloat(value: Value): Value {
  return kindOf(value) === "int" ? float(Number(value)) : value;
}

function toInt(value: Value): Value {
  if (kindOf(value) !== "float") return value;
  const number = value instanceof Float ? value.value : Number(value);
  return Number.isInteger(number) && Math.abs(number) < 2 ** 63 ? int(BigInt(number)) : value;
}

function referenceStep(run: Compilation, keywords: Keywords): Coercion | undefined {
  const reference = keywords["$ref"];
  if (typeof reference !== "string") return undefined;
  const known = run.references.get(reference);
  // While it is being compiled it is asked again when a value is there.
  if (known !== undefined) return (value) => known.coercion?.(value) ?? value;
  const slot: { coercion: Coercion | undefined } = { coercion: undefined };
  run.references.set(reference, slot);
  slot.coercion = compile(run, resolveReference(run.root, reference), reference);
  return slot.coercion;
}

function branchStep(
  run: Compilation,
  keywords: Keywords,
  key: "anyOf" | "oneOf",
  pointer: string,
): Coercion | undefined {
  const branches = listOf(keywords[key]);
  const coercions = branches.map((branch, index) => compile(run, branch, `${pointer}/${key}/${index}`));
  if (coercions.every((coercion) => coercion === undefined)) return undefined;
  return (value) => {
    const index = branches.findIndex((_, at) => run.passes(`${pointer}/${key}/${at}`, project(value)));
    return coercions[index]?.(value) ?? value;
  };
}

function conditionStep(run: Compilation, keywords: Keywords, pointer: string): Coercion | undefined {
  if (keywords["if"] === undefined) return undefined;
  const [positive, negative] = [
    compile(run, keywords["then"], `${pointer}/then`),
    compile(run, keywords["else"], `${pointer}/else`),
  ];
  if (positive === undefined && negative === undefined) return undefined;
  return (value) => (run.passes(`${pointer}/if`, project(value)) ? positive : negative)?.(value) ?? value;
}

interface PatternCoercion {
  readonly pattern: LinearPattern;
  readonly coercion: Coercion | undefined;
}

function memberStep(run: Compilation, keywords: Keywords, pointer: string): Coercion | undefined {
  const declared = schemasOf(keywords["properties"]);
  const properties = new Map(
    declared.map(([key, schema]) => [key, compile(run, schema, `${pointer}/properties/${escape(key)}`)] as const),
  );
  const patterns = schemasOf(keywords["patternProperties"]).flatMap(([source, schema]): PatternCoercion[] => {
    const pattern = compilePattern(source);
    return "fault" in pattern
      ? []
      : [{ pattern, coercion: compile(run, schema, `${pointer}/patternProperties/${escape(source)}`) }];
  });
  const rest = compile(run, keywords["additionalProperties"], `${pointer}/additionalProperties`);
  const idle = [...properties.values(), ...patterns.map(({ coercion }) => coercion), rest].every(
    (coercion) => coercion === undefined,
  );
  if (idle) return undefined;
  const coerceMember = (key: string, before: Value): Value => {
    let after = properties.get(key)?.(before) ?? before;
    let matched = properties.has(key);
    for (const { pattern, coercion } of patterns) {
      if (!pattern.test(key)) continue;
      matched = true;
      after = coercion?.(after) ?? after;
    }
    return matched ? after : (rest?.(after) ?? after);
  };
  return (value) => (isObject(value) ? mapMembers(value, coerceMember) : value);
}

function mapMembers(value: ValueObject, change: (key: string, before: Value) => Value): ValueObject {
  let next: Record<string, Value> | undefined;
  for (const key of Object.keys(value)) {
    const before = value[key] ?? null;
    const after = change(key, before);
    if (after === before) continue;
    // Copied at the first change; keys keep their order.
    next ??= Object.assign(emptyObject(), value);
    next[key] = after;
  }
  return next ?? value;
}

function itemStep(run: Compilation, keywords: Keywords, pointer: string): Coercion | undefined {
  const first = listOf(keywords["prefixItems"]).map((schema, index) =>
    compile(run, schema, `${pointer}/prefixItems/${index}`),
  );
  const rest = compile(run, keywords["items"], `${pointer}/items`);
  if (rest === undefined && first.every((coercion) => coercion === undefined)) return undefined;
  return (value) => {
    if (!Array.isArray(value)) return value;
    const items = value as readonly Value[];
    let changed = false;
    const next = items.map((before, index) => {
      const after = (index < first.length ? first[index] : rest)?.(before) ?? before;
      changed ||= after !== before;
      return after;
    });
    return changed ? next : items;
  };
}

function listOf(keyword: unknown): readonly JsonSchema[] {
  return Array.isArray(keyword) ? (keyword as readonly JsonSchema[]) : [];
}

function escape(key: string): string {
  return encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"));
}
