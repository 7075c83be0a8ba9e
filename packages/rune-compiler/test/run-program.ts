// Compiles and runs a program for a test: one fresh instance for each call.

import { compile, renderDiagnostics } from "@crucible/rune-compiler";
import { instantiate, loadModule } from "@crucible/rune-compiler/execute";
import type { InstanceOptions, LoadedModule, RuneInstance } from "@crucible/rune-compiler/execute";
import { unwrap } from "@crucible/sandbox";

/** The compiled form of a program that has no errors. */
export function load(text: string): LoadedModule {
  const { bytes, diagnostics, sources } = compile({ path: "main.rn", text, hostModules: { crucible: null } });
  if (bytes === null) throw new TypeError(renderDiagnostics(diagnostics, sources));
  return unwrap(loadModule(bytes));
}

/** A fresh instance with 16 MiB of memory, unless told otherwise. */
export function start(loaded: LoadedModule, options: Partial<InstanceOptions> = {}): RuneInstance {
  return unwrap(instantiate(loaded, { memoryBytes: 16 * 1024 * 1024, ...options }));
}

/** What `main` shows in debug format, or the kind of its failure. */
export function behaviour(loaded: LoadedModule, options: Partial<InstanceOptions> = {}): string {
  const outcome = start(loaded, options).callForDebug("main", []);
  return outcome.ok ? outcome.value : String(outcome.error.details?.["kind"]);
}
