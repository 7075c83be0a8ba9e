// Which statement gives a block its value.

import type { Statement } from "./ast-expression.ts";

/** The statement whose value is the block's: the last one that is no item, if it has no semicolon. */
export function lastValue(statements: readonly Statement[]): Statement | null {
  const last = statements.findLast((statement) => statement.kind !== "item");
  return last?.kind === "expression" && last.semicolon === null ? last : null;
}
