// Holds one target against every scenario: which laws apply, which are obeyed, and whether what fails was known to fail.
import fc, { type IAsyncProperty } from "fast-check";
import { parseExpectedFailures } from "./expected-failures.ts";
import type { Law, LawContext } from "./law.ts";
import { laws as allLaws } from "./laws.ts";
import { programs, type ProgramName } from "./program.ts";
import { scenarios, type ScenarioId } from "./scenario-table.ts";
import { scenarioOf } from "./scenario.ts";
import type { ConformanceTarget } from "./target.ts";

/** How a target stands to a scenario. A scenario without a law is a `fail`. */
export type ScenarioResult = "pass" | "fail" | `not-applicable: ${string}`;

export interface ConformanceOptions {
  /** Text of the target's `expected-failures.txt`; absent: every scenario must pass. */
  readonly expectedFailures?: string;
  /** Seed of every property; absent: a new one for each, which a failure names. */
  readonly seed?: number;
  /** Inputs for each property; absent: what the law says. */
  readonly runs?: number;
  /** Laws to be held against the target instead of all; for tests of the runner. */
  readonly laws?: readonly Law[];
}

export interface ConformanceReport {
  readonly target: string;
  readonly results: Readonly<Record<ScenarioId, ScenarioResult>>;
  /** Why a scenario failed, also where that was expected. */
  readonly failures: ReadonlyMap<ScenarioId, string>;
  /** What makes the run fail: unexpected failures, expected ones that passed, faults of the list. Empty when all is well. */
  readonly problems: readonly string[];
}

/** One law that applies to a target, for test runners that want a test for each. */
export interface ConformanceCase {
  readonly id: ScenarioId;
  /** Scenario and what is checked. */
  readonly title: string;
  /** Rejects when the law is refuted although it should hold, or holds although the list says that it does not. */
  readonly run: () => Promise<void>;
}

/**
 * Lists the laws that apply to a target, as cases for a test runner, and one case for the list of expected failures and
 * for the scenarios that have no law.
 */
export function conformanceCases(
  target: ConformanceTarget,
  options: ConformanceOptions = {},
): readonly ConformanceCase[] {
  const { reasons, problems } = parseExpectedFailures(options.expectedFailures ?? "");
  const laws = options.laws ?? allLaws;
  const unproven = scenarios.filter(({ id }) => !laws.some((each) => each.id === id));
  const [first] = scenarios;
  const bookkeeping: ConformanceCase[] =
    first === undefined
      ? []
      : [
          {
            id: first.id,
            title: "every scenario has a law that applies, or stands in the list of expected failures with a reason",
            run: async () => {
              const findings = [
                ...problems,
                ...unproven.flatMap(({ id }) => (reasons.has(id) ? [] : [withoutLaw(id)])),
              ];
              for (const id of reasons.keys()) {
                const inapplicable = laws.find(
                  (each) => each.id === id && reasonNotToApply(each, target) !== undefined,
                );
                if (inapplicable !== undefined)
                  findings.push(`${id} does not apply to ${target.name}: remove it from the list`);
              }
              if (findings.length > 0) throw new Error(findings.join("\n"));
            },
          },
        ];
  const applicable = laws.filter((each) => reasonNotToApply(each, target) === undefined);
  return [
    ...bookkeeping,
    ...applicable.map((each) => ({
      id: each.id,
      title: `${each.id} ${scenarioOf(each.id).scenario}: ${each.checks}`,
      run: async () => {
        const failure = await tryLaw(each, target, options);
        const problem = judge(each.id, failure, reasons.get(each.id));
        if (problem !== undefined) throw new Error(problem);
      },
    })),
  ];
}

/** Holds a target against every scenario, one law after the other. Never rejects because a law was refuted. */
export async function runConformance(
  target: ConformanceTarget,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const { reasons, problems: listProblems } = parseExpectedFailures(options.expectedFailures ?? "");
  const laws = new Map((options.laws ?? allLaws).map((each) => [each.id, each]));
  const results: Partial<Record<ScenarioId, ScenarioResult>> = {};
  const failures = new Map<ScenarioId, string>();
  const problems = [...listProblems];

  for (const { id } of scenarios) {
    const found = laws.get(id);
    const inapplicable = found === undefined ? undefined : reasonNotToApply(found, target);
    if (inapplicable !== undefined) {
      results[id] = `not-applicable: ${inapplicable}`;
      if (reasons.has(id)) problems.push(`${id} does not apply to ${target.name}: remove it from the list`);
      continue;
    }
    const failure = found === undefined ? withoutLaw(id) : await tryLaw(found, target, options);
    results[id] = failure === undefined ? "pass" : "fail";
    if (failure !== undefined) failures.set(id, failure);
    const problem = judge(id, failure, reasons.get(id));
    if (problem !== undefined) problems.push(problem);
  }
  // The loop above has set every key.
  return { target: target.name, results: results as Record<ScenarioId, ScenarioResult>, failures, problems };
}

function reasonNotToApply({ languages, needs = [] }: Law, { language, offers }: ConformanceTarget): string | undefined {
  if (languages !== undefined && !languages.includes(language)) return `about ${languages.join(" and ")}`;
  const missing = needs.filter((feature) => !offers.includes(feature));
  return missing.length === 0 ? undefined : `needs ${missing.join(" and ")}`;
}

function withoutLaw(id: ScenarioId): string {
  return `${id} has no law`;
}

function judge(id: ScenarioId, failure: string | undefined, reason: string | undefined): string | undefined {
  if (failure !== undefined && reason === undefined) return failure;
  if (failure === undefined && reason !== undefined) {
    return `${id} passes although it was expected to fail (${reason}): remove it from the list`;
  }
  return undefined;
}

/** Runs a law on a subject of its own; returns why it was refuted. */
async function tryLaw(
  tried: Law,
  target: ConformanceTarget,
  { seed, runs: forced }: ConformanceOptions,
): Promise<string | undefined> {
  const textOf = (name: ProgramName): string | undefined =>
    target.programs?.[name] ?? programs[name].texts[target.language];
  const missing = (tried.programs ?? []).filter((name) => textOf(name) === undefined);
  if (missing.length > 0) {
    return `${tried.id} needs the program "${missing.join('", "')}" in ${target.language}: give the target its text`;
  }
  try {
    const subject = await target.open();
    try {
      const context: LawContext = {
        subject,
        language: target.language,
        source: (name) => {
          const text = tried.programs?.includes(name) === true ? textOf(name) : undefined;
          if (text === undefined) throw new TypeError(`${tried.id} does not list the program "${name}"`);
          return text;
        },
        holds: async <Ts>(property: IAsyncProperty<Ts>, runs?: number) => {
          const numRuns = forced ?? runs;
          await fc.assert(property, {
            ...(seed === undefined ? {} : { seed }),
            ...(numRuns === undefined ? {} : { numRuns }),
          });
        },
      };
      await tried.run(context);
    } finally {
      await subject.dispose();
    }
    return undefined;
  } catch (error) {
    return `${tried.id} is refuted: ${describeThrown(error)}`;
  }
}

/** Message of what was thrown and of everything that caused it: a property's failure has its reason as cause. */
function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause === undefined ? thrown.message : `${describeThrown(thrown.cause)}\n${thrown.message}`;
}
