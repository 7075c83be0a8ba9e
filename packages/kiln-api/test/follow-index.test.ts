import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostCallContext, Value } from "@crucible/sandbox";
import { defaultLimits, fail, object, succeed, toPlain, unwrap } from "@crucible/sandbox";
import { createKilnApi, followIndex, type FollowedIndex } from "@crucible/kiln-api";
import {
  createKilnStore,
  createOverlayFiles,
  openKiln,
  watchKiln,
  type Kiln,
  type KilnIndex,
} from "@crucible/kiln-store";
import { afterEach, beforeEach, expect, test } from "vitest";

let root: string;
let kiln: Kiln;
let opened: number;
let followed: FollowedIndex | undefined;
const open = (): Kiln => {
  opened += 1;
  return kiln;
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kiln-follow-"));
  kiln = openKiln({ root });
  opened = 0;
});
afterEach(async () => {
  await followed?.dispose();
  await kiln.dispose();
  rmSync(root, { recursive: true, force: true });
});

/** Paths that a call finds, or its error's code. */
async function find(name: string, args: Record<string, Value>): Promise<unknown> {
  if (followed === undefined) throw new Error("nothing is followed");
  const api = createKilnApi({ store: kiln.store, openIndex: followed.openIndex });
  const context = { limits: defaultLimits } as HostCallContext;
  const outcome = await api.functions[name]?.run(object(Object.entries(args)), context);
  if (outcome?.ok !== true) return outcome?.error.code;
  return (toPlain(outcome.value) as readonly { readonly path: string }[]).map(({ path }) => path);
}

test("the index is opened when it is asked for, once", async () => {
  followed = followIndex({ open, now: () => 0 });
  expect(opened).toBe(0);
  writeFileSync(join(root, "a.md"), "Spokes\n");
  expect(await find("search", { query: "spokes" })).toStrictEqual(["a.md"]);
  expect(await find("search", { query: "spokes" })).toStrictEqual(["a.md"]);
  expect(opened).toBe(1);
});

test("the index is given as it is to whoever looks at the files himself", async () => {
  followed = followIndex({ open, now: () => 0 });
  writeFileSync(join(root, "a.md"), "Spokes\n");
  expect(unwrap(await followed.index().status()).notes).toBe(0);
  expect(unwrap(await followed.index().refresh()).added).toBe(1);
  expect(await find("search", { query: "spokes" })).toStrictEqual(["a.md"]);
  expect(opened).toBe(1);
});

test("a plugin finds what it has written, although nobody looked at the files since", async () => {
  followed = followIndex({ open, now: () => 0 });
  const api = createKilnApi({ store: kiln.store, openIndex: followed.openIndex });
  const context = { limits: defaultLimits } as HostCallContext;
  const run = async (name: string, args: Record<string, Value>): Promise<unknown> => {
    const outcome = await api.functions[name]?.run(object(Object.entries(args)), context);
    return outcome?.ok === true ? toPlain(outcome.value) : outcome?.error;
  };
  mkdirSync(join(root, "f"));
  writeFileSync(join(root, "f/b.md"), "Rims\n");
  expect(await run("graph.backlinks", { path: "f/b.md" })).toStrictEqual([]);
  await run("write_note", { path: "a.md", content: "See [[b]]\n" });
  expect(await run("graph.backlinks", { path: "f/b.md" })).toMatchObject([{ from: "a.md" }]);
  expect(await run("rename_note", { path: "f/b.md", new_path: "f/c.md" })).toMatchObject({
    path: "f/c.md",
    repointed: [{ path: "a.md", links: 1 }],
  });
  expect(await run("graph.outlinks", { path: "a.md" })).toMatchObject([{ to: "f/c.md", target: "c" }]);
  expect(await run("graph.backlinks", { path: "f/b.md" })).toMatchObject({ code: "host/note-not-found" });
  await run("delete_note", { path: "a.md" });
  expect(await run("graph.backlinks", { path: "f/c.md" })).toStrictEqual([]);
});

