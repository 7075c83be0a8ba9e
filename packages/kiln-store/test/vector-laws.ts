// Laws of vectors that are made in the background, for every index database. Timers and embedders are moved by the test.
import { createKilnIndex, type BackgroundWork, type Embedder, type KilnIndex } from "@crucible/kiln-store";
import { createHashedEmbedder } from "@crucible/kiln-store/testing";
import { fail, unwrap } from "@crucible/sandbox";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import type { OpenService } from "./index-laws.ts";
import { temporaryKiln, writeIn } from "./temporary-kiln.ts";

export interface ManualTimer extends BackgroundWork {
  /** Milliseconds that each timer was asked for. */
  readonly asked: readonly number[];
  /** Lets the waiting timer end; false when there is none. */
  fire(): boolean;
}

export function manualTimer(): ManualTimer {
  const asked: number[] = [];
  let waiting: (() => void) | undefined;
  return {
    delayMs: 7,
    asked,
    after: (milliseconds, work) => {
      expect(waiting).toBeUndefined();
      asked.push(milliseconds);
      waiting = work;
      return () => (waiting = undefined);
    },
    fire: () => {
      const work = waiting;
      waiting = undefined;
      work?.();
      return work !== undefined;
    },
  };
}

/** Passages wait until the test lets them through; queries pass. */
function gated(embedder: Embedder): {
  readonly embedder: Embedder;
  readonly purposes: readonly string[];
  release(): boolean;
} {
  const gates: (() => void)[] = [];
  const purposes: string[] = [];
  let disposed = false;
  return {
    embedder: {
      ...embedder,
      batchSize: 3,
      embed: async (texts, purpose) => {
        if (disposed) return fail("host/unavailable", "The embedder is closed");
        if (purpose !== "query") {
          purposes.push(purpose);
          await new Promise<void>((resolve) => gates.push(resolve));
        }
        return embedder.embed(texts, purpose);
      },
      dispose: async () => {
        disposed = true;
        for (const open of gates.splice(0)) open();
        await embedder.dispose();
      },
    },
    purposes,
    release: () => {
      const open = gates.shift();
      open?.();
      return open !== undefined;
    },
  };
}

const notes = Object.fromEntries(
  ["clay", "glaze", "fire", "wheel", "pot", "ash", "slip", "cone", "bisque", "kiln", "stoneware"].map(
    (word, index, words) => [
      `${word}.md`,
      `# ${word}\nabout ${words[(index * 3) % 11]} and ${words[(index * 5) % 11]}`,
    ],
  ),
);

