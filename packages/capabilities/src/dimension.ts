// The dimensions that a scope can constrain: each has a key, a grammar for its patterns, and its rules for covering and
// inclusion. One table; adding a row is all that a new kind of scope needs.
import {
  checkHostPattern,
  hostAndDomains,
  hostCovers,
  hostIncludes,
  hostKey,
  hostTouches,
  splitHost,
} from "./host-pattern.ts";
import { isPrivateHostName, unmappedHost } from "./private-host.ts";
import {
  checkPathPattern,
  literalFolder,
  pathAndFolders,
  pathCovers,
  pathIncludes,
  pathTouches,
} from "./path-pattern.ts";

/** What scopes can be about. */
export type DimensionName = "paths" | "hosts" | "methods" | "plugins" | "folders" | "tags" | "names";

export interface DimensionRule {
  readonly summary: string;
  /** An example of one pattern, for prompts and error messages. */
  readonly example: string;
  /** A request may touch several values: must the scope cover each of them, or is one enough (tags of a note)? */
  readonly values: "every" | "some";
  /** Whether a scope that does not mention the dimension covers a value or pattern all the same. */
  coversUnnamed(value: string): boolean;
  /** Brings a pattern into its one spelling. */
  normalize(pattern: string): string;
  /** Says what is wrong with a normalised pattern, or nothing. */
  check(pattern: string): string | undefined;
  covers(pattern: string, value: string): boolean;
  includes(outer: string, inner: string): boolean;
  /** Where the pattern stands in an index, and where a value has to look: `keysFor(v)` holds the key of each pattern that covers v. */
  keyOf(pattern: string): string;
  keysFor(value: string): readonly string[];
  /** How denials are compared: generously, so that no other spelling of the same thing gets past one. */
  readonly denial: DenialRule;
}

export interface DenialRule {
  /** Brings patterns and values to the form in which they are compared; two spellings of one thing become the same. */
  fold(text: string): string;
  /** Whether a value (folded) may be, or contain, something that the pattern (folded) stands for. */
  touches(pattern: string, value: string): boolean;
  /** Where the folded patterns stand that touch the folded value; nothing where every one may. */
  keysFor(value: string): DenialPlaces | undefined;
}

/** `keyOf` of each pattern concerned is one of `keys`, or begins with `below`. */
export interface DenialPlaces {
  readonly keys: readonly string[];
  readonly below?: string;
}

const always = (): boolean => true;
const keep = (pattern: string): string => pattern;
const lower = (pattern: string): string => pattern.toLowerCase();

/** File systems differ in case and in how they compose letters; a denial holds in each of them. */
const foldName = (text: string): string => text.normalize("NFC").toLowerCase();

const paths = {
  values: "every",
  coversUnnamed: always,
  normalize: trimSlash,
  covers: pathCovers,
  includes: pathIncludes,
  keyOf: literalFolder,
  keysFor: pathAndFolders,
  denial: {
    fold: foldName,
    touches: pathTouches,
    // What lies in a folder can be denied at any depth; the whole kiln is above everything.
    keysFor: (value: string): DenialPlaces => ({
      keys: pathAndFolders(value),
      ...(value.endsWith("/") ? { below: value === "./" ? "" : value } : {}),
    }),
  },
} as const;

const hosts = {
  values: "every",
  // Loopback, private and link-local addresses are reached only by those who name them.
  coversUnnamed: (value: string): boolean => !isPrivateHostName(splitHost(value).host),
  normalize: lower,
  check: checkHostPattern,
  covers: hostCovers,
  includes: hostIncludes,
  keyOf: hostKey,
  keysFor: hostAndDomains,
  denial: {
    fold: foldHost,
    touches: hostTouches,
    keysFor: (value: string): DenialPlaces => ({ keys: hostAndDomains(value) }),
  },
} as const;

/** Words with at most wildcards in them: plugin names, secret names. */
const words = {
  values: "every",
  coversUnnamed: always,
  normalize: keep,
  check: checkWord,
  covers: wordCovers,
  includes: wordIncludes,
  keyOf: wordKey,
  keysFor: wordKeys,
  denial: { fold: keep, touches: wordCovers, keysFor: (value: string): DenialPlaces => ({ keys: wordKeys(value) }) },
} as const;

