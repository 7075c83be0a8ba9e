import { createKilnFiles, createKilnStore, createOverlayFiles } from "@crucible/kiln-store";
import { unwrap } from "@crucible/sandbox";
import fc from "fast-check";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryKiln, writeIn } from "./temporary-kiln.ts";

function openStore(root: string, maxNoteBytes = 100_000) {
  const store = createKilnStore({ files: createKilnFiles({ root }), maxNoteBytes });
  onTestFinished(() => store.dispose());
  return store;
}

test("readNote gives content, front matter and everything that a note says", async () => {
  const store = openStore(
    temporaryKiln({
      "a/Note.md": "---\ntags: [one]\n---\n# Title\nText [[b#H|x]] #two ^id\n> [!warning]- Watch out\n",
    }),
  );
  expect(unwrap(await store.readNote("a/Note"))).toMatchObject({
    path: "a/Note.md",
    title: "Title",
    content: "# Title\nText [[b#H|x]] #two ^id\n> [!warning]- Watch out\n",
    frontmatter: { tags: ["one"] },
    tags: ["one", "two"],
    links: [{ target: "b", heading: "H", alias: "x", line: 5 }],
    headings: [{ level: 1, text: "Title", line: 4 }],
    blocks: [{ id: "id", line: 5 }],
    callouts: [{ type: "warning", title: "Watch out", fold: "closed", line: 6 }],
    word_count: 10,
    problems: [],
  });
});

test.each([
  ["nothing there", undefined, "host/note-not-found", /there is no such note/],
  ["a binary file", new Uint8Array([35, 10, 0, 1]), "host/note-invalid", /NUL byte in line 2/],
  ["UTF-16", new Uint8Array([0xff, 0xfe, 65, 0]), "host/note-invalid", /UTF-16/],
  ["Latin-1", new Uint8Array([97, 10, 98, 10, 0xe9, 10, 97]), "host/note-invalid", /line 3 is not UTF-8/],
  ["a cut UTF-8 sequence", new Uint8Array([97, 0xe2, 0x82]), "host/note-invalid", /line 1 is not UTF-8/],
  ["a huge file", "x".repeat(100_001), "limit/file-size", /100001 bytes, at most 100000/],
])("readNote answers clearly for %s", async (_name, content, code, message) => {
  const store = openStore(temporaryKiln(content === undefined ? {} : { "n.md": content }));
  const read = await store.readNote("n.md");
  expect(read).toMatchObject({ ok: false, error: { code, message: expect.stringMatching(message) as string } });
});

test("no operation follows a symbolic link, to a file, to a folder, inside or outside of the kiln", async () => {
  const outside = temporaryKiln({ "secret.md": "secret" });
  const root = temporaryKiln({ "real/a.md": "inside" });
  symlinkSync(join(outside, "secret.md"), join(root, "file.md"));
  symlinkSync(outside, join(root, "folder"));
  symlinkSync(join(root, "real"), join(root, "alias"));
  symlinkSync(join(root, "missing"), join(root, "dangling"));
  symlinkSync("..", join(root, "real", "up"));
  const store = openStore(root);
  for (const path of ["file.md", "folder/secret.md", "alias/a.md", "dangling/x.md", "real/up/real/a.md"]) {
    expect(await store.readNote(path), path).toMatchObject({ ok: false, error: { code: "host/path-refused" } });
    expect(await store.writeNote(path, "overwritten"), path).toMatchObject({
      ok: false,
      error: { code: "host/path-refused" },
    });
    expect(await store.appendNote(path, "more"), path).toMatchObject({ ok: false });
    expect(await store.deleteNote(path), path).toMatchObject({ ok: false });
    expect(await store.renameNote(path, "taken.md"), path).toMatchObject({ ok: false });
  }
  expect(await store.renameNote("real/a.md", "folder/b.md")).toMatchObject({
    ok: false,
    error: { code: "host/path-refused" },
  });
  expect(readFileSync(join(outside, "secret.md"), "utf8")).toBe("secret");
  expect(readFileSync(join(root, "real/a.md"), "utf8")).toBe("inside");
  expect(readdirSync(outside)).toEqual(["secret.md"]);
  const listed = unwrap(await store.listNotes("", { recursive: true }));
  expect(listed.notes.map((note) => note.path)).toEqual(["real/a.md"]);
  expect(listed.skipped).toEqual([{ path: "file.md", reason: expect.stringContaining("symbolic link") as string }]);
});

