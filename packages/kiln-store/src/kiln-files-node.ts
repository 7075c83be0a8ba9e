// The files of a kiln on a disk: contained in one root, never through symbolic links, written atomically.
import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  type BigIntStats,
} from "node:fs";
import { link, lstat, mkdir, open, readdir, realpath, rename, unlink, type FileHandle } from "node:fs/promises";
import { join, sep } from "node:path";
import { fail, succeed, type Outcome } from "@crucible/sandbox/outcome";
import { compareText } from "./note-path.ts";
import { createKilnLock } from "./kiln-lock-node.ts";
import type { ExpectedVersion, FileContent, FileEntry, FileStamp, KilnFiles } from "./kiln-files.ts";

export interface KilnFilesOptions {
  /** Folder of the kiln; it must exist. */
  readonly root: string;
  /** Reads without giving way to other work, which is four times as fast. For worker threads. */
  readonly blocking?: boolean;
  /** How long to wait for the lock of another process, in milliseconds. Default 30,000. */
  readonly lockWaitMs?: number;
}

/** Within this time of a change another change may leave the same times on a file. */
const recentMs = 2000;
/** No write takes so long that its temporary file could be this old. */
const leftBehindMs = 3_600_000;
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens the folder of a kiln. Temporary files and the lock live in `.crucible/`.
 *
 * @throws when `root` is no folder
 */
