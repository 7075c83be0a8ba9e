// cru plugins stats: how often plugins ran, how long, with how much memory, and what failed; read from the journal.
import { loadConfig, userFolders } from "@crucible/config";
import type { PluginStatistics } from "@crucible/plugin-host";
import { findKiln } from "../find-kiln.ts";
import { metricsOfJournal } from "../journal-metrics.ts";
import { openStores } from "../platform.ts";
import type { CommandContext } from "../program.ts";

interface StatsOptions {
  readonly prometheus?: boolean;
}

export async function pluginsStats({ terminal, kiln }: CommandContext, options: StatsOptions): Promise<number> {
  const { env, cwd } = terminal.streams;
  const folder = findKiln(kiln, env, cwd);
  if (!folder.ok) return terminal.fail(folder.error);
  const config = await loadConfig({ environment: env, ...(folder.value === undefined ? {} : { kiln: folder.value }) });
  if (!config.ok) return terminal.fail(config.error);
  const metrics = await metricsOfJournal(openStores(userFolders(env)).journalPowers, config.value);
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
    { title: "RATE", value: describeRate },
    { title: "P50 MS", value: ({ duration }) => duration.p50.toFixed(1) },
    { title: "P99 MS", value: ({ duration }) => duration.p99.toFixed(1) },
    { title: "MEMORY", value: ({ memoryBytes }) => `${(memoryBytes / 1024 / 1024).toFixed(1)} MB` },
    { title: "ERRORS", value: describeErrors, flexible: true },
  ]);
  if (plugins.length === 0) terminal.note("No plugin has run yet");
  return 0;
}

// What is reported stands out without colours too.
function describeRate({ recent, alerted }: PluginStatistics): string {
  if (recent.invocations === 0) return "";
  return `${Math.round(recent.rate * 100)}%${alerted ? " !" : ""}`;
}

function describeErrors({ errors }: PluginStatistics): string {
  return Object.entries(errors)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${code} ${count}`)
    .join(", ");
}