test("writeNote replaces only the version that it names", async () => {
  const root = temporaryKiln({ "n.md": "one" });
  const store = openStore(root);
  const { content_hash } = unwrap(await store.readNote("n"));
  writeIn(root, "n.md", "two");
  expect(await store.writeNote("n", "mine", undefined, { expectedHash: content_hash })).toMatchObject({
    ok: false,
    error: { code: "host/note-conflict" },
  });
  expect(await store.writeNote("n", "mine", undefined, { expectedHash: null })).toMatchObject({
    ok: false,
    error: { code: "host/note-conflict" },
  });
  expect(readFileSync(join(root, "n.md"), "utf8")).toBe("two");
  const fresh = unwrap(await store.readNote("n"));
  expect(unwrap(await store.writeNote("n", "mine", undefined, { expectedHash: fresh.content_hash }))).toMatchObject({
    is_new: false,
    changed: true,
    word_count: 1,
  });
  expect(await store.writeNote("gone", "x", undefined, { expectedHash: fresh.content_hash })).toMatchObject({
    ok: false,
    error: { code: "host/note-conflict" },
  });
});

test("a write keeps the permissions of the file and leaves nothing behind", async () => {
  const root = temporaryKiln({ "n.md": "one" });
  chmodSync(join(root, "n.md"), 0o640);
  unwrap(await openStore(root).writeNote("n", "two"));
  expect(statSync(join(root, "n.md")).mode & 0o777).toBe(0o640);
  expect(readdirSync(join(root, ".crucible", "tmp"))).toEqual([]);
  expect(readdirSync(root)).toEqual([".crucible", "n.md"]);
});

test("temporary files of a killed process are removed when they are old", async () => {
  const root = temporaryKiln({ ".crucible/tmp/1-old": "x", ".crucible/tmp/1-new": "x" });
  utimesSync(join(root, ".crucible/tmp/1-old"), 1_600_000_000, 1_600_000_000);
  unwrap(await openStore(root).writeNote("n", "one"));
  expect(readdirSync(join(root, ".crucible/tmp"))).toEqual(["1-new"]);
});

test("writeNote refuses what no note can hold and what is too large", async () => {
  const root = temporaryKiln({ "folder.md/x.md": "" });
  const store = openStore(root);
  expect(await store.writeNote("n", "a\0b")).toMatchObject({ ok: false, error: { code: "host/invalid-argument" } });
  expect(await store.writeNote("n", "\ud800")).toMatchObject({ ok: false, error: { code: "host/invalid-argument" } });
  expect(await store.writeNote("n", "x".repeat(100_001))).toMatchObject({
    ok: false,
    error: { code: "limit/file-size" },
  });
  expect(unwrap(await store.writeNote("n", "x".repeat(100_000))).size).toBe(100_000);
  expect(await store.writeNote("folder.md", "x")).toMatchObject({ ok: false, error: { code: "host/note-invalid" } });
  expect(await store.writeNote("n.md/below.md", "x")).toMatchObject({ ok: false });
});

test("appendNote starts on a line of its own and keeps the line ends of the note", async () => {
  const root = temporaryKiln({ "a.md": "one", "b.md": "one\r\ntwo\r\n", "c.md": "" });
  const store = openStore(root);
  for (const path of ["a", "b", "c", "new"]) unwrap(await store.appendNote(path, "more"));
  expect(["a.md", "b.md", "c.md", "new.md"].map((path) => readFileSync(join(root, path), "utf8"))).toEqual([
    "one\nmore\n",
    "one\r\ntwo\r\nmore\r\n",
    "more\n",
    "more\n",
  ]);
});

