// Renames a note and repoints links, as one change: what was begun is finished by the next writer after a crash.
import { fail, succeed, type Outcome } from "@crucible/sandbox/outcome";
import type { KilnFiles } from "./kiln-files.ts";
import { compareText } from "./note-path.ts";
import { decodeNote, parseNote } from "./read-note.ts";
import { applyEdits, repointLinks, type Rename, type TextEdit } from "./repoint-links.ts";
import { indexNames, linkKey } from "./resolve-link.ts";
import { reasonOf, walkNotes } from "./walk-notes.ts";

export interface RenamedNote {
  readonly from: string;
  readonly path: string;
  /** Notes whose links were rewritten, under their new names, with the number of links. */
  readonly repointed: readonly { readonly path: string; readonly links: number }[];
  /** Notes that could not be read or written, whose links stayed as they were. */
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
}

export interface Renamer {
  rename(from: string, to: string): Promise<Outcome<RenamedNote>>;
  /** Finishes a rename that a crash interrupted. Cheap when there is none. */
  recover(): Promise<void>;
}

export interface RenamerOptions {
  readonly files: KilnFiles;
  readonly maxNoteBytes: number;
  readonly findLinking?: (keys: readonly string[]) => Promise<readonly string[] | undefined>;
}

interface PlannedEdit {
  readonly path: string;
  readonly hash: string;
  readonly edits: readonly TextEdit[];
}

interface RenamePlan {
  readonly from: string;
  readonly to: string;
  readonly edits: readonly PlannedEdit[];
}

const planPath = ".crucible/rename.json";

/** Creates what renames notes; its methods expect that the caller holds the kiln's lock. */
export function createRenamer(options: RenamerOptions): Renamer {
  const { files, maxNoteBytes } = options;

  const plan = async (
    from: string,
    to: string,
    failed: { path: string; reason: string }[],
  ): Promise<Outcome<RenamePlan>> => {
    const walked = await walkNotes(files, "", true);
    if (!walked.ok) return walked;
    const present = walked.value.paths;
    const rename: Rename = {
      from,
      to,
      before: indexNames(present),
      after: indexNames([...present.filter((path) => path !== from), to]),
    };
    const candidates = (await options.findLinking?.([...new Set([linkKey(from), linkKey(to)])])) ?? present;
    const edits: PlannedEdit[] = [];
    for (const path of [...new Set([...candidates, from])].sort(compareText)) {
      const read = await files.read(path, maxNoteBytes);
      const text = read.ok ? decodeNote(path, read.value.bytes) : read;
      if (!read.ok || !text.ok) {
        if (!text.ok && path !== from && text.error.code !== "host/note-not-found")
          failed.push({ path, reason: reasonOf(text.error) });
        continue;
      }
      if (!text.value.includes("[")) continue;
      const hash = files.hash(read.value.bytes);
      const found = repointLinks(parseNote(path, text.value, hash, read.value.stamp), text.value, rename);
      if (found.length > 0) edits.push({ path: path === from ? to : path, hash, edits: found });
    }
    return succeed({ from, to, edits });
  };

  const carryOut = async (
    planned: RenamePlan,
    failed: { path: string; reason: string }[],
  ): Promise<Outcome<RenamedNote>> => {
    if (
      files.stamp(planned.from) !== undefined &&
      (files.stamp(planned.to) === undefined || sameFile(files, planned))
    ) {
      const moved = await files.move(planned.from, planned.to);
      if (!moved.ok) return moved;
    }
    const repointed: { path: string; links: number }[] = [];
    for (const { path, hash, edits } of planned.edits) {
      const read = await files.read(path, maxNoteBytes);
      const text = read.ok ? decodeNote(path, read.value.bytes) : read;
      if (!read.ok || !text.ok) {
        if (!text.ok) failed.push({ path, reason: reasonOf(text.error) });
        continue;
      }
      // Edited meanwhile by a program that does not know the lock, or already done before a crash.
      if (files.hash(read.value.bytes) !== hash) continue;
      const written = await files.write(path, new TextEncoder().encode(applyEdits(text.value, edits)), {
        kind: "hash",
        hash,
      });
      if (written.ok) repointed.push({ path, links: edits.length });
      else failed.push({ path, reason: reasonOf(written.error) });
    }
    await files.remove(planPath);
    return succeed({ from: planned.from, path: planned.to, repointed, failed });
  };

  return {
    async rename(from, to) {
      const source = files.stamp(from);
      if (source === undefined)
        return fail("host/note-not-found", `Cannot rename note "${from}": there is no such note`, { path: from });
      const occupied = files.stamp(to);
      if (occupied !== undefined && (from === to || occupied.inode !== source.inode)) {
        if (from === to) return succeed({ from, path: to, repointed: [], failed: [] });
        return fail("host/note-conflict", `Cannot rename note "${from}": "${to}" exists already`, { path: to });
      }
      const failed: { path: string; reason: string }[] = [];
      const planned = await plan(from, to, failed);
      if (!planned.ok) return planned;
      const noted = await files.write(planPath, new TextEncoder().encode(JSON.stringify(planned.value)), {
        kind: "any",
      });
      if (!noted.ok) return noted;
      const done = await carryOut(planned.value, failed);
      if (!done.ok) await files.remove(planPath);
      return done;
    },
    async recover() {
      if (files.stamp(planPath) === undefined) return;
      const read = await files.read(planPath, 100_000_000);
      const planned = read.ok ? parsePlan(new TextDecoder().decode(read.value.bytes)) : undefined;
      if (planned === undefined) await files.remove(planPath);
      else await carryOut(planned, []);
    },
  };
}

function sameFile(files: KilnFiles, planned: RenamePlan): boolean {
  return files.stamp(planned.from)?.inode === files.stamp(planned.to)?.inode;
}

/** A plan is written atomically, so that a text that does not parse was not written by a store. */
function parsePlan(text: string): RenamePlan | undefined {
  try {
    const plan: unknown = JSON.parse(text);
    const valid =
      typeof plan === "object" &&
      plan !== null &&
      "from" in plan &&
      "to" in plan &&
      "edits" in plan &&
      Array.isArray(plan.edits);
    return valid ? (plan as RenamePlan) : undefined;
  } catch {
    return undefined;
  }
}
