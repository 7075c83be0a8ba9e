// `pnpm bench [NAME…] [--json] [--list] [--quick]`: measures the benchmarks in tooling/bench/benches, side by side.
// The table or the JSON goes to stdout, everything else to stderr.
import { readdirSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Bench } from "./bench-definition.ts";
import { measureRow, type MeasureOptions } from "./measure-row.ts";
import { formatTable, judge, summarize, type ReportRow } from "./report.ts";

const now = (): number => performance.now();
const thorough: MeasureOptions = { now, budgetMs: 1000, turnMs: 100, minSamples: 11, maxSamples: 10_000 };
/** Enough to see that a benchmark works; its figures are worth nothing. */
const quick: MeasureOptions = { now, budgetMs: 20, turnMs: 5, minSamples: 3, maxSamples: 100 };

const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, list: { type: "boolean" }, quick: { type: "boolean" } },
});

const folder = new URL("benches/", import.meta.url);
const known = readdirSync(folder)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -".ts".length))
  .sort();
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}. Benchmarks: ${known.join(", ")}`);
  process.exit(2);
}

for (const name of positionals.length === 0 ? known : positionals) {
  const { bench } = (await import(new URL(`${name}.ts`, folder).href)) as { bench: Bench };
  if (flags.list === true) console.log(`${name.padEnd(20)} ${bench.about}`);
  else await runBench(bench);
}

async function runBench({ name, open }: Bench): Promise<void> {
  const options = flags.quick === true ? quick : thorough;
  const opened = await open();
  const rows: ReportRow[] = [];
  const verdicts: string[] = [];
  try {
    for (const row of opened.rows) {
      console.error(`${name}: ${row.name}`);
      const measured = summarize(
        row,
        await measureRow(flags.quick === true ? { ...row, minSamples: 0 } : row, options),
      );
      rows.push(...measured);
      verdicts.push(...judge(row, measured));
    }
  } finally {
    await opened.dispose?.();
  }
  const report = { bench: name, rows };
  console.log(flags.json === true ? JSON.stringify(report) : formatTable(report));
  const remarks = [
    ...verdicts,
    ...(opened.notes ?? []),
    `Node ${process.versions.node}, ${cpus()[0]?.model.trim() ?? "unknown"}`,
  ];
  for (const remark of remarks) (flags.json === true ? console.error : console.log)(remark);
}
