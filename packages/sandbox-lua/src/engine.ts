// The Lua engine of one worker: compiles source, loads plugins. A plugin's payload is the bytes of its artifact.
import type { Outcome, SourceUnit } from "@crucible/sandbox";
import type { CompiledSource, Engine } from "@crucible/sandbox-thread";
import { compileSource } from "./compile.ts";
import { loadGuest } from "./guest.ts";
import { hostFunctionAdapter } from "./machine.ts";
import { decodeProgram } from "./program.ts";
import type { IsUtf8 } from "./read-value.ts";

/** What all machines of a worker share. */
export interface Runtime {
  /** The adapted runtime, compiled. */
  readonly module: WebAssembly.Module;
  readonly adapter: WebAssembly.Module;
  readonly isUtf8: IsUtf8;
}

/** Lua's engine opens and compiles at once. */
export interface LuaEngine extends Engine {
  compile(source: SourceUnit): Outcome<CompiledSource>;
}

/** Makes `createEngine` of a worker; what it gets as `shared` is the compiled runtime. */
export function createLuaEngine(isUtf8: IsUtf8): (shared: unknown) => LuaEngine {
  return (shared) => {
    if (!(shared instanceof WebAssembly.Module)) throw new TypeError("The Lua engine takes the compiled runtime");
    const runtime: Runtime = { module: shared, adapter: new WebAssembly.Module(hostFunctionAdapter), isUtf8 };
    return {
      compile: (source) => compileSource(runtime, source),
      load: (options) => {
        if (!(options.payload instanceof Uint8Array))
          throw new TypeError("The Lua engine loads the bytes of an artifact");
        const program = decodeProgram(options.payload);
        return program.ok ? loadGuest(runtime, options, program.value) : program;
      },
    };
  };
}
