// Looks scenarios up: by their number, and by the requirement that they belong to.
import { scenarios, type Scenario, type ScenarioId } from "./scenario-table.ts";

const byId: ReadonlyMap<string, Scenario> = new Map(scenarios.map((each) => [each.id, each]));

/** Whether a text is the number of a scenario. */
export function isScenarioId(text: string): text is ScenarioId {
  return byId.has(text);
}

/** The scenario of a number. */
export function scenarioOf(id: ScenarioId): Scenario {
  const found = byId.get(id);
  if (found === undefined) throw new RangeError(`There is no scenario ${id}`);
  return found;
}

/** Name (without ending) of the file in `requirements/` that holds the laws of a requirement: its title in kebab-case. */
export function requirementFile(requirement: string): string {
  return requirement
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}
