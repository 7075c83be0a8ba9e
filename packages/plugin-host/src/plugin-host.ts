// The plugin host: one immutable registry at a time, its reloads and their listeners, and the life of everything loaded.
// How one invocation runs is in invocations.ts, its gates in admission.ts.
import type { ErrorValue, InvocationHandle, Outcome, Value } from "@crucible/sandbox";
import { object, succeed } from "@crucible/sandbox";
import type { JournalEntry, RecordSubject } from "@crucible/audit";
import type { ModuleCacheStatistics } from "@crucible/cache";
import { createAdmission } from "./admission.ts";
import type { BrokenPlugin, FoundPlugin } from "./discover.ts";
import { discoverPlugins } from "./discover.ts";
import type { Hooks } from "./hooks.ts";
import { createHooks } from "./hooks.ts";
import type { PluginHostOptions, RootRequest } from "./host-options.ts";
import type { NoteEvent } from "./note-events.ts";
import type { Invocations } from "./invocations.ts";
import { createInvocations } from "./invocations.ts";
import type { LoadedPlugin, Loader } from "./load-plugin.ts";
import { createLoader } from "./load-plugin.ts";
import { applyLock } from "./plugin-lock.ts";
import type { RegistryRecorder } from "./record-registry.ts";
import { createRegistryRecorder } from "./record-registry.ts";
import type { Registry } from "./registry.ts";
import { createRegistry, qualifiedName } from "./registry.ts";
import type { PluginVerdict, Validator } from "./validate-plugins.ts";
import { createPluginValidator } from "./validate-plugins.ts";

export interface PluginHost {
  readonly registry: Registry;
  /**
   * Scans the roots again; running invocations keep the registry that they started with. Calls at once share scans: the
   * answer's scan began after the call.
   */
  reload(): Promise<Registry>;
  /** Told after each reload that changed something; the returned function ends it. What it throws is ignored. */
  onRegistryChange(listener: (registry: Registry, before: Registry) => void): () => void;
  /**
   * Starts an action. Never throws: whatever is wrong is the outcome of the handle.
   *
   * @param reference `plugin`, `namespace/plugin`, either with `@range`
   */
  invoke(reference: string, action: string, params: Value, request: RootRequest): InvocationHandle;
  /** The handle of a running or recently finished invocation. */
  attach(id: string): InvocationHandle | undefined;
  /**
   * Tells the handlers of the present generation what happened to a note; does not wait for them. Handlers get events in the
   * order in which they came. Without an effect once the host is disposed of.
   */
  publish(event: NoteEvent): void;
  /** Settles when all handlers have been told of what happened so far, and of what they caused by that. */
  settled(): Promise<void>;
  /** Dependencies, syntax and security of a plugin, without running it. */
  check(plugin: FoundPlugin): Promise<PluginVerdict>;
  /** Frees what is loaded of a plugin, and its stored artifact; running calls finish first. The number of freed instances. */
  unload(name: string): Promise<Outcome<number>>;
  /** Frees a plugin, its stored artifact too, and loads it anew. */
  restart(name: string): Promise<Outcome<void>>;
  /** What is loaded, and why instances were freed. */
  statistics(): ModuleCacheStatistics;
  /**
   * Refuses new root invocations, lets running ones finish until the deadline, cancels the rest and frees everything.
   * Repeated calls have no effect.
   *
   * @param graceMs milliseconds that running invocations get; 0 when absent
   */
  dispose(graceMs?: number): Promise<void>;
}

/** A storm of changes is over when none came for this long: more than the 50 ms for which a watcher may swallow repetitions… */
const quietMs = 60;
/** …and waits no longer than this. */
const longestStormMs = 150;

/** Makes a host, scans its roots and watches them where it has a watcher. */
export async function createPluginHost(options: PluginHostOptions): Promise<PluginHost> {
  const host = new Host(options);
  // What changes while the first scan runs is told as well.
  await host.watch();
  await host.reload();
  return host;
}

class Host implements PluginHost {
  readonly #options: PluginHostOptions;
  readonly #loader: Loader;
  readonly #invocations: Invocations;
  readonly #hooks: Hooks;
  readonly #validator: Validator;
  readonly #recorder: RegistryRecorder;
  readonly #listeners = new Set<(registry: Registry, before: Registry) => void>();
  #registry: Registry = createRegistry(0, { found: [], broken: [] });
  #scanned = new Map<string, FoundPlugin>();
  /** Paths that changed since the last scan began; absent when anything may have changed. */
  #touched: Set<string> | undefined;
  #scan: Promise<Registry> | undefined;
  #nextScan: Promise<Registry> | undefined;
  #stopWatching: (() => Promise<void>) | undefined;
  #disposing: Promise<void> | undefined;

