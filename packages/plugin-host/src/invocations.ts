// Running admitted invocations: hooks, loading, the call, validation of the result, the journal, and the handles.
import type { ErrorValue, InvocationHandle, Outcome, PluginInvoker, Value } from "@crucible/sandbox";
import { abortError, encodeValue, fail, succeed, toErrorValue } from "@crucible/sandbox";
import type { JournalEntry } from "@crucible/audit";
import { emptyTablesAsArrays } from "@crucible/manifest";
import type { Admission, Admitted, Origin } from "./admission.ts";
import { DeferredInvocation } from "./deferred-invocation.ts";
import type { Execution } from "./execution.ts";
import { principalOf } from "./execution.ts";
import { createFinishedInvocations } from "./finished-invocations.ts";
import type { Hooks } from "./hooks.ts";
import type { PluginHostOptions } from "./host-options.ts";
import type { LoadedPlugin, Loader } from "./load-plugin.ts";
import { createMediator } from "./mediate.ts";
import type { Registry } from "./registry.ts";
import { qualifiedName } from "./registry.ts";

export interface InvocationPowers {
  readonly options: PluginHostOptions;
  readonly admission: Admission;
  readonly loader: () => Loader;
  readonly hooks: () => Hooks;
}

export interface Invocations {
  /** Starts an action. Never throws: whatever is wrong is the outcome of the handle. */
  start(reference: string, action: string, params: Value, origin: Origin): InvocationHandle;
  /** Runs an action of an instance that is at hand, for the host itself. */
  runOn(loaded: LoadedPlugin, registry: Registry, action: string, params: Value): Promise<Outcome<Value>>;
  attach(id: string): InvocationHandle | undefined;
  readonly running: number;
  /** Refuses new invocations. */
  close(): void;
  /** Settles when nothing runs any more. */
  drained(): Promise<void>;
  cancelAll(reason: string): void;
}

const hostActionTimeoutMs = 5_000;
const keptBytes = 32 * 1024 * 1024;
const keptUnread = 32;

/** How an invocation ended, with the encoding of its value. */
interface Ended {
  readonly outcome: Outcome<Value>;
  readonly encoded?: Uint8Array | undefined;
}

