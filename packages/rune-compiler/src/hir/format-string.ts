// Parses format strings: text, escaped braces, and groups `{name:spec}`.

import type { HirFormatSpec } from "./hir.ts";

/** A piece of a format string. */
export type FormatPiece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "group"; readonly argument: FormatArgument; readonly spec: FormatSpec };

/** Which value a group shows. */
export type FormatArgument =
  | { readonly kind: "next" }
  | { readonly kind: "position"; readonly index: number }
  | { readonly kind: "name"; readonly name: string };

/** A spec whose precision may be an argument (`.*`). */
export interface FormatSpec extends HirFormatSpec {
  readonly precisionIsArgument: boolean;
}

/** A format string that has no meaning, as a sentence. */
export interface FormatFailure {
  readonly failure: string;
}

/** Fields wider than this are refused: the text would be larger than any memory limit. */
const MAX_WIDTH = 65_535;

const STYLES: ReadonlyMap<string, HirFormatSpec["style"]> = new Map([
  ["?", "debug"],
  ["x", "hex"],
  ["X", "hex-upper"],
  ["b", "binary"],
  ["o", "octal"],
  ["p", "pointer"],
]);
const ALIGNS: ReadonlyMap<string, "left" | "center" | "right"> = new Map([
  ["<", "left"],
  ["^", "center"],
  [">", "right"],
]);

/** Splits a format string into its pieces. */
export function parseFormat(text: string): readonly FormatPiece[] | FormatFailure {
  const pieces: FormatPiece[] = [];
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? "";
    if (char !== "{" && char !== "}") {
      const next = nextBrace(text, at);
      plain += text.slice(at, next);
      at = next;
    } else if (text[at + 1] === char) {
      plain += char;
      at += 2;
    } else if (char === "}") {
      return { failure: "Unsupported close `}`: write `}}` for the brace itself" };
    } else {
      if (plain !== "") pieces.push({ kind: "text", text: plain });
      plain = "";
      const group = parseGroup(text, at + 1);
      if ("failure" in group) return group;
      pieces.push(group.piece);
      at = group.end;
    }
  }
  if (plain !== "") pieces.push({ kind: "text", text: plain });
  return pieces;
}

function nextBrace(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 123 || code === 125) return at;
  }
  return text.length;
}

function parseGroup(text: string, from: number): { readonly piece: FormatPiece; readonly end: number } | FormatFailure {
  let at = from;
  while (at < text.length && text[at] !== ":" && text[at] !== "}") at += 1;
  const name = text.slice(from, at).trim();
  const argument: FormatArgument =
    name === ""
      ? { kind: "next" }
      : /^[0-9]{1,9}$/u.test(name)
        ? { kind: "position", index: Number(name) }
        : { kind: "name", name };
  if (text[at] === ":") at += 1;
  const spec = parseSpec(text, at);
  if ("failure" in spec) return spec;
  return { piece: { kind: "group", argument, spec: spec.spec }, end: spec.end };
}

function parseSpec(text: string, from: number): { readonly spec: FormatSpec; readonly end: number } | FormatFailure {
  let at = from;
  const first = String.fromCodePoint(text.codePointAt(at) ?? 32);
  let fill = " ";
  let align: HirFormatSpec["align"] = ALIGNS.get(first) ?? null;
  const second = ALIGNS.get(text[at + first.length] ?? "");
  if (align === null && second !== undefined && at < text.length) {
    fill = first;
    align = second;
    at += first.length + 1;
  } else if (align !== null) at += 1;
  let sign: "+" | "-" | null = null;
  const signChar = text[at];
  if (signChar === "+" || signChar === "-") {
    sign = signChar;
    at += 1;
  }
  const alternate = text[at] === "#";
  if (alternate) at += 1;
  const zero = text[at] === "0";
  if (zero) at += 1;
  const width = readDigits(text, at);
  at += width.length;
  let precision = "";
  let precisionIsArgument = false;
  if (text[at] === ".") {
    at += 1;
    precisionIsArgument = text[at] === "*";
    precision = precisionIsArgument ? "" : readDigits(text, at);
    at += precisionIsArgument ? 1 : precision.length;
  }
  const style = STYLES.get(text[at] ?? "");
  if (style !== undefined) at += 1;
  if (at >= text.length) return { failure: "Unexpected end of format string: expected `}`" };
  if (text[at] !== "}") {
    const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
    return { failure: `Unsupported character \`${char}\` in the format of a value` };
  }
  if (Number(width) > MAX_WIDTH || Number(precision) > MAX_WIDTH) {
    return { failure: `Width or precision is larger than ${MAX_WIDTH}` };
  }
  const spec: FormatSpec = {
    style: style ?? "display",
    fill,
    align,
    sign,
    alternate,
    zero,
    width: width === "" ? null : Number(width),
    precision: precision === "" ? null : Number(precision),
    precisionIsArgument,
  };
  return { spec, end: at + 1 };
}

function readDigits(text: string, from: number): string {
  return /^[0-9]{0,12}/u.exec(text.slice(from, from + 12))?.[0] ?? "";
}
