// Object, HashMap and HashSet: one insertion-ordered hash table with open addressing. Removing leaves a hole that the
// next growth closes. Sets have no values; objects have strings as keys that nobody else can change.
import {
  ENTRY_HASH,
  ENTRY_KEY,
  ENTRY_KEY_TAG,
  ENTRY_SIZE,
  ENTRY_VALUE,
  ENTRY_VALUE_TAG,
  MAP_CAPACITY,
  MAP_COUNT,
  MAP_ENTRIES,
  MAP_INDEX,
  MAP_MASK,
  MAP_SIZE,
  MAP_USED,
  TAG_END,
  TAG_HASH_MAP,
  TAG_HASH_SET,
  TAG_OBJECT,
  TAG_STRING,
  TAG_UNIT,
} from "../src/layout";
import { allocate, bufferFree, bufferNew } from "./allocate";
import { equal, hashValue, sameKey } from "./relations";
import { bytesOf, hashText, lengthOf, sameText, textFrom } from "./string";
import { any, anyBool, anyEnd, anyFull, chargeBytes, chargeFuel } from "./value";

function mapMake(kind: u32): usize {
  const m = allocate(MAP_SIZE, kind);
  if (!m) return 0;
  memory.fill(m + 4, 0, MAP_SIZE - 4);
  return m;
}

export function object_new(): usize {
  return mapMake(TAG_OBJECT);
}

export function map_new(): usize {
  return mapMake(TAG_HASH_MAP);
}

export function set_new(): usize {
  return mapMake(TAG_HASH_SET);
}

function withCapacity(kind: u32, capacity: i64): usize {
  if (<u64>capacity > 0x4000000) return 0;
  const m = mapMake(kind);
  if (m && capacity && !resize(m, <usize>capacity)) return 0;
  return m;
}

export function map_with_capacity(capacity: i64): usize {
  return withCapacity(TAG_HASH_MAP, capacity);
}

export function set_with_capacity(capacity: i64): usize {
  return withCapacity(TAG_HASH_SET, capacity);
}

@inline
function entriesOf(m: usize): usize {
  return <usize>load<u32>(m, MAP_ENTRIES);
}

@inline
function entryAt(m: usize, i: usize): usize {
  return entriesOf(m) + i * ENTRY_SIZE;
}

@inline
function keyTag(e: usize): i32 {
  return <i32>load<u16>(e, ENTRY_KEY_TAG);
}

@inline
function anyKey(e: usize): i64 {
  return any(load<i64>(e, ENTRY_KEY), keyTag(e));
}

@inline
function anyValue(e: usize): i64 {
  return any(load<i64>(e, ENTRY_VALUE), <i32>load<u16>(e, ENTRY_VALUE_TAG));
}

@inline
function setValue(e: usize, payload: i64, tag: i32): void {
  store<u16>(e, <u16>tag, ENTRY_VALUE_TAG);
  store<i64>(e, payload, ENTRY_VALUE);
}

/** Rebuilds with room for `wanted` entries; closes holes. False when full, with nothing changed. */
function resize(m: usize, wanted: usize): bool {
  const capacity = max(wanted, 4);
  let slots: usize = 8;
  while (slots < capacity + (capacity >> 1)) slots <<= 1;
  const entries = bufferNew(capacity * ENTRY_SIZE);
  if (!entries) return false;
  const index = bufferNew(slots << 2);
  if (!index) {
    bufferFree(entries);
    return false;
  }
  memory.fill(index, 0, slots << 2);
  const mask = slots - 1;
  const old = entriesOf(m);
  const used = <usize>load<u32>(m, MAP_USED);
  chargeFuel(<i32>used);
  let n: usize = 0;
  for (let i: usize = 0; i < used; i++) {
    const e = old + i * ENTRY_SIZE;
    if (keyTag(e) == TAG_END) continue;
    memory.copy(entries + n * ENTRY_SIZE, e, ENTRY_SIZE);
    n++;
    place(index, mask, load<u32>(e, ENTRY_HASH), n);
  }
  if (old) {
    bufferFree(old);
    bufferFree(<usize>load<u32>(m, MAP_INDEX));
  }
  store<u32>(m, <u32>entries, MAP_ENTRIES);
  store<u32>(m, <u32>n, MAP_USED);
  store<u32>(m, <u32>capacity, MAP_CAPACITY);
  store<u32>(m, <u32>index, MAP_INDEX);
  store<u32>(m, <u32>mask, MAP_MASK);
  return true;
}

