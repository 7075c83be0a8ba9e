// JSON text of values, exact in both directions: `1` is an int, `1.0` a float, integers keep all digits.
// What JSON lacks has a tagged form: {"$bytes": "base64"}, {"$float": "NaN" | "Infinity" | "-Infinity"}; an object of the
// plugin's own whose single key starts with "$" is written as {"$object": {…}}. Used for stored state, journals, `--json`.
import type { Outcome } from "./outcome.ts";
import { CrucibleError, fail, succeed } from "./outcome.ts";
import type { Value, ValueObject } from "./value.ts";
import { emptyObject, Float, float, int, isObject, kindOf, object } from "./value.ts";

const maxJsonDepth = 256;

/** Writes a value as JSON text, `indent` spaces a level (0: one line). Keys keep their order. */
export function formatJson(value: Value, indent = 0): string {
  return formatAt(value, indent, "\n");
}

/**
 * Reads JSON text (RFC 8259) with the tagged forms above.
 *
 * @returns the value, or `host/invalid-argument` with line and column of the first fault; duplicate keys, integers
 * beyond 64 bits and nesting beyond 256 are faults
 */
export function parseJson(text: string): Outcome<Value> {
  const parser: Parser = { text, at: 0 };
  try {
    skipSpace(parser);
    const value = parseAny(parser, 0);
    skipSpace(parser);
    if (parser.at < text.length) fault("text follows the value");
    return succeed(untag(value));
  } catch (thrown) {
    if (!(thrown instanceof CrucibleError)) throw thrown;
    const before = text.slice(0, parser.at).split("\n");
    const place = { file: "JSON", line: before.length, column: (before.at(-1) ?? "").length + 1 };
    return fail(
      "host/invalid-argument",
      `Cannot read JSON at line ${place.line}, column ${place.column}: ${thrown.message}`,
      { place },
    );
  }
}

/**
 * Converts plain data (parsed YAML, TOML or `JSON.parse` output) to a value: numbers stay as they are, dates become ISO
 * 8601 strings, `undefined` members disappear.
 *
 * @throws {CrucibleError} `host/invalid-argument` for functions, symbols, class instances and cycles
 */
export function fromPlain(data: unknown, depth = 0): Value {
  if (depth > maxJsonDepth)
    throw new CrucibleError("host/invalid-argument", `Cannot convert the data: it nests deeper than ${maxJsonDepth}`);
  if (data === null || data === undefined) return null;
  if (typeof data === "boolean" || typeof data === "number" || typeof data === "string") return data;
  if (typeof data === "bigint") return int(data);
  if (data instanceof Float || data instanceof Uint8Array) return data;
  if (data instanceof Date) return data.toISOString();
  if (Array.isArray(data)) return data.map((item) => fromPlain(item, depth + 1));
  if (typeof data === "object") {
    const result = emptyObject();
    for (const [key, item] of Object.entries(data)) if (item !== undefined) result[key] = fromPlain(item, depth + 1);
    return result;
  }
  throw new CrucibleError("host/invalid-argument", `Cannot convert the data: a ${typeof data} is no value`);
}

/**
 * The projection that JSON Schemas see: floats as numbers, large integers as the nearest number, bytes as base64 text.
 * Not reversible; use `formatJson` to keep values.
 */
export function toPlain(value: Value): unknown {
  switch (kindOf(value)) {
    case "float":
      return value instanceof Float ? value.value : value;
    case "int":
      return Number(value);
    case "bytes":
      return toBase64(value as Uint8Array);
    case "array":
      return (value as readonly Value[]).map(toPlain);
    case "object": {
      const result = emptyObject<unknown>();
      for (const [key, item] of Object.entries(value as ValueObject)) result[key] = toPlain(item);
      return result;
    }
    case "null":
    case "bool":
    case "string":
      return value;
  }
}

function formatAt(value: Value, indent: number, lineStart: string): string {
  switch (kindOf(value)) {
    case "int":
      return (value as number | bigint).toString();
    case "float":
      return formatFloat(value instanceof Float ? value.value : Number(value));
    case "bytes":
      return `{"$bytes":${indent > 0 ? " " : ""}"${toBase64(value as Uint8Array)}"}`;
    case "array":
      return formatList(
        "[",
        "]",
        (value as readonly Value[]).map((item) => formatAt(item, indent, nested(lineStart, indent))),
        indent,
        lineStart,
      );
    case "object": {
      const keys = Object.keys(value as ValueObject);
      if (keys.length === 1 && keys[0]?.startsWith("$") === true) {
        const inner = formatObject(value as ValueObject, indent, nested(lineStart, indent));
        return formatList("{", "}", [`"$object":${indent > 0 ? " " : ""}${inner}`], indent, lineStart);
      }
      return formatObject(value as ValueObject, indent, lineStart);
    }
    case "null":
    case "bool":
    case "string":
      return JSON.stringify(value);
  }
}

