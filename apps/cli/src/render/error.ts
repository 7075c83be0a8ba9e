// An error for a person: code, place with the source line, cause, remedy.
import type { Diagnostic, ErrorValue, SourcePlace } from "@crucible/sandbox";
import { errorCodes } from "@crucible/sandbox";
import type { Colors } from "../terminal.ts";

const shownDiagnostics = 20;

export function renderError(error: ErrorValue, colors: Colors): string {
  const { code, message, details } = error;
  const diagnostics = details?.diagnostics ?? [];
  // One finding that says what the error says is the error, with its place.
  const repeats = diagnostics.length === 1 && diagnostics[0] !== undefined && message.endsWith(diagnostics[0].message);
  const found = problemsOf(error);
  const problems = found.length > 1 ? found : [];
  const lines = repeats ? [] : [`${colors.red(colors.bold("error"))} ${colors.dim(code)} ${headOf(message, problems)}`];
  for (const { message: problem, hint: remedy } of problems)
    lines.push(`  ${colors.yellow("•")} ${problem}${remedy === undefined ? "" : `. ${remedy}`}`);
  for (const diagnostic of diagnostics.slice(0, shownDiagnostics)) {
    if (lines.length > 0) lines.push("");
    lines.push(...renderDiagnostic(diagnostic, colors));
  }
  if (diagnostics.length > shownDiagnostics) lines.push(`  … and ${diagnostics.length - shownDiagnostics} more`);
  if (details?.place !== undefined && diagnostics.length === 0) lines.push(...renderPlace(details.place, colors));
  for (const frame of (details?.stack ?? []).slice(0, 10))
    lines.push(colors.dim(`    at ${frame.function ?? "?"} (${frame.file}:${frame.line})`));
  const changes = details?.["changes"];
  if (Array.isArray(changes)) for (const change of changes) lines.push(`  ${colors.yellow("•")} ${String(change)}`);
  const hint = details?.hint ?? (diagnostics.length === 0 ? errorCodes[code].remedy : undefined);
  const isSaid = [...diagnostics.slice(0, shownDiagnostics), ...problems].some((each) => each.hint === hint);
  if (hint !== undefined && !isSaid) lines.push(`  ${colors.cyan("help")} ${hint}`);
  return `${lines.join("\n")}\n`;
}

interface Problem {
  readonly message: string;
  readonly hint?: string;
}

// What a schema refused, place by place.
function problemsOf({ details }: ErrorValue): readonly Problem[] {
  const listed = details?.["problems"];
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((problem: unknown): readonly Problem[] => {
    if (typeof problem !== "object" || problem === null || !("message" in problem)) return [];
    const hint = "hint" in problem && typeof problem.hint === "string" ? { hint: problem.hint } : {};
    return [{ message: String(problem.message), ...hint }];
  });
}

// The message tells the first problem and how many more there are; where all follow it ends before them.
function headOf(message: string, problems: readonly Problem[]): string {
  const [first] = problems;
  const at = first === undefined ? -1 : message.indexOf(`: ${first.message} (and `);
  return at < 0 ? message : `${message.slice(0, at)}:`;
}

/** One finding about a source: what, where, and what to write instead. */
export function renderDiagnostic(diagnostic: Diagnostic, colors: Colors): readonly string[] {
  const kind = diagnostic.severity === "error" ? colors.red("error") : colors.yellow("warning");
  const width = "width" in diagnostic && typeof diagnostic.width === "number" ? diagnostic.width : 1;
  return [
    `${kind} ${colors.dim(diagnostic.code)} ${diagnostic.message}`,
    ...renderPlace(diagnostic.place, colors, width),
    ...(diagnostic.hint === undefined ? [] : [`  ${colors.cyan("help")} ${diagnostic.hint}`]),
  ];
}

function renderPlace(place: SourcePlace, colors: Colors, width = 1): readonly string[] {
  const where = `  ${colors.dim("at")} ${place.file}:${place.line}${place.column === undefined ? "" : `:${place.column}`}${place.approximate === true ? " (about here)" : ""}`;
  if (place.snippet === undefined) return [where];
  const margin = String(place.line);
  const source = `  ${colors.dim(`${margin} |`)} ${place.snippet}`;
  if (place.column === undefined) return [where, source];
  // The caret stands under the column also where tabs come before it.
  const before = place.snippet.slice(0, place.column - 1).replaceAll(/[^\t]/g, " ");
  return [
    where,
    source,
    `  ${" ".repeat(margin.length)} ${colors.dim("|")} ${before}${colors.red("^".repeat(Math.max(1, Math.min(width, place.snippet.length - place.column + 1))))}`,
  ];
}
