// Which notes a listing or a search is about: folders, tags, front matter and dates, as plain data.
// The same filter is evaluated here, over a note that was read, and in SQL by the index; a law holds them together.
import { fail, succeed, type Outcome } from "@crucible/sandbox/outcome";
import { isList, type FrontMatter, type FrontMatterValue } from "./front-matter-value.ts";
import { compareText, parseFolderPath } from "./note-path.ts";

export type PropertyScalar = null | boolean | number | string;

/** Conditions on one property; all must hold. A property with a list fits when one of its members does. */
export interface PropertyCondition {
  readonly eq?: PropertyScalar;
  /** No member equals it; also fits notes without the property. */
  readonly ne?: PropertyScalar;
  readonly in?: readonly PropertyScalar[];
  /** Numbers compare as numbers, strings by code point (so ISO dates compare as dates); mixed kinds never fit. */
  readonly lt?: number | string;
  readonly lte?: number | string;
  readonly gt?: number | string;
  readonly gte?: number | string;
  readonly exists?: boolean;
}

export interface NoteFilter {
  /** The note lies in one of these folders or below. */
  readonly folders?: readonly string[];
  /** The note has all of these tags; `project` also fits `project/x`. Case does not matter, a leading `#` is dropped. */
  readonly tags?: readonly string[];
  /** By property, `a.b` for a property inside another; a plain value means `eq`, a list means `in`. */
  readonly frontmatter?: Readonly<Record<string, PropertyScalar | readonly PropertyScalar[] | PropertyCondition>>;
  /** ISO 8601 dates or times; `After` includes the moment, `Before` does not. */
  readonly modifiedAfter?: string;
  readonly modifiedBefore?: string;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
}

/** A filter that was checked, with one spelling for everything. */
export interface CheckedFilter {
  readonly folders: readonly string[];
  readonly tags: readonly string[];
  readonly conditions: readonly {
    readonly key: string;
    readonly operator: FilterOperator;
    readonly values: readonly PropertyScalar[];
  }[];
  readonly modifiedAfterMs?: number;
  readonly modifiedBeforeMs?: number;
  readonly createdAfterMs?: number;
  readonly createdBeforeMs?: number;
}

export type FilterOperator = "in" | "not-in" | "lt" | "lte" | "gt" | "gte" | "exists" | "missing";

