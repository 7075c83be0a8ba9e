// The bookkeeping of the runner: what counts as a pass, what as a failure, and what makes a run fail.
import { conformanceCases, law, runConformance, scenarios, type Law, type ScenarioId } from "@crucible/conformance";
import fc from "fast-check";
import { expect, test } from "vitest";
import { referenceTarget } from "./reference-backend.ts";

const holding = (id: ScenarioId, needs?: Partial<Law>): Law =>
  law(id, { checks: "nothing", proves: "all", run: async () => Promise.resolve(), ...needs });
const refuted = (id: ScenarioId): Law =>
  law(id, { checks: "too much", proves: "all", run: async () => Promise.reject(new Error("it is not so")) });

/** A list that excuses every scenario except some. */
const excuseAllBut = (...ids: readonly ScenarioId[]): string =>
  scenarios
    .filter(({ id }) => !ids.includes(id))
    .map(({ id }) => `${id} no law yet`)
    .join("\n");

test("a scenario without a law fails, and is a problem unless the list has a reason", async () => {
  const without = await runConformance(referenceTarget(), { laws: [] });
  expect(new Set(Object.values(without.results))).toEqual(new Set(["fail"]));
  expect(without.problems).toHaveLength(scenarios.length);
  const excused = await runConformance(referenceTarget(), { laws: [], expectedFailures: excuseAllBut() });
  expect(excused.results).toEqual(without.results);
  expect(excused.problems).toEqual([]);
});

test("the four combinations of law and list: only agreement is no problem", async () => {
  for (const [tried, listed, problem] of [
    [holding("PR-04.1"), false, undefined],
    [refuted("PR-04.1"), true, undefined],
    [refuted("PR-04.1"), false, /^PR-04\.1 is refuted: it is not so$/],
    [holding("PR-04.1"), true, /^PR-04\.1 passes although it was expected to fail \(no law yet\)/],
  ] as const) {
    const expectedFailures = listed ? excuseAllBut() : excuseAllBut("PR-04.1");
    const { problems, results } = await runConformance(referenceTarget(), { laws: [tried], expectedFailures });
    expect(problems).toEqual(problem === undefined ? [] : [expect.stringMatching(problem)]);
    expect(Object.keys(results)).toHaveLength(scenarios.length);

    const cases = conformanceCases(referenceTarget(), { laws: [tried], expectedFailures });
    const outcomes = await Promise.allSettled(cases.map(async ({ run }) => run()));
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(problem === undefined ? 0 : 1);
  }
});

test("a law for other languages or with needs that are not offered does not apply, and must not stand in the list", async () => {
  const target = { ...referenceTarget(), offers: [] };
  const tried = [holding("MS-01.1", { languages: ["rune"] }), holding("PR-05.3", { needs: ["traps"] })];
  const fine = await runConformance(target, { laws: tried, expectedFailures: excuseAllBut("MS-01.1", "PR-05.3") });
  expect(fine.problems).toEqual([]);
  expect(fine.results["MS-01.1"]).toBe("not-applicable: about rune");
  expect(fine.results["PR-05.3"]).toBe("not-applicable: needs traps");
  const listed = await runConformance(target, { laws: tried, expectedFailures: excuseAllBut("MS-01.1") });
  expect(listed.problems).toEqual(["PR-05.3 does not apply to reference: remove it from the list"]);
  const [bookkeeping] = conformanceCases(target, { laws: tried, expectedFailures: excuseAllBut("MS-01.1") });
  await expect(bookkeeping?.run()).rejects.toThrow("PR-05.3 does not apply");
});

test("a program that the target's language lacks refutes the law", async () => {
  const { failures } = await runConformance(
    { ...referenceTarget(), programs: {} },
    { laws: [holding("PR-04.1", { programs: ["count"] })] },
  );
  expect(failures.get("PR-04.1")).toBe('PR-04.1 needs the program "count" in javascript: give the target its text');
});

test("every subject is disposed of, whether its law held or not", async () => {
  const target = referenceTarget();
  await runConformance(target, { laws: [holding("PR-04.1"), refuted("PR-05.1")] });
  expect(target.opened()).toBe(0);
});

test("seed and number of runs reach the properties of a law", async () => {
  const seen: number[][] = [];
  const tried = law("PR-04.1", {
    checks: "that inputs repeat",
    proves: "all",
    run: async ({ holds }) => {
      const inputs: number[] = [];
      seen.push(inputs);
      await holds(
        fc.asyncProperty(fc.integer(), async (input) => {
          inputs.push(input);
          return Promise.resolve();
        }),
        3,
      );
    },
  });
  for (const options of [{ seed: 7 }, { seed: 7 }, { seed: 8 }, { seed: 7, runs: 5 }]) {
    await runConformance(referenceTarget(), { laws: [tried], ...options });
  }
  const [first, again, other, longer] = seen;
  expect(first).toHaveLength(3);
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  expect(longer).toHaveLength(5);
});

test("law refuses clauses that its scenario does not have", () => {
  expect(() => holding("PR-04.1", { proves: [2] })).not.toThrow();
  expect(() => holding("PR-04.1", { proves: [3] })).toThrow(RangeError);
  expect(() => holding("PR-04.1", { proves: [0] })).toThrow(RangeError);
});
