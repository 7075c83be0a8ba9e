// Front matter as JSON text and back, for the index. What JSON lacks is tagged: {"$int": "123…"}, {"$float": "NaN"}.
import { emptyFrontMatter, isList, type FrontMatter, type FrontMatterValue } from "../front-matter-value.ts";

/** Writes front matter as JSON text. */
export function formatFrontMatter(frontmatter: FrontMatter): string {
  return JSON.stringify(tag(frontmatter));
}

/** Reads what `formatFrontMatter` wrote. Objects have no prototype. */
export function parseFrontMatterJson(text: string): FrontMatter {
  const value = untag(JSON.parse(text) as FrontMatterValue);
  return typeof value === "object" && value !== null && !isList(value) ? value : emptyFrontMatter;
}

function tag(value: FrontMatterValue): FrontMatterValue {
  if (typeof value === "bigint") return { $int: String(value) };
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
    return { $float: Object.is(value, -0) ? "-0" : String(value) };
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map(tag);
  const keys = Object.keys(value);
  const tagged: Record<string, FrontMatterValue> = Object.create(null) as Record<string, FrontMatterValue>;
  for (const key of keys) tagged[key] = tag(value[key] ?? null);
  return keys.length === 1 && keys[0]?.startsWith("$") === true ? { $object: tagged } : tagged;
}

function untag(value: FrontMatterValue): FrontMatterValue {
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map(untag);
  const keys = Object.keys(value);
  const only = keys.length === 1 ? value[keys[0] ?? ""] : undefined;
  if (keys[0] === "$int" && typeof only === "string") return BigInt(only);
  if (keys[0] === "$float" && typeof only === "string") return Number(only);
  const source = keys[0] === "$object" && typeof only === "object" && only !== null && !isList(only) ? only : value;
  const plain: Record<string, FrontMatterValue> = Object.create(null) as Record<string, FrontMatterValue>;
  for (const key of Object.keys(source)) plain[key] = untag(source[key] ?? null);
  return plain;
}
