// Keeps values that a replay needs, beside the journal, by the hash of their content. Values of one turn go out in one
// write; a pack belongs to one process; the oldest packs go when all together are too large.
//
//   pack:   entry*              entry:  u32 length (little-endian) | 43 characters of SHA-256 in base64url | content
import type { AppendFile, JournalFolder, JournalPowers } from "./journal-powers.ts";

export interface ValueStoreOptions {
  /** False where the user's privacy setting forbids it: nothing is kept and nothing is found. */
  readonly enabled: boolean;
  /** Larger values are not kept. */
  readonly maxValueBytes?: number;
  /** All packs together. */
  readonly maxTotalBytes?: number;
  /** Packs of days before this many days ago are removed by `trim`, like the records that they belong to. */
  readonly keepDays?: number;
}

/** Defaults: 1 MB for a value, 256 MB in all, 30 days. */
export const defaultValueBounds: Required<Omit<ValueStoreOptions, "enabled">> = {
  maxValueBytes: 1_048_576,
  maxTotalBytes: 268_435_456,
  keepDays: 30,
};

/** Values by content hash. */
export interface ValueStore {
  /**
   * Keeps a value.
   *
   * @returns its name (`sha256:…`), or nothing where it is not kept: too large, or storing is off
   */
  put(content: Uint8Array): string | undefined;
  /** The value, or nothing where it was never kept, has been removed, or is damaged. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Hands what was put to the operating system. */
  flush(): void;
  /** Removes packs that are too old, then the oldest until all fit; the names of those removed. */
  trim(): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

/** The powers of a value store. `folder` is its own, beside the journal's. */
export interface ValuePowers extends Pick<JournalPowers, "crypto" | "clock"> {
  readonly folder: JournalFolder;
}

/** Opens a store. Values of earlier processes are found as well; the first search reads the packs' tables once. */
export function createValueStore(powers: ValuePowers, options: ValueStoreOptions): ValueStore {
  const { folder, crypto, clock } = powers;
  const { maxValueBytes, maxTotalBytes, keepDays } = { ...defaultValueBounds, ...options };
  const places = new Map<string, Place>();
  const scanned = new Set<string>();
  const pack = `${new Date(clock.now()).toISOString().slice(0, 10)}-${base36(crypto.randomBytes(12))}.pack`;
  let file: AppendFile | undefined;
  let written = 0;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let deferred = false;
  /** Searches for packs happen one after the other. */
  let scanning: Promise<void> = Promise.resolve();

  const flush = (): void => {
    if (pending.length === 0) return;
    const joined = new Uint8Array(pendingBytes);
    let at = 0;
    for (const part of pending) {
      joined.set(part, at);
      at += part.length;
    }
    file ??= folder.append(pack);
    file.write(joined);
    written += joined.length;
    pending = [];
    pendingBytes = 0;
  };

  const scan = async (): Promise<void> => {
    for (const { name } of await folder.list()) {
      if (!name.endsWith(".pack") || name === pack || scanned.has(name)) continue;
      scanned.add(name);
      const content = await folder.read(name);
      if (content === undefined) continue;
      for (let at = 0; at + headerBytes <= content.length;) {
        const length = new DataView(content.buffer, content.byteOffset + at, 4).getUint32(0, true);
        const start = at + headerBytes;
        if (start + length > content.length) break; // the torn end of a process that was killed
        places.set(nameOf(decoder.decode(content.subarray(at + 4, start))), { pack: name, start, length });
        at = start + length;
      }
    }
  };

  return {
    put: (content) => {
      if (!options.enabled || content.length > maxValueBytes) return undefined;
      const hash = crypto.sha256(content);
      const name = nameOf(hash);
      if (places.has(name) || written + pendingBytes + headerBytes + content.length > maxTotalBytes)
        return places.has(name) ? name : undefined;
      const entry = new Uint8Array(headerBytes + content.length);
      new DataView(entry.buffer).setUint32(0, content.length, true);
      entry.set(encoder.encode(hash), 4);
      entry.set(content, headerBytes);
      places.set(name, { pack, start: written + pendingBytes + headerBytes, length: content.length });
      pending.push(entry);
      pendingBytes += entry.length;
      if (!deferred) {
        deferred = true;
        clock.defer(() => {
          deferred = false;
          flush();
        });
      }
      return name;
    },
    get: async (name) => {
      if (!options.enabled) return undefined;
      flush();
      if (!places.has(name)) await (scanning = scanning.then(scan));
      const place = places.get(name);
      const content = place === undefined ? undefined : await folder.read(place.pack, place.start);
      if (place === undefined || content === undefined || content.length < place.length) return undefined;
      const value = content.subarray(0, place.length);
      return nameOf(crypto.sha256(value)) === name ? value : undefined;
    },
    flush,
    trim: async () => {
      const packs = (await folder.list())
        .filter(({ name }) => name.endsWith(".pack"))
        .sort((left, right) => (left.name < right.name ? -1 : 1));
      let total = packs.reduce((sum, { bytes }) => sum + bytes, 0);
      const removed: string[] = [];
      const oldest = new Date(clock.now() - keepDays * 86_400_000).toISOString().slice(0, 10);
      for (const { name, bytes } of packs) {
        if ((total <= maxTotalBytes && name >= oldest) || name === pack) continue;
        await folder.remove(name);
        total -= bytes;
        removed.push(name);
      }
      for (const [name, place] of places) if (removed.includes(place.pack)) places.delete(name);
      return removed;
    },
    dispose: async () => {
      flush();
      await file?.close();
      file = undefined;
    },
  };
}

interface Place {
  readonly pack: string;
  readonly start: number;
  readonly length: number;
}

const headerBytes = 4 + 43;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function base36(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}

function nameOf(hash: string): string {
  return `sha256:${hash}`;
}
