// What the specification says about decisions, without any care for speed: every grant is looked at, folders are the notes
// in them, and patterns are regular expressions. Nothing of the package but its table is used.
import {
  capabilityTable,
  type AuthorityQuery,
  type Decision,
  type Grant,
  type CapabilityClaim,
  type Principal,
  type Scope,
  type ScopeTarget,
} from "@crucible/capabilities";

/** All notes that there are; each folder that overlaps with a pattern of the tests has one that both mean. */
export const notes = [
  "top.md",
  "secret.md",
  "a/x.md",
  "a/y.md",
  "a/secret.md",
  "a/s/z.md",
  "a/s/secret.md",
  "b/z.md",
  "b/secret.md",
] as const;

/** Patterns of folders that the tests draw from. */
export const folderPatterns = ["a", "b", "a/s", "a/x.md", "a/*.md", "*.md", "**/secret*", "**"] as const;

const privateHosts = ["localhost", "10.0.0.5"];

type Subject = Pick<Principal, "plugin" | "home">;
type Lookup = (effect: Grant["effect"], who: Subject, query: AuthorityQuery, pair?: Subject) => Grant | undefined;

/** The first grant, from the oldest on, that answers. */
export function searchAll(grants: readonly Grant[]): Lookup {
  return (effect, who, query, pair) =>
    grants.find(
      (grant) =>
        grant.effect === effect &&
        concerns(grant, who, pair) &&
        grant.capability === query.capability &&
        (grant.operation === undefined || grant.operation === query.operation) &&
        (grant.argumentsDigest === undefined ||
          grant.argumentsDigest === query.argumentsDigest ||
          (effect === "deny" && query.argumentsDigest === undefined)) &&
        (grant.session === undefined || grant.session === query.session) &&
        (grant.expires === undefined || grant.expires > query.now) &&
        (effect === "deny" ? denies : covers)(grant, query.target),
    );
}

/** `allow`, `ask` or `deny`. */
export function referencePolicy(
  chain: readonly Principal[],
  grants: readonly Grant[],
  query: AuthorityQuery,
): Decision["kind"] {
  const callee = chain.at(-1);
  if (callee === undefined) return "deny";
  const find = searchAll(grants);
  const direct = (who: Principal): boolean =>
    who.claims.some(
      (claim) => claim.name === query.capability && covers({ ...claim, capability: claim.name }, query.target),
    );
  const unsafe = (who: Principal): boolean => who.claims.some(({ name }) => name === "Unsafe");
  const has = (who: Principal): boolean =>
    query.capability !== "Unsafe" &&
    direct(who) &&
    (capabilityTable[query.capability].byDefault === "allow" || find("allow", who, query) !== undefined);
  const callers = chain.slice(0, -1).filter((who) => who.plugin !== callee.plugin);
  const denied = (asked: AuthorityQuery): boolean =>
    chain.some((who) => find("deny", who, asked) !== undefined) ||
    callers.some((who) => find("deny", callee, asked, who) !== undefined);

  const viaUnsafe = !direct(callee) && unsafe(callee);
  if (!direct(callee) && !viaUnsafe) return "deny";
  if (denied(query)) return "deny";
  if (viaUnsafe && denied({ ...query, capability: "Unsafe", target: {} })) return "deny";
  if (query.capability === "Unsafe" || viaUnsafe) return "ask";
  const concerned = capabilityTable[query.capability].delegation === "own" ? [] : callers;
  const agreed = (who: Principal): boolean => find("allow", callee, query, who) !== undefined;
  if (concerned.some((who) => !has(who) && !agreed(who))) return "ask";
  return has(callee) || concerned.some((who) => !has(who) && agreed(who)) ? "allow" : "ask";
}

function concerns(grant: Grant, who: Subject, pair: Subject | undefined): boolean {
  if (grant.onBehalfOf?.plugin !== pair?.plugin || grant.onBehalfOf?.home !== pair?.home) return false;
  const any = grant.effect === "deny" && pair === undefined;
  return (
    (grant.plugin === who.plugin || (any && grant.plugin === "*")) &&
    (grant.home === who.home || (any && grant.home === "*"))
  );
}

interface Scoped extends Pick<CapabilityClaim, "scope"> {
  readonly capability: CapabilityClaim["name"];
}

