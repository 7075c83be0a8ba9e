// Plain questions about statement lists that emission asks: what they cost, what they assign, whether they call.

import type { IrOperation, IrStatement } from "../ir/ir.ts";

/** What is in both sets. */
export function intersect(a: ReadonlySet<number>, b: ReadonlySet<number>): Set<number> {
  return new Set([...a].filter((item) => b.has(item)));
}

/** The variables of a set that a body does not assign. */
export function without(set: ReadonlySet<number>, body: readonly IrStatement[]): Set<number> {
  const left = new Set(set);
  const visit = (statements: readonly IrStatement[]): void => {
    for (const statement of statements) {
      if (statement.kind === "assign") left.delete(statement.target);
      else if (statement.kind === "if") {
        visit(statement.then);
        visit(statement.else);
      } else if (statement.kind === "loop" || statement.kind === "block") visit(statement.body);
    }
  };
  if (left.size > 0) visit(body);
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
  return body.some((statement) => {
    switch (statement.kind) {
      case "assign":
        return callsCompiledCode(statement.operation);
      case "if":
        return hasLoopOrCall(statement.then) || hasLoopOrCall(statement.else);
      case "block":
        return hasLoopOrCall(statement.body);
      case "loop":
        return true;
      case "break":
      case "continue":
      case "fail":
      case "return":
      default:
        return false;
    }
  });
}
