import { unwrap } from "@crucible/sandbox";
import { startIndexService } from "@crucible/kiln-store/testing";
import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { openIndexed } from "./index-laws.ts";
import { temporaryKiln } from "./temporary-kiln.ts";

const program = new URL("store-process.ts", import.meta.url).pathname;
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const open = (root: string) =>
  startIndexService({
    root,
    maxNoteBytes: 1_000_000,
    indexPath: root.endsWith("/") ? join(root, ".crucible", "other.sqlite") : undefined,
    postgres: undefined,
  });

function start(
  root: string,
  name: string,
  rounds: number,
): { readonly child: ChildProcess; readonly ended: Promise<number | null>; line(text: string): Promise<void> } {
  const child = spawn(process.execPath, ["--import", tsx, program, root, name, String(rounds)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  return {
    child,
    ended,
    line: (text) =>
      new Promise((resolve) => {
        child.stdout?.on("data", (data: Buffer) => {
          output += data.toString();
          if (output.split("\n").includes(text)) resolve();
        });
      }),
  };
}

async function expectEqualToRebuild(root: string): Promise<void> {
  const present = await openIndexed(root, open);
  unwrap(await present.index.refresh());
  unwrap(await present.index.embedPending());
  const rebuilt = await openIndexed(root, (given) => open(`${given}/`));
  unwrap(await rebuilt.index.refresh());
  unwrap(await rebuilt.index.embedPending());
  expect(await present.service.dump()).toEqual(await rebuilt.service.dump());
}

test("processes that write and index one kiln at once lose nothing and leave one right index", async () => {
  const root = temporaryKiln({ "shared.md": "start\n" });
  const names = ["p", "q", "r"];
  const processes = names.map((name) => start(root, name, 12));
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
    const victim = start(root, "v", 1000);
    await victim.line(round);
    // The next rounds are under way: the signal meets writing, indexing or embedding, wherever it happens to be.
    victim.child.kill("SIGKILL");
    await victim.ended;
    const survivor = start(root, "s", 3);
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
