// The Rune backend for Node: describes the engine to sandbox-thread and checks artifacts on the main thread.
import { createHash } from "node:crypto";
import { loadModule } from "@crucible/rune-compiler/execute";
import { limitNames, succeed, type Backend } from "@crucible/sandbox";
import { createThreadBackend, type ThreadPool } from "@crucible/sandbox-thread";
import type { RunePayload } from "./engine.ts";

/** Changes whenever artifacts of before must not be used any more. The compiled form checks its own version as well. */
const abi = "rune-0.14/1";

/**
 * Makes a backend for Rune: sources are compiled to WebAssembly, ahead of time.
 *
 * @param pool stays its owner's: disposing of the backend does not end its threads
 */
export function createRuneBackend(pool: ThreadPool): Backend {
  return createThreadBackend({
    id: "rune",
    language: "rune",
    extensions: [".rune", ".rn"],
    abi,
    limits: limitNames,
    features: { traps: false, fuel: true, artifacts: "portable" },
    engineUrl: new URL("engine.js", import.meta.url),
    shared: null,
    polls: true,
    pool,
    sha256: (bytes) => createHash("sha256").update(bytes).digest("hex"),
    prepare: ({ bytes }) => {
      const loaded = loadModule(bytes);
      if (!loaded.ok) return loaded;
      const payload: RunePayload = { bytes, module: loaded.value.module };
      return succeed(payload);
    },
  });
}
