import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { artifactKey, createArtifactStore, sha256 } from "@crucible/cache";
import type { ArtifactKey, ArtifactStore, StoreFiles } from "@crucible/cache";
import { describe, expect, test } from "vitest";
import { createRandom } from "./random.ts";

const entryOverhead = 76;

interface Disk {
  readonly files: Map<string, { bytes: Uint8Array; usedMs: number }>;
  readonly power: StoreFiles;
  nowMs: number;
}

function createDisk(): Disk {
  const disk: Disk = {
    files: new Map(),
    nowMs: 1_000,
    power: {
      list: () =>
        Promise.resolve([...disk.files].map(([name, { bytes, usedMs }]) => ({ name, bytes: bytes.length, usedMs }))),
      read: (name) => Promise.resolve(disk.files.get(name)?.bytes.slice()),
      write: (name, bytes) => {
        disk.files.set(name, { bytes: bytes.slice(), usedMs: disk.nowMs });
        return Promise.resolve();
      },
      touch: (name, usedMs) => {
        const file = disk.files.get(name);
        if (file === undefined) return Promise.reject(new Error("ENOENT"));
        file.usedMs = usedMs;
        return Promise.resolve();
      },
      remove: (name) => {
        disk.files.delete(name);
        return Promise.resolve();
      },
    },
  };
  return disk;
}

function open(disk: Disk, maxBytes: number, key = "key"): ArtifactStore {
  return createArtifactStore({
    files: disk.power,
    authenticate: (bytes) => createHmac("sha256", key).update(bytes).digest(),
    maxBytes,
    now: () => disk.nowMs,
  });
}

function keyNumber(index: number): ArtifactKey {
  return createHash("sha256").update(`key ${index}`).digest("hex");
}

function fileOf(key: ArtifactKey): string {
  return `${key.slice(0, 2)}/${key}.art`;
}

