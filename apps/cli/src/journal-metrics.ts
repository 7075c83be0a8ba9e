// Metrics of what all processes of this user did: the journal's records, counted at their own time.
import { queryJournal, type JournalPowers } from "@crucible/audit";
import type { Config } from "@crucible/config";
import { createMetrics, type Metrics } from "@crucible/plugin-host";
import { alertOptions } from "./platform.ts";

/** Reads the whole journal. The window of the error rate is the one that ends now. */
export async function metricsOfJournal(journalPowers: JournalPowers, config: Config): Promise<Metrics> {
  let time = 0;
  const metrics = createMetrics({ now: () => time, ...alertOptions(config) });
  for await (const { record } of queryJournal(journalPowers, { kinds: ["execution.end", "plugin.load"] })) {
    time = Date.parse(record.time);
    const { seq: _seq, time: _time, prev: _prev, hash: _hash, ...entry } = record;
    metrics.observe(entry);
  }
  time = Date.now();
  return metrics;
}
