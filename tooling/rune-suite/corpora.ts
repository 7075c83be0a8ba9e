// The corpora that the suite reads, in the format of the extractor, and how each entry is judged.
import type { Diagnostic } from "@crucible/rune-compiler";
import { prepare } from "./engine.ts";
import type { Run } from "./engine.ts";

/** One check: passed, or why not. */
export interface Verdict {
  readonly name: string;
  readonly source: string;
  readonly failure: string | null;
}

/** A file of script tests. */
export interface TestFile {
  readonly file: string;
  readonly tests: readonly string[];
  readonly source: string;
}

/** A program of the embedded corpus. */
export interface EmbeddedProgram {
  readonly file: string;
  readonly test: string;
  readonly line: number;
  readonly mode: "script" | "main";
  readonly source: string;
  readonly native?: boolean;
  readonly expect: Expectation;
}

/** What an embedded program should do. */
export type Expectation =
  | { readonly kind: "value"; readonly rune: string }
  | { readonly kind: "compile_error"; readonly errors: readonly ExpectedReport[] }
  | { readonly kind: "vm_error"; readonly error: string; readonly message?: string }
  | { readonly kind: "warnings"; readonly warnings: readonly ExpectedReport[] }
  | { readonly kind: "compiles" }
  | { readonly kind: "host" | "rust" };

/** An error or warning: the reference's name of its kind, and its place in bytes. */
export interface ExpectedReport {
  /** Null where the test looks at the place alone. */
  readonly kind: string | null;
  readonly span?: readonly [number, number] | null;
  readonly message?: string | null;
}

/** A documentation example. */
export interface DocExample {
  readonly file: string;
  readonly line: number;
  readonly flags: readonly string[];
  readonly source: string;
}

/** A program with the reference's outcome. */
export interface Probe {
  readonly source: string;
  readonly mode: "script" | "main";
  readonly kind: "value" | "vm_error" | "compile_error";
  readonly debug?: string;
  readonly stdout?: string;
  readonly at?: readonly [number, number];
  readonly errors?: readonly (readonly [number, number])[];
  readonly warnings?: number;
  readonly note?: "accident" | "order";
}

