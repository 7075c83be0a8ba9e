import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NoteEvent } from "@crucible/kiln-api";
import { createKilnApi, createNoteAnnouncer } from "@crucible/kiln-api";
import { createKilnFiles, createKilnStore, type KilnFiles, type KilnStore } from "@crucible/kiln-store";
import { defaultLimits, object, unwrap, type HostCallContext, type HostModule, type Value } from "@crucible/sandbox";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let root: string;
let files: KilnFiles;
let store: KilnStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "note-events-"));
  files = createKilnFiles({ root });
  store = createKilnStore({ files });
});
afterEach(async () => {
  await store.dispose();
  rmSync(root, { recursive: true, force: true });
});

interface Told {
  readonly type: NoteEvent["type"];
  readonly path: string;
  readonly payload: Readonly<Record<string, Value>> | undefined;
  readonly cause: string | undefined;
}

function subject(): {
  readonly told: Told[];
  readonly announcer: ReturnType<typeof createNoteAnnouncer>;
  call(name: string, args: Readonly<Record<string, Value>>): Promise<boolean>;
} {
  const told: Told[] = [];
  const announcer = createNoteAnnouncer({
    files,
    publish: ({ type, identifier, payload, cause }) => told.push({ type, path: identifier, payload: payload(), cause }),
  });
  const module: HostModule = createKilnApi({ store, announcer });
  return {
    told,
    announcer,
    call: async (name, args) => {
      // A call that the functions of notes know by its limits and its execution.
      const context = { limits: defaultLimits, invocation: { rootExecutionId: "root-1" } } as HostCallContext;
      const outcome = await module.functions[name]?.run(args, context);
      return outcome?.ok === true;
    },
  };
}

const paths = ["a.md", "b.md", "f/c.md"];
const step = fc.record({
  name: fc.constantFrom("write_note", "append_note", "update_frontmatter", "rename_note", "delete_note"),
  path: fc.constantFrom(...paths),
  other: fc.constantFrom(...paths),
  text: fc.constantFrom("", "text\n", "[[a]]\n", "[[c]] and [[b]]\n"),
});

function argumentsOf({ name, path, other, text }: (typeof step extends fc.Arbitrary<infer T> ? T : never) & object) {
  switch (name) {
    case "write_note":
      return { path, content: text };
    case "append_note":
      return { path, text };
    case "update_frontmatter":
      return { path, changes: object([["about", text]]) };
    case "rename_note":
      return { path, new_path: other };
    default:
      return { path };
  }
}

async function contentHashes(): Promise<Readonly<Record<string, string>>> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const read = await files.read(path, 1e6);
      return read.ok ? [[path, files.hash(read.value.bytes)] as const] : [];
    }),
  );
  return Object.fromEntries(found.flat());
}

describe("events of notes", () => {
  test("told to somebody who knew the kiln before let them know it afterwards, versions included", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
        const { told, call } = subject();
        const known = new Map(Object.entries(await contentHashes()));
        for (const each of steps) await call(each.name, argumentsOf(each));
        for (const { type, path, payload, cause } of told) {
          expect(cause).toBe("root-1");
          if (type === "note:parsed") continue;
          const before = known.get(path);
          expect(type).toBe(
            payload?.["content_hash"] === undefined
              ? "note:deleted"
              : before === undefined
                ? "note:created"
                : "note:modified",
          );
          expect(payload?.["previous_hash"]).toBe(before);
          const hash = payload?.["content_hash"];
          if (typeof hash === "string") known.set(path, hash);
          else known.delete(path);
        }
        expect(Object.fromEntries(known)).toStrictEqual(await contentHashes());
      }),
      { numRuns: 60 },
    );
  });

  test("of a call are not told a second time when a watch notices what it did", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const { told, announcer, call } = subject();
        for (const each of steps) await call(each.name, argumentsOf(each));
        const touched = new Set(told.map(({ path }) => path));
        const present = await contentHashes();
        const count = told.length;
        await announcer.notice(
          [...touched].map((path) => ({ kind: path in present ? "changed" : "removed", path }) as const),
        );
        expect(told.slice(count)).toStrictEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test("say which part changed, and what a rename connects", async () => {
    const { told, call } = subject();
    await call("write_note", { path: "a.md", content: "one\n", frontmatter: object([["x", 1]]) });
    await call("append_note", { path: "a.md", text: "two" });
    await call("update_frontmatter", { path: "a.md", changes: object([["x", 2]]) });
    await call("write_note", { path: "a.md", content: "three\n", frontmatter: object([["x", 3]]) });
    await call("write_note", { path: "a.md", content: "three\n" });
    await call("write_note", { path: "l.md", content: "[[a]]\n" });
    await call("rename_note", { path: "a.md", new_path: "f/z.md" });
    await call("delete_note", { path: "l.md" });
    const brief = told
      .filter(({ type }) => type !== "note:parsed")
      .map(({ type, path, payload }) =>
        ["change_type", "renamed_from", "renamed_to"].reduce((line, name) => {
          const value = payload?.[name];
          return typeof value === "string" ? `${line} ${value}` : line;
        }, `${type} ${path}`),
      );
    expect(brief).toStrictEqual([
      "note:created a.md",
      "note:modified a.md content",
      "note:modified a.md frontmatter",
      "note:modified a.md both",
      "note:created l.md",
      "note:deleted a.md f/z.md",
      "note:created f/z.md a.md",
      "note:modified l.md content",
      "note:deleted l.md",
    ]);
  });

  test("of what is parsed carry the note as read_note answers it", async () => {
    const { told, call } = subject();
    await call("write_note", { path: "a.md", content: "# Title #tag\n[[b]]\n" });
    const note = unwrap(await store.readNote("a.md"));
    const parsed = told.find(({ type }) => type === "note:parsed");
    expect(parsed?.payload).toMatchObject({
      path: "a.md",
      title: note.title,
      content: note.content,
      content_hash: note.content_hash,
    });
  });

  test("are raised neither by what failed nor by what changed nothing", async () => {
    const { told, call } = subject();
    expect(await call("append_note", { path: "../a.md", text: "x" })).toBe(false);
    expect(await call("read_note", { path: "a.md" })).toBe(false);
    await call("write_note", { path: "a.md", content: "same\n" });
    const count = told.length;
    await call("write_note", { path: "a.md", content: "same\n" });
    await call("list_notes", {});
    expect(told.length).toBe(count);
  });

  test("noticed on the disk are told as they are found, and a rename as one thing", async () => {
    const { told, announcer } = subject();
    const put = async (path: string, text: string): Promise<unknown> =>
      files.write(path, new TextEncoder().encode(text), { kind: "any" });
    await put("a.md", "one\n");
    await announcer.notice([{ kind: "added", path: "a.md" }]);
    await put("a.md", "two\n");
    await announcer.notice([{ kind: "changed", path: "a.md" }]);
    await files.move("a.md", "b.md");
    await announcer.notice([{ kind: "moved", path: "b.md", from: "a.md" }]);
    await files.remove("b.md");
    await announcer.notice([{ kind: "changed", path: "b.md" }]);
    await announcer.notice([{ kind: "removed", path: "b.md" }]);
    expect(
      told.filter(({ type }) => type !== "note:parsed").map(({ type, path, cause }) => [type, path, cause]),
    ).toStrictEqual([
      ["note:created", "a.md", undefined],
      ["note:modified", "a.md", undefined],
      ["note:deleted", "a.md", undefined],
      ["note:created", "b.md", undefined],
      ["note:deleted", "b.md", undefined],
    ]);
  });
});
