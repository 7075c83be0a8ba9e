// Which note a link means: Obsidian's rules, made deterministic where several notes fit.
import { compareText, isNotePath, noteFolder, noteStem } from "./note-path.ts";

/** Notes of a kiln by the lower-case name without folders and ending. */
export interface NoteNames {
  /** Paths of the notes whose name has this key, in any order. */
  pathsOf(key: string): readonly string[];
}

/** Key under which a link looks for notes: the last segment of its target without `.md`, folded. */
export function linkKey(target: string): string {
  return nameKey(noteStem(target));
}

/** Key of a name; two names with one key mean the same note on systems that ignore case. */
export function nameKey(stem: string): string {
  return stem.normalize("NFC").toLowerCase();
}

/**
 * Finds the note that a link in the note `from` means, or undefined.
 *
 * An empty target is the note itself; `./` and `../` start at the note's folder. Otherwise the target fits every note
 * whose path ends with it, in whole segments and ignoring case. Of these the first by: same path from the kiln's root,
 * same folder as `from`, fewest folders, code point order.
 */
export function resolveLink(target: string, from: string, names: NoteNames): string | undefined {
  if (target === "") return from;
  const relative = /^\.{1,2}(?:\/|$)/u.test(target);
  const wanted = relative ? joinRelative(noteFolder(from), target) : target.replace(/^\/+/u, "");
  if (wanted === undefined || wanted === "") return undefined;
  const key = pathKey(wanted);
  const rooted = relative || target.startsWith("/");
  const fitting = names.pathsOf(linkKey(wanted)).filter((path) => {
    const present = pathKey(path);
    return present === key || (!rooted && present.endsWith(`/${key}`));
  });
  if (fitting.length < 2) return fitting[0];
  const folder = noteFolder(from);
  const exact = isNotePath(wanted) ? wanted : `${wanted}.md`;
  return [...fitting].sort(
    (a, b) =>
      Number(pathKey(b) === key) - Number(pathKey(a) === key) ||
      Number(b === exact) - Number(a === exact) ||
      Number(noteFolder(b) === folder) - Number(noteFolder(a) === folder) ||
      depth(a) - depth(b) ||
      compareText(a, b),
  )[0];
}

/** Indexes paths by name, for a caller that has them all. */
export function indexNames(paths: Iterable<string>): NoteNames {
  const byKey = new Map<string, string[]>();
  for (const path of paths) {
    const key = nameKey(noteStem(path));
    const present = byKey.get(key);
    if (present === undefined) byKey.set(key, [path]);
    else present.push(path);
  }
  return { pathsOf: (key) => byKey.get(key) ?? [] };
}

/** Path from a note's folder to another path, as it is written in a relative link. */
export function relativePath(fromFolder: string, to: string): string {
  const base = fromFolder === "" ? [] : fromFolder.split("/");
  const target = to.split("/");
  let shared = 0;
  while (shared < base.length && shared < target.length - 1 && base[shared] === target[shared]) shared += 1;
  const up = "../".repeat(base.length - shared);
  return (up === "" ? "./" : up) + target.slice(shared).join("/");
}

function pathKey(path: string): string {
  return nameKey(isNotePath(path) ? path.slice(0, -3) : path);
}

function joinRelative(folder: string, target: string): string | undefined {
  const segments = folder === "" ? [] : folder.split("/");
  for (const segment of target.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.join("/");
}

function depth(path: string): number {
  return path.split("/").length;
}
