// Values of character, byte, string, bytes and template tokens: the escapes. Numbers are read by `number.ts`.

import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { SourceId } from "./span.ts";

/** Where the text of a literal stands, for diagnostics inside it. */
export interface LiteralPlace {
  readonly source: SourceId;
  /** Offset of the first character of the text. */
  readonly start: number;
}

type Form = "char" | "byte" | "string" | "bytes" | "template";

const SIMPLE: ReadonlyMap<string, number> = new Map([
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ["\\", 92],
  ["0", 0],
  ["'", 39],
  ['"', 34],
]);
const WHITE_SPACE = /\p{White_Space}/u;

/** Text of a string or template part, without its quotes. */
export function unescapeText(
  raw: string,
  form: "string" | "template",
  place: LiteralPlace,
  diagnostics: DiagnosticSink,
): string {
  if (!raw.includes("\\")) return raw;
  const out: string[] = [];
  readScalars(raw, form, place, diagnostics, (value, literal) => {
    out.push(literal ?? String.fromCodePoint(value));
  });
  return out.join("");
}

/** Bytes of `b"…"`, without its quotes. Characters stand for their UTF-8 bytes. */
export function unescapeBytes(raw: string, place: LiteralPlace, diagnostics: DiagnosticSink): Uint8Array {
  const encoder = new TextEncoder();
  const out: number[] = [];
  readScalars(raw, "bytes", place, diagnostics, (value, literal) => {
    if (literal === null) out.push(value);
    else for (const byte of encoder.encode(literal)) out.push(byte);
  });
  return Uint8Array.from(out);
}

/** The one scalar value of `'…'`, without its quotes; 0 after a diagnostic. */
export function unescapeChar(raw: string, place: LiteralPlace, diagnostics: DiagnosticSink): number {
  return readOne(raw, "char", place, diagnostics);
}

/** The byte of `b'…'`, without its quotes; 0 after a diagnostic. */
export function unescapeByte(raw: string, place: LiteralPlace, diagnostics: DiagnosticSink): number {
  const value = readOne(raw, "byte", place, diagnostics);
  if (value <= (raw.startsWith("\\") ? 255 : 127)) return value;
  report(
    diagnostics,
    place,
    -2,
    raw.length + 1,
    "bad-byte-literal",
    "Byte literals hold one ASCII character or escape",
  );
  return 0;
}

function readOne(raw: string, form: Form, place: LiteralPlace, diagnostics: DiagnosticSink): number {
  let count = 0;
  let result = 0;
  const before = diagnostics.errorCount;
  readScalars(raw, form, place, diagnostics, (value) => {
    count += 1;
    result = value;
  });
  if (count !== 1 && diagnostics.errorCount === before) {
    const slug = form === "char" ? "bad-char-literal" : "bad-byte-literal";
    report(diagnostics, place, 0, raw.length, slug, "Expected exactly one character between the quotes");
  }
  return result;
}

/** Calls `take` for each escape (with its value) and each plain stretch (with its text, and its first scalar value). */
function readScalars(
  raw: string,
  form: Form,
  place: LiteralPlace,
  diagnostics: DiagnosticSink,
  take: (value: number, literal: string | null) => void,
): void {
  const single = form === "char" || form === "byte";
  let at = 0;
  while (at < raw.length) {
    if (raw[at] !== "\\") {
      const next = raw.indexOf("\\", at);
      const value = raw.codePointAt(at) ?? 0;
      const end = single ? at + (value > 0xffff ? 2 : 1) : next < 0 ? raw.length : next;
      take(value, raw.slice(at, end));
      at = end;
      continue;
    }
    const escape = readEscape(raw, at, form);
    if (typeof escape === "string") {
      report(diagnostics, place, at, Math.min(at + 2, raw.length), "bad-escape-sequence", escape);
      at += 2;
    } else {
      if (escape.value !== null) take(escape.value, null);
      at = escape.end;
    }
  }
}

/** Value and end of the escape at `at`; null for a line continuation; a message for a bad escape. */
function readEscape(raw: string, at: number, form: Form): { value: number | null; end: number } | string {
  const char = raw[at + 1] ?? "";
  const simple = SIMPLE.get(char);
  if (simple !== undefined) return { value: simple, end: at + 2 };
  if (form === "template" && (char === "$" || char === "`")) return { value: char.charCodeAt(0), end: at + 2 };
  if ((char === "\n" || char === "\r") && form !== "char" && form !== "byte") {
    let end = at + 2;
    while (end < raw.length && WHITE_SPACE.test(raw[end] ?? "")) end += 1;
    return { value: null, end };
  }
  const bytes = form === "byte" || form === "bytes";
  if (char === "x") {
    const digits = raw.slice(at + 2, at + 4);
    if (!/^[0-9a-fA-F]{2}$/u.test(digits)) return "Expected two hexadecimal digits after `\\x`";
    const value = Number.parseInt(digits, 16);
    if (value > 0x7f && !bytes) return "`\\x` escapes in text end at `\\x7f`; use `\\u{…}`";
    return { value, end: at + 4 };
  }
  if (char === "u") {
    if (bytes) return "Unicode escapes are not supported in bytes";
    const match = /^\{([0-9a-fA-F]{1,8})\}/u.exec(raw.slice(at + 2, at + 12));
    if (match === null) return "Expected `\\u{…}` with hexadecimal digits";
    const value = Number.parseInt(match[1] ?? "", 16);
    if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return "Not a Unicode character";
    return { value, end: at + 2 + match[0].length };
  }
  return `Unknown escape \`\\${char}\``;
}

function report(
  diagnostics: DiagnosticSink,
  place: LiteralPlace,
  from: number,
  to: number,
  slug: string,
  message: string,
): void {
  const span = { source: place.source, start: place.start + from, end: place.start + to };
  diagnostics.error(`compile/${slug}`, span, message);
}
