// Front matter: where it stands in a note, what it says, and how a change leaves every other byte alone.
// Rendering of changed properties is in edit-front-matter.ts.
import { isAlias, isMap, isScalar, parseDocument, visit, type Document, type ParsedNode } from "yaml";
import { emptyFrontMatter, isList, type FrontMatter, type FrontMatterValue } from "./front-matter-value.ts";

/** A note cut in two: `block` with its fences and `body`; both together are the text. */
export interface SplitNote {
  /** From the start (a byte order mark included) to the line end after the closing fence; empty when there is none. */
  readonly block: string;
  /** Text between the fences, with the line end before the closing one. */
  readonly yaml: string;
  /** Offset of `yaml` in the text. */
  readonly yamlStart: number;
  readonly body: string;
  /** Line of the file, counted from 1, on which the body starts. */
  readonly bodyLine: number;
  /** True when a fence opens in the first line and none closes; the text is then all body. */
  readonly unclosed: boolean;
}

/** Something that is wrong with a note but does not stop it from being read. */
export interface NoteProblem {
  /** Line of the file, counted from 1. */
  readonly line: number;
  readonly message: string;
}

export interface ParsedFrontMatter {
  readonly frontmatter: FrontMatter;
  readonly problems: readonly NoteProblem[];
  /** Offsets in the YAML of the scalars that contain `[[`, for the scanner of links. */
  readonly linkRanges: readonly (readonly [start: number, end: number])[];
}

const openingFence = /^\ufeff?---[ \t]*(?:\r?\n|$)/u;
const closingFence = /^---[ \t]*(?:\r?\n|$)/mu;
const maxDepth = 64;
const tooDeep = `Front matter cannot be read: it is nested deeper than ${maxDepth} levels`;
/** An estimate from above, before anything is parsed. */
const maxYamlDepth = 500;
const maxYamlLength = 65_536;
const maxYamlProblems = 20;

/** Cuts a note in front matter and body. Every text is a valid note. */
export function splitNote(text: string): SplitNote {
  const opening = openingFence.exec(text);
  const yamlStart = opening?.[0].length ?? 0;
  const rest = text.slice(yamlStart);
  const closing = opening?.[0].endsWith("\n") === true ? closingFence.exec(rest) : null;
  if (closing === null) {
    const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
    return {
      block: mark,
      yaml: "",
      yamlStart: mark.length,
      body: text.slice(mark.length),
      bodyLine: 1,
      unclosed: opening !== null,
    };
  }
  const end = yamlStart + closing.index + closing[0].length;
  const block = text.slice(0, end);
  return {
    block,
    yaml: rest.slice(0, closing.index),
    yamlStart,
    body: text.slice(end),
    bodyLine: countLines(block) + 1,
    unclosed: false,
  };
}

/** Reads YAML that starts on line `firstLine` of its file. Broken YAML gives no properties and a problem for each error. */
export function parseFrontMatter(yaml: string, firstLine: number): ParsedFrontMatter {
  if (yaml.trim() === "") return { frontmatter: emptyFrontMatter, problems: [], linkRanges: [] };
  const simple = parseSimple(yaml);
  if (simple !== undefined) return { frontmatter: simple, problems: [], linkRanges: [] };
  const refused = refuseYaml(yaml);
  if (refused !== undefined)
    return { frontmatter: emptyFrontMatter, problems: [{ line: firstLine, message: refused }], linkRanges: [] };
  const document = parseYaml(yaml);
  const problems = document.errors.slice(0, maxYamlProblems).map((error) => ({
    line: firstLine + countLines(yaml.slice(0, error.pos[0])),
    message: `Front matter is not valid YAML: ${error.message.split("\n")[0] ?? error.code}`,
  }));
  if (problems.length > 0) return { frontmatter: emptyFrontMatter, problems, linkRanges: [] };
  const read = readDocument(document);
  if (typeof read === "string") {
    return { frontmatter: emptyFrontMatter, problems: [{ line: firstLine, message: read }], linkRanges: [] };
  }
  return { frontmatter: read, problems: [], linkRanges: yaml.includes("[[") ? linkRangesOf(document, yaml) : [] };
}

const simpleLine = /^([A-Za-z][A-Za-z0-9_-]*): (?:([A-Za-z0-9][A-Za-z0-9 _/.-]*)|\[([A-Za-z0-9 ,_/.-]*)\])$/u;
const simpleWord = /^[A-Za-z](?:[A-Za-z0-9 _/.-]*[A-Za-z0-9_/.-])?$/u;
const simpleInteger = /^(?:0|[1-9]\d{0,14})$/u;
const reservedWord = /^(?:null|true|false)$/iu;

/**
 * Reads what most front matter is: a line for each property, with a word, a whole number or a list of those. A fifth of
 * the time that an index takes is saved by it; everything else is left to the YAML reader, and a law holds them together.
 */
