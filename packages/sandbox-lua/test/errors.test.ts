import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failure, load, tryLoad } from "./loaded-plugin.ts";

describe("an error of a plugin", () => {
  it("has file, line, column, the line's text and the stack in the author's coordinates", () => {
    const plugin = load(
      [
        "local function check(note)",
        "  if not note.title then",
        '    error("title is missing")',
        "  end",
        "end",
        "",
        "function main(params)",
        "  check(params)",
        "  return true",
        "end",
      ].join("\n"),
      { file: "plugins/citations.lua", firstLine: 12 },
    );
    expect(plugin.fail("main", {})).toEqual({
      code: "guest/exception",
      message: "title is missing",
      details: {
        plugin: "test",
        version: "1.2.3",
        action: "main",
        place: { file: "plugins/citations.lua", line: 14, column: 5, snippet: '    error("title is missing")' },
        stack: [
          { function: "check", file: "plugins/citations.lua", line: 14 },
          { function: "main", file: "plugins/citations.lua", line: 19 },
        ],
      },
    });
  });

  it("is at the line that raises it, wherever that is and wherever the file's code begins", () => {
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.nat(60),
        fc.integer({ min: 1, max: 500 }),
        fc.constantFrom("error('x')", "local x = nil; x.y = 1", "error({ message = 'x' })", "nothing()"),
        (above, below, firstLine, statement) => {
          const text = `${"-- line\n".repeat(above)}function main() ${statement}\n${"-- line\n".repeat(below)}end`;
          const error = load(text, { firstLine }).fail("main");
          expect(error.code).toBe("guest/exception");
          expect(error.details?.place?.line).toBe(firstLine + above);
          expect(error.details?.place?.snippet).toBe(`function main() ${statement}`);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([
    ["error('plain')", "plain"],
    ["error('no place', 0)", "no place"],
    ["error({ message = 'from a table' })", "from a table"],
    ["error({ code = 'notes/full', message = 'no room' })", "no room"],
    ["error(setmetatable({}, { __tostring = function() return 'speaks for itself' end }))", "speaks for itself"],
    ["error({})", "error object is a table value"],
    ["error(nil)", "error object is a nil value"],
    ["error()", "error object is a nil value"],
    ["error(true)", "true"],
    ["error(42)", "42"],
    ["error(1.5)", "1.5"],
    ["error(print)", "error object is a function value"],
    ["error(crucible.null)", "null"],
    ["error(setmetatable({}, { __tostring = function() error('worse') end }))", "worse"],
    ["assert(false)", "assertion failed!"],
    ["assert(nil, 'my message')", "my message"],
    ["assert(tonumber('x'), { message = 'not a number' })", "not a number"],
    ["local s = 'a' .. {}", "attempt to concatenate a table value"],
    ["return 1 < 'a'", "attempt to compare number with string"],
    ["return params.a.b", "attempt to index a nil value (field 'a')"],
    ["setmetatable(1, {})", "bad argument #1 to 'setmetatable' (table expected, got number)"],
    ["string.rep()", "bad argument #1 to 'rep' (string expected, got no value)"],
    ["('x'):rep({})", "bad argument #2 to 'rep' (number expected, got table)"],
    ["require('x')", "module 'x' not found: this plugin has crucible"],
    ["require(1)", "bad argument #1 to 'require' (string expected, got number)"],
  ])("has the message that was meant: %s", (body, message) => {
    const error = failure(body, {});
    expect(error).toMatchObject({
      code: "guest/exception",
      message,
      details: { place: { file: "plugin.lua", line: 1 } },
    });
  });

  it("keeps the code of an error table as the plugin's own, never as one of the platform", () => {
    const error = failure("error({ code = 'capability/denied', message = 'not really' })");
    expect(error).toMatchObject({
      code: "guest/exception",
      message: "not really",
      details: { guestCode: "capability/denied" },
    });
  });

  it("is where error's level says", () => {
    const plugin = load("local function check(x)\n  error('bad x', 2)\nend\nfunction main()\n  check(1)\nend");
    expect(plugin.fail("main").details?.place).toMatchObject({ line: 5, column: 3 });
  });

  it("in a coroutine is at the line inside of it", () => {
    const plugin = load(
      "function main()\n  local step = coroutine.wrap(function()\n    error('inside')\n  end)\n  step()\nend",
    );
    expect(plugin.fail("main")).toMatchObject({ message: "inside", details: { place: { line: 3 } } });
  });

  it("that ends everything by recursion says so, with its innermost frames", () => {
    const error = failure("local function f() return 1 + f() end f()");
    expect(error).toMatchObject({
      code: "guest/exception",
      details: { place: { line: 1 }, hint: "A function calls itself without end, or too deeply: use a loop" },
    });
    expect(error.message).toMatch(/^stack overflow/);
    expect(error.details?.stack?.length).toBeLessThanOrEqual(64);
  });

  it("after a tail call is at the action, marked as approximate", () => {
    expect(failure("return ('x'):rep(1 << 40)").details?.place).toMatchObject({ line: 1, approximate: true });
  });

  it.each([
    ["os.time()", "os does not exist in plugins; the time is crucible.clock()"],
    ["io.open('x')", "io does not exist in plugins; notes and files are reached through host modules"],
    ["collectgarbage()", "collectgarbage does not exist in plugins; memory is collected as needed"],
    ["string.dump(print)", "string.dump does not exist in plugins: compiled code is not loaded from guests"],
    ["unpack({})", "unpack is table.unpack in Lua 5.4"],
  ])("over something that plugins do not have says what to use: %s", (body, hint) => {
    expect(failure(body).details?.hint).toBe(hint);
  });

  it("in a file with a long name has the whole name", () => {
    const file = `plugins/${"deeply/".repeat(20)}nötes.lua`;
    const plugin = load("function main()\n  error('here')\nend", { file });
    expect(plugin.fail("main")).toMatchObject({ message: "here", details: { place: { file, line: 2 } } });
  });

  it("of many megabytes is cut, not carried", () => {
    const error = failure("error(('x'):rep(2e7), 0)");
    expect(error.message).toHaveLength(16_384);
  });

  it("in an action that does not exist is the specification's text", () => {
    const plugin = load(
      "local secret = function() end  function main() end  function _private() end  captured = print  local function hidden() end",
    );
    for (const action of [
      "nonexistent",
      "secret",
      "hidden",
      "_private",
      "captured",
      "print",
      "setmetatable",
      "_G",
      "",
      "crucible",
      "main.x",
    ]) {
      expect(plugin.fail("main2")).toMatchObject({
        code: "plugin/action-not-found",
        message: "Action 'main2' not found in plugin 'test'",
      });
      expect([action, plugin.fail(action).code]).toEqual([action, "plugin/action-not-found"]);
    }
  });

  it("while the plugin is loaded ends the load, with its line", () => {
    expect(tryLoad("local x = 1\nerror('at the top')")).toMatchObject({
      ok: false,
      error: {
        code: "guest/exception",
        message: "at the top",
        details: { place: { line: 2 }, stack: [{ function: "main chunk", line: 2 }] },
      },
    });
  });
});

describe("actions", () => {
  it("are the global functions of the chunk, or else the fields of the table that it returns", () => {
    const globals = load("function main() return 1 end  other = function() return 2 end");
    expect([globals.call("main"), globals.call("other")]).toEqual([1, 2]);
    const fields = load(
      "local M = {} function stray() end function M.main() return 3 end function M.other() return 4 end return M",
    );
    expect([fields.call("main"), fields.call("other"), fields.fail("stray").code]).toEqual([
      3,
      4,
      "plugin/action-not-found",
    ]);
  });

  it("may replace a name of the standard library, which is then an action", () => {
    expect(load("function print() return 'mine' end").call("print")).toBe("mine");
  });
});
