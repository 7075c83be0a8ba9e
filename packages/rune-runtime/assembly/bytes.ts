// The functions of Bytes. An element is a u64 below 256.
import {
  FAIL_INDEX,
  FAIL_OVERFLOW,
  STRING_CAPACITY,
  TAG_BYTES,
  TAG_INT,
  TAG_U64,
} from "../src/layout";
import { fail, fail2, failType } from "./fail";
import {
  appendText,
  bytesOf,
  ensureCapacity,
  lengthOf,
  setLength,
  shrinkText,
  textFrom,
  textNew,
  touched,
} from "./string";
import { any, anyEnd, chargeBytes } from "./value";
import { vecLength, vecMake, vecPayload, vecTag } from "./vec";

export function bytes_literal(text: usize): usize {
  return textFrom(bytesOf(text), lengthOf(text), TAG_BYTES);
}

export function bytes_new(): usize {
  return textNew(0, TAG_BYTES);
}

export function bytes_with_capacity(capacity: i64): usize {
  if (<u64>capacity > 0xf0000000) return 0;
  const p = textNew(<usize>capacity, TAG_BYTES);
  if (p) setLength(p, 0);
  return p;
}

export function bytes_len(p: usize): i64 {
  return <i64>lengthOf(p);
}

export function bytes_capacity(p: usize): i64 {
  return <i64>load<u32>(p, STRING_CAPACITY);
}

export function bytes_reserve(p: usize, more: i64): i32 {
  if (<u64>more > 0xf0000000) return 0;
  return ensureCapacity(p, lengthOf(p) + <usize>more, true) ? 1 : 0;
}

export function bytes_clear(p: usize): void {
  setLength(p, 0);
}

/** The byte that a value stands for. */
function byteOf(value: i64, tag: i32): u8 {
  if (tag != TAG_INT && tag != TAG_U64) failType(value, tag, TAG_U64);
  if (<u64>value > 255) fail(FAIL_OVERFLOW);
  return <u8>value;
}

function failIndex(p: usize, i: i64): void {
  fail2(FAIL_INDEX, 0, <i64>p, TAG_BYTES, i, i < 0 ? TAG_INT : TAG_U64);
}

export function bytes_push(p: usize, value: i64, tag: i32): i32 {
  const byte = byteOf(value, tag);
  const length = lengthOf(p);
  if (!ensureCapacity(p, length + 1, false)) return 0;
  store<u8>(bytesOf(p) + length, byte);
  setLength(p, length + 1);
  return 1;
}

export function bytes_pop(p: usize): i64 {
  const length = lengthOf(p);
  if (!length) return anyEnd();
  const byte = load<u8>(bytesOf(p) + length - 1);
  setLength(p, length - 1);
  return any(<i64>byte, TAG_U64);
}

export function bytes_at(p: usize, i: i64): i64 {
  if (<u64>i >= <u64>lengthOf(p)) failIndex(p, i);
  return any(<i64>load<u8>(bytesOf(p) + <usize>i), TAG_U64);
}

export function bytes_put(p: usize, i: i64, value: i64, tag: i32): void {
  const byte = byteOf(value, tag);
  if (<u64>i >= <u64>lengthOf(p)) failIndex(p, i);
  store<u8>(bytesOf(p) + <usize>i, byte);
  touched(p);
}

export function bytes_insert(p: usize, at: i64, value: i64, tag: i32): i32 {
  const byte = byteOf(value, tag);
  const length = lengthOf(p);
  if (<u64>at > <u64>length) failIndex(p, at);
  if (!ensureCapacity(p, length + 1, false)) return 0;
  const q = bytesOf(p) + <usize>at;
  memory.copy(q + 1, q, length - <usize>at);
  chargeBytes(length - <usize>at);
  store<u8>(q, byte);
  setLength(p, length + 1);
  return 1;
}

export function bytes_remove(p: usize, at: i64): i64 {
  const length = lengthOf(p);
  if (<u64>at >= <u64>length) failIndex(p, at);
  const q = bytesOf(p) + <usize>at;
  const byte = load<u8>(q);
  memory.copy(q, q + 1, length - 1 - <usize>at);
  chargeBytes(length - <usize>at);
  setLength(p, length - 1);
  return any(<i64>byte, TAG_U64);
}

export function bytes_extend(p: usize, other: usize): i32 {
  return appendText(p, other) ? 1 : 0;
}

export function bytes_extend_string(p: usize, other: usize): i32 {
  return appendText(p, other) ? 1 : 0;
}

/** A part; the caller has checked the bounds. */
export function bytes_slice(p: usize, start: i64, end: i64): usize {
  return textFrom(bytesOf(p) + <usize>start, <usize>(end - start), TAG_BYTES);
}

export function bytes_copy(p: usize): usize {
  return textFrom(bytesOf(p), lengthOf(p), TAG_BYTES);
}

export function bytes_from_vec(v: usize): usize {
  const length = vecLength(v);
  const p = textNew(length, TAG_BYTES);
  if (!p) return 0;
  const q = bytesOf(p);
  for (let i: usize = 0; i < length; i++) store<u8>(q + i, byteOf(vecPayload(v, i), vecTag(v, i)));
  chargeBytes(length << 4);
  return p;
}

export function bytes_to_vec(p: usize): usize {
  const length = lengthOf(p);
  const v = vecMake(length, TAG_U64);
  if (!v) return 0;
  const q = bytesOf(p);
  const to = <usize>load<u32>(v, 8);
  for (let i: usize = 0; i < length; i++) store<u64>(to + (i << 3), <u64>load<u8>(q + i));
  chargeBytes(length << 4);
  return v;
}

export function bytes_shrink(p: usize): void {
  shrinkText(p);
}
