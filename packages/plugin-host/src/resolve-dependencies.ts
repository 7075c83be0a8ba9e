// Chooses a version for everything that a plugin depends on. Plugins stand side by side: each importer has the version that
// its range asks for. Libraries are linked into one guest, so that an importer has one version of each: the best ones that
// fit together, by a search with backtracking.
import type { Outcome } from "@crucible/sandbox";
import { fail, succeed } from "@crucible/sandbox";
import { suggest } from "@crucible/manifest";
import semver from "semver";
import type { FoundPlugin } from "./discover.ts";
import type { Registry } from "./registry.ts";

/** Where versions come from: those of one name, the best first. */
export type Candidates = Pick<Registry, "candidates" | "names">;

/** The chosen dependencies of one plugin. */
export interface Resolution {
  /** Called in their own instances, by the name of the manifest. */
  readonly plugins: ReadonlyMap<string, FoundPlugin>;
  /** Linked into the plugin's guest; each comes after the libraries that it needs. */
  readonly libraries: readonly FoundPlugin[];
}

/** One range that somebody asks for. */
export interface Requirement {
  readonly by: FoundPlugin;
  readonly name: string;
  readonly range: string;
  /** From the importer to `by`. */
  readonly path: readonly FoundPlugin[];
}

const maxSteps = 20_000;
const maxExplained = 18;

/**
 * Resolves the dependencies of a plugin or library.
 *
 * The direct ones get the best versions that any solution has, compared in the order of their names.
 *
 * @returns `plugin/dependency-missing` with a suggestion, `plugin/dependency-conflict` with the smallest set of ranges that
 * cannot be met together, `plugin/dependency-cycle` with the path; each with `details.path`
 */
export function resolveDependencies(plugin: FoundPlugin, candidates: Candidates): Outcome<Resolution> {
  if (Object.keys(plugin.manifest.dependencies).length === 0)
    return succeed({ plugins: new Map<string, FoundPlugin>(), libraries: [] });
  const searched = search(plugin, candidates, () => true);
  if (searched.kind === "exhausted")
    return fail(
      "plugin/dependency-conflict",
      `Cannot resolve "${plugin.manifest.name}": its libraries have too many versions to try them all`,
    );
  if (searched.kind === "none") return explain(plugin, candidates);
  const plugins = new Map<string, FoundPlugin>();
  for (const [name, chosen] of searched.chosen) if (chosen.manifest.kind !== "library") plugins.set(name, chosen);
  const libraries = orderLibraries(plugin, searched.chosen);
  return libraries.ok ? succeed({ plugins, libraries: libraries.value }) : libraries;
}

/** A cycle of plugins that import each other, from the least name on and back to it; nothing where there is none. */
export function findCycle(
  plugin: FoundPlugin,
  dependenciesOf: (plugin: FoundPlugin) => Iterable<FoundPlugin>,
): readonly FoundPlugin[] | undefined {
  const path: FoundPlugin[] = [];
  const done = new Set<FoundPlugin>();
  const visit = (current: FoundPlugin): readonly FoundPlugin[] | undefined => {
    const at = path.indexOf(current);
    if (at >= 0) return [...path.slice(at), current];
    if (done.has(current)) return undefined;
    path.push(current);
    for (const next of dependenciesOf(current)) {
      const cycle = visit(next);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    done.add(current);
    return undefined;
  };
  return visit(plugin);
}

type Search =
  | { readonly kind: "found"; readonly chosen: ReadonlyMap<string, FoundPlugin> }
  | { readonly kind: "none" }
  | { readonly kind: "exhausted" };

function search(
  importer: FoundPlugin,
  { candidates }: Candidates,
  counts: (requirement: Requirement) => boolean,
): Search {
  let steps = 0;
  const visit = (
    queue: readonly Requirement[],
    chosen: ReadonlyMap<string, FoundPlugin>,
  ): ReadonlyMap<string, FoundPlugin> | "none" | "exhausted" => {
    if (++steps > maxSteps) return "exhausted";
    const [next, ...rest] = queue;
    if (next === undefined) return chosen;
    const known = chosen.get(next.name);
    if (known !== undefined) return fits(next, known, importer) ? visit(rest, chosen) : "none";
    for (const candidate of candidates(next.name)) {
      if (!fits(next, candidate, importer)) continue;
      const more = candidate.manifest.kind === "library" ? requirementsOf(candidate, next.path).filter(counts) : [];
      const found = visit([...rest, ...more], new Map([...chosen, [next.name, candidate]]));
      if (found !== "none") return found;
    }
    return "none";
  };
  const found = visit(requirementsOf(importer, []).filter(counts), new Map());
  return typeof found === "string" ? { kind: found } : { kind: "found", chosen: found };
}

function requirementsOf(by: FoundPlugin, before: readonly FoundPlugin[]): readonly Requirement[] {
  return Object.entries(by.manifest.dependencies)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, range]) => ({ by, name, range, path: [...before, by] }));
}

// A library cannot reach plugins, which would be authority; and it speaks its importer's language.
function fits({ by, range }: Requirement, candidate: FoundPlugin, importer: FoundPlugin): boolean {
  if (!semver.satisfies(candidate.manifest.version, range)) return false;
  if (candidate.manifest.kind !== "library") return by.manifest.kind !== "library";
  return candidate.manifest.language === importer.manifest.language;
}

