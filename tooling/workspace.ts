// Reads the workspace: which packages there are, in which folder, with which dependencies and sources. Used by every
// check and generator.
import { existsSync, readdirSync, readFileSync } from "node:fs";

export const root: URL = new URL("../", import.meta.url);

export interface PackageJson {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
  /** Folder relative to the root, for example `packages/sandbox`. */
  readonly folder: string;
  /** Name without the scope, for example `sandbox`. */
  readonly shortName: string;
  readonly json: PackageJson;
}

/** Whether a path relative to the root exists. */
export function exists(path: string): boolean {
  return existsSync(new URL(path, root));
}

/** Text of a file, by its path relative to the root. */
export function readText(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

/** Parsed content of a JSON file, by its path relative to the root. */
export function readJson(path: string): unknown {
  return JSON.parse(readText(path));
}

/** Layers from the lowest to the highest, each with the packages in it, as tooling/layers.json has them. */
export function readLayers(): Readonly<Record<string, readonly string[]>> {
  // Our own file: layers.test.ts proves that it names every package once.
  return readJson("tooling/layers.json") as Record<string, string[]>;
}

/** Packages, apps and examples of the workspace, sorted by folder. */
export function listPackages(): readonly WorkspacePackage[] {
  const found: WorkspacePackage[] = [];
  for (const group of ["packages", "apps", "examples"]) {
    if (!exists(group)) continue;
    for (const name of readdirSync(new URL(group, root)).sort()) {
      const folder = `${group}/${name}`;
      if (!exists(`${folder}/package.json`)) continue;
      // Our own file: its shape is proved by package-json.test.ts.
      const json = readJson(`${folder}/package.json`) as PackageJson;
      found.push({ folder, shortName: json.name.replace("@crucible/", ""), json });
    }
  }
  return found;
}

/** Names (without scope) of the workspace packages that a package depends on at run time. */
export function internalDependencies(json: PackageJson): readonly string[] {
  return Object.keys({ ...json.dependencies, ...json.peerDependencies, ...json.optionalDependencies })
    .filter((name) => name.startsWith("@crucible/"))
    .map((name) => name.replace("@crucible/", ""))
    .sort();
}

const builtFolders: readonly string[] = ["node_modules", "dist", "build", "generated"];

/** Paths (relative to the root) of the files below a folder whose names end in `ending`; what is built is left out. */
export function listFiles(folder: string, ending: string): readonly string[] {
  if (!exists(folder)) return [];
  return readdirSync(new URL(folder, root), { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (!entry.isDirectory()) return entry.name.endsWith(ending) ? [path] : [];
      return builtFolders.includes(entry.name) ? [] : listFiles(path, ending);
    });
}
