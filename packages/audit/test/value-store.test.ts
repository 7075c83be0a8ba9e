// Values for replay: found by the hash of their content or not at all, bounded, and off when the user wants them off.
import {
  createDigester,
  createMemoryFolder,
  createValueStore,
  nodeCrypto,
  type MemoryFolder,
  type ValueStore,
  type ValueStoreOptions,
} from "@crucible/audit";
import { createMachine } from "@crucible/audit/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const open = (folder: MemoryFolder, options: Partial<ValueStoreOptions> = {}, time = 0): ValueStore =>
  createValueStore(
    {
      folder,
      crypto: nodeCrypto,
      clock: { ...createMachine().start().clock, now: () => Date.UTC(2026, 10, 20) + time },
    },
    { enabled: true, ...options },
  );
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a value store", () => {
  test("gives back what was put, in this process and in the next, and each value once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 }), async (values) => {
        const folder = createMemoryFolder();
        const store = open(folder);
        const names = values.map((value) => store.put(value));
        for (const [index, value] of values.entries()) expect(await store.get(names[index] ?? "")).toEqual(value);
        await store.dispose();
        const later = open(folder);
        for (const [index, value] of values.entries()) expect(await later.get(names[index] ?? "")).toEqual(value);
        const distinct = new Map(values.map((value) => [value.join(), value.length]));
        const size = [...folder.files.values()].reduce((sum, content) => sum + content.length, 0);
        expect(size).toBe([...distinct.values()].reduce((sum, length) => sum + length + 47, 0));
      }),
    );
  });

  test("keeps and finds nothing when the user's setting says so", async () => {
    const folder = createMemoryFolder();
    const on = open(folder);
    const name = on.put(bytes("secret")) ?? "";
    await on.dispose();
    const off = open(folder, { enabled: false });
    expect(off.put(bytes("x"))).toBeUndefined();
    expect(await off.get(name)).toBeUndefined();
  });

  test("does not keep what is too large, one value or all together", () => {
    const store = open(createMemoryFolder(), { maxValueBytes: 10, maxTotalBytes: 100 });
    expect(store.put(bytes("x".repeat(11)))).toBeUndefined();
    expect(store.put(bytes("1234567890"))).toBeDefined();
    expect(store.put(bytes("abcdefghij"))).toBeUndefined();
    expect(store.put(bytes("1234567890"))).toBeDefined();
  });

  test("removes the oldest packs until the rest fits", async () => {
    const folder = createMemoryFolder();
    const names: string[] = [];
    for (let day = 0; day < 4; day += 1) {
      const store = open(folder, {}, day * 86_400_000);
      names.push(store.put(bytes(`value ${day}`)) ?? "");
      await store.dispose();
    }
    const store = open(folder, { maxTotalBytes: 120 }, 10 * 86_400_000);
    expect(await store.trim()).toHaveLength(2);
    expect(await Promise.all(names.map(async (name) => (await store.get(name)) !== undefined))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test("removes packs that are older than the journal's records", async () => {
    const folder = createMemoryFolder();
    const store = open(folder);
    const name = store.put(bytes("x")) ?? "";
    await store.dispose();
    const day = 86_400_000;
    expect(await open(folder, {}, 30 * day).trim()).toEqual([]);
    expect(await open(folder, {}, 31 * day).trim()).toHaveLength(1);
    expect(await open(folder, {}, 31 * day).get(name)).toBeUndefined();
  });

  test("never returns a value that is damaged or torn", async () => {
    const folder = createMemoryFolder();
    const store = open(folder);
    const names = ["first", "second"].map((text) => store.put(bytes(text)) ?? "");
    await store.dispose();
    const [file = "", content = new Uint8Array(0)] = [...folder.files][0] ?? [];
    for (let at = 0; at < content.length; at += 1) {
      const changed = content.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      folder.files.set(file, changed);
      const later = open(folder);
      for (const [index, text] of ["first", "second"].entries()) {
        const found = await later.get(names[index] ?? "");
        if (found !== undefined) expect(found).toEqual(bytes(text));
      }
      folder.files.set(file, content.slice(0, at));
      const torn = open(folder);
      expect(await torn.get(names[1] ?? "")).toBeUndefined();
    }
  });
});

describe("digests", () => {
  test("are equal for equal content, depend on the key, and show nothing of the content", () => {
    const [one, two] = [
      createDigester(nodeCrypto, new Uint8Array(32)),
      createDigester(nodeCrypto, new Uint8Array(32).fill(1)),
    ];
    expect(one.digest("hunter2")).toBe(one.digest(bytes("hunter2")));
    expect(one.digest("hunter2")).not.toBe(two.digest("hunter2"));
    expect(one.digest("hunter2")).toMatch(/^hmac:[A-Za-z0-9_-]{43}$/);
    expect(one.digest("hunter2")).not.toContain(nodeCrypto.sha256("hunter2"));
  });
});
