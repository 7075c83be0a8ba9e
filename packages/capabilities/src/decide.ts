// The decision: may this chain of plugins do this now? Pure, total, deny beats allow. Asking a person, recording and
// telling are left to authority.ts.
import type { CapabilityName } from "@crucible/sandbox";
import { capabilityTable, protectedFolders } from "./capability-table.ts";
import { samePlugin, type Grant, type GrantQuery, type PluginIdentity } from "./grant.ts";
import type { GrantLookup } from "./grant-index.ts";
import { scopeCovers, valuesOf, type CapabilityClaim } from "./scope.ts";

/** One plugin of a call chain, with what its manifest declares. */
export interface Principal extends PluginIdentity {
  readonly claims: readonly CapabilityClaim[];
}

/** The question. `target` is resolved: what a path or name means was settled before. */
export type AuthorityQuery = GrantQuery;

/** The answer. Grant ids say which records it rests on. */
export type Decision =
  | { readonly kind: "allow"; readonly reason: "by-default" | "granted"; readonly grants: readonly string[] }
  | {
      readonly kind: "ask";
      readonly reason: "first-use" | "each-time" | "on-behalf";
      /** Whether the answer may be remembered for the session or for ever. */
      readonly remember: boolean;
      /** Callers that lack what is asked for; the answer counts for these pairs only. */
      readonly onBehalfOf: readonly PluginIdentity[];
      /** What is asked: the capability itself, or the one through which it is declared. */
      readonly through: CapabilityName;
    }
  | {
      readonly kind: "deny";
      readonly code: "capability/denied" | "capability/escalation";
      readonly reason: "undeclared" | "outside-scope" | "denied" | "protected" | "no-principal";
      /** Recorded denial that decided, where one did. */
      readonly grants: readonly string[];
    };

/**
 * Decides whether the last plugin of `chain` may do what `query` says, for those before it.
 *
 * In this order: protected places are refused to everybody; what the callee's manifest does not declare is an
 * escalation; a recorded denial of any plugin of the chain wins as soon as the request could touch a part of what is
 * denied; `Unsafe` is asked each time; each caller has to have what the callee uses, or the user has agreed for that pair;
 * the callee itself has it by default or by a grant.
 *
 * @param chain from the first caller to the plugin that makes the call; never empty in practice, an empty one is denied
 * Cost: a few map lookups per plugin of the chain, whatever the number of grants
 *
 * Spec: Capability-Based Security
 */
export function decide(chain: readonly Principal[], grants: GrantLookup, query: AuthorityQuery): Decision {
  const callee = chain.at(-1);
  if (callee === undefined) return deny("capability/denied", "no-principal");
  if (isProtected(query)) return deny("capability/denied", "protected");

  const claim = findClaim(callee, query);
  if (claim === undefined) {
    const named = callee.claims.some(({ name }) => name === query.capability);
    return deny("capability/escalation", named ? "outside-scope" : "undeclared");
  }
  const denial = findDenial(chain, callee, grants, query) ?? findDenial(chain, callee, grants, queryOf(claim, query));
  if (denial !== undefined) return deny("capability/denied", "denied", [denial.id]);

  const entry = capabilityTable[claim.name];
  const callers = entry.delegation === "own" ? [] : callersOf(chain, callee);
  if (entry.asks === "each-time") {
    const lacking = callers.filter((caller) => standing(caller, grants, query) === undefined);
    return { kind: "ask", reason: "each-time", remember: false, onBehalfOf: lacking, through: claim.name };
  }

  const restsOn: string[] = [];
  const lacking: PluginIdentity[] = [];
  let agreedForPair = false;
  for (const caller of callers) {
    if (standing(caller, grants, query) !== undefined) continue;
    const pair = grants.find("allow", callee, query, caller);
    if (pair === undefined) lacking.push(caller);
    else {
      agreedForPair = true;
      restsOn.push(pair.id);
    }
  }
  if (lacking.length > 0)
    return { kind: "ask", reason: "on-behalf", remember: true, onBehalfOf: lacking, through: claim.name };

  const own = standing(callee, grants, query);
  if (own === undefined && !agreedForPair)
    return { kind: "ask", reason: "first-use", remember: true, onBehalfOf: [], through: claim.name };
  if (own !== undefined && own !== "by-default") restsOn.push(own);
  return { kind: "allow", reason: restsOn.length > 0 ? "granted" : "by-default", grants: restsOn };
}

/**
 * How the manifest declares what is asked: directly, or through a capability that implies it. The direct claim is
 * preferred, because it is asked once.
 */
function findClaim(principal: Principal, query: AuthorityQuery): CapabilityClaim | undefined {
  let through: CapabilityClaim | undefined;
  for (const claim of principal.claims) {
    if (claim.name === query.capability) {
      if (scopeCovers(claim.name, claim.scope, query.target)) return claim;
    } else if (capabilityTable[claim.name].implies.includes(query.capability)) {
      through ??= claim;
    }
  }
  return through;
}

/** A recorded denial of any plugin of the chain, or of the callee's work for one of its callers. */
function findDenial(
  chain: readonly Principal[],
  callee: Principal,
  grants: GrantLookup,
  query: AuthorityQuery | undefined,
): Grant | undefined {
  if (query === undefined) return undefined;
  for (const principal of chain) {
    const denial = grants.find("deny", principal, query);
    if (denial !== undefined) return denial;
  }
  for (const caller of callersOf(chain, callee)) {
    const denial = grants.find("deny", callee, query, caller);
    if (denial !== undefined) return denial;
  }
  return undefined;
}

/** The question about the capability through which something is had: who is denied `Unsafe` has nothing by it. */
function queryOf({ name }: CapabilityClaim, query: AuthorityQuery): AuthorityQuery | undefined {
  return name === query.capability ? undefined : { ...query, capability: name, target: {} };
}

/** Why a plugin may do it for itself: `by-default`, the id of a grant, or not at all. */
function standing(principal: Principal, grants: GrantLookup, query: AuthorityQuery): string | undefined {
  const claim = findClaim(principal, query);
  if (claim === undefined) return undefined;
  const entry = capabilityTable[claim.name];
  if (entry.asks === "each-time") return undefined;
  return entry.byDefault === "allow" ? "by-default" : grants.find("allow", principal, query)?.id;
}

/** The plugins above the callee, without the callee itself where it calls itself through others. */
function callersOf(chain: readonly Principal[], callee: Principal): readonly Principal[] {
  return chain.slice(0, -1).filter((caller) => !samePlugin(caller, callee));
}

function isProtected(query: AuthorityQuery): boolean {
  if (query.capability !== "KilnWrite" && query.capability !== "FsWrite") return false;
  const values = valuesOf(query.target, query.capability === "KilnWrite" ? "folders" : "paths");
  return values.some((value) => value.split("/").some((part) => protectedFolders.includes(plainName(part))));
}

/** A name as the most forgiving file system sees it: no case, no invisible characters, no trailing dots and spaces. */
function plainName(part: string): string {
  const visible = part.normalize("NFKC").replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, "");
  return visible.replace(/[. ]+$/, "").toLowerCase();
}

function deny(
  code: "capability/denied" | "capability/escalation",
  reason: Extract<Decision, { kind: "deny" }>["reason"],
  grants: readonly string[] = [],
): Decision {
  return { kind: "deny", code, reason, grants };
}
