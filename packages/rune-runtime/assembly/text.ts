// The functions of String. Positions are bytes; parts are checked by the caller unless a function says otherwise.
import {
  FAIL_INDEX,
  STRING_CAPACITY,
  STRING_HASH,
  TAG_BYTES,
  TAG_CHAR,
  TAG_STRING,
  TAG_U64,
} from "../src/layout";
import { isWhitespace, lowerChar, MULTI, multiCase, upperChar } from "./characters";
import { fail2, failType } from "./fail";
import { result_err, result_ok } from "./objects";
import {
  appendText,
  bytesOf,
  charSize,
  decodeChar,
  encodeChar,
  ensureCapacity,
  indexOfBytes,
  insertText,
  isBoundary,
  isUtf8,
  lengthOf,
  sameBytes,
  sameText,
  sequenceSize,
  setLength,
  shrinkText,
  textFrom,
  textNew,
} from "./string";
import { any, anyEnd, anyFull, chargeBytes, chargeFuel } from "./value";
import { vecLength, vecPayload, vecTag } from "./vec";

/** A fresh string with the text of a static one. */
export function string_literal(text: usize): usize {
  const length = lengthOf(text);
  const p = textNew(length, TAG_STRING);
  if (!p) return 0;
  memory.copy(bytesOf(p), bytesOf(text), length);
  store<u32>(p, load<u32>(text, STRING_HASH), STRING_HASH);
  return p;
}

export function string_new(): usize {
  return textNew(0, TAG_STRING);
}

export function string_with_capacity(capacity: i64): usize {
  if (<u64>capacity > 0xf0000000) return 0;
  const p = textNew(<usize>capacity, TAG_STRING);
  if (p) setLength(p, 0);
  return p;
}

export function string_len(s: usize): i64 {
  return <i64>lengthOf(s);
}

export function string_capacity(s: usize): i64 {
  return <i64>load<u32>(s, STRING_CAPACITY);
}

export function string_reserve(s: usize, more: i64): i32 {
  if (<u64>more > 0xf0000000) return 0;
  return ensureCapacity(s, lengthOf(s) + <usize>more, true) ? 1 : 0;
}

export function string_clear(s: usize): void {
  setLength(s, 0);
}

export function string_push(s: usize, c: u32): i32 {
  const length = lengthOf(s);
  if (!ensureCapacity(s, length + charSize(c), false)) return 0;
  setLength(s, length + encodeChar(bytesOf(s) + length, c));
  return 1;
}

export function string_push_str(s: usize, other: usize): i32 {
  return appendText(s, other) ? 1 : 0;
}

export function string_concat(a: usize, b: usize): usize {
  const x = lengthOf(a);
  const y = lengthOf(b);
  const p = textNew(x + y, TAG_STRING);
  if (!p) return 0;
  memory.copy(bytesOf(p), bytesOf(a), x);
  memory.copy(bytesOf(p) + x, bytesOf(b), y);
  chargeBytes(x + y);
  return p;
}

export function string_copy(s: usize): usize {
  return textFrom(bytesOf(s), lengthOf(s), TAG_STRING);
}

export function string_starts_with(s: usize, part: usize): bool {
  const n = lengthOf(part);
  return n <= lengthOf(s) && sameBytes(bytesOf(s), n, bytesOf(part), n);
}

export function string_ends_with(s: usize, part: usize): bool {
  const n = lengthOf(part);
  const length = lengthOf(s);
  return n <= length && sameBytes(bytesOf(s) + length - n, n, bytesOf(part), n);
}

export function string_contains(s: usize, part: usize): bool {
  return indexOfBytes(bytesOf(s), lengthOf(s), bytesOf(part), lengthOf(part), 0) >= 0;
}

/** Position of a text at or after `from`, or −1. */
export function string_find(s: usize, part: usize, from: i64): i64 {
  return indexOfBytes(bytesOf(s), lengthOf(s), bytesOf(part), lengthOf(part), <usize>from);
}

