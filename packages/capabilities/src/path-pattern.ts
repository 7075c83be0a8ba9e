// Patterns for paths and folders: what one covers, and whether one covers all that another does.
// Paths arrive resolved (absolute or relative to the kiln, "/" between segments, no "." or ".."); resolving is done by
// whoever touches the file system.

/** Longest pattern and most wildcards: patterns come from strangers, and matching stays linear in practice. */
const maxPatternLength = 512;
const maxWildcards = 8;

/** Says why a path pattern cannot be used, or nothing. `rooted` demands an absolute one, its absence a relative one. */
export function checkPathPattern(pattern: string, rooted: boolean): string | undefined {
  if (pattern.length === 0) return "it is empty";
  if (pattern.length > maxPatternLength) return `it is longer than ${maxPatternLength} characters`;
  if (/[\0\\]/.test(pattern)) return "it contains NUL or a backslash";
  if (rooted !== isRooted(pattern)) return rooted ? "it is not absolute" : "it is not relative to the kiln";
  const segments = (rooted ? pattern.slice(1) : pattern).split("/");
  if (rooted && pattern === "/") return undefined;
  for (const segment of segments) {
    if (segment === "") return "it has an empty segment";
    if (segment === "." || segment === "..") return `it has a "${segment}" segment`;
    if (segment.includes("**") && segment !== "**") return `"**" must stand alone between slashes`;
  }
  if ((pattern.match(/\*+/g)?.length ?? 0) > maxWildcards) return `it has more than ${maxWildcards} wildcards`;
  return undefined;
}

/**
 * Whether a pattern covers a resolved path, or a folder with everything below it where the path ends in "/" (`./` is the
 * whole kiln).
 *
 * Without a wildcard a pattern covers the path and everything below it. With one it covers exactly what it spells: `*`
 * is any text within a segment, `**` any number of whole segments.
 */
export function pathCovers(pattern: string, path: string): boolean {
  if (path.endsWith("/")) return pathIncludes(pattern, wholeOf(path));
  if (!pattern.includes("*")) {
    if (pattern === "/") return path.startsWith("/");
    return path === pattern || (path.startsWith(pattern) && path.charCodeAt(pattern.length) === slash);
  }
  return matchSegments(segmentsOf(pattern), path.split("/"));
}

/** Whether a pattern covers a path, or anything of a folder where the path ends in "/". Exact. */
export function pathTouches(pattern: string, path: string): boolean {
  return path.endsWith("/") ? patternsMeet(pattern, wholeOf(path)) : pathCovers(pattern, path);
}

/**
 * Whether every path that `inner` covers is covered by `outer` as well. Exact: both patterns are small automata, and the
 * product of them is searched for a path that only `inner` accepts.
 */
export function pathIncludes(outer: string, inner: string): boolean {
  if (outer === inner || outer === "/" || outer === "**") return isRooted(outer) === isRooted(inner);
  if (!outer.includes("*")) {
    if (!inner.includes("*")) return pathCovers(outer, inner);
    if (inner === "**") return false;
  }
  return includesLanguage(buildAutomaton(outer), buildAutomaton(inner));
}

/** The longest leading part without a wildcard, whole segments only; "" for none. Grants are indexed by it. */
export function literalFolder(pattern: string): string {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern;
  return pattern.slice(0, Math.max(0, pattern.lastIndexOf("/", star)));
}

/** A path and all folders above it, the nearest first, "" last: the places where a covering pattern can be indexed. */
export function pathAndFolders(path: string): string[] {
  if (path.endsWith("/") && path !== "/") return pathAndFolders(wholeOf(path));
  const found = [path];
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) found.push(path.slice(0, at));
  if (path.startsWith("/")) found.push("/");
  found.push("");
  return found;
}

const slash = 47;

function isRooted(pattern: string): boolean {
  return pattern.startsWith("/");
}

/** The pattern of all that a path with a "/" at its end stands for. */
function wholeOf(folder: string): string {
  if (folder === "./") return "**";
  return folder === "/" ? folder : folder.slice(0, -1);
}

