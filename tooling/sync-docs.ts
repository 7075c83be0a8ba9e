// Writes the documents that are a table of the code, and the code that is a table of a document: docs/errors.md from the
// error codes of @crucible/sandbox, docs/api from the declarations of host modules, the scenario table of
// @crucible/conformance from docs/spec/scenarios.json.
// `--check` writes nothing and fails when a file differs. Needs a build; run as `pnpm sync:docs`.
import { mkdirSync, writeFileSync } from "node:fs";
import { manifestCodes } from "@crucible/manifest";
import { errorCodes, type ErrorCodeEntry } from "@crucible/sandbox";
import { apiDocuments } from "./api-documents.ts";
import { exists, readJson, readText, root } from "./workspace.ts";

interface ScenarioEntry {
  readonly id: string;
  readonly spec: string;
  readonly requirement: string;
  readonly scenario: string;
  readonly clauses: readonly string[];
}

/** Text of every generated document by its path. */
export function expectedDocuments(): ReadonlyMap<string, string> {
  // Our own file: the tests of @crucible/conformance compare it with the specification.
  const scenarios = readJson("docs/spec/scenarios.json") as readonly ScenarioEntry[];
  return new Map([
    ["docs/errors.md", formatErrors(errorCodes)],
    ["packages/conformance/src/scenario-table.ts", formatScenarios(scenarios)],
    ...apiDocuments(),
  ]);
}

/** Paths of the generated documents whose content is not what it should be. */
export function staleDocuments(): readonly string[] {
  return [...expectedDocuments()].flatMap(([path, text]) => (exists(path) && readText(path) === text ? [] : [path]));
}

function formatErrors(codes: Readonly<Record<string, ErrorCodeEntry>>): string {
  const rows = Object.entries(codes);
  const names = [...new Set(rows.map(([code]) => code.split("/")[0] ?? ""))];
  const sections = names.map((family) =>
    [
      `## ${family}`,
      "",
      "| code | cause | who can help | remedy |",
      "| --- | --- | --- | --- |",
      ...rows
        .filter(([code]) => code.startsWith(`${family}/`))
        .map(([code, entry]) => `| \`${code}\` | ${entry.cause} | ${entry.audience} | ${entry.remedy} |`),
    ].join("\n"),
  );
  const findings = manifestCodes.map((code) => `\`${code}\``).join(", ");
  return `${intro}\n\n${sections.join("\n\n")}\n\n${findingsIntro}\n\n- \`@crucible/manifest\`: ${findings}\n`;
}

function formatScenarios(scenarios: readonly ScenarioEntry[]): string {
  return `// Every scenario of the specification: written by \`pnpm sync:docs\` from docs/spec/scenarios.json, not by hand.
/** Number of a scenario: document, requirement, place in the requirement. */
export type ScenarioId =
${scenarios.map(({ id }) => `  | ${JSON.stringify(id)}`).join("\n")};

/** One case of the specification, with its words. */
export interface Scenario {
  readonly id: ScenarioId;
  /** Document in docs/spec. */
  readonly spec: string;
  /** Title of the requirement, verbatim. */
  readonly requirement: string;
  /** Title of the scenario, verbatim. */
  readonly scenario: string;
  /** The conditions and what follows from them, verbatim and in order. */
  readonly clauses: readonly string[];
}

export const scenarios: readonly Scenario[] = ${JSON.stringify(scenarios, null, 2)};
`;
}

const intro = `# Errors

Every error that crosses a boundary is plain data: \`{ code, message, details }\`.
A code never changes its meaning; programs compare codes, people read messages.
\`details\` holds what the code's readers need: the place in the author's file, the stack, the limit that was reached, a hint.
This page is the table in \`packages/sandbox/src/error-code.ts\`, written by \`pnpm sync:docs\`.`;

const findingsIntro = `## Findings

What is wrong with a text is not one error but a list of findings in \`details.diagnostics\`, each with its place and its remedy.
Findings have codes of their own:`;

if (process.argv[1] === import.meta.filename) {
  const stale = staleDocuments();
  if (process.argv.includes("--check")) {
    for (const path of stale) console.error(`${path} does not match the code: run pnpm sync:docs`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    const documents = expectedDocuments();
    mkdirSync(new URL("docs/api/", root), { recursive: true });
    for (const path of stale) writeFileSync(new URL(path, root), documents.get(path) ?? "");
    console.log(`${stale.length} document(s) written`);
  }
}
