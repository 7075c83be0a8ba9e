// What the plugins of a process share: worker threads and loaded modules. The pool tells when workers come and go; how busy they
// are and what is loaded is asked when somebody looks.
import type { Meter } from "@opentelemetry/api";
import type { ModuleCacheStatistics } from "@crucible/cache";
import type { MetricFamily } from "./prometheus.ts";

/** How busy the workers are, as `ThreadPool.stats()` answers. */
export interface PoolOccupancy {
  readonly workers: number;
  readonly idle: number;
  readonly busy: number;
  /** Busy ones that wait for a host answer. */
  readonly waiting: number;
  /** Jobs that wait for a worker. */
  readonly queued: number;
}

/** What a pool tells: a `PoolObserver` of `@crucible/sandbox-thread`. */
export interface PoolListener {
  workerStarted(workers: number): void;
  workerEnded(reason: string, workers: number): void;
  jobQueued(queued: number): void;
  jobEnded(report: { readonly kind: "call" | "compile"; readonly durationMs: number }): void;
}

/** Numbers of the whole process. */
export interface ResourceStatistics {
  /** Where a pool is watched. */
  readonly pool?: PoolOccupancy;
  readonly workersStarted: number;
  /** Terminated after a time-out, crashed, or not needed any more. */
  readonly workersEnded: number;
  /** Most jobs that ever waited at once. */
  readonly longestQueue: number;
  readonly compilations: { readonly count: number; readonly sumMs: number };
  /** Where a host is watched. */
  readonly modules?: ModuleCacheStatistics;
}

export interface ResourceMetrics {
  readonly pool: PoolListener;
  watchPool(stats: () => PoolOccupancy): void;
  watchModules(statistics: () => ModuleCacheStatistics): void;
  statistics(): ResourceStatistics;
  families(): readonly MetricFamily[];
}

export function createResourceMetrics(meter: Meter | undefined): ResourceMetrics {
  let pool: (() => PoolOccupancy) | undefined;
  let modules: (() => ModuleCacheStatistics) | undefined;
  let [workersStarted, workersEnded, longestQueue, compilations, compilationMs] = [0, 0, 0, 0, 0];
  if (meter !== undefined) observeResources(meter, { pool: () => pool?.(), modules: () => modules?.() });
  return {
    pool: {
      workerStarted: () => {
        workersStarted++;
      },
      workerEnded: () => {
        workersEnded++;
      },
      jobQueued: (queued) => {
        longestQueue = Math.max(longestQueue, queued);
      },
      jobEnded: ({ kind, durationMs }) => {
        if (kind !== "compile") return;
        compilations++;
        compilationMs += durationMs;
      },
    },
    watchPool: (stats) => {
      pool = stats;
    },
    watchModules: (statistics) => {
      modules = statistics;
    },
    statistics: () => ({
      ...(pool === undefined ? {} : { pool: pool() }),
      workersStarted,
      workersEnded,
      longestQueue,
      compilations: { count: compilations, sumMs: compilationMs },
      ...(modules === undefined ? {} : { modules: modules() }),
    }),
    families: () => [
      ...(pool === undefined ? [] : poolFamilies(pool())),
      ...(pool === undefined
        ? []
        : [
            count("crucible_pool_queued_most", "gauge", "Most jobs that ever waited at once", longestQueue),
            count("crucible_workers_started_total", "counter", "Worker threads that were started", workersStarted),
            count("crucible_workers_ended_total", "counter", "Worker threads that ended", workersEnded),
            count("crucible_compilations_total", "counter", "Compilations", compilations),
            count("crucible_compilation_ms_total", "counter", "Milliseconds of compilations", compilationMs),
          ]),
      ...(modules === undefined ? [] : moduleFamilies(modules())),
    ],
  };
}

function poolFamilies({ idle, busy, waiting, queued }: PoolOccupancy): readonly MetricFamily[] {
  const rows = Object.entries({ idle, running: busy - waiting, waiting });
  return [
    {
      name: "crucible_pool_workers",
      kind: "gauge",
      help: "Worker threads by what they do",
      rows: rows.map(([state, value]) => ({ labels: { state }, value })),
    },
    count("crucible_pool_queued", "gauge", "Jobs that wait for a worker", queued),
  ];
}

function moduleFamilies({ hits, loads, entries, bytes }: ModuleCacheStatistics): readonly MetricFamily[] {
  return [
    count("crucible_module_hits_total", "counter", "Loaded modules that were used again", hits),
    count("crucible_module_loads_total", "counter", "Modules that were loaded", loads),
    count("crucible_modules", "gauge", "Loaded modules", entries),
    count("crucible_module_bytes", "gauge", "Bytes of loaded modules", bytes),
  ];
}

function count(name: string, kind: MetricFamily["kind"], help: string, value: number): MetricFamily {
  return { name, kind, help, rows: [{ labels: {}, value }] };
}

interface Watched {
  readonly pool: () => PoolOccupancy | undefined;
  readonly modules: () => ModuleCacheStatistics | undefined;
}

function observeResources(meter: Meter, { pool, modules }: Watched): void {
  meter.createObservableGauge("crucible.pool.workers").addCallback((result) => {
    const stats = pool();
    if (stats === undefined) return;
    result.observe(stats.idle, { state: "idle" });
    result.observe(stats.busy - stats.waiting, { state: "running" });
    result.observe(stats.waiting, { state: "waiting" });
  });
  meter.createObservableGauge("crucible.pool.queued").addCallback((result) => {
    const stats = pool();
    if (stats !== undefined) result.observe(stats.queued);
  });
  meter.createObservableCounter("crucible.modules.used").addCallback((result) => {
    const statistics = modules();
    if (statistics === undefined) return;
    result.observe(statistics.hits, { from: "memory" });
    result.observe(statistics.loads, { from: "load" });
  });
  meter.createObservableGauge("crucible.modules.bytes", { unit: "By" }).addCallback((result) => {
    const statistics = modules();
    if (statistics !== undefined) result.observe(statistics.bytes);
  });
}
