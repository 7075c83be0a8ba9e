// What the tests of this package share: plugins in memory, the Lua backend, a journal in memory, stores in memory.
import { createHash } from "node:crypto";
import type { JournalEntry } from "@crucible/audit";
import type { ApprovalPresenter, GrantStore, Quarantine, TrustStore } from "@crucible/capabilities";
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
import type { PluginFiles, PluginHost, PluginHostOptions, RootRequest } from "@crucible/plugin-host";
import { sha256 } from "@crucible/cache";
import { authorityRecord, createPluginHost, trustCandidateOf } from "@crucible/plugin-host";
import type { Backend, HostModule, Outcome, Value } from "@crucible/sandbox";
import { mergeHostModules, object, succeed, textArgument, unwrap } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";

export interface HostSubject {
  readonly host: PluginHost;
  readonly records: JournalEntry[];
  readonly grants: GrantStore;
  readonly trust: TrustStore;
  /** Notes that `crucible.put` wrote. */
  readonly notes: Map<string, string>;
  readonly time: { now: number };
  write(path: string, text: string): void;
  remove(path: string): void;
  run(
    reference: string,
    params?: Value,
    request?: Partial<RootRequest> & { readonly action?: string },
  ): Promise<Outcome<Value>>;
  attach(presenter: ApprovalPresenter): void;
  /** How often the backend compiled, where it counts. */
  compilations(): number;
  readonly quarantine: Quarantine;
  dispose(): Promise<void>;
}

/** Front matter and code of a Lua plugin. */
export function lua(name: string, code: string, more = ""): string {
  return `---\nname: ${name}\ndescription: A plugin for tests\nlanguage: lua\n${more}---\n${code}\n`;
}

export async function openHost(
  plugins: Readonly<Record<string, string>>,
  options: Partial<PluginHostOptions> | ((healthy: PluginHostOptions) => Partial<PluginHostOptions>) = {},
  adapt: (backend: Backend) => Backend & { readonly compilations?: () => number } = (backend) => backend,
): Promise<HostSubject> {
  const content = new Map(Object.entries(plugins));
  const records: JournalEntry[] = [];
  const notes = new Map<string, string>();
  const time = { now: 1_000_000 };
  const now = (): number => time.now;
  let ids = 0;
  const createId = (): string => `id${++ids}`;
  const pool = createThreadPool({ powers: createNodeThreadPowers(), workers: 2 });
  const backend = adapt(createLuaBackend(pool));
  const broker = createApprovalBroker({ now, createId, startTimer: () => () => {} });
  const grants = createGrantStore(createMemoryDocument(), now, createId);
  const quarantine = createQuarantine(createMemoryDocument(), now);
  const trust = createTrustStore(createMemoryDocument(), now, createId);
  const journal = {
    append: (entry: JournalEntry): number => records.push(entry),
    flushed: (): Promise<Outcome<void>> => Promise.resolve(succeed(undefined)),
    record: (entry: JournalEntry): Promise<Outcome<void>> => Promise.resolve((records.push(entry), succeed(undefined))),
  };
  const healthy: PluginHostOptions = {
    files: memoryFiles(content),
    sha256,
    cache: { now, schedule: () => () => {} },
    roots: [
      { scope: "system", path: "/system", home: "system" },
      { scope: "shared", path: "/kiln/plugins", home: "/kiln" },
      { scope: "personal", path: "/kiln/.crucible/plugins", home: "/kiln" },
    ],
    backends: [backend],
    hostModules: [
      mergeHostModules("crucible", "For tests.", [
        createHostCore({ readSecret: () => Promise.resolve(undefined) }),
        noteModule(notes),
      ]),
    ],
    journal,
    authority: createAuthority({
      grants,
      limits: createLimitStore(createMemoryDocument(), now, createId),
      trust,
      quarantine,
      broker,
      now,
      notify: () => {},
      record: async (event) => void (await journal.record(authorityRecord(event))),
    }),
    trust,
    quarantine,
    rateLimiter: createRateLimiter(now),
    now,
    createId,
    digest: (bytes) => createHash("sha256").update(bytes).digest("base64url").slice(0, 8),
    randomSeed: () => 42n,
    runtime: "test",
  };
  const host = await createPluginHost({ ...healthy, ...(typeof options === "function" ? options(healthy) : options) });
  return {
    host,
    records,
    grants,
    trust,
    notes,
    time,
    write: (path, text) => content.set(path, text),
    remove: (path) => content.delete(path),
    run: (reference, params = object([]), { action = "main", ...request } = {}) =>
      host.invoke(reference, action, params, { invoker: { kind: "user", name: "test" }, ...request }).outcome,
    attach: (presenter) => void broker.attach(presenter),
    compilations: () => backend.compilations?.() ?? 0,
    quarantine,
    dispose: async () => {
      await host.dispose();
      await backend.dispose();
      await pool.dispose();
    },
  };
}

/** A backend that counts its compilations. */
export function countingBackend(backend: Backend): Backend & { readonly compilations: () => number } {
  let count = 0;
  return {
    ...backend,
    compile: (source) => {
      count++;
      return backend.compile(source);
    },
    compilations: () => count,
  };
}

// Two functions that stand for the kiln: reading is allowed by default, writing is asked.
function noteModule(notes: Map<string, string>): HostModule {
  const path = { name: "path", schema: { type: "string" }, summary: "the note" } as const;
  return {
    declaration: {
      name: "crucible",
      summary: "Notes.",
      functions: [
        {
          name: "fetch",
          summary: "Reads.",
          parameters: [path],
          returns: true,
          capability: "KilnRead",
          subject: { kind: "note", parameter: "path" },
          effect: "read",
          cost: 1,
        },
        {
          name: "put",
          summary: "Writes.",
          parameters: [path, { name: "text", schema: { type: "string" }, summary: "the text" }],
          returns: { type: "null" },
          capability: "KilnWrite",
          subject: { kind: "note", parameter: "path" },
          effect: "write",
          cost: 1,
          confidential: ["text"],
        },
      ],
    },
    functions: {
      fetch: { run: (args) => succeed(notes.get(textArgument(args, "path")) ?? null) },
      put: { run: (args) => succeed((notes.set(textArgument(args, "path"), textArgument(args, "text")), null)) },
    },
  };
}

function memoryFiles(content: Map<string, string>): PluginFiles {
  return {
    list: (folder) => {
      const names = new Map<string, "file" | "folder">();
      for (const path of content.keys()) {
        if (!path.startsWith(`${folder}/`)) continue;
        const [name, ...rest] = path.slice(folder.length + 1).split("/");
        if (name !== undefined) names.set(name, rest.length === 0 ? "file" : "folder");
      }
      if (names.size === 0) return Promise.resolve(undefined);
      return Promise.resolve(
        [...names].map(([name, kind]) => ({ name, kind })).sort((a, b) => (a.name < b.name ? -1 : 1)),
      );
    },
    read: (path) => Promise.resolve(content.has(path) ? new TextEncoder().encode(content.get(path)) : undefined),
    join: (folder, name) => `${folder}/${name}`,
  };
}

/** Trusts the plugin that a name resolves to. */
export async function trustPlugin({ host, trust }: HostSubject, name: string): Promise<void> {
  unwrap(await trust.trust(trustCandidateOf(unwrap(host.registry.find(name))), "content", "command"));
}