@inline
function place(index: usize, mask: usize, hash: u32, number: usize): void {
  let i = <usize>hash & mask;
  while (load<u32>(index + (i << 2))) i = (i + 1) & mask;
  store<u32>(index + (i << 2), <u32>number);
}

/** Entry of a text key, or 0. */
export function findText(m: usize, key: usize): usize {
  const entries = entriesOf(m);
  if (!entries) return 0;
  const hash = hashText(key);
  const index = <usize>load<u32>(m, MAP_INDEX);
  const mask = <usize>load<u32>(m, MAP_MASK);
  let i = <usize>hash & mask;
  while (true) {
    const number = <usize>load<u32>(index + (i << 2));
    if (!number) return 0;
    const e = entries + (number - 1) * ENTRY_SIZE;
    if (load<u32>(e, ENTRY_HASH) == hash && keyTag(e) == TAG_STRING) {
      if (sameText(<usize>load<u32>(e, ENTRY_KEY), key)) return e;
    }
    i = (i + 1) & mask;
  }
}

/** Entry of any key, or 0. */
function findEntry(m: usize, key: i64, tag: i32): usize {
  if (tag == TAG_STRING && <i32>load<u8>(<usize>key) == TAG_STRING) return findText(m, <usize>key);
  const hash = hashValue(key, tag);
  const entries = entriesOf(m);
  if (!entries) return 0;
  const index = <usize>load<u32>(m, MAP_INDEX);
  const mask = <usize>load<u32>(m, MAP_MASK);
  let i = <usize>hash & mask;
  while (true) {
    const number = <usize>load<u32>(index + (i << 2));
    if (!number) return 0;
    const e = entries + (number - 1) * ENTRY_SIZE;
    if (load<u32>(e, ENTRY_HASH) == hash && keyTag(e) != TAG_END) {
      if (sameKey(load<i64>(e, ENTRY_KEY), keyTag(e), key, tag)) return e;
    }
    i = (i + 1) & mask;
  }
}

/** Adds an entry for a key that is not there yet; its value is undefined. @returns 0 when full */
function addEntry(m: usize, key: i64, tag: i32, hash: u32): usize {
  const used = <usize>load<u32>(m, MAP_USED);
  if (used == <usize>load<u32>(m, MAP_CAPACITY)) {
    const count = <usize>load<u32>(m, MAP_COUNT);
    if (!resize(m, count + (count >> 1) + 4)) {
      if (!resize(m, count + 4)) return 0;
    }
  }
  const at = <usize>load<u32>(m, MAP_USED);
  const e = entryAt(m, at);
  store<u32>(e, hash, ENTRY_HASH);
  store<u16>(e, <u16>tag, ENTRY_KEY_TAG);
  store<i64>(e, key, ENTRY_KEY);
  place(<usize>load<u32>(m, MAP_INDEX), <usize>load<u32>(m, MAP_MASK), hash, at + 1);
  store<u32>(m, <u32>(at + 1), MAP_USED);
  store<u32>(m, load<u32>(m, MAP_COUNT) + 1, MAP_COUNT);
  return e;
}

/** Marks an entry as removed; its place in the index stays taken until the next growth. */
function removeEntry(m: usize, e: usize): void {
  store<u16>(e, TAG_END, ENTRY_KEY_TAG);
  store<u16>(e, TAG_UNIT, ENTRY_VALUE_TAG);
  const count = load<u32>(m, MAP_COUNT) - 1;
  store<u32>(m, count, MAP_COUNT);
  if (count == 0) clear(m);
  else trimEnd(m);
}

/** Removes an entry and gives its value; END where there is none. */
function takeEntry(m: usize, e: usize): i64 {
  if (!e) return anyEnd();
  const old = load<i64>(e, ENTRY_VALUE);
  const oldTag = <i32>load<u16>(e, ENTRY_VALUE_TAG);
  removeEntry(m, e);
  return any(old, oldTag);
}

/** Gives back removed entries at the end when they are many, so that removing and adding in turn does not grow. */
function trimEnd(m: usize): void {
  const used = <usize>load<u32>(m, MAP_USED);
  const count = <usize>load<u32>(m, MAP_COUNT);
  if (used < 64 || count > used >> 2) return;
  resize(m, count + (count >> 1) + 4);
}

