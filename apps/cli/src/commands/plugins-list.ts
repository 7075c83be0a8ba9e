// cru plugins list: what there is, where it comes from, what it may ask for.
import type { FoundPlugin } from "@crucible/plugin-host";
import { qualifiedName } from "@crucible/plugin-host";
import { stateOf } from "../own-plugin.ts";
import type { CommandContext } from "../program.ts";
import { withPlatform } from "../session.ts";

export async function pluginsList({ terminal, kiln }: CommandContext): Promise<number> {
  return withPlatform(terminal, { kiln }, (platform) => {
    const { active, broken, overrides } = platform.host.registry;
    const stateOfPlugin = (plugin: FoundPlugin): string => stateOf(platform, plugin);
    terminal.printJson({
      plugins: active.map((plugin) => ({
        name: qualifiedName(plugin),
        description: plugin.manifest.description,
        version: plugin.manifest.version,
        language: plugin.manifest.language,
        source: sourceOf(plugin),
        state: stateOfPlugin(plugin),
        path: plugin.path,
        capabilities: plugin.manifest.capabilities.map(({ name }) => name),
        actions: plugin.manifest.actions.map(({ name }) => name),
      })),
      invalid: broken.map(({ name, path, error }) => ({ name, path, error })),
      overrides: overrides.map(({ winner, loser, reason }) => ({
        name: qualifiedName(winner),
        winner: winner.path,
        loser: loser.path,
        reason,
      })),
    });
    terminal.printTable(active, [
      { title: "NAME", value: qualifiedName },
      { title: "VERSION", value: ({ manifest }) => manifest.version },
      { title: "SOURCE", value: sourceOf },
      { title: "STATE", value: stateOfPlugin },
      {
        title: "CAPABILITIES",
        value: ({ manifest }) => manifest.capabilities.map(({ name }) => name).join(",") || "none",
      },
      { title: "DESCRIPTION", value: ({ manifest }) => manifest.description, flexible: true },
    ]);
    if (active.length === 0) terminal.note("No plugins yet. Make one: cru plugins new NAME");
    if (active.some((plugin) => stateOfPlugin(plugin) === "untrusted"))
      terminal.note("What is untrusted runs after you read it and said: cru plugins trust NAME");
    for (const { winner, loser, reason } of overrides) {
      terminal.note(`${qualifiedName(winner)}: ${winner.path} stands before ${loser.path} (${reason})`);
    }
    for (const { path, error } of broken) terminal.note(terminal.colors.yellow(`${path}: ${error.message}`));
    return Promise.resolve(0);
  });
}

/** Where a plugin comes from, as people say it. */
export function sourceOf({ root }: FoundPlugin): string {
  const names = { system: "system", configured: "configured", shared: "kiln", personal: "kiln (personal)" } as const;
  return names[root.scope];
}