export function testVectorLaws(name: string, open: OpenService, runs: number): void {
  const openWith = async (
    root: string,
    embedder: Embedder,
    more: { readonly older?: readonly Embedder[]; readonly background?: BackgroundWork; readonly owner?: string } = {},
  ): Promise<KilnIndex> => {
    let now = 0;
    const index = createKilnIndex({
      service: await open(root),
      embedder,
      clock: { now: () => (now += 1) },
      owner: more.owner ?? "test",
      ...(more.older === undefined ? {} : { olderEmbedders: more.older }),
      ...(more.background === undefined ? {} : { background: more.background }),
    });
    onTestFinished(() => index.dispose());
    return index;
  };
  /** A kiln whose vectors are complete, for one embedder, closed again. */
  const complete = async (embedder: Embedder): Promise<string> => {
    const root = temporaryKiln(notes);
    const index = await openWith(root, embedder);
    unwrap(await index.refresh());
    unwrap(await index.embedPending());
    await index.dispose();
    return root;
  };
  /** Lets everything through until the vectors are complete. */
  const finish = async (index: KilnIndex, timer: ManualTimer, release: () => boolean): Promise<void> => {
    for (;;) {
      const status = unwrap(await index.status());
      if (status.pending === 0 && status.serving === status.embedder) return;
      timer.fire();
      release();
    }
  };

  describe(`vectors in the background, in ${name}`, () => {
    test("while those of another embedder are made every search is answered by one set of vectors, the old and then the new", async () => {
      const asking = fc.record({
        query: fc.constantFrom("clay fire", "glaze", "about ash and slip"),
        mode: fc.constantFrom("semantic" as const, "hybrid" as const),
      });
      const steps = fc.array(fc.oneof(asking, fc.constantFrom("release" as const, "timer" as const)), {
        maxLength: 25,
      });
      await fc.assert(
        fc.asyncProperty(steps, async (given) => {
          const old = createHashedEmbedder("old");
          const gate = gated(createHashedEmbedder("new", 32));
          const timer = manualTimer();
          const index = await openWith(await complete(old), gate.embedder, { older: [old], background: timer });
          const ask = async (query: string, mode: "semantic" | "hybrid"): Promise<string> =>
            JSON.stringify(unwrap(await index.search(query, { mode })));
          const questions = given.flatMap((step) => (typeof step === "string" ? [] : [step]));
          const before = await Promise.all(questions.map(({ query, mode }) => ask(query, mode)));
          const answers: Promise<string>[] = [];
          for (const step of given) {
            if (step === "release") gate.release();
            else if (step === "timer") timer.fire();
            else answers.push(ask(step.query, step.mode));
            // Some questions are under way while the next step is taken, others are answered first.
            if (answers.length % 3 === 0) await Promise.all(answers);
          }
          const during = await Promise.all(answers);
          await finish(index, timer, gate.release);
          const after = await Promise.all(questions.map(({ query, mode }) => ask(query, mode)));
          for (const [position, answer] of during.entries())
            expect([before[position], after[position]]).toContain(answer);
          const switched = during.findIndex((answer, position) => answer !== before[position]);
          if (switched >= 0 && switched % 3 === 0) expect(during.slice(switched)).toEqual(after.slice(switched));
          await index.dispose();
        }),
        { numRuns: Math.ceil(runs / 2) },
      );
    }, 120_000);

    test("a search that is under way while the new set takes over is answered by the new one", async () => {
      const old = createHashedEmbedder("old");
      const gate = gated(createHashedEmbedder("new", 32));
      const timer = manualTimer();
      const root = await complete(old);
      let asked = 0;
      const slow: Embedder = {
        ...old,
        embed: async (texts, purpose) => {
          asked += 1;
          await finish(index, timer, gate.release);
          return old.embed(texts, purpose);
        },
      };
      const index = await openWith(root, gate.embedder, { older: [slow], background: timer });
      const answer = unwrap(await index.search("about clay and fire", { mode: "semantic" }));
      expect(asked).toBe(1);
      expect(answer.results.length).toBeGreaterThan(0);
      expect(answer).toEqual(unwrap(await index.search("about clay and fire", { mode: "semantic" })));
    });

    test("nothing is made before its time, and then without anybody who asks; changed notes follow", async () => {
      const root = temporaryKiln(notes);
      const timer = manualTimer();
      const gate = gated(createHashedEmbedder());
      const index = await openWith(root, gate.embedder, { background: timer });
      unwrap(await index.refresh());
      expect(unwrap(await index.search("clay")).mode).toBe("lexical");
      expect(timer.asked).toEqual([7]);
      expect(gate.purposes).toEqual([]);
      await finish(index, timer, gate.release);
      expect(new Set(gate.purposes)).toEqual(new Set(["background"]));
      expect(unwrap(await index.search("clay")).mode).toBe("hybrid");
      writeIn(root, "clay.md", "# clay\nquite another text");
      unwrap(await index.refresh(["clay.md"]));
      expect(unwrap(await index.status()).pending).toBe(1);
      await finish(index, timer, gate.release);
      expect(unwrap(await index.search("quite another text", { mode: "semantic" })).results[0]?.path).toBe("clay.md");
    });

    test("whoever asks for vectors takes over from the background", async () => {
      const timer = manualTimer();
      const gate = gated(createHashedEmbedder());
      const index = await openWith(temporaryKiln(notes), gate.embedder, { background: timer });
      unwrap(await index.refresh());
      timer.fire();
      while (gate.purposes.length === 0) await index.status();
      let isDone = false;
      const all = index.embedPending().finally(() => (isDone = true));
      while (!isDone) {
        gate.release();
        await index.status();
      }
      expect(unwrap(await all).embedded).toBe(8);
      expect(gate.purposes).toEqual(["background", "passage", "passage", "passage"]);
    });

    test("a failure is tried again later and later, a new embedder at once", async () => {
      const timer = manualTimer();
      const hashed = createHashedEmbedder();
      let fails = 3;
      const failing: Embedder = {
        ...hashed,
        embed: async (texts, purpose) => {
          fails -= 1;
          return fails >= 0 ? fail("host/network", "The endpoint is away") : hashed.embed(texts, purpose);
        },
      };
      const index = await openWith(temporaryKiln(notes), failing, { background: timer });
      unwrap(await index.refresh());
      for (let round = 1; round <= 3; round += 1) {
        timer.fire();
        while (timer.asked.length <= round) await index.status();
      }
      expect(timer.asked).toEqual([7, 30_000, 60_000, 120_000]);
      const other = createHashedEmbedder("other");
      index.useEmbedder(other);
      expect(timer.asked.at(-1)).toBe(7);
      await finish(index, timer, () => false);
      expect(unwrap(await index.status()).serving).toBe(other.identity);
    });

    test("disposing ends the work under way, and the next process goes on where it stopped", async () => {
      const root = temporaryKiln(notes);
      const timer = manualTimer();
      const gate = gated(createHashedEmbedder());
      const first = await openWith(root, gate.embedder, { background: timer });
      unwrap(await first.refresh());
      timer.fire();
      for (let batches = 0; batches < 2;) {
        if (gate.release()) batches += 1;
        await first.status();
      }
      await first.dispose();
      const second = await openWith(root, createHashedEmbedder(), { owner: "next" });
      const left = unwrap(await second.status()).pending;
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThan(11);
      expect(unwrap(await second.embedPending())).toEqual({ embedded: left, elsewhere: false });
    });
  });
}
