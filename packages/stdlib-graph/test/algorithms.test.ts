// Every algorithm against the plainest implementation that can be written, on 10,000 random graphs; communities against graphology.
import {
  breadthFirst,
  buildGraph,
  centrality,
  communities,
  connectedComponents,
  depthFirst,
  modularity,
  pageRank,
  shortestPath,
  stronglyConnectedComponents,
  type Graph,
} from "@crucible/stdlib-graph";
import * as fc from "fast-check";
import { UndirectedGraph } from "graphology";
import communitiesLouvain from "graphology-communities-louvain";
import { describe, expect, test } from "vitest";

// Its types describe another module system than the one it is written for.
const louvain = communitiesLouvain as unknown as {
  detailed(graph: UndirectedGraph, options: { readonly rng: () => number }): { readonly modularity: number };
};

type Weights = readonly (readonly number[])[];

interface Sample {
  readonly graph: Graph;
  /** Weight from row to column, 0 without an edge. */
  readonly weights: Weights;
  readonly start: number;
  readonly end: number;
}

const samples: fc.Arbitrary<Sample> = fc.integer({ min: 1, max: 8 }).chain((size) =>
  fc
    .record({
      edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1), fc.integer({ min: 1, max: 4 })), {
        maxLength: size * 3,
      }),
      start: fc.nat(size - 1),
      end: fc.nat(size - 1),
      order: fc.shuffledSubarray(
        Array.from({ length: size }, (_, at) => at),
        { minLength: size, maxLength: size },
      ),
    })
    .map(({ edges, start, end, order }) => {
      const weights = Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
      for (const [from, to, weight] of edges) {
        const row = weights[from];
        if (row !== undefined) row[to] = (row[to] ?? 0) + weight;
      }
      // The names are given in any order; positions are those of the sorted names.
      const places = order.map((_, at) => order.indexOf(at));
      const graph = buildGraph({
        nodes: order.map((node) => `n${node}`),
        edges: edges.map(([from, to, weight]) => [places[from] ?? 0, places[to] ?? 0, weight] as const),
      });
      return { graph, weights, start, end };
    }),
);

const holds = (check: (sample: Sample) => void): void => {
  fc.assert(fc.property(samples, check), { numRuns: 10_000 });
};
const next = (weights: Weights, node: number): readonly number[] =>
  (weights[node] ?? []).flatMap((weight, to) => (weight > 0 ? [to] : []));

/** Lengths of shortest paths between all pairs (Floyd and Warshall). */
function distances(weights: Weights, lengthOf: (weight: number) => number): readonly (readonly number[])[] {
  const table = weights.map((row, from) =>
    row.map((weight, to) => (from === to ? 0 : weight > 0 ? lengthOf(weight) : Infinity)),
  );
  for (const [middle, through] of table.entries())
    for (const row of table)
      for (const [to, rest] of through.entries())
        row[to] = Math.min(row[to] ?? Infinity, (row[middle] ?? Infinity) + rest);
  return table;
}

