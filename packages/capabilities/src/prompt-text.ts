// Text that strangers wrote, made safe to show to a person, and the command that permits what was asked.
import type { AuthorityRequest, CapabilityName } from "@crucible/sandbox";
import { capabilityTable } from "./capability-table.ts";
import type { PluginIdentity } from "./grant.ts";
import { targetOfSubject } from "./authority-target.ts";
import { scopeOfTarget } from "./scope.ts";

/**
 * One line without control characters, line ends and the marks that reverse or hide text, at most `max` UTF-16 units: a
 * plugin cannot draw its own prompt or move the cursor.
 */
export function plainLine(text: string, max: number): string {
  const line = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\p{Cf}\p{Co}\p{Cs}]/gu, "")
    .trim();
  return line.length <= max ? line : `${line.slice(0, max - 1).trimEnd()}…`;
}

/**
 * The command that permits a request, ready to be pasted; nothing for what is asked each time.
 *
 * @param through the capability by which the plugin declares it
 * @param onBehalfOf callers that lack it, for whom the user has to agree
 */
export function remedyCommand(
  plugin: PluginIdentity,
  request: AuthorityRequest,
  through: CapabilityName = request.capability,
  onBehalfOf: readonly PluginIdentity[] = [],
): string | undefined {
  if (capabilityTable[through].asks === "each-time") return undefined;
  const target = targetOfSubject(request.subject);
  const scope = target.ok ? scopeOfTarget(request.capability, target.value) : undefined;
  const first = capabilityTable[request.capability].dimensions[0];
  const patterns = scope === undefined || first === undefined ? [] : (scope[first] ?? []);
  const words = ["cru", "plugins", "grants", "allow", plugin.plugin, request.capability];
  for (const pattern of patterns) words.push("--scope", pattern);
  for (const caller of onBehalfOf) words.push("--on-behalf-of", caller.plugin);
  return words.map(quoteWord).join(" ");
}

/** One word of a command, quoted where a shell would read it otherwise. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_./:@#%+=,-]+$/.test(word) ? word : `'${plainLine(word, 4_096).replaceAll("'", `'\\''`)}'`;
}
