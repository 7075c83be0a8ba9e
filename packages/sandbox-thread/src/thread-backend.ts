// Makes a backend of an engine: compiles in workers, instantiates, calls. Used by every backend package.
import type {
  Artifact,
  Backend,
  BackendFeatures,
  CallRequest,
  Instance,
  InstanceOptions,
  InvocationHandle,
  Language,
  LimitName,
  Outcome,
  SourceUnit,
} from "@crucible/sandbox";
import { fail, listHostFunctions, settledInvocation, succeed } from "@crucible/sandbox";
import type { CompiledSource } from "./engine.ts";
import type { PoolWorker, ThreadPool } from "./pool.ts";
import type { CallTarget } from "./running-call.ts";
import { startCall } from "./running-call.ts";
import type { Timer } from "./powers.ts";

export interface ThreadBackendOptions {
  readonly id: string;
  readonly language: Language;
  readonly extensions: readonly string[];
  readonly abi: string;
  readonly limits: readonly LimitName[];
  readonly features: BackendFeatures;
  /** Module that exports `createEngine`, loaded in each worker on first use. */
  readonly engineUrl: URL;
  /** Posted to `createEngine`, for example a compiled WebAssembly module: sharing it shares its optimised code. */
  readonly shared: unknown;
  /** The engine polls `interrupt` at least every few milliseconds. */
  readonly polls: boolean;
  readonly pool: ThreadPool;
  /** Lower-case hexadecimal SHA-256. */
  readonly sha256: (bytes: Uint8Array) => string;
  /** Checks an artifact and turns it into what `Engine.load` gets, for example a compiled module. Runs on the main thread. */
  readonly prepare: (artifact: Artifact, options: InstanceOptions) => Outcome<unknown> | Promise<Outcome<unknown>>;
  /** Milliseconds that a compilation may take; by default 10,000. */
  readonly compileTimeoutMs?: number;
}

const compileMemoryBytes = 64 * 1024 * 1024;

/** A `Backend` (see its contract) over an engine and a pool. Disposing of it leaves the pool to its owner. */
export function createThreadBackend(options: ThreadBackendOptions): Backend {
  const instances = new Set<OwnedInstance>();
  let disposed = false;
  const unavailable = (): ReturnType<typeof fail> =>
    fail("host/unavailable", `Cannot use the backend "${options.id}": it was disposed of`);

  return {
    id: options.id,
    language: options.language,
    extensions: options.extensions,
    abi: options.abi,
    limits: options.limits,
    features: options.features,
    compile: async (source) => {
      if (disposed) return unavailable();
      const compiled = await compileInWorker(options, source);
      if (!compiled.ok) return compiled;
      const { bytes, ...rest } = compiled.value;
      return succeed({
        backend: options.id,
        abi: options.abi,
        file: source.file,
        hash: options.sha256(bytes),
        bytes,
        ...rest,
      });
    },
    instantiate: async (artifact, instanceOptions) => {
      if (disposed) return unavailable();
      if (artifact.backend !== options.id || artifact.abi !== options.abi) {
        return fail(
          "compile/artifact-rejected",
          `Cannot load the artifact: it is for ${artifact.backend} ${artifact.abi}, this is ${options.id} ${options.abi}`,
        );
      }
      if (options.sha256(artifact.bytes) !== artifact.hash)
        return fail("compile/artifact-rejected", "Cannot load the artifact: its bytes do not match its hash");
      const payload = await options.prepare(artifact, instanceOptions);
      if (!payload.ok) return payload;
      const owned = createInstance(options, artifact, instanceOptions, payload.value, () => instances.delete(owned));
      instances.add(owned);
      return succeed(owned.instance);
    },
    dispose: async () => {
      if (disposed) return;
      disposed = true;
      await Promise.all(
        [...instances].map(async ({ instance, cancelCalls }) => {
          const disposing = instance.dispose();
          cancelCalls();
          await disposing;
        }),
      );
    },
  };
}

interface OwnedInstance {
  readonly instance: Instance;
  readonly cancelCalls: () => void;
}

