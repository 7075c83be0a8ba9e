// A whole host around a backend, in memory: registry, authority, journal, kiln and state are the real ones, only their
// files, clock and people are not. For laws about what happens between a call and its effect.
import type { JournalEntry } from "@crucible/audit";
import { sha256, type ArtifactStore, type ModuleCacheOptions } from "@crucible/cache";
import {
  createApprovalBroker,
  createAuthority,
  createGrantStore,
  createLimitStore,
  createMemoryDocument,
  createQuarantine,
  createRateLimiter,
  createTrustStore,
  type ApprovalChoice,
  type ApprovalRequest,
  type AuthorityEvent,
} from "@crucible/capabilities";
import { createHostCore } from "@crucible/host-core";
import { createHttpModule } from "@crucible/host-io";
import { createKilnApi } from "@crucible/kiln-api";
import {
  createKilnStore,
  createOverlayFiles,
  type Embedder,
  type KilnFiles,
  type KilnStore,
} from "@crucible/kiln-store";
import {
  createPluginHost,
  pluginScopes,
  type Metrics,
  type PluginFiles,
  type PluginHost,
  type PluginHostOptions,
  type PluginScope,
  type RootRequest,
} from "@crucible/plugin-host";
import { fail, mergeHostModules, succeed, unwrap, type HostModule, type Outcome, type Value } from "@crucible/sandbox";
import { createGraphs, createIndexSource } from "@crucible/stdlib-graph";
import { createStateMachines, createStateStorage } from "@crucible/stdlib-statemachine";
import { createUtils } from "@crucible/stdlib-utils";
import { createFileStepStore, createWorkflows } from "@crucible/stdlib-workflow";
import { createNotesGraph } from "./notes-graph.ts";
import type { ConformanceSubject } from "./target.ts";

export interface HostSetUp {
  readonly plugins: readonly PluginText[];
  /** Further plugin files: text by absolute path, below `/system`, `/configured`, `/shared` or `/personal`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Text by path of the notes in the kiln. */
  readonly notes?: Readonly<Record<string, string>>;
  /** Further modules for plugins, beside the platform's own. */
  readonly modules?: readonly HostModule[];
  /** Makes vectors of the notes: the kiln is then one of the subject's (`openKiln`) and has an index. */
  readonly embedder?: Embedder;
  /** What a person answers to every question, `silence` for nothing at all; absent: nobody is there. */
  readonly answer?: ApprovalChoice | "silence";
  /** Invocations are limited in a time that only `passTime` moves; absent: for the limiter a minute passes at each look. */
  readonly isRateLimited?: boolean;
  /** Bounds of the cache of loaded plugins, and its clock and timer. */
  readonly cache?: Partial<ModuleCacheOptions>;
  /** Keeps compiled artifacts and verdicts; absent: nothing outlives the host. */
  readonly artifacts?: ArtifactStore;
  readonly metrics?: Metrics;
  /** Gets what the host journals, beside `TestHost.records`. */
  readonly journal?: PluginHostOptions["journal"];
}

/** A plugin of one file. */
export interface PluginText {
  /** Front matter: `name`, `description` and whatever else a manifest has. */
  readonly manifest: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly code: string;
  /** Where it lies; absent: with the user's own plugins, which are trusted. */
  readonly scope?: PluginScope;
}

export interface TestHost {
  readonly host: PluginHost;
  /** Notes of the kiln. */
  readonly kiln: KilnStore;
  /** Files of the kiln, stored state included. */
  readonly files: KilnFiles;
  /** Everything that the host journalled so far. */
  readonly records: readonly JournalEntry[];
  /** Everything that the gate journalled so far: approvals, grants, violations. */
  readonly events: readonly AuthorityEvent[];
  /** Violations that the user was told of so far. */
  readonly notices: readonly AuthorityEvent[];
  /** Every question that a person was asked so far. */
  readonly questions: readonly ApprovalRequest[];
  /** How long each question waited for an answer that did not come, in milliseconds. */
  readonly patience: readonly number[];
  /** Addresses that were asked for over the network so far. */
  readonly requests: readonly string[];
  /** Lets time pass for the limiter of invocations, in milliseconds. */
  passTime(byMs: number): void;
  /** Runs an action (`main` unless named otherwise) to its end. */
  invoke(plugin: string, params: Value, request?: InvokeRequest): Promise<Outcome<Value>>;
  /** Writes a plugin of one file, in place of one of the same name and scope; `host.reload` sees it. */
  put(plugin: PluginText): void;
  /** Removes a plugin of one file. */
  take(name: string, scope?: PluginScope): void;
  dispose(): Promise<void>;
}