/** Everything that the request touches lies within one pattern of each dimension that the scope names. */
function covers({ capability, scope }: Scoped, target: ScopeTarget): boolean {
  return dimensionsOf(capability).every((name) => {
    const values = listed(target[name]);
    const patterns = scope[name];
    if (patterns === undefined) return name !== "hosts" || !values.some((value) => isPrivate(value));
    if (values.length === 0) return false;
    const covered = (value: string): boolean =>
      patterns.some((pattern) => {
        if (name === "folders") return notesOf(value).every((note) => meaning(pattern).test(note));
        if (name === "hosts") return hostCovered(pattern, value);
        return name === "tags" ? under(pattern, value) : word(pattern).test(value);
      });
    return name === "tags" ? values.some(covered) : values.every(covered);
  });
}

/** Something that the request touches, or could touch, lies within what the scope names. */
function denies({ capability, scope }: Scoped, target: ScopeTarget): boolean {
  return dimensionsOf(capability).every((name) => {
    const patterns = scope[name];
    if (patterns === undefined || (target[name] === undefined && patterns.length > 0)) return true;
    return listed(target[name]).some((value) => patterns.some((pattern) => denied(name, pattern, value)));
  });
}

function denied(name: keyof Scope, pattern: string, value: string): boolean {
  switch (name) {
    case "folders":
      return notesOf(value).some((note) => {
        const regex = meaning(pattern.toLowerCase());
        return regex.test(note.toLowerCase()) || regex.test(note.toLowerCase().replace(/\.md$/, ""));
      });
    case "hosts": {
      const [host, port] = [value.slice(0, value.lastIndexOf(":")), value.slice(value.lastIndexOf(":") + 1)];
      const [deniedHost = "", deniedPort = "*"] = pattern.split(":");
      if (deniedPort !== "*" && deniedPort !== port) return false;
      return (
        deniedHost === "*" || deniedHost === host || (deniedHost.startsWith("*.") && host.endsWith(deniedHost.slice(1)))
      );
    }
    case "names":
      return variable(pattern) === variable(value);
    case "plugins": {
      const bare = value.replace(/@.*$/, "");
      const [space, plain] = bare.includes("/") ? bare.split("/") : [undefined, bare];
      const [deniedSpace, deniedPlain] = pattern.includes("/") ? pattern.split("/") : [undefined, pattern];
      return plain === deniedPlain && (space === undefined || deniedSpace === undefined || space === deniedSpace);
    }
    case "tags":
      return under(pattern, value);
    default:
      return word(pattern).test(value);
  }
}

function dimensionsOf(capability: CapabilityClaim["name"]): readonly (keyof Scope)[] {
  return capabilityTable[capability].dimensions;
}

function listed(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === "string" ? [value] : value;
}

function notesOf(value: string): readonly string[] {
  if (!value.endsWith("/")) return [value];
  return notes.filter((note) => value === "./" || note.startsWith(value));
}

/** What a pattern of paths means. */
export function meaning(pattern: string): RegExp {
  const parts = pattern.split("/");
  let source = "";
  parts.forEach((part, index) => {
    const last = index === parts.length - 1;
    if (part === "**") source += last ? "(?:[^/]+/)*[^/]+" : "(?:[^/]+/)*";
    else source += (part === "*" ? "[^/]+" : part.replaceAll(".", "\\.").replaceAll("*", "[^/]*")) + (last ? "" : "/");
  });
  return new RegExp(`^${source}${pattern.includes("*") ? "" : "(?:/.*)?"}$`);
}

function word(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
}

function under(pattern: string, tag: string): boolean {
  return tag === pattern || tag.startsWith(`${pattern}/`);
}

function variable(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
}

function isPrivate(value: string): boolean {
  return privateHosts.some((host) => value.startsWith(`${host}:`));
}

function hostCovered(pattern: string, value: string): boolean {
  const [host = "", port = ""] = value.split(":");
  const [want = "", wantPort = ""] = pattern.split(":");
  const ports = wantPort === "*" || wantPort === port || (wantPort === "" && (port === "80" || port === "443"));
  if (!ports) return false;
  if (want === "*") return !isPrivate(value);
  return want === host || (want.startsWith("*.") && host.endsWith(want.slice(1)));
}
