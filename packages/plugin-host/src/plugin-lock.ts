// The lock: which versions and contents a kiln was made to work with. With it, ranges mean these, and other bytes are refused.
import type { ErrorValue, Outcome } from "@crucible/sandbox";
import { fail, succeed } from "@crucible/sandbox";
import type { BrokenPlugin, Discovery, FoundPlugin } from "./discover.ts";
import type { Registry } from "./registry.ts";
import { qualifiedName } from "./registry.ts";
import { resolveDependencies } from "./resolve-dependencies.ts";

/** The content of a lock file. */
export interface PluginLock {
  readonly format: "crucible-lock/1";
  /** Sorted by name, then version. */
  readonly plugins: readonly LockedPlugin[];
}

export interface LockedPlugin {
  /** `namespace/name` where it has a namespace. */
  readonly name: string;
  readonly version: string;
  readonly scope: string;
  /** SHA-256 over everything that can change what it does. */
  readonly hash: string;
  /** Name to the version that was chosen. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The lock of what names resolve to now, with all their dependencies. */
export function createLock(registry: Registry): PluginLock {
  const locked = new Map<FoundPlugin, LockedPlugin>();
  const visit = (plugin: FoundPlugin): void => {
    if (locked.has(plugin)) return;
    const resolved = resolveDependencies(plugin, registry);
    const chosen = resolved.ok ? [...resolved.value.plugins.values(), ...resolved.value.libraries] : [];
    locked.set(plugin, {
      name: qualifiedName(plugin),
      version: plugin.manifest.version,
      scope: plugin.root.scope,
      hash: plugin.hash,
      dependencies: Object.fromEntries(
        chosen.map((each) => [each.manifest.name, each.manifest.version] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
    });
    chosen.forEach(visit);
  };
  registry.active.forEach(visit);
  return { format: "crucible-lock/1", plugins: [...locked.values()].sort(compareLocked) };
}

/** Text of a lock file: JSON with a line for each thing that can change, so that differences can be read. */
export function formatLock(lock: PluginLock): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** Reads a lock file. `config/invalid` for anything that `formatLock` does not write. */
export function parseLock(text: string, path: string): Outcome<PluginLock> {
  const refuse = (reason: string): Outcome<never> =>
    fail("config/invalid", `Cannot read the lock "${path}": ${reason}`, {
      hint: "Write it anew with cru plugins lock",
    });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return refuse("it is not JSON");
  }
  if (!isRecord(content) || content["format"] !== "crucible-lock/1" || !Array.isArray(content["plugins"]))
    return refuse("it has another format");
  const plugins: LockedPlugin[] = [];
  for (const entry of content["plugins"] as readonly unknown[]) {
    if (!isRecord(entry)) return refuse("an entry is no object");
    const { name, version, scope, hash, dependencies } = entry;
    if (typeof name !== "string" || typeof version !== "string" || typeof scope !== "string")
      return refuse("an entry has no name, version or scope");
    if (typeof hash !== "string" || !/^[0-9a-f]{64}$/.test(hash) || !isTexts(dependencies))
      return refuse(`the entry of "${name}" has no hash or dependencies`);
    plugins.push({ name, version, scope, hash, dependencies });
  }
  return succeed({ format: "crucible-lock/1", plugins });
}

/**
 * Applies a lock: a locked version whose bytes differ is broken, and of the versions of one name in one scope the locked one
 * comes first. What the lock does not name is as without it.
 */
export function applyLock(discovery: Discovery, lock: PluginLock | undefined): Discovery {
  if (lock === undefined) return discovery;
  const wanted = new Map(lock.plugins.map((each) => [`${each.scope} ${each.name} ${each.version}`, each] as const));
  const found: FoundPlugin[] = [];
  const broken: BrokenPlugin[] = [...discovery.broken];
  for (const plugin of discovery.found) {
    const name = qualifiedName(plugin);
    const entry = wanted.get(`${plugin.root.scope} ${name} ${plugin.manifest.version}`);
    if (entry === undefined) found.push(plugin);
    else if (entry.hash === plugin.hash) found.push({ ...plugin, locked: true });
    else broken.push({ root: plugin.root, path: plugin.path, name: plugin.manifest.name, error: differs(plugin) });
  }
  return { found, broken };
}

function differs(plugin: FoundPlugin): ErrorValue {
  return fail(
    "plugin/conflict",
    `Cannot use "${plugin.manifest.name}" ${plugin.manifest.version}: its content is not the one of the lock`,
    { plugin: plugin.manifest.name, hint: "Look at what changed, then write the lock anew with cru plugins lock" },
  ).error;
}

function compareLocked(a: LockedPlugin, b: LockedPlugin): number {
  const [first, second] = [`${a.name} ${a.version} ${a.scope}`, `${b.name} ${b.version} ${b.scope}`];
  return first < second ? -1 : first > second ? 1 : 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((each) => typeof each === "string");
}
