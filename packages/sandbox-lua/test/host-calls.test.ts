import type { HostFunctionDeclaration, HostModuleDeclaration, Outcome, Value } from "@crucible/sandbox";
import { equalValues, fail, object, succeed } from "@crucible/sandbox";
import { arbitraryValue } from "@crucible/sandbox/testing";
import { GuestInterrupted } from "@crucible/sandbox-thread";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HostCall } from "./loaded-plugin.ts";
import { load, tryLoad } from "./loaded-plugin.ts";

function declare(name: string): HostFunctionDeclaration {
  return { name, summary: "", parameters: [], returns: true, capability: null, effect: "none", cost: 1 };
}

const crucible: HostModuleDeclaration = {
  name: "crucible",
  summary: "",
  functions: [declare("read_note"), declare("state.get"), declare("state.set"), declare("deep.er.still")],
  types: [{ name: "Note", summary: "", fields: [], methods: [declare("append"), declare("title")] }],
};
const graph: HostModuleDeclaration = {
  name: "graph",
  summary: "",
  functions: [declare("fetch"), declare("each")],
  shims: {
    lua: `
local function each(name, visit)
  local count = 0
  for _, item in ipairs(host.fetch(name)) do visit(item) count = count + 1 end
  return count
end
return { each = each, twice = function(...) return host.fetch(host.fetch(...)) end, nested = { one = function() return 1 end } }`,
  },
};
const modules = [crucible, graph];

const echoed = ({ name, args }: HostCall): Outcome<Value> => succeed([name, ...args]);

