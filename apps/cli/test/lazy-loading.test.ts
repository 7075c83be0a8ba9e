import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CruSubject } from "./cru-subject.ts";
import { bin, createCruSubject } from "./cru-subject.ts";

let subject: CruSubject;
beforeAll(() => {
  subject = createCruSubject();
});
afterAll(() => subject.dispose());

/** Addresses of the modules that a command line loads. */
function loadedBy(args: readonly string[]): readonly string[] {
  const list = join(subject.folder, "loaded.txt");
  const hooks = `import { appendFileSync } from "node:fs";
export const load = (url, context, next) => (appendFileSync(${JSON.stringify(list)}, url + "\\n"), next(url, context));`;
  const start = `import { register } from "node:module"; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)});`;
  subject.write("loaded.txt", "");
  execFileSync(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(start)}`, bin, ...args], {
    cwd: subject.kiln,
    env: subject.environment,
    stdio: "ignore",
  });
  return readFileSync(list, "utf8").trim().split("\n");
}

const packagesOf = (urls: readonly string[]): readonly string[] => [
  ...new Set(urls.flatMap((url) => /\/packages\/([a-z-]+)\//.exec(url)?.[1] ?? [])),
];

test("a command is loaded when it is called, and nothing of the platform before", () => {
  expect(packagesOf(loadedBy(["--version"]))).toStrictEqual([]);
  expect(packagesOf(loadedBy(["plugins", "--help"]))).toStrictEqual([]);
  expect(packagesOf(loadedBy(["config", "show"])).toSorted()).toStrictEqual(["config", "sandbox"]);
  const run = loadedBy(["plugins", "list"]);
  expect(packagesOf(run)).toContain("plugin-host");
  // What only questions, dry runs and requests need.
  expect(run.filter((url) => /\/(?:@clack|diff|undici)\//.test(url))).toStrictEqual([]);
});
