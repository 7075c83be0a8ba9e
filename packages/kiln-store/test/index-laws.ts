// Laws that every index database obeys. Each database's test file calls `testIndexLaws` with its own way to open one.
import {
  checkFilter,
  createKilnFiles,
  createKilnIndex,
  createKilnStore,
  fitsFilter,
  type Embedder,
  type KilnIndex,
  type KilnStore,
  type NoteFilter,
} from "@crucible/kiln-store";
import { createHashedEmbedder, type IndexService } from "@crucible/kiln-store/testing";
import { unwrap } from "@crucible/sandbox";
import fc from "fast-check";
import { mkdirSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { temporaryKiln, writeIn } from "./temporary-kiln.ts";

export type OpenService = (root: string) => IndexService | Promise<IndexService>;

export interface OpenedIndex {
  readonly index: KilnIndex;
  readonly service: IndexService;
  readonly store: KilnStore;
  dispose(): Promise<void>;
}

export async function openIndexed(
  root: string,
  open: OpenService,
  embedder: Embedder | undefined = createHashedEmbedder(),
): Promise<OpenedIndex> {
  const service = await open(root);
  // Later than any process of today: the right of one that was killed has ended.
  let now = 4_000_000_000_000;
  const index = createKilnIndex({
    service,
    ...(embedder === undefined ? {} : { embedder }),
    clock: { now: () => (now += 1) },
    owner: "test",
  });
  const store = createKilnStore({ files: createKilnFiles({ root }) });
  const dispose = async () => {
    await index.dispose();
    await store.dispose();
  };
  onTestFinished(dispose);
  return { index, service, store, dispose };
}

const paths = ["a.md", "b.md", "f/a.md", "f/c.md", "g/b.md"] as const;
const texts = [
  "# One\nalpha [[a]] #x\n## Sub\nbeta",
  "---\nn: 1\ntags: [x/y]\nlist: [1, two, true]\n---\n# One\nalpha [[f/a]] [[b]]",
  "# Two\ngamma [[c]] ![[nowhere]]",
  "",
  "---\nbroken: [\n---\ntext [[b]]",
  new Uint8Array([0, 1]),
  new Uint8Array([0xc3, 0x28]),
] as const;

type Edit =
  | readonly ["write", string, (typeof texts)[number]]
  | readonly ["remove", string]
  | readonly ["move", string, string]
  | readonly ["touch", string]
  | readonly ["refresh"]
  | readonly ["refresh some", string];

const edits: fc.Arbitrary<readonly Edit[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(fc.constant("write" as const), fc.constantFrom(...paths), fc.constantFrom(...texts)),
    },
    fc.tuple(fc.constant("remove" as const), fc.constantFrom(...paths)),
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constant("move" as const), fc.constantFrom(...paths), fc.constantFrom(...paths)),
    },
    fc.tuple(fc.constant("touch" as const), fc.constantFrom(...paths)),
    fc.tuple(fc.constant("refresh" as const)),
    fc.tuple(fc.constant("refresh some" as const), fc.constantFrom(...paths)),
  ),
  { maxLength: 14 },
);

/** Carries out what happens to the files; looks at them are left to the law. */
async function edit(root: string, store: KilnStore, given: Edit): Promise<void> {
  switch (given[0]) {
    case "write":
      writeIn(root, given[1], given[2]);
      break;
    case "remove":
      rmSync(join(root, given[1]), { force: true });
      break;
    case "move":
      await store.renameNote(given[1], given[2]);
      break;
    case "touch":
      if (store.files.stamp(given[1]) !== undefined) utimesSync(join(root, given[1]), 1_600_000_000, 1_600_000_000);
      break;
    case "refresh":
    case "refresh some":
      break;
  }
}

