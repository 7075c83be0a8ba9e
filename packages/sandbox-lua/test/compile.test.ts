import type { HostModuleDeclaration } from "@crucible/sandbox";
import type { CompiledSource } from "@crucible/sandbox-thread";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile, load } from "./loaded-plugin.ts";

const module: HostModuleDeclaration = {
  name: "crucible",
  summary: "",
  functions: ["read_note", "state.get", "search"].map((name) => ({
    name,
    summary: "",
    parameters: [],
    returns: true,
    capability: null,
    effect: "none",
    cost: 1,
  })),
  types: [
    {
      name: "Note",
      summary: "",
      fields: [],
      methods: [
        { name: "append", summary: "", parameters: [], returns: true, capability: null, effect: "none", cost: 1 },
      ],
    },
  ],
};

function scan(text: string): CompiledSource {
  const compiled = compile(text, { modules: [module, { ...module, name: "graph", types: [] }] });
  if (!compiled.ok) throw new Error(compiled.error.message);
  return compiled.value;
}

describe("compiling", () => {
  it.each([
    ["local x = = 1", "unexpected symbol near '='", 1, 1],
    ["local x = ) 1", "unexpected symbol near ')'", 1, 11],
    ["\n\nfunction main(\n  return 1\nend", "expected near 'return'", 4, 3],
    ["x = 'abc", "unfinished string near <eof>", 1, 9],
    ["for i = 1 do end", "',' expected near 'do'", 1, 11],
    ["if true then", "'end' expected near <eof>", 1, 13],
    ["goto nowhere", "no visible label 'nowhere' for <goto>", 1, 1],
    ["break", "break outside loop at line 1", 1, 1],
    ["local x <const> = 1\nx = 2", "attempt to assign to const variable 'x'", 2, 1],
  ])("reports what does not parse, with line and column: %s", (text, message, line, column) => {
    const file = "bad.lua";
    const outcome = compile(text, { file, firstLine: 7 });
    if (outcome.ok) throw new Error("it compiled");
    const { code, details } = outcome.error;
    expect(code).toBe("compile/syntax");
    expect(details?.diagnostics).toHaveLength(1);
    const [diagnostic] = details?.diagnostics ?? [];
    expect(diagnostic?.message.replace(/line \d+/, "line 1")).toContain(message);
    expect(diagnostic?.place).toMatchObject({ file, line: line + 6 });
    expect(diagnostic?.place.column).toBe(column);
    expect(details?.place).toEqual(diagnostic?.place);
  });

  it("runs nothing", () => {
    expect(compile("while true do end").ok).toBe(true);
  });

  it("gives equal bytes for equal input, and other bytes for another line or file", () => {
    const bytes = (text: string, firstLine = 1, file = "a.lua"): Uint8Array => {
      const outcome = compile(text, { firstLine, file });
      if (!outcome.ok) throw new Error(outcome.error.message);
      return outcome.value.bytes;
    };
    const text = "local a = { x = 1, 'é', 2.5, 1 << 40 } function main() return a end";
    expect(bytes(text)).toEqual(bytes(text));
    expect(bytes(text)).not.toEqual(bytes(text, 2));
    expect(bytes(text)).not.toEqual(bytes(text, 1, "b.lua"));
  });

  it("keeps source that does not end, nests or is no text from doing harm", () => {
    for (const text of [
      "(".repeat(100_000),
      "{".repeat(100_000),
      "a.".repeat(50_000),
      "[[".repeat(1000),
      "--[==[",
      "\0\0",
      "\u001bLua",
      "return '\\xZZ'",
      "x=0x",
      "﻿return 1",
    ]) {
      const outcome = compile(text);
      const start = text.slice(0, 10);
      expect({ start, code: outcome.ok ? "" : outcome.error.code }).toEqual({ start, code: "compile/syntax" });
    }
    expect(compile(`-- ${"x".repeat(4 * 1024 * 1024)}`)).toMatchObject({
      ok: false,
      error: { code: "compile/too-large" },
    });
    expect(compile(`local x = {${"{},".repeat(1_300_000)}}`)).toMatchObject({
      ok: false,
      error: { code: "limit/memory" },
    });
  });

  it("reports errors of libraries in their own file", () => {
    const outcome = compile("", { libraries: [{ name: "a", file: "lib/a.lua", text: "return )", firstLine: 3 }] });
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: "compile/syntax", details: { place: { file: "lib/a.lua", line: 3, column: 8 } } },
    });
  });
});