test("deleteNote moves to the trash under a free name and restoreNote brings the same bytes back", async () => {
  const root = temporaryKiln({ "a/n.md": "first" });
  const store = openStore(root);
  const first = unwrap(await store.deleteNote("a/n"));
  unwrap(await store.writeNote("a/n", "second"));
  const second = unwrap(await store.deleteNote("a/n"));
  expect([first.trashed, second.trashed]).toEqual([".trash/a/n.md", ".trash/a/n 2.md"]);
  expect(existsSync(join(root, "a/n.md"))).toBe(false);
  expect(unwrap(await store.listNotes("", { recursive: true })).notes).toEqual([]);
  unwrap(await store.restoreNote(first.trashed, "b.md"));
  expect(readFileSync(join(root, "b.md"), "utf8")).toBe("first");
  expect(await store.restoreNote(second.trashed, "b.md")).toMatchObject({
    ok: false,
    error: { code: "host/note-conflict" },
  });
  for (const path of ["b.md", ".trash/../b.md", ".crucible/lock.sqlite"])
    expect(await store.restoreNote(path, "c.md")).toMatchObject({ ok: false });
});

test("concurrent writers of one store, and of several, lose nothing", async () => {
  const root = temporaryKiln({ "n.md": "---\ncount: {}\n---\n" });
  const stores = [openStore(root), openStore(root), openStore(root)];
  await Promise.all(
    Array.from({ length: 45 }, async (_, index) => {
      const store = stores[index % 3] ?? openStore(root);
      const written =
        index % 2 === 0
          ? await store.appendNote("n", `line ${index}`)
          : await store.updateFrontmatter("n", { [`key${index}`]: index });
      unwrap(written);
    }),
  );
  const note = unwrap(await openStore(root).readNote("n"));
  for (let index = 0; index < 45; index += 1) {
    if (index % 2 === 0) expect(note.content.split("\n")).toContain(`line ${index}`);
    else expect(note.frontmatter[`key${index}`]).toBe(index);
  }
});

test("exclusive runs several operations as one", async () => {
  const root = temporaryKiln({ "a.md": "1" });
  const store = openStore(root);
  const increments = Array.from({ length: 10 }, () =>
    store.exclusive(async (notes) => {
      const { content } = unwrap(await notes.readNote("a"));
      unwrap(await notes.writeNote("a", String(Number(content) + 1)));
    }),
  );
  await Promise.all(increments);
  expect(readFileSync(join(root, "a.md"), "utf8")).toBe("11");
});

test("listNotes filters by folder, tags, front matter and dates and sorts by code point", async () => {
  const root = temporaryKiln({
    "b/x.md": "---\nstatus: draft\npriority: 2\ntags: [p/q]\n---\nText",
    "b/c/y.md": "---\nstatus: done\npriority: 10\n---\n#p text",
    "\u{1F600}.md": "emoji",
    "\uffee.md": "high",
    "A.md": "---\nstatus: [draft, old]\n---\n",
    "bad.md": "---\nstatus: [\n---\n",
    "bin.md": new Uint8Array([0]),
    "b/CON.md": "device",
    "picture.png": "x",
    "node_modules/p/README.md": "x",
  });
  const store = openStore(root);
  const paths = async (folder: string, options: object) =>
    unwrap(await store.listNotes(folder, options)).notes.map((note) => note.path);
  expect(await paths("", {})).toEqual(["A.md", "bad.md", "bin.md", "\uffee.md", "\u{1F600}.md"]);
  expect(await paths("b", { recursive: true })).toEqual(["b/c/y.md", "b/x.md"]);
  expect(await paths("", { recursive: true, filter: { frontmatter: { status: "draft" } } })).toEqual([
    "A.md",
    "b/x.md",
  ]);
  expect(await paths("", { recursive: true, filter: { frontmatter: { priority: { gt: 2 } } } })).toEqual(["b/c/y.md"]);
  expect(await paths("", { recursive: true, filter: { tags: ["#P"] } })).toEqual(["b/c/y.md", "b/x.md"]);
  expect(await paths("", { recursive: true, filter: { modifiedBefore: "1990-01-01" } })).toEqual([]);
  const listing = unwrap(await store.listNotes("", { recursive: true, metadata: true }));
  expect(listing.notes.find((note) => note.path === "b/x.md")?.metadata).toMatchObject({
    title: "x",
    word_count: 1,
    frontmatter: { priority: 2 },
  });
  expect(listing.skipped.map((each) => each.path)).toEqual(["b/CON.md", "bin.md"]);
  expect(await store.listNotes("nowhere")).toMatchObject({ ok: false, error: { code: "host/not-found" } });
  expect(await store.listNotes("", { filter: { frontmatter: { a: { like: "x" } as never } } })).toMatchObject({
    ok: false,
    error: { code: "host/invalid-argument" },
  });
});

