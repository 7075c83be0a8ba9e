// The keywords of JSON Schema 2020-12 that schemas here may use, with the shape of each, and the type names.

/** What a keyword's value has to be. */
export type KeywordShape =
  | "schema"
  | "schema-map"
  | "schema-list"
  | "type"
  | "count"
  | "number"
  | "positive"
  | "flag"
  | "text"
  | "pattern"
  | "format"
  | "reference"
  | "names"
  | "name-lists"
  | "any"
  | "list"
  | "dialect";

/** Keywords and their shapes; a keyword that is missing here is refused. */
export const schemaKeywords: Readonly<Record<string, KeywordShape>> = {
  $schema: "dialect",
  $ref: "reference",
  $defs: "schema-map",
  $comment: "text",
  type: "type",
  enum: "list",
  const: "any",
  default: "any",
  examples: "list",
  title: "text",
  description: "text",
  format: "format",
  pattern: "pattern",
  contentEncoding: "text",
  contentMediaType: "text",
  contentSchema: "schema",
  deprecated: "flag",
  readOnly: "flag",
  writeOnly: "flag",
  uniqueItems: "flag",
  minLength: "count",
  maxLength: "count",
  minItems: "count",
  maxItems: "count",
  minContains: "count",
  maxContains: "count",
  minProperties: "count",
  maxProperties: "count",
  minimum: "number",
  maximum: "number",
  exclusiveMinimum: "number",
  exclusiveMaximum: "number",
  multipleOf: "positive",
  required: "names",
  dependentRequired: "name-lists",
  properties: "schema-map",
  patternProperties: "schema-map",
  dependentSchemas: "schema-map",
  additionalProperties: "schema",
  unevaluatedProperties: "schema",
  propertyNames: "schema",
  items: "schema",
  contains: "schema",
  unevaluatedItems: "schema",
  prefixItems: "schema-list",
  allOf: "schema-list",
  anyOf: "schema-list",
  oneOf: "schema-list",
  not: "schema",
  if: "schema",
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: "schema",
  else: "schema",
};

/** Keywords of the dialect that are refused, and why. */
export const refusedKeywords: Readonly<Record<string, string>> = {
  $id: "schemas here have no address; use $defs and $ref: #/$defs/name",
  $anchor: "use $ref with a path: #/$defs/name",
  $dynamicRef: "use $ref",
  $dynamicAnchor: "use $defs",
  $vocabulary: "the dialect is fixed",
  definitions: "its name is $defs since draft 2019-09",
  dependencies: "use dependentRequired or dependentSchemas",
  additionalItems: "use items, with prefixItems for the first ones",
};

/** Type names of JSON Schema. */
export const typeNames: readonly string[] = ["string", "integer", "number", "boolean", "array", "object", "null"];

/** Words that people write for types. */
export const typeSynonyms: Readonly<Record<string, string>> = {
  str: "string",
  text: "string",
  int: "integer",
  long: "integer",
  float: "number",
  double: "number",
  decimal: "number",
  bool: "boolean",
  list: "array",
  vec: "array",
  tuple: "array",
  dict: "object",
  map: "object",
  table: "object",
  struct: "object",
  nil: "null",
  none: "null",
};

/** Formats that are checked. */
export const formatNames: readonly string[] = [
  "date-time",
  "date",
  "time",
  "duration",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uri",
  "uri-reference",
  "uri-template",
  "uuid",
  "json-pointer",
  "relative-json-pointer",
  "regex",
];

/** The dialect that `$schema` may name. */
export const dialect = "https://json-schema.org/draft/2020-12/schema";
