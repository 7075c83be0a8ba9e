// The four relations and hashing, as the reference defines them: `partial_eq` and `partial_cmp` let i64 and u64 meet
// and floats be unordered, `eq` and `cmp` are strict. Values of unrelated types are an error, not "different".
import {
  FAIL_BINARY,
  FAIL_DEPTH,
  FAIL_FLOAT_COMPARISON,
  FAIL_HASH,
  OBJECT_SLOTS,
  OPTION_VARIANT,
  OP_EQ,
  OP_GE,
  OP_GT,
  OP_LE,
  OP_LT,
  OP_NE,
  PROGRAM_SHAPES,
  RANGE_HALF_OPEN,
  RANGE_INCLUSIVE,
  RANGE_KIND,
  FORM_NAMED,
  SHAPE_COUNT,
  SHAPE_FIELDS,
  SHAPE_FORM,
  SHAPE_TYPE,
  SLOT_PAYLOAD,
  STRUCT_COUNT,
  TAG_BOOL,
  TAG_BYTES,
  TAG_CHAR,
  TAG_FLOAT,
  TAG_HASH_MAP,
  TAG_HASH_SET,
  TAG_INT,
  TAG_OBJECT,
  TAG_OPTION,
  TAG_ORDERING,
  TAG_RANGE,
  TAG_RESULT,
  TAG_SHAPE,
  TAG_STRING,
  TAG_TUPLE,
  TAG_TYPE,
  TAG_U64,
  TAG_UNIT,
  TAG_VEC,
  TUPLE_LENGTH,
} from "../src/layout";
import { get, RECURSION } from "./cells";
import { fail, fail1, fail2 } from "./fail";
import { sameMaps, sameSets } from "./map";
import { bytesOf, compareBytes, hashText, lengthOf, mix, sameText } from "./string";
import { any, anyEnd, chargeFuel } from "./value";
import { vecLength, vecPayload, vecRepr, vecTag } from "./vec";

const MAX_RECURSION: i32 = 1000;
/** Result of a comparison without an answer. */
export const UNORDERED: i32 = 2;

/** Counts nesting in recursive functions of the runtime; pair it with `leave`. */
@inline
export function enter(): void {
  const depth = load<i32>(RECURSION) + 1;
  store<i32>(RECURSION, depth);
  if (depth > MAX_RECURSION) fail(FAIL_DEPTH);
}

@inline
export function leave(): void {
  store<i32>(RECURSION, load<i32>(RECURSION) - 1);
}

/** Type id of a shape, to know whether two variants belong together. */
@inline
export function shapeType(tag: i32): u32 {
  return load<u32>(shapeOf(tag), SHAPE_TYPE);
}

/** Descriptor of the shape that a tag names. */
@inline
export function shapeOf(tag: i32): usize {
  return <usize>load<u32>(get(PROGRAM_SHAPES) + (<usize>(tag - TAG_SHAPE) << 2));
}

function unsupported(op: i32, a: i64, aTag: i32, b: i64, bTag: i32): void {
  fail2(FAIL_BINARY, op, a, aTag, b, bTag);
}

@inline
function isInt(tag: i32): bool {
  return tag == TAG_INT || tag == TAG_U64;
}

/** Equality; `total` is `eq`, else `partial_eq`. */
export function equal(a: i64, aTag: i32, b: i64, bTag: i32, total: bool): bool {
  if (aTag == bTag) {
    if (aTag < TAG_STRING) {
      if (aTag != TAG_FLOAT) return a == b;
      const x = reinterpret<f64>(a);
      const y = reinterpret<f64>(b);
      if (total && (isNaN(x) || isNaN(y))) fail2(FAIL_FLOAT_COMPARISON, 0, a, aTag, b, bTag);
      return x == y;
    }
    if (aTag == TAG_STRING || aTag == TAG_BYTES) {
      guard(OP_EQ, a, aTag, b, bTag);
      return sameText(<usize>a, <usize>b);
    }
    enter();
    chargeFuel(1);
    const result = equalObjects(a, aTag, b, total);
    leave();
    return result;
  }
  if (!total && aTag == TAG_INT && bTag == TAG_U64) {
    if (b < 0) unsupported(OP_EQ, a, aTag, b, bTag);
    return a == b;
  }
  if (!total && aTag == TAG_U64 && bTag == TAG_INT) {
    if (b < 0) unsupported(OP_EQ, a, aTag, b, bTag);
    return a == b;
  }
  if (!total && isSequence(aTag) && isSequence(bTag)) {
    enter();
    const result = equalSequences(a, aTag, b, bTag, total);
    leave();
    return result;
  }
  if (aTag >= TAG_SHAPE && bTag >= TAG_SHAPE && shapeType(aTag) == shapeType(bTag)) return false;
  if (!total && isSequence(aTag) && aTag != TAG_UNIT) {
    if (bTag == TAG_RANGE && isCountable(<usize>b)) return equalsRange(a, aTag, <usize>b);
    if (bTag == TAG_OPTION && load<u8>(<usize>b) == TAG_OPTION) return equalsOption(a, aTag, <usize>b);
  }
  unsupported(OP_EQ, a, aTag, b, bTag);
  return false;
}

