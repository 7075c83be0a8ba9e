// Whole hosts with a Lua and a Rune plugin, for tests of the module as plugins use it.
import { openHost, type HostSetUp, type PluginText, type TestHost } from "@crucible/conformance";
import type { Backend } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createRuneBackend } from "@crucible/sandbox-rune";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";

export type GuestLanguage = "lua" | "rune";

export interface SubjectSetUp extends Partial<Omit<HostSetUp, "plugins">> {
  readonly capabilities?: readonly string[];
}

export interface Subjects {
  /** Opens a host whose only plugin, `tester`, has this code. */
  open(language: GuestLanguage, code: string, setUp?: SubjectSetUp): Promise<TestHost>;
  dispose(): Promise<void>;
}

export function createSubjects(): Subjects {
  const pool = createThreadPool({ powers: createNodeThreadPowers(), workers: 2 });
  const backends: Record<GuestLanguage, Backend> = { lua: createLuaBackend(pool), rune: createRuneBackend(pool) };
  return {
    open: (language, code, { capabilities = ["KilnRead", "StateManage"], ...setUp } = {}) =>
      openHost(
        { backend: backends[language], dispose: async () => Promise.resolve() },
        {
          plugins: [{ manifest: testerManifest(code, capabilities), code }],
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

// Every public function is an action that takes any object.
function testerManifest(code: string, capabilities: readonly string[]): PluginText["manifest"] {
  const names = [...code.matchAll(/^(?:pub fn|function) ([a-z_]+)\(/gmu)].map(([, name = ""]) => name);
  const actions = Object.fromEntries(
    names.map((name) => [name, { description: `Runs ${name}`, parameters: { type: "object" } }]),
  );
  return { name: "tester", description: "Uses the library", capabilities, actions };
}
