// The notes of a kiln: reading, writing, listing, trash. Renaming is in rename-note.ts.
// All changes run under the kiln's lock, so that no writer that uses a store loses what another one wrote.
import { fail, succeed, type ErrorValue, type Outcome } from "@crucible/sandbox/outcome";
import { editFrontMatter } from "./edit-front-matter.ts";
import type { FrontMatter } from "./front-matter-value.ts";
import { splitNote } from "./front-matter.ts";
import type { ExpectedVersion, KilnFiles } from "./kiln-files.ts";
import { checkFilter, fitsFilter, isEmptyFilter, tagKey, type NoteFilter } from "./note-filter.ts";
import { noteFolder, noteStem, parseFolderPath, parseNotePath } from "./note-path.ts";
import { decodeNote, parseNote, type Note } from "./read-note.ts";
import { createRenamer, type RenamedNote } from "./rename-note.ts";
import { reasonOf, walkNotes, type SkippedFile } from "./walk-notes.ts";

export interface KilnStoreOptions {
  /** Owned by the store: disposed with it. */
  readonly files: KilnFiles;
  /** Notes above this size are neither read nor written. Default 10,000,000 bytes. */
  readonly maxNoteBytes?: number;
  /**
   * Notes that may hold links to one of these names (see `linkKey`), from an index that is up to date. Without it, or
   * where it answers undefined, a rename reads every note of the kiln.
   */
  readonly findLinking?: (keys: readonly string[]) => Promise<readonly string[] | undefined>;
}

/** What a write says about the note that it made. */
export interface WrittenNote {
  readonly path: string;
  readonly title: string;
  readonly word_count: number;
  readonly created: string;
  readonly modified: string;
  readonly content_hash: string;
  /** Bytes of the file. */
  readonly size: number;
  /** True when there was no note at this path. */
  readonly is_new: boolean;
  /** False when the file already held exactly these bytes; it was then left alone. */
  readonly changed: boolean;
}

export interface WriteOptions {
  /**
   * The version that may be replaced: a `content_hash`, or null when there must be no note. Without it the note is
   * replaced whatever it says.
   */
  readonly expectedHash?: string | null;
}

export interface ListOptions {
  /** Includes the notes in folders below. Default false. */
  readonly recursive?: boolean;
  readonly filter?: NoteFilter;
  /** Reads each note for title, tags, word count and times. Implied by `filter`. */
  readonly metadata?: boolean;
}

export interface ListedNote {
  readonly path: string;
  readonly name: string;
  readonly metadata?: NoteMetadata;
}

/** What is known of a note without its text. */
export interface NoteMetadata {
  readonly title: string;
  readonly tags: readonly string[];
  readonly frontmatter: FrontMatter;
  readonly word_count: number;
  readonly created: string;
  readonly modified: string;
  readonly content_hash: string;
  readonly size: number;
}

export interface NoteListing {
  /** Sorted by path in code point order. */
  readonly notes: readonly ListedNote[];
  /** Notes that could not be listed, and why. */
  readonly skipped: readonly SkippedFile[];
}

export interface DeletedNote {
  readonly path: string;
  /** Where the note lies now; `restoreNote` takes it. */
  readonly trashed: string;
  readonly content_hash: string;
}

export interface NoteSource {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly content_hash: string;
}

/** The operations on notes. Paths are brought to their one spelling by `parseNotePath`; every failure is a value. */
export interface NoteOperations {
  /** `host/note-not-found`, `host/note-invalid` (binary, not UTF-8, no file), `limit/file-size`, `host/path-refused`. */
  readNote(path: string): Promise<Outcome<Note>>;
  /** The bytes of a note as they are, also when they are no text. */
  readSource(path: string): Promise<Outcome<NoteSource>>;
  /**
   * Creates or replaces a note. `content` is what follows the front matter. Without `frontmatter` the present one
   * stays; with it, properties that stay keep their bytes. `host/note-conflict` when the note is not `expectedHash`.
   */
  writeNote(
    path: string,
    content: string,
    frontmatter?: FrontMatter,
    options?: WriteOptions,
  ): Promise<Outcome<WrittenNote>>;
  /** Replaces or creates a file byte for byte; undefined bytes remove it for good. For undo. */
  writeSource(
    path: string,
    bytes: Uint8Array | undefined,
    options?: WriteOptions,
  ): Promise<Outcome<{ readonly content_hash: string | null }>>;
  /** Adds text at the end, on a line of its own; creates the note when there is none. */
  appendNote(path: string, text: string, options?: WriteOptions): Promise<Outcome<WrittenNote>>;
  /** Sets properties; undefined removes one. The others, their comments and the body keep their bytes. */
  updateFrontmatter(path: string, changes: FrontMatterChanges, options?: WriteOptions): Promise<Outcome<WrittenNote>>;
  /** Moves a note to `.trash/`. */
  deleteNote(path: string, options?: WriteOptions): Promise<Outcome<DeletedNote>>;
  /** Brings a note back from the trash, to where nothing stands. */
  restoreNote(trashed: string, path: string): Promise<Outcome<WrittenNote>>;
  /** Moves a note and repoints the links of all notes, so that each means the same note as before. */
  renameNote(from: string, to: string, options?: WriteOptions): Promise<Outcome<RenamedNote>>;
  listNotes(folder?: string, options?: ListOptions): Promise<Outcome<NoteListing>>;
}

