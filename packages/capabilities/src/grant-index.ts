// Finds the grants that answer a question without looking at the others: by plugin, capability and pair first, then by
// the arguments' digest or by the literal part of the patterns. Ten thousand grants decide as fast as ten.
import type { CapabilityName } from "@crucible/sandbox";
import { capabilityTable } from "./capability-table.ts";
import { dimensions } from "./dimension.ts";
import { anyPlugin, grantApplies, type Grant, type GrantQuery, type PluginIdentity } from "./grant.ts";
import { isKnown, valuesOf } from "./scope.ts";

/** Answers questions about recorded grants. */
export interface GrantLookup {
  /** One grant with this effect that applies to the plugin (and the pair, where given), or nothing. */
  find(
    effect: Grant["effect"],
    plugin: PluginIdentity,
    query: GrantQuery,
    onBehalfOf?: PluginIdentity,
  ): Grant | undefined;
}

/** A lookup without any grant. */
export const noGrants: GrantLookup = { find: () => undefined };

/** Indexes grants. Linear in their number; the index never changes afterwards. */
export function indexGrants(grants: Iterable<Grant>): GrantLookup {
  const buckets = new Map<string, Bucket>();
  const denied = new Set<CapabilityName>();
  for (const grant of grants) {
    const key = bucketKey(grant.effect, grant, grant.capability, grant.onBehalfOf);
    let bucket = buckets.get(key);
    if (bucket === undefined) buckets.set(key, (bucket = { anywhere: [], byPlace: new Map() }));
    insert(bucket, grant);
    if (grant.effect === "deny") denied.add(grant.capability);
  }
  const findFor: GrantLookup["find"] = (effect, plugin, query, onBehalfOf) => {
    const bucket = buckets.get(bucketKey(effect, plugin, query.capability, onBehalfOf));
    if (bucket === undefined) return undefined;
    return effect === "deny" ? searchDenials(bucket, query) : search(bucket, query);
  };
  return {
    find: (effect, plugin, query, onBehalfOf) => {
      if (effect === "allow") return findFor(effect, plugin, query, onBehalfOf);
      if (!denied.has(query.capability)) return undefined;
      const own = findFor(effect, plugin, query, onBehalfOf);
      if (own !== undefined || onBehalfOf !== undefined) return own;
      // Denials may be meant for every plugin, for one wherever it lives, or for both.
      const { plugin: name, home } = plugin;
      return (
        findFor(effect, { plugin: anyPlugin, home }, query) ??
        findFor(effect, { plugin: name, home: anyPlugin }, query) ??
        findFor(effect, { plugin: anyPlugin, home: anyPlugin }, query)
      );
    },
  };
}

/** Asks several lookups in turn: the recorded grants and those of the session. */
export function joinGrants(...lookups: readonly GrantLookup[]): GrantLookup {
  return {
    find: (effect, plugin, query, onBehalfOf) => {
      for (const lookup of lookups) {
        const found = lookup.find(effect, plugin, query, onBehalfOf);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

interface Bucket {
  /** Grants that nothing narrows to a place. */
  readonly anywhere: Grant[];
  readonly byPlace: Map<string, Grant[]>;
  /** The places in order, once somebody asked for a range of them. */
  sorted?: readonly string[];
}

function bucketKey(effect: string, plugin: PluginIdentity, capability: CapabilityName, pair?: PluginIdentity): string {
  const own = `${effect}\0${capability}\0${plugin.home}\0${plugin.plugin}`;
  return pair === undefined ? own : `${own}\0${pair.home}\0${pair.plugin}`;
}

function insert(bucket: Bucket, grant: Grant): void {
  const places = placesOf(grant);
  if (places === undefined) bucket.anywhere.push(grant);
  else {
    for (const place of places) {
      const there = bucket.byPlace.get(place);
      if (there === undefined) bucket.byPlace.set(place, [grant]);
      else there.push(grant);
    }
  }
}

/** Keys under which a grant is found, or nothing where it has to be looked at for every question. */
function placesOf(grant: Grant): readonly string[] | undefined {
  if (grant.argumentsDigest !== undefined) return [`arguments\0${grant.argumentsDigest}`];
  for (const name of capabilityTable[grant.capability].dimensions) {
    const patterns = grant.scope[name];
    const { values, keyOf, denial } = dimensions[name];
    if (patterns === undefined || values !== "every") continue;
    const compared = grant.effect === "deny" ? patterns.map(denial.fold) : patterns;
    return [...new Set(compared.map((pattern) => `${name}\0${keyOf(pattern)}`))];
  }
  return undefined;
}

function search(bucket: Bucket, query: GrantQuery): Grant | undefined {
  const applies = (grant: Grant): boolean => grantApplies(grant, query);
  const anywhere = bucket.anywhere.find(applies);
  if (anywhere !== undefined || bucket.byPlace.size === 0) return anywhere;
  if (query.argumentsDigest !== undefined) {
    const exact = bucket.byPlace.get(`arguments\0${query.argumentsDigest}`)?.find(applies);
    if (exact !== undefined) return exact;
  }
  for (const name of capabilityTable[query.capability].dimensions) {
    const value = valuesOf(query.target, name)[0];
    if (value === undefined || dimensions[name].values !== "every") continue;
    for (const key of dimensions[name].keysFor(value)) {
      const found = bucket.byPlace.get(`${name}\0${key}`)?.find(applies);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Denials concern each value that a request touches, and all of them where it does not say what it touches. */
function searchDenials(bucket: Bucket, query: GrantQuery): Grant | undefined {
  const applies = (grant: Grant): boolean => grantApplies(grant, query);
  const anywhere = bucket.anywhere.find(applies);
  if (anywhere !== undefined || bucket.byPlace.size === 0) return anywhere;
  for (const place of placesToSearch(bucket, query)) {
    const found = bucket.byPlace.get(place)?.find(applies);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where denials that touch the query stand; all places where they may stand anywhere. */
function placesToSearch(bucket: Bucket, query: GrantQuery): Iterable<string> {
  if (query.argumentsDigest === undefined) return bucket.byPlace.keys();
  const places = [`arguments\0${query.argumentsDigest}`];
  for (const name of capabilityTable[query.capability].dimensions) {
    const { values, denial } = dimensions[name];
    if (values !== "every") continue;
    if (!isKnown(query.target, name)) return bucket.byPlace.keys();
    for (const value of valuesOf(query.target, name)) {
      const found = denial.keysFor(denial.fold(value));
      if (found === undefined || found.below === "") return bucket.byPlace.keys();
      for (const key of found.keys) places.push(`${name}\0${key}`);
      if (found.below !== undefined)
        for (const place of startingWith(bucket, `${name}\0${found.below}`)) places.push(place);
    }
  }
  return places;
}

/** Places in a bucket that begin with a text, found among the sorted ones. */
function startingWith(bucket: Bucket, prefix: string): readonly string[] {
  const sorted = (bucket.sorted ??= [...bucket.byPlace.keys()].sort());
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] ?? "") < prefix) from = middle + 1;
    else to = middle;
  }
  let end = from;
  while (end < sorted.length && sorted[end]?.startsWith(prefix) === true) end += 1;
  return sorted.slice(from, end);
}
