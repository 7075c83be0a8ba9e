// What the tests of the command line share: a kiln and a home in a temporary folder, `cru` as a process of its own, plugins.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const bin: string = fileURLToPath(new URL("../dist/bin.js", import.meta.url));

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CruSubject {
  readonly folder: string;
  readonly kiln: string;
  readonly environment: NodeJS.ProcessEnv;
  cru(args: readonly string[], options?: { readonly cwd?: string; readonly input?: string }): Promise<Run>;
  /** A command that stays; what it prints gathers. */
  start(args: readonly string[]): { readonly child: ChildProcess; until(text: string): Promise<string> };
  /** Writes a file below the folder. */
  write(path: string, text: string): string;
  /** Writes a plugin that needs no trust: `home/config/plugins/NAME.lua`. */
  putPlugin(name: string, code: string, more?: string): string;
  dispose(): void;
}

/** A Lua plugin's whole file. */
export function plugin(name: string, code: string, more = ""): string {
  return `--[[\n---\nname: ${name}\ndescription: A plugin for tests\nlanguage: lua\n${more}---\n]]\n${code}\n`;
}

export function createCruSubject(): CruSubject {
  const folder = mkdtempSync(join(tmpdir(), "cru-"));
  const kiln = join(folder, "kiln");
  mkdirSync(join(kiln, ".crucible"), { recursive: true });
  const environment = { PATH: process.env["PATH"], HOME: folder, CRUCIBLE_HOME: join(folder, "home"), USER: "ada" };
  const started: ChildProcess[] = [];
  const write = (path: string, text: string): string => {
    const whole = join(folder, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, text);
    return whole;
  };
  return {
    folder,
    kiln,
    environment,
    cru: (args, { cwd = kiln, input = "" } = {}) =>
      new Promise((resolve) => {
        const child = execFile(process.execPath, [bin, ...args], { cwd, env: environment }, (error, stdout, stderr) =>
          resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
        );
        child.stdin?.end(input);
      }),
    start: (args) => {
      const child = spawn(process.execPath, [bin, ...args], { cwd: kiln, env: environment });
      started.push(child);
      let printed = "";
      const listeners = new Set<() => void>();
      const take = (chunk: Buffer): void => {
        printed += chunk.toString();
        for (const listener of listeners) listener();
      };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      return {
        child,
        until: (text) =>
          new Promise((resolve, reject) => {
            const look = (): void => {
              if (!printed.includes(text)) return;
              listeners.delete(look);
              resolve(printed);
            };
            listeners.add(look);
            child.once("exit", () => reject(new Error(`It ended before it printed "${text}": ${printed}`)));
            look();
          }),
      };
    },
    write,
    putPlugin: (name, code, more) => write(`home/config/plugins/${name}.lua`, plugin(name, code, more)),
    dispose: () => {
      for (const child of started) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
