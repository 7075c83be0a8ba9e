// JSON, YAML, TOML and CSV as values and back. Integers stay exact up to 64 bits, 1 and 1.0 stay different.
import type { Outcome, Value } from "@crucible/sandbox";
import { equalValues, Float, float, formatJson, int, isObject, kindOf, object, succeed } from "@crucible/sandbox";
import { parse as parseCsvText } from "csv-parse/sync";
import { stringify as stringifyCsv } from "csv-stringify/sync";
import { TomlDate, TomlError, parse as parseTomlText, stringify as stringifyToml } from "smol-toml";
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  parseDocument,
  Scalar,
  stringify as stringifyYaml,
} from "yaml";
import { maxItems, refuse } from "./bounds.ts";

const maxDepth = 64;

/**
 * Reads one YAML 1.2 document (core schema). Anchors, aliases, tags and duplicate keys are refused, so that a short text
 * cannot become a large value and nothing is evaluated; `<<` is an ordinary key.
 */
export function parseYaml(text: string): Outcome<Value> {
  const deep = findDepth(text);
  if (deep !== undefined) return refuse("read YAML", `it nests deeper than ${maxDepth} levels in line ${deep}`);
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    uniqueKeys: false,
    intAsBigInt: true,
    prettyErrors: true,
    logLevel: "silent",
  });
  const [error] = document.errors;
  if (error !== undefined)
    return refuse("read YAML", (error.message.split("\n", 1)[0] ?? error.code).replace(/:$/u, ""));
  return orRefusal("read YAML", () => readYaml(document.contents, 0, text));
}

/**
 * Writes YAML that `parseYaml` reads back as it was. Bytes cannot be written. The text is read back before it is used:
 * what plain style would lose (a byte order mark at the start) is written in quotes.
 */
export function formatYaml(value: Value): Outcome<string> {
  for (const style of ["PLAIN", "QUOTE_DOUBLE"] as const) {
    const text = orRefusal("write YAML", () =>
      stringifyYaml(toYaml(value, 0), {
        version: "1.2",
        schema: "core",
        aliasDuplicateObjects: false,
        lineWidth: 0,
        defaultStringType: style,
        defaultKeyType: style,
      }),
    );
    if (!text.ok) return text;
    const back = parseYaml(text.value);
    if (back.ok && equalValues(back.value, value)) return text;
  }
  return refuse("write YAML", "it has something that would not be read back as it is");
}

/** Reads TOML 1.0. Dates and times become text in ISO 8601. */
export function parseToml(text: string): Outcome<Value> {
  try {
    const table = parseTomlText(text, { integersAsBigInt: true, maxDepth });
    return orRefusal("read TOML", () => fromToml(table));
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    const message = thrown.message.split("\n", 1)[0]?.replace(/^Invalid TOML document: /u, "") ?? "";
    return refuse("read TOML", `${message} in line ${thrown.line}, column ${thrown.column}`);
  }
}

/** The object as a TOML document; null and bytes are refused, for TOML has no form for them. */
export function formatToml(value: Value): Outcome<string> {
  if (!isObject(value)) return refuse("write TOML", `a document is an object, not a ${kindOf(value)}`);
  return orRefusal("write TOML", () =>
    stringifyToml(toToml(value, 0), { numbersAsFloat: true, maxDepth: maxDepth + 1 }),
  );
}

export interface CsvOptions {
  /** The first row has the names of the columns: rows are objects. */
  readonly header?: boolean;
  /** One character, `,` by default. */
  readonly delimiter?: string;
}

/** Reads CSV (RFC 4180) as a list of rows: lists of text, or objects by column. */
export function parseCsv(text: string, { header = false, delimiter = "," }: CsvOptions = {}): Outcome<Value> {
  let rows: readonly (readonly string[])[];
  try {
    rows = parseCsvText(text, {
      delimiter,
      bom: true,
      skip_empty_lines: true,
      relax_column_count: !header,
      to: maxItems + 2,
    });
  } catch (thrown) {
    return refuse("read CSV", thrown instanceof Error ? thrown.message : String(thrown));
  }
  if (rows.length > maxItems) return refuse("read CSV", `it has more than ${maxItems} rows`);
  if (!header) return succeed(rows);
  const [names = [], ...records] = rows;
  const places = new Map(names.map((name, place) => [name, place]));
  const repeated = names.find((name, place) => places.get(name) !== place);
  if (repeated !== undefined) return refuse("read CSV", `the column "${repeated}" is there twice`);
  return succeed(records.map((record) => object(names.map((name, place) => [name, record[place] ?? ""]))));
}

/** Writes rows: lists of cells, or objects, whose keys together are the header. Cells are scalars; null is empty. */
export function formatCsv(rows: Value, { header = true, delimiter = "," }: CsvOptions = {}): Outcome<string> {
  const list = readList(rows);
  if (list === undefined) return refuse("write CSV", "the rows are not a list");
  return orRefusal("write CSV", () => {
    const columns = [...new Set(list.flatMap((row) => (isObject(row) ? Object.keys(row) : [])))];
    const cells = list.map((row) => {
      if (isObject(row)) return columns.map((column) => formatCell(row[column] ?? null));
      const items = readList(row);
      if (items === undefined) throw new Refusal(`a row is a list or an object, not a ${kindOf(row)}`);
      return items.map(formatCell);
    });
    return stringifyCsv(columns.length > 0 && header ? [columns, ...cells] : cells, { delimiter });
  });
}

