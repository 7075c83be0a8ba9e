// The store of compiled artifacts on disk: content-addressed, bounded in size, least recently used first out.
// It never fails the platform: what cannot be read or written is a miss, and is counted.
import type { ArtifactKey } from "./artifact-key.ts";
import { fromHex } from "./artifact-key.ts";
import { entryOverhead, openEntry, sealEntry } from "./store-entry.ts";
import type { Authenticate } from "./store-entry.ts";

/** One stored file. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
  /** Unix milliseconds of its last use. */
  readonly usedMs: number;
}

/** The folder of a store. Other processes may use the same folder at the same time. */
export interface StoreFiles {
  list(): Promise<readonly StoredFile[]>;
  /** Nothing when there is no such file. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Replaces the file as a whole: no reader ever sees a part. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  touch(name: string, usedMs: number): Promise<void>;
  /** Removes the file; it may be gone already. */
  remove(name: string): Promise<void>;
}

/** Powers and bounds of a store. */
export interface ArtifactStoreOptions {
  readonly files: StoreFiles;
  /** HMAC with a key that is kept outside of the store's folder. */
  readonly authenticate: Authenticate;
  /** Largest sum of the sizes of all entries. */
  readonly maxBytes: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface ArtifactStoreStatistics {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  /** Entries that were not what they should be, and were removed. */
  readonly rejected: number;
  readonly writes: number;
  readonly evicted: number;
  /** Reads, writes and removals that the file system refused. */
  readonly failures: number;
}

/**
 * A store. Methods may be called at any time and in parallel; writing and evicting happen one after the other.
 *
 * Within one process `maxBytes` is never exceeded. Where several processes write to one folder, each counts the others'
 * entries before its first and after every sixteenth write, and the sum may be above the bound by what was written between.
 */
export interface ArtifactStore {
  /** Returns an own copy of what was stored under the key, or nothing. */
  get(key: ArtifactKey): Promise<Uint8Array | undefined>;
  /** Stores a copy. False when it is too large or the file system refuses. */
  put(key: ArtifactKey, content: Uint8Array): Promise<boolean>;
  remove(key: ArtifactKey): Promise<void>;
  /** Removes all entries. */
  clear(): Promise<void>;
  statistics(): Promise<ArtifactStoreStatistics>;
  /** Waits for what is being written; later calls find nothing and store nothing. */
  dispose(): Promise<void>;
}

const writesBetweenListings = 16;
const touchEveryMs = 60_000;

/** Creates a store over a folder. Nothing is read before the first call. */
export function createArtifactStore({ files, authenticate, maxBytes, now }: ArtifactStoreOptions): ArtifactStore {
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 0)
    throw new RangeError(`maxBytes is ${maxBytes}, must be an integer of 0 or more`);
  const index = new Map<string, { bytes: number; usedMs: number; touchedMs: number }>();
  let total = 0;
  let writesSinceListing = writesBetweenListings;
  let disposed = false;
  let queue: Promise<unknown> = Promise.resolve();
  const counts = { hits: 0, misses: 0, rejected: 0, writes: 0, evicted: 0, failures: 0 };

  const attempt = async <T>(action: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await action();
    } catch {
      counts.failures += 1;
      return undefined;
    }
  };
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const turn = queue.then(action);
    queue = turn.catch(() => undefined);
    return turn;
  };
  const forget = (name: string): void => {
    total -= index.get(name)?.bytes ?? 0;
    index.delete(name);
  };
  const note = (name: string, bytes: number, usedMs: number, touchedMs: number): void => {
    forget(name);
    index.set(name, { bytes, usedMs, touchedMs });
    total += bytes;
  };
  const list = async (): Promise<void> => {
    const found = await attempt(() => files.list());
    if (found === undefined) return;
    const before = new Map(index);
    index.clear();
    total = 0;
    for (const { name, bytes, usedMs } of found) {
      note(name, bytes, Math.max(usedMs, before.get(name)?.usedMs ?? 0), usedMs);
    }
    writesSinceListing = 0;
  };
  const evictTo = async (bound: number, except: string): Promise<void> => {
    if (total <= bound) return;
    const oldestFirst = [...index].toSorted(
      ([a, first], [b, second]) => first.usedMs - second.usedMs || (a < b ? -1 : 1),
    );
    for (const [name] of oldestFirst) {
      if (total <= bound) return;
      if (name === except) continue;
      const removed = await attempt(async () => {
        await files.remove(name);
        return true;
      });
      if (removed !== true) continue;
      forget(name);
      counts.evicted += 1;
    }
  };

  return {
    async get(key) {
      const name = nameOf(key);
      const entry = disposed ? undefined : await attempt(() => files.read(name));
      if (entry === undefined) {
        counts.misses += 1;
        return undefined;
      }
      const content = openEntry(key, entry, authenticate);
      if (content === undefined) {
        counts.rejected += 1;
        counts.misses += 1;
        await inTurn(async () => {
          await attempt(() => files.remove(name));
          forget(name);
        });
        return undefined;
      }
      counts.hits += 1;
      const usedMs = now();
      const known = index.get(name);
      const touchedMs = known?.touchedMs ?? -Infinity;
      if (known !== undefined) known.usedMs = usedMs;
      if (usedMs - touchedMs >= touchEveryMs) {
        if (known !== undefined) known.touchedMs = usedMs;
        await attempt(() => files.touch(name, usedMs));
      }
      return content;
    },
    put(key, content) {
      const name = nameOf(key);
      const size = content.length + entryOverhead;
      if (disposed || size > maxBytes) return Promise.resolve(false);
      const entry = sealEntry(key, content, authenticate);
      return inTurn(async () => {
        if (writesSinceListing >= writesBetweenListings) await list();
        const replaced = index.get(name)?.bytes ?? 0;
        // Room is made first; an entry that is replaced gives its own.
        await evictTo(maxBytes - size + replaced, name);
        if (total - replaced + size > maxBytes) return false;
        const written = await attempt(async () => {
          await files.write(name, entry);
          return true;
        });
        if (written !== true) return false;
        writesSinceListing += 1;
        counts.writes += 1;
        const usedMs = now();
        note(name, size, usedMs, usedMs);
        return true;
      });
    },
    remove(key) {
      const name = nameOf(key);
      return inTurn(async () => {
        await attempt(() => files.remove(name));
        forget(name);
      });
    },
    clear() {
      return inTurn(async () => {
        await list();
        for (const name of index.keys()) await attempt(() => files.remove(name));
        await list();
      });
    },
    statistics() {
      return inTurn(async () => {
        await list();
        return { entries: index.size, bytes: total, ...counts };
      });
    },
    async dispose() {
      disposed = true;
      await queue;
    },
  };
}

/** Entries lie in 256 folders, so that no folder becomes slow. */
function nameOf(key: ArtifactKey): string {
  fromHex(key);
  return `${key.slice(0, 2)}/${key}.art`;
}
