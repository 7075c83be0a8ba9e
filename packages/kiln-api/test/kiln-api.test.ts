import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostCallContext, Outcome, Value, ValueObject } from "@crucible/sandbox";
import {
  checkHostModule,
  defaultLimits,
  equalValues,
  isObject,
  object,
  succeed,
  unwrap,
  rootContext,
} from "@crucible/sandbox";
import { arbitraryValue } from "@crucible/sandbox/testing";
import { createKilnApi, statePath } from "@crucible/kiln-api";
import { createKilnFiles, createKilnStore, type KilnStore } from "@crucible/kiln-store";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let root: string;
let store: KilnStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kiln-api-"));
  store = createKilnStore({ files: createKilnFiles({ root }) });
});
afterEach(async () => {
  await store.dispose();
  rmSync(root, { recursive: true, force: true });
});

interface Caller {
  readonly plugin?: string;
  readonly home?: string;
  readonly fileBytes?: number;
}

function contextOf({ plugin = "tester", home = "system", fileBytes }: Caller): HostCallContext {
  const invocation = rootContext({
    executionId: "e",
    plugin,
    version: "1.0.0",
    action: "main",
    invoker: { kind: "user", name: "u" },
    deadline: 0,
  });
  const unused = (): never => {
    throw new Error("These functions use nothing else of the context");
  };
  return {
    invocation,
    pluginHome: home,
    limits: { ...defaultLimits, ...(fileBytes === undefined ? {} : { file_bytes: fileBytes }) },
    signal: new AbortController().signal,
    remainingMs: unused,
    now: unused,
    random: unused,
    authorize: unused,
    progress: unused,
    emit: unused,
    log: unused,
    invoker: { invoke: unused },
  };
}

async function call(
  name: string,
  args: Record<string, Value>,
  caller: Caller = {},
  quotaBytes?: number,
): Promise<Outcome<Value>> {
  const api = createKilnApi({ store, ...(quotaBytes === undefined ? {} : { quotaBytes }) });
  const fn = api.functions[name];
  if (fn === undefined) throw new Error(`no function ${name}`);
  return fn.run(object(Object.entries(args)), contextOf(caller));
}
const read = async (path: string): Promise<ValueObject> => {
  const note = unwrap(await call("read_note", { path }));
  if (!isObject(note)) throw new Error("no object");
  return note;
};

test("the module's declaration and functions agree", () => {
  expect(checkHostModule(createKilnApi({ store }))).toStrictEqual([]);
});