/** Segments of a pattern; a trailing `**` means "below", so it stands for at least one segment. */
function segmentsOf(pattern: string): string[] {
  const segments = pattern.split("/");
  if (segments.at(-1) === "**") segments.push("*");
  return segments;
}

function matchSegments(pattern: readonly string[], path: readonly string[]): boolean {
  return matchStars(
    pattern.length,
    (at) => pattern[at] === "**",
    path.length,
    (at, next) => matchText(pattern[at] ?? "", path[next] ?? ""),
  );
}

/** `*` within one segment. */
function matchText(pattern: string, text: string): boolean {
  return matchStars(
    pattern.length,
    (at) => pattern[at] === "*",
    text.length,
    (at, next) => pattern[at] === text[next],
  );
}

/** The usual two-pointer walk: stars stand for any number of elements, all else for one that it matches. */
function matchStars(
  patternLength: number,
  isStar: (at: number) => boolean,
  length: number,
  matches: (at: number, next: number) => boolean,
): boolean {
  let at = 0;
  let next = 0;
  let starAt = -1;
  let starNext = 0;
  while (next < length) {
    if (at < patternLength && isStar(at)) {
      starAt = at;
      starNext = next;
      at += 1;
    } else if (at < patternLength && matches(at, next)) {
      at += 1;
      next += 1;
    } else if (starAt >= 0) {
      at = starAt + 1;
      starNext += 1;
      next = starNext;
    } else {
      return false;
    }
  }
  while (at < patternLength && isStar(at)) at += 1;
  return at === patternLength;
}

// --- do two patterns have a path in common? -------------------------------------------------------------------------

function patternsMeet(left: string, right: string): boolean {
  return starsMeet(languageOf(left), languageOf(right), "**", (ours, theirs) =>
    starsMeet(ours.split(""), theirs.split(""), "*", (unit, other) => unit === other),
  );
}

/** Segments in which `**` is any number of whole ones, with what a pattern without a wildcard covers below itself. */
function languageOf(pattern: string): readonly string[] {
  if (pattern.includes("*")) return segmentsOf(pattern);
  return [...(pattern === "/" ? [""] : pattern.split("/")), "**"];
}

/** Whether some sequence is matched by both sides; `star` stands for any number of elements on either. */
function starsMeet(
  left: readonly string[],
  right: readonly string[],
  star: string,
  meets: (left: string, right: string) => boolean,
): boolean {
  const seen = new Set<number>();
  const waiting: (readonly [number, number])[] = [[0, 0]];
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    const [at, next] = pair;
    const key = at * (right.length + 1) + next;
    if (seen.has(key)) continue;
    seen.add(key);
    const [ours, theirs] = [left[at], right[next]];
    if (ours === undefined && theirs === undefined) return true;
    // A star ends, or takes what the other side has next.
    if (ours === star) waiting.push([at + 1, next]);
    if (theirs === star) waiting.push([at, next + 1]);
    if (ours === undefined || theirs === undefined) continue;
    if (ours === star) waiting.push([at, next + 1]);
    else if (theirs === star) waiting.push([at + 1, next]);
    else if (meets(ours, theirs)) waiting.push([at + 1, next + 1]);
  }
  return false;
}

// --- language inclusion ---------------------------------------------------------------------------------------------
//
// A path is a sequence of segments, a pattern a sequence of segment patterns and "**". Two segment patterns are compared
// by the same method one level down, on UTF-16 units.

/** States 0 … n; `moves[s]` are the edges, each on one segment pattern; `*` alone is any segment. */
interface Automaton {
  readonly moves: readonly (readonly { readonly on: string; readonly to: number }[])[];
  readonly accepting: number;
}