export type FrontMatterChanges = { readonly [key: string]: FrontMatter[string] | undefined };

export interface KilnStore extends NoteOperations {
  readonly files: KilnFiles;
  readonly maxNoteBytes: number;
  /** Runs several operations while no other writer runs any. Use the operations that `work` is given. */
  exclusive<T>(work: (notes: NoteOperations) => Promise<T>): Promise<T>;
  dispose(): Promise<void>;
}

/** Creates the store of a kiln's notes. It keeps nothing in memory: the files are the truth. */
export function createKilnStore(options: KilnStoreOptions): KilnStore {
  const { files } = options;
  const maxNoteBytes = options.maxNoteBytes ?? 10_000_000;
  const renamer = createRenamer({
    files,
    maxNoteBytes,
    ...(options.findLinking === undefined ? {} : { findLinking: options.findLinking }),
  });

  const readText = async (
    path: string,
  ): Promise<Outcome<{ readonly text: string; readonly note: Note; readonly size: number }>> => {
    const read = await files.read(path, maxNoteBytes);
    if (!read.ok) return { ok: false, error: nameNote(read.error, path) };
    const text = decodeNote(path, read.value.bytes);
    if (!text.ok) return text;
    return succeed({
      text: text.value,
      size: read.value.bytes.length,
      note: parseNote(path, text.value, files.hash(read.value.bytes), read.value.stamp),
    });
  };

  /** Writes text over the version that was read; `present` is undefined where there was no note. */
  const writeText = async (
    path: string,
    text: string,
    present: { readonly text: string; readonly note: Note } | undefined,
  ): Promise<Outcome<WrittenNote>> => {
    if (/\p{Surrogate}/u.test(text))
      return fail("host/invalid-argument", `Cannot write note "${path}": the text has half of a surrogate pair`, {
        path,
      });
    if (text.includes("\0"))
      return fail("host/invalid-argument", `Cannot write note "${path}": the text has a NUL character`, { path });
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > maxNoteBytes) {
      return fail(
        "limit/file-size",
        `Cannot write note "${path}": it would have ${bytes.length} bytes, at most ${maxNoteBytes} are allowed`,
        {
          path,
          limit: { limit: maxNoteBytes, used: bytes.length, unit: "bytes" },
        },
      );
    }
    if (present?.text === text) return succeed(describe(present.note, bytes.length, false, false));
    const expected: ExpectedVersion =
      present === undefined ? { kind: "absent" } : { kind: "hash", hash: present.note.content_hash };
    const written = await files.write(path, bytes, expected);
    if (!written.ok) return { ok: false, error: nameNote(written.error, path) };
    return succeed(
      describe(parseNote(path, text, files.hash(bytes), written.value), bytes.length, present === undefined, true),
    );
  };

  /** Reads, changes and writes one note. `change` gets undefined when there is none. */
  const modify = async (
    given: string,
    writeOptions: WriteOptions | undefined,
    change: (present: { readonly text: string; readonly note: Note } | undefined, path: string) => Outcome<string>,
  ): Promise<Outcome<WrittenNote>> => {
    const path = parseNotePath(given);
    if (!path.ok) return path;
    const read = await readText(path.value);
    if (!read.ok && read.error.code !== "host/note-not-found") return read;
    const present = read.ok ? read.value : undefined;
    const conflict = checkExpected(path.value, present?.note.content_hash, writeOptions);
    if (conflict !== undefined) return conflict;
    const text = change(present, path.value);
    return text.ok ? writeText(path.value, text.value, present) : text;
  };

  const operations: NoteOperations = {
    async readNote(given) {
      const path = parseNotePath(given);
      if (!path.ok) return path;
      const read = await readText(path.value);
      return read.ok ? succeed(read.value.note) : read;
    },
    async readSource(given) {
      const path = parseNotePath(given);
      if (!path.ok) return path;
      const read = await files.read(path.value, maxNoteBytes);
      if (!read.ok) return { ok: false, error: nameNote(read.error, path.value) };
      return succeed({ path: path.value, bytes: read.value.bytes, content_hash: files.hash(read.value.bytes) });
    },
    writeNote: (path, content, frontmatter, writeOptions) =>
      modify(path, writeOptions, (present, name) => {
        const block = present === undefined ? "" : splitNote(present.text).block;
        if (frontmatter === undefined) return succeed(block + content);
        const edited = editFrontMatter(present?.text ?? "", frontmatter);
        if (edited !== undefined) return succeed(joinNote(splitNote(edited).block, content));
        // A block that cannot be read says nothing; writing back that nothing keeps its bytes.
        return Object.keys(frontmatter).length === 0
          ? succeed(block + content)
          : brokenFrontMatter(name, present?.note);
      }),
    async writeSource(given, bytes, writeOptions) {
      const path = parseNotePath(given);
      if (!path.ok) return path;
      const read = await files.read(path.value, Number.MAX_SAFE_INTEGER);
      if (!read.ok && read.error.code !== "host/note-not-found") return read;
      const present = read.ok ? files.hash(read.value.bytes) : undefined;
      const conflict = checkExpected(path.value, present, writeOptions);
      if (conflict !== undefined) return conflict;
      if (bytes === undefined) {
        const removed = await files.remove(path.value);
        return removed.ok ? succeed({ content_hash: null }) : removed;
      }
      const written = await files.write(
        path.value,
        bytes,
        present === undefined ? { kind: "absent" } : { kind: "hash", hash: present },
      );
      return written.ok ? succeed({ content_hash: files.hash(bytes) }) : written;
    },
    appendNote: (path, text, writeOptions) =>
      modify(path, writeOptions, (present) => {
        if (present === undefined) return succeed(endLine(text, "\n"));
        const eol = present.text.includes("\r\n") ? "\r\n" : "\n";
        return succeed((present.text === "" ? "" : endLine(present.text, eol)) + endLine(text, eol));
      }),
    updateFrontmatter: (path, changes, writeOptions) =>
      modify(path, writeOptions, (present, name) => {
        if (present === undefined) return noteNotFound(name);
        const next: { [key: string]: FrontMatter[string] } = { ...present.note.frontmatter };
        for (const [key, value] of Object.entries(changes)) {
          if (value === undefined) Reflect.deleteProperty(next, key);
          else next[key] = value;
        }
        const edited = editFrontMatter(present.text, next);
        return edited === undefined ? brokenFrontMatter(name, present.note) : succeed(edited);
      }),
    async deleteNote(given, writeOptions) {
      const path = parseNotePath(given);
      if (!path.ok) return path;
      const read = await files.read(path.value, Number.MAX_SAFE_INTEGER);
      if (!read.ok) return { ok: false, error: nameNote(read.error, path.value) };
      const hash = files.hash(read.value.bytes);
      const conflict = checkExpected(path.value, hash, writeOptions);
      if (conflict !== undefined) return conflict;
      const folder = noteFolder(path.value);
      const place = `.trash/${folder === "" ? "" : `${folder}/`}${noteStem(path.value)}`;
      for (let number = 1; ; number += 1) {
        const trashed = number === 1 ? `${place}.md` : `${place} ${number}.md`;
        if (files.stamp(trashed) !== undefined) continue;
        const moved = await files.move(path.value, trashed);
        if (moved.ok) return succeed({ path: path.value, trashed, content_hash: hash });
        if (moved.error.code !== "host/note-conflict") return moved;
      }
    },
    async restoreNote(trashed, given) {
      const path = parseNotePath(given);
      if (!path.ok) return path;
      const inside = trashed.startsWith(".trash/") ? parseNotePath(trashed.slice(".trash/".length)) : undefined;
      if (inside?.ok !== true)
        return fail("host/path-refused", `Cannot restore "${trashed}": it does not lie in the trash`, {
          path: trashed,
        });
      const moved = await files.move(`.trash/${inside.value}`, path.value);
      if (!moved.ok) return moved;
      const read = await readText(path.value);
      return read.ok ? succeed(describe(read.value.note, read.value.size, true, true)) : read;
    },
    async renameNote(from, to, writeOptions) {
      const source = parseNotePath(from);
      if (!source.ok) return source;
      const target = parseNotePath(to);
      if (!target.ok) return target;
      if (writeOptions?.expectedHash !== undefined) {
        const read = await files.read(source.value, Number.MAX_SAFE_INTEGER);
        const conflict = checkExpected(source.value, read.ok ? files.hash(read.value.bytes) : undefined, writeOptions);
        if (conflict !== undefined) return conflict;
      }
      return renamer.rename(source.value, target.value);
    },
    async listNotes(given = "", listOptions = {}) {
      const folder = parseFolderPath(given);
      if (!folder.ok) return folder;
      const filter = checkFilter(listOptions.filter ?? {});
      if (!filter.ok) return filter;
      const walked = await walkNotes(files, folder.value, listOptions.recursive === true);
      if (!walked.ok) return walked;
      const skipped = [...walked.value.skipped];
      const unfiltered = isEmptyFilter(filter.value);
      if (unfiltered && listOptions.metadata !== true) {
        return succeed({ notes: walked.value.paths.map((path) => ({ path, name: noteStem(path) })), skipped });
      }
      const notes: ListedNote[] = [];
      for (let start = 0; start < walked.value.paths.length; start += 16) {
        const paths = walked.value.paths.slice(start, start + 16);
        const read = await Promise.all(paths.map(readText));
        for (const [index, result] of read.entries()) {
          const path = paths[index] ?? "";
          if (!result.ok) {
            if (result.error.code !== "host/note-not-found") skipped.push({ path, reason: reasonOf(result.error) });
            continue;
          }
          const { note, size } = result.value;
          const subject = {
            path,
            tags: note.tags.map(tagKey),
            frontmatter: note.frontmatter,
            createdMs: Date.parse(note.created),
            modifiedMs: Date.parse(note.modified),
          };
          if (!unfiltered && !fitsFilter(filter.value, subject)) continue;
          notes.push(
            listOptions.metadata === true
              ? { path, name: noteStem(path), metadata: describeMetadata(note, size) }
              : { path, name: noteStem(path) },
          );
        }
      }
      return succeed({ notes, skipped });
    },
  };

  const locked = <T>(work: () => Promise<Outcome<T>>): Promise<Outcome<T>> =>
    files.exclusive(async () => {
      await renamer.recover();
      return work();
    });

  return {
    files,
    maxNoteBytes,
    readNote: operations.readNote,
    readSource: operations.readSource,
    listNotes: operations.listNotes,
    writeNote: (path, content, frontmatter, writeOptions) =>
      locked(() => operations.writeNote(path, content, frontmatter, writeOptions)),
    writeSource: (path, bytes, writeOptions) => locked(() => operations.writeSource(path, bytes, writeOptions)),
    appendNote: (path, text, writeOptions) => locked(() => operations.appendNote(path, text, writeOptions)),
    updateFrontmatter: (path, changes, writeOptions) =>
      locked(() => operations.updateFrontmatter(path, changes, writeOptions)),
    deleteNote: (path, writeOptions) => locked(() => operations.deleteNote(path, writeOptions)),
    restoreNote: (trashed, path) => locked(() => operations.restoreNote(trashed, path)),
    renameNote: (from, to, writeOptions) => locked(() => operations.renameNote(from, to, writeOptions)),
    exclusive: (work) =>
      files.exclusive(async () => {
        await renamer.recover();
        return work(operations);
      }),
    dispose: () => files.dispose(),
  };
}

