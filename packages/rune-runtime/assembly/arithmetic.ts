// Operators on values of any tag: the slow paths of compiled code. The left operand decides; results are checked.
import {
  FAIL_BINARY,
  FAIL_CAST,
  FAIL_DIVIDE_BY_ZERO,
  FAIL_OVERFLOW,
  FAIL_UNARY,
  FAIL_UNDERFLOW,
  OP_ADD,
  OP_AND,
  OP_DIV,
  OP_MUL,
  OP_NEG,
  OP_OR,
  OP_REM,
  OP_SHL,
  OP_SHR,
  OP_SUB,
  OP_XOR,
  TAG_BOOL,
  TAG_FLOAT,
  TAG_INT,
  TAG_STRING,
  TAG_U64,
} from "../src/layout";
import { fail, fail1, fail2 } from "./fail";
import { appendText } from "./string";
import { string_concat } from "./text";
import { any, anyFull, anyRef } from "./value";

/** `a op b`, where the result is a new value. */
export function binary(op: i32, a: i64, aTag: i32, b: i64, bTag: i32): i64 {
  if (aTag == TAG_INT || aTag == TAG_U64) {
    if (bTag != TAG_INT && bTag != TAG_U64) unsupported(op, a, aTag, b, bTag);
    // The other integer type is converted; what does not fit (above i64, below 0) is the same bit pattern's sign.
    if (aTag != bTag && b < 0) unsupported(op, a, aTag, b, bTag);
    return any(aTag == TAG_INT ? signed(op, a, b) : <i64>unsigned(op, <u64>a, <u64>b), aTag);
  }
  if (aTag == TAG_FLOAT && bTag == TAG_FLOAT && op <= OP_REM) {
    return any(reinterpret<i64>(float(op, reinterpret<f64>(a), reinterpret<f64>(b))), TAG_FLOAT);
  }
  if (aTag == TAG_BOOL && bTag == TAG_BOOL && op >= OP_AND && op <= OP_XOR) {
    return any(op == OP_AND ? a & b : op == OP_OR ? a | b : a ^ b, TAG_BOOL);
  }
  if (aTag == TAG_STRING && bTag == TAG_STRING && op == OP_ADD) {
    if (load<u8>(<usize>a) == TAG_STRING && load<u8>(<usize>b) == TAG_STRING) {
      return anyRef(string_concat(<usize>a, <usize>b), TAG_STRING);
    }
  }
  unsupported(op, a, aTag, b, bTag);
  return 0;
}

/** The new value of the left side of `a op= b`; a string changes in place. */
export function compound(op: i32, a: i64, aTag: i32, b: i64, bTag: i32): i64 {
  if (aTag == TAG_STRING && bTag == TAG_STRING && op == OP_ADD) {
    if (load<u8>(<usize>a) == TAG_STRING && load<u8>(<usize>b) == TAG_STRING) {
      return appendText(<usize>a, <usize>b) ? any(a, aTag) : anyFull();
    }
  }
  return binary(op, a, aTag, b, bTag);
}

function unsupported(op: i32, a: i64, aTag: i32, b: i64, bTag: i32): void {
  fail2(FAIL_BINARY, op, a, aTag, b, bTag);
}

function signed(op: i32, a: i64, b: i64): i64 {
  let r: i64;
  switch (op) {
    case OP_ADD:
      r = a + b;
      if (((a ^ r) & (b ^ r)) < 0) fail(FAIL_OVERFLOW);
      return r;
    case OP_SUB:
      r = a - b;
      if (((a ^ b) & (a ^ r)) < 0) fail(FAIL_UNDERFLOW);
      return r;
    case OP_MUL:
      return mul_i64(a, b);
    case OP_DIV:
      if (b == 0 || (b == -1 && a == i64.MIN_VALUE)) fail(FAIL_DIVIDE_BY_ZERO);
      return a / b;
    case OP_REM:
      if (b == 0 || (b == -1 && a == i64.MIN_VALUE)) fail(FAIL_DIVIDE_BY_ZERO);
      return a % b;
    case OP_AND:
      return a & b;
    case OP_OR:
      return a | b;
    case OP_XOR:
      return a ^ b;
    case OP_SHL:
      if (<u64>b > 63) fail(FAIL_OVERFLOW);
      return a << b;
    case OP_SHR:
      if (<u64>b > 63) fail(FAIL_UNDERFLOW);
      return a >> b;
  }
  unsupported(op, a, TAG_INT, b, TAG_INT);
  return 0;
}

