// The journal on a real disk, with real processes: killed at random points, and several at once.
import { nodeCrypto, openFolder, openJournal, openJournalFiles, queryJournal, verifyJournal } from "@crucible/audit";
import { unwrap } from "@crucible/sandbox";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { entry, security } from "./memory-journal.ts";

const folders: string[] = [];
function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "crucible-journal-"));
  folders.push(folder);
  return folder;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Appends records and says on stdout which ones were acknowledged, until it is killed or has done `count`. */
const writer = `
  import { openJournal, openJournalFiles, noSubject } from "@crucible/audit";
  import { writeSync } from "node:fs";
  const [folder, name, count] = process.argv.slice(1);
  const opened = await openJournal(openJournalFiles(folder + "/log", folder + "/heads"), { maxSegmentBytes: 4000, syncIntervalMs: 1 });
  if (!opened.ok) throw new Error(opened.error.message);
  const journal = opened.value;
  for (let index = 0; index < Number(count); index += 1) {
    const text = name + "-" + index;
    if (index % 7 === 0) {
      const written = await journal.record({ ...noSubject, kind: "plugin.install", content_hash: text, path: "/p", source: "x".repeat(index % 50) });
      if (!written.ok) throw new Error(written.error.message);
    } else {
      journal.append({ ...noSubject, kind: "plugin.load", content_hash: text, path: "/p", scope: "ü".repeat(index % 90) });
      const flushed = await journal.flushed();
      if (!flushed.ok) throw new Error(flushed.error.message);
    }
    writeSync(1, text + "\\n");
  }
  const closed = await journal.dispose();
  if (!closed.ok) throw new Error(closed.error.message);
`;

/** Runs a writer; kills it once it has acknowledged so many records. What it acknowledged comes back. */
function runWriter(
  folder: string,
  name: string,
  count: number,
  killAfter = Number.POSITIVE_INFINITY,
): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", writer, folder, name, String(count)], {
      cwd: new URL("..", import.meta.url).pathname,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.split("\n").length > killAfter) child.kill("SIGKILL");
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code !== 0 && signal !== "SIGKILL") reject(new Error(errors));
      else resolve(output.split("\n").slice(0, -1));
    });
  });
}

async function recorded(folder: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const { record } of queryJournal(openJournalFiles(join(folder, "log"), join(folder, "heads"))))
    if (record.kind === "plugin.load" || record.kind === "plugin.install") found.add(record.content_hash);
  return found;
}

