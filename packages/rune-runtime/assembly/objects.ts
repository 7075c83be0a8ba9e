// Tuples, structs, closures, options, results, ranges, frames: fixed numbers of slots. Also dropping and shallow copies.
import {
  CLOSURE_ARITY,
  CLOSURE_COUNT,
  CLOSURE_FUNCTION,
  KIND_MOVED,
  KIND_STRUCT,
  NONE_OBJECT,
  OBJECT_SLOTS,
  OPTION_VARIANT,
  RANGE_COUNT,
  RANGE_KIND,
  RESULT_VARIANT,
  SLOT_PAYLOAD,
  STRUCT_COUNT,
  STRUCT_SHAPE,
  TAG_BYTES,
  TAG_CLOSURE,
  TAG_END,
  TAG_FRAME,
  TAG_FULL,
  TAG_HASH_MAP,
  TAG_HASH_SET,
  TAG_INT,
  TAG_OBJECT,
  TAG_OPTION,
  TAG_RANGE,
  TAG_REFERENCE,
  TAG_RESULT,
  TAG_SHAPE,
  TAG_STRING,
  TAG_TUPLE,
  TAG_U64,
  TAG_UNIT,
  TAG_VEC,
  TUPLE_LENGTH,
  VARIANT_ERR,
  VARIANT_NONE,
  VARIANT_OK,
  VARIANT_SOME,
  VEC_LENGTH,
  FAIL_INDEX,
} from "../src/layout";
import { allocate } from "./allocate";
import { fail2, failType } from "./fail";
import { copyMap } from "./map";
import { bytesOf, lengthOf, textFrom } from "./string";
import { enter, leave } from "./relations";
import { any, anyEnd, anyRef, anySlot, chargeFuel, lastTag, setSlot } from "./value";
import { vec_slice, vecFromSlots, vecLength } from "./vec";

export function struct_new(shape: i32, count: i32): usize {
  const p = allocate(OBJECT_SLOTS + (<usize>count << 4), KIND_STRUCT);
  if (!p) return 0;
  store<i32>(p, shape, STRUCT_SHAPE);
  store<i32>(p, count, STRUCT_COUNT);
  return p;
}

export function tuple_new(count: i32): usize {
  const p = allocate(OBJECT_SLOTS + (<usize>count << 4), TAG_TUPLE);
  if (p) store<i32>(p, count, TUPLE_LENGTH);
  return p;
}

export function frame_new(count: i32): usize {
  const size = OBJECT_SLOTS + (<usize>count << 4);
  const p = allocate(size, TAG_FRAME);
  if (!p) return 0;
  memory.fill(p + 4, 0, size - 4);
  store<i32>(p, count, TUPLE_LENGTH);
  return p;
}

export function closure_new(index: i32, arity: i32, count: i32): usize {
  const p = allocate(OBJECT_SLOTS + (<usize>count << 4), TAG_CLOSURE);
  if (!p) return 0;
  store<i32>(p, index, CLOSURE_FUNCTION);
  store<i32>(p, arity, CLOSURE_ARITY);
  store<i32>(p, count, CLOSURE_COUNT);
  return p;
}

@inline
function variantNew(kind: u32, variant: i32, payload: i64, tag: i32): usize {
  const p = allocate(32, kind);
  if (!p) return 0;
  store<i32>(p, variant, OPTION_VARIANT);
  setSlot(p + OBJECT_SLOTS, payload, tag);
  return p;
}

export function option_some(payload: i64, tag: i32): usize {
  return variantNew(TAG_OPTION, VARIANT_SOME, payload, tag);
}

/** None for END, else Some. */
export function option(payload: i64, tag: i32): usize {
  return tag == TAG_END ? NONE_OBJECT : variantNew(TAG_OPTION, VARIANT_SOME, payload, tag);
}

export function result_ok(payload: i64, tag: i32): usize {
  return variantNew(TAG_RESULT, VARIANT_OK, payload, tag);
}

export function result_err(payload: i64, tag: i32): usize {
  return variantNew(TAG_RESULT, VARIANT_ERR, payload, tag);
}

/** The content of a Some, else END. */
export function option_value(p: usize): i64 {
  return load<i32>(p, OPTION_VARIANT) == VARIANT_SOME ? anySlot(p + OBJECT_SLOTS) : anyEnd();
}

/** Empties the option in place; the result holds what was in it. */
export function option_take(p: usize): usize {
  if (load<i32>(p, OPTION_VARIANT) != VARIANT_SOME) return NONE_OBJECT;
  const taken = option_some(load<i64>(p, OBJECT_SLOTS + SLOT_PAYLOAD), load<i32>(p, OBJECT_SLOTS));
  if (!taken) return 0;
  store<i32>(p, VARIANT_NONE, OPTION_VARIANT);
  setSlot(p + OBJECT_SLOTS, 0, TAG_UNIT);
  return taken;
}

export function result_value(p: usize): i64 {
  return anySlot(p + OBJECT_SLOTS);
}

export function result_is_ok(p: usize): bool {
  return load<i32>(p, RESULT_VARIANT) == VARIANT_OK;
}

export function range_new(kind: i32, a: i64, aTag: i32, b: i64, bTag: i32): usize {
  const p = allocate(OBJECT_SLOTS + 32, TAG_RANGE);
  if (!p) return 0;
  store<i32>(p, kind, RANGE_KIND);
  store<i32>(p, 2, RANGE_COUNT);
  setSlot(p + OBJECT_SLOTS, a, aTag);
  setSlot(p + OBJECT_SLOTS + 16, b, bTag);
  return p;
}

