// What the tests of this package share: a pool with real threads, and a backend over the script engine.
import { createHash } from "node:crypto";
import type {
  Backend,
  CallRequest,
  HostAnswer,
  HostModuleDeclaration,
  Instance,
  InvocationContext,
  InvocationHandle,
  Limits,
  Value,
} from "@crucible/sandbox";
import { defaultLimits, succeed, unwrap, rootContext } from "@crucible/sandbox";
import type { PoolObserver, PoolOptions, ThreadPool } from "@crucible/sandbox-thread";
import { createNodeThreadPowers, createThreadBackend, createThreadPool } from "@crucible/sandbox-thread";

const hostModule: HostModuleDeclaration = {
  name: "m",
  summary: "A module.",
  functions: ["first", "second"].map((name) => ({
    name,
    summary: "Answers.",
    parameters: [],
    returns: true,
    capability: null,
    effect: "none",
    cost: 1,
  })),
};

export interface Subject {
  readonly pool: ThreadPool;
  readonly backend: Backend;
  readonly instance: Instance;
  call(action: string, params?: Value, options?: CallOptions): InvocationHandle;
  dispose(): Promise<void>;
}

export interface CallOptions {
  readonly limits?: Partial<Limits>;
  readonly context?: Partial<InvocationContext>;
  readonly host?: NonNullable<CallRequest["host"]>["call"];
}

let executions = 0;

export async function createSubject(
  options: Partial<PoolOptions> & {
    readonly polls?: boolean;
    readonly observer?: PoolObserver;
    readonly memoryBytes?: number;
    /** How long the engine takes to open in a new worker. */
    readonly openMs?: number;
  } = {},
): Promise<Subject> {
  const { polls = false, memoryBytes = 4 * 1024 * 1024, openMs = 0, ...poolOptions } = options;
  const pool = createThreadPool({ powers: createNodeThreadPowers(), ...poolOptions });
  const backend = createThreadBackend({
    id: "script",
    language: "wasm",
    extensions: [".script"],
    abi: "1",
    limits: ["memory_bytes", "timeout_ms"],
    features: { traps: true, fuel: false, artifacts: "local" },
    engineUrl: new URL("engines/script-engine.mjs", import.meta.url),
    shared: { openMs },
    polls,
    pool,
    sha256: (bytes) => createHash("sha256").update(bytes).digest("hex"),
    prepare: () => succeed(null),
    compileTimeoutMs: 500,
  });
  const artifact = unwrap(await backend.compile({ file: "a.script", text: "ok", firstLine: 1, modules: [hostModule] }));
  const instance = unwrap(
    await backend.instantiate(artifact, { plugin: "p", version: "1.0.0", modules: [hostModule], memoryBytes }),
  );
  return {
    pool,
    backend,
    instance,
    call: (action, params = null, { limits, context, host } = {}) => {
      const executionId = `e${++executions}`;
      return instance.call({
        action,
        params,
        context: {
          ...rootContext({
            executionId,
            plugin: "p",
            version: "1.0.0",
            action,
            invoker: { kind: "user", name: "test" },
            deadline: 0,
          }),
          ...context,
        },
        limits: { ...defaultLimits, memory_bytes: memoryBytes, ...limits },
        seed: 7n,
        startTime: 1000,
        host: {
          call:
            host ?? ((request): Promise<HostAnswer> => Promise.resolve({ outcome: succeed(request.args), time: 2000 })),
        },
      });
    },
    dispose: async () => {
      await backend.dispose();
      await pool.dispose();
    },
  };
}
