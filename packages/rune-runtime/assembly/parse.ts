// Text to numbers, as Rust's `str::parse` reads them. Floats are exact: what the short way cannot decide is decided with
// long integers.
import { TAG_FLOAT, TAG_INT, TAG_U64 } from "../src/layout";
import { result_ok } from "./objects";
import { bytesOf, lengthOf } from "./string";
import { failure } from "./text";
import { chargeFuel } from "./value";

/** An i64 with optional sign. */
export function string_parse_i64(s: usize): usize {
  const length = lengthOf(s);
  if (!length) return failure("cannot parse integer from empty string");
  let p = bytesOf(s);
  const end = p + length;
  chargeFuel(<i32>(length >> 4));
  const sign = load<u8>(p);
  if (sign == 43 || sign == 45) p++;
  if (p == end) return failure("invalid digit found in string");
  let n: u64 = 0;
  let over = false;
  const limit: u64 = sign == 45 ? 0x8000000000000000 : 0x7fffffffffffffff;
  for (; p < end; p++) {
    const d = <u64>load<u8>(p) - 48;
    if (d > 9) return failure("invalid digit found in string");
    if (n > (limit - d) / 10) over = true;
    n = n * 10 + d;
  }
  if (over) {
    return sign == 45
      ? failure("number too small to fit in target type")
      : failure("number too large to fit in target type");
  }
  return result_ok(sign == 45 ? -(<i64>n) : <i64>n, TAG_INT);
}

export function string_parse_u64(s: usize): usize {
  const length = lengthOf(s);
  if (!length) return failure("cannot parse integer from empty string");
  let p = bytesOf(s);
  const end = p + length;
  chargeFuel(<i32>(length >> 4));
  if (load<u8>(p) == 43) p++;
  if (p == end) return failure("invalid digit found in string");
  let n: u64 = 0;
  let over = false;
  for (; p < end; p++) {
    const d = <u64>load<u8>(p) - 48;
    if (d > 9) return failure("invalid digit found in string");
    if (n > (u64.MAX_VALUE - d) / 10) over = true;
    n = n * 10 + d;
  }
  return over ? failure("number too large to fit in target type") : result_ok(<i64>n, TAG_U64);
}

/** Powers of ten that are exact floats. */
const EXACT: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]);

/** A float: decimal with optional point and exponent, `inf`, `infinity`, `nan` in any case. */
export function string_parse_f64(s: usize): usize {
  const length = lengthOf(s);
  if (!length) return failure("cannot parse float from empty string");
  chargeFuel(<i32>length);
  let p = bytesOf(s);
  const end = p + length;
  const negative = load<u8>(p) == 45;
  if (negative || load<u8>(p) == 43) p++;
  const named = namedFloat(p, end - p);
  if (named != 0) return result_ok(reinterpret<i64>(negative ? -named : named), TAG_FLOAT);

  // Digits without leading zeros, at most LIMIT of them kept; `exponent` scales what is kept.
  let kept = 0;
  let digits = 0;
  let exponent = 0;
  let point = false;
  let sticky = false;
  let mantissa: u64 = 0;
  for (; p < end; p++) {
    const c = load<u8>(p);
    if (c == 46 && !point) {
      point = true;
      continue;
    }
    const d = <u32>c - 48;
    if (d > 9) break;
    digits++;
    if (kept == 0 && d == 0) {
      if (point) exponent--;
      continue;
    }
    if (kept < LIMIT) {
      store<u8>(TEXT + <usize>kept, <u8>d);
      if (kept < 19) mantissa = mantissa * 10 + <u64>d;
      kept++;
      if (point) exponent--;
    } else {
      if (d) sticky = true;
      if (!point) exponent++;
    }
  }
  if (!digits) return failure("invalid float literal");
  if (p < end) {
    if ((load<u8>(p) | 32) != 101) return failure("invalid float literal");
    p++;
    let down = false;
    if (p < end && (load<u8>(p) == 45 || load<u8>(p) == 43)) {
      down = load<u8>(p) == 45;
      p++;
    }
    if (p == end) return failure("invalid float literal");
    let e = 0;
    for (; p < end; p++) {
      const d = <u32>load<u8>(p) - 48;
      if (d > 9) return failure("invalid float literal");
      if (e < 100000000) e = e * 10 + <i32>d;
    }
    exponent += down ? -e : e;
  }
  let value: f64;
  if (kept == 0) value = 0;
  else if (kept <= 15 && exponent >= -22 && exponent <= 22) {
    const power = load<f64>(EXACT + (<usize>abs(exponent) << 3));
    value = exponent < 0 ? <f64>mantissa / power : <f64>mantissa * power;
  } else if (kept + exponent > 310) value = Infinity;
  else if (kept + exponent < -326) value = 0;
  else value = exactFloat(kept, exponent, sticky);
  return result_ok(reinterpret<i64>(negative ? -value : value), TAG_FLOAT);
}

/** Infinity or NaN by name, or 0. */
function namedFloat(p: usize, n: usize): f64 {
  if (n == 3) {
    const word = ((<u32>load<u8>(p) << 16) | (<u32>load<u8>(p, 1) << 8) | <u32>load<u8>(p, 2)) | 0x202020;
    if (word == 0x6e616e) return NaN;
    if (word == 0x696e66) return Infinity;
  }
  if (n == 8 && (load<u64>(p) | 0x2020202020202020) == 0x7974696e69666e69) return Infinity;
  return 0;
}

