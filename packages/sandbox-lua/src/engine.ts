// The Lua engine of one worker: compiles source, loads plugins.
import type { CreateEngine, Engine } from "@crucible/sandbox-thread";
import { compileSource } from "./compile.ts";
import { loadGuest } from "./guest.ts";
import { hostFunctionAdapter } from "./machine.ts";
import type { Program } from "./program.ts";
import type { IsUtf8 } from "./read-value.ts";

/** What all machines of a worker share. */
export interface Runtime {
  /** The adapted runtime, compiled. */
  readonly module: WebAssembly.Module;
  readonly adapter: WebAssembly.Module;
  readonly isUtf8: IsUtf8;
}

/** Makes `createEngine` of a worker; what it gets as `shared` is the compiled runtime. */
export function createLuaEngine(isUtf8: IsUtf8): CreateEngine {
  return (shared): Engine => {
    if (!(shared instanceof WebAssembly.Module)) throw new TypeError("The Lua engine takes the compiled runtime");
    const runtime: Runtime = { module: shared, adapter: new WebAssembly.Module(hostFunctionAdapter), isUtf8 };
    return {
      compile: (source) => compileSource(runtime, source),
      // The payload is what `prepare` made on the main thread, and nobody else can post it.
      load: (options) => loadGuest(runtime, options, options.payload as Program),
    };
  };
}
