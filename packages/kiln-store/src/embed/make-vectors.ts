// Makes the vectors that are missing: when somebody asks for them, and in the background of a process that stays.
// What was made is in the index batch by batch, so that any process goes on where another one ended, however it ended.
import { fail, succeed, toErrorValue, type Outcome } from "@crucible/sandbox/outcome";
import { chunkSource } from "../index/chunk-note.ts";
import type { IndexService } from "../index/index-service.ts";
import type { Embedder, EmbedPurpose } from "./embedder.ts";

/** When vectors are made without being asked for. */
export interface BackgroundWork {
  /** Calls back once after some milliseconds, without keeping the process alive; the result cancels it. */
  readonly after: (milliseconds: number, work: () => void) => () => void;
  /** Milliseconds from a reason to look for missing vectors to the look. */
  readonly delayMs: number;
}

export interface VectorMakerOptions {
  readonly service: Pick<
    IndexService,
    "generations" | "ensureGeneration" | "pending" | "pendingCount" | "storeVectors" | "sweepRetired" | "claimEmbedding"
  >;
  /** The embedder whose vectors are wanted now. */
  readonly embedder: () => Embedder | undefined;
  readonly clock: { now(): number };
  /** Names this process among those that make vectors for the same kiln. */
  readonly owner: string;
  /** Undefined: only `makeAll` makes any. */
  readonly background: BackgroundWork | undefined;
}

export interface EmbedReport {
  readonly embedded: number;
  /** True when another process is making the vectors. */
  readonly elsewhere: boolean;
}

export interface VectorMaker {
  /** Makes all that are missing now, as somebody who waits for them; what runs in the background gives way. */
  makeAll(onProgress?: (done: number, total: number) => void): Promise<Outcome<EmbedReport>>;
  /**
   * Says that vectors may be missing: they are looked for in the background after its delay. After a failure that is later,
   * unless the embedder is a new one.
   */
  wake(isNewEmbedder?: boolean): void;
  /** Ends after the batch under way. The embedder should be disposed at once, so that this one ends early. */
  dispose(): Promise<void>;
}

/** The right to make vectors lasts so long without being renewed, which happens with each batch. */
const claimMs = 15_000;
const firstRetryMs = 30_000;
const longestRetryMs = 600_000;

