// The matrix scenario × target: as text for people, as data for conformance.json.
import type { ConformanceReport, ScenarioResult } from "./run-conformance.ts";
import { scenarios, type ScenarioId } from "./scenario-table.ts";

/** Content of conformance.json: results by target, then by scenario. */
export type ConformanceMatrix = Readonly<Record<string, Readonly<Record<ScenarioId, ScenarioResult>>>>;

/** Puts the results of several targets side by side. */
export function toMatrix(reports: readonly ConformanceReport[]): ConformanceMatrix {
  return Object.fromEntries(reports.map(({ target, results }) => [target, results]));
}

/** A line for each scenario, below its requirement, and a line of sums; a column for each target. */
export function formatMatrix(reports: readonly ConformanceReport[]): string {
  const width = Math.max(4, ...reports.map(({ target }) => target.length));
  const titleWidth = Math.max(...scenarios.map(({ id, scenario }) => `  ${id} ${scenario}`.length));
  const heading = reports.map(({ target }) => target.padEnd(width)).join("  ");
  const lines = [`${"".padEnd(titleWidth)}  ${heading}`.trimEnd()];
  let requirement: string | undefined;
  for (const each of scenarios) {
    if (each.requirement !== requirement) lines.push(each.requirement);
    requirement = each.requirement;
    const cells = reports.map(({ results }) => symbolOf(results[each.id]).padEnd(width));
    lines.push(`${`  ${each.id} ${each.scenario}`.padEnd(titleWidth)}  ${cells.join("  ")}`.trimEnd());
  }
  for (const kind of ["pass", "fail", "–"] as const) {
    const sums = reports.map(({ results }) =>
      String(Object.values(results).filter((result) => symbolOf(result) === kind).length).padEnd(width),
    );
    lines.push(`${(kind === "–" ? "not applicable" : kind).padEnd(titleWidth)}  ${sums.join("  ")}`.trimEnd());
  }
  return lines.join("\n");
}

function symbolOf(result: ScenarioResult): "pass" | "fail" | "–" {
  return result === "pass" || result === "fail" ? result : "–";
}
