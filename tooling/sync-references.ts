// Writes what follows from the package.json files: TypeScript project references of each package and of the root.
// `--check` writes nothing and fails when a file differs. Run as `pnpm sync`.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { internalDependencies, listPackages, root } from "./workspace.ts";

export function expectedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const packages = listPackages();
  const folders = new Map(packages.map((each) => [each.shortName, each.folder]));
  const compiled = packages.filter((each) => existsSync(new URL(`${each.folder}/src`, root)));

  for (const { folder, json } of compiled) {
    const references = internalDependencies(json).flatMap((name) => {
      const target = folders.get(name);
      return target === undefined ? [] : [{ path: relative(folder, target) }];
    });
    files.set(
      `${folder}/tsconfig.json`,
      format({
        extends: "../../tsconfig.base.json",
        compilerOptions: { rootDir: "src", outDir: "dist", tsBuildInfoFile: "dist/.tsbuildinfo" },
        include: ["src", "../../tooling/types"],
        references,
      }),
    );
  }
  const references = compiled.map(({ folder }) => ({ path: `./${folder}` }));
  files.set("tsconfig.json", format({ files: [], references: [...references, { path: "./tsconfig.test.json" }] }));
  files.set(
    "tsconfig.test.json",
    format({
      extends: "./tsconfig.base.json",
      compilerOptions: {
        composite: false,
        noEmit: true,
        isolatedDeclarations: false,
        declaration: false,
        declarationMap: false,
        sourceMap: false,
        tsBuildInfoFile: "build/test.tsbuildinfo",
      },
      include: ["packages/*/test", "apps/*/test", "examples/*/test", "tooling", "packages/*/bench"],
      references,
    }),
  );
  return files;
}

function relative(from: string, to: string): string {
  const [group] = from.split("/");
  const [targetGroup, name] = to.split("/");
  return group === targetGroup ? `../${name}` : `../../${to}`;
}

function format(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function read(path: string): unknown {
  const url = new URL(path, root);
  return existsSync(url) ? JSON.parse(readFileSync(url, "utf8")) : undefined;
}

if (process.argv[1] === import.meta.filename) {
  const stale = [...expectedFiles()].filter(
    ([path, text]) => JSON.stringify(read(path)) !== JSON.stringify(JSON.parse(text)),
  );
  if (process.argv.includes("--check")) {
    for (const [path] of stale) console.error(`${path} does not match the package.json files: run pnpm sync`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    for (const [path, text] of stale) writeFileSync(new URL(path, root), text);
    console.log(`${stale.length} file(s) written`);
  }
}
