// One program in both languages, each in a host of its own with a plugin `worker` to call, and equal outcomes.
import { openHost, type HostSetUp, type TestHost } from "@crucible/conformance";
import { object, type Outcome, type Value } from "@crucible/sandbox";
import { expect } from "vitest";
import { createGuestHosts, guestLanguages, type GuestHosts, type GuestLanguage } from "../../../tooling/guest-hosts.ts";

export type Texts = Readonly<Record<GuestLanguage, string>>;

export interface CallerSetUp extends Partial<Omit<HostSetUp, "plugins">> {
  /** Of the plugin that executes workflows. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly use?: (test: TestHost) => Promise<Outcome<Value>>;
}

export interface Languages extends Pick<GuestHosts, "subject" | "dispose"> {
  /** Runs the program in both languages, compares what comes out, and returns it. */
  inBoth(code: Texts, setUp?: CallerSetUp): Promise<Outcome<Value>>;
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
  const { subject, dispose } = createGuestHosts(3);
  return {
    subject,
    async inBoth(code, { manifest, use = runMain, ...setUp } = {}) {
      const outcomes: Outcome<Value>[] = [];
      for (const language of guestLanguages) {
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
    dispose,
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
