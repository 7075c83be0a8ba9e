// Reads a schema from a manifest: the specification's short form or JSON Schema 2020-12, both become JSON Schema 2020-12.
// Each keyword is checked by its shape as it is read, so that a finding has the place of the word that is wrong.
import type { JsonSchema } from "@crucible/sandbox";
import { project } from "./projection.ts";
import type { Mark } from "./diagnostic.ts";
import { compilePattern } from "./linear-pattern.ts";
import type { Located, LocatedMap, LocatedScalar } from "./read-yaml.ts";
import { toValue } from "./read-yaml.ts";
import { dialect, formatNames, refusedKeywords, schemaKeywords, typeNames, typeSynonyms } from "./schema-keywords.ts";
import { suggest } from "./suggest.ts";

/** What is wrong with a schema, and where. */
export interface SchemaFinding {
  readonly message: string;
  readonly field: string;
  readonly mark: Mark;
  readonly hint?: string;
  readonly suggestion?: string | undefined;
}

/** A schema that was read. */
export interface SchemaReading {
  readonly schema: JsonSchema;
  readonly findings: readonly SchemaFinding[];
  /** Values of `default` and `examples`, with the pointer of the schema that they have to match. */
  readonly samples: readonly { readonly pointer: string; readonly field: string; readonly node: Located }[];
}

interface Reader {
  /** Type names in place of schemas and `required: true` in properties are read. */
  readonly short: boolean;
  readonly findings: SchemaFinding[];
  readonly samples: { readonly pointer: string; readonly field: string; readonly node: Located }[];
  readonly pointers: Set<string>;
  readonly references: { readonly target: string; readonly field: string; readonly mark: Mark }[];
}

type Keywords = Record<string, unknown>;

/** Reads the parameters of an action. In the short form unknown parameters are refused, as a typing error would be. */
export function readParameters(node: Located, field: string): SchemaReading {
  const reader = createReader(true);
  const schema =
    node.kind === "map" && !isJsonSchema(node)
      ? readShortObject(reader, node, field)
      : readSchema(reader, node, field, "#");
  return finish(reader, schema);
}

/** Reads any other schema of a manifest; type names may stand for schemas. */
export function readResult(node: Located, field: string): SchemaReading {
  const reader = createReader(true);
  return finish(reader, readSchema(reader, node, field, "#"));
}

/** Checks a schema that is written out, without the short form. */
export function readPlainSchema(node: Located): SchemaReading {
  const reader = createReader(false);
  return finish(reader, readSchema(reader, node, "", "#"));
}

/** A map is a JSON Schema of an object when it says so; otherwise its keys are parameter names. */
function isJsonSchema(node: LocatedMap): boolean {
  const type = node.entries.get("type")?.node;
  return (
    (type?.kind === "scalar" && type.value === "object") ||
    ["$ref", "$schema"].some((key) => node.entries.get(key)?.node.kind === "scalar") ||
    ["allOf", "anyOf", "oneOf"].some((key) => node.entries.get(key)?.node.kind === "list")
  );
}

function createReader(short: boolean): Reader {
  return { short, findings: [], samples: [], pointers: new Set(), references: [] };
}

function finish(reader: Reader, schema: JsonSchema): SchemaReading {
  for (const { target, field, mark } of reader.references) {
    if (reader.pointers.has(target)) continue;
    const names = [...reader.pointers].filter((pointer) => pointer.startsWith("#/$defs/"));
    report(reader, `Cannot use "${field}": there is no schema at "${target}"`, field, mark, {
      suggestion: suggest(target, names),
    });
  }
  return { schema, findings: reader.findings, samples: reader.samples };
}

function readShortObject(reader: Reader, node: LocatedMap, field: string): JsonSchema {
  reader.pointers.add("#");
  const properties: Keywords = {};
  const required: string[] = [];
  for (const [name, { node: child }] of node.entries) {
    properties[name] = readProperty(reader, name, child, `${field}.${name}`, `#/properties/${escape(name)}`, required);
  }
  return { type: "object", properties, ...(required.length > 0 ? { required } : {}), additionalProperties: false };
}

function readProperty(
  reader: Reader,
  name: string,
  node: Located,
  field: string,
  pointer: string,
  required: string[],
): JsonSchema {
  if (!reader.short || node.kind !== "map") return readSchema(reader, node, field, pointer);
  const flag = node.entries.get("required")?.node;
  if (flag?.kind !== "scalar") return readSchema(reader, node, field, pointer);
  if (flag.value === true) required.push(name);
  else if (flag.value !== false) {
    report(
      reader,
      `Cannot read "${field}.required": it is ${describe(flag)}, must be true, false or a list of names`,
      `${field}.required`,
      flag.mark,
    );
  }
  const entries = new Map([...node.entries].filter(([key]) => key !== "required"));
  return readSchema(reader, { ...node, entries }, field, pointer);
}

