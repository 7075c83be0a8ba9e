// The gate before content that nobody trusted yet: a person who is there is asked, with what it asks for and what changed.
import { fail, succeed, type Outcome } from "@crucible/sandbox";
import { askAboutPlugin, type AskPowers, type RunContext } from "./ask-about-plugin.ts";
import { capabilityTable, type Risk } from "./capability-table.ts";
import type { Refusals } from "./refusals.ts";
import { raisedLimits, type TrustCandidate } from "./trust.ts";
import type { TrustStore } from "./trust-store.ts";

/** A plugin that is about to run and whose content nobody trusted. */
export interface TrustRequest extends RunContext {
  readonly candidate: TrustCandidate;
  readonly version: string;
  /** What the plugin says that it is for. */
  readonly description: string;
}

/** Lets content run that a person agrees to now; `plugin/untrusted` otherwise. Never rejects. */
export type TrustGate = (request: TrustRequest) => Promise<Outcome<void>>;

export function createTrustGate(powers: AskPowers & { readonly trust?: TrustStore }, refusals: Refusals): TrustGate {
  const { trust, record, broker } = powers;
  const ask = async (request: TrustRequest, store: TrustStore): Promise<Outcome<void>> => {
    const { candidate, executionId } = request;
    const assessed = store.assess(candidate);
    if (!assessed.ok) return assessed;
    if (assessed.value.kind === "trusted") return succeed(undefined);
    const { previous } = assessed.value;
    const changes = assessed.value.changes.map(({ text }) => text);
    const result = await askAboutPlugin(
      powers,
      refusals,
      {
        plugin: candidate,
        description: request.description,
        operation: "trust",
        summary: `run from "${candidate.path}" ${previous === undefined ? "for the first time" : "after it was changed"}`,
        impact: impactOf(changes, previous !== undefined),
        risk: riskOf(candidate),
        key: JSON.stringify(["trust", candidate.home, candidate.plugin, candidate.hash]),
        isSettled: () => {
          const again = store.assess(candidate);
          return again.ok && again.value.kind === "trusted";
        },
      },
      request,
    );
    if (result.kind === "settled" && result.allowed) return succeed(undefined);
    if (result.kind !== "approved") return untrusted(candidate, result.kind);
    if (result.choice !== "once") {
      const added = await store.trust(candidate, "content", "prompt");
      if (!added.ok) return added;
      await record({ kind: "trust", executionId, candidate, version: request.version, changes, by: result.by });
    }
    // Trusting a plugin is agreeing to its limits.
    const plugin = { plugin: candidate.plugin, home: candidate.home };
    for (const change of raisedLimits(candidate.limits))
      await record({ kind: "limit", executionId, plugin, change, by: result.by });
    broker.recheck();
    return succeed(undefined);
  };
  return async (request) => {
    if (trust === undefined) return untrusted(request.candidate, "unattended");
    try {
      return await ask(request, trust);
    } catch (error) {
      return untrusted(request.candidate, error instanceof Error ? error.message : String(error));
    }
  };
}

function untrusted({ plugin }: TrustCandidate, reason: string): Outcome<never> {
  return fail("plugin/untrusted", `Cannot run "${plugin}": its content is not trusted (${reason})`, { plugin });
}

function impactOf(changes: readonly string[], isKnown: boolean): string {
  if (changes.length > 0) return `${isKnown ? "New: " : ""}${changes.join("; ")}`;
  return isKnown ? "It asks for nothing new; what it does with it changed" : "It asks for nothing but to run";
}

const risks: readonly Risk[] = ["low", "medium", "high", "critical"];

/** The highest of all that it asks for. */
function riskOf({ claims }: TrustCandidate): Risk {
  const found = claims.map(({ name }) => risks.indexOf(capabilityTable[name].risk));
  return risks[Math.max(0, ...found)] ?? "critical";
}
