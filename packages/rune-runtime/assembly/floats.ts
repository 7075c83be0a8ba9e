// The functions of f64. All are computed here, not by the host, so that results are the same everywhere.
import { FAIL_OVERFLOW, FAIL_UNDERFLOW } from "../src/layout";
import { fail } from "./fail";

export function f64_abs(x: f64): f64 {
  return abs(x);
}
export function f64_acos(x: f64): f64 {
  return NativeMath.acos(x);
}
export function f64_asin(x: f64): f64 {
  return NativeMath.asin(x);
}
export function f64_atan(x: f64): f64 {
  return NativeMath.atan(x);
}
export function f64_atan2(y: f64, x: f64): f64 {
  return NativeMath.atan2(y, x);
}
export function f64_cbrt(x: f64): f64 {
  return NativeMath.cbrt(x);
}
export function f64_ceil(x: f64): f64 {
  return ceil(x);
}
export function f64_cos(x: f64): f64 {
  return NativeMath.cos(x);
}
export function f64_div_euclid(a: f64, b: f64): f64 {
  const q = trunc(a / b);
  if (NativeMath.mod(a, b) < 0) return b > 0 ? q - 1 : q + 1;
  return q;
}
export function f64_rem_euclid(a: f64, b: f64): f64 {
  const r = NativeMath.mod(a, b);
  return r < 0 ? r + abs(b) : r;
}
export function f64_rem(a: f64, b: f64): f64 {
  return NativeMath.mod(a, b);
}
export function f64_exp(x: f64): f64 {
  return NativeMath.exp(x);
}
export function f64_exp2(x: f64): f64 {
  return NativeMath.exp2(x);
}
export function f64_floor(x: f64): f64 {
  return floor(x);
}
export function f64_ln(x: f64): f64 {
  return NativeMath.log(x);
}
export function f64_log(x: f64, base: f64): f64 {
  return NativeMath.log(x) / NativeMath.log(base);
}
export function f64_log10(x: f64): f64 {
  return NativeMath.log10(x);
}
export function f64_log2(x: f64): f64 {
  return NativeMath.log2(x);
}
/** The larger one; a NaN gives way to a number. */
export function f64_max(a: f64, b: f64): f64 {
  return isNaN(a) ? b : isNaN(b) ? a : max(a, b);
}
export function f64_min(a: f64, b: f64): f64 {
  return isNaN(a) ? b : isNaN(b) ? a : min(a, b);
}
export function f64_powf(a: f64, b: f64): f64 {
  // IEEE 754: 1 to any power and anything to the power 0 are 1, and so is −1 to an infinite power.
  if (a == 1 || b == 0) return 1;
  if (a == -1 && !isFinite(b) && !isNaN(b)) return 1;
  return NativeMath.pow(a, b);
}
/** By repeated squaring, as the reference does: the rounding of each step shows. Exponents are 32 bits. */
export function f64_powi(a: f64, n: i64): f64 {
  if (n != <i64>(<i32>n)) fail(n < 0 ? FAIL_UNDERFLOW : FAIL_OVERFLOW);
  let left = n < 0 ? -n : n;
  let power = a;
  let result: f64 = 1;
  while (left) {
    if (left & 1) result *= power;
    left >>= 1;
    if (left) power *= power;
  }
  return n < 0 ? 1 / result : result;
}
/** Half away from zero. */
export function f64_round(x: f64): f64 {
  const t = trunc(x);
  return abs(x - t) >= 0.5 ? t + copysign(1.0, x) : t;
}
export function f64_sin(x: f64): f64 {
  return NativeMath.sin(x);
}
export function f64_sqrt(x: f64): f64 {
  return sqrt(x);
}
export function f64_tan(x: f64): f64 {
  return NativeMath.tan(x);
}
export function f64_trunc(x: f64): f64 {
  return trunc(x);
}
export function f64_is_subnormal(x: f64): bool {
  const bits = reinterpret<u64>(x) & 0x7fffffffffffffff;
  return bits != 0 && bits < 0x10000000000000;
}
export function f64_is_normal(x: f64): bool {
  const bits = reinterpret<u64>(x) & 0x7fffffffffffffff;
  return bits >= 0x10000000000000 && bits < 0x7ff0000000000000;
}
export function f64_to_i64(x: f64): i64 {
  return <i64>x;
}
export function f64_to_u64(x: f64): i64 {
  return <i64>(<u64>x);
}
