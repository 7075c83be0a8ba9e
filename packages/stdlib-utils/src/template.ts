// Templates without logic, in the syntax of Mustache: `{{name}}`, `{{a.b}}`, `{{#list}}…{{/list}}`, `{{^none}}…{{/none}}`,
// `{{.}}`, `{{! comment }}`. Nothing is evaluated, only own keys of the values are seen, nothing is escaped.
import type { Outcome, Value } from "@crucible/sandbox";
import { formatJson, isObject, kindOf, succeed } from "@crucible/sandbox";
import { maxTemplateOutput, refuse } from "./bounds.ts";
import { formatScalar } from "./formats.ts";

type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly name: string }
  | { readonly kind: "section"; readonly name: string; readonly inverted: boolean; readonly pieces: readonly Piece[] };

const maxDepth = 32;

/** Fills a template. A name that is nowhere is empty; a list or an object is written as JSON. */
export function renderTemplate(template: string, values: Value): Outcome<Value> {
  const parsed = parseTemplate(template);
  if (!parsed.ok) return parsed;
  const written: string[] = [];
  const left = { units: maxTemplateOutput };
  return write(parsed.value, [values], written, left)
    ? succeed(written.join(""))
    : refuse("fill the template", `the result has more than ${maxTemplateOutput} characters`);
}

interface OpenSection {
  readonly name: string;
  readonly inverted: boolean;
  readonly line: number;
  readonly pieces: Piece[];
}

function parseTemplate(template: string): Outcome<readonly Piece[]> {
  const root: Piece[] = [];
  const open: OpenSection[] = [];
  let line = 1;
  const add = (piece: Piece): void => void (open.at(-1)?.pieces ?? root).push(piece);
  let at = 0;
  while (at < template.length) {
    const start = template.indexOf("{{", at);
    const plain = template.slice(at, start < 0 ? undefined : start);
    if (plain !== "") add({ kind: "text", text: plain });
    line += countLines(plain);
    if (start < 0) break;
    const end = template.indexOf("}}", start);
    if (end < 0) return refuse("read the template", `the tag in line ${line} is not closed`);
    const tag = template.slice(start + 2, end);
    line += countLines(tag);
    at = end + 2;
    if (tag.startsWith("!")) continue;
    const [, mark = "", name = ""] =
      /^\s*([#^/]?)\s*(\.|[\p{Letter}_][\p{Letter}\p{Number}_-]*(?:\.[\p{Letter}\p{Number}_-]+)*)\s*$/u.exec(tag) ?? [];
    if (name === "") return refuse("read the template", `{{${tag.slice(0, 40)}}} in line ${line} is no tag`);
    if (mark === "") add({ kind: "value", name });
    else if (mark === "/") {
      const section = open.pop();
      if (section?.name !== name)
        return refuse("read the template", `{{/${name}}} in line ${line} closes nothing that is open`);
      add({ kind: "section", name, inverted: section.inverted, pieces: section.pieces });
    } else if (open.length >= maxDepth)
      return refuse("read the template", `its sections nest deeper than ${maxDepth} levels`);
    else open.push({ name, inverted: mark === "^", line, pieces: [] });
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined)
    return refuse("read the template", `the section ${unclosed.name} of line ${unclosed.line} is not closed`);
  return succeed(root);
}

/** False when too much was written. */
function write(pieces: readonly Piece[], scope: readonly Value[], written: string[], left: { units: number }): boolean {
  for (const piece of pieces) {
    // Work counts as well as text: a section that writes nothing is no free loop.
    left.units -= 1;
    if (left.units < 0) return false;
    if (piece.kind === "section") {
      if (!writeSection(piece, scope, written, left)) return false;
      continue;
    }
    const text = piece.kind === "text" ? piece.text : formatValue(look(piece.name, scope));
    left.units -= text.length;
    if (left.units < 0) return false;
    written.push(text);
  }
  return true;
}

function writeSection(
  { name, inverted, pieces }: Extract<Piece, { kind: "section" }>,
  scope: readonly Value[],
  written: string[],
  left: { units: number },
): boolean {
  const value = look(name, scope);
  const items = Array.isArray(value) ? (value as readonly Value[]) : isNothing(value) ? [] : [value];
  if (inverted) return items.length > 0 || write(pieces, scope, written, left);
  return items.every((item) => write(pieces, item === true ? scope : [...scope, item], written, left));
}

function look(name: string, scope: readonly Value[]): Value {
  if (name === ".") return scope.at(-1) ?? null;
  const [first = "", ...rest] = name.split(".");
  const holder = scope.findLast((each) => isObject(each) && Object.hasOwn(each, first));
  let value: Value = holder !== undefined && isObject(holder) ? (holder[first] ?? null) : null;
  for (const key of rest) value = isObject(value) && Object.hasOwn(value, key) ? (value[key] ?? null) : null;
  return value;
}

function isNothing(value: Value): boolean {
  return value === null || value === false || value === "";
}

function formatValue(value: Value): string {
  const kind = kindOf(value);
  return kind === "array" || kind === "object" || kind === "bytes" ? formatJson(value) : formatScalar(value);
}

function countLines(text: string): number {
  return text.split("\n").length - 1;
}