/** Whether a range has integers of one type at both ends. */
function isCountable(range: usize): bool {
  const kind = load<i32>(range, RANGE_KIND);
  const tag = load<i32>(range, OBJECT_SLOTS);
  return (kind == RANGE_HALF_OPEN || kind == RANGE_INCLUSIVE) && isInt(tag) && tag == load<i32>(range, OBJECT_SLOTS + 16);
}

/** Whether the elements are the numbers of a range, in order. */
function equalsRange(a: i64, aTag: i32, range: usize): bool {
  const tag = load<i32>(range, OBJECT_SLOTS);
  const start = load<i64>(range, OBJECT_SLOTS + SLOT_PAYLOAD);
  const end = load<i64>(range, OBJECT_SLOTS + 16 + SLOT_PAYLOAD);
  const below = tag == TAG_INT ? start <= end : <u64>start <= <u64>end;
  const inclusive = load<i32>(range, RANGE_KIND) == RANGE_INCLUSIVE;
  const count: u64 = below ? <u64>(end - start) + (inclusive ? 1 : 0) : 0;
  const length = sequenceLength(a, aTag);
  if (<u64>length != count) return false;
  chargeFuel(<i32>length);
  for (let i: usize = 0; i < length; i++) {
    const value = start + <i64>i;
    if (!equal(sequencePayload(a, aTag, i), sequenceTag(a, aTag, i), value, tag, false)) return false;
  }
  return true;
}

/** Whether the elements are the content of an option, which counts as a sequence of at most one. */
function equalsOption(a: i64, aTag: i32, option: usize): bool {
  const count = <usize>load<u32>(option, OPTION_VARIANT);
  if (sequenceLength(a, aTag) != count) return false;
  if (!count) return true;
  const content = option + OBJECT_SLOTS;
  return equal(sequencePayload(a, aTag, 0), sequenceTag(a, aTag, 0), load<i64>(content, SLOT_PAYLOAD), load<i32>(content), false);
}

/** Dropped values have lost their kind; the failure says so. */
@inline
function guard(op: i32, a: i64, aTag: i32, b: i64, bTag: i32): void {
  if (<i32>load<u8>(<usize>a) != aTag || <i32>load<u8>(<usize>b) != bTag) unsupported(op, a, aTag, b, bTag);
}

function isSequence(tag: i32): bool {
  return tag == TAG_VEC || tag == TAG_TUPLE || tag == TAG_UNIT || isQueue(tag);
}

/** Whether a tag is the library's VecDeque: a struct of a vec, `#items`, and the number of its first element, `#head`. */
export function isQueue(tag: i32): bool {
  if (tag < TAG_SHAPE) return false;
  const shape = shapeOf(tag);
  if (load<u32>(shape, SHAPE_COUNT) != 2 || load<u32>(shape, SHAPE_FORM) != FORM_NAMED) return false;
  const first = <usize>load<u32>(shape, SHAPE_FIELDS);
  if (lengthOf(first) != 6 || load<u32>(bytesOf(first)) != 0x65746923) return false;
  const second = <usize>load<u32>(shape, SHAPE_FIELDS + 4);
  return lengthOf(second) == 5 && load<u32>(bytesOf(second)) == 0x61656823;
}

/** The vec of a queue. */
@inline
function queueItems(a: i64): usize {
  return <usize>load<u32>(<usize>a, OBJECT_SLOTS + SLOT_PAYLOAD);
}

@inline
function queueHead(a: i64): usize {
  return <usize>load<u32>(<usize>a, OBJECT_SLOTS + 16 + SLOT_PAYLOAD);
}

