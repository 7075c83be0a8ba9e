// Finds links and tags inside one line of a note, and leaves out code spans, comments, formulas and escapes.

export interface NoteLink {
  /** How it is written: `[[a]]` or `[text](a.md)`. */
  readonly kind: "wiki" | "markdown";
  /** True for `![[a]]` and `![text](a.png)`. */
  readonly embed: boolean;
  /** Where it points, as it is written and decoded, without heading and alias; empty for a place in the same note. */
  readonly target: string;
  /** Heading path after `#`, with `#` between levels. */
  readonly heading?: string;
  /** Block id after `#^`. */
  readonly block?: string;
  readonly alias?: string;
  /** Line of the file, counted from 1. */
  readonly line: number;
  /** Offsets of the target's text, which is what changes when the note is renamed. */
  readonly targetStart: number;
  readonly targetEnd: number;
  /** True when it stands in front matter; offsets then count from the start of the YAML. */
  readonly inFrontMatter?: true;
}

export interface NoteTag {
  /** Without the leading `#`, in the case in which it is written. */
  readonly tag: string;
  readonly line: number;
}

const tagPattern = /(?:[\p{L}\p{N}\p{M}\p{Extended_Pictographic}_/-]|\u200d|\ufe0f)+/uy;
const digitsOnly = /^[\p{N}/_-]*$/u;
const beforeTag = /[\p{L}\p{N}\p{M}_/#&\\-]$/u;
/** Brackets and parentheses in links are nested no deeper, as in CommonMark. */
const maxNesting = 32;
const scheme = /^[a-z][a-z0-9+.-]*:/iu;

/**
 * Scans one line that starts at `offset`. `region` is the end mark of a comment or formula that an earlier line opened.
 *
 * @returns the end mark of what this line leaves open
 */
export function scanLine(
  text: string,
  offset: number,
  line: number,
  region: string | undefined,
  links: NoteLink[],
  tags: NoteTag[],
): string | undefined {
  let index = 0;
  const find = createFinder(text);
  const scanned: ScannedLine = { text, find, offset, line, links };
  if (region !== undefined) {
    const end = text.indexOf(region);
    if (end < 0) return region;
    index = end + region.length;
  }
  while (index < text.length) {
    switch (text.charCodeAt(index)) {
      case 0x5c: // backslash
        index += 2;
        break;
      case 0x60: // backtick
        index = skipCode(text, index);
        break;
      case 0x25: // %
      case 0x3c: // <
      case 0x24: {
        // $
        const end = regionAt(text, index);
        if (end === undefined) {
          index += 1;
          break;
        }
        const close = find(end.mark, index + end.length);
        // A formula over several lines starts its line; two dollars elsewhere are money.
        if (close < 0 && end.mark === "$$" && text.slice(0, index).replace(/^[ \t>]+/u, "") !== "") {
          index += 2;
          break;
        }
        if (close < 0) return end.mark;
        index = close + end.mark.length;
        break;
      }
      case 0x5b: // [
        index = text.charCodeAt(index + 1) === 0x5b ? readWikiLink(scanned, index) : readMarkdownLink(scanned, index);
        break;
      case 0x23: // #
        index = readTag(text, index, line, tags);
        break;
      default:
        index += 1;
    }
  }
  return undefined;
}

/** Finds the wikilinks in a range of YAML, where nothing else of a line counts. */
export function scanProperty(yaml: string, start: number, end: number, line: number, links: NoteLink[]): void {
  const found: NoteLink[] = [];
  const text = yaml.slice(0, end);
  const scanned: ScannedLine = { text, find: createFinder(text), offset: 0, line, links: found };
  let index = text.indexOf("[[", start);
  while (index >= 0) index = text.indexOf("[[", readWikiLink(scanned, index));
  for (const link of found) links.push({ ...link, inFrontMatter: true });
}

/** Looks for a mark from an index on, as `indexOf`. */
type Finder = (mark: string, from: number) => number;

interface ScannedLine {
  readonly text: string;
  readonly find: Finder;
  /** Where the text starts in its note. */
  readonly offset: number;
  readonly line: number;
  /** Gets the links that are found. */
  readonly links: NoteLink[];
}

/** Remembers what it found, so that marks that nothing closes cost one look at the line and not one each. */
function createFinder(text: string): Finder {
  let known: Map<string, { readonly from: number; readonly at: number }> | undefined;
  return (mark, from) => {
    const last = known?.get(mark);
    if (last !== undefined && from >= last.from && (last.at < 0 || last.at >= from)) return last.at;
    const at = text.indexOf(mark, from);
    known ??= new Map();
    known.set(mark, { from, at });
    return at;
  };
}

/** Index after a code span that starts here, or after its backticks when nothing closes it on this line. */
function skipCode(text: string, start: number): number {
  let run = start;
  while (text.charCodeAt(run) === 0x60) run += 1;
  const length = run - start;
  for (let index = text.indexOf("`", run); index >= 0; index = text.indexOf("`", index)) {
    let end = index;
    while (text.charCodeAt(end) === 0x60) end += 1;
    if (end - index === length) return end;
    index = end;
  }
  return run;
}

function regionAt(text: string, index: number): { readonly mark: string; readonly length: number } | undefined {
  if (text.startsWith("%%", index)) return { mark: "%%", length: 2 };
  if (text.startsWith("<!--", index)) return { mark: "-->", length: 4 };
  if (text.startsWith("$$", index)) return { mark: "$$", length: 2 };
  return undefined;
}

function readWikiLink({ text, find, offset, line, links }: ScannedLine, start: number): number {
  const close = find("]]", start + 2);
  if (close < 0) return start + 2;
  const open = text.lastIndexOf("[[", close);
  if (open > start) return open;
  const inner = text.slice(start + 2, close);
  if (inner.includes("\n")) return start + 2;
  const bar = inner.indexOf("|");
  // In tables the bar is written \| so that it does not end the cell.
  const place = bar < 0 ? inner : inner.slice(0, inner[bar - 1] === "\\" ? bar - 1 : bar);
  const alias = bar < 0 ? undefined : inner.slice(bar + 1).trim();
  const mark = place.indexOf("#");
  const written = mark < 0 ? place : place.slice(0, mark);
  const target = written.trim();
  const part = mark < 0 ? "" : place.slice(mark + 1).trim();
  if (target === "" && part === "") return close + 2;
  const targetStart = offset + start + 2 + (written.length - written.trimStart().length);
  links.push({
    kind: "wiki",
    embed: text[start - 1] === "!" && text[start - 2] !== "\\",
    target,
    ...partOf(part),
    ...(alias === undefined || alias === "" ? {} : { alias }),
    line,
    targetStart,
    targetEnd: targetStart + target.length,
  });
  return close + 2;
}

function partOf(part: string): { readonly heading?: string; readonly block?: string } {
  if (part === "") return {};
  return part.startsWith("^") ? { block: part.slice(1) } : { heading: part };
}

function readMarkdownLink({ text, find, offset, line, links }: ScannedLine, start: number): number {
  const labelEnd = closingBracket(text, start);
  if (labelEnd < 0 || text[labelEnd + 1] !== "(") return start + 1;
  let index = labelEnd + 2;
  while (text[index] === " ") index += 1;
  const angled = text[index] === "<";
  const from = angled ? index + 1 : index;
  const end = angled ? find(">", from) : destinationEnd(text, from);
  if (end < 0 || find(")", end) < 0) return start + 1;
  const destination = text.slice(from, end);
  const mark = destination.indexOf("#");
  const written = mark < 0 ? destination : destination.slice(0, mark);
  const target = decode(written);
  const part = mark < 0 ? "" : decode(destination.slice(mark + 1));
  // Only the label can hold further links and tags, so the scan goes on inside of it.
  const internal = !scheme.test(destination) && !destination.startsWith("//") && (target !== "" || part !== "");
  if (internal && pointsToNoteOrFile(target)) {
    const alias = text.slice(start + 1, labelEnd).trim();
    links.push({
      kind: "markdown",
      embed: text[start - 1] === "!" && text[start - 2] !== "\\",
      target,
      ...partOf(part),
      ...(alias === "" ? {} : { alias }),
      line,
      targetStart: offset + from,
      targetEnd: offset + from + written.length,
    });
  }
  return find(")", end) + 1;
}

function pointsToNoteOrFile(target: string): boolean {
  return target === "" || !target.startsWith("/") || target.length > 1;
}

function closingBracket(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (character === "\\") index += 1;
    else if (character === "[") depth += 1;
    else if (character === "]") {
      depth -= 1;
      if (depth === 0) return index;
    }
    if (depth > maxNesting) return -1;
  }
  return -1;
}

function destinationEnd(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const character = text[index];
    if (character === "\\") index += 1;
    else if (character === " ") return index;
    else if (character === "(") depth += 1;
    else if (character === ")") {
      if (depth === 0) return index;
      depth -= 1;
    }
    if (depth > maxNesting) return -1;
  }
  return -1;
}

function decode(written: string): string {
  if (!written.includes("%")) return written;
  try {
    return decodeURIComponent(written);
  } catch {
    // A lone percent sign stands for itself.
    return written;
  }
}

function readTag(text: string, start: number, line: number, tags: NoteTag[]): number {
  if (start > 0 && beforeTag.test(text.slice(Math.max(0, start - 2), start))) return start + 1;
  tagPattern.lastIndex = start + 1;
  const found = tagPattern.exec(text);
  if (found === null) return start + 1;
  const tag = found[0].replace(/\/+$/u, "");
  if (tag !== "" && !digitsOnly.test(tag) && !tag.startsWith("/")) tags.push({ tag, line });
  return start + 1 + found[0].length;
}
