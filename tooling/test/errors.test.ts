// The error codes stand in one table; docs/errors.md is that table, and no source file spells a code that is not in it.
import { manifestCodes } from "@crucible/manifest";
import { errorCodes } from "@crucible/sandbox";
import { expect, test } from "vitest";
import { staleDocuments } from "../sync-docs.ts";
import { listFiles, readText } from "../workspace.ts";

const families = new Set(Object.keys(errorCodes).map((code) => code.split("/")[0] ?? ""));

/** String literals of a source text that look like an error code of a family that exists. */
function spelledCodes(source: string): readonly string[] {
  return [...source.matchAll(/(["'`])([a-z]+\/[a-z]+(?:-[a-z]+)*)\1/g)]
    .map(([, , text = ""]) => text)
    .filter((text) => families.has(text.split("/")[0] ?? ""));
}

test("docs/errors.md is the table of the code (otherwise run pnpm sync:docs)", () => {
  expect(staleDocuments()).toEqual([]);
});

test("every code that a source file spells is in the table of errors or in a table of findings", () => {
  const findings: readonly string[] = manifestCodes;
  // The Rune compiler's findings are the language's, not the platform's: their codes are bare words or start with compile/,
  // and reach the platform as details of compile/syntax and compile/invalid. What it fails with is an ErrorCode by type.
  const sources = [...listFiles("packages", ".ts"), ...listFiles("apps", ".ts")].filter(
    (path) => /\/src\//.test(path) && !path.startsWith("packages/rune-compiler/"),
  );
  const unknown = sources.flatMap((path) =>
    spelledCodes(readText(path))
      .filter((code) => !Object.hasOwn(errorCodes, code) && !findings.includes(code))
      .map((code) => `${path}: ${code}`),
  );
  expect(unknown).toEqual([]);
});

test("every entry says cause and remedy in one sentence that starts with a capital and has no final period", () => {
  const wrong = Object.entries(errorCodes).flatMap(([code, { cause, remedy }]) =>
    [cause, remedy].filter((text) => !/^[A-Z].*[^.\s]$/.test(text)).map((text) => `${code}: ${text}`),
  );
  expect(wrong).toEqual([]);
});

test("spelledCodes finds codes in every kind of quote and nothing else", () => {
  expect(
    spelledCodes('fail("limit/memory"); `guest/trap` + \'host/network\'; "text/plain"; "limit/a/b"; "LIMIT/x"'),
  ).toEqual(["limit/memory", "guest/trap", "host/network"]);
});
