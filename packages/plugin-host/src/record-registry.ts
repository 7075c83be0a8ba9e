// What a scan found, for the journal: overrides and broken plugins that were not recorded before, reloads, unloads. What stays as it
// was is recorded once, not by every process: the memory of it outlives the process.
import type { Digest } from "@crucible/cache";
import { toHex } from "@crucible/cache";
import type { Journal, RecordSubject } from "@crucible/audit";
import type { BrokenPlugin, FoundPlugin } from "./discover.ts";
import type { PluginRoot } from "./plugin-root.ts";
import type { Override, Registry } from "./registry.ts";

/** A small text that is kept between processes, beside the journal and as long as it. Whatever is lost is recorded again. */
export interface FindingMemory {
  read(): Promise<string | undefined>;
  /** Replaces the text as a whole. */
  write(text: string): Promise<void>;
}

export interface RegistryRecorder {
  /** Records what is new in a registry. Never rejects because of the memory. */
  record(registry: Registry, before: Registry): Promise<void>;
  unloaded(plugin: FoundPlugin, reason: string): void;
}

export interface RecorderPowers {
  readonly journal: Pick<Journal, "append" | "flushed">;
  readonly sha256: Digest;
  /** Where this host looks. */
  readonly roots: readonly PluginRoot[];
  readonly memory?: FindingMemory;
}

/** Findings by the root that they belong to. */
type Findings = ReadonlyMap<string, ReadonlySet<string>>;

export function createRegistryRecorder({ journal, sha256, roots, memory }: RecorderPowers): RegistryRecorder {
  let known: Findings | undefined;

  const nameOf = (...parts: readonly string[]): string =>
    toHex(sha256(new TextEncoder().encode(parts.join("\0")))).slice(0, 20);
  const nameOfOverride = ({ winner, loser, reason }: Override): string => nameOf(winner.path, loser.path, reason);
  const nameOfBroken = ({ path, error }: BrokenPlugin): string => nameOf(path, error.code, error.message);

  const unloaded = (plugin: FoundPlugin, reason: string): void => {
    journal.append({ ...subjectOf(plugin), kind: "plugin.unload", content_hash: plugin.hash, reason });
  };

  const recordFindings = ({ overrides, broken }: Registry): Findings => {
    const present = new Map<string, Set<string>>();
    const isNew = (root: string, name: string): boolean => {
      const names = present.get(root);
      if (names === undefined) present.set(root, new Set([name]));
      else names.add(name);
      return known?.get(root)?.has(name) !== true;
    };
    for (const override of overrides) {
      const { winner, loser, reason } = override;
      // It is the winner's root that makes it one: in another kiln the loser may be the one that runs.
      if (!isNew(winner.root.path, nameOfOverride(override))) continue;
      journal.append({
        ...subjectOf(winner),
        kind: "plugin.override",
        winner: winner.path,
        loser: loser.path,
        reason,
      });
    }
    for (const plugin of broken) {
      const { path, name, error, root } = plugin;
      if (!isNew(root.path, nameOfBroken(plugin))) continue;
      journal.append({
        execution_id: null,
        plugin: name,
        version: null,
        invoker: null,
        kind: "error",
        error,
        context: `validation of ${path}`,
      });
    }
    return present;
  };

  const recordContents = (registry: Registry, before: Registry): void => {
    const old = new Map(before.all.map((plugin) => [plugin.path, plugin]));
    for (const plugin of registry.all) {
      const previous = old.get(plugin.path);
      old.delete(plugin.path);
      if (previous === undefined || previous.hash === plugin.hash) continue;
      journal.append({
        ...subjectOf(plugin),
        kind: "plugin.reload",
        content_hash: plugin.hash,
        previous: previous.hash,
        path: plugin.path,
      });
    }
    for (const gone of old.values()) {
      const isBroken = registry.broken.some(({ path }) => path === gone.path);
      unloaded(gone, isBroken ? "it does not validate any more" : "its file is gone");
    }
  };

  const remember = async (present: Findings, roots: ReadonlySet<string>): Promise<void> => {
    if (memory === undefined) return;
    // What stands in the memory has to stand in the journal first; other kilns' findings stay as they are there now.
    if (!(await journal.flushed()).ok) return;
    const all = [...parseFindings(await memory.read())].filter(([root]) => !roots.has(root));
    await memory.write(formatFindings(new Map([...all, ...present])));
  };

  return {
    unloaded,
    record: async (registry, before) => {
      const own = new Set(roots.map(({ path }) => path));
      try {
        known ??= parseFindings(await memory?.read());
      } catch {
        known = new Map();
      }
      const present = recordFindings(registry);
      recordContents(registry, before);
      const isSame = [...own].every((root) => sameNames(known?.get(root), present.get(root)));
      known = present;
      // Whatever cannot be remembered is recorded again by the next process.
      if (!isSame) await remember(present, own).catch(() => undefined);
    },
  };
}

function sameNames(a: ReadonlySet<string> | undefined, b: ReadonlySet<string> | undefined): boolean {
  return (a?.size ?? 0) === (b?.size ?? 0) && [...(a ?? [])].every((name) => b?.has(name) === true);
}

function parseFindings(text: string | undefined): Findings {
  const findings = new Map<string, ReadonlySet<string>>();
  let content: unknown;
  try {
    content = JSON.parse(text ?? "{}");
  } catch {
    return findings;
  }
  if (typeof content !== "object" || content === null) return findings;
  for (const [root, names] of Object.entries(content)) {
    if (Array.isArray(names)) findings.set(root, new Set(names.filter((name) => typeof name === "string")));
  }
  return findings;
}

function formatFindings(findings: Findings): string {
  return JSON.stringify(Object.fromEntries([...findings].map(([root, names]) => [root, [...names].sort()])));
}

function subjectOf({ manifest }: FoundPlugin): RecordSubject {
  return { execution_id: null, plugin: manifest.name, version: manifest.version, invoker: null };
}
