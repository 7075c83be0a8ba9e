// Reads documentation from the code: the first doc comment is the file's, one directly above a function is the action's.
// Works on lines, without parsing the language; each line is looked at once.
import type { Language } from "@crucible/sandbox";
import { commentSyntax } from "./language.ts";

/** Documentation found in a plugin's code. */
export interface DocComments {
  readonly file?: string;
  readonly functions: ReadonlyMap<string, string>;
}

const maxDocUnits = 20_000;
const maxFunctions = 1_000;

/**
 * Reads doc comments: Lua `---`, Rune `///` and `//!`, JavaScript block comments that open with two stars. Tag lines
 * (`@param`) are left to the manifest.
 */
export function readDocComments(code: string, bodyLine: number, language: Language): DocComments {
  const functions = new Map<string, string>();
  if (language === "wasm") return { functions };
  const lines = code.split("\n").slice(bodyLine - 1);
  let file: string | undefined;
  let at = 0;
  let codeSeen = false;
  while (at < lines.length) {
    const block = readBlock(lines, at, language);
    if (block === undefined) {
      codeSeen ||= (lines[at] ?? "").trim() !== "";
      at += 1;
      continue;
    }
    at = block.next;
    // Attributes may stand between the comment and the function.
    let below = at;
    while (/^\s*#\[/.test(lines[below] ?? "")) below += 1;
    const name = block.inner ? undefined : functionName(lines[below] ?? "", language);
    const text = block.text.trim().slice(0, maxDocUnits);
    if (text === "") continue;
    if (name !== undefined && functions.size < maxFunctions) functions.set(name, text);
    else if (file === undefined && !codeSeen) file = text;
  }
  return { functions, ...(file === undefined ? {} : { file }) };
}

/** The first sentence of a documentation text, on one line. */
export function firstSentence(documentation: string): string {
  const paragraph = (documentation.split(/\n\s*\n/, 1)[0] ?? "").replaceAll(/\s+/g, " ").trim();
  const end = /[.!?](?=\s)/.exec(paragraph);
  return (end === null ? paragraph : paragraph.slice(0, end.index + 1)).replace(/\.$/, "");
}

interface Block {
  readonly text: string;
  /** First line after the comment. */
  readonly next: number;
  /** It documents what it stands in, not what follows. */
  readonly inner: boolean;
}

function readBlock(
  lines: readonly string[],
  start: number,
  language: "lua" | "rune" | "javascript",
): Block | undefined {
  const marker = commentSyntax[language].docLine;
  return marker === undefined ? readStarBlock(lines, start) : readLineBlock(lines, start, marker, language);
}

function readLineBlock(
  lines: readonly string[],
  start: number,
  marker: string,
  language: "lua" | "rune" | "javascript",
): Block | undefined {
  const first = (lines[start] ?? "").trimStart();
  const inner = language === "rune" && first.startsWith("//!");
  const lead = inner ? "//!" : marker;
  const isDoc = (line: string): boolean => line.startsWith(lead) && line[lead.length] !== lead.at(-1);
  if (!isDoc(first)) return undefined;
  const texts: string[] = [];
  let next = start;
  for (; next < lines.length; next += 1) {
    const line = (lines[next] ?? "").trim();
    if (!isDoc(line)) break;
    const text = line.slice(lead.length);
    if (!text.trimStart().startsWith("@")) texts.push(text.replace(/^ /, ""));
  }
  return { text: texts.join("\n"), next, inner };
}

function readStarBlock(lines: readonly string[], start: number): Block | undefined {
  const first = (lines[start] ?? "").trim();
  if (!first.startsWith("/**") || first.startsWith("/**/")) return undefined;
  const texts: string[] = [];
  let tags = false;
  for (let next = start; next < lines.length; next += 1) {
    const line = (lines[next] ?? "").trim();
    const end = line.indexOf("*/", next === start ? 3 : 0);
    const inside = (end < 0 ? line : line.slice(0, end)).slice(next === start ? 3 : 0);
    const text = next === start ? inside.trim() : inside.replace(/^\*+ ?/, "");
    tags ||= text.trimStart().startsWith("@");
    if (!tags) texts.push(text);
    if (end >= 0) return { text: texts.join("\n"), next: next + 1, inner: false };
  }
  return undefined;
}

const functionPatterns: Readonly<Record<"lua" | "rune" | "javascript", readonly RegExp[]>> = {
  lua: [
    /^\s*(?:local\s+)?function\s+(?:[A-Za-z_]\w*[.:])*([A-Za-z_]\w*)\s*\(/,
    /^\s*(?:local\s+)?(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)\s*=\s*function\b/,
  ],
  rune: [/^\s*(?:pub\s+)?(?:async\s+)?fn\s+([A-Za-z_]\w*)/],
  javascript: [
    /^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?function\s*\*?\s*([A-Za-z_$][\w$]*)/,
    /^\s*(?:export\s+)?(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=/,
    /^\s*(?:module\.)?exports\.([A-Za-z_$][\w$]*)\s*=/,
  ],
};

function functionName(line: string, language: "lua" | "rune" | "javascript"): string | undefined {
  const shown = line.slice(0, 400);
  for (const pattern of functionPatterns[language]) {
    const name = pattern.exec(shown)?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}