/** Runs every test of a file; a test fails when it panics or returns `Err` or `None`. */
export function judgeTests(entry: TestFile): Verdict[] {
  const program = prepare(entry.source, "module");
  return entry.tests.map((name) => {
    const verdict = (failure: string | null): Verdict => ({
      name: `${entry.file} ${name}`,
      source: entry.source,
      failure,
    });
    const errors = program.diagnostics.filter((diagnostic) => diagnostic.severity === "error");
    if (errors.length > 0) return verdict(`does not compile: ${errors.map(show).join("; ")}`);
    const path = program.tests.find((test) => test === name || test.endsWith(`::${name}`)) ?? name;
    const run = program.run(path);
    if (run.kind !== "value") return verdict(describe(run));
    return verdict(/^(Err\(|None$)/.test(run.debug) ? `returned ${run.debug}` : null);
  });
}

/** Judges an embedded program; null when it needs the Rust code around it. */
export function judgeEmbedded(entry: EmbeddedProgram): Verdict | null {
  const { expect, source } = entry;
  if (entry.native === true || expect.kind === "host" || expect.kind === "rust") return null;
  const program = prepare(source, entry.mode === "main" ? "module" : "script");
  const failure = ((): string | null => {
    const errors = program.diagnostics.filter((diagnostic) => diagnostic.severity === "error");
    switch (expect.kind) {
      case "compiles":
        return errors.length === 0 ? null : `does not compile: ${errors.map(show).join("; ")}`;
      case "compile_error":
        return compareReports(source, expect.errors, errors);
      case "warnings": {
        const warnings = program.diagnostics.filter((diagnostic) => diagnostic.severity === "warning");
        return errors.length > 0
          ? `does not compile: ${errors.map(show).join("; ")}`
          : compareReports(source, expect.warnings, warnings);
      }
      case "vm_error":
        return compareFailure(expect, program.run("main"));
      case "value":
        return compareValues(program.run("main"), prepare(expect.rune, "script").run("main"));
    }
  })();
  return { name: `${entry.file}:${entry.line} ${entry.test}`, source, failure };
}

/** Runs a documentation example; null when it is marked to be ignored. */
export function judgeDoc(entry: DocExample): Verdict | null {
  if (entry.flags.includes("ignore")) return null;
  const run = prepare(entry.source, "script").run("main");
  const panics = entry.flags.includes("should_panic");
  const failure = panics
    ? run.kind === "failure" && run.failure !== "crash"
      ? null
      : `should have panicked: ${describe(run)}`
    : run.kind === "value" && !/^(Err\(|None$)/.test(run.debug)
      ? null
      : describe(run);
  return { name: `${entry.file}:${entry.line}`, source: entry.source, failure };
}

/** Compares a program with what the reference did; null for accidents of the reference that are not copied. */
export function judgeProbe(entry: Probe, index: number): Verdict | null {
  const run = prepare(entry.source, entry.mode === "main" ? "module" : "script").run("main");
  const failure = ((): string | null => {
    if (entry.kind === "compile_error") {
      if (run.kind !== "errors") return `should not have compiled: ${describe(run)}`;
      return null;
    }
    if (entry.kind === "vm_error") {
      if (run.kind !== "failure" || run.failure === "crash") return `should have failed: ${describe(run)}`;
      return null;
    }
    if (run.kind !== "value") return describe(run);
    const wanted = entry.debug ?? run.debug;
    const same = entry.note === "order" ? sorted(run.debug) === sorted(wanted) : run.debug === wanted;
    if (!same) return `gives ${run.debug}, the reference ${wanted}`;
    const output = entry.stdout ?? "";
    return run.output === output
      ? null
      : `prints ${JSON.stringify(run.output)}, the reference ${JSON.stringify(output)}`;
  })();
  if (failure !== null && entry.note === "accident") return null;
  return { name: `probe ${index}`, source: entry.source, failure };
}

function sorted(text: string): string {
  return Array.from(text).toSorted().join("");
}

function compareValues(actual: Run, expected: Run): string | null {
  if (actual.kind !== "value") return describe(actual);
  if (expected.kind !== "value") return `the expectation ${describe(expected)}`;
  return actual.debug === expected.debug ? null : `gives ${actual.debug}, expected ${expected.debug}`;
}

/** Names of run-time errors in the reference, by ours. */
const FAILURES: Readonly<Record<string, readonly string[]>> = {
  Overflow: ["overflow"],
  Underflow: ["underflow"],
  DivideByZero: ["divide-by-zero"],
  Panic: ["panic", "pattern"],
  MissingInstanceFunction: ["method"],
  MissingStructField: ["field"],
  MissingTupleIndex: ["tuple-index"],
  UnsupportedIterRange: ["range-iterate"],
  UnsupportedIterRangeInclusive: ["range-iterate"],
  UnsupportedIterRangeFrom: ["range-iterate"],
};

function compareFailure(expect: { readonly error: string; readonly message?: string }, run: Run): string | null {
  if (run.kind !== "failure") return `should have failed with ${expect.error}: ${describe(run)}`;
  const names = FAILURES[expect.error] ?? [];
  if (!names.includes(run.failure)) return `should have failed with ${expect.error}: ${describe(run)}`;
  if (expect.message !== undefined && !run.message.includes(expect.message)) {
    return `says "${run.message}", expected "${expect.message}"`;
  }
  return null;
}

/** Every expected report is there, at its place, and there is no other. */
function compareReports(
  source: string,
  expected: readonly ExpectedReport[],
  actual: readonly Diagnostic[],
): string | null {
  const left = [...actual];
  for (const report of expected) {
    const at = left.findIndex((diagnostic) => matches(source, report, diagnostic));
    if (at < 0)
      return `lacks ${JSON.stringify(report)}, has ${actual.map((found) => located(source, found)).join("; ") || "nothing"}`;
    left.splice(at, 1);
  }
  return left.length === 0 ? null : `also reports ${left.map((found) => located(source, found)).join("; ")}`;
}

function matches(source: string, report: ExpectedReport, diagnostic: Diagnostic): boolean {
  const slug = (report.kind ?? "Custom").replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase();
  if (report.kind !== null && report.kind !== "Custom" && diagnostic.code !== `compile/${slug}`) return false;
  const message = report.message ?? null;
  if (report.kind === "Custom" && message !== null && diagnostic.message !== message) return false;
  const span = report.span ?? null;
  if (span === null) return true;
  const [start, end] = bytes(source, diagnostic.span);
  return start === span[0] && end === span[1];
}

/** Our spans count UTF-16 units, the corpora bytes. */
function bytes(source: string, span: { readonly start: number; readonly end: number }): [number, number] {
  const encoder = new TextEncoder();
  return [encoder.encode(source.slice(0, span.start)).length, encoder.encode(source.slice(0, span.end)).length];
}

function located(source: string, diagnostic: Diagnostic): string {
  return `${show(diagnostic)} at ${bytes(source, diagnostic.span).join("–")}`;
}

function show(diagnostic: Diagnostic): string {
  return `${diagnostic.code} ${diagnostic.message}`;
}

function describe(run: Run): string {
  switch (run.kind) {
    case "errors":
      return `does not compile: ${run.diagnostics
        .filter((diagnostic) => diagnostic.severity === "error")
        .map(show)
        .join("; ")}`;
    case "failure":
      return `${run.failure}${run.at === null ? "" : ` at ${run.at.join(":")}`}: ${run.message}`;
    case "value":
      return `gives ${run.debug}`;
  }
}
