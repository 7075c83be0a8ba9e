// A whole host for benchmarks: real worker threads, a real journal on disk, the real gates; plugins and grants in memory, rate limits
// raised for the run. What a user's invocation passes through, nothing less.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDigester, openJournal, openJournalFiles } from "@crucible/audit";
import { sha256 } from "@crucible/cache";
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
import { authorityRecord, createPluginHost, type PluginHost } from "@crucible/plugin-host";
import { mergeHostModules, unwrap, type Backend, type HostModule, type Value } from "@crucible/sandbox";

export interface WholeHost {
  readonly host: PluginHost;
  /** Invokes an action and throws when it fails. */
  invoke(plugin: string, action: string, params: Value): Promise<Value>;
  dispose(): Promise<void>;
}

/** Opens a host with plugins by file name, for example `bench.lua`. The backends stay the caller's. */
export async function openWholeHost(
  backends: readonly Backend[],
  plugins: Readonly<Record<string, string>>,
  more: readonly HostModule[] = [],
): Promise<WholeHost> {
  const folder = mkdtempSync(join(tmpdir(), "crucible-bench-"));
  const powers = openJournalFiles(join(folder, "audit"), join(folder, "heads"));
  const journal = unwrap(await openJournal(powers));
  const digester = createDigester(powers.crypto, powers.key);
  const now = (): number => Date.now();
  let ids = 0;
  const createId = (): string => `bench-${(ids += 1)}`;
  const quarantine = createQuarantine(createMemoryDocument(), now);
  const broker = createApprovalBroker({ now, createId, startTimer: () => () => {} });
  let minutes = 0;
  const host = await createPluginHost({
    files: {
      list: async (path) =>
        Promise.resolve(path === "/plugins" ? Object.keys(plugins).map((name) => ({ name, kind: "file" })) : undefined),
      read: async (path) => Promise.resolve(new TextEncoder().encode(plugins[path.replace("/plugins/", "")])),
      join: (base, name) => `${base}/${name}`,
    },
    sha256,
    cache: { now, schedule: () => () => {} },
    roots: [{ scope: "system", path: "/plugins", home: "system" }],
    backends,
    hostModules: [
      mergeHostModules("crucible", "For benchmarks.", [
        createHostCore({ readSecret: async () => Promise.resolve(undefined) }),
        ...more,
      ]),
    ],
    journal,
    authority: createAuthority({
      grants: createGrantStore(createMemoryDocument(), now, createId),
      limits: createLimitStore(createMemoryDocument(), now, createId),
      quarantine,
      broker,
      now,
      notify: () => {},
      record: async (event) => void (await journal.record(authorityRecord(event))),
    }),
    trust: createTrustStore(createMemoryDocument(), now, createId),
    quarantine,
    // For the limiter an hour passes at each look: a benchmark calls more often than any limit allows.
    rateLimiter: createRateLimiter(() => (minutes += 1) * 3_600_000),
    now,
    createId,
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
      await journal.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
