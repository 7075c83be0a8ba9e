// Packages import only from layers below them, say so in their package.json, and never reach into each other's folders.
import { expect, test } from "vitest";
import { internalDependencies, listFiles, listPackages, readLayers, readText } from "../workspace.ts";

const layers = readLayers();
const packages = listPackages().filter(({ folder }) => !folder.startsWith("examples/"));

/** Rank of each package; the tests layer stands above the libraries and below the apps. */
const ranks = new Map(
  Object.entries(layers).flatMap(([layer, names]) =>
    names.map((name) => [name, layer === "tests" ? 5.5 : Number(layer)] as const),
  ),
);

/** The `@crucible/…` packages that a source text imports, for their code or for their types. */
function importedPackages(source: string): readonly string[] {
  const pattern = /(?:from|import)\s*\(?\s*["']@crucible\/([a-z0-9-]+)(?:\/[^"']*)?["']/g;
  return [...new Set([...source.matchAll(pattern)].map(([, name = ""]) => name))];
}

test("every package stands in exactly one layer", () => {
  const placed = Object.values(layers).flat();
  expect(placed.filter((name, index) => placed.indexOf(name) !== index)).toEqual([]);
  expect(packages.map(({ shortName }) => shortName).filter((name) => !placed.includes(name))).toEqual([]);
});

test("every package depends only on layers below its own", () => {
  const upward = packages.flatMap(({ shortName, json }) =>
    internalDependencies(json)
      .filter((target) => (ranks.get(target) ?? Infinity) >= (ranks.get(shortName) ?? -1))
      .map((target) => `${shortName} → ${target}`),
  );
  expect(upward).toEqual([]);
});

test("a source file imports only packages that its package.json names, so that no import escapes the layers", () => {
  const undeclared = packages.flatMap(({ folder, shortName, json }) => {
    const declared = internalDependencies(json);
    return listFiles(`${folder}/src`, ".ts").flatMap((path) =>
      importedPackages(readText(path))
        .filter((target) => target !== shortName && !declared.includes(target))
        .map((target) => `${path} → ${target}`),
    );
  });
  expect(undeclared).toEqual([]);
});

test("a source file reaches no other folder by a relative import", () => {
  const escaping = packages.flatMap(({ folder }) =>
    listFiles(`${folder}/src`, ".ts").flatMap((path) =>
      [...readText(path).matchAll(/(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g)]
        .map(([, specifier = ""]) => new URL(specifier, `file:///${path}`).pathname.slice(1))
        .filter((target) => !target.startsWith(`${folder}/src/`))
        .map((target) => `${path} → ${target}`),
    ),
  );
  expect(escaping).toEqual([]);
});

test("importedPackages finds imports of code, of types, of subpaths and dynamic ones", () => {
  const source = `import { a } from "@crucible/a";
    import type { B } from '@crucible/b/testing';
    export * from "@crucible/c"; const d = await import("@crucible/d"); import "@crucible/e"; // not "@crucible/f"`;
  expect(importedPackages(source)).toEqual(["a", "b", "c", "d", "e"]);
});
