// Values: what can cross between a host and a guest, between two guests, and into the journal.
// How they look in each language is the table `valueMapping`; their bytes are in value-codec.ts.

/**
 * A value of the platform, in the form that host code sees.
 *
 * - `int` is a number when it is a safe integer, otherwise a bigint within signed 64 bits;
 * - `float` is a number when that number could not be an int (fractions, NaN, infinities, -0, magnitudes beyond 2^53),
 *   otherwise a `Float`, so that `1` and `1.0` stay different;
 * - `bytes` is a Uint8Array; objects have a null prototype and keep insertion order (keys that look like array indexes
 *   come first in ascending order, as in every JavaScript object).
 */
export type Value = null | boolean | number | bigint | Float | string | Uint8Array | readonly Value[] | ValueObject;

export interface ValueObject {
  readonly [key: string]: Value;
}

/** A float whose value is a safe integer: `new Float(1)` is `1.0`, the number `1` is the int. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      throw new RangeError(`A Float holds a safe integer; the float ${value} is the plain number itself`);
    }
    this.value = value;
  }

  toJSON(): number {
    return this.value;
  }
}

/** Makes the host form of a float: a `Float` where the number alone would mean an int. */
export function float(value: number): Value {
  return isIntNumber(value) ? new Float(value) : value;
}

/** Makes the host form of a signed 64-bit integer. Throws RangeError outside of that range. */
export function int(value: bigint): Value {
  if (value < -0x8000_0000_0000_0000n || value > 0x7fff_ffff_ffff_ffffn) {
    throw new RangeError(`The integer ${value} does not fit 64 bits`);
  }
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** True when a host number stands for an int. */
export function isIntNumber(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

export type ValueKind = "null" | "bool" | "int" | "float" | "string" | "bytes" | "array" | "object";

export function kindOf(value: Value): ValueKind {
  if (value === null) return "null";
  if (typeof value === "string") return "string";
  if (typeof value === "number") return isIntNumber(value) ? "int" : "float";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (value instanceof Float) return "float";
  if (value instanceof Uint8Array) return "bytes";
  return Array.isArray(value) ? "array" : "object";
}

export function isObject(value: Value): value is ValueObject {
  return kindOf(value) === "object";
}

/**
 * An object without a prototype and without members, to be filled. Not `Object.create(null)`: V8 makes a hash table of that, which
 * is slower to fill, to list and to read than an object with a hidden class.
 */
export function emptyObject<T = Value>(): Record<string, T> {
  return Object.setPrototypeOf({}, null) as Record<string, T>;
}

/** Makes an object value from pairs; a key such as `__proto__` is an ordinary key. */
export function object(entries: Iterable<readonly [string, Value]>): ValueObject {
  const result = emptyObject();
  for (const [key, value] of entries) result[key] = value;
  return result;
}

/** True when both values are the same: floats by bits (one NaN), objects by keys whatever their order. */
export function equalValues(a: Value, b: Value): boolean {
  const kind = kindOf(a);
  if (kind !== kindOf(b)) return false;
  switch (kind) {
    case "null":
      return true;
    case "bool":
    case "string":
    case "int":
      return (
        a === b ||
        (typeof a === "bigint" && typeof b === "number" && a === BigInt(b)) ||
        (typeof b === "bigint" && typeof a === "number" && b === BigInt(a))
      );
    case "float":
      return Object.is(a instanceof Float ? a.value : a, b instanceof Float ? b.value : b);
    case "bytes":
      return (
        a instanceof Uint8Array &&
        b instanceof Uint8Array &&
        a.length === b.length &&
        a.every((byte, index) => byte === b[index])
      );
    case "array":
      return (
        Array.isArray(a) &&
        Array.isArray(b) &&
        a.length === b.length &&
        a.every((item: Value, index) => equalValues(item, b[index] as Value))
      );
    case "object":
      return equalObjects(a as ValueObject, b as ValueObject);
  }
}

/**
 * How each language spells the kinds of values, and what happens to values of the language that have no kind.
 * One row for each kind; the conformance laws read this table.
 */
export const valueMapping: Readonly<
  Record<ValueKind, Readonly<Record<"lua" | "rune" | "javascript" | "component", string>>>
> = {
  null: {
    lua: "crucible.null (nil where a function returns nothing; a field that is nil does not exist)",
    rune: "() and None",
    javascript: "null and undefined",
    component: "none of option",
  },
  bool: { lua: "boolean", rune: "bool", javascript: "boolean", component: "bool" },
  int: {
    lua: "integer",
    rune: "i64; u64 up to 2^63-1, larger refused",
    javascript: "number when safe, BigInt otherwise",
    component: "s64 and narrower integers",
  },
  float: {
    lua: "float",
    rune: "f64",
    javascript: "number (an integral float only where the schema says number)",
    component: "f64",
  },
  string: {
    lua: "string that is valid UTF-8",
    rune: "String; char as a one-character string",
    javascript: "string (unpaired surrogates refused)",
    component: "string",
  },
  bytes: {
    lua: "string that is not UTF-8, or crucible.bytes(s)",
    rune: "Bytes",
    javascript: "Uint8Array",
    component: "list<u8>",
  },
  array: {
    lua: "table with 1..n, or crucible.array(t); an empty table follows the schema, else it is an object",
    rune: "Vec and tuples",
    javascript: "Array",
    component: "list and tuple",
  },
  object: {
    lua: "table with string keys; keys in sorted order",
    rune: "Object, and structs by field names; Ok(v) and Some(v) are v",
    javascript: "plain object",
    component: "record",
  },
};

function equalObjects(a: ValueObject, b: ValueObject): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equalValues(a[key] as Value, b[key] as Value));
}
