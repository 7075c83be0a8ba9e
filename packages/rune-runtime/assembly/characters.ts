// What Unicode says about a character: properties as lists of bounds, case as runs of equal differences.
import { TAG_CHAR, TAG_U64 } from "../src/layout";
import {
  ALPHABETIC,
  ALPHABETIC_SIZE,
  ESCAPED,
  ESCAPED_SIZE,
  LOWERCASE,
  LOWERCASE_SIZE,
  NUMERIC,
  NUMERIC_SIZE,
  TO_LOWER,
  TO_LOWER_MULTI,
  TO_LOWER_MULTI_SIZE,
  TO_LOWER_SIZE,
  TO_UPPER,
  TO_UPPER_MULTI,
  TO_UPPER_MULTI_SIZE,
  TO_UPPER_SIZE,
  UPPERCASE,
  UPPERCASE_SIZE,
  WHITESPACE,
  WHITESPACE_SIZE,
} from "./generated/unicode";
import { any, anyEnd } from "./value";

/** Whether a character lies in a list of bounds: an odd number of bounds are at or below it. */
function inRanges(c: u32, table: usize, size: usize): bool {
  let bound: u32 = 0;
  let inside = false;
  let p = table;
  const end = table + size;
  while (p < end) {
    const b = <u32>load<u8>(p);
    if (b < 224) {
      bound += b;
      p++;
    } else if (b < 255) {
      bound += 224 + ((b - 224) << 8) + <u32>load<u8>(p, 1);
      p += 2;
    } else {
      bound += (<u32>load<u8>(p, 1) << 16) | (<u32>load<u8>(p, 2) << 8) | <u32>load<u8>(p, 3);
      p += 4;
    }
    if (bound > c) return inside;
    inside = !inside;
  }
  return inside;
}

export function isWhitespace(c: u32): bool {
  if (c < 128) return c == 32 || (c >= 9 && c <= 13);
  return inRanges(c, WHITESPACE, WHITESPACE_SIZE);
}

/** Characters that debug text shows as an escape: controls, formats, unassigned, blanks but the space, marks. */
export function isEscaped(c: u32): bool {
  if (c < 127) return c < 32;
  return inRanges(c, ESCAPED, ESCAPED_SIZE);
}

export function char_is_alphabetic(c: u32): bool {
  if (c < 128) return (c | 32) - 97 < 26;
  return inRanges(c, ALPHABETIC, ALPHABETIC_SIZE);
}

export function char_is_numeric(c: u32): bool {
  if (c < 128) return c - 48 < 10;
  return inRanges(c, NUMERIC, NUMERIC_SIZE);
}

export function char_is_alphanumeric(c: u32): bool {
  return char_is_alphabetic(c) || char_is_numeric(c);
}

export function char_is_control(c: u32): bool {
  return c < 32 || (c >= 127 && c < 160);
}

export function char_is_lowercase(c: u32): bool {
  if (c < 128) return c - 97 < 26;
  return inRanges(c, LOWERCASE, LOWERCASE_SIZE);
}

export function char_is_uppercase(c: u32): bool {
  if (c < 128) return c - 65 < 26;
  return inRanges(c, UPPERCASE, UPPERCASE_SIZE);
}

export function char_is_whitespace(c: u32): bool {
  return isWhitespace(c);
}

/** A u64, or END when the character is no digit of that radix (2 … 36). */
export function char_to_digit(c: u32, radix: i64): i64 {
  let digit: u32 = 255;
  if (c - 48 < 10) digit = c - 48;
  else if ((c | 32) - 97 < 26 && c < 128) digit = (c | 32) - 87;
  return <i64>digit < radix ? any(<i64>digit, TAG_U64) : anyEnd();
}

export function char_to_i64(c: u32): i64 {
  return <i64>c;
}

/** A char, or END when the number is no Unicode scalar value. */
export function char_from_i64(n: i64): i64 {
  if (<u64>n > 0x10ffff || (n >= 0xd800 && n < 0xe000)) return anyEnd();
  return any(n, TAG_CHAR);
}

/** The character in the other case; `MULTI` when it becomes several, found by `multiCase`. */
export const MULTI: u32 = 0xffffffff;

export function lowerChar(c: u32): u32 {
  if (c < 128) return c - 65 < 26 ? c + 32 : c;
  if (multiCase(c, false)) return MULTI;
  return mapped(c, TO_LOWER, TO_LOWER_SIZE);
}

export function upperChar(c: u32): u32 {
  if (c < 128) return c - 97 < 26 ? c - 32 : c;
  if (multiCase(c, true)) return MULTI;
  return mapped(c, TO_UPPER, TO_UPPER_SIZE);
}

function mapped(c: u32, table: usize, size: usize): u32 {
  let low: usize = 0;
  let high = size / 12;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u32>(table + middle * 12) <= c) low = middle + 1;
    else high = middle;
  }
  // Runs may interleave: look back over those that start before the character.
  for (let back: usize = 0; back < 4 && low > 0; back++) {
    low--;
    const run = table + low * 12;
    const offset = c - load<u32>(run);
    const word = load<u32>(run, 4);
    const stride = word >> 16;
    if (offset % stride == 0 && offset / stride < (word & 0xffff)) return c + load<u32>(run, 8);
  }
  return c;
}

/** Address of the three u32 results of a character that becomes several, or 0. */
export function multiCase(c: u32, upper: bool): usize {
  const table = upper ? TO_UPPER_MULTI : TO_LOWER_MULTI;
  const end = table + (upper ? TO_UPPER_MULTI_SIZE : TO_LOWER_MULTI_SIZE);
  if (c < load<u32>(table)) return 0;
  for (let p = table; p < end; p += 16) {
    if (load<u32>(p) == c) return p + 4;
  }
  return 0;
}

