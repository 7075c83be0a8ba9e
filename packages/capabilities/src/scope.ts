// Scopes: what part of a capability a manifest declares, a grant permits or a request touches. Parsing, covering and the
// subset test that attenuation needs; the rules of each dimension are in dimension.ts.
import { fail, isCapabilityName, succeed, type CapabilityName, type Outcome } from "@crucible/sandbox";
import { capabilityTable } from "./capability-table.ts";
import { dimensions, isDimensionName, type DimensionName } from "./dimension.ts";

/**
 * Patterns per dimension. A dimension that is absent is not constrained, except that
 * private hosts are covered only where they are named.
 */
export type Scope = { readonly [Name in DimensionName]?: readonly string[] };

/**
 * What one request touches: values per dimension. A path that ends in "/" stands for the folder and all that is below it,
 * `./` for the whole kiln. Dimensions that the capability does not know are ignored.
 */
export type ScopeTarget = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A capability with the part of it that is meant. */
export interface CapabilityClaim {
  readonly name: CapabilityName;
  readonly scope: Scope;
}

/** The scope that is not constrained in any dimension. */
export const wholeScope: Scope = Object.freeze({});

/** Most patterns in one dimension of one scope. */
const maxPatterns = 1_000;

/**
 * Reads a scope as a manifest or a command line writes it: a pattern, a list of patterns (both for the capability's
 * first dimension), or a record of dimensions. Tags may stand among folders as `#tag`.
 *
 * @param home replaces a leading `~/` in paths; without it such a pattern is refused
 * @returns the scope in its one spelling, or `manifest/invalid`
 */
export function parseScope(capability: CapabilityName, raw: unknown, home?: string): Outcome<Scope> {
  if (raw === undefined || raw === null) return succeed(wholeScope);
  const allowed = capabilityTable[capability].dimensions;
  const first = allowed[0];
  if (first === undefined && !isRecord(raw)) return refuse(capability, "the capability has no scope");
  const record = isRecord(raw) ? raw : { [first ?? ""]: raw };
  const scope: { [Name in DimensionName]?: string[] } = {};
  for (const [key, listed] of Object.entries(record)) {
    if (!isDimensionName(key) || !allowed.includes(key))
      return refuse(capability, `it has no "${key}"; it has ${allowed.join(", ")}`);
    const patterns = typeof listed === "string" ? [listed] : listed;
    if (!Array.isArray(patterns) || patterns.length > maxPatterns)
      return refuse(capability, `"${key}" is not a list of at most ${maxPatterns} patterns`);
    for (const pattern of patterns as readonly unknown[]) {
      if (typeof pattern !== "string") return refuse(capability, `"${key}" has an entry that is not text`);
      const at = key === "folders" && pattern.startsWith("#") && allowed.includes("tags") ? "tags" : key;
      const expanded =
        at === "paths" && home !== undefined && pattern.startsWith("~/") ? home + pattern.slice(1) : pattern;
      const normal = dimensions[at].normalize(expanded);
      const wrong = dimensions[at].check(normal);
      if (wrong !== undefined) return refuse(capability, `pattern "${pattern}" of "${key}": ${wrong}`);
      (scope[at] ??= []).push(normal);
    }
    if (patterns.length === 0) scope[key] ??= [];
  }
  for (const name of Object.keys(scope)) {
    if (isDimensionName(name)) scope[name] = [...new Set(scope[name])].sort();
  }
  return succeed(scope);
}

/** Reads one entry of a manifest's `capabilities`: a name, or `{name, scope}`. Unknown names are `manifest/invalid`. */
export function parseClaim(raw: unknown, home?: string): Outcome<CapabilityClaim> {
  const record = isRecord(raw) ? raw : { name: raw };
  const { name, scope } = record;
  if (typeof name !== "string" || !isCapabilityName(name))
    return fail("manifest/invalid", `Cannot read capability "${String(name)}": there is no such capability`);
  const parsed = parseScope(name, scope, home);
  return parsed.ok ? succeed({ name, scope: parsed.value }) : parsed;
}

