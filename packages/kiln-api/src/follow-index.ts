// When a kiln's index is opened and how it follows the files: by looking again in commands that end soon, by a watch in
// hosts that stay.
import { succeed, type Outcome } from "@crucible/sandbox";
import type { Kiln, KilnIndex, KilnWatch } from "@crucible/kiln-store";
import { isNotePath } from "@crucible/kiln-store";
import type { OpenIndex } from "./index-functions.ts";

export interface FollowIndexOptions {
  /** Opens the kiln. Called once, when the index is asked for first; the kiln is then disposed of with the follower. */
  readonly open: () => Pick<Kiln, "index" | "dispose">;
  /** Starts a watch (`watchKiln`), for hosts that stay. Without it the files are looked at again when the index is asked for. */
  readonly watch?: (index: KilnIndex) => KilnWatch;
  /**
   * Reads a note of the view that the index is of; undefined where it has none. Left out, the index is of the files on the
   * disk.
   */
  readonly readView?: (path: string) => Promise<Uint8Array | undefined>;
  /** Milliseconds on any clock that never goes back. */
  readonly now: () => number;
  /** Milliseconds for which a look at all files counts; 500 by default. Without a meaning where there is a watch. */
  readonly refreshAfterMs?: number;
}

export interface FollowedIndex {
  /** Opens the index when first called; asks nothing of the disk before. */
  readonly openIndex: OpenIndex;
  /** The index as it is, opened when first called: for whoever brings it up to date and shows how far it is. */
  index(): KilnIndex;
  dispose(): Promise<void>;
}

/** Follows a kiln's files. What went wrong on one call is tried again on the next. */
export function followIndex({ open, watch, readView, now, refreshAfterMs = 500 }: FollowIndexOptions): FollowedIndex {
  let kiln: ReturnType<typeof open> | undefined;
  let watching: KilnWatch | undefined;
  let lookedAt: number | undefined;

  const bringUpToDate = async (index: KilnIndex, changed: readonly string[]): Promise<Outcome<unknown>> => {
    // Changes of our own are known before anybody could notice them.
    const notes = changed.filter(isNotePath);
    if (readView !== undefined && notes.length > 0) {
      const shown = await index.show(
        await Promise.all(notes.map(async (path) => ({ path, bytes: await readView(path) }))),
      );
      if (!shown.ok) return shown;
    }
    if (watch !== undefined) {
      watching ??= watch(index);
      await watching.ready;
      await watching.idle();
    } else if (lookedAt === undefined || now() - lookedAt > refreshAfterMs) {
      const looked = await index.refresh();
      if (looked.ok) lookedAt = now();
      return looked;
    }
    return notes.length === 0 || readView !== undefined ? succeed(null) : index.refresh(notes);
  };

  const opened = (): ReturnType<typeof open> => (kiln ??= open());

  return {
    index: () => opened().index,
    openIndex: async (changed = []) => {
      const { index } = opened();
      const fresh = await bringUpToDate(index, changed);
      return fresh.ok ? succeed(index) : fresh;
    },
    dispose: async () => {
      await watching?.dispose();
      await kiln?.dispose();
      watching = undefined;
      kiln = undefined;
    },
  };
}
