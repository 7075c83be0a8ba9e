import { breakingChanges } from "@crucible/plugin-host";
import type { Manifest } from "@crucible/manifest";
import { parseManifest } from "@crucible/manifest";
import { unwrap } from "@crucible/sandbox";
import { describe, expect, test } from "vitest";

function manifest(version: string, more: string): Manifest {
  const text = `---\nname: p\ndescription: P\nversion: ${version}\n${more}---\n`;
  return unwrap(parseManifest({ path: "p.lua", text }));
}

const before = "parameters: { a: { type: integer, required: true } }\nreturns: string\n";

describe("breakingChanges", () => {
  test.each([
    ["a parameter that is gone", "parameters: { b: { type: integer } }\nreturns: string\n"],
    ["another type", "parameters: { a: { type: boolean, required: true } }\nreturns: string\n"],
    [
      "a new required parameter",
      "parameters: { a: { type: integer, required: true }, b: { type: string, required: true } }\nreturns: string\n",
    ],
    ["another result", "parameters: { a: { type: integer, required: true } }\nreturns: integer\n"],
    ["an action that is gone", "actions: { other: {} }\n"],
  ])("tells %s, unless the major version says so", (_what, after) => {
    expect(breakingChanges(manifest("1.0.0", before), manifest("1.1.0", after)).length).toBeGreaterThan(0);
    expect(breakingChanges(manifest("1.0.0", before), manifest("2.0.0", after))).toStrictEqual([]);
  });

  test.each([
    ["a wider type", "parameters: { a: { type: number, required: true } }\nreturns: string\n"],
    ["a new optional parameter", "parameters: { a: { type: integer }, b: { type: string } }\nreturns: string\n"],
    ["a new action", `${before}actions: { other: {} }\n`],
  ])("lets pass %s", (_what, after) => {
    expect(breakingChanges(manifest("1.0.0", before), manifest("1.1.0", after))).toStrictEqual([]);
  });
});