function createInstance(
  options: ThreadBackendOptions,
  artifact: Artifact,
  instanceOptions: InstanceOptions,
  payload: unknown,
  forget: () => void,
): OwnedInstance {
  const { pool } = options;
  const { plugin, version, modules, memoryBytes } = instanceOptions;
  const target: CallTarget = {
    id: pool.nextNumber(),
    backend: options.id,
    engineUrl: options.engineUrl.href,
    shared: options.shared,
    setup: { plugin, version, payload, modules, memoryBytes },
    artifact,
    functions: modules.flatMap((module) =>
      listHostFunctions(module).map(({ name }) => ({ module: module.name, name })),
    ),
    polls: options.polls,
    file: artifact.file,
  };
  const active = new Set<InvocationHandle>();
  let disposing: Promise<void> | undefined;

  const instance: Instance = {
    call: (request) => {
      const { executionId } = request.context;
      if (disposing !== undefined)
        return settledInvocation(
          executionId,
          fail("host/unavailable", `Cannot call "${plugin}": its instance was disposed of`),
        );
      if (request.limits.memory_bytes < memoryBytes) {
        return settledInvocation(
          executionId,
          fail(
            "host/invalid-argument",
            `Cannot call "${plugin}": the instance was made for ${memoryBytes} bytes of memory, the call allows ${request.limits.memory_bytes}`,
          ),
        );
      }
      return track(request);
    },
    dispose: () => {
      disposing ??= Promise.all([...active].map((handle) => handle.outcome)).then(() => {
        pool.broadcast({ kind: "unload", instance: target.id });
        forget();
      });
      return disposing;
    },
  };

  function track(request: CallRequest): InvocationHandle {
    const { executionId, parentExecutionId } = request.context;
    const parent = parentExecutionId === null ? undefined : pool.running.get(parentExecutionId);
    const { control, job } = startCall(pool, target, request, parent);
    const { handle } = control;
    active.add(handle);
    pool.running.set(executionId, job);
    void handle.outcome.then(() => {
      active.delete(handle);
      if (pool.running.get(executionId) === job) pool.running.delete(executionId);
    });
    return handle;
  }

  return {
    instance,
    cancelCalls: () => {
      for (const handle of active) handle.cancel("its backend was disposed of");
    },
  };
}

function compileInWorker(options: ThreadBackendOptions, source: SourceUnit): Promise<Outcome<CompiledSource>> {
  const { pool } = options;
  const timeoutMs = options.compileTimeoutMs ?? 10_000;
  const sequence = pool.nextNumber();
  return new Promise((resolve) => {
    let worker: PoolWorker | undefined;
    let timer: Timer | undefined;
    let startedMs = 0;
    const end = (outcome: Outcome<CompiledSource>): void => {
      timer?.cancel();
      worker = undefined;
      pool.observer.jobEnded({
        kind: "compile",
        backend: options.id,
        plugin: source.file,
        durationMs: pool.powers.monotonicMs() - startedMs,
        memoryBytes: 0,
        fuel: undefined,
        outcome: outcome.ok ? "ok" : outcome.error.code,
      });
      resolve(outcome);
    };
    pool.submit({
      // A nested call may be what waits for it, so that it must not queue behind root calls; it never waits itself.
      nested: true,
      memoryBytes: compileMemoryBytes,
      instance: undefined,
      children: 0,
      start: (slot) => {
        worker = slot;
        startedMs = pool.powers.monotonicMs();
        if (!slot.engines.has(options.id)) {
          slot.engines.add(options.id);
          slot.post({ kind: "engine", engine: options.id, url: options.engineUrl.href, shared: options.shared });
        }
        slot.post({ kind: "compile", sequence, engine: options.id, source });
        timer = pool.powers.setTimer(timeoutMs, () => {
          slot.replace();
          end(
            fail("limit/deadline", `Compiling "${source.file}" took longer than ${timeoutMs} ms`, {
              limit: { limit: timeoutMs, used: timeoutMs, unit: "ms" },
            }),
          );
        });
      },
      receive: (message) => {
        if (message.kind !== "compiled" || message.sequence !== sequence) return;
        const slot = worker;
        end(message.outcome);
        slot?.release();
      },
      crashed: (reason) => end(fail("thread/crashed", `The compiler's thread ended: ${reason}`)),
      refused: (error) => end({ ok: false, error }),
    });
  });
}
