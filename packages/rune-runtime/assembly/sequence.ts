// What needs relations or copies of a vector's elements: sorting, searching, filling.
import { TAG_FLOAT, TAG_INT, TAG_REFERENCE, TAG_U64, VEC_LENGTH, VEC_MIXED, OP_LT } from "../src/layout";
import { bufferFree, bufferNew } from "./allocate";
import { clone } from "./objects";
import { equal, order } from "./relations";
import { chargeFuel, lastTag } from "./value";
import { vecAccept, vecAddress, vecLength, vecPayload, vecRepr, vecShift, vecStore, vecTag } from "./vec";

/** Sorts in the strict order `cmp`; stable. */
export function vec_sort(v: usize): i32 {
  const length = vecLength(v);
  if (length < 2) return 1;
  const shift = vecShift(vecRepr(v));
  const scratch = bufferNew(length << shift);
  if (!scratch) return 0;
  const levels = <i32>(32 - clz<u32>(<u32>length));
  chargeFuel(<i32>length * levels);
  mergeSort(vecAddress(v), scratch, length, shift, vecRepr(v));
  bufferFree(scratch);
  return 1;
}

/** Bottom-up merges, runs of 8 by insertion. */
function mergeSort(items: usize, scratch: usize, length: usize, shift: usize, repr: i32): void {
  const size = (<usize>1) << shift;
  for (let start: usize = 0; start < length; start += 8) {
    const end = min(start + 8, length);
    for (let i = start + 1; i < end; i++) {
      memory.copy(scratch, items + (i << shift), size);
      let j = i;
      while (j > start && before(scratch, items + ((j - 1) << shift), repr)) {
        memory.copy(items + (j << shift), items + ((j - 1) << shift), size);
        j--;
      }
      memory.copy(items + (j << shift), scratch, size);
    }
  }
  let from = items;
  let to = scratch;
  for (let run: usize = 8; run < length; run <<= 1) {
    for (let start: usize = 0; start < length; start += run << 1) {
      merge(from, to, start, min(start + run, length), min(start + (run << 1), length), shift, repr);
    }
    const x = from;
    from = to;
    to = x;
  }
  if (from != items) memory.copy(items, from, length << shift);
}

function merge(from: usize, to: usize, a: usize, middle: usize, end: usize, shift: usize, repr: i32): void {
  const size = (<usize>1) << shift;
  let i = a;
  let j = middle;
  for (let k = a; k < end; k++) {
    const right = j < end && (i >= middle || before(from + (j << shift), from + (i << shift), repr));
    memory.copy(to + (k << shift), from + ((right ? j : i) << shift), size);
    if (right) j++;
    else i++;
  }
}

/** Whether the element at `p` comes strictly before the one at `q`. */
function before(p: usize, q: usize, repr: i32): bool {
  if (repr == TAG_INT) return load<i64>(p) < load<i64>(q);
  if (repr == TAG_U64) return load<u64>(p) < load<u64>(q);
  if (repr == VEC_MIXED) return order(OP_LT, load<i64>(p, 8), load<i32>(p), load<i64>(q, 8), load<i32>(q), true) < 0;
  if (repr == TAG_FLOAT || repr >= TAG_REFERENCE || repr > 2) {
    return order(OP_LT, load<i64>(p), repr, load<i64>(q), repr, true) < 0;
  }
  return load<u8>(p) < load<u8>(q);
}

/** Sets the length; new elements are shallow copies of a value. */
export function vec_resize(v: usize, length: i64, payload: i64, tag: i32): i32 {
  const old = vecLength(v);
  if (<u64>length <= <u64>old) {
    store<u32>(v, <u32>length, VEC_LENGTH);
    return 1;
  }
  if (<u64>length > 0x10000000) return 0;
  const more = <usize>length - old;
  if (!vecAccept(v, tag, more)) return 0;
  chargeFuel(<i32>(more >> 2));
  for (let i: usize = 0; i < more; i++) {
    let copy = payload;
    if (tag >= TAG_REFERENCE) {
      copy = clone(payload, tag);
      if (lastTag() < 0) return 0;
    }
    vecStore(v, old + i, copy, tag);
  }
  store<u32>(v, <u32>length, VEC_LENGTH);
  return 1;
}

/** Whether an element is equal (`partial_eq`). */
export function vec_contains(v: usize, payload: i64, tag: i32): bool {
  const length = vecLength(v);
  chargeFuel(<i32>(length >> 2));
  for (let i: usize = 0; i < length; i++) {
    const t = vecTag(v, i);
    if (t == tag && equal(vecPayload(v, i), t, payload, tag, false)) return true;
  }
  return false;
}

