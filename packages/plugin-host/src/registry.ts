// The registry: an immutable picture of all plugins, made anew by each scan. A root invocation captures one registry and its
// nested calls resolve in it, so that a reload never mixes generations.
import type { PluginIdentity } from "@crucible/capabilities";
import type { Outcome } from "@crucible/sandbox";
import { fail, succeed } from "@crucible/sandbox";
import { suggest } from "@crucible/manifest";
import semver from "semver";
import type { BrokenPlugin, Discovery, FoundPlugin } from "./discover.ts";
import { scopeRank } from "./plugin-root.ts";

export interface Registry {
  /** Counts the scans of this host. */
  readonly generation: number;
  /** The plugins that names resolve to, sorted by name. */
  readonly active: readonly FoundPlugin[];
  /** Every valid plugin: losers and older versions too. */
  readonly all: readonly FoundPlugin[];
  readonly broken: readonly BrokenPlugin[];
  readonly overrides: readonly Override[];
  /**
   * Finds a plugin by `name`, `namespace/name`, either with `@range`.
   *
   * Scope decides before version; within a scope the highest version wins. With a range the first scope, from the winner
   * down, that has a satisfying version.
   *
   * @returns `plugin/not-found` with exactly the text of scenario PR-03.2, or `plugin/invalid` when it is there but broken
   */
  find(reference: string): Outcome<FoundPlugin>;
  /** Versions of one plugin, the resolved one first. */
  versions(name: string): readonly FoundPlugin[];
  /** What a dependency of this name can mean, the best first; a namespaced plugin has its plain name here as well. */
  candidates(name: string): readonly FoundPlugin[];
  /** All names that dependencies can have. */
  names(): readonly string[];
}

/** One plugin stands before another of the same name. */
export interface Override {
  readonly winner: FoundPlugin;
  readonly loser: FoundPlugin;
  readonly reason: "scope" | "lock" | "version" | "path";
}

/** Builds a registry. Depends on the set of found plugins alone, not on their order. */
export function createRegistry(generation: number, discovery: Discovery): Registry {
  const byName = new Map<string, FoundPlugin[]>();
  for (const plugin of [...discovery.found].sort(compareCandidates)) {
    for (const name of namesOf(plugin)) {
      const same = byName.get(name);
      if (same === undefined) byName.set(name, [plugin]);
      else same.push(plugin);
    }
  }
  const byPlainName = new Map<string, FoundPlugin[]>();
  for (const candidates of byName.values()) {
    for (const plugin of candidates) {
      const same = byPlainName.get(plugin.manifest.name);
      if (same === undefined) byPlainName.set(plugin.manifest.name, [plugin]);
      else if (!same.includes(plugin)) same.push(plugin);
    }
  }
  for (const candidates of byPlainName.values()) candidates.sort(compareCandidates);
  const active = new Set<FoundPlugin>();
  const overrides: Override[] = [];
  for (const [name, candidates] of byName) {
    const winner = candidates[0];
    if (winner === undefined || name !== qualifiedName(winner)) continue;
    active.add(winner);
    for (const loser of candidates.slice(1)) {
      if (qualifiedName(loser) === name) overrides.push({ winner, loser, reason: reasonOf(winner, loser) });
    }
  }
  return {
    generation,
    active: [...active].sort((a, b) => compareText(qualifiedName(a), qualifiedName(b))),
    all: discovery.found,
    broken: discovery.broken,
    overrides,
    find: (reference) => {
      const { name, range } = splitReference(reference);
      if (range !== undefined && semver.validRange(range) === null) {
        return fail("host/invalid-argument", `Cannot find "${reference}": "${range}" is no version range`);
      }
      const candidates = byName.get(name) ?? [];
      const chosen =
        range === undefined
          ? candidates[0]
          : candidates.find(({ manifest }) => semver.satisfies(manifest.version, range));
      if (chosen !== undefined) return succeed(chosen);
      const wrong = discovery.broken.find((broken) => broken.name === name || broken.path.endsWith(`/${name}`));
      if (candidates.length === 0 && wrong !== undefined) {
        // What is wrong with code or dependencies has its own code; what is no manifest is no plugin.
        if (!wrong.error.code.startsWith("manifest/"))
          return { ok: false, error: { ...wrong.error, details: { plugin: wrong.name, ...wrong.error.details } } };
        return fail("plugin/invalid", `Cannot use plugin "${name}": ${wrong.error.message}`, {
          ...wrong.error.details,
          hint: `Run cru plugins validate ${wrong.path}`,
        });
      }
      const versions = candidates.map(({ manifest }) => manifest.version);
      const meant = versions.length === 0 ? suggest(name, byName.keys()) : undefined;
      const hint =
        versions.length > 0
          ? `Installed versions: ${versions.join(", ")}`
          : meant === undefined
            ? undefined
            : `Did you mean "${meant}"?`;
      return fail("plugin/not-found", `Plugin not found: ${reference}`, hint === undefined ? {} : { hint });
    },
    versions: (name) => byName.get(name) ?? [],
    candidates: (name) => byPlainName.get(name) ?? [],
    names: () => [...byPlainName.keys()].sort(),
  };
}

/** What grants, trust and quarantine know a plugin by: namesakes of other namespaces and kilns are others. */
export function identityOf(plugin: FoundPlugin): PluginIdentity {
  return { plugin: qualifiedName(plugin), home: plugin.root.home };
}

/** The name under which it is invoked: `namespace/name` where it has a namespace. */
export function qualifiedName({ manifest }: FoundPlugin): string {
  return manifest.namespace === undefined ? manifest.name : `${manifest.namespace}/${manifest.name}`;
}

// A plugin without a namespace that lies at `<root>/community/slack` answers to `community/slack` as well.
function namesOf(plugin: FoundPlugin): readonly string[] {
  const own = qualifiedName(plugin);
  if (plugin.manifest.namespace !== undefined) return [own];
  const parts = plugin.path
    .slice(plugin.root.path.length)
    .split(/[/\\]/)
    .filter((part) => part !== "");
  return parts.length === 2 ? [own, `${parts[0]}/${plugin.manifest.name}`] : [own];
}

function splitReference(reference: string): { readonly name: string; readonly range: string | undefined } {
  const at = reference.indexOf("@");
  return at < 0
    ? { name: reference, range: undefined }
    : { name: reference.slice(0, at), range: reference.slice(at + 1) };
}

// The best first: scope, then what is locked, then version, then path, so that the result is the same on every machine.
function compareCandidates(a: FoundPlugin, b: FoundPlugin): number {
  return (
    scopeRank(b.root.scope) - scopeRank(a.root.scope) ||
    Number(b.locked ?? false) - Number(a.locked ?? false) ||
    semver.rcompare(a.manifest.version, b.manifest.version) ||
    compareText(a.path, b.path)
  );
}

function reasonOf(winner: FoundPlugin, loser: FoundPlugin): Override["reason"] {
  if (winner.root.scope !== loser.root.scope) return "scope";
  if (winner.locked !== loser.locked) return "lock";
  return winner.manifest.version === loser.manifest.version ? "path" : "version";
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
