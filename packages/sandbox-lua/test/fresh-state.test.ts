import type { Value } from "@crucible/sandbox";
import { defaultLimits, encodeValue, unwrap } from "@crucible/sandbox";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { load } from "./loaded-plugin.ts";

// Each writer leaves a canary somewhere; `look` walks everything that a plugin can reach and reports each canary it finds.
const source = `
local upvalue, list = {}, { 1, 2, 3 }
local memo = setmetatable({}, { __mode = "k" })
local stepper = coroutine.wrap(function() local n = 0 while true do n = n + 1 coroutine.yield(n) end end)
local sleeper = coroutine.create(function(...) local kept = ... while true do coroutine.yield(kept) end end)
held = list

local writers = {
  global = function(c) canary = c end,
  nested_global = function(c) _G._G.string.canary = c end,
  upvalue = function(c) upvalue[c] = c end,
  list = function(c) list[#list + 1] = c end,
  string_metatable = function(c) getmetatable("").__index = function() return c end; getmetatable("").canary = c end,
  module = function(c) require("crucible").canary = c end,
  replaced = function(c) string.upper = function() return c end; print = function() end; crucible.null = c end,
  null_metatable = function(c) getmetatable(crucible.null).canary = c end,
  array_metatable = function(c) getmetatable(crucible.array({})).canary = c end,
  environment = function(c) load("canary2 = ...")(c) end,
  coroutine = function(c) coroutine.resume(sleeper, c) end,
  stepper = function(c) stepper() end,
  random = function(c) math.randomseed(#c) math.random() end,
  weak = function(c) memo[list] = c end,
  large = function(c) local t = {} for i = 1, 50000 do t[i] = c .. i end bulk = t end,
  failed = function(c) failed_at = c; error(c) end,
  deep = function(c) deep_at = c; local function f(n) return n == 0 and c or (f(n - 1)) end f(5000) end,
}

function write(p) return writers[p.how](p.canary) end

local function walk(value, seen, found, canary)
  if type(value) == "string" then
    if value:find(canary, 1, true) then found[#found + 1] = value:sub(1, 40) end
    return
  end
  if type(value) ~= "table" or seen[value] then
    if type(value) == "userdata" then walk(getmetatable(value), seen, found, canary) end
    return
  end
  seen[value] = true
  walk(getmetatable(value), seen, found, canary)
  for k, v in next, value do walk(k, seen, found, canary) walk(v, seen, found, canary) end
end

function look(p)
  local found, seen = crucible.array({}), {}
  for _, root in ipairs({ _G, upvalue, list, memo, getmetatable(""), writers }) do walk(root, seen, found, p.canary) end
  walk(("x"):upper(), seen, found, p.canary)
  local _, kept = coroutine.resume(sleeper, "first")
  walk(kept, seen, found, p.canary)
  return { found = found, step = stepper(), length = #list, random = math.random(1 << 40), same = kept }
end
`;

const writers = [...source.matchAll(/^ {2}(\w+) = function/gm)].map(([, name = ""]) => name);

describe("every call", () => {
  it("sees nothing that an earlier call wrote anywhere, whatever was written in which order", () => {
    const plugin = load(source);
    const bytes = (params: Value): Uint8Array => {
      const outcome = plugin.run("look", params);
      if (outcome.kind !== "value") throw new Error(outcome.error.message);
      return outcome.bytes;
    };
    expect(writers.length).toBeGreaterThan(15);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...writers), { minLength: 1, maxLength: 6 }),
        fc.stringMatching(/^[a-z]{12}$/),
        (order, canary) => {
          const first = bytes({ canary });
          for (const how of order)
            expect(plugin.run("write", { how, canary }).kind).toBe(how === "failed" ? "error" : "value");
          expect(bytes({ canary })).toEqual(first);
        },
      ),
      { numRuns: 60 },
    );
    expect(plugin.call("look", { canary: "zzzz" })).toMatchObject({ found: [], step: 1, length: 3, same: "first" });
  });

  it("would see the canary without the restore", () => {
    const request = { seed: 1n, startTime: 0, limits: defaultLimits };
    for (const how of ["global", "nested_global", "upvalue", "module", "null_metatable", "coroutine"]) {
      const { guest } = load(source);
      expect(
        guest.call({ action: "write", params: unwrap(encodeValue({ how, canary: "needle" })), ...request }).kind,
      ).toBe("value");
      const outcome = guest.call({ action: "look", params: unwrap(encodeValue({ canary: "needle" })), ...request });
      if (outcome.kind !== "value") throw new Error(outcome.error.message);
      expect(`${how}: ${new TextDecoder().decode(outcome.bytes)}`).toContain("needle");
    }
  });

  it("leaves no byte behind that differs from the snapshot", () => {
    const plugin = load(source);
    const { memory } = plugin.guest;
    const heap = (): Uint8Array => new Uint8Array(memory.buffer).slice(1_083_712);
    const before = heap();
    for (const how of writers) plugin.run("write", { how, canary: "needleneedle" });
    const after = heap();
    expect(after.subarray(0, before.length)).toEqual(before);
    expect(after.subarray(before.length).every((byte) => byte === 0)).toBe(true);
  });

  it("works as often as wanted: the stack does not grow", () => {
    const plugin = load("local n = 0 function main(p) n = n + 1 return { n, p } end function fail() error('x') end");
    for (let index = 0; index < 2000; index++) {
      expect(plugin.call("main", index)).toEqual([1, index]);
      if (index % 7 === 0) expect(plugin.run("fail").kind).toBe("error");
      if (index % 11 === 0) expect(plugin.run("missing").kind).toBe("error");
    }
  });
});
