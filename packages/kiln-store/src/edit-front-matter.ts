// Changes front matter by replacing the text of the properties that change, and nothing else.
// A result is read back before it is used, so that an unusual layout costs formatting and never data.
import { Document, isMap, isScalar, isSeq, Scalar, type Pair, type ParsedNode, type YAMLMap } from "yaml";
import { isList, sameFrontMatter, type FrontMatter, type FrontMatterValue } from "./front-matter-value.ts";
import { parseYaml, readDocument, refuseYaml, splitNote } from "./front-matter.ts";

type ParsedPair = Pair<ParsedNode, ParsedNode | null>;

/**
 * Gives the text of a note with other front matter. Properties that stay keep their bytes, with their comments, their
 * order and their layout; new ones follow at the end. When nothing changes the text is returned as it is.
 *
 * @returns undefined when the present front matter cannot be read, so that changing it would lose what it says, or when
 * the next one cannot be written as YAML
 */
export function editFrontMatter(text: string, next: FrontMatter): string | undefined {
  const split = splitNote(text);
  const eol = /\r\n/u.test(split.block === "" ? text.slice(0, 2000) : split.block) ? "\r\n" : "\n";
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  if (split.yamlStart === mark.length) {
    if (Object.keys(next).length === 0) return text;
    const rendered = render(next, eol);
    return refuseYaml(rendered) === undefined
      ? `${mark}---${eol}${rendered}---${eol}${text.slice(mark.length)}`
      : undefined;
  }
  if (refuseYaml(split.yaml) !== undefined) return undefined;
  const document = parseYaml(split.yaml);
  if (document.errors.length > 0) return undefined;
  const present = readDocument(document);
  if (typeof present === "string") return undefined;
  if (sameFrontMatter(present, next)) return text;
  const yaml =
    accept(spliceProperties(document, split.yaml, present, next, eol), next) ??
    accept(editDocument(split.yaml, present, next, eol), next) ??
    accept(render(next, eol), next);
  if (yaml === undefined) return undefined;
  const closing = split.block.slice(split.yamlStart + split.yaml.length);
  return text.slice(0, split.yamlStart) + yaml + closing + split.body;
}

function accept(yaml: string | undefined, wanted: FrontMatter): string | undefined {
  if (yaml === undefined || splitNote(`---\n${yaml}---\n`).yaml !== yaml || refuseYaml(yaml) !== undefined)
    return undefined;
  const document = parseYaml(yaml);
  if (document.errors.length > 0) return undefined;
  const read = readDocument(document);
  return typeof read !== "string" && sameFrontMatter(read, wanted) ? yaml : undefined;
}

/** Replaces the lines of each changed property of a block mapping. */
function spliceProperties(
  document: Document.Parsed<ParsedNode>,
  yaml: string,
  present: FrontMatter,
  next: FrontMatter,
  eol: string,
): string | undefined {
  const map = document.contents;
  if (!isMap(map)) return yaml.trim() === "" || map === null ? yaml + render(next, eol) : undefined;
  if (map.flow === true) return undefined;
  const pairs = map.items as readonly ParsedPair[];
  let result = "";
  let from = 0;
  for (const pair of pairs) {
    const key = keyOf(pair);
    const start = pair.key.range[0];
    const end = endOfPair(pair);
    const lineStart = yaml.lastIndexOf("\n", start - 1) + 1;
    if (lineStart !== start || end === undefined) return undefined;
    if (!Object.hasOwn(next, key)) {
      // The whole lines go, with a comment at the end of the last one; comments above stay.
      const lineEnd = yaml.indexOf("\n", end);
      result += yaml.slice(from, start);
      from = lineEnd < 0 ? yaml.length : lineEnd + 1;
    } else if (!sameFrontMatter(present[key] ?? null, next[key] ?? null)) {
      const rendered = renderPair(pair, key, next[key] ?? null).replace(/\n$/u, "");
      const rest = yaml.slice(end, lineEndAfter(yaml, end));
      const comment = rest.trim() !== "" && rendered.includes("\n") ? "" : rest;
      result += yaml.slice(from, start) + rendered.replaceAll("\n", eol) + comment;
      from = lineEndAfter(yaml, end);
    }
  }
  result += yaml.slice(from);
  const added = Object.keys(next).filter((key) => !Object.hasOwn(present, key));
  if (added.length === 0) return result;
  if (result !== "" && !result.endsWith("\n")) result += eol;
  return result + added.map((key) => render({ [key]: next[key] ?? null }, eol)).join("");
}