/** Elements of a vec, a tuple, the unit or a queue. */
export function sequenceLength(a: i64, tag: i32): usize {
  if (tag == TAG_VEC) return vecLength(<usize>a);
  if (tag == TAG_UNIT) return 0;
  return tag == TAG_TUPLE ? <usize>load<u32>(<usize>a, TUPLE_LENGTH) : vecLength(queueItems(a)) - queueHead(a);
}

export function sequenceTag(a: i64, tag: i32, i: usize): i32 {
  if (tag == TAG_VEC) return vecTag(<usize>a, i);
  return tag == TAG_TUPLE ? load<i32>(<usize>a + OBJECT_SLOTS + (i << 4)) : vecTag(queueItems(a), queueHead(a) + i);
}

export function sequencePayload(a: i64, tag: i32, i: usize): i64 {
  if (tag == TAG_VEC) return vecPayload(<usize>a, i);
  if (tag == TAG_TUPLE) return load<i64>(<usize>a + OBJECT_SLOTS + (i << 4), SLOT_PAYLOAD);
  return vecPayload(queueItems(a), queueHead(a) + i);
}

function equalSequences(a: i64, aTag: i32, b: i64, bTag: i32, total: bool): bool {
  const length = sequenceLength(a, aTag);
  if (length != sequenceLength(b, bTag)) return false;
  chargeFuel(<i32>length);
  if (aTag == TAG_VEC && bTag == TAG_VEC && samePlain(<usize>a, <usize>b)) {
    return memory.compare(<usize>load<u32>(<usize>a, 8), <usize>load<u32>(<usize>b, 8), length << 3) == 0;
  }
  for (let i: usize = 0; i < length; i++) {
    const tag = sequenceTag(a, aTag, i);
    if (!equal(sequencePayload(a, aTag, i), tag, sequencePayload(b, bTag, i), sequenceTag(b, bTag, i), total)) {
      return false;
    }
  }
  return true;
}

/** Vectors of integers or characters compare as bytes. */
function samePlain(a: usize, b: usize): bool {
  const repr = vecRepr(a);
  return repr == vecRepr(b) && (repr == TAG_INT || repr == TAG_U64 || repr == TAG_CHAR);
}

function equalSlots(a: usize, b: usize, count: usize, total: bool): bool {
  for (let i: usize = 0; i < count; i++) {
    const p = a + (i << 4);
    const q = b + (i << 4);
    const same = equal(load<i64>(p, SLOT_PAYLOAD), load<i32>(p), load<i64>(q, SLOT_PAYLOAD), load<i32>(q), total);
    if (!same) return false;
  }
  return true;
}

function equalObjects(a: i64, tag: i32, b: i64, total: bool): bool {
  const p = <usize>a;
  const q = <usize>b;
  if (tag >= TAG_SHAPE) {
    if (isQueue(tag)) return equalSequences(a, tag, b, tag, total);
    const count = <usize>load<u32>(p, STRUCT_COUNT);
    chargeFuel(<i32>count);
    return equalSlots(p + OBJECT_SLOTS, q + OBJECT_SLOTS, count, total);
  }
  guard(OP_EQ, a, tag, b, tag);
  switch (tag) {
    case TAG_VEC:
    case TAG_TUPLE:
      return equalSequences(a, tag, b, tag, total);
    case TAG_OPTION:
    case TAG_RESULT: {
      const variant = load<u32>(p, OPTION_VARIANT);
      if (variant != load<u32>(q, OPTION_VARIANT)) return false;
      return (tag == TAG_OPTION && !variant) || equalSlots(p + OBJECT_SLOTS, q + OBJECT_SLOTS, 1, total);
    }
    case TAG_RANGE:
      if (load<u32>(p, RANGE_KIND) != load<u32>(q, RANGE_KIND)) break;
      return equalSlots(p + OBJECT_SLOTS, q + OBJECT_SLOTS, 2, total);
    case TAG_OBJECT:
    case TAG_HASH_MAP:
      return sameMaps(p, q, total);
    case TAG_HASH_SET:
      return sameSets(p, q);
  }
  unsupported(OP_EQ, a, tag, b, tag);
  return false;
}

