// Files on Node. What was decided about a path is held while something is done with it: the folder is opened first, it is
// checked that this is the folder that was meant, and everything below happens relative to that open folder.
//
// On Linux "relative to an open folder" is spelled /proc/self/fd/N/name, which no moved link can redirect. Elsewhere names
// are used and the folder is compared before and after, which narrows the race without closing it.
import { constants, lstatSync, realpathSync, type BigIntStats } from "node:fs";
import {
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rmdir,
  stat,
  unlink,
  type FileHandle,
} from "node:fs/promises";
import { homedir } from "node:os";
import { posix } from "node:path";
import { randomUUID } from "node:crypto";
import { fail, succeed, type Outcome } from "@crucible/sandbox";
import type { FileEntry, FilePowers } from "./file-powers.ts";

export interface FilePlace {
  /** Folders that no guest reaches as files: the kiln, and where the platform keeps its own things. Absolute. */
  readonly excluded: readonly string[];
  /** What `~/` stands for; the user's home folder unless said otherwise. */
  readonly home?: string;
}

/** Folders whose files are no files. */
const systemFolders: readonly string[] = ["/proc", "/sys", "/dev"];

/** Most entries of one folder. */
const maxEntries = 100_000;

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY, O_CREAT, O_EXCL } = constants;
const linux = process.platform === "linux";

/** Makes the power over files. On Windows every call answers `host/unavailable`. */
export function createFilePowers(place: FilePlace): FilePowers {
  const home = place.home ?? homedir();
  const excluded = [...systemFolders, ...place.excluded.flatMap((folder) => [folder, realOrSame(folder)])];
  const foldCase =
    process.platform === "darwin"
      ? (path: string): string => path.normalize("NFC").toLowerCase()
      : (path: string): string => path;
  const isExcluded = (path: string): boolean =>
    excluded.some((folder) => foldCase(path) === foldCase(folder) || foldCase(path).startsWith(`${foldCase(folder)}/`));

  const settle = (asked: string): Outcome<string> => {
    if (process.platform === "win32")
      return fail("host/unavailable", "Cannot use files: this host has them on POSIX systems only");
    const path = asked.startsWith("~/") ? posix.join(home, asked.slice(1)) : asked;
    const shown = JSON.stringify(asked);
    if (!path.startsWith("/") || path.includes("\0")) return refuse(`Cannot use path ${shown}: it is not absolute`);
    const parts = path.slice(1).split("/");
    if (parts.includes("..") || parts.includes(".")) return refuse(`Cannot use path ${shown}: it contains "." or ".."`);
    const clean = `/${parts.filter((part) => part !== "").join("/")}`;
    // Excluded as it is written, too: what is there must not be found out by asking.
    if (isExcluded(clean)) return refuse(`Cannot use path ${shown}: it is not open to plugins`);
    let real: string;
    try {
      real = settleOnDisk(clean);
    } catch (error) {
      return translate(error, asked);
    }
    return isExcluded(real) ? refuse(`Cannot use path ${shown}: it is not open to plugins`) : succeed(real);
  };

  return {
    settle,
    read: (path, maxBytes) =>
      inFolder(path, async (at, recheck) => {
        await demandKind(at, "file", path);
        const file = await open(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        try {
          await recheck();
          const { size } = await demandOpenFile(file, path);
          if (size > maxBytes) return tooLarge(path, size, maxBytes);
          return await readUpTo(file, path, maxBytes);
        } finally {
          await file.close();
        }
      }),
    stat: (path) => inFolder(path, async (at) => entryOf(at, posix.basename(path), path)),
    entries: (path) =>
      inFolder(path, async (at) => {
        const folder = await openFolder(at, path);
        try {
          const inside = linux ? `/proc/self/fd/${folder.fd}` : path;
          const names = (await readdir(inside)).sort();
          if (names.length > maxEntries)
            return fail(
              "limit/output",
              `Cannot list "${path}": it has ${names.length} entries, allowed: ${maxEntries}`,
            );
          const found: FileEntry[] = [];
          for (const name of names) {
            const entry = await entryOf(`${inside}/${name}`, name, path).catch(() => undefined);
            if (entry?.ok === true && !isExcluded(posix.join(path, name))) found.push(entry.value);
          }
          return succeed(found);
        } finally {
          await folder.close();
        }
      }),
    write: (path, content) =>
      inFolder(path, async (at, recheck, sibling) => {
        const before = await lstat(at).catch(ignoreAbsent);
        if (before !== undefined && !before.isFile()) return refuse(`Cannot write "${path}": it is not a file`);
        const draft = sibling(`.crucible-${randomUUID()}.tmp`);
        const mode = before === undefined ? 0o666 : before.mode & 0o777;
        const file = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
        try {
          await recheck();
          await file.writeFile(content);
          if (before !== undefined) await file.chmod(mode);
          await file.sync();
          await rename(draft, at);
        } catch (error) {
          await unlink(draft).catch(() => undefined);
          throw error;
        } finally {
          await file.close();
        }
        return succeed(before === undefined);
      }),
    makeFolder: (path) =>
      inFolder(path, async (at) => {
        const before = await lstat(at).catch(ignoreAbsent);
        if (before === undefined) await mkdir(at);
        else if (!before.isDirectory()) return refuse(`Cannot make folder "${path}": something else is there`);
        return succeed(undefined);
      }),
    remove: (path) =>
      inFolder(path, async (at) => {
        const before = await lstat(at);
        if (before.isFile()) await unlink(at);
        else if (before.isDirectory()) await rmdir(at);
        else return refuse(`Cannot remove "${path}": it is neither a file nor a folder`);
        return succeed(undefined);
      }),
  };
}

/** Where a path leads; its last part may be absent, and is followed where it is a link to something that exists. */
function settleOnDisk(path: string): string {
  if (path === "/") return path;
  const folder = realpathSync.native(posix.dirname(path));
  const direct = posix.join(folder, posix.basename(path));
  return lstatSync(direct, { throwIfNoEntry: false }) === undefined ? direct : realpathSync.native(direct);
}

type InFolder<T> = (
  /** A name for the path itself that no moved link can redirect. */
  at: string,
  /** Throws when the folder is not the one that was decided about any more. Nothing to do on Linux. */
  recheck: () => Promise<void>,
  /** A name for something beside it. */
  sibling: (name: string) => string,
) => Promise<Outcome<T>>;

/** Opens the folder of a settled path, makes sure that it is that folder, and acts inside of it. */
async function inFolder<T>(path: string, act: InFolder<T>): Promise<Outcome<T>> {
  const folderPath = posix.dirname(path);
  const name = path === "/" ? "." : posix.basename(path);
  try {
    const folder = await openFolder(folderPath, path);
    try {
      const inside = linux ? `/proc/self/fd/${folder.fd}` : folderPath;
      const check = async (): Promise<void> => demandSameFolder(folder, folderPath, path);
      await check();
      return await act(`${inside}/${name}`, linux ? () => Promise.resolve() : check, (other) => `${inside}/${other}`);
    } finally {
      await folder.close();
    }
  } catch (error) {
    return translate(error, path);
  }
}

function openFolder(path: string, asked: string): Promise<FileHandle> {
  return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => {
    // A link in the place of the folder that was decided about.
    if (codeOf(error) === "ELOOP") throw new PathMoved(asked);
    throw error;
  });
}

