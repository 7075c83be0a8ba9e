// Every example is a plugin that a person can copy: its manifest parses without a finding, it says what it does, and it
// has a test of its own.
import { formatDiagnostic, languageOfPath, parseManifest } from "@crucible/manifest";
import { expect, test } from "vitest";
import { exists, listFiles, readText } from "../workspace.ts";

/** Folders of `examples` that hold a plugin; a folder of notes is none. */
const folders = [...new Set(listFiles("examples", "").map((path) => path.split("/").slice(0, 2).join("/")))].filter(
  (folder) => pluginFile(folder) !== undefined,
);

/** `plugin.yaml`, or the one code file of a folder. */
function pluginFile(folder: string): string | undefined {
  if (exists(`${folder}/plugin.yaml`)) return `${folder}/plugin.yaml`;
  return listFiles(folder, "").find(
    (path) => path.split("/").length === folder.split("/").length + 1 && languageOfPath(path) !== undefined,
  );
}

for (const folder of folders) {
  test(`${folder} is a plugin without findings, documented and tested`, () => {
    const path = pluginFile(folder) ?? "";
    const result = parseManifest({ path, text: readText(path) });
    expect(result.diagnostics.map(formatDiagnostic)).toEqual([]);
    expect(result.ok && result.value.name).toBe(folder.split("/")[1]);
    expect(exists(`${folder}/README.md`)).toBe(true);
    expect(listFiles(`${folder}/test`, ".test.ts")).not.toEqual([]);
  });
}

test("pluginFile finds no plugin where there is none", () => {
  expect(pluginFile("docs")).toBe(undefined);
  expect(pluginFile("absent")).toBe(undefined);
});
