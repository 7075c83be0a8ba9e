import { readFileSync } from "node:fs";
import type { TestHost } from "@crucible/conformance";
import { openHost } from "@crucible/conformance";
import type { Value } from "@crucible/sandbox";
import { object, toPlain, unwrap } from "@crucible/sandbox";
import { createRuneBackend } from "@crucible/sandbox-rune";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

interface Roll {
  readonly dice: string;
  readonly faces: readonly number[];
  readonly kept: readonly number[];
  readonly total: number;
}
interface Rolled {
  readonly expression: string;
  readonly result: number;
  readonly rolls: readonly Roll[];
}

let subject: TestHost;
let dispose: () => Promise<void>;
beforeAll(async () => {
  const pool = createThreadPool({ powers: createNodeThreadPowers() });
  const backend = createRuneBackend(pool);
  const text = readFileSync(new URL("../dice-roller.rune", import.meta.url), "utf8");
  subject = await openHost({ backend, dispose: async () => {} }, { plugins: [], files: { "/system/dice-roller.rune": text } });
  dispose = async () => {
    await subject.dispose();
    await backend.dispose();
    await pool.dispose();
  };
});
afterAll(async () => {
  await dispose();
});

const invoke = (expression: Value, seed: bigint): ReturnType<TestHost["invoke"]> => subject.invoke("dice-roller", object([["expression", expression]]), { seed });
const roll = async (expression: string, seed = 1n): Promise<Rolled> => toPlain(unwrap(await invoke(expression, seed))) as Rolled;

const dice = fc.record({ count: fc.integer({ min: 1, max: 20 }), sides: fc.integer({ min: 1, max: 100 }) });
const seeds = fc.bigInt({ min: 0n, max: 1n << 62n });

describe("a roll", () => {
  test("has as many faces as dice, each possible, and their sum as its result", async () => {
    await fc.assert(
      fc.asyncProperty(dice, fc.integer({ min: -50, max: 50 }), seeds, async ({ count, sides }, modifier, seed) => {
        const { result, rolls } = await roll(`${count}d${sides} ${modifier < 0 ? "-" : "+"} ${Math.abs(modifier)}`, seed);
        const faces = rolls[0]?.faces ?? [];
        expect(faces.length).toBe(count);
        expect(faces.every((face) => face >= 1 && face <= sides)).toBe(true);
        expect(result).toBe(faces.reduce((sum, face) => sum + face, modifier));
      }),
      { numRuns: 60 },
    );
  });

  test("keeps or drops exactly the dice that it should", async () => {
    await fc.assert(
      fc.asyncProperty(dice, fc.nat(), fc.constantFrom("kh", "kl", "dh", "dl"), seeds, async ({ count, sides }, cut, how, seed) => {
        const amount = cut % (count + 1);
        const { rolls } = await roll(`${count}d${sides}${how}${amount}`, seed);
        const { faces = [], kept = [] } = rolls[0] ?? {};
        const sorted = faces.toSorted((a, b) => a - b);
        const expected = { kh: sorted.slice(count - amount), kl: sorted.slice(0, amount), dh: sorted.slice(0, count - amount), dl: sorted.slice(amount) }[how];
        expect(kept.toSorted((a, b) => a - b)).toStrictEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test("with advantage keeps the better of two, with disadvantage the worse", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("advantage", "disadvantage", "adv", "dis"), seeds, async (word, seed) => {
        const { result, rolls } = await roll(`d20 ${word}`, seed);
        const totals = rolls.map(({ faces }) => faces[0] ?? 0);
        expect(totals.length).toBe(2);
        expect(result).toBe(word.startsWith("a") ? Math.max(...totals) : Math.min(...totals));
      }),
      { numRuns: 60 },
    );
  });

  test("that explodes has one more face for each highest one", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 2, max: 6 }), seeds, async (count, sides, seed) => {
        const faces = (await roll(`${count}d${sides}!`, seed)).rolls[0]?.faces ?? [];
        expect(faces.length).toBe(count + faces.filter((face) => face === sides).length);
      }),
      { numRuns: 60 },
    );
  });

  test("repeats with its seed", async () => {
    expect(await roll("10d100", 5n)).toStrictEqual(await roll("10d100", 5n));
    expect(await roll("10d100", 5n)).not.toStrictEqual(await roll("10d100", 6n));
  });

  test("is even: each face of 6,000 dice comes up about a sixth of the time", async () => {
    const counts = [0, 0, 0, 0, 0, 0];
    for (let seed = 0n; seed < 6n; seed++) for (const face of (await roll("1000d6", seed)).rolls[0]?.faces ?? []) counts[face - 1] = (counts[face - 1] ?? 0) + 1;
    // Five degrees of freedom: 20.5 is exceeded by chance once in a thousand.
    expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(20.5);
  });
});

test.each([
  ["10 - 3 * 2", 4],
  ["(1 + 2) * 3", 9],
  ["-2 * -3", 6],
  ["5d1", 5],
  ["  7  ", 7],
])("%s is arithmetic", async (expression, result) => {
  expect((await roll(expression)).result).toBe(result);
});

test.each(["", "2d", "d", "2x6", "0d6", "1001d6", "1d0", "1d1000001", "(1", "1)", "1 2", "4d6kh5", "+", "999999999999999999999d6", "1d6 advantage advantage", "𝟙d6"])("%j is refused with a sentence that names it", async (expression) => {
  const outcome = await invoke(expression, 1n);
  expect(outcome).toMatchObject({ ok: false, error: { code: "guest/exception", message: expect.stringMatching(/^Cannot /) as string } });
});

test("what is no text is refused before the plugin runs", async () => {
  expect(await invoke(6, 1n)).toMatchObject({ ok: false, error: { code: "invocation/invalid-parameters" } });
});