describe("notes", () => {
  test("are written with front matter and metadata, and read back", async () => {
    const written = unwrap(
      await call("write_note", {
        path: "a/note",
        content: "# Title\n\nthree words here #tag\n",
        frontmatter: object([
          ["year", 1843],
          ["tags", ["x"]],
        ]),
      }),
    );
    expect(written).toMatchObject({ path: "a/note.md", title: "Title", word_count: 5, is_new: true });
    const note = await read("a/note.md");
    expect(note["frontmatter"]).toMatchObject({ year: 1843 });
    expect(note["tags"]).toStrictEqual(["x", "tag"]);
    expect(note["content"]).toContain("three words");
  });

  test("are appended to, their front matter changed, and deleted", async () => {
    await call("write_note", {
      path: "n.md",
      content: "one\n",
      frontmatter: object([
        ["a", 1],
        ["b", 2],
      ]),
    });
    unwrap(await call("append_note", { path: "n.md", text: "two" }));
    unwrap(
      await call("update_frontmatter", {
        path: "n.md",
        changes: object([
          ["a", null],
          ["c", 3],
        ]),
      }),
    );
    const note = await read("n.md");
    expect(note["frontmatter"]).toStrictEqual(
      object([
        ["b", 2],
        ["c", 3],
      ]),
    );
    expect(note["content"]).toBe("one\ntwo\n");
    unwrap(await call("delete_note", { path: "n.md" }));
    expect(await call("read_note", { path: "n.md" })).toMatchObject({
      ok: false,
      error: { code: "host/note-not-found" },
    });
  });

  test("are renamed with the links to them, which asks for both paths and for the whole kiln", async () => {
    await call("write_note", { path: "a/n.md", content: "me\n" });
    await call("write_note", { path: "b.md", content: "[[n]] and [the note](a/n.md)\n" });
    const args = { path: "a/n", new_path: "c/m" };
    const asked = createKilnApi({ store }).functions["rename_note"]?.authority?.(
      object(Object.entries(args)),
      contextOf({}),
    );
    expect(asked?.ok === true && asked.value.map(({ capability, subject }) => [capability, subject])).toStrictEqual([
      ["KilnWrite", { kind: "note", value: "a/n.md" }],
      ["KilnWrite", { kind: "note", value: "c/m.md" }],
      ["KilnWrite", { kind: "folder", value: "" }],
    ]);
    const renamed = unwrap(await call("rename_note", args));
    expect(renamed).toMatchObject({ from: "a/n.md", path: "c/m.md", repointed: [{ path: "b.md", links: 2 }] });
    expect((await read("b.md"))["content"]).toBe("[[m]] and [the note](c/m.md)\n");
    expect(await call("rename_note", { path: "c/m.md", new_path: "b.md" })).toMatchObject({
      ok: false,
      error: { code: "host/note-conflict" },
    });
  });

  test("are replaced only where nobody else changed them", async () => {
    const first = unwrap(await call("write_note", { path: "n.md", content: "one" }));
    const hash = isObject(first) ? (first["content_hash"] ?? null) : null;
    writeFileSync(join(root, "n.md"), "somebody else");
    expect(
      await call("write_note", { path: "n.md", content: "two", options: object([["expected_hash", hash]]) }),
    ).toMatchObject({ ok: false, error: { code: "host/note-conflict" } });
    expect(readFileSync(join(root, "n.md"), "utf8")).toBe("somebody else");
  });

  test("may have as many bytes as the limit and not one more", async () => {
    expect((await call("write_note", { path: "n.md", content: "é".repeat(50) }, { fileBytes: 100 })).ok).toBe(true);
    expect(await call("write_note", { path: "m.md", content: `${"é".repeat(50)}x` }, { fileBytes: 100 })).toMatchObject(
      { ok: false, error: { code: "limit/file-size", details: { limit: { limit: 100, used: 101 } } } },
    );
    expect((await call("read_note", { path: "m.md" })).ok).toBe(false);
  });

  test("are listed by folder, recursively, with filters", async () => {
    for (const [path, year] of [
      ["a.md", 1],
      ["f/b.md", 2],
      ["f/g/c.md", 2],
    ] as const)
      await call("write_note", { path, content: "x", frontmatter: object([["year", year]]) });
    const paths = async (args: Record<string, Value>): Promise<Value[]> => {
      const listed = unwrap(await call("list_notes", args));
      return Array.isArray(listed) ? listed.map((note: Value) => (isObject(note) ? (note["path"] ?? null) : null)) : [];
    };
    expect(await paths({})).toStrictEqual(["a.md"]);
    expect(await paths({ folder: "f", options: object([["recursive", true]]) })).toStrictEqual(["f/b.md", "f/g/c.md"]);
    expect(
      await paths({
        options: object([
          ["recursive", true],
          ["frontmatter", object([["year", 2]])],
        ]),
      }),
    ).toStrictEqual(["f/b.md", "f/g/c.md"]);
  });

  test.each(["../out.md", "/etc/passwd", "a\0.md", ".crucible/x.md", ".git/config", "a/../../b.md", ".obsidian/x.md"])(
    "cannot be reached at %j",
    async (path) => {
      const api = createKilnApi({ store });
      for (const name of [
        "read_note",
        "write_note",
        "append_note",
        "update_frontmatter",
        "rename_note",
        "delete_note",
      ]) {
        const args = object([
          ["path", path],
          ["new_path", path],
          ["content", "x"],
          ["text", "x"],
          ["changes", object([])],
        ]);
        expect(api.functions[name]?.authority?.(args, contextOf({}))).toMatchObject({
          ok: false,
          error: { code: "host/path-refused" },
        });
        expect(await api.functions[name]?.run(args, contextOf({}))).toMatchObject({
          ok: false,
          error: { code: "host/path-refused" },
        });
      }
    },
  );

  test("are decided about under their one spelling", () => {
    const api = createKilnApi({ store });
    for (const path of ["a/b", "a//b.md", "./a/b.md"]) {
      const asked = api.functions["write_note"]?.authority?.(object([["path", path]]), contextOf({}));
      if (asked?.ok === true) expect(asked.value[0]?.subject).toMatchObject({ kind: "note", value: "a/b.md" });
      else expect(asked?.error.code).toBe("host/path-refused");
    }
  });
});

