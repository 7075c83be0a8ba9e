import { describe, expect, it } from "vitest";
import { load, tryLoad } from "./loaded-plugin.ts";

const megabyte = 1024 * 1024;

describe("memory", () => {
  it("at its limit passes, and one page past it does not", () => {
    // The heap below 4 MB, found by asking: the largest string that fits is a law of the limit, not of the program.
    const fits = (memoryBytes: number, length: number): boolean => {
      const plugin = load("function main(n) local s = ('x'):rep(n) return #s end", { memoryBytes });
      return plugin.run("main", length).kind === "value";
    };
    const largest = (memoryBytes: number): number => {
      let [low, high] = [0, memoryBytes];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (fits(memoryBytes, middle)) low = middle;
        else high = middle;
      }
      return low;
    };
    const small = largest(4 * megabyte);
    const onePageMore = largest(4 * megabyte + 65_536);
    const almostOnePageMore = largest(4 * megabyte + 65_535);
    expect(almostOnePageMore).toBe(small);
    expect(onePageMore - small).toBeGreaterThan(0);
    expect(onePageMore - small).toBeLessThanOrEqual(65_536);
    expect(small).toBeGreaterThan(megabyte);
  });

  it("never grows past its limit, whatever asks for it", () => {
    const programs = [
      "local t = {} while true do t[#t + 1] = {} end",
      "local s = 'x' while true do s = s .. s end",
      "return ('x'):rep(1 << 30)",
      "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
      "local function f(n) return f(n + 1) + 1 end return f(1)",
      "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
      "local t = {} for i = 1, 1e7 do t[i] = i end return table.concat(t)",
      "local t = {} while true do t[#t + 1] = load('return ' .. #t) end",
      "return ('x'):rep(1e6):gsub('x', ('y'):rep(1000))",
    ];
    for (const program of programs) {
      const plugin = load(`function main() ${program} end`, { memoryBytes: 8 * megabyte });
      const outcome = plugin.run("main");
      expect({ program, ...outcome }).toMatchObject({
        program,
        kind: "broken",
        error: { code: "limit/memory", details: { limit: { limit: 8 * megabyte, unit: "bytes" }, place: { line: 1 } } },
      });
      expect(plugin.guest.memory.buffer.byteLength).toBeLessThanOrEqual(8 * megabyte);
    }
  });

  it.each([
    "while true do pcall(fill) end",
    "xpcall(fill, function() return 1 end)",
    "coroutine.wrap(function() pcall(fill) end)()",
    "local co = coroutine.create(fill) coroutine.resume(co)",
    "('x'):gsub('x', function() pcall(fill) end)",
    "pcall(string.rep, 'x', 1 << 30)",
    "pcall(function() local x <close> = setmetatable({}, { __close = function() pcall(fill) end }) error('x') end)",
  ])("cannot be exceeded and then gone on: %s", (body) => {
    const plugin = load(
      `
      local function fill() local t = {} while true do t[#t + 1] = ("x"):rep(1e5) .. #t end end
      function main() ${body} return "went on" end`,
      { memoryBytes: 8 * megabyte },
    );
    expect(plugin.fail("main").code).toBe("limit/memory");
  });

  it("is collected before it is refused: garbage does not count", () => {
    const plugin = load(
      "function main() local sum = 0 for i = 1, 3000 do sum = sum + #(('x'):rep(100000) .. i) end return sum end",
      { memoryBytes: 4 * megabyte },
    );
    expect(plugin.call("main")).toBe(300_000_000 + 10_893);
  });

  it("is not exceeded by an error that only looks like it", () => {
    const plugin = load("function main() return { pcall(error, 'not enough memory', 0) } end");
    expect(plugin.call("main")).toEqual([false, "not enough memory"]);
  });

  it("is limited while parameters come in and while the plugin is loaded", () => {
    const plugin = load("function main(p) return #p end", { memoryBytes: 2 * megabyte });
    expect(plugin.run("main", "x".repeat(4 * megabyte))).toMatchObject({
      kind: "broken",
      error: { code: "limit/memory" },
    });
    expect(tryLoad("x = ('x'):rep(1e8)", { memoryBytes: 4 * megabyte })).toMatchObject({
      ok: false,
      error: { code: "limit/memory" },
    });
  });
});