test("an overlay shows every write and changes nothing below", async () => {
  const root = temporaryKiln({ "a.md": "one", "b/c.md": "two [[a]]" });
  const below = createKilnFiles({ root });
  const overlay = createOverlayFiles(below, { now: () => 1_700_000_000_000 });
  const store = createKilnStore({ files: overlay });
  onTestFinished(() => below.dispose());
  unwrap(await store.renameNote("a", "z/new"));
  unwrap(await store.writeNote("fresh", "three"));
  unwrap(await store.deleteNote("fresh"));
  unwrap(await store.appendNote("b/c", "more"));
  expect(unwrap(await store.listNotes("", { recursive: true })).notes.map((note) => note.path)).toEqual([
    "b/c.md",
    "z/new.md",
  ]);
  expect(unwrap(await store.readNote("b/c")).content).toBe("two [[new]]\nmore\n");
  const changed = (await overlay.changes()).filter((change) => !change.path.startsWith("."));
  expect(changed.map((change) => [change.path, change.before === undefined, change.after === undefined])).toEqual([
    ["a.md", false, true],
    ["b/c.md", false, false],
    ["z/new.md", true, false],
  ]);
  expect(await store.writeNote("../out", "x")).toMatchObject({ ok: false });
  expect([
    readFileSync(join(root, "a.md"), "utf8"),
    readFileSync(join(root, "b/c.md"), "utf8"),
    readdirSync(root),
  ]).toEqual(["one", "two [[a]]", ["a.md", "b"]]);
});

test("a store on disk and a store on an overlay behave alike under any sequence of operations", async () => {
  const names = fc.constantFrom("a", "b", "f/a", "f/b");
  const operation = fc.oneof(
    fc.tuple(fc.constant("write" as const), names, fc.constantFrom("x [[a]]", "y [[f/b|z]]", "")),
    fc.tuple(fc.constant("append" as const), names, fc.constantFrom("more", "[[b]]")),
    fc.tuple(fc.constant("rename" as const), names, names),
    fc.tuple(fc.constant("delete" as const), names, fc.constant("")),
    fc.tuple(fc.constant("front" as const), names, fc.constantFrom("1", "2")),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 8 }), async (operations) => {
      const disk = createKilnStore({ files: createKilnFiles({ root: temporaryKiln() }) });
      const empty = temporaryKiln();
      mkdirSync(join(empty, "f"));
      const below = createKilnFiles({ root: empty });
      const memory = createKilnStore({ files: createOverlayFiles(below, { now: () => Date.now() }) });
      for (const [kind, path, argument] of operations) {
        const run = async (store: typeof disk) => {
          switch (kind) {
            case "write":
              return (await store.writeNote(path, argument)).ok;
            case "append":
              return (await store.appendNote(path, argument)).ok;
            case "rename":
              return (await store.renameNote(path, argument)).ok;
            case "delete":
              return (await store.deleteNote(path)).ok;
            case "front":
              return (await store.updateFrontmatter(path, { n: argument })).ok;
          }
        };
        expect(await run(memory)).toBe(await run(disk));
      }
      const contents = async (store: typeof disk) =>
        Promise.all(
          unwrap(await store.listNotes("", { recursive: true })).notes.map(async ({ path }) => [
            path,
            unwrap(await store.readNote(path)).content_hash,
          ]),
        );
      expect(await contents(memory)).toEqual(await contents(disk));
      await disk.dispose();
      await below.dispose();
    }),
    { numRuns: 25 },
  );
});
