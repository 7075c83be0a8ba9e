// cru plugins grants: what was allowed or denied, limits above the defaults included; adding and revoking.
import { formatScope, parseScope, raisedLimits } from "@crucible/capabilities";
import { identityOf, isTrustedByPlace, qualifiedName } from "@crucible/plugin-host";
import { defaultLimits, fail, isCapabilityName, isLimitName, limitTable, succeed, unwrap } from "@crucible/sandbox";
import type { CapabilityName, LimitName, Limits, Outcome } from "@crucible/sandbox";
import type { Grant, LimitAgreement } from "@crucible/capabilities";
import type { JournalEntry } from "@crucible/audit";
import type { Platform } from "../platform.ts";
import type { CommandContext } from "../program.ts";
import { withPlatform } from "../session.ts";
import type { Terminal } from "../terminal.ts";

interface AllowOptions {
  readonly scope: readonly string[];
  readonly deny?: boolean;
  /** Milliseconds from now. */
  readonly expires?: number;
  readonly onBehalfOf?: string;
}

/** One line of the list. */
interface Row {
  readonly id: string;
  readonly plugin: string;
  readonly effect: string;
  readonly what: string;
  readonly caller: string;
  readonly created: number;
  readonly expires: number | undefined;
  readonly extent: string;
}

export async function pluginsGrants({ terminal, kiln }: CommandContext): Promise<number> {
  return withPlatform(terminal, { kiln }, ({ grants, limits }) => {
    const listed = grants.list();
    if (!listed.ok) return Promise.resolve(terminal.fail(listed.error));
    const agreed = limits.list();
    if (!agreed.ok) return Promise.resolve(terminal.fail(agreed.error));
    terminal.printJson({ grants: listed.value, limits: agreed.value });
    const rows = [...listed.value.map(rowOfGrant), ...agreed.value.map(rowOfAgreement)];
    terminal.printTable(
      rows.toSorted((left, right) => left.created - right.created),
      [
        { title: "ID", value: ({ id }) => id },
        { title: "PLUGIN", value: ({ plugin }) => plugin },
        { title: "EFFECT", value: ({ effect }) => effect },
        { title: "CAPABILITY", value: ({ what }) => what },
        { title: "FOR", value: ({ caller }) => caller },
        { title: "SINCE", value: ({ created }) => new Date(created).toISOString().slice(0, 10) },
        { title: "UNTIL", value: ({ expires }) => describeExpiry(expires) },
        { title: "SCOPE", value: ({ extent }) => extent, flexible: true },
      ],
    );
    if (rows.length === 0) terminal.note("Nothing was granted or denied yet");
    return Promise.resolve(0);
  });
}

export async function pluginsGrantsAllow(
  { terminal, kiln }: CommandContext,
  name: string,
  what: readonly string[],
  options: AllowOptions,
): Promise<number> {
  return withPlatform(terminal, { kiln }, async (platform) => {
    const [capability = ""] = what;
    if (what.every((word) => word.includes("="))) return allowLimits(terminal, platform, name, what, options);
    if (!isCapabilityName(capability) || what.length > 1)
      return terminal.fail(
        fail("host/invalid-argument", `Cannot grant "${what.join(" ")}": it is neither a capability nor limits`, {
          hint: "One capability (KilnWrite), or limits with their values (timeout_ms=60000)",
        }).error,
      );
    return allowCapability(terminal, platform, name, capability, options);
  });
}

async function allowCapability(
  terminal: Terminal,
  { host, grants, journal }: Platform,
  reference: string,
  capability: CapabilityName,
  options: AllowOptions,
): Promise<number> {
  const found = host.registry.find(reference);
  if (!found.ok) return terminal.fail(found.error);
  const scope = parseScope(capability, options.scope.length === 0 ? undefined : options.scope);
  if (!scope.ok) return terminal.fail(scope.error);
  const caller = options.onBehalfOf === undefined ? undefined : host.registry.find(options.onBehalfOf);
  if (caller?.ok === false) return terminal.fail(caller.error);
  const name = qualifiedName(found.value);
  const added = await grants.add({
    effect: options.deny === true ? "deny" : "allow",
    ...identityOf(found.value),
    capability,
    scope: scope.value,
    origin: "command",
    ...(options.expires === undefined ? {} : { expires: Date.now() + options.expires }),
    ...(caller === undefined ? {} : { onBehalfOf: identityOf(caller.value) }),
  });
  if (!added.ok) return terminal.fail(added.error);
  unwrap(await journal.record(recordOf(added.value, added.value.effect)));
  terminal.printJson(added.value);
  terminal.print(
    `${added.value.effect === "allow" ? "granted" : "denied"} ${capability} (${formatScope(scope.value)}) to ${name}: ${added.value.id}`,
  );
  return 0;
}