export function testIndexLaws(name: string, open: OpenService, runs: number): void {
  describe(`the index in ${name}`, () => {
    test("equals a fresh rebuild after any sequence of edits", async () => {
      await fc.assert(
        fc.asyncProperty(edits, async (sequence) => {
          const root = temporaryKiln();
          const { index, service, store, dispose } = await openIndexed(root, open);
          for (const each of sequence) {
            await edit(root, store, each);
            if (each[0] === "refresh") {
              unwrap(await index.refresh());
              unwrap(await index.embedPending());
            } else if (each[0] === "refresh some") unwrap(await index.refresh([each[1]]));
          }
          unwrap(await index.refresh());
          unwrap(await index.embedPending());
          const incremental = await service.dump();
          const rebuilt = await openIndexed(root, async (given) => open(`${given}/`));
          if (rebuilt.service === service) throw new Error("The rebuild must be another index");
          await rebuilt.service.reset();
          unwrap(await rebuilt.index.refresh());
          unwrap(await rebuilt.index.embedPending());
          expect(incremental).toEqual(await rebuilt.service.dump());
          await Promise.all([dispose(), rebuilt.dispose()]);
        }),
        { numRuns: runs },
      );
    }, 120_000);

    test("its revision changes exactly when notes or links do", async () => {
      await fc.assert(
        fc.asyncProperty(edits, async (sequence) => {
          const root = temporaryKiln();
          const { index, service, store, dispose } = await openIndexed(root, open);
          const look = async () => ({
            revision: unwrap(await index.revision()),
            state: JSON.stringify([
              await service.notes({ folders: [], tags: [], conditions: [] }, 100),
              await service.linksFrom(paths),
            ]),
          });
          let before = await look();
          for (const each of sequence) {
            await edit(root, store, each);
            unwrap(each[0] === "refresh some" ? await index.refresh([each[1]]) : await index.refresh());
            unwrap(await index.embedPending());
            const after = await look();
            expect(after.revision === before.revision).toBe(after.state === before.state);
            before = after;
          }
          await service.reset();
          expect((await look()).revision === before.revision).toBe((await look()).state === before.state);
          await dispose();
        }),
        { numRuns: runs },
      );
    }, 120_000);

    test("reports what a refresh did and remembers files that are no notes", async () => {
      const root = temporaryKiln({ "a.md": "one", "b.md": "two", "bin.md": new Uint8Array([0]) });
      symlinkSync(join(root, "a.md"), join(root, "link.md"));
      const { index } = await openIndexed(root, open);
      const progress: string[] = [];
      expect(
        unwrap(await index.refresh(undefined, (phase, done, total) => progress.push(`${phase} ${done}/${total}`))),
      ).toMatchObject({
        added: 2,
        changed: 0,
        removed: 0,
        skipped: [{ path: "link.md" }, { path: "bin.md", reason: expect.stringContaining("NUL") as string }],
      });
      expect(progress).toEqual(["index 3/3"]);
      writeIn(root, "b.md", "two more");
      rmSync(join(root, "bin.md"));
      expect(unwrap(await index.refresh())).toMatchObject({ added: 0, changed: 1, removed: 1 });
      expect(unwrap(await index.refresh(["b.md", "../x.md", ".crucible/y.md", "picture.png"]))).toMatchObject({
        added: 0,
        changed: 0,
        removed: 0,
      });
      expect(unwrap(await index.status())).toMatchObject({ notes: 2, faults: 0 });
      expect(unwrap(await index.rebuild())).toMatchObject({ added: 2 });
      expect(unwrap(await index.search("two")).results.map((hit) => hit.path)).toEqual(["b.md"]);
    });

    test("keeps the vectors of sections that stay, also when the note moves", async () => {
      const root = temporaryKiln({ "a.md": "# T\nintro\n## One\nfirst section\n## Two\nsecond section" });
      const { index } = await openIndexed(root, open);
      unwrap(await index.refresh());
      expect(unwrap(await index.embedPending()).embedded).toBe(3);
      writeIn(root, "a.md", "# T\nintro\n## New\nput between\n## One\nfirst section\n## Two\nsecond section");
      unwrap(await index.refresh());
      expect(unwrap(await index.embedPending()).embedded).toBe(1);
      mkdirSync(join(root, "f"));
      writeIn(root, "f/b.md", "# T\nintro\n## New\nput between\n## One\nfirst section\n## Two\nsecond section");
      rmSync(join(root, "a.md"));
      expect(unwrap(await index.refresh())).toMatchObject({ moved: 1, added: 0, removed: 0 });
      expect(unwrap(await index.embedPending()).embedded).toBe(0);
    });

    test("a filter in SQL and over a note that was read choose the same notes", async () => {
      const values = fc.constantFrom<unknown[]>(
        "a",
        "b",
        "2024-01-05",
        1,
        2.5,
        -3,
        true,
        false,
        null,
        "1",
        "true",
        "",
        "\u{1F600}",
        "\uffee",
      );
      const frontmatters = fc.array(
        fc.dictionary(fc.constantFrom("k", "l", "m"), fc.oneof(values, fc.array(values, { maxLength: 3 })), {
          noNullPrototype: true,
        }),
        { minLength: 1, maxLength: 6 },
      );
      const condition = fc.oneof(
        values.map((value) => value),
        fc.array(values, { maxLength: 3 }),
        fc.record({ ne: values }),
        fc.record({ exists: fc.boolean() }),
        fc.record({ gte: fc.constantFrom(1, 2.5, "a", "2024") }),
        fc.record({ lt: fc.constantFrom(2, "b", "\uffff"), gt: fc.constantFrom(-5, "") }),
        fc.record({ in: fc.array(values, { maxLength: 3 }) }),
      );
      const filters = fc.record(
        {
          folders: fc.array(fc.constantFrom("f", "f/g", "fg", ""), { maxLength: 2 }),
          tags: fc.array(fc.constantFrom("t", "T/u", "#t/u", "tt"), { maxLength: 2 }),
          frontmatter: fc.dictionary(fc.constantFrom("k", "l", "m.n"), condition, {
            maxKeys: 2,
            noNullPrototype: true,
          }),
          modifiedAfter: fc.constantFrom("2000-01-01", "2100-01-01"),
          createdBefore: fc.constantFrom("2000-01-01", "2100-01-01"),
        },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(frontmatters, fc.array(filters, { minLength: 8, maxLength: 8 }), async (notes, asked) => {
          const root = temporaryKiln();
          const { index, store, dispose } = await openIndexed(root, open, undefined);
          const folders = ["", "f/", "f/g/", "fg/", "f0/"];
          const tags = [undefined, "t", "t/u", "tt", "T"];
          for (const [position, frontmatter] of notes.entries()) {
            const tag = tags[position % tags.length];
            unwrap(
              await store.writeNote(`${folders[position % folders.length]}n${position}.md`, "text", {
                ...frontmatter,
                ...(tag === undefined ? {} : { tags: [tag] }),
                m: { n: frontmatter["m"] ?? null },
              } as never),
            );
          }
          unwrap(await index.refresh());
          for (const filter of asked as NoteFilter[]) {
            const checked = unwrap(checkFilter(filter));
            const listed = unwrap(await store.listNotes("", { recursive: true, metadata: true })).notes;
            const expected = listed.filter(({ path, metadata }) =>
              fitsFilter(checked, {
                path,
                tags: (metadata?.tags ?? []).map((tag) => tag.toLowerCase()),
                frontmatter: metadata?.frontmatter ?? {},
                createdMs: Date.parse(metadata?.created ?? ""),
                modifiedMs: Date.parse(metadata?.modified ?? ""),
              }),
            );
            const found = unwrap(await index.list("", { recursive: true, filter }));
            expect(found.map((note) => note.path)).toEqual(expected.map((note) => note.path));
            const searched = unwrap(await index.search("text", { filter, mode: "lexical", limit: 100 })).results.map(
              (hit) => hit.path,
            );
            expect(searched.toSorted()).toEqual(expected.map((note) => note.path).toSorted());
          }
          await dispose();
        }),
        { numRuns: runs },
      );
    }, 120_000);

    test("a search ranks by meaning, names the passage, keeps its limits and repeats exactly", async () => {
      const notes = Object.fromEntries(
        Array.from({ length: 130 }, (_, index) => [
          `n${String(index).padStart(3, "0")}.md`,
          `# Note ${index}\ncommon words here\n## Part\nunique${index} topic${index % 7}`,
        ]),
      );
      const { index } = await openIndexed(temporaryKiln(notes), open);
      unwrap(await index.refresh());
      expect(unwrap(await index.search("unique17"))).toMatchObject({
        mode: "lexical",
        results: [{ path: "n017.md", heading: "Note 17 > Part", line: 4, matched: "words" }],
      });
      expect(await index.search("unique17", { mode: "semantic" })).toMatchObject({
        ok: false,
        error: { code: "host/unavailable" },
      });
      unwrap(await index.embedPending());
      const found = unwrap(await index.search("unique17 topic3"));
      expect(found.mode).toBe("hybrid");
      expect(found.results).toHaveLength(20);
      expect(found.results[0]).toMatchObject({
        path: "n017.md",
        heading: "Note 17 > Part",
        snippet: "unique17 topic3",
      });
      const scores = found.results.map((hit) => hit.score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      expect(Math.min(...scores)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...scores)).toBeLessThanOrEqual(1);
      expect(unwrap(await index.search("unique17 topic3"))).toEqual(found);
      expect(unwrap(await index.search("common words", { limit: 100 })).results).toHaveLength(100);
      for (const limit of [0, 101, 1.5, Number.NaN])
        expect(await index.search("x", { limit })).toMatchObject({
          ok: false,
          error: { code: "host/invalid-argument" },
        });
      expect(await index.search("  ")).toMatchObject({ ok: false, error: { code: "host/invalid-argument" } });
      for (const query of [
        '"',
        "a AND b",
        "NEAR(",
        "*",
        "unique17\u0000",
        "'; DROP TABLE notes; --",
        "\u{1F600}",
        "%_",
      ])
        expect((await index.search(query)).ok, query).toBe(true);
    });

    test("switching the embedder keeps the old vectors serving until the new ones are complete", async () => {
      const root = temporaryKiln({ "a.md": "# A\nalpha\n## B\nbeta", "b.md": "gamma" });
      const old = createHashedEmbedder("old");
      const { index } = await openIndexed(root, open, old);
      unwrap(await index.refresh());
      unwrap(await index.embedPending());
      expect(unwrap(await index.status()).serving).toBe(old.identity);
      const asked: string[] = [];
      const next = createHashedEmbedder("new", 32);
      index.useEmbedder({
        ...next,
        batchSize: 1,
        embed: async (given, purpose) => {
          asked.push(purpose);
          expect(unwrap(await index.status()).serving).toBe(old.identity);
          expect(unwrap(await index.search("alpha", { mode: "semantic" })).results[0]?.path).toBe("a.md");
          return next.embed(given, purpose);
        },
      });
      expect(unwrap(await index.embedPending()).embedded).toBe(3);
      expect(asked).toEqual(["passage", "passage", "passage"]);
      expect(unwrap(await index.status())).toMatchObject({ serving: next.identity, pending: 0 });
      index.useEmbedder(next);
      expect(unwrap(await index.search("gamma", { mode: "semantic" })).results[0]?.path).toBe("b.md");
    });

    test("making vectors goes on where a failure stopped it", async () => {
      const root = temporaryKiln(
        Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`n${index}.md`, `text ${index}`])),
      );
      const hashed = createHashedEmbedder();
      let calls = 0;
      const failing: Embedder = {
        ...hashed,
        batchSize: 3,
        embed: (given, purpose) => {
          calls += 1;
          return calls === 3
            ? Promise.resolve({ ok: false, error: { code: "host/network", message: "gone" } })
            : hashed.embed(given, purpose);
        },
      };
      const { index } = await openIndexed(root, open, failing);
      unwrap(await index.refresh());
      expect(await index.embedPending()).toMatchObject({ ok: false, error: { code: "host/network" } });
      expect(unwrap(await index.status()).pending).toBe(4);
      expect(unwrap(await index.search("text 3")).results.length).toBeGreaterThan(0);
      expect(unwrap(await index.embedPending()).embedded).toBe(4);
    });

    test("graph questions agree with a model for random links", async () => {
      const graph = fc.array(fc.array(fc.nat(7), { maxLength: 4 }), { minLength: 8, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(graph, fc.nat(7), fc.integer({ min: 1, max: 4 }), async (adjacency, start, depth) => {
          const nameOf = (index: number) => `n${index}.md`;
          const root = temporaryKiln(
            Object.fromEntries(
              adjacency.map((targets, index) => [
                nameOf(index),
                targets.map((target) => `[[n${target}]] [[missing]]`).join(" "),
              ]),
            ),
          );
          const { index, dispose } = await openIndexed(root, open, undefined);
          unwrap(await index.refresh());
          const out = adjacency.map((targets, from) =>
            [...new Set(targets)].filter((target) => target !== from).sort((a, b) => a - b),
          );
          const back = adjacency.map((_, to) => out.flatMap((targets, from) => (targets.includes(to) ? [from] : [])));
          const distances = (edges: readonly (readonly number[])[]) => {
            const found = new Map([[start, 0]]);
            for (let level = [start], at = 1; at <= depth; at += 1) {
              level = [...new Set(level.flatMap((from) => edges[from] ?? []))].filter((each) => !found.has(each));
              for (const each of level) found.set(each, at);
            }
            return found;
          };
          for (const [strategy, edges] of [
            ["bfs", out],
            ["dfs", out],
            ["backlinks", back],
          ] as const) {
            const walked = unwrap(await index.traverse(nameOf(start), strategy, { depth }));
            expect(new Map(walked.map((each) => [each.path, each.depth]))).toEqual(
              new Map([...distances(edges)].map(([each, at]) => [nameOf(each), at])),
            );
            expect(walked[0]?.path).toBe(nameOf(start));
            if (strategy !== "dfs")
              expect(walked.map((each) => each.depth)).toEqual(
                walked.map((each) => each.depth).toSorted((a, b) => a - b),
              );
          }
          expect(unwrap(await index.backlinks(nameOf(start))).map((link) => link.from)).toEqual(
            adjacency.flatMap((targets, from) => targets.filter((target) => target === start).map(() => nameOf(from))),
          );
          expect(unwrap(await index.outlinks(nameOf(start))).map((link) => link.to)).toEqual(
            (adjacency[start] ?? []).flatMap((target) => [nameOf(target), null]),
          );
          expect(unwrap(await index.neighbors(nameOf(start))).map((note) => note.path)).toEqual(
            [...new Set([...(out[start] ?? []), ...(back[start] ?? [])])].sort((a, b) => a - b).map(nameOf),
          );
          const { paths: nodes, edges } = unwrap(await index.edges());
          expect(nodes).toEqual(adjacency.map((_, each) => nameOf(each)));
          expect(edges.filter(([from, to]) => from !== to)).toEqual(
            out.flatMap((targets, from) => targets.map((to) => [from, to])),
          );
          await dispose();
        }),
        { numRuns: runs },
      );
    }, 120_000);

    test("a walk by meaning goes to similar notes and keeps its bounds", async () => {
      const root = temporaryKiln({
        "a.md": "kiln clay glaze fire",
        "b.md": "clay glaze fire pot",
        "c.md": "glaze pot wheel fire",
        "z.md": "unrelated astronomy telescope",
      });
      const { index } = await openIndexed(root, open);
      unwrap(await index.refresh());
      unwrap(await index.embedPending());
      const walked = unwrap(await index.traverse("a", "semantic", { depth: 2 }));
      expect(walked.map((each) => each.path)).toEqual(["a.md", "b.md", "c.md"]);
      expect(await index.traverse("a", "bfs", { depth: 11 })).toMatchObject({
        ok: false,
        error: { code: "host/invalid-argument" },
      });
      expect(await index.traverse("nope", "bfs")).toMatchObject({ ok: false, error: { code: "host/note-not-found" } });
      expect(unwrap(await index.traverse("a", "semantic", { limit: 2 }))).toHaveLength(2);
      const scores = walked.slice(1).map((each) => each.score ?? 0);
      expect(scores.every((score) => score > 0.5 && score < 1)).toBe(true);
      expect(walked[0]?.score).toBeUndefined();
      const [nearest = 0] = scores.toSorted((a, b) => b - a);
      expect(unwrap(await index.traverse("a", "semantic", { depth: 2, minScore: nearest + 0.01 }))).toHaveLength(1);
      expect(unwrap(await index.traverse("a", "semantic", { depth: 2, minScore: nearest - 0.01 }))[1]?.path).toBe(
        "b.md",
      );
      expect(await index.traverse("a", "semantic", { minScore: 1 })).toMatchObject({
        ok: false,
        error: { code: "host/invalid-argument" },
      });
    });

    test("problems list broken notes with their lines and files that are none", async () => {
      const { index } = await openIndexed(
        temporaryKiln({
          "a.md": "ok",
          "b.md": "x\n```\nopen",
          "c.md": "---\nk: [\n---\n",
          "d.md": new Uint8Array([0]),
        }),
        open,
        undefined,
      );
      unwrap(await index.refresh());
      expect(unwrap(await index.problems()).map(({ path, line }) => [path, line])).toEqual([
        ["d.md", 1],
        ["b.md", 2],
        ["c.md", 3],
      ]);
      expect(unwrap(await index.tags())).toEqual([]);
    });
  });
}
