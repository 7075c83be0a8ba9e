import type { Value } from "@crucible/sandbox";
import { encodeValue, equalValues, Float, float, isObject, kindOf, object, unwrap } from "@crucible/sandbox";
import { arbitraryInt, arbitraryText, arbitraryValue } from "@crucible/sandbox/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate, failure, load } from "./loaded-plugin.ts";

const echo = load("function main(params) return params end");
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What Lua can keep of a value: bytes that are UTF-8 are a string, keys are sorted. */
function throughLua(value: Value): Value {
  if (value instanceof Uint8Array) {
    try {
      return decoder.decode(value);
    } catch {
      return value;
    }
  }
  if (Array.isArray(value)) return value.map(throughLua);
  if (!isObject(value)) return value;
  const order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const entries = Object.entries(value).toSorted(([a], [b]) => order(a, b));
  return object(entries.map(([key, item]) => [key, throughLua(item)] as const));
}

describe("values", () => {
  it("come back from Lua as they went in, byte for byte, with keys sorted", () => {
    fc.assert(
      fc.property(arbitraryValue(), (value) => {
        const outcome = echo.run("main", value);
        expect(outcome.kind).toBe("value");
        const expected = throughLua(value);
        // Keys like "1" come first in a JavaScript object: then only the values can be compared.
        expect(equalValues(echo.call("main", value), expected)).toBe(true);
        if (outcome.kind === "value" && !hasIndexKeys(value))
          expect(outcome.bytes).toEqual(unwrap(encodeValue(expected)));
      }),
      { numRuns: 400 },
    );
  });

  it("of 64 bits stay integers through arithmetic of Lua", () => {
    const negate = load("function main(params) return -params end");
    fc.assert(
      fc.property(arbitraryInt(), (value) => {
        const expected = BigInt.asIntN(64, -BigInt(value as number | bigint));
        expect(BigInt(negate.call("main", value) as number | bigint)).toBe(expected);
      }),
    );
  });

  it("keep the difference between 1 and 1.0", () => {
    expect(evaluate("return { 1, 1.0, 2^53, 1 << 62, 10 // 3, 10 / 5 }")).toEqual([
      1,
      new Float(1),
      2 ** 53,
      1n << 62n,
      3,
      new Float(2),
    ]);
    expect(evaluate("return math.type(params[1]) .. math.type(params[2])", [1, new Float(1)])).toBe("integerfloat");
    expect(evaluate("return { 1e300, -1e300, 0/0, 1/0, -0.0 }")).toEqual([
      float(1e300),
      float(-1e300),
      Number.NaN,
      Infinity,
      -0,
    ]);
  });

  it("of strings have the length in bytes that they have in Lua, NUL included", () => {
    const measure = load("function main(params) return { #params, params .. '\\0end' } end");
    fc.assert(
      fc.property(arbitraryText(), (text) => {
        expect(measure.call("main", text)).toEqual([new TextEncoder().encode(text).length, `${text}\0end`]);
      }),
    );
  });

  it("are strings when they are UTF-8 and bytes otherwise, or when the plugin says so", () => {
    expect(
      evaluate(
        'return { "\\xff\\0", crucible.bytes("ab"), "\\xed\\xa0\\x80", string.rep("é", 50), string.rep("\\xe9", 50) }',
      ),
    ).toEqual([
      Uint8Array.of(0xff, 0),
      Uint8Array.of(0x61, 0x62),
      Uint8Array.of(0xed, 0xa0, 0x80),
      "é".repeat(50),
      new Uint8Array(50).fill(0xe9),
    ]);
  });

  it("follow the shape of tables: 1 to n is an array, text keys an object, an empty table an object unless it is marked", () => {
    expect(
      evaluate("return { {}, crucible.array({}), { 1, 2 }, { a = 1 }, {[2] = 'b', [1] = 'a'}, crucible.array({ 5 }) }"),
    ).toEqual([object([]), [], [1, 2], object([["a", 1]]), ["a", "b"], [5]]);
  });

  it("of arrays that came from the host stay arrays when they are emptied", () => {
    expect(evaluate("table.remove(params) return params", [1])).toEqual([]);
  });

  it("keep long sequences in order however they were filled", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.boolean(), (count, backwards) => {
        const loop = backwards ? `${count}, 1, -1` : `1, ${count}`;
        expect(evaluate(`local t = {} for i = ${loop} do t[i] = i end return t`)).toEqual(
          Array.from({ length: count }, (_, index) => index + 1),
        );
      }),
      { numRuns: 40 },
    );
  });

  it("of null are crucible.null inside of tables and nil as a parameter", () => {
    expect(
      evaluate(
        "return { params.a == crucible.null, params.b == nil, tostring(params.a), type(params.a) }",
        object([["a", null]]),
      ),
    ).toEqual([true, true, "null", "userdata"]);
    expect(evaluate("return { params == nil, crucible.null }")).toEqual([true, null]);
    expect(evaluate("")).toBe(null);
  });

  it.each([
    ["return print", "Cannot return the result: a function is no value"],
    ["return { a = { 1, coroutine.create(print) } }", "Cannot return the result at a[2]: a coroutine is no value"],
    ["local t = {} t.x = { y = t } return t", "Cannot return the result at x.y: it contains itself"],
    [
      "return { 1, 2, a = 3 }",
      "Cannot return the result: a table with keys besides 1 to n is no array, and one with keys besides strings is no object",
    ],
    [
      "return { 1, nil, 3 }",
      "Cannot return the result: an array of 2 items has the index 3: its indexes must be 1 to n (fill with crucible.null)",
    ],
    [
      "return { [0] = 1 }",
      "Cannot return the result: a table with keys besides 1 to n is no array, and one with keys besides strings is no object",
    ],
    [
      "return { [1.5] = 1 }",
      "Cannot return the result: a table with keys besides 1 to n is no array, and one with keys besides strings is no object",
    ],
    ["return { [true] = 1 }", "Cannot return the result: a boolean is no key of a value"],
    ['return { ["\\xff"] = 1 }', "Cannot return the result: a key is not UTF-8"],
    [
      "local t = 1 for i = 1, 200 do t = { t } end return t",
      /^Cannot return the result at \[1\].*: it nests deeper than 128$/,
    ],
    ["local b = crucible.bytes('a') b[1] = {} return b", "Cannot return the result: its bytes are no string any more"],
  ])("that cannot leave are refused with their path: %s", (body, message) => {
    const error = failure(body);
    expect(error.code).toBe("guest/invalid-value");
    if (typeof message === "string") expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  it("of depth 128 pass and of depth 129 do not", () => {
    const nest = load("function main(n) local t = crucible.array({}) for i = 2, n do t = { t } end return t end");
    expect(nest.run("main", 128).kind).toBe("value");
    expect(nest.fail("main", 129).code).toBe("guest/invalid-value");
  });

  it("of exactly output_bytes pass and of one more do not", () => {
    const repeat = load("function main(n) return ('x'):rep(n) end");
    expect(repeat.run("main", 995, { limits: { output_bytes: 1000 } }).kind).toBe("value");
    const error = repeat.fail("main", 996, { limits: { output_bytes: 1000 } });
    expect(error).toMatchObject({
      code: "limit/output",
      details: { limit: { limit: 1000, used: 1001, unit: "bytes" } },
    });
  });

  it("that share a table many times end at the output limit, not in memory", () => {
    const error = failure("local t = {} for i = 1, 60 do t = { t, t } end return t");
    expect(error.code).toBe("limit/output");
  });

  it("are read without running metamethods", () => {
    const body = `
      local trap = { __index = function() error("index") end, __len = function() error("len") end,
        __pairs = function() error("pairs") end, __tostring = function() error("tostring") end }
      return { setmetatable({ 1, 2 }, trap), setmetatable({ a = 1 }, trap) }`;
    expect(evaluate(body)).toEqual([[1, 2], object([["a", 1]])]);
  });
});

function hasIndexKeys(value: Value): boolean {
  if (Array.isArray(value)) return value.some(hasIndexKeys);
  if (kindOf(value) !== "object") return false;
  return Object.entries(value as Record<string, Value>).some(([key, item]) => /^\d+$/.test(key) || hasIndexKeys(item));
}
