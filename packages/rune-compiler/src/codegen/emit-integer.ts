// Generates checked 64-bit integer operations: overflow, underflow and division by zero end the invocation, as the
// source language wants it. Each operand is pushed as often as the check needs it, so pushing must be cheap and pure.

import type { HirBinary } from "../hir/hir.ts";
import { I64, OP } from "../wasm/opcodes.ts";
import { layout } from "@crucible/rune-runtime";
import type { FunctionEmitter } from "./function-emitter.ts";

type Push = () => void;

/** Two integers of one kind. */
export interface Integers {
  readonly signed: boolean;
  readonly left: Push;
  readonly right: Push;
  /** The right operand where it is known: then most checks shrink to one comparison. */
  readonly constant: bigint | null;
}

const MIN = -(1n << 63n);
const MAX = (1n << 63n) - 1n;

/** Emits an operation on two integers of one kind; leaves an i64. */
export function emitIntegerOperation(emitter: FunctionEmitter, operator: HirBinary, operands: Integers): void {
  const { code } = emitter;
  const { signed, left, right } = operands;
  switch (operator) {
    case "+":
    case "-":
      if (signed) emitSum(emitter, operator, operands);
      else emitUnsignedSum(emitter, operator, operands);
      return;
    case "*":
      emitProduct(emitter, operands);
      return;
    case "/":
    case "%":
      emitQuotient(emitter, operator, operands);
      return;
    case "&":
    case "|":
    case "^":
      left();
      right();
      code.op(operator === "&" ? OP.i64And : operator === "|" ? OP.i64Or : OP.i64Xor);
      return;
    case "<<":
    case ">>":
      emitShift(emitter, operator, operands);
      return;
    case "!=":
    case "<":
    case "<=":
    case "==":
    case ">":
    case ">=":
    default:
      throw new TypeError(`"${operator}" is not an integer operation`);
  }
}

/** Ends the invocation when the i32 on the stack is not 0. */
function failIf(emitter: FunctionEmitter, name: "overflow" | "underflow" | "divide"): void {
  const { code, context } = emitter;
  code.open(OP.if);
  if (name === "divide") emitter.fail(layout.FAIL_DIVIDE_BY_ZERO, null, null);
  else {
    code.call(context.runtimeFunction(name));
    code.unreachable();
  }
  code.end();
}

/** Emits `-value` of an i64: the least one has no opposite. */
export function emitNegation(emitter: FunctionEmitter, value: Push): void {
  const { code } = emitter;
  value();
  code.i64(MIN);
  code.op(OP.i64Eq);
  failIf(emitter, "overflow");
  code.i64(0n);
  value();
  code.op(OP.i64Sub);
}

function emitSum(emitter: FunctionEmitter, operator: "+" | "-", { left, right, constant }: Integers): void {
  const { code } = emitter;
  const result = code.scratch(I64);
  const failure = operator === "+" ? "overflow" : "underflow";
  left();
  right();
  code.op(operator === "+" ? OP.i64Add : OP.i64Sub);
  code.tee(result);
  if (constant !== null) {
    // Adding something positive must not make it smaller.
    left();
    const grows = operator === "+" ? constant >= 0n : constant < 0n;
    code.op(grows ? OP.i64LtS : OP.i64GtS);
  } else if (operator === "+") {
    // Overflow: both operands have the sign that the result has not.
    left();
    code.op(OP.i64Xor);
    code.get(result);
    right();
    code.op(OP.i64Xor, OP.i64And);
    code.i64(0n);
    code.op(OP.i64LtS);
  } else {
    // Overflow: the operands differ in sign, and the result has not the left one's.
    left();
    code.op(OP.i64Xor);
    left();
    right();
    code.op(OP.i64Xor, OP.i64And);
    code.i64(0n);
    code.op(OP.i64LtS);
  }
  failIf(emitter, failure);
  code.get(result);
  code.release(result);
}