/** Order: −1, 0, 1 or UNORDERED (never when `total`). */
export function order(op: i32, a: i64, aTag: i32, b: i64, bTag: i32, total: bool): i32 {
  if (aTag == bTag) {
    switch (aTag) {
      case TAG_INT:
      case TAG_BOOL:
      case TAG_CHAR:
      case TAG_ORDERING:
      case TAG_TYPE:
        return a < b ? -1 : a > b ? 1 : 0;
      case TAG_U64:
        return <u64>a < <u64>b ? -1 : <u64>a > <u64>b ? 1 : 0;
      case TAG_UNIT:
        return 0;
      case TAG_FLOAT: {
        const x = reinterpret<f64>(a);
        const y = reinterpret<f64>(b);
        if (isNaN(x) || isNaN(y)) {
          if (total) fail2(FAIL_FLOAT_COMPARISON, 0, a, aTag, b, bTag);
          return UNORDERED;
        }
        return x < y ? -1 : x > y ? 1 : 0;
      }
      case TAG_STRING:
      case TAG_BYTES:
        guard(op, a, aTag, b, bTag);
        return compareBytes(bytesOf(<usize>a), lengthOf(<usize>a), bytesOf(<usize>b), lengthOf(<usize>b));
    }
    enter();
    chargeFuel(1);
    const result = orderObjects(op, a, aTag, b, total);
    leave();
    return result;
  }
  if (!total && isInt(aTag) && isInt(bTag)) {
    // The right side is converted to the type of the left one; out of range is an error.
    if (b < 0) unsupported(op, a, aTag, b, bTag);
    if (aTag == TAG_INT) return a < b ? -1 : a > b ? 1 : 0;
    return <u64>a < <u64>b ? -1 : <u64>a > <u64>b ? 1 : 0;
  }
  if (aTag >= TAG_SHAPE && bTag >= TAG_SHAPE && shapeType(aTag) == shapeType(bTag)) return aTag < bTag ? -1 : 1;
  // The unit is the empty tuple.
  if ((aTag == TAG_UNIT && bTag == TAG_TUPLE) || (aTag == TAG_TUPLE && bTag == TAG_UNIT)) {
    return orderSequences(op, a, aTag, b, bTag, total);
  }
  unsupported(op, a, aTag, b, bTag);
  return 0;
}

function orderSlots(op: i32, a: usize, b: usize, count: usize, total: bool): i32 {
  for (let i: usize = 0; i < count; i++) {
    const p = a + (i << 4);
    const q = b + (i << 4);
    const o = order(op, load<i64>(p, SLOT_PAYLOAD), load<i32>(p), load<i64>(q, SLOT_PAYLOAD), load<i32>(q), total);
    if (o) return o;
  }
  return 0;
}

function orderObjects(op: i32, a: i64, tag: i32, b: i64, total: bool): i32 {
  const p = <usize>a;
  const q = <usize>b;
  if (tag >= TAG_SHAPE) {
    if (isQueue(tag)) return orderSequences(op, a, tag, b, tag, total);
    return orderSlots(op, p + OBJECT_SLOTS, q + OBJECT_SLOTS, <usize>load<u32>(p, STRUCT_COUNT), total);
  }
  guard(op, a, tag, b, tag);
  switch (tag) {
    case TAG_VEC:
    case TAG_TUPLE:
      return orderSequences(op, a, tag, b, tag, total);
    case TAG_OPTION: {
      const x = load<u32>(p, OPTION_VARIANT);
      const y = load<u32>(q, OPTION_VARIANT);
      if (x != y) return x < y ? -1 : 1;
      return x ? orderSlots(op, p + OBJECT_SLOTS, q + OBJECT_SLOTS, 1, total) : 0;
    }
    case TAG_RESULT: {
      const x = load<u32>(p, OPTION_VARIANT);
      const y = load<u32>(q, OPTION_VARIANT);
      if (x != y) return x < y ? 1 : -1; // an Ok is greater than an Err
      return orderSlots(op, p + OBJECT_SLOTS, q + OBJECT_SLOTS, 1, total);
    }
    case TAG_RANGE:
      if (load<u32>(p, RANGE_KIND) != load<u32>(q, RANGE_KIND)) break;
      return orderSlots(op, p + OBJECT_SLOTS, q + OBJECT_SLOTS, 2, total);
  }
  unsupported(op, a, tag, b, tag);
  return 0;
}