/** Text of a scalar as people write it: `1.0` stays `1.0`. */
export function formatScalar(value: Value): string {
  if (value === null) return "";
  return typeof value === "string" ? value : formatJson(value);
}

class Refusal extends Error {}

function orRefusal<T>(what: string, work: () => T): Outcome<T> {
  try {
    return succeed(work());
  } catch (thrown) {
    if (thrown instanceof Refusal) return refuse(what, thrown.message);
    throw thrown;
  }
}

// The parser reads what is nested by recursion, and what is wrong again and again: both are looked for first, in the tokens.
// Blocks that nest by indentation need more text for each level, and are counted when they are read.
function findDepth(text: string): number | undefined {
  let line = 1;
  let flow = 0;
  let compact = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") flow += 1;
    else if (token === "]" || token === "}") flow -= 1;
    else if (flow === 0 && (token === "-" || token === "?" || token === ":")) compact += 1;
    else {
      const lines = token.split("\n").length - 1;
      line += lines;
      if (lines > 0) compact = 0;
    }
    if (flow > maxDepth || compact > maxDepth) return line;
  }
  return undefined;
}

function readYaml(node: unknown, depth: number, text: string): Value {
  if (depth > maxDepth) throw new Refusal(`it nests deeper than ${maxDepth} levels`);
  if (isAlias(node)) throw new Refusal(`aliases (*name) are not read${lineOf(node, text)}`);
  if (isScalar(node) || isMap(node) || isSeq(node)) {
    if (node.anchor !== undefined) throw new Refusal(`anchors (&name) are not read${lineOf(node, text)}`);
    if (node.tag !== undefined) throw new Refusal(`tags (!name) are not read${lineOf(node, text)}`);
  }
  if (isSeq(node)) return node.items.map((item) => readYaml(item, depth + 1, text));
  if (isMap(node)) {
    const entries = new Map<string, Value>();
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      const key = isScalar(pair.key) ? pair.key : undefined;
      if (key === undefined || typeof key.value === "object")
        throw new Refusal(`a key is not plain text${lineOf(node, text)}`);
      const name = typeof key.value === "string" ? key.value : (key.source ?? "");
      readYaml(key, depth, text);
      if (entries.has(name)) throw new Refusal(`the key "${name}" is there twice${lineOf(key, text)}`);
      entries.set(name, readYaml(pair.value, depth + 1, text));
    }
    return object(entries);
  }
  if (!isScalar(node)) return null;
  const { value } = node;
  if (typeof value === "bigint") {
    if (BigInt.asIntN(64, value) !== value)
      throw new Refusal(`the integer ${value} does not fit 64 bits${lineOf(node, text)}`);
    return int(value);
  }
  if (typeof value === "number") return float(value);
  return typeof value === "string" || typeof value === "boolean" ? value : null;
}

function lineOf(node: { readonly range?: readonly number[] | null | undefined }, text: string): string {
  const [start] = node.range ?? [];
  return start === undefined ? "" : ` in line ${text.slice(0, start).split("\n").length}`;
}

function toYaml(value: Value, depth: number): unknown {
  if (depth > maxDepth) throw new Refusal(`it nests deeper than ${maxDepth} levels`);
  switch (kindOf(value)) {
    case "bytes":
      throw new Refusal("bytes have no form in it; write them as base64 text");
    case "float": {
      const number = value instanceof Float ? value.value : value;
      const scalar = new Scalar(number);
      if (Number.isInteger(number)) scalar.minFractionDigits = 1;
      return scalar;
    }
    case "array":
      return readList(value)?.map((item) => toYaml(item, depth + 1));
    case "object":
      // A Map, because a plain object would take `__proto__` for its prototype.
      return isObject(value)
        ? new Map(Object.entries(value).map(([key, item]) => [key, toYaml(item, depth + 1)]))
        : null;
    case "null":
    case "bool":
    case "int":
    case "string":
      return value;
  }
}

function fromToml(value: unknown): Value {
  if (value instanceof TomlDate) return value.toISOString();
  if (typeof value === "bigint") {
    if (BigInt.asIntN(64, value) !== value) throw new Refusal(`the integer ${value} does not fit 64 bits`);
    return int(value);
  }
  if (typeof value === "number") return float(value);
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(fromToml);
  if (typeof value === "object" && value !== null)
    return object(Object.entries(value).map(([key, item]) => [key, fromToml(item)]));
  throw new Refusal(`a ${typeof value} is no value`);
}

function toToml(value: Value, depth: number): unknown {
  if (depth > maxDepth) throw new Refusal(`it nests deeper than ${maxDepth} levels`);
  switch (kindOf(value)) {
    case "null":
      throw new Refusal("null has no form in it; leave the key out");
    case "bytes":
      throw new Refusal("bytes have no form in it; write them as base64 text");
    case "int":
      return typeof value === "number" ? BigInt(value) : value;
    case "float":
      return value instanceof Float ? value.value : value;
    case "array":
      return readList(value)?.map((item) => toToml(item, depth + 1));
    case "object":
      return isObject(value)
        ? object(Object.entries(value).map(([key, item]) => [key, toToml(item, depth + 1) as Value]))
        : null;
    case "bool":
    case "string":
      return value;
  }
}

function formatCell(value: Value): string {
  const kind = kindOf(value);
  if (kind === "array" || kind === "object" || kind === "bytes") throw new Refusal(`a cell is a scalar, not a ${kind}`);
  return formatScalar(value);
}

function readList(value: Value): readonly Value[] | undefined {
  return Array.isArray(value) ? (value as readonly Value[]) : undefined;
}