function checkExpected(
  path: string,
  present: string | undefined,
  options: WriteOptions | undefined,
): Outcome<never> | undefined {
  const expected = options?.expectedHash;
  if (expected === undefined || expected === (present ?? null)) return undefined;
  const state =
    present === undefined
      ? "it does not exist any more"
      : expected === null
        ? "it exists already"
        : "it changed since it was read";
  return fail("host/note-conflict", `Cannot change note "${path}": ${state}`, {
    path,
    expected,
    present: present ?? null,
  });
}

/** Puts front matter before a body, with a line end between them where the block lost its own. */
function joinNote(block: string, body: string): string {
  if (block === "" || block === "\ufeff" || block.endsWith("\n") || body === "") return block + body;
  return `${block}\n${body}`;
}

function endLine(text: string, eol: string): string {
  return text === "" || text.endsWith("\n") ? text : text + eol;
}

function describe(note: Note, size: number, isNew: boolean, changed: boolean): WrittenNote {
  const { path, title, word_count, created, modified, content_hash } = note;
  return { path, title, word_count, created, modified, content_hash, size, is_new: isNew, changed };
}

function describeMetadata(note: Note, size: number): NoteMetadata {
  const { title, tags, frontmatter, word_count, created, modified, content_hash } = note;
  return { title, tags, frontmatter, word_count, created, modified, content_hash, size };
}

function noteNotFound(path: string): Outcome<never> {
  return fail("host/note-not-found", `Cannot read note "${path}": there is no such note`, { path });
}

function brokenFrontMatter(path: string, note: Note | undefined): Outcome<never> {
  const problem = note?.problems[0];
  const line = problem?.line ?? 1;
  return fail(
    "host/note-invalid",
    `Cannot change the front matter of "${path}": line ${line}: ${problem?.message ?? "it would be too long or too deep to be read again"}`,
    {
      path,
      reason: "front-matter",
      place: { file: path, line },
    },
  );
}

/** Words a failure of the file power for somebody who asked for a note. */
function nameNote(error: ErrorValue, path: string): ErrorValue {
  return error.code === "host/note-not-found"
    ? { ...error, message: `Cannot read note "${path}": there is no such note` }
    : error;
}