export function createKilnFiles(options: KilnFilesOptions): KilnFiles {
  const root = realpathSync.native(options.root);
  if (!lstatSync(root).isDirectory()) throw new TypeError(`The kiln "${options.root}" is no folder`);
  const lock = createKilnLock(join(root, ".crucible", "lock.sqlite"), options.lockWaitMs ?? 30_000);

  /** Full path of a file whose folder is really inside the root, or why there is none. Missing folders pass. */
  const locate = async (path: string): Promise<Outcome<string>> => {
    const text = checkText(path);
    if (text !== undefined) return text;
    const full = join(root, ...path.split("/"));
    const folder = full.slice(0, full.lastIndexOf(sep));
    if (folder.length > root.length) {
      if (await passesLink(folder, root)) return refuseLink(path);
    }
    return succeed(full);
  };

  /** Folder that was found to be free of links, and until when that is believed. */
  let trusted = { folder: "", until: 0 };

  /** `locate` without giving way. A walk reads many files of one folder, which is looked at once in a tenth of a second. */
  const locateNow = (path: string): Outcome<string> => {
    const text = checkText(path);
    if (text !== undefined) return text;
    const full = join(root, ...path.split("/"));
    const folder = full.slice(0, full.lastIndexOf(sep));
    if (folder !== trusted.folder || performance.now() > trusted.until) {
      try {
        if (folder.length > root.length && realpathSync(folder).normalize("NFC") !== folder.normalize("NFC"))
          return refuseLink(path);
      } catch (thrown) {
        return readFailure(path, thrown);
      }
      trusted = { folder, until: performance.now() + 100 };
    }
    return succeed(full);
  };

  const readNow = (path: string, full: string, maxBytes: number): Outcome<FileContent> => {
    let descriptor: number;
    try {
      descriptor = openSync(full, readFlags);
    } catch (thrown) {
      return readFailure(path, thrown);
    }
    try {
      const stats = fstatSync(descriptor, { bigint: true });
      const refused = checkReadable(path, stats, maxBytes);
      if (refused !== undefined) return refused;
      const bytes = new Uint8Array(Number(stats.size) + 1);
      let length = 0;
      for (;;) {
        const count = readSync(descriptor, bytes, length, bytes.length - length, null);
        length += count;
        if (count === 0 || length === bytes.length) break;
      }
      if (length === bytes.length) return changedWhileReading(path);
      return succeed({ bytes: bytes.subarray(0, length), stamp: toStamp(stats) });
    } finally {
      closeSync(descriptor);
    }
  };

  const readAsync = async (path: string, full: string, maxBytes: number): Promise<Outcome<FileContent>> => {
    let file: FileHandle;
    try {
      file = await open(full, readFlags);
    } catch (thrown) {
      return readFailure(path, thrown);
    }
    try {
      const stats = await file.stat({ bigint: true });
      const refused = checkReadable(path, stats, maxBytes);
      if (refused !== undefined) return refused;
      const bytes = new Uint8Array(Number(stats.size) + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
        length += bytesRead;
        if (bytesRead === 0 || length === bytes.length) break;
      }
      if (length === bytes.length) return changedWhileReading(path);
      return succeed({ bytes: bytes.subarray(0, length), stamp: toStamp(stats) });
    } finally {
      await file.close();
    }
  };

  const read = async (path: string, maxBytes: number): Promise<Outcome<FileContent>> => {
    const located = options.blocking === true ? locateNow(path) : await locate(path);
    if (!located.ok) return located;
    for (const full of spellings(located.value)) {
      if (process.platform !== "linux" && !(await hasThisSpelling(full))) continue;
      const found = options.blocking === true ? readNow(path, full, maxBytes) : await readAsync(path, full, maxBytes);
      if (found.ok || found.error.code !== "host/note-not-found") return found;
    }
    return notFound(path);
  };

  const stamp = (path: string): FileStamp | undefined => {
    if (checkText(path) !== undefined) return undefined;
    for (const full of spellings(join(root, ...path.split("/")))) {
      const stats = lstatSync(full, { bigint: true, throwIfNoEntry: false });
      if (stats?.isFile() === true) return toStamp(stats);
    }
    return undefined;
  };

  let swept = false;

  const writeTemporary = async (bytes: Uint8Array, mode: number | undefined): Promise<string> => {
    const folder = join(root, ".crucible", "tmp");
    await mkdir(folder, { recursive: true });
    if (!swept) {
      swept = true;
      await sweep(folder);
    }
    const temporary = join(folder, `${process.pid}-${randomBytes(8).toString("hex")}`);
    const file = await open(temporary, "wx", mode ?? 0o666);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    return temporary;
  };

  const write = async (path: string, bytes: Uint8Array, expected: ExpectedVersion): Promise<Outcome<FileStamp>> => {
    const located = await locate(path);
    if (!located.ok) return located;
    let target = located.value;
    let mode: number | undefined;
    for (const full of spellings(located.value)) {
      const stats = await lstat(full).catch(() => undefined);
      if (stats === undefined) continue;
      if (stats.isSymbolicLink()) return refuseLink(path);
      if (!stats.isFile())
        return fail("host/note-invalid", `Cannot write "${path}": something that is no file stands there`, { path });
      if (!(await hasThisSpelling(full)))
        return fail(
          "host/note-conflict",
          `Cannot write "${path}": a file whose name differs only in case stands there`,
          { path },
        );
      target = full;
      mode = stats.mode & 0o777;
      break;
    }
    try {
      const folder = target.slice(0, target.lastIndexOf(sep));
      await mkdir(folder, { recursive: true });
      const temporary = await writeTemporary(bytes, mode);
      try {
        const conflict = await checkVersion(path, expected);
        if (conflict !== undefined) return conflict;
        if (expected.kind === "absent") {
          // Linking fails when somebody else made the file meanwhile; renaming would replace it.
          await link(temporary, target);
        } else await rename(temporary, target);
      } finally {
        await unlink(temporary).catch(() => undefined);
      }
      await syncFolder(folder);
      return succeed(toStamp(await lstat(target, { bigint: true })));
    } catch (thrown) {
      return writeFailure(path, thrown);
    }
  };

  const checkVersion = async (path: string, expected: ExpectedVersion): Promise<Outcome<never> | undefined> => {
    if (expected.kind === "any") return undefined;
    const present = await read(path, Number.MAX_SAFE_INTEGER);
    if (!present.ok && present.error.code !== "host/note-not-found") return present;
    const hash = present.ok ? hashBytes(present.value.bytes) : undefined;
    if (expected.kind === "absent" ? hash === undefined : hash === expected.hash) return undefined;
    return fail("host/note-conflict", `Cannot write "${path}": it is not the version that was read`, {
      path,
      present: hash ?? null,
    });
  };

  return {
    read,
    stamp,
    write,
    async list(folder) {
      if (folder !== "") {
        const located = await locate(`${folder}/-`);
        if (!located.ok) return located;
      }
      const full = folder === "" ? root : join(root, ...folder.split("/"));
      try {
        const entries = (await readdir(full, { withFileTypes: true })).map((entry): FileEntry => ({
          name: entry.name.normalize("NFC"),
          kind: entry.isFile() ? "file" : entry.isDirectory() ? "folder" : entry.isSymbolicLink() ? "symlink" : "other",
        }));
        return succeed(entries.sort((a, b) => compareText(a.name, b.name)));
      } catch (thrown) {
        return readFailure(folder, thrown);
      }
    },
    async move(from, to) {
      const source = await locate(from);
      if (!source.ok) return source;
      const target = await locate(to);
      if (!target.ok) return target;
      try {
        const present = (
          await Promise.all(spellings(source.value).map(async (full) => ((await isFile(full)) ? full : undefined)))
        ).find((full) => full !== undefined);
        if (present === undefined) return notFound(from);
        const folder = target.value.slice(0, target.value.lastIndexOf(sep));
        await mkdir(folder, { recursive: true });
        const occupied = await lstat(target.value, { bigint: true }).catch(() => undefined);
        // On a file system that ignores case a change of case finds the file itself in the way.
        if (occupied !== undefined && occupied.ino !== (await lstat(present, { bigint: true })).ino) {
          return fail("host/note-conflict", `Cannot move "${from}" to "${to}": a file stands there`, { path: to });
        }
        await rename(present, target.value);
        await syncFolder(folder);
        return succeed(toStamp(await lstat(target.value, { bigint: true })));
      } catch (thrown) {
        return writeFailure(from, thrown);
      }
    },
    async remove(path) {
      const located = await locate(path);
      if (!located.ok) return located;
      try {
        for (const full of spellings(located.value)) await unlink(full).catch(ignoreMissing);
        return succeed(null);
      } catch (thrown) {
        return writeFailure(path, thrown);
      }
    },
    exclusive: (work) => lock.exclusive(work),
    hash: hashBytes,
    dispose() {
      lock.dispose();
      return Promise.resolve();
    },
  };
}

