// A whole host for benchmarks: real worker threads, plugins, journal and artifacts on disk, metrics, and the real gates. What a user's
// invocation passes through, nothing less; only grants are in memory, and the limiter of rates never refuses.
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDigester, openJournal, openJournalFiles } from "@crucible/audit";
import { openArtifactStore, sha256 } from "@crucible/cache";
import {
  createApprovalBroker,
  createAuthority,
  createGrantStore,
  createLimitStore,
  createMemoryDocument,
  createQuarantine,
  createRateLimiter,
  createTrustStore,
} from "@crucible/capabilities";
import { createHostCore } from "@crucible/host-core";
import {
  authorityRecord,
  createMetrics,
  createNodePluginFiles,
  createNodePluginWatcher,
  createPluginHost,
  type PluginHost,
} from "@crucible/plugin-host";
import { mergeHostModules, unwrap, type Backend, type HostModule, type Value } from "@crucible/sandbox";

export interface WholeHost {
  readonly host: PluginHost;
  /** Invokes an action and throws when it fails. */
  invoke(plugin: string, action: string, params: Value): Promise<Value>;
  dispose(): Promise<void>;
}

export interface WholeHostFolders {
  /** The user's plugins. */
  readonly plugins: string;
  /** Journal and artifacts; a host that is opened upon them again finds its verdicts. */
  readonly state: string;
}

export interface WholeHostOptions {
  /** Beside those that every host has. */
  readonly modules?: readonly HostModule[];
  /** Changes on the disk count. */
  readonly watched?: boolean;
}

/** Opens a host upon folders. They and the backends stay the caller's. */
export async function openWholeHost(
  backends: readonly Backend[],
  { plugins, state }: WholeHostFolders,
  { modules = [], watched = false }: WholeHostOptions = {},
): Promise<WholeHost> {
  const powers = openJournalFiles(join(state, "audit"), join(state, "heads"));
  const journal = unwrap(await openJournal(powers));
  const digester = createDigester(powers.crypto, powers.key);
  const artifacts = await openArtifactStore({ folder: join(state, "artifacts"), keyFile: join(state, "key") });
  const now = (): number => Date.now();
  const quarantine = createQuarantine(createMemoryDocument(), now);
  const broker = createApprovalBroker({ now, createId: randomUUID, startTimer: () => () => {} });
  let looks = 0;
  const host = await createPluginHost({
    files: createNodePluginFiles(),
    sha256,
    artifacts,
    cache: { now: () => performance.now(), schedule: startTimer },
    ...(watched ? { watcher: createNodePluginWatcher() } : {}),
    roots: [{ scope: "system", path: plugins, home: "system" }],
    backends,
    hostModules: [
      mergeHostModules("crucible", "For benchmarks.", [
        createHostCore({ readSecret: async () => Promise.resolve(undefined) }),
        ...modules,
      ]),
    ],
    journal,
    authority: createAuthority({
      grants: createGrantStore(createMemoryDocument(), now, randomUUID),
      limits: createLimitStore(createMemoryDocument(), now, randomUUID),
      quarantine,
      broker,
      now,
      notify: () => {},
      record: async (event) => void (await journal.record(authorityRecord(event))),
    }),
    trust: createTrustStore(createMemoryDocument(), now, randomUUID),
    quarantine,
    // For the limiter an hour passes at each look: a benchmark calls more often than any limit allows.
    rateLimiter: createRateLimiter(() => (looks += 1) * 3_600_000),
    metrics: createMetrics({ now }),
    now,
    createId: randomUUID,
    digest: (bytes) => digester.digest(bytes),
    randomSeed: () => 1n,
    runtime: "bench",
  });
  return {
    host,
    invoke: async (plugin, action, params) =>
      unwrap(await host.invoke(plugin, action, params, { invoker: { kind: "user", name: "bench" } }).outcome),
    dispose: async () => {
      await host.dispose();
      await artifacts.dispose();
      await journal.dispose();
    },
  };
}

/** Opens a host with plugins by file name, for example `bench.lua`, in a folder of its own that goes with it. */
export async function openTemporaryHost(
  backends: readonly Backend[],
  plugins: Readonly<Record<string, string>>,
  options: WholeHostOptions = {},
): Promise<WholeHost> {
  const folder = mkdtempSync(join(tmpdir(), "crucible-bench-"));
  const folders = { plugins: join(folder, "plugins"), state: join(folder, "state") };
  mkdirSync(folders.plugins);
  for (const [name, text] of Object.entries(plugins)) writeFileSync(join(folders.plugins, name), text);
  const opened = await openWholeHost(backends, folders, options);
  return {
    ...opened,
    dispose: async () => {
      await opened.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function startTimer(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
}
