// cru plugins stats: how often plugins ran, how long, with how much memory, and what failed; read from the journal.
import { queryJournal } from "@crucible/audit";
import { userFolders } from "@crucible/config";
import { createMetrics, type PluginStatistics } from "@crucible/plugin-host";
import { openStores } from "../platform.ts";
import type { CommandContext } from "../program.ts";

interface StatsOptions {
  readonly prometheus?: boolean;
}

export async function pluginsStats({ terminal }: CommandContext, options: StatsOptions): Promise<number> {
  const { journalPowers } = openStores(userFolders(terminal.streams.env));
  // Each record counts at its own time, so that the window of the error rate is that of the present.
  let time = 0;
  const metrics = createMetrics({ now: () => time });
  for await (const { record } of queryJournal(journalPowers, { kinds: ["execution.end", "plugin.load"] })) {
    time = Date.parse(record.time);
    const { seq: _seq, time: _time, prev: _prev, hash: _hash, ...entry } = record;
    metrics.observe(entry);
  }
  time = Date.now();
  if (options.prometheus === true) {
    terminal.print(metrics.prometheus());
    terminal.printJson({ prometheus: metrics.prometheus() });
    return 0;
  }
  const plugins = metrics.plugins();
  terminal.printJson({ plugins });
  terminal.printTable(plugins, [
    { title: "PLUGIN", value: ({ plugin }) => plugin },
    { title: "RUNS", value: ({ invocations }) => String(invocations) },
    { title: "FAILED", value: ({ failures }) => String(failures) },
    { title: "RATE", value: ({ recent }) => (recent.invocations === 0 ? "" : `${Math.round(recent.rate * 100)}%`) },
    { title: "P50 MS", value: ({ duration }) => duration.p50.toFixed(1) },
    { title: "P99 MS", value: ({ duration }) => duration.p99.toFixed(1) },
    { title: "MEMORY", value: ({ memoryBytes }) => `${(memoryBytes / 1024 / 1024).toFixed(1)} MB` },
    { title: "ERRORS", value: describeErrors, flexible: true },
  ]);
  if (plugins.length === 0) terminal.note("No plugin has run yet");
  return 0;
}

function describeErrors({ errors }: PluginStatistics): string {
  return Object.entries(errors)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${code} ${count}`)
    .join(", ");
}
