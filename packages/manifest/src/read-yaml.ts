// Reads YAML 1.2 (core schema) in the subset that is safe for text from strangers, keeping the place of every node.
// Refused: anchors, aliases, tags, merge keys, duplicate keys, several documents, and anything above the bounds.
import { LineCounter, isAlias, isMap, isPair, isScalar, isSeq, parseDocument } from "yaml";
import type { Node, Scalar } from "yaml";
import type { Value } from "@crucible/sandbox";
import { float, int, object } from "@crucible/sandbox";
import type { Collector, Mark, ManifestCode } from "./diagnostic.ts";
import type { FrontMatter } from "./front-matter.ts";

/** Bounds of a manifest's text; above them it is refused before or while it is read. */
export const manifestBounds = { yamlUnits: 65_536, depth: 24, nodes: 10_000, fileUnits: 16_777_216 } as const;

/** A YAML node with its place in the author's file. */
export type Located = LocatedMap | LocatedList | LocatedScalar;

export interface LocatedMap {
  readonly kind: "map";
  readonly mark: Mark;
  readonly entries: ReadonlyMap<string, { readonly keyMark: Mark; readonly node: Located }>;
}

export interface LocatedList {
  readonly kind: "list";
  readonly mark: Mark;
  readonly items: readonly Located[];
}

export interface LocatedScalar {
  readonly kind: "scalar";
  readonly mark: Mark;
  readonly value: Value;
}

/** Reads front matter; findings go to the collector, and nothing comes back when the text is not usable at all. */
export function readYaml(front: FrontMatter, collector: Collector): Located | undefined {
  const { yaml } = front;
  if (yaml.length > manifestBounds.yamlUnits) {
    const line = front.origins[0]?.line ?? 1;
    const message = `Cannot read the manifest: it has ${yaml.length} characters, at most ${manifestBounds.yamlUnits} are read`;
    collector.report({ code: "manifest/too-large", message, field: "" }, { line, column: 1, width: 1 });
    return undefined;
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(yaml, {
    version: "1.2",
    schema: "core",
    merge: false,
    // Own check: the library compares every key with every other.
    uniqueKeys: false,
    intAsBigInt: true,
    prettyErrors: false,
    lineCounter,
    logLevel: "silent",
  });
  const reader: Reader = { front, collector, lineCounter, nodes: 0 };
  for (const { code, message, pos } of document.errors) {
    const finding = {
      code: "manifest/syntax",
      message: `Cannot read YAML: ${sentence(message)}`,
      field: "",
      hint: hintFor(code),
    } as const;
    collector.report(finding, markOf(reader, pos[0], pos[1]));
  }
  if (document.errors.length > 0) return undefined;
  try {
    return readNode(reader, document.contents, "", 0, 0);
  } catch (thrown) {
    if (thrown === tooMuch) return undefined;
    throw thrown;
  }
}

/** Turns a located node into a value of the platform: integers exact, floats as floats, objects without prototype. */
export function toValue(node: Located): Value {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(toValue);
    case "map":
      return object([...node.entries].map(([key, entry]) => [key, toValue(entry.node)] as const));
  }
}

