// The module as plugins use it: the same calls in each language, with equal results, over a kiln and over graphs of their own.
import { checkHostModule, object, toPlain, unwrap } from "@crucible/sandbox";
import { createGraphs } from "@crucible/stdlib-graph";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGuestHosts, type GuestHosts, type GuestLanguage } from "../../../tooling/guest-hosts.ts";

let hosts: GuestHosts;
beforeAll(() => {
  hosts = createGuestHosts();
});
afterAll(() => hosts.dispose());

const calls = (lua: boolean, graph: string, prefix: string): string => {
  const none = lua ? "{}" : "#{}";
  const options = (text: string): string => (lua ? `{${text.replaceAll(":", " =")}}` : `#{ ${text} }`);
  const call = (name: string, args: string): string => `${graph}${name}(${args})${lua ? "" : "?"}`;
  const entries: readonly (readonly [string, string])[] = [
    ["bfs", call("bfs", `"${prefix}a", ${options("depth: 2")}`)],
    ["both", call("bfs", `"${prefix}c", ${options('direction: "both"')}`)],
    ["filtered", call("bfs", `"${prefix}a", ${options(`filter: ${options('status: "done"')}`)}`)],
    ["dfs", call("dfs", `"${prefix}a", ${none}`)],
    ["ranks", call("pagerank", options("damping: 0.9, limit: 2"))],
    ["groups", call("communities", options("min_size: 2, resolution: 1.0, seed: 7"))],
    ["path", call("shortest_path", `"${prefix}a", "${prefix}d", ${none}`)],
    ["no_path", `${call("shortest_path", `"${prefix}d", "${prefix}a", ${none}`)}${lua ? " or crucible.null" : ""}`],
    ["weighted", call("shortest_path", `"${prefix}a", "${prefix}d", ${options("weighted: true")}`)],
    ["connected", call("connected", none)],
    ["strong", call("strongly_connected", none)],
    ["central", call("centrality", `"betweenness", ${options("limit: 1")}`)],
    ["backlinks", call("backlinks", `"${prefix}a", ${none}`)],
    ["neighbors", call("neighbors", `"${prefix}b", ${none}`)],
    ["size", call("size", none)],
  ];
  return entries.map(([name, text]) => `${name}${lua ? " =" : ":"} ${text}`).join(", ");
};

const programs: Readonly<Record<GuestLanguage, string>> = {
  lua: `
local graph = require("graph")
function kiln() return {${calls(true, "graph.", "")}} end
function own()
  local mine = graph.new{edges = {{"a", "b"}, {"b", "c", 3}, {"c", "a"}, {"b", "d", 9}, {"c", "d"}},
    nodes = {a = {status = "open"}, b = {status = "done"}, c = {status = {"open", "done"}}, d = {}, e = {}}}
  return {${calls(true, "mine.", "")}}
end
function lost() return graph.bfs("nowhere") end
function broken() return graph.new({edges = {{"a"}}}):size() end
function semantic() return graph.semantic("a") end
`,
  rune: `
pub fn kiln() { Ok(#{ ${calls(false, "graph::", "")} }) }
pub fn own() {
    let mine = graph::new(#{ edges: [["a", "b"], ["b", "c", 3], ["c", "a"], ["b", "d", 9], ["c", "d"]],
        nodes: #{ a: #{ status: "open" }, b: #{ status: "done" }, c: #{ status: ["open", "done"] }, d: #{}, e: #{} } });
    Ok(#{ ${calls(false, "mine.", "")} })
}
pub fn lost() { graph::bfs("nowhere")? }
pub fn broken() { graph::new(#{ edges: [["a"]] }).size(#{})? }
pub fn semantic() { graph::semantic("a")? }
`,
};

const notes = {
  "a.md": "---\nstatus: open\n---\n[[b]] [[b|again]] [[missing]]",
  "b.md": "---\nstatus: done\n---\n[[c]] [[d]]",
  "c.md": "---\nstatus: [open, done]\n---\n[[a]] [[d]]",
  "d.md": "nothing",
  "e.md": "alone",
};

async function results(action: string, capabilities = ["KilnRead"]): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (const language of ["lua", "rune"] as const) {
    const host = await hosts.open(language, programs[language], { notes, capabilities });
    const outcome = await host.invoke("tester", object([]), { action });
    found.push(JSON.parse(JSON.stringify(outcome.ok ? toPlain(unwrap(outcome)) : outcome.error)));
    await host.dispose();
  }
  return found;
}

test("the module's declaration and functions agree", () => {
  expect(checkHostModule(createGraphs())).toStrictEqual([]);
});

test.each([
  ["kiln", ".md"],
  ["own", ""],
])("the %s's graph answers alike in every language", async (action, ending) => {
  const [lua, rune] = await results(action, action === "own" ? [] : ["KilnRead"]);
  expect(rune).toStrictEqual(lua);
  const name = (node: string): string => `${node}${ending}`;
  expect(lua).toMatchObject({
    bfs: [
      { node: name("a"), depth: 0 },
      { node: name("b"), depth: 1, via: name("a") },
      { node: name("c"), depth: 2, via: name("b") },
      { node: name("d"), depth: 2, via: name("b") },
    ],
    both: [{ node: name("c") }, { node: name("a") }, { node: name("b") }, { node: name("d") }],
    filtered: [{ node: name("a") }, { node: name("b") }, { node: name("c") }],
    dfs: [{ node: name("a") }, { node: name("b") }, { node: name("c"), closes: [name("a")] }, { node: name("d") }],
    ranks: [{ node: name("d") }, {}],
    // In the plugin's own graph, b and d are tied by a weight of 9.
    groups: (action === "own"
      ? [
          ["a", "c"],
          ["b", "d"],
        ]
      : [["a", "b", "c", "d"]]
    ).map((members) => ({
      size: members.length,
      members: members.map(name),
    })),
    path: ["a", "b", "d"].map(name),
    weighted: (action === "own" ? ["a", "b", "c", "d"] : ["a", "b", "d"]).map(name),
    connected: [["a", "b", "c", "d"].map(name), [name("e")]],
    strong: [["a", "b", "c"].map(name), [name("d")], [name("e")]],
    central: [{ node: name("b") }],
    no_path: null,
    backlinks: [name("c")],
    neighbors: ["a", "c", "d"].map(name),
    size: { nodes: 5, edges: 5 },
  });
});

test("what is not there, not a graph or not offered fails alike", async () => {
  const [lost] = await results("lost");
  for (const failure of await results("lost")) expect(JSON.stringify(failure)).toContain("it is no node of the graph");
  expect(JSON.stringify(lost)).toContain("host/not-found");
  for (const failure of await results("broken"))
    expect(JSON.stringify(failure)).toContain("edge 1 is no list of two names");
  for (const failure of await results("semantic")) expect(JSON.stringify(failure)).toContain("Cannot walk by meaning");
});

test("the kiln's graph needs KilnRead", async () => {
  for (const failure of await results("kiln", [])) expect(JSON.stringify(failure)).toContain("KilnRead");
});
