// Processes of their own for tests, with what they write line by line.
import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

export interface StartedProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** Resolves when the lines that were written so far satisfy a test, and when the process has ended. */
  until(satisfied: (lines: readonly string[]) => boolean): Promise<readonly string[]>;
}

/** Starts a program; it is killed with the test. */
export function startProcess(program: URL, ...args: string[]): StartedProcess {
  const child = spawn(process.execPath, ["--import", tsx, program.pathname, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  const listeners = new Set<() => void>();
  child.stdout?.on("data", (data: Buffer) => {
    output += data.toString();
    for (const look of listeners) look();
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const lines = () => output.split("\n").slice(0, -1);
  return {
    child,
    ended,
    until: async (satisfied) => {
      const seen = new Promise<void>((resolve) => {
        const look = () => {
          if (satisfied(lines())) resolve();
        };
        listeners.add(look);
        look();
      });
      await Promise.race([seen, ended]);
      return lines();
    },
  };
}