describe("on 10,000 random graphs", () => {
  test("a graph has the edges that it was built from, in both directions", () => {
    holds(({ graph, weights }) => {
      for (const [from, row] of weights.entries()) {
        const found = graph.out.targets.slice(graph.out.offsets[from], graph.out.offsets[from + 1]);
        expect([...found]).toStrictEqual(next(weights, from));
        const into = graph.in.targets.slice(graph.in.offsets[from], graph.in.offsets[from + 1]);
        expect([...into]).toStrictEqual(row.flatMap((_, other) => ((weights[other]?.[from] ?? 0) > 0 ? [other] : [])));
      }
    });
  });

  test("breadth first visits by distance, each within the limit once, neighbours by name", () => {
    holds(({ graph, weights, start, end: limit }) => {
      const order = [start];
      const depth = new Map([[start, 0]]);
      for (const node of order) {
        const reached = depth.get(node) ?? 0;
        if (reached === limit) continue;
        for (const to of next(weights, node)) {
          if (depth.has(to)) continue;
          depth.set(to, reached + 1);
          order.push(to);
        }
      }
      const walk = breadthFirst(graph, start, { depth: limit });
      expect([...walk.order]).toStrictEqual(order);
      expect(order.map((node) => walk.depth[node])).toStrictEqual(order.map((node) => depth.get(node)));
    });
  });

  test("depth first visits as recursion does, and names the edges that close cycles", () => {
    holds(({ graph, weights, start }) => {
      const order: number[] = [];
      const back: (readonly [number, number])[] = [];
      const visit = (node: number, way: readonly number[]): void => {
        order.push(node);
        for (const to of next(weights, node)) {
          if (to === node || way.includes(to)) back.push([node, to]);
          else if (!order.includes(to)) visit(to, [...way, node]);
        }
      };
      visit(start, []);
      const walk = depthFirst(graph, start);
      expect([...walk.order]).toStrictEqual(order);
      expect(walk.back).toStrictEqual(back);
    });
  });

  test("depth first within a limit finds what lies within it, each by an edge from a node one step nearer", () => {
    holds(({ graph, weights, start }) => {
      for (const limit of [0, 1, 2, 3]) {
        const [deep, wide] = [depthFirst(graph, start, { depth: limit }), breadthFirst(graph, start, { depth: limit })];
        expect([...deep.order].toSorted((a, b) => a - b)).toStrictEqual([...wide.order].toSorted((a, b) => a - b));
        expect(deep.order[0]).toBe(start);
        for (const node of deep.order.slice(1)) {
          const via = deep.via[node] ?? -1;
          expect(deep.depth[node]).toBe((deep.depth[via] ?? NaN) + 1);
          expect(weights[via]?.[node]).toBeGreaterThan(0);
          expect(deep.depth[node]).toBeLessThanOrEqual(limit);
        }
        expect(new Set(deep.back.map(String)).size).toBe(deep.back.length);
      }
    });
  });

  test("shortest paths are paths, and as short as can be", () => {
    holds(({ graph, weights, start, end }) => {
      for (const weighted of [false, true]) {
        const best = distances(weights, (weight) => (weighted ? weight : 1))[start]?.[end] ?? Infinity;
        const path = shortestPath(graph, start, end, { weighted });
        expect(path?.length ?? Infinity).toBe(best);
        if (path === null) continue;
        expect([path.nodes[0], path.nodes.at(-1)]).toStrictEqual([start, end]);
        const steps = path.nodes.slice(1).map((node, index) => weights[path.nodes[index] ?? 0]?.[node] ?? 0);
        expect(steps.every((weight) => weight > 0)).toBe(true);
        expect(steps.reduce((sum, weight) => sum + (weighted ? weight : 1), 0)).toBe(best);
      }
    });
  });

  test("components are those of mutual reachability", () => {
    holds(({ graph, weights }) => {
      const size = weights.length;
      const direct = distances(weights, () => 1);
      const either = distances(
        weights.map((row, from) => row.map((weight, to) => weight + (weights[to]?.[from] ?? 0))),
        () => 1,
      );
      const group = (together: (a: number, b: number) => boolean): readonly (readonly number[])[] => {
        const nodes = Array.from({ length: size }, (_, node) => node);
        const groups = nodes.filter((node) => nodes.findIndex((other) => together(node, other)) === node);
        return groups
          .map((first) => nodes.filter((node) => together(first, node)))
          .sort((a, b) => b.length - a.length || (a[0] ?? 0) - (b[0] ?? 0));
      };
      const reach = (table: readonly (readonly number[])[], a: number, b: number): boolean =>
        (table[a]?.[b] ?? Infinity) < Infinity;
      expect(connectedComponents(graph)).toStrictEqual(group((a, b) => reach(either, a, b)));
      expect(stronglyConnectedComponents(graph)).toStrictEqual(
        group((a, b) => reach(direct, a, b) && reach(direct, b, a)),
      );
    });
  });

  test("PageRank is the fixed point of its equation", () => {
    holds(({ graph, weights }) => {
      const size = weights.length;
      const damping = 0.85;
      const { scores } = pageRank(graph, { damping, tolerance: 1e-12 });
      const sums = weights.map((row) => row.reduce((sum, weight) => sum + weight, 0));
      const lost = sums.reduce((total, sum, node) => total + (sum === 0 ? (scores[node] ?? 0) : 0), 0);
      for (let node = 0; node < size; node += 1) {
        const sent = weights.reduce(
          (total, row, from) => total + ((row[node] ?? 0) / Math.max(1, sums[from] ?? 1)) * (scores[from] ?? 0),
          0,
        );
        expect(scores[node]).toBeCloseTo((1 - damping) / size + damping * (sent + lost / size), 9);
      }
      expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 9);
    });
  });

  test("betweenness counts shortest paths, closeness adds distances up", () => {
    holds(({ graph, weights }) => {
      const size = weights.length;
      const table = distances(weights, () => 1);
      const far = (a: number, b: number): number => table[a]?.[b] ?? Infinity;
      const ways = (a: number, b: number): number =>
        a === b
          ? 1
          : next(weights, a).reduce(
              (sum, node) => sum + (node !== a && far(node, b) === far(a, b) - 1 ? ways(node, b) : 0),
              0,
            );
      const nodes = Array.from({ length: size }, (_, node) => node);
      const between = centrality(graph, "betweenness");
      const close = centrality(graph, "closeness");
      for (const node of nodes) {
        let sum = 0;
        for (const a of nodes)
          for (const b of nodes)
            if (
              a !== b &&
              a !== node &&
              b !== node &&
              far(a, b) < Infinity &&
              far(a, node) + far(node, b) === far(a, b)
            )
              sum += (ways(a, node) * ways(node, b)) / ways(a, b);
        expect(between[node]).toBeCloseTo(size > 2 ? sum / ((size - 1) * (size - 2)) : 0, 9);
        const reaching = nodes.filter((other) => other !== node && far(other, node) < Infinity);
        const total = reaching.reduce((all, other) => all + far(other, node), 0);
        expect(close[node]).toBeCloseTo(
          total === 0 ? 0 : (reaching.length / total) * (reaching.length / (size - 1)),
          9,
        );
      }
    });
  });

  test("communities hold every node once, and are no worse than everybody alone", () => {
    holds(({ graph }) => {
      const groups = communities(graph);
      expect(groups.flat().toSorted((a, b) => a - b)).toStrictEqual([...graph.nodes.keys()]);
      expect(modularity(graph, groups)).toBeGreaterThanOrEqual(
        modularity(
          graph,
          graph.nodes.map((_, node) => [node]),
        ) - 1e-9,
      );
      expect(communities(graph, { minSize: 2 })).toStrictEqual(groups.filter(({ length }) => length >= 2));
    });
  });
});

