// The cache of loaded modules in memory: one load for all who ask at once, pinned while in use, given back after a time
// without use, least recently used first out, and all freed at the end with a count that proves it.
import type { Outcome } from "@crucible/sandbox";
import { fail, succeed } from "@crucible/sandbox";

/** What was loaded: a value, what it takes, and how it is freed. */
export interface Loaded<T> {
  readonly value: T;
  readonly bytes: number;
  /** Called exactly once, when nobody uses the value any more. */
  readonly free: () => void | Promise<void>;
}

/** A value in use. It is not freed before `release`, whatever happens to the cache. */
export interface Lease<T> {
  readonly value: T;
  /** Ends the use; calling it again has no effect. */
  release(): void;
}

/** Bounds and powers of a cache. */
export interface ModuleCacheOptions {
  /** Milliseconds without use after which a module is freed; 300,000 when absent. */
  readonly ttlMs?: number;
  /** 256 when absent. */
  readonly maxEntries?: number;
  /** 512 MB when absent. */
  readonly maxBytes?: number;
  /** Milliseconds of a clock that does not jump. */
  readonly now: () => number;
  /** Calls back once after some milliseconds; the answer takes it back. A timer should not keep the process alive. */
  readonly schedule: (delayMs: number, callback: () => void) => () => void;
}

/** Why modules were freed. */
export type FreeReason = "ttl" | "entries" | "bytes" | "unload" | "dispose";

export interface ModuleCacheStatistics {
  /** Modules in the cache; those that are unloaded but still in use are not among them. */
  readonly entries: number;
  readonly bytes: number;
  readonly pinned: number;
  readonly hits: number;
  readonly loads: number;
  readonly failures: number;
  readonly freed: Readonly<Record<FreeReason, number>>;
  /** Loaded and not yet freed; 0 after `dispose` has settled. */
  readonly live: number;
}

export interface ModuleCache<T> {
  /**
   * Returns the module of this key, loading it when it is not there. Calls for one key at once share one load; a failed
   * load is not kept. The caller releases the lease. Fails with `host/unavailable` after `dispose`.
   */
  acquire(key: string, load: () => Promise<Outcome<Loaded<T>>>): Promise<Outcome<Lease<T>>>;
  /** Takes a module out: the next `acquire` loads again; it is freed once its leases are released. True if it was there. */
  unload(key: string): boolean;
  /** Keys, least recently used first. */
  keys(): readonly string[];
  statistics(): ModuleCacheStatistics;
  /** Takes all modules out; settles when all leases are released and everything is freed. */
  dispose(): Promise<void>;
}

const defaults = { ttlMs: 300_000, maxEntries: 256, maxBytes: 512 * 1024 * 1024 } as const;

interface Entry<T> {
  readonly key: string;
  readonly loaded: Loaded<T>;
  leases: number;
  usedMs: number;
  /** Set once the entry has left the cache. */
  leaving: FreeReason | undefined;
}

/**
 * Creates a cache. When everything in it is pinned its bounds are exceeded by what is asked for, until leases are released.
 */
