// A kiln's files for one host call: they do what the files below do, and tell every change with the bytes before and after.
// What is told makes the writes of an invocation one reversible change set (undo-execution.ts).
import type { HostCallContext, Outcome } from "@crucible/sandbox";
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

/**
 * Told before each change, in order. What it refuses is the outcome of the host call, and nothing happens. A change that
 * fails then is followed by one back, so that the last one told always says what the file should be.
 */
export type RecordChange = (change: FileChange, call: HostCallContext) => Outcome<void>;

/** Told after each change that happened. */
export type NoticeChange = (change: FileChange, call: HostCallContext) => void;

const unlimited = Number.MAX_SAFE_INTEGER;

/**
 * The files as seen by one host call. They stay the owner's: disposing of these has no effect. A process that is killed
 * between the record and the change leaves a record too many, which undoing understands; it never leaves a change without one.
 */
export function recordChanges(
  files: KilnFiles,
  record: RecordChange,
  call: HostCallContext,
  notice: NoticeChange = () => undefined,
): KilnFiles {
  const look = async (path: string): Promise<Uint8Array | undefined> => {
    const found = await files.read(path, unlimited);
    return found.ok ? found.value.bytes : undefined;
  };
  const carryOut = async <T>(
    planned: readonly FileChange[],
    change: () => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> => {
    const changes = planned.filter(({ before, after }) => !sameBytes(before, after));
    const told: FileChange[] = [];
    const takeBack = (): void => {
      for (const { path, before, after } of told.toReversed()) record({ path, before: after, after: before }, call);
    };
    for (const each of changes) {
      const recorded = record(each, call);
      if (!recorded.ok) {
        takeBack();
        return recorded;
      }
      told.push(each);
    }
    const done = await change();
    if (done.ok) for (const each of changes) notice(each, call);
    else takeBack();
    return done;
  };
  return {
    read: (path, maxBytes) => files.read(path, maxBytes),
    stamp: (path) => files.stamp(path),
    list: (folder) => files.list(folder),
    write: async (path, bytes, expected) => {
      const before = await look(path);
      const isWanted =
        expected.kind === "any" ||
        (expected.kind === "absent"
          ? before === undefined
          : before !== undefined && files.hash(before) === expected.hash);
      // What will be refused needs no record.
      if (!isWanted) return files.write(path, bytes, expected);
      return carryOut([{ path, before, after: bytes.slice() }], () => files.write(path, bytes, expected));
    },
    move: async (from, to) => {
      const before = await look(from);
      const there = files.stamp(to);
      // Where the file system ignores case, a change of case finds the file itself.
      if (before === undefined || (there !== undefined && there.inode !== files.stamp(from)?.inode))
        return files.move(from, to);
      return carryOut(
        [
          { path: from, before, after: undefined, movedTo: to },
          { path: to, before: undefined, after: before, movedFrom: from },
        ],
        () => files.move(from, to),
      );
    },
    remove: async (path) => {
      const before = await look(path);
      return carryOut([{ path, before, after: undefined }], () => files.remove(path));
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