describe("host functions", () => {
  it("are reached by module, nested name and method, with all arguments by position", () => {
    const plugin = load(
      `
      function main()
        local graph = require("graph")
        local note = crucible.state.get("note")
        return { crucible.read_note("a.md", 1, nil, { x = true }), require("crucible").state.set("k", 1.5), crucible.deep.er.still(), graph.fetch(crucible.null), note:append("text"), note.path }
      end`,
      {
        modules,
        answer: (call) =>
          call.name === "crucible.state.get"
            ? succeed(
                object([
                  ["$type", "crucible.Note"],
                  ["path", "a.md"],
                ]),
              )
            : echoed(call),
      },
    );
    expect(plugin.call("main")).toEqual([
      ["crucible.read_note", "a.md", 1, null, object([["x", true]])],
      ["crucible.state.set", "k", 1.5],
      ["crucible.deep.er.still"],
      ["graph.fetch", null],
      [
        "crucible.Note.append",
        object([
          ["$type", "crucible.Note"],
          ["path", "a.md"],
        ]),
        "text",
      ],
      "a.md",
    ]);
  });

  it("get and give values unchanged", () => {
    const plugin = load(
      "function main(p) local r = crucible.read_note(p) if r == nil then return nil end return r[2] end",
      { modules, answer: echoed },
    );
    const twice = load("function main(p) return p end");
    fc.assert(
      fc.property(arbitraryValue(), (value) => {
        expect(equalValues(plugin.call("main", value), twice.call("main", value))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("that answer null return nil", () => {
    expect(
      load("function main() return { crucible.read_note() == nil, select('#', crucible.read_note()) } end", {
        modules,
      }).call("main"),
    ).toEqual([true, 1]);
  });

  it("are told the line of the author's file, also through shims, pcall and coroutines", () => {
    const plugin = load(
      "function main()\n  crucible.read_note()\n  pcall(crucible.read_note)\n  coroutine.wrap(function()\n    crucible.read_note()\n  end)()\n  require('graph').twice()\n  return 1\nend",
      { modules, firstLine: 10, answer: () => succeed([]) },
    );
    plugin.call("main");
    expect(plugin.calls.map(({ line }) => line)).toEqual([11, 12, 14, 16, 16]);
  });

  it("that no module declares do not exist, and neither do modules that were not given", () => {
    const plugin = load(
      "function a() return crucible.write_note == nil end  function b() return require('http') end  function c() return graph == nil end",
      { modules },
    );
    expect([plugin.call("a"), plugin.call("c")]).toEqual([true, true]);
    expect(plugin.fail("b").message).toBe("module 'http' not found: this plugin has crucible, graph");
  });

  it("cannot be called while the plugin is loaded", () => {
    expect(tryLoad("local x = crucible.read_note('a')", { modules })).toMatchObject({
      ok: false,
      error: {
        code: "host/unavailable",
        message: "Cannot call crucible.read_note while the plugin is being loaded: call it inside an action",
        details: { place: { line: 1 } },
      },
    });
    const plugin = load(
      "ok, why = pcall(crucible.submit, crucible.read_note) function main() return { ok, why.code } end",
      { modules },
    );
    expect(plugin.call("main")).toEqual([false, "host/unavailable"]);
    expect(plugin.calls).toEqual([]);
  });

  it("refuse arguments that cannot leave, naming function and argument", () => {
    const plugin = load("function main() return crucible.read_note('a', { tags = { print } }) end", { modules });
    expect(plugin.fail("main")).toMatchObject({
      code: "guest/invalid-value",
      message: "Cannot call crucible.read_note in argument 2 at tags[1]: a function is no value",
      details: { place: { line: 1 } },
    });
    expect(load("function main() return crucible.read_note(print) end", { modules }).fail("main").message).toBe(
      "Cannot call crucible.read_note in argument 1: a function is no value",
    );
  });

  it("pass an interruption through everything that Lua can catch with", () => {
    const stop = (): never => {
      throw new GuestInterrupted();
    };
    const plugin = load(
      `function main()
        local x <close> = setmetatable({}, { __close = function() print("closed") end })
        pcall(function() coroutine.wrap(function() pcall(crucible.read_note) print("went on") end)() end)
        return "went on"
      end`,
      { modules, answer: stop },
    );
    expect(() => plugin.run("main")).toThrow(GuestInterrupted);
    expect(plugin.printed).toEqual([]);
  });
});

describe("the end of Lua's stack", () => {
  it("is an error or ends the guest, wherever a host call or its values meet it", () => {
    const plugin = load(
      `local deep = {} for i = 1, 100 do deep = { deep } end
      local count = 0
      local function sink(n) count = n return (sink(n + 1)) end
      function find() pcall(sink, 1) return count end
      local function at(n) if n == 0 then return crucible.read_note(deep)[2] ~= nil end return (at(n - 1)) end
      function main(n) return at(n) end
      function alive() return "alive" end`,
      { modules, answer: echoed },
    );
    const deepest = plugin.call("find");
    if (typeof deepest !== "number") throw new Error("It has no depth");
    const ends = new Set<string>();
    for (let depth = deepest - 240; depth <= deepest; depth += 12) {
      try {
        const outcome = plugin.run("main", depth);
        ends.add(outcome.kind === "value" ? "value" : outcome.error.message);
      } catch (thrown) {
        // The worker drops the guest then and answers limit/depth.
        ends.add(thrown instanceof RangeError ? thrown.message : "another exception");
        plugin.restore();
      }
      expect(plugin.call("alive")).toBe("alive");
    }
    expect([...ends].toSorted()).toEqual(["The call stack of Lua is full", "stack overflow", "value"]);
  });
});

describe("failures of the host", () => {
  const denied = (): Outcome<Value> =>
    fail("capability/denied", 'Cannot read note "a.md": capability KilnRead is not granted', {
      operation: "crucible.read_note",
    });

  it("are raised as tables with code and message that read well", () => {
    const body = `
      local ok, e = pcall(crucible.read_note, "a.md")
      return { ok, type(e), e.code, e.message, e.details.operation, tostring(e), "failed: " .. e, getmetatable(e) }`;
    expect(load(`function main() ${body} end`, { modules, answer: denied }).call("main")).toEqual([
      false,
      "table",
      "capability/denied",
      'Cannot read note "a.md": capability KilnRead is not granted',
      "crucible.read_note",
      'Cannot read note "a.md": capability KilnRead is not granted (capability/denied)',
      'failed: Cannot read note "a.md": capability KilnRead is not granted (capability/denied)',
      "failure",
    ]);
  });

  it("end the invocation under their own code when nobody catches them, raised again or not", () => {
    for (const body of [
      "return crucible.read_note('a')",
      "local ok, e = pcall(crucible.read_note) error(e)",
      "local ok, e = pcall(crucible.read_note) error(e, 0)",
      "local x = assert(pcall(error, (select(2, pcall(crucible.read_note)))))  crucible.read_note()",
    ]) {
      const error = load(`function main()\n  ${body}\nend`, { modules, answer: denied }).fail("main");
      expect({ body, ...error }).toMatchObject({
        body,
        code: "capability/denied",
        message: 'Cannot read note "a.md": capability KilnRead is not granted',
        details: { operation: "crucible.read_note", plugin: "test", place: { file: "plugin.lua" } },
      });
    }
  });

  it("cannot be forged: a plugin cannot end under a code that the host did not give", () => {
    for (const body of [
      "local ok, e = pcall(crucible.read_note) e.code = 'thread/crashed' error(e)",
      "local ok, e = pcall(crucible.read_note) e.message = 'other' error(e)",
      "local ok, e = pcall(crucible.read_note) error({ code = e.code, message = e.message })",
      "local ok, e = pcall(crucible.read_note) error(setmetatable({ code = 'limit/memory', message = 'x' }, getmetatable(e)))",
      "local ok, e = pcall(crucible.read_note) rawset(e, 'code', 'limit/deadline') error(e)",
    ]) {
      const { code } = load(`function main() ${body} end`, { modules, answer: denied }).fail("main");
      expect({ body, code }).toEqual({ body, code: "guest/exception" });
    }
  });

  it("of one invocation mean nothing in the next", () => {
    let answers = 0;
    const plugin = load(
      "function first() return crucible.read_note() end  function second() error({ code = 'capability/denied', message = 'x' }) end",
      { modules, answer: () => (answers++ === 0 ? denied() : succeed(1)) },
    );
    expect(plugin.fail("first").code).toBe("capability/denied");
    expect(plugin.fail("second").code).toBe("guest/exception");
    expect(plugin.call("first")).toBe(1);
  });
});

describe("tickets", () => {
  const double = ({ args }: HostCall): Outcome<Value> =>
    typeof args[0] === "number"
      ? succeed(args[0] * 2)
      : args[0] === "bad"
        ? fail("host/not-found", "Nothing there")
        : succeed(null);

  it("give the results of several calls in the order in which they were asked for", () => {
    const plugin = load(
      `function main()
        local a, b = crucible.submit(crucible.read_note, 1), crucible.submit(crucible.state.get, 2)
        local list = crucible.wait({ b, a })
        return { list, crucible.wait(crucible.submit(crucible.read_note, 5)), crucible.all({ { crucible.read_note, 3 }, { crucible.read_note }, { crucible.read_note, 4 } }), crucible.wait({}), crucible.wait(crucible.submit(crucible.read_note)) == nil }
      end`,
      { modules, answer: double },
    );
    expect(plugin.call("main")).toEqual([[4, 2], 10, [6, null, 8], [], true]);
  });

  it("raise the first failure, and can be waited for one by one", () => {
    const plugin = load(
      `function main()
        local tickets = { crucible.submit(crucible.read_note, 1), crucible.submit(crucible.read_note, "bad") }
        local result = {}
        for i, ticket in ipairs(tickets) do local ok, got = pcall(crucible.wait, ticket) result[i] = ok and got or got.code end
        return result
      end
      function together() return crucible.all({ { crucible.read_note, 1 }, { crucible.read_note, "bad" } }) end`,
      { modules, answer: double },
    );
    expect(plugin.call("main")).toEqual([2, "host/not-found"]);
    expect(plugin.fail("together").code).toBe("host/not-found");
  });

  it("that do not exist are a deadlock, and only host functions can be submitted", () => {
    const plugin = load(
      `function unknown(p) return crucible.wait(p) end
      function list() return crucible.wait({ 1, "x", {} }) end
      function own() return crucible.submit(function() end) end
      function builtin() return crucible.submit(print) end
      function inner() return crucible.submit(crucible.submit, crucible.read_note) end
      function shim() return crucible.submit(require("graph").each) end
      function nothing() return crucible.submit() end`,
      { modules, answer: double },
    );
    for (const value of [99, 1.5, "1", null])
      expect(plugin.fail("unknown", value).code).toMatch(/^guest\/(deadlock|exception)$/);
    expect(plugin.fail("list").code).toBe("guest/deadlock");
    for (const action of ["own", "builtin", "inner", "shim", "nothing"])
      expect([action, plugin.fail(action).code]).toEqual([action, "host/invalid-argument"]);
  });
});

describe("shims", () => {
  it("take callbacks inside of the guest and see the raw functions as host", () => {
    const plugin = load(
      `local graph = require("graph")
      function main() local seen = {} local count = graph.each("all", function(item) seen[#seen + 1] = item end) return { seen, count, graph.nested.one(), host == nil } end
      function broken() graph.each("all", function() error("in callback") end) end`,
      { modules, answer: () => succeed([1, 2, 3]) },
    );
    expect(plugin.call("main")).toEqual([[1, 2, 3], 3, 1, true]);
    expect(plugin.fail("broken")).toMatchObject({ message: "in callback", details: { place: { line: 3 } } });
  });

  it("that do not compile are a mistake of the host", () => {
    expect(() => load("", { modules: [{ ...graph, shims: { lua: "return (" } }] })).toThrow(/Cannot load graph/);
  });
});

describe("print", () => {
  it("goes to the host, with tabs between and every value as tostring shows it", () => {
    const plugin = load(
      "function main() print('a', 1, 1.0, nil, true) print() print(setmetatable({}, { __tostring = function() return 'me' end })) end",
    );
    plugin.call("main");
    expect(plugin.printed).toEqual(["a\t1\t1.0\tnil\ttrue", "", "me"]);
  });

  it("while loading shows in every call, as if each had loaded the plugin", () => {
    const plugin = load("print('loading') function main() print('running') end");
    expect(plugin.printed).toEqual([]);
    plugin.call("main");
    plugin.call("main");
    expect(plugin.printed).toEqual(["loading", "running", "loading", "running"]);
  });

  it("of more than may be printed hands over one byte too many, not everything", () => {
    const plugin = load("function main() print(('x'):rep(5e6)) end");
    plugin.run("main", null, { limits: { output_bytes: 1000 } });
    expect(plugin.printed[0]).toHaveLength(1001);
  });
});

describe("libraries", () => {
  const libraries = [
    {
      name: "shapes",
      file: "lib/shapes.lua",
      text: "local M = {} loads = (loads or 0) + 1\nfunction M.area(s) return s.w * s.h end\nfunction M.fail() error('in library') end\nreturn M",
      firstLine: 5,
    },
    { name: "loop", file: "lib/loop.lua", text: "return require('loop')", firstLine: 1 },
    { name: "empty", file: "lib/empty.lua", text: "", firstLine: 1 },
  ];

  it("are required by name, run once, and report their own file and lines", () => {
    const plugin = load(
      `local shapes = require("shapes")
      function main() return { shapes.area({ w = 2, h = 3 }), require("shapes") == shapes, loads, require("empty") } end
      function broken() shapes.fail() end
      function loop() require("loop") end`,
      { libraries },
    );
    expect(plugin.call("main")).toEqual([6, true, 1, true]);
    expect(plugin.fail("broken")).toMatchObject({
      message: "in library",
      details: {
        place: { file: "lib/shapes.lua", line: 7 },
        stack: [
          { file: "lib/shapes.lua", line: 7 },
          { file: "plugin.lua", line: 3 },
        ],
      },
    });
    expect(plugin.fail("loop").message).toBe("library 'loop' requires itself");
  });
});

describe("the clock", () => {
  it("shows the start, then the time of the last answer, and never goes back", () => {
    const plugin = load(
      `function main() local times = { crucible.clock() } for i = 1, 3 do crucible.read_note() times[#times + 1] = crucible.clock() end return times end`,
      { modules, answer: () => ((plugin.time = [5000, 7000, 6000][plugin.calls.length - 1] ?? 0), succeed(null)) },
    );
    expect(plugin.call("main", null, { startTime: 4000 })).toEqual([4000, 5000, 7000, 7000]);
    plugin.calls.length = 0;
    expect(plugin.call("main", null, { startTime: 100 })).toEqual([100, 5000, 7000, 7000]);
  });
});
