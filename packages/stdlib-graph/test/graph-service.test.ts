// Graphs that are not small are worked on by a thread of their own: the same answers, built once, ended with their invocation.
import {
  float,
  isObject,
  object,
  succeed,
  unwrap,
  type HostCallContext,
  type Outcome,
  type Value,
  type ValueObject,
} from "@crucible/sandbox";
import {
  createGraphs,
  createGraphService,
  createIndexSource,
  packGraph,
  unpackGraph,
  type GraphIndex,
  type GraphService,
  type GraphSource,
  type PackedGraph,
} from "@crucible/stdlib-graph";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let service: GraphService;
beforeAll(() => {
  service = createGraphService();
});
afterAll(() => service.dispose());

const pack = (nodes: readonly string[], edges: readonly (readonly [number, number])[]): PackedGraph => {
  return packGraph(nodes, {
    from: Int32Array.from(edges, ([from]) => from),
    to: Int32Array.from(edges, ([, to]) => to),
    weights: new Float64Array(edges.length).fill(1),
  });
};

/** A graph of a size that goes to the service, over few names, so that most of it hangs together. */
function largeGraph(seed: number): PackedGraph {
  let state = seed;
  const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
  const nodes = Array.from({ length: 60 }, (_, at) => `${at % 3 === 0 ? "sub/" : ""}n${at}.md`);
  return pack(
    nodes,
    Array.from({ length: 5000 + random(500) }, () => [random(random(60) + 1), random(60)] as const),
  );
}

const sourceOf = (graph: PackedGraph): GraphSource => ({
  read: async () => Promise.resolve(succeed(graph)),
  matching: async () => Promise.resolve(succeed(["n1.md", "n2.md", "sub/n3.md", "n4.md", "n5.md"])),
});

function call(
  options: Parameters<typeof createGraphs>[0],
  name: string,
  args: readonly (readonly [string, Value])[],
  signal: AbortSignal = new AbortController().signal,
): Promise<Outcome<Value>> {
  // The module uses nothing else of a call.
  const context = { signal } as unknown as HostCallContext;
  return Promise.resolve(createGraphs(options).functions[name]?.run(object(args), context) as Promise<Outcome<Value>>);
}

const filter = object([["status", "open"]]);
const questions: readonly (readonly [string, readonly (readonly [string, Value])[]])[] = [
  [
    "bfs",
    [
      ["start", "n1"],
      ["options", object([["depth", 2]])],
    ],
  ],
  [
    "bfs",
    [
      ["start", "n1"],
      ["options", object([["filter", filter]])],
    ],
  ],
  [
    "dfs",
    [
      ["start", "n1"],
      ["options", object([["direction", "both"]])],
    ],
  ],
  [
    "pagerank",
    [
      [
        "options",
        object([
          ["damping", 0.5],
          ["limit", 7],
        ]),
      ],
    ],
  ],
  [
    "communities",
    [
      [
        "options",
        object([
          ["seed", 3],
          ["min_size", 2],
        ]),
      ],
    ],
  ],
  ["communities", [["options", object([["folder", "sub"]])]]],
  [
    "shortest_path",
    [
      ["start", "n1"],
      ["target", "n59"],
      ["options", object([["weighted", true]])],
    ],
  ],
  ["connected", []],
  ["strongly_connected", [["options", object([["folder", "/sub/"]])]]],
  ["centrality", [["measure", "betweenness"]]],
  ["centrality", [["measure", "in_degree"]]],
  ["backlinks", [["node", "n1.md"]]],
  [
    "neighbors",
    [
      ["node", "n1.md"],
      ["options", object([["depth", 1]])],
    ],
  ],
  ["size", []],
  ["bfs", [["start", "nowhere"]]],
];