/** Position of a character at or after `from`, or −1. */
export function string_find_char(s: usize, c: u32, from: i64): i64 {
  const size = encodeChar(CHAR_SCRATCH, c);
  return indexOfBytes(bytesOf(s), lengthOf(s), CHAR_SCRATCH, size, <usize>from);
}

const CHAR_SCRATCH: usize = 1232;

/** Last position of a text, or −1. */
export function string_rfind(s: usize, part: usize): i64 {
  const n = lengthOf(part);
  const length = lengthOf(s);
  if (n > length) return -1;
  chargeBytes(length << 3);
  for (let i = <i64>(length - n); i >= 0; i--) {
    if (sameBytes(bytesOf(s) + <usize>i, n, bytesOf(part), n)) return i;
  }
  return -1;
}

/** A part between two positions; fails where they are no boundaries inside the text. */
export function string_slice(s: usize, start: i64, end: i64): usize {
  if (<u64>end > <u64>lengthOf(s) || !isBoundary(s, <usize>end)) failBoundary(s, end);
  if (<u64>start > <u64>end || !isBoundary(s, <usize>start)) failBoundary(s, start);
  return textFrom(bytesOf(s) + <usize>start, <usize>(end - start), TAG_STRING);
}

function failBoundary(s: usize, at: i64): void {
  fail2(FAIL_INDEX, 0, <i64>s, TAG_STRING, at, TAG_U64);
}

export function string_is_boundary(s: usize, at: i64): bool {
  return <u64>at <= <u64>lengthOf(s) && isBoundary(s, <usize>at);
}

/** The character that starts at a position, or END. */
export function string_char_at(s: usize, at: i64): i64 {
  if (<u64>at >= <u64>lengthOf(s) || !isBoundary(s, <usize>at)) return anyEnd();
  return any(<i64>decodeChar(bytesOf(s) + <usize>at), TAG_CHAR);
}

/** The character that ends before a position, or END at the start. */
export function string_char_before(s: usize, at: i64): i64 {
  if (at <= 0 || <u64>at > <u64>lengthOf(s)) return anyEnd();
  let p = bytesOf(s) + <usize>at - 1;
  while ((load<u8>(p) & 0xc0) == 0x80) p--;
  return any(<i64>decodeChar(p), TAG_CHAR);
}

export function string_char_size(c: u32): i64 {
  return <i64>charSize(c);
}

/** Without blanks at the start (bit 0 of `sides`) or the end (bit 1). */
export function string_trim(s: usize, sides: i32): usize {
  let p = bytesOf(s);
  let end = p + lengthOf(s);
  chargeBytes(lengthOf(s) << 2);
  if (sides & 1) {
    while (p < end && isWhitespace(decodeChar(p))) p += sequenceSize(load<u8>(p));
  }
  if (sides & 2) {
    while (end > p) {
      let q = end - 1;
      while ((load<u8>(q) & 0xc0) == 0x80) q--;
      if (!isWhitespace(decodeChar(q))) break;
      end = q;
    }
  }
  return textFrom(p, end - p, TAG_STRING);
}

/** With every occurrence of one text replaced by another. */
export function string_replace(s: usize, from: usize, to: usize): usize {
  const length = lengthOf(s);
  const n = lengthOf(from);
  const m = lengthOf(to);
  if (n == 0) return replaceEmpty(s, to);
  let count: usize = 0;
  for (let i = find(s, from, 0); i >= 0; i = find(s, from, <usize>i + n)) count++;
  const size = <u64>length + <u64>count * <u64>m - <u64>count * <u64>n;
  if (size > 0xf0000000) return 0;
  const made = textNew(<usize>size, TAG_STRING);
  if (!made) return 0;
  let q = bytesOf(made);
  let last: usize = 0;
  for (let i = find(s, from, 0); i >= 0; i = find(s, from, <usize>i + n)) {
    const gap = <usize>i - last;
    memory.copy(q, bytesOf(s) + last, gap);
    memory.copy(q + gap, bytesOf(to), m);
    q += gap + m;
    last = <usize>i + n;
  }
  memory.copy(q, bytesOf(s) + last, length - last);
  chargeBytes(<usize>size);
  return made;
}

