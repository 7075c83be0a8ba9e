// A view over a kiln's files in which writes stay in memory: for dry runs, whose changes can be shown and dropped.
import { fail, succeed, type Outcome } from "@crucible/sandbox/outcome";
import { compareText } from "./note-path.ts";
import type { ExpectedVersion, FileContent, FileEntry, FileStamp, KilnFiles } from "./kiln-files.ts";

/** One file that differs from the kiln below; undefined bytes mean that there is none. */
export interface OverlayChange {
  readonly path: string;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
}

export interface OverlayFiles extends KilnFiles {
  /** What was changed, sorted by path. Files that were changed back are left out. */
  changes(): Promise<readonly OverlayChange[]>;
}

interface OverlayFile {
  readonly bytes: Uint8Array;
  readonly stamp: FileStamp;
}

const unlimited = Number.MAX_SAFE_INTEGER;

/**
 * Creates a copy-on-write view. Nothing is ever written to `below`, which stays owned by the caller.
 *
 * @param clock milliseconds since 1970, for the times of changed files
 */
export function createOverlayFiles(below: KilnFiles, clock: { now(): number }): OverlayFiles {
  const changed = new Map<string, OverlayFile | undefined>();
  let serial = 0;
  let queue: Promise<unknown> = Promise.resolve();

  const stamp = (path: string): FileStamp | undefined =>
    changed.has(path) ? changed.get(path)?.stamp : below.stamp(path);

  const put = (path: string, bytes: Uint8Array): FileStamp => {
    serial += 1;
    const now = clock.now();
    const made: FileStamp = {
      size: bytes.length,
      modifiedMs: now,
      changedMs: now + serial / 1e6,
      createdMs: stamp(path)?.createdMs ?? now,
      inode: `overlay-${serial}`,
      recent: false,
    };
    changed.set(path, { bytes: bytes.slice(), stamp: made });
    return made;
  };

  const read = async (path: string, maxBytes: number): Promise<Outcome<FileContent>> => {
    if (!changed.has(path)) return below.read(path, maxBytes);
    const file = changed.get(path);
    if (file === undefined)
      return fail("host/note-not-found", `Cannot read "${path}": there is no such file`, { path });
    if (file.bytes.length > maxBytes) {
      return fail(
        "limit/file-size",
        `Cannot read "${path}": it has ${file.bytes.length} bytes, at most ${maxBytes} are allowed`,
        { path },
      );
    }
    return succeed({ bytes: file.bytes.slice(), stamp: file.stamp });
  };

  const conflict = async (path: string, expected: ExpectedVersion): Promise<Outcome<null>> => {
    if (expected.kind === "any") return succeed(null);
    const present = await read(path, unlimited);
    if (!present.ok && present.error.code !== "host/note-not-found") return present;
    const hash = present.ok ? below.hash(present.value.bytes) : undefined;
    if (expected.kind === "absent" ? hash === undefined : hash === expected.hash) return succeed(null);
    return fail("host/note-conflict", `Cannot write "${path}": it is not the version that was read`, {
      path,
      present: hash ?? null,
    });
  };

  return {
    read,
    stamp,
    async list(folder) {
      const present = await below.list(folder);
      if (!present.ok && present.error.code !== "host/note-not-found") return present;
      const entries = new Map((present.ok ? present.value : []).map((entry) => [entry.name, entry]));
      const prefix = folder === "" ? "" : `${folder}/`;
      for (const [path, file] of changed) {
        if (!path.startsWith(prefix)) continue;
        const rest = path.slice(prefix.length);
        const slash = rest.indexOf("/");
        if (slash >= 0) {
          const name = rest.slice(0, slash);
          if (file !== undefined && !entries.has(name)) entries.set(name, { name, kind: "folder" });
        } else if (file === undefined) entries.delete(rest);
        else entries.set(rest, { name: rest, kind: "file" });
      }
      if (entries.size === 0 && !present.ok) return present;
      const sorted: FileEntry[] = [...entries.values()].sort((a, b) => compareText(a.name, b.name));
      return succeed(sorted);
    },
    async write(path, bytes, expected) {
      // The kiln below refuses unsafe paths when it is asked to read them.
      const safe = await below.read(path, 0);
      if (!safe.ok && safe.error.code === "host/path-refused") return safe;
      const allowed = await conflict(path, expected);
      return allowed.ok ? succeed(put(path, bytes)) : allowed;
    },
    async move(from, to) {
      const content = await read(from, unlimited);
      if (!content.ok) return content;
      const free = await conflict(to, { kind: "absent" });
      if (!free.ok) return free;
      changed.set(from, undefined);
      return succeed(put(to, content.value.bytes));
    },
    async remove(path) {
      if (stamp(path) !== undefined) changed.set(path, undefined);
      return succeed(null);
    },
    exclusive(work) {
      const result = queue.then(work);
      queue = result.catch(() => undefined);
      return result;
    },
    hash: (bytes) => below.hash(bytes),
    async changes() {
      const found: OverlayChange[] = [];
      for (const [path, file] of changed) {
        const present = await below.read(path, unlimited);
        const before = present.ok ? present.value.bytes : undefined;
        const after = file?.bytes.slice();
        if (!sameBytes(before, after)) found.push({ path, before, after });
      }
      return found.sort((a, b) => compareText(a.path, b.path));
    },
    dispose: () => Promise.resolve(),
  };
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
