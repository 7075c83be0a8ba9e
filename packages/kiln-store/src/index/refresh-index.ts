// Brings an index up to date with the files: looks at stamps, reads what changed, writes in small transactions.
// It may be interrupted anywhere, and run in several processes at once.
import type { ErrorValue, Outcome } from "@crucible/sandbox/outcome";
import { succeed, toErrorValue } from "@crucible/sandbox/outcome";
import { sameStamp, type FileStamp, type KilnFiles } from "../kiln-files.ts";
import { isNotePath, parseNotePath } from "../note-path.ts";
import { decodeNote, parseNote } from "../read-note.ts";
import { reasonOf, walkNotes, type SkippedFile } from "../walk-notes.ts";
import type { IndexDatabase, KnownFile, NoteChange } from "./index-database.ts";
import { pathOfChange } from "./note-change.ts";
import { recordNote, type RecordTools } from "./record-note.ts";

export interface RefreshOptions {
  readonly files: KilnFiles;
  readonly database: IndexDatabase;
  readonly tools: RecordTools;
  readonly maxNoteBytes: number;
  /** Lets other work of this thread run. */
  readonly yieldNow: () => Promise<void>;
  readonly onProgress?: (done: number, total: number) => void;
  readonly isCancelled?: () => boolean;
}

/** What a refresh did, in notes. */
export interface RefreshReport {
  readonly added: number;
  readonly changed: number;
  readonly moved: number;
  readonly removed: number;
  readonly unchanged: number;
  /** The first thousand of them note by note, in the order in which they were written. */
  readonly changes: readonly NoteEvent[];
  /** Files that are no readable notes, and those that were passed over, with reasons. */
  readonly skipped: readonly SkippedFile[];
  readonly cancelled: boolean;
}

/** What happened to one note. */
export type NoteEvent =
  | { readonly kind: "added" | "changed" | "removed"; readonly path: string }
  | { readonly kind: "moved"; readonly path: string; readonly from: string };

interface Tally {
  readonly changes: NoteEvent[];
  added: number;
  changed: number;
  moved: number;
  removed: number;
}

/** Notes whose files are gone, by content hash; `complete` when there are no others. */
interface GoneNotes {
  readonly byHash: Map<string, string>;
  readonly complete: boolean;
}

const batchNotes = 256;
const batchBytes = 1_000_000;
const maxRounds = 8;
/** A report stays small enough to cross to the main thread without blocking it. */
const maxChanges = 1000;

/** Looks at every file of the kiln. */
export async function refreshAll(options: RefreshOptions): Promise<Outcome<RefreshReport>> {
  const { files, database } = options;
  const walked = await walkNotes(files, "", true);
  if (!walked.ok) return walked;
  const known = new Map((await database.knownFiles()).map((file) => [file.path, file]));
  const present = new Set(walked.value.paths);
  const removed = [...known.keys()].filter((path) => !present.has(path));
  const suspects = walked.value.paths.filter((path) => isSuspect(known.get(path), files.stamp(path)));
  return run(
    options,
    suspects,
    removed,
    known,
    walked.value.skipped,
    walked.value.paths.length - suspects.length,
    true,
  );
}

/** Looks at some paths only, for example those that a watcher named. Paths that are no notes are passed over. */
export async function refreshPaths(options: RefreshOptions, given: readonly string[]): Promise<Outcome<RefreshReport>> {
  const { files, database } = options;
  const known = new Map<string, KnownFile>();
  const suspects: string[] = [];
  const removed: string[] = [];
  let unchanged = 0;
  for (const path of new Set(given)) {
    const parsed = isNotePath(path) ? parseNotePath(path) : undefined;
    if (parsed?.ok !== true || parsed.value !== path) continue;
    const file = await database.knownFile(path);
    if (file !== undefined) known.set(path, file);
    const stamp = files.stamp(path);
    if (stamp === undefined) {
      if (file !== undefined) removed.push(path);
    } else if (isSuspect(file, stamp)) suspects.push(path);
    else unchanged += 1;
  }
  return run(options, suspects, removed, known, [], unchanged, false);
}

function isSuspect(known: KnownFile | undefined, stamp: FileStamp | undefined): boolean {
  return known === undefined || stamp === undefined || known.stamp.recent || !sameStamp(known.stamp, stamp);
}