/** Four groups of twenty-five with many links inside and few between. */
function planted(seed: number): { readonly graph: Graph; readonly edges: readonly (readonly [number, number])[] } {
  let state = seed;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const edges: (readonly [number, number])[] = [];
  for (let a = 0; a < 100; a += 1)
    for (let b = 0; b < a; b += 1) if (random() < (a % 4 === b % 4 ? 0.4 : 0.02)) edges.push([a, b]);
  return {
    graph: buildGraph({ nodes: Array.from({ length: 100 }, (_, at) => String(at).padStart(3, "0")), edges }),
    edges,
  };
}

test("planted communities are found, as well as graphology finds them, and alike with one seed", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { graph, edges } = planted(seed);
    const groups = communities(graph, { seed });
    expect(groups).toStrictEqual(communities(graph, { seed }));
    const other = new UndirectedGraph();
    for (const node of graph.nodes.keys()) other.addNode(node);
    for (const [a, b] of edges) other.mergeEdge(a, b);
    const theirs = louvain.detailed(other, { rng: () => 0.5 });
    expect(modularity(graph, groups)).toBeGreaterThan(theirs.modularity - 0.01);
    expect(groups.map(({ length }) => length)).toStrictEqual([25, 25, 25, 25]);
  }
});

test("a higher resolution makes more communities", () => {
  const { graph } = planted(3);
  expect(communities(graph, { resolution: 4 }).length).toBeGreaterThan(communities(graph).length);
});

test("a chain of 200,000 nodes overflows no stack", () => {
  const nodes = Array.from({ length: 200_000 }, (_, at) => String(at).padStart(6, "0"));
  const graph = buildGraph({ nodes, edges: nodes.slice(1).map((_, at) => [at, at + 1] as const) });
  expect(depthFirst(graph, 0).order.length).toBe(nodes.length);
  expect(stronglyConnectedComponents(graph).length).toBe(nodes.length);
  expect(connectedComponents(graph).length).toBe(1);
});

test("filters hide nodes from a walk, and what only they lead to", () => {
  const graph = buildGraph({
    nodes: ["a", "b", "c"],
    edges: [
      [0, 1],
      [1, 2],
    ],
  });
  const allowed = Uint8Array.from([0, 0, 1]);
  expect([...breadthFirst(graph, 0, { allowed }).order]).toStrictEqual([0]);
  expect(shortestPath(graph, 0, 2, { allowed })).toBeNull();
});

test.each([
  [[[0, 2]], "no node"],
  [[[-1, 0]], "no node"],
  [[[0, 1, 0]], "above 0"],
  [[[0, 1, Number.NaN]], "above 0"],
] as const)("edges %j are refused", (edges, words) => {
  expect(() => buildGraph({ nodes: ["a", "b"], edges: [...edges] })).toThrow(words);
});
