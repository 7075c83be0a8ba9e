// The plugin host: one immutable registry at a time, invocations through every gate, and their handles.
// Each gate fails closed; the order of gates is that of `admit`.
import type {
  Backend,
  ErrorValue,
  HostModule,
  InvocationContext,
  InvocationHandle,
  Invoker,
  Limits,
  NestedRequest,
  Outcome,
  PluginInvoker,
  Value,
} from "@crucible/sandbox";
import {
  abortError,
  CrucibleError,
  defaultLimits,
  encodeValue,
  fail,
  nestedContext,
  succeed,
  toErrorValue,
} from "@crucible/sandbox";
import type { Journal, RecordSubject } from "@crucible/audit";
import type { ArtifactStore, ModuleCacheOptions, ModuleCacheStatistics } from "@crucible/cache";
import type { Authority, Quarantine, RateLimiter, TrustStore } from "@crucible/capabilities";
import type { DeclaredAction, Validator } from "@crucible/manifest";
import { createValidator, emptyTablesAsArrays } from "@crucible/manifest";
import { createDeferredInvocation } from "./deferred-invocation.ts";
import type { DiscoverPowers, FoundPlugin } from "./discover.ts";
import { discoverPlugins } from "./discover.ts";
import type { Execution } from "./execution.ts";
import { principalOf } from "./execution.ts";
import type { LoadedPlugin, Loader } from "./load-plugin.ts";
import { createLoader } from "./load-plugin.ts";
import { createMediator } from "./mediate.ts";
import type { PluginRoot } from "./plugin-root.ts";
import { isTrustedByPlace } from "./plugin-root.ts";
import type { Registry } from "./registry.ts";
import { createRegistry, qualifiedName } from "./registry.ts";

export interface PluginHostOptions extends DiscoverPowers {
  readonly roots: readonly PluginRoot[];
  readonly backends: readonly Backend[];
  readonly hostModules: readonly HostModule[];
  readonly journal: Pick<Journal, "append" | "flushed" | "record">;
  readonly authority: Authority;
  readonly trust: TrustStore;
  readonly quarantine: Quarantine;
  readonly rateLimiter: RateLimiter;
  /** Keeps compiled artifacts between processes. */
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
  /** Finished invocations whose handles `attach` still finds; 1,000 by default. */
  readonly keptHandles?: number;
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

export interface PluginHost {
  readonly registry: Registry;
  /** Scans the roots again; running invocations keep the registry that they started with. */
  reload(): Promise<Registry>;
  /**
   * Starts an action. Never throws: whatever is wrong is the outcome of the handle.
   *
   * @param reference `plugin`, `namespace/plugin`, either with `@range`
   */
  invoke(reference: string, action: string, params: Value, request: RootRequest): InvocationHandle;
  /** The handle of a running or recently finished invocation. */
  attach(id: string): InvocationHandle | undefined;
  /** Compiles a plugin without running it. */
  check(plugin: FoundPlugin): Promise<Outcome<readonly ErrorValue[]>>;
  /** Frees what is loaded of a plugin; running calls finish first. The number of freed instances. */
  unload(name: string): Promise<Outcome<number>>;
  /** What is loaded, and why instances were freed. */
  statistics(): ModuleCacheStatistics;
  /** Cancels running invocations and frees everything. Repeated calls have no effect. */
  dispose(): Promise<void>;
}

/** Makes a host and scans its roots. */
export async function createPluginHost(options: PluginHostOptions): Promise<PluginHost> {
  const host = new Host(options);
  await host.reload();
  return host;
}

class Host implements PluginHost {
  readonly #options: PluginHostOptions;
  readonly #loader: Loader;
  readonly #handles = new Map<string, InvocationHandle>();
  readonly #running = new Set<InvocationHandle>();
  readonly #validators = new WeakMap<
    DeclaredAction,
    { readonly params: Validator; readonly result: Validator | undefined }
  >();
  #registry: Registry = createRegistry(0, { found: [], broken: [] });
  #disposed = false;

