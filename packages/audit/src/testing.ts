// Journals in memory, for tests of any package (`@crucible/audit/testing`): virtual time, processes that end when a test says
// so, folders that can lose power.
import { unwrap } from "@crucible/sandbox";
import { nodeCompression, nodeCrypto } from "./journal-files-node.ts";
import { openJournal, type Journal, type JournalOptions } from "./journal.ts";
import type { JournalPowers } from "./journal-powers.ts";
import { createMemoryFolder, type MemoryFolder } from "./memory-folder.ts";

/** A machine whose processes share two folders in memory. */
export interface MemoryMachine {
  readonly log: MemoryFolder;
  readonly heads: MemoryFolder;
  /** Unix milliseconds; only whoever sets it lets time pass. */
  time: number;
  /** Powers of a new process on this machine. */
  start(): JournalPowers;
  /** Ends a process without giving it a chance to do anything. */
  kill(powers: JournalPowers): void;
  /** Opens the journal in a new process. */
  open(options?: JournalOptions): Promise<{ readonly journal: Journal; readonly powers: JournalPowers }>;
}

/** Milliseconds. */
export const day = 86_400_000;
/** 2026-11-20T10:00:00Z */
export const morning: number = Date.UTC(2026, 10, 20, 10);

/** Makes a machine without a journal, in the morning. */
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
        compression: nodeCompression,
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
