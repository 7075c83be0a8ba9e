// Paths of notes: one spelling for each note, and nothing that leaves the kiln or touches what is protected.
// Symbolic links are the file power's concern; this file looks at text only.
import { fail, succeed, type Outcome } from "@crucible/sandbox/outcome";

const deviceName =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\.|$)/iu;
/** Control characters, line separators, and what turns the direction of text so that a name is not what it shows. */
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffc]/u;
/** Drawn as nothing, and ignored by some file systems when they compare names; legitimate inside emoji. */
const ignorable = /\p{Default_Ignorable_Code_Point}/gu;
const maxSegmentBytes = 255;
const maxPathBytes = 1024;

/**
 * Brings the path of a note to its one spelling: relative to the kiln, `/` between segments, NFC, ending in `.md`,
 * which is added where it is missing.
 *
 * Refused with `host/path-refused`: absolute paths, drive letters, `..`, backslashes, control and invisible characters,
 * any segment that starts with a dot (`.crucible`, `.git`, `.obsidian`, `.trash` in every spelling), names that Windows
 * reserves or cannot hold at the end (`CON`, `a.md.`), and what is too long for a file system.
 */
export function parseNotePath(path: string): Outcome<string> {
  const parsed = parsePath(path, false);
  if (!parsed.ok) return parsed;
  const withEnding = isNotePath(parsed.value) ? parsed.value : `${parsed.value}.md`;
  return byteLength(withEnding.slice(withEnding.lastIndexOf("/") + 1)) > maxSegmentBytes
    ? refuse(path, "a name in it is longer than 255 bytes")
    : succeed(withEnding);
}

/** Brings the path of a folder to its one spelling, without a slash at the end; the kiln itself is the empty path. */
export function parseFolderPath(path: string): Outcome<string> {
  if (path === "" || path === "/" || path === "." || path === "./") return succeed("");
  return parsePath(path.endsWith("/") ? path.slice(0, -1) : path, true);
}

/** True for the file names that are notes. */
export function isNotePath(path: string): boolean {
  return path.toLowerCase().endsWith(".md");
}

/** Name of a note without folders and without its ending. */
export function noteStem(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return isNotePath(name) ? name.slice(0, -3) : name;
}

/** Folder of a note; empty for the kiln itself. */
export function noteFolder(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

/** Compares by Unicode code point, which is also the order of UTF-8 bytes and of both index databases. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x === y) continue;
    // Surrogates sort below U+E000…U+FFFF as UTF-16 units but stand for code points above them.
    return fixSurrogate(x) - fixSurrogate(y);
  }
  return a.length - b.length;
}

function fixSurrogate(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}

function parsePath(path: string, folder: boolean): Outcome<string> {
  if (typeof path !== "string") throw new TypeError("A path must be a string");
  const what = folder ? "folder" : "note";
  if (path === "") return refuse(path, `it names no ${what}`);
  if (/\p{Surrogate}/u.test(path)) return refuse(path, "it contains half of a surrogate pair");
  const normal = path.normalize("NFC").replace(/^(?:\.\/)+/u, "");
  if (normal.includes("\0")) return refuse(path, "it contains a NUL character");
  if (control.test(normal)) return refuse(path, "it contains a control character");
  if (normal.includes("\\")) return refuse(path, "it contains a backslash; folders are separated by /");
  if (normal.startsWith("/")) return refuse(path, "it is absolute; paths start at the kiln");
  if (normal.includes(":")) return refuse(path, "it contains a colon, which names a drive or a stream on Windows");
  if (byteLength(normal) > maxPathBytes) return refuse(path, `it is longer than ${maxPathBytes} bytes`);
  for (const segment of normal.split("/")) {
    const reason = segmentFault(segment);
    if (reason !== undefined) return refuse(path, reason);
  }
  return succeed(normal);
}

function segmentFault(segment: string): string | undefined {
  if (segment === "") return "it contains an empty segment";
  if (segment === "." || segment === "..") return `it contains the segment "${segment}"`;
  // NFKC finds the dots that only look different (U+2024, U+FF0E) and names that fold to a protected one.
  const folded = segment.replace(ignorable, "").normalize("NFKC").trimStart();
  if (folded === "") return "a name in it has no visible character";
  if (folded.startsWith("."))
    return `"${segment}" is hidden: .crucible, .git, .obsidian and other dot folders are protected`;
  if (/[. ]$/u.test(segment)) return `"${segment}" ends in a dot or a space, which Windows drops`;
  if (segment.startsWith(" ")) return `"${segment}" starts with a space`;
  if (/^git~\d+$/iu.test(folded) || /^crucib~\d+$/iu.test(folded) || /^obsidi~\d+$/iu.test(folded)) {
    return `"${segment}" is the short name of a protected folder`;
  }
  if (deviceName.test(folded)) return `"${segment}" is the name of a device on Windows`;
  if (byteLength(segment) > maxSegmentBytes) return "a name in it is longer than 255 bytes";
  return undefined;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function refuse(path: string, reason: string): Outcome<never> {
  const shown = path.length > 120 ? `${path.slice(0, 120)}…` : path;
  return fail("host/path-refused", `Cannot use the path ${JSON.stringify(shown)}: ${reason}`, { path: shown });
}
