// Functions of the module for text and patterns: regex, text.
import { succeed, textArgument } from "@crucible/sandbox";
import { textBounds } from "./bounds.ts";
import { escapeRegex, findAllRegex, findRegex, replaceRegex, splitRegex, testRegex } from "./regex.ts";
import {
  changeCase,
  countCharacters,
  dedentText,
  indentText,
  padText,
  slugText,
  splitLines,
  truncateText,
  wrapText,
  type TextCase,
} from "./text.ts";
import { wordsOf } from "./segment-text.ts";
import { optional, optionalInteger, optionalText, parameter, text, utility, type Utility } from "./utility.ts";

const string = { type: "string" } as const;
const strings = { type: "array", items: string } as const;
const pattern = text("pattern", 2000, "regular expression, without look-around and back references");
const searched = text("text", textBounds.regex, "where to look");
const flags = optional(
  "flags",
  { type: "string", maxLength: 3 },
  "i: whatever case; m: ^ and $ at lines; s: . is any character",
);
const whole = text("text", textBounds.text, "the text");
const segmented = text("text", textBounds.segmented, "the text");
const cases: readonly TextCase[] = ["upper", "lower", "title", "camel", "pascal", "snake", "kebab"];

export const textFunctions: readonly Utility[] = [
  utility(
    "regex.test",
    "Tells whether a pattern is in a text.",
    [pattern, searched, flags],
    { type: "boolean" },
    (args) => testRegex(textArgument(args, "pattern"), textArgument(args, "text"), optionalText(args, "flags")),
  ),
  utility(
    "regex.find",
    "Finds a pattern: text, start, end, groups and named groups; null when it is not there.",
    [pattern, searched, flags],
    { type: ["object", "null"] },
    (args) => findRegex(textArgument(args, "pattern"), textArgument(args, "text"), optionalText(args, "flags")),
  ),
  utility(
    "regex.find_all",
    "Finds a pattern everywhere in a text.",
    [pattern, searched, flags],
    { type: "array", items: { type: "object" } },
    (args) => findAllRegex(textArgument(args, "pattern"), textArgument(args, "text"), optionalText(args, "flags")),
  ),
  utility(
    "regex.replace",
    "Replaces a pattern everywhere; $1 and ${name} in the replacement are groups, $$ is a dollar.",
    [pattern, searched, text("replacement", 10_000, "what comes instead"), flags],
    string,
    (args) =>
      replaceRegex(
        textArgument(args, "pattern"),
        textArgument(args, "text"),
        textArgument(args, "replacement"),
        optionalText(args, "flags"),
      ),
  ),
  utility("regex.split", "Splits a text where a pattern is.", [pattern, searched, flags], strings, (args) =>
    splitRegex(textArgument(args, "pattern"), textArgument(args, "text"), optionalText(args, "flags")),
  ),
  utility(
    "regex.escape",
    "Makes a pattern that stands for exactly this text.",
    [text("text", 10_000, "the text")],
    string,
    (args) => succeed(escapeRegex(textArgument(args, "text"))),
  ),
  utility("text.length", "Counts what people see as characters.", [segmented], { type: "integer" }, (args) =>
    succeed(countCharacters(textArgument(args, "text"))),
  ),
  utility("text.trim", "Removes blanks at both ends.", [whole], string, (args) =>
    succeed(textArgument(args, "text").trim()),
  ),
  utility("text.lines", "Splits a text into lines, whatever their ends.", [whole], strings, (args) =>
    succeed(splitLines(textArgument(args, "text"))),
  ),
  utility("text.words", "Lists the words of a text.", [segmented], strings, (args) =>
    succeed([...wordsOf(textArgument(args, "text"))]),
  ),
  utility(
    "text.split",
    "Splits a text at a separator.",
    [whole, parameter("separator", { type: "string", minLength: 1 }, "what stands between the parts")],
    strings,
    (args) => succeed(textArgument(args, "text").split(textArgument(args, "separator"))),
  ),
  utility(
    "text.replace",
    "Replaces a text everywhere in another.",
    [
      text("text", 100_000, "the text"),
      parameter("search", { type: "string", minLength: 1 }, "what to look for"),
      text("replacement", 100, "what comes instead"),
    ],
    string,
    (args) =>
      succeed(
        textArgument(args, "text").replaceAll(textArgument(args, "search"), () => textArgument(args, "replacement")),
      ),
  ),
  utility(
    "text.change_case",
    "Changes the case of a text: upper, lower, title, camel, pascal, snake, kebab.",
    [whole, parameter("to", { enum: cases }, "the case")],
    string,
    (args) => {
      const to = cases.find((each) => each === args["to"]) ?? "lower";
      return succeed(changeCase(textArgument(args, "text"), to));
    },
  ),
  utility(
    "text.slug",
    "Makes a name for files and anchors: letters and digits with hyphens.",
    [segmented],
    string,
    (args) => succeed(slugText(textArgument(args, "text"))),
  ),
  utility(
    "text.truncate",
    "Cuts a text to a number of characters, an ending included.",
    [
      segmented,
      parameter("length", { type: "integer", minimum: 0 }, "characters that stay"),
      optional("ending", { type: "string", maxLength: 100 }, "… by default"),
    ],
    string,
    (args) =>
      succeed(
        truncateText(textArgument(args, "text"), optionalInteger(args, "length") ?? 0, optionalText(args, "ending")),
      ),
  ),
  utility(
    "text.pad",
    "Fills a text up to a number of characters.",
    [
      segmented,
      parameter("length", { type: "integer", minimum: 0 }, "characters that it shall have"),
      optional("fill", string, "one character; a blank by default"),
      optional("side", { enum: ["start", "end"] }, "where; at the end by default"),
    ],
    string,
    (args) =>
      padText(
        textArgument(args, "text"),
        optionalInteger(args, "length") ?? 0,
        optionalText(args, "fill") ?? " ",
        args["side"] === "start" ? "start" : "end",
      ),
  ),
  utility(
    "text.wrap",
    "Breaks lines at blanks, so that none is longer than a width where its words allow it.",
    [segmented, parameter("width", { type: "integer", minimum: 1 }, "characters of a line")],
    string,
    (args) => succeed(wrapText(textArgument(args, "text"), optionalInteger(args, "width") ?? 80)),
  ),
  utility("text.dedent", "Removes the blanks that all lines start with.", [whole], string, (args) =>
    succeed(dedentText(textArgument(args, "text"))),
  ),
  utility(
    "text.indent",
    "Puts a margin before every line that is not blank.",
    [whole, text("margin", 100, "what comes before")],
    string,
    (args) => succeed(indentText(textArgument(args, "text"), textArgument(args, "margin"))),
  ),
  utility(
    "text.normalize",
    "Brings a text into a normal form of Unicode, so that texts that look alike are equal.",
    [whole, optional("form", { enum: ["NFC", "NFD", "NFKC", "NFKD"] }, "NFC by default")],
    string,
    (args) => succeed(textArgument(args, "text").normalize(optionalText(args, "form") ?? "NFC")),
  ),
];
