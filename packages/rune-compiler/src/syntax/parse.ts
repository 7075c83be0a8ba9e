// The parser's entry points: a source, and the input of a macro. The productions are in the files `parse-*.ts`.

import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { SourceFile } from "./ast-item.ts";
import { Abandoned, Cursor, type Grammar } from "./cursor.ts";
import { lex } from "./lex.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseBlock, parseItem, parseItems, parseStatements } from "./parse-item.ts";
import { parseAttributes } from "./parse-path.ts";
import { parsePattern } from "./parse-pattern.ts";
import type { SourceId } from "./span.ts";
import type { TokenRange } from "./token.ts";

const GRAMMAR: Grammar = {
  expression: parseExpression,
  pattern: parsePattern,
  block: parseBlock,
  item: parseItem,
};

/** What a source is: a module of items, or the body of a function whose value is the result. */
export type SourceMode = "module" | "script";

/** A source to parse. */
export interface ParseInput {
  readonly text: string;
  readonly source: SourceId;
  /** Offset of the first character of code, after front matter. */
  readonly start: number;
  readonly mode: SourceMode;
}

/**
 * Parses a source. Errors are reported and what could not be read is left out; time and memory are linear in the text,
 * and nesting deeper than `MAX_NESTING` is an error.
 */
export function parseSource(input: ParseInput, diagnostics: DiagnosticSink): SourceFile {
  const buffer = lex(input.text, input.source, input.start, diagnostics);
  const cursor = createCursor({ buffer, from: 0, to: buffer.count - 1 }, diagnostics);
  const span = { source: input.source, start: input.start, end: input.text.length };
  const parsed = guard(() => {
    const attributes = cursor.recover(() => parseAttributes(cursor, true)) ?? [];
    const { result: statements, scopes } = cursor.collectScopes(() =>
      input.mode === "script" ? parseStatements(cursor, "eof") : parseItems(cursor, "eof"),
    );
    return { attributes, statements, scopes };
  });
  const { attributes, statements, scopes } = parsed ?? { attributes: [], statements: [], scopes: [] };
  return { kind: "file", span, attributes, body: { kind: "block", span, statements, scopes } };
}

/** A cursor over tokens that are already lexed. */
export function createCursor(range: TokenRange, diagnostics: DiagnosticSink): Cursor {
  return new Cursor(GRAMMAR, range, diagnostics);
}

/** Runs a production; null if it was abandoned. */
export function guard<Result>(production: () => Result): Result | null {
  try {
    return production();
  } catch (mark) {
    if (mark instanceof Abandoned) return null;
    throw mark;
  }
}
