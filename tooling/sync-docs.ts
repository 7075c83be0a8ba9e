// Writes the documents that are a table of the code: docs/errors.md from the error codes of @crucible/sandbox.
// `--check` writes nothing and fails when a file differs. Needs a build; run as `pnpm sync:docs`.
import { writeFileSync } from "node:fs";
import { errorCodes, type ErrorCodeEntry } from "@crucible/sandbox";
import { exists, readText, root } from "./workspace.ts";

/** Text of every generated document by its path. */
export function expectedDocuments(): ReadonlyMap<string, string> {
  return new Map([["docs/errors.md", formatErrors(errorCodes)]]);
}

/** Paths of the generated documents whose content is not what it should be. */
export function staleDocuments(): readonly string[] {
  return [...expectedDocuments()].flatMap(([path, text]) => (exists(path) && readText(path) === text ? [] : [path]));
}

function formatErrors(codes: Readonly<Record<string, ErrorCodeEntry>>): string {
  const rows = Object.entries(codes);
  const names = [...new Set(rows.map(([code]) => code.split("/")[0] ?? ""))];
  const sections = names.map((family) =>
    [
      `## ${family}`,
      "",
      "| code | cause | who can help | remedy |",
      "| --- | --- | --- | --- |",
      ...rows
        .filter(([code]) => code.startsWith(`${family}/`))
        .map(([code, entry]) => `| \`${code}\` | ${entry.cause} | ${entry.audience} | ${entry.remedy} |`),
    ].join("\n"),
  );
  return `${intro}\n\n${sections.join("\n\n")}\n`;
}

const intro = `# Errors

Every error that crosses a boundary is plain data: \`{ code, message, details }\`.
A code never changes its meaning; programs compare codes, people read messages.
\`details\` holds what the code's readers need: the place in the author's file, the stack, the limit that was reached, a hint.
This page is the table in \`packages/sandbox/src/error-code.ts\`, written by \`pnpm sync:docs\`.`;

if (process.argv[1] === import.meta.filename) {
  const stale = staleDocuments();
  if (process.argv.includes("--check")) {
    for (const path of stale) console.error(`${path} does not match the code: run pnpm sync:docs`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    const documents = expectedDocuments();
    for (const path of stale) writeFileSync(new URL(path, root), documents.get(path) ?? "");
    console.log(`${stale.length} document(s) written`);
  }
}
