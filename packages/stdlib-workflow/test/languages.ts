// One program in both languages, each in a host of its own with a plugin `worker` to call, and equal outcomes.
import { openHost, type ConformanceSubject, type HostSetUp, type TestHost } from "@crucible/conformance";
import { object, type Backend, type Outcome, type Value } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createRuneBackend } from "@crucible/sandbox-rune";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";
import { expect } from "vitest";

export type Texts = Readonly<Record<"lua" | "rune", string>>;

export interface CallerSetUp extends Partial<Omit<HostSetUp, "plugins">> {
  /** Of the plugin that executes workflows. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly use?: (test: TestHost) => Promise<Outcome<Value>>;
}

export interface Languages {
  subject(language: keyof Texts): ConformanceSubject;
  /** Runs the program in both languages, compares what comes out, and returns it. */
  inBoth(code: Texts, setUp?: CallerSetUp): Promise<Outcome<Value>>;
  dispose(): Promise<void>;
}

const worker: Texts = {
  lua: `function double(params) return params.x * 2 end
function flaky(params)
  local tries = (crucible.state.get("tries") or 0) + 1
  crucible.state.set("tries", tries)
  if tries < params.tries then error({ code = "host/network", message = "not yet" }) end
  return tries
end
function fail(params) error({ code = "host/not-found", message = "nothing there" }) end`,
  rune: `pub fn double(params) { params.x * 2 }
pub fn flaky(params) {
    let tries = match crucible::state::get("tries")? { () => 1, before => before + 1 };
    crucible::state::set("tries", tries)?;
    if tries < params.tries {
        return Err(#{ "code": "host/network", "message": "not yet" });
    }
    tries
}
pub fn fail(params) { Err(#{ "code": "host/not-found", "message": "nothing there" }) }`,
};
export const anything = { type: "object" };
const actions = {
  double: { parameters: anything },
  flaky: { parameters: anything },
  fail: { parameters: anything },
  main: { parameters: anything },
};

export function createLanguages(): Languages {
  const pool = createThreadPool({ powers: createNodeThreadPowers(), workers: 3 });
  const backends: Record<keyof Texts, Backend> = { lua: createLuaBackend(pool), rune: createRuneBackend(pool) };
  const subject = (language: keyof Texts): ConformanceSubject => ({
    backend: backends[language],
    dispose: async () => Promise.resolve(),
  });
  return {
    subject,
    async inBoth(code, { manifest, use = runMain, ...setUp } = {}) {
      const outcomes: Outcome<Value>[] = [];
      for (const language of ["lua", "rune"] as const) {
        const { main: _, ...own } = actions;
        const host = await openHost(subject(language), {
          ...setUp,
          plugins: [
            {
              manifest: { name: "worker", description: "Works", capabilities: ["StateManage"], actions: own },
              code: worker[language],
            },
            {
              manifest: {
                name: "caller",
                description: "Calls",
                capabilities: ["PluginInvoke", "StateManage"],
                parameters: anything,
                ...manifest,
              },
              code: code[language],
            },
          ],
        });
        outcomes.push(await use(host));
        await host.dispose();
      }
      const [lua, rune] = outcomes.map(timeless);
      expect(rune).toStrictEqual(lua);
      return outcomes[0] as Outcome<Value>;
    },
    dispose: async () => {
      await backends.lua.dispose();
      await backends.rune.dispose();
      await pool.dispose();
    },
  };
}

function runMain(host: TestHost): Promise<Outcome<Value>> {
  return host.invoke("caller", object([["n", 3]]));
}

// Times differ from run to run: each language looks at the clock as often as its own library does.
function timeless(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, each: unknown) =>
      key === "duration_ms" || key === "details" ? undefined : typeof each === "bigint" ? String(each) : each,
    ),
  );
}
