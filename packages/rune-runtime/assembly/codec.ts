// Values at the boundary, in the contract's binary encoding. What Rune has and the contract has not is mapped:
// char → string, u64 → int where it fits, unit and None → null, Some(x) → x, tuples → arrays, structs → objects or
// arrays of their fields, unit variants → their name, other variants → an object with the variant's name as key,
// Ok(x) → {"Ok": x}, Err(e) → {"Err": e}, maps with string keys → objects, sets → arrays.
//
//   tag   payload, little-endian
//   0 null · 1 false · 2 true · 3 i32 · 4 i64 · 5 f64 · 6 u32 length, UTF-8 · 7 u32 length, bytes
//   8 u32 count, values · 9 u32 count, (u32 length, key, value)…
import {
  ENTRY_KEY,
  ENTRY_KEY_TAG,
  ENTRY_VALUE,
  ENTRY_VALUE_TAG,
  FORM_NAMED,
  FORM_TUPLE,
  FORM_UNIT,
  KIND_MOVED,
  MAP_COUNT,
  NONE_OBJECT,
  OBJECT_SLOTS,
  OPTION_VARIANT,
  SHAPE_COUNT,
  SHAPE_FIELDS,
  SHAPE_FORM,
  SHAPE_NAME,
  SHAPE_VARIANT,
  SLOT_PAYLOAD,
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
  TAG_REFERENCE,
  TAG_RESULT,
  TAG_SHAPE,
  TAG_STRING,
  TAG_TUPLE,
  TAG_U64,
  TAG_UNIT,
  TAG_VEC,
  TUPLE_LENGTH,
} from "../src/layout";
import { bufferNew } from "./allocate";
import { ENCODE_BUFFER, ENCODE_FULL, ENCODE_USED, get, set } from "./cells";
import { advanceBuffer, beginBuffer, roomInBuffer } from "./growing";
import { failOther, failType, hostCall, hostTake } from "./fail";
import { mapEntry, object_new, object_next, object_put } from "./map";
import { option_some, result_err, result_ok } from "./objects";
import { enter, isQueue, leave, sequenceLength, sequencePayload, sequenceTag, shapeOf } from "./relations";
import { bytesOf, encodeChar, isUtf8, lengthOf, textFrom } from "./string";
import { any, anyFull, chargeBytes, chargeFuel, lastTag } from "./value";
import { vec_new, vec_push, vecLength, vecPayload, vecTag } from "./vec";

export function encode_begin(): void {
  beginBuffer(ENCODE_BUFFER);
}

/** Room for more bytes, which the caller fills. @returns where to write, or 0 */
function room(bytes: usize): usize {
  const address = roomInBuffer(ENCODE_BUFFER, bytes, 1000);
  if (address) advanceBuffer(ENCODE_BUFFER, bytes);
  return address;
}

function putTag(tag: u8): void {
  const p = room(1);
  if (p) store<u8>(p, tag);
}

function putSized(tag: u8, size: usize): void {
  const p = room(5);
  if (!p) return;
  store<u8>(p, tag);
  store<u32>(p, <u32>size, 1);
}

function putBytes(from: usize, length: usize): void {
  const p = room(length);
  if (!p) return;
  memory.copy(p, from, length);
  chargeBytes(length);
}

function putText(s: usize): void {
  putSized(6, lengthOf(s));
  putBytes(bytesOf(s), lengthOf(s));
}

function putKey(s: usize): void {
  const p = room(4);
  if (p) store<u32>(p, <u32>lengthOf(s));
  putBytes(bytesOf(s), lengthOf(s));
}

function putInt(value: i64): void {
  if (value == <i64>(<i32>value)) {
    const p = room(5);
    if (!p) return;
    store<u8>(p, 3);
    store<i32>(p, <i32>value, 1);
    return;
  }
  const p = room(9);
  if (!p) return;
  store<u8>(p, 4);
  store<i64>(p, value, 1);
}

function putFloat(value: f64): void {
  const p = room(9);
  if (!p) return;
  store<u8>(p, 5);
  store<u64>(p, isNaN(value) ? 0x7ff8000000000000 : reinterpret<u64>(value), 1);
}

/** Appends the encoding of a value; fails where it has none (functions, iterators, u64 above i64). */
export function encode_value(payload: i64, tag: i32): void {
  switch (tag) {
    case TAG_INT:
    case TAG_ORDERING:
      return putInt(payload);
    case TAG_FLOAT:
      return putFloat(reinterpret<f64>(payload));
    case TAG_BOOL:
      return putTag(payload ? 2 : 1);
    case TAG_UNIT:
      return putTag(0);
    case TAG_U64:
      if (payload < 0) failOther("Cannot pass a u64 above the largest i64 out of the script");
      return putInt(payload);
    case TAG_CHAR: {
      const size = encodeChar(CHAR_SCRATCH, <u32>payload);
      putSized(6, size);
      return putBytes(CHAR_SCRATCH, size);
    }
  }
  if (tag < TAG_REFERENCE || load<u8>(<usize>payload) == KIND_MOVED) failType(payload, tag, TAG_OBJECT);
  enter();
  chargeFuel(1);
  // What does not fit any more is not walked through: a value can be shared more often than anybody can count.
  if (get(ENCODE_FULL)) return leave();
  if (isQueue(tag)) encodeQueue(payload, tag);
  else if (tag >= TAG_SHAPE) encodeStruct(<usize>payload, shapeOf(tag));
  else encodeObject(payload, tag);
  leave();
}

