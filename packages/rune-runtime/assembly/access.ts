// Fields, parts and indexing on values of any tag: the slow paths of compiled code.
import {
  FAIL_FIELD,
  FAIL_INDEX,
  FAIL_INDEX_GET,
  FAIL_INDEX_SET,
  FAIL_TUPLE_INDEX,
  FORM_NAMED,
  FORM_TUPLE,
  KIND_MOVED,
  OBJECT_SLOTS,
  OPTION_VARIANT,
  RANGE_FROM,
  RANGE_FULL,
  RANGE_HALF_OPEN,
  RANGE_INCLUSIVE,
  RANGE_KIND,
  RANGE_TO,
  RANGE_TO_INCLUSIVE,
  SHAPE_COUNT,
  SHAPE_FIELDS,
  SHAPE_FORM,
  TAG_BYTES,
  TAG_HASH_MAP,
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
  TAG_VEC,
  TUPLE_LENGTH,
} from "../src/layout";
import { bytes_at, bytes_put, bytes_slice } from "./bytes";
import { fail2 } from "./fail";
import { map_get, map_insert, object_get, object_put } from "./map";
import { tuple_at } from "./objects";
import { isQueue, sequenceLength, sequencePayload, sequenceTag, shapeOf } from "./relations";
import { isBoundary, lengthOf, sameText } from "./string";
import { string_slice } from "./text";
import { any, anyEnd, anyFull, anyRef, anySlot, lastTag, setSlot } from "./value";
import { vec_at, vec_put, vec_slice, vecFromSlots, vecLength } from "./vec";
import { TAG_END, TAG_FULL } from "../src/layout";

@inline
function kindIs(p: i64, tag: i32): bool {
  return <i32>load<u8>(<usize>p) == tag;
}

/** `value.name`. Structs by their shape, objects by key, ranges by `start` and `end`. */
export function get_field(value: i64, tag: i32, name: usize): i64 {
  const slot = fieldSlot(value, tag, name);
  if (slot) return anySlot(slot);
  if (tag == TAG_OBJECT && kindIs(value, tag)) {
    const found = object_get(<usize>value, name);
    if (lastTag() != TAG_END) return found;
  }
  fail2(FAIL_FIELD, 0, value, tag, <i64>name, TAG_STRING);
  return 0;
}

/** `value.name = to`. An object gets the key if it has none; a struct has only its fields. */
export function set_field(value: i64, tag: i32, name: usize, to: i64, toTag: i32): i32 {
  const slot = fieldSlot(value, tag, name);
  if (slot) {
    setSlot(slot, to, toTag);
    return 1;
  }
  if (tag == TAG_OBJECT && kindIs(value, tag)) return object_put(<usize>value, name, to, toTag);
  fail2(FAIL_FIELD, 0, value, tag, <i64>name, TAG_STRING);
  return 0;
}

/** Slot of a struct's or range's field, or 0. */
function fieldSlot(value: i64, tag: i32, name: usize): usize {
  const p = <usize>value;
  if (tag >= TAG_SHAPE) {
    if (load<u8>(p) == KIND_MOVED) return 0;
    const shape = shapeOf(tag);
    if (load<u32>(shape, SHAPE_FORM) != FORM_NAMED) return 0;
    const count = <usize>load<u32>(shape, SHAPE_COUNT);
    for (let i: usize = 0; i < count; i++) {
      if (sameText(<usize>load<u32>(shape + SHAPE_FIELDS + (i << 2)), name)) return p + OBJECT_SLOTS + (i << 4);
    }
    return 0;
  }
  if (tag == TAG_RANGE && kindIs(value, tag)) {
    const kind = load<i32>(p, RANGE_KIND);
    const length = lengthOf(name);
    const bytes = <usize>load<u32>(name, 8);
    const hasStart = kind == RANGE_HALF_OPEN || kind == RANGE_INCLUSIVE || kind == RANGE_FROM;
    const hasEnd = kind == RANGE_HALF_OPEN || kind == RANGE_INCLUSIVE || kind == RANGE_TO || kind == RANGE_TO_INCLUSIVE;
    if (hasStart && length == 5 && load<u32>(bytes) == 0x72617473) return p + OBJECT_SLOTS;
    if (hasEnd && length == 3 && load<u16>(bytes) == 0x6e65) return p + OBJECT_SLOTS + 16;
  }
  return 0;
}

