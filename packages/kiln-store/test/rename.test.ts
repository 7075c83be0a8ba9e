import { createKilnFiles, createKilnStore, parseNote, resolveLink } from "@crucible/kiln-store";
import { unwrap } from "@crucible/sandbox";
import fc from "fast-check";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryKiln, writeIn } from "./temporary-kiln.ts";

const paths = ["a.md", "b.md", "f/a.md", "f/c.md", "f/g/a.md", "h/b.md", "A b.md"] as const;
const links = [
  "[[a]]",
  "![[b|x]]",
  "[[f/a#h]]",
  "[[g/a]]",
  "[[/a]]",
  "[[./a]]",
  "[[../a]]",
  "[x](a.md)",
  "[y](f/c.md#z)",
  "[z](A%20b.md)",
  "[[A b]]",
  "[[a.md]]",
  "[[C]]",
  "[[nothing]]",
  "`[[a]]`",
  "---",
] as const;

function namesOf(present: readonly string[]) {
  return {
    pathsOf: (key: string) => present.filter((path) => path.slice(path.lastIndexOf("/") + 1, -3).toLowerCase() === key),
  };
}

function meanings(path: string, text: string, present: readonly string[]) {
  const stamp = { size: 0, modifiedMs: 0, changedMs: 0, createdMs: 0, inode: "", recent: false };
  return parseNote(path, text, "", stamp).links.map((link) => resolveLink(link.target, path, namesOf(present)));
}

test("after a rename every link means the same note as before, and all other bytes stay", async () => {
  const vault = fc.dictionary(
    fc.constantFrom(...paths),
    fc
      .array(fc.constantFrom(...links), { maxLength: 5 })
      .map((each) => `---\nup: "[[f/a]]"\n---\n${each.join(" text\n")}`),
    { minKeys: 1, noNullPrototype: true },
  );
  await fc.assert(
    fc.asyncProperty(
      vault,
      fc.constantFrom(...paths),
      fc.constantFrom("new.md", "f/new.md", "z/a.md", "a.md", "b.md", "f/g/B.md", "f/c.md"),
      async (notes, from, to) => {
        const root = temporaryKiln(notes);
        const store = createKilnStore({ files: createKilnFiles({ root }) });
        onTestFinished(() => store.dispose());
        const before = Object.keys(notes);
        const renamed = await store.renameNote(from, to);
        if (!Object.hasOwn(notes, from))
          expect(renamed).toMatchObject({ ok: false, error: { code: "host/note-not-found" } });
        else if (from !== to && Object.hasOwn(notes, to))
          expect(renamed).toMatchObject({ ok: false, error: { code: "host/note-conflict" } });
        if (!renamed.ok) {
          for (const [path, text] of Object.entries(notes)) expect(readFileSync(join(root, path), "utf8")).toBe(text);
          return;
        }
        const after = before.map((path) => (path === from ? to : path));
        for (const [path, text] of Object.entries(notes)) {
          const now = path === from ? to : path;
          const changed = readFileSync(join(root, now), "utf8");
          const wanted = meanings(path, text, before).map((meant) => (meant === from ? to : meant));
          const got = meanings(now, changed, after);
          // A link that led nowhere may find the new name; every other one keeps its meaning.
          expect(got.map((meant, index) => (wanted[index] === undefined ? undefined : meant))).toEqual(wanted);
          const frame = (given: string) => given.replace(/\[\[[^\]]*\]\]|\]\([^)]*\)/gu, "[[]]");
          expect(frame(changed)).toBe(frame(text));
        }
      },
    ),
  );
});

test("a rename that a crash interrupted is finished by the next writer", async () => {
  const root = temporaryKiln({ "old.md": "text", "a.md": "see [[old]]", "b.md": "see [[old|alias]] too" });
  const files = createKilnFiles({ root });
  const first = createKilnStore({ files });
  onTestFinished(() => first.dispose());
  let writes = 0;
  const crashing = createKilnStore({
    files: {
      ...files,
      write: (path, bytes, expected) => {
        writes += 1;
        if (writes === 3) throw new Error("power cut");
        return files.write(path, bytes, expected);
      },
    },
  });
  await expect(crashing.renameNote("old", "new")).rejects.toThrow("power cut");
  unwrap(await first.appendNote("c", "anything"));
  expect([
    readFileSync(join(root, "a.md"), "utf8"),
    readFileSync(join(root, "b.md"), "utf8"),
    readFileSync(join(root, "new.md"), "utf8"),
  ]).toEqual(["see [[new]]", "see [[new|alias]] too", "text"]);
});

test("a rename leaves a note alone that another program changed meanwhile", async () => {
  const root = temporaryKiln({ "old.md": "text", "a.md": "see [[old]]" });
  const files = createKilnFiles({ root });
  const store = createKilnStore({
    files: {
      ...files,
      move: (from, to) => {
        writeFileSync(join(root, "a.md"), "edited elsewhere [[old]]");
        return files.move(from, to);
      },
    },
  });
  onTestFinished(() => store.dispose());
  unwrap(await store.renameNote("old", "new"));
  expect(readFileSync(join(root, "a.md"), "utf8")).toBe("edited elsewhere [[old]]");
});

test("a rename may change only the case of a name", async () => {
  const root = temporaryKiln({ "note.md": "self [[note]]", "b.md": "[[note]]" });
  const store = createKilnStore({ files: createKilnFiles({ root }) });
  onTestFinished(() => store.dispose());
  unwrap(await store.renameNote("note", "Note"));
  expect(unwrap(await store.listNotes()).notes.map((note) => note.path)).toEqual(["Note.md", "b.md"]);
  writeIn(root, "c.md", "");
  expect(await store.renameNote("missing", "x")).toMatchObject({ ok: false, error: { code: "host/note-not-found" } });
});
