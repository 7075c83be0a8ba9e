// Makes a new package, complete: `pnpm new:package NAME LAYER ["What it is for"]`.
// The layer is the row of tooling/layers.json that the package joins; it may import only from lower rows.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { root } from "./workspace.ts";

const [name, layer, purpose = "TODO"] = process.argv.slice(2);
const layersUrl = new URL("tooling/layers.json", root);
const layers = JSON.parse(readFileSync(layersUrl, "utf8")) as Record<string, string[]>;

if (name === undefined || layer === undefined || !/^[a-z][a-z0-9-]*$/.test(name) || !(layer in layers)) {
  console.error(`Usage: pnpm new:package NAME LAYER ["What it is for"]
NAME is lower-case with hyphens; LAYER is one of ${Object.keys(layers).join(", ")}.`);
  process.exit(2);
}
const folder = `packages/${name}`;
if (existsSync(new URL(folder, root))) {
  console.error(`Cannot make "${folder}": the folder exists`);
  process.exit(7);
}

const row = layers[layer] ?? [];
if (!Object.values(layers).some((names) => names.includes(name))) {
  layers[layer] = [...row, name];
  const lines = Object.entries(layers).map(
    ([key, names]) => `  ${JSON.stringify(key)}: ${JSON.stringify(names).replaceAll(",", ", ")}`,
  );
  writeFileSync(layersUrl, `{\n${lines.join(",\n")}\n}\n`);
}

write("package.json", `${JSON.stringify(packageJson(name, purpose), null, 2)}\n`);
write("src/index.ts", `// Public names of @crucible/${name}.\nexport { packageName } from "./package-name.ts";\n`);
write(
  "src/package-name.ts",
  `// The first name of the package; replace it with what the package owns.\n\n/** Name under which the package is published. */\nexport const packageName = "@crucible/${name}";\n`,
);
write(
  "test/package-name.test.ts",
  `import { packageName } from "@crucible/${name}";\nimport { expect, test } from "vitest";\n\ntest("packageName is the published name", () => {\n  expect(packageName).toBe("@crucible/${name}");\n});\n`,
);
write("test/exports.txt", "packageName\n");
write(
  "README.md",
  `# @crucible/${name}\n\n${purpose}\n\n## Example\n\n\`\`\`ts\nimport { packageName } from "@crucible/${name}";\n\nconsole.log(packageName);\n\`\`\`\n\n## Guarantees\n\n## What it does not do\n\n## Files, in reading order\n\n- \`src/index.ts\`: the public names.\n\n## Errors\n`,
);
execFileSync(process.execPath, ["--import", "tsx", "tooling/sync-references.ts"], { cwd: root, stdio: "inherit" });
console.log(`Made ${folder} in layer ${layer}. Next: pnpm install, pnpm test.`);

function write(path: string, text: string): void {
  const url = new URL(`${folder}/${path}`, root);
  mkdirSync(new URL(".", url), { recursive: true });
  writeFileSync(url, text);
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
    dependencies: shortName === "sandbox" ? {} : { "@crucible/sandbox": "workspace:^" },
  };
}