/** `value.0`: tuples, vecs, tuple structs and variants, options and results. */
export function get_part(value: i64, tag: i32, i: i32): i64 {
  if (tag == TAG_VEC && <usize>i < vecLength(<usize>value)) return vec_at(<usize>value, <i64>i);
  const slot = partSlot(value, tag, i);
  if (!slot) fail2(FAIL_TUPLE_INDEX, 0, value, tag, <i64>i, TAG_INT);
  return anySlot(slot);
}

export function set_part(value: i64, tag: i32, i: i32, to: i64, toTag: i32): i32 {
  if (tag == TAG_VEC && <usize>i < vecLength(<usize>value)) return vec_put(<usize>value, <i64>i, to, toTag);
  const slot = partSlot(value, tag, i);
  if (!slot) fail2(FAIL_TUPLE_INDEX, 0, value, tag, <i64>i, TAG_INT);
  setSlot(slot, to, toTag);
  return 1;
}

function partSlot(value: i64, tag: i32, i: i32): usize {
  if (tag < TAG_REFERENCE) return 0;
  const p = <usize>value;
  if (load<u8>(p) == KIND_MOVED) return 0;
  let count = 0;
  if (tag >= TAG_SHAPE) {
    const shape = shapeOf(tag);
    if (load<i32>(shape, SHAPE_FORM) == FORM_TUPLE) count = load<i32>(shape, SHAPE_COUNT);
  } else if (tag == TAG_TUPLE) count = load<i32>(p, TUPLE_LENGTH);
  else if (tag == TAG_OPTION) count = load<i32>(p, OPTION_VARIANT);
  else if (tag == TAG_RESULT) count = 1;
  return i < count ? p + OBJECT_SLOTS + (<usize>i << 4) : 0;
}

/** An index given as either integer type; −1 where it is none. */
@inline
function position(index: i64, tag: i32): i64 {
  return (tag == TAG_INT || tag == TAG_U64) && index >= 0 ? index : -1;
}

/** `value[index]`. */
export function get_index(value: i64, tag: i32, index: i64, indexTag: i32): i64 {
  const p = <usize>value;
  if (tag >= TAG_REFERENCE && tag < TAG_SHAPE && kindIs(value, tag)) {
    if (indexTag == TAG_RANGE && kindIs(index, TAG_RANGE)) return sliceOf(value, tag, <usize>index);
    const i = position(index, indexTag);
    switch (tag) {
      case TAG_VEC:
        if (i >= 0 && <u64>i < <u64>vecLength(p)) return vec_at(p, i);
        if (isInt(indexTag)) fail2(FAIL_INDEX, 0, value, tag, index, indexTag);
        break;
      case TAG_TUPLE:
        if (i >= 0) return tuple_at(p, i);
        if (isInt(indexTag)) fail2(FAIL_INDEX, 0, value, tag, index, indexTag);
        break;
      case TAG_BYTES:
        if (i >= 0) return bytes_at(p, i);
        if (isInt(indexTag)) fail2(FAIL_INDEX, 0, value, tag, index, indexTag);
        break;
      case TAG_OBJECT:
        if (indexTag == TAG_STRING && kindIs(index, TAG_STRING)) {
          const found = object_get(p, <usize>index);
          if (lastTag() != TAG_END) return found;
          fail2(FAIL_INDEX, 0, value, tag, index, indexTag);
        }
        break;
      case TAG_HASH_MAP: {
        const found = map_get(p, index, indexTag);
        if (lastTag() != TAG_END) return found;
        fail2(FAIL_INDEX, 0, value, tag, index, indexTag);
      }
    }
  }
  if (isQueue(tag) && isInt(indexTag)) {
    if (<u64>index >= <u64>sequenceLength(value, tag)) fail2(FAIL_INDEX, 0, value, tag, index, indexTag);
    return any(sequencePayload(value, tag, <usize>index), sequenceTag(value, tag, <usize>index));
  }
  // Tuple structs, variants, options and results are indexed like tuples.
  if (isInt(indexTag) && <u64>index < 0x10000) {
    const slot = partSlot(value, tag, <i32>index);
    if (slot) return anySlot(slot);
    if (tag >= TAG_SHAPE && load<i32>(shapeOf(tag), SHAPE_FORM) == FORM_TUPLE) {
      fail2(FAIL_INDEX, 0, value, tag, index, indexTag);
    }
  }
  fail2(FAIL_INDEX_GET, 0, value, tag, index, indexTag);
  return 0;
}

@inline
function isInt(tag: i32): bool {
  return tag == TAG_INT || tag == TAG_U64;
}

