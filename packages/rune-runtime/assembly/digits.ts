// Numbers to text: integers in any radix, floats as the shortest digits that read back as the same float (Schubfach),
// and floats with a fixed number of decimals, exactly rounded.
import { POWERS } from "./generated/powers";

/** Writes the decimal digits of a u64. @returns how many */
export function writeDecimal(to: usize, value: u64): usize {
  let n: usize = 1;
  for (let x = value; x >= 10; x /= 10) n++;
  let p = to + n;
  let rest = value;
  while (rest > 0xffffffff) {
    p--;
    store<u8>(p, <u8>(48 + (rest % 10)));
    rest /= 10;
  }
  let small = <u32>rest;
  do {
    p--;
    store<u8>(p, <u8>(48 + (small % 10)));
    small /= 10;
  } while (p > to);
  return n;
}

/** Writes a u64 in a radix of 2 to the power of `bits`. @returns how many digits */
export function writeRadix(to: usize, value: u64, bits: u64, upper: bool): usize {
  let n: usize = 1;
  for (let x = value >> bits; x; x >>= bits) n++;
  const mask = ((<u64>1) << bits) - 1;
  let p = to + n;
  let rest = value;
  while (p > to) {
    p--;
    const digit = <u8>(rest & mask);
    store<u8>(p, digit < 10 ? 48 + digit : (upper ? 55 : 87) + digit);
    rest >>= bits;
  }
  return n;
}

// ── Shortest digits ─────────────────────────────────────────────────────────────────────────────────────────────
// Raffaello Giulietti, "The Schubfach way to render doubles" (2021). Results are left in two scratch cells.

const DIGITS: usize = 1240; // u64
const EXPONENT: usize = 1248; // i32

@inline
function high(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const m = a0 * b1 + ((a0 * b0) >> 32);
  const n = a1 * b0 + (m & 0xffffffff);
  return a1 * b1 + (m >> 32) + (n >> 32);
}

@inline
function roundToOdd(gHigh: u64, gLow: u64, c: u64): u64 {
  const x = high(gLow, c);
  const y = gHigh * c;
  const sum = y + x;
  return (high(gHigh, c) + (sum < y ? 1 : 0)) | (sum > 1 ? 1 : 0);
}

/** Finds the shortest decimal of a finite positive float: DIGITS × 10^EXPONENT, without trailing zeros. */
function shortest(bits: u64): void {
  const fraction = bits & 0xfffffffffffff;
  const field = <i32>(bits >> 52);
  let c: u64;
  let q: i32;
  if (field) {
    c = fraction | 0x10000000000000;
    q = field - 1075;
    if (q <= 0 && q > -53 && (c & (((<u64>1) << -q) - 1)) == 0) return keep(c >> -q, 0);
  } else {
    c = fraction;
    q = -1074;
  }
  const odd: u64 = c & 1;
  const closer = fraction == 0 && field > 1;
  const cb = c << 2;
  const k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
  const h = <u64>(q + ((-k * 1741647) >> 19) + 1);
  const power = POWERS + (<usize>(292 - k) << 4);
  const g1 = load<u64>(power);
  const g0 = load<u64>(power, 8);
  const lower = roundToOdd(g1, g0, (cb - (closer ? 1 : 2)) << h) + odd;
  const vb = roundToOdd(g1, g0, cb << h);
  const upper = roundToOdd(g1, g0, (cb + 2) << h) - odd;
  const s = vb >> 2;
  if (s >= 10) {
    const sp = s / 10;
    const up = lower <= 40 * sp;
    const wp = 40 * sp + 40 <= upper;
    if (up != wp) return keep(sp + (wp ? 1 : 0), k + 1);
  }
  const u = lower <= s << 2;
  const w = (s << 2) + 4 <= upper;
  if (u != w) return keep(s + (w ? 1 : 0), k);
  const middle = (s << 2) + 2;
  keep(s + (vb > middle || (vb == middle && (s & 1) != 0) ? 1 : 0), k);
}

function keep(digits: u64, exponent: i32): void {
  while (digits >= 10 && digits % 10 == 0) {
    digits /= 10;
    exponent++;
  }
  store<u64>(DIGITS, digits);
  store<i32>(EXPONENT, exponent);
}

/** Most bytes that `writeFloat` writes. */
export const FLOAT_ROOM: usize = 32;

/**
 * Writes a float so that it reads back as itself: `1.0`, `1e16`, `1e-7`, `NaN`, `inf`. Values from 1e16 and below
 * `small` are written with an exponent; display and debug differ in that bound. @returns how many bytes
 */
export function writeFloat(to: usize, value: f64, small: i32): usize {
  if (isNaN(value)) {
    store<u8>(to, 78);
    store<u8>(to, 97, 1);
    store<u8>(to, 78, 2);
    return 3;
  }
  let p = to;
  const bits = reinterpret<u64>(value);
  if (bits >> 63) {
    store<u8>(p, 45);
    p++;
  }
  const positive = bits & 0x7fffffffffffffff;
  if (positive == 0x7ff0000000000000) {
    store<u8>(p, 105);
    store<u8>(p, 110, 1);
    store<u8>(p, 102, 2);
    return p + 3 - to;
  }
  if (positive == 0) {
    store<u8>(p, 48);
    store<u8>(p, 46, 1);
    store<u8>(p, 48, 2);
    return p + 3 - to;
  }
  shortest(positive);
  const exponent = load<i32>(EXPONENT);
  const n = <i32>writeDecimal(p, load<u64>(DIGITS));
  const point = n + exponent;
  if (exponent >= 0 && point <= 16) {
    for (let i = n; i < point; i++) store<u8>(p + i, 48);
    store<u8>(p + point, 46);
    store<u8>(p + point, 48, 1);
    return p + point + 2 - to;
  }
  if (point > 0 && point <= 16) {
    memory.copy(p + point + 1, p + point, n - point);
    store<u8>(p + point, 46);
    return p + n + 1 - to;
  }
  if (point <= 0 && point > small) {
    const zeros = <usize>(-point);
    memory.copy(p + 2 + zeros, p, n);
    memory.fill(p, 48, 2 + zeros);
    store<u8>(p, 46, 1);
    return p + 2 + zeros + n - to;
  }
  let q = p + 1;
  if (n > 1) {
    memory.copy(p + 2, p + 1, n - 1);
    store<u8>(p, 46, 1);
    q = p + n + 1;
  }
  store<u8>(q, 101);
  q++;
  let e = point - 1;
  if (e < 0) {
    store<u8>(q, 45);
    q++;
    e = -e;
  }
  return q + writeDecimal(q, <u64>e) - to;
}

