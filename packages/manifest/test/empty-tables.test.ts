import type { JsonSchema } from "@crucible/sandbox";
import { createValidator, emptyTablesAsArrays } from "@crucible/manifest";
import { object } from "@crucible/sandbox";
import { arbitraryValue } from "@crucible/sandbox/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const empty = object([]);
const list: JsonSchema = { type: "array" };

test.each<[JsonSchema, unknown]>([
  [list, []],
  [{ type: ["array", "null"] }, []],
  [{ type: "object" }, empty],
  [{ type: ["array", "object"] }, empty],
  [true, empty],
  [{ $ref: "#/$defs/list", $defs: { list } }, []],
])("an empty table under %j becomes %j", (schema, expected) => {
  expect(emptyTablesAsArrays(schema, empty)).toStrictEqual(expected);
});

test("empty tables are found below properties, items, additional properties and references", () => {
  const schema: JsonSchema = {
    type: "object",
    properties: { a: list, b: { type: "array", items: list }, c: { $ref: "#/$defs/deep" } },
    additionalProperties: list,
    $defs: { deep: { type: "object", properties: { x: list, y: { type: "object" } } } },
  };
  const value = object([
    ["a", empty],
    ["b", [empty, [1]]],
    [
      "c",
      object([
        ["x", empty],
        ["y", empty],
      ]),
    ],
    ["d", empty],
  ]);
  expect(emptyTablesAsArrays(schema, value)).toStrictEqual(
    object([
      ["a", []],
      ["b", [[], [1]]],
      [
        "c",
        object([
          ["x", []],
          ["y", empty],
        ]),
      ],
      ["d", []],
    ]),
  );
});

test("a value that passes its schema stays what it is", () => {
  const schemas: JsonSchema[] = [
    true,
    { type: "object" },
    { type: ["array", "object"] },
    { anyOf: [{ type: "array" }, { type: "object" }] },
  ];
  fc.assert(
    fc.property(arbitraryValue(), fc.constantFrom(...schemas), (value, schema) => {
      if (createValidator(schema)(value).ok) expect(emptyTablesAsArrays(schema, value)).toStrictEqual(value);
    }),
  );
});
