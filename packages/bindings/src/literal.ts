// Values as they are written in each language, for examples.
import type { Value } from "@crucible/sandbox";
import { Float, isObject } from "@crucible/sandbox";

/** Languages that examples are written in. */
export type LiteralLanguage = "lua" | "rune" | "javascript";

const nothing: Readonly<Record<LiteralLanguage, string>> = { lua: "nil", rune: "()", javascript: "null" };

/** Writes a value as an expression. Bytes are written as the text of the language that makes them. */
export function formatLiteral(value: Value, language: LiteralLanguage): string {
  if (value === null) return nothing[language];
  if (typeof value === "string") return formatText(value, language);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return language === "javascript" ? `${value}n` : String(value);
  if (typeof value === "number") return formatNumber(value, language);
  if (value instanceof Float) return language === "javascript" ? String(value.value) : `${value.value}.0`;
  if (value instanceof Uint8Array) return formatBytes(value, language);
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map((item) => formatLiteral(item, language)).join(", ");
    return language === "lua" ? (items === "" ? "{}" : `{ ${items} }`) : `[${items}]`;
  }
  return isObject(value) ? formatObject(Object.entries(value), language) : nothing[language];
}

function formatObject(entries: readonly (readonly [string, Value])[], language: LiteralLanguage): string {
  if (entries.length === 0) return language === "rune" ? "#{}" : "{}";
  const members = entries.map(([key, item]) => {
    const plain = /^[A-Za-z_]\w*$/.test(key);
    const text = formatLiteral(item, language);
    if (language === "lua") return plain ? `${key} = ${text}` : `[${formatText(key, language)}] = ${text}`;
    return `${plain ? key : formatText(key, language)}: ${text}`;
  });
  return `${language === "rune" ? "#" : ""}{ ${members.join(", ")} }`;
}

function formatNumber(value: number, language: LiteralLanguage): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0.0" : String(value);
  const sign = value < 0 ? "-" : "";
  if (language === "javascript") return String(value);
  if (language === "lua") return Number.isNaN(value) ? "0 / 0" : `${sign}math.huge`;
  return Number.isNaN(value) ? "f64::NAN" : `${sign}f64::INFINITY`;
}

function formatText(text: string, language: LiteralLanguage): string {
  if (language === "javascript") return JSON.stringify(text);
  const unicode = (code: number): string =>
    language === "lua" ? `\\u{${code.toString(16).toUpperCase()}}` : `\\u{${code.toString(16)}}`;
  const escaped = text.replaceAll(/["\\\n\r\t]|\p{Cc}/gu, (character) => {
    const short = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
    return short ?? unicode(character.codePointAt(0) ?? 0);
  });
  return `"${escaped}"`;
}

function formatBytes(bytes: Uint8Array, language: LiteralLanguage): string {
  const numbers = [...bytes];
  if (language === "javascript") return `new Uint8Array([${numbers.join(", ")}])`;
  const text = numbers.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  return language === "lua" ? `"${text}"` : `b"${text}"`;
}
