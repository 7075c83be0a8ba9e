// The journal's powers on Node: folders on disk, hashing, compression, the event loop, and which processes live.
import { createHmac, hash as hashOnce, randomBytes } from "node:crypto";
import {
  closeSync,
  ftruncateSync,
  fsync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeSync,
} from "node:fs";
import { link, open, readdir, rename, rm, stat, truncate } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type {
  AppendFile,
  Compression,
  JournalClock,
  JournalCrypto,
  JournalFolder,
  JournalPowers,
  Processes,
  ProcessIdentity,
} from "./journal-powers.ts";

/**
 * Opens the powers for a journal on disk. The folders and the key are made where they do not exist, for their owner only.
 *
 * @param logFolder the records
 * @param headsFolder heads, leases and the key; keep it outside of what is synchronised or backed up with the log
 */
export function openJournalFiles(logFolder: string, headsFolder: string): JournalPowers {
  mkdirSync(logFolder, { recursive: true, mode: 0o700 });
  mkdirSync(headsFolder, { recursive: true, mode: 0o700 });
  return {
    log: openFolder(logFolder),
    heads: openFolder(headsFolder),
    crypto: nodeCrypto,
    compression: nodeCompression,
    clock: nodeClock,
    processes: nodeProcesses,
    key: loadKey(join(headsFolder, "journal.key")),
  };
}

/** A folder on disk. */
export function openFolder(place: string): JournalFolder {
  const path = (name: string): string => join(place, name);
  const draft = async (content: string | Uint8Array, durable: boolean): Promise<string> => {
    const name = path(`.draft-${randomBytes(9).toString("base64url")}`);
    const file = await open(name, "wx", 0o600);
    try {
      await file.writeFile(content);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    return name;
  };
  return {
    place,
    list: async () => {
      const names = await readdir(place);
      const found = [];
      for (const name of names) {
        if (name.startsWith(".")) continue;
        const entry = await stat(path(name)).catch(ignoreAbsent);
        if (entry?.isFile() === true) found.push({ name, bytes: entry.size });
      }
      return found;
    },
    read: async (name, from = 0) => {
      const file = await open(path(name), "r").catch(ignoreAbsent);
      if (file === undefined) return undefined;
      try {
        if (from === 0) return await file.readFile();
        const { size } = await file.stat();
        const content = new Uint8Array(Math.max(0, size - from));
        let filled = 0;
        while (filled < content.length) {
          const { bytesRead } = await file.read(content, filled, content.length - filled, from + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return content.subarray(0, filled);
      } finally {
        await file.close();
      }
    },
    write: async (name, content) => {
      await rename(await draft(content, true), path(name));
      await syncFolder(place);
    },
    create: async (name, content, durable) => {
      const made = await draft(content, durable);
      try {
        await link(made, path(name));
        if (durable) await syncFolder(place);
        return true;
      } catch (error) {
        if (codeOf(error) === "EEXIST") return false;
        throw error;
      } finally {
        await rm(made, { force: true });
      }
    },
    remove: (name) => rm(path(name), { force: true }),
    truncate: (name, bytes) => truncate(path(name), bytes),
    append: (name) => openAppend(path(name)),
  };
}

function openAppend(path: string): AppendFile {
  const file = openSync(path, "a", 0o600);
  let closed = false;
  return {
    write: (content) => {
      for (let done = 0; done < content.length;) done += writeSync(file, content, done);
    },
    truncate: (bytes) => ftruncateSync(file, bytes),
    sync: () => promisify(fsync)(file),
    close: () => {
      if (!closed) closeSync(file);
      closed = true;
      return Promise.resolve();
    },
  };
}

/** SHA-256, HMAC and random bytes of Node. */
export const nodeCrypto: JournalCrypto = {
  sha256: (content) => hashOnce("sha256", content, "base64url"),
  hmac: (key, content) => createHmac("sha256", key).update(content).digest("base64url"),
  randomBytes: (count) => randomBytes(count),
};

const gzipAsync = promisify<Uint8Array, Buffer>(gzip);

/** Gzip of Node, off the main thread. */
export const nodeCompression: Compression = {
  gzip: (content) => gzipAsync(content),
  gunzip: (content, maxBytes) =>
    new Promise((resolve, reject) => {
      gunzip(content, { maxOutputLength: maxBytes }, (error, result) =>
        error === null ? resolve(result) : reject(error),
      );
    }),
};

const nodeClock: JournalClock = {
  now: () => Date.now(),
  defer: (run) => {
    setImmediate(run);
  },
  startTimer: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** This process, and whether another one of this machine and process namespace lives. */
export const nodeProcesses: Processes = {
  self: { pid: process.pid, started: startOf(process.pid) ?? "unknown", where: whereabouts() },
  isAlive: (other: ProcessIdentity) => {
    // Of a process elsewhere nothing is known: it counts as alive.
    if (other.where !== whereabouts()) return true;
    try {
      process.kill(other.pid, 0);
    } catch (error) {
      return codeOf(error) !== "ESRCH";
    }
    // The number may belong to another process by now.
    const started = startOf(other.pid);
    return started === undefined || other.started === "unknown" || started === other.started;
  },
};

/** Machine, boot and process namespace: numbers of processes mean nothing outside of these. */
function whereabouts(): string {
  const read = (get: () => string): string => {
    try {
      return get().trim();
    } catch {
      return "";
    }
  };
  const boot = read(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
  const namespace = read(() => readlinkSync("/proc/self/ns/pid"));
  return `${hostname()} ${boot} ${namespace}`.trim();
}

/** Start of a process in ticks since boot, where the system tells it. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the command may contain spaces and parentheses; fields are counted after its end.
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** The key, made by the first process that needs it. */
function loadKey(path: string): Uint8Array {
  for (;;) {
    try {
      const key = readFileSync(path);
      if (key.length === 32) return key;
      throw new Error(`"${path}" is not a key of 32 bytes`);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
    const made = `${path}.${randomBytes(9).toString("base64url")}`;
    const file = openSync(made, "wx", 0o600);
    try {
      writeSync(file, randomBytes(32));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    try {
      linkSync(made, path);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    } finally {
      rmSync(made, { force: true });
    }
  }
}

async function syncFolder(place: string): Promise<void> {
  const folder = await open(place, "r").catch(() => undefined);
  try {
    await folder?.sync();
  } catch {
    // Not every platform syncs folders; the file itself is durable.
  } finally {
    await folder?.close();
  }
}

function ignoreAbsent(error: unknown): undefined {
  if (codeOf(error) !== "ENOENT") throw error;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
