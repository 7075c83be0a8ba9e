// cru plugins show: everything about one plugin.
import { formatJson } from "@crucible/sandbox";
import { qualifiedName } from "@crucible/plugin-host";
import type { CommandContext } from "../program.ts";
import { withPlatform } from "../session.ts";
import { stateOf } from "../own-plugin.ts";
import { sourceOf } from "./plugins-list.ts";

export async function pluginsShow({ terminal, kiln }: CommandContext, name: string): Promise<number> {
  return withPlatform(terminal, { kiln }, (platform) => {
    const { host } = platform;
    const found = host.registry.find(name);
    if (!found.ok) return Promise.resolve(terminal.fail(found.error));
    const plugin = found.value;
    const { manifest } = plugin;
    const versions = host.registry.versions(qualifiedName(plugin)).map((each) => each.manifest.version);
    const { code: _, ...shown } = manifest;
    terminal.printJson({
      ...shown,
      qualifiedName: qualifiedName(plugin),
      source: sourceOf(plugin),
      state: stateOf(platform, plugin),
      file: plugin.entryPath,
      hash: plugin.hash,
      versions,
    });
    const { bold, dim } = terminal.payloadColors;
    const field = (title: string, value: string): string => `${dim(title.padEnd(14))}${value}`;
    const lines = [
      `${bold(qualifiedName(plugin))} ${manifest.version}`,
      manifest.description,
      "",
      field("language", manifest.language),
      field("source", sourceOf(plugin)),
      field("state", stateOf(platform, plugin)),
      field("file", plugin.entryPath),
      ...(manifest.author === undefined ? [] : [field("author", manifest.author)]),
      ...(manifest.license === undefined ? [] : [field("license", manifest.license)]),
      field(
        "capabilities",
        manifest.capabilities
          .map(({ name: capability, scope }) =>
            scope === undefined ? capability : `${capability} (${JSON.stringify(scope)})`,
          )
          .join(", ") || "none",
      ),
      field(
        "dependencies",
        Object.entries(manifest.dependencies)
          .map(([dependency, range]) => `${dependency} ${range}`)
          .join(", ") || "none",
      ),
      ...(versions.length > 1 ? [field("versions", versions.join(", "))] : []),
      ...manifest.hooks.map(({ event, pattern, action, priority }) =>
        field("hook", `${event} ${pattern} → ${action} (priority ${priority})`),
      ),
      ...Object.entries(manifest.limits).map(([limit, value]) => field(limit, String(value))),
    ];
    for (const action of manifest.actions) {
      lines.push(
        "",
        `${bold(action.name === "main" ? qualifiedName(plugin) : `${qualifiedName(plugin)}.${action.name}`)}  ${action.description}`,
      );
      if (action.documentation !== undefined && action.documentation !== action.description)
        lines.push(action.documentation.trim());
      lines.push(field("parameters", ""), indent(JSON.stringify(action.parameters, null, 2)));
      if (action.returns !== undefined)
        lines.push(field("returns", ""), indent(JSON.stringify(action.returns, null, 2)));
      for (const example of manifest.examples.filter((each) => each.action === action.name)) {
        lines.push(
          field(
            "example",
            `${formatJson(example.params)}${example.result === undefined ? "" : ` → ${formatJson(example.result)}`}`,
          ),
        );
      }
    }
    terminal.print(lines.join("\n"));
    return Promise.resolve(0);
  });
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
