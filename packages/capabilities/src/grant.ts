// Grants and denials: the recorded answers of a person. Their shape, their reading from untrusted text, and when one
// applies. Finding the right ones quickly is grant-index.ts; keeping them is grant-store.ts.
import { fail, isCapabilityName, succeed, type CapabilityName, type Outcome } from "@crucible/sandbox";
import { capabilityTable } from "./capability-table.ts";
import { parseScope, scopeCovers, scopeTouches, type Scope, type ScopeTarget } from "./scope.ts";

/** Which plugin is meant: its name, and where its code lives, so that a namesake from another kiln is another plugin. */
export interface PluginIdentity {
  readonly plugin: string;
  /** `system`, or the path of the kiln that the plugin belongs to. */
  readonly home: string;
}

/** How a grant came to be. */
export type GrantOrigin = "prompt" | "command" | "config" | "install";

/** One recorded yes or no. Immutable; changing one is revoking it and adding another. */
export interface Grant extends PluginIdentity {
  readonly id: string;
  readonly effect: "allow" | "deny";
  readonly capability: CapabilityName;
  readonly scope: Scope;
  /** Only calls that `plugin` makes on behalf of this one. Absent: only calls for which no such agreement is needed. */
  readonly onBehalfOf?: PluginIdentity;
  /** Only this host function. */
  readonly operation?: string;
  /** Only calls whose arguments have this digest. */
  readonly argumentsDigest?: string;
  /** Only this session; such grants are never written to disk. */
  readonly session?: string;
  readonly origin: GrantOrigin;
  /** Unix milliseconds. */
  readonly created: number;
  /** Unix milliseconds from which it no longer counts. Absent: for ever. */
  readonly expires?: number;
}

/** A grant before the store has given it an id and a date. */
export type GrantDraft = Omit<Grant, "id" | "created">;

/** What a grant is matched against. */
export interface GrantQuery {
  readonly capability: CapabilityName;
  readonly target: ScopeTarget;
  readonly operation: string;
  readonly argumentsDigest?: string | undefined;
  readonly session?: string | null | undefined;
  /** Unix milliseconds. */
  readonly now: number;
}

/** Matches every plugin; only denials may use it. */
export const anyPlugin = "*";

/**
 * Whether a record answers this question: right capability, scope, operation, arguments, session, and not expired.
 *
 * A grant has to cover all that the request touches; a denial applies as soon as the request could touch a part of what is
 * denied.
 */
export function grantApplies(grant: Grant, query: GrantQuery): boolean {
  return (
    grant.capability === query.capability &&
    (grant.argumentsDigest === undefined ||
      grant.argumentsDigest === query.argumentsDigest ||
      (grant.effect === "deny" && query.argumentsDigest === undefined)) &&
    (grant.operation === undefined || grant.operation === query.operation) &&
    (grant.session === undefined || grant.session === (query.session ?? "")) &&
    (grant.expires === undefined || query.now < grant.expires) &&
    (grant.effect === "deny" ? scopeTouches : scopeCovers)(grant.capability, grant.scope, query.target)
  );
}

/** Whether two identities name the same plugin. */
export function samePlugin(left: PluginIdentity, right: PluginIdentity): boolean {
  return left.plugin === right.plugin && left.home === right.home;
}

/** Says why a draft may not become a grant, or nothing. */
export function checkGrant(draft: GrantDraft): string | undefined {
  if (draft.plugin === "") return "it names no plugin";
  if (draft.effect === "allow" && draft.plugin === anyPlugin) return "a grant names one plugin";
  if (draft.plugin === anyPlugin && draft.onBehalfOf !== undefined)
    return "a denial of every plugin holds whoever it works for";
  if (draft.effect === "allow" && capabilityTable[draft.capability].asks === "each-time")
    return `${draft.capability} is asked each time and never granted in advance`;
  return undefined;
}

/** The same content, whatever its id and date: adding an equal grant twice keeps one. */
export function grantContent(draft: GrantDraft): string {
  const { effect, plugin, home, capability, scope, onBehalfOf, operation, argumentsDigest, session, expires } = draft;
  return JSON.stringify([
    effect,
    home,
    plugin,
    capability,
    Object.entries(scope).sort(([left], [right]) => (left < right ? -1 : 1)),
    onBehalfOf === undefined ? null : [onBehalfOf.home, onBehalfOf.plugin],
    operation ?? null,
    argumentsDigest ?? null,
    session ?? null,
    expires ?? null,
  ]);
}

/** Reads one grant from JSON. Anything unexpected is refused: a record that is not understood must not count. */
export function parseGrant(raw: unknown): Outcome<Grant> {
  if (typeof raw !== "object" || raw === null) return refuse("it is not an object");
  const entry: { readonly [key: string]: unknown } = { ...raw };
  const { id, effect, plugin, home, capability, operation, argumentsDigest, origin, created, expires } = entry;
  const unknown = Object.keys(entry).find((key) => !grantKeys.has(key));
  if (unknown !== undefined) return refuse(`it has an unknown key "${unknown}"`);
  if (typeof id !== "string" || typeof plugin !== "string" || typeof home !== "string")
    return refuse("it has no id, plugin or home");
  if (effect !== "allow" && effect !== "deny") return refuse(`effect "${String(effect)}" is neither allow nor deny`);
  if (typeof capability !== "string" || !isCapabilityName(capability))
    return refuse(`there is no capability "${String(capability)}"`);
  if (operation !== undefined && typeof operation !== "string") return refuse("operation is not text");
  if (argumentsDigest !== undefined && typeof argumentsDigest !== "string")
    return refuse("argumentsDigest is not text");
  if (typeof created !== "number" || !(expires === undefined || typeof expires === "number"))
    return refuse("created or expires is not a number");
  if (origin !== "prompt" && origin !== "command" && origin !== "config" && origin !== "install")
    return refuse(`there is no origin "${String(origin)}"`);
  const scope = parseScope(capability, entry["scope"]);
  if (!scope.ok) return scope;
  const onBehalfOf = parseIdentity(entry["onBehalfOf"]);
  if (!onBehalfOf.ok) return onBehalfOf;
  const grant: Grant = {
    id,
    effect,
    plugin,
    home,
    capability,
    scope: scope.value,
    ...(onBehalfOf.value === undefined ? {} : { onBehalfOf: onBehalfOf.value }),
    ...(operation === undefined ? {} : { operation }),
    ...(argumentsDigest === undefined ? {} : { argumentsDigest }),
    origin,
    created,
    ...(expires === undefined ? {} : { expires }),
  };
  const wrong = checkGrant(grant);
  return wrong === undefined ? succeed(grant) : refuse(wrong);
}

const grantKeys: ReadonlySet<string> = new Set([
  "id",
  "effect",
  "plugin",
  "home",
  "capability",
  "scope",
  "onBehalfOf",
  "operation",
  "argumentsDigest",
  "origin",
  "created",
  "expires",
]);

function parseIdentity(raw: unknown): Outcome<PluginIdentity | undefined> {
  if (raw === undefined) return succeed(undefined);
  if (typeof raw === "object" && raw !== null && "plugin" in raw && "home" in raw) {
    const { plugin, home } = raw;
    if (typeof plugin === "string" && typeof home === "string") return succeed({ plugin, home });
  }
  return refuse("onBehalfOf names no plugin");
}

function refuse(why: string): Outcome<never> {
  return fail("grants/unreadable", `Cannot read grant: ${why}`);
}