async function demandSameFolder(folder: FileHandle, folderPath: string, asked: string): Promise<void> {
  if (linux) {
    if ((await readlink(`/proc/self/fd/${folder.fd}`)) !== folderPath) throw new PathMoved(asked);
    return;
  }
  const [opened, named, real] = await Promise.all([
    folder.stat({ bigint: true }),
    stat(folderPath, { bigint: true }),
    realpath(folderPath),
  ]);
  if (real !== folderPath || !sameFile(opened, named)) throw new PathMoved(asked);
}

function sameFile(left: BigIntStats, right: BigIntStats): boolean {
  return left.ino === right.ino && left.dev === right.dev;
}

/** Looks before opening: opening a device or a pipe can have effects of its own. */
async function demandKind(at: string, kind: "file", path: string): Promise<void> {
  const found = await lstat(at);
  if (kind === "file" && !found.isFile())
    throw new PathMoved(path, found.isDirectory() ? "it is a folder" : "it is not a file");
}

/** Looks again at what was opened: it could have been exchanged in between. */
async function demandOpenFile(file: FileHandle, path: string): Promise<{ readonly size: number }> {
  const found = await file.stat();
  if (!found.isFile()) throw new PathMoved(path, "it is not a file");
  return found;
}

async function readUpTo(file: FileHandle, path: string, maxBytes: number): Promise<Outcome<Uint8Array>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const part = new Uint8Array(Math.min(65_536, maxBytes - length + 1));
    const { bytesRead } = await file.read(part, 0, part.length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
    if (length > maxBytes) return tooLarge(path, length, maxBytes); // it grew while it was read
    parts.push(part.subarray(0, bytesRead));
  }
  const content = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    content.set(part, at);
    at += part.length;
  }
  return succeed(content);
}

async function entryOf(at: string, name: string, path: string): Promise<Outcome<FileEntry>> {
  const found = await lstat(at);
  if (!found.isFile() && !found.isDirectory())
    return refuse(`Cannot look at "${path}": it is neither a file nor a folder`);
  const kind = found.isFile() ? "file" : "folder";
  return succeed({ name, kind, size: kind === "file" ? found.size : 0, modified: Math.floor(found.mtimeMs) });
}

/** Thrown inside of this file when a path does not lead where it did when it was decided about. */
class PathMoved extends Error {
  constructor(path: string, why = "it leads somewhere else by now") {
    super(`Cannot use "${path}": ${why}`);
  }
}

function translate(error: unknown, path: string): Outcome<never> {
  if (error instanceof PathMoved) return refuse(error.message);
  const code = codeOf(error) ?? "";
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return fail("host/not-found", `Cannot use "${path}": there is nothing at this path`);
    case "EACCES":
    case "EPERM":
    case "ELOOP":
    case "EROFS":
    case "ENAMETOOLONG":
      return refuse(`Cannot use "${path}": the system refuses (${code})`);
    case "ENOTEMPTY":
      return refuse(`Cannot remove "${path}": the folder is not empty`);
    default:
      return fail(
        "host/unavailable",
        `Cannot use "${path}": ${error instanceof Error ? error.message : String(error)}`,
      );
  }
}

function refuse(message: string): Outcome<never> {
  return fail("host/path-refused", message);
}

function tooLarge(path: string, used: number, limit: number): Outcome<never> {
  return fail("limit/file-size", `Cannot read "${path}": it has ${used} bytes, allowed: ${limit}`, {
    limit: { limit, used, unit: "bytes" },
  });
}

function realOrSame(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

function ignoreAbsent(error: unknown): undefined {
  if (codeOf(error) !== "ENOENT") throw error;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