describe("the service", () => {
  test("answers every question as it is answered without it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), async (seed) => {
        const source = sourceOf(largeGraph(seed));
        for (const [name, args] of questions) {
          const [here, there] = [await call({ source }, name, args), await call({ source, service }, name, args)];
          expect(JSON.stringify(there)).toBe(JSON.stringify(here));
        }
      }),
      { numRuns: 10 },
    );
  });

  test("gets what plugins give when that is large, and nothing that is small", async () => {
    const asked: number[] = [];
    const watching: GraphService = {
      answer: (given, signal) => {
        asked.push(given.graph.links.length / 2);
        return service.answer(given, signal);
      },
      dispose: async () => Promise.resolve(),
    };
    const given = (count: number): readonly (readonly [string, Value])[] => [
      [
        "options",
        object([["graph", object([["edges", Array.from({ length: count }, (_, at) => ["a", `n${at}`, 2])]])]]),
      ],
    ];
    expect(unwrap(await call({ service: watching }, "size", given(3)))).toMatchObject({ nodes: 4, edges: 3 });
    expect(unwrap(await call({ service: watching }, "size", given(9000)))).toMatchObject({ nodes: 9001, edges: 9000 });
    const weighted = [["start", "a"], ["target", "n8999"], ...given(9000)] as const;
    expect(unwrap(await call({ service: watching }, "shortest_path", weighted))).toStrictEqual(["a", "n8999"]);
    expect(asked).toStrictEqual([9000, 9000]);
  });

  test("a filter of many values over nodes with many values is no more than reading both", async () => {
    const many = Array.from({ length: 20_000 }, (_, at) => `v${at}`);
    const nodes = object([
      ["a", object([["k", [...many, float(7)]]])],
      ["b", object([["k", many.map((value) => `no ${value}`)]])],
      ["c", object([["k", 7]])],
      ["d", object([["k", object([["x", [1]]])]])],
    ]);
    const edges = ["b", "c", "d"].map((to) => ["a", to]);
    const walk = async (wanted: Value): Promise<readonly unknown[]> => {
      const options = object([
        [
          "graph",
          object([
            ["nodes", nodes],
            ["edges", edges],
          ]),
        ],
        ["filter", object([["k", wanted]])],
      ]);
      const found = unwrap(
        await call({}, "bfs", [
          ["start", "a"],
          ["options", options],
        ]),
      );
      return (found as readonly ValueObject[]).map(({ node }) => node);
    };
    expect(await walk([...many.toReversed(), 7])).toStrictEqual(["a", "c"]);
    expect(await walk(float(7))).toStrictEqual(["a", "c"]);
    expect(await walk(object([["x", [1]]]))).toStrictEqual(["a", "d"]);
    expect(await walk([])).toStrictEqual(["a"]);
  });

  test("a name with a NUL inside is refused with the reason", async () => {
    const graph = object([["edges", [["a", "b\0c"]]]]);
    expect(await call({ service }, "size", [["options", object([["graph", graph]])]])).toMatchObject({
      ok: false,
      error: { code: "host/invalid-argument", message: "Cannot use the graph: a node has a NUL in its name" },
    });
    expect(() => pack(["a\0"], [])).toThrow(RangeError);
  });

  test("is asked once more about what takes long on a small graph", async () => {
    const asked: string[] = [];
    const watching: GraphService = {
      answer: async ({ question }) => {
        asked.push(question.operation);
        return Promise.resolve(succeed(null));
      },
      dispose: async () => Promise.resolve(),
    };
    const source = sourceOf(pack(["a.md", "b.md"], [[0, 1]]));
    await call({ source, service: watching }, "pagerank", []);
    expect(asked).toStrictEqual([]);
    const endless = object([
      ["damping", 0.999],
      ["tolerance", 1e-300],
    ]);
    await call({ source, service: watching }, "pagerank", [["options", endless]]);
    expect(asked).toStrictEqual(["pagerank"]);
  });

  test("ends a job with its invocation, and goes on with the others", async () => {
    const size = 2500;
    const graph = pack(
      Array.from({ length: size }, (_, at) => `n${String(at).padStart(5, "0")}`),
      Array.from({ length: size * 200 }, (_, at) => [at % size, (at * 7919 + 13) % size] as const),
    );
    const source = sourceOf(graph);
    const [running, waiting] = [new AbortController(), new AbortController()];
    const long = call({ source, service }, "centrality", [["measure", "betweenness"]], running.signal);
    const dropped = call({ source, service }, "size", [], waiting.signal);
    const after = call({ source, service }, "size", []);
    await Promise.resolve();
    waiting.abort({ code: "invocation/cancelled", message: "not wanted" });
    expect(await dropped).toStrictEqual({ ok: false, error: { code: "invocation/cancelled", message: "not wanted" } });
    running.abort({ code: "limit/deadline", message: "too long" });
    expect(await long).toStrictEqual({ ok: false, error: { code: "limit/deadline", message: "too long" } });
    expect(unwrap(await after)).toMatchObject({ nodes: size });
    expect(await call({ source, service }, "size", [], running.signal)).toMatchObject({ ok: false });
  });

  test("refuses jobs once it is disposed of, and answers those that wait", async () => {
    const own = createGraphService();
    const source = sourceOf(
      pack(
        ["a"],
        Array.from({ length: 9000 }, () => [0, 0] as const),
      ),
    );
    const waiting = call({ source, service: own }, "size", []);
    await Promise.resolve();
    await Promise.resolve();
    await own.dispose();
    await own.dispose();
    const refused = { ok: false, error: { code: "host/unavailable" } };
    expect(await waiting).toMatchObject(refused);
    expect(await call({ source, service: own }, "size", [])).toMatchObject(refused);
  });
});

