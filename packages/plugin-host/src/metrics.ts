// Metrics of invocations, fed by what the journal is told: counts, durations, memory, fuel, errors, and the rate of errors over
// a window with a threshold that raises an alert. Handed to OpenTelemetry where the host gives a meter; nothing leaves by itself.
import type { Attributes, Meter } from "@opentelemetry/api";
import type { JournalEntry } from "@crucible/audit";
import type { ErrorCode } from "@crucible/sandbox";
import { createHistogram } from "./histogram.ts";
import type { MetricFamily, MetricRow } from "./prometheus.ts";
import { formatPrometheus } from "./prometheus.ts";
import type { ResourceMetrics, ResourceStatistics } from "./resource-metrics.ts";
import { createResourceMetrics } from "./resource-metrics.ts";

export interface MetricsOptions {
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Of OpenTelemetry's API; without one only the numbers here are kept. */
  readonly meter?: Meter;
  /** Length of the window of the error rate; five minutes when absent. */
  readonly windowMs?: number;
  /** An alert is raised when this share of the invocations in the window fails; 0.5 when absent. */
  readonly alertRate?: number;
  /** Fewer invocations than this in the window raise no alert; 10 when absent. */
  readonly alertMinimum?: number;
  /** Told when a plugin's error rate reaches the threshold, and when it is below again. What it throws is ignored. */
  readonly onAlert?: (alert: ErrorRateAlert) => void;
}

export interface ErrorRateAlert {
  readonly plugin: string;
  readonly raised: boolean;
  readonly rate: number;
  readonly failures: number;
  readonly invocations: number;
}

/** Numbers of one plugin. */
export interface PluginStatistics {
  readonly plugin: string;
  readonly invocations: number;
  readonly failures: number;
  readonly errors: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Sum, and estimates of percentiles from the histogram, in milliseconds. */
  readonly duration: { readonly sum: number; readonly p50: number; readonly p99: number; readonly max: number };
  /** Largest high-water mark of its guests, in bytes. */
  readonly memoryBytes: number;
  /** Sum of what was metered. */
  readonly fuel: number;
  readonly hostCalls: number;
  readonly loads: number;
  /** Of the window that ends now, without what was cancelled. */
  readonly recent: { readonly invocations: number; readonly failures: number; readonly rate: number };
  /** Whether the rate of errors has reached the threshold and is not below it again. */
  readonly alerted: boolean;
}

export interface Metrics extends Pick<ResourceMetrics, "pool" | "watchPool" | "watchModules"> {
  /** Takes one record of the journal. Never throws; costs no allocation that lasts. */
  observe(entry: JournalEntry): void;
  /** By name. */
  plugins(): readonly PluginStatistics[];
  /** Workers and loaded modules of the process, as far as they are watched. */
  resources(): ResourceStatistics;
  /** In the text format of Prometheus. */
  prometheus(): string;
}

const slices = 10;

interface Counters {
  invocations: number;
  failures: number;
  readonly errors: Map<ErrorCode, number>;
  readonly durations: ReturnType<typeof createHistogram>;
  memoryBytes: number;
  fuel: number;
  hostCalls: number;
  loads: number;
  readonly window: { slice: number; invocations: number; failures: number }[];
  alerted: boolean;
}

