import { createKilnIndex, openKiln } from "@crucible/kiln-store";
import { createHashedEmbedder, startIndexService } from "@crucible/kiln-store/testing";
import { fail, unwrap } from "@crucible/sandbox";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openIndexed, testIndexLaws } from "./index-laws.ts";
import { manualTimer, testVectorLaws } from "./vector-laws.ts";
import { temporaryKiln, writeIn } from "./temporary-kiln.ts";

const open = (root: string) =>
  startIndexService({
    root,
    maxNoteBytes: 1_000_000,
    indexPath: root.endsWith("/") ? join(root, ".crucible", "other.sqlite") : undefined,
    postgres: undefined,
  });

testIndexLaws("SQLite", open, 20);
testVectorLaws("SQLite", open, 20);

test("an index file that is no database, or of another version, is made anew", async () => {
  const root = temporaryKiln({ "a.md": "alpha" });
  const first = await openIndexed(root, open);
  unwrap(await first.index.refresh());
  await first.index.dispose();
  const file = join(root, ".crucible", "index.sqlite");
  writeFileSync(file, "this is no database, but it is long enough to look at ".repeat(100));
  const second = await openIndexed(root, open);
  unwrap(await second.index.refresh());
  expect(unwrap(await second.index.search("alpha")).results).toHaveLength(1);
  await second.index.dispose();
  const { DatabaseSync } = await import("@photostructure/sqlite");
  const database = new DatabaseSync(file);
  database.exec("UPDATE meta SET value = 'another'; UPDATE notes SET title = 'stale'");
  database.close();
  const third = await openIndexed(root, open);
  expect(unwrap(await third.index.status()).notes).toBe(0);
  unwrap(await third.index.refresh());
  expect(unwrap(await third.index.search("alpha")).results[0]?.title).toBe("a");
  await third.index.dispose();
  expect(readFileSync(file).subarray(0, 15).toString()).toBe("SQLite format 3");
});

test("the revision is one for all processes, and never that of an index that was deleted", async () => {
  const root = temporaryKiln({ "a.md": "alpha" });
  const first = await openIndexed(root, open);
  const second = await openIndexed(root, open);
  unwrap(await first.index.refresh());
  const revision = unwrap(await first.index.revision());
  expect(unwrap(await second.index.revision())).toBe(revision);
  // A look that finds nothing new, and vectors, change nothing.
  unwrap(await second.index.refresh());
  unwrap(await second.index.embedPending());
  expect(unwrap(await first.index.revision())).toBe(revision);
  writeIn(root, "b.md", "[[a]]");
  unwrap(await second.index.refresh());
  const later = unwrap(await first.index.revision());
  expect(later).not.toBe(revision);
  await Promise.all([first.dispose(), second.dispose()]);
  for (const ending of ["", "-wal", "-shm"]) rmSync(join(root, ".crucible", `index.sqlite${ending}`), { force: true });
  const third = await openIndexed(root, open);
  unwrap(await third.index.refresh());
  expect([revision, later]).not.toContain(unwrap(await third.index.revision()));
});

test("a damaged index is an error of the call and not of the process", async () => {
  const root = temporaryKiln({ "a.md": "alpha" });
  const { index } = await openIndexed(join(root), (given) =>
    startIndexService({
      root: given,
      maxNoteBytes: 1000,
      indexPath: join(given, "a.md", "impossible.sqlite"),
      postgres: undefined,
    }),
  );
  expect(await index.search("alpha")).toMatchObject({ ok: false, error: { code: "host/unavailable" } });
  expect(await index.refresh()).toMatchObject({ ok: false });
});

test("a kiln that is opened whole renames through its index", async () => {
  const root = temporaryKiln({ "a.md": "see [[b]]", "b.md": "back to [[a]]", "c.md": "[[B|x]]" });
  const kiln = openKiln({ root, embedder: createHashedEmbedder() });
  onTestFinished(() => kiln.dispose());
  const renamed = unwrap(await kiln.store.renameNote("b", "f/new"));
  expect(renamed.repointed.map((each) => each.path)).toEqual(["a.md", "c.md"]);
  expect(readFileSync(join(root, "c.md"), "utf8")).toBe("[[new|x]]");
  expect(unwrap(await kiln.index.refresh())).toMatchObject({ changed: 2, moved: 1 });
  expect(unwrap(await kiln.index.backlinks("f/new")).map((link) => link.from)).toEqual(["a.md", "c.md"]);
  await kiln.dispose();
  expect(await kiln.index.search("x")).toMatchObject({ ok: false, error: { code: "host/unavailable" } });
});

