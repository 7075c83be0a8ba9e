// Type declarations for JavaScript and TypeScript plugins: an ambient module and the global of the same name.
import type { HostFunctionDeclaration, HostModuleDeclaration, HostTypeDeclaration } from "@crucible/sandbox";
import { describeFunction, oneLine } from "./describe-function.ts";
import { moduleTable } from "./module-tree.ts";
import type { ModuleTable } from "./module-tree.ts";
import { readShape } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** Renders one module as a `.d.ts` file without imports. */
export function renderTypeScript(module: HostModuleDeclaration): string {
  const table = moduleTable(module);
  const lines = [
    "// Generated from the declarations of the host module; edits are lost.",
    "",
    ...comment(module.summary.split("\n"), ""),
    `declare module ${JSON.stringify(module.name)} {`,
    ...(module.types ?? []).flatMap((type) => [...typeLines(type), ""]),
    ...table.functions.flatMap(({ name, declaration }) => [
      ...comment(documentationOf(declaration), "  "),
      `  export function ${name}${signature(declaration)};`,
    ]),
    ...table.tables.flatMap((inner) => [`  export const ${inner.path.at(-1) ?? ""}: ${tableType(inner, "  ")};`]),
    "}",
    "",
    `declare const ${module.name}: typeof import(${JSON.stringify(module.name)});`,
  ];
  return `${lines.join("\n")}\n`;
}

/** A shape as a TypeScript type. */
export function formatTypeScriptType(shape: Shape): string {
  switch (shape.kind) {
    case "any":
      return "unknown";
    case "null":
      return "null";
    case "bool":
      return "boolean";
    case "int":
    case "float":
      return "number";
    case "string":
      return "string";
    case "bytes":
      return "Uint8Array";
    case "literal":
      return JSON.stringify(shape.value);
    case "array": {
      const items = formatTypeScriptType(shape.items);
      return shape.items.kind === "union" ? `(${items})[]` : `${items}[]`;
    }
    case "tuple":
      return `[${shape.items.map(formatTypeScriptType).join(", ")}]`;
    case "object": {
      const members = shape.members.map(
        ({ name, shape: inner, optional }) =>
          `${memberName(name)}${optional ? "?" : ""}: ${formatTypeScriptType(inner)}`,
      );
      // An index type has to admit the types of the members as well.
      if (shape.rest !== undefined)
        members.push(`[name: string]: ${members.length === 0 ? formatTypeScriptType(shape.rest) : "unknown"}`);
      return members.length === 0 ? "Record<string, never>" : `{ ${members.join("; ")} }`;
    }
    case "union":
      return shape.options.map(formatTypeScriptType).join(" | ");
    case "named":
      return shape.name.slice(shape.name.lastIndexOf(".") + 1);
  }
}

function tableType(table: ModuleTable, indent: string): string {
  const inner = `${indent}  `;
  const lines = [
    ...table.functions.flatMap(({ name, declaration }) => [
      ...comment(documentationOf(declaration), inner),
      `${inner}${memberName(name)}${signature(declaration)};`,
    ]),
    ...table.tables.map((nested) => `${inner}${memberName(nested.path.at(-1) ?? "")}: ${tableType(nested, inner)};`),
  ];
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function typeLines(type: HostTypeDeclaration): readonly string[] {
  return [
    ...comment(type.summary.split("\n"), "  "),
    `  export interface ${type.name} {`,
    ...type.fields.flatMap(({ name, schema, summary, optional }) => [
      ...comment([oneLine(summary)], "    "),
      `    readonly ${memberName(name)}${optional === true ? "?" : ""}: ${formatTypeScriptType(readShape(schema))};`,
    ]),
    ...type.methods.flatMap((method) => [
      ...comment(documentationOf(method), "    "),
      `    ${memberName(method.name)}${signature(method)};`,
    ]),
    "  }",
  ];
}

function signature({ parameters, returns }: HostFunctionDeclaration): string {
  const list = parameters.map(({ name, schema, optional }) => {
    const type = formatTypeScriptType(readShape(schema));
    return optional === true ? `${name}?: ${type} | null` : `${name}: ${type}`;
  });
  const result = readShape(returns);
  return `(${list.join(", ")}): ${result.kind === "null" ? "void" : formatTypeScriptType(result)}`;
}

function documentationOf(declaration: HostFunctionDeclaration): readonly string[] {
  const parameters = declaration.parameters.map(({ name, summary }) => `@param ${name} ${oneLine(summary)}`);
  return [...describeFunction(declaration), ...(parameters.length === 0 ? [] : ["", ...parameters])];
}

function comment(lines: readonly string[], indent: string): readonly string[] {
  const safe = lines.map((line) => line.replaceAll("*/", "*\\/"));
  if (safe.length === 1) return [`${indent}/** ${safe[0] ?? ""} */`];
  return [`${indent}/**`, ...safe.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`];
}

function memberName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