@inline
function find(s: usize, part: usize, from: usize): i64 {
  return indexOfBytes(bytesOf(s), lengthOf(s), bytesOf(part), lengthOf(part), from);
}

/** The text `to` before every character and at the end. */
function replaceEmpty(s: usize, to: usize): usize {
  const length = lengthOf(s);
  const m = lengthOf(to);
  const p = bytesOf(s);
  let chars: usize = 0;
  for (let i: usize = 0; i < length; i++) if ((load<u8>(p + i) & 0xc0) != 0x80) chars++;
  const size = <u64>length + (<u64>chars + 1) * <u64>m;
  if (size > 0xf0000000) return 0;
  const made = textNew(<usize>size, TAG_STRING);
  if (!made) return 0;
  let q = bytesOf(made);
  for (let i: usize = 0; i < length; i++) {
    if ((load<u8>(p + i) & 0xc0) != 0x80) {
      memory.copy(q, bytesOf(to), m);
      q += m;
    }
    store<u8>(q, load<u8>(p + i));
    q++;
  }
  memory.copy(q, bytesOf(to), m);
  chargeBytes(<usize>size);
  return made;
}

export function string_repeat(s: usize, times: i64): usize {
  const n = lengthOf(s);
  if (n && <u64>times > 0xf0000000 / <u64>n) return 0;
  const made = textNew(n * <usize>times, TAG_STRING);
  if (!made) return 0;
  const q = bytesOf(made);
  const total = n * <usize>times;
  for (let i: usize = 0; i < total; i += n) memory.copy(q + i, bytesOf(s), n);
  chargeBytes(total);
  return made;
}

function changeCase(s: usize, upper: bool): usize {
  const length = lengthOf(s);
  const start = bytesOf(s);
  chargeBytes(length << 3);
  let size: usize = 0;
  let i: usize = 0;
  while (i < length) {
    const c = decodeChar(start + i);
    size += casedSize(c, upper);
    i += charSize(c);
  }
  const made = textNew(size, TAG_STRING);
  if (!made) return 0;
  const from = bytesOf(s);
  let q = bytesOf(made);
  i = 0;
  while (i < length) {
    const c = decodeChar(from + i);
    const to = cased(from, i, length, c, upper);
    if (to == MULTI) {
      const results = multiCase(c, upper);
      for (let k: usize = 0; k < 12; k += 4) {
        const part = load<u32>(results + k);
        if (part) q += encodeChar(q, part);
      }
    } else q += encodeChar(q, to);
    i += charSize(c);
  }
  return made;
}

/** Sigma has two lower-case forms of one size: the final one stands at the end of a word. */
function cased(from: usize, i: usize, length: usize, c: u32, upper: bool): u32 {
  if (upper) return upperChar(c);
  if (c != 0x3a3) return lowerChar(c);
  const afterLetter = i > 0 && !isWordEnd(from, i, length, true);
  return afterLetter && isWordEnd(from, i + 2, length, false) ? 0x3c2 : 0x3c3;
}

function isWordEnd(from: usize, i: usize, length: usize, before: bool): bool {
  if (before) {
    let p = i - 1;
    while ((load<u8>(from + p) & 0xc0) == 0x80) p--;
    const c = decodeChar(from + p);
    return lowerChar(c) == c && upperChar(c) == c;
  }
  if (i >= length) return true;
  const c = decodeChar(from + i);
  return lowerChar(c) == c && upperChar(c) == c;
}

function casedSize(c: u32, upper: bool): usize {
  const to = upper ? upperChar(c) : lowerChar(c);
  if (to != MULTI) return charSize(to);
  const results = multiCase(c, upper);
  let size: usize = 0;
  for (let k: usize = 0; k < 12; k += 4) {
    const part = load<u32>(results + k);
    if (part) size += charSize(part);
  }
  return size;
}

export function string_lower(s: usize): usize {
  return changeCase(s, false);
}

