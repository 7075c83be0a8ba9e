import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeArtifact, encodeArtifact, openArtifactStore, sha256 } from "@crucible/cache";
import type { Artifact } from "@crucible/sandbox";
import { afterEach, beforeEach, expect, test } from "vitest";

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

test("processes that write the same entries at once never show each other a broken one", async () => {
  const program = `
    import { createHash } from "node:crypto";
    const { openArtifactStore } = await import(${JSON.stringify(import.meta.resolve("@crucible/cache"))});
    const store = await openArtifactStore({ folder: process.argv[1], keyFile: process.argv[2], maxBytes: 60_000 });
    let seen = 0;
    for (let round = 0; round < 150; round += 1) {
      const number = (round * 7 + Number(process.argv[3])) % 20;
      const key = createHash("sha256").update("entry " + number).digest("hex");
      const found = await store.get(key);
      if (found !== undefined) {
        seen += 1;
        if (found.length !== 4000 || found.some((byte) => byte !== number)) throw new Error("broken entry");
      }
      await store.put(key, new Uint8Array(4000).fill(number));
    }
    const { rejected, failures } = await store.statistics();
    process.stdout.write(JSON.stringify({ seen, rejected, failures }));`;
  const runs = await Promise.all(
    [1, 2, 3].map(
      (number) =>
        new Promise<{ readonly code: number | null; readonly output: string }>((resolve) => {
          const child = spawn(process.execPath, [
            "--input-type=module",
            "-e",
            program,
            join(folder, "artifacts"),
            join(folder, "key"),
            String(number),
          ]);
          let output = "";
          child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
          child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
          child.on("close", (code) => resolve({ code, output }));
        }),
    ),
  );
  for (const { code, output } of runs) {
    expect(output).toContain('"rejected":0');
    expect(code).toBe(0);
  }
  const names = (await readdir(join(folder, "artifacts"), { recursive: true })).filter(
    (name) => !name.endsWith(".art") && name.length > 2,
  );
  expect(names).toEqual([]);
});

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