/** `value[index] = to`. */
export function set_index(value: i64, tag: i32, index: i64, indexTag: i32, to: i64, toTag: i32): i32 {
  const p = <usize>value;
  if (tag >= TAG_REFERENCE && tag < TAG_SHAPE && kindIs(value, tag)) {
    const i = position(index, indexTag);
    switch (tag) {
      case TAG_VEC:
        if (i >= 0 && <u64>i < <u64>vecLength(p)) return vec_put(p, i, to, toTag);
        if (isInt(indexTag)) fail2(FAIL_INDEX, 0, value, tag, index, indexTag);
        break;
      case TAG_BYTES:
        if (i < 0) break;
        bytes_put(p, i, to, toTag);
        return 1;
      case TAG_OBJECT:
        if (indexTag == TAG_STRING && kindIs(index, TAG_STRING)) return object_put(p, <usize>index, to, toTag);
        break;
      case TAG_HASH_MAP:
        map_insert(p, index, indexTag, to, toTag);
        return lastTag() == TAG_FULL ? 0 : 1;
    }
  }
  if (isQueue(tag) && isInt(indexTag)) {
    if (<u64>index >= <u64>sequenceLength(value, tag)) fail2(FAIL_INDEX, 0, value, tag, index, indexTag);
    const items = <usize>load<u32>(p, OBJECT_SLOTS + 8);
    return vec_put(items, load<i64>(p, OBJECT_SLOTS + 24) + index, to, toTag);
  }
  fail2(FAIL_INDEX_SET, 0, value, tag, index, indexTag);
  return 0;
}

/** Bounds of a range over something of a length; false where they are no positions or out of order. */
function boundsOf(range: usize, length: i64): bool {
  const kind = load<i32>(range, RANGE_KIND);
  const hasStart = kind == RANGE_HALF_OPEN || kind == RANGE_INCLUSIVE || kind == RANGE_FROM;
  let start: i64 = 0;
  let end = length;
  if (hasStart) start = position(load<i64>(range, OBJECT_SLOTS + 8), load<i32>(range, OBJECT_SLOTS));
  if (kind != RANGE_FULL && kind != RANGE_FROM) {
    end = position(load<i64>(range, OBJECT_SLOTS + 24), load<i32>(range, OBJECT_SLOTS + 16));
    if (end >= 0 && (kind == RANGE_INCLUSIVE || kind == RANGE_TO_INCLUSIVE)) end++;
  }
  store<i64>(SLICE_START, start);
  store<i64>(SLICE_END, end);
  return start >= 0 && start <= end && end <= length;
}

// Results of boundsOf, in the runtime's scratch cells.
const SLICE_START: usize = 1216;
const SLICE_END: usize = 1224;

function sliceOf(value: i64, tag: i32, range: usize): i64 {
  const part = get_range(value, tag, range);
  if (lastTag() == TAG_END) fail2(FAIL_INDEX, 0, value, tag, <i64>range, TAG_RANGE);
  return part;
}

/** The part of a string, vec, tuple or bytes that a range names; END when it is not inside. */
export function get_range(value: i64, tag: i32, range: usize): i64 {
  const p = <usize>value;
  switch (tag) {
    case TAG_STRING:
      if (!boundsOf(range, <i64>lengthOf(p))) return anyEnd();
      if (!isBoundary(p, load<u32>(SLICE_START)) || !isBoundary(p, load<u32>(SLICE_END))) return anyEnd();
      return anyRef(string_slice(p, load<i64>(SLICE_START), load<i64>(SLICE_END)), TAG_STRING);
    case TAG_BYTES:
      if (!boundsOf(range, <i64>lengthOf(p))) return anyEnd();
      return anyRef(bytes_slice(p, load<i64>(SLICE_START), load<i64>(SLICE_END)), TAG_BYTES);
    case TAG_VEC:
      if (!boundsOf(range, <i64>vecLength(p))) return anyEnd();
      return anyRef(vec_slice(p, load<i64>(SLICE_START), load<i64>(SLICE_END)), TAG_VEC);
    case TAG_TUPLE: {
      if (!boundsOf(range, <i64>load<u32>(p, TUPLE_LENGTH))) return anyEnd();
      const start = load<u32>(SLICE_START);
      const made = vecFromSlots(p + OBJECT_SLOTS + (<usize>start << 4), <usize>(load<u32>(SLICE_END) - start));
      return made ? any(<i64>made, TAG_VEC) : anyFull();
    }
  }
  fail2(FAIL_INDEX_GET, 0, value, tag, <i64>range, TAG_RANGE);
  return 0;
}
