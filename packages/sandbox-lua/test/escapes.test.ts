import { object } from "@crucible/sandbox";
import { absentNames, permittedGlobals } from "@crucible/sandbox-lua";
import { describe, expect, it } from "vitest";
import { evaluate, failure, load } from "./loaded-plugin.ts";

describe("what a plugin can reach", () => {
  it("is the table of permitted globals, field by field", () => {
    const body = `
      local result = {}
      for name, value in pairs(_G) do
        if name ~= "_G" and name ~= "main" then
          result[name] = type(value)
          if type(value) == "table" then
            result[name] = crucible.array({})
            for field in pairs(value) do table.insert(result[name], field) end
            table.sort(result[name])
          end
        end
      end
      return result`;
    expect(evaluate(body)).toEqual(object(Object.entries(permittedGlobals)));
  });

  it("is nothing but these functions, through metatables, upvalues of coroutines and results too", () => {
    // Walks tables, metatables and what harmless functions return, and names every function by its path.
    const body = `
      local found, seen = {}, {}
      local function walk(value, path)
        local kind = type(value)
        if kind == "string" or kind == "userdata" then value = getmetatable(value) kind = type(value) path = path .. "^" end
        if seen[value] or (kind ~= "table" and kind ~= "function" and kind ~= "thread") then return end
        seen[value] = true
        if kind == "function" then found[#found + 1] = path return end
        if kind == "thread" then return end
        walk(getmetatable(value), path .. "^")
        local names = {}
        for key in next, value do names[#names + 1] = key end
        table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
        for _, key in ipairs(names) do walk(key, path .. "?") walk(rawget(value, key), path .. "." .. tostring(key)) end
      end
      local strings = getmetatable("")
      seen[strings] = true
      walk(_G, "_G")
      seen[strings] = nil
      walk(strings, "string^")
      walk(select(2, pcall(error, {})), "error")
      walk(coroutine.running(), "thread")
      walk(coroutine.create(print), "thread")
      walk(getmetatable(coroutine.create(print)), "thread^")
      walk(getmetatable(print), "function^")
      walk(getmetatable(1), "number^")
      walk(getmetatable(true), "boolean^")
      walk(getmetatable(nil), "nil^")
      walk(require("crucible"), "require")
      walk(crucible.array({}), "array")
      walk(crucible.bytes("x"), "bytes")
      walk(params, "params")
      table.sort(found)
      return found`;
    const permitted = Object.entries(permittedGlobals).flatMap(([name, fields]) =>
      typeof fields === "string"
        ? fields === "function"
          ? [`_G.${name}`]
          : []
        : fields.map((field) => `_G.${name}.${field}`),
    );
    const values = [
      "_G.crucible.null",
      "_G.math.huge",
      "_G.math.maxinteger",
      "_G.math.mininteger",
      "_G.math.pi",
      "_G.utf8.charpattern",
    ];
    const operators = ["add", "div", "idiv", "mod", "mul", "pow", "sub", "unm"].map((name) => `string^.__${name}`);
    const marks = ["_G.crucible.null^.__tostring", "bytes^.__len", "bytes^.__tostring", ...operators];
    const expected = [...permitted.filter((path) => !values.includes(path)), ...marks, "_G.main"].toSorted();
    expect(evaluate(body, object([["text", "x"]]))).toEqual(expected);
  });

  it.each(Object.keys(absentNames).filter((name) => name !== "dump"))(
    "has no %s, also not through load, require or an environment",
    (name) => {
      expect(
        evaluate(
          `return { ${name} == nil, _ENV.${name} == nil, rawget(_G, "${name}") == nil, load("return ${name}")() == nil }`,
        ),
      ).toEqual([true, true, true, true]);
      expect(failure(`return require("${name}")`).message).toBe(`module '${name}' not found: this plugin has crucible`);
    },
  );

  it("has no way to a JavaScript object through the values that it is given", () => {
    const params = object([
      ["record", object([["a", 1]])],
      ["list", [1]],
      ["text", "x"],
      ["bytes", Uint8Array.of(255)],
    ]);
    const body = `
      local names = {"__proto__", "constructor", "prototype", "toString", "valueOf", "then", "apply", "call"}
      local found = crucible.array({})
      for key, value in pairs(params) do
        for _, name in ipairs(names) do
          local ok, got = pcall(function() return value[name] end)
          if ok and got ~= nil then table.insert(found, key .. "." .. name) end
        end
      end
      for _, f in ipairs({ print, pcall, crucible.clock, crucible.submit }) do
        if pcall(function() return f.constructor end) then table.insert(found, "function") end
      end
      return found`;
    expect(evaluate(body, params)).toEqual([]);
  });

  it("cannot set the prototype of anything with a key of this name", () => {
    const result = evaluate('return { ["__proto__"] = { isAdmin = true }, constructor = "mine" }');
    expect(Object.getPrototypeOf(result)).toBe(null);
    expect(Object.keys(result as object)).toEqual(["__proto__", "constructor"]);
    expect(({} as { readonly isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it("cannot return a function that somebody would wait for", () => {
    expect(failure("return { ['then'] = function() end }").code).toBe("guest/invalid-value");
  });
});

describe("hardening", () => {
  it("refuses compiled code in every form, because one flipped bit of it corrupts the interpreter", () => {
    const body = `
      local code = "\\27Lua\\x54\\0\\x19\\x93\\r\\n\\x1a\\n"
      local parts = { code, nil }
      local index = 0
      local results = { (load(code)), (load(code, "x", "b")), (load(code, "x", "bt")), (load(function() index = index + 1 return parts[index] end)), (load("return 1", "x", "b")) }
      return { string.dump == nil, ("").dump == nil, #results, select(2, load(code)), select(2, load("return 1", "x", "b")) }`;
    expect(evaluate(body)).toEqual([
      true,
      true,
      0,
      "attempt to load a binary chunk (mode is 't')",
      "attempt to load a binary chunk (only text is allowed)",
    ]);
  });

  it("keeps load for text, with its environment and chunk name", () => {
    const body = `
      local env = { x = 7 }
      return { load("return 1 + 1")(), load("return x", "chunk", "t", env)(), load("x = 8", "chunk", nil, env) and env.x,
        load("return x", "chunk", "t", nil) ~= nil, select(2, load("return (", "=mine")), load(coroutine.wrap(function() coroutine.yield("return ") coroutine.yield("5") end))() }`;
    expect(evaluate(body)).toEqual([2, 7, 7, true, "mine:1: unexpected symbol near <eof>", 5]);
  });

  it("refuses finalizers, which would run while the host builds values", () => {
    expect(failure("setmetatable({}, { __gc = function() end })").message).toBe(
      "__gc is not available in plugins; use a to-be-closed variable (local x <close>)",
    );
    const body = `
      local ran = false
      local meta = {}
      setmetatable({}, meta)
      meta.__gc = function() ran = true end
      for i = 1, 20000 do local t = { i, {} } end
      return { ran, (pcall(setmetatable, {}, meta)) }`;
    expect(evaluate(body)).toEqual([false, false]);
  });

  it("keeps ordinary metatables and to-be-closed variables", () => {
    const body = `
      local log = {}
      do local x <close> = setmetatable({}, { __close = function() log[1] = "closed" end }) end
      local t = setmetatable({}, { __index = { a = 1 }, __call = function(_, n) return n + 1 end })
      return { log[1], t.a, t(1), getmetatable(t).__index.a, select(2, pcall(setmetatable, 1, {})) }`;
    expect(evaluate(body)).toEqual([
      "closed",
      1,
      2,
      1,
      "bad argument #1 to 'setmetatable' (table expected, got number)",
    ]);
  });

  it("ends what would loop over nothing for hours", () => {
    expect(
      evaluate(
        'return { ("").rep("", 1 << 62), (""):rep(1 << 62, ""), string.rep("ab", 3, ","), ("x"):rep(0), ("x"):rep(-1) }',
      ),
    ).toEqual(["", "", "ab,ab,ab", "", ""]);
    expect(failure("table.move({}, 1, 1 << 50, 2)").message).toBe("too many elements to move");
    expect(failure("table.move({}, math.mininteger, math.maxinteger, 2)").message).toBe("too many elements to move");
    expect(evaluate("return table.move({ 1, 2, 3 }, 2, 3, 1)")).toEqual([2, 3, 3]);
    expect(failure("return string.format('%99999999d', 1)").message).toMatch(/invalid conversion/);
    expect(failure("return table.unpack({}, 1, 1e8)").message).toMatch(/too many results to unpack/);
    expect(failure("return ('x'):rep(1 << 40)").message).toMatch(/resulting string too large/);
  });

  it("survives nesting of C calls, coroutines, patterns and source with an ordinary error", () => {
    const programs = [
      "local function f(n) return pcall(f, n + 1) end return select('#', f(1)) > 0",
      "local function f() return (('x'):gsub('x', f)) end return pcall(f)",
      "local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k + 1] end return pcall(function() return t[1] end)",
      "local function f() return coroutine.wrap(f)() end return pcall(f)",
      "return (load('return ' .. ('('):rep(10000) .. '1' .. (')'):rep(10000)))",
      "return (load(('a='):rep(10000) .. '1'))",
      "return pcall(string.find, ('a'):rep(300000), ('.-'):rep(250000) .. 'b')",
      "local t = {} for i = 1, 10000 do t = setmetatable({}, { __index = t }) end return pcall(function() return t.x end)",
      "local t = setmetatable({}, {}) getmetatable(t).__eq = function(a, b) return a == b end return pcall(function() return t == setmetatable({}, getmetatable(t)) end)",
      "local function f() return f() + 1 end return pcall(f)",
      "return pcall(table.sort, { 3, 1, 2, 5, 4 }, function() return true end)",
      "return select(2, xpcall(error, function() error('again') end))",
      "local t = setmetatable({}, { __tostring = function(t) return tostring(t) end }) return pcall(tostring, t)",
    ];
    for (const program of programs) {
      const plugin = load(`function main() ${program} end function alive() return "alive" end`);
      expect({ program, broken: plugin.run("main").kind === "broken", after: plugin.call("alive") }).toEqual({
        program,
        broken: false,
        after: "alive",
      });
    }
  });
});
