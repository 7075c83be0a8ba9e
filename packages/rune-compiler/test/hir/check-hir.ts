// The invariants of HIR, checked: locals are assigned on every path before they are read, labels are open where they
// are left, nothing follows a statement that never completes, and control never reaches the end of a function.

import type { HirFunction, HirModule, HirStatement } from "@crucible/rune-compiler";

type Assigned = ReadonlySet<number>;

interface State {
  readonly fn: HirFunction;
  readonly problems: string[];
  /** What is assigned wherever a label is left; null until it is. */
  readonly left: Map<number, Assigned | null>;
}

/** Sentences about what is wrong in a module. */
export function checkHir(module: HirModule): readonly string[] {
  const problems: string[] = [];
  for (const fn of module.functions) {
    const state: State = { fn, problems, left: new Map() };
    const end = checkList(state, fn.body, new Set([...fn.parameters, ...fn.captures]));
    if (end !== null) problems.push(`${fn.path}: control reaches the end`);
  }
  return problems;
}

/** What is assigned behind a list; null if its end is not reached. */
function checkList(state: State, list: readonly HirStatement[], before: Assigned): Assigned | null {
  let at: Assigned | null = before;
  for (const statement of list) {
    if (at === null) {
      state.problems.push(`${state.fn.path}: ${statement.kind} is never reached`);
      return null;
    }
    at = checkStatement(state, statement, at);
  }
  return at;
}

function checkStatement(state: State, statement: HirStatement, before: Assigned): Assigned | null {
  switch (statement.kind) {
    case "assign":
      readAll(state, statement.operation, before);
      return statement.target === null ? before : new Set([...before, statement.target]);
    case "if": {
      readAll(state, statement.condition, before);
      return meet(checkList(state, statement.then, before), checkList(state, statement.else, before));
    }
    case "loop":
    case "block": {
      state.left.set(statement.label, null);
      const end = checkList(state, statement.body, before);
      const left = state.left.get(statement.label) ?? null;
      state.left.delete(statement.label);
      return statement.kind === "block" ? meet(end, left) : left;
    }
    case "for": {
      readAll(state, statement.iterable, before);
      state.left.set(statement.label, before);
      checkList(state, statement.body, new Set([...before, statement.item]));
      state.left.delete(statement.label);
      return before;
    }
    case "break":
    case "continue": {
      if (!state.left.has(statement.label))
        state.problems.push(`${state.fn.path}: label ${statement.label} is not open`);
      else if (statement.kind === "break") {
        state.left.set(statement.label, meet(state.left.get(statement.label) ?? null, before));
      }
      return null;
    }
    case "return":
      readAll(state, statement.value, before);
      return null;
    case "fail":
      readAll(state, statement.failure, before);
      return null;
  }
}

function meet(a: Assigned | null, b: Assigned | null): Assigned | null {
  if (a === null || b === null) return a ?? b;
  return new Set([...a].filter((local) => b.has(local)));
}

/** Every atom in an operation: objects with `kind: 'local'` and a number `local`. */
function readAll(state: State, node: unknown, assigned: Assigned): void {
  if (Array.isArray(node)) {
    for (const part of node) readAll(state, part, assigned);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  const fields: Record<string, unknown> = Object.fromEntries(Object.entries(node));
  if (fields["kind"] === "local" && typeof fields["local"] === "number") {
    const { local } = fields as { readonly local: number };
    if (!assigned.has(local)) {
      const name = state.fn.locals[local]?.name ?? "a temporary";
      state.problems.push(`${state.fn.path}: local ${local} (${name}) is read before it is assigned`);
    }
    return;
  }
  for (const value of Object.values(fields)) readAll(state, value, assigned);
}