function readSchema(reader: Reader, node: Located, field: string, pointer: string): JsonSchema {
  reader.pointers.add(pointer);
  if (node.kind === "map") return readKeywords(reader, node, field, pointer);
  if (node.kind === "scalar") {
    if (typeof node.value === "boolean") return node.value;
    if (reader.short && node.value === "any") return true;
    if (reader.short && (typeof node.value === "string" || node.value === null))
      return { type: typeName(reader, node, field) };
  }
  const forms = reader.short ? "a type name or a schema" : "a schema or a boolean";
  report(reader, `Cannot read "${field}": it is ${describe(node)}, must be ${forms}`, field, node.mark, {
    hint: reader.short
      ? `Type names are ${typeNames.join(", ")} and any`
      : "Write an object with keywords, true or false",
  });
  return true;
}

function readKeywords(reader: Reader, map: LocatedMap, field: string, pointer: string): JsonSchema {
  const schema: Keywords = {};
  const hoisted: string[] = [];
  for (const [key, { keyMark, node }] of map.entries) {
    const path = field === "" ? key : `${field}.${key}`;
    const at = `${pointer}/${escape(key)}`;
    if (key.startsWith("x-")) {
      schema[key] = project(toValue(node));
    } else if (Object.hasOwn(schemaKeywords, key)) {
      schema[key] = readKeyword(reader, { key, node, path, at, pointer, hoisted });
    } else {
      const why = Object.hasOwn(refusedKeywords, key) ? refusedKeywords[key] : undefined;
      report(
        reader,
        `Cannot read "${path}": there is no keyword "${key}"${why === undefined ? "" : ` here: ${why}`}`,
        path,
        keyMark,
        {
          suggestion: why === undefined ? suggest(key, Object.keys(schemaKeywords)) : undefined,
        },
      );
    }
  }
  if (hoisted.length > 0) schema["required"] = [...new Set([...namesOf(schema["required"]), ...hoisted])];
  return schema;
}

interface KeywordPlace {
  readonly key: string;
  readonly node: Located;
  readonly path: string;
  /** Pointer of the keyword, and of the schema that it stands in. */
  readonly at: string;
  readonly pointer: string;
  readonly hoisted: string[];
}

