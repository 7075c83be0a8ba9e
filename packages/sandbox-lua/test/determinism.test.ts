import type { Value } from "@crucible/sandbox";
import { object } from "@crucible/sandbox";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { load } from "./loaded-plugin.ts";

// Everything that differs between two runs of standard Lua: order of pairs, addresses, hash seeds, random numbers.
const source = `
local made_while_loading = { math.random(1 << 50), tostring({}), math.random() }
function main(params)
  local order, keys = {}, {}
  local t = {}
  for i = 1, 40 do t["key" .. i] = i t[i * 1.5] = i t[{}] = i t[function() return i end] = i end
  for k, v in pairs(params or {}) do t[k] = v end
  for k in pairs(t) do order[#order + 1] = tostring(k) end
  for i = 1, 10 do keys[i] = math.random(0) end
  math.randomseed()
  keys[11] = math.random(0)
  math.randomseed(7)
  keys[12] = math.random(1000)
  return { order = order, keys = keys, loaded = made_while_loading, address = tostring(print) .. tostring(coroutine.create(print)), nan = tostring(0/0 ~= 0/0), clock = crucible.clock() }
end`;

describe("a run", () => {
  it("is a function of code, parameters and seed: two guests that never met give the same bytes", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        fc.dictionary(fc.string(), fc.integer()),
        (seed, entries) => {
          const params: Value = object(Object.entries(entries));
          const [left, right] = [load(source), load(source)];
          right.run("main", null, { seed: 999n });
          expect(right.run("main", params, { seed })).toEqual(left.run("main", params, { seed }));
        },
      ),
      { numRuns: 15 },
    );
  });

  it("has random numbers of its seed, not those of the run before", () => {
    const plugin = load("function main() local t = {} for i = 1, 20 do t[i] = math.random(1, 100) end return t end");
    const draws = [1n, 2n, 3n, 1n << 63n, (1n << 64n) - 1n].map((seed) =>
      JSON.stringify(plugin.call("main", null, { seed })),
    );
    expect(new Set(draws).size).toBe(draws.length);
    expect(JSON.stringify(plugin.call("main", null, { seed: 2n }))).toBe(draws[1]);
  });

  it("does not change with the memory that an earlier run made the instance grow to", () => {
    const text = `${source} function grow() local t = {} for i = 1, 200000 do t[i] = { i } end return #t end`;
    const plugin = load(text);
    const before = plugin.run("main", null, { seed: 5n });
    expect(plugin.call("grow")).toBe(200_000);
    expect(plugin.run("main", null, { seed: 5n })).toEqual(before);
  });
});
