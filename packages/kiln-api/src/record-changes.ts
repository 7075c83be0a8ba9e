// A kiln's files for one host call: they do what the files below do, and tell every change with the bytes before and after.
// What is told makes the writes of an invocation one reversible change set (undo-execution.ts).
import type { HostCallContext, Outcome } from "@crucible/sandbox";
import { succeed } from "@crucible/sandbox";
import type { KilnFiles } from "@crucible/kiln-store";

/** One changed file; absent bytes mean that there is none. */
export interface FileChange {
  readonly path: string;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
  /** Where the file was before, or went, when it was moved as a whole. */
  readonly movedFrom?: string;
  readonly movedTo?: string;
}

/** Told after each change, in order. What it refuses is the outcome of the host call; the change itself has happened. */
export type RecordChange = (change: FileChange, call: HostCallContext) => Outcome<void>;

const unlimited = Number.MAX_SAFE_INTEGER;

/** The files as seen by one host call. They stay the owner's: disposing of these has no effect. */
export function recordChanges(files: KilnFiles, record: RecordChange, call: HostCallContext): KilnFiles {
  const look = async (path: string): Promise<Uint8Array | undefined> => {
    const found = await files.read(path, unlimited);
    return found.ok ? found.value.bytes : undefined;
  };
  const tell = (change: FileChange): Outcome<void> =>
    sameBytes(change.before, change.after) ? succeed(undefined) : record(change, call);
  return {
    read: (path, maxBytes) => files.read(path, maxBytes),
    stamp: (path) => files.stamp(path),
    list: (folder) => files.list(folder),
    write: async (path, bytes, expected) => {
      const before = await look(path);
      const written = await files.write(path, bytes, expected);
      if (!written.ok) return written;
      const told = tell({ path, before, after: bytes.slice() });
      return told.ok ? written : told;
    },
    move: async (from, to) => {
      const before = await look(from);
      const moved = await files.move(from, to);
      if (!moved.ok) return moved;
      const gone = tell({ path: from, before, after: undefined, movedTo: to });
      const come = tell({ path: to, before: undefined, after: before, movedFrom: from });
      if (!gone.ok) return gone;
      return come.ok ? moved : come;
    },
    remove: async (path) => {
      const before = await look(path);
      const removed = await files.remove(path);
      if (!removed.ok) return removed;
      const told = tell({ path, before, after: undefined });
      return told.ok ? removed : told;
    },
    exclusive: (work) => files.exclusive(work),
    hash: (bytes) => files.hash(bytes),
    dispose: async () => {},
  };
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