  constructor(given: PluginHostOptions) {
    const options: PluginHostOptions = given.metrics === undefined ? given : { ...given, journal: counted(given) };
    this.#options = options;
    const admission = createAdmission(options);
    const invocations = createInvocations({
      options,
      admission,
      loader: () => this.#loader,
      hooks: () => this.#hooks,
    });
    this.#invocations = invocations;
    this.#hooks = createHooks({
      options,
      checkRunnable: ({ plugin }) => admission.checkRunnable(plugin),
      run: ({ plugin, hook }, registry, event, signal) =>
        invocations.start(`${qualifiedName(plugin)}@${plugin.manifest.version}`, hook.action, event, {
          kind: "host",
          registry,
          request: {
            invoker: { kind: "workflow", name: hook.event },
            limits: { timeout_ms: hookTimeoutMs },
            ...(signal === undefined ? {} : { signal }),
          },
        }),
    });
    this.#loader = createLoader({
      backends: options.backends,
      hostModules: options.hostModules,
      sha256: options.sha256,
      cache: options.cache,
      ...(options.artifacts === undefined ? {} : { artifacts: options.artifacts }),
      mayLoad: (plugin) => admission.checkRunnable(plugin).ok,
      onLoad: async (loaded, registry) => {
        const { plugin } = loaded;
        options.journal.append({
          ...subjectOf(plugin),
          kind: "plugin.load",
          content_hash: plugin.hash,
          path: plugin.path,
          scope: plugin.root.scope,
        });
        const outcome = await this.#runLifecycle(loaded, registry, "on_load");
        return outcome.ok ? succeed(undefined) : outcome;
      },
      onUnload: async (loaded, registry) => {
        const outcome = await this.#runLifecycle(loaded, registry, "on_unload");
        if (!outcome.ok) this.#recordError(loaded.plugin, outcome.error, "on_unload");
      },
    });
    options.metrics?.watchModules(() => this.#loader.statistics());
    this.#recorder = createRegistryRecorder({
      ...options,
      ...(options.findingMemory === undefined ? {} : { memory: options.findingMemory }),
    });
    this.#validator = createPluginValidator({ ...options, loader: this.#loader });
  }

  get registry(): Registry {
    return this.#registry;
  }

  statistics(): ModuleCacheStatistics {
    return this.#loader.statistics();
  }

  reload(): Promise<Registry> {
    this.#touched = undefined;
    return this.#rescan();
  }

  #rescan(): Promise<Registry> {
    if (this.#scan === undefined) {
      this.#scan = this.#scanNow()
        .catch((thrown: unknown) => {
          // Nobody knows how far it came.
          this.#touched = undefined;
          throw thrown;
        })
        .finally(() => {
          this.#scan = undefined;
        });
      return this.#scan;
    }
    // The scan under way may have read what has changed since: one more begins after it, for all who ask meanwhile.
    this.#nextScan ??= this.#scan
      .catch(() => undefined)
      .then(() => {
        this.#nextScan = undefined;
        return this.#rescan();
      });
    return this.#nextScan;
  }

  onRegistryChange(listener: (registry: Registry, before: Registry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async watch(): Promise<void> {
    const { watcher, roots, cache } = this.#options;
    if (watcher === undefined) return;
    let cancel: (() => void) | undefined;
    let firstMs = 0;
    const changed = (path: string): void => {
      this.#touched?.add(path);
      const time = cache.now();
      if (cancel === undefined) firstMs = time;
      cancel?.();
      const wait = Math.max(0, Math.min(quietMs, firstMs + longestStormMs - time));
      cancel = cache.schedule(wait, () => {
        cancel = undefined;
        if (this.#disposing === undefined) void this.#rescan().catch(() => undefined);
      });
    };
    const stop = await watcher.watch(
      roots.map(({ path }) => path),
      changed,
    );
    this.#stopWatching = async () => {
      cancel?.();
      await stop();
    };
  }

  invoke(reference: string, action: string, params: Value, request: RootRequest): InvocationHandle {
    return this.#invocations.start(reference, action, params, { kind: "root", request, registry: this.#registry });
  }

  attach(id: string): InvocationHandle | undefined {
    return this.#invocations.attach(id);
  }

  publish(event: NoteEvent): void {
    this.#hooks.announce(this.#registry, event);
  }

  settled(): Promise<void> {
    return this.#hooks.settled();
  }

  check(plugin: FoundPlugin): Promise<PluginVerdict> {
    return this.#validator.check(plugin, this.#registry);
  }

  async unload(name: string): Promise<Outcome<number>> {
    const found = this.#registry.find(name);
    if (!found.ok) return found;
    const plugin = found.value;
    const count = this.#loader.unload(plugin.hash);
    if (count > 0) this.#recorder.unloaded(plugin, "asked for");
    await this.#loader.forget(plugin, this.#registry);
    return succeed(count);
  }

  async restart(name: string): Promise<Outcome<void>> {
    const found = this.#registry.find(name);
    if (!found.ok) return found;
    if (this.#loader.unload(found.value.hash) > 0) this.#recorder.unloaded(found.value, "restart");
    await this.#loader.forget(found.value, this.#registry);
    const loaded = await this.#loader.load(found.value, this.#registry);
    if (!loaded.ok) return loaded;
    loaded.value.release();
    return succeed(undefined);
  }

  dispose(graceMs = 0): Promise<void> {
    this.#disposing ??= this.#disposeNow(graceMs);
    return this.#disposing;
  }

  async #disposeNow(graceMs: number): Promise<void> {
    this.#invocations.close();
    let cancel: (() => void) | undefined;
    const end = (): void => {
      this.#hooks.close();
      this.#invocations.cancelAll("the host shuts down");
    };
    if (graceMs === 0) end();
    else cancel = this.#options.cache.schedule(graceMs, end);
    await this.#stopWatching?.();
    await this.#invocations.drained();
    await this.#hooks.settled();
    cancel?.();
    this.#hooks.close();
    await this.#scan?.catch(() => undefined);
    await this.#loader.dispose();
    this.#listeners.clear();
  }

  async #scanNow(): Promise<Registry> {
    const { readLock } = this.#options;
    const known = this.#scanned;
    const touched = this.#touched;
    this.#touched = new Set();
    const discovery = await discoverPlugins(this.#options.roots, {
      ...this.#options,
      known: (path) => known.get(path),
      mayHaveChanged: (path) => touched === undefined || touched.size > manyPaths || isTouched(path, touched),
    });
    this.#scanned = new Map(discovery.found.map((plugin) => [plugin.path, plugin]));
    const locked = applyLock(discovery, await readLock?.());
    const valid = await this.#validator.validate(locked);
    const before = this.#registry;
    const registry = createRegistry(before.generation + 1, this.#keepObjects(valid.found, valid.broken));
    this.#registry = registry;
    await this.#recorder.record(registry, before);
    this.#freeWhatIsGone(registry, before);
    if (isChanged(registry, before)) {
      for (const listener of this.#listeners) {
        try {
          listener(registry, before);
        } catch {
          // A listener that fails keeps nobody from the new registry.
        }
      }
    }
    return registry;
  }

  // What did not change stays the same object: validators and keys that hang on it stay valid.
  #keepObjects(
    found: readonly FoundPlugin[],
    broken: readonly BrokenPlugin[],
  ): { readonly found: readonly FoundPlugin[]; readonly broken: readonly BrokenPlugin[] } {
    const old = new Map(this.#registry.all.map((plugin) => [plugin.path, plugin]));
    return {
      found: found.map((plugin) => {
        const same = old.get(plugin.path);
        const isSame =
          same?.manifest === plugin.manifest &&
          same.locked === plugin.locked &&
          same.warnings.length === plugin.warnings.length;
        return isSame ? same : plugin;
      }),
      broken,
    };
  }

  #freeWhatIsGone(registry: Registry, before: Registry): void {
    const kept = new Set(registry.all.map(({ hash }) => hash));
    for (const hash of new Set(before.all.map((plugin) => plugin.hash))) if (!kept.has(hash)) this.#loader.unload(hash);
  }

  async #runLifecycle(loaded: LoadedPlugin, registry: Registry, action: string): Promise<Outcome<Value>> {
    if (!loaded.plugin.manifest.actions.some(({ name }) => name === action)) return succeed(null);
    return this.#invocations.runOn(loaded, registry, action, object([]));
  }

  #recordError(plugin: FoundPlugin, error: ErrorValue, context: string): void {
    this.#options.journal.append({ ...subjectOf(plugin), kind: "error", error, context });
  }
}