describe("actions found without running", () => {
  it.each([
    [
      "function main(params) end\n\n--- Adds two numbers.\n--- Both are integers.\nfunction add(a, b) end",
      [
        { name: "main", arity: 1 },
        { name: "add", arity: 2, documentation: "Adds two numbers.\nBoth are integers." },
      ],
    ],
    ["main = function(...) end", [{ name: "main", arity: null }]],
    [
      "local helper = 1 local function inner(x) x = 2 end function main() local y y = 3 end",
      [{ name: "main", arity: 0 }],
    ],
    ["limit = 10 names = { a = 1 } text = 'x' function main() end", [{ name: "main", arity: 0 }]],
    ["function _private() end function main() end", [{ name: "main", arity: 0 }]],
    [
      "-- function no() end\nlocal s = [[ function no() end ]] local t = 'function no() end' function main() end",
      [{ name: "main", arity: 0 }],
    ],
    [
      "for i = 1, 2 do local f = function() end end if x then y() end repeat until true function main() end",
      [{ name: "main", arity: 0 }],
    ],
    ["local M = {} function M.main() end return M", null],
    ["_G.main = function() end", null],
    ["_ENV.main = function() end", null],
    ["load('function main() end')()", null],
    ["if x then function main() end end", null],
    ["main = make()", null],
    ["function setup() main = function() end end setup()", null],
    ["", []],
  ])("are all there are, or null: %s", (text, actions) => {
    expect(scan(text).actions?.map(({ line: _, ...action }) => action) ?? null).toEqual(actions);
  });

  it("know the lines on which they begin, past comments and strings of several lines", () => {
    const text = "--[[ a\nb ]]\nlocal s = [[\n\n]]\nfunction main() end\n-- c\nother = function() end";
    expect(scan(text).actions?.map(({ name, line }) => [name, line])).toEqual([
      ["main", 6],
      ["other", 8],
    ]);
  });

  it("are exactly what can be called, for any mix of definitions", () => {
    const definition = fc.constantFrom(
      "function NAME(p) return 1 end",
      "NAME = function(p) return 1 end",
      "local function NAME(p) return 1 end",
      "local NAME = function(p) return 1 end",
      "NAME = 5",
      "do local NAME = 1 end",
      "do function NAME() end end",
      "local t_NAME = { NAME = function() end }",
      "local NAME function NAME() return 1 end",
      "NAME = nil",
      "-- NAME",
    );
    const names = ["main", "a", "b", "c"];
    fc.assert(
      fc.property(fc.array(fc.tuple(definition, fc.constantFrom(...names)), { maxLength: 5 }), (definitions) => {
        const text = definitions.map(([line, name]) => line.replaceAll("NAME", name)).join("\n");
        const { actions } = scan(text);
        if (actions === null) return;
        const plugin = load(text);
        const callable = names.filter((name) => plugin.run(name).kind === "value").toSorted();
        expect(actions.map(({ name }) => name).toSorted()).toEqual(callable);
      }),
      { numRuns: 150 },
    );
  });
});

describe("host functions named by the source", () => {
  it.each([
    ["function main() return crucible.read_note('x') end", ["crucible.read_note"]],
    ["local get = crucible.state.get", ["crucible.state.get"]],
    ["local g = require('graph') g.search()", ["graph.search"]],
    ['local g = require "graph" return g.state.get', ["graph.state.get"]],
    ["-- crucible.search\nlocal s = 'crucible.search' return other.crucible.search", []],
    ["note:append('x')", ["crucible.Note.append"]],
    ["crucible.unknown()", []],
  ])("%s", (text, expected) => {
    expect(scan(text).hostFunctions).toEqual(expected);
  });
});
