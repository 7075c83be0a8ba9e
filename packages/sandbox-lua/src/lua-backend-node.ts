// The Lua backend with the powers of Node: finds the runtime's file in the installed package; its JavaScript is never loaded.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Backend } from "@crucible/sandbox";
import type { ThreadPool } from "@crucible/sandbox-thread";
import { createLuaBackendFrom } from "./lua-backend.ts";

/**
 * Makes a backend for Lua 5.4.
 *
 * @param pool stays its owner's: disposing of the backend does not end its threads
 */
export function createLuaBackend(pool: ThreadPool): Backend {
  return createLuaBackendFrom({
    pool,
    runtime: readLuaRuntime(),
    sha256: (bytes) => createHash("sha256").update(bytes).digest("hex"),
    engineUrl: new URL("engine-node.js", import.meta.url),
  });
}

/** Reads the WebAssembly file of the installed wasmoon package. */
export function readLuaRuntime(): Uint8Array {
  const entry = createRequire(import.meta.url).resolve("wasmoon");
  return readFileSync(join(dirname(entry), "glue.wasm"));
}
