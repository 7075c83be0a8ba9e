// Operators of the IR interpreter: the left operand decides, integers are checked, nothing is converted silently.

import type { HirBinary } from "../hir/hir.ts";
import type { RuneValue } from "./value.ts";
import { InterpretedFailure } from "./value.ts";

const LIMITS = { i64: [-(1n << 63n), (1n << 63n) - 1n], u64: [0n, (1n << 64n) - 1n] } as const;

/** Operators on integers without bounds. */
const INTEGER: Partial<Record<HirBinary, (a: bigint, b: bigint) => bigint>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => a << b,
  ">>": (a, b) => a >> b,
};

const FLOAT: Partial<Record<HirBinary, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

type Integer = RuneValue & { readonly kind: "i64" | "u64" };

function isInteger(value: RuneValue): value is Integer {
  return value.kind === "i64" || value.kind === "u64";
}

/** `left operator right`. */
export function applyBinary(operator: HirBinary, left: RuneValue, right: RuneValue): RuneValue {
  if (operator === "==" || operator === "!=") {
    return { kind: "bool", value: areEqual(left, right) === (operator === "==") };
  }
  if (operator === "<" || operator === "<=" || operator === ">" || operator === ">=") {
    return { kind: "bool", value: holds(operator, left, right) };
  }
  if (isInteger(left)) {
    if (!isInteger(right)) throw new InterpretedFailure("binary");
    return integer(left.kind, operator, left.value, inRangeOf(left, right));
  }
  if (left.kind === "f64" && right.kind === "f64")
    return { kind: "f64", value: float(operator, left.value, right.value) };
  if (left.kind === "String" && right.kind === "String" && operator === "+")
    return { kind: "String", text: left.text + right.text };
  if (left.kind === "bool" && right.kind === "bool") {
    if (operator === "&") return { kind: "bool", value: left.value && right.value };
    if (operator === "|") return { kind: "bool", value: left.value || right.value };
    if (operator === "^") return { kind: "bool", value: left.value !== right.value };
  }
  throw new InterpretedFailure("binary");
}

/** The right operand as a number of the left one's kind. */
function inRangeOf(left: Integer, right: Integer): bigint {
  const [least, most] = LIMITS[left.kind];
  if (right.value < least || right.value > most) throw new InterpretedFailure("binary");
  return right.value;
}

function integer(kind: "i64" | "u64", operator: HirBinary, a: bigint, b: bigint): RuneValue {
  const [least, most] = LIMITS[kind];
  const failure =
    operator === "-" || operator === ">>"
      ? "underflow"
      : operator === "/" || operator === "%"
        ? "divide-by-zero"
        : "overflow";
  const result = integerResult(operator, a, b, failure);
  if (operator === "<<")
    return { kind, value: kind === "i64" ? BigInt.asIntN(64, result) : BigInt.asUintN(64, result) };
  if (result < least || result > most) throw new InterpretedFailure(failure);
  return { kind, value: result };
}

function integerResult(operator: HirBinary, a: bigint, b: bigint, failure: string): bigint {
  if (operator === "/" || operator === "%") {
    if (b === 0n || (b === -1n && a === LIMITS.i64[0])) throw new InterpretedFailure(failure);
  } else if ((operator === "<<" || operator === ">>") && (b < 0n || b > 63n)) throw new InterpretedFailure(failure);
  const compute = INTEGER[operator];
  if (compute === undefined) throw new InterpretedFailure("binary");
  return compute(a, b);
}

function float(operator: HirBinary, a: number, b: number): number {
  const compute = FLOAT[operator];
  if (compute === undefined) throw new InterpretedFailure("binary");
  return compute(a, b);
}

