// White box: the coalescer is not public, because only the watch has a use for it, and its timing cannot be tested there.
import fc from "fast-check";
import { expect, test } from "vitest";
import { createChangeCoalescer } from "../dist/watch/coalesce-changes.js";

test("every path is flushed, in batches that end after quiet or at the latest after their time", async () => {
  const steps = fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.nat(120)), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(steps, async (given) => {
      let now = 0;
      let timer: { at: number; work: () => void } | undefined;
      const batches: { at: number; paths: readonly string[] }[] = [];
      const coalescer = createChangeCoalescer({
        quietMs: 50,
        maxMs: 200,
        clock: { now: () => now },
        after: (milliseconds: number, work: () => void) => {
          const mine = { at: now + milliseconds, work };
          timer = mine;
          return () => {
            if (timer === mine) timer = undefined;
          };
        },
        flush: (paths: readonly string[]) => {
          batches.push({ at: now, paths });
          return Promise.resolve();
        },
      });
      const advance = async (to: number) => {
        while (timer !== undefined && timer.at <= to) {
          now = timer.at;
          const { work } = timer;
          timer = undefined;
          work();
          await Promise.resolve()
            .then(() => undefined)
            .then(() => undefined);
        }
        now = to;
      };
      const added: { at: number; path: string }[] = [];
      for (const [path, wait] of given) {
        coalescer.add(path);
        added.push({ at: now, path });
        await advance(now + wait);
      }
      await advance(now + 1000);
      for (const { at, path } of added)
        expect(batches.some((batch) => batch.at >= at && batch.at <= at + 200 && batch.paths.includes(path))).toBe(
          true,
        );
      for (const batch of batches) expect(new Set(batch.paths).size).toBe(batch.paths.length);
      await coalescer.idle();
      await coalescer.dispose();
    }),
  );
});