/** Follows keys and list indexes; returns the deepest node that exists on the way. */
export function follow(root: Located, path: readonly (string | number)[]): Located {
  let node = root;
  for (const step of path) {
    const next =
      node.kind === "map"
        ? node.entries.get(String(step))?.node
        : node.kind === "list"
          ? node.items[Number(step)]
          : undefined;
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

/** Returns the place of a key of a map, else of the map itself. */
export function keyMark(node: Located, key: string): Mark {
  return (node.kind === "map" ? node.entries.get(key)?.keyMark : undefined) ?? node.mark;
}

interface Reader {
  readonly front: FrontMatter;
  readonly collector: Collector;
  readonly lineCounter: LineCounter;
  nodes: number;
}

const tooMuch = new Error("The document is above its bounds");

function readNode(reader: Reader, node: Node | null, field: string, depth: number, at: number): Located {
  const [start, end] = node?.range ?? [at, at];
  const mark = markOf(reader, start, end);
  reader.nodes += 1;
  if (reader.nodes > manifestBounds.nodes || depth > manifestBounds.depth) {
    const bound =
      depth > manifestBounds.depth
        ? `nests deeper than ${manifestBounds.depth} levels`
        : `has more than ${manifestBounds.nodes} nodes`;
    reader.collector.report(
      { code: "manifest/too-large", message: `Cannot read the manifest: it ${bound}`, field },
      mark,
    );
    throw tooMuch;
  }
  if (node === null) return { kind: "scalar", mark, value: null };
  refuseUnsafe(reader, node, field, mark);
  if (isMap(node)) return readMap(reader, node.items, field, depth, mark);
  if (isSeq(node)) {
    const items = node.items.map((item, index) =>
      readNode(reader, asNode(item), `${field}[${index}]`, depth + 1, start),
    );
    return { kind: "list", mark, items };
  }
  return { kind: "scalar", mark, value: isScalar(node) ? scalarValue(reader, node.value, field, mark) : null };
}

function readMap(reader: Reader, pairs: readonly unknown[], field: string, depth: number, mark: Mark): LocatedMap {
  const entries = new Map<string, { readonly keyMark: Mark; readonly node: Located }>();
  for (const pair of pairs) {
    if (!isPair(pair)) continue;
    const keyNode = asNode(pair.key);
    const keyPlace = keyNode?.range ? markOf(reader, keyNode.range[0], keyNode.range[1]) : mark;
    if (keyNode !== null) refuseUnsafe(reader, keyNode, field, keyPlace);
    const key =
      isScalar(keyNode) && keyNode.value !== null && typeof keyNode.value !== "object" ? keyText(keyNode) : undefined;
    if (key === undefined) {
      unsafe(
        reader,
        field,
        keyPlace,
        "a key is not plain text",
        "Write the key as a word, in quotes where it has special characters",
      );
      continue;
    }
    const path = field === "" ? key : `${field}.${key}`;
    if (key === "<<" || key === "__proto__")
      unsafe(reader, path, keyPlace, `the key "${key}" is not allowed`, "Write the fields out, or rename the key");
    if (/\p{Surrogate}/u.test(key))
      unsafe(reader, path, keyPlace, "the key has an unpaired surrogate", "Remove the broken character");
    if (entries.has(key)) {
      const message = `Cannot read "${path}": the key stands twice`;
      reader.collector.report(
        { code: "manifest/duplicate-key", message, field: path, hint: "Keep one of them" },
        keyPlace,
      );
    }
    const node = readNode(reader, asNode(pair.value), path, depth + 1, keyNode?.range?.[1] ?? 0);
    entries.set(key, { keyMark: keyPlace, node });
  }
  return { kind: "map", mark, entries };
}

function keyText({ source, value }: Scalar): string {
  return typeof value === "string" ? value : (source ?? "");
}

function refuseUnsafe(reader: Reader, node: Node, field: string, mark: Mark): void {
  if (isAlias(node)) {
    unsafe(reader, field, mark, "aliases (*name) are not allowed", "Write the content out");
  } else if ("anchor" in node && node.anchor !== undefined) {
    unsafe(reader, field, mark, "anchors (&name) are not allowed", "Remove the anchor");
  }
  if (node.tag !== undefined)
    unsafe(reader, field, mark, "tags (!name) are not allowed", "Remove the tag; put text in quotes");
}

function unsafe(reader: Reader, field: string, mark: Mark, what: string, hint: string): void {
  const code: ManifestCode = "manifest/unsafe-yaml";
  reader.collector.report(
    { code, message: `Cannot read ${field === "" ? "the manifest" : `"${field}"`}: ${what}`, field, hint },
    mark,
  );
}

function scalarValue(reader: Reader, value: unknown, field: string, mark: Mark): Value {
  if (typeof value === "bigint") {
    if (BigInt.asIntN(64, value) === value) return int(value);
    unsafe(reader, field, mark, "the integer does not fit 64 bits", "Put it in quotes, or write a decimal point");
    return null;
  }
  if (typeof value === "number") return float(value);
  if (typeof value === "string" && /\p{Surrogate}/u.test(value)) {
    unsafe(reader, field, mark, "the text has an unpaired surrogate", "Remove the broken character");
  }
  return typeof value === "string" || typeof value === "boolean" ? value : null;
}

function asNode(part: unknown): Node | null {
  return isScalar(part) || isMap(part) || isSeq(part) || isAlias(part) ? part : null;
}

function markOf({ lineCounter, front }: Reader, start: number, end: number): Mark {
  const from = lineCounter.linePos(start);
  const to = lineCounter.linePos(end);
  const line = Math.max(from.line, 1);
  const origin = front.origins[Math.min(line, front.origins.length) - 1] ?? { line: 1, cut: 0 };
  const width = to.line === from.line ? to.col - from.col : 1;
  return { line: origin.line, column: Math.max(from.col, 1) + origin.cut, width: Math.max(width, 1) };
}

function sentence(message: string): string {
  const firstLine = message.split("\n", 1)[0] ?? message;
  return firstLine.replace(/[.:]$/, "").replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

const hints: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "Indent with blanks, not with tabs",
  BAD_INDENT: "Give lines of one block the same indentation",
  MULTILINE_IMPLICIT_KEY: "Put a key and its colon on one line; text with a colon and a blank needs quotes",
  MISSING_CHAR: "Close the bracket or the quote",
  BLOCK_AS_IMPLICIT_KEY: "Put text that has a colon and a blank in quotes",
  BAD_SCALAR_START: "Put text that starts with a special character in quotes",
  MULTIPLE_DOCS: "Keep one document: remove the second --- line",
};

function hintFor(code: string): string {
  return hints[code] ?? "Correct the YAML at this place";
}
