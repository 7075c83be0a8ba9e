// Whole hosts with plugins in Lua or in Rune, for tests of modules as plugins use them: the same program in every language.
import {
  openHost,
  openTemporaryKiln,
  type ConformanceSubject,
  type HostSetUp,
  type PluginText,
  type TestHost,
} from "@crucible/conformance";
import type { Backend } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createRuneBackend } from "@crucible/sandbox-rune";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";

export const guestLanguages = ["lua", "rune"] as const;
export type GuestLanguage = (typeof guestLanguages)[number];

export interface TesterSetUp extends Partial<Omit<HostSetUp, "plugins">> {
  /** Of the plugin; reading notes and storing state unless said otherwise. */
  readonly capabilities?: readonly string[];
}

export interface GuestHosts {
  /** One language, for hosts of any kind. */
  subject(language: GuestLanguage): ConformanceSubject;
  /** Opens a host whose only plugin, `tester`, has this code; each of its public functions is an action that takes any object. */
  open(language: GuestLanguage, code: string, setUp?: TesterSetUp): Promise<TestHost>;
  dispose(): Promise<void>;
}

/** Starts a pool of threads for both languages. */
export function createGuestHosts(workers = 2): GuestHosts {
  const pool = createThreadPool({ powers: createNodeThreadPowers(), workers });
  const backends: Record<GuestLanguage, Backend> = { lua: createLuaBackend(pool), rune: createRuneBackend(pool) };
  const subject = (language: GuestLanguage): ConformanceSubject => ({
    backend: backends[language],
    openKiln: openTemporaryKiln,
    dispose: async () => Promise.resolve(),
  });
  return {
    subject,
    open: (language, code, { capabilities = ["KilnRead", "StateManage"], ...setUp } = {}) =>
      openHost(subject(language), { ...setUp, plugins: [{ manifest: testerManifest(code, capabilities), code }] }),
    dispose: async () => {
      await backends.lua.dispose();
      await backends.rune.dispose();
      await pool.dispose();
    },
  };
}

function testerManifest(code: string, capabilities: readonly string[]): PluginText["manifest"] {
  const names = [...code.matchAll(/^(?:pub fn|function) ([a-z_]+)\(/gmu)].map(([, name = ""]) => name);
  const actions = Object.fromEntries(
    names.map((name) => [name, { description: `Runs ${name}`, parameters: { type: "object" } }]),
  );
  return { name: "tester", description: "Uses the library", capabilities, actions };
}
