import { openKiln } from "@crucible/kiln-store";
import { createHashedEmbedder, startIndexService } from "@crucible/kiln-store/testing";
import { unwrap } from "@crucible/sandbox";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openIndexed, testIndexLaws } from "./index-laws.ts";
import { temporaryKiln, writeIn } from "./temporary-kiln.ts";

const open = (root: string) =>
  startIndexService({
    root,
    maxNoteBytes: 1_000_000,
    indexPath: root.endsWith("/") ? join(root, ".crucible", "other.sqlite") : undefined,
    postgres: undefined,
  });

testIndexLaws("SQLite", open, 20);

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