function clear(m: usize): void {
  const index = <usize>load<u32>(m, MAP_INDEX);
  store<u32>(m, 0, MAP_COUNT);
  store<u32>(m, 0, MAP_USED);
  if (!index) return;
  const bytes = (<usize>load<u32>(m, MAP_MASK) + 1) << 2;
  memory.fill(index, 0, bytes);
  chargeBytes(bytes);
}

/** Next entry number at or after `from`, or −1. */
function nextEntry(m: usize, from: i64): i64 {
  const used = <i64>load<u32>(m, MAP_USED);
  for (let i = from; i < used; i++) {
    if (keyTag(entryAt(m, <usize>i)) != TAG_END) return i;
  }
  return -1;
}

/** A private copy of a text as key: later changes of the original do not reach the table. */
function ownKey(key: usize): usize {
  const own = textFrom(bytesOf(key), lengthOf(key), TAG_STRING);
  if (own) store<u32>(own, hashText(key), 16);
  return own;
}

// ── Object ──────────────────────────────────────────────────────────────────────────────────────────────────────

export function object_len(m: usize): i64 {
  return <i64>load<u32>(m, MAP_COUNT);
}

export function object_get(m: usize, key: usize): i64 {
  const e = findText(m, key);
  return e ? anyValue(e) : anyEnd();
}

export function object_has(m: usize, key: usize): bool {
  return findText(m, key) != 0;
}

/** The former value, or END; full. */
export function object_insert(m: usize, key: usize, payload: i64, tag: i32): i64 {
  let e = findText(m, key);
  if (e) {
    const old = load<i64>(e, ENTRY_VALUE);
    const oldTag = <i32>load<u16>(e, ENTRY_VALUE_TAG);
    setValue(e, payload, tag);
    return any(old, oldTag);
  }
  const own = ownKey(key);
  if (!own) return anyFull();
  e = addEntry(m, <i64>own, TAG_STRING, hashText(own));
  if (!e) return anyFull();
  setValue(e, payload, tag);
  return anyEnd();
}

export function object_put(m: usize, key: usize, payload: i64, tag: i32): i32 {
  const e = findText(m, key);
  if (e) {
    setValue(e, payload, tag);
    return 1;
  }
  const own = ownKey(key);
  if (!own) return 0;
  const added = addEntry(m, <i64>own, TAG_STRING, hashText(own));
  if (!added) return 0;
  setValue(added, payload, tag);
  return 1;
}

export function object_remove(m: usize, key: usize): i64 {
  return takeEntry(m, findText(m, key));
}

export function object_clear(m: usize): void {
  clear(m);
}

export function object_next(m: usize, from: i64): i64 {
  return nextEntry(m, from);
}

/** A fresh copy of the key. */
export function object_key(m: usize, at: i64): usize {
  const key = <usize>load<u32>(entryAt(m, <usize>at), ENTRY_KEY);
  return textFrom(bytesOf(key), lengthOf(key), TAG_STRING);
}

export function object_value(m: usize, at: i64): i64 {
  return anyValue(entryAt(m, <usize>at));
}

/** Entry of a number, for the runtime's own walks. */
@inline
export function mapEntry(m: usize, at: i64): usize {
  return entryAt(m, <usize>at);
}

// ── HashMap ─────────────────────────────────────────────────────────────────────────────────────────────────────

export function map_len(m: usize): i64 {
  return <i64>load<u32>(m, MAP_COUNT);
}

export function map_capacity(m: usize): i64 {
  return <i64>load<u32>(m, MAP_CAPACITY);
}

export function map_get(m: usize, key: i64, tag: i32): i64 {
  const e = findEntry(m, key, tag);
  return e ? anyValue(e) : anyEnd();
}

/** The former value, or END; full. */
export function map_insert(m: usize, key: i64, keyTag: i32, payload: i64, tag: i32): i64 {
  let e = findEntry(m, key, keyTag);
  if (e) {
    const old = load<i64>(e, ENTRY_VALUE);
    const oldTag = <i32>load<u16>(e, ENTRY_VALUE_TAG);
    setValue(e, payload, tag);
    return any(old, oldTag);
  }
  e = addEntry(m, key, keyTag, hashValue(key, keyTag));
  if (!e) return anyFull();
  setValue(e, payload, tag);
  return anyEnd();
}

