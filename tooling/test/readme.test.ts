// Every package has a README that a person reads in two minutes, and its examples run as they stand.
// The examples of all packages are type-checked and compiled together, then each runs in a process of its own.
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exists, listPackages, readText, root } from "../workspace.ts";

const run = promisify(execFile);
const rootPath = fileURLToPath(root);
const packages = listPackages().filter(({ json }) => json.private !== true);

const requiredHeadings = [/guarantee/i, /does not do/i, /in reading order/i, /error/i];

interface Example {
  readonly readme: string;
  /** Folder of the compiled example: inside the package, so that the package can be imported by its own name. */
  readonly folder: string;
  readonly name: string;
  readonly code: string;
}

/** The code of every block that is marked exactly `ts`. */
function exampleBlocks(text: string): readonly string[] {
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
}

const examples: readonly Example[] = packages.flatMap(({ folder }) => {
  const readme = `${folder}/README.md`;
  if (!exists(readme)) return [];
  return exampleBlocks(readText(readme)).map((code, index) => ({
    readme,
    folder: `${folder}/build/readme`,
    name: `example-${index + 1}`,
    code,
  }));
});

/** What the compiler says about the examples, by the path of the example. */
const findings = new Map<string, string[]>();

beforeAll(() => {
  for (const { folder, name, code } of examples) {
    mkdirSync(join(rootPath, folder), { recursive: true });
    writeFileSync(join(rootPath, folder, `${name}.ts`), `export {};\n${code}`);
  }
  const project = {
    extends: "../tsconfig.base.json",
    compilerOptions: {
      composite: false,
      isolatedDeclarations: false,
      declaration: false,
      declarationMap: false,
      rootDir: "..",
      outDir: "..",
    },
    files: examples.map(({ folder, name }) => `../${folder}/${name}.ts`),
    include: ["../tooling/types"],
    // By default what lies in `outDir` would be left out, and that is everything.
    exclude: [],
  };
  mkdirSync(join(rootPath, "build"), { recursive: true });
  writeFileSync(join(rootPath, "build/tsconfig.readme.json"), JSON.stringify(project, null, 2));
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  const { stdout } = spawnSync(process.execPath, [compiler, "-p", "build/tsconfig.readme.json", "--pretty", "false"], {
    cwd: rootPath,
    encoding: "utf8",
  });
  for (const line of stdout.split("\n").filter((each) => each !== "")) {
    const [path = ""] = line.split("(");
    findings.set(path, [...(findings.get(path) ?? []), line]);
  }
}, 120_000);

afterAll(() => {
  for (const { folder } of examples) rmSync(join(rootPath, folder), { recursive: true, force: true });
});

for (const { folder, json } of packages) {
  test(`${folder}/README.md is short, complete and has an example`, () => {
    expect(exists(`${folder}/README.md`)).toBe(true);
    const text = readText(`${folder}/README.md`);
    const lines = text.trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(120);
    expect(lines[0]).toBe(`# ${json.name}`);
    // An app is used from a shell: its documentation is run as a whole by its own tests.
    if (!folder.startsWith("apps/")) expect(exampleBlocks(text)).not.toEqual([]);
    const headings = lines.filter((line) => line.startsWith("## ")).map((line) => line.slice(3));
    for (const required of requiredHeadings) expect(headings).toContainEqual(expect.stringMatching(required));
  });
}

for (const { readme, folder, name } of examples) {
  test.concurrent(`${name} of ${readme} has the types that it needs, runs and prints`, async () => {
    expect(findings.get(`${folder}/${name}.ts`) ?? []).toEqual([]);
    const file = join(rootPath, folder, `${name}.js`);
    const { stdout } = await run(process.execPath, [file], { cwd: dirname(file), timeout: 20_000 });
    expect(stdout.trim()).not.toBe("");
  });
}

test("exampleBlocks takes the blocks marked ts and no others", () => {
  expect(exampleBlocks("```ts\na;\n```\n\n```tsx\nb;\n```\n\n```ts\nc;\n```\n")).toEqual(["a;\n", "c;\n"]);
});