describe("the graph of an index", () => {
  const openIndex = (): { index: GraphIndex; state: { revision: string; reads: number } } => {
    const state = { revision: "1", reads: 0 };
    const unused = async (): Promise<Outcome<never>> => Promise.reject(new Error("not asked"));
    return {
      state,
      index: {
        revision: async () => Promise.resolve(succeed(state.revision)),
        graph: async () => {
          state.reads += 1;
          return Promise.resolve(
            succeed(
              pack(
                ["a.md", "b.md"],
                state.revision === "1"
                  ? [
                      [0, 1],
                      [0, 0],
                    ]
                  : [
                      [0, 1],
                      [1, 0],
                      [0, 0],
                      [1, 1],
                    ],
              ),
            ),
          );
        },
        list: unused,
        traverse: unused,
        status: unused,
        search: unused,
      },
    };
  };

  test("is read and built once for each revision, whoever asks", async () => {
    const { index, state } = openIndex();
    const source = createIndexSource(async () => Promise.resolve(succeed(index)));
    const graphs = new Set<PackedGraph>();
    const watching: GraphService = {
      answer: async ({ graph, folder, isKept }) => {
        if (isKept) graphs.add(graph);
        return Promise.resolve(succeed(unpackGraph(graph, folder).out.targets.length));
      },
      dispose: async () => Promise.resolve(),
    };
    const { functions } = createGraphs({ source, service: watching });
    const slow = object([
      [
        "options",
        object([
          ["damping", 0.999],
          ["tolerance", 1e-300],
        ]),
      ],
    ]);
    const context = { signal: new AbortController().signal } as unknown as HostCallContext;
    const edges = async (): Promise<Value> =>
      unwrap((await functions["pagerank"]?.run(slow, context)) as Outcome<Value>);
    expect([await edges(), await edges()]).toStrictEqual([2, 2]);
    const size = unwrap((await functions["size"]?.run(object([]), context)) as Outcome<Value>);
    expect(isObject(size) && size["edges"]).toBe(2);
    expect([state.reads, graphs.size]).toStrictEqual([1, 1]);
    state.revision = "2";
    expect([await edges(), await edges()]).toStrictEqual([4, 4]);
    expect([state.reads, graphs.size]).toStrictEqual([2, 2]);
  });
});

test("packed graphs come back as they were, in whole or the part inside of a folder", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.string({ unit: "binary" }).filter((name) => !name.includes("\0")),
        { minLength: 1, maxLength: 9 },
      ),
      fc.array(fc.tuple(fc.nat(8), fc.nat(8)), { maxLength: 20 }),
      (names, pairs) => {
        const nodes = names.map((name, at) => (at % 2 === 0 ? `f/${name}` : name));
        const edges = pairs.map(([from, to]) => [from % nodes.length, to % nodes.length] as const);
        const whole = unpackGraph(pack(nodes, edges), "");
        expect([...whole.positions.keys()].sort()).toStrictEqual([...new Set(nodes)].sort());
        expect(whole.out.weights.reduce((sum, weight) => sum + weight, 0)).toBe(edges.length);
        const inside = unpackGraph(pack(nodes, edges), "f");
        expect(inside.nodes).toStrictEqual(whole.nodes.filter((name) => name.startsWith("f/")));
      },
    ),
  );
});