export interface InvokeRequest extends Partial<RootRequest> {
  readonly action?: string;
}

/** Opens a host with the subject's backend. The backend stays the subject's; the host is the caller's to dispose of. */
export async function openHost(
  { backend, openKiln }: ConformanceSubject,
  {
    plugins,
    files: given = {},
    notes = {},
    modules = [],
    embedder,
    answer,
    isRateLimited = false,
    cache = {},
    artifacts,
    metrics,
    journal,
  }: HostSetUp,
): Promise<TestHost> {
  let time = Date.UTC(2026, 0, 1);
  const now = (): number => (time += 1);
  // A timer moves the clock instead of waiting for it. Longer ones are bounds of time, which no law reaches.
  const startTimer = (delayMs: number, run: () => void): (() => void) => {
    let isStopped = delayMs > 10_000;
    void Promise.resolve().then(() => {
      if (isStopped) return;
      time += delayMs;
      run();
    });
    return () => {
      isStopped = true;
    };
  };
  let minutes = 0;
  let ids = 0;
  const createId = (): string => `id-${(ids += 1)}`;

  if (embedder !== undefined && openKiln === undefined) throw new TypeError("The subject opens no kilns");
  const onDisk = embedder === undefined ? undefined : openKiln?.(embedder);
  const store = onDisk?.store ?? createKilnStore({ files: createOverlayFiles(noFiles, { now }) });
  const { files } = store;
  const writing = Object.entries(notes).map(([path, text]) =>
    files.write(path, new TextEncoder().encode(text), { kind: "absent" }),
  );
  for (const written of await Promise.all(writing)) unwrap(written);
  await onDisk?.makeVectors();
  const kilnApi = createKilnApi({ store, ...(onDisk === undefined ? {} : { openIndex: onDisk.openIndex }) });
  const records: JournalEntry[] = [];
  const events: AuthorityEvent[] = [];
  const questions: ApprovalRequest[] = [];
  const quarantine = createQuarantine(createMemoryDocument(), now);
  const notices: AuthorityEvent[] = [];
  const requests: string[] = [];
  const patience: number[] = [];
  let limiterTime = time;
  const broker = createApprovalBroker({
    now,
    createId,
    startTimer: (delayMs, run) => {
      if (answer !== "silence") return () => undefined;
      patience.push(delayMs);
      return startTimer(0, run);
    },
  });
  if (answer !== undefined) {
    broker.attach(async (request) => {
      questions.push(request);
      return answer === "silence" ? new Promise(() => undefined) : Promise.resolve({ choice: answer, by: "somebody" });
    });
  }
  const extension = backend.extensions[0] ?? "";
  const texts = new Map(Object.entries(given));
  const put = ({ manifest, code, scope = "system" }: PluginText): void => {
    texts.set(`/${scope}/${manifest.name}${extension}`, `${formatFrontMatter(manifest)}${code}`);
  };
  plugins.forEach(put);
  const host = await createPluginHost({
    files: pluginFiles(texts),
    sha256,
    cache: { now, schedule: () => () => undefined, ...cache },
    ...(artifacts === undefined ? {} : { artifacts }),
    ...(metrics === undefined ? {} : { metrics }),
    roots: pluginScopes.map((scope) => ({ scope, path: `/${scope}`, home: scope === "system" ? "system" : "/kiln" })),
    backends: [backend],
    hostModules: [
      mergeHostModules("crucible", "Everything that a kiln's host offers.", [
        createHostCore({ readSecret: async () => Promise.resolve(undefined) }),
        kilnApi,
        createHttpModule({
          resolve: async () => Promise.resolve(succeed(["93.184.215.14"])),
          send: async ({ url }) => {
            requests.push(url.href);
            return Promise.resolve(succeed({ status: 204, headers: [], body: noBody() }));
          },
          withTimeout: (signal) => signal,
        }),
      ]),
      createStateMachines({ storage: createStateStorage(kilnApi) }),
      createGraphs({
        source: onDisk === undefined ? createNotesGraph(store) : createIndexSource(onDisk.openIndex),
      }),
      ...modules,
      createWorkflows({ startTimer, steps: createFileStepStore({ filesFor: () => files }) }),
      // The host's one hash stands in for all: no law is about the others.
      createUtils({ digest: (_, bytes) => sha256(bytes) }),
    ],
    journal: {
      append: (entry) => {
        records.push(entry);
        return journal?.append(entry) ?? records.length;
      },
      flushed: async () => journal?.flushed() ?? succeed(undefined),
      record: async (entry) => {
        records.push(entry);
        return journal?.record(entry) ?? succeed(undefined);
      },
    },
    authority: createAuthority({
      grants: createGrantStore(createMemoryDocument(), now, createId),
      limits: createLimitStore(createMemoryDocument(), now, createId),
      quarantine,
      broker,
      now,
      record: (event) => {
        events.push(event);
      },
      notify: (event) => {
        notices.push(event);
      },
    }),
    trust: createTrustStore(createMemoryDocument(), now, createId),
    quarantine,
    // Laws about other things call more often than any limit allows: for the limiter a minute passes at each look.
    rateLimiter: createRateLimiter(() => (isRateLimited ? limiterTime : (minutes += 1) * 60_000)),
    now,
    createId,
    digest: hexadecimal,
    randomSeed: () => 1n,
    runtime: "conformance",
  });
  return {
    host,
    kiln: store,
    files,
    records,
    events,
    notices,
    questions,
    patience,
    requests,
    passTime: (byMs) => {
      limiterTime += byMs;
    },
    invoke: async (plugin, params, { action = "main", ...request } = {}) =>
      host.invoke(plugin, action, params, { invoker: { kind: "user", name: "somebody" }, ...request }).outcome,
    put,
    take: (name, scope = "system") => void texts.delete(`/${scope}/${name}${extension}`),
    dispose: async () => {
      await host.dispose();
      broker.dispose();
      await (onDisk ?? store).dispose();
    },
  };
}