export function range_kind(p: usize): i64 {
  return <i64>load<i32>(p, RANGE_KIND);
}

export function range_start(p: usize): i64 {
  return anySlot(p + OBJECT_SLOTS);
}

export function range_end(p: usize): i64 {
  return anySlot(p + OBJECT_SLOTS + 16);
}

export function tuple_len(p: usize): i64 {
  return <i64>load<u32>(p, TUPLE_LENGTH);
}

export function tuple_at(p: usize, i: i64): i64 {
  if (<u64>i >= <u64>load<u32>(p, TUPLE_LENGTH)) {
    fail2(FAIL_INDEX, 0, <i64>p, TAG_TUPLE, i, i < 0 ? TAG_INT : TAG_U64);
  }
  return anySlot(p + OBJECT_SLOTS + (<usize>i << 4));
}

export function tuple_to_vec(p: usize): usize {
  return vecFromSlots(p + OBJECT_SLOTS, <usize>load<u32>(p, TUPLE_LENGTH));
}

/** Makes every alias of an object unusable; scalars are not affected. */
export function drop(payload: i64, tag: i32): void {
  if (tag < TAG_REFERENCE) return;
  const p = <usize>payload;
  if (p == NONE_OBJECT || (load<u8>(p, 1) & 1) != 0) return;
  const kind = <i32>load<u8>(p);
  if (kind == KIND_MOVED) failType(payload, tag, tag);
  if (kind == KIND_STRUCT) {
    const count = load<i32>(p, STRUCT_COUNT);
    for (let i: i32 = 0; i < count; i++) store<i32>(p + OBJECT_SLOTS + (<usize>i << 4), TAG_END);
    store<i32>(p, -1, STRUCT_SHAPE);
  } else if (kind == TAG_OPTION || kind == TAG_RESULT) store<i32>(p, -1, OPTION_VARIANT);
  else if (kind != TAG_CLOSURE) store<u32>(p, 0, VEC_LENGTH);
  store<u8>(p, KIND_MOVED);
}

/** Whether a value was not dropped. */
export function is_live(payload: i64, tag: i32): bool {
  return tag < TAG_REFERENCE || load<u8>(<usize>payload) != KIND_MOVED;
}

/** A shallow copy: a new object with the same content. Scalars, functions and frames are themselves. */
export function clone(payload: i64, tag: i32): i64 {
  if (tag < TAG_REFERENCE) return any(payload, tag);
  const p = <usize>payload;
  if (load<u8>(p) == KIND_MOVED) failType(payload, tag, tag);
  return tag >= TAG_SHAPE ? copySlots(p, tag, <usize>load<u32>(p, STRUCT_COUNT)) : copyObject(p, tag);
}

function copyObject(p: usize, tag: i32): i64 {
  switch (tag) {
    case TAG_STRING:
    case TAG_BYTES:
      return anyRef(textFrom(bytesOf(p), lengthOf(p), tag), tag);
    case TAG_VEC:
      return anyRef(vec_slice(p, 0, <i64>vecLength(p)), tag);
    case TAG_TUPLE:
      return copyTuple(p);
    case TAG_OBJECT:
    case TAG_HASH_MAP:
    case TAG_HASH_SET:
      return anyRef(copyMap(p, tag), tag);
    case TAG_OPTION:
      if (load<i32>(p, OPTION_VARIANT) == VARIANT_NONE) return any(NONE_OBJECT, tag);
      return copyContent(p, tag);
    case TAG_RESULT:
      return copyContent(p, tag);
    case TAG_RANGE:
      return copySlots(p, tag, 2);
  }
  return any(<i64>p, tag);
}

/** Options and results copy what they hold, as the reference does. */
function copyContent(p: usize, tag: i32): i64 {
  enter();
  const content = clone(load<i64>(p, OBJECT_SLOTS + SLOT_PAYLOAD), load<i32>(p, OBJECT_SLOTS));
  const contentTag = lastTag();
  leave();
  if (contentTag == TAG_FULL) return anyRef(0, tag);
  return anyRef(variantNew(tag, load<i32>(p, OPTION_VARIANT), content, contentTag), tag);
}

function copyTuple(p: usize): i64 {
  const count = load<u32>(p, TUPLE_LENGTH);
  const copy = tuple_new(count);
  if (!copy) return anyRef(0, TAG_TUPLE);
  enter();
  for (let i: u32 = 0; i < count; i++) {
    const slot = OBJECT_SLOTS + (<usize>i << 4);
    const part = clone(load<i64>(p + slot, SLOT_PAYLOAD), load<i32>(p + slot));
    const partTag = lastTag();
    setSlot(copy + slot, part, partTag);
    if (partTag == TAG_FULL) {
      leave();
      return anyRef(0, TAG_TUPLE);
    }
  }
  leave();
  return any(<i64>copy, TAG_TUPLE);
}

function copySlots(p: usize, tag: i32, count: usize): i64 {
  const size = OBJECT_SLOTS + (count << 4);
  const copy = allocate(size, load<u8>(p));
  if (!copy) return anyRef(0, tag);
  memory.copy(copy + 4, p + 4, size - 4);
  chargeFuel(<i32>(count >> 2));
  return any(<i64>copy, tag);
}
