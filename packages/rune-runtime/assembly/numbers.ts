// The functions of i64, u64 and f64 beyond the operators. Forms without an answer give END.
import { FAIL_UNDERFLOW, OP_ADD, OP_DIV, OP_MUL, OP_REM, OP_SUB, TAG_INT, TAG_U64 } from "../src/layout";
import { mulOverflows, mulOverflowsUnsigned } from "./arithmetic";
import { fail, failType } from "./fail";
import { any, anyEnd } from "./value";

// ── i64 ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An exponent as u32, as the reference takes it. */
function exponentOf(value: i64, tag: i32): u32 {
  if (tag != TAG_INT && tag != TAG_U64) failType(value, tag, TAG_INT);
  if (<u64>value > 0xffffffff) fail(FAIL_UNDERFLOW);
  return <u32>value;
}

/** Wraps on overflow. */
export function i64_pow(a: i64, exponent: i64, tag: i32): i64 {
  let n = exponentOf(exponent, tag);
  let result: i64 = 1;
  let power = a;
  while (n) {
    if (n & 1) result *= power;
    power *= power;
    n >>= 1;
  }
  return result;
}

export function i64_saturating_pow(a: i64, exponent: i64, tag: i32): i64 {
  let n = exponentOf(exponent, tag);
  const limit = a < 0 && (n & 1) != 0 ? i64.MIN_VALUE : i64.MAX_VALUE;
  let result: i64 = 1;
  let power = a;
  while (n) {
    if (n & 1) {
      if (mulOverflows(result, power)) return limit;
      result *= power;
    }
    n >>= 1;
    if (n) {
      if (mulOverflows(power, power)) return limit;
      power *= power;
    }
  }
  return result;
}

@inline
function divides(a: i64, b: i64): bool {
  return b != 0 && !(b == -1 && a == i64.MIN_VALUE);
}

/** `checked_…`: an i64, or END. */
export function i64_checked(op: i32, a: i64, b: i64): i64 {
  switch (op) {
    case OP_ADD: {
      const r = a + b;
      return ((a ^ r) & (b ^ r)) < 0 ? anyEnd() : any(r, TAG_INT);
    }
    case OP_SUB: {
      const r = a - b;
      return ((a ^ b) & (a ^ r)) < 0 ? anyEnd() : any(r, TAG_INT);
    }
    case OP_MUL:
      return mulOverflows(a, b) ? anyEnd() : any(a * b, TAG_INT);
    case OP_DIV:
      return divides(a, b) ? any(a / b, TAG_INT) : anyEnd();
    case OP_REM:
      return divides(a, b) ? any(a % b, TAG_INT) : anyEnd();
  }
  return anyEnd();
}

/** `wrapping_…`; division by zero is found by the caller. */
export function i64_wrapping(op: i32, a: i64, b: i64): i64 {
  switch (op) {
    case OP_ADD:
      return a + b;
    case OP_SUB:
      return a - b;
    case OP_MUL:
      return a * b;
    case OP_DIV:
      return b == -1 ? -a : a / b;
  }
  return b == -1 ? 0 : a % b;
}

export function i64_saturating(op: i32, a: i64, b: i64): i64 {
  if (op == OP_MUL) {
    return mulOverflows(a, b) ? ((a ^ b) < 0 ? i64.MIN_VALUE : i64.MAX_VALUE) : a * b;
  }
  const r = op == OP_ADD ? a + b : a - b;
  const over = op == OP_ADD ? ((a ^ r) & (b ^ r)) < 0 : ((a ^ b) & (a ^ r)) < 0;
  return over ? (a < 0 ? i64.MIN_VALUE : i64.MAX_VALUE) : r;
}

export function i64_abs(a: i64): i64 {
  return a < 0 ? -a : a;
}

export function i64_saturating_abs(a: i64): i64 {
  return a == i64.MIN_VALUE ? i64.MAX_VALUE : a < 0 ? -a : a;
}

export function i64_signum(a: i64): i64 {
  return a < 0 ? -1 : a > 0 ? 1 : 0;
}

/** Arguments of a kind are converted to it; what does not fit has failed before. */
export function to_i64(a: i64): i64 {
  return a;
}

export function to_u64(a: i64): i64 {
  return a;
}

// ── u64 ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export function u64_pow(a: i64, exponent: i64, tag: i32): i64 {
  return i64_pow(a, exponent, tag);
}

export function u64_saturating_pow(a: i64, exponent: i64, tag: i32): i64 {
  let n = exponentOf(exponent, tag);
  let result: u64 = 1;
  let power = <u64>a;
  while (n) {
    if (n & 1) {
      if (mulOverflowsUnsigned(result, power)) return -1;
      result *= power;
    }
    n >>= 1;
    if (n) {
      if (mulOverflowsUnsigned(power, power)) return -1;
      power *= power;
    }
  }
  return <i64>result;
}

export function u64_checked(op: i32, x: i64, y: i64): i64 {
  const a = <u64>x;
  const b = <u64>y;
  switch (op) {
    case OP_ADD:
      return a + b < a ? anyEnd() : any(<i64>(a + b), TAG_U64);
    case OP_SUB:
      return b > a ? anyEnd() : any(<i64>(a - b), TAG_U64);
    case OP_MUL:
      return mulOverflowsUnsigned(a, b) ? anyEnd() : any(<i64>(a * b), TAG_U64);
    case OP_DIV:
      return b ? any(<i64>(a / b), TAG_U64) : anyEnd();
    case OP_REM:
      return b ? any(<i64>(a % b), TAG_U64) : anyEnd();
  }
  return anyEnd();
}

export function u64_wrapping(op: i32, x: i64, y: i64): i64 {
  const a = <u64>x;
  const b = <u64>y;
  switch (op) {
    case OP_ADD:
      return <i64>(a + b);
    case OP_SUB:
      return <i64>(a - b);
    case OP_MUL:
      return <i64>(a * b);
    case OP_DIV:
      return <i64>(a / b);
  }
  return <i64>(a % b);
}

export function u64_saturating(op: i32, x: i64, y: i64): i64 {
  const a = <u64>x;
  const b = <u64>y;
  if (op == OP_ADD) return a + b < a ? -1 : <i64>(a + b);
  if (op == OP_SUB) return b > a ? 0 : <i64>(a - b);
  return mulOverflowsUnsigned(a, b) ? -1 : <i64>(a * b);
}
