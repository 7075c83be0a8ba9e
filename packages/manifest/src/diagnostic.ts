// Findings about a manifest: what is wrong, where the author sees it, and what to write instead.
// How a finding is collected and rendered lives here; which findings exist is decided by the passes that report them.
import type { Diagnostic, SourcePlace } from "@crucible/sandbox";

/** All codes of findings about a manifest, sorted; those about what the code needs come from its validation with the code. */
export const manifestCodes = [
  "manifest/duplicate-key",
  "manifest/invalid-example",
  "manifest/invalid-limit",
  "manifest/invalid-name",
  "manifest/invalid-range",
  "manifest/invalid-schema",
  "manifest/invalid-scope",
  "manifest/invalid-value",
  "manifest/invalid-version",
  "manifest/limit-above-maximum",
  "manifest/missing",
  "manifest/missing-field",
  "manifest/reserved-name",
  "manifest/syntax",
  "manifest/too-large",
  "manifest/undeclared-capability",
  "manifest/unknown-action",
  "manifest/unknown-capability",
  "manifest/unknown-key",
  "manifest/unknown-language",
  "manifest/unsafe-yaml",
  "manifest/unterminated",
  "manifest/unused-capability",
  "manifest/wrong-type",
] as const;

export type ManifestCode = (typeof manifestCodes)[number];

/** A marked stretch of one line; line and column count from 1, columns and width in UTF-16 units. */
export interface Mark {
  readonly line: number;
  readonly column: number;
  readonly width: number;
}

/** One finding about a manifest. An `error` refuses it, a `warning` does not. */
export interface ManifestDiagnostic extends Diagnostic {
  readonly code: ManifestCode;
  readonly place: SourcePlace & { readonly column: number; readonly snippet: string };
  /** How many units the caret line marks. */
  readonly width: number;
  /** Dotted path of the field, such as `parameters.expression.type`; empty for the manifest as a whole. */
  readonly field: string;
  /** The known word that was probably meant. */
  readonly suggestion?: string;
}

/** What a pass reports; the collector adds file, snippet and width. */
export interface Finding {
  readonly code: ManifestCode;
  /** Sentence case, no final period. */
  readonly message: string;
  readonly field: string;
  readonly severity?: "error" | "warning";
  readonly hint?: string;
  readonly suggestion?: string | undefined;
}

const maxFindings = 50;
const maxSnippet = 240;

/** Collects the findings about one file: at most 50, so that hostile text cannot make a report without end. */
export interface Collector {
  report(finding: Finding, mark: Mark): void;
  /** Findings sorted by place, each place and code once. */
  list(): readonly ManifestDiagnostic[];
  hasErrors(): boolean;
}

/** Creates a collector for the file `path` with these lines. */
export function createCollector(path: string, lines: readonly string[]): Collector {
  const found: ManifestDiagnostic[] = [];
  let errors = 0;
  return {
    report({ suggestion, hint, severity = "error", ...finding }, mark) {
      if (severity === "error") errors += 1;
      if (found.length >= maxFindings) return;
      const snippet = printable((lines[mark.line - 1] ?? "").slice(0, maxSnippet));
      const meant = suggestion === undefined ? undefined : `Did you mean "${suggestion}"?`;
      const remedy = meant === undefined || hint === meant ? hint : hint === undefined ? meant : `${meant} ${hint}`;
      found.push({
        ...finding,
        message: printable(finding.message),
        severity,
        place: { file: path, line: mark.line, column: mark.column, snippet },
        width: Math.max(mark.width, 1),
        ...(remedy === undefined ? {} : { hint: remedy }),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    },
    list: () => found.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column),
    hasErrors: () => errors > 0,
  };
}

/**
 * Formats a finding for people: code and message, place, the source line with a caret, and the remedy.
 *
 * @returns several lines without a final line end
 */
export function formatDiagnostic(diagnostic: ManifestDiagnostic): string {
  const { severity, code, message, place, width, hint } = diagnostic;
  const gutter = " ".repeat(String(place.line).length);
  const lines = [`${severity}[${code}]: ${message}`, `${gutter}--> ${place.file}:${place.line}:${place.column}`];
  const before = place.column - 1;
  if (place.snippet !== "" && before <= place.snippet.length) {
    const marked = Math.max(1, Math.min(width, place.snippet.length - before));
    lines.push(`${place.line} | ${place.snippet}`, `${gutter} | ${" ".repeat(before)}${"^".repeat(marked)}`);
  }
  if (hint !== undefined) lines.push(`${gutter} = ${hint}`);
  return lines.join("\n");
}

function printable(text: string): string {
  // Control characters and bidirectional overrides could rewrite what a terminal shows.
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ");
}
