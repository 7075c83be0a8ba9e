// The lint configuration holds the architecture: it is run over sources that break each rule, in a folder of their own.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { root } from "../workspace.ts";

const linter = join(
  dirname(createRequire(fileURLToPath(new URL("package.json", root))).resolve("oxlint/package.json")),
  "bin/oxlint",
);

/** Lints files with the project's configuration; returns for each the rules that it breaks, sorted. */
function brokenRules(files: Readonly<Record<string, string>>): Readonly<Record<string, readonly string[]>> {
  const folder = mkdtempSync(join(tmpdir(), "crucible-lint-"));
  try {
    for (const file of [".oxlintrc.json", "tooling/lint-rules.mjs"]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      copyFileSync(fileURLToPath(new URL(file, root)), join(folder, file));
    }
    for (const [path, source] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), source);
    }
    const { stdout } = spawnSync(process.execPath, [linter, "--format=unix"], { cwd: folder, encoding: "utf8" });
    const findings = [...stdout.matchAll(/^([^:\n]+):.*\[Error\/([^\]]+)\]$/gm)];
    const rulesOf = (path: string): readonly string[] =>
      findings.flatMap(([, at, rule = ""]) => (at === path ? [rule] : [])).sort();
    return Object.fromEntries(Object.keys(files).map((path) => [path, rulesOf(path)]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const powers: readonly (readonly [rule: string, source: string])[] = [
  ["no-restricted-imports", 'export { readFileSync as a } from "node:fs";'],
  ["no-restricted-imports", 'export type { Worker } from "node:worker_threads";'],
  ["no-restricted-imports", 'export { watch as a } from "chokidar";'],
  ["no-restricted-imports", 'export { b } from "./b-node.ts";'],
  ["no-restricted-imports", 'export { b } from "../c/b-node.ts";'],
  ["no-restricted-globals", "export const a: unknown = process.env;"],
  ["no-restricted-globals", 'export const a: unknown = Buffer.from("a");'],
  ["no-restricted-globals", 'export const a: unknown = fetch("http://localhost");'],
  ["no-restricted-globals", "export const a: unknown = setTimeout(() => {}, 1);"],
  ["no-restricted-globals", "export const a: unknown = globalThis;"],
  ["no-restricted-properties", "export const a: number = Date.now();"],
  ["no-restricted-properties", "export const a: number = Math.random();"],
];

test("a file without powers may not import or name one, and a *-node.ts file may", () => {
  const pure = powers.map(([, source], index) => [`packages/x/src/pure-${index}.ts`, `// A.\n${source}\n`]);
  const effectful = powers.map(([, source], index) => [`packages/x/src/a${index}-node.ts`, `// A.\n${source}\n`]);
  const found = brokenRules(Object.fromEntries([...pure, ...effectful]));
  expect(found).toEqual({
    ...Object.fromEntries(powers.map(([rule], index) => [`packages/x/src/pure-${index}.ts`, [`eslint(${rule})`]])),
    ...Object.fromEntries(powers.map((_, index) => [`packages/x/src/a${index}-node.ts`, []])),
  });
});

test("index.ts may offer a file with powers, and has none itself", () => {
  const found = brokenRules({
    "packages/x/src/index.ts": '// Names.\nexport { b } from "./b-node.ts";\n',
    "packages/y/src/index.ts": '// Names.\nexport { readFileSync } from "node:fs";\n',
  });
  expect(found).toEqual({
    "packages/x/src/index.ts": [],
    "packages/y/src/index.ts": ["eslint(no-restricted-imports)"],
  });
});

test("a default export, an any, a missing opening comment and a bare non-null assertion are refused", () => {
  const assertion = "export const a = (b: readonly number[]): number => b[0]!;\n";
  const found = brokenRules({
    "packages/x/src/default.ts": "// A.\nconst a = 1;\nexport default a;\n",
    "packages/x/src/any.ts": "// A.\nexport const a: any = 1;\n",
    "packages/x/src/silent.ts": "export const a = 1;\n",
    "packages/x/src/bare.ts": `// A.\n\n${assertion}`,
    "packages/x/src/commented.ts": `// A.\n\n// Callers pass at least one.\n${assertion}`,
  });
  expect(found).toEqual({
    "packages/x/src/default.ts": ["import(no-default-export)"],
    "packages/x/src/any.ts": ["typescript(no-explicit-any)"],
    "packages/x/src/silent.ts": ["crucible(opening-comment)"],
    "packages/x/src/bare.ts": ["crucible(non-null-needs-comment)"],
    "packages/x/src/commented.ts": [],
  });
});

test("a file of 600 lines passes and one of 601 is refused", () => {
  const lines = (count: number): string =>
    `// A.\n${Array.from({ length: count }, (_, index) => `export const a${index} = ${index};\n`).join("")}`;
  const found = brokenRules({ "packages/x/src/at.ts": lines(600), "packages/x/src/past.ts": lines(601) });
  expect(found).toEqual({ "packages/x/src/at.ts": [], "packages/x/src/past.ts": ["eslint(max-lines)"] });
});
