// A versioned document on disk: a folder with one complete file per revision, the highest number counts.
//
//   grants/00000012.json      the newest revision
//   grants/00000011.json      the one before, kept for readers that are just opening it
//
// A revision comes into being by `link`, which fails where the name exists: exactly one writer wins, no lock can be left
// behind, and a file is never seen half written. A writer that was asleep while others went on finds a higher number
// after linking and takes its own back.
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { CrucibleError } from "@crucible/sandbox";
import type { DocumentSnapshot, VersionedDocument } from "./versioned-document.ts";

/** Revisions that stay beside the newest. */
const keptRevisions = 2;

const revisionFile = /^(\d{8,15})\.json$/;

/**
 * Opens a document kept in `folder`, which is made on the first write with access for its owner only.
 *
 * Safe for several processes on one machine; the file system has to support hard links. Looking for changes costs two
 * `stat` calls (about 5 µs); a change made by any process is seen by the next read.
 */
export function openDocument(folder: string): VersionedDocument {
  let cached: DocumentSnapshot = { revision: 0, text: "" };
  let stamp: string | undefined;

  const read = (): DocumentSnapshot => {
    if (stamp !== undefined && stamp === stampOf(folder, cached.revision)) return cached;
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const revision = newest(folder);
      if (revision === 0) {
        stamp = undefined;
        if (cached.revision !== 0) cached = { revision: 0, text: "" };
        return cached;
      }
      const before = stampOf(folder, revision);
      const text = readRevision(folder, revision);
      if (before === undefined || text === undefined) continue; // replaced in between
      if (revision !== cached.revision || text !== cached.text) cached = { revision, text };
      stamp = before;
      return cached;
    }
    throw unreadable(folder, "it changes all the time");
  };

  return {
    place: folder,
    read,
    replace: (expected, text) => Promise.resolve().then(() => writeRevision(folder, expected, text)),
  };
}

/**
 * What tells that a revision is still the newest and was not edited in place; nothing where it is not. Times alone would
 * not do: file systems stamp them with ticks of milliseconds, and two revisions fit into one.
 */
function stampOf(folder: string, revision: number): string | undefined {
  if (statSync(join(folder, fileName(revision + 1)), { throwIfNoEntry: false }) !== undefined) return undefined;
  const stat = statSync(join(folder, fileName(revision)), { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.mtimeNs}:${stat.ctimeNs}:${stat.ino}:${stat.size}`;
}

function newest(folder: string): number {
  let highest = 0;
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return 0;
  try {
    for (const name of readdirSync(folder)) {
      const match = revisionFile.exec(name);
      if (match !== null) highest = Math.max(highest, Number(match[1]));
    }
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw unreadable(folder, String(error), error);
  }
  return highest;
}

function readRevision(folder: string, revision: number): string | undefined {
  try {
    return readFileSync(join(folder, fileName(revision)), "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw unreadable(folder, String(error), error);
  }
}

function writeRevision(folder: string, expected: number, text: string): boolean {
  const draft = join(folder, `.draft-${randomUUID()}`);
  const target = join(folder, fileName(expected + 1));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = openSync(draft, "wx", 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    try {
      linkSync(draft, target);
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    }
    const highest = newest(folder);
    if (highest > expected + 1) {
      // Others went on from a revision that was removed meanwhile; ours was never the newest, or is part of theirs.
      // Repeating the change is harmless, losing it is not.
      return false;
    }
    syncFolder(folder);
    removeOld(folder, highest);
    return true;
  } catch (error) {
    throw unreadable(folder, `it cannot be written: ${String(error)}`, error);
  } finally {
    removeQuietly(draft);
  }
}

/** The oldest goes first: a reader takes a revision for the newest while it is there and its successor is not. */
function removeOld(folder: string, highest: number): void {
  for (const name of readdirSync(folder).sort()) {
    const match = revisionFile.exec(name);
    if (match !== null && Number(match[1]) <= highest - keptRevisions) removeQuietly(join(folder, name));
  }
}

/** Makes the new name survive a power failure, where the platform lets folders be synced. */
function syncFolder(folder: string): void {
  let file: number;
  try {
    file = openSync(folder, "r");
  } catch {
    return;
  }
  try {
    fsyncSync(file);
  } catch {
    // Windows does not sync folders; the file itself is durable.
  } finally {
    closeSync(file);
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Another process was first.
  }
}

function fileName(revision: number): string {
  return `${String(revision).padStart(8, "0")}.json`;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function unreadable(folder: string, why: string, cause?: unknown): CrucibleError {
  return new CrucibleError(
    "grants/unreadable",
    `Cannot use "${folder}": ${why}`,
    { hint: `Restore "${folder}" from a copy, or remove it` },
    { cause },
  );
}
