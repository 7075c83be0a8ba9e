// Arbitraries of the contract's types, for property tests of any package (`@crucible/sandbox/testing`).
import * as fc from "fast-check";
import type { Value } from "./value.ts";
import { float, int, object } from "./value.ts";

export interface ValueArbitraryOptions {
  /** Depth of arrays and objects; 4 by default. */
  readonly maxDepth?: number;
  /** Leaves out what some languages cannot tell apart or carry. */
  readonly without?: readonly ("bytes" | "null" | "specialFloats" | "emptyContainers")[];
}

/** Any value of the platform, small ones first; every kind and its edges occur. */
export function arbitraryValue(options: ValueArbitraryOptions = {}): fc.Arbitrary<Value> {
  const without = new Set(options.without);
  const scalars: fc.Arbitrary<Value>[] = [
    fc.boolean(),
    arbitraryInt(),
    without.has("specialFloats") ? fc.double({ noNaN: true, noDefaultInfinity: true }).map(float) : arbitraryFloat(),
    arbitraryText(),
  ];
  if (!without.has("null")) scalars.push(fc.constant(null));
  if (!without.has("bytes")) scalars.push(arbitraryBytes());
  const minLength = without.has("emptyContainers") ? 1 : 0;
  const { value } = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: options.maxDepth ?? 4, withCrossShrink: true },
      { weight: 5, arbitrary: fc.oneof(...scalars) },
      { weight: 1, arbitrary: fc.array(tie("value"), { minLength, maxLength: 6 }) },
      {
        weight: 1,
        arbitrary: fc
          .uniqueArray(fc.tuple(arbitraryKey(), tie("value")), { minLength, maxLength: 6, selector: ([key]) => key })
          .map(object),
      },
    ),
  }));
  return value;
}

/** Signed 64-bit integers in their host form, with the edges of 32, 53 and 64 bits. */
export function arbitraryInt(): fc.Arbitrary<Value> {
  const edges = [0n, 31n, 32n, 53n, 63n].flatMap((bits) =>
    [-1n, 0n, 1n].flatMap((step) => [(1n << bits) + step, -(1n << bits) + step]),
  );
  const inRange = edges.filter((edge) => BigInt.asIntN(64, edge) === edge);
  return fc.oneof(
    fc.integer().map((value) => int(BigInt(value))),
    fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }).map(int),
    fc.constantFrom(...inRange).map(int),
  );
}

/** Doubles in their host form: integral ones, NaN, infinities and -0 among them. */
export function arbitraryFloat(): fc.Arbitrary<Value> {
  return fc.oneof(
    fc.double().map(float),
    fc.integer().map((value) => float(value)),
    fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 0, 2 ** 53, 5e-324).map(float),
  );
}

/** Well-formed strings, NUL and characters beyond the basic plane among them. */
export function arbitraryText(): fc.Arbitrary<string> {
  return fc.oneof(fc.string({ unit: "grapheme" }), fc.string(), fc.constantFrom("", "\0", "a\0b", "é", "😀", "﻿x"));
}

function arbitraryBytes(): fc.Arbitrary<Value> {
  return fc.uint8Array({ maxLength: 40 });
}

function arbitraryKey(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.string({ minLength: 1, maxLength: 8 }) },
    { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "toString", "length", "1", "", "then") },
  );
}