export function createInvocations(powers: InvocationPowers): Invocations {
  const { options, admission } = powers;
  const { journal, digest, now } = options;
  const running = new Map<string, InvocationHandle>();
  const finished = createFinishedInvocations({
    entries: options.keptOutcomes ?? 1000,
    bytes: keptBytes,
    unread: keptUnread,
  });
  /** Actions around loading: they end by their own, short time-out and not by a shutdown, which waits for them. */
  const around = new Set<InvocationHandle>();
  let closed = false;

  const start = (
    reference: string,
    action: string,
    params: Value,
    origin: Origin,
    given?: LoadedPlugin,
  ): InvocationHandle => {
    const id = options.createId();
    const deferred = new DeferredInvocation(id);
    const { handle } = deferred;
    running.set(id, handle);
    if (given !== undefined) around.add(handle);
    const { signal } = origin.request;
    const cancel = (): void => handle.cancel(signal === undefined ? undefined : abortError(signal).message);
    if (signal?.aborted === true) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
    const run = async (): Promise<Ended> => {
      if (closed && origin.kind === "root")
        return { outcome: fail("host/unavailable", "Cannot invoke a plugin: the host shuts down") };
      const candidate = admission.admit(id, reference, action, params, origin);
      if (!candidate.ok) return { outcome: candidate };
      const admitted =
        "agree" in candidate.value ? await candidate.value.agree(deferred.signal) : succeed(candidate.value);
      if (!admitted.ok) return { outcome: admitted };
      if (deferred.cancelled !== undefined) return { outcome: { ok: false, error: deferred.cancelled } };
      return runAdmitted(admitted.value, deferred, given);
    };
    void run()
      .catch((thrown: unknown): Ended => ({ outcome: { ok: false, error: toErrorValue(thrown) } }))
      .then(({ outcome, encoded }) => {
        signal?.removeEventListener("abort", cancel);
        running.delete(id);
        around.delete(handle);
        deferred.settle(outcome);
        finished.keep(handle, outcome, encoded);
      });
    return handle;
  };

  const runAdmitted = async (
    admitted: Admitted,
    deferred: DeferredInvocation,
    given: LoadedPlugin | undefined,
  ): Promise<Ended> => {
    const { execution } = admitted;
    const { context, registry } = execution;
    const hooks = execution.quiet ? undefined : powers.hooks();
    const identifier = toolName(execution);
    let { params } = admitted;
    if (hooks?.has(registry, "tool:before") === true) {
      const gated = await hooks.gate(registry, "tool:before", identifier, params, execution.subject, deferred.signal);
      if (!gated.ok) return { outcome: { ok: false, error: named(gated.error, execution) } };
      if (gated.value !== params) {
        const checked = admitted.checkParams(gated.value);
        if (!checked.ok) return { outcome: checked };
        params = checked.value;
      }
      if (deferred.cancelled !== undefined) return { outcome: { ok: false, error: deferred.cancelled } };
    }
    const started = now();
    const encodedParams = encodeValue(params);
    if (!encodedParams.ok) return { outcome: encodedParams };
    const loaded =
      given === undefined
        ? await powers.loader().load(execution.plugin, registry)
        : succeed({ value: given, release: () => {} });
    try {
      journal.append({
        kind: "execution.start",
        action: context.action,
        artifact: loaded.ok ? loaded.value.value.artifact.hash : "",
        runtime: options.runtime,
        parameters: digest(encodedParams.value),
        seed: String(execution.seed),
        limits: execution.limits,
        chain: execution.chain.map((principal) => principal.plugin),
        root_execution_id: context.rootExecutionId,
        parent_execution_id: context.parentExecutionId,
        task_id: context.taskId,
        attempt: context.attempt,
        session: context.session,
        ...execution.subject,
      });
      let call: InvocationHandle | undefined;
      let outcome: Outcome<Value>;
      let returned: Outcome<Value> | undefined;
      if (loaded.ok) {
        call = startCall(loaded.value.value, admitted, params, encodedParams.value);
        deferred.follow(call);
        returned = await call.outcome;
        outcome = checkResult(returned, admitted);
      } else outcome = { ok: false, error: named(loaded.error, execution) };
      if (hooks !== undefined)
        outcome = await raiseAfter(hooks, identifier, admitted, params, outcome, started, deferred);
      // Checking and hooks leave most values as the guest returned them.
      const known = outcome.ok && returned?.ok === true && outcome.value === returned.value;
      const ended = { outcome, encoded: (known ? call?.encodedValue?.() : undefined) ?? encodedResult(outcome) };
      recordEnd(execution, ended, call, now() - started);
      if (!outcome.ok) await noteCrash(execution, outcome.error);
      const flushed = await journal.flushed();
      return flushed.ok ? ended : { outcome: flushed };
    } finally {
      // Also where the journal refuses: a lease that stays keeps the host from closing.
      if (loaded.ok) loaded.value.release();
    }
  };

  const startCall = (
    loaded: LoadedPlugin,
    { execution, rootLimits }: Admitted,
    params: Value,
    encodedParams: Uint8Array,
  ): InvocationHandle => {
    const invoker: PluginInvoker = {
      invoke: (name, action, nestedParams, request) =>
        start(name, action, nestedParams, {
          kind: "nested",
          request: request ?? {},
          registry: execution.registry,
          caller: execution,
          rootLimits,
        }),
    };
    return loaded.instance.call({
      action: execution.context.action,
      params,
      encodedParams,
      context: execution.context,
      limits: execution.limits,
      seed: execution.seed,
      startTime: execution.lastTime,
      host: createMediator(options, loaded.functions, execution, invoker),
    });
  };

  // The outcome may be changed by who may intercept; what comes out is held against the schema again.
  const raiseAfter = async (
    hooks: Hooks,
    identifier: string,
    admitted: Admitted,
    params: Value,
    outcome: Outcome<Value>,
    started: number,
    deferred: DeferredInvocation,
  ): Promise<Outcome<Value>> => {
    const { registry, subject } = admitted.execution;
    const durationMs = now() - started;
    if (!outcome.ok) {
      hooks.observe(registry, "tool:error", identifier, {
        error: { code: outcome.error.code, message: outcome.error.message },
        arguments: params,
        duration_ms: durationMs,
      });
      return outcome;
    }
    if (!hooks.has(registry, "tool:after")) return outcome;
    const changed = await hooks.stage(registry, identifier, outcome.value, durationMs, subject, deferred.signal);
    return changed === outcome.value ? outcome : checkResult(succeed(changed), admitted);
  };

  const recordEnd = (
    execution: Execution,
    { outcome, encoded }: Ended,
    call: InvocationHandle | undefined,
    durationMs: number,
  ): void => {
    const usage = call?.usage?.();
    // Spreading last, here and on all of this way: on Node 20 what follows a spread makes a hidden class of its own each time.
    journal.append({
      kind: "execution.end",
      duration_ms: durationMs,
      host_calls: execution.hostCalls,
      ...execution.subject,
      ...(outcome.ok ? { status: "ok" } : { status: "error", error: outcome.error }),
      ...(encoded === undefined ? {} : { result: digest(encoded) }),
      ...(usage === undefined || usage.memoryBytes === 0 ? {} : { memory_bytes: usage.memoryBytes }),
      ...(usage?.fuel === undefined ? {} : { fuel: usage.fuel }),
    } satisfies JournalEntry);
  };

  // A plugin that takes its guest or its thread down again and again is stopped, like one that keeps trying what it may not.
  const noteCrash = async ({ plugin }: Execution, { code, message }: ErrorValue): Promise<void> => {
    if (code !== "guest/trap" && code !== "thread/crashed") return;
    await options.quarantine.note(principalOf(plugin), `it crashed: ${message}`);
  };

  return {
    start,
    runOn: async (loaded, registry, action, params) => {
      const { manifest } = loaded.plugin;
      const reference = `${qualifiedName(loaded.plugin)}@${manifest.version}`;
      return start(
        reference,
        action,
        params,
        {
          kind: "host",
          registry: { ...registry, find: () => succeed(loaded.plugin) },
          request: {
            invoker: { kind: "plugin", name: manifest.name },
            limits: { timeout_ms: hostActionTimeoutMs },
          },
        },
        loaded,
      ).outcome;
    },
    attach: (id) => running.get(id) ?? finished.find(id),
    get running() {
      return running.size;
    },
    close: () => {
      closed = true;
    },
    drained: async () => {
      while (running.size > 0) await Promise.all([...running.values()].map(({ outcome }) => outcome));
    },
    cancelAll: (reason) => {
      for (const handle of running.values()) if (!around.has(handle)) handle.cancel(reason);
    },
  };
}

function encodedResult(outcome: Outcome<Value>): Uint8Array | undefined {
  const encoded = outcome.ok ? encodeValue(outcome.value) : undefined;
  return encoded?.ok === true ? encoded.value : undefined;
}

/** The name under which an invocation appears in events: that of the tool. */
function toolName({ plugin, context }: Execution): string {
  return context.action === "main" ? qualifiedName(plugin) : `${qualifiedName(plugin)}.${context.action}`;
}

function checkResult(outcome: Outcome<Value>, { execution, result }: Admitted): Outcome<Value> {
  if (!outcome.ok) return { ok: false, error: named(outcome.error, execution) };
  if (result === undefined) return outcome;
  const returned = execution.action.returns ?? true;
  const isLua = execution.plugin.manifest.language === "lua";
  return result(isLua ? emptyTablesAsArrays(returned, outcome.value) : outcome.value);
}

function named(error: ErrorValue, { plugin, context }: Execution): ErrorValue {
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