/** A scope as people read it: `hosts api.example.com, methods GET`; `everything` where nothing is constrained. */
export function formatScope(scope: Scope): string {
  const parts = Object.entries(scope).map(
    ([name, patterns]) => `${name} ${patterns.length === 0 ? "none" : patterns.join(" ")}`,
  );
  return parts.length === 0 ? "everything" : parts.join(", ");
}

/**
 * Whether a scope covers what a request touches.
 *
 * A dimension that the scope constrains and the request does not mention is not covered: the decision fails closed.
 */
export function scopeCovers(capability: CapabilityName, scope: Scope, target: ScopeTarget): boolean {
  for (const name of capabilityTable[capability].dimensions) {
    const rule = dimensions[name];
    const values = valuesOf(target, name);
    const patterns = scope[name];
    if (patterns === undefined) {
      if (!values.every((value) => rule.coversUnnamed(value))) return false;
      continue;
    }
    if (values.length === 0) return false;
    const covered = (value: string): boolean => patterns.some((pattern) => rule.covers(pattern, value));
    if (!(rule.values === "every" ? values.every(covered) : values.some(covered))) return false;
  }
  return true;
}

/**
 * Whether a request may touch something that a denial of this scope is about: a part of a folder is enough, and so is not
 * knowing (the tags of a note).
 */
export function scopeTouches(capability: CapabilityName, scope: Scope, target: ScopeTarget): boolean {
  for (const name of capabilityTable[capability].dimensions) {
    const { fold, touches } = dimensions[name].denial;
    const patterns = scope[name]?.map(fold);
    const values = valuesOf(target, name).map(fold);
    const known = isKnown(target, name);
    if (patterns === undefined || (!known && patterns.length > 0)) continue;
    if (!values.some((value) => patterns.some((pattern) => touches(pattern, value)))) return false;
  }
  return true;
}

/**
 * Whether `inner` permits nothing that `outer` does not.
 *
 * Sound: true means subset. Each pattern of `inner` has to lie within one pattern of `outer`, so that a pattern which only
 * several patterns of `outer` cover together counts as outside.
 */
export function scopeIncludes(capability: CapabilityName, outer: Scope, inner: Scope): boolean {
  for (const name of capabilityTable[capability].dimensions) {
    const rule = dimensions[name];
    const wide = outer[name];
    const narrow = inner[name];
    if (wide === undefined) {
      if (narrow?.every((pattern) => rule.coversUnnamed(pattern.replace(/^\*\./, ""))) === false) return false;
    } else if (narrow?.every((pattern) => wide.some((candidate) => rule.includes(candidate, pattern))) !== true) {
      return false;
    }
  }
  return true;
}

/** The narrowest scope that covers a request: its values, spelled as patterns; `undefined` where they cannot be. */
export function scopeOfTarget(capability: CapabilityName, target: ScopeTarget): Scope | undefined {
  const scope: { [Name in DimensionName]?: readonly string[] } = {};
  for (const name of capabilityTable[capability].dimensions) {
    // A folder with all that is in it is spelled without the slash.
    const values = valuesOf(target, name).map((value) => (value.length > 1 ? value.replace(/\/$/, "") : value));
    if (values.length === 0) continue;
    // A value that would be read as a pattern (a note called "a*.md") cannot be spelled exactly.
    if (values.some((value) => value.includes("*") || dimensions[name].check(value) !== undefined)) return undefined;
    scope[name] = values;
  }
  return Object.keys(scope).length === 0 ? undefined : scope;
}

/** Whether a request says what it touches in a dimension; the tags of a note are a list that may be empty. */
export function isKnown(target: ScopeTarget, name: DimensionName): boolean {
  return Object.hasOwn(target, name) && target[name] !== undefined;
}

/** Values that a target has in a dimension. */
export function valuesOf(target: ScopeTarget, name: DimensionName): readonly string[] {
  const value = Object.hasOwn(target, name) ? target[name] : undefined;
  return value === undefined ? [] : typeof value === "string" ? [value] : value;
}

function refuse(capability: CapabilityName, why: string): Outcome<never> {
  return fail("manifest/invalid", `Cannot read scope of ${capability}: ${why}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
