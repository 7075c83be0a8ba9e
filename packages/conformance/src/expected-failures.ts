// Scenarios that a target is known not to fulfil yet: a list that only shrinks, because an entry that passes is an error.
import { isScenarioId } from "./scenario.ts";
import type { ScenarioId } from "./scenario-table.ts";

export interface ExpectedFailures {
  /** Reason by scenario. */
  readonly reasons: ReadonlyMap<ScenarioId, string>;
  /** What is wrong with the text, with line numbers. */
  readonly problems: readonly string[];
}

/**
 * Reads the text of an `expected-failures.txt`: on each line a scenario and the reason, separated by blanks. Empty lines and
 * lines that start with `#` say nothing.
 */
export function parseExpectedFailures(text: string): ExpectedFailures {
  const reasons = new Map<ScenarioId, string>();
  const problems: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const [id = "", ...words] = line.trim().split(/\s+/);
    const reason = words.join(" ");
    if (id === "" || id.startsWith("#")) continue;
    if (!isScenarioId(id)) problems.push(`line ${index + 1}: there is no scenario "${id}"`);
    else if (reason === "") problems.push(`line ${index + 1}: ${id} has no reason`);
    else if (reasons.has(id)) problems.push(`line ${index + 1}: ${id} stands there twice`);
    else reasons.set(id, reason);
  }
  return { reasons, problems };
}
