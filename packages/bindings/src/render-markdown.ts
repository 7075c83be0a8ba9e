// Reference documentation of host modules in Markdown, with examples in each language.
import type {
  HostFunctionDeclaration,
  HostFunctionExample,
  HostModuleDeclaration,
  HostParameter,
} from "@crucible/sandbox";
import { describeFunction, oneLine } from "./describe-function.ts";
import { formatLiteral } from "./literal.ts";
import type { LiteralLanguage } from "./literal.ts";
import { formatLuaType } from "./render-lua.ts";
import { readShape } from "./shape.ts";

/** Renders one module: an overview, then a section for each function and type. */
export function renderMarkdown(module: HostModuleDeclaration): string {
  const { name, summary, functions, types = [] } = module;
  const lines = [
    `# ${name}`,
    "",
    summary,
    "",
    "| function | what it does | needs |",
    "|---|---|---|",
    ...functions.map(
      (declaration) =>
        `| [\`${name}.${declaration.name}\`](#${anchor(`${name}.${declaration.name}`)}) | ${cell(declaration.summary)} | ${declaration.capability ?? "–"} |`,
    ),
    ...functions.flatMap((declaration) => ["", ...functionSection(`${name}.${declaration.name}`, declaration, "##")]),
    ...types.flatMap((type) => [
      "",
      `## ${name}.${type.name}`,
      "",
      type.summary,
      "",
      ...parameterTable(type.fields, "field"),
      ...type.methods.flatMap((method) => ["", ...functionSection(`${type.name}:${method.name}`, method, "###")]),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Writes one call of a function in a language: with its path, and arguments as literals. */
export function formatCall(
  module: string,
  declaration: HostFunctionDeclaration,
  example: HostFunctionExample,
  language: LiteralLanguage,
): string {
  const separator = language === "rune" ? "::" : ".";
  const path = [module, ...declaration.name.split(".")].join(separator);
  return `${path}(${example.arguments.map((value) => formatLiteral(value, language)).join(", ")})${language === "rune" ? "?" : ""}`;
}

function functionSection(title: string, declaration: HostFunctionDeclaration, heading: string): readonly string[] {
  const { parameters, returns, examples = [] } = declaration;
  const module = title.slice(0, title.indexOf("."));
  return [
    `${heading} ${title}`,
    "",
    `\`${title}(${parameters.map(({ name, optional }) => (optional === true ? `${name}?` : name)).join(", ")})\``,
    "",
    ...describeFunction(declaration),
    ...(parameters.length === 0 ? [] : ["", ...parameterTable(parameters, "parameter")]),
    "",
    `Returns \`${formatLuaType(readShape(returns))}\`.`,
    ...examples.flatMap((example) => ["", ...exampleLines(module, declaration, example)]),
  ];
}

function exampleLines(
  module: string,
  declaration: HostFunctionDeclaration,
  example: HostFunctionExample,
): readonly string[] {
  const languages: readonly (readonly [LiteralLanguage, string])[] = [
    ["lua", "--"],
    ["rune", "//"],
    ["javascript", "//"],
  ];
  return languages.flatMap(([language, comment], index) => [
    ...(index === 0 ? [] : [""]),
    `\`\`\`${language}`,
    `${formatCall(module, declaration, example, language)} ${comment} ${formatLiteral(example.result, language)}`,
    "```",
  ]);
}

function parameterTable(parameters: readonly HostParameter[], what: string): readonly string[] {
  return [
    `| ${what} | type | meaning |`,
    "|---|---|---|",
    ...parameters.map(
      ({ name, schema, summary, optional }) =>
        `| \`${name}\`${optional === true ? " (optional)" : ""} | \`${cell(formatLuaType(readShape(schema)))}\` | ${cell(summary)} |`,
    ),
  ];
}

function cell(text: string): string {
  return oneLine(text).replaceAll("|", "\\|");
}

function anchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9_ -]/g, "")
    .replaceAll(" ", "-");
}
