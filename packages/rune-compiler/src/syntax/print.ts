// Prints a syntax tree as source text that parses back to the same tree. Layout is one statement a line; comments are
// gone, because the tree has none. For tests, for generated code, and for showing what was understood.

import type { Block, Expression, Statement } from "./ast-expression.ts";
import type { Attribute, Fields, Item, Parameter, SourceFile, TypeSyntax, UseTree, Visibility } from "./ast-item.ts";
import type { Path } from "./ast-name.ts";
import { printExpression, type Printer, printPath, printPattern, printTokens } from "./print-expression.ts";

/** Text of a whole source. */
export function printFile(file: SourceFile): string {
  const printer = createPrinter();
  const attributes = file.attributes.map((attribute) => `${printAttribute(attribute)}\n`).join("");
  return attributes + file.body.statements.map((statement) => `${printStatement(printer, statement)}\n`).join("");
}

/** Text of one expression. */
export function printExpressionText(expression: Expression): string {
  return printExpression(createPrinter(), expression);
}

function createPrinter(): Printer {
  let depth = 0;
  const printer: Printer = {
    block(block: Block): string {
      if (block.statements.length === 0) return "{}";
      depth += 1;
      const indent = "  ".repeat(depth);
      const lines = block.statements.map((statement) => `${indent}${printStatement(printer, statement)}\n`);
      depth -= 1;
      return `{\n${lines.join("")}${"  ".repeat(depth)}}`;
    },
    attributes: (list) => list.map((attribute) => `${printAttribute(attribute)} `).join(""),
  };
  return printer;
}

function printStatement(printer: Printer, statement: Statement): string {
  switch (statement.kind) {
    case "local": {
      const { attributes, mutable, pattern, value } = statement.local;
      const modifier = mutable === null ? "" : "mut ";
      const head = `${printer.attributes(attributes)}let ${modifier}${printPattern(printer, pattern)}`;
      return `${head} = ${printExpression(printer, value)};`;
    }
    case "item":
      return printItem(printer, statement.item) + (statement.semicolon === null ? "" : ";");
    case "expression":
      return printExpression(printer, statement.expression) + (statement.semicolon === null ? "" : ";");
    case "empty":
      return ";";
  }
}

function printItem(printer: Printer, item: Item): string {
  const head = printer.attributes(item.attributes) + printVisibility(item.visibility);
  switch (item.kind) {
    case "function": {
      const modifiers = `${item.isConst === null ? "" : "const "}${item.isAsync === null ? "" : "async "}`;
      const output = item.output === null ? "" : ` -> ${printType(item.output)}`;
      const signature = `fn ${item.name.name}(${printParameters(printer, item.parameters)})${output}`;
      return `${head}${modifiers}${signature} ${printer.block(item.body)}`;
    }
    case "struct":
      return `${head}struct ${item.name.name}${printFields(printer, item.fields)}`;
    case "enum": {
      const variants = item.variants.map(
        (variant) =>
          `${printer.attributes(variant.attributes)}${variant.name.name}${printFields(printer, variant.fields)}`,
      );
      return `${head}enum ${item.name.name} { ${variants.join(", ")} }`;
    }
    case "impl": {
      const functions = item.functions.map((fn) => printItem(printer, fn));
      return `${head}impl ${printPath(printer, item.path)} {\n${functions.join("\n")}\n}`;
    }
    case "module":
      return `${head}mod ${item.name.name}${item.body === null ? "" : ` ${printer.block(item.body)}`}`;
    case "use":
      return `${head}use ${printUse(item.tree)}`;
    case "const":
      return `${head}const ${item.name.name} = ${printExpression(printer, item.value)}`;
    case "static": {
      const value = item.value === null ? "" : ` = ${printExpression(printer, item.value)}`;
      return `${head}static ${item.name.name}${value}`;
    }
    case "macro": {
      const { call } = item;
      const close = call.delimiter === "(" ? ")" : call.delimiter === "[" ? "]" : "}";
      return `${head}${printPath(printer, call.path)}!${call.delimiter}${printTokens(call.input)}${close}`;
    }
  }
}

/** `self` and names print as their patterns do. */
function printParameters(printer: Printer, parameters: readonly Parameter[]): string {
  return parameters.map(({ pattern }) => printPattern(printer, pattern)).join(", ");
}

function printFields(printer: Printer, fields: Fields): string {
  if (fields.kind === "unit") return "";
  const list = fields.list.map((field) => {
    const type = field.type === null ? "" : `: ${printType(field.type)}`;
    return `${printer.attributes(field.attributes)}${printVisibility(field.visibility)}${field.name.name}${type}`;
  });
  return fields.kind === "tuple" ? `(${list.join(", ")})` : ` { ${list.join(", ")} }`;
}

function printVisibility(visibility: Visibility): string {
  switch (visibility.kind) {
    case "inherited":
      return "";
    case "public":
      return "pub ";
    case "in": {
      const { path } = visibility;
      return path === null ? "pub " : `pub(in ${printPlainPath(path)}) `;
    }
    case "crate":
    case "super":
    case "self":
      return `pub(${visibility.kind}) `;
  }
}

function printPlainPath(path: Path): string {
  return (path.global === null ? "" : "::") + path.segments.map((segment) => segment.name).join("::");
}

function printType(type: TypeSyntax): string {
  if (type.kind === "bang") return "!";
  if (type.kind === "path" && type.path !== null) return printPlainPath(type.path);
  const elements = type.elements.map(printType);
  return elements.length === 1 ? `(${elements.join("")},)` : `(${elements.join(", ")})`;
}

function printUse(tree: UseTree): string {
  const segments = tree.segments.map((segment) => segment.name).join("::");
  const prefix = (tree.global === null ? "" : "::") + segments;
  const joint = prefix === "" || prefix === "::" ? prefix : `${prefix}::`;
  switch (tree.tail.kind) {
    case "name":
      return prefix;
    case "alias":
      return `${prefix} as ${tree.tail.name.name}`;
    case "wildcard":
      return `${joint}*`;
    case "group":
      return `${joint}{${tree.tail.trees.map(printUse).join(", ")}}`;
  }
}

function printAttribute(attribute: Attribute): string {
  const input = printTokens(attribute.input);
  const bang = attribute.inner ? "!" : "";
  if (attribute.doc !== null && input === "") return `#${bang}[doc = ${JSON.stringify(attribute.doc)}]`;
  return `#${bang}[${printPlainPath(attribute.path)}${input === "" ? "" : ` ${input}`}]`;
}
