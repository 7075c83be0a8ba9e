// Tables: aligned with a header on a terminal, tab-separated without one when piped.
import type { Colors } from "../terminal.ts";

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** Takes what is left of the width; its text is cut to it. */
  readonly flexible?: boolean;
}

export interface TableStyle {
  readonly aligned: boolean;
  readonly width: number;
  readonly colors: Colors;
}

export function renderTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], style: TableStyle): string {
  const cells = rows.map((row) => columns.map((column) => column.value(row).replaceAll(/\s+/g, " ")));
  if (!style.aligned) return cells.map((row) => `${row.join("\t")}\n`).join("");
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const fixed = widths.reduce((sum, width, index) => sum + (columns[index]?.flexible === true ? 0 : width + 2), 0);
  const left = Math.max(20, style.width - fixed - 1);
  const line = (row: readonly string[]): string =>
    row
      .map((text, index) => {
        const width = columns[index]?.flexible === true ? Math.min(widths[index] ?? 0, left) : (widths[index] ?? 0);
        const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
        return index === row.length - 1 ? cut : cut.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  const header = style.colors.dim(line(columns.map(({ title }) => title)));
  return `${[header, ...cells.map(line)].join("\n")}\n`;
}
