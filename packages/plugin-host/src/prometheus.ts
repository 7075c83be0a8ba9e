// The text format of Prometheus: families with their rows, labels escaped.

export interface MetricFamily {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly rows: readonly MetricRow[];
}

export interface MetricRow {
  /** Follows the family's name: `_bucket`, `_sum`, `_count` of a histogram. */
  readonly suffix?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** All families as one text. */
export function formatPrometheus(families: readonly MetricFamily[]): string {
  const lines = families.flatMap(({ name, kind, help, rows }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${kind}`,
    ...rows.map(({ suffix = "", labels, value }) => `${name}${suffix}${formatLabels(labels)} ${value}`),
  ]);
  return `${lines.join("\n")}\n`;
}

function formatLabels(labels: MetricRow["labels"]): string {
  const entries = Object.entries(labels);
  return entries.length === 0 ? "" : `{${entries.map(([key, value]) => `${key}="${escapeLabel(value)}"`).join(",")}}`;
}

function escapeLabel(value: string | number): string {
  return String(value).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
