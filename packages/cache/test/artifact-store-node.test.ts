import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeArtifact, encodeArtifact, openArtifactStore, sha256 } from "@crucible/cache";
import type { Artifact } from "@crucible/sandbox";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRandom } from "./random.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "crucible-cache-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const key = createHash("sha256").update("one").digest("hex");

function open(maxBytes = 1_000_000): ReturnType<typeof openArtifactStore> {
  return openArtifactStore({
    folder: join(folder, "artifacts"),
    keyFile: join(folder, "state", "cache.key"),
    maxBytes,
  });
}

test("what one store has written another opens, and the files are the owner's alone", async () => {
  const first = await open();
  expect(await first.put(key, Uint8Array.of(1, 2, 3))).toBe(true);
  const second = await open();
  expect(await second.get(key)).toEqual(Uint8Array.of(1, 2, 3));
  expect((await stat(join(folder, "state", "cache.key"))).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, "artifacts", key.slice(0, 2), `${key}.art`))).mode & 0o777).toBe(0o600);
});

test("with another key nothing is opened", async () => {
  await (await open()).put(key, Uint8Array.of(1));
  await writeFile(join(folder, "state", "cache.key"), new Uint8Array(32).fill(7));
  expect(await (await open()).get(key)).toBeUndefined();
});

test("a damaged key is replaced, and the store works on", async () => {
  await (await open()).put(key, Uint8Array.of(1));
  await writeFile(join(folder, "state", "cache.key"), "short");
  const store = await open();
  expect(await store.get(key)).toBeUndefined();
  expect(await store.put(key, Uint8Array.of(2))).toBe(true);
  expect(await (await open()).get(key)).toEqual(Uint8Array.of(2));
});

test("stores that are opened at once agree on one key", async () => {
  const stores = await Promise.all(Array.from({ length: 8 }, () => open()));
  await stores[0]?.put(key, Uint8Array.of(9));
  for (const store of stores) expect(await store.get(key)).toEqual(Uint8Array.of(9));
});

/** A process that reads and writes entries whose content its number tells, and ends with an error when one is not so. */
const writer = `
  import { createHash } from "node:crypto";
  const { openArtifactStore } = await import(${JSON.stringify(import.meta.resolve("@crucible/cache"))});
  const [folder, keyFile, number, rounds] = process.argv.slice(1);
  const store = await openArtifactStore({ folder, keyFile, maxBytes: 60_000 });
  for (let round = 0; round < Number(rounds); round += 1) {
    const entry = (round * 7 + Number(number)) % 20;
    const key = createHash("sha256").update("entry " + entry).digest("hex");
    const found = await store.get(key);
    if (found !== undefined && (found.length !== 4000 || found.some((byte) => byte !== entry)))
      throw new Error("broken entry");
    await store.put(key, new Uint8Array(4000).fill(entry));
  }
  const { hits, rejected, failures } = await store.statistics();
  process.stdout.write(JSON.stringify({ hits, rejected, failures }));`;

interface Written {
  readonly code: number | null;
  readonly output: string;
}

function startWriter(number: number, rounds: number): Promise<Written> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [
      "--input-type=module",
      "-e",
      writer,
      join(folder, "artifacts"),
      join(folder, "key"),
      String(number),
      String(rounds),
    ]);
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("close", (code) => resolve({ code, output }));
  });
}

async function otherFiles(): Promise<readonly string[]> {
  const names = await readdir(join(folder, "artifacts"), { recursive: true });
  return names.filter((name) => !name.endsWith(".art") && name.length > 2);
}

test("processes that write the same entries at once never show each other a broken one", async () => {
  const runs = await Promise.all([1, 2, 3].map((number) => startWriter(number, 150)));
  for (const { code, output } of runs) {
    expect(output).toContain('"rejected":0');
    expect(code).toBe(0);
  }
  expect(await otherFiles()).toEqual([]);
});

test("processes read the exact content or nothing while entries are cut, changed, swapped and replaced by others'", async () => {
  const random = createRandom(20_261_120);
  const foreign = await openArtifactStore({ folder: join(folder, "foreign"), keyFile: join(folder, "other-key") });
  const nameOf = (entry: number): string => {
    const address = createHash("sha256").update(`entry ${entry}`).digest("hex");
    return join(address.slice(0, 2), `${address}.art`);
  };
  for (let entry = 0; entry < 20; entry += 1)
    await foreign.put(createHash("sha256").update(`entry ${entry}`).digest("hex"), new Uint8Array(4000).fill(99));
  let running = true;
  const runs = Promise.all([1, 2, 3].map((number) => startWriter(number, 400))).finally(() => (running = false));
  let spoiled = 0;
  while (running) {
    const path = join(folder, "artifacts", nameOf(random.below(20)));
    const other = join(folder, random.below(2) === 0 ? "artifacts" : "foreign", nameOf(random.below(20)));
    try {
      const bytes = await readFile(path);
      const choice = random.below(4);
      if (choice === 0) await truncate(path, random.below(bytes.length));
      else if (choice === 1)
        await writeFile(
          path,
          bytes.map((byte, index) => (index === 500 ? byte ^ 1 : byte)),
        );
      else await copyFile(other, path);
      spoiled += 1;
    } catch {
      // It is not there at the moment.
    }
  }
  const written = await runs;
  for (const { code, output } of written) expect([code, output]).toEqual([0, expect.stringContaining('"hits"')]);
  const counts = written.map(
    ({ output }) => JSON.parse(output) as { readonly hits: number; readonly rejected: number },
  );
  expect(spoiled).toBeGreaterThan(0);
  expect(counts.reduce((sum, { rejected }) => sum + rejected, 0)).toBeGreaterThan(0);
  expect(counts.reduce((sum, { hits }) => sum + hits, 0)).toBeGreaterThan(0);
}, 60_000);

test("an artifact comes back as it was, and one of another backend or with other bytes does not", async () => {
  const bytes = Uint8Array.of(0, 1, 2, 255);
  const artifact: Artifact = {
    backend: "lua",
    abi: "1",
    file: "a.lua",
    hash: createHash("sha256").update(bytes).digest("hex"),
    bytes,
    actions: [{ name: "main", arity: 1, documentation: "Runs" }],
    warnings: [
      { severity: "warning", code: "compile/unused", message: "Unused", place: { file: "a.lua", line: 3, column: 2 } },
    ],
    hostFunctions: null,
  };
  const store = await open();
  await store.put(key, encodeArtifact(artifact));
  const content = (await store.get(key)) ?? new Uint8Array();
  expect(JSON.parse(JSON.stringify(decodeArtifact(content, { backend: "lua", abi: "1" }, sha256)))).toEqual(
    JSON.parse(JSON.stringify(artifact)),
  );
  expect(decodeArtifact(content, { backend: "rune", abi: "1" }, sha256)).toBeUndefined();
  expect(decodeArtifact(content, { backend: "lua", abi: "2" }, sha256)).toBeUndefined();
  expect(
    decodeArtifact(encodeArtifact({ ...artifact, bytes: Uint8Array.of(1) }), { backend: "lua", abi: "1" }, sha256),
  ).toBeUndefined();
  expect(decodeArtifact(await readFile(import.meta.filename), { backend: "lua", abi: "1" }, sha256)).toBeUndefined();
});
