// Wires the packages together for one command: journal, authority, store, backends, host. No decisions are made here.
import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { createDigester, openJournalFiles, type JournalPowers, type ValueStore } from "@crucible/audit";
import { openArtifactStore, sha256 } from "@crucible/cache";
import {
  createApprovalBroker,
  createAuthority,
  createGrantStore,
  createLimitStore,
  createQuarantine,
  createRateLimiter,
  createTrustStore,
  openDocument,
  type ApprovalBroker,
  type AuthorityEvent,
  type GrantStore,
  type LimitStore,
  type Quarantine,
  type QuarantinePolicy,
  type TrustStore,
} from "@crucible/capabilities";
import { loadConfig, type Config, type Folders } from "@crucible/config";
import { createHostCore, hostCoreDeclaration } from "@crucible/host-core";
import {
  createFileModule,
  createFilePowers,
  createHttpModule,
  createHttpPowers,
  fileDeclaration,
  httpDeclaration,
} from "@crucible/host-io";
import { kilnApiDeclaration, type PublishNote } from "@crucible/kiln-api";
import {
  authorityRecord,
  createMetrics,
  createNodePluginFiles,
  createNodePluginWatcher,
  createPluginHost,
  type ErrorRateAlert,
  type Metrics,
  type MetricsOptions,
  type PluginHost,
  type PluginRoot,
} from "@crucible/plugin-host";
import {
  defaultLimits,
  isCapabilityName,
  limitNames,
  mergeHostModules,
  unwrap,
  type Backend,
  type ErrorValue,
  type HostModule,
  type HostModuleDeclaration,
  type Limits,
} from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createRuneBackend } from "@crucible/sandbox-rune";
import { createNodeThreadPowers, createThreadPool, type ThreadPool } from "@crucible/sandbox-thread";
import { createGraphs, createGraphService, createIndexSource, type GraphService } from "@crucible/stdlib-graph";
import { createStateMachines, createStateStorage, createSvgRenderer } from "@crucible/stdlib-statemachine";
import { createUtils, digestNode, utilsDeclaration } from "@crucible/stdlib-utils";
import { createFileStepStore, createWorkflows, workflowDeclaration } from "@crucible/stdlib-workflow";
import { openFindingMemory } from "./finding-memory.ts";
import { indexPlaceOf } from "./index-place.ts";
import { openKilnParts, openValues, type KilnParts } from "./kiln.ts";
import { createLazyJournal, type LazyJournal } from "./lazy-journal.ts";
import { readLocks } from "./plugin-locks.ts";
import { readSecretFromEnvironment } from "./secrets.ts";
import { version } from "./version.ts";

export interface PlatformOptions {
  readonly folders: Folders;
  /** Root of the kiln; without one there are no notes and only the user's own plugins. */
  readonly kiln: string | undefined;
  /** Variables that the configuration is read from, beside its files. */
  readonly environment: NodeJS.ProcessEnv;
  /** Changes stay in a view that is dropped; what would have been asked about notes is allowed there. */
  readonly dryRun?: boolean;
  /** Looks at plugins as if nothing were locked. */
  readonly withoutLock?: boolean;
  /** Follows edits of plugins, and of notes once `kiln.follow` was called; gets what goes wrong meanwhile. */
  readonly onWatchProblem?: (error: ErrorValue) => void;
  /** Told what happens to notes. */
  readonly onNote?: PublishNote;
  /** Told when a hook fails, or is not told of an event: nobody waits for its outcome. */
  readonly onHookFailure?: (plugin: string, message: string) => void;
  /** Told when the runs of a plugin fail too often, and when they do not any more. */
  readonly onAlert?: (alert: ErrorRateAlert) => void;
  /** Told about violations of plugins. */
  readonly onViolation: (event: Extract<AuthorityEvent, { kind: "security" }>) => void;
}

/** The stores of one user: they exist without a kiln and without a running host. */
export interface Stores {
  readonly journalPowers: JournalPowers;
  readonly grants: GrantStore;
  readonly limits: LimitStore;
  readonly trust: TrustStore;
  readonly quarantine: Quarantine;
}

export interface Platform extends Stores {
  readonly host: PluginHost;
  readonly kiln: KilnParts | undefined;
  /** Former contents of changed notes. */
  readonly values: ValueStore;
  readonly journal: LazyJournal;
  readonly config: Config;
  readonly folders: Folders;
  readonly broker: ApprovalBroker;
  readonly pool: ThreadPool;
  readonly metrics: Metrics;
  /** Ends everything and makes the journal durable. */
  dispose(): Promise<void>;
}

