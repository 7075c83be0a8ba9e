// Vectors in three representations: one scalar or reference type as 8-byte payloads, booleans as bytes, anything else
// as 16-byte slots. A vector changes to slots when a value of another tag comes in, and never back until it is empty.
import {
  FAIL_BORROWED,
  FAIL_INDEX,
  KIND_MOVED,
  OBJECT_SLOTS,
  SLOT_PAYLOAD,
  TAG_BOOL,
  TAG_INT,
  TAG_TUPLE,
  TAG_U64,
  TAG_UNIT,
  TAG_VEC,
  TUPLE_LENGTH,
  VEC_ADDRESS,
  VEC_CAPACITY,
  VEC_EMPTY,
  VEC_LENGTH,
  VEC_MIXED,
  VEC_REPR,
  VEC_SHARED,
  VEC_SIZE,
} from "../src/layout";
import { allocate, bufferFree, bufferGrow, bufferNew, roomyBytes } from "./allocate";
import { fail2 } from "./fail";
import { any, anyEnd, anySlot, chargeBytes, chargeFuel, setSlot } from "./value";

@inline
export function vecLength(v: usize): usize {
  return <usize>load<u32>(v, VEC_LENGTH);
}

@inline
export function vecAddress(v: usize): usize {
  return <usize>load<u32>(v, VEC_ADDRESS);
}

@inline
export function vecRepr(v: usize): i32 {
  return load<i32>(v, VEC_REPR);
}

/** Shift that turns an element number into bytes. */
@inline
export function vecShift(repr: i32): usize {
  return repr == VEC_MIXED ? 4 : repr == TAG_BOOL ? 0 : 3;
}

export function vec_new(): usize {
  const v = allocate(VEC_SIZE, TAG_VEC);
  if (!v) return 0;
  store<u32>(v, 0, VEC_LENGTH);
  store<u32>(v, 0, VEC_ADDRESS);
  store<u32>(v, 0, VEC_CAPACITY);
  store<i32>(v, VEC_EMPTY, VEC_REPR);
  store<u32>(v, 0, VEC_SHARED);
  return v;
}

/** A vector of `length` undefined elements of one representation, to be filled at once. */
export function vecMake(length: usize, repr: i32): usize {
  const v = vec_new();
  if (!v || !length) return v;
  const shift = vecShift(repr);
  if (length > 0xf0000000 >> shift) return 0;
  const bytes = roomyBytes(length << shift);
  const address = bufferNew(bytes);
  if (!address) return 0;
  store<u32>(v, <u32>length, VEC_LENGTH);
  store<u32>(v, <u32>address, VEC_ADDRESS);
  store<u32>(v, <u32>(bytes >> shift), VEC_CAPACITY);
  store<i32>(v, repr, VEC_REPR);
  return v;
}

export function vec_with_capacity(capacity: i64): usize {
  if (<u64>capacity > 0x10000000) return 0;
  const v = vecMake(<usize>capacity, VEC_MIXED);
  if (!v || !capacity) return v;
  // The room is kept for whatever comes first: it is counted in slots until then.
  store<u32>(v, 0, VEC_LENGTH);
  store<i32>(v, VEC_EMPTY, VEC_REPR);
  return v;
}

export function vec_len(v: usize): i64 {
  return <i64>vecLength(v);
}

export function vec_capacity(v: usize): i64 {
  return <i64>load<u32>(v, VEC_CAPACITY);
}

/** Makes the vector ready to take a value of this tag at its end or in its middle. */
export function vecAccept(v: usize, tag: i32, more: usize): bool {
  let repr = vecRepr(v);
  if (repr != tag && repr != VEC_MIXED) {
    if (vecLength(v) == 0) {
      adopt(v, tag);
      repr = tag;
    } else {
      if (!toMixed(v, more)) return false;
      repr = VEC_MIXED;
    }
  }
  return vecReserve(v, more);
}

/** Sets the representation of a vector without elements; its buffer is counted anew. */
function adopt(v: usize, repr: i32): void {
  const address = vecAddress(v);
  if (address) {
    const bytes = <usize>load<u32>(address - 12);
    store<u32>(v, <u32>(bytes >> vecShift(repr)), VEC_CAPACITY);
  }
  store<i32>(v, repr, VEC_REPR);
}

/** Room for `more` elements beyond the length. */
export function vecReserve(v: usize, more: usize): bool {
  const length = vecLength(v);
  const capacity = <usize>load<u32>(v, VEC_CAPACITY);
  if (length + more <= capacity) return true;
  return grow(v, length + more, capacity);
}

function grow(v: usize, needed: usize, capacity: usize): bool {
  const shift = vecShift(vecRepr(v));
  if (needed > 0xf0000000 >> shift) return false;
  const used = vecLength(v) << shift;
  const wanted = max(needed, max(capacity + (capacity >> 1), 4));
  let bytes = roomyBytes(wanted << shift);
  let address = bufferGrow(vecAddress(v), used, bytes);
  if (!address && wanted > needed) {
    bytes = roomyBytes(needed << shift);
    address = bufferGrow(vecAddress(v), used, bytes);
  }
  if (!address) return false;
  chargeBytes(used);
  store<u32>(v, <u32>address, VEC_ADDRESS);
  store<u32>(v, <u32>(bytes >> shift), VEC_CAPACITY);
  return true;
}