function unsigned(op: i32, a: u64, b: u64): u64 {
  let r: u64;
  switch (op) {
    case OP_ADD:
      r = a + b;
      if (r < a) fail(FAIL_OVERFLOW);
      return r;
    case OP_SUB:
      if (b > a) fail(FAIL_UNDERFLOW);
      return a - b;
    case OP_MUL:
      return <u64>mul_u64(<i64>a, <i64>b);
    case OP_DIV:
      if (b == 0) fail(FAIL_DIVIDE_BY_ZERO);
      return a / b;
    case OP_REM:
      if (b == 0) fail(FAIL_DIVIDE_BY_ZERO);
      return a % b;
    case OP_AND:
      return a & b;
    case OP_OR:
      return a | b;
    case OP_XOR:
      return a ^ b;
    case OP_SHL:
      if (b > 63) fail(FAIL_OVERFLOW);
      return a << b;
    case OP_SHR:
      if (b > 63) fail(FAIL_UNDERFLOW);
      return a >> b;
  }
  unsupported(op, <i64>a, TAG_U64, <i64>b, TAG_U64);
  return 0;
}

function float(op: i32, a: f64, b: f64): f64 {
  switch (op) {
    case OP_ADD:
      return a + b;
    case OP_SUB:
      return a - b;
    case OP_MUL:
      return a * b;
    case OP_DIV:
      return a / b;
  }
  return NativeMath.mod(a, b);
}

/** Whether the product of two i64 does not fit. */
export function mulOverflows(a: i64, b: i64): bool {
  if (a == 0 || b == 0) return false;
  if ((a == -1 && b == i64.MIN_VALUE) || (b == -1 && a == i64.MIN_VALUE)) return true;
  return (a * b) / b != a;
}

export function mulOverflowsUnsigned(a: u64, b: u64): bool {
  return b != 0 && a > u64.MAX_VALUE / b;
}

/** Checked product of two i64. */
export function mul_i64(a: i64, b: i64): i64 {
  if (mulOverflows(a, b)) fail(FAIL_OVERFLOW);
  return a * b;
}

/** Checked product of two u64. */
export function mul_u64(a: i64, b: i64): i64 {
  if (mulOverflowsUnsigned(<u64>a, <u64>b)) fail(FAIL_OVERFLOW);
  return a * b;
}

/** `-a` and `!a`. */
export function unary(op: i32, a: i64, tag: i32): i64 {
  if (op == OP_NEG) {
    if (tag == TAG_INT) {
      if (a == i64.MIN_VALUE) fail(FAIL_OVERFLOW);
      return any(-a, tag);
    }
    if (tag == TAG_FLOAT) return any(a ^ i64.MIN_VALUE, tag);
  } else {
    if (tag == TAG_BOOL) return any(a ^ 1, tag);
    if (tag == TAG_INT || tag == TAG_U64) return any(~a, tag);
  }
  fail1(FAIL_UNARY, op, a, tag);
  return 0;
}

/** `a as type`; conversions saturate and NaN becomes 0. */
export function cast(a: i64, tag: i32, to: i32): i64 {
  if (tag == TAG_FLOAT) {
    const x = reinterpret<f64>(a);
    if (to == TAG_FLOAT) return any(a, to);
    return any(to == TAG_INT ? <i64>x : <i64>(<u64>x), to);
  }
  if (tag == TAG_INT) return any(to == TAG_FLOAT ? reinterpret<i64>(<f64>a) : a, to);
  if (tag == TAG_U64) return any(to == TAG_FLOAT ? reinterpret<i64>(<f64>(<u64>a)) : a, to);
  fail1(FAIL_CAST, to, a, tag);
  return 0;
}
