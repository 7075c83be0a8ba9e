// The store: what is added counts at once, what is revoked does not, in every process; damage refuses everything.
import {
  createGrantStore,
  createMemoryDocument,
  indexGrants,
  openDocument,
  parseGrant,
  type Grant,
  type GrantDraft,
  type GrantStore,
} from "@crucible/capabilities";
import { unwrap } from "@crucible/sandbox";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { createCounter } from "./virtual-time.ts";

const folders: string[] = [];
function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "crucible-grants-"));
  folders.push(folder);
  return join(folder, "grants");
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const draft = (plugin: string, more: Partial<GrantDraft> = {}): GrantDraft => ({
  effect: "allow",
  plugin,
  home: "system",
  capability: "KilnWrite",
  scope: {},
  origin: "command",
  ...more,
});
const query = {
  capability: "KilnWrite",
  target: { folders: "a.md" },
  operation: "op",
  now: 1_000,
  session: null,
} as const;
const allows = (store: GrantStore, plugin: string, more: object = {}): boolean =>
  unwrap(store.lookup()).find("allow", { plugin, home: "system" }, { ...query, ...more }) !== undefined;

const inMemory = (): GrantStore => createGrantStore(createMemoryDocument(), () => 500, createCounter("grant"));

describe("a grant store", () => {
  test("counts what was added until it is revoked or expires", async () => {
    const store = inMemory();
    const added = unwrap(await store.add(draft("p", { expires: 2_000 })));
    expect(allows(store, "p")).toBe(true);
    expect(allows(store, "p", { now: 1_999 })).toBe(true);
    expect(allows(store, "p", { now: 2_000 })).toBe(false);
    expect(allows(store, "q")).toBe(false);
    unwrap(await store.revoke(added.id));
    expect(allows(store, "p")).toBe(false);
    expect((await store.revoke(added.id)).ok).toBe(false);
  });

  test("keeps one of equal grants", async () => {
    const store = inMemory();
    const first = unwrap(await store.add(draft("p")));
    const second = unwrap(await store.add(draft("p")));
    expect(second.id).toBe(first.id);
    expect(unwrap(store.list())).toHaveLength(1);
  });

  test("keeps grants of a session in memory, and for that session only", async () => {
    const document = createMemoryDocument();
    const store = createGrantStore(document, () => 500, createCounter());
    const added = unwrap(await store.add(draft("p", { session: "s1" })));
    expect(allows(store, "p", { session: "s1" })).toBe(true);
    expect(allows(store, "p", { session: "s2" })).toBe(false);
    expect(allows(store, "p")).toBe(false);
    expect(document.read().text).toBe("");
    unwrap(await store.revoke(added.id));
    expect(allows(store, "p", { session: "s1" })).toBe(false);
  });

  test("never records Unsafe, nor a grant for everybody", async () => {
    const store = inMemory();
    expect((await store.add(draft("p", { capability: "Unsafe" }))).ok).toBe(false);
    expect((await store.add(draft("*"))).ok).toBe(false);
    expect((await store.add(draft("*", { effect: "deny" }))).ok).toBe(true);
  });

  test("reads back every grant as it was written", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record(
            {
              effect: fc.constantFrom("allow" as const, "deny" as const),
              plugin: fc.string({ minLength: 1 }).filter((name) => name !== "*"),
              home: fc.string(),
              capability: fc.constantFrom("KilnWrite" as const, "StateManage" as const),
              scope: fc.constant({}),
              origin: fc.constantFrom("prompt" as const, "command" as const, "config" as const, "install" as const),
              onBehalfOf: fc.record({ plugin: fc.string(), home: fc.string() }),
              operation: fc.string(),
              argumentsDigest: fc.string(),
              expires: fc.nat(),
            },
            { requiredKeys: ["effect", "plugin", "home", "capability", "scope", "origin"] },
          ),
          { maxLength: 5 },
        ),
        async (drafts) => {
          const document = createMemoryDocument();
          const store = createGrantStore(document, () => 7, createCounter());
          for (const one of drafts) unwrap(await store.add(one));
          const again = createGrantStore(createMemoryDocument(document.read().text), () => 7, createCounter());
          expect(unwrap(again.list())).toEqual(unwrap(store.list()));
        },
      ),
    );
  });

  test.each([
    ["no JSON", "{"],
    ["another format", JSON.stringify({ format: "crucible-grants/9", content: [] })],
    ["no format", JSON.stringify([])],
    ["no list", JSON.stringify({ format: "crucible-grants/1", content: {} })],
    ["an unknown key", JSON.stringify({ format: "crucible-grants/1", content: [{ ...validGrant(), extra: 1 }] })],
    [
      "a scope that is none",
      JSON.stringify({ format: "crucible-grants/1", content: [{ ...validGrant(), scope: { folders: ["../x"] } }] }),
    ],
    [
      "a grant for everybody",
      JSON.stringify({ format: "crucible-grants/1", content: [{ ...validGrant(), plugin: "*" }] }),
    ],
  ])("that holds %s allows nothing and says where it is", async (_, text) => {
    const store = createGrantStore(createMemoryDocument(text), () => 500, createCounter());
    expect(store.lookup()).toMatchObject({
      ok: false,
      error: { code: "grants/unreadable", message: expect.stringContaining("memory") as string },
    });
    expect((await store.add(draft("p"))).ok).toBe(false);
  });

  test("parsing never throws, whatever it is given", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.record({ id: fc.anything(), scope: fc.anything(), capability: fc.constantFrom("KilnRead", "toString") }),
        ),
        (raw) => {
          parseGrant(raw);
        },
      ),
    );
  });

  test("decides among ten thousand grants without looking at all of them", () => {
    let looked = 0;
    const grants: Grant[] = Array.from({ length: 10_000 }, (_, index) => {
      const grant: Grant = { ...validGrant(), id: `g${index}`, scope: { folders: [`folder-${index}/sub`] } };
      return new Proxy(grant, {
        get: (target, key, receiver) => {
          if (key === "scope") looked += 1;
          return Reflect.get(target, key, receiver) as unknown;
        },
      });
    });
    const lookup = indexGrants(grants);
    looked = 0;
    const found = lookup.find(
      "allow",
      { plugin: "p", home: "system" },
      { ...query, target: { folders: "folder-7777/sub/note.md" } },
    );
    expect(found?.id).toBe("g7777");
    expect(looked).toBeLessThan(10);
  });
});