const hookTimeoutMs = 5_000;
/** With more changed paths than this, reading everything is less work than looking who is concerned. */
const manyPaths = 200;

/** The journal, with metrics that see what it is told. */
function counted({ journal, metrics }: PluginHostOptions): PluginHostOptions["journal"] {
  return {
    append: (entry: JournalEntry) => {
      const number = journal.append(entry);
      try {
        metrics?.observe(entry);
      } catch {
        // An observer: what is recorded stands whether or not it was counted.
      }
      return number;
    },
    record: (entry) => journal.record(entry),
    flushed: () => journal.flushed(),
  };
}

// A folder is touched by what lies in it, and by what happens to a folder that it lies in.
function isTouched(path: string, touched: ReadonlySet<string>): boolean {
  for (const each of touched) if (each === path || isBelow(each, path) || isBelow(path, each)) return true;
  return false;
}

function isBelow(path: string, folder: string): boolean {
  const next = path[folder.length];
  return (next === "/" || next === "\\") && path.startsWith(folder);
}

function isChanged(registry: Registry, before: Registry): boolean {
  const describe = ({ all, broken }: Registry): string =>
    [
      ...all.map(({ path, hash, locked }) => `${path} ${hash} ${String(locked)}`),
      ...broken.map(({ path, error }) => `${path} ${error.message}`),
    ].join("\n");
  return describe(registry) !== describe(before);
}

function subjectOf({ manifest }: FoundPlugin): RecordSubject {
  return { execution_id: null, plugin: manifest.name, version: manifest.version, invoker: null };
}
