// From a plugin's source to a compiled form: runs the compiler and turns its findings into those of the contract.
import {
  compile,
  createDiagnosticSink,
  parseSource,
  renderDiagnostics,
  type Compilation,
  type HostModuleInput,
} from "@crucible/rune-compiler";
import { loadModule } from "@crucible/rune-compiler/execute";
import {
  type ActionSignature,
  fail,
  listHostFunctions,
  succeed,
  type Diagnostic,
  type HostModuleDeclaration,
  type Outcome,
  type SourceUnit,
} from "@crucible/sandbox";
import type { CompiledSource } from "@crucible/sandbox-thread";

/** Compiles one plugin against the modules that it may import: their functions and shims, and the source of libraries. */
export function compileSource(source: SourceUnit): Outcome<CompiledSource> {
  const compiled = compile({
    path: source.file,
    text: source.text,
    hostModules: Object.fromEntries(source.modules.map((module) => [module.name, toHostModule(module)])),
    libraries: Object.fromEntries((source.libraries ?? []).map(({ name, text }) => [name.replaceAll("-", "_"), text])),
  });
  const findings = compiled.diagnostics.map((diagnostic) => toFinding(diagnostic, compiled));
  const errors = findings.filter(({ severity }) => severity === "error");
  if (compiled.bytes === null) {
    const [first] = errors;
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
    const code = hasSyntaxErrors(source.text) ? "compile/syntax" : "compile/invalid";
    return fail(code, `Cannot compile "${source.file}": ${first?.message ?? "it has errors"}${more}`, {
      ...(first === undefined ? {} : { place: first.place }),
      diagnostics: findings,
      rendered: renderDiagnostics(compiled.diagnostics, compiled.sources),
    });
  }
  const loaded = loadModule(compiled.bytes);
  if (!loaded.ok) return loaded;
  const { hostFunctions, tests } = loaded.value.manifest;
  const actions = loaded.value.manifest.actions.map((action) => withLine(action, source));
  return succeed({ bytes: compiled.bytes, actions, warnings: findings, hostFunctions, tests });
}

function hasSyntaxErrors(text: string): boolean {
  const sink = createDiagnosticSink();
  parseSource({ source: 0, text, start: 0, mode: "module" }, sink);
  return sink.errorCount > 0;
}

// An action is a public function at the top of the file; its name stands once after `fn` there.
function withLine(action: ActionSignature, { text, firstLine }: SourceUnit): ActionSignature {
  const at = new RegExp(`^[ \\t]*pub[^\\n]*\\bfn\\s+${action.name}\\b`, "mu").exec(text)?.index;
  return at === undefined ? action : { ...action, line: text.slice(0, at).split("\n").length + firstLine - 1 };
}

function toHostModule(module: HostModuleDeclaration): HostModuleInput {
  const functions = listHostFunctions(module).map(({ name }) => name);
  const shim = module.shims?.rune;
  return shim === undefined ? { functions } : { functions, shim };
}

function toFinding(
  { severity, code, message, span, help }: Compilation["diagnostics"][number],
  { sources }: Compilation,
): Diagnostic {
  const { line, column } = sources.position(span.source, span.start);
  const file = sources.sources[span.source]?.path ?? "?";
  return {
    severity,
    code,
    message,
    place: { file, line, column, snippet: sources.line(span.source, line).slice(0, 240) },
    ...(help === null ? {} : { hint: help }),
  };
}
