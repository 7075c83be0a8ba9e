import {
  decodeValue,
  encodeValue,
  equalValues,
  isObject,
  toPlain,
  unwrap,
  viewEncoded,
  type Value,
} from "@crucible/sandbox";
import { arbitraryValue } from "@crucible/sandbox/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";

test("viewEncoded gives the value that the bytes encode, inside of other values too", () => {
  fc.assert(
    fc.property(arbitraryValue(), (value) => {
      const bytes = unwrap(encodeValue(value));
      expect(equalValues(viewEncoded(bytes), unwrap(decodeValue(bytes)))).toBe(true);
      expect(unwrap(encodeValue([viewEncoded(bytes), 1]))).toStrictEqual(unwrap(encodeValue([value, 1])));
      expect(Array.isArray(viewEncoded(bytes))).toBe(Array.isArray(value));
      expect(isObject(viewEncoded(bytes))).toBe(isObject(value));
    }),
    { numRuns: 1000 },
  );
});

test("viewEncoded encodes to its own bytes without having looked into them", () => {
  // The bytes of an array whose only part is no value: whoever looks, fails.
  const bytes = Uint8Array.of(8, 1, 0, 0, 0, 99);
  const view = viewEncoded(bytes);
  const encoded = unwrap(encodeValue(view));
  expect(encoded).toStrictEqual(bytes);
  expect(encoded).not.toBe(bytes);
  expect(() => toPlain(view)).toThrow("the tag 99 is unknown");
  expect(encodeValue(view, { maxDepth: 10, maxBytes: 5 })).toMatchObject({ ok: false });
});

test("viewEncoded refuses to be changed", () => {
  const view = viewEncoded(unwrap(encodeValue([1, 2]))) as Value[];
  expect(() => view.push(3)).toThrow(TypeError);
  expect(() => Object.assign(view, { 0: 9 })).toThrow(TypeError);
  expect([...view]).toStrictEqual([1, 2]);
});
