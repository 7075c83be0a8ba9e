// The benchmark runner under a clock of its own: contenders take turns, figures are medians, ratios refer to ours.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Row } from "../bench/bench-definition.ts";
import { measureRow, percentile } from "../bench/measure-row.ts";
import { formatTable, judge, summarize } from "../bench/report.ts";

/** A clock that only the contenders move, and contenders that take what they are told and say when they ran. */
function fakeMachine(): {
  now: () => number;
  ran: string[];
  takes: (name: string, ms: () => number) => { run: () => void };
} {
  let time = 0;
  const ran: string[] = [];
  return {
    now: () => time,
    ran,
    takes: (name, ms) => ({
      run: () => {
        ran.push(name);
        time += ms();
      },
    }),
  };
}

test("measureRow lets the contenders take turns after each was warmed up", async () => {
  const machine = fakeMachine();
  const row: Row = {
    name: "work",
    unit: "ms",
    contenders: { crucible: machine.takes("a", () => 2), other: machine.takes("b", () => 4) },
  };
  const samples = await measureRow(row, { now: machine.now, budgetMs: 10, turnMs: 0, minSamples: 3, maxSamples: 3 });
  expect(samples).toEqual({ crucible: [2, 2, 2], other: [4, 4, 4] });
  expect(machine.ran.join("")).toBe("abababab");
});

test("measureRow gives each contender turns that are long enough to be warm in", async () => {
  const machine = fakeMachine();
  const row: Row = {
    name: "work",
    unit: "ms",
    percentiles: true,
    contenders: { crucible: machine.takes("a", () => 2), other: machine.takes("b", () => 5) },
  };
  const samples = await measureRow(row, { now: machine.now, budgetMs: 12, turnMs: 6, minSamples: 1, maxSamples: 9 });
  expect(machine.ran.join("")).toBe("aabaaabbaaab");
  expect(samples).toEqual({ crucible: [2, 2, 2, 2, 2, 2], other: [5, 5, 5] });
});

test("measureRow repeats work that is shorter than the clock can tell, and divides", async () => {
  const machine = fakeMachine();
  const row: Row = { name: "work", unit: "µs", contenders: { crucible: machine.takes("a", () => 1 / 1024) } };
  const samples = await measureRow(row, { now: machine.now, budgetMs: 1, turnMs: 0, minSamples: 2, maxSamples: 2 });
  expect(samples["crucible"]?.map((each) => each * 1.024)).toEqual([1, 1]);
  expect(machine.ran.length).toBeGreaterThan(512);
});

test("measureRow times every single run of a row with percentiles, and never the reset", async () => {
  const machine = fakeMachine();
  let runs = 0;
  const slow = machine.takes("slow", () => 1000);
  const row: Row = {
    name: "work",
    unit: "ms",
    percentiles: true,
    contenders: { crucible: { ...machine.takes("a", () => ((runs += 1) % 2) + 1), reset: () => slow.run() } },
  };
  const samples = await measureRow(row, { now: machine.now, budgetMs: 0, turnMs: 0, minSamples: 4, maxSamples: 4 });
  expect(samples["crucible"]).toEqual([1, 2, 1, 2]);
});

test("measureRow takes the figure of a contender that measures itself as it is", async () => {
  const machine = fakeMachine();
  const row: Row = {
    name: "memory",
    unit: "MB",
    contenders: { crucible: { measure: async () => Promise.resolve(7) } },
  };
  const samples = await measureRow(row, { now: machine.now, budgetMs: 0, turnMs: 0, minSamples: 2, maxSamples: 2 });
  expect(samples).toEqual({ crucible: [7, 7] });
});

test("percentile lies between the least and the greatest sample, grows with the fraction, and ignores the order", () => {
  const fractions = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), fractions, (samples, [a, b]) => {
      const [low, high] = [percentile(samples, Math.min(a, b)), percentile(samples, Math.max(a, b))];
      expect(low).toBeLessThanOrEqual(high);
      expect(low).toBeGreaterThanOrEqual(Math.min(...samples));
      expect(high).toBeLessThanOrEqual(Math.max(...samples));
      expect(percentile(samples.toReversed(), a)).toBe(percentile(samples, a));
    }),
  );
  expect(percentile([4, 1, 3, 2], 0.5)).toBe(2.5);
});

test("a report has a row of medians, or one row for each percentile, and judges them by the target", () => {
  const row: Row = {
    name: "call",
    unit: "ms",
    percentiles: true,
    contenders: {},
    target: { contender: "crucible", atMost: 2, p99AtMost: 2.5 },
  };
  const rows = summarize(row, { crucible: [1, 2, 3], other: [4, 4, 4] });
  expect(rows).toEqual([
    { name: "call, p50", unit: "ms", values: { crucible: 2, other: 4 } },
    { name: "call, p99", unit: "ms", values: { crucible: 2.98, other: 4 } },
  ]);
  expect(judge(row, rows)).toEqual([
    "met: call, p50, crucible: 2 ms, target at most 2",
    "MISSED: call, p99, crucible: 2.98 ms, target at most 2.5",
  ]);
  expect(summarize({ ...row, percentiles: false }, { crucible: [1, 5, 3] })).toEqual([
    { name: "call", unit: "ms", values: { crucible: 3 } },
  ]);
});

test("formatTable relates every contender to ours and leaves a gap where one is missing", () => {
  const table = formatTable({
    bench: "b",
    rows: [
      { name: "first", unit: "ms", values: { other: 3, "crucible-lua": 1.5 } },
      { name: "second", unit: "ms", values: { "crucible-lua": 2000 } },
    ],
  });
  expect(table.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["b", "unit", "other", "crucible-lua", "other / crucible-lua"],
    expect.any(Array),
    ["first", "ms", "3", "1.50", "2.00 ×"],
    ["second", "ms", "2,000"],
  ]);
});
