// Whole hosts with a Lua and a Rune plugin, for tests of the module as plugins use it.
import { openHost, type HostSetUp, type TestHost } from "@crucible/conformance";
import type { Backend } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createRuneBackend } from "@crucible/sandbox-rune";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";

export type GuestLanguage = "lua" | "rune";

export interface Subjects {
  /** Opens a host whose only plugin, `tester`, has this code. */
  open(language: GuestLanguage, code: string, setUp?: Partial<HostSetUp>): Promise<TestHost>;
  dispose(): Promise<void>;
}

export function createSubjects(): Subjects {
  const pool = createThreadPool({ powers: createNodeThreadPowers(), workers: 2 });
  const backends: Record<GuestLanguage, Backend> = { lua: createLuaBackend(pool), rune: createRuneBackend(pool) };
  return {
    open: (language, code, setUp = {}) =>
      openHost(
        { backend: backends[language], dispose: async () => Promise.resolve() },
        {
          plugins: [
            {
              manifest: {
                name: "tester",
                description: "Uses the library",
                capabilities: ["KilnRead", "StateManage"],
                parameters: { type: "object" },
              },
              code,
            },
          ],
          ...setUp,
        },
      ),
    dispose: async () => {
      await backends.lua.dispose();
      await backends.rune.dispose();
      await pool.dispose();
    },
  };
}