export function createMetrics({
  now,
  meter,
  windowMs = 300_000,
  alertRate = 0.5,
  alertMinimum = 10,
  onAlert,
}: MetricsOptions): Metrics {
  const plugins = new Map<string, Counters>();
  const resources = createResourceMetrics(meter);
  const instruments = meter === undefined ? undefined : createInstruments(meter);
  const sliceMs = windowMs / slices;

  const countersOf = (plugin: string): Counters => {
    let counters = plugins.get(plugin);
    if (counters === undefined) {
      counters = {
        invocations: 0,
        failures: 0,
        errors: new Map(),
        durations: createHistogram(),
        memoryBytes: 0,
        fuel: 0,
        hostCalls: 0,
        loads: 0,
        window: [],
        alerted: false,
      };
      plugins.set(plugin, counters);
    }
    return counters;
  };

  const recent = ({ window }: Counters): PluginStatistics["recent"] => {
    const first = Math.floor(now() / sliceMs) - slices + 1;
    let [invocations, failures] = [0, 0];
    for (const each of window) {
      if (each.slice < first) continue;
      invocations += each.invocations;
      failures += each.failures;
    }
    return { invocations, failures, rate: invocations === 0 ? 0 : failures / invocations };
  };

  const countInWindow = (counters: Counters, failed: boolean): void => {
    const slice = Math.floor(now() / sliceMs);
    let last = counters.window.at(-1);
    if (last?.slice !== slice) {
      last = { slice, invocations: 0, failures: 0 };
      counters.window.push(last);
      while ((counters.window[0]?.slice ?? slice) <= slice - slices) counters.window.shift();
    }
    last.invocations++;
    if (failed) last.failures++;
  };

  const isAlarming = ({ invocations, rate }: { readonly invocations: number; readonly rate: number }): boolean =>
    invocations >= alertMinimum && rate >= alertRate;

  const alert = (plugin: string, counters: Counters): void => {
    const { invocations, failures, rate } = recent(counters);
    const raised = isAlarming({ invocations, rate });
    if (raised === counters.alerted) return;
    counters.alerted = raised;
    try {
      onAlert?.({ plugin, raised, rate, failures, invocations });
    } catch {
      // Whoever listens cannot stop what is counted.
    }
  };

  return {
    observe: (entry) => {
      if (entry.plugin === null) return;
      if (entry.kind === "plugin.load") {
        countersOf(entry.plugin).loads++;
        return;
      }
      if (entry.kind !== "execution.end") return;
      const counters = countersOf(entry.plugin);
      const code = entry.error?.code;
      counters.invocations++;
      counters.durations.add(entry.duration_ms);
      counters.hostCalls += entry.host_calls;
      counters.memoryBytes = Math.max(counters.memoryBytes, entry.memory_bytes ?? 0);
      counters.fuel += entry.fuel ?? 0;
      if (code !== undefined) {
        counters.failures++;
        counters.errors.set(code, (counters.errors.get(code) ?? 0) + 1);
      }
      // What somebody stopped says nothing about the plugin.
      if (code !== "invocation/cancelled") {
        countInWindow(counters, code !== undefined);
        alert(entry.plugin, counters);
      }
      if (instruments === undefined) return;
      const attributes: Attributes = { plugin: entry.plugin, status: entry.status };
      instruments.invocations.add(1, code === undefined ? attributes : { ...attributes, code });
      instruments.duration.record(entry.duration_ms, attributes);
      if (entry.memory_bytes !== undefined) instruments.memory.record(entry.memory_bytes, attributes);
      if (entry.fuel !== undefined) instruments.fuel.add(entry.fuel, attributes);
    },
    plugins: () =>
      [...plugins]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([plugin, counters]) => ({
          plugin,
          invocations: counters.invocations,
          failures: counters.failures,
          errors: Object.fromEntries(counters.errors),
          duration: {
            sum: counters.durations.sum(),
            p50: counters.durations.percentile(0.5),
            p99: counters.durations.percentile(0.99),
            max: counters.durations.max(),
          },
          memoryBytes: counters.memoryBytes,
          fuel: counters.fuel,
          hostCalls: counters.hostCalls,
          loads: counters.loads,
          recent: recent(counters),
          alerted: counters.alerted && isAlarming(recent(counters)),
        })),
    pool: resources.pool,
    watchPool: resources.watchPool,
    watchModules: resources.watchModules,
    resources: resources.statistics,
    prometheus: () => formatPrometheus([...familiesOf(plugins, recent), ...resources.families()]),
  };
}

function createInstruments(meter: Meter): {
  readonly invocations: ReturnType<Meter["createCounter"]>;
  readonly duration: ReturnType<Meter["createHistogram"]>;
  readonly memory: ReturnType<Meter["createHistogram"]>;
  readonly fuel: ReturnType<Meter["createCounter"]>;
} {
  return {
    invocations: meter.createCounter("crucible.invocations", { description: "Invocations of plugins" }),
    duration: meter.createHistogram("crucible.invocation.duration", { unit: "ms" }),
    memory: meter.createHistogram("crucible.invocation.memory", { unit: "By" }),
    fuel: meter.createCounter("crucible.invocation.fuel"),
  };
}

function familiesOf(
  plugins: ReadonlyMap<string, Counters>,
  recent: (counters: Counters) => PluginStatistics["recent"],
): readonly MetricFamily[] {
  const sorted = [...plugins].sort(([a], [b]) => (a < b ? -1 : 1));
  const family = (
    name: string,
    kind: MetricFamily["kind"],
    help: string,
    rowsOf: (counters: Counters) => readonly MetricRow[],
  ): MetricFamily => ({
    name: `crucible_${name}`,
    kind,
    help,
    rows: sorted.flatMap(([plugin, counters]) =>
      rowsOf(counters).map((row) => ({ ...row, labels: { plugin, ...row.labels } })),
    ),
  });
  const single = (value: number): readonly MetricRow[] => [{ labels: {}, value }];
  return [
    family("invocations_total", "counter", "Invocations of plugins", ({ invocations, failures }) => [
      { labels: { status: "ok" }, value: invocations - failures },
      { labels: { status: "error" }, value: failures },
    ]),
    family("errors_total", "counter", "Failed invocations by code", ({ errors }) =>
      [...errors].map(([code, value]) => ({ labels: { code }, value })),
    ),
    family("invocation_duration_ms", "histogram", "Milliseconds of invocations", ({ durations }) => [
      ...durations.buckets().map(({ atMost, count }) => ({ suffix: "_bucket", labels: { le: atMost }, value: count })),
      { suffix: "_bucket", labels: { le: "+Inf" }, value: durations.count() },
      { suffix: "_sum", labels: {}, value: durations.sum() },
      { suffix: "_count", labels: {}, value: durations.count() },
    ]),
    family("memory_high_water_bytes", "gauge", "Largest memory of a guest", ({ memoryBytes }) => single(memoryBytes)),
    family("fuel_total", "counter", "Metered work", ({ fuel }) => single(fuel)),
    family("error_rate", "gauge", "Share of failures in the window", (counters) => single(recent(counters).rate)),
  ];
}
