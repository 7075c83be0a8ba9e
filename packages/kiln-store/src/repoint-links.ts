// What must change in the text of notes so that every link means the same note after one of them was renamed.
import { splitNote } from "./front-matter.ts";
import { isNotePath, noteFolder, noteStem } from "./note-path.ts";
import type { Note } from "./read-note.ts";
import { relativePath, resolveLink, type NoteNames } from "./resolve-link.ts";
import type { NoteLink } from "./scan-line.ts";

/** A replacement of the text between two offsets of a file's text. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Rename {
  readonly from: string;
  readonly to: string;
  readonly before: NoteNames;
  readonly after: NoteNames;
}

/**
 * Edits for one note, in ascending order. A link that meant the renamed note means it under its new name; a link that
 * would mean another note than before is written out; every other link stays as it is.
 */
export function repointLinks(note: Note, source: string, rename: Rename): readonly TextEdit[] {
  const split = splitNote(source);
  const bodyStart = split.block.length;
  const edits: TextEdit[] = [];
  const sourceAfter = note.path === rename.from ? rename.to : note.path;
  for (const link of note.links) {
    if (link.target === "") continue;
    const meant = resolveLink(link.target, note.path, rename.before);
    if (meant === undefined) continue;
    const wanted = meant === rename.from ? rename.to : meant;
    if (resolveLink(link.target, sourceAfter, rename.after) === wanted) continue;
    const text = writeTarget(link, wanted, sourceAfter, rename.after);
    if (text === undefined) continue;
    const shift = link.inFrontMatter === true ? split.yamlStart : bodyStart;
    edits.push({ start: shift + link.targetStart, end: shift + link.targetEnd, text });
  }
  return edits.sort((a, b) => a.start - b.start);
}

/** Applies edits that do not overlap and are in ascending order. */
export function applyEdits(source: string, edits: readonly TextEdit[]): string {
  let result = "";
  let from = 0;
  for (const edit of edits) {
    result += source.slice(from, edit.start) + edit.text;
    from = edit.end;
  }
  return result + source.slice(from);
}

/** The shortest spelling in the link's own style that means `wanted`. */
function writeTarget(link: NoteLink, wanted: string, from: string, names: NoteNames): string | undefined {
  const withEnding = isNotePath(link.target);
  const finish = (path: string): string => (withEnding ? path : path.slice(0, -3));
  const stem = withEnding ? `${noteStem(wanted)}.md` : noteStem(wanted);
  const relative = finish(relativePath(noteFolder(from), wanted));
  const full = finish(wanted);
  const style = /^\.{1,2}\//u.test(link.target)
    ? "relative"
    : link.target.startsWith("/")
      ? "rooted"
      : link.target.includes("/")
        ? "full"
        : "name";
  const spellings = {
    relative: [relative, full],
    rooted: [`/${full}`],
    full: [full, `/${full}`],
    name: [stem, full, `/${full}`],
  }[style];
  const chosen = spellings.find((each) => resolveLink(each, from, names) === wanted);
  if (chosen === undefined) return undefined;
  return link.kind === "wiki" ? chosen : encodeDestination(chosen);
}

function encodeDestination(path: string): string {
  return path
    .split("/")
    .map((segment) => encodeURIComponent(segment).replaceAll("(", "%28").replaceAll(")", "%29"))
    .join("/");
}
