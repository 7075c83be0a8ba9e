// Counts violations per plugin and stops a plugin that keeps trying: clear → suspected → quarantined → clear.
// The counts outlive the process, so that starting anew does not give new attempts.
import { CrucibleError, fail, succeed, type Outcome } from "@crucible/sandbox";
import type { Now } from "./clock.ts";
import { samePlugin, type PluginIdentity } from "./grant.ts";
import { outcomeOf, outcomeOfChange, typeDocument, type VersionedDocument } from "./versioned-document.ts";

/** What is known about the violations of one plugin. A plugin without an entry is clear. */
export interface QuarantineEntry extends PluginIdentity {
  /** Violations that count; none where it only waits for somebody to let it run. */
  readonly attempts: number;
  /** Unix milliseconds of the last violation. */
  readonly last: number;
  /** Unix milliseconds since when the plugin is stopped; absent while it is only suspected. */
  readonly since?: number;
  /** What it did last, for the person who looks at it. */
  readonly reason: string;
}

export interface QuarantinePolicy {
  /** A plugin is stopped at this many violations. */
  readonly attempts: number;
  /** A violation later than this after the one before starts a new count, in milliseconds. */
  readonly windowMs: number;
}

/** Three violations, none more than a day after the other. */
export const defaultQuarantinePolicy: QuarantinePolicy = { attempts: 3, windowMs: 86_400_000 };

/** The next state after one more violation. Pure. */
export function noteViolation(
  entry: QuarantineEntry | undefined,
  plugin: PluginIdentity,
  reason: string,
  time: number,
  policy: QuarantinePolicy,
): QuarantineEntry {
  const counts = entry !== undefined && (entry.since !== undefined || time - entry.last <= policy.windowMs);
  const attempts = counts ? entry.attempts + 1 : 1;
  const since = entry?.since ?? (attempts >= policy.attempts ? time : undefined);
  return {
    plugin: plugin.plugin,
    home: plugin.home,
    attempts,
    last: time,
    reason,
    ...(since === undefined ? {} : { since }),
  };
}

/** Remembers violations and answers whether a plugin is stopped. */
export interface Quarantine {
  /** `capability/quarantined` while the plugin is stopped; `grants/unreadable` when nobody can tell. */
  check(plugin: PluginIdentity): Outcome<void>;
  /** Counts one violation; durable when it resolves. The entry says whether the plugin is stopped now. */
  note(plugin: PluginIdentity, reason: string): Promise<Outcome<QuarantineEntry>>;
  /** Stops a plugin that did nothing wrong until somebody lets it run; durable when it resolves. */
  hold(plugin: PluginIdentity, reason: string): Promise<Outcome<QuarantineEntry>>;
  /** Clears a plugin. `host/not-found` where nothing was recorded. */
  release(plugin: PluginIdentity): Promise<Outcome<QuarantineEntry>>;
  list(): Outcome<readonly QuarantineEntry[]>;
}

/** Opens the quarantine upon a document. */
export function createQuarantine(
  document: VersionedDocument,
  now: Now,
  policy: QuarantinePolicy = defaultQuarantinePolicy,
): Quarantine {
  const typed = typeDocument<readonly QuarantineEntry[]>(document, {
    format: "crucible-quarantine/1",
    empty: [],
    parse: parseEntries,
  });
  // Violations of this process count at once, before they are durable and even where they cannot be made so.
  const noted = new Map<string, QuarantineEntry>();
  const keyOf = ({ home, plugin }: PluginIdentity): string => `${home}\0${plugin}`;

  const find = (plugin: PluginIdentity): QuarantineEntry | undefined => {
    const own = noted.get(keyOf(plugin));
    return own ?? typed.read().find((entry) => samePlugin(entry, plugin));
  };
  return {
    check: (plugin) => {
      const found = outcomeOf(() => find(plugin));
      if (!found.ok) return found;
      const entry = found.value;
      if (entry?.since === undefined) return succeed(undefined);
      if (entry.attempts === 0)
        return fail("plugin/untrusted", `Cannot run "${plugin.plugin}": ${entry.reason}`, {
          plugin: plugin.plugin,
          hint: `Read it, then: cru plugins trust ${plugin.plugin}`,
        });
      return fail(
        "capability/quarantined",
        `Cannot run "${plugin.plugin}": it was stopped after ${entry.attempts} violation${entry.attempts === 1 ? "" : "s"}, the last: ${entry.reason}`,
        {
          plugin: plugin.plugin,
          hint: `Look at its journal with "cru audit query --plugin ${plugin.plugin}", then release it with "cru plugins quarantine release ${plugin.plugin}"`,
        },
      );
    },
    note: (plugin, reason) =>
      outcomeOfChange(async () => {
        const time = now();
        noted.set(keyOf(plugin), noteViolation(find(plugin), plugin, reason, time, policy));
        let entry: QuarantineEntry | undefined;
        await typed.update((all) => {
          entry = noteViolation(
            all.find((one) => samePlugin(one, plugin)),
            plugin,
            reason,
            time,
            policy,
          );
          return [...all.filter((one) => !samePlugin(one, plugin)), entry];
        });
        noted.delete(keyOf(plugin));
        if (entry === undefined)
          throw new CrucibleError("host/internal", "Cannot note a violation: the store made no change");
        return entry;
      }),
    hold: (plugin, reason) =>
      outcomeOfChange(async () => {
        const time = now();
        const held = { plugin: plugin.plugin, home: plugin.home, attempts: 0, last: time, since: time, reason };
        const all = await typed.update((entries) =>
          entries.some((one) => samePlugin(one, plugin) && one.since !== undefined)
            ? entries
            : [...entries.filter((one) => !samePlugin(one, plugin)), held],
        );
        return all.find((one) => samePlugin(one, plugin)) ?? held;
      }),
    release: (plugin) =>
      outcomeOfChange(async () => {
        const own = noted.get(keyOf(plugin));
        noted.delete(keyOf(plugin));
        let released = own;
        await typed.update((all) => {
          const entry = all.find((one) => samePlugin(one, plugin));
          released = entry ?? released;
          return entry === undefined ? all : all.filter((one) => one !== entry);
        });
        if (released === undefined)
          throw new CrucibleError("host/not-found", `Cannot release "${plugin.plugin}": it is not in quarantine`);
        return released;
      }),
    list: () => outcomeOf(() => typed.read()),
  };
}

function parseEntries(content: unknown): readonly QuarantineEntry[] {
  if (!Array.isArray(content)) throw new CrucibleError("grants/unreadable", "its entries are not a list");
  return content.map((raw: unknown) => {
    if (typeof raw !== "object" || raw === null)
      throw new CrucibleError("grants/unreadable", "an entry is not an object");
    const { plugin, home, attempts, last, since, reason }: { readonly [key: string]: unknown } = { ...raw };
    if (typeof plugin !== "string" || typeof home !== "string" || typeof reason !== "string")
      throw new CrucibleError("grants/unreadable", "an entry has no plugin, home or reason");
    if (typeof attempts !== "number" || typeof last !== "number" || !(since === undefined || typeof since === "number"))
      throw new CrucibleError("grants/unreadable", "an entry has no number of attempts or no time");
    return { plugin, home, attempts, last, reason, ...(since === undefined ? {} : { since }) };
  });
}
