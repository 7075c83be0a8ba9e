// What commands do about plugins in the name of the person at the terminal: records of theirs, and trust by that act.
import type { RecordSubject } from "@crucible/audit";
import type { PluginIdentity, QuarantineEntry } from "@crucible/capabilities";
import { identityOf, isTrustedByPlace, trustCandidateOf, type FoundPlugin } from "@crucible/plugin-host";
import { unwrap } from "@crucible/sandbox";
import { isKilnScope } from "./plugin-locks.ts";
import type { Platform } from "./platform.ts";
import type { Terminal } from "./terminal.ts";

/** Who did what to which plugin, outside of any execution. */
export function subjectOfUser(
  { streams }: Terminal,
  { manifest }: Pick<FoundPlugin, "manifest">,
): RecordSubject & { readonly invoker: { readonly kind: "user"; readonly name: string } } {
  return {
    execution_id: null,
    plugin: manifest.name,
    version: manifest.version,
    invoker: { kind: "user", name: streams.env["USER"] ?? "user" },
  };
}

/** Whether a plugin would run: not before its content is trusted, and not while it is stopped. */
export function stateOf({ trust, quarantine }: Platform, plugin: FoundPlugin): "ready" | "untrusted" | "stopped" {
  if (!isTrustedByPlace(plugin.root.scope)) {
    const assessed = trust.assess(trustCandidateOf(plugin));
    if (!assessed.ok || assessed.value.kind !== "trusted") return "untrusted";
  }
  const stopped = quarantine.check(identityOf(plugin));
  if (stopped.ok) return "ready";
  return stopped.error.code === "plugin/untrusted" ? "untrusted" : "stopped";
}

/**
 * Records that the user put a plugin where it is found now: it may run by that act. Without a person at the terminal it is
 * there and waits until somebody trusts it; what the user makes anew (`author`) does not wait.
 *
 * @param mode `author` follows the user's edits as long as it asks for no more
 * @returns whether it waits
 */
export async function recordInstalled(
  { journal, trust, quarantine }: Platform,
  terminal: Terminal,
  plugin: FoundPlugin,
  source: string,
  mode: "content" | "author",
): Promise<boolean> {
  const { root, path, hash } = plugin;
  unwrap(
    await journal.record({
      ...subjectOfUser(terminal, plugin),
      kind: "plugin.install",
      content_hash: hash,
      path,
      source,
    }),
  );
  const candidate = trustCandidateOf(plugin);
  const waits = mode === "content" && !terminal.interactive;
  if (!isKilnScope(root.scope)) {
    if (waits) unwrap(await quarantine.hold(candidate, "it was installed without a person who could agree to it"));
    // What was held before is replaced by what a person has put there.
    else if (isHeld(unwrap(quarantine.list()), candidate)) unwrap(await quarantine.release(candidate));
    return waits;
  }
  if (waits) return true;
  unwrap(await trust.trust(candidate, mode, "install"));
  return false;
}

/** Whether a plugin waits for somebody to let it run; one that was stopped for what it did does not. */
export function isHeld(entries: readonly QuarantineEntry[], { plugin, home }: PluginIdentity): boolean {
  return entries.some((entry) => entry.plugin === plugin && entry.home === home && entry.attempts === 0);
}