async function* noBody(): AsyncGenerator<Uint8Array> {
  // An answer without a body.
}

/** Front matter as YAML: each value in JSON, which is YAML. */
function formatFrontMatter(manifest: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(manifest).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  return `---\n${lines.join("")}---\n`;
}

function pluginFiles(texts: ReadonlyMap<string, string>): PluginFiles {
  return {
    list: async (folder) => {
      const entries = new Map<string, "file" | "folder">();
      for (const path of texts.keys()) {
        if (!path.startsWith(`${folder}/`)) continue;
        const [name = "", ...below] = path.slice(folder.length + 1).split("/");
        entries.set(name, below.length === 0 ? "file" : "folder");
      }
      const found = [...entries].map(([name, kind]) => ({ name, kind }));
      return Promise.resolve(found.length === 0 ? undefined : found);
    },
    read: async (path) => {
      const text = texts.get(path);
      return Promise.resolve(text === undefined ? undefined : new TextEncoder().encode(text));
    },
    join: (folder, name) => `${folder}/${name}`,
  };
}

/** A disk without a file, below everything that a law writes. */
const noFiles: KilnFiles = {
  read: async (path) =>
    Promise.resolve(fail("host/note-not-found", `Cannot read "${path}": there is no such file`, { path })),
  stamp: () => undefined,
  list: async (folder) =>
    Promise.resolve(
      folder === ""
        ? succeed([])
        : fail("host/note-not-found", `Cannot list "${folder}": there is no such folder`, { path: folder }),
    ),
  write: async (path) => Promise.resolve(refuse(path)),
  move: async (path) => Promise.resolve(refuse(path)),
  remove: async (path) => Promise.resolve(refuse(path)),
  exclusive: async (work) => work(),
  hash: hexadecimal,
  dispose: async () => Promise.resolve(),
};

function refuse(path: string): ReturnType<typeof fail> {
  return fail("host/path-refused", `Cannot change "${path}": this disk is never written`);
}

function hexadecimal(bytes: Uint8Array): string {
  return [...sha256(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