function readKeyword(reader: Reader, place: KeywordPlace): unknown {
  const { key, node, path, at, pointer } = place;
  const wrong = (must: string, hint?: string): undefined => {
    report(
      reader,
      `Cannot read "${path}": it is ${describe(node)}, must be ${must}`,
      path,
      node.mark,
      hint === undefined ? {} : { hint },
    );
    return undefined;
  };
  const shape = schemaKeywords[key];
  const value = node.kind === "scalar" ? node.value : undefined;
  switch (shape) {
    case "schema":
      return readSchema(reader, node, path, at);
    case "schema-map":
      return node.kind === "map" ? readSchemaMap(reader, node, place) : wrong("a map of schemas");
    case "schema-list":
      if (node.kind !== "list" || node.items.length === 0) return wrong("a list of at least one schema");
      return node.items.map((item, index) => readSchema(reader, item, `${path}[${index}]`, `${at}/${index}`));
    case "type":
      return readType(reader, node, path);
    case "count":
      return Number.isSafeInteger(toNumber(node)) && Number(toNumber(node)) >= 0
        ? toNumber(node)
        : wrong("an integer of 0 or more");
    case "number":
      return Number.isFinite(toNumber(node)) ? toNumber(node) : wrong("a number");
    case "positive":
      return Number.isFinite(toNumber(node)) && Number(toNumber(node)) > 0 ? toNumber(node) : wrong("a number above 0");
    case "flag":
      return typeof value === "boolean" ? value : wrong("true or false");
    case "text":
      return typeof value === "string" ? value : wrong("text", "Put it in quotes");
    case "pattern":
      return typeof value === "string"
        ? checkPattern(reader, value, path, node.mark)
        : wrong("a regular expression as text");
    case "format":
      if (typeof value !== "string") return wrong("the name of a format");
      if (!formatNames.includes(value)) {
        report(reader, `Cannot read "${path}": there is no format "${value}"`, path, node.mark, {
          suggestion: suggest(value, formatNames),
          hint: `Formats are ${formatNames.join(", ")}`,
        });
      }
      return value;
    case "reference":
      if (typeof value !== "string" || !/^#(\/|$)/.test(value))
        return wrong("a reference within the schema, such as #/$defs/name");
      reader.references.push({ target: normalizePointer(value), field: path, mark: node.mark });
      return value;
    case "names":
      return readNames(node) ?? wrong("a list of different names");
    case "name-lists":
      return readNameLists(node) ?? wrong("a map of lists of different names");
    case "list":
      if (node.kind !== "list" || node.items.length === 0) return wrong("a list of at least one value");
      if (key === "examples") for (const item of node.items) reader.samples.push({ pointer, field: path, node: item });
      return project(toValue(node));
    case "any":
      if (key === "default") reader.samples.push({ pointer, field: path, node });
      return project(toValue(node));
    case "dialect":
      return value === dialect || value === `${dialect}#` ? dialect : wrong(dialect);
    case undefined:
      return undefined;
  }
}

function readSchemaMap(reader: Reader, map: LocatedMap, { key, path, at, hoisted }: KeywordPlace): Keywords {
  const schemas: Keywords = {};
  for (const [name, { keyMark, node }] of map.entries) {
    const field = `${path}.${name}`;
    const pointer = `${at}/${escape(name)}`;
    if (key === "patternProperties") checkPattern(reader, name, field, keyMark);
    schemas[name] =
      key === "properties"
        ? readProperty(reader, name, node, field, pointer, hoisted)
        : readSchema(reader, node, field, pointer);
  }
  return schemas;
}

function readType(reader: Reader, node: Located, field: string): unknown {
  if (node.kind === "scalar") return typeName(reader, node, field);
  if (node.kind === "list" && node.items.length > 0) {
    const names = node.items.map((item) => (item.kind === "scalar" ? typeName(reader, item, field) : undefined));
    if (!names.includes(undefined) && new Set(names).size === names.length) return names;
  }
  report(
    reader,
    `Cannot read "${field}": it is ${describe(node)}, must be a type name or a list of different type names`,
    field,
    node.mark,
  );
  return "object";
}

function typeName(reader: Reader, node: LocatedScalar, field: string): string {
  // `type: null` in YAML is the null value, and what was meant is clear.
  const word = reader.short && node.value === null ? "null" : node.value;
  if (typeof word === "string" && typeNames.includes(word)) return word;
  const synonym =
    typeof word === "string" && Object.hasOwn(typeSynonyms, word.toLowerCase())
      ? typeSynonyms[word.toLowerCase()]
      : undefined;
  report(reader, `Cannot read "${field}": ${describe(node)} is no type`, field, node.mark, {
    suggestion: synonym ?? (typeof word === "string" ? suggest(word, typeNames) : undefined),
    hint: `Type names are ${typeNames.join(", ")}${reader.short ? " and any" : ""}`,
  });
  return "object";
}

function checkPattern(reader: Reader, source: string, field: string, mark: Mark): string {
  const pattern = compilePattern(source);
  if ("fault" in pattern) {
    report(reader, `Cannot use the pattern of "${field}": ${pattern.fault}`, field, mark, {
      hint: "Patterns run in linear time: no look-around, no back references",
    });
  }
  return source;
}

function readNames(node: Located): string[] | undefined {
  if (node.kind !== "list") return undefined;
  const names = node.items.map((item) =>
    item.kind === "scalar" && typeof item.value === "string" ? item.value : undefined,
  );
  const found = names.filter((name) => name !== undefined);
  return found.length === names.length && new Set(found).size === found.length ? found : undefined;
}

function readNameLists(node: Located): Keywords | undefined {
  if (node.kind !== "map") return undefined;
  const lists = [...node.entries].map(([name, entry]) => [name, readNames(entry.node)] as const);
  return lists.every(([, names]) => names !== undefined) ? Object.fromEntries(lists) : undefined;
}

function namesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
}

function toNumber(node: Located): unknown {
  return node.kind === "scalar" ? project(node.value) : undefined;
}

function report(
  reader: Reader,
  message: string,
  field: string,
  mark: Mark,
  more: { readonly hint?: string; readonly suggestion?: string | undefined } = {},
): void {
  const hint = more.suggestion === undefined ? more.hint : undefined;
  reader.findings.push({ message, field, mark, ...(hint === undefined ? {} : { hint }), suggestion: more.suggestion });
}

/** Says what a node is, for messages: `the text "5"`, `a list of 3`. */
export function describe(node: Located): string {
  if (node.kind === "map") return "a map";
  if (node.kind === "list") return node.items.length === 0 ? "an empty list" : `a list of ${node.items.length}`;
  const plain = project(node.value);
  if (plain === null) return "empty";
  const text = JSON.stringify(plain);
  const shown = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return typeof plain === "string" ? `the text ${shown}` : typeof plain === "boolean" ? shown : `the number ${shown}`;
}

function escape(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function normalizePointer(reference: string): string {
  try {
    return decodeURIComponent(reference);
  } catch {
    return reference;
  }
}
