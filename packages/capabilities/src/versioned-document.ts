// The power behind every small store (grants, trust, quarantine): one text that many processes read and replace.
// Replacing names the revision that was read, so that nobody overwrites what he has not seen.
import { CrucibleError, succeed, type Outcome } from "@crucible/sandbox";

export interface DocumentSnapshot {
  /** 0 where nothing was ever written. */
  readonly revision: number;
  /** Empty for revision 0. */
  readonly text: string;
}

/** A text with compare-and-swap. */
export interface VersionedDocument {
  /** Where it is kept, for messages. */
  readonly place: string;
  /**
   * The newest text. Returns the same object until somebody, in any process, replaced it; looking is cheap.
   *
   * @throws {CrucibleError} `grants/unreadable` when it exists and cannot be read
   */
  read(): DocumentSnapshot;
  /**
   * Makes `text` the revision after `expected`; false where another writer was first. Durable when it resolves.
   *
   * @throws {CrucibleError} `grants/unreadable` when it cannot be written
   */
  replace(expected: number, text: string): Promise<boolean>;
}

/** A document that lives in memory, for tests and for hosts without a disk. */
export function createMemoryDocument(text = ""): VersionedDocument {
  let snapshot: DocumentSnapshot = { revision: text === "" ? 0 : 1, text };
  return {
    place: "memory",
    read: () => snapshot,
    replace: (expected, next) => {
      if (expected !== snapshot.revision) return Promise.resolve(false);
      snapshot = { revision: expected + 1, text: next };
      return Promise.resolve(true);
    },
  };
}

/** What a store keeps as one document: how it is read, and what an absent one means. */
export interface DocumentFormat<T> {
  /** Name of the format and its version; stands in the document and has to match. */
  readonly format: string;
  readonly empty: T;
  /** Reads the content; throws a `CrucibleError` where it is not understood. */
  readonly parse: (content: unknown) => T;
}

/** A parsed document: reads are cached by revision, changes are retried until they were based on the newest state. */
export interface TypedDocument<T> {
  /** @throws {CrucibleError} `grants/unreadable` when it is corrupt: whoever decides by it must refuse */
  read(): T;
  /** Changes the content; `change` may run several times and returns the same object for "nothing to do". */
  update(change: (content: T) => T): Promise<T>;
}

/** Puts a format upon a document. */
export function typeDocument<T>(document: VersionedDocument, format: DocumentFormat<T>): TypedDocument<T> {
  let seen: DocumentSnapshot | undefined;
  let parsed: T = format.empty;

  const load = (): { readonly snapshot: DocumentSnapshot; readonly content: T } => {
    const snapshot = document.read();
    if (snapshot !== seen) {
      parsed = snapshot.revision === 0 ? format.empty : parse(document.place, format, snapshot.text);
      seen = snapshot;
    }
    return { snapshot, content: parsed };
  };
  return {
    read: () => load().content,
    update: async (change) => {
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        const { snapshot, content } = load();
        const next = change(content);
        if (next === content) return content;
        const text = `${JSON.stringify({ format: format.format, content: next }, undefined, 1)}\n`;
        if (await document.replace(snapshot.revision, text)) return next;
      }
      throw new CrucibleError("grants/unreadable", `Cannot change "${document.place}": too many others change it`);
    },
  };
}

/** What a document answers, as an outcome: that it cannot be read or changed is anticipated. */
export function outcomeOf<T>(run: () => T): Outcome<T> {
  try {
    return succeed(run());
  } catch (error) {
    return failureOf(error);
  }
}

/** As `outcomeOf`, for changes. */
export async function outcomeOfChange<T>(run: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return succeed(await run());
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): Outcome<never> {
  if (error instanceof CrucibleError) return { ok: false, error: error.toErrorValue() };
  throw error;
}

const maxAttempts = 1_000;

function parse<T>(place: string, format: DocumentFormat<T>, text: string): T {
  const complain = (why: string, cause?: unknown): CrucibleError =>
    new CrucibleError("grants/unreadable", `Cannot read "${place}": ${why}`, undefined, { cause });
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw complain("it is not JSON", error);
  }
  if (typeof raw !== "object" || raw === null || !("format" in raw) || !("content" in raw))
    throw complain("it has no format");
  if (raw.format !== format.format) throw complain(`format is "${String(raw.format)}", required: "${format.format}"`);
  try {
    return format.parse(raw.content);
  } catch (error) {
    throw complain(error instanceof Error ? error.message : String(error), error);
  }
}