function orderLibraries(
  importer: FoundPlugin,
  chosen: ReadonlyMap<string, FoundPlugin>,
): Outcome<readonly FoundPlugin[]> {
  const librariesOf = (plugin: FoundPlugin): readonly FoundPlugin[] =>
    Object.keys(plugin.manifest.dependencies).flatMap((name) => {
      const found = chosen.get(name);
      return found?.manifest.kind === "library" ? [found] : [];
    });
  const cycle = findCycle(importer, librariesOf);
  if (cycle !== undefined) return cycleError(importer, cycle);
  const ordered = new Set<FoundPlugin>();
  const visit = (plugin: FoundPlugin): void => {
    for (const library of librariesOf(plugin)) if (!ordered.has(library)) visit(library);
    ordered.add(plugin);
  };
  visit(importer);
  ordered.delete(importer);
  return succeed([...ordered]);
}

/** The error for a cycle, with the whole path. */
export function cycleError(plugin: FoundPlugin, cycle: readonly FoundPlugin[]): ReturnType<typeof fail> {
  const path = cycle.map(({ manifest }) => manifest.name);
  return fail(
    "plugin/dependency-cycle",
    `Cannot load "${plugin.manifest.name}": plugins depend on each other: ${path.join(" → ")}`,
    { path },
  );
}

// Every requirement that any choice could bring with it.
function allRequirements(importer: FoundPlugin, { candidates }: Candidates): readonly Requirement[] {
  const all: Requirement[] = [];
  const seen = new Set<FoundPlugin>([importer]);
  const pending = [...requirementsOf(importer, [])];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    all.push(next);
    for (const candidate of candidates(next.name)) {
      if (candidate.manifest.kind !== "library" || seen.has(candidate) || !fits(next, candidate, importer)) continue;
      seen.add(candidate);
      pending.push(...requirementsOf(candidate, next.path));
    }
  }
  return all;
}

function explain(importer: FoundPlugin, candidates: Candidates): Outcome<never> {
  const conflict = smallestConflict(importer, candidates, allRequirements(importer, candidates));
  const [only] = conflict;
  const subject = `Cannot load "${importer.manifest.name}"`;
  if (conflict.length === 1 && only !== undefined) {
    const versions = candidates.candidates(only.name);
    const path = [...only.path.map(({ manifest }) => manifest.name), only.name];
    if (versions.length === 0) {
      const meant = suggest(only.name, candidates.names());
      return fail(
        "plugin/dependency-missing",
        `${subject}: dependency "${only.name}" (${only.range}) of ${path.slice(0, -1).join(" → ")} is not installed`,
        {
          path,
          hint:
            meant === undefined
              ? `Install it with cru plugins install FILE, or remove it from dependencies`
              : `Did you mean "${meant}"?`,
        },
      );
    }
    const suitable = versions.filter(({ manifest }) => semver.satisfies(manifest.version, only.range));
    const [wrong] = suitable;
    if (wrong !== undefined) {
      const reason =
        wrong.manifest.kind === "library"
          ? `it is a ${wrong.manifest.language} library, "${importer.manifest.name}" is ${importer.manifest.language}`
          : `a library cannot depend on a plugin`;
      return fail(
        "plugin/dependency-conflict",
        `${subject}: ${path.slice(0, -1).join(" → ")} cannot import "${only.name}": ${reason}`,
        { path },
      );
    }
    return fail(
      "plugin/dependency-conflict",
      `${subject}: ${path.slice(0, -1).join(" → ")} needs "${only.name}" ${only.range}, installed are ${listVersions(versions)}`,
      { path },
    );
  }
  const needs = conflict.map(
    ({ path, name, range }) => `${path.map(({ manifest }) => manifest.name).join(" → ")} needs "${name}" ${range}`,
  );
  const names = [...new Set(conflict.map(({ name }) => name))];
  const installed = names.map((name) => `"${name}" ${listVersions(candidates.candidates(name))}`);
  return fail(
    "plugin/dependency-conflict",
    `${subject}: no versions fit together: ${needs.join("; ")}. Installed are ${installed.join("; ")}`,
    {
      path: [...(conflict[0]?.path ?? []).map(({ manifest }) => manifest.name), conflict[0]?.name ?? ""],
      conflict: conflict.map(({ by, name, range }) => ({
        by: `${by.manifest.name}@${by.manifest.version}`,
        name,
        range,
      })),
    },
  );
}

/** A set of requirements that cannot be met, of the least size; with many requirements one that no part of can be left out. */
function smallestConflict(
  importer: FoundPlugin,
  candidates: Candidates,
  all: readonly Requirement[],
): readonly Requirement[] {
  const keys = new Map(all.map((each) => [keyOf(each), each] as const));
  const unmet = (kept: ReadonlySet<string>): boolean =>
    search(importer, candidates, (each) => kept.has(keyOf(each))).kind === "none";
  const names = [...keys.keys()];
  // Leaving out one after the other bounds the size; smaller sets are then looked for.
  let core = new Set(names);
  for (const key of names.toReversed()) {
    const without = new Set(core);
    without.delete(key);
    if (unmet(without)) core = without;
  }
  if (names.length <= maxExplained) {
    for (let size = 1; size < core.size; size++) {
      const smaller = combinations(names, size).find((set) => unmet(new Set(set)));
      if (smaller !== undefined) {
        core = new Set(smaller);
        break;
      }
    }
  }
  return [...core].flatMap((key) => keys.get(key) ?? []);
}

function combinations(of: readonly string[], size: number): readonly (readonly string[])[] {
  if (size === 0) return [[]];
  return of.flatMap((first, index) => combinations(of.slice(index + 1), size - 1).map((rest) => [first, ...rest]));
}

function keyOf({ by, name }: Requirement): string {
  return `${by.path} ${by.manifest.name} ${by.manifest.version} ${name}`;
}

function listVersions(found: readonly FoundPlugin[]): string {
  return found.length === 0 ? "none" : found.map(({ manifest }) => manifest.version).join(", ");
}