/** SHA-256 as hexadecimal digits. */
function hashBytes(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function checkText(path: string): Outcome<never> | undefined {
  const segments = path.split("/");
  const bad =
    path.includes("\0") ||
    path.includes("\\") ||
    segments.some((segment) => segment === "" || segment === "." || segment === "..");
  return bad
    ? fail("host/path-refused", `Cannot use the path ${JSON.stringify(path)}: it leaves the kiln`, { path })
    : undefined;
}

/** A name as it is written and as macOS stores it. */
function spellings(full: string): string[] {
  const decomposed = full.normalize("NFD");
  return decomposed === full ? [full] : [full, decomposed];
}

/** Where the file system ignores case, only the spelling that is stored names the file: one note has one path. */
async function hasThisSpelling(full: string): Promise<boolean> {
  if (process.platform === "linux") return true;
  try {
    return (await realpath(full)).normalize("NFC") === full.normalize("NFC");
  } catch {
    return true;
  }
}

/** True when a folder that exists is reached by a link; folders that do not exist yet have none. */
async function passesLink(folder: string, root: string): Promise<boolean> {
  for (let each = folder; each.length > root.length; each = each.slice(0, each.lastIndexOf(sep))) {
    try {
      return (await realpath(each)).normalize("NFC") !== each.normalize("NFC");
    } catch (thrown) {
      const stats = await lstat(each).catch(() => undefined);
      // A link that leads nowhere is still a link.
      if (stats?.isSymbolicLink() === true || (codeOf(thrown) !== "ENOENT" && codeOf(thrown) !== "ENOTDIR"))
        return true;
    }
  }
  return false;
}

function checkReadable(path: string, stats: BigIntStats, maxBytes: number): Outcome<never> | undefined {
  if (!stats.isFile())
    return fail("host/note-invalid", `Cannot read "${path}": it is no file`, { path, reason: "no-file" });
  if (stats.size > BigInt(maxBytes)) {
    return fail(
      "limit/file-size",
      `Cannot read "${path}": it has ${stats.size} bytes, at most ${maxBytes} are allowed`,
      {
        path,
        limit: { limit: maxBytes, used: Number(stats.size), unit: "bytes" },
      },
    );
  }
  return undefined;
}

function toStamp(stats: BigIntStats): FileStamp {
  const modifiedMs = Number(stats.mtimeNs) / 1e6;
  const changedMs = Number(stats.ctimeNs) / 1e6;
  return {
    size: Number(stats.size),
    modifiedMs,
    changedMs,
    createdMs: stats.birthtimeNs === 0n ? modifiedMs : Number(stats.birthtimeNs) / 1e6,
    inode: String(stats.ino),
    recent: Date.now() - Math.max(modifiedMs, changedMs) < recentMs,
  };
}

/** Removes temporary files that a process left behind when it was killed. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const full = join(folder, name);
    const stats = await lstat(full).catch(() => undefined);
    if (stats?.isFile() === true && Date.now() - stats.mtimeMs > leftBehindMs) await unlink(full).catch(ignoreMissing);
  }
}

async function isFile(full: string): Promise<boolean> {
  return (await lstat(full).catch(() => undefined))?.isFile() === true;
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
}

function ignoreMissing(thrown: unknown): void {
  if (codeOf(thrown) !== "ENOENT" && codeOf(thrown) !== "ENOTDIR") throw thrown;
}

function notFound(path: string): Outcome<never> {
  return fail("host/note-not-found", `Cannot read "${path}": there is no such file`, { path });
}

function refuseLink(path: string): Outcome<never> {
  return fail(
    "host/path-refused",
    `Cannot use "${path}": it is or passes through a symbolic link, and links are not followed`,
    { path, reason: "symlink" },
  );
}

function changedWhileReading(path: string): Outcome<never> {
  return fail("host/note-conflict", `Cannot read "${path}": it changed while it was read`, { path });
}

function readFailure(path: string, thrown: unknown): Outcome<never> {
  switch (codeOf(thrown)) {
    case "ENOENT":
    case "ENOTDIR":
    case "ENAMETOOLONG":
      return notFound(path);
    case "ELOOP":
    case "EMLINK":
      return refuseLink(path);
    case "EISDIR":
    case "ENXIO":
      return fail("host/note-invalid", `Cannot read "${path}": it is no file`, { path, reason: "no-file" });
    case "EACCES":
    case "EPERM":
      return fail("host/note-invalid", `Cannot read "${path}": the file system does not permit it`, {
        path,
        reason: "permission",
      });
    default:
      throw thrown;
  }
}

function writeFailure(path: string, thrown: unknown): Outcome<never> {
  switch (codeOf(thrown)) {
    case "EEXIST":
      return fail("host/note-conflict", `Cannot write "${path}": something else was made there meanwhile`, { path });
    case "ENOTDIR":
      return fail("host/note-conflict", `Cannot write "${path}": a file stands where a folder would be`, { path });
    case "ENAMETOOLONG":
      return fail("host/path-refused", `Cannot use "${path}": a name in it is too long`, { path });
    case "EACCES":
    case "EPERM":
    case "EROFS":
    case "ENOSPC":
    case "EDQUOT":
      return fail(
        "host/unavailable",
        `Cannot write "${path}": ${codeOf(thrown) === "ENOSPC" || codeOf(thrown) === "EDQUOT" ? "no space is left" : "the file system does not permit it"}`,
        { path },
      );
    default:
      throw thrown;
  }
}
