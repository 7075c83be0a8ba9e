// Reads the workspace: which packages there are, in which folder, with which dependencies. Used by every check.
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
}

export interface WorkspacePackage {
  /** Folder relative to the root, for example `packages/sandbox`. */
  readonly folder: string;
  /** Name without the scope, for example `sandbox`. */
  readonly shortName: string;
  readonly json: PackageJson;
}

export function readText(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

export function readJson(path: string): unknown {
  return JSON.parse(readText(path));
}

export function listPackages(): readonly WorkspacePackage[] {
  const found: WorkspacePackage[] = [];
  for (const group of ["packages", "apps", "examples"]) {
    if (!existsSync(new URL(group, root))) continue;
    for (const name of readdirSync(new URL(group, root)).sort()) {
      const folder = `${group}/${name}`;
      if (!existsSync(new URL(`${folder}/package.json`, root))) continue;
      // Our own file: its shape is proved by the package-shape check.
      const json = readJson(`${folder}/package.json`) as PackageJson;
      found.push({ folder, shortName: json.name.replace("@crucible/", ""), json });
    }
  }
  return found;
}

/** Names (without scope) of the workspace packages that a package depends on at run time. */
export function internalDependencies(json: PackageJson): readonly string[] {
  return Object.keys({ ...json.dependencies, ...json.peerDependencies })
    .filter((name) => name.startsWith("@crucible/"))
    .map((name) => name.replace("@crucible/", ""))
    .sort();
}