function sizeOf(disk: Disk): number {
  return [...disk.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
}

describe("artifactKey", () => {
  const inputs = {
    source: "return 1",
    file: "a.lua",
    language: "lua",
    compiler: "lua/5.4.7",
    abi: "3",
    flags: { strip: true, level: 2 },
  } as const;

  test("changes with every input and not with the order of the flags", () => {
    const variants = [
      inputs,
      { ...inputs, source: "return 2" },
      { ...inputs, file: "b.lua" },
      { ...inputs, language: "rune" },
      { ...inputs, compiler: "lua/5.4.8" },
      { ...inputs, abi: "4" },
      { ...inputs, flags: { strip: false, level: 2 } },
      { ...inputs, flags: { strip: true } },
      { ...inputs, flags: { strip: true, level: "2" } },
    ].map((variant) => artifactKey(variant, sha256));
    expect(new Set(variants).size).toBe(variants.length);
    expect(artifactKey({ ...inputs, flags: { level: 2, strip: true } }, sha256)).toBe(variants[0]);
    expect(artifactKey({ ...inputs, source: new TextEncoder().encode(inputs.source) }, sha256)).toBe(variants[0]);
  });
});

/** The runs of the model together make 100,000 operations; the test counts them. */
const modelRuns = 20;
const operationsOfRun = 5_000;

describe("createArtifactStore", () => {
  interface Modelled {
    content: Uint8Array;
    usedMs: number;
    touchedMs: number;
  }

  /** Least recently used first; what is used at one moment goes by its name. */
  function oldestFirst(model: ReadonlyMap<string, Modelled>): readonly string[] {
    return [...model]
      .toSorted(([a, x], [b, y]) => x.usedMs - y.usedMs || (fileOf(a) < fileOf(b) ? -1 : 1))
      .map(([key]) => key);
  }

  test("behaves as the reference model in 100,000 random operations under virtual time", async () => {
    let operations = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 200, max: 3_000 }), async (seed, maxBytes) => {
        const random = createRandom(seed);
        const disk = createDisk();
        let store = open(disk, maxBytes);
        const model = new Map<string, Modelled>();
        for (let step = 0; step < operationsOfRun; step += 1) {
          operations += 1;
          const key = keyNumber(random.below(12));
          const choice = random.below(100);
          if (choice < 45) {
            const expected = model.get(key);
            const found = await store.get(key);
            if (found?.join() !== expected?.content.join()) expect(found).toEqual(expected?.content);
            if (expected !== undefined) {
              expected.usedMs = disk.nowMs;
              if (disk.nowMs - expected.touchedMs >= 60_000) expected.touchedMs = disk.nowMs;
            }
          } else if (choice < 85) {
            const content = random.bytes(random.below(600));
            const size = content.length + entryOverhead;
            const stored = await store.put(key, content);
            expect(stored).toBe(size <= maxBytes);
            if (stored) {
              const others = new Map([...model].filter(([other]) => other !== key));
              const total = (): number =>
                [...others.values()].reduce((sum, entry) => sum + entry.content.length + entryOverhead, 0);
              for (const oldest of oldestFirst(others)) if (total() + size > maxBytes) others.delete(oldest);
              for (const gone of model.keys()) if (!others.has(gone)) model.delete(gone);
              model.set(key, { content, usedMs: disk.nowMs, touchedMs: disk.nowMs });
            }
          } else if (choice < 90) {
            await store.remove(key);
            model.delete(key);
          } else if (choice < 98) {
            disk.nowMs += random.below(90_000);
          } else if (choice < 99) {
            // Another process knows the uses that were written down.
            await store.dispose();
            store = open(disk, maxBytes);
            for (const entry of model.values()) entry.usedMs = entry.touchedMs;
            // It counts before its first write; until then it knows nothing.
            await store.statistics();
          } else if (random.below(10) === 0) {
            await store.clear();
            model.clear();
          }
          if (sizeOf(disk) > maxBytes || disk.files.size !== model.size) {
            expect({ size: sizeOf(disk), files: disk.files.size }).toEqual({
              size: `at most ${maxBytes}`,
              files: model.size,
            });
          }
        }
        const statistics = await store.statistics();
        expect(statistics).toMatchObject({ entries: model.size, bytes: sizeOf(disk), rejected: 0, failures: 0 });
      }),
      { numRuns: modelRuns },
    );
    expect(operations).toBe(100_000);
  }, 120_000);

  test("returns the exact content or nothing, whatever is done to the files", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const random = createRandom(seed);
        const disk = createDisk();
        const store = open(disk, 1_000_000);
        const foreign = open(disk, 1_000_000, "another key");
        const contents = new Map<string, Uint8Array>();
        const spoiled = new Set<string>();
        for (let index = 0; index < 6; index += 1) {
          const content = random.bytes(random.below(200));
          contents.set(keyNumber(index), content);
          await store.put(keyNumber(index), content);
        }
        for (let index = 0; index < 6; index += 1) {
          const key = keyNumber(index);
          const file = disk.files.get(fileOf(key));
          if (file === undefined) throw new Error("The entry is missing");
          switch (random.below(6)) {
            case 0:
              file.bytes[random.below(file.bytes.length)]! ^= 1 << random.below(8); // the index is within the array
              spoiled.add(key);
              break;
            case 1:
              file.bytes = file.bytes.slice(0, random.below(file.bytes.length));
              spoiled.add(key);
              break;
            case 2: {
              const other = keyNumber((index + 1) % 6);
              file.bytes = disk.files.get(fileOf(other))?.bytes.slice() ?? file.bytes;
              spoiled.add(key);
              break;
            }
            case 3:
              await foreign.put(key, contents.get(key) ?? new Uint8Array());
              spoiled.add(key);
              break;
            case 4:
              file.bytes = Uint8Array.from([...file.bytes, 0]);
              spoiled.add(key);
              break;
            default:
          }
        }
        for (const [key, content] of contents)
          expect(await store.get(key)).toEqual(spoiled.has(key) ? undefined : content);
        // What was refused is gone and can be stored again.
        expect((await store.statistics()).rejected).toBe(spoiled.size);
        for (const key of spoiled) {
          expect(disk.files.has(fileOf(key))).toBe(false);
          expect(await store.put(key, contents.get(key) ?? new Uint8Array())).toBe(true);
          expect(await store.get(key)).toEqual(contents.get(key));
        }
      }),
    );
  });

  test("refuses every entry with one bit changed", async () => {
    const disk = createDisk();
    const store = open(disk, 1_000);
    const key = keyNumber(0);
    await store.put(key, Uint8Array.of(1, 2, 3));
    const good = disk.files.get(fileOf(key))?.bytes.slice() ?? new Uint8Array();
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const changed = good.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7); // the index is within the array
      disk.files.set(fileOf(key), { bytes: changed, usedMs: 0 });
      expect(await store.get(key)).toBeUndefined();
    }
    disk.files.set(fileOf(key), { bytes: good, usedMs: 0 });
    expect(await store.get(key)).toEqual(Uint8Array.of(1, 2, 3));
  });

  test("an entry of exactly the bound is stored, one byte more is not", async () => {
    const disk = createDisk();
    const store = open(disk, entryOverhead + 10);
    expect(await store.put(keyNumber(0), new Uint8Array(10))).toBe(true);
    expect(await store.put(keyNumber(1), new Uint8Array(11))).toBe(false);
    expect(await store.put(keyNumber(1), new Uint8Array(10))).toBe(true);
    expect(await store.get(keyNumber(0))).toBeUndefined();
  });

  test("a file system that refuses everything makes misses, not failures of the caller", async () => {
    const refuse = (): Promise<never> => Promise.reject(new Error("EIO"));
    const files: StoreFiles = { list: refuse, read: refuse, write: refuse, touch: refuse, remove: refuse };
    const store = createArtifactStore({ files, authenticate: () => new Uint8Array(32), maxBytes: 1_000, now: () => 0 });
    expect(await store.get(keyNumber(0))).toBeUndefined();
    expect(await store.put(keyNumber(0), new Uint8Array(1))).toBe(false);
    await store.remove(keyNumber(0));
    await store.clear();
    expect((await store.statistics()).failures).toBeGreaterThan(3);
  });

  test("a key that is none is a mistake of the caller", async () => {
    const store = open(createDisk(), 1_000);
    await expect(store.get("../../etc/passwd")).rejects.toThrow(TypeError);
    expect(() => store.put("abc", new Uint8Array())).toThrow(TypeError);
  });
});