/** What a filter looks at. Tags are lower case; times are whole milliseconds since 1970. */
export interface FilterSubject {
  readonly path: string;
  readonly tags: readonly string[];
  readonly frontmatter: FrontMatter;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

/** One scalar of the front matter with the dotted path to it. */
export interface NoteProperty {
  readonly key: string;
  readonly value: PropertyScalar;
}

const operators: Readonly<Record<string, FilterOperator>> = { lt: "lt", lte: "lte", gt: "gt", gte: "gte" };
const emptyKeys: ReadonlySet<string> = new Set([
  "folders",
  "tags",
  "frontmatter",
  "modifiedAfter",
  "modifiedBefore",
  "createdAfter",
  "createdBefore",
]);

/** Checks a filter that may come from a guest; `host/invalid-argument` names what is wrong. */
export function checkFilter(filter: NoteFilter): Outcome<CheckedFilter> {
  for (const key of Object.keys(filter)) if (!emptyKeys.has(key)) return invalid(`Unknown filter "${key}"`, key);
  const folders: string[] = [];
  for (const folder of filter.folders ?? []) {
    const parsed = parseFolderPath(folder);
    if (!parsed.ok) return parsed;
    folders.push(parsed.value);
  }
  const tags = (filter.tags ?? []).map(tagKey);
  if (tags.includes("")) return invalid("A tag in a filter is empty", "tags");
  const conditions: CheckedFilter["conditions"][number][] = [];
  for (const [key, condition] of Object.entries(filter.frontmatter ?? {})) {
    const checked = checkCondition(key, condition);
    if (!checked.ok) return checked;
    conditions.push(...checked.value);
  }
  const times: Record<string, number> = {};
  for (const key of ["modifiedAfter", "modifiedBefore", "createdAfter", "createdBefore"] as const) {
    const text = filter[key];
    if (text === undefined) continue;
    const time = Date.parse(text);
    if (Number.isNaN(time)) return invalid(`"${key}" is not an ISO 8601 date or time: ${JSON.stringify(text)}`, key);
    times[`${key}Ms`] = time;
  }
  return succeed({ folders, tags, conditions, ...times });
}

/** True when nothing is asked for. */
export function isEmptyFilter(filter: CheckedFilter): boolean {
  return (
    filter.folders.length === 0 &&
    filter.tags.length === 0 &&
    filter.conditions.length === 0 &&
    filter.modifiedAfterMs === undefined &&
    filter.modifiedBeforeMs === undefined &&
    filter.createdAfterMs === undefined &&
    filter.createdBeforeMs === undefined
  );
}

/** Evaluates a filter over one note. */
export function fitsFilter(filter: CheckedFilter, subject: FilterSubject): boolean {
  if (
    filter.folders.length > 0 &&
    !filter.folders.some((folder) => folder === "" || subject.path.startsWith(`${folder}/`))
  )
    return false;
  if (!filter.tags.every((tag) => subject.tags.some((each) => each === tag || each.startsWith(`${tag}/`))))
    return false;
  if (filter.modifiedAfterMs !== undefined && subject.modifiedMs < filter.modifiedAfterMs) return false;
  if (filter.modifiedBeforeMs !== undefined && subject.modifiedMs >= filter.modifiedBeforeMs) return false;
  if (filter.createdAfterMs !== undefined && subject.createdMs < filter.createdAfterMs) return false;
  if (filter.createdBeforeMs !== undefined && subject.createdMs >= filter.createdBeforeMs) return false;
  if (filter.conditions.length === 0) return true;
  const properties = listProperties(subject.frontmatter);
  return filter.conditions.every(({ key, operator, values }) => {
    const present = properties.filter((each) => each.key === key);
    switch (operator) {
      case "exists":
        return present.length > 0;
      case "missing":
        return present.length === 0;
      case "in":
        return present.some((each) => values.includes(each.value));
      case "not-in":
        return !present.some((each) => values.includes(each.value));
      case "lt":
      case "lte":
      case "gt":
      case "gte":
        return present.some((each) => compares(operator, each.value, values[0] ?? null));
    }
  });
}

/** Flattens front matter to scalars: members of lists under the list's key, inner properties under `outer.inner`. */
export function listProperties(frontmatter: FrontMatter): readonly NoteProperty[] {
  const found: NoteProperty[] = [];
  collect("", frontmatter, found, 0);
  return found;
}

/** Form in which tags are compared. */
export function tagKey(tag: string): string {
  return tag.replace(/^#+/u, "").replace(/\/+$/u, "").normalize("NFC").toLowerCase();
}

function collect(prefix: string, value: FrontMatterValue, found: NoteProperty[], depth: number): void {
  if (found.length >= 1000 || depth > 16) return;
  if (typeof value === "bigint") found.push({ key: prefix, value: Number(value) });
  else if (typeof value !== "object" || value === null)
    found.push({ key: prefix, value: typeof value === "number" && !Number.isFinite(value) ? null : value });
  else if (isList(value)) {
    if (value.length === 0) found.push({ key: prefix, value: null });
    for (const each of value) collect(prefix, each, found, depth + 1);
  } else
    for (const key of Object.keys(value))
      collect(prefix === "" ? key : `${prefix}.${key}`, value[key] ?? null, found, depth + 1);
}

function checkCondition(
  key: string,
  condition: PropertyScalar | readonly PropertyScalar[] | PropertyCondition,
): Outcome<CheckedFilter["conditions"]> {
  if (isScalarValue(condition)) return succeed([{ key, operator: "in", values: [condition] }]);
  if (isScalarList(condition)) return succeed([{ key, operator: "in", values: condition }]);
  const checked: CheckedFilter["conditions"][number][] = [];
  for (const [name, value] of Object.entries(condition as Record<string, unknown>)) {
    if (value === undefined) continue;
    const operator = operators[name];
    if (name === "exists" && typeof value === "boolean")
      checked.push({ key, operator: value ? "exists" : "missing", values: [] });
    else if (name === "eq" && isScalarValue(value)) checked.push({ key, operator: "in", values: [value] });
    else if (name === "ne" && isScalarValue(value)) checked.push({ key, operator: "not-in", values: [value] });
    else if (name === "in" && isScalarList(value)) checked.push({ key, operator: "in", values: value });
    else if (
      operator !== undefined &&
      (typeof value === "string" || (typeof value === "number" && Number.isFinite(value)))
    ) {
      checked.push({ key, operator, values: [value] });
    } else
      return invalid(
        `Condition "${name}" on property "${key}" is unknown or has a value of the wrong kind`,
        "frontmatter",
      );
  }
  return succeed(checked);
}

function isScalarValue(value: unknown): value is PropertyScalar {
  return (
    value === null ||
    typeof value === "boolean" ||
    typeof value === "string" ||
    (typeof value === "number" && Number.isFinite(value))
  );
}

function isScalarList(value: unknown): value is readonly PropertyScalar[] {
  return Array.isArray(value) && value.length <= 1000 && value.every(isScalarValue);
}

function compares(operator: "lt" | "lte" | "gt" | "gte", present: PropertyScalar, wanted: PropertyScalar): boolean {
  let order: number;
  if (typeof present === "number" && typeof wanted === "number") order = present - wanted;
  else if (typeof present === "string" && typeof wanted === "string") order = compareText(present, wanted);
  else return false;
  switch (operator) {
    case "lt":
      return order < 0;
    case "lte":
      return order <= 0;
    case "gt":
      return order > 0;
    case "gte":
      return order >= 0;
  }
}

function invalid(message: string, filter: string): Outcome<never> {
  return fail("host/invalid-argument", message, { filter });
}