const now = (): number => Date.now();
const createId = (): string => randomUUID();

/** @param policy when plugins are stopped, for whoever runs some */
export function openStores(folders: Folders, policy?: QuarantinePolicy): Stores {
  return {
    journalPowers: openJournalFiles(join(folders.state, "audit"), join(folders.state, "audit-heads")),
    grants: createGrantStore(openDocument(join(folders.config, "grants")), now, createId),
    limits: createLimitStore(openDocument(join(folders.config, "limits")), now, createId),
    trust: createTrustStore(openDocument(join(folders.config, "trust")), now, createId),
    quarantine: createQuarantine(openDocument(join(folders.config, "quarantine")), now, policy),
  };
}

/** Opens the platform. @throws {CrucibleError} when the journal cannot be written: nothing runs without it */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { folders, kiln } = options;
  const config = unwrap(
    await loadConfig({ environment: options.environment, ...(kiln === undefined ? {} : { kiln }) }),
  );
  const settings = config.values;
  const stores = openStores(folders, {
    attempts: settings["quarantine.attempts"],
    windowMs: settings["quarantine.window_ms"],
  });
  const { journalPowers, grants, limits, quarantine, trust } = stores;
  const journal = createLazyJournal(journalPowers, {
    platform: `crucible ${version}`,
    maxSegmentBytes: settings["audit.segment_bytes"],
    keepDays: settings["audit.keep_days"],
  });
  const digester = createDigester(journalPowers.crypto, journalPowers.key);
  const broker = createApprovalBroker({
    now,
    createId,
    startTimer: (delayMs, run) => startTimer(delayMs, run),
    timeoutMs: settings["approvals.timeout_ms"],
  });
  const authority = createAuthority({
    grants,
    limits,
    trust,
    quarantine,
    broker,
    now,
    notify: options.onViolation,
    record: async (event) => unwrap(await journal.record(authorityRecord(event))),
  });
  const values = openValues(
    join(folders.state, "audit-values"),
    journalPowers,
    kiln !== undefined && settings["audit.keep_values"],
  );
  // The kiln tells the host, which is made of it.
  const opened: { host?: PluginHost } = {};
  const parts =
    kiln === undefined
      ? undefined
      : openKilnParts({
          root: kiln,
          journal,
          values,
          dryRun: options.dryRun === true,
          indexPlace: unwrap(indexPlaceOf(config, kiln)),
          publish: (event) => {
            options.onNote?.(event);
            opened.host?.publish(event);
          },
          ...(options.onWatchProblem === undefined ? {} : { onProblem: options.onWatchProblem }),
        });
  const metrics = createMetrics({
    now,
    ...alertOptions(config),
    ...(options.onAlert === undefined ? {} : { onAlert: options.onAlert }),
  });
  const pool = createThreadPool({
    powers: createNodeThreadPowers(),
    maxWorkers: settings["workers.maximum"],
    observer: metrics.pool,
  });
  metrics.watchPool(() => pool.stats());
  const graphService = createGraphService();
  const backends: readonly Backend[] = [createRuneBackend(pool), createLuaBackend(pool)];
  const artifacts = await openArtifactStore({
    folder: join(folders.cache, "artifacts"),
    keyFile: join(folders.state, "artifacts.key"),
    maxBytes: settings["cache.artifact_bytes"],
  });
  const host = await createPluginHost({
    files: createNodePluginFiles(),
    ...(options.onWatchProblem === undefined ? {} : { watcher: createNodePluginWatcher() }),
    sha256,
    artifacts,
    cache: {
      now: () => performance.now(),
      schedule: startBackgroundTimer,
      ttlMs: settings["cache.module_ttl_ms"],
      maxEntries: settings["cache.module_entries"],
      maxBytes: settings["cache.module_bytes"],
    },
    roots: pluginRoots(folders, kiln, config),
    limits: limitsOf(config),
    findingMemory: openFindingMemory(join(folders.state, "recorded-plugins.json")),
    deniedCapabilities: settings["capabilities.deny"].filter(isCapabilityName),
    ...(options.withoutLock === true ? {} : { readLock: () => readLocks(folders, kiln) }),
    backends,
    hostModules: hostModules(graphService, folders, kiln, parts),
    journal: options.onHookFailure === undefined ? journal : watchHooks(journal, options.onHookFailure),
    authority,
    trust,
    quarantine,
    metrics,
    rateLimiter: createRateLimiter(now),
    now,
    createId,
    digest: (bytes) => digester.digest(bytes),
    randomSeed: () => randomBytes(8).readBigInt64LE(),
    runtime: `crucible ${version}`,
  });
  opened.host = host;
  let disposed = false;
  return {
    ...stores,
    host,
    kiln: parts,
    values,
    journal,
    config,
    folders,
    broker,
    pool,
    metrics,
    dispose: async () => {
      if (disposed) return;
      disposed = true;
      await host.dispose(shutdownGraceMs);
      broker.dispose();
      await Promise.all(backends.map((backend) => backend.dispose()));
      await pool.dispose();
      await graphService.dispose();
      await artifacts.dispose();
      await parts?.dispose();
      await values.trim();
      await values.dispose();
      await journal.dispose();
    },
  };
}

