// cru plugins grants: what was allowed or denied, adding and revoking.
import { formatScope, parseScope } from "@crucible/capabilities";
import { fail, isCapabilityName, unwrap } from "@crucible/sandbox";
import type { Grant } from "@crucible/capabilities";
import type { JournalEntry } from "@crucible/audit";
import type { CommandContext } from "../program.ts";
import { withPlatform } from "../session.ts";

interface AllowOptions {
  readonly scope: readonly string[];
  readonly deny?: boolean;
  /** Milliseconds from now. */
  readonly expires?: number;
  readonly onBehalfOf?: string;
}

export async function pluginsGrants({ terminal, kiln }: CommandContext): Promise<number> {
  return withPlatform(terminal, { kiln }, ({ grants }) => {
    const listed = grants.list();
    if (!listed.ok) return Promise.resolve(terminal.fail(listed.error));
    terminal.printJson({ grants: listed.value });
    terminal.printTable(listed.value, [
      { title: "ID", value: ({ id }) => id },
      { title: "PLUGIN", value: ({ plugin }) => plugin },
      { title: "EFFECT", value: ({ effect }) => effect },
      { title: "CAPABILITY", value: ({ capability }) => capability },
      { title: "FOR", value: ({ onBehalfOf }) => onBehalfOf?.plugin ?? "" },
      { title: "SINCE", value: ({ created }) => new Date(created).toISOString().slice(0, 10) },
      { title: "UNTIL", value: ({ expires }) => describeExpiry(expires) },
      { title: "SCOPE", value: ({ scope }) => formatScope(scope), flexible: true },
    ]);
    if (listed.value.length === 0) terminal.note("Nothing was granted or denied yet");
    return Promise.resolve(0);
  });
}

export async function pluginsGrantsAllow(
  { terminal, kiln }: CommandContext,
  name: string,
  capability: string,
  options: AllowOptions,
): Promise<number> {
  return withPlatform(terminal, { kiln }, async ({ host, grants, journal }) => {
    if (!isCapabilityName(capability))
      return terminal.fail(
        fail("host/invalid-argument", `Cannot grant "${capability}": there is no such capability`).error,
      );
    const found = host.registry.find(name);
    if (!found.ok) return terminal.fail(found.error);
    const scope = parseScope(capability, options.scope.length === 0 ? undefined : options.scope);
    if (!scope.ok) return terminal.fail(scope.error);
    const caller = options.onBehalfOf === undefined ? undefined : host.registry.find(options.onBehalfOf);
    if (caller?.ok === false) return terminal.fail(caller.error);
    const { manifest, root } = found.value;
    const added = await grants.add({
      effect: options.deny === true ? "deny" : "allow",
      plugin: manifest.name,
      home: root.home,
      capability,
      scope: scope.value,
      origin: "command",
      ...(options.expires === undefined ? {} : { expires: Date.now() + options.expires }),
      ...(caller === undefined
        ? {}
        : { onBehalfOf: { plugin: caller.value.manifest.name, home: caller.value.root.home } }),
    });
    if (!added.ok) return terminal.fail(added.error);
    unwrap(await journal.record(recordOf(added.value, added.value.effect)));
    terminal.printJson(added.value);
    terminal.print(
      `${added.value.effect === "allow" ? "granted" : "denied"} ${capability} (${formatScope(scope.value)}) to ${manifest.name}: ${added.value.id}`,
    );
    return 0;
  });
}

export async function pluginsGrantsRevoke({ terminal, kiln }: CommandContext, id: string): Promise<number> {
  return withPlatform(terminal, { kiln }, async ({ grants, journal }) => {
    const revoked = await grants.revoke(id);
    if (!revoked.ok) return terminal.fail(revoked.error);
    unwrap(await journal.record(recordOf(revoked.value, "revoke")));
    terminal.printJson(revoked.value);
    terminal.print(`revoked ${revoked.value.capability} of ${revoked.value.plugin}`);
    return 0;
  });
}

function describeExpiry(expires: number | undefined): string {
  if (expires === undefined) return "";
  return expires <= Date.now() ? "expired" : new Date(expires).toISOString().slice(0, 16);
}

function recordOf(grant: Grant, change: "allow" | "deny" | "revoke"): JournalEntry {
  return {
    execution_id: null,
    plugin: grant.plugin,
    version: null,
    invoker: { kind: "user", name: "user" },
    kind: "grant",
    change,
    grant: grant.id,
    capability: grant.capability,
    scope: formatScope(grant.scope),
    origin: "command",
  };
}