async function allowLimits(
  terminal: Terminal,
  { host, limits, journal }: Platform,
  name: string,
  words: readonly string[],
  options: AllowOptions,
): Promise<number> {
  const found = host.registry.find(name);
  if (!found.ok) return terminal.fail(found.error);
  const { manifest, root } = found.value;
  const values = parseLimits(words);
  if (!values.ok) return terminal.fail(values.error);
  const refuse = (why: string, hint: string): number =>
    terminal.fail(
      fail("host/invalid-argument", `Cannot agree to limits of "${manifest.name}": ${why}`, { hint }).error,
    );
  if (options.deny === true || options.scope.length > 0 || options.onBehalfOf !== undefined)
    return refuse("limits have no denial, scope or caller", "What nobody agreed to is denied");
  if (!isTrustedByPlace(root.scope))
    return refuse("it is a kiln's plugin, whose limits are agreed to by trusting it", `cru plugins trust ${name}`);
  const added = await limits.add({
    ...identityOf(found.value),
    limits: values.value,
    origin: "command",
    ...(options.expires === undefined ? {} : { expires: Date.now() + options.expires }),
  });
  if (!added.ok) return terminal.fail(added.error);
  for (const { name: limit, from, to } of raisedLimits(values.value))
    unwrap(await journal.record(changeOf(terminal, manifest.name, limit, from, to)));
  terminal.printJson(added.value);
  terminal.print(`granted ${formatLimits(values.value)} to ${manifest.name}: ${added.value.id}`);
  return 0;
}

export async function pluginsGrantsRevoke({ terminal, kiln }: CommandContext, id: string): Promise<number> {
  return withPlatform(terminal, { kiln }, async ({ grants, limits, journal }) => {
    const agreed = limits.list();
    if (!agreed.ok) return terminal.fail(agreed.error);
    if (agreed.value.some((agreement) => agreement.id === id)) {
      const taken = await limits.revoke(id);
      if (!taken.ok) return terminal.fail(taken.error);
      for (const { name, from, to } of raisedLimits(taken.value.limits))
        unwrap(await journal.record(changeOf(terminal, taken.value.plugin, name, to, from)));
      terminal.printJson(taken.value);
      terminal.print(`revoked ${formatLimits(taken.value.limits)} of ${taken.value.plugin}`);
      return 0;
    }
    const revoked = await grants.revoke(id);
    if (!revoked.ok) return terminal.fail(revoked.error);
    unwrap(await journal.record(recordOf(revoked.value, "revoke")));
    terminal.printJson(revoked.value);
    terminal.print(`revoked ${revoked.value.capability} of ${revoked.value.plugin}`);
    return 0;
  });
}

/** `timeout_ms=60000` and more of them, each above its default and at most the system's maximum. */
function parseLimits(words: readonly string[]): Outcome<Partial<Limits>> {
  const values: { [Name in LimitName]?: number } = {};
  for (const word of words) {
    const [name = "", text = ""] = word.split("=");
    const usual = isLimitName(name) ? defaultLimits[name] : undefined;
    if (!isLimitName(name) || usual === undefined)
      return fail(
        "host/invalid-argument",
        `Cannot agree to "${word}": there is no limit "${name}" that can be raised`,
        {
          hint: Object.keys(defaultLimits).join(", "),
        },
      );
    const { maximum } = limitTable[name];
    if (!/^[0-9]{1,15}$/.test(text) || Number(text) <= usual || Number(text) > maximum)
      return fail(
        "host/invalid-argument",
        `Cannot agree to "${word}": ${name} above the default is a whole number from ${usual + 1} to ${maximum}`,
      );
    values[name] = Number(text);
  }
  return succeed(values);
}

function rowOfGrant({ id, plugin, effect, capability, onBehalfOf, created, expires, scope }: Grant): Row {
  const caller = onBehalfOf?.plugin ?? "";
  return { id, plugin, effect, what: capability, caller, created, expires, extent: formatScope(scope) };
}

function rowOfAgreement({ id, plugin, created, expires, limits }: LimitAgreement): Row {
  return { id, plugin, effect: "allow", what: "limits", caller: "", created, expires, extent: formatLimits(limits) };
}

function formatLimits(limits: Partial<Limits>): string {
  return Object.entries(limits)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

function describeExpiry(expires: number | undefined): string {
  if (expires === undefined) return "";
  return expires <= Date.now() ? "expired" : new Date(expires).toISOString().slice(0, 16);
}

function recordOf(grant: Grant, change: "allow" | "deny" | "revoke"): JournalEntry {
  return {
    execution_id: null,
    plugin: grant.plugin.slice(grant.plugin.lastIndexOf("/") + 1),
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

function changeOf({ streams }: Terminal, plugin: string, limit: LimitName, from: number, to: number): JournalEntry {
  const name = streams.env["USER"] ?? "user";
  return {
    execution_id: null,
    plugin,
    version: null,
    invoker: { kind: "user", name },
    kind: "limit.change",
    limit,
    from,
    to,
    approved_by: name,
  };
}
