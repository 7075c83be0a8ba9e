import { runInThisContext } from "node:vm";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { formatCall, formatLiteral, hostFunctionTool, isWrappedResult, mcpTool, resultKey } from "@crucible/bindings";
import type { JsonSchema, Value } from "@crucible/sandbox";
import { Float, toPlain } from "@crucible/sandbox";
import { describe, expect, test } from "vitest";
import { library } from "./library-module.ts";

const annotations = { readOnly: true, destructive: false, idempotent: true, openWorld: false };

const reference = new Ajv2020({ strict: false });

describe("mcpTool", () => {
  test("gives the tool a name, schemas of objects and hints", () => {
    const tool = mcpTool("dice-roller", {
      description: "Rolls dice",
      parameters: { type: "object", properties: { n: { type: "integer" } } },
      returns: { type: "integer" },
      annotations: { ...annotations, title: "Roll" },
    });
    expect(tool).toEqual({
      name: "dice-roller",
      title: "Roll",
      description: "Rolls dice",
      inputSchema: { type: "object", properties: { n: { type: "integer" } } },
      outputSchema: { type: "object", properties: { result: { type: "integer" } }, required: ["result"] },
      annotations: {
        title: "Roll",
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
    });
  });

  test("has an output schema that accepts a result exactly when the action's schema does", () => {
    const person: JsonSchema = {
      type: "object",
      properties: { name: { type: "string" }, friend: { $ref: "#/$defs/person" } },
      required: ["name"],
    };
    const returns = fc.constantFrom<JsonSchema>(
      true,
      { type: "integer" },
      { type: ["string", "null"] },
      { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
      { type: "array", items: { $ref: "#/$defs/person" }, $defs: { person } },
      { type: "array", items: { $ref: "#" } },
      { $ref: "#/$defs/person", $defs: { person } },
      { anyOf: [{ type: "object" }, { type: "integer" }] },
    );
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom<unknown>(
        [[], [[]]],
        [{ name: "a" }],
        [{ name: 1 }],
        { name: "a", friend: { name: "b" } },
        { a: "x" },
        [1],
      ),
    );
    fc.assert(
      fc.property(returns, value, (schema, result) => {
        const tool = mcpTool("t", { description: "d", parameters: true, returns: schema, annotations });
        const direct = reference.validate(schema as object, result);
        const structured = isWrappedResult(schema) ? { [resultKey]: result } : result;
        expect(tool.outputSchema?.type).toBe("object");
        expect(reference.validate(tool.outputSchema ?? true, structured)).toBe(direct);
      }),
      { numRuns: 300 },
    );
  });

  test("refuses names that MCP does not allow", () => {
    for (const name of ["", "a b", "a/b", "x".repeat(129), "ü"])
      expect(() => mcpTool(name, { description: "d", parameters: true, annotations })).toThrow(TypeError);
    expect(mcpTool("x".repeat(128), { description: "d", parameters: true, annotations }).name).toHaveLength(128);
  });
});

describe("hostFunctionTool", () => {
  test("makes one object of the parameters, and hints of the effect", () => {
    const [find, move] = library.functions;
    if (find === undefined || move === undefined) throw new Error("The library has functions");
    expect(hostFunctionTool(library, find)).toMatchObject({
      name: "library.find_book",
      inputSchema: {
        type: "object",
        required: ["number"],
        additionalProperties: false,
        properties: { number: { type: "integer", minimum: 1, description: "number of the book" } },
      },
      annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
    });
    expect(hostFunctionTool(library, move)).toMatchObject({
      name: "library.shelves.move",
      annotations: { readOnlyHint: false, destructiveHint: true },
    });
  });
});

describe("formatLiteral", () => {
  const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<Value>(null, true, 0, -3, 1.5, new Float(2), 2n ** 60n),
      fc.string({ unit: "binary" }),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(
        fc.string({ maxLength: 4 }).filter((key) => key !== "__proto__"),
        tie("value"),
        { maxKeys: 3 },
      ),
    ),
  })).value;

  test("writes JavaScript that evaluates to the value", () => {
    fc.assert(
      fc.property(value, (given) => {
        const evaluated: unknown = runInThisContext(`(${formatLiteral(given, "javascript")})`);
        const plain = JSON.stringify(toPlain(given));
        expect(JSON.stringify(evaluated, (_, item: unknown) => (typeof item === "bigint" ? Number(item) : item))).toBe(
          plain,
        );
      }),
    );
  });

  test("writes Lua and Rune in their own notation", () => {
    const given: Value = {
      list: [1, new Float(1), -0.5],
      "a key": 'x"\n\u{1}é',
      none: null,
      bytes: Uint8Array.of(0, 255),
      big: 9_007_199_254_740_993n,
    };
    expect(formatLiteral(given, "lua")).toBe(
      '{ list = { 1, 1.0, -0.5 }, ["a key"] = "x\\"\\n\\u{1}é", none = nil, bytes = "\\x00\\xff", big = 9007199254740993 }',
    );
    expect(formatLiteral(given, "rune")).toBe(
      '#{ list: [1, 1.0, -0.5], "a key": "x\\"\\n\\u{1}é", none: (), bytes: b"\\x00\\xff", big: 9007199254740993 }',
    );
  });

  test("writes calls as each language makes them", () => {
    const [find] = library.functions;
    const example = find?.examples?.[0];
    if (find === undefined || example === undefined) throw new Error("The library has an example");
    expect(
      (["lua", "rune", "javascript"] as const).map((language) => formatCall("library", find, example, language)),
    ).toEqual([
      'library.find_book(7, { order = "year" })',
      'library::find_book(7, #{ order: "year" })?',
      'library.find_book(7, { order: "year" })',
    ]);
  });
});
