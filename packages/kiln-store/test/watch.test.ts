import { watchKiln, type NoteEvent } from "@crucible/kiln-store";
import { startIndexService } from "@crucible/kiln-store/testing";
import { unwrap } from "@crucible/sandbox";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openIndexed } from "./index-laws.ts";
import { temporaryKiln, writeIn } from "./temporary-kiln.ts";

const open = (root: string) =>
  startIndexService({ root, maxNoteBytes: 1_000_000, indexPath: undefined, postgres: undefined });

async function watched(notes: Readonly<Record<string, string>>) {
  const root = temporaryKiln(notes);
  const { index } = await openIndexed(root, open, undefined);
  const batches: NoteEvent[][] = [];
  const listeners = new Set<() => void>();
  const watch = watchKiln({
    root,
    index,
    onChanges: (changes) => {
      batches.push([...changes]);
      for (const listener of listeners) listener();
    },
    onProblem: (error) => expect.unreachable(error.message),
  });
  onTestFinished(() => watch.dispose());
  await watch.ready;
  /** Waits until the events so far satisfy a test. */
  const until = (satisfied: (events: readonly NoteEvent[]) => boolean) =>
    new Promise<readonly NoteEvent[]>((resolve) => {
      const look = () => {
        if (!satisfied(batches.flat())) return;
        listeners.delete(look);
        resolve(batches.flat());
      };
      listeners.add(look);
      look();
    });
  return { root, index, batches, until };
}

test("a watch brings changes from before it and after it to the index", async () => {
  const { root, index, until, batches } = await watched({ "a.md": "alpha" });
  expect(batches.flat()).toEqual([{ kind: "added", path: "a.md" }]);
  writeIn(root, "f/g/b.md", "beta");
  writeIn(root, "a.md", "alpha two");
  await until((events) => events.length === 3);
  expect(unwrap(await index.search("beta")).results.map((hit) => hit.path)).toEqual(["f/g/b.md"]);
  rmSync(join(root, "f"), { recursive: true });
  const events = await until((all) => all.some((event) => event.kind === "removed"));
  expect(events.at(-1)).toEqual({ kind: "removed", path: "f/g/b.md" });
});

test("a rename is one event and keeps the note's place in the index", async () => {
  const { root, until } = await watched({ "a.md": "alpha [[b]]", "b.md": "beta" });
  mkdirSync(join(root, "sub"));
  renameSync(join(root, "b.md"), join(root, "sub", "c.md"));
  const events = await until((all) => all.some((event) => event.path === "sub/c.md"));
  expect(events.slice(2)).toEqual([{ kind: "moved", path: "sub/c.md", from: "b.md" }]);
});

test("a burst of writes is few batches, and each note is reported once", async () => {
  const { root, until, batches } = await watched({});
  for (let index = 0; index < 300; index += 1) writeIn(root, `n${index}.md`, `note ${index}`);
  const events = await until((all) => all.length >= 300);
  expect(new Set(events.map((event) => event.path)).size).toBe(300);
  expect(events).toHaveLength(300);
  expect(batches.length).toBeLessThan(30);
});

test("dot folders, other files and symbolic links are no events", async () => {
  const { root, until } = await watched({});
  for (const path of [".obsidian/x.md", ".crucible/y.md", "node_modules/z.md", "picture.png"]) writeIn(root, path, "x");
  writeIn(root, "last.md", "x");
  expect(await until((all) => all.length > 0)).toEqual([{ kind: "added", path: "last.md" }]);
});

// How editors save: over a temporary file that is renamed, behind a backup that goes, and by writing over the file.
test.each([
  [
    "a temporary file beside it that is renamed",
    (root: string, text: string) => {
      writeIn(root, ".a.md.tmp-1", text);
      renameSync(join(root, ".a.md.tmp-1"), join(root, "a.md"));
    },
  ],
  [
    "a temporary note that is renamed",
    (root: string, text: string) => {
      writeIn(root, "a.tmp.md", text);
      renameSync(join(root, "a.tmp.md"), join(root, "a.md"));
    },
  ],
  [
    "a backup that is removed",
    (root: string, text: string) => {
      renameSync(join(root, "a.md"), join(root, "a.md~"));
      writeIn(root, "a.md", text);
      rmSync(join(root, "a.md~"));
    },
  ],
  [
    "a backup that is a note and stays for a while",
    (root: string, text: string) => {
      renameSync(join(root, "a.md"), join(root, "a.bak.md"));
      writeIn(root, "a.md", text);
      rmSync(join(root, "a.bak.md"));
    },
  ],
  [
    "writing over it twice",
    (root: string, text: string) => [text.slice(0, 3), text].map((each) => writeIn(root, "a.md", each)),
  ],
])("a save through %s leaves the note, its links and nothing else", async (_, save) => {
  const { root, index } = await watched({ "a.md": "alpha [[b]]", "b.md": "beta" });
  for (const text of ["one [[b]] [[b]]", "two", "three [[b]]"]) {
    save(root, text);
    // The watch alone brings it to the index: what it notices of the save, however it puts the steps together.
    for (;;) {
      const answer = unwrap(await index.search(text.split(" ")[0] ?? "", { mode: "lexical" })).results.map(
        (hit) => hit.path,
      );
      const paths = unwrap(await index.list("", { recursive: true })).map((note) => note.path);
      if (answer.join() === "a.md" && paths.join() === "a.md,b.md") break;
    }
    expect(unwrap(await index.backlinks("b"))).toHaveLength(text.split("[[b]]").length - 1);
  }
});
