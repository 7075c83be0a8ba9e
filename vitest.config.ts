// One vitest project per workspace package, and one for the checks in tooling/test.
import { existsSync, readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";

const projects = ["packages", "apps", "examples"]
  .filter((group) => existsSync(new URL(group, import.meta.url)))
  .flatMap((group) => readdirSync(new URL(group, import.meta.url)).map((name) => ({ group, name })))
  .filter(({ group, name }) => existsSync(new URL(`${group}/${name}/test`, import.meta.url)))
  .map(({ group, name }) => ({
    extends: true as const,
    test: { root: `${group}/${name}`, name, include: ["test/**/*.test.ts"] },
  }));

export default defineConfig({
  test: {
    pool: "threads",
    isolate: false,
    testTimeout: 30_000,
    // The file is an output of the test task: .ci/run takes its figures from it, also when the task came from the cache.
    reporters: ["default", "json"],
    outputFile: { json: new URL("build/test-results.json", import.meta.url).pathname },
    // Built packages are left to Node: tests exercise what is published.
    server: { deps: { external: [/\/dist\//] } },
    setupFiles: [new URL("tooling/vitest-setup.ts", import.meta.url).pathname],
    projects: [
      ...projects,
      { extends: true as const, test: { root: "tooling", name: "tooling", include: ["test/**/*.test.ts"] } },
    ],
  },
});
