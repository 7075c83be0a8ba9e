// Whether the content of a plugin may run: by its hash, or as the user's own edit that asks for nothing more.
// Pure; the records are kept by trust-store.ts.
import { defaultLimits, limitTable, limitNames, type LimitName, type Limits } from "@crucible/sandbox";
import { capabilityTable } from "./capability-table.ts";
import type { PluginIdentity } from "./grant.ts";
import { formatScope, scopeIncludes, type CapabilityClaim } from "./scope.ts";

/** What a plugin asks for: the part of its manifest that a person trusts. */
export interface PluginDemands {
  readonly claims: readonly CapabilityClaim[];
  /** Name to semver range. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Limits that the manifest sets. */
  readonly limits: Partial<Limits>;
}

/** A plugin as it was found. */
export interface TrustCandidate extends PluginIdentity, PluginDemands {
  /** Absolute path of its file or folder. */
  readonly path: string;
  /** Hash over everything that can change what it does. */
  readonly hash: string;
}

/** One recorded trust. */
export interface TrustRecord extends TrustCandidate {
  readonly id: string;
  /** `content`: exactly this hash. `author`: the user's own edits at this path, as long as the demands do not grow. */
  readonly mode: "content" | "author";
  readonly origin: "prompt" | "command" | "install";
  /** Unix milliseconds. */
  readonly created: number;
}

/** One thing that changed since the plugin was last trusted, in words for a person. */
export interface DemandChange {
  readonly kind: "capability" | "dependency" | "limit";
  /** `more` asks for something new, `less` gives something up. */
  readonly direction: "more" | "less";
  readonly text: string;
}

/** The answer, with what a person needs to know to decide. */
export type TrustAssessment =
  | { readonly kind: "trusted"; readonly record: TrustRecord }
  | {
      readonly kind: "untrusted";
      /** The newest record for this plugin, where there is one. */
      readonly previous?: TrustRecord;
      /** What changed since then; without a previous record, all demands. */
      readonly changes: readonly DemandChange[];
    };

/** Assesses a plugin against the records. Cost: linear in the records of this plugin. */
export function assessTrust(records: readonly TrustRecord[], candidate: TrustCandidate): TrustAssessment {
  const own = records.filter(({ plugin, home }) => plugin === candidate.plugin && home === candidate.home);
  const exact = own.find((record) => record.hash === candidate.hash && record.mode === "content");
  if (exact !== undefined) return { kind: "trusted", record: exact };
  const author = own.find(
    (record) =>
      record.mode === "author" &&
      record.path === candidate.path &&
      compareDemands(record, candidate).every((change) => change.direction === "less"),
  );
  if (author !== undefined) return { kind: "trusted", record: author };
  const previous = own.toSorted((left, right) => right.created - left.created)[0];
  const changes = compareDemands(previous ?? nothing, candidate);
  return previous === undefined ? { kind: "untrusted", changes } : { kind: "untrusted", previous, changes };
}

/** What differs between two sets of demands, what is more first. Empty: nothing that a person decides about changed. */
export function compareDemands(before: PluginDemands, after: PluginDemands): readonly DemandChange[] {
  const changes: DemandChange[] = [];
  const note = (kind: DemandChange["kind"], direction: DemandChange["direction"], text: string): void => {
    changes.push({ kind, direction, text });
  };
  for (const claim of after.claims)
    if (!covers(before.claims, claim))
      note("capability", "more", `${claim.name} (${formatScope(claim.scope)}): ${capabilityTable[claim.name].summary}`);
  for (const claim of before.claims)
    if (!covers(after.claims, claim))
      note("capability", "less", `no longer ${claim.name} (${formatScope(claim.scope)})`);
  for (const name of new Set([...Object.keys(before.dependencies), ...Object.keys(after.dependencies)])) {
    const [old, now] = [valueAt(before.dependencies, name), valueAt(after.dependencies, name)];
    if (old === now) continue;
    if (now === undefined) note("dependency", "less", `no longer calls ${name}`);
    else
      note("dependency", "more", old === undefined ? `calls ${name} ${now}` : `calls ${name} ${now} instead of ${old}`);
  }
  for (const name of limitNames) {
    const [old, now] = [effectiveLimit(before, name), effectiveLimit(after, name)];
    // Below the default a limit is nobody's concern but the author's.
    if (now > old && now > (limitTable[name].default ?? 0))
      note("limit", "more", `${name} ${now} instead of ${old} ${limitTable[name].unit}`);
    else if (now < old && old > (limitTable[name].default ?? 0))
      note("limit", "less", `${name} ${now} instead of ${old} ${limitTable[name].unit}`);
  }
  return changes.toSorted((left, right) =>
    left.direction === right.direction ? 0 : left.direction === "more" ? -1 : 1,
  );
}

/** A limit that a manifest sets above its default. */
export interface RaisedLimit {
  readonly name: LimitName;
  readonly from: number;
  readonly to: number;
}

/** Limits that are above what holds where nothing is said, and so need a person's approval. */
export function raisedLimits(limits: Partial<Limits>, usual: Limits = defaultLimits): readonly RaisedLimit[] {
  return limitNames.flatMap((name) => {
    const [from, to] = [usual[name], limits[name]];
    return from !== undefined && to !== undefined && to > from ? [{ name, from, to }] : [];
  });
}

const nothing: PluginDemands = { claims: [], dependencies: {}, limits: {} };

function covers(claims: readonly CapabilityClaim[], claim: CapabilityClaim): boolean {
  return claims.some(({ name, scope }) => name === claim.name && scopeIncludes(name, scope, claim.scope));
}

function valueAt(record: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** A limit that is not set is its default; one that is not metered has no number and so never changes. */
function effectiveLimit(demands: PluginDemands, name: LimitName): number {
  return limitTable[name].default === null ? 0 : (demands.limits[name] ?? limitTable[name].default ?? 0);
}