test("one process at a time makes vectors, and no vector is made twice", async () => {
  const root = temporaryKiln(
    Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`n${index}.md`, `text ${index}`])),
  );
  const hashed = createHashedEmbedder();
  const texts: string[] = [];
  let making: string | undefined;
  const indexes = ["p", "q", "r"].map((owner) => {
    const service = open(root);
    const index = createKilnIndex({
      service,
      embedder: {
        ...hashed,
        batchSize: 2,
        embed: async (given, purpose) => {
          expect(making).toBeUndefined();
          making = owner;
          texts.push(...given);
          // The others have time to begin as well.
          await service.counts();
          making = undefined;
          return hashed.embed(given, purpose);
        },
      },
      clock: { now: () => 1 },
      owner,
    });
    onTestFinished(() => index.dispose());
    return index;
  });
  unwrap((await indexes[0]?.refresh()) ?? fail("host/not-found", "There is no index"));
  for (let missing = true; missing;) {
    const reports = await Promise.all(indexes.map(async (index) => unwrap(await index.embedPending())));
    missing = reports.some((report) => report.elsewhere);
  }
  expect(texts.length).toBe(30);
  expect(new Set(texts).size).toBe(30);
});

test("processes with different embedders do not make their vectors in turns for ever", async () => {
  const root = temporaryKiln({ "a.md": "alpha", "b.md": "beta" });
  const opened = ["one", "two"].map((name) => {
    const timer = manualTimer();
    const hashed = createHashedEmbedder(name);
    const made: string[] = [];
    const index = createKilnIndex({
      service: open(root),
      embedder: {
        ...hashed,
        embed: (texts, purpose) => {
          made.push(...texts);
          return hashed.embed(texts, purpose);
        },
      },
      clock: { now: () => 1 },
      owner: name,
      background: timer,
    });
    onTestFinished(() => index.dispose());
    return { index, timer, made };
  });
  for (let round = 0; round < 6; round += 1) {
    for (const { index, timer } of opened) {
      writeIn(root, "a.md", `alpha ${round} ${timer.asked.length}`);
      unwrap(await index.refresh());
      timer.fire();
      // Enough turns for the few steps that making two vectors takes.
      for (let turn = 0; turn < 30; turn += 1) await index.status();
    }
  }
  const [one, two] = opened;
  // The first one made its set, the second one took its place, and the first one rests since then.
  expect(one?.made.length).toBe(2);
  expect(unwrap((await two?.index.status()) ?? fail("host/not-found", "There is no index"))).toMatchObject({
    serving: createHashedEmbedder("two").identity,
    pending: 0,
  });
});

test("vectors of a note that changed throw away no other embedder's set that is under way", async () => {
  const root = temporaryKiln({ "a.md": "alpha", "b.md": "beta", "c.md": "gamma" });
  const openAs = (name: string, now: number) => {
    const hashed = createHashedEmbedder(name);
    let left = Number.POSITIVE_INFINITY;
    const index = createKilnIndex({
      service: open(root),
      embedder: {
        ...hashed,
        batchSize: 1,
        embed: async (texts, purpose) =>
          (left -= 1) >= 0 ? hashed.embed(texts, purpose) : fail("host/network", "The endpoint is away"),
      },
      clock: { now: () => now },
      owner: name,
    });
    onTestFinished(() => index.dispose());
    return { index, allow: (batches: number) => (left = batches) };
  };
  const one = openAs("one", 1_000_000);
  unwrap(await one.index.refresh());
  unwrap(await one.index.embedPending());
  const two = openAs("two", 1);
  two.allow(2);
  expect((await two.index.embedPending()).ok).toBe(false);
  expect(unwrap(await two.index.status()).pending).toBe(1);
  writeIn(root, "a.md", "alpha anew");
  unwrap(await one.index.refresh());
  expect(unwrap(await one.index.embedPending()).embedded).toBe(1);
  // What it had made of the note that changed is gone, the rest is there.
  expect(unwrap(await two.index.status())).toMatchObject({ pending: 2 });
  two.allow(2);
  expect(unwrap(await two.index.embedPending()).embedded).toBe(2);
  expect(unwrap(await two.index.status()).serving).toBe(createHashedEmbedder("two").identity);
});

test("an index of a view begins as the kiln's, vectors included, and leaves nothing behind", async () => {
  const root = temporaryKiln({ "a.md": "alpha", "b.md": "beta" });
  const kiln = openKiln({ root, embedder: createHashedEmbedder() });
  onTestFinished(() => kiln.dispose());
  unwrap(await kiln.index.refresh());
  unwrap(await kiln.index.embedPending());
  const scratch = temporaryKiln();
  const present = process.env["TMPDIR"];
  process.env["TMPDIR"] = scratch;
  onTestFinished(() => {
    if (present === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = present;
  });
  const view = openKiln({ root, embedder: createHashedEmbedder(), isView: true });
  expect(unwrap(await view.index.status())).toMatchObject({ notes: 2, pending: 0 });
  unwrap(await view.index.show([{ path: "c.md", bytes: new TextEncoder().encode("gamma") }]));
  expect(unwrap(await view.index.search("alpha", { mode: "semantic" })).results[0]?.path).toBe("a.md");
  expect(unwrap(await view.index.list()).map((note) => note.path)).toEqual(["a.md", "b.md", "c.md"]);
  unwrap(await kiln.index.refresh());
  expect(unwrap(await kiln.index.list()).map((note) => note.path)).toEqual(["a.md", "b.md"]);
  expect(readdirSync(scratch)).toHaveLength(1);
  await view.dispose();
  expect(readdirSync(scratch)).toEqual([]);
});
