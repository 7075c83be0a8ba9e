// A folder in memory: for tests, and for hosts that keep no journal on disk. It remembers what would survive a power
// failure, so that tests can cut the power.
import type { AppendFile, JournalFolder } from "./journal-powers.ts";

export interface MemoryFolder extends JournalFolder {
  /** The files as they are now; changing the map changes the folder. */
  readonly files: Map<string, Uint8Array>;
  /** Takes back what was not made durable: file contents beyond their last sync. */
  cutPower(): void;
  /** Makes every further write fail with this error; nothing for normal operation. */
  failWrites(error: Error | undefined): void;
}

/** Makes an empty folder. */
export function createMemoryFolder(place = "memory"): MemoryFolder {
  const files = new Map<string, Uint8Array>();
  const durable = new Map<string, Uint8Array>();
  const encoder = new TextEncoder();
  let failure: Error | undefined;
  const check = (): void => {
    if (failure !== undefined) throw failure;
  };
  const bytesOf = (content: string | Uint8Array): Uint8Array =>
    typeof content === "string" ? encoder.encode(content) : new Uint8Array(content);
  const settle = <T>(run: () => T): Promise<T> => Promise.resolve().then(run);
  const append = (name: string): AppendFile => {
    check();
    if (!files.has(name)) files.set(name, new Uint8Array(0));
    return {
      write: (added) => {
        check();
        const before = files.get(name) ?? new Uint8Array(0);
        const joined = new Uint8Array(before.length + added.length);
        joined.set(before);
        joined.set(added, before.length);
        files.set(name, joined);
      },
      truncate: (bytes) => {
        files.set(name, (files.get(name) ?? new Uint8Array(0)).slice(0, bytes));
      },
      sync: () =>
        settle(() => {
          check();
          const content = files.get(name);
          if (content !== undefined) durable.set(name, content);
        }),
      close: () => Promise.resolve(),
    };
  };
  return {
    place,
    files,
    list: () =>
      settle(() =>
        [...files]
          .map(([name, content]) => ({ name, bytes: content.length }))
          .sort((left, right) => (left.name < right.name ? -1 : 1)),
      ),
    read: (name, from = 0) => settle(() => files.get(name)?.slice(from)),
    write: (name, content) =>
      settle(() => {
        check();
        files.set(name, bytesOf(content));
        durable.set(name, bytesOf(content));
      }),
    create: (name, content) =>
      settle(() => {
        check();
        if (files.has(name)) return false;
        files.set(name, bytesOf(content));
        durable.set(name, bytesOf(content));
        return true;
      }),
    remove: (name) =>
      settle(() => {
        files.delete(name);
        durable.delete(name);
      }),
    truncate: (name, bytes) =>
      settle(() => {
        files.set(name, (files.get(name) ?? new Uint8Array(0)).slice(0, bytes));
      }),
    append,
    cutPower: () => {
      files.clear();
      for (const [name, content] of durable) files.set(name, content);
    },
    failWrites: (error) => {
      failure = error;
    },
  };
}
