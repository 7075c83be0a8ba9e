// Journals in memory for the tests: virtual time, processes that end when a test says so, folders that can lose power.
import {
  createMemoryFolder,
  nodeCrypto,
  noSubject,
  openJournal,
  type Journal,
  type JournalEntry,
  type JournalOptions,
  type JournalPowers,
  type MemoryFolder,
} from "@crucible/audit";
import { unwrap } from "@crucible/sandbox";
import { promisify } from "node:util";
import { gunzipSync, gzip } from "node:zlib";

export interface MemoryMachine {
  readonly log: MemoryFolder;
  readonly heads: MemoryFolder;
  time: number;
  /** Powers of a new process on this machine. */
  start(): JournalPowers;
  /** Ends a process without giving it a chance to do anything. */
  kill(powers: JournalPowers): void;
  open(options?: JournalOptions): Promise<{ readonly journal: Journal; readonly powers: JournalPowers }>;
}

const gzipAsync = promisify<Uint8Array, Uint8Array>(gzip);
export const day = 86_400_000;
/** 2026-11-20T10:00:00Z */
export const morning: number = Date.UTC(2026, 10, 20, 10);

export function createMachine(): MemoryMachine {
  const log = createMemoryFolder("log");
  const heads = createMemoryFolder("heads");
  const dead = new Set<number>();
  /** A process that was killed changes nothing any more, whatever it had still planned. */
  const ofProcess = (folder: MemoryFolder, pid: number): MemoryFolder => {
    const check = <Arguments extends readonly unknown[], Result>(
      run: (...args: Arguments) => Result,
    ): ((...args: Arguments) => Result) => {
      return (...args) => {
        if (dead.has(pid)) throw new Error("this process was killed");
        return run(...args);
      };
    };
    return {
      ...folder,
      write: check(folder.write),
      create: check(folder.create),
      remove: check(folder.remove),
      truncate: check(folder.truncate),
      append: (name) => {
        const file = check(folder.append)(name);
        return { ...file, write: check(file.write), truncate: check(file.truncate), sync: check(file.sync) };
      },
    };
  };
  let pids = 100;
  const machine: MemoryMachine = {
    log,
    heads,
    time: morning,
    start: () => {
      const pid = (pids += 1);
      return {
        log: ofProcess(log, pid),
        heads: ofProcess(heads, pid),
        crypto: nodeCrypto,
        compression: {
          gzip: (content) => gzipAsync(content),
          gunzip: (content, maxBytes) =>
            Promise.resolve().then(() => gunzipSync(content, { maxOutputLength: maxBytes })),
        },
        clock: { now: () => machine.time, defer: queueMicrotask, startTimer: () => () => {} },
        processes: { self: { pid, started: "1", where: "here" }, isAlive: (other) => !dead.has(other.pid) },
        key: new Uint8Array(32).fill(7),
      };
    },
    kill: (powers) => void dead.add(powers.processes.self.pid),
    open: async (options) => {
      const powers = machine.start();
      return { journal: unwrap(await openJournal(powers, options)), powers };
    },
  };
  return machine;
}

/** A small record that says which one it is. */
export const entry = (
  name: string,
  more: Partial<Extract<JournalEntry, { kind: "plugin.load" }>> = {},
): JournalEntry => ({
  ...noSubject,
  kind: "plugin.load",
  content_hash: name,
  path: "/p",
  scope: "system",
  ...more,
});

/** A record that has to be durable before it is acknowledged. */
export const security = (name: string): JournalEntry => ({
  ...noSubject,
  kind: "security",
  priority: "high",
  event: name,
  operation: "crucible.http.get",
  capability: "NetworkHttp",
  reason: "undeclared",
  message: "Grüße, 世界 🌍",
  chain: [],
  subject: null,
});
