// Rune as a target of the conformance suite.
import { readFile } from "node:fs/promises";
import { openTemporaryKiln, type ConformanceTarget } from "@crucible/conformance";
import { createRuneBackend } from "@crucible/sandbox-rune";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";

export const target: ConformanceTarget = {
  name: "rune",
  language: "rune",
  offers: ["examples", "kilns"],
  open: async () => {
    const pool = createThreadPool({ powers: createNodeThreadPowers(), workers: 2 });
    const backend = createRuneBackend(pool);
    return Promise.resolve({
      backend,
      threads: () => pool.stats().workers,
      readExample: async (path) => readFile(new URL(`../../../examples/${path}`, import.meta.url), "utf8"),
      openKiln: openTemporaryKiln,
      dispose: async () => {
        await backend.dispose();
        await pool.dispose();
      },
    });
  },
};
