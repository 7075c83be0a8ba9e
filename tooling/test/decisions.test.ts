// Decision records: numbered without gaps, named like their title, with the sections that a reader looks for.
import { expect, test } from "vitest";
import { listFiles, readText } from "../workspace.ts";

const records = listFiles("docs/decisions", ".md");
const sections = ["## Context", "## Decision", "## Consequences", "## Options rejected"];

/** The file name that belongs to a title: words in lower case, joined by hyphens. */
function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/['’`]/g, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

test("the records are numbered from 0001 without gaps or repetitions", () => {
  const numbers = records.map((path) => path.slice("docs/decisions/".length).split("-")[0]);
  expect(numbers).toEqual(numbers.map((_, index) => String(index + 1).padStart(4, "0")));
});

for (const path of records) {
  test(`${path} is named like its title and has every section in order`, () => {
    const lines = readText(path).split("\n");
    const title = lines[0]?.replace(/^# /, "") ?? "";
    expect(lines[0]).toMatch(/^# \S/);
    expect(path).toMatch(new RegExp(`^docs/decisions/\\d{4}-${slugOf(title)}\\.md$`));
    expect(lines.filter((line) => sections.includes(line))).toEqual(sections);
  });
}

test("slugOf keeps letters and digits of a title and joins its words", () => {
  expect(slugOf("TypeScript 7 is the only builder")).toBe("typescript-7-is-the-only-builder");
  expect(slugOf("The host's `Value`, once")).toBe("the-hosts-value-once");
});