/** All dimensions. */
export const dimensions: Readonly<Record<DimensionName, DimensionRule>> = {
  paths: {
    ...paths,
    summary: "files and folders outside the kiln",
    example: "/home/me/data",
    check: (pattern) => checkPathPattern(pattern, true),
  },
  folders: {
    ...paths,
    summary: "notes and folders of the kiln",
    example: "Projects",
    check: (pattern) => checkPathPattern(pattern, false),
    // A note may be named without its ending.
    denial: {
      ...paths.denial,
      touches: (pattern, value) => pathTouches(pattern, value) || pathTouches(pattern, withoutEnding(value)),
      keysFor: (value) => {
        const places = paths.denial.keysFor(value);
        return { ...places, keys: [withoutEnding(value), ...places.keys] };
      },
    },
  },
  hosts: { ...hosts, summary: "hosts, with a port where it is not the usual one", example: "api.example.com" },
  methods: { ...words, summary: "HTTP methods", example: "GET", normalize: (pattern) => pattern.toUpperCase() },
  plugins: {
    ...words,
    summary: "plugins, by name",
    example: "dice-roller",
    // A plugin is called with its namespace, its folder and a version, or without them.
    denial: { fold: keep, touches: pluginTouches, keysFor: () => undefined },
  },
  names: {
    ...words,
    summary: "names of secrets",
    example: "OPENAI_API_KEY",
    // Where secrets are kept as variables, these are all one name.
    denial: {
      fold: (text) => text.toUpperCase().replaceAll(/[^A-Z0-9*]/g, "_"),
      touches: (pattern, value) => wordCovers(pattern, value.replaceAll("*", "_")),
      keysFor: (value) => ({ keys: wordKeys(value.replaceAll("*", "_")) }),
    },
  },
  tags: {
    summary: "notes with a tag or one below it",
    example: "project/active",
    values: "some",
    coversUnnamed: always,
    normalize: (pattern) => trimSlash(pattern.startsWith("#") ? pattern.slice(1) : pattern).toLowerCase(),
    check: (pattern) => (/^[^\s#*]+$/.test(pattern) ? undefined : "it is not a tag"),
    covers: tagCovers,
    includes: tagCovers,
    keyOf: keep,
    keysFor: pathAndFolders,
    denial: { fold: foldName, touches: tagCovers, keysFor: (value) => ({ keys: pathAndFolders(value) }) },
  },
};

export function isDimensionName(text: string): text is DimensionName {
  return Object.hasOwn(dimensions, text);
}

/** One address in two notations is one host. */
function foldHost(text: string): string {
  const { host, port } = splitHost(text);
  return port === "" ? unmappedHost(host) : `${unmappedHost(host)}:${port}`;
}

function trimSlash(pattern: string): string {
  return pattern.length > 1 && pattern.endsWith("/") ? pattern.slice(0, -1) : pattern;
}

function checkWord(pattern: string): string | undefined {
  if (!/^[A-Za-z0-9_.:/@*-]{1,200}$/.test(pattern)) return "it has characters that such a name cannot have";
  return pattern.indexOf("*") === pattern.lastIndexOf("*") ? undefined : "it has more than one wildcard";
}

function tagCovers(pattern: string, value: string): boolean {
  return value === pattern || value.startsWith(`${pattern}/`);
}

function withoutEnding(path: string): string {
  return path.endsWith(".md") ? path.slice(0, -3) : path;
}

/** Names are compared without versions, and without namespaces where one side has none. */
function pluginTouches(pattern: string, value: string): boolean {
  const name = value.split("@", 1)[0] ?? "";
  const [own, denied] = [splitName(name), splitName(pattern)];
  if (wordCovers(pattern, name)) return true;
  if (!wordCovers(denied.name, own.name)) return false;
  return denied.space === undefined || own.space === undefined || wordCovers(denied.space, own.space);
}

function splitName(text: string): { readonly space: string | undefined; readonly name: string } {
  const at = text.lastIndexOf("/");
  return at < 0 ? { space: undefined, name: text } : { space: text.slice(0, at), name: text.slice(at + 1) };
}

function wordKey(pattern: string): string {
  return pattern.includes("*") ? "" : pattern;
}

function wordKeys(value: string): readonly string[] {
  return [value, ""];
}

/** One `*` at most, standing for any text. */
function wordCovers(pattern: string, value: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === value;
  return (
    value.length >= pattern.length - 1 &&
    value.startsWith(pattern.slice(0, star)) &&
    value.endsWith(pattern.slice(star + 1))
  );
}

function wordIncludes(outer: string, inner: string): boolean {
  const star = outer.indexOf("*");
  if (star < 0) return outer === inner;
  const innerStar = inner.indexOf("*");
  if (innerStar < 0) return wordCovers(outer, inner);
  const [head, tail] = [outer.slice(0, star), outer.slice(star + 1)];
  return inner.slice(0, innerStar).startsWith(head) && inner.slice(innerStar + 1).endsWith(tail);
}