  constructor(options: PluginHostOptions) {
    this.#options = options;
    this.#loader = createLoader({
      backends: options.backends,
      hostModules: options.hostModules,
      sha256: options.sha256,
      cache: options.cache,
      ...(options.artifacts === undefined ? {} : { artifacts: options.artifacts }),
      onLoad: ({ plugin }) => {
        options.journal.append({
          ...subjectOf(plugin),
          kind: "plugin.load",
          content_hash: plugin.hash,
          path: plugin.path,
          scope: plugin.root.scope,
        });
      },
    });
  }

  get registry(): Registry {
    return this.#registry;
  }

  statistics(): ModuleCacheStatistics {
    return this.#loader.statistics();
  }

  async reload(): Promise<Registry> {
    const discovery = await discoverPlugins(this.#options.roots, this.#options);
    const registry = createRegistry(this.#registry.generation + 1, discovery);
    const known = new Set(this.#registry.overrides.map(describeOverride));
    for (const override of registry.overrides) {
      if (known.has(describeOverride(override))) continue;
      const { winner, loser, reason } = override;
      this.#options.journal.append({
        ...subjectOf(winner),
        kind: "plugin.override",
        winner: winner.path,
        loser: loser.path,
        reason,
      });
    }
    const before = this.#registry;
    this.#registry = registry;
    const kept = new Set(registry.all.map(({ hash }) => hash));
    for (const hash of new Set(before.all.map((plugin) => plugin.hash))) if (!kept.has(hash)) this.#loader.unload(hash);
    return registry;
  }

  invoke(reference: string, action: string, params: Value, request: RootRequest): InvocationHandle {
    return this.#start(reference, action, params, { kind: "root", request, registry: this.#registry });
  }

  attach(id: string): InvocationHandle | undefined {
    return this.#handles.get(id);
  }

  async check(plugin: FoundPlugin): Promise<Outcome<readonly ErrorValue[]>> {
    const compiled = await this.#loader.check(plugin, this.#registry);
    return compiled.ok ? succeed([]) : compiled;
  }

  async unload(name: string): Promise<Outcome<number>> {
    const found = this.#registry.find(name);
    if (!found.ok) return found;
    const plugin = found.value;
    const count = this.#loader.unload(plugin.hash);
    if (count > 0)
      this.#options.journal.append({
        ...subjectOf(plugin),
        kind: "plugin.unload",
        content_hash: plugin.hash,
        reason: "asked for",
      });
    return succeed(count);
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const handle of this.#running) handle.cancel("the host shuts down");
    await Promise.all([...this.#running].map(({ outcome }) => outcome));
    await this.#loader.dispose();
  }

  #start(reference: string, action: string, params: Value, origin: Origin): InvocationHandle {
    const id = this.#options.createId();
    const deferred = createDeferredInvocation(id);
    const { handle } = deferred;
    this.#running.add(handle);
    this.#remember(handle);
    const signal = origin.request.signal;
    const cancel = (): void => handle.cancel(signal === undefined ? undefined : abortError(signal).message);
    if (signal?.aborted === true) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
    const run = async (): Promise<Outcome<Value>> => {
      if (this.#disposed) return fail("host/unavailable", "Cannot invoke a plugin: the host shuts down");
      const admitted = await this.#admit(id, reference, action, params, origin);
      if (!admitted.ok) return admitted;
      if (deferred.signal.aborted) return { ok: false, error: abortError(deferred.signal) };
      return this.#run(admitted.value, deferred.follow);
    };
    void run()
      .catch((thrown: unknown): Outcome<Value> => ({ ok: false, error: toErrorValue(thrown) }))
      .then((outcome) => {
        signal?.removeEventListener("abort", cancel);
        this.#running.delete(handle);
        deferred.settle(outcome);
      });
    return handle;
  }

  // Every gate before the guest runs: name, action, trust, quarantine, parameters, rate, depth.
  async #admit(
    id: string,
    reference: string,
    actionName: string,
    params: Value,
    origin: Origin,
  ): Promise<Outcome<Admitted>> {
    const { options, registry } = { options: this.#options, registry: origin.registry };
    const found = registry.find(reference);
    if (!found.ok) return found;
    const plugin = found.value;
    const { manifest } = plugin;
    const name = reference.split("@")[0] ?? reference;
    const action = manifest.actions.find((each) => each.name === actionName);
    if (action === undefined || manifest.kind === "library")
      return fail("plugin/action-not-found", `Action '${actionName}' not found in plugin '${name}'`, {
        plugin: manifest.name,
      });
    const trusted = this.#checkTrust(plugin);
    if (!trusted.ok) return trusted;
    const free = options.quarantine.check(principalOf(plugin));
    if (!free.ok) return free;
    const limits: Limits = { ...defaultLimits, ...manifest.limits };
    const narrowed =
      origin.kind === "root"
        ? narrow(limits, origin.request.limits)
        : narrow(limits, nestedLimits(origin, options.now()));
    if (origin.kind === "nested" && origin.caller.context.depth + 1 > origin.rootLimits.call_depth) {
      return fail(
        "limit/depth",
        `Cannot call "${manifest.name}": plugin calls nest deeper than ${origin.rootLimits.call_depth}`,
        {
          limit: { limit: origin.rootLimits.call_depth, used: origin.caller.context.depth + 1, unit: "calls" },
        },
      );
    }
    const validators = this.#validatorsOf(plugin, action);
    const checked = validators.params(params);
    if (!checked.ok) return checked;
    if (origin.kind === "root") {
      const allowed = options.rateLimiter.take(`${plugin.root.home} ${manifest.name}`, limits);
      if (!allowed.ok) return allowed;
    }
    const context = this.#contextOf(id, plugin, actionName, narrowed, origin);
    const subject: RecordSubject = {
      execution_id: id,
      plugin: manifest.name,
      version: manifest.version,
      invoker: context.invoker,
    };
    const chain = [...(origin.kind === "nested" ? origin.caller.chain : []), principalOf(plugin)];
    const seed = origin.kind === "root" ? (origin.request.seed ?? options.randomSeed()) : options.randomSeed();
    const execution: Execution = {
      context,
      plugin,
      action,
      registry,
      chain,
      limits: narrowed,
      seed,
      subject,
      lastTime: options.now(),
      hostCalls: 0,
    };
    return succeed({
      execution,
      params: checked.value,
      result: validators.result,
      rootLimits: origin.kind === "root" ? narrowed : origin.rootLimits,
    });
  }

  async #run(admitted: Admitted, follow: (call: InvocationHandle) => void): Promise<Outcome<Value>> {
    const { execution } = admitted;
    const { journal, digest, now } = this.#options;
    const { context, limits, plugin, seed, subject } = execution;
    const started = now();
    const encoded = encodeValue(admitted.params);
    if (!encoded.ok) return encoded;
    const loaded = await this.#loader.load(plugin, execution.registry);
    journal.append({
      ...subject,
      kind: "execution.start",
      action: context.action,
      artifact: loaded.ok ? loaded.value.value.artifact.hash : "",
      runtime: this.#options.runtime,
      parameters: digest(encoded.value),
      seed: String(seed),
      limits,
      chain: execution.chain.map((principal) => principal.plugin),
      root_execution_id: context.rootExecutionId,
      parent_execution_id: context.parentExecutionId,
      task_id: context.taskId,
      attempt: context.attempt,
      session: context.session,
    });
    const outcome = loaded.ok
      ? await this.#call(loaded.value.value, admitted, follow).finally(() => loaded.value.release())
      : { ok: false as const, error: this.#named(loaded.error, execution) };
    const result = outcome.ok ? encodeValue(outcome.value) : undefined;
    journal.append({
      ...subject,
      kind: "execution.end",
      ...(outcome.ok ? { status: "ok" } : { status: "error", error: outcome.error }),
      ...(result?.ok === true ? { result: digest(result.value) } : {}),
      duration_ms: now() - started,
      host_calls: execution.hostCalls,
    });
    const flushed = await journal.flushed();
    return flushed.ok ? outcome : flushed;
  }

  async #call(
    loaded: LoadedPlugin,
    admitted: Admitted,
    follow: (call: InvocationHandle) => void,
  ): Promise<Outcome<Value>> {
    const { execution } = admitted;
    const invoker: PluginInvoker = {
      invoke: (name, action, params, request) =>
        this.#start(name, action, params, {
          kind: "nested",
          request: request ?? {},
          registry: execution.registry,
          caller: execution,
          rootLimits: admitted.rootLimits,
        }),
    };
    const call = loaded.instance.call({
      action: execution.context.action,
      params: admitted.params,
      context: execution.context,
      limits: execution.limits,
      seed: execution.seed,
      startTime: execution.lastTime,
      host: createMediator({ ...this.#options, functions: loaded.functions }, execution, invoker),
    });
    follow(call);
    const outcome = await call.outcome;
    if (!outcome.ok) return { ok: false, error: this.#named(outcome.error, execution) };
    if (admitted.result === undefined) return outcome;
    const returned = execution.action.returns ?? true;
    const isLua = execution.plugin.manifest.language === "lua";
    return admitted.result(isLua ? emptyTablesAsArrays(returned, outcome.value) : outcome.value);
  }

  // A kiln's plugins run after the user has trusted this very content; one's own folders are trusted by being one's own.
  #checkTrust(plugin: FoundPlugin): Outcome<void> {
    if (isTrustedByPlace(plugin.root.scope)) return succeed(undefined);
    const { manifest } = plugin;
    const assessed = this.#options.trust.assess({
      plugin: manifest.name,
      home: plugin.root.home,
      claims: plugin.claims,
      dependencies: manifest.dependencies,
      limits: manifest.limits,
      path: plugin.path,
      hash: plugin.hash,
    });
    if (!assessed.ok) return assessed;
    if (assessed.value.kind === "trusted") return succeed(undefined);
    const { changes, previous } = assessed.value;
    const reason = previous === undefined ? "its content has not been trusted yet" : "it changed since it was trusted";
    return fail("plugin/untrusted", `Cannot run "${manifest.name}": ${reason}`, {
      plugin: manifest.name,
      hint: `Read ${plugin.entryPath}, then: cru plugins trust ${manifest.name}`,
      changes: changes.map(({ text }) => text),
    });
  }

  #contextOf(id: string, plugin: FoundPlugin, action: string, limits: Limits, origin: Origin): InvocationContext {
    const { manifest } = plugin;
    const deadline = this.#options.now() + limits.timeout_ms;
    const own = { executionId: id, plugin: manifest.name, version: manifest.version, action, deadline };
    const { taskId, attempt } = origin.request;
    if (origin.kind === "nested") {
      return nestedContext(origin.caller.context, {
        ...own,
        ...(taskId === undefined ? {} : { taskId }),
        ...(attempt === undefined ? {} : { attempt }),
      });
    }
    const { invoker, session, traceparent } = origin.request;
    return {
      ...own,
      taskId: taskId ?? id,
      attempt: attempt ?? 1,
      invoker,
      session: session ?? null,
      rootExecutionId: id,
      parentExecutionId: null,
      depth: 0,
      traceparent: traceparent ?? null,
    };
  }

  #validatorsOf(
    plugin: FoundPlugin,
    action: DeclaredAction,
  ): { readonly params: Validator; readonly result: Validator | undefined } {
    let validators = this.#validators.get(action);
    if (validators === undefined) {
      const name = action.name === "main" ? qualifiedName(plugin) : `${qualifiedName(plugin)}.${action.name}`;
      validators = {
        params: createValidator(action.parameters, {
          code: "invocation/invalid-parameters",
          subject: `the parameters of "${name}"`,
        }),
        result:
          action.returns === undefined || action.returns === true
            ? undefined
            : createValidator(action.returns, {
                code: "invocation/invalid-result",
                subject: `the result of "${name}"`,
              }),
      };
      this.#validators.set(action, validators);
    }
    return validators;
  }

  #named(error: ErrorValue, { plugin, context }: Execution): ErrorValue {
    return {
      ...error,
      details: {
        plugin: plugin.manifest.name,
        version: plugin.manifest.version,
        action: context.action,
        ...error.details,
      },
    };
  }

  #remember(handle: InvocationHandle): void {
    this.#handles.set(handle.id, handle);
    const kept = this.#options.keptHandles ?? 1000;
    for (const [id, old] of this.#handles) {
      if (this.#handles.size <= kept) return;
      if (!this.#running.has(old)) this.#handles.delete(id);
    }
  }
}

