// Every example is a plugin that a person can copy: its manifest parses without a finding, it says what it does, and it
// has a test of its own.
import { posix } from "node:path";
import { formatDiagnostic, languageOfPath, parseManifest } from "@crucible/manifest";
import { expect, test } from "vitest";
import { exists, listFiles, readText } from "../workspace.ts";

/** The files of a folder that hold a manifest: its `plugin.yaml`, or each code file that lies directly in it. */
function pluginFiles(folder: string): readonly string[] {
  if (exists(`${folder}/plugin.yaml`)) return [`${folder}/plugin.yaml`];
  const depth = folder.split("/").length + 1;
  return listFiles(folder, "").filter((path) => path.split("/").length === depth && languageOfPath(path) !== undefined);
}

/** Folders of `examples` that hold plugins; a folder of notes does not. */
const folders = [...new Set(listFiles("examples", "").map((path) => path.split("/").slice(0, 2).join("/")))].filter(
  (folder) => pluginFiles(folder).length > 0,
);

for (const folder of folders) {
  test(`${folder} has a README and tests`, () => {
    expect(exists(`${folder}/README.md`)).toBe(true);
    expect(listFiles(`${folder}/test`, ".test.ts")).not.toEqual([]);
  });

  for (const path of pluginFiles(folder)) {
    test(`${path} is a plugin without findings, named like its place`, () => {
      const result = parseManifest({ path, text: readText(path) });
      expect(result.diagnostics.map(formatDiagnostic)).toEqual([]);
      const place = path.endsWith("/plugin.yaml") ? folder : path.replace(/\.\w+$/, "");
      expect(result.ok && result.value.name).toBe(posix.basename(place));
    });
  }
}

test("pluginFiles finds nothing where there is no plugin", () => {
  expect(pluginFiles("docs")).toEqual([]);
  expect(pluginFiles("absent")).toEqual([]);
});
