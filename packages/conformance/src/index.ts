// Public names of @crucible/conformance.
export type { Scenario, ScenarioId } from "./scenario-table.ts";
export { scenarios } from "./scenario-table.ts";
export { isScenarioId, requirementFile, scenarioOf } from "./scenario.ts";
export type { ConformanceSubject, ConformanceTarget, Feature } from "./target.ts";
export type { Program, ProgramName } from "./program.ts";
export { programs } from "./program.ts";
export type { Law, LawContext, LawDefinition } from "./law.ts";
export { law } from "./law.ts";
export { laws } from "./laws.ts";
export type { HostSetUp, InvokeRequest, PluginText, TestHost } from "./open-host.ts";
export { openHost } from "./open-host.ts";
export type { ExpectedFailures } from "./expected-failures.ts";
export { parseExpectedFailures } from "./expected-failures.ts";
export type { ConformanceCase, ConformanceOptions, ConformanceReport, ScenarioResult } from "./run-conformance.ts";
export { conformanceCases, runConformance } from "./run-conformance.ts";
export type { ConformanceMatrix } from "./format-matrix.ts";
export { formatMatrix, toMatrix } from "./format-matrix.ts";
