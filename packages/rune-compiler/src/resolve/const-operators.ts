// Operators on constant values: the arithmetic of the language, checked, with the left operand deciding the type.

import type { BinaryOperator } from "../syntax/ast-expression.ts";
import type { ConstValue } from "./const-value.ts";

/** Why an operation has no value, as a sentence. */
export interface ConstFailure {
  readonly failure: string;
}

const INT_LIMIT = 1n << 63n;
const UINT_LIMIT = 1n << 64n;

/** Applies a binary operator other than `&&`, `||`, `as`, `is` and assignments. */
export function applyBinary(operator: BinaryOperator, left: ConstValue, right: ConstValue): ConstValue | ConstFailure {
  if (operator === "==" || operator === "!=") {
    const equal = equals(left, right);
    return equal === null ? mismatch(operator, left, right) : { kind: "bool", value: equal === (operator === "==") };
  }
  if (operator === "<" || operator === ">" || operator === "<=" || operator === ">=") {
    const order = compare(left, right);
    if (order === null) return mismatch(operator, left, right);
    return { kind: "bool", value: ordered(operator, order) };
  }
  if ((left.kind === "int" || left.kind === "uint") && (right.kind === "int" || right.kind === "uint")) {
    return integers(operator, left, right.value);
  }
  if (left.kind === "float" && right.kind === "float") return floats(operator, left.value, right.value);
  if (left.kind === "bool" && right.kind === "bool") return booleans(operator, left.value, right.value);
  if (operator === "+" && left.kind === "string" && right.kind === "string") {
    return { kind: "string", value: left.value + right.value };
  }
  return mismatch(operator, left, right);
}

/** Negates a number. */
export function applyNegation(value: ConstValue): ConstValue | ConstFailure {
  if (value.kind === "float") return { kind: "float", value: -value.value };
  if (value.kind === "int") return fit("int", -value.value);
  return { failure: "Only signed numbers can be negated" };
}

/** Converts a number to `i64`, `u64` or `f64`. */
export function applyCast(value: ConstValue, to: string): ConstValue | ConstFailure {
  if (value.kind !== "int" && value.kind !== "uint" && value.kind !== "float") {
    return { failure: `Only numbers can be converted to \`${to}\`` };
  }
  if (to === "f64") return { kind: "float", value: Number(value.value) };
  if (to !== "i64" && to !== "u64") return { failure: `Values cannot be converted to \`${to}\`` };
  const kind = to === "i64" ? "int" : "uint";
  if (value.kind !== "float") {
    const whole = to === "i64" ? BigInt.asIntN(64, value.value) : BigInt.asUintN(64, value.value);
    return { kind, value: whole };
  }
  if (Number.isNaN(value.value)) return { kind, value: 0n };
  const low = to === "i64" ? -INT_LIMIT : 0n;
  const high = to === "i64" ? INT_LIMIT - 1n : UINT_LIMIT - 1n;
  if (value.value <= Number(low)) return { kind, value: low };
  return { kind, value: value.value >= Number(high) ? high : BigInt(Math.trunc(value.value)) };
}

function mismatch(operator: string, left: ConstValue, right: ConstValue): ConstFailure {
  return { failure: `Unsupported operation \`${left.kind} ${operator} ${right.kind}\` in a constant` };
}

function ordered(operator: "<" | ">" | "<=" | ">=", order: number): boolean {
  switch (operator) {
    case "<":
      return order < 0;
    case ">":
      return order > 0;
    case "<=":
      return order <= 0;
    case ">=":
      return order >= 0;
  }
}

function equals(left: ConstValue, right: ConstValue): boolean | null {
  if ((left.kind === "int" || left.kind === "uint") && (right.kind === "int" || right.kind === "uint")) {
    return left.value === right.value;
  }
  switch (left.kind) {
    case "unit":
      return right.kind === "unit" ? true : null;
    case "bool":
    case "char":
    case "float":
    case "string":
      return right.kind === left.kind ? left.value === right.value : null;
    case "tuple":
    case "vec": {
      if (right.kind !== left.kind) return null;
      if (right.items.length !== left.items.length) return false;
      for (const [index, item] of left.items.entries()) {
        const other = right.items[index];
        const same = other === undefined ? null : equals(item, other);
        if (same !== true) return same;
      }
      return true;
    }
    case "int":
    case "uint":
    case "bytes":
    case "object":
      return null;
  }
}

function compare(left: ConstValue, right: ConstValue): number | null {
  if ((left.kind === "int" || left.kind === "uint") && (right.kind === "int" || right.kind === "uint")) {
    return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
  }
  if (left.kind === "float" && right.kind === "float") return left.value - right.value;
  if (left.kind === "char" && right.kind === "char") return left.value - right.value;
  if (left.kind === "string" && right.kind === "string") {
    return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
  }
  return null;
}

function integers(
  operator: string,
  left: Extract<ConstValue, { kind: "int" | "uint" }>,
  b: bigint,
): ConstValue | ConstFailure {
  const { kind, value: a } = left;
  switch (operator) {
    case "+":
      return fit(kind, a + b);
    case "-":
      return fit(kind, a - b);
    case "*":
      return fit(kind, a * b);
    case "/":
      return b === 0n ? { failure: "Division by zero" } : fit(kind, a / b);
    case "%":
      return b === 0n ? { failure: "Division by zero" } : fit(kind, a % b);
    case "<<":
      if (b < 0n || b >= 64n) return { failure: "Shift by more than 63 bits" };
      return { kind, value: kind === "int" ? BigInt.asIntN(64, a << b) : BigInt.asUintN(64, a << b) };
    case ">>":
      return b < 0n || b >= 64n ? { failure: "Shift by more than 63 bits" } : { kind, value: a >> b };
    case "&":
      return { kind, value: a & b };
    case "|":
      return { kind, value: a | b };
    case "^":
      return { kind, value: a ^ b };
    default:
      return { failure: `Operator \`${operator}\` is not supported in a constant` };
  }
}

function fit(kind: "int" | "uint", value: bigint): ConstValue | ConstFailure {
  const low = kind === "int" ? -INT_LIMIT : 0n;
  const high = kind === "int" ? INT_LIMIT : UINT_LIMIT;
  if (value < low) return { failure: "Arithmetic underflow" };
  return value >= high ? { failure: "Arithmetic overflow" } : { kind, value };
}

function floats(operator: string, a: number, b: number): ConstValue | ConstFailure {
  switch (operator) {
    case "+":
      return { kind: "float", value: a + b };
    case "-":
      return { kind: "float", value: a - b };
    case "*":
      return { kind: "float", value: a * b };
    case "/":
      return { kind: "float", value: a / b };
    case "%":
      return { kind: "float", value: a % b };
    default:
      return { failure: `Operator \`${operator}\` does not take floats` };
  }
}

function booleans(operator: string, a: boolean, b: boolean): ConstValue | ConstFailure {
  switch (operator) {
    case "&":
      return { kind: "bool", value: a && b };
    case "|":
      return { kind: "bool", value: a || b };
    case "^":
      return { kind: "bool", value: a !== b };
    default:
      return { failure: `Operator \`${operator}\` does not take booleans` };
  }
}
