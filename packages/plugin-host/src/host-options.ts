// What a host is made of and how it is asked: powers, stores, bounds; requests of root invocations.
import type { Backend, HostModule, Invoker, Limits, CapabilityName } from "@crucible/sandbox";
import type { Journal } from "@crucible/audit";
import type { ArtifactStore, ModuleCacheOptions } from "@crucible/cache";
import type { Authority, Quarantine, RateLimiter, TrustStore } from "@crucible/capabilities";
import type { DiscoverPowers } from "./discover.ts";
import type { Metrics } from "./metrics.ts";
import type { PluginLock } from "./plugin-lock.ts";
import type { FindingMemory } from "./record-registry.ts";
import type { PluginRoot } from "./plugin-root.ts";
import type { PluginWatcher } from "./plugin-watcher.ts";

export interface PluginHostOptions extends Omit<DiscoverPowers, "known"> {
  readonly roots: readonly PluginRoot[];
  readonly backends: readonly Backend[];
  readonly hostModules: readonly HostModule[];
  readonly journal: Pick<Journal, "append" | "flushed" | "record">;
  readonly authority: Authority;
  readonly trust: TrustStore;
  readonly quarantine: Quarantine;
  readonly rateLimiter: RateLimiter;
  /** Keeps compiled artifacts and verdicts of validation between processes. */
  readonly artifacts?: ArtifactStore;
  /** How long and how many loaded instances are kept, with the clock and timer for it. */
  readonly cache: ModuleCacheOptions;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly createId: () => string;
  /** Short digest for the journal. */
  readonly digest: (bytes: Uint8Array) => string;
  readonly randomSeed: () => bigint;
  /** Version of the host, recorded with each execution. */
  readonly runtime: string;
  /** Finished invocations whose outcome `attach` still finds, of 32 MB together at most; 1,000 by default. */
  readonly keptOutcomes?: number;
  /** Limits of plugins that set none; the system's defaults when absent. */
  readonly limits?: Limits;
  /** Capabilities that no plugin gets, whatever was granted. */
  readonly deniedCapabilities?: readonly CapabilityName[];
  /** Watches the roots and reloads what changed; without it `reload` has to be called. */
  readonly watcher?: PluginWatcher;
  /** Remembers which overrides and broken plugins are in the journal already; without it each process records them. */
  readonly findingMemory?: FindingMemory;
  /** Counts what the journal is told. */
  readonly metrics?: Metrics;
  /** Versions and contents that are to be used; read anew by each scan. */
  readonly readLock?: () => Promise<PluginLock | undefined>;
}

/** How a root invocation is asked for. */
export interface RootRequest {
  readonly invoker: Invoker;
  readonly session?: string | null;
  readonly taskId?: string;
  readonly attempt?: number;
  /** Fixes the guest's randomness, for tests and replays. */
  readonly seed?: bigint;
  /** Only lowers what the manifest allows. */
  readonly limits?: Partial<Limits>;
  readonly traceparent?: string | null;
  readonly signal?: AbortSignal;
}
