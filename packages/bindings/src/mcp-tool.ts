// Tools of the Model Context Protocol, from actions of plugins and from host functions.
import type { HostFunctionDeclaration, HostModuleDeclaration, JsonSchema } from "@crucible/sandbox";

/** What a tool is made of: an action of a plugin fits. */
export interface ToolSource {
  readonly description: string;
  readonly parameters: JsonSchema;
  readonly returns?: JsonSchema;
  readonly annotations: {
    readonly title?: string;
    readonly readOnly: boolean;
    readonly destructive: boolean;
    readonly idempotent: boolean;
    readonly openWorld: boolean;
  };
}

/** A tool as `tools/list` gives it. */
export interface McpTool {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  readonly inputSchema: { readonly type: "object"; readonly [keyword: string]: unknown };
  readonly outputSchema?: { readonly type: "object"; readonly [keyword: string]: unknown };
  readonly annotations: {
    readonly title?: string;
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
}

/** Key under which a result stands that is no object: structured content of MCP always is one. */
export const resultKey = "result";

/**
 * Makes a tool from an action.
 *
 * @param name 1 to 128 letters, digits, `_`, `-` and `.`
 * @throws {TypeError} when MCP does not allow the name
 */
export function mcpTool(name: string, source: ToolSource): McpTool {
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(name))
    throw new TypeError(
      `Cannot name a tool ${JSON.stringify(name)}: it must be 1 to 128 letters, digits, "_", "-" and "."`,
    );
  const { title, readOnly, destructive, idempotent, openWorld } = source.annotations;
  return {
    name,
    ...(title === undefined ? {} : { title }),
    description: source.description,
    inputSchema: inputSchema(source.parameters),
    ...(source.returns === undefined ? {} : { outputSchema: outputSchema(source.returns) }),
    annotations: {
      ...(title === undefined ? {} : { title }),
      readOnlyHint: readOnly,
      destructiveHint: destructive,
      idempotentHint: idempotent,
      openWorldHint: openWorld,
    },
  };
}

/** Makes a tool from a host function: its parameters become the members of one object. */
export function hostFunctionTool(module: HostModuleDeclaration, declaration: HostFunctionDeclaration): McpTool {
  const { summary, documentation, parameters, returns, effect } = declaration;
  const required = parameters.filter(({ optional }) => optional !== true).map(({ name }) => name);
  const properties = Object.fromEntries(
    parameters.map(({ name, schema, summary: description }) => [name, describeSchema(schema, description)] as const),
  );
  return mcpTool(`${module.name}.${declaration.name}`, {
    description: documentation === undefined ? summary : `${summary}\n\n${documentation}`,
    parameters: {
      type: "object",
      properties,
      ...(required.length === 0 ? {} : { required }),
      additionalProperties: false,
    },
    returns,
    annotations: {
      readOnly: effect === "none" || effect === "read",
      destructive: effect === "write",
      idempotent: effect === "none" || effect === "read",
      openWorld: effect === "external",
    },
  });
}

/** Whether a result stands under `resultKey` in structured content. */
export function isWrappedResult(returns: JsonSchema): boolean {
  return typeof returns === "boolean" || returns["type"] !== "object";
}

function inputSchema(schema: JsonSchema): McpTool["inputSchema"] {
  return typeof schema === "boolean" ? { type: "object" } : { ...schema, type: "object" };
}

function outputSchema(schema: JsonSchema): { readonly type: "object"; readonly [keyword: string]: unknown } {
  if (!isWrappedResult(schema) && typeof schema === "object") return { ...schema, type: "object" };
  if (!JSON.stringify(schema).includes('"$ref"')) {
    return { type: "object", properties: { [resultKey]: schema }, required: [resultKey] };
  }
  // References start at the root, which is another one now: the schema gets a place of its own, and they follow it.
  return {
    type: "object",
    properties: { [resultKey]: { $ref: resultPlace } },
    required: [resultKey],
    $defs: { "crucible-result": repoint(schema) },
  };
}

const resultPlace = "#/$defs/crucible-result";
const heldValues: ReadonlySet<string> = new Set(["const", "enum", "default", "examples"]);

function repoint(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(repoint);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, item]: [string, unknown]) => {
      if (key === "$ref" && typeof item === "string" && item.startsWith("#")) return [key, resultPlace + item.slice(1)];
      return [key, heldValues.has(key) ? item : repoint(item)];
    }),
  );
}

function describeSchema(schema: JsonSchema, description: string): JsonSchema {
  if (schema === true) return { description };
  return typeof schema === "object" && schema["description"] === undefined ? { ...schema, description } : schema;
}