function emitUnsignedSum(emitter: FunctionEmitter, operator: "+" | "-", { left, right }: Integers): void {
  const { code } = emitter;
  const result = code.scratch(I64);
  left();
  right();
  code.op(operator === "+" ? OP.i64Add : OP.i64Sub);
  code.tee(result);
  left();
  code.op(operator === "+" ? OP.i64LtU : OP.i64GtU);
  failIf(emitter, operator === "+" ? "overflow" : "underflow");
  code.get(result);
  code.release(result);
}

function emitProduct(emitter: FunctionEmitter, { signed, left, right, constant }: Integers): void {
  const { code, context } = emitter;
  const slow = context.runtimeFunction(signed ? "mul_i64" : "mul_u64");
  if (signed && constant !== null && constant !== 0n && constant > MIN) {
    // One range test decides; what it lets through cannot overflow.
    const magnitude = constant < 0n ? -constant : constant;
    const bound = MAX / magnitude;
    left();
    code.i64(bound);
    code.op(OP.i64Add);
    code.i64(bound * 2n);
    code.op(OP.i64LeU);
  } else if (signed) {
    fits32(emitter, left);
    fits32(emitter, right);
    code.op(OP.i32And);
  } else {
    left();
    right();
    code.op(OP.i64Or);
    code.i64(0xffff_ffffn);
    code.op(OP.i64LeU);
  }
  code.open(OP.if, I64);
  left();
  right();
  code.op(OP.i64Mul);
  code.else();
  left();
  right();
  code.call(slow);
  code.end();
}

/** Whether a number is a 32-bit one. */
function fits32(emitter: FunctionEmitter, value: Push): void {
  const { code } = emitter;
  value();
  code.i64(0x8000_0000n);
  code.op(OP.i64Add);
  code.i64(0x1_0000_0000n);
  code.op(OP.i64LtU);
}

function emitQuotient(
  emitter: FunctionEmitter,
  operator: "/" | "%",
  { signed, left, right, constant }: Integers,
): void {
  const { code } = emitter;
  if (constant !== null && constant > 0n) {
    const shift = powerOfTwo(constant);
    if (signed && shift > 0) {
      emitPowerOfTwo(emitter, operator, left, shift);
      return;
    }
  } else {
    right();
    code.op(OP.i64Eqz);
    failIf(emitter, "divide");
    if (signed) {
      right();
      code.i64(-1n);
      code.op(OP.i64Eq);
      left();
      code.i64(MIN);
      code.op(OP.i64Eq, OP.i32And);
      failIf(emitter, "divide");
    }
  }
  left();
  right();
  if (operator === "/") code.op(signed ? OP.i64DivS : OP.i64DivU);
  else code.op(signed ? OP.i64RemS : OP.i64RemU);
}

function powerOfTwo(value: bigint): number {
  const bits = value.toString(2);
  return /^10*$/.test(bits) ? bits.length - 1 : -1;
}

/** Division by 2ⁿ that rounds to zero: negative numbers are moved up by 2ⁿ−1 first. */
function emitPowerOfTwo(emitter: FunctionEmitter, operator: "/" | "%", left: Push, shift: number): void {
  const { code } = emitter;
  const pushMoved = (): void => {
    left();
    if (shift > 1) {
      left();
      code.i64(63n);
      code.op(OP.i64ShrS);
    } else left();
    code.i64(BigInt(64 - shift));
    code.op(OP.i64ShrU, OP.i64Add);
  };
  if (operator === "/") {
    pushMoved();
    code.i64(BigInt(shift));
    code.op(OP.i64ShrS);
    return;
  }
  left();
  pushMoved();
  code.i64(-(1n << BigInt(shift)));
  code.op(OP.i64And, OP.i64Sub);
}

function emitShift(emitter: FunctionEmitter, operator: "<<" | ">>", { signed, left, right, constant }: Integers): void {
  const { code } = emitter;
  if (constant === null || constant < 0n || constant > 63n) {
    right();
    code.i64(63n);
    code.op(OP.i64GtU);
    failIf(emitter, operator === "<<" ? "overflow" : "underflow");
  }
  left();
  right();
  code.op(operator === "<<" ? OP.i64Shl : signed ? OP.i64ShrS : OP.i64ShrU);
}
