// What the compiler says about source text, as data. Diagnostics are collected, never thrown; `render.ts` makes text.
// Codes are `compile/` and a slug; they are written where they are reported and are never reused.

import type { Span } from "../syntax/span.ts";

/** A second place that explains the first. */
export interface DiagnosticLabel {
  readonly span: Span;
  readonly message: string;
}

/** One error or warning. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly code: string;
  /** One sentence without a final period. */
  readonly message: string;
  readonly span: Span;
  readonly labels: readonly DiagnosticLabel[];
  /** What the author can do, if that is known. */
  readonly help: string | null;
}

/** What may follow the place and message of a diagnostic. */
export interface DiagnosticExtra {
  readonly labels?: readonly DiagnosticLabel[];
  readonly help?: string;
}

/** Errors after which a compilation gives up: a hostile source must not fill memory with complaints. */
export const MAX_ERRORS = 100;

/** Collects the diagnostics of one compilation. */
export interface DiagnosticSink {
  /** Errors so far. */
  readonly errorCount: number;
  /** True after `MAX_ERRORS`; later reports are dropped. */
  readonly full: boolean;
  error(code: string, span: Span, message: string, extra?: DiagnosticExtra): void;
  warning(code: string, span: Span, message: string, extra?: DiagnosticExtra): void;
  /** Everything reported, by source and position; one report per place and code. */
  sorted(): readonly Diagnostic[];
}

/** Makes an empty collection. */
export function createDiagnosticSink(): DiagnosticSink {
  const list: Diagnostic[] = [];
  const seen = new Set<string>();
  let errorCount = 0;
  let warningCount = 0;
  const report = (
    severity: "error" | "warning",
    code: string,
    span: Span,
    message: string,
    extra: DiagnosticExtra = {},
  ): void => {
    const key = `${code} ${span.source} ${span.start} ${span.end}`;
    if (seen.has(key)) return;
    if ((severity === "error" ? errorCount : warningCount) >= MAX_ERRORS) return;
    seen.add(key);
    if (severity === "error") errorCount += 1;
    else warningCount += 1;
    list.push({ severity, code, message, span, labels: extra.labels ?? [], help: extra.help ?? null });
  };
  return {
    get errorCount() {
      return errorCount;
    },
    get full() {
      return errorCount >= MAX_ERRORS;
    },
    error: (code, span, message, extra) => report("error", code, span, message, extra),
    warning: (code, span, message, extra) => report("warning", code, span, message, extra),
    sorted: () =>
      list.toSorted((a, b) => a.span.source - b.span.source || a.span.start - b.span.start || a.span.end - b.span.end),
  };
}
