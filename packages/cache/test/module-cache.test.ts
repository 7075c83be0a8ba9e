import fc from "fast-check";
import { createModuleCache } from "@crucible/cache";
import type { FreeReason, Lease, Loaded, ModuleCache } from "@crucible/cache";
import type { Outcome } from "@crucible/sandbox";
import { fail, succeed, unwrap } from "@crucible/sandbox";
import { describe, expect, test } from "vitest";
import { createRandom } from "./random.ts";

/** The runs of the model together make 100,000 operations; the test counts them. */
const modelRuns = 20;
const operationsOfRun = 5_000;

interface Clock {
  nowMs: number;
  readonly schedule: (delayMs: number, callback: () => void) => () => void;
  advance(ms: number): void;
  readonly timers: Map<number, { readonly atMs: number; readonly callback: () => void }>;
}

function createClock(): Clock {
  let next = 0;
  const clock: Clock = {
    nowMs: 0,
    timers: new Map(),
    schedule(delayMs, callback) {
      const id = next;
      next += 1;
      clock.timers.set(id, { atMs: clock.nowMs + delayMs, callback });
      return () => clock.timers.delete(id);
    },
    advance(ms) {
      const end = clock.nowMs + ms;
      for (;;) {
        const due = [...clock.timers]
          .filter(([, { atMs }]) => atMs <= end)
          .toSorted(([, a], [, b]) => a.atMs - b.atMs)[0];
        if (due === undefined) break;
        clock.timers.delete(due[0]);
        clock.nowMs = Math.max(clock.nowMs, due[1].atMs);
        due[1].callback();
      }
      clock.nowMs = end;
    },
  };
  return clock;
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
}

interface Module {
  readonly id: number;
  readonly key: string;
}

function createLoader(): {
  readonly load: (key: string, bytes: number) => () => Promise<Outcome<Loaded<Module>>>;
  readonly freed: Map<number, number>;
  loads: number;
} {
  const loader = {
    loads: 0,
    freed: new Map<number, number>(),
    load: (key: string, bytes: number) => () => {
      const id = loader.loads;
      loader.loads += 1;
      const free = (): void => void loader.freed.set(id, (loader.freed.get(id) ?? 0) + 1);
      return Promise.resolve(succeed({ value: { id, key }, bytes, free }));
    },
  };
  return loader;
}

interface ModelEntry {
  readonly key: string;
  readonly id: number;
  readonly bytes: number;
  usedMs: number;
  leases: number;
}

/** The rules, written as plainly as they can be: a list in order of use. */
class Model {
  list: ModelEntry[] = [];
  readonly leaving = new Set<ModelEntry>();
  readonly gone: number[] = [];
  readonly freed: Record<FreeReason, number> = { ttl: 0, entries: 0, bytes: 0, unload: 0, dispose: 0 };
  readonly reasons = new Map<ModelEntry, FreeReason>();

  readonly ttlMs: number;
  readonly maxEntries: number;
  readonly maxBytes: number;

  constructor(ttlMs: number, maxEntries: number, maxBytes: number) {
    this.ttlMs = ttlMs;
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.list.reduce((sum, entry) => sum + entry.bytes, 0);
  }

  leave(entry: ModelEntry, reason: FreeReason): void {
    this.list = this.list.filter((other) => other !== entry);
    this.reasons.set(entry, reason);
    if (entry.leases === 0) this.free(entry);
    else this.leaving.add(entry);
  }

  free(entry: ModelEntry): void {
    this.leaving.delete(entry);
    this.gone.push(entry.id);
    this.freed[this.reasons.get(entry) ?? "dispose"] += 1;
  }

  expire(nowMs: number): void {
    for (const entry of this.list)
      if (entry.leases === 0 && nowMs - entry.usedMs >= this.ttlMs) this.leave(entry, "ttl");
  }

  use(entry: ModelEntry, nowMs: number): void {
    entry.usedMs = nowMs;
    if (this.list.includes(entry)) this.list = [...this.list.filter((other) => other !== entry), entry];
  }

  shrink(): void {
    for (const entry of this.list) {
      if (entry.leases > 0) continue;
      if (this.list.length > this.maxEntries) this.leave(entry, "entries");
      else if (this.bytes > this.maxBytes) this.leave(entry, "bytes");
    }
  }
}