test("in a view a plugin finds what it has written there, and nobody else does", async () => {
  writeFileSync(join(root, "a.md"), "Spokes [[b]]\n");
  writeFileSync(join(root, "b.md"), "Rims\n");
  unwrap(await kiln.index.refresh());
  const view = createOverlayFiles(kiln.store.files, { now: () => 1 });
  const store = createKilnStore({ files: view });
  let shown: Kiln | undefined;
  followed = followIndex({
    open: () => (shown = openKiln({ root, isView: true })),
    now: () => 0,
    readView: async (path) => {
      const found = await view.read(path, 1_000_000);
      return found.ok ? found.value.bytes : undefined;
    },
  });
  const api = createKilnApi({ store, openIndex: followed.openIndex });
  const context = { limits: defaultLimits } as HostCallContext;
  const run = async (name: string, args: Record<string, Value>): Promise<unknown> => {
    const outcome = await api.functions[name]?.run(object(Object.entries(args)), context);
    return outcome?.ok === true ? toPlain(outcome.value) : outcome?.error;
  };
  expect(await run("graph.backlinks", { path: "b" })).toMatchObject([{ from: "a.md" }]);
  await run("write_note", { path: "c.md", content: "Saddles [[b]]" });
  await run("write_note", { path: "a.md", content: "Chains" });
  expect(await run("search", { query: "saddles" })).toMatchObject([{ path: "c.md" }]);
  expect(await run("graph.backlinks", { path: "b" })).toMatchObject([{ from: "c.md" }]);
  await run("delete_note", { path: "c.md" });
  expect(await run("search", { query: "saddles" })).toStrictEqual([]);
  // Looking at all files anew keeps the view.
  unwrap((await shown?.index.refresh()) ?? fail("host/not-found", "There is no view"));
  expect(await run("graph.backlinks", { path: "b" })).toStrictEqual([]);
  unwrap(await kiln.index.refresh());
  expect(unwrap(await kiln.index.backlinks("b")).map(({ from }) => from)).toStrictEqual(["a.md"]);
  expect(readdirSync(root).filter((name) => name.endsWith(".md"))).toStrictEqual(["a.md", "b.md"]);
  // Only a view can be shown notes.
  expect(await kiln.index.show([{ path: "a.md", bytes: undefined }])).toMatchObject({ ok: false });
});

test("without a watch the files are looked at again when the last look is too old, and not before", async () => {
  let time = 0;
  followed = followIndex({ open, now: () => time, refreshAfterMs: 100 });
  expect(await find("search", { query: "spokes" })).toStrictEqual([]);
  writeFileSync(join(root, "a.md"), "Spokes\n");
  time = 100;
  expect(await find("search", { query: "spokes" })).toStrictEqual([]);
  time = 101;
  expect(await find("search", { query: "spokes" })).toStrictEqual(["a.md"]);
});

test("with a watch what others change is found, and nothing is looked at again", async () => {
  const looks: unknown[] = [];
  let noticed = (): void => undefined;
  const change = new Promise<void>((resolve) => (noticed = resolve));
  followed = followIndex({
    open,
    now: () => 0,
    watch: (index) =>
      watchKiln({
        root,
        index: { refresh: async (paths) => (looks.push(paths), index.refresh(paths)) },
        onChanges: () => noticed(),
      }),
  });
  expect(await find("search", { query: "spokes" })).toStrictEqual([]);
  expect(looks).toStrictEqual([undefined]);
  writeFileSync(join(root, "a.md"), "Spokes\n");
  await change;
  expect(await find("search", { query: "spokes" })).toStrictEqual(["a.md"]);
  expect(looks).toStrictEqual([undefined, ["a.md"]]);
});

test("a look that failed is made again on the next call", async () => {
  let works = false;
  const index = { refresh: () => Promise.resolve(works ? succeed({}) : fail("host/unavailable", "The disk is away")) };
  followed = followIndex({
    open: () => ({ index: index as unknown as KilnIndex, dispose: () => Promise.resolve() }),
    now: () => 0,
  });
  expect((await followed.openIndex()).ok).toBe(false);
  works = true;
  expect(unwrap(await followed.openIndex())).toBe(index);
});
