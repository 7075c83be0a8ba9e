// The gate before limits above the defaults: what was agreed to passes, anything more is asked once and recorded.
import { fail, limitTable, succeed, type Outcome } from "@crucible/sandbox";
import { askAboutPlugin, type AskPowers, type RunContext } from "./ask-about-plugin.ts";
import type { AuthorityEvent, AuthorityPowers } from "./authority.ts";
import type { PluginIdentity } from "./grant.ts";
import { quoteWord } from "./prompt-text.ts";
import type { Refusals } from "./refusals.ts";
import type { RaisedLimit } from "./trust.ts";

/** A plugin that is about to run with limits above the defaults. */
export interface RaiseRequest extends RunContext {
  readonly plugin: PluginIdentity;
  /** What the plugin says that it is for. */
  readonly description: string;
  readonly raised: readonly RaisedLimit[];
}

/** Decides at once where nobody has to be asked. Never rejects. */
export type LimitGate = (request: RaiseRequest) => Outcome<void> | Promise<Outcome<void>>;

export function createLimitGate(powers: AskPowers & Pick<AuthorityPowers, "limits">, refusals: Refusals): LimitGate {
  const { limits, broker, record } = powers;
  /** What of the request nobody agreed to yet. */
  const openOf = ({ plugin, raised }: RaiseRequest): Outcome<readonly RaisedLimit[]> => {
    const agreed = limits.agreed(plugin);
    return agreed.ok ? succeed(raised.filter(({ name, to }) => to > (agreed.value[name] ?? 0))) : agreed;
  };

  const ask = async (request: RaiseRequest, open: readonly RaisedLimit[]): Promise<Outcome<void>> => {
    const { plugin, executionId } = request;
    const result = await askAboutPlugin(
      powers,
      refusals,
      {
        plugin,
        description: request.description,
        operation: "limits",
        summary: `run with ${describe(open)}`,
        impact: "It can use more of this machine's time and memory than others, and do more in one run",
        risk: "medium",
        key: JSON.stringify(["limits", plugin.home, plugin.plugin, open]),
        isSettled: () => {
          const again = openOf(request);
          return again.ok && again.value.length === 0;
        },
      },
      request,
    );
    if (result.kind === "settled" && result.allowed) return succeed(undefined);
    if (result.kind !== "approved") return refuse(request, open, result.kind);
    if (result.choice !== "once") {
      const added = await limits.add({
        plugin: plugin.plugin,
        home: plugin.home,
        limits: Object.fromEntries(request.raised.map(({ name, to }) => [name, to])),
        origin: "prompt",
      });
      if (!added.ok) return added;
    }
    for (const change of open) {
      const event: AuthorityEvent = {
        kind: "limit",
        executionId,
        plugin: { plugin: plugin.plugin, home: plugin.home },
        change,
        by: result.by,
      };
      await record(event);
    }
    if (result.choice !== "once") broker.recheck();
    return succeed(undefined);
  };

  return (request) => {
    const open = openOf(request);
    if (!open.ok) return open;
    if (open.value.length === 0) return succeed(undefined);
    return ask(request, open.value).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      return fail(
        "capability/denied",
        `Cannot run "${request.plugin.plugin}": its limits could not be decided or recorded: ${message}`,
        { plugin: request.plugin.plugin },
      );
    });
  };
}

function refuse({ plugin }: RaiseRequest, open: readonly RaisedLimit[], reason: string): Outcome<never> {
  const words = ["cru", "plugins", "grants", "allow", plugin.plugin, ...open.map(({ name, to }) => `${name}=${to}`)];
  const command = words.map(quoteWord).join(" ");
  const message = `Cannot run "${plugin.plugin}": nobody agreed to ${describe(open)}`;
  return fail(
    "capability/denied",
    reason === "unattended" ? `${message}, and nobody is there to ask. To permit it: ${command}` : message,
    { plugin: plugin.plugin, hint: `To permit it: ${command}` },
  );
}

function describe(open: readonly RaisedLimit[]): string {
  return open.map(({ name, from, to }) => `${name} ${to} instead of ${from} ${limitTable[name].unit}`).join(", ");
}
