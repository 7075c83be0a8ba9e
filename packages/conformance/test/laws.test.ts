// Every law holds for a backend that is right, and each is refuted by a backend with the fault that it is about.
import { readdirSync } from "node:fs";
import { laws, programs, requirementFile, runConformance, scenarioOf, type ScenarioId } from "@crucible/conformance";
import { expect, test } from "vitest";
import { referenceTarget, type Fault } from "./reference-backend.ts";

/** Faults, and the laws that each one breaks. */
const faults: Readonly<Record<Fault, readonly ScenarioId[]>> = {
  "state survives a call": ["PR-04.1", "PR-02.1", "PR-02.2", "PR-02.3", "PR-06.1"],
  "contexts are remembered": ["PR-04.2", "MS-02.2", "MS-02.3", "MS-09.4"],
  "messages are lost": ["PR-05.1", "MS-09.2", "MS-14.1"],
  "lines are off by one": ["MS-01.3", "PR-05.1"],
  "the limit is not reported": ["MS-08.2", "PR-05.2"],
  "a deadline spoils the next call": ["MS-01.3", "MS-08.2", "PR-05.2"],
  "memory is not bounded": ["MS-01.3", "MS-08.1"],
  "a trap looks like an exception": ["PR-05.3"],
  "notes are made up": ["MS-04.1", "MS-05.1", "MS-15.2"],
  "writes are swallowed": ["MS-05.2"],
  "options are lost": ["MS-05.3", "MS-05.4", "MS-05.6"],
};

test("the laws hold for a backend that is right", async () => {
  const { results, failures } = await runConformance(referenceTarget(), { laws });
  expect([...failures.values()].filter((failure) => !failure.endsWith("has no law"))).toEqual([]);
  for (const { id, languages } of laws) {
    expect([id, results[id]]).toEqual([
      id,
      languages === undefined ? "pass" : `not-applicable: about ${languages.join()}`,
    ]);
  }
});

for (const [fault, ids] of Object.entries(faults)) {
  test(`where ${fault}, ${ids.join(" and ")} are refuted and no other law`, async () => {
    // Object.entries forgets the type of the keys.
    const { results, failures } = await runConformance(referenceTarget(fault as Fault), { laws });
    expect(laws.filter((each) => results[each.id] === "fail").map((each) => each.id)).toEqual(ids);
    for (const id of ids) expect(failures.get(id)).toContain(`${id} is refuted: `);
  });
}

test("no scenario has two laws, and every law stands in the file of its requirement", () => {
  const ids = laws.map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  const files = readdirSync(new URL("../src/requirements", import.meta.url));
  const expected = new Set(ids.map((id) => `${requirementFile(scenarioOf(id).requirement)}.ts`));
  expect(files.toSorted()).toEqual([...expected].toSorted());
});

test("every law says what it checks in words that are not the scenario's", () => {
  for (const { id, checks } of laws) {
    expect(checks.length).toBeGreaterThan(20);
    expect(scenarioOf(id).clauses.join(" ")).not.toContain(checks);
  }
});

test("every program is run by a law and says what it does", () => {
  const used = new Set(laws.flatMap((each) => each.programs ?? []));
  expect(Object.keys(programs).toSorted()).toEqual([...used].toSorted());
  for (const { does } of Object.values(programs)) expect(does).toMatch(/^[a-z].*[^.]$/);
});
