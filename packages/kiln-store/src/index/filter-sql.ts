// A filter as a condition in SQL that SQLite and PostgreSQL both read. Texts compare by bytes in both.
import type { CheckedFilter, PropertyScalar } from "../note-filter.ts";

export interface SqlCondition {
  /** Condition on the table `notes n`; `true` where nothing is asked. */
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Writes a condition; `placeholder` gives the text of the n-th value, counted from `first`. */
export function filterToSql(
  filter: CheckedFilter,
  placeholder: (index: number) => string,
  first: number,
): SqlCondition {
  const values: (string | number)[] = [];
  const bind = (value: string | number): string => {
    values.push(value);
    return placeholder(first + values.length - 1);
  };
  const parts: string[] = [];
  if (filter.folders.length > 0 && !filter.folders.includes("")) {
    // "0" is the character after "/", so that the range holds exactly what lies in the folder.
    parts.push(
      `(${filter.folders.map((folder) => `(n.path >= ${bind(`${folder}/`)} AND n.path < ${bind(`${folder}0`)})`).join(" OR ")})`,
    );
  }
  for (const tag of filter.tags) {
    parts.push(
      `EXISTS (SELECT 1 FROM tags t WHERE t.note = n.id AND (t.tag = ${bind(tag)} OR (t.tag >= ${bind(`${tag}/`)} AND t.tag < ${bind(`${tag}0`)})))`,
    );
  }
  for (const [column, operator, time] of [
    ["modified", ">=", filter.modifiedAfterMs],
    ["modified", "<", filter.modifiedBeforeMs],
    ["created", ">=", filter.createdAfterMs],
    ["created", "<", filter.createdBeforeMs],
  ] as const) {
    if (time !== undefined) parts.push(`n.${column} ${operator} ${bind(time)}`);
  }
  for (const { key, operator, values: wanted } of filter.conditions) {
    const found = (test: string): string =>
      `EXISTS (SELECT 1 FROM properties p WHERE p.note = n.id AND p.key = ${bind(key)} AND ${test})`;
    switch (operator) {
      case "exists":
        parts.push(found("true"));
        break;
      case "missing":
        parts.push(`NOT ${found("true")}`);
        break;
      case "in":
      case "not-in":
        if (wanted.length === 0) parts.push(operator === "in" ? "false" : "true");
        // The key is bound before the values, as `found` writes them.
        else parts.push(operator === "in" ? foundAny(key, wanted, bind) : `NOT ${foundAny(key, wanted, bind)}`);
        break;
      case "lt":
      case "lte":
      case "gt":
      case "gte":
        parts.push(foundOrdered(key, { lt: "<", lte: "<=", gt: ">", gte: ">=" }[operator], wanted[0] ?? null, bind));
        break;
    }
  }
  return { sql: parts.length === 0 ? "true" : parts.join(" AND "), values };
}

function foundAny(key: string, wanted: readonly PropertyScalar[], bind: (value: string | number) => string): string {
  const head = `EXISTS (SELECT 1 FROM properties p WHERE p.note = n.id AND p.key = ${bind(key)} AND (`;
  const tests = wanted.map((value) => {
    if (value === null) return "p.kind = 'null'";
    if (typeof value === "boolean") return `(p.kind = 'boolean' AND p.number = ${value ? 1 : 0})`;
    return typeof value === "number"
      ? `(p.kind = 'number' AND p.number = ${bind(value)})`
      : `(p.kind = 'string' AND p.text = ${bind(value)})`;
  });
  return `${head}${tests.join(" OR ")}))`;
}

function foundOrdered(
  key: string,
  operator: string,
  wanted: PropertyScalar,
  bind: (value: string | number) => string,
): string {
  const head = `EXISTS (SELECT 1 FROM properties p WHERE p.note = n.id AND p.key = ${bind(key)} AND `;
  return typeof wanted === "number"
    ? `${head}p.kind = 'number' AND p.number ${operator} ${bind(wanted)})`
    : `${head}p.kind = 'string' AND p.text ${operator} ${bind(String(wanted))})`;
}

/** How a scalar is stored in the columns `kind`, `number` and `text`. */
export function storeScalar(value: PropertyScalar): {
  readonly kind: string;
  readonly number: number | null;
  readonly text: string | null;
} {
  if (value === null) return { kind: "null", number: null, text: null };
  if (typeof value === "boolean") return { kind: "boolean", number: value ? 1 : 0, text: null };
  return typeof value === "number"
    ? { kind: "number", number: value, text: null }
    : { kind: "string", number: null, text: value };
}
