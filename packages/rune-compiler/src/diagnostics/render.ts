// Text of diagnostics: place, source line, caret, further places, help. Nothing here decides what is reported.

import type { Span } from "../syntax/span.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { SourceMap } from "./source-map.ts";

/** Characters of a source line that are shown; longer lines are cut around the caret. */
const MAX_LINE = 160;

/** Text of one diagnostic, without a final line break. */
export function renderDiagnostic(diagnostic: Diagnostic, sources: SourceMap): string {
  const out = [`${diagnostic.severity}[${diagnostic.code}]: ${diagnostic.message}`];
  out.push(...renderExcerpt(diagnostic.span, sources, "^", ""));
  for (const label of diagnostic.labels) out.push(...renderExcerpt(label.span, sources, "-", label.message));
  if (diagnostic.help !== null) out.push(`  help: ${diagnostic.help}`);
  return out.join("\n");
}

/** Text of several diagnostics, separated by blank lines. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], sources: SourceMap): string {
  return diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, sources)).join("\n\n");
}

/** The lines `--> path:line:column`, the source line, and a marker under the span's part of that line. */
export function renderExcerpt(span: Span, sources: SourceMap, mark: string, note: string): readonly string[] {
  const path = sources.sources[span.source]?.path ?? "?";
  const { line, column } = sources.position(span.source, span.start);
  const text = sources.line(span.source, line);
  const from = text.length <= MAX_LINE ? 0 : Math.max(0, column - 1 - MAX_LINE / 2);
  const shown = text.slice(from, from + MAX_LINE);
  const before = text.slice(from, column - 1);
  const marked = text.slice(column - 1, Math.min(column - 1 + (span.end - span.start), from + MAX_LINE));
  const gutter = String(line);
  const blank = " ".repeat(gutter.length);
  const pad = Array.from(before, (char) => (char === "\t" ? "\t" : " ")).join("");
  const marker = mark.repeat(Math.max(1, Array.from(marked).length));
  return [
    `${blank}--> ${path}:${line}:${column}`,
    `${blank} |`,
    `${gutter} | ${shown}`,
    `${blank} | ${pad}${marker}${note === "" ? "" : ` ${note}`}`,
  ];
}
