// How the suite compiles and runs one program: a fresh instance for each, with bounds that no honest program meets.
import { compile } from "@crucible/rune-compiler";
import { instantiate, loadModule } from "@crucible/rune-compiler/execute";
import type { Diagnostic } from "@crucible/rune-compiler";

/** What became of a program. */
export type Run =
  | { readonly kind: "errors"; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly kind: "value";
      /** Debug text of the result. */
      readonly debug: string;
      readonly output: string;
      readonly warnings: readonly Diagnostic[];
    }
  | {
      readonly kind: "failure";
      /** Slug of the run-time error, as `details.kind` gives it; the error's code for limits. */
      readonly failure: string;
      readonly message: string;
      /** Line and column, from 1. */
      readonly at: readonly [number, number] | null;
      readonly output: string;
      readonly warnings: readonly Diagnostic[];
    };

/** A compiled program, ready to run its functions. */
export interface Program {
  readonly diagnostics: readonly Diagnostic[];
  /** Full paths of `#[test]` functions; empty when it did not compile. */
  readonly tests: readonly string[];
  /** Runs a function in a fresh instance. */
  readonly run: (name: string) => Run;
}

/** Whether every run collects garbage at each safepoint: slow, and finds references that compiled code forgot to keep. */
const stress = process.argv.includes("--stress");

/** Compiles a program. A crash of the compiler counts as an error. */
export function prepare(source: string, mode: "script" | "module"): Program {
  let compilation: ReturnType<typeof compile>;
  try {
    compilation = compile({ path: "main.rn", text: source, mode });
  } catch (thrown) {
    return { diagnostics: [], tests: [], run: () => crash(thrown) };
  }
  const { bytes, diagnostics } = compilation;
  if (bytes === null) return { diagnostics, tests: [], run: () => ({ kind: "errors", diagnostics }) };
  const warnings = diagnostics.filter((diagnostic) => diagnostic.severity === "warning");
  let loaded: ReturnType<typeof loadModule>;
  try {
    loaded = loadModule(bytes);
  } catch (thrown) {
    return { diagnostics, tests: [], run: () => crash(thrown) };
  }
  if (!loaded.ok) {
    const { message } = loaded.error;
    return { diagnostics, tests: [], run: () => crash(message) };
  }
  const module = loaded.value;
  const run = (name: string): Run => {
    let output = "";
    const decoder = new TextDecoder();
    try {
      const instance = instantiate(module, {
        memoryBytes: 100 * 1024 * 1024,
        fuel: 2_000_000_000n,
        stress,
        write: (bytes) => {
          output += decoder.decode(bytes);
        },
      });
      if (!instance.ok) return crash(instance.error.message);
      const outcome = instance.value.callForDebug(name, []);
      if (outcome.ok) return { kind: "value", debug: outcome.value, output, warnings };
      const { code, message, details } = outcome.error;
      const kind: unknown = details?.["kind"];
      const place: unknown = details?.["place"];
      return {
        kind: "failure",
        failure: typeof kind === "string" ? kind : code,
        message,
        at: position(place),
        output,
        warnings,
      };
    } catch (thrown) {
      return crash(thrown);
    }
  };
  return { diagnostics, tests: module.manifest.tests, run };
}

function position(place: unknown): readonly [number, number] | null {
  if (typeof place !== "object" || place === null || !("line" in place) || !("column" in place)) return null;
  const { line, column } = place;
  return typeof line === "number" && typeof column === "number" ? [line, column] : null;
}

function crash(thrown: unknown): Run {
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return { kind: "failure", failure: "crash", message, at: null, output: "", warnings: [] };
}