describe("a journal on disk", () => {
  test("has every acknowledged record after kill -9 at random points, and the next process continues the chain", async () => {
    const folder = scratch();
    const powers = openJournalFiles(join(folder, "log"), join(folder, "heads"));
    const kills = fc.sample(fc.integer({ min: 1, max: 120 }), 12);
    const acknowledged: string[] = [];
    for (const [round, killAfter] of kills.entries()) {
      acknowledged.push(...(await runWriter(folder, `r${round}`, 100_000, killAfter)));
      const found = await recorded(folder);
      expect(acknowledged.filter((name) => !found.has(name))).toEqual([]);
      expect((await verifyJournal(powers)).problems).toEqual([]);
    }
    const { chains, ok } = await verifyJournal(powers);
    expect({ chains, ok }).toEqual({ chains: 1, ok: true });
  });

  test("takes several processes at once, some of them killed, each with a chain of its own", async () => {
    const folder = scratch();
    const powers = openJournalFiles(join(folder, "log"), join(folder, "heads"));
    const acknowledged = await Promise.all([
      runWriter(folder, "a", 150),
      runWriter(folder, "b", 150),
      runWriter(folder, "c", 100_000, 60),
      runWriter(folder, "d", 100_000, 30),
    ]);
    const found = await recorded(folder);
    expect(acknowledged.flat().filter((name) => !found.has(name))).toEqual([]);
    expect((await verifyJournal(powers)).problems).toEqual([]);
    // Later processes use the chains that are free again.
    const before = (await verifyJournal(powers)).chains;
    await Promise.all([runWriter(folder, "e", 20), runWriter(folder, "f", 20)]);
    const after = await verifyJournal(powers);
    expect(after.problems).toEqual([]);
    expect(after.chains).toBe(Math.max(before, 2));
  });

  test("can be verified and read while others write", async () => {
    const folder = scratch();
    const powers = openJournalFiles(join(folder, "log"), join(folder, "heads"));
    let running = true;
    const writing = runWriter(folder, "w", 400).finally(() => (running = false));
    let rounds = 0;
    while (running) {
      expect((await verifyJournal(powers)).problems).toEqual([]);
      await recorded(folder);
      rounds += 1;
    }
    await writing;
    expect(rounds).toBeGreaterThan(0);
    expect((await recorded(folder)).size).toBe(400);
  });

  test("is readable for its owner only", async () => {
    const folder = scratch();
    const journal = unwrap(await openJournal(openJournalFiles(join(folder, "log"), join(folder, "heads"))));
    unwrap(await journal.record(security("x")));
    unwrap(await journal.dispose());
    for (const part of ["log", "heads"]) {
      expect(statSync(join(folder, part)).mode & 0o077).toBe(0);
      for (const file of readdirSync(join(folder, part)))
        expect(statSync(join(folder, part, file)).mode & 0o077).toBe(0);
    }
  });

  test("keeps one key for all processes", async () => {
    const folder = scratch();
    const keys = await Promise.all(
      Array.from({ length: 5 }, async () => openJournalFiles(join(folder, "log"), join(folder, "heads")).key),
    );
    expect(new Set(keys.map((key) => Buffer.from(key).toString("hex"))).size).toBe(1);
    expect(readFileSync(join(folder, "heads", "journal.key"))).toHaveLength(32);
  });

  test("a process of another machine counts as alive, one that ended does not", () => {
    const { processes } = openJournalFiles(join(scratch(), "log"), join(scratch(), "heads"));
    expect(processes.isAlive(processes.self)).toBe(true);
    expect(processes.isAlive({ ...processes.self, pid: 1, where: "elsewhere" })).toBe(true);
    expect(processes.isAlive({ ...processes.self, pid: 2 ** 22 - 3 })).toBe(false);
    // The same number, started at another time: the number was given away again.
    expect(processes.isAlive({ ...processes.self, started: "1" })).toBe(processes.self.started === "unknown");
  });
});

describe("a folder on disk", () => {
  test("agrees with what a map would hold, whatever is done to it", async () => {
    const name = fc.constantFrom("a", "b", "c");
    const content = fc.uint8Array({ maxLength: 20 });
    const step = fc.oneof(
      fc.record({ kind: fc.constant("write" as const), name, content }),
      fc.record({ kind: fc.constant("create" as const), name, content: fc.string({ maxLength: 10 }) }),
      fc.record({ kind: fc.constant("append" as const), name, content }),
      fc.record({ kind: fc.constant("remove" as const), name }),
      fc.record({ kind: fc.constant("truncate" as const), name, bytes: fc.nat(20) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), fc.nat(10), async (steps, from) => {
        const folder = openFolder(scratch());
        const model = new Map<string, Uint8Array>();
        for (const one of steps) {
          const before = model.get(one.name);
          if (one.kind === "write") {
            await folder.write(one.name, one.content);
            model.set(one.name, one.content);
          } else if (one.kind === "create") {
            expect(await folder.create(one.name, one.content, false)).toBe(before === undefined);
            if (before === undefined) model.set(one.name, new TextEncoder().encode(one.content));
          } else if (one.kind === "append") {
            const file = folder.append(one.name);
            file.write(one.content);
            await file.sync();
            await file.close();
            model.set(one.name, Uint8Array.from([...(before ?? []), ...one.content]));
          } else if (one.kind === "remove") {
            await folder.remove(one.name);
            model.delete(one.name);
          } else if (before !== undefined && one.bytes <= before.length) {
            await folder.truncate(one.name, one.bytes);
            model.set(one.name, before.slice(0, one.bytes));
          }
        }
        const listed = (await folder.list()).map((file) => `${file.name} ${file.bytes}`);
        expect(new Set(listed)).toEqual(new Set([...model].map(([key, bytes]) => `${key} ${bytes.length}`)));
        for (const [key, bytes] of model) expect((await folder.read(key, from))?.join()).toBe(bytes.slice(from).join());
        expect(await folder.read("absent")).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  test("hashes as the standard says", () => {
    // FIPS 180-4, "abc"
    const expected = Buffer.from("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "hex").toString(
      "base64url",
    );
    expect(nodeCrypto.sha256("abc")).toBe(expected);
    expect(nodeCrypto.sha256(new TextEncoder().encode("abc"))).toBe(expected);
    expect(entry("x").kind).toBe("plugin.load");
  });
});