const CHAR_SCRATCH: usize = 1256;

function encodeQueue(payload: i64, tag: i32): void {
  const length = sequenceLength(payload, tag);
  putSized(8, length);
  for (let i: usize = 0; i < length; i++) encode_value(sequencePayload(payload, tag, i), sequenceTag(payload, tag, i));
}

function encodeSlot(slot: usize): void {
  encode_value(load<i64>(slot, SLOT_PAYLOAD), load<i32>(slot));
}

function encodeObject(payload: i64, tag: i32): void {
  const p = <usize>payload;
  switch (tag) {
    case TAG_STRING:
      return putText(p);
    case TAG_BYTES:
      putSized(7, lengthOf(p));
      return putBytes(bytesOf(p), lengthOf(p));
    case TAG_VEC: {
      const length = vecLength(p);
      putSized(8, length);
      for (let i: usize = 0; i < length; i++) encode_value(vecPayload(p, i), vecTag(p, i));
      return;
    }
    case TAG_TUPLE: {
      const length = <usize>load<u32>(p, TUPLE_LENGTH);
      putSized(8, length);
      for (let i: usize = 0; i < length; i++) encodeSlot(p + OBJECT_SLOTS + (i << 4));
      return;
    }
    case TAG_OPTION:
      if (!load<i32>(p, OPTION_VARIANT)) return putTag(0);
      return encodeSlot(p + OBJECT_SLOTS);
    case TAG_RESULT:
      putSized(9, 1);
      putWord(load<i32>(p, OPTION_VARIANT) ? "Err" : "Ok");
      return encodeSlot(p + OBJECT_SLOTS);
    case TAG_OBJECT:
    case TAG_HASH_MAP:
      return encodeMap(p);
    case TAG_HASH_SET:
      putSized(8, load<u32>(p, MAP_COUNT));
      for (let i = object_next(p, 0); i >= 0; i = object_next(p, i + 1)) {
        const e = mapEntry(p, i);
        encode_value(load<i64>(e, ENTRY_KEY), <i32>load<u16>(e, ENTRY_KEY_TAG));
      }
      return;
  }
  failType(payload, tag, TAG_OBJECT);
}

function putWord(word: string): void {
  const length = <usize>word.length;
  const p = room(4 + length);
  if (!p) return;
  store<u32>(p, <u32>length);
  for (let i: usize = 0; i < length; i++) store<u8>(p + 4 + i, <u8>load<u16>(changetype<usize>(word) + (i << 1)));
}

function encodeMap(p: usize): void {
  putSized(9, load<u32>(p, MAP_COUNT));
  for (let i = object_next(p, 0); i >= 0; i = object_next(p, i + 1)) {
    const e = mapEntry(p, i);
    const key = load<i64>(e, ENTRY_KEY);
    const keyTag = <i32>load<u16>(e, ENTRY_KEY_TAG);
    if (keyTag != TAG_STRING) failType(key, keyTag, TAG_STRING);
    putKey(<usize>key);
    encode_value(load<i64>(e, ENTRY_VALUE), <i32>load<u16>(e, ENTRY_VALUE_TAG));
  }
}

function encodeStruct(p: usize, shape: usize): void {
  const isVariant = load<i32>(shape, SHAPE_VARIANT) >= 0;
  const form = load<i32>(shape, SHAPE_FORM);
  if (isVariant) {
    const name = <usize>load<u32>(shape, SHAPE_NAME);
    let from = bytesOf(name) + lengthOf(name);
    const end = from;
    while (from > bytesOf(name) && load<u8>(from - 1) != 58) from--;
    if (form == FORM_UNIT) {
      putSized(6, end - from);
      return putBytes(from, end - from);
    }
    putSized(9, 1);
    const q = room(4);
    if (q) store<u32>(q, <u32>(end - from));
    putBytes(from, end - from);
  } else if (form == FORM_UNIT) return putTag(0);
  const count = <usize>load<u32>(shape, SHAPE_COUNT);
  putSized(form == FORM_NAMED ? 9 : 8, count);
  for (let i: usize = 0; i < count; i++) {
    if (form != FORM_TUPLE) putKey(<usize>load<u32>(shape + SHAPE_FIELDS + (i << 2)));
    encodeSlot(p + OBJECT_SLOTS + (i << 4));
  }
}

/** @returns the address of the encoded bytes (`encode_size` of them), valid until the next allocation; 0 when full */
export function encode_end(): i32 {
  return get(ENCODE_FULL) ? 0 : <i32>get(ENCODE_BUFFER);
}

