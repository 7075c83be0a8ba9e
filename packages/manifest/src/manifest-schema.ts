// The published JSON Schema of manifests, as data. The parser checks every manifest against it, so that editors, other
// tools and the platform agree; what a schema cannot say (ranges of semver, known capabilities) is checked afterwards.
import type { JsonSchema } from "@crucible/sandbox";
import { capabilityNames, limitNames, limitTable } from "@crucible/sandbox";
import { languages } from "./language.ts";
import { manifestBounds } from "./read-yaml.ts";

/** Kebab-case, up to 64 characters: names of plugins and namespaces. */
export const pluginNamePattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$";

/** An identifier of all guest languages, up to 63 characters: names of actions. */
export const actionNamePattern = "^[A-Za-z][A-Za-z0-9_]*$";

const kebab = { type: "string", pattern: pluginNamePattern, maxLength: 64 } as const;
const line = (maxLength: number) => ({ type: "string", minLength: 1, maxLength }) as const;
const extension = { "^x-": true } as const;

/** A schema, or the short form: a type name, or properties with `required: true`. `parseManifest` checks the content. */
const shortSchema = { type: ["object", "string", "boolean"] } as const;

const annotations = {
  description: "Hints for callers; derived from the capabilities when absent",
  type: "object",
  properties: {
    title: line(200),
    readOnly: { type: "boolean" },
    destructive: { type: "boolean" },
    idempotent: { type: "boolean" },
    openWorld: { type: "boolean" },
  },
  additionalProperties: false,
} as const;

const action = {
  type: ["object", "null"],
  properties: {
    description: line(2_000),
    parameters: { type: "object", description: "Short form or JSON Schema of the object that the action takes" },
    returns: { ...shortSchema, description: "Short form or JSON Schema of the result" },
    annotations,
  },
  patternProperties: extension,
  additionalProperties: false,
} as const;

const patterns = { type: ["string", "array"], items: { type: "string" } } as const;

const capability = {
  type: ["string", "object"],
  properties: {
    name: { type: "string" },
    scope: { ...patterns, type: ["string", "array", "object"], additionalProperties: patterns },
  },
  required: ["name"],
  additionalProperties: false,
} as const;

const limits = {
  description: "Bounds of one invocation; above the default a user has to approve",
  type: "object",
  properties: Object.fromEntries(
    limitNames.map((name) => [
      name,
      { type: "integer", description: limitTable[name].summary, minimum: limitTable[name].minimum },
    ]),
  ),
  additionalProperties: false,
} as const;

const example = {
  type: "object",
  properties: { description: line(2_000), action: { type: "string" }, params: { type: "object" }, result: true },
  additionalProperties: false,
} as const;

const test = {
  type: "object",
  properties: {
    name: line(200),
    action: { type: "string" },
    params: { type: "object" },
    seed: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    result: true,
    error: { type: "string", description: "Code that the invocation has to fail with" },
  },
  required: ["name"],
  not: { required: ["result", "error"] },
  additionalProperties: false,
} as const;

const hook = {
  type: "object",
  properties: {
    event: { type: "string", description: "Such as tool:before or note:created" },
    pattern: { ...line(500), description: "Names of tools or paths of notes, with * and ?; * when absent" },
    action: { type: "string", description: "Action that handles it; main when absent" },
    priority: { type: "integer", minimum: 0, maximum: 1_000, description: "Lower comes first; 100 when absent" },
  },
  required: ["event"],
  additionalProperties: false,
} as const;

/** JSON Schema 2020-12 of front matter and `plugin.yaml`. */
export const manifestSchema: JsonSchema & object = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Crucible plugin manifest",
  type: "object",
  properties: {
    name: { ...kebab, description: "Name of the plugin and of the tool that its main action becomes" },
    description: { ...line(2_000), description: "What the plugin does, for people and for agents that choose tools" },
    version: { ...line(256), description: "Semantic version; 0.1.0 when absent" },
    author: line(200),
    license: { ...line(200), description: "SPDX expression" },
    language: { enum: languages, description: "Follows from the file's ending when absent" },
    namespace: { ...kebab, description: "First part of namespace/plugin.action" },
    kind: { enum: ["plugin", "library"], description: "A library has no authority and is linked into its importers" },
    entry: { ...line(500), description: "Code file of a folder with plugin.yaml, relative to it" },
    capabilities: {
      type: "array",
      maxItems: capabilityNames.length * 8,
      items: capability,
      description: "[KilnRead] when absent",
    },
    parameters: { type: "object", description: "What the action main takes: short form or JSON Schema" },
    returns: { ...shortSchema, description: "What the action main returns: short form or JSON Schema" },
    actions: {
      type: "object",
      propertyNames: { pattern: actionNamePattern, maxLength: 63 },
      additionalProperties: action,
    },
    dependencies: {
      type: "object",
      propertyNames: kebab,
      additionalProperties: line(256),
      description: "Plugin name to semver range",
    },
    limits,
    examples: { type: "array", items: example },
    tests: { type: "array", items: test },
    hooks: { type: "array", maxItems: 64, items: hook, description: "Events that actions of this plugin handle" },
    annotations,
  },
  required: ["name", "description"],
  patternProperties: extension,
  additionalProperties: false,
  $comment: `At most ${manifestBounds.yamlUnits} characters, ${manifestBounds.depth} levels`,
};
