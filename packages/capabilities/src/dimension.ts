// The dimensions that a scope can constrain: each has a key, a grammar for its patterns, and its rules for covering and
// inclusion. One table; adding a row is all that a new kind of scope needs.
import { checkHostPattern, hostAndDomains, hostCovers, hostIncludes, hostKey, splitHost } from "./host-pattern.ts";
import { isPrivateHostName } from "./private-host.ts";
import { checkPathPattern, literalFolder, pathAndFolders, pathCovers, pathIncludes } from "./path-pattern.ts";

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
}

const always = (): boolean => true;
const keep = (pattern: string): string => pattern;
const lower = (pattern: string): string => pattern.toLowerCase();

const paths = {
  values: "every",
  coversUnnamed: always,
  normalize: trimSlash,
  covers: pathCovers,
  includes: pathIncludes,
  keyOf: literalFolder,
  keysFor: pathAndFolders,
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
} as const;

/** Words with at most wildcards in them: plugin names, secret names. */
const words = {
  values: "every",
  coversUnnamed: always,
  normalize: keep,
  check: checkWord,
  covers: wordCovers,
  includes: wordIncludes,
  keyOf: (pattern: string): string => (pattern.includes("*") ? "" : pattern),
  keysFor: (value: string): readonly string[] => [value, ""],
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
  },
  hosts: { ...hosts, summary: "hosts, with a port where it is not the usual one", example: "api.example.com" },
  methods: { ...words, summary: "HTTP methods", example: "GET", normalize: (pattern) => pattern.toUpperCase() },
  plugins: { ...words, summary: "plugins, by name", example: "dice-roller" },
  names: { ...words, summary: "names of secrets", example: "OPENAI_API_KEY" },
  tags: {
    summary: "notes with a tag or one below it",
    example: "project/active",
    values: "some",
    coversUnnamed: always,
    normalize: (pattern) => trimSlash(pattern.startsWith("#") ? pattern.slice(1) : pattern).toLowerCase(),
    check: (pattern) => (/^[^\s#*]+$/.test(pattern) ? undefined : "it is not a tag"),
    covers: (pattern, value) => value === pattern || value.startsWith(`${pattern}/`),
    includes: (outer, inner) => inner === outer || inner.startsWith(`${outer}/`),
    keyOf: keep,
    keysFor: pathAndFolders,
  },
};

export function isDimensionName(text: string): text is DimensionName {
  return Object.hasOwn(dimensions, text);
}

function trimSlash(pattern: string): string {
  return pattern.length > 1 && pattern.endsWith("/") ? pattern.slice(0, -1) : pattern;
}

function checkWord(pattern: string): string | undefined {
  if (!/^[A-Za-z0-9_.:/@*-]{1,200}$/.test(pattern)) return "it has characters that such a name cannot have";
  return pattern.indexOf("*") === pattern.lastIndexOf("*") ? undefined : "it has more than one wildcard";
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