/** Changes to 16-byte slots, with room for `more` elements. */
export function toMixed(v: usize, more: usize): bool {
  const repr = vecRepr(v);
  if (repr == VEC_MIXED) return true;
  const length = vecLength(v);
  const bytes = roomyBytes(max(length + more, 4) << 4);
  const address = bufferNew(bytes);
  if (!address) return false;
  const old = vecAddress(v);
  for (let i: usize = 0; i < length; i++) {
    const payload = repr == TAG_BOOL ? <i64>load<u8>(old + i) : load<i64>(old + (i << 3));
    setSlot(address + (i << 4), payload, repr);
  }
  chargeFuel(<i32>(length >> 2));
  if (old) bufferFree(old);
  store<u32>(v, <u32>address, VEC_ADDRESS);
  store<u32>(v, <u32>(bytes >> 4), VEC_CAPACITY);
  store<i32>(v, VEC_MIXED, VEC_REPR);
  return true;
}

/** Stores an element whose tag the representation takes. */
@inline
export function vecStore(v: usize, i: usize, payload: i64, tag: i32): void {
  const repr = vecRepr(v);
  const address = vecAddress(v);
  if (repr == VEC_MIXED) setSlot(address + (i << 4), payload, tag);
  else if (repr == TAG_BOOL) store<u8>(address + i, <u8>payload);
  else store<i64>(address + (i << 3), payload);
}

/** The element, its tag in CELL_TAG; the position is in range. */
@inline
export function vecLoad(v: usize, i: usize): i64 {
  const repr = vecRepr(v);
  const address = vecAddress(v);
  if (repr == VEC_MIXED) return anySlot(address + (i << 4));
  if (repr == TAG_BOOL) return any(<i64>load<u8>(address + i), TAG_BOOL);
  return any(load<i64>(address + (i << 3)), repr);
}

export function vecTag(v: usize, i: usize): i32 {
  const repr = vecRepr(v);
  return repr == VEC_MIXED ? load<i32>(vecAddress(v) + (i << 4)) : repr;
}

export function vecPayload(v: usize, i: usize): i64 {
  const repr = vecRepr(v);
  const address = vecAddress(v);
  if (repr == VEC_MIXED) return load<i64>(address + (i << 4), SLOT_PAYLOAD);
  if (repr == TAG_BOOL) return <i64>load<u8>(address + i);
  return load<i64>(address + (i << 3));
}

function guardChange(v: usize): void {
  if (load<u32>(v, VEC_SHARED) || load<u8>(v) == KIND_MOVED) {
    fail2(FAIL_BORROWED, 0, <i64>v, TAG_VEC, 0, TAG_UNIT);
  }
}

function failIndex(v: usize, i: i64): void {
  fail2(FAIL_INDEX, 0, <i64>v, TAG_VEC, i, i < 0 ? TAG_INT : TAG_U64);
}

export function vec_push(v: usize, payload: i64, tag: i32): i32 {
  guardChange(v);
  if (!vecAccept(v, tag, 1)) return 0;
  const length = vecLength(v);
  vecStore(v, length, payload, tag);
  store<u32>(v, <u32>(length + 1), VEC_LENGTH);
  return 1;
}

/** The last element, removed; END when there is none. */
export function vec_pop(v: usize): i64 {
  guardChange(v);
  const length = vecLength(v);
  if (length == 0) return anyEnd();
  store<u32>(v, <u32>(length - 1), VEC_LENGTH);
  return vecLoad(v, length - 1);
}

/** The element at a position; fails when out of bounds. */
export function vec_at(v: usize, i: i64): i64 {
  if (<u64>i >= <u64>vecLength(v)) failIndex(v, i);
  return vecLoad(v, <usize>i);
}

/** The element at a position, or END. */
export function vec_try(v: usize, i: i64): i64 {
  if (<u64>i >= <u64>vecLength(v)) return anyEnd();
  return vecLoad(v, <usize>i);
}

export function vec_put(v: usize, i: i64, payload: i64, tag: i32): i32 {
  if (<u64>i >= <u64>vecLength(v)) failIndex(v, i);
  if (vecRepr(v) != tag && !toMixed(v, 0)) return 0;
  vecStore(v, <usize>i, payload, tag);
  return 1;
}

export function vec_insert(v: usize, at: i64, payload: i64, tag: i32): i32 {
  guardChange(v);
  const length = vecLength(v);
  if (<u64>at > <u64>length) failIndex(v, at);
  if (!vecAccept(v, tag, 1)) return 0;
  const shift = vecShift(vecRepr(v));
  const p = vecAddress(v) + (<usize>at << shift);
  const bytes = (length - <usize>at) << shift;
  memory.copy(p + ((<usize>1) << shift), p, bytes);
  chargeBytes(bytes);
  vecStore(v, <usize>at, payload, tag);
  store<u32>(v, <u32>(length + 1), VEC_LENGTH);
  return 1;
}