export function createVectorMaker(options: VectorMakerOptions): VectorMaker {
  const { service, clock, owner, background } = options;
  /** Embedders whose set this process has seen complete. */
  const finished = new Set<string>();
  let queue: Promise<unknown> = Promise.resolve();
  let asked = 0;
  let disposed = false;
  let cancel: (() => void) | undefined;
  let isRunning = false;
  let isWoken = false;
  let failures = 0;

  const makeMissing = async (
    target: Embedder,
    purpose: EmbedPurpose,
    goesOn: () => boolean,
    onProgress?: (done: number, total: number) => void,
  ): Promise<Outcome<EmbedReport>> => {
    const generation = await service.ensureGeneration(target.identity, target.dimensions);
    await sweep(goesOn);
    let left = await service.pendingCount(generation.id);
    const first = left;
    let embedded = 0;
    let isMine = false;
    try {
      while (left > 0 && goesOn()) {
        const now = clock.now();
        isMine = await service.claimEmbedding(owner, now, now + claimMs);
        if (!isMine) return succeed({ embedded, elsewhere: true });
        const batch = await service.pending(generation.id, target.batchSize);
        if (batch.length === 0) break;
        const vectors = await target.embed(
          batch.map((each) => chunkSource(each.title, each)),
          purpose,
        );
        if (!vectors.ok) return vectors;
        const made = batch.flatMap(({ chunk }, index) => {
          const vector = vectors.value[index];
          return vector?.length === target.dimensions ? [{ chunk, vector }] : [];
        });
        if (made.length !== batch.length)
          return fail("host/unavailable", `The embedder ${target.identity} gave other vectors than it was asked for`);
        await service.storeVectors(generation.id, made);
        embedded += made.length;
        left = Math.max(0, left - made.length);
        // Others change notes meanwhile: what is missing is counted anew when it seems to be nothing.
        if (left === 0) left = await service.pendingCount(generation.id);
        onProgress?.(Math.min(embedded, first), Math.max(first, embedded));
      }
    } finally {
      if (isMine) await service.claimEmbedding(owner, clock.now(), 0);
    }
    if (!goesOn()) return succeed({ embedded, elsewhere: false });
    const present = (await service.generations()).find((each) => each.id === generation.id);
    if (present !== undefined) {
      // The last chunks that lacked a vector may have gone with their notes: the set is complete without a further vector.
      if (present.state === "building") await service.storeVectors(generation.id, []);
      await sweep(goesOn);
      finished.add(target.identity);
      return succeed({ embedded, elsewhere: false });
    }
    // Another embedder's set was completed first, and took the place of this one.
    const again = await makeMissing(target, purpose, goesOn, onProgress);
    return again.ok ? succeed({ ...again.value, embedded: embedded + again.value.embedded }) : again;
  };

  /** Sets that serve no longer are deleted bit by bit, so that nobody waits for it. */
  const sweep = async (goesOn: () => boolean): Promise<void> => {
    while (goesOn() && (await service.sweepRetired()));
  };

  /** Two processes with different embedders would otherwise make their vectors in turns for ever. */
  const isSuperseded = async (target: Embedder): Promise<boolean> => {
    if (!finished.has(target.identity)) return false;
    const generations = await service.generations();
    return (
      generations.every((each) => each.identity !== target.identity) &&
      generations.some((each) => each.state === "serving")
    );
  };

  const schedule = (milliseconds: number): void => {
    if (background === undefined || disposed || cancel !== undefined || isRunning) return;
    cancel = background.after(milliseconds, () => {
      cancel = undefined;
      isRunning = true;
      queue = queue.then(async () => {
        const next = await runInBackground();
        isRunning = false;
        if (isWoken || next !== undefined) schedule(isWoken ? (background?.delayMs ?? 0) : (next ?? 0));
        isWoken = false;
      });
    });
  };

  /** Makes what is missing as long as nobody asks for it. Returns when to look again, in milliseconds. */
  const runInBackground = async (): Promise<number | undefined> => {
    const target = options.embedder();
    if (target === undefined || disposed) return undefined;
    const goesOn = (): boolean => !disposed && asked === 0 && options.embedder() === target;
    const made = await attempt(async () =>
      (await isSuperseded(target))
        ? succeed({ embedded: 0, elsewhere: false })
        : makeMissing(target, "background", goesOn),
    );
    if (!made.ok) {
      failures += 1;
      return Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs);
    }
    failures = 0;
    if (made.value.elsewhere) return claimMs;
    return goesOn() ? undefined : background?.delayMs;
  };

  return {
    makeAll(onProgress) {
      asked += 1;
      const result = queue.then(async (): Promise<Outcome<EmbedReport>> => {
        try {
          const target = options.embedder();
          if (target === undefined) return fail("host/unavailable", "Cannot make vectors: no embedder is configured");
          return await makeMissing(target, "passage", () => !disposed && options.embedder() === target, onProgress);
        } finally {
          asked -= 1;
        }
      });
      queue = result.catch(() => undefined);
      return result;
    },
    wake(isNewEmbedder = false) {
      if (isNewEmbedder) {
        cancel?.();
        cancel = undefined;
        failures = 0;
      }
      if (isRunning) isWoken = true;
      else schedule(background?.delayMs ?? 0);
    },
    async dispose() {
      disposed = true;
      cancel?.();
      cancel = undefined;
      await queue;
    },
  };
}

/** What the index throws when it is closed or damaged ends the work; nobody waits for its result. */
async function attempt<T>(work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await work();
  } catch (thrown) {
    return { ok: false, error: toErrorValue(thrown) };
  }
}