export function encode_size(): i32 {
  return <i32>get(ENCODE_USED);
}

/** Room for bytes that the host writes, to be decoded at once. @returns its address, or 0 when full */
export function decode_space(size: i32): i32 {
  return <i32>bufferNew(<usize>size);
}

// Position and end of what is being decoded, in scratch cells.
const AT: usize = 1264;
const END: usize = 1268;

/** Decodes one value; null is the unit. The bytes come from the host, which is trusted, but are checked all the same. */
export function decode_value(address: i32, size: i32): i64 {
  set(AT, <usize>address);
  set(END, <usize>address + <usize>size);
  chargeBytes(<usize>size << 3);
  const payload = decode();
  const tag = lastTag();
  if (tag >= 0 && get(AT) != get(END)) malformed();
  return any(payload, tag);
}

function malformed(): void {
  failOther("Cannot read a value from the host: its encoding is damaged");
}

function take(bytes: usize): usize {
  const p = get(AT);
  if (bytes > get(END) - p) malformed();
  set(AT, p + bytes);
  return p;
}

function decode(): i64 {
  const tag = load<u8>(take(1));
  switch (tag) {
    case 0:
      return any(0, TAG_UNIT);
    case 1:
      return any(0, TAG_BOOL);
    case 2:
      return any(1, TAG_BOOL);
    case 3:
      return any(<i64>load<i32>(take(4)), TAG_INT);
    case 4:
      return any(load<i64>(take(8)), TAG_INT);
    case 5:
      return any(load<i64>(take(8)), TAG_FLOAT);
    case 6: {
      const text = decodeText(TAG_STRING);
      return text ? any(<i64>text, TAG_STRING) : anyFull();
    }
    case 7: {
      const text = decodeText(TAG_BYTES);
      return text ? any(<i64>text, TAG_BYTES) : anyFull();
    }
    case 8: {
      enter();
      const v = decodeArray();
      leave();
      return v ? any(<i64>v, TAG_VEC) : anyFull();
    }
    case 9: {
      enter();
      const m = decodeObject();
      leave();
      return m ? any(<i64>m, TAG_OBJECT) : anyFull();
    }
  }
  malformed();
  return 0;
}

function decodeText(kind: u32): usize {
  const length = <usize>load<u32>(take(4));
  const p = take(length);
  if (kind == TAG_STRING && !isUtf8(p, length)) malformed();
  return textFrom(p, length, kind);
}

function decodeArray(): usize {
  const count = load<u32>(take(4));
  const v = vec_new();
  if (!v) return 0;
  for (let i: u32 = 0; i < count; i++) {
    const payload = decode();
    const tag = lastTag();
    if (tag < 0 || !vec_push(v, payload, tag)) return 0;
  }
  return v;
}

function decodeObject(): usize {
  const count = load<u32>(take(4));
  const m = object_new();
  if (!m) return 0;
  for (let i: u32 = 0; i < count; i++) {
    const key = decodeText(TAG_STRING);
    if (!key) return 0;
    const payload = decode();
    const tag = lastTag();
    if (tag < 0 || !object_put(m, key, payload, tag)) return 0;
  }
  return m;
}

// ── Host calls ──────────────────────────────────────────────────────────────────────────────────────────────────
// Request: the encoding of [name, [arguments…]]. Answer: one byte, then a value: 0 the value itself, 1 `Ok` of it,
// 2 `Err` of it, 3 `Some` of it (4, followed by a null, is `None`).

/**
 * Calls a host function with a tuple of arguments.
 *
 * The call has effects and is not repeated: where the answer does not fit, the tag is TAG_FULL and `host_answer`
 * decodes the kept answer after a collection.
 */
export function host_call(name: usize, args: i64, argsTag: i32): i64 {
  encode_begin();
  putSized(8, 2);
  putText(name);
  encode_value(args, argsTag);
  const from = encode_end();
  store<i32>(ANSWER_SIZE, 0);
  if (!from) return anyFull();
  const size = hostCall(<usize>from, encode_size());
  store<i32>(ANSWER_SIZE, size);
  return host_answer();
}

const ANSWER_SIZE: usize = 1272;

/** Decodes the answer of the last host call; stays full where the request did not fit, because there is no answer then. */
export function host_answer(): i64 {
  const size = <usize>load<i32>(ANSWER_SIZE);
  if (!size) return anyFull();
  const address = bufferNew(size);
  if (!address) return anyFull();
  hostTake(address);
  const kind = load<u8>(address);
  const payload = decode_value(<i32>(address + 1), <i32>size - 1);
  const tag = lastTag();
  if (tag < 0) return anyFull();
  if (kind == 0) return any(payload, tag);
  if (kind == 4) return any(NONE_OBJECT, TAG_OPTION);
  const made = kind == 1 ? result_ok(payload, tag) : kind == 2 ? result_err(payload, tag) : option_some(payload, tag);
  return made ? any(<i64>made, kind == 3 ? TAG_OPTION : TAG_RESULT) : anyFull();
}
