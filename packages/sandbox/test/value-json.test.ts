import { equalValues, Float, formatJson, fromPlain, object, parseJson, toPlain, unwrap } from "@crucible/sandbox";
import { arbitraryValue } from "@crucible/sandbox/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";

test("formatJson and parseJson give back every value", () => {
  fc.assert(
    fc.property(arbitraryValue(), fc.constantFrom(0, 2), (value, indent) => {
      expect(equalValues(unwrap(parseJson(formatJson(value, indent))), value)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test("formatJson writes JSON that every parser reads", () => {
  fc.assert(
    fc.property(arbitraryValue(), (value) => {
      expect(() => JSON.parse(formatJson(value)) as unknown).not.toThrow();
    }),
  );
});

test("parseJson agrees with JSON.parse on what is JSON, but for duplicate keys and wide integers", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.json(), fc.string({ unit: fc.constantFrom(...'{}[]:,"01.-e+ tfn\\u'.split("")) })),
      (text) => {
        const ours = parseJson(text);
        let theirs: { value: unknown } | undefined;
        try {
          theirs = { value: JSON.parse(text) };
        } catch {
          theirs = undefined;
        }
        if (theirs === undefined) expect(ours.ok).toBe(false);
        else if (ours.ok)
          expect(JSON.stringify(toPlain(ours.value))).toBe(
            JSON.stringify(theirs.value, (_, item: unknown) => (Object.is(item, -0) ? 0 : item)),
          );
        else expect(ours.error.message).toMatch(/twice|64 bits|tag/);
      },
    ),
    { numRuns: 2000 },
  );
});

test("parseJson tells line and column of the fault", () => {
  expect(parseJson('{\n  "a": 1,\n  "a": 2}')).toMatchObject({ ok: false, error: { details: { place: { line: 3 } } } });
  expect(parseJson("[1,]")).toMatchObject({
    ok: false,
    error: { message: "Cannot read JSON at line 1, column 4: a value is expected" },
  });
});

test("parseJson refuses nesting that would exhaust the stack", () => {
  expect(parseJson("[".repeat(100_000))).toMatchObject({ ok: false, error: { code: "host/invalid-argument" } });
});

test("stored JSON keeps 1.0 and tags what JSON lacks", () => {
  expect(formatJson([new Float(1), Number.NaN, Uint8Array.of(1, 2), 9007199254740993n, object([["$x", 1]])])).toBe(
    '[1.0,{"$float":"NaN"},{"$bytes":"AQI="},9007199254740993,{"$object":{"$x":1}}]',
  );
});

test("fromPlain converts parsed data and refuses what is no value", () => {
  expect(formatJson(fromPlain({ when: new Date(0), list: [1, 2.5], gone: undefined }))).toBe(
    '{"when":"1970-01-01T00:00:00.000Z","list":[1,2.5]}',
  );
  expect(() => fromPlain({ run: () => 1 })).toThrow(/function is no value/);
});