// ── Long integers: 32-bit words, lowest first, SIZE of them ─────────────────────────────────────────────────────
const LIMIT: i32 = 780;
const SIZE: usize = 160;
const TEXT: usize = memory.data(800);
const NUMERATOR: usize = memory.data(640);
const DENOMINATOR: usize = memory.data(640);

function multiply(at: usize, by: u32, add: u32): void {
  let over: u64 = <u64>add;
  for (let i: usize = 0; i < SIZE << 2; i += 4) {
    const x = <u64>load<u32>(at + i) * <u64>by + over;
    store<u32>(at + i, <u32>x);
    over = x >> 32;
  }
}

function bitLength(at: usize): i32 {
  for (let i = <i32>SIZE - 1; i >= 0; i--) {
    const word = load<u32>(at + (<usize>i << 2));
    if (word) return (i << 5) + 32 - clz<u32>(word);
  }
  return 0;
}

function shiftLeft(at: usize, by: i32): void {
  const words = by >> 5;
  const bits = by & 31;
  for (let i = <i32>SIZE - 1; i >= 0; i--) {
    const from = i - words;
    let word: u64 = from >= 0 ? <u64>load<u32>(at + (<usize>from << 2)) << 32 : 0;
    if (from >= 1) word |= <u64>load<u32>(at + (<usize>(from - 1) << 2));
    store<u32>(at + (<usize>i << 2), <u32>((word << bits) >> 32));
  }
}

/** Subtracts the denominator from the numerator when it fits. */
function subtractIfFits(): bool {
  for (let i = <i32>SIZE - 1; i >= 0; i--) {
    const a = load<u32>(NUMERATOR + (<usize>i << 2));
    const b = load<u32>(DENOMINATOR + (<usize>i << 2));
    if (a < b) return false;
    if (a > b) break;
  }
  let borrow: i64 = 0;
  for (let i: usize = 0; i < SIZE << 2; i += 4) {
    const x = <i64>load<u32>(NUMERATOR + i) - <i64>load<u32>(DENOMINATOR + i) + borrow;
    store<u32>(NUMERATOR + i, <u32>x);
    borrow = x >> 32;
  }
  return true;
}

/** The nearest float of the kept digits × 10^exponent, half to even. */
function exactFloat(kept: i32, exponent: i32, sticky: bool): f64 {
  chargeFuel(1000);
  memory.fill(NUMERATOR, 0, SIZE << 2);
  memory.fill(DENOMINATOR, 0, SIZE << 2);
  store<u32>(DENOMINATOR, 1);
  for (let i = 0; i < kept; i++) multiply(NUMERATOR, 10, <u32>load<u8>(TEXT + <usize>i));
  if (sticky) {
    multiply(NUMERATOR, 10, 1);
    exponent--;
  }
  for (let i = exponent; i > 0; i--) multiply(NUMERATOR, 10, 0);
  for (let i = exponent; i < 0; i++) multiply(DENOMINATOR, 10, 0);
  // 2^(bits−1) ≤ numerator / denominator < 2^(bits+1)
  const scale = bitLength(NUMERATOR) - bitLength(DENOMINATOR);
  // The quotient gets 53 or 54 bits, fewer where the float is subnormal; the lowest is worth 2^unit.
  let unit = scale - 53;
  if (unit < -1074) unit = -1074;
  if (unit < 0) shiftLeft(NUMERATOR, -unit);
  else shiftLeft(DENOMINATOR, unit);
  let quotient: u64 = 0;
  const bits = bitLength(NUMERATOR) - bitLength(DENOMINATOR);
  if (bits >= 0) {
    shiftLeft(DENOMINATOR, bits);
    for (let i = 0; i <= bits; i++) {
      quotient = (quotient << 1) | (subtractIfFits() ? 1 : 0);
      shiftLeft(NUMERATOR, 1);
    }
    // The numerator has been shifted once for each bit: what is left is the remainder against 2 × denominator.
  } else {
    shiftLeft(NUMERATOR, 1);
    shiftLeft(DENOMINATOR, 0);
  }
  let half = 0;
  if (quotient >= (<u64>1) << 53) {
    half = (quotient & 1) != 0 ? 2 : 0;
    const rest = bitLength(NUMERATOR) != 0;
    quotient >>= 1;
    unit++;
    half = half ? (rest ? 3 : 2) : rest ? 1 : 0;
  } else {
    half = remainderHalf();
  }
  if (half == 3 || (half == 2 && (quotient & 1) != 0)) quotient++;
  return scaled(quotient, unit);
}

/** Compares what is left with half of the unit: 0 nothing, 1 below, 2 half, 3 above. */
function remainderHalf(): i32 {
  if (bitLength(NUMERATOR) == 0) return 0;
  if (!subtractIfFits()) return 1;
  return bitLength(NUMERATOR) == 0 ? 2 : 3;
}

/** quotient · 2^unit, which is exact or too large. */
function scaled(quotient: u64, unit: i32): f64 {
  if (quotient == 0) return 0;
  if (quotient == (<u64>1) << 53) {
    quotient >>= 1;
    unit++;
  }
  if (quotient < (<u64>1) << 52) return reinterpret<f64>(quotient);
  const field = unit + 1075;
  if (field >= 2047) return Infinity;
  return reinterpret<f64>((<u64>field << 52) | (quotient & 0xfffffffffffff));
}