export function vec_remove(v: usize, at: i64): i64 {
  guardChange(v);
  const length = vecLength(v);
  if (<u64>at >= <u64>length) failIndex(v, at);
  const payload = vecPayload(v, <usize>at);
  const tag = vecTag(v, <usize>at);
  const shift = vecShift(vecRepr(v));
  const p = vecAddress(v) + (<usize>at << shift);
  const bytes = (length - 1 - <usize>at) << shift;
  memory.copy(p, p + ((<usize>1) << shift), bytes);
  chargeBytes(bytes);
  store<u32>(v, <u32>(length - 1), VEC_LENGTH);
  return any(payload, tag);
}

export function vec_clear(v: usize): void {
  guardChange(v);
  store<u32>(v, 0, VEC_LENGTH);
}

export function vec_truncate(v: usize, length: i64): void {
  guardChange(v);
  if (<u64>length < <u64>vecLength(v)) store<u32>(v, <u32>length, VEC_LENGTH);
}

export function vec_swap(v: usize, a: i64, b: i64): void {
  const length = <u64>vecLength(v);
  if (<u64>a >= length) failIndex(v, a);
  if (<u64>b >= length) failIndex(v, b);
  const p = vecPayload(v, <usize>a);
  const t = vecTag(v, <usize>a);
  vecStore(v, <usize>a, vecPayload(v, <usize>b), vecTag(v, <usize>b));
  vecStore(v, <usize>b, p, t);
}

export function vec_reverse(v: usize): void {
  guardChange(v);
  let i: usize = 0;
  let j = vecLength(v);
  chargeFuel(<i32>(j >> 2));
  while (i + 1 < j) {
    j--;
    vec_swap(v, <i64>i, <i64>j);
    i++;
  }
}

/** Appends the elements of another vector (it may be the same one). */
export function vec_append(v: usize, other: usize): i32 {
  guardChange(v);
  const more = vecLength(other);
  if (more == 0) return 1;
  const length = vecLength(v);
  const repr = vecRepr(other);
  if (length == 0 && vecRepr(v) != repr) adopt(v, repr);
  if (vecRepr(v) != repr && !toMixed(v, more)) return 0;
  if (!vecReserve(v, more)) return 0;
  if (vecRepr(other) == vecRepr(v)) {
    const shift = vecShift(vecRepr(v));
    memory.copy(vecAddress(v) + (length << shift), vecAddress(other), more << shift);
    chargeBytes(more << shift);
  } else {
    for (let i: usize = 0; i < more; i++) vecStore(v, length + i, vecPayload(other, i), vecTag(other, i));
    chargeFuel(<i32>(more >> 2));
  }
  store<u32>(v, <u32>(length + more), VEC_LENGTH);
  return 1;
}

/** A new vector of the elements from `start` up to `end`; the caller has checked the bounds. */
export function vec_slice(v: usize, start: i64, end: i64): usize {
  const count = <usize>(end - start);
  const repr = vecRepr(v);
  const made = vecMake(count, repr);
  if (!made || !count) return made;
  const shift = vecShift(repr);
  memory.copy(vecAddress(made), vecAddress(v) + (<usize>start << shift), count << shift);
  chargeBytes(count << shift);
  return made;
}

export function vec_to_tuple(v: usize): usize {
  const length = vecLength(v);
  const t = allocate(OBJECT_SLOTS + (length << 4), TAG_TUPLE);
  if (!t) return 0;
  store<u32>(t, <u32>length, TUPLE_LENGTH);
  for (let i: usize = 0; i < length; i++) setSlot(t + OBJECT_SLOTS + (i << 4), vecPayload(v, i), vecTag(v, i));
  chargeFuel(<i32>(length >> 2));
  return t;
}

/** Makes a vector of slots. */
export function vecFromSlots(slots: usize, length: usize): usize {
  let repr = length ? load<i32>(slots) : VEC_EMPTY;
  for (let i: usize = 1; i < length; i++) {
    if (load<i32>(slots + (i << 4)) != repr) {
      repr = VEC_MIXED;
      break;
    }
  }
  const v = vecMake(length, repr);
  if (!v) return 0;
  for (let i: usize = 0; i < length; i++) {
    const slot = slots + (i << 4);
    vecStore(v, i, load<i64>(slot, SLOT_PAYLOAD), load<i32>(slot));
  }
  chargeFuel(<i32>(length >> 2));
  return v;
}

export function vec_borrow(v: usize): void {
  store<u32>(v, load<u32>(v, VEC_SHARED) + 1, VEC_SHARED);
}

export function vec_release(v: usize): void {
  const n = load<u32>(v, VEC_SHARED);
  if (n) store<u32>(v, n - 1, VEC_SHARED);
}