function buildAutomaton(pattern: string): Automaton {
  const segments = segmentsOf(pattern === "/" ? "" : pattern);
  if (pattern.startsWith("/")) segments[0] = rootMark;
  const moves: { on: string; to: number }[][] = [[]];
  let state = 0;
  for (const segment of segments) {
    if (segment === "**") {
      moves[state]?.push({ on: "*", to: state });
    } else {
      moves[state]?.push({ on: segment, to: moves.length });
      state = moves.length;
      moves.push([]);
    }
  }
  if (!pattern.includes("*")) moves[state]?.push({ on: "*", to: state }); // covers everything below
  return { moves, accepting: state };
}

/** First segment of an absolute path, so that "/a" and "a" are different languages. */
const rootMark = "\0root";

/** Give up (and answer no, which is the safe side) beyond this many explored pairs. */
const maxExplored = 20_000;

function includesLanguage(outer: Automaton, inner: Automaton): boolean {
  const outerSymbols = [...new Set(outer.moves.flat().map((move) => move.on))];
  const start = { state: 0, set: [0] as readonly number[] };
  const seen = new Set<string>();
  const waiting = [start];
  while (waiting.length > 0) {
    const pair = waiting.pop();
    if (pair === undefined) break;
    const key = `${pair.state}:${pair.set.join(",")}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (seen.size > maxExplored) return false;
    if (pair.state === inner.accepting && !pair.set.includes(outer.accepting)) return false;
    for (const move of inner.moves[pair.state] ?? []) {
      // Texts that this inner segment pattern can take, split by which of the outer's segment patterns accept them.
      for (const accepted of segmentClasses(move.on, outerSymbols)) {
        const set = new Set<number>();
        for (const state of pair.set)
          for (const edge of outer.moves[state] ?? []) if (accepted.has(edge.on)) set.add(edge.to);
        waiting.push({ state: move.to, set: [...set].sort((left, right) => left - right) });
      }
    }
  }
  return true;
}

/**
 * All sets of outer segment patterns that some text of `inner` satisfies exactly: the texts of `inner` run through all
 * outer patterns at once.
 */
function segmentClasses(inner: string, outer: readonly string[]): ReadonlySet<string>[] {
  if (inner === rootMark) return [new Set(outer.filter((symbol) => symbol === rootMark))];
  const patterns = outer.filter((symbol) => symbol !== rootMark);
  if (!inner.includes("*")) return [new Set(patterns.filter((symbol) => matchText(symbol, inner)))];
  const symbols = [...new Set(`${inner}${patterns.join("")}`.split(""))].filter((symbol) => symbol !== "*");
  symbols.push(otherText);
  const seen = new Set<string>();
  const found = new Map<string, ReadonlySet<string>>();
  const waiting = [{ at: closeText(inner, [0]), sets: patterns.map((symbol) => closeText(symbol, [0])), empty: true }];
  while (waiting.length > 0) {
    const here = waiting.pop();
    if (here === undefined || here.at.length === 0) continue;
    const key = `${here.at.join(",")}|${here.sets.map((set) => set.join(",")).join("|")}|${String(here.empty)}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (seen.size > maxExplored) return [new Set()];
    if (!here.empty && here.at.includes(inner.length)) {
      const accepted = patterns.filter((symbol, index) => here.sets[index]?.includes(symbol.length) === true);
      found.set(accepted.join("\0"), new Set(accepted));
    }
    for (const symbol of symbols) {
      waiting.push({
        at: stepText(inner, here.at, symbol),
        sets: patterns.map((pattern, index) => stepText(pattern, here.sets[index] ?? [], symbol)),
        empty: false,
      });
    }
  }
  return [...found.values()];
}

/** Stands for every unit that no pattern spells. */
const otherText = "\uFFFF";

function closeText(pattern: string, positions: readonly number[]): number[] {
  const set = new Set(positions);
  for (const position of set) if (pattern[position] === "*") set.add(position + 1);
  return [...set].sort((left, right) => left - right);
}

function stepText(pattern: string, positions: readonly number[], symbol: string): number[] {
  const next: number[] = [];
  for (const position of positions) {
    if (pattern[position] === "*") next.push(position);
    else if (pattern[position] === symbol) next.push(position + 1);
  }
  return closeText(pattern, next);
}
