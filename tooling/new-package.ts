// Makes a new package, complete: `pnpm new:package NAME LAYER "What it is for."`.
// The layer is the row of tooling/layers.json that the package joins; it may import only from lower rows.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readLayers, root } from "./workspace.ts";

const [name, layer, purpose] = process.argv.slice(2);
const layers = readLayers();

if (
  name === undefined ||
  layer === undefined ||
  purpose === undefined ||
  !/^[a-z][a-z0-9-]*$/.test(name) ||
  !/^[A-Z].*\.$/.test(purpose) ||
  !Object.hasOwn(layers, layer)
) {
  console.error(`Usage: pnpm new:package NAME LAYER "What it is for."
NAME is lower-case with hyphens; LAYER is one of ${Object.keys(layers).join(", ")}; the purpose is one sentence.`);
  process.exit(2);
}
const folder = `packages/${name}`;
if (existsSync(new URL(folder, root))) {
  console.error(`Cannot make "${folder}": the folder exists`);
  process.exit(7);
}
const home = Object.keys(layers).find((key) => layers[key]?.includes(name));
if (home !== undefined && home !== layer) {
  console.error(`Cannot make "${folder}": tooling/layers.json puts it into layer ${home}, not ${layer}`);
  process.exit(7);
}

if (home === undefined) {
  const placed = { ...layers, [layer]: [...(layers[layer] ?? []), name] };
  writeFileSync(new URL("tooling/layers.json", root), JSON.stringify(placed, null, 2));
}
write("package.json", JSON.stringify(packageJson(name, purpose), null, 2));
write("src/index.ts", `// Public names of @crucible/${name}.\nexport { packageName } from "./package-name.ts";\n`);
write(
  "src/package-name.ts",
  `// The first name of the package, until it has one of its own.

/** Name under which the package is published. */
export const packageName = "@crucible/${name}";
`,
);
write(
  "test/package-name.test.ts",
  `import { packageName } from "@crucible/${name}";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/${name}");
});
`,
);
write("test/exports.txt", "packageName\n");
write(
  "README.md",
  `# @crucible/${name}

${purpose}

## Example

\`\`\`ts
import { packageName } from "@crucible/${name}";

console.log(packageName);
\`\`\`

## Guarantees

- Nothing here touches the world: every power is an argument.

## What it does not do

- It has no behaviour of its own yet.

## Names

- \`packageName\`: the name under which the package is published.

## Files, in reading order

- \`src/index.ts\`: the public names.

## Errors

None.
`,
);
run("tsx", "tooling/sync-references.ts");
run("oxfmt", folder, "tooling/layers.json", "tooling/package.json");
console.log(`Made ${folder} in layer ${layer}. Next: pnpm install, then pnpm test.
A workspace dependency is written "workspace:^"; run pnpm sync after changing the dependencies.`);

function write(path: string, text: string): void {
  const url = new URL(`${folder}/${path}`, root);
  mkdirSync(new URL(".", url), { recursive: true });
  writeFileSync(url, text);
}

/** Runs a tool of the workspace; its output goes to stderr, so that stdout keeps the answer. */
function run(tool: string, ...parameters: readonly string[]): void {
  const windows = process.platform === "win32";
  const path = fileURLToPath(new URL(`node_modules/.bin/${tool}${windows ? ".cmd" : ""}`, root));
  execFileSync(path, parameters, { cwd: root, stdio: ["ignore", 2, 2], shell: windows });
}

function packageJson(shortName: string, description: string): unknown {
  return {
    name: `@crucible/${shortName}`,
    version: "0.1.0",
    description,
    license: "MIT",
    type: "module",
    sideEffects: false,
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./package.json": "./package.json",
    },
    files: ["dist", "src", "!dist/.tsbuildinfo", "!src/generated"],
    engines: { node: ">=20.19" },
  };
}