function keyOf(pair: ParsedPair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

/** Offset after the last character of the value itself, before a comment that follows it. */
function endOfPair(pair: ParsedPair): number | undefined {
  const value = pair.value;
  if (value === null) return pair.key.range[1] + 1;
  return endOfNode(value);
}

function endOfNode(node: ParsedNode): number | undefined {
  if ("items" in node && node.flow !== true) {
    const last = node.items.at(-1);
    if (last === undefined) return node.range[1];
    if ("key" in last) return last.value === null ? undefined : endOfNode(last.value);
    return endOfNode(last);
  }
  if (isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED")) return undefined;
  return node.range[1];
}

function lineEndAfter(yaml: string, offset: number): number {
  const newline = yaml.indexOf("\n", offset);
  if (newline < 0) return yaml.length;
  return yaml[newline - 1] === "\r" && newline - 1 >= offset ? newline - 1 : newline;
}

/** Renders one property anew, keeping comments inside a list or mapping whose other members stay. */
function renderPair(pair: ParsedPair, key: string, value: FrontMatterValue): string {
  const single = new Document<YAMLMap>(undefined, documentOptions);
  const copy: ParsedPair = pair.clone();
  if (isScalar(copy.key)) {
    copy.key.commentBefore = undefined as never;
    copy.key.spaceBefore = false;
  }
  const map = single.createNode({}) as YAMLMap;
  map.items.push(copy);
  single.contents = map;
  setNode(single, [key], value);
  const node = single.get(key, true);
  // The comment behind a scalar stands in the text that is kept.
  if (isScalar(node)) node.comment = undefined as never;
  return single.toString(stringOptions);
}

function editDocument(yaml: string, present: FrontMatter, next: FrontMatter, eol: string): string | undefined {
  const document = parseYaml(yaml);
  if (!isMap(document.contents)) return undefined;
  for (const key of Object.keys(present)) if (!Object.hasOwn(next, key)) document.delete(key);
  for (const key of Object.keys(next)) {
    const value = next[key] ?? null;
    if (!Object.hasOwn(present, key) || !sameFrontMatter(present[key] ?? null, value)) setNode(document, [key], value);
  }
  try {
    return document.toString(stringOptions).replaceAll("\n", eol);
  } catch {
    // An alias whose anchor is gone cannot be written; the caller renders everything anew.
    return undefined;
  }
}

/** Sets a value in place where a mapping or a scalar stands already, so that comments inside it survive. */
function setNode(
  document: Document<YAMLMap> | Document.Parsed,
  path: readonly string[],
  value: FrontMatterValue,
): void {
  const present: unknown = document.getIn(path, true);
  if (isMap(present) && typeof value === "object" && value !== null && !Array.isArray(value)) {
    const wanted = value as FrontMatter;
    for (const item of present.items.slice()) {
      const key = isScalar(item.key) ? String(item.key.value) : String(item.key);
      if (!Object.hasOwn(wanted, key)) document.deleteIn([...path, key]);
    }
    for (const key of Object.keys(wanted)) setNode(document, [...path, key], wanted[key] ?? null);
    return;
  }
  if (isSeq(present) && Array.isArray(value)) {
    // Members that stay keep their nodes, and with them their comments and quotes.
    const kept = present.items.map((item) => ({ item, value: plainOf(item) }));
    present.items = (value as readonly FrontMatterValue[]).map((each) => {
      const at = kept.findIndex((candidate) => candidate.value !== undefined && sameFrontMatter(candidate.value, each));
      return at < 0 ? document.createNode(renderable(each)) : kept.splice(at, 1)[0]?.item;
    });
    return;
  }
  document.setIn(path, document.createNode(renderable(value)));
}

function plainOf(item: unknown): FrontMatterValue | undefined {
  if (!isScalar(item)) return undefined;
  const value = item.value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === null
    ? value
    : undefined;
}

/** Floats beyond 2^53 get an exponent: without one they would be read back as integers. */
function renderable(value: FrontMatterValue): unknown {
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    const scalar = new Scalar(value);
    scalar.format = "EXP";
    return scalar;
  }
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map(renderable);
  return Object.fromEntries(Object.keys(value).map((key) => [key, renderable(value[key] ?? null)]));
}

const documentOptions = { version: "1.2", schema: "core", intAsBigInt: true } as const;
const stringOptions = { lineWidth: 0, flowCollectionPadding: false } as const;

function render(frontmatter: FrontMatter, eol: string): string {
  if (Object.keys(frontmatter).length === 0) return "";
  return new Document(renderable(frontmatter), documentOptions).toString(stringOptions).replaceAll("\n", eol);
}
