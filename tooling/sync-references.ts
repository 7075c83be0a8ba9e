// Writes what follows from the package.json files: TypeScript project references of each package and of the root, and
// the dependencies of tooling/package.json (checks, benches and the conformance runner may import every package).
// `--check` writes nothing and fails when a file differs. Run as `pnpm sync`.
import { existsSync, writeFileSync } from "node:fs";
import { internalDependencies, listPackages, readJson, root } from "./workspace.ts";

/** Text of every derived file by its path; compared as JSON, so that formatting does not matter. */
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
        rewriteRelativeImportExtensions: false,
        allowImportingTsExtensions: true,
        isolatedDeclarations: false,
        declaration: false,
        declarationMap: false,
        sourceMap: false,
        tsBuildInfoFile: "build/test.tsbuildinfo",
      },
      include: ["packages/*/test", "apps/*/test", "examples/*/test", "tooling", "packages/*/bench", "packages/*/*.ts"],
      references,
    }),
  );
  const libraries = packages.filter(({ folder }) => folder.startsWith("packages/"));
  files.set("tooling/package.json", format(toolingPackage(libraries.map((each) => each.json.name))));
  return files;
}

/** Paths of the derived files whose content is not what it should be. */
export function staleFiles(): readonly string[] {
  return [...expectedFiles()].flatMap(([path, text]) =>
    JSON.stringify(read(path)) === JSON.stringify(JSON.parse(text)) ? [] : [path],
  );
}

function toolingPackage(names: readonly string[]): unknown {
  // Our own file: everything but the workspace dependencies is kept as it stands.
  const json = readJson("tooling/package.json") as { dependencies?: Readonly<Record<string, string>> };
  const external = Object.entries(json.dependencies ?? {}).filter(([name]) => !name.startsWith("@crucible/"));
  const internal = names.toSorted().map((name) => [name, "workspace:^"]);
  return { ...json, dependencies: Object.fromEntries([...internal, ...external]) };
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
  return existsSync(new URL(path, root)) ? readJson(path) : undefined;
}

if (process.argv[1] === import.meta.filename) {
  const stale = staleFiles();
  if (process.argv.includes("--check")) {
    for (const path of stale) console.error(`${path} does not match the package.json files: run pnpm sync`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    const files = expectedFiles();
    for (const path of stale) writeFileSync(new URL(path, root), files.get(path) ?? "");
    console.log(`${stale.length} file(s) written`);
  }
}
