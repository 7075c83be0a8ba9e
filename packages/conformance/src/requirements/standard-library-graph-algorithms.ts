// Laws of the requirement "Standard Library - Graph Algorithms", and of the graph library's own scenario.
import { Float, isObject, object, type Value } from "@crucible/sandbox";
import fc from "fast-check";
import { assertSuccess, assertThat } from "../assertion.ts";
import { law, type Law, type LawContext } from "../law.ts";
import { openHost } from "../open-host.ts";

/** A kiln: notes n0, n1, … with links, some of them marked. */
interface Kiln {
  readonly links: readonly (readonly number[])[];
  readonly marked: readonly boolean[];
  readonly target: number;
  readonly depth: number;
}

interface Answers {
  readonly bfs: readonly Value[];
  readonly dfs: readonly Value[];
  readonly pagerank: readonly Value[];
  readonly communities: readonly Value[];
  readonly path: Value;
}

const kilns: fc.Arbitrary<Kiln> = fc.integer({ min: 2, max: 8 }).chain((size) =>
  fc.record({
    links: fc.array(fc.uniqueArray(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }),
    marked: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
    target: fc.nat(size - 1),
    depth: fc.integer({ min: 0, max: 4 }),
  }),
);

async function ask(
  { subject, source }: LawContext,
  { links, marked, target }: Kiln,
  options: Readonly<Partial<Record<"walk" | "rank" | "group", Readonly<Record<string, Value>>>>> = {},
): Promise<Answers> {
  const host = await openHost(subject, {
    plugins: [
      {
        manifest: {
          name: "walker",
          description: "Walks",
          capabilities: ["KilnRead"],
          parameters: { type: "object" },
        },
        code: source("ask the graph"),
      },
    ],
    notes: Object.fromEntries(
      links.map((targets, at) => [
        `n${at}.md`,
        `---\nstatus: ${marked[at] === true ? "marked" : "plain"}\n---\n${targets.map((to) => `[[n${to}]]`).join(" ")}\n`,
      ]),
    ),
  });
  const { walk = {}, rank = {}, group = {} } = options;
  const answer = assertSuccess(
    await host.invoke(
      "walker",
      object([
        ["start", "n0.md"],
        ["target", `n${target}.md`],
        ["walk", object(Object.entries(walk))],
        ["rank", object(Object.entries(rank))],
        ["group", object(Object.entries(group))],
      ]),
    ),
  );
  await host.dispose();
  const list = (name: string): readonly Value[] => {
    const found = field(answer, name);
    return Array.isArray(found) ? (found as readonly Value[]) : [];
  };
  return {
    bfs: list("bfs"),
    dfs: list("dfs"),
    pagerank: list("pagerank"),
    communities: list("communities"),
    path: field(answer, "path"),
  };
}

function field(value: Value, name: string): Value {
  return isObject(value) ? (value[name] ?? null) : null;
}

function nodes(list: readonly Value[]): readonly Value[] {
  return list.map((each) => field(each, "node"));
}

function assertSame(found: unknown, expected: unknown, what: string): void {
  assertThat(
    JSON.stringify(found) === JSON.stringify(expected),
    `${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(found)}`,
  );
}

const sorted = (targets: readonly number[]): readonly number[] => targets.toSorted((a, b) => a - b);

/** Distances from n0 in the order of the walk. */
function reach({ links }: Kiln, limit: number, allowed: (node: number) => boolean): ReadonlyMap<number, number> {
  const found = new Map([[0, 0]]);
  for (const [node, distance] of found) {
    if (distance >= limit) continue;
    for (const to of sorted(links[node] ?? [])) if (!found.has(to) && allowed(to)) found.set(to, distance + 1);
  }
  return found;
}

async function breadthFirst(context: LawContext): Promise<void> {
  await context.holds(
    fc.asyncProperty(kilns, async (kiln) => {
      const limited = await ask(context, kiln, { walk: { depth: kiln.depth } });
      const expected = reach(kiln, kiln.depth, () => true);
      assertSame(
        limited.bfs.map((each) => [field(each, "node"), field(each, "depth")]),
        [...expected].map(([node, depth]) => [`n${node}.md`, depth]),
        "Breadth first",
      );
      const filtered = await ask(context, kiln, { walk: { filter: object([["status", "marked"]]) } });
      const fitting = reach(kiln, Infinity, (node) => kiln.marked[node] === true);
      assertSame(
        nodes(filtered.bfs),
        [...fitting.keys()].map((node) => `n${node}.md`),
        "With a filter",
      );
    }),
    10,
  );
}

async function depthFirst(context: LawContext): Promise<void> {
  await context.holds(
    fc.asyncProperty(kilns, async (kiln) => {
      const order: number[] = [];
      const closing: string[] = [];
      const visit = (node: number, way: readonly number[]): void => {
        order.push(node);
        for (const to of sorted(kiln.links[node] ?? [])) {
          if (to === node || way.includes(to)) closing.push(`${node}>${to}`);
          else if (!order.includes(to)) visit(to, [...way, node]);
        }
      };
      visit(0, []);
      const { dfs } = await ask(context, kiln);
      assertSame(
        nodes(dfs),
        order.map((node) => `n${node}.md`),
        "Depth first",
      );
      const found = dfs.flatMap((each) => {
        const closes = field(each, "closes");
        return (Array.isArray(closes) ? (closes as readonly Value[]) : []).map((to) => [field(each, "node"), to]);
      });
      assertSame(found.length, closing.length, "Links that close a cycle");
    }),
    10,
  );
}

