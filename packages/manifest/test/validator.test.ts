import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { checkSchema, compilePattern, createValidator } from "@crucible/manifest";
import type { JsonSchema, Value } from "@crucible/sandbox";
import { Float, equalValues, fromPlain, object, toPlain } from "@crucible/sandbox";
import { describe, expect, test } from "vitest";

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => fromPlain(value));

/** Schemas of the keywords that people use, small enough to hit and to miss. */
const schemas: fc.Arbitrary<JsonSchema> = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constant<JsonSchema>({ type: "string" }),
    fc.constantFrom<JsonSchema>(
      true,
      false,
      { type: "integer", minimum: 0 },
      { type: "number", maximum: 10 },
      { type: ["null", "boolean"] },
      { enum: [1, "a", null, [1]] },
      { const: { a: 1 } },
      { type: "string", pattern: "^a+$" },
      { type: "string", minLength: 2 },
      { type: "array", uniqueItems: true },
    ),
    tie("schema").map((items): JsonSchema => ({ type: "array", items })),
    fc.tuple(tie("schema"), tie("schema")).map(([a, b]): JsonSchema => ({
      type: "object",
      properties: { a, b },
      required: ["a"],
      additionalProperties: false,
    })),
    fc.tuple(tie("schema"), tie("schema")).map((anyOf): JsonSchema => ({ anyOf })),
    fc.tuple(tie("schema"), tie("schema")).map((oneOf): JsonSchema => ({ oneOf })),
    fc.tuple(tie("schema"), tie("schema")).map((allOf): JsonSchema => ({ allOf })),
    tie("schema").map((not): JsonSchema => ({ not })),
    fc.tuple(tie("schema"), tie("schema")).map(([first, rest]): JsonSchema => ({ prefixItems: [first], items: rest })),
  ),
})).schema;

const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Value>(null, true, 0, 1, 3, 12, -1, 0.5, new Float(2), "", "a", "aa", "b"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc
      .uniqueArray(fc.constantFrom("a", "b", "c"), { maxLength: 3 })
      .chain((keys) =>
        fc
          .tuple(...keys.map(() => tie("value")))
          .map((items) => object(keys.map((key, index) => [key, items[index] as Value] as const))),
      ),
  ),
})).value;

