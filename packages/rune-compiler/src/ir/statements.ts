// Walks over lists of statements, and what can be asked of them without types: sizes, jumps, assignments, uses.

import type { IrAtom, IrFailure, IrFunction, IrOperation, IrStatement, VariableId } from "./ir.ts";
import { visitAtoms } from "./ir.ts";

/** Calls `visit` with every statement, each before those inside it. */
export function visitStatements(statements: readonly IrStatement[], visit: (statement: IrStatement) => void): void {
  for (const statement of statements) {
    visit(statement);
    if (statement.kind === "if") {
      visitStatements(statement.then, visit);
      visitStatements(statement.else, visit);
    } else if (statement.kind === "loop" || statement.kind === "block") visitStatements(statement.body, visit);
  }
}

/** Whether a condition holds for any statement; looks no further than it must. */
export function someStatement(statements: readonly IrStatement[], holds: (statement: IrStatement) => boolean): boolean {
  for (const statement of statements) {
    if (holds(statement)) return true;
    if (statement.kind === "if") {
      if (someStatement(statement.then, holds) || someStatement(statement.else, holds)) return true;
    } else if (statement.kind === "loop" || statement.kind === "block") {
      if (someStatement(statement.body, holds)) return true;
    }
  }
  return false;
}

/** Number of statements, inner ones included. */
export function countStatements(statements: readonly IrStatement[]): number {
  let count = 0;
  visitStatements(statements, () => {
    count += 1;
  });
  return count;
}

/** Whether a list has a break to a label. */
export function breaksTo(statements: readonly IrStatement[], label: number): boolean {
  return someStatement(statements, (statement) => statement.kind === "break" && statement.label === label);
}

/** Whether control never reaches the end of a list. */
export function diverges(statements: readonly IrStatement[]): boolean {
  const last = statements[statements.length - 1];
  if (last === undefined) return false;
  switch (last.kind) {
    case "break":
    case "continue":
    case "return":
    case "fail":
      return true;
    case "if":
      return diverges(last.then) && diverges(last.else);
    case "loop":
      return !breaksTo(last.body, last.label);
    case "block":
      return diverges(last.body) && !breaksTo(last.body, last.label);
    case "assign":
      return false;
  }
}

/** The highest label of a list; 0 when it has none. */
export function highestLabel(statements: readonly IrStatement[]): number {
  let highest = 0;
  visitStatements(statements, (statement) => {
    if (statement.kind === "loop" || statement.kind === "block") highest = Math.max(highest, statement.label);
  });
  return highest;
}

/** The operand of a failure; null when it has none. */
export function failureAtom(failure: IrFailure): IrAtom | null {
  if (failure.kind === "panic") return failure.message;
  return failure.kind === "pattern" ? failure.value : null;
}

/** Calls `visit` with the operands of a statement itself, not of those inside it. */
export function visitOperands(statement: IrStatement, visit: (atom: IrAtom) => void): void {
  switch (statement.kind) {
    case "assign":
      visitAtoms(statement.operation, visit);
      return;
    case "if":
      visit(statement.condition);
      return;
    case "return":
      visit(statement.value);
      return;
    case "fail": {
      const atom = failureAtom(statement.failure);
      if (atom !== null) visit(atom);
      return;
    }
    case "loop":
    case "block":
    case "break":
    case "continue":
      return;
  }
}

/** How often each variable of a function is read. */
export function countUses(fn: IrFunction): Uint32Array {
  const uses = new Uint32Array(fn.variables.length);
  visitStatements(fn.body, (statement) =>
    visitOperands(statement, (atom) => {
      if (typeof atom === "number") uses[atom] = (uses[atom] ?? 0) + 1;
    }),
  );
  return uses;
}

const counted = new WeakMap<IrFunction, Uint32Array>();

/** How many statements assign each variable of a function (parameters and captures count as one); kept by function. */
export function assignmentCounts(fn: IrFunction): Uint32Array {
  const known = counted.get(fn);
  if (known !== undefined) return known;
  const counts = new Uint32Array(fn.variables.length);
  const add = (variable: VariableId): void => {
    counts[variable] = (counts[variable] ?? 0) + 1;
  };
  for (const variable of [...fn.parameters, ...fn.captures]) add(variable);
  visitStatements(fn.body, (statement) => {
    if (statement.kind === "assign" && statement.target >= 0) add(statement.target);
  });
  counted.set(fn, counts);
  return counts;
}

const numbered = new WeakMap<IrFunction, Map<IrOperation, number>>();

/** The number of an operation in its function; kept by function. */
export function operationNumber(fn: IrFunction, operation: IrOperation): number {
  let numbers = numbered.get(fn);
  if (numbers === undefined) {
    const made = new Map<IrOperation, number>();
    visitStatements(fn.body, (statement) => {
      if (statement.kind === "assign") made.set(statement.operation, made.size);
    });
    numbers = made;
    numbered.set(fn, made);
  }
  return numbers.get(operation) ?? -1;
}
