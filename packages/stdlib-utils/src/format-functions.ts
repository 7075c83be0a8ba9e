// Functions of the module for formats: json, yaml, toml, csv, markdown, template.
import type { HostArguments, Outcome, Value } from "@crucible/sandbox";
import { formatJson, parseJson, succeed, textArgument } from "@crucible/sandbox";
import { textBounds } from "./bounds.ts";
import { formatCsv, formatToml, formatYaml, parseCsv, parseToml, parseYaml, type CsvOptions } from "./formats.ts";
import { parseMarkdown, setFrontMatter } from "./markdown.ts";
import { renderTemplate } from "./template.ts";
import { optional, optionalInteger, optionalObject, parameter, text, utility, type Utility } from "./utility.ts";

const value = parameter("value", true, "what to write");
const string = { type: "string" } as const;
const csvOptions = optional(
  "options",
  {
    type: "object",
    properties: { header: { type: "boolean" }, delimiter: { type: "string", minLength: 1, maxLength: 1 } },
    additionalProperties: false,
  },
  "header: the first row names the columns; delimiter: one character",
);

export const formatFunctions: readonly Utility[] = [
  utility(
    "json.parse",
    "Reads JSON; integers are exact up to 64 bits.",
    [text("text", textBounds.json, "JSON")],
    true,
    (args) => parseJson(textArgument(args, "text")),
  ),
  utility(
    "json.format",
    "Writes JSON.",
    [value, optional("indent", { type: "integer", minimum: 0, maximum: 10 }, "blanks a level; none: one line")],
    string,
    (args) => succeed(formatJson(given(args), optionalInteger(args, "indent") ?? 0)),
  ),
  utility(
    "yaml.parse",
    "Reads YAML 1.2 without anchors, aliases and tags.",
    [text("text", textBounds.yaml, "YAML")],
    true,
    (args) => parseYaml(textArgument(args, "text")),
  ),
  utility("yaml.format", "Writes YAML.", [value], string, (args) => formatYaml(given(args))),
  utility(
    "toml.parse",
    "Reads TOML; dates become text.",
    [text("text", textBounds.toml, "TOML")],
    { type: "object" },
    (args) => parseToml(textArgument(args, "text")),
  ),
  utility("toml.format", "Writes an object as TOML.", [value], string, (args) => formatToml(given(args))),
  utility(
    "csv.parse",
    "Reads CSV as rows of text; with header as objects by column.",
    [text("text", textBounds.csv, "CSV"), csvOptions],
    { type: "array" },
    (args) => parseCsv(textArgument(args, "text"), readCsvOptions(args)),
  ),
  utility(
    "csv.format",
    "Writes rows, lists or objects, as CSV; the keys of objects are the header unless it is turned off.",
    [parameter("rows", { type: "array" }, "lists of cells, or objects"), csvOptions],
    string,
    (args) => formatCsv(args["rows"] ?? [], readCsvOptions(args)),
  ),
  utility(
    "markdown.parse",
    "Reads what a Markdown text says: title, frontmatter, content, headings, links, tags, blocks, problems.",
    [text("text", textBounds.markdown, "Markdown")],
    { type: "object" },
    (args): Outcome<Value> => succeed(parseMarkdown(textArgument(args, "text"))),
  ),
  utility(
    "markdown.set_frontmatter",
    "Changes properties of a text's front matter and leaves every other byte; null removes one.",
    [text("text", textBounds.markdown, "Markdown"), parameter("changes", { type: "object" }, "property to value")],
    string,
    (args) => setFrontMatter(textArgument(args, "text"), optionalObject(args, "changes")),
  ),
  utility(
    "template.render",
    "Fills a template in Mustache's syntax, without logic and without escaping.",
    [
      text("template", textBounds.template, "{{name}}, {{#section}}…{{/section}}, {{^inverted}}…{{/inverted}}"),
      parameter("values", true, "what names stand for"),
    ],
    string,
    (args) => renderTemplate(textArgument(args, "template"), args["values"] ?? null),
  ),
];

function given(args: HostArguments): Value {
  return args["value"] ?? null;
}

function readCsvOptions(args: HostArguments): CsvOptions {
  const { header, delimiter } = optionalObject(args, "options");
  return {
    ...(typeof header === "boolean" ? { header } : {}),
    ...(typeof delimiter === "string" ? { delimiter } : {}),
  };
}
