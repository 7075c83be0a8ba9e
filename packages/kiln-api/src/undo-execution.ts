// Takes back what one invocation, with all that it called, changed in a kiln: every byte, or nothing and the reason.
import type { Outcome } from "@crucible/sandbox";
import { fail, succeed } from "@crucible/sandbox";
import type { KilnFiles } from "@crucible/kiln-store";

/** One recorded change, in the order in which they happened. */
export interface RecordedChange {
  readonly path: string;
  /** Content hashes (`KilnFiles.hash`); `null`: there was no file. */
  readonly beforeHash: string | null;
  readonly afterHash: string | null;
  /** The bytes before; rejects nothing: `undefined` where they are not kept any more. */
  readonly readBefore: () => Promise<Uint8Array | undefined>;
}

export interface UndoneFile {
  readonly path: string;
  readonly effect: "restored" | "removed" | "made again";
}

const unlimited = Number.MAX_SAFE_INTEGER;

/**
 * Restores each file that was changed to its bytes before the first change.
 *
 * @returns the files, sorted by path; `host/note-conflict` naming every file that changed since, `host/not-found` when bytes are
 * not kept any more. Nothing is written unless everything can be.
 */
export async function undoExecution(
  files: KilnFiles,
  changes: readonly RecordedChange[],
): Promise<Outcome<readonly UndoneFile[]>> {
  const byPath = new Map<string, { readonly first: RecordedChange; last: RecordedChange }>();
  for (const change of changes) {
    const known = byPath.get(change.path);
    if (known === undefined) byPath.set(change.path, { first: change, last: change });
    else known.last = change;
  }
  return files.exclusive(async () => {
    const plans: { readonly path: string; readonly now: string | null; readonly bytes: Uint8Array | undefined }[] = [];
    const changed: string[] = [];
    for (const [path, { first, last }] of [...byPath].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const found = await files.read(path, unlimited);
      const now = found.ok ? files.hash(found.value.bytes) : null;
      if (now === first.beforeHash) continue;
      // A process that was killed may have recorded its last change without carrying it out.
      if (now !== last.afterHash && now !== last.beforeHash) {
        changed.push(path);
        continue;
      }
      const bytes = first.beforeHash === null ? undefined : await first.readBefore();
      if (first.beforeHash !== null && (bytes === undefined || files.hash(bytes) !== first.beforeHash)) {
        return fail("host/not-found", `Cannot undo: the former content of "${path}" is not kept any more`);
      }
      plans.push({ path, now, bytes });
    }
    if (changed.length > 0) {
      return fail("host/note-conflict", `Cannot undo: ${changed.map((path) => `"${path}"`).join(", ")} changed since`, {
        paths: changed,
      });
    }
    const undone: UndoneFile[] = [];
    for (const { path, now, bytes } of plans) {
      const outcome =
        bytes === undefined
          ? await files.remove(path)
          : await files.write(path, bytes, now === null ? { kind: "absent" } : { kind: "hash", hash: now });
      if (!outcome.ok) return outcome;
      undone.push({ path, effect: bytes === undefined ? "removed" : now === null ? "made again" : "restored" });
    }
    return succeed(undone);
  });
}
