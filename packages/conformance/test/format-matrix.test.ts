// The matrix shows every scenario once and counts what it shows.
import { formatMatrix, law, runConformance, scenarios, toMatrix } from "@crucible/conformance";
import { expect, test } from "vitest";
import { referenceTarget } from "./reference-backend.ts";

test("formatMatrix has a line for each scenario and requirement, and sums that add up for each target", async () => {
  const tried = [
    law("PR-04.1", { checks: "nothing", proves: "all", run: async () => Promise.resolve() }),
    law("MS-01.1", { checks: "nothing", proves: "all", languages: ["rune"], run: async () => Promise.resolve() }),
  ];
  const first = await runConformance(referenceTarget(), { laws: tried });
  const second = await runConformance({ ...referenceTarget(), name: "second" }, { laws: [] });
  const lines = formatMatrix([first, second]).split("\n");
  for (const { id, scenario } of scenarios) {
    expect(lines.filter((line) => line.startsWith(`  ${id} ${scenario} `))).toHaveLength(1);
  }
  expect(lines[0]?.trim().split(/\s+/)).toEqual(["reference", "second"]);
  expect(lines.find((line) => line.includes("PR-04.1"))).toMatch(/pass\s+fail$/);
  expect(lines.find((line) => line.includes("MS-01.1"))).toMatch(/–\s+fail$/);
  expect(lines.slice(-3).map((line) => line.trim().split(/\s{2,}/))).toEqual([
    ["pass", "1", "0"],
    ["fail", "106", "108"],
    ["not applicable", "1", "0"],
  ]);
  expect(toMatrix([first, second])).toEqual({ reference: first.results, second: second.results });
});
