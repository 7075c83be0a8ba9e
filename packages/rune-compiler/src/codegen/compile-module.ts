// The back end in one screen: IR of a program and a library in, bytes of the compiled form out.

import { RUNTIME_DATA_END, runtimeBytes } from "@crucible/rune-runtime";
import type { HirModule } from "../hir/hir.ts";
import { buildModule } from "../ir/build.ts";
import { infer } from "../ir/infer.ts";
import type { Library } from "../ir/world.ts";
import { World } from "../ir/world.ts";
import { closeModule } from "../execute/content-hash.ts";
import type { RuntimeModule } from "../wasm/link.ts";
import { readRuntime } from "../wasm/link.ts";
import { emitModule } from "./emit-module.ts";

export { TooLarge } from "./limits.ts";

let runtime: RuntimeModule | undefined;

/** Compiles a lowered program against a library. */
export function compileModule(module: HirModule, library: Library): Uint8Array {
  runtime ??= readRuntime(runtimeBytes(), RUNTIME_DATA_END);
  const world = new World(library, {
    functions: buildModule(module, false),
    types: module.types,
    staticPaths: module.statics.map((item) => item.path),
  });
  const inference = infer(
    world,
    [...module.exports, ...module.tests].map((item) => item.function),
  );
  const linked = emitModule({
    world,
    inference,
    runtime,
    exports: module.exports,
    tests: module.tests,
    sources: module.sources,
  });
  return closeModule(linked);
}