function orderSequences(op: i32, a: i64, aTag: i32, b: i64, bTag: i32, total: bool): i32 {
  const x = sequenceLength(a, aTag);
  const y = sequenceLength(b, bTag);
  const n = min(x, y);
  chargeFuel(<i32>n);
  for (let i: usize = 0; i < n; i++) {
    const o = order(
      op,
      sequencePayload(a, aTag, i),
      sequenceTag(a, aTag, i),
      sequencePayload(b, bTag, i),
      sequenceTag(b, bTag, i),
      total,
    );
    if (o) return o;
  }
  return x < y ? -1 : x > y ? 1 : 0;
}

export function partial_eq(a: i64, aTag: i32, b: i64, bTag: i32): bool {
  return equal(a, aTag, b, bTag, false);
}

export function eq(a: i64, aTag: i32, b: i64, bTag: i32): bool {
  return equal(a, aTag, b, bTag, true);
}

/** An ORDERING, or END where the values have no order. */
export function partial_cmp(a: i64, aTag: i32, b: i64, bTag: i32): i64 {
  const o = order(OP_LT, a, aTag, b, bTag, false);
  return o == UNORDERED ? anyEnd() : any(<i64>o, TAG_ORDERING);
}

export function cmp(a: i64, aTag: i32, b: i64, bTag: i32): i64 {
  return any(<i64>order(OP_LT, a, aTag, b, bTag, true), TAG_ORDERING);
}

/** The comparison operators. */
export function compare(op: i32, a: i64, aTag: i32, b: i64, bTag: i32): bool {
  if (op == OP_EQ) return equal(a, aTag, b, bTag, false);
  if (op == OP_NE) return !equal(a, aTag, b, bTag, false);
  const o = order(op, a, aTag, b, bTag, false);
  if (o == UNORDERED) return false;
  if (op == OP_LT) return o < 0;
  if (op == OP_LE) return o <= 0;
  if (op == OP_GT) return o > 0;
  return op == OP_GE && o >= 0;
}

/** Hash of a value; equal values have equal hashes, and equal integers of both types too. */
export function hashValue(a: i64, tag: i32): u32 {
  switch (tag) {
    case TAG_STRING:
    case TAG_BYTES:
      if (<i32>load<u8>(<usize>a) != tag) break;
      return hashText(<usize>a);
    case TAG_INT:
    case TAG_U64:
      return fold(mix(<u64>a ^ 0x9e3779b97f4a7c15));
    case TAG_FLOAT: {
      const x = reinterpret<f64>(a);
      if (isNaN(x)) break;
      return fold(mix(<u64>reinterpret<i64>(x + 0.0) ^ 0x51afd7ed558ccd5f));
    }
    case TAG_UNIT:
      return 0x2545f491;
    case TAG_VEC:
    case TAG_TUPLE: {
      if (<i32>load<u8>(<usize>a) != tag) break;
      enter();
      const length = sequenceLength(a, tag);
      chargeFuel(<i32>length);
      let h: u64 = 0x8ebc6af09c88c6e3 ^ <u64>length;
      for (let i: usize = 0; i < length; i++) {
        h = mix(h ^ <u64>hashValue(sequencePayload(a, tag, i), sequenceTag(a, tag, i)));
      }
      leave();
      return fold(h);
    }
    case TAG_OPTION:
    case TAG_RESULT: {
      const p = <usize>a;
      if (<i32>load<u8>(p) != tag) break;
      const variant = load<u32>(p, OPTION_VARIANT);
      if (tag == TAG_OPTION && !variant) return 0x1b873593;
      enter();
      const inner = hashValue(load<i64>(p + OBJECT_SLOTS, SLOT_PAYLOAD), load<i32>(p + OBJECT_SLOTS));
      leave();
      return fold(mix(<u64>inner ^ (<u64>variant + 7)));
    }
  }
  fail1(FAIL_HASH, 0, a, tag);
  return 0;
}

@inline
function fold(h: u64): u32 {
  return <u32>(h ^ (h >> 32));
}

export function hash(a: i64, tag: i32): i64 {
  const h = <u64>hashValue(a, tag);
  return <i64>mix(h ^ (h << 32));
}

/** Equality of keys with equal hashes: strict, but only integers of two types can meet here by mistake. */
export function sameKey(a: i64, aTag: i32, b: i64, bTag: i32): bool {
  if (aTag == TAG_STRING && bTag == TAG_STRING) return sameText(<usize>a, <usize>b);
  if (aTag != bTag && !(isInt(aTag) && isInt(bTag))) return false;
  return equal(a, aTag, b, bTag, true);
}

