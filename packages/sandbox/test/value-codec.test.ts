import type { Value } from "@crucible/sandbox";
import {
  crossingBounds,
  decodeValue,
  defaultCodecBounds,
  defaultLimits,
  encodeValue,
  equalValues,
  Float,
  object,
  resultBounds,
  unwrap,
  viewEncoded,
} from "@crucible/sandbox";
import { arbitraryValue } from "@crucible/sandbox/testing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

const encode = (value: Value): Uint8Array => unwrap(encodeValue(value));
// Such keys come first in every JavaScript object, whatever their place in the bytes (see `Value`).
const hasIndexKeys = (value: Value): boolean =>
  typeof value === "object" &&
  value !== null &&
  !(value instanceof Float) &&
  !(value instanceof Uint8Array) &&
  Object.entries(value).some(
    ([key, item]) => (!Array.isArray(value) && /^(0|[1-9][0-9]*)$/.test(key)) || hasIndexKeys(item),
  );
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("encodeValue and decodeValue", () => {
  test("give back every value, with its kind", () => {
    fc.assert(
      fc.property(arbitraryValue(), (value) => {
        expect(equalValues(unwrap(decodeValue(encode(value))), value)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test("have one encoding for each value: decoded bytes encode to themselves", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const decoded = decodeValue(bytes);
        if (decoded.ok) expect(hasIndexKeys(decoded.value) || hex(encode(decoded.value)) === hex(bytes)).toBe(true);
        else expect(decoded.error.code).toBe("guest/invalid-value");
      }),
      { numRuns: 5000 },
    );
  });

  test("refuse every proper prefix and every extension of an encoding", () => {
    fc.assert(
      fc.property(arbitraryValue(), fc.nat(), (value, cut) => {
        const bytes = encode(value);
        expect(decodeValue(bytes.subarray(0, cut % bytes.length)).ok).toBe(false);
        expect(decodeValue(Uint8Array.of(...bytes, 0)).ok).toBe(false);
      }),
    );
  });

  test("survive any mutation of single bytes without throwing", () => {
    fc.assert(
      fc.property(
        arbitraryValue(),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (value, edits) => {
          const bytes = encode(value);
          for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
          const decoded = decodeValue(bytes);
          if (decoded.ok && !hasIndexKeys(decoded.value)) expect(hex(encode(decoded.value))).toBe(hex(bytes));
        },
      ),
      { numRuns: 3000 },
    );
  });

  test.each([
    ["an unknown tag", [10]],
    ["nothing", []],
    ["a count beyond the bytes", [8, 255, 255, 255, 255]],
    ["a small integer in 64 bits", [4, 1, 0, 0, 0, 0, 0, 0, 0]],
    ["another NaN", [5, 1, 0, 0, 0, 0, 0, 0xf8, 0x7f]],
    ["a string that is not UTF-8", [6, 1, 0, 0, 0, 0xff]],
    ["a surrogate in UTF-8", [6, 3, 0, 0, 0, 0xed, 0xa0, 0x80]],
    ["a key that stands twice", [9, 2, 0, 0, 0, 1, 0, 0, 0, 97, 0, 1, 0, 0, 0, 97, 0]],
  ])("refuse %s", (_, bytes) => {
    const decoded = decodeValue(Uint8Array.from(bytes));
    expect(decoded).toMatchObject({ ok: false, error: { code: "guest/invalid-value" } });
  });

  test("hold the depth bound exactly", () => {
    const nest = (depth: number): Value => (depth === 0 ? 1 : [nest(depth - 1)]);
    const bounds = { maxDepth: 5, maxBytes: 1000 };
    expect(encodeValue(nest(5), bounds).ok).toBe(true);
    expect(encodeValue(nest(6), bounds)).toMatchObject({ ok: false, error: { code: "guest/invalid-value" } });
    expect(decodeValue(encode(nest(5)), bounds).ok).toBe(true);
    expect(decodeValue(encode(nest(6)), bounds)).toMatchObject({ ok: false, error: { code: "guest/invalid-value" } });
  });

  test("hold the size bound exactly", () => {
    const text = "é".repeat(30);
    const size = encode(text).length;
    for (const [maxBytes, ok] of [
      [size, true],
      [size - 1, false],
    ] as const) {
      expect(encodeValue(text, { maxDepth: 1, maxBytes }).ok).toBe(ok);
      expect(decodeValue(encode(text), { maxDepth: 1, maxBytes }).ok).toBe(ok);
    }
  });

  test("refuse cycles, functions, unpaired surrogates, classes and integers beyond 64 bits", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const wrong of [
      cycle,
      () => 1,
      undefined,
      "\ud800",
      new Map(),
      1n << 63n,
      { a: Symbol("s") },
      "x".repeat(100) + "\udc00",
    ]) {
      expect(encodeValue(wrong as Value)).toMatchObject({ ok: false, error: { code: "guest/invalid-value" } });
    }
  });

  test("keep 1 and 1.0, NaN, -0 and large integers apart", () => {
    const value: Value = [1, new Float(1), Number.NaN, -0, 2n ** 60n, Infinity];
    expect(unwrap(decodeValue(encode(value)))).toStrictEqual(value);
  });

  test("make objects that no key can turn into something else", () => {
    const decoded = unwrap(decodeValue(encode(object([["__proto__", object([["isAdmin", true]])]]))));
    expect(Object.getPrototypeOf(decoded)).toBe(null);
    expect((decoded as { isAdmin?: unknown }).isAdmin).toBe(undefined);
    expect(Object.keys(decoded as object)).toStrictEqual(["__proto__"]);
  });

  test("tell keys apart, however many were decoded before and however much they are alike", () => {
    const alike = fc.tuple(fc.constantFrom("name", "näme", "n\u0000me", "名前", ""), fc.integer({ min: 0, max: 9999 }));
    fc.assert(
      fc.property(fc.array(alike, { minLength: 1, maxLength: 400 }), (names) => {
        const given = object(names.map(([name, number], at) => [`${name}${number}`, at]));
        expect(unwrap(decodeValue(unwrap(encodeValue(given))))).toStrictEqual(given);
      }),
    );
  });

  test("copy: changing the bytes afterwards changes no value", () => {
    const bytes = encode(Uint8Array.of(1, 2, 3));
    const decoded = unwrap(decodeValue(bytes));
    bytes.fill(0);
    expect(decoded).toStrictEqual(Uint8Array.of(1, 2, 3));
  });
});