// Hooks have no caller that could show their failures; the journal is told of each.
function watchHooks(journal: LazyJournal, tell: (plugin: string, message: string) => void): LazyJournal {
  return {
    ...journal,
    append: (entry) => {
      if (entry.kind === "error" && entry.plugin !== null && entry.context?.startsWith("hook ") === true)
        tell(entry.plugin, entry.error.message);
      return journal.append(entry);
    },
  };
}

// What was begun for hooks and observers gets this long to end when the command is done.
const shutdownGraceMs = 2_000;

/** Limits of plugins that set none. */
function limitsOf({ values }: Config): Limits {
  const limits: Record<string, number> = { ...defaultLimits };
  for (const name of limitNames) if (name !== "fuel") limits[name] = values[`limits.${name}`];
  return { ...defaultLimits, ...limits };
}

/** When failing plugins are reported. */
export function alertOptions({ values }: Config): Pick<MetricsOptions, "windowMs" | "alertRate" | "alertMinimum"> {
  return {
    windowMs: values["metrics.window_ms"],
    alertRate: values["metrics.alert_percent"] / 100,
    alertMinimum: values["metrics.alert_minimum"],
  };
}

/** Where plugins are looked for; later ones win. */
export function pluginRoots(folders: Folders, kiln: string | undefined, { values }: Config): readonly PluginRoot[] {
  const system: PluginRoot = { scope: "system", path: folders.plugins, home: "system" };
  const configured = values["discovery.plugins.additional_paths"].map((path): PluginRoot => ({
    scope: "configured",
    path,
    home: "system",
  }));
  if (!values["discovery.plugins.use_defaults"]) return configured;
  if (kiln === undefined) return [system, ...configured];
  return [
    system,
    ...configured,
    { scope: "shared", path: join(kiln, "plugins"), home: kiln },
    { scope: "personal", path: join(kiln, ".crucible", "plugins"), home: kiln },
  ];
}

/** What plugins can call in a kiln, without opening anything. */
export function declaredModules(): readonly HostModuleDeclaration[] {
  const parts = [hostCoreDeclaration, kilnApiDeclaration, httpDeclaration, fileDeclaration].map((declaration) => ({
    declaration,
    functions: {},
  }));
  return [
    crucibleModule(parts).declaration,
    createStateMachines().declaration,
    createGraphs().declaration,
    workflowDeclaration,
    utilsDeclaration,
  ];
}

function hostModules(
  graphService: GraphService,
  folders: Folders,
  root: string | undefined,
  kiln: KilnParts | undefined,
): readonly HostModule[] {
  // The kiln is reached as notes, and what the platform keeps is reached by nobody.
  const { config, state, cache } = folders;
  const excluded = [config, state, cache, ...(root === undefined ? [] : [root])];
  const parts = [
    createHostCore({ readSecret: readSecretFromEnvironment }),
    createHttpModule(createHttpPowers()),
    createFileModule(createFilePowers({ excluded })),
  ];
  return [
    crucibleModule(kiln === undefined ? parts : [...parts, kiln.module]),
    createStateMachines({
      renderSvg: createSvgRenderer(),
      ...(kiln === undefined ? {} : { storage: createStateStorage(kiln.module) }),
    }),
    createGraphs({
      service: graphService,
      ...(kiln === undefined ? {} : { source: createIndexSource(kiln.openIndex) }),
    }),
    createWorkflows({
      startTimer,
      ...(kiln === undefined ? {} : { steps: createFileStepStore({ filesFor: kiln.filesFor }) }),
    }),
    createUtils({ digest: digestNode }),
  ];
}

function crucibleModule(parts: readonly HostModule[]): HostModule {
  return mergeHostModules(
    "crucible",
    "Notes, stored state, log, progress, time, randomness, secrets, HTTP, files and other plugins.",
    parts,
  );
}

function startBackgroundTimer(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
}

function startTimer(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
