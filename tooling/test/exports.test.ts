// The public surface of every package is a list that a reviewer can read: its run-time exports equal `test/exports.txt`
// (for the subpath `./x`: `test/exports.x.txt`).
import { expect, test } from "vitest";
import { exists, listPackages, readText, root } from "../workspace.ts";

const entries = listPackages()
  .filter(({ json }) => json.private !== true)
  .flatMap(({ folder, json }) =>
    Object.entries(json.exports ?? {}).flatMap(([subpath, target]) => {
      if (typeof target !== "object" || target === null || !("default" in target)) return [];
      const suffix = subpath === "." ? "" : `.${subpath.slice(2).replaceAll("/", ".")}`;
      return [
        { folder, subpath, list: `${folder}/test/exports${suffix}.txt`, file: `${folder}/${String(target.default)}` },
      ];
    }),
  );

for (const { folder, subpath, list, file } of entries) {
  test(`${folder} exports at "${subpath}" what ${list} says`, async () => {
    const found = Object.keys((await import(new URL(file, root).href)) as object).sort();
    const listed = exists(list)
      ? readText(list)
          .split("\n")
          .filter((line) => line !== "")
      : [];
    expect(found).toEqual(listed);
  });
}