async function ranks(context: LawContext): Promise<void> {
  const damping = fc.constantFrom(0.5, 0.85, 0.95);
  await context.holds(
    fc.asyncProperty(kilns, damping, async (kiln, factor) => {
      const { pagerank } = await ask(context, kiln, { rank: { damping: factor } });
      const size = kiln.links.length;
      const scores = new Map(
        pagerank.map((each) => {
          const score = field(each, "score");
          return [field(each, "node"), score instanceof Float ? score.value : Number(score)] as const;
        }),
      );
      const of = (node: number): number => scores.get(`n${node}.md`) ?? 0;
      const values = [...scores.values()];
      assertThat(
        values.length === size && values.every((score, at) => at === 0 || score <= (values[at - 1] ?? 0)),
        "Not sorted",
      );
      const lost = kiln.links.reduce((sum, targets, node) => sum + (targets.length === 0 ? of(node) : 0), 0);
      for (let node = 0; node < size; node += 1) {
        const sent = kiln.links.reduce(
          (sum, targets, from) => sum + (targets.includes(node) ? of(from) / targets.length : 0),
          0,
        );
        const expected = (1 - factor) / size + factor * (sent + lost / size);
        assertThat(
          Math.abs(of(node) - expected) < 1e-6,
          `The rank of n${node} has not converged: ${of(node)}, ${expected}`,
        );
      }
    }),
    8,
  );
}

async function groups(context: LawContext): Promise<void> {
  const sizes = fc.array(fc.integer({ min: 3, max: 5 }), { minLength: 2, maxLength: 3 });
  await context.holds(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 5 }), async (cliques, minimum) => {
      // Cliques that a chain of single links joins: the densest groups that there are.
      const starts = cliques.map((_, at) => cliques.slice(0, at).reduce((sum, size) => sum + size, 0));
      const links = cliques.flatMap((size, clique) =>
        Array.from({ length: size }, (_, member) => {
          const start = starts[clique] ?? 0;
          const inside = Array.from({ length: size }, (_unused, other) => start + other).filter(
            (to) => to !== start + member,
          );
          const next = starts[clique + 1];
          return member === 0 && next !== undefined ? [...inside, next] : inside;
        }),
      );
      const kiln = { links, marked: [], target: 0, depth: 0 };
      const { communities } = await ask(context, kiln, { group: { min_size: minimum } });
      const found = communities.map((each) => {
        const members = field(each, "members");
        return JSON.stringify(members);
      });
      const expected = cliques.flatMap((size, clique) => {
        const members = Array.from({ length: size }, (_, member) => `n${(starts[clique] ?? 0) + member}.md`);
        return size >= minimum ? [JSON.stringify(members.sort())] : [];
      });
      assertSame(found.toSorted(), expected.toSorted(), "Communities");
    }),
    6,
  );
}

async function paths(context: LawContext): Promise<void> {
  await context.holds(
    fc.asyncProperty(kilns, async (kiln) => {
      const { path } = await ask(context, kiln);
      const distance = reach(kiln, Infinity, () => true).get(kiln.target);
      if (distance === undefined) {
        assertThat(path === false, "A path was found where there is none");
        return;
      }
      const way = Array.isArray(path)
        ? (path as readonly Value[]).map((each) => kiln.links.findIndex((_, at) => each === `n${at}.md`))
        : [];
      assertThat(way.length === distance + 1, `The path has ${way.length} notes, not ${distance + 1}`);
      assertThat(way[0] === 0 && way.at(-1) === kiln.target, "The path leads from or to another note");
      assertThat(
        way.slice(1).every((to, at) => kiln.links[way[at] ?? -1]?.includes(to) === true),
        "A step is no link",
      );
    }),
    10,
  );
}

const programs = ["ask the graph"] as const;

export const standardLibraryGraphAlgorithmsLaws: readonly Law[] = [
  law("MS-12.1", {
    checks:
      "breadth first gives the notes by distance, up to the depth, and only through notes whose front matter fits",
    proves: "all",
    programs,
    run: breadthFirst,
  }),
  law("MS-12.2", {
    checks: "depth first gives the notes that recursion would, each once, and names the links that close cycles",
    proves: "all",
    programs,
    run: depthFirst,
  }),
  law("MS-12.3", {
    checks: "ranks are sorted and fulfil PageRank's equation for the damping that was asked for",
    proves: "all",
    programs,
    run: ranks,
  }),
  law("MS-12.4", {
    checks:
      "groups of notes that all link to one another are the communities, and smaller ones than asked for are left out",
    proves: "all",
    programs,
    run: groups,
  }),
  law("MS-12.5", {
    checks: "a path follows links and is as short as can be; there is null where no links lead",
    proves: "all",
    programs,
    run: paths,
  }),
  law("MS-06.2", {
    checks: "a plugin that imports the library walks, ranks, groups and finds paths in the kiln's graph",
    proves: "all",
    programs,
    run: async (context) => {
      await breadthFirst(context);
      await depthFirst(context);
      await ranks(context);
      await groups(context);
      await paths(context);
    },
  }),
];
