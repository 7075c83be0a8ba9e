// What commands do about plugins in the name of the person at the terminal: records of theirs, and trust by that act.
import type { RecordSubject } from "@crucible/audit";
import { isTrustedByPlace, trustCandidateOf, type FoundPlugin } from "@crucible/plugin-host";
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
  return quarantine.check({ plugin: plugin.manifest.name, home: plugin.root.home }).ok ? "ready" : "stopped";
}

/**
 * Records that the user put a plugin where it is found now. Who puts it into a kiln has decided that it may run.
 *
 * @param mode `author` follows the user's edits as long as it asks for no more
 */
export async function recordInstalled(
  { journal, trust }: Platform,
  terminal: Terminal,
  plugin: FoundPlugin,
  source: string,
  mode: "content" | "author",
): Promise<void> {
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
  if (!isKilnScope(root.scope)) return;
  unwrap(await trust.trust(trustCandidateOf(plugin), mode, "install"));
}
