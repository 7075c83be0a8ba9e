// Lua as a target of the conformance suite. Its source cannot trap, so that a trap is injected into an artifact.
import { readFile } from "node:fs/promises";
import { openTemporaryKiln, type ConformanceTarget } from "@crucible/conformance";
import { unwrap } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";
import { trappingArtifact } from "./trapping-artifact.ts";

export const target: ConformanceTarget = {
  name: "lua",
  language: "lua",
  offers: ["traps", "examples", "kilns"],
  open: async () => {
    const pool = createThreadPool({ powers: createNodeThreadPowers(), workers: 2 });
    const backend = createLuaBackend(pool);
    return {
      backend,
      threads: () => pool.stats().workers,
      prepareTrap: async () =>
        unwrap(
          await backend.instantiate(await trappingArtifact(backend), {
            plugin: "trap",
            version: "1.0.0",
            modules: [],
            memoryBytes: 2 * 1024 * 1024,
          }),
        ),
      readExample: async (path) => readFile(new URL(`../../../examples/${path}`, import.meta.url), "utf8"),
      openKiln: openTemporaryKiln,
      dispose: async () => {
        await backend.dispose();
        await pool.dispose();
      },
    };
  },
};