describe("stored state", () => {
  test("keeps every value, across stores", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryValue(), async (value) => {
        unwrap(await call("state.set", { key: "k", value }));
        expect(equalValues(unwrap(await call("state.get", { key: "k" })), value)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test("is a JSON file in .crucible/plugin-state that names its owner", async () => {
    unwrap(await call("state.set", { key: "count", value: 1 }));
    const stored: unknown = JSON.parse(readFileSync(join(root, statePath("tester")), "utf8"));
    expect(stored).toStrictEqual({
      format: "crucible-state/1",
      owner: "system",
      version: "1.0.0",
      values: { count: 1 },
    });
  });

  test("belongs to one plugin of one scope", async () => {
    unwrap(await call("state.set", { key: "k", value: "mine" }));
    expect(await call("state.get", { key: "k" }, { plugin: "other" })).toStrictEqual(succeed(null));
    for (const name of ["state.get", "state.delete"])
      expect(await call(name, { key: "k" }, { home: "/elsewhere" })).toMatchObject({
        ok: false,
        error: { code: "host/state-invalid" },
      });
    expect(await call("state.set", { key: "k", value: 1 }, { home: "/elsewhere" })).toMatchObject({
      ok: false,
      error: { code: "host/state-invalid" },
    });
    expect(await call("state.get", { key: "k" })).toStrictEqual(succeed("mine"));
  });

  test("lists and deletes entries, odd names too", async () => {
    for (const key of ["b", "a", "__proto__", "constructor"]) unwrap(await call("state.set", { key, value: key }));
    expect(await call("state.keys", {})).toStrictEqual(succeed(["__proto__", "a", "b", "constructor"]));
    expect(await call("state.delete", { key: "a" })).toStrictEqual(succeed(true));
    expect(await call("state.delete", { key: "a" })).toStrictEqual(succeed(false));
    expect(await call("state.get", { key: "__proto__" })).toStrictEqual(succeed("__proto__"));
  });

  test("has a quota: what is over it changes nothing", async () => {
    unwrap(await call("state.set", { key: "k", value: "small" }, {}, 300));
    expect(await call("state.set", { key: "k", value: "x".repeat(300) }, {}, 300)).toMatchObject({
      ok: false,
      error: { code: "host/state-quota" },
    });
    expect(await call("state.get", { key: "k" })).toStrictEqual(succeed("small"));
  });

  test("loses nothing to concurrent writers", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => call("state.set", { key: `k${index}`, value: index })));
    const keys = unwrap(await call("state.keys", {}));
    expect(Array.isArray(keys) && keys.length).toBe(20);
  });

  test("changes several entries at once, or none", async () => {
    await call("state.set", { key: "a", value: 1 });
    expect(
      await call("state.update", {
        changes: object([
          ["a", null],
          ["b", 2],
        ]),
        expected: object([
          ["a", 1],
          ["b", null],
        ]),
      }),
    ).toStrictEqual(succeed(true));
    expect(await call("state.update", { changes: object([["b", 3]]), expected: object([["a", 1]]) })).toStrictEqual(
      succeed(false),
    );
    expect(await call("state.keys", {})).toStrictEqual(succeed(["b"]));
    expect(await call("state.get", { key: "b" })).toStrictEqual(succeed(2));
  });

  test("tells which version wrote it", async () => {
    expect(await call("state.version", {})).toStrictEqual(succeed(null));
    await call("state.set", { key: "a", value: 1 });
    expect(await call("state.version", {})).toStrictEqual(succeed("1.0.0"));
  });

  test.each(["not json", "[]", '{"format":"other"}', '{"format":"crucible-state/1","owner":1}', "\xff"])(
    "that was damaged to %j is refused and left alone",
    async (text) => {
      unwrap(await call("state.set", { key: "k", value: 1 }));
      const path = join(root, statePath("tester"));
      writeFileSync(path, text, "latin1");
      for (const [name, args] of [
        ["state.get", { key: "k" }],
        ["state.set", { key: "k", value: 2 }],
        ["state.keys", {}],
      ] as const) {
        expect(await call(name, args)).toMatchObject({ ok: false, error: { code: "host/state-invalid" } });
      }
      expect(readFileSync(path, "latin1")).toBe(text);
    },
  );
});