export function string_upper(s: usize): usize {
  return changeCase(s, true);
}

export function string_shrink(s: usize): void {
  shrinkText(s);
}

/** The last character, removed, or END. */
export function string_pop(s: usize): i64 {
  const length = lengthOf(s);
  if (!length) return anyEnd();
  let p = bytesOf(s) + length - 1;
  while ((load<u8>(p) & 0xc0) == 0x80) p--;
  setLength(s, p - bytesOf(s));
  return any(<i64>decodeChar(p), TAG_CHAR);
}

export function string_insert(s: usize, at: i64, part: usize): i32 {
  if (<u64>at > <u64>lengthOf(s) || !isBoundary(s, <usize>at)) failBoundary(s, at);
  return insertText(s, <usize>at, part) ? 1 : 0;
}

export function string_truncate(s: usize, length: i64): void {
  if (<u64>length >= <u64>lengthOf(s)) return;
  if (!isBoundary(s, <usize>length)) failBoundary(s, length);
  setLength(s, <usize>length);
}

export function string_to_bytes(s: usize): usize {
  return textFrom(bytesOf(s), lengthOf(s), TAG_BYTES);
}

/** A string of the same bytes, or END when they are no UTF-8. */
export function string_from_bytes(p: usize): i64 {
  if (!isUtf8(bytesOf(p), lengthOf(p))) return anyEnd();
  const made = textFrom(bytesOf(p), lengthOf(p), TAG_STRING);
  return made ? any(<i64>made, TAG_STRING) : anyFull();
}

/** The strings of a vec with a text between them. */
export function vec_join(v: usize, between: usize): usize {
  const count = vecLength(v);
  const gap = lengthOf(between);
  let size: u64 = count ? <u64>gap * <u64>(count - 1) : 0;
  for (let i: usize = 0; i < count; i++) {
    const tag = vecTag(v, i);
    const payload = vecPayload(v, i);
    if (tag != TAG_STRING || load<u8>(<usize>payload) != TAG_STRING) failType(payload, tag, TAG_STRING);
    size += <u64>lengthOf(<usize>payload);
  }
  if (size > 0xf0000000) return 0;
  const made = textNew(<usize>size, TAG_STRING);
  if (!made) return 0;
  let q = bytesOf(made);
  for (let i: usize = 0; i < count; i++) {
    if (i) {
      memory.copy(q, bytesOf(between), gap);
      q += gap;
    }
    const part = <usize>vecPayload(v, i);
    memory.copy(q, bytesOf(part), lengthOf(part));
    q += lengthOf(part);
  }
  chargeBytes(<usize>size);
  chargeFuel(<i32>count);
  return made;
}

/** Whether a value is a String with the text of a static one. */
export function is_string(payload: i64, tag: i32, text: usize): bool {
  if (tag != TAG_STRING) return false;
  const s = <usize>payload;
  if (load<u8>(s) != TAG_STRING || lengthOf(s) != lengthOf(text)) return false;
  return sameText(s, text);
}

/** Whether a value is a Bytes with the bytes of a static text. */
export function is_bytes(payload: i64, tag: i32, text: usize): bool {
  if (tag != TAG_BYTES || load<u8>(<usize>payload) != TAG_BYTES) return false;
  return sameText(<usize>payload, text);
}

export function string_parse_char(s: usize): usize {
  const length = lengthOf(s);
  if (length && charSize(decodeChar(bytesOf(s))) == length) return result_ok(<i64>decodeChar(bytesOf(s)), TAG_CHAR);
  return failure(length ? "too many characters in string" : "cannot parse char from empty string");
}

/** An Err with a sentence. */
export function failure(sentence: string): usize {
  const length = <usize>sentence.length;
  const text = textNew(length, TAG_STRING);
  if (!text) return 0;
  for (let i: usize = 0; i < length; i++) {
    store<u8>(bytesOf(text) + i, <u8>load<u16>(changetype<usize>(sentence) + (i << 1)));
  }
  return result_err(<i64>text, TAG_STRING);
}