type Origin =
  | { readonly kind: "root"; readonly request: RootRequest; readonly registry: Registry }
  | {
      readonly kind: "nested";
      readonly request: NestedRequest;
      readonly registry: Registry;
      readonly caller: Execution;
      readonly rootLimits: Limits;
    };

interface Admitted {
  readonly execution: Execution;
  readonly params: Value;
  readonly result: Validator | undefined;
  readonly rootLimits: Limits;
}

function nestedLimits({ caller, request }: Extract<Origin, { kind: "nested" }>, now: number): Partial<Limits> {
  const left = Math.max(1, caller.context.deadline - now);
  return { timeout_ms: Math.min(left, request.timeoutMs ?? left) };
}

function narrow(limits: Limits, by: Partial<Limits> | undefined): Limits {
  if (by === undefined) return limits;
  const narrowed: Record<string, number> = { ...limits };
  for (const [name, value] of Object.entries(by)) {
    if (!Number.isFinite(value) || value <= 0)
      throw new CrucibleError("host/invalid-argument", `Cannot set the limit ${name} to ${value}`);
    narrowed[name] = Math.min(value, narrowed[name] ?? value);
  }
  return { ...limits, ...narrowed };
}

function subjectOf({ manifest }: FoundPlugin): RecordSubject {
  return { execution_id: null, plugin: manifest.name, version: manifest.version, invoker: null };
}

function describeOverride({ winner, loser }: Registry["overrides"][number]): string {
  return `${winner.path} ${loser.path}`;
}
