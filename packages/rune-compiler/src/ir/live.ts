// Which variables that may hold references are needed after each statement that runs other compiled code or collects:
// these are the roots that code generation stores to the shadow stack there. A backward walk over structured code.

import type { Instance } from "./instance.ts";
import type { IrAtom, IrOperation, IrStatement } from "./ir.ts";
import { isTest, visitAtoms } from "./ir.ts";
import { failureAtom } from "./statements.ts";
import { mayBeReference } from "./types.ts";

/** Roots by statement. Lists are made when asked for, because together they can be far larger than the function. */
export interface Liveness {
  /** Parameters and captures that the body reads. */
  readonly entry: readonly number[];
  /** Roots after an assignment that may collect (its own target excluded), or at the head of a loop. */
  readonly after: (statement: IrStatement) => readonly number[];
  /** Whether there are roots after any assignment that satisfies a condition. */
  readonly some: (condition: (operation: IrOperation) => boolean) => boolean;
}

/** Bits of a set of variables, by the rank of a variable among those that may hold references. */
type Bits = bigint;

/** Computes the roots of one instance. */
export function findLive(instance: Instance): Liveness {
  const ranks = new Map<number, bigint>();
  const variables: number[] = [];
  instance.types.forEach((type, variable) => {
    if (!mayBeReference(type)) return;
    ranks.set(variable, 1n << BigInt(variables.length));
    variables.push(variable);
  });
  const after = new Map<IrStatement, Bits>();
  if (variables.length === 0) return { entry: [], after: () => [], some: () => false };
  const bitOf = (atom: IrAtom): Bits => (typeof atom === "number" ? (ranks.get(atom) ?? 0n) : 0n);
  const toList = (live: Bits): number[] => {
    // By digits: shifting a long number bit by bit would copy it for each bit.
    const digits = live.toString(16);
    const found: number[] = [];
    for (let at = digits.length - 1, rank = 0; at >= 0; at -= 1, rank += 4) {
      const digit = Number.parseInt(digits[at] ?? "0", 16);
      for (let bit = 0; digit >> bit !== 0; bit += 1) {
        if (((digit >> bit) & 1) !== 0) found.push(variables[rank + bit] ?? 0);
      }
    }
    return found;
  };
  const record = (statement: IrStatement, live: Bits): void => {
    if (live !== 0n) after.set(statement, live);
    else after.delete(statement);
  };
  const breaks = new Map<number, Bits>();
  const heads = new Map<number, Bits>();

  const list = (statements: readonly IrStatement[], end: Bits): Bits => {
    let live = end;
    for (let index = statements.length - 1; index >= 0; index -= 1) {
      const statement = statements[index];
      if (statement !== undefined) live = one(statement, live);
    }
    return live;
  };
  const one = (statement: IrStatement, live: Bits): Bits => {
    switch (statement.kind) {
      case "assign": {
        let before = statement.target < 0 ? live : live & ~bitOf(statement.target);
        if (mayCollect(statement.operation, instance)) record(statement, before);
        visitAtoms(statement.operation, (atom) => {
          before |= bitOf(atom);
        });
        return before;
      }
      case "if": {
        const decided = typeof statement.condition === "number" ? instance.decided.get(statement.condition) : undefined;
        let before = bitOf(statement.condition);
        if (decided !== false) before |= list(statement.then, live);
        if (decided !== true) before |= list(statement.else, live);
        return before;
      }
      case "block": {
        breaks.set(statement.label, live);
        return list(statement.body, live);
      }
      case "loop": {
        breaks.set(statement.label, live);
        let head = 0n;
        for (;;) {
          heads.set(statement.label, head);
          const next = list(statement.body, head);
          if (next === head) break;
          head |= next;
        }
        record(statement, head);
        return head;
      }
      case "break":
        return breaks.get(statement.label) ?? 0n;
      case "continue":
        return heads.get(statement.label) ?? 0n;
      case "return":
        return bitOf(statement.value);
      case "fail": {
        const atom = failureAtom(statement.failure);
        return atom === null ? 0n : bitOf(atom);
      }
    }
  };
  return {
    entry: toList(list(instance.function.body, 0n)),
    after: (statement) => toList(after.get(statement) ?? 0n),
    some: (condition) => {
      for (const statement of after.keys())
        if (statement.kind === "assign" && condition(statement.operation)) return true;
      return false;
    },
  };
}

/** Whether a collection may happen while the operation runs: it calls compiled code, or may find memory full. */
export function mayCollect(operation: IrOperation, instance: Instance): boolean {
  if (isTest(operation)) return false;
  switch (operation.kind) {
    case "copy":
    case "assume":
    case "part":
    case "entry":
    case "cast":
    case "unary":
    case "get-static":
    case "set-static":
    case "get-field":
    case "print":
      return false;
    case "binary":
    case "compound": {
      const type = typeof operation.left === "number" ? instance.types[operation.left] : undefined;
      if (type === undefined || (type.kind === "simple" && SCALARS.has(type.name))) return false;
      return !COMPARISONS.has(operation.operator);
    }
    case "set-field": {
      const type = typeof operation.value === "number" ? instance.types[operation.value] : undefined;
      return type?.kind !== "shape" && type?.kind !== "declared" && type?.kind !== "tuple";
    }
    default:
      return true;
  }
}

const SCALARS: ReadonlySet<string> = new Set(["i64", "u64", "f64", "bool", "char", "unit"]);
const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);
