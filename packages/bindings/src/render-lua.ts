// Type stubs for Lua in the annotations of the Lua language server: one file that an editor reads and nobody runs.
import type { HostFunctionDeclaration, HostModuleDeclaration, HostTypeDeclaration } from "@crucible/sandbox";
import { describeFunction, oneLine } from "./describe-function.ts";
import { allTables, moduleTable } from "./module-tree.ts";
import { readShape, unionOf } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** Renders one module. The global of its name and `require` of it are the same table. */
export function renderLuaTypes(module: HostModuleDeclaration): string {
  const tables = allTables(moduleTable(module));
  const lines = [
    `---@meta ${module.name}`,
    "-- Generated from the declarations of the host module; edits are lost.",
    "",
    ...comment(module.summary.split("\n")),
    ...tables.flatMap((table, index) => [
      ...(index === 0 ? [] : [""]),
      `---@class ${table.path.join(".")}`,
      index === 0 ? `${module.name} = {}` : `${table.path.join(".")} = {}`,
    ]),
    ...(module.types ?? []).flatMap((type) => ["", ...typeLines(module.name, type)]),
    ...tables.flatMap(({ path, functions }) =>
      functions.flatMap(({ name, declaration }) => ["", ...functionLines(`${path.join(".")}.${name}`, declaration)]),
    ),
    "",
    `return ${module.name}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** A shape in the notation of the language server. */
export function formatLuaType(shape: Shape): string {
  switch (shape.kind) {
    case "any":
      return "any";
    case "null":
      return "nil";
    case "bool":
      return "boolean";
    case "int":
      return "integer";
    case "float":
      return "number";
    case "string":
    case "bytes":
      return "string";
    case "literal":
      return typeof shape.value === "string" ? JSON.stringify(shape.value) : String(shape.value);
    case "array": {
      const items = formatLuaType(shape.items);
      return shape.items.kind === "union" ? `(${items})[]` : `${items}[]`;
    }
    case "tuple":
      return `[${shape.items.map(formatLuaType).join(", ")}]`;
    case "object": {
      const members = shape.members.map(({ name, shape: inner, optional }) =>
        /^[A-Za-z_]\w*$/.test(name)
          ? `${name}${optional ? "?" : ""}: ${formatLuaType(inner)}`
          : `[${JSON.stringify(name)}]: ${formatLuaType(optional ? unionOf([inner, { kind: "null" }]) : inner)}`,
      );
      if (shape.rest !== undefined && members.length === 0) return `table<string, ${formatLuaType(shape.rest)}>`;
      if (shape.rest !== undefined) members.push(`[string]: ${formatLuaType(shape.rest)}`);
      return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
    }
    case "union":
      return shape.options.map(formatLuaType).join("|");
    case "named":
      return shape.name;
  }
}

function typeLines(module: string, type: HostTypeDeclaration): readonly string[] {
  return [
    ...comment(type.summary.split("\n")),
    `---@class ${module}.${type.name}`,
    ...type.fields.map(
      ({ name, schema, summary, optional }) =>
        `---@field ${name}${optional === true ? "?" : ""} ${formatLuaType(readShape(schema))} ${oneLine(summary)}`,
    ),
    `local ${type.name} = {}`,
    ...type.methods.flatMap((method) => ["", ...functionLines(`${type.name}:${method.name}`, method)]),
  ];
}

function functionLines(name: string, declaration: HostFunctionDeclaration): readonly string[] {
  return [
    ...comment(describeFunction(declaration)),
    ...declaration.parameters.map((parameter) => {
      const type = formatLuaType(readShape(parameter.schema));
      return `---@param ${parameter.name}${parameter.optional === true ? "?" : ""} ${type} ${oneLine(parameter.summary)}`;
    }),
    ...returnLines(declaration),
    `function ${name}(${declaration.parameters.map((parameter) => parameter.name).join(", ")}) end`,
  ];
}

function returnLines({ returns }: HostFunctionDeclaration): readonly string[] {
  const shape = readShape(returns);
  return shape.kind === "null" ? [] : [`---@return ${formatLuaType(shape)}`];
}

function comment(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `---${line}`.trimEnd());
}
