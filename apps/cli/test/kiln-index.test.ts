import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));

let folder: string;
let kiln: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cru-index-"));
  kiln = join(folder, "kiln");
  mkdirSync(join(kiln, ".crucible"), { recursive: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: folder,
  CRUCIBLE_HOME: join(folder, "home"),
});

function cru(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { cwd: kiln, env: environment() }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
    );
  });
}

test("kiln index and kiln status name what is no note, with a line where there is one, and print no control characters", async () => {
  writeFileSync(join(kiln, "a.md"), "# A\n[[b]]\n");
  writeFileSync(join(kiln, "utf16.md"), Buffer.from("\ufeffx", "utf16le"));
  writeFileSync(join(kiln, "binary.md"), Buffer.from([0x61, 0x0a, 0x00]));
  writeFileSync(join(kiln, "red\u001b[31m.md"), "x");
  const lines = [
    "binary.md:2: It is a binary file, with a NUL byte in line 2",
    "red\\u{1b}[31m.md: It contains a control character",
    "utf16.md: It is UTF-16 text, and notes are UTF-8",
  ];
  const indexed = await cru("kiln", "index");
  expect(indexed).toMatchObject({ code: 0, stdout: "1 notes, 1 passages, 1 vectors made\n" });
  expect(indexed.stderr.trim().split("\n")).toStrictEqual(lines);
  const status = await cru("kiln", "status");
  expect(status.stderr.trim().split("\n")).toStrictEqual(lines);
  const asData = JSON.parse((await cru("--json", "kiln", "status")).stdout) as { problems: unknown };
  expect(asData.problems).toStrictEqual([
    { path: "binary.md", line: 2, message: "It is a binary file, with a NUL byte in line 2" },
    { path: "red\u001b[31m.md", line: null, message: "It contains a control character" },
    { path: "utf16.md", line: null, message: "It is UTF-16 text, and notes are UTF-8" },
  ]);
}, 60_000);

test.each(["SIGINT", "SIGTERM"] as const)(
  "kiln watch prints one line for each change until %s, and ends with exit code 130",
  async (signal) => {
    const child = spawn(process.execPath, [bin, "--json", "kiln", "watch"], {
      cwd: kiln,
      env: environment(),
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let output = "";
    const wanted: { readonly text: string; readonly resolve: () => void }[] = [];
    const take = (data: Buffer): void => {
      output += data.toString();
      for (const each of wanted) if (output.includes(each.text)) each.resolve();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const ended = new Promise<number | null>((resolve) => child.on("exit", (code) => resolve(code)));
    const until = (text: string): Promise<void> =>
      new Promise((resolve) => {
        wanted.push({ text, resolve });
        take(Buffer.from(""));
      });
    await until("Watching notes and plugins");
    writeFileSync(join(kiln, `${signal}.md`), "new\n");
    await until(`{"event":"note:created","subject":"${signal}.md"}\n`);
    writeFileSync(join(kiln, ".save"), "anew\n");
    renameSync(join(kiln, ".save"), join(kiln, `${signal}.md`));
    await until(`{"event":"note:modified","subject":"${signal}.md"}\n`);
    rmSync(join(kiln, `${signal}.md`));
    await until(`{"event":"note:deleted","subject":"${signal}.md"}\n`);
    child.kill(signal);
    expect(await ended).toBe(130);
    // Whatever was under way, the index is whole.
    expect((await cru("kiln", "search", "A", "--mode", "lexical")).stdout).toContain("a.md");
  },
  60_000,
);