function formatObject(value: ValueObject, indent: number, lineStart: string): string {
  const space = indent > 0 ? " " : "";
  const members = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}:${space}${formatAt(item, indent, nested(lineStart, indent))}`,
  );
  return formatList("{", "}", members, indent, lineStart);
}

function formatList(open: string, close: string, parts: readonly string[], indent: number, lineStart: string): string {
  if (parts.length === 0 || indent === 0) return `${open}${parts.join(",")}${close}`;
  const inner = nested(lineStart, indent);
  return `${open}${inner}${parts.join(`,${inner}`)}${lineStart}${close}`;
}

function nested(lineStart: string, indent: number): string {
  return indent === 0 ? lineStart : lineStart + " ".repeat(indent);
}

function formatFloat(value: number): string {
  if (!Number.isFinite(value)) return `{"$float":"${value}"}`;
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

interface Parser {
  readonly text: string;
  at: number;
}

function parseAny(parser: Parser, depth: number): Value {
  if (depth > maxJsonDepth) fault(`it nests deeper than ${maxJsonDepth}`);
  switch (parser.text.charAt(parser.at)) {
    case "{":
      return parseMembers(parser, depth);
    case "[":
      return parseItems(parser, depth);
    case '"':
      return parseString(parser);
    case "t":
      return parseWord(parser, "true", true);
    case "f":
      return parseWord(parser, "false", false);
    case "n":
      return parseWord(parser, "null", null);
    default:
      return parseNumber(parser);
  }
}

function parseMembers(parser: Parser, depth: number): ValueObject {
  const result = emptyObject();
  parser.at++;
  skipSpace(parser);
  if (accept(parser, "}")) return result;
  do {
    skipSpace(parser);
    if (parser.text[parser.at] !== '"') fault("a key in double quotes is expected");
    const key = parseString(parser);
    if (key in result) fault(`the key ${JSON.stringify(key)} stands twice`);
    skipSpace(parser);
    if (!accept(parser, ":")) fault("a colon is expected");
    skipSpace(parser);
    result[key] = parseAny(parser, depth + 1);
    skipSpace(parser);
  } while (accept(parser, ","));
  if (!accept(parser, "}")) fault("a comma or a closing brace is expected");
  return result;
}

function parseItems(parser: Parser, depth: number): Value {
  const items: Value[] = [];
  parser.at++;
  skipSpace(parser);
  if (accept(parser, "]")) return items;
  do {
    skipSpace(parser);
    items.push(parseAny(parser, depth + 1));
    skipSpace(parser);
  } while (accept(parser, ","));
  if (!accept(parser, "]")) fault("a comma or a closing bracket is expected");
  return items;
}

function parseString(parser: Parser): string {
  const start = parser.at;
  const { text } = parser;
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') {
      parser.at = at + 1;
      return readStringLiteral(text.slice(start, at + 1));
    }
  }
  return fault("a string does not end");
}

function readStringLiteral(literal: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(literal);
  } catch {
    return fault("a string has an invalid escape or control character");
  }
  return typeof parsed === "string" ? parsed : fault("a string is expected");
}

const numberPattern = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;

function parseNumber(parser: Parser): Value {
  numberPattern.lastIndex = parser.at;
  const match = numberPattern.exec(parser.text);
  if (match === null) return fault(parser.at >= parser.text.length ? "the text ends early" : "a value is expected");
  parser.at = numberPattern.lastIndex;
  if (match[1] !== undefined || match[2] !== undefined) return float(Number(match[0]));
  if (match[0] === "-0") return 0;
  if (match[0].length > 20) return fault(`the integer ${match[0].slice(0, 24)} does not fit 64 bits`);
  const value = BigInt(match[0]);
  if (BigInt.asIntN(64, value) !== value) return fault(`the integer ${match[0]} does not fit 64 bits`);
  return int(value);
}

function parseWord(parser: Parser, word: string, value: Value): Value {
  if (!parser.text.startsWith(word, parser.at)) return fault("a value is expected");
  parser.at += word.length;
  return value;
}

// A pass of its own: only the whole object tells whether it is a tagged form.
function untag(value: Value): Value {
  if (Array.isArray(value)) return value.map(untag);
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  const key = keys[0];
  if (keys.length !== 1 || key === undefined || !key.startsWith("$")) return untagMembers(value);
  const content = value[key] as Value;
  if (key === "$object" && isObject(content)) return untagMembers(content);
  if (key === "$bytes" && typeof content === "string") return fromBase64(content);
  if (key === "$float" && (content === "NaN" || content === "Infinity" || content === "-Infinity"))
    return Number(content);
  return fault(`the tag ${JSON.stringify(key)} is unknown or has a wrong content`);
}

function untagMembers(value: ValueObject): ValueObject {
  return object(Object.entries(value).map(([key, item]) => [key, untag(item)]));
}

function skipSpace(parser: Parser): void {
  while (parser.at < parser.text.length && " \t\n\r".includes(parser.text[parser.at] as string)) parser.at++;
}

function accept(parser: Parser, character: string): boolean {
  if (parser.text[parser.at] !== character) return false;
  parser.at++;
  return true;
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

function fromBase64(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return fault("bytes are not base64");
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function fault(reason: string): never {
  throw new CrucibleError("host/invalid-argument", reason);
}
