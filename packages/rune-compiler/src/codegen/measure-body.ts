// Plain questions about statement lists that emission asks: what they cost, what they assign, whether they call.

import type { IrOperation, IrStatement } from "../ir/ir.ts";
import { someStatement, visitStatements } from "../ir/statements.ts";

/** What is in both sets. */
export function intersect(a: ReadonlySet<number>, b: ReadonlySet<number>): Set<number> {
  return new Set([...a].filter((item) => b.has(item)));
}

/** The variables of a set that a body does not assign. */
export function without(set: ReadonlySet<number>, body: readonly IrStatement[]): Set<number> {
  const left = new Set(set);
  if (left.size === 0) return left;
  visitStatements(body, (statement) => {
    if (statement.kind === "assign") left.delete(statement.target);
  });
  return left;
}

/** Fuel of one pass over a body; inner loops count for themselves. */
export function costOf(body: readonly IrStatement[]): number {
  let cost = 1;
  for (const statement of body) {
    if (statement.kind === "if") cost += Math.max(costOf(statement.then), costOf(statement.else));
    else if (statement.kind === "block") cost += costOf(statement.body);
    else cost += 1;
  }
  return cost;
}

/** Whether other compiled functions run while an operation does: what is needed afterwards must be in the frame. */
export function callsCompiledCode(operation: IrOperation): boolean {
  return (
    operation.kind === "call" ||
    operation.kind === "call-value" ||
    operation.kind === "call-method" ||
    operation.kind === "call-host"
  );
}

/** Whether a body has a loop or calls other compiled functions: then it counts when it is entered. */
export function hasLoopOrCall(body: readonly IrStatement[]): boolean {
  return someStatement(
    body,
    (statement) => statement.kind === "loop" || (statement.kind === "assign" && callsCompiledCode(statement.operation)),
  );
}