export function createModuleCache<T>(options: ModuleCacheOptions): ModuleCache<T> {
  const { ttlMs, maxEntries, maxBytes, now, schedule } = { ...defaults, ...options };
  // In order of use: the least recently used comes first.
  const entries = new Map<string, Entry<T>>();
  const loading = new Map<string, Loading<T>>();
  const freed: Record<FreeReason, number> = { ttl: 0, entries: 0, bytes: 0, unload: 0, dispose: 0 };
  const counts = { hits: 0, loads: 0, failures: 0, live: 0 };
  let bytes = 0;
  let pendingLoads = 0;
  let cancelTimer: (() => void) | undefined;
  let disposed: Promise<void> | undefined;
  let settle: (() => void) | undefined;

  const free = (entry: Entry<T>, reason: FreeReason): void => {
    freed[reason] += 1;
    void Promise.resolve()
      .then(() => entry.loaded.free())
      .catch(() => undefined)
      .then(() => {
        counts.live -= 1;
        finishWhenEmpty();
      });
  };
  const leave = (entry: Entry<T>, reason: FreeReason): void => {
    entries.delete(entry.key);
    bytes -= entry.loaded.bytes;
    entry.leaving = reason;
    if (entry.leases === 0) free(entry, reason);
  };
  const finishWhenEmpty = (): void => {
    if (disposed !== undefined && counts.live === 0 && pendingLoads === 0) settle?.();
  };
  const touch = (entry: Entry<T>): void => {
    entry.usedMs = now();
    if (entry.leaving !== undefined) return;
    entries.delete(entry.key);
    entries.set(entry.key, entry);
  };
  const shrink = (): void => {
    for (const entry of entries.values()) {
      const reason = entries.size > maxEntries ? "entries" : bytes > maxBytes ? "bytes" : undefined;
      if (reason === undefined) return;
      if (entry.leases === 0) leave(entry, reason);
    }
  };
  const expire = (): void => {
    cancelTimer = undefined;
    const time = now();
    for (const entry of entries.values()) {
      if (entry.leases === 0 && time - entry.usedMs >= ttlMs) leave(entry, "ttl");
    }
    watch();
  };
  const watch = (): void => {
    if (cancelTimer !== undefined || disposed !== undefined) return;
    const idle = [...entries.values()].find((entry) => entry.leases === 0);
    if (idle !== undefined) cancelTimer = schedule(Math.max(0, idle.usedMs + ttlMs - now()), expire);
  };
  /** Hands out a lease that is counted already. */
  const leaseOf = (entry: Entry<T>): Lease<T> => {
    let released = false;
    return {
      value: entry.loaded.value,
      release() {
        if (released) return;
        released = true;
        entry.leases -= 1;
        touch(entry);
        if (entry.leases > 0) return;
        if (entry.leaving !== undefined) free(entry, entry.leaving);
        else {
          shrink();
          watch();
        }
      },
    };
  };
  const admit = (key: string, loaded: Loaded<T>, { leaving, waiting }: Loading<T>): Entry<T> => {
    // Whoever waits for the load has its lease from the start: nothing can free the module in between.
    const tooLarge = loaded.bytes > maxBytes ? "bytes" : undefined;
    const entry: Entry<T> = { key, loaded, leases: waiting, usedMs: now(), leaving: leaving ?? tooLarge };
    counts.live += 1;
    if (entry.leaving === undefined) {
      entries.set(key, entry);
      bytes += loaded.bytes;
      shrink();
    }
    return entry;
  };
  const begin = (key: string, load: () => Promise<Outcome<Loaded<T>>>): Loading<T> => {
    const over = (): void => {
      pendingLoads -= 1;
      if (loading.get(key) === begun) loading.delete(key);
    };
    const begun: Loading<T> = {
      leaving: undefined,
      waiting: 0,
      entry: Promise.resolve()
        .then(load)
        .then(
          (outcome) => {
            over();
            if (outcome.ok) return succeed(admit(key, outcome.value, begun));
            counts.failures += 1;
            finishWhenEmpty();
            return outcome;
          },
          (thrown: unknown) => {
            over();
            counts.failures += 1;
            finishWhenEmpty();
            throw thrown;
          },
        ),
    };
    pendingLoads += 1;
    counts.loads += 1;
    loading.set(key, begun);
    return begun;
  };

  return {
    async acquire(key, load) {
      if (disposed !== undefined)
        return fail("host/unavailable", `Cannot load "${key}": the module cache is disposed of`);
      const known = entries.get(key);
      if (known !== undefined && (known.leases > 0 || now() - known.usedMs < ttlMs)) {
        counts.hits += 1;
        known.leases += 1;
        touch(known);
        return succeed(leaseOf(known));
      }
      // Its time is over although the timer has not called yet.
      if (known !== undefined) leave(known, "ttl");
      const shared = loading.get(key);
      if (shared !== undefined) counts.hits += 1;
      const joined = shared ?? begin(key, load);
      joined.waiting += 1;
      const entry = await joined.entry;
      return entry.ok ? succeed(leaseOf(entry.value)) : entry;
    },
    unload(key) {
      const entry = entries.get(key);
      if (entry !== undefined) leave(entry, "unload");
      const pending = loading.get(key);
      if (pending !== undefined) {
        pending.leaving = "unload";
        loading.delete(key);
      }
      return entry !== undefined || pending !== undefined;
    },
    keys: () => [...entries.keys()],
    statistics: () => ({
      entries: entries.size,
      bytes,
      pinned: [...entries.values()].filter((entry) => entry.leases > 0).length,
      ...counts,
      freed: { ...freed },
    }),
    dispose() {
      if (disposed !== undefined) return disposed;
      disposed = new Promise((resolve) => {
        settle = resolve;
      });
      cancelTimer?.();
      cancelTimer = undefined;
      for (const pending of loading.values()) pending.leaving = "dispose";
      loading.clear();
      for (const entry of entries.values()) leave(entry, "dispose");
      finishWhenEmpty();
      return disposed;
    },
  };
}

interface Loading<T> {
  /** Set when the module is taken out before it is there. */
  leaving: FreeReason | undefined;
  /** Callers that get a lease. */
  waiting: number;
  readonly entry: Promise<Outcome<Entry<T>>>;
}
