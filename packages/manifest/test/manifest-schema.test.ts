import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { checkSchema, manifestSchema, parseManifest } from "@crucible/manifest";
import { expect, test } from "vitest";
import { stringify } from "yaml";

const validate = new Ajv2020({ strict: false }).compile(manifestSchema);

const scalar = fc.constantFrom<unknown>(
  "x",
  "1.0.0",
  1,
  1.5,
  true,
  null,
  [],
  {},
  ["KilnRead"],
  { a: "string" },
  "lua",
  "sample",
);
const good: Readonly<Record<string, unknown>> = {
  name: "sample",
  description: "A sample",
  version: "1.0.0",
  author: "me",
  license: "MIT",
  language: "lua",
  namespace: "core",
  kind: "plugin",
  capabilities: ["KilnRead", { name: "FsRead", scope: { paths: ["a"] } }],
  parameters: { a: { type: "string", required: true } },
  returns: "string",
  actions: { run: { description: "Runs", parameters: { b: "integer" } }, stop: null },
  dependencies: { other: "^1.0.0" },
  limits: { timeout_ms: 10 },
  examples: [{ action: "run", params: { b: 1 } }],
  tests: [{ name: "t", action: "run", params: { b: 1 }, seed: 3 }],
  annotations: { title: "T", readOnly: true },
  "x-own": { any: ["thing"] },
};

const subsets = fc.subarray(
  Object.keys(good).filter((key) => !["name", "description", "examples", "tests"].includes(key)),
);
const replaced = fc.dictionary(fc.constantFrom(...Object.keys(good), "unknown", "limits2"), scalar, { maxKeys: 2 });

function parses(manifest: object): boolean {
  return parseManifest({ path: "a.lua", text: `---\n${stringify(manifest)}---\n` }).ok;
}

test("the published schema is a schema", () => {
  expect(checkSchema(JSON.parse(JSON.stringify(manifestSchema)))).toEqual([]);
});

test("the published schema and the parser accept the same complete manifest", () => {
  expect(validate(good)).toBe(true);
  expect(parses(good)).toBe(true);
});

test("whatever the parser accepts the published schema accepts", () => {
  let accepted = 0;
  fc.assert(
    fc.property(subsets, replaced, (keys, changes) => {
      const manifest = {
        name: "sample",
        description: "A sample",
        ...Object.fromEntries(keys.map((key) => [key, good[key]])),
        ...changes,
      };
      if (!parses(manifest)) return;
      accepted += 1;
      expect(validate(manifest)).toBe(true);
    }),
    { numRuns: 500 },
  );
  expect(accepted).toBeGreaterThan(50);
});

test("whatever the published schema refuses the parser refuses", () => {
  let refused = 0;
  fc.assert(
    fc.property(subsets, replaced, (keys, changes) => {
      const manifest = {
        name: "sample",
        description: "A sample",
        ...Object.fromEntries(keys.map((key) => [key, good[key]])),
        ...changes,
      };
      if (validate(manifest)) return;
      refused += 1;
      expect(parses(manifest)).toBe(false);
    }),
    { numRuns: 500 },
  );
  expect(refused).toBeGreaterThan(50);
});