/** `==`, where the types permit it. */
export function areEqual(left: RuneValue, right: RuneValue): boolean {
  const lists = (a: readonly RuneValue[], b: readonly RuneValue[]): boolean =>
    a.length === b.length && a.every((item, index) => areEqual(item, b[index] ?? { kind: "unit" }));
  if (isInteger(left) && isInteger(right)) return left.value === inRangeOf(left, right);
  switch (left.kind) {
    case "unit":
      if (right.kind === "unit") return true;
      break;
    case "bool":
    case "char":
    case "f64":
    case "Ordering":
      if (right.kind === left.kind) return left.value === right.value;
      break;
    case "String":
      if (right.kind === "String") return left.text === right.text;
      break;
    case "Vec":
    case "Tuple":
      if (right.kind === left.kind) return lists(left.items, right.items);
      break;
    case "Option":
      if (right.kind !== "Option") break;
      if (left.content === null || right.content === null) return left.content === right.content;
      return areEqual(left.content, right.content);
    case "Result":
      if (right.kind === "Result") return left.ok === right.ok && areEqual(left.content, right.content);
      break;
    case "struct":
      if (right.kind === "struct" && right.type === left.type)
        return left.shape === right.shape && lists(left.slots, right.slots);
      break;
    case "Object":
      if (right.kind !== "Object") break;
      return (
        left.entries.size === right.entries.size &&
        [...left.entries].every(([key, item]) => {
          const other = right.entries.get(key);
          return other !== undefined && areEqual(item, other);
        })
      );
    case "Bytes":
    case "Function":
    case "Range":
    case "Type":
    case "end":
    case "i64":
    case "u64":
    default:
      break;
  }
  throw new InterpretedFailure("binary");
}

function holds(operator: "<" | "<=" | ">" | ">=", left: RuneValue, right: RuneValue): boolean {
  const order = compare(left, right);
  if (order === null) return false;
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  return operator === ">" ? order > 0 : order >= 0;
}

/** −1, 0 or 1; null for floats without an order. */
function compare(left: RuneValue, right: RuneValue): number | null {
  const sign = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
  if (isInteger(left) && isInteger(right)) return sign(left.value, inRangeOf(left, right));
  if (left.kind === "f64" && right.kind === "f64") {
    return Number.isNaN(left.value) || Number.isNaN(right.value) ? null : sign(left.value, right.value);
  }
  if (left.kind === "char" && right.kind === "char") return sign(left.value, right.value);
  if (left.kind === "String" && right.kind === "String") return compareText(left.text, right.text);
  throw new InterpretedFailure("binary");
}

/** By code points, which is the order of UTF-8 bytes. */
function compareText(a: string, b: string): number {
  const left = Array.from(a, (char) => char.codePointAt(0) ?? 0);
  const right = Array.from(b, (char) => char.codePointAt(0) ?? 0);
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(left.length - right.length);
}

/** `-value` or `!value`. */
export function applyUnary(operator: "-" | "!", value: RuneValue): RuneValue {
  if (operator === "!") {
    if (value.kind === "bool") return { kind: "bool", value: !value.value };
    if (value.kind === "i64") return { kind: "i64", value: ~value.value };
    if (value.kind === "u64") return { kind: "u64", value: BigInt.asUintN(64, ~value.value) };
  } else {
    if (value.kind === "f64") return { kind: "f64", value: -value.value };
    if (value.kind === "i64") return integer("i64", "*", value.value, -1n);
  }
  throw new InterpretedFailure("unary");
}

/** `value as to`: saturating from floats, wrapping between integers. */
export function applyCast(to: "i64" | "u64" | "f64", value: RuneValue): RuneValue {
  if (isInteger(value)) {
    if (to === "f64") return { kind: "f64", value: Number(value.value) };
    return { kind: to, value: to === "i64" ? BigInt.asIntN(64, value.value) : BigInt.asUintN(64, value.value) };
  }
  if (value.kind === "f64") {
    if (to === "f64") return value;
    const [least, most] = LIMITS[to];
    if (Number.isNaN(value.value)) return { kind: to, value: 0n };
    if (!Number.isFinite(value.value)) return { kind: to, value: value.value < 0 ? least : most };
    const whole = BigInt(Math.trunc(value.value));
    return { kind: to, value: whole < least ? least : whole > most ? most : whole };
  }
  throw new InterpretedFailure("cast");
}
