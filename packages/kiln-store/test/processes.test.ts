import { unwrap } from "@crucible/sandbox";
import { createKilnIndex, createMiniLmEmbedder } from "@crucible/kiln-store";
import { createHashedEmbedder, startIndexService } from "@crucible/kiln-store/testing";
import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openIndexed } from "./index-laws.ts";
import { startProcess } from "./start-process.ts";
import { temporaryKiln } from "./temporary-kiln.ts";

const storeProgram = new URL("store-process.ts", import.meta.url);
const vectorProgram = new URL("vector-process.ts", import.meta.url);
const open = (root: string) =>
  startIndexService({
    root,
    maxNoteBytes: 1_000_000,
    indexPath: root.endsWith("/") ? join(root, ".crucible", "other.sqlite") : undefined,
    postgres: undefined,
  });

async function expectEqualToRebuild(root: string, embedder = createHashedEmbedder()): Promise<void> {
  const present = await openIndexed(root, open, embedder);
  unwrap(await present.index.refresh());
  unwrap(await present.index.embedPending());
  const rebuilt = await openIndexed(root, (given) => open(`${given}/`), embedder);
  unwrap(await rebuilt.index.refresh());
  unwrap(await rebuilt.index.embedPending());
  expect(await present.service.dump()).toEqual(await rebuilt.service.dump());
}

test("processes that write and index one kiln at once lose nothing and leave one right index", async () => {
  const root = temporaryKiln({ "shared.md": "start\n" });
  const names = ["p", "q", "r"];
  const processes = names.map((name) => startProcess(storeProgram, root, name, "12"));
  expect(await Promise.all(processes.map((each) => each.ended))).toEqual([0, 0, 0]);
  const lines = readFileSync(join(root, "shared.md"), "utf8").trim().split("\n");
  expect(lines.toSorted()).toEqual(
    ["start", ...names.flatMap((name) => Array.from({ length: 12 }, (_, round) => `${name} ${round}`))].toSorted(),
  );
  await expectEqualToRebuild(root);
}, 120_000);

test.each(["0", "3", "6", "9"])(
  "kill -9 after round %s harms neither notes nor index, and the lock goes with the process",
  async (round) => {
    const root = temporaryKiln({ "shared.md": "start\n" });
    const victim = startProcess(storeProgram, root, "v", "1000");
    await victim.until((lines) => lines.includes(round));
    // The next rounds are under way: the signal meets writing, indexing or embedding, wherever it happens to be.
    victim.child.kill("SIGKILL");
    await victim.ended;
    const survivor = startProcess(storeProgram, root, "s", "3");
    expect(await survivor.ended).toBe(0);
    const lines = readFileSync(join(root, "shared.md"), "utf8").trim().split("\n");
    const rounds = lines.filter((line) => line.startsWith("v ")).map((line) => Number(line.slice(2)));
    expect(rounds).toEqual(rounds.map((_, index) => index));
    expect(rounds.length).toBeGreaterThanOrEqual(Number(round) + 1);
    expect(lines.filter((line) => line.startsWith("s "))).toHaveLength(3);
    for (const name of readdirSync(join(root, "own")))
      expect(readFileSync(join(root, "own", name), "utf8")).toMatch(
        /^# [vs]\nround \d+ \[\[shared\]\]\n## Part\nmore \d+$/u,
      );
    await expectEqualToRebuild(root);
  },
  60_000,
);

test("kill -9 of those that make vectors in the background: the next one goes on, and searches are answered by one set throughout", async () => {
  const notes = Array.from({ length: 40 }, (_, index) => [
    `n${index}.md`,
    `# Note ${index}\nword${index % 7} and word${index % 5}`,
  ]);
  const query = "word3 and word4";
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }), async (kills) => {
      const root = temporaryKiln(Object.fromEntries(notes));
      const [old, next] = [createHashedEmbedder("old"), createHashedEmbedder("new", 32)];
      const first = await openIndexed(root, open, old);
      unwrap(await first.index.refresh());
      unwrap(await first.index.embedPending());
      await first.dispose();
      const reader = createKilnIndex({
        service: open(root),
        embedder: next,
        olderEmbedders: [old],
        clock: { now: () => 0 },
        owner: "reader",
      });
      onTestFinished(() => reader.dispose());
      const ask = async () => JSON.stringify(unwrap(await reader.search(query, { mode: "semantic" })));
      const before = await ask();
      const answers: string[] = [];
      let made = 0;
      const count = (lines: readonly string[]) => (made += lines.reduce((sum, line) => sum + Number(line), 0));
      for (const batches of kills) {
        const victim = startProcess(vectorProgram, root);
        await victim.until((lines) => lines.length > batches);
        victim.child.kill("SIGKILL");
        await victim.ended;
        count(await victim.until(() => true));
        answers.push(await ask());
      }
      const survivor = startProcess(vectorProgram, root);
      let isRunning = true;
      const ended = survivor.ended.finally(() => (isRunning = false));
      while (isRunning) answers.push(await ask());
      expect(await ended).toBe(0);
      count(await survivor.until(() => true));
      const after = await ask();
      expect(after).not.toBe(before);
      const switched = answers.includes(after) ? answers.indexOf(after) : answers.length;
      expect(answers).toEqual(answers.map((_, position) => (position < switched ? before : after)));
      // Each kill costs at most the batch that was under way.
      expect(made).toBeGreaterThanOrEqual(notes.length);
      expect(made).toBeLessThanOrEqual(notes.length + 2 * kills.length);
      await reader.dispose();
      await expectEqualToRebuild(root, next);
    }),
    { numRuns: 3 },
  );
}, 120_000);

test("a process that has nothing else to do does not stay for vectors", async () => {
  const root = temporaryKiln(
    Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [`n${index}.md`, `Note ${index}: ${"many words ".repeat(30)}`]),
    ),
  );
  const leaving = startProcess(vectorProgram, root, "leave");
  expect(await leaving.until((lines) => lines.includes("left"))).toEqual(["left"]);
  expect(await leaving.ended).toBe(0);
  const { index } = await openIndexed(root, open, createMiniLmEmbedder());
  const { pending } = unwrap(await index.status());
  expect(pending).toBeGreaterThan(0);
  expect(pending).toBeLessThan(400);
}, 60_000);
