// cru plugins trust: let a kiln's plugin run, after showing what it asks for.
import { formatScope, raisedLimits } from "@crucible/capabilities";
import { isTrustedByPlace, trustCandidateOf } from "@crucible/plugin-host";
import { unwrap } from "@crucible/sandbox";
import { isHeld } from "../own-plugin.ts";
import type { CommandContext } from "../program.ts";
import { withPlatform } from "../session.ts";

interface TrustOptions {
  readonly author?: boolean;
  readonly remove?: boolean;
}

export async function pluginsTrust(
  { terminal, kiln }: CommandContext,
  name: string,
  options: TrustOptions,
): Promise<number> {
  return withPlatform(terminal, { kiln }, async ({ host, trust, quarantine, journal }) => {
    const found = host.registry.find(name);
    if (!found.ok) return terminal.fail(found.error);
    const plugin = found.value;
    const { manifest } = plugin;
    const mode = options.author === true ? "author" : "content";
    const candidate = trustCandidateOf(plugin);
    const subject = {
      execution_id: null,
      plugin: manifest.name,
      version: manifest.version,
      invoker: { kind: "user", name: terminal.streams.env["USER"] ?? "user" } as const,
    };
    if (isTrustedByPlace(plugin.root.scope)) {
      const entries = quarantine.list();
      if (!entries.ok) return terminal.fail(entries.error);
      if (options.remove !== true && isHeld(entries.value, candidate)) {
        const released = await quarantine.release(candidate);
        if (!released.ok) return terminal.fail(released.error);
        const claims = plugin.claims.map(({ name: capability, scope }) => `${capability} (${formatScope(scope)})`);
        const record = { content_hash: plugin.hash, change: "trust", mode: "content", changes: claims } as const;
        unwrap(await journal.record({ ...subject, kind: "plugin.trust", ...record }));
        terminal.printJson({ plugin: manifest.name, hash: plugin.hash, mode: "content", changes: claims, raised: [] });
        terminal.print(`${manifest.name} ${manifest.version} is trusted`);
        for (const claim of claims) terminal.note(`  ${claim}`);
        return 0;
      }
      terminal.note(`${manifest.name} lies in your own configuration and is trusted by that`);
      return 0;
    }
    if (options.remove === true) {
      const removed = await trust.distrust(candidate.plugin, candidate.home);
      if (!removed.ok) return terminal.fail(removed.error);
      unwrap(
        await journal.record({
          ...subject,
          kind: "plugin.trust",
          content_hash: plugin.hash,
          change: "distrust",
          mode,
          changes: [],
        }),
      );
      terminal.printJson({ plugin: manifest.name, removed: removed.value.length });
      terminal.print(`${manifest.name} is not trusted any more`);
      return 0;
    }
    const assessed = trust.assess(candidate);
    if (!assessed.ok) return terminal.fail(assessed.error);
    const changes = assessed.value.kind === "untrusted" ? assessed.value.changes.map(({ text }) => text) : [];
    const recorded = await trust.trust(candidate, mode, "command");
    if (!recorded.ok) return terminal.fail(recorded.error);
    unwrap(
      await journal.record({
        ...subject,
        kind: "plugin.trust",
        content_hash: plugin.hash,
        change: "trust",
        mode,
        changes,
      }),
    );
    // Trusting a plugin is how a person agrees to limits above the defaults.
    const raised = raisedLimits(manifest.limits);
    for (const { name: limit, from, to } of raised) {
      unwrap(
        await journal.record({ ...subject, kind: "limit.change", limit, from, to, approved_by: subject.invoker.name }),
      );
    }
    terminal.printJson({ plugin: manifest.name, hash: plugin.hash, mode, changes, raised });
    terminal.print(
      `${manifest.name} ${manifest.version} is trusted${mode === "author" ? " and follows your edits" : ""}`,
    );
    // What is new is told with its meaning, once; what it had before by its name.
    for (const { name: capability, scope } of plugin.claims) {
      const claim = `${capability} (${formatScope(scope)})`;
      if (!changes.some((change) => change.startsWith(claim))) terminal.note(`  ${claim}`);
    }
    for (const { name: limit, from, to } of raised) terminal.note(`  ${limit}: ${to} instead of ${from}`);
    for (const change of changes) terminal.note(`  ${change}`);
    return 0;
  });
}