describe("what may cross at once", () => {
  const parts = (value: Value, maxParts: number): boolean =>
    decodeValue(encode(value), { ...defaultCodecBounds, maxParts }).ok;

  test("counts what decoding makes, and the same for the same bytes whatever was decoded before", () => {
    const wide = Array.from({ length: 1000 }, (_, at): [string, Value] => [`name ${at}`, at]);
    for (const [value, count] of [
      [7, 4],
      ["short", 14],
      ["ä", 29],
      ["x".repeat(100_000), 29],
      [[1, 2, 3], 4 + 5 + 3 * 4],
      [object([]), 22],
      [object([["name", null]]), 22 + 3 + 70 + 4],
      [object([["n".repeat(33), null]]), 22 + 3 + 70 + 4],
      // A name counts as new once in a value.
      [[object([["name", null]]), object([["name", null]])], 4 + 5 + 2 * (22 + 3 + 4) + 70],
    ] as const)
      for (let times = 0; times < 3; times++) {
        expect([parts(value, count), parts(value, count - 1)]).toEqual([true, false]);
        expect(parts(object(wide), 1_000_000)).toBe(true);
      }
  });

  test("is a failure that names the limit, whoever made the encoding", () => {
    const tooMuch = { code: "limit/output", details: { limit: { limit: 21, unit: "parts" } } };
    expect(decodeValue(encode(object([])), { ...defaultCodecBounds, maxParts: 21 })).toMatchObject({
      ok: false,
      error: tooMuch,
    });
    const seen = viewEncoded(encode(["a".repeat(100)]));
    expect(encodeValue(seen, { maxDepth: 8, maxBytes: 50 })).toMatchObject({
      ok: false,
      error: { code: "limit/output", details: { limit: { limit: 50, unit: "bytes" } } },
    });
  });

  test("is 16 MB, or a file where a larger one was agreed to; results grow with their limit", () => {
    const megabyte = 1024 * 1024;
    expect(crossingBounds(defaultLimits).maxBytes).toBe(16 * megabyte);
    expect(crossingBounds({ ...defaultLimits, file_bytes: 100 * megabyte }).maxBytes).toBe(101 * megabyte);
    const [usual, raised, lowered] = [1, 2, 0.5].map((factor) =>
      resultBounds({ ...defaultLimits, output_bytes: defaultLimits.output_bytes * factor }),
    );
    expect(raised?.maxParts).toBe((usual?.maxParts ?? 0) * 2);
    expect(lowered?.maxParts).toBe(usual?.maxParts);
  });
});
