// Limits end an invocation where they say, and nowhere else: fuel, memory, depth, output, interruption.

import { runeProgram } from "@crucible/rune-compiler/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { behaviour, load, start } from "../run-program.ts";

test("equal runs cost equal fuel, whatever the slice", () => {
  fc.assert(
    fc.property(runeProgram(), fc.integer({ min: 1, max: 1000 }), (text, slice) => {
      const loaded = load(text);
      const used = [100_000, slice].map((size) => {
        const instance = start(loaded, { slice: size });
        instance.callForDebug("main", []);
        return instance.fuelUsed();
      });
      expect(used[0]).toBe(used[1]);
    }),
    { numRuns: 40 },
  );
});

test("a program runs with the fuel that it used before, and fails with much less", () => {
  const loaded = load("pub fn main() { let s = 0; for i in 0..5000 { s += i; } s }");
  const free = start(loaded);
  expect(free.call("main", [])).toMatchObject({ ok: true, value: 12_497_500 });
  const enough = start(loaded, { fuel: free.fuelUsed() * 2n });
  expect(enough.call("main", []).ok).toBe(true);
  const little = start(loaded, { fuel: free.fuelUsed() / 2n });
  expect(little.call("main", [])).toMatchObject({ ok: false, error: { code: "limit/fuel" } });
});

test("an endless loop ends with its fuel", () => {
  const outcome = start(load("pub fn main() { loop {} }"), { fuel: 1_000_000n }).call("main", []);
  expect(outcome).toMatchObject({ ok: false, error: { code: "limit/fuel", details: { limit: { unit: "fuel" } } } });
});

test("what poll throws ends an endless loop", () => {
  const stop = new Error("stopped from outside");
  let polls = 0;
  const instance = start(load("pub fn main() { let i = 0; loop { i = (i + 1) % 10; } }"), {
    slice: 100,
    poll: () => {
      polls += 1;
      if (polls === 5) throw stop;
    },
  });
  expect(() => instance.call("main", [])).toThrow(stop);
});

const KEEP = "pub fn main(n) { let all = []; for i in 0..n { all.push([i, i, i, i]); } all.len() }";

test("memory that is kept ends with limit/memory, and memory that is dropped does not", () => {
  const memoryBytes = 8 * 1024 * 1024;
  const kept = start(load(KEEP), { memoryBytes });
  expect(kept.call("main", [1_000_000])).toMatchObject({
    ok: false,
    error: { code: "limit/memory", details: { limit: { limit: memoryBytes } } },
  });
  expect(kept.memory.buffer.byteLength).toBeLessThanOrEqual(memoryBytes);
  const dropped = load("pub fn main() { let s = 0; for i in 0..300000 { let v = [i, i, i, i]; s += v[0]; } s }");
  expect(start(dropped, { memoryBytes }).call("main", []).ok).toBe(true);
});

test("there is a number of objects that fits, and one that does not", () => {
  const loaded = load(KEEP);
  const fits = (n: number): boolean => start(loaded, { memoryBytes: 6 * 1024 * 1024 }).call("main", [n]).ok;
  let low = 1;
  let high = 1_000_000;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  expect(low).toBeGreaterThan(1000);
  expect(fits(low)).toBe(true);
  expect(fits(high)).toBe(false);
});

test("a large text that does not fit fails, and the same text a little smaller does not", () => {
  const loaded = load('pub fn main(n) { let s = "0123456789abcdef"; for i in 0..n { s += s; } s.len() }');
  const run = (n: number) => start(loaded, { memoryBytes: 8 * 1024 * 1024 }).call("main", [n]);
  expect(run(16)).toMatchObject({ ok: true, value: 1_048_576 });
  expect(run(30)).toMatchObject({ ok: false, error: { code: "limit/memory" } });
});

test("recursion without end is limit/depth, at the same depth in every run", () => {
  const loaded = load('pub fn main() { f(0) } fn f(n) { println!("{n}"); f(n + 1) + 1 }');
  const depths = [1, 2].map(() => {
    let lines = 0;
    const outcome = start(loaded, { callDepth: 500, write: () => (lines += 1) }).call("main", []);
    expect(outcome).toMatchObject({ ok: false, error: { code: "limit/depth" } });
    return lines;
  });
  expect(depths[0]).toBe(depths[1]);
  expect(depths[0]).toBeGreaterThan(100);
});

test("printing more than allowed is limit/output", () => {
  const instance = start(load('pub fn main() { loop { println!("hello"); } }'), { outputBytes: 600 });
  expect(instance.call("main", [])).toMatchObject({ ok: false, error: { code: "limit/output" } });
});

test("a chain of calls through thousands of functions compiles without a stack of that depth", () => {
  const count = 4000;
  const functions = Array.from({ length: count }, (_, index) =>
    index === 0 ? "fn f0(x) { x }" : `fn f${index}(x) { if x < 0 { 0 } else { f${index - 1}(x) + 1 } }`,
  );
  const text = `${functions.join("\n")}\npub fn main() { f${count - 1}(1) }`;
  expect(behaviour(load(text))).toBe(String(count));
});

test("a function of a thousand loops over vectors compiles and runs", () => {
  const loops = Array.from(
    { length: 1000 },
    (_, index) => `for x in [${index}, v.len()] { s += x as i64; v.push(x); }`,
  );
  expect(behaviour(load(`pub fn main() { let s = 0; let v = []; ${loops.join("\n")} (s, v.len()) }`))).toBe(
    "(1498500, 2000)",
  );
});
