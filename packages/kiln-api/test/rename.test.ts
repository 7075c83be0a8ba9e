// rename_note asks the index which notes may link to the note; what comes out is what reading every note gives.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { HostCallContext } from "@crucible/sandbox";
import { object, succeed, toPlain, unwrap } from "@crucible/sandbox";
import { createKilnApi, followIndex } from "@crucible/kiln-api";
import {
  createKilnFiles,
  createKilnStore,
  createOverlayFiles,
  openKiln,
  watchKiln,
  type KilnFiles,
} from "@crucible/kiln-store";
import * as fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";

const paths = ["a.md", "b.md", "f/a.md", "f/c.md", "f/g/a.md", "h/b.md", "A b.md", "odd.md"] as const;
const targets = ["new.md", "f/new.md", "z/a.md", "a.md", "b.md", "f/g/B.md", "../out.md"] as const;
const line = fc.constantFrom(
  "[[a]]",
  "![[b|x]]",
  "[[f/a#h]]",
  "[[./a]]",
  "[x](a.md)",
  "[y](f/c.md#z)",
  "[z](A%20b.md)",
  "[[A b]]",
  "[[nothing]]",
  "`[[a]]`",
  "plain",
);
const text = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.array(line, { maxLength: 4 }).map((lines) => `---\nup: "[[f/a]]"\n---\n${lines.join("\n")}`),
  },
  fc.constantFrom(
    new Uint8Array([0x5b, 0x5b, 0x61, 0xff]),
    new Uint8Array([0xff, 0xfe, 0x5b, 0]),
    "---\nbroken: [\n---\n[[a]]",
  ),
);
const vault = fc.dictionary(fc.constantFrom(...paths), text, { minKeys: 2, noNullPrototype: true });
const context = { limits: { file_bytes: 1_000_000 } } as HostCallContext;

function temporaryKiln(notes: Readonly<Record<string, string | Uint8Array>>): string {
  const root = mkdtempSync(join(tmpdir(), "kiln-rename-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(notes)) write(root, path, content);
  return root;
}

function write(root: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** Files whose readings are counted. */
function counted(files: KilnFiles): { readonly files: KilnFiles; readonly read: Set<string> } {
  const read = new Set<string>();
  return {
    files: {
      ...files,
      read: (path, maxBytes) => {
        read.add(path);
        return files.read(path, maxBytes);
      },
    },
    read,
  };
}

const argumentsOf = (from: string, to: string) =>
  object([
    ["path", from],
    ["new_path", to],
  ]);

test.each(["look at the files again", "watch them", "show a view in which notes were changed"])(
  "rename_note with an index does what it does without one, in hosts that %s",
  async (host) => {
    await fc.assert(
      fc.asyncProperty(
        vault,
        fc.array(fc.tuple(fc.constantFrom(...paths), text), { maxLength: 3 }),
        fc.constantFrom(...paths),
        fc.constantFrom(...targets),
        async (notes, later, from, to) => {
          const outcomes: unknown[] = [];
          for (const isIndexed of [false, true]) {
            const root = temporaryKiln(notes);
            const disk = createKilnFiles({ root });
            const view = host.startsWith("show")
              ? createOverlayFiles(disk, { now: () => 1_700_000_000_000 })
              : undefined;
            const files = view ?? disk;
            const store = createKilnStore({ files });
            const readView = async (path: string): Promise<Uint8Array | undefined> => {
              const found = await files.read(path, 1_000_000);
              return found.ok ? found.value.bytes : undefined;
            };
            const followed = followIndex({
              open: () => openKiln({ root, isView: view !== undefined }),
              now: () => 0,
              ...(view === undefined ? {} : { readView }),
              ...(host.startsWith("watch") ? { watch: (index) => watchKiln({ root, index }) } : {}),
            });
            const api = createKilnApi({
              store,
              recordChange: () => succeed(undefined),
              ...(isIndexed ? { openIndex: followed.openIndex } : {}),
            });
            // The index has seen the notes as they were, and nobody tells it what an editor does to them now.
            if (isIndexed) unwrap(await followed.openIndex());
            for (const [path, content] of later) {
              const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
              if (view === undefined) write(root, path, content);
              else unwrap(await view.write(path, bytes, { kind: "any" }));
            }
            // What changes a view says so; in a host it is a plugin's call.
            if (isIndexed && view !== undefined) unwrap(await followed.openIndex(later.map(([path]) => path)));
            const renamed = await api.functions["rename_note"]?.run(argumentsOf(from, to), context);
            const content: (string | null)[] = [];
            for (const path of [...paths, ...targets]) {
              const found = await files.read(path, 1_000_000);
              content.push(found.ok ? Buffer.from(found.value.bytes).toString("latin1") : null);
            }
            outcomes.push({ renamed: renamed?.ok === true ? toPlain(renamed.value) : renamed?.error, content });
            await followed.dispose();
            await store.dispose();
            await disk.dispose();
          }
          expect(outcomes[1]).toEqual(outcomes[0]);
        },
      ),
      { numRuns: 12 },
    );
  },
  120_000,
);

test("rename_note reads the notes that link to the note, and no others", async () => {
  const notes = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`n${index}.md`, `[[n${index + 1}]]`]));
  const root = temporaryKiln({ ...notes, "a.md": "[[n7]]" });
  const { files, read } = counted(createKilnFiles({ root }));
  const store = createKilnStore({ files });
  const followed = followIndex({ open: () => openKiln({ root }), now: () => 0 });
  onTestFinished(async () => {
    await followed.dispose();
    await store.dispose();
  });
  const api = createKilnApi({ store, openIndex: followed.openIndex });
  const renamed = await api.functions["rename_note"]?.run(argumentsOf("n7.md", "f/seven.md"), context);
  expect(renamed?.ok).toBe(true);
  expect([...read].filter((path) => path.endsWith(".md")).toSorted()).toEqual(["a.md", "n6.md", "n7.md"]);
  expect(readFileSync(join(root, "a.md"), "utf8")).toBe("[[seven]]");
});
