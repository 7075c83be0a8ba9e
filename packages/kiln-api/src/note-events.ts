// What changes of files mean to those who wait for notes: events with what their handlers get. Telling them is the host's
// part, through an interface that it supplies. A change that was made here and is noticed on the disk later is told once.
import type { HostCallContext, Value } from "@crucible/sandbox";
import { isObject } from "@crucible/sandbox";
import type { FileStamp, KilnFiles, Note, NoteEvent as NoticedChange } from "@crucible/kiln-store";
import { decodeNote, isNotePath, parseNote, parseNotePath } from "@crucible/kiln-store";
import { noteValue } from "./note-value.ts";
import type { FileChange } from "./record-changes.ts";

/** Something that happened to a note. */
export interface NoteEvent {
  readonly type: "note:created" | "note:modified" | "note:deleted" | "note:parsed";
  /** Path of the note. */
  readonly identifier: string;
  /** What handlers get. Called only where there are handlers; nothing when there is no such note any more. */
  readonly payload: () => Readonly<Record<string, Value>> | undefined;
  /** Root execution of the host call that did it; absent for changes that were noticed on the disk. */
  readonly cause?: string;
}

/** Tells handlers, without waiting for them. */
export type PublishNote = (event: NoteEvent) => void;

export interface NoteAnnouncer {
  /** Keeps a change of a host call until the call is over. */
  keep(change: FileChange, call: HostCallContext): void;
  /** Tells what a host call changed, in the order in which it happened. */
  tell(call: HostCallContext): void;
  /** Tells what a watch noticed (`onChanges` of `watchKiln`), except what was told before. Settles when it was told. */
  notice(changes: readonly NoticedChange[]): Promise<void>;
}

export interface NoteAnnouncerOptions {
  readonly files: Pick<KilnFiles, "read" | "stamp" | "hash">;
  readonly publish: PublishNote;
}

/** Contents of so many notes are remembered as told; of an older one a watch would tell again. */
const maxRemembered = 10_000;

/** Makes an announcer for one kiln. Files stay their owner's. */
export function createNoteAnnouncer({ files, publish }: NoteAnnouncerOptions): NoteAnnouncer {
  /** The content hash that was told last, by path; `null` for a note that is gone. */
  const told = new Map<string, string | null>();
  const kept = new WeakMap<HostCallContext, FileChange[]>();
  let noticing = Promise.resolve();

  const hashOf = (bytes: Uint8Array | undefined): string | null => (bytes === undefined ? null : files.hash(bytes));
  const remember = (path: string, hash: string | null): void => {
    told.delete(path);
    told.set(path, hash);
    const [oldest] = told.keys();
    if (told.size > maxRemembered && oldest !== undefined) told.delete(oldest);
  };

  const noteOf = (path: string, bytes: Uint8Array): Note | undefined => {
    const text = decodeNote(path, bytes);
    const stamp = files.stamp(path);
    return text.ok && stamp !== undefined ? parseNote(path, text.value, files.hash(bytes), stamp) : undefined;
  };

  const announce = ({ kind, path, before, after, movedFrom, movedTo, cause }: Announced): void => {
    const about = { identifier: path, ...(cause === undefined ? {} : { cause }) };
    const payload = (): Readonly<Record<string, Value>> => ({
      path,
      ...(before === undefined || after === undefined ? {} : { change_type: changedPart(path, before, after) }),
      ...(before === undefined ? {} : { previous_hash: files.hash(before) }),
      ...(after === undefined ? {} : { content_hash: files.hash(after) }),
      ...(movedFrom === undefined || !isNote(movedFrom) ? {} : { renamed_from: movedFrom }),
      ...(movedTo === undefined || !isNote(movedTo) ? {} : { renamed_to: movedTo }),
    });
    publish({ ...about, type: `note:${kind}`, payload });
    if (after === undefined) return;
    const parsed = (): Readonly<Record<string, Value>> | undefined => {
      const note = noteOf(path, after);
      const value = note === undefined ? null : noteValue(note);
      return isObject(value) ? value : undefined;
    };
    publish({ ...about, type: "note:parsed", payload: parsed });
  };

  const noticeOne = async (change: NoticedChange): Promise<void> => {
    const { path, kind } = change;
    const found = kind === "removed" ? undefined : await files.read(path, Number.MAX_SAFE_INTEGER);
    // Gone again before anybody could look: the watch will say so.
    if (found?.ok === false) return;
    const after = found?.value.bytes;
    const from = kind === "moved" ? change.from : undefined;
    const hash = hashOf(after);
    const isTold = told.get(path) === hash && (from === undefined || told.get(from) === null);
    remember(path, hash);
    if (from !== undefined) remember(from, null);
    if (isTold) return;
    // Of a note that changed on the disk nobody has the bytes before.
    if (from !== undefined) announce({ kind: "deleted", path: from, movedTo: path });
    announce({ kind: kindOfNoticed[kind], path, after, movedFrom: from });
  };

  return {
    keep: (change, call) => {
      if (!isNote(change.path)) return;
      // Noticed by a watch from now on, told when the call is over.
      remember(change.path, hashOf(change.after));
      const changes = kept.get(call);
      if (changes === undefined) kept.set(call, [change]);
      else changes.push(change);
    },
    tell: (call) => {
      const changes = kept.get(call) ?? [];
      kept.delete(call);
      const cause = call.invocation.rootExecutionId;
      for (const change of changes) announce({ ...change, kind: kindOf(change), cause });
    },
    notice: (changes) => {
      noticing = noticing.then(async () => {
        for (const change of changes) await noticeOne(change);
      });
      return noticing;
    },
  };
}

type Kind = "created" | "modified" | "deleted";

interface Announced extends Partial<Omit<FileChange, "path" | "movedFrom" | "movedTo">> {
  readonly kind: Kind;
  readonly path: string;
  readonly movedFrom?: string | undefined;
  readonly movedTo?: string | undefined;
  readonly cause?: string;
}

const kindOfNoticed: Readonly<Record<NoticedChange["kind"], Kind>> = {
  added: "created",
  moved: "created",
  changed: "modified",
  removed: "deleted",
};

function kindOf({ before, after }: FileChange): Kind {
  return after === undefined ? "deleted" : before === undefined ? "created" : "modified";
}

// What lies in protected folders (stored state, the trash) is no note.
function isNote(path: string): boolean {
  const parsed = isNotePath(path) ? parseNotePath(path) : undefined;
  return parsed?.ok === true && parsed.value === path;
}

/** Which part of a note differs. What is no text has no parts: all of it is content. */
function changedPart(path: string, before: Uint8Array, after: Uint8Array): "content" | "frontmatter" | "both" {
  const [old, present] = [partsOf(path, before), partsOf(path, after)];
  const content = old?.content !== present?.content;
  const frontmatter = old?.frontmatter !== present?.frontmatter;
  return content && frontmatter ? "both" : frontmatter ? "frontmatter" : "content";
}

const noStamp: FileStamp = { size: 0, modifiedMs: 0, changedMs: 0, createdMs: 0, inode: "", recent: false };

function partsOf(
  path: string,
  bytes: Uint8Array,
): { readonly frontmatter: string; readonly content: string } | undefined {
  const text = decodeNote(path, bytes);
  if (!text.ok) return undefined;
  const { content } = parseNote(path, text.value, "", noStamp);
  return { frontmatter: text.value.slice(0, text.value.length - content.length), content };
}
