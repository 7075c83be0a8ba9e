// What a law is: the statement about every target that a scenario makes, and the code that tries to refute it.
import type { Language } from "@crucible/sandbox";
import type { IAsyncProperty } from "fast-check";
import type { ProgramName } from "./program.ts";
import type { ScenarioId } from "./scenario-table.ts";
import { scenarioOf } from "./scenario.ts";
import type { ConformanceSubject, Feature } from "./target.ts";

export interface LawDefinition {
  /** What is checked, in our own words: one sentence that could be false. */
  readonly checks: string;
  /** Which clauses of the scenario it proves, by place from 1, or all of them. */
  readonly proves: "all" | readonly number[];
  /** What a target must offer for the law to mean something; elsewhere it does not apply. */
  readonly needs?: readonly Feature[];
  /** The languages that the scenario is about; absent: every one. */
  readonly languages?: readonly Language[];
  /** Programs that it runs. A target that has no text for one of them fails the law. */
  readonly programs?: readonly ProgramName[];
  /** Refutes the law by throwing. Gets a subject of its own, which nobody has used. */
  run(context: LawContext): Promise<void>;
}

export interface LawContext {
  readonly subject: ConformanceSubject;
  readonly language: Language;
  /** Text of one of the law's programs in the target's language. */
  source(name: ProgramName): string;
  /**
   * Asserts a property over generated inputs, with the run's seed.
   *
   * @param runs how many inputs, where one is expensive; the runner's own number of runs wins
   */
  holds<Ts>(property: IAsyncProperty<Ts>, runs?: number): Promise<void>;
}

export interface Law extends LawDefinition {
  readonly id: ScenarioId;
}

/** Registers a law under its scenario. Throws RangeError for clauses that the scenario does not have. */
export function law(id: ScenarioId, definition: LawDefinition): Law {
  const { clauses } = scenarioOf(id);
  const proved = definition.proves === "all" ? [] : definition.proves;
  const wrong = proved.filter((place) => !Number.isInteger(place) || place < 1 || place > clauses.length);
  if (wrong.length > 0) throw new RangeError(`${id} has ${clauses.length} clauses, not ${wrong.join(", ")}`);
  return { id, ...definition };
}
