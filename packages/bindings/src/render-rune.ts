// Documentation of host modules in the form of a Rune module: signatures with empty bodies and doc comments with types.
import type { HostFunctionDeclaration, HostModuleDeclaration } from "@crucible/sandbox";
import { describeFunction, oneLine } from "./describe-function.ts";
import { moduleTable } from "./module-tree.ts";
import type { ModuleTable } from "./module-tree.ts";
import { readShape } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** Renders one module. The text parses as Rune; the functions that it names are supplied by the host. */
export function renderRune(module: HostModuleDeclaration): string {
  const lines = [
    "// Generated from the declarations of the host module; edits are lost.",
    ...module.summary.split("\n").map((line) => `//! ${line}`.trimEnd()),
    "",
    `pub mod ${module.name} {`,
    ...(module.types ?? []).flatMap((type) => [
      ...doc(type.summary.split("\n"), "    "),
      `    pub struct ${type.name} {`,
      ...type.fields.flatMap(({ name, schema, summary }) => [
        ...doc([`${formatRuneType(readShape(schema))}: ${oneLine(summary)}`], "        "),
        `        ${name},`,
      ]),
      "    }",
      ...(type.methods.length === 0
        ? []
        : [
            `    impl ${type.name} {`,
            ...type.methods.flatMap((method) => functionLines(method.name, method, "        ", ["self"])),
            "    }",
          ]),
    ]),
    ...tableLines(moduleTable(module), "    "),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

/** A shape in the words of Rune's types. */
export function formatRuneType(shape: Shape): string {
  switch (shape.kind) {
    case "any":
      return "any";
    case "null":
      return "()";
    case "bool":
      return "bool";
    case "int":
      return "i64";
    case "float":
      return "f64";
    case "string":
      return "String";
    case "bytes":
      return "Bytes";
    case "literal":
      return JSON.stringify(shape.value);
    case "array":
      return `Vec<${formatRuneType(shape.items)}>`;
    case "tuple":
      return `(${shape.items.map(formatRuneType).join(", ")})`;
    case "object": {
      const members = shape.members.map(
        ({ name, shape: inner, optional }) => `${name}${optional ? "?" : ""}: ${formatRuneType(inner)}`,
      );
      return members.length === 0 ? "Object" : `#{ ${members.join(", ")} }`;
    }
    case "union": {
      const rest = shape.options.filter(({ kind }) => kind !== "null");
      const text = rest.map(formatRuneType).join(" | ");
      return rest.length === shape.options.length ? text : `Option<${text}>`;
    }
    case "named":
      return shape.name.replaceAll(".", "::");
  }
}

function tableLines(table: ModuleTable, indent: string): readonly string[] {
  return [
    ...table.functions.flatMap(({ name, declaration }) => functionLines(name, declaration, indent, [])),
    ...table.tables.flatMap((inner) => [
      `${indent}pub mod ${inner.path.at(-1) ?? ""} {`,
      ...tableLines(inner, `${indent}    `),
      `${indent}}`,
    ]),
  ];
}

function functionLines(
  name: string,
  declaration: HostFunctionDeclaration,
  indent: string,
  receiver: readonly string[],
): readonly string[] {
  const { parameters, returns } = declaration;
  return [
    ...doc(
      [
        ...describeFunction(declaration),
        "",
        ...parameters.map(
          (parameter) =>
            `- \`${parameter.name}\`${parameter.optional === true ? " (optional)" : ""}: \`${formatRuneType(readShape(parameter.schema))}\`, ${oneLine(parameter.summary)}`,
        ),
        `- returns \`Result<${formatRuneType(readShape(returns))}>\``,
      ],
      indent,
    ),
    `${indent}pub fn ${name}(${[...receiver, ...parameters.map((parameter) => parameter.name)].join(", ")}) {}`,
  ];
}

function doc(lines: readonly string[], indent: string): readonly string[] {
  return lines.map((line) => `${indent}/// ${line}`.trimEnd());
}