// ── Fixed decimals ──────────────────────────────────────────────────────────────────────────────────────────────
// The value is m · 2^e exactly. Whole part and fraction are natural numbers of 32-bit words, lowest first.

const WORDS: usize = memory.data(256);
const WORD_COUNT: usize = 36;

/** Most bytes of a float with that many decimals. */
export function fixedRoom(decimals: i32): usize {
  return 314 + <usize>decimals;
}

/** Writes a finite float that is not negative with a fixed number of decimals, half to even. @returns how many bytes */
export function writeFixed(to: usize, value: f64, decimals: i32): usize {
  const bits = reinterpret<u64>(value);
  const field = <i32>(bits >> 52) & 2047;
  const m = (bits & 0xfffffffffffff) | (field ? <u64>0x10000000000000 : 0);
  const e = (field ? field : 1) - 1075;
  const n = e >= 0 ? writeWhole(to + 1, m, e) : writeDecimal(to + 1, e > -64 ? m >> <u64>-e : 0);
  let p = to + 1 + n;
  if (decimals > 0) {
    store<u8>(p, 46);
    p++;
  }
  let up = false;
  if (e >= 0) {
    memory.fill(p, 48, decimals);
    p += decimals;
  } else {
    p = writeFraction(p, m, -e, decimals);
    up = roundsUp(-e, load<u8>(p - 1));
  }
  if (up && carry(to + 1, p)) {
    store<u8>(to, 49);
    return p - to;
  }
  memory.copy(to, to + 1, p - to - 1);
  return p - to - 1;
}

/** Adds one in the last place. @returns whether all digits were nines */
function carry(start: usize, end: usize): bool {
  let p = end;
  while (p > start) {
    p--;
    const c = load<u8>(p);
    if (c == 46) continue;
    if (c < 57) {
      store<u8>(p, c + 1);
      return false;
    }
    store<u8>(p, 48);
  }
  return true;
}

/** Writes m · 2^e for e ≥ 0. */
function writeWhole(to: usize, m: u64, e: i32): usize {
  memory.fill(WORDS, 0, WORD_COUNT << 2);
  const at = WORDS + ((<usize>e >> 5) << 2);
  const shift = <u64>(e & 31);
  store<u64>(at, m << shift);
  if (shift) store<u32>(at, <u32>(m >> (64 - shift)), 8);
  let top: i32 = <i32>WORD_COUNT - 1;
  let p = to;
  while (true) {
    while (top >= 0 && !load<u32>(WORDS + (<usize>top << 2))) top--;
    if (top < 0) break;
    let rest: u64 = 0;
    for (let i = top; i >= 0; i--) {
      const word = WORDS + (<usize>i << 2);
      const x = (rest << 32) | <u64>load<u32>(word);
      store<u32>(word, <u32>(x / 10));
      rest = x % 10;
    }
    store<u8>(p, <u8>(48 + rest));
    p++;
  }
  if (p == to) {
    store<u8>(p, 48);
    p++;
  }
  for (let a = to, b = p - 1; a < b; a++, b--) {
    const x = load<u8>(a);
    store<u8>(a, load<u8>(b));
    store<u8>(b, x);
  }
  return p - to;
}

/** Writes decimals of (m mod 2^f) / 2^f; what is left stays in WORDS. */
function writeFraction(to: usize, m: u64, f: i32, decimals: i32): usize {
  memory.fill(WORDS, 0, WORD_COUNT << 2);
  store<u64>(WORDS, f < 64 ? m & (((<u64>1) << <u64>f) - 1) : m);
  const words = (f + 31) >> 5;
  let p = to;
  for (let i = 0; i < decimals; i++) {
    let over: u64 = 0;
    for (let k = 0; k < words; k++) {
      const word = WORDS + (<usize>k << 2);
      const x = <u64>load<u32>(word) * 10 + over;
      store<u32>(word, <u32>x);
      over = x >> 32;
    }
    const top = WORDS + (<usize>(words - 1) << 2);
    const used = <u64>(f - ((words - 1) << 5));
    const whole = (over << 32) | <u64>load<u32>(top);
    store<u8>(p, <u8>(48 + (whole >> used)));
    p++;
    store<u32>(top, <u32>(whole & (((<u64>1) << used) - 1)));
  }
  return p;
}

/** Whether the fraction left in WORDS rounds the last digit up. */
function roundsUp(f: i32, last: u8): bool {
  const half = f - 1;
  const word = WORDS + ((<usize>half >> 5) << 2);
  const bit = (<u32>1) << (half & 31);
  const top = load<u32>(word);
  if (!(top & bit)) return false;
  if (top & (bit - 1)) return true;
  for (let p = WORDS; p < word; p += 4) if (load<u32>(p)) return true;
  return (last & 1) != 0;
}