function parseSimple(yaml: string): FrontMatter | undefined {
  const properties: { [key: string]: FrontMatterValue } = Object.create(null) as { [key: string]: FrontMatterValue };
  for (const line of (yaml.endsWith("\n") ? yaml.slice(0, -1) : yaml).split("\n")) {
    const found = simpleLine.exec(line);
    const key = found?.[1];
    if (found === null || key === undefined || reservedWord.test(key) || Object.hasOwn(properties, key))
      return undefined;
    const list = found[3];
    if (list === undefined) {
      const value = simpleScalar(found[2] ?? "");
      if (value === undefined) return undefined;
      properties[key] = value;
    } else {
      const members: FrontMatterValue[] = [];
      for (const member of list.split(",")) {
        const value = simpleScalar(member.trim());
        if (value === undefined) return undefined;
        members.push(value);
      }
      properties[key] = members;
    }
  }
  return properties;
}

function simpleScalar(text: string): string | number | undefined {
  if (simpleInteger.test(text)) return Number(text);
  return simpleWord.test(text) && !reservedWord.test(text) ? text : undefined;
}

/** The one set of options with which YAML is read: the 1.2 core schema, where dates and `no` stay strings. */
export function parseYaml(yaml: string): Document.Parsed<ParsedNode> {
  return parseDocument(yaml, {
    version: "1.2",
    schema: "core",
    intAsBigInt: true,
    // Pretty messages cost time in proportion to the text, each.
    prettyErrors: false,
    keepSourceTokens: false,
  });
}

/**
 * Says why a text is not given to the YAML reader: that one calls itself for each level, so that a text of brackets would end
 * the process, and takes its time for errors.
 */
export function refuseYaml(yaml: string): string | undefined {
  if (yaml.length > maxYamlLength)
    return `Front matter has ${yaml.length} characters, at most ${maxYamlLength} are read`;
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < yaml.length; index += 1) {
    const character = yaml.charCodeAt(index);
    // [ or {, and what closes them; in a quoted text they count as well, which matters to no text that people write.
    if (character === 0x5b || character === 0x7b) deepest = Math.max(deepest, (depth += 1));
    else if ((character === 0x5d || character === 0x7d) && depth > 0) depth -= 1;
  }
  // Each level of a block takes a column or an indicator of its own.
  for (const [lead] of yaml.matchAll(/^(?:[ \t]|[-?:](?=[ \t])){1,2000}/gmu)) deepest = Math.max(deepest, lead.length);
  return deepest > maxYamlDepth ? tooDeep : undefined;
}

/** Reads properties out of a parsed document; a string says why there are none. */
export function readDocument(document: Document.Parsed<ParsedNode>): FrontMatter | string {
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null))
    return emptyFrontMatter;
  if (!isMap(document.contents)) return "Front matter is not a list of properties: each line must be `key: value`";
  try {
    const plain: unknown = document.toJS({ maxAliasCount: 100, mapAsMap: false });
    const value = toFrontMatterValue(plain, 0);
    if (typeof value === "object" && value !== null && !isList(value)) return value;
    return "Front matter is not a list of properties: each line must be `key: value`";
  } catch (thrown) {
    return `Front matter cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

function toFrontMatterValue(plain: unknown, depth: number): FrontMatterValue {
  if (depth > maxDepth) throw new RangeError(`it is nested deeper than ${maxDepth} levels`);
  switch (typeof plain) {
    case "string":
    case "boolean":
    case "number":
      return plain;
    case "bigint": {
      const number = Number(plain);
      return Number.isSafeInteger(number) ? number : plain;
    }
    case "object": {
      if (plain === null) return null;
      if (Array.isArray(plain)) return plain.map((each: unknown) => toFrontMatterValue(each, depth + 1));
      if (plain instanceof Set) return [...plain].map((each: unknown) => toFrontMatterValue(each, depth + 1));
      if (plain instanceof Date) return plain.toISOString();
      const properties: { [key: string]: FrontMatterValue } = Object.create(null) as {
        [key: string]: FrontMatterValue;
      };
      for (const [key, value] of Object.entries(plain)) properties[key] = toFrontMatterValue(value, depth + 1);
      return properties;
    }
    default:
      return null;
  }
}

function linkRangesOf(document: Document.Parsed<ParsedNode>, yaml: string): [number, number][] {
  const ranges: [number, number][] = [];
  visit(document, {
    Scalar(_key, node) {
      const range = node.range;
      if (typeof node.value === "string" && node.value.includes("[[") && range !== undefined && range !== null) {
        if (yaml.slice(range[0], range[1]).includes("[[")) ranges.push([range[0], range[1]]);
      }
    },
    Alias(_key, node) {
      return isAlias(node) ? visit.SKIP : undefined;
    },
  });
  return ranges;
}

function countLines(text: string): number {
  let lines = 0;
  for (let index = text.indexOf("\n"); index >= 0; index = text.indexOf("\n", index + 1)) lines += 1;
  return lines;
}
