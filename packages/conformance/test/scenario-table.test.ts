// The table says exactly what the four documents of the specification say.
import { readFileSync } from "node:fs";
import { requirementFile, scenarioOf, scenarios } from "@crucible/conformance";
import { expect, test } from "vitest";

const documents = ["meta-systems.md", "rune-integration.md", "tool-conversion.md", "plugin-runtime.md"];
const prefixes: Readonly<Record<string, string>> = {
  "meta-systems.md": "MS",
  "rune-integration.md": "RI",
  "tool-conversion.md": "TC",
  "plugin-runtime.md": "PR",
};

interface Heading {
  readonly id: string;
  readonly spec: string;
  readonly requirement: string;
  readonly scenario: string;
  readonly clauses: readonly string[];
}

/** Scenarios of a document in order, numbered by requirement and by place in it. */
function readDocument(spec: string): readonly Heading[] {
  const text = readFileSync(new URL(`../../../docs/spec/${spec}`, import.meta.url), "utf8");
  return text
    .split(/^### Requirement: /m)
    .slice(1)
    .flatMap((section, place) => {
      const [part = ""] = section.split(/^## /m);
      const requirement = part.split("\n")[0]?.trim() ?? "";
      return part
        .split(/^#### Scenario: /m)
        .slice(1)
        .map((body, index) => ({
          id: `${prefixes[spec]}-${String(place + 1).padStart(2, "0")}.${index + 1}`,
          spec,
          requirement,
          scenario: body.split("\n")[0]?.trim() ?? "",
          clauses: [...body.matchAll(/^ *- (.*)$/gm)].map(([, clause = ""]) => clause.replaceAll("**", "").trim()),
        }));
    });
}

test("there are 108 scenarios, each with a number of its own", () => {
  expect(new Set(scenarios.map(({ id }) => id)).size).toBe(108);
});

for (const spec of documents) {
  test(`the table has every scenario of ${spec}, verbatim and in order`, () => {
    const listed = scenarios.filter((each) => each.spec === spec);
    const read = readDocument(spec);
    expect(listed.map(({ id, requirement, scenario }) => [id, requirement, scenario])).toEqual(
      read.map(({ id, requirement, scenario }) => [id, requirement, scenario]),
    );
    // One scenario is an example in a code block and has its clause from there.
    for (const [index, { clauses }] of read.entries()) {
      if (clauses.length > 0) expect(listed[index]?.clauses).toEqual(clauses);
      else expect(listed[index]?.clauses).not.toEqual([]);
    }
  });
}

test("scenarioOf finds every scenario and requirementFile gives no two requirements the same file", () => {
  for (const each of scenarios) expect(scenarioOf(each.id)).toBe(each);
  const requirements = new Set(scenarios.map(({ requirement }) => requirement));
  expect(new Set([...requirements].map(requirementFile)).size).toBe(requirements.size);
  expect(requirementFile("Standard Library - State Machines")).toBe("standard-library-state-machines");
});