describe("createModuleCache", () => {
  test("behaves as the reference model in 100,000 random operations under virtual time", async () => {
    let operations = 0;
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 10, max: 400 }),
        async (seed, maxEntries, maxBytes) => {
          const random = createRandom(seed);
          const clock = createClock();
          const ttlMs = 1_000;
          const cache = createModuleCache<Module>({
            ttlMs,
            maxEntries,
            maxBytes,
            now: () => clock.nowMs,
            schedule: clock.schedule,
          });
          const loader = createLoader();
          const model = new Model(ttlMs, maxEntries, maxBytes);
          const held: { readonly lease: Lease<Module>; readonly entry: ModelEntry }[] = [];
          hits = 0;
          for (let step = 0; step < operationsOfRun; step += 1) {
            operations += 1;
            const key = `k${random.below(10)}`;
            const choice = random.below(100);
            if (choice < 45) {
              const bytes = random.below(120);
              const before = loader.loads;
              const lease = unwrap(await cache.acquire(key, loader.load(key, bytes)));
              let entry = model.list.find((candidate) => candidate.key === key);
              if (loader.loads !== before + Number(entry === undefined))
                expect(loader.loads).toBe(before + Number(entry === undefined));
              if (entry === undefined) {
                entry = { key, id: before, bytes, usedMs: clock.nowMs, leases: 1 };
                if (bytes > maxBytes) {
                  model.reasons.set(entry, "bytes");
                  model.leaving.add(entry);
                } else {
                  model.list.push(entry);
                  model.shrink();
                }
              } else {
                entry.leases += 1;
                hits += 1;
                model.use(entry, clock.nowMs);
              }
              if (lease.value.id !== entry.id) expect(lease.value).toEqual({ id: entry.id, key });
              held.push({ lease, entry });
            } else if (choice < 88) {
              const [taken] = held.splice(random.below(Math.max(1, held.length)), 1);
              if (taken !== undefined) {
                taken.lease.release();
                if (random.below(4) === 0) taken.lease.release();
                taken.entry.leases -= 1;
                model.use(taken.entry, clock.nowMs);
                if (taken.entry.leases === 0) {
                  if (model.leaving.has(taken.entry)) model.free(taken.entry);
                  else model.shrink();
                }
              }
            } else if (choice < 92) {
              const entry = model.list.find((candidate) => candidate.key === key);
              expect(cache.unload(key)).toBe(entry !== undefined);
              if (entry !== undefined) model.leave(entry, "unload");
            } else {
              clock.advance(random.below(700));
              model.expire(clock.nowMs);
            }
            await settled();
            expect(cache.keys()).toEqual(model.list.map((entry) => entry.key));
            expect([...loader.freed.keys()].toSorted((a, b) => a - b)).toEqual(model.gone.toSorted((a, b) => a - b));
            if (step % 100 === 0) {
              expect([...loader.freed.keys()].toSorted((a, b) => a - b)).toEqual(model.gone.toSorted((a, b) => a - b));
              expect(cache.statistics()).toMatchObject({
                entries: model.list.length,
                bytes: model.bytes,
                pinned: model.list.filter((entry) => entry.leases > 0).length,
                hits,
                loads: loader.loads,
                failures: 0,
                freed: model.freed,
                live: loader.loads - model.gone.length,
              });
            }
          }
          const over = cache.dispose();
          for (const { lease } of held) lease.release();
          await over;
          expect(cache.statistics()).toMatchObject({ entries: 0, bytes: 0, live: 0 });
          expect(clock.timers.size).toBe(0);
          expect(loader.freed.size).toBe(loader.loads);
          expect([...loader.freed.values()].every((times) => times === 1)).toBe(true);
        },
      ),
      { numRuns: modelRuns },
    );
    expect(operations).toBe(100_000);
  }, 120_000);

  test("frees each load once, never in use, whatever happens while loads are under way", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 4 }), async (seed, maxEntries) => {
        const random = createRandom(seed);
        const clock = createClock();
        const cache = createModuleCache<Module>({
          ttlMs: 1_000,
          maxEntries,
          maxBytes: 250,
          now: () => clock.nowMs,
          schedule: clock.schedule,
        });
        const used = new Map<number, number>();
        const freed: number[] = [];
        // The cache forgives what freeing throws, so that it cannot be the place to complain.
        const freedInUse: number[] = [];
        const underWay = new Map<number, () => void>();
        const held: Lease<Module>[] = [];
        const waiting: Promise<void>[] = [];
        let [loads, failures] = [0, 0];
        const load = (key: string) => (): Promise<Outcome<Loaded<Module>>> =>
          new Promise((resolve) => {
            const id = (loads += 1);
            const fails = random.below(8) === 0;
            const bytes = random.below(120);
            underWay.set(id, () => {
              failures += Number(fails);
              const free = (): void => {
                if ((used.get(id) ?? 0) > 0) freedInUse.push(id);
                freed.push(id);
              };
              resolve(fails ? fail("compile/syntax", "Cannot compile") : succeed({ value: { id, key }, bytes, free }));
            });
          });
        const finishOne = (): void => {
          const [id, finish] = [...underWay][random.below(Math.max(1, underWay.size))] ?? [];
          if (id !== undefined) underWay.delete(id);
          finish?.();
        };
        for (let step = 0; step < 300; step += 1) {
          const key = `k${random.below(5)}`;
          const choice = random.below(100);
          if (choice < 40) {
            waiting.push(
              cache.acquire(key, load(key)).then((lease) => {
                if (!lease.ok) return;
                expect(lease.value.value.key).toBe(key);
                const { id } = lease.value.value;
                expect(freed).not.toContain(id);
                used.set(id, (used.get(id) ?? 0) + 1);
                held.push(lease.value);
              }),
            );
          } else if (choice < 65) finishOne();
          else if (choice < 88) {
            const [lease] = held.splice(random.below(Math.max(1, held.length)), 1);
            if (lease !== undefined) used.set(lease.value.id, (used.get(lease.value.id) ?? 0) - 1);
            lease?.release();
          } else if (choice < 94) cache.unload(key);
          else clock.advance(random.below(900));
          await settled();
        }
        const over = cache.dispose();
        while (underWay.size > 0) finishOne();
        await Promise.all(waiting);
        for (const lease of held) {
          used.set(lease.value.id, (used.get(lease.value.id) ?? 0) - 1);
          lease.release();
        }
        await over;
        expect(freedInUse).toEqual([]);
        expect(freed.length).toBe(loads - failures);
        expect(new Set(freed).size).toBe(freed.length);
        expect(cache.statistics()).toMatchObject({ entries: 0, bytes: 0, live: 0, loads, failures });
      }),
      { numRuns: 60 },
    );
  });

  function small(options: Partial<Parameters<typeof createModuleCache>[0]> = {}): {
    readonly cache: ModuleCache<Module>;
    readonly clock: Clock;
  } {
    const clock = createClock();
    return {
      clock,
      cache: createModuleCache<Module>({ now: () => clock.nowMs, schedule: clock.schedule, ...options }),
    };
  }

  test("PR-02.2: a module that is not used for five minutes is freed, and not a moment earlier", async () => {
    const { cache, clock } = small();
    const loader = createLoader();
    unwrap(await cache.acquire("a", loader.load("a", 1))).release();
    clock.advance(299_999);
    await settled();
    expect(loader.freed.size).toBe(0);
    clock.advance(1);
    await settled();
    expect(loader.freed.size).toBe(1);
  });

  test("calls for one key at once share one load", async () => {
    const { cache } = small();
    const loader = createLoader();
    const leases = await Promise.all(Array.from({ length: 50 }, () => cache.acquire("a", loader.load("a", 1))));
    expect(new Set(leases.map((lease) => unwrap(lease).value.id))).toEqual(new Set([0]));
    expect(cache.statistics()).toMatchObject({ loads: 1, hits: 49, pinned: 1 });
  });

  test("a failed load is told to all who wait and is not kept", async () => {
    const { cache } = small();
    const loader = createLoader();
    const failing = (): Promise<Outcome<Loaded<Module>>> => Promise.resolve(fail("compile/syntax", "Cannot compile"));
    const [first, second] = await Promise.all([cache.acquire("a", failing), cache.acquire("a", failing)]);
    expect([first.ok, second.ok]).toEqual([false, false]);
    expect((await cache.acquire("a", loader.load("a", 1))).ok).toBe(true);
  });

  test("a load that throws reaches the caller and leaves nothing behind", async () => {
    const { cache } = small();
    await expect(cache.acquire("a", () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    await cache.dispose();
    expect(cache.statistics()).toMatchObject({ live: 0, failures: 1 });
  });

  test("PR-06.1: unloading during a load lets those who wait work on and loads again for the next", async () => {
    const { cache } = small();
    const loader = createLoader();
    const waiting = [cache.acquire("a", loader.load("a", 1)), cache.acquire("a", loader.load("a", 1))];
    expect(cache.unload("a")).toBe(true);
    const next = unwrap(await cache.acquire("a", loader.load("a", 1)));
    const leases = (await Promise.all(waiting)).map((lease) => unwrap(lease));
    expect(leases.map(({ value }) => value.id)).toEqual([0, 0]);
    expect(next.value.id).toBe(1);
    leases[0]?.release();
    await settled();
    expect(loader.freed.size).toBe(0);
    leases[1]?.release();
    await settled();
    expect([...loader.freed.keys()]).toEqual([0]);
  });

  test("PR-06.2: dispose waits for what is in use and for what is being loaded, and frees each once", async () => {
    const { cache } = small();
    const loader = createLoader();
    const used = unwrap(await cache.acquire("a", loader.load("a", 1)));
    const loading = cache.acquire("b", loader.load("b", 1));
    let over = false;
    const disposed = cache.dispose().then(() => (over = true));
    unwrap(await loading).release();
    await settled();
    expect(over).toBe(false);
    used.release();
    await disposed;
    expect([...loader.freed.entries()].toSorted(([a], [b]) => a - b)).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(await cache.acquire("c", loader.load("c", 1))).toMatchObject({
      ok: false,
      error: { code: "host/unavailable" },
    });
    await cache.dispose();
  });

  test("a module larger than the bound serves its callers and displaces nobody", async () => {
    const { cache } = small({ maxBytes: 10 });
    const loader = createLoader();
    unwrap(await cache.acquire("a", loader.load("a", 5))).release();
    unwrap(await cache.acquire("big", loader.load("big", 11))).release();
    await settled();
    expect(cache.keys()).toEqual(["a"]);
    expect([...loader.freed.keys()]).toEqual([1]);
  });

  test("freeing that fails does not keep the cache from ending", async () => {
    const { cache } = small();
    const free = (): Promise<void> => Promise.reject(new Error("broken"));
    unwrap(
      await cache.acquire("a", () => Promise.resolve(succeed({ value: { id: 0, key: "a" }, bytes: 1, free }))),
    ).release();
    await cache.dispose();
    expect(cache.statistics().live).toBe(0);
  });
});