async function run(
  options: RefreshOptions,
  suspects: readonly string[],
  removed: readonly string[],
  known: ReadonlyMap<string, KnownFile>,
  skipped: readonly SkippedFile[],
  unchangedBefore: number,
  isWhole: boolean,
): Promise<Outcome<RefreshReport>> {
  const { database } = options;
  const tally: Tally = { added: 0, changed: 0, moved: 0, removed: 0, changes: [] };
  const faults: SkippedFile[] = [];
  const total = suspects.length + removed.length;
  const goneByHash: GoneNotes = { byHash: new Map(), complete: isWhole };
  for (const path of removed) {
    const hash = known.get(path)?.contentHash;
    if (hash !== undefined) goneByHash.byHash.set(hash, path);
  }
  const moved = new Set<string>();
  let done = 0;
  let cancelled = false;
  let queue = [...suspects];
  for (let round = 0; queue.length > 0 && round < maxRounds && !cancelled; round += 1) {
    const again: string[] = [];
    for (let start = 0; start < queue.length && !cancelled;) {
      const changes: NoteChange[] = [];
      let bytes = 0;
      while (start < queue.length && changes.length < batchNotes && bytes < batchBytes) {
        const path = queue[start] ?? "";
        start += 1;
        const look = await lookAtSafely(options, path, known.get(path), goneByHash);
        bytes += look.bytes;
        if (look.change === undefined) again.push(path);
        else {
          if (look.change.kind === "put" && look.change.movedFrom !== undefined) {
            goneByHash.byHash.delete(look.change.note.contentHash);
            moved.add(look.change.movedFrom);
          }
          changes.push(look.change);
        }
      }
      const stale = new Set(await database.apply(changes, options.files.stamp));
      for (const change of changes) {
        const path = pathOfChange(change);
        if (stale.has(path)) again.push(path);
        else count(change, known, tally, faults);
      }
      done = Math.min(total, done + changes.length);
      options.onProgress?.(done, total);
      cancelled = options.isCancelled?.() === true;
      await options.yieldNow();
    }
    queue = again;
  }
  const leaving = removed.filter((path) => !moved.has(path));
  for (let start = 0; start < leaving.length && !cancelled; start += 200) {
    const changes = leaving.slice(start, start + 200).map((path): NoteChange => ({ kind: "remove", path }));
    const stale = await database.apply(changes, options.files.stamp);
    const left = new Set(stale);
    for (const change of changes)
      if (change.kind === "remove" && !left.has(change.path)) count(change, known, tally, faults);
    done = Math.min(total, done + changes.length);
    options.onProgress?.(done, total);
    await options.yieldNow();
  }
  const touched = suspects.length - tally.added - tally.changed - tally.moved - faults.length;
  return succeed({
    ...tally,
    unchanged: unchangedBefore + Math.max(0, touched),
    skipped: [...skipped, ...faults],
    cancelled,
  });
}

/** A note that cannot be understood for a reason that nobody thought of is left out; it stops no other one. */
async function lookAtSafely(...given: Parameters<typeof lookAt>): ReturnType<typeof lookAt> {
  const [{ files }, path] = given;
  try {
    return await lookAt(...given);
  } catch (thrown) {
    const stamp = files.stamp(path);
    // What is not about the note (a database that fails) comes again with the change that it prevents.
    if (stamp === undefined) throw thrown;
    const error = toErrorValue(thrown);
    return {
      change: fault(path, stamp, { ...error, message: `Cannot read note "${path}": ${error.message}` }),
      bytes: 0,
    };
  }
}

async function lookAt(
  options: RefreshOptions,
  path: string,
  known: KnownFile | undefined,
  goneByHash: GoneNotes,
): Promise<{ readonly change: NoteChange | undefined; readonly bytes: number }> {
  const { files } = options;
  const read = await files.read(path, options.maxNoteBytes);
  if (!read.ok) {
    const stamp = files.stamp(path);
    if (stamp === undefined) return { change: { kind: "remove", path }, bytes: 0 };
    if (read.error.code === "host/note-conflict") return { change: undefined, bytes: 0 };
    return { change: fault(path, stamp, read.error), bytes: 0 };
  }
  const { bytes, stamp } = read.value;
  const hash = files.hash(bytes);
  if (known?.contentHash === hash) {
    // `created` may come from the front matter, which is in the same bytes; only the file's own time can differ.
    const text = decodeNote(path, bytes);
    if (text.ok) {
      const note = parseNote(path, text.value, hash, stamp);
      return {
        change: {
          kind: "touch",
          path,
          stamp,
          createdMs: Date.parse(note.created),
          modifiedMs: Date.parse(note.modified),
        },
        bytes: bytes.length,
      };
    }
  }
  const text = decodeNote(path, bytes);
  if (!text.ok) return { change: fault(path, stamp, text.error), bytes: bytes.length };
  const note = recordNote(parseNote(path, text.value, hash, stamp), stamp, options.tools);
  const movedFrom = known === undefined ? await findOrigin(options, hash, goneByHash) : undefined;
  return {
    change: movedFrom === undefined ? { kind: "put", note } : { kind: "put", note, movedFrom },
    bytes: bytes.length,
  };
}

/** Where a new note was before. A watch may report its arrival before its departure, so that the index is asked as well. */
async function findOrigin(options: RefreshOptions, hash: string, gone: GoneNotes): Promise<string | undefined> {
  const known = gone.byHash.get(hash);
  if (known !== undefined || gone.complete) return known;
  const paths = await options.database.pathsWithContent(hash);
  return paths.find((path) => options.files.stamp(path) === undefined);
}

function fault(path: string, stamp: FileStamp, error: ErrorValue): NoteChange {
  return { kind: "fault", path, stamp, reason: reasonOf(error), line: error.details?.place?.line ?? null };
}

function note(tally: Tally, event: NoteEvent): void {
  if (tally.changes.length < maxChanges) tally.changes.push(event);
}

function count(change: NoteChange, known: ReadonlyMap<string, KnownFile>, tally: Tally, faults: SkippedFile[]): void {
  switch (change.kind) {
    case "put":
      if (change.movedFrom !== undefined) {
        tally.moved += 1;
        note(tally, { kind: "moved", path: change.note.path, from: change.movedFrom });
      } else if (known.get(change.note.path)?.contentHash === undefined) {
        tally.added += 1;
        note(tally, { kind: "added", path: change.note.path });
      } else {
        tally.changed += 1;
        note(tally, { kind: "changed", path: change.note.path });
      }
      break;
    case "fault":
      faults.push({ path: change.path, reason: change.reason });
      break;
    case "remove":
      // A file that came and went between two looks was never there.
      if (!known.has(change.path)) break;
      tally.removed += 1;
      note(tally, { kind: "removed", path: change.path });
      break;
    case "touch":
      break;
  }
}
