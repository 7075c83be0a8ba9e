import type { FoundPlugin } from "@crucible/plugin-host";
import { createRegistry, resolveDependencies } from "@crucible/plugin-host";
import type { Manifest } from "@crucible/manifest";
import * as fc from "fast-check";
import semver from "semver";
import { describe, expect, test } from "vitest";

interface Package {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

function library({ name, version, dependencies }: Package, kind: Manifest["kind"] = "library"): FoundPlugin {
  const path = `/system/${name}-${version}.lua`;
  const manifest: Manifest = {
    path,
    kind,
    name,
    description: "A library for tests",
    version,
    language: "lua",
    capabilities: [],
    actions: [],
    dependencies,
    limits: {},
    raisedLimits: [],
    examples: [],
    tests: [],
    hooks: [],
    extensions: {},
    bodyLine: 1,
    code: "",
  };
  const root = { scope: "system", path: "/system", home: "system" } as const;
  return { root, path, entryPath: path, manifest, claims: [], source: { text: "" }, hash: path, warnings: [] };
}

const names = ["a", "b", "c"] as const;
const versions = ["1.0.0", "1.1.0", "2.0.0"] as const;
const range = fc.constantFrom("*", "^1.0.0", "^2.0.0", "1.0.0", "~1.1.0", ">=1.1.0");
const dependencies = (of: readonly string[]): fc.Arbitrary<Readonly<Record<string, string>>> =>
  fc.dictionary(fc.constantFrom(...of), range, { maxKeys: 3 });
const world = fc.record({
  importer: dependencies(names),
  // A library depends on later names only, so that cycles are a matter of their own.
  packages: fc.uniqueArray(
    fc.integer({ min: 0, max: names.length - 1 }).chain((index) =>
      fc.record({
        name: fc.constant(names[index] ?? "a"),
        version: fc.constantFrom(...versions),
        dependencies: index === names.length - 1 ? fc.constant({}) : dependencies(names.slice(index + 1)),
      }),
    ),
    { selector: ({ name, version }) => `${name} ${version}`, maxLength: 9 },
  ),
});

/** All ways to give each name a version or none, tried one after the other. */
function bruteForce(importer: Package, packages: readonly Package[]): readonly ReadonlyMap<string, Package>[] {
  const ways = names.reduce<readonly ReadonlyMap<string, Package>[]>(
    (partial, name) =>
      partial.flatMap((way) => [
        way,
        ...packages.filter((each) => each.name === name).map((each) => new Map([...way, [name, each]])),
      ]),
    [new Map()],
  );
  return ways.filter((way) => {
    const needed = new Set<string>();
    for (const each of [importer, ...way.values()]) {
      for (const [name, wanted] of Object.entries(each.dependencies)) {
        const chosen = way.get(name);
        if (chosen === undefined || !semver.satisfies(chosen.version, wanted)) return false;
        needed.add(name);
      }
    }
    // Nothing is linked that nobody needs, from the importer on.
    const reached = new Set(Object.keys(importer.dependencies));
    for (const name of reached) for (const next of Object.keys(way.get(name)?.dependencies ?? {})) reached.add(next);
    return [...way.keys()].every((name) => reached.has(name) && needed.has(name));
  });
}

describe("resolving libraries", () => {
  test("finds a solution exactly where brute force does, a valid one, with the best direct dependencies", () => {
    fc.assert(
      fc.property(world, ({ importer, packages }) => {
        const root: Package = { name: "root", version: "1.0.0", dependencies: importer };
        const plugin = library(root, "plugin");
        const registry = createRegistry(1, { found: packages.map((each) => library(each)), broken: [] });
        const resolved = resolveDependencies(plugin, registry);
        const solutions = bruteForce(root, packages);
        expect(resolved.ok).toBe(solutions.length > 0);
        if (!resolved.ok) return;
        const chosen = resolved.value.libraries.map(({ manifest }) => `${manifest.name} ${manifest.version}`);
        const texts = solutions.map((way) => [...way].map(([name, { version }]) => `${name} ${version}`).sort());
        expect(texts).toContainEqual(chosen.toSorted());
        const direct = Object.keys(importer).sort();
        const rank = (all: readonly string[]): string =>
          direct.map((name) => all.find((each) => each.startsWith(`${name} `)) ?? "").join(" ");
        expect(rank(chosen)).toBe(texts.map(rank).sort().at(-1) ?? "");
        for (const [index, each] of resolved.value.libraries.entries()) {
          const before = new Set(resolved.value.libraries.slice(0, index).map(({ manifest }) => manifest.name));
          for (const name of Object.keys(each.manifest.dependencies)) expect(before.has(name)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("names a set of ranges that cannot be met, none of which can be left out", () => {
    fc.assert(
      fc.property(world, ({ importer, packages }) => {
        const plugin = library({ name: "root", version: "1.0.0", dependencies: importer }, "plugin");
        const registry = createRegistry(1, { found: packages.map((each) => library(each)), broken: [] });
        const resolved = resolveDependencies(plugin, registry);
        if (resolved.ok || !Array.isArray(resolved.error.details?.["conflict"])) return;
        const conflict = resolved.error.details["conflict"] as readonly { by: string; name: string; range: string }[];
        expect(conflict.length).toBeGreaterThan(1);
        const keep = (kept: readonly { by: string; name: string }[]): boolean => {
          const only = (each: Package): Package => ({
            ...each,
            dependencies: Object.fromEntries(
              Object.entries(each.dependencies).filter(([name]) =>
                kept.some((one) => one.by === `${each.name}@${each.version}` && one.name === name),
              ),
            ),
          });
          const root = only({ name: "root", version: "1.0.0", dependencies: importer });
          const found = packages.map((each) => library(only(each)));
          return resolveDependencies(library(root, "plugin"), createRegistry(1, { found, broken: [] })).ok;
        };
        expect(keep(conflict)).toBe(false);
        for (const left of conflict) expect(keep(conflict.filter((each) => each !== left))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("that need each other fails with the path", () => {
    const found = [
      library({ name: "a", version: "1.0.0", dependencies: { b: "*" } }),
      library({ name: "b", version: "1.0.0", dependencies: { a: "*" } }),
    ];
    const plugin = library({ name: "root", version: "1.0.0", dependencies: { a: "*" } }, "plugin");
    expect(resolveDependencies(plugin, createRegistry(1, { found, broken: [] }))).toMatchObject({
      ok: false,
      error: { code: "plugin/dependency-cycle", details: { path: ["a", "b", "a"] } },
    });
  });
});
