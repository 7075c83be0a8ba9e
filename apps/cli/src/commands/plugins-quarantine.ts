// cru plugins quarantine: which plugins were stopped after violations or crashes, and letting them go.
import { identityOf } from "@crucible/plugin-host";
import { unwrap } from "@crucible/sandbox";
import { subjectOfUser } from "../own-plugin.ts";
import type { CommandContext } from "../program.ts";
import { withPlatform } from "../session.ts";

export async function pluginsQuarantine({ terminal, kiln }: CommandContext): Promise<number> {
  return withPlatform(terminal, { kiln }, ({ quarantine }) => {
    const listed = quarantine.list();
    if (!listed.ok) return Promise.resolve(terminal.fail(listed.error));
    terminal.printJson({ plugins: listed.value });
    terminal.printTable(listed.value, [
      { title: "PLUGIN", value: ({ plugin }) => plugin },
      { title: "STATE", value: ({ since }) => (since === undefined ? "suspected" : "stopped") },
      { title: "ATTEMPTS", value: ({ attempts }) => String(attempts) },
      { title: "LAST", value: ({ last }) => new Date(last).toISOString() },
      { title: "REASON", value: ({ reason }) => reason, flexible: true },
    ]);
    if (listed.value.length === 0) terminal.note("No plugin is stopped or suspected");
    return Promise.resolve(0);
  });
}

export async function pluginsQuarantineRelease({ terminal, kiln }: CommandContext, name: string): Promise<number> {
  return withPlatform(terminal, { kiln }, async ({ host, quarantine, journal }) => {
    const found = host.registry.find(name);
    if (!found.ok) return terminal.fail(found.error);
    const { manifest, hash } = found.value;
    const released = await quarantine.release(identityOf(found.value));
    if (!released.ok) return terminal.fail(released.error);
    unwrap(
      await journal.record({
        ...subjectOfUser(terminal, found.value),
        kind: "plugin.trust",
        content_hash: hash,
        change: "release",
        mode: "quarantine",
        changes: [],
      }),
    );
    terminal.printJson(released.value);
    terminal.print(`${manifest.name} may run again`);
    return 0;
  });
}
