// Names of standard Lua that plugins do not have, as findings with their places, told before anything runs. Found by tokens:
// a local of the name, a field and a key of a table are no use of the global.
import type { Diagnostic } from "@crucible/sandbox";
import { absentNames } from "./permits.ts";
import type { Token } from "./tokenize.ts";

/** Those of `absentNames` that give authority elsewhere: a plugin that needs one cannot work. */
export const forbiddenGlobals: readonly string[] = ["os", "io", "debug", "package", "dofile", "loadfile"];

const forbidden: ReadonlySet<string> = new Set(forbiddenGlobals);
const maxFindings = 20;

/** Uses of forbidden globals: calls, fields and methods of them. Comparing one with nil, to see whether it is there, is none. */
export function findForbidden(
  tokens: readonly Token[],
  { file, text, firstLine }: { readonly file: string; readonly text: string; readonly firstLine: number },
): readonly Diagnostic[] {
  const declared = new Set<string>();
  const findings: Diagnostic[] = [];
  let lines: readonly string[] | undefined;
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== "name" || !forbidden.has(token.text)) continue;
    const before = tokens[index - 1]?.text;
    const after = tokens[index + 1];
    if (isDeclaration(tokens, index)) declared.add(token.text);
    const isField = (before === "." || before === ":") && !["_G", "_ENV"].includes(tokens[index - 2]?.text ?? "");
    const isUsed = after?.text === "." || after?.text === "(" || after?.text === ":" || after?.text === "[";
    if (declared.has(token.text) || isField || !isUsed || findings.length >= maxFindings) continue;
    lines ??= text.split(/\r\n|\n|\r/);
    const snippet = lines[token.line - 1] ?? "";
    const column = new RegExp(`\\b${token.text}\\b`).exec(snippet)?.index ?? 0;
    findings.push({
      severity: "warning",
      code: "compile/forbidden-global",
      message: `Cannot use the global "${token.text}": ${absentNames[token.text] ?? "it does not exist in plugins"}`,
      place: { file, line: token.line + firstLine - 1, column: column + 1, snippet: snippet.slice(0, 240) },
    });
  }
  return findings;
}

// `local os`, a parameter, a loop variable, or `os =` of a global of one's own.
function isDeclaration(tokens: readonly Token[], index: number): boolean {
  const after = tokens[index + 1]?.text;
  if (after === "=" || after === "in") return true;
  for (let at = index - 1; at >= 0; at--) {
    const text = tokens[at]?.text ?? "";
    if (text === "local" || text === "function" || text === "for") return true;
    if (text === "(") return tokens[at - 1]?.text === "function" || tokens[at - 2]?.text === "function";
    if (text !== "," && tokens[at]?.kind !== "name") return false;
    if (tokens[at]?.kind === "name" && tokens[at + 1]?.text !== ",") return false;
  }
  return false;
}