describe("a document on disk", () => {
  test("shows a change of another handle to the next read", async () => {
    const folder = scratch();
    const [one, two] = [openDocument(folder), openDocument(folder)];
    expect(one.read()).toEqual({ revision: 0, text: "" });
    for (let revision = 0; revision < 20; revision += 1) {
      const writer = revision % 2 === 0 ? one : two;
      const reader = revision % 2 === 0 ? two : one;
      expect(await writer.replace(revision, `text ${revision}`)).toBe(true);
      expect(reader.read()).toEqual({ revision: revision + 1, text: `text ${revision}` });
      expect(await reader.replace(revision, "stale")).toBe(false);
    }
    expect(readdirSync(folder).length).toBeLessThanOrEqual(2);
  });

  test("returns the same object while nothing changed", async () => {
    const document = openDocument(scratch());
    await document.replace(0, "x");
    expect(document.read()).toBe(document.read());
  });

  test("notices a revision that was edited in place", async () => {
    const folder = scratch();
    const document = openDocument(folder);
    await document.replace(0, "before");
    expect(document.read().text).toBe("before");
    writeFileSync(join(folder, "00000001.json"), "after, by hand");
    expect(document.read().text).toBe("after, by hand");
  });

  test("ignores drafts of writers that were killed", async () => {
    const folder = scratch();
    mkdirSync(folder);
    writeFileSync(join(folder, ".draft-1"), "half");
    const document = openDocument(folder);
    expect(document.read().revision).toBe(0);
    expect(await document.replace(0, "whole")).toBe(true);
    expect(document.read().text).toBe("whole");
  });

  test("loses no grant when several processes add at once, and each sees the others' revocations", async () => {
    const folder = scratch();
    const program = `
      import { createGrantStore, openDocument } from "@crucible/capabilities";
      const [folder, name] = process.argv.slice(1);
      let count = 0;
      const store = createGrantStore(openDocument(folder), Date.now, () => name + "-" + (count += 1));
      for (let index = 0; index < 10; index += 1) {
        const added = await store.add({ effect: "allow", plugin: name + index, home: "system", capability: "KilnWrite", scope: {}, origin: "command" });
        if (!added.ok) throw new Error(added.error.message);
        if (index % 2 === 1) { const gone = await store.revoke(added.value.id); if (!gone.ok) throw new Error(gone.error.message); }
      }`;
    const run = promisify(execFile);
    const names = ["a", "b", "c", "d"];
    await Promise.all(
      names.map((name) =>
        run(process.execPath, ["--input-type=module", "-e", program, folder, name], {
          cwd: new URL("..", import.meta.url).pathname,
        }),
      ),
    );
    const store = createGrantStore(openDocument(folder), () => 0, createCounter());
    const plugins = unwrap(store.list())
      .map(({ plugin }) => plugin)
      .sort();
    expect(plugins).toEqual(names.flatMap((name) => [0, 2, 4, 6, 8].map((index) => `${name}${index}`)).sort());
  });
});

function validGrant(): Grant {
  return {
    id: "g",
    effect: "allow",
    plugin: "p",
    home: "system",
    capability: "KilnWrite",
    scope: {},
    origin: "command",
    created: 1,
  };
}
