// cru kiln watch: follows edits of notes and of plugins until it is interrupted. Plugins with hooks are told what happens to notes.
import { qualifiedName, type FoundPlugin, type PluginHost } from "@crucible/plugin-host";
import { formatJson, fromPlain } from "@crucible/sandbox";
import { exitCode } from "../exit-code.ts";
import type { CommandContext } from "../program.ts";
import { printable } from "../render/printable.ts";
import { withKiln } from "../session.ts";
import type { Terminal } from "../terminal.ts";

export async function kilnWatch({ terminal, kiln }: CommandContext): Promise<number> {
  const show = (event: string, subject: string): void =>
    // One line for each event, as data too: whoever reads does not wait for the end.
    void terminal.streams.stdout.write(
      terminal.json ? `${formatJson(fromPlain({ event, subject }))}\n` : `${event.padEnd(14)} ${subject}\n`,
    );
  return withKiln(
    terminal,
    {
      kiln,
      onWatchProblem: ({ message }) => terminal.note(terminal.colors.yellow(message)),
      onNote: ({ type, identifier }) => {
        if (type !== "note:parsed") show(type, identifier);
      },
    },
    async (parts, { host }) => {
      const interrupted = new Promise<void>((resolve) => {
        process.once("SIGINT", () => resolve());
        process.once("SIGTERM", () => resolve());
      });
      const followed = await Promise.race([interrupted, parts.follow()]);
      if (followed === undefined) return exitCode.interrupted;
      if (!followed.ok) return terminal.fail(followed.error);
      showPlugins(host, terminal, show);
      terminal.note("Watching notes and plugins; Ctrl+C ends it");
      await interrupted;
      return exitCode.interrupted;
    },
  );
}

function showPlugins(host: PluginHost, terminal: Terminal, show: (event: string, subject: string) => void): void {
  host.onRegistryChange((registry, before) => {
    const old = new Map(before.active.map((plugin) => [qualifiedName(plugin), plugin]));
    for (const plugin of registry.active) {
      const name = qualifiedName(plugin);
      const previous: FoundPlugin | undefined = old.get(name);
      old.delete(name);
      if (previous === undefined) show("plugin:found", name);
      else if (previous.hash !== plugin.hash) show("plugin:changed", name);
    }
    for (const name of old.keys()) show("plugin:gone", name);
    const known = new Set(before.broken.map(({ path, error }) => `${path} ${error.message}`));
    for (const { path, error } of registry.broken)
      if (!known.has(`${path} ${error.message}`))
        terminal.note(terminal.colors.red(printable(`${path}: ${error.message}`)));
  });
}
