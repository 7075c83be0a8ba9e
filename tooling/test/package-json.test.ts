// Every published package.json has the same shape, pins what it takes from outside, and agrees with the others.
import { expect, test } from "vitest";
import { exists, listPackages, readText, type PackageJson } from "../workspace.ts";

const packages = listPackages();

function allDependencies(json: PackageJson): readonly (readonly [string, string])[] {
  return [json.dependencies, json.devDependencies, json.optionalDependencies, json.peerDependencies].flatMap((each) =>
    Object.entries(each ?? {}),
  );
}

for (const { folder, json } of packages.filter((each) => each.json.private !== true)) {
  test(`${folder}/package.json is complete`, () => {
    expect(json).toMatchObject({
      name: `@crucible/${folder.split("/")[1]}`,
      license: "MIT",
      type: "module",
      engines: { node: ">=20.19" },
      files: expect.arrayContaining(["dist", "src", "!dist/.tsbuildinfo"]),
    });
    expect(json.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(json.description).toMatch(/^[A-Za-z].*\.$/);
    expect(json.exports).toHaveProperty(["./package.json"], "./package.json");
    for (const [subpath, target] of Object.entries(json.exports ?? {})) {
      if (subpath === "./package.json") continue;
      // `types` first: TypeScript takes the first condition that matches.
      expect(Object.keys(target as object)).toEqual(["types", "default"]);
    }
  });
}

test("workspace dependencies are written workspace:^", () => {
  const others = packages.flatMap(({ folder, json }) =>
    allDependencies(json)
      .filter(([name, range]) => name.startsWith("@crucible/") && range !== "workspace:^")
      .map(([name, range]) => `${folder}: ${name} ${range}`),
  );
  expect(others).toEqual([]);
});

test("a dependency from outside is pinned to one exact version in the whole workspace, except for peers", () => {
  const versions = new Map<string, Set<string>>();
  for (const { json } of [...packages, { json: JSON.parse(readText("package.json")) as PackageJson }]) {
    for (const [name, range] of allDependencies({ ...json, peerDependencies: {} })) {
      if (name.startsWith("@crucible/")) continue;
      versions.set(name, (versions.get(name) ?? new Set()).add(range));
    }
  }
  const wrong = [...versions]
    .map(([name, ranges]) => [name, [...ranges]] as const)
    .filter(([, ranges]) => ranges.length > 1 || !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(ranges[0] ?? ""));
  expect(wrong).toEqual([]);
});

test("no package depends at run time on what only tests and tools need", () => {
  const tools = ["vitest", "typescript", "tsx", "turbo", "oxlint", "oxfmt", "knip"];
  const wrong = packages.flatMap(({ folder, json }) =>
    Object.keys(json.dependencies ?? {})
      .filter((name) => tools.includes(name))
      .map((name) => `${folder}: ${name}`),
  );
  expect(wrong).toEqual([]);
});

test("the licence stands in the root", () => {
  expect(exists("LICENSE")).toBe(true);
});
