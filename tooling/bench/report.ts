// What a benchmark says: rows with one figure for each contender, as a table with ratios or as one line of JSON.
import type { Row, Target, Unit } from "./bench-definition.ts";
import { percentile, type Samples } from "./measure-row.ts";

export interface Report {
  readonly bench: string;
  readonly rows: readonly ReportRow[];
}

export interface ReportRow {
  readonly name: string;
  readonly unit: Unit;
  /** Median (or the percentile that the name says) by contender. */
  readonly values: Readonly<Record<string, number>>;
}

/** One row, or with `percentiles` two. */
export function summarize(row: Row, samples: Samples): readonly ReportRow[] {
  const at = (fraction: number): Record<string, number> =>
    Object.fromEntries(Object.entries(samples).map(([name, each]) => [name, round(percentile(each, fraction))]));
  if (row.percentiles !== true) return [{ name: row.name, unit: row.unit, values: at(0.5) }];
  return [
    { name: `${row.name}, p50`, unit: row.unit, values: at(0.5) },
    { name: `${row.name}, p99`, unit: row.unit, values: at(0.99) },
  ];
}

/** What the targets of a row say about its figures, one sentence for each bound. */
export function judge(row: Row, [first, second]: readonly ReportRow[]): readonly string[] {
  const { target } = row;
  if (target === undefined || first === undefined) return [];
  return [
    ...bound(first, target, "at most", target.atMost),
    ...bound(first, target, "at least", target.atLeast),
    ...(second === undefined ? [] : bound(second, target, "at most", target.p99AtMost)),
  ];
}

function bound(
  row: ReportRow,
  { contender }: Target,
  kind: "at most" | "at least",
  limit: number | undefined,
): string[] {
  const value = row.values[contender];
  if (limit === undefined || value === undefined) return [];
  const met = kind === "at most" ? value <= limit : value >= limit;
  return [
    `${met ? "met" : "MISSED"}: ${row.name}, ${contender}: ${format(value)} ${row.unit}, target ${kind} ${limit}`,
  ];
}

/** Name of the contender that ratios are taken from: the first of ours, or the first of all. */
export function referenceOf(names: readonly string[]): string | undefined {
  return names.find((name) => name === "crucible" || name.startsWith("crucible-")) ?? names[0];
}

/** A table in plain text: a column for each contender, and what each of the others takes in relation to ours. */
export function formatTable({ bench, rows }: Report): string {
  const names = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
  const reference = referenceOf(names);
  const others = names.filter((name) => name !== reference);
  const ratioTitles = others.map((name) => `${name} / ${reference}`);
  const lines = rows.map(({ name, unit, values }) => {
    const own = reference === undefined ? undefined : values[reference];
    const ratios = others.map((other) => {
      const value = values[other];
      return value === undefined || own === undefined || own === 0 ? "" : `${(value / own).toPrecision(3)} ×`;
    });
    return [name, unit, ...names.map((each) => (values[each] === undefined ? "" : format(values[each]))), ...ratios];
  });
  const cells = [[bench, "unit", ...names, ...ratioTitles], ...lines];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((line) => (line[column] ?? "").length))) ?? [];
  const layOut = (line: readonly string[]): string =>
    line
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  const [head = [], ...body] = cells;
  return [layOut(head), widths.map((width) => "─".repeat(width)).join("  "), ...body.map(layOut)].join("\n");
}

function format(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}

/** Six significant digits: more than any clock here gives. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}
