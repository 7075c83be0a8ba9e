// The Lua backend: the engine's description for sandbox-thread, which owns threads, deadlines and snapshots.
import type { Backend } from "@crucible/sandbox";
import { succeed } from "@crucible/sandbox";
import type { ThreadPool } from "@crucible/sandbox-thread";
import { createThreadBackend } from "@crucible/sandbox-thread";
import { decodeProgram } from "./program.ts";
import { adaptRuntime } from "./runtime.ts";

/** Changes whenever the runtime's file, the prelude's meaning or the artifact's form changes. */
const abi = "lua-5.4/wasmoon-1.16.0/1";

export interface LuaBackendParts {
  readonly pool: ThreadPool;
  /** The bytes of wasmoon's WebAssembly file. */
  readonly runtime: Uint8Array;
  /** Lower-case hexadecimal SHA-256. */
  readonly sha256: (bytes: Uint8Array) => string;
  /** The module that workers load. */
  readonly engineUrl: URL;
}

/** Makes a backend for Lua 5.4 over a pool of threads, which stays its owner's. */
export function createLuaBackendFrom({ pool, runtime, sha256, engineUrl }: LuaBackendParts): Backend {
  return createThreadBackend({
    id: "lua",
    language: "lua",
    extensions: [".lua"],
    abi,
    limits: [
      "memory_bytes",
      "timeout_ms",
      "file_bytes",
      "rate_per_minute",
      "burst",
      "call_depth",
      "output_bytes",
      "host_calls",
    ],
    features: { traps: false, fuel: false, artifacts: "local" },
    engineUrl,
    // Compiled once here: the optimised code is shared by all workers.
    shared: new WebAssembly.Module(adaptRuntime(runtime)),
    polls: false,
    pool,
    sha256,
    prepare: ({ bytes }) => {
      const program = decodeProgram(bytes);
      return program.ok ? succeed(bytes) : program;
    },
  });
}