describe("createValidator", () => {
  test("accepts exactly what the reference validator accepts", () => {
    const reference = new Ajv2020({ strict: false, logger: false });
    let accepted = 0;
    fc.assert(
      fc.property(schemas, values, (schema, value) => {
        const expected = reference.validate(
          structuredClone(schema) as object,
          JSON.parse(JSON.stringify(toPlain(value))),
        );
        const outcome = createValidator(schema)(value);
        expect(outcome.ok).toBe(expected);
        if (outcome.ok) accepted += 1;
        else expect(outcome.error.details?.["problems"]).not.toEqual([]);
      }),
      { numRuns: 1_000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  test("returns a value that it accepts again unchanged", () => {
    fc.assert(
      fc.property(schemas, values, (schema, value) => {
        const validate = createValidator(schema);
        const once = validate(value);
        if (!once.ok) return;
        const twice = validate(once.value);
        expect(twice.ok && equalValues(twice.value, once.value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("leaves any JSON value as it is under a schema that says nothing", () => {
    const validate = createValidator(true);
    fc.assert(
      fc.property(json, (value) => {
        expect(validate(value)).toEqual({ ok: true, value });
      }),
    );
  });

  test("fills in defaults without changing its argument", () => {
    const validate = createValidator({
      type: "object",
      properties: {
        a: { type: "integer", default: 1 },
        deep: { type: "object", properties: { b: { default: ["x"] } } },
      },
    });
    const given = object([["deep", object([])]]);
    expect(validate(given)).toEqual({
      ok: true,
      value: object([
        ["deep", object([["b", ["x"]]])],
        ["a", 1],
      ]),
    });
    expect(Object.keys(given)).toEqual(["deep"]);
  });

  test("brings numbers into the kind that the schema names, through references, branches and patterns", () => {
    const number = { type: "number" } as const;
    const schema: JsonSchema = {
      type: "object",
      properties: {
        direct: number,
        list: { type: "array", items: { $ref: "#/$defs/n" } },
        tuple: { prefixItems: [number], items: { type: "integer" } },
        either: { anyOf: [{ type: "string" }, number] },
      },
      patternProperties: { "^p/": number },
      additionalProperties: { type: "integer" },
      $defs: { n: number },
    };
    const outcome = createValidator(schema)(
      object([
        ["direct", 1],
        ["list", [1, 1.5]],
        ["tuple", [1, new Float(2)]],
        ["either", 3],
        ["p/x", 4],
        ["other", new Float(5)],
      ]),
    );
    expect(outcome.ok && outcome.value).toEqual(
      object([
        ["direct", new Float(1)],
        ["list", [new Float(1), 1.5]],
        ["tuple", [new Float(1), 2]],
        ["either", new Float(3)],
        ["p/x", new Float(4)],
        ["other", 5],
      ]),
    );
  });

  test("keeps integers beyond 2^53 exact where an integer is asked for", () => {
    const outcome = createValidator({ type: "integer" })(9_007_199_254_740_993n);
    expect(outcome).toEqual({ ok: true, value: 9_007_199_254_740_993n });
  });

  test("does not take numbers that JSON lacks for numbers", () => {
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      expect(createValidator({ type: "number" })(value).ok).toBe(false);
      expect(createValidator({ type: "integer" })(value).ok).toBe(false);
    }
  });

  test("names path, expectation and what is there, with a suggestion for unknown members", () => {
    const validate = createValidator(
      {
        type: "object",
        properties: { count: { type: "integer", minimum: 1 }, names: { type: "array", items: { type: "string" } } },
        required: ["count"],
        additionalProperties: false,
      },
      { subject: 'the parameters of "dice-roller"' },
    );
    const outcome = validate(
      object([
        ["cuont", 1],
        ["names", ["a", 5]],
      ]),
    );
    expect(outcome).toMatchObject({
      ok: false,
      error: {
        code: "invocation/invalid-parameters",
        message: 'Cannot accept the parameters of "dice-roller": "count" is missing (and 2 more)',
        details: {
          problems: [
            { path: "/count", keyword: "required" },
            { path: "/cuont", hint: 'Did you mean "count"?', message: '"cuont" is not known' },
            {
              path: "/names/1",
              expected: "text",
              actual: "the number 5",
              message: '"names[1]" is the number 5, must be text',
            },
          ],
        },
      },
    });
  });

  test("does not mistake inherited members for members of the value", () => {
    const validate = createValidator({
      type: "object",
      properties: { constructor: { type: "string" }, ["__proto__"]: { type: "string" } },
      additionalProperties: false,
    });
    expect(validate(object([])).ok).toBe(true);
    expect(validate(object([["toString", 1]])).ok).toBe(false);
  });

  test("stops a schema whose work grows with the depth of the value", () => {
    const node = {
      anyOf: [
        { type: "object", properties: { n: { $ref: "#/$defs/node" } }, required: ["x"] },
        { type: "object", properties: { n: { $ref: "#/$defs/node" } }, required: ["y"] },
      ],
    };
    const validate = createValidator({ $ref: "#/$defs/node", $defs: { node } });
    let value: Value = object([["z", 1]]);
    for (let level = 0; level < 40; level += 1) value = object([["n", value]]);
    const outcome = validate(value);
    expect(outcome.ok === false && outcome.error.message).toMatch(/evaluations/);
    expect(
      validate(
        object([
          ["n", object([["x", 1]])],
          ["x", 1],
        ]),
      ).ok,
    ).toBe(true);
  });

  test("refuses what the engine cannot evaluate, instead of throwing", () => {
    const schema: JsonSchema = {
      if: { required: ["z"] },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: { properties: { a: { const: 1 } } },
      patternProperties: { "^a": { type: "integer" } },
      unevaluatedProperties: false,
    };
    expect(createValidator(schema)(object([["a", 1]])).ok).toBe(false);
    expect(checkSchema({ ...schema, default: { a: 1 } })).toHaveLength(1);
  });

  test("lists the problems of a large value without listing each", () => {
    const outcome = createValidator({ type: "array", items: { type: "string" } })(
      Array.from({ length: 100_000 }, () => 1),
    );
    expect(outcome.ok ? [] : outcome.error.details?.["problems"]).toHaveLength(1);
  });

  test("finds repetitions in large lists of objects", () => {
    const validate = createValidator({ type: "array", uniqueItems: true });
    const items = Array.from({ length: 50_000 }, (_, index) =>
      object([
        ["a", index],
        ["b", [index]],
      ]),
    );
    expect(validate(items).ok).toBe(true);
    expect(
      validate([
        ...items,
        object([
          ["b", [7]],
          ["a", 7],
        ]),
      ]).ok,
    ).toBe(false);
  });

  test("throws for schemas that are none, which are a mistake of the caller", () => {
    expect(() => createValidator({ $ref: "#" })(1)).toThrow(TypeError);
    expect(() => createValidator({ type: "strnig" })(1)).toThrow(TypeError);
  });
});

describe("formats", () => {
  const good: Readonly<Record<string, readonly string[]>> = {
    "date-time": ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00.123+02:00"],
    date: ["2024-02-29"],
    time: ["23:59:59Z"],
    duration: ["P3Y6M4DT12H30M5S", "P2W", "PT0S"],
    email: ["a.b+c@example.org"],
    hostname: ["example.org", "a"],
    ipv4: ["127.0.0.1"],
    ipv6: ["::1", "2001:db8::8a2e:370:7334"],
    uri: ["https://example.org/a?b=c#d", "urn:isbn:978", "mailto:a@example.org"],
    "uri-reference": ["../a", "#b", "https://example.org"],
    "uri-template": ["/a/{b}{?c}"],
    uuid: ["6f0a1b9e-8e3b-4c52-9d53-0f0f0f0f0f0f"],
    "json-pointer": ["", "/a/~0b/~1c"],
    "relative-json-pointer": ["0", "2/a"],
    regex: ["^a+$"],
  };
  const bad: Readonly<Record<string, readonly string[]>> = {
    "date-time": ["2026-11-20", "2026-13-01T00:00:00Z"],
    date: ["2023-02-29", "20231101"],
    time: ["24:00:00Z"],
    duration: ["P", "3Y"],
    email: ["a@", "a b@example.org"],
    hostname: ["-a", "a..b"],
    ipv4: ["256.0.0.1", "1.2.3"],
    ipv6: [":::", "12345::"],
    uri: ["../a", "//example.org", "http://a b"],
    "uri-reference": ["a b", "%zz"],
    "uri-template": ["{a"],
    uuid: ["6f0a1b9e"],
    "json-pointer": ["a", "/~2"],
    "relative-json-pointer": ["-1"],
    regex: ["("],
  };
  test.each(Object.keys(good))("%s accepts what it names and refuses what it does not", (format) => {
    const validate = createValidator({ type: "string", format });
    for (const text of good[format] ?? []) expect([text, validate(text).ok]).toEqual([text, true]);
    for (const text of bad[format] ?? []) expect([text, validate(text).ok]).toEqual([text, false]);
  });

  test.each(Object.keys(good))("%s answers on long text that defeats back-tracking", (format) => {
    const validate = createValidator({ type: "array", items: { type: "string", format } });
    const hostile = ["a", "1", ".", "a.", "a-", ":", "%41", "http://", "{a}", "a@"].map(
      (part) => `${part.repeat(16_000 / part.length)} `,
    );
    const outcome = validate(hostile.flatMap((text) => Array.from({ length: 20 }, () => text)));
    expect(outcome.ok).toBe(false);
  });
});

describe("checkSchema", () => {
  const reference = new Ajv2020({ strict: false, logger: false });

  test("accepts nothing that the meta-schema refuses, and what it accepts compiles", () => {
    const keyword = fc.constantFrom(
      "type",
      "items",
      "properties",
      "required",
      "minimum",
      "minLength",
      "enum",
      "anyOf",
      "uniqueItems",
      "title",
      "dependentRequired",
      "$defs",
      "not",
      "prefixItems",
      "multipleOf",
    );
    const anything = fc.oneof(
      schemas.map((schema) => schema as unknown),
      fc.constantFrom<unknown>("string", 1, -1, 0.5, true, null, [], ["a"], ["a", "a"], {}, { a: ["b"] }, [{}], [true]),
    );
    let accepted = 0;
    fc.assert(
      fc.property(fc.dictionary(keyword, anything, { maxKeys: 3 }), (schema) => {
        const faults = checkSchema(schema);
        if (faults.length > 0) return;
        accepted += 1;
        expect(reference.validateSchema(structuredClone(schema))).toBe(true);
        expect(() => createValidator(schema)(null)).not.toThrow();
      }),
      { numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  test("accepts every schema of the reference's keywords", () => {
    fc.assert(
      fc.property(schemas, (schema) => {
        expect(checkSchema(schema)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("names the keyword that was probably meant", () => {
    expect(checkSchema({ type: "string", maxlenght: 3 })).toEqual([
      {
        field: "maxlenght",
        message: 'Cannot read "maxlenght": there is no keyword "maxlenght"',
        hint: 'Did you mean "maxLength"?',
      },
    ]);
  });

  test("refuses recursion that consumes nothing, and allows recursion that does", () => {
    expect(checkSchema({ allOf: [{ $ref: "#" }] })).toHaveLength(1);
    expect(checkSchema({ type: "object", properties: { next: { $ref: "#" } } })).toEqual([]);
  });

  test("bounds depth and size", () => {
    let deep: unknown = {};
    for (let level = 0; level < 70; level += 1) deep = { not: deep };
    expect(checkSchema(deep)).toHaveLength(1);
    expect(checkSchema({ enum: Array.from({ length: 20_000 }, (_, index) => index) })).toHaveLength(1);
  });
});

describe("compilePattern", () => {
  test("agrees with the language's own expressions on the common syntax", () => {
    const sources = [
      "^[a-z]+(-[a-z0-9]+)*$",
      "(ab|ba)+",
      "^a*b+c?$",
      "[0-9]{2,3}",
      "^\\w+\\.\\d$",
      "x|^$",
      "[^a-c]+$",
      "^(?:a|b)*abb$",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...sources),
        fc.string({ unit: fc.constantFrom(..."abcx019-._ ".split("")), maxLength: 12 }),
        (source, text) => {
          const pattern = compilePattern(source);
          expect("fault" in pattern ? pattern : pattern.test(text)).toBe(new RegExp(source, "u").test(text));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("refuses what a linear-time engine cannot run", () => {
    for (const source of ["(?=a)", "(?<!a)b", "(a)\\1", "((a{1000}){1000})", "(", "a".repeat(3_000)])
      expect(compilePattern(source)).toHaveProperty("fault");
  });

  test("answers on text that defeats back-tracking", () => {
    const pattern = compilePattern("^(a+)+$");
    expect("fault" in pattern ? pattern : pattern.test(`${"a".repeat(50_000)}b`)).toBe(false);
  });
});
