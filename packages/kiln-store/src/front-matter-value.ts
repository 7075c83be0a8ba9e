// Values that front matter can hold. Apart from their reading, so that whoever only handles values loads no YAML.

/** What front matter can hold. Integers beyond 2^53 are bigints; dates stay strings; nothing is evaluated. */
export type FrontMatterValue = null | boolean | number | bigint | string | readonly FrontMatterValue[] | FrontMatter;

export interface FrontMatter {
  readonly [key: string]: FrontMatterValue;
}

/** Front matter of a note that has none. */
export const emptyFrontMatter: FrontMatter = Object.freeze(Object.create(null) as FrontMatter);

/** True when two values say the same; the order of keys does not matter. */
export function sameFrontMatter(a: FrontMatterValue, b: FrontMatterValue): boolean {
  if (a === b) return true;
  if (typeof a === "number" && typeof b === "number") return Object.is(a, b) || a === b;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (isList(a) || isList(b)) {
    if (!isList(a) || !isList(b) || a.length !== b.length) return false;
    return a.every((each, index) => sameFrontMatter(each, b[index] ?? null));
  }
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameFrontMatter(a[key] ?? null, b[key] ?? null))
  );
}

/** True for the list form of a front matter value. */
export function isList(value: FrontMatterValue): value is readonly FrontMatterValue[] {
  return Array.isArray(value);
}