export function map_remove(m: usize, key: i64, tag: i32): i64 {
  return takeEntry(m, findEntry(m, key, tag));
}

export function map_clear(m: usize): void {
  clear(m);
}

export function map_next(m: usize, from: i64): i64 {
  return nextEntry(m, from);
}

export function map_key(m: usize, at: i64): i64 {
  return anyKey(entryAt(m, <usize>at));
}

export function map_value(m: usize, at: i64): i64 {
  return anyValue(entryAt(m, <usize>at));
}

export function map_set_value(m: usize, at: i64, payload: i64, tag: i32): void {
  setValue(entryAt(m, <usize>at), payload, tag);
}

// ── HashSet ─────────────────────────────────────────────────────────────────────────────────────────────────────

export function set_len(m: usize): i64 {
  return <i64>load<u32>(m, MAP_COUNT);
}

export function set_capacity(m: usize): i64 {
  return <i64>load<u32>(m, MAP_CAPACITY);
}

export function set_contains(m: usize, key: i64, tag: i32): bool {
  return findEntry(m, key, tag) != 0;
}

/** Whether the key was added; full. */
export function set_insert(m: usize, key: i64, tag: i32): i64 {
  if (findEntry(m, key, tag)) return anyBool(false);
  const e = addEntry(m, key, tag, hashValue(key, tag));
  if (!e) return anyFull();
  setValue(e, 0, TAG_UNIT);
  return anyBool(true);
}

export function set_remove(m: usize, key: i64, tag: i32): bool {
  const e = findEntry(m, key, tag);
  if (!e) return false;
  removeEntry(m, e);
  return true;
}

export function set_clear(m: usize): void {
  clear(m);
}

export function set_next(m: usize, from: i64): i64 {
  return nextEntry(m, from);
}

export function set_key(m: usize, at: i64): i64 {
  return anyKey(entryAt(m, <usize>at));
}

// ── Relations and copies ────────────────────────────────────────────────────────────────────────────────────────

/** Equal keys with equal values, whatever the order. */
export function sameMaps(a: usize, b: usize, total: bool): bool {
  if (load<u32>(a, MAP_COUNT) != load<u32>(b, MAP_COUNT)) return false;
  for (let i = nextEntry(a, 0); i >= 0; i = nextEntry(a, i + 1)) {
    chargeFuel(2);
    const e = entryAt(a, <usize>i);
    const f = findEntry(b, load<i64>(e, ENTRY_KEY), keyTag(e));
    if (!f) return false;
    const x = load<i64>(e, ENTRY_VALUE);
    const y = load<i64>(f, ENTRY_VALUE);
    if (!equal(x, <i32>load<u16>(e, ENTRY_VALUE_TAG), y, <i32>load<u16>(f, ENTRY_VALUE_TAG), total)) return false;
  }
  return true;
}

export function sameSets(a: usize, b: usize): bool {
  if (load<u32>(a, MAP_COUNT) != load<u32>(b, MAP_COUNT)) return false;
  for (let i = nextEntry(a, 0); i >= 0; i = nextEntry(a, i + 1)) {
    chargeFuel(2);
    const e = entryAt(a, <usize>i);
    if (!findEntry(b, load<i64>(e, ENTRY_KEY), keyTag(e))) return false;
  }
  return true;
}

/** A table with the same keys and values. @returns 0 when full */
export function copyMap(m: usize, kind: u32): usize {
  const copy = mapMake(kind);
  if (!copy) return 0;
  const count = <usize>load<u32>(m, MAP_COUNT);
  if (!count) return copy;
  if (!resize(copy, count)) return 0;
  for (let i = nextEntry(m, 0); i >= 0; i = nextEntry(m, i + 1)) {
    const e = entryAt(m, <usize>i);
    const f = addEntry(copy, load<i64>(e, ENTRY_KEY), keyTag(e), load<u32>(e, ENTRY_HASH));
    if (!f) return 0;
    setValue(f, load<i64>(e, ENTRY_VALUE), <i32>load<u16>(e, ENTRY_VALUE_TAG));
    chargeFuel(1);
  }
  return copy;
}

