// Display and debug text of every value, and format specs, into one buffer that is read out as a String.
// The buffer may be lost when memory is full: then `format_end` answers full and the pieces are to be written again.
import {
  ALIGN_CENTER,
  ALIGN_RIGHT,
  ENTRY_KEY,
  ENTRY_KEY_TAG,
  ENTRY_VALUE,
  ENTRY_VALUE_TAG,
  FAIL_FORMAT,
  FORM_NAMED,
  FORM_TUPLE,
  FORM_UNIT,
  KIND_MOVED,
  OBJECT_SLOTS,
  OPTION_VARIANT,
  RANGE_FROM,
  RANGE_FULL,
  RANGE_INCLUSIVE,
  RANGE_KIND,
  RANGE_TO,
  RANGE_TO_INCLUSIVE,
  SHAPE_COUNT,
  SHAPE_FIELDS,
  SHAPE_FORM,
  SHAPE_NAME,
  SLOT_PAYLOAD,
  STYLE_BINARY,
  STYLE_DEBUG,
  STYLE_DISPLAY,
  STYLE_HEX,
  STYLE_HEX_UPPER,
  STYLE_OCTAL,
  STYLE_POINTER,
  TAG_BOOL,
  TAG_BYTES,
  TAG_CHAR,
  TAG_CLOSURE,
  TAG_FLOAT,
  TAG_HASH_MAP,
  TAG_HASH_SET,
  TAG_INT,
  TAG_OBJECT,
  TAG_OPTION,
  TAG_ORDERING,
  TAG_RANGE,
  TAG_REFERENCE,
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
import { FORMAT_BUFFER, FORMAT_FULL, FORMAT_USED, get } from "./cells";
import { isEscaped } from "./characters";
import { fixedRoom, FLOAT_ROOM, writeDecimal, writeFixed, writeFloat, writeRadix } from "./digits";
import { fail1 } from "./fail";
import { advanceBuffer, beginBuffer, roomInBuffer } from "./growing";
import { mapEntry, object_next } from "./map";
import { enter, isQueue, leave, sequenceLength, sequencePayload, sequenceTag, shapeOf } from "./relations";
import { bytesOf, charSize, decodeChar, encodeChar, lengthOf, sequenceSize, textFrom } from "./string";
import { functionName, typeName, typeOf } from "./types";
import { chargeBytes, chargeFuel } from "./value";
import { vecLength, vecPayload, vecTag } from "./vec";

export function format_begin(): void {
  beginBuffer(FORMAT_BUFFER);
}

/** Room for more bytes behind what is there. @returns where to write, or 0 */
@inline
function room(bytes: usize): usize {
  return roomInBuffer(FORMAT_BUFFER, bytes, 240);
}

@inline
function advance(bytes: usize): void {
  advanceBuffer(FORMAT_BUFFER, bytes);
}

export function putBytes(from: usize, length: usize): void {
  const p = room(length);
  if (!p) return;
  memory.copy(p, from, length);
  chargeBytes(length);
  advance(length);
}

@inline
export function putText(s: usize): void {
  putBytes(bytesOf(s), lengthOf(s));
}

export function putChar(c: u32): void {
  const p = room(4);
  if (p) advance(encodeChar(p, c));
}

/** A constant of ASCII characters. */
export function putConstant(constant: string): void {
  const length = <usize>constant.length;
  const p = room(length);
  if (!p) return;
  for (let i: usize = 0; i < length; i++) store<u8>(p + i, <u8>load<u16>(changetype<usize>(constant) + (i << 1)));
  advance(length);
}

export function format_static(text: usize): void {
  putText(text);
}

/** The text that was written, as a new String. */
export function format_end(): usize {
  if (get(FORMAT_FULL)) return 0;
  return textFrom(get(FORMAT_BUFFER), get(FORMAT_USED), TAG_STRING);
}

/** Writes a value under a spec (bits: see layout.ts). */
export function format_value(payload: i64, tag: i32, spec: i64): void {
  const style = <i32>(spec & 15);
  if (spec == STYLE_DISPLAY) return putDisplay(payload, tag);
  if (style == STYLE_DISPLAY || style == STYLE_DEBUG) {
    const padded = tag == TAG_INT || tag == TAG_FLOAT || (style == STYLE_DISPLAY && (tag == TAG_CHAR || tag == TAG_STRING));
    if (!padded) return style == STYLE_DEBUG ? putDebug(payload, tag) : putDisplay(payload, tag);
  } else if (tag != TAG_INT) fail1(FAIL_FORMAT, style, payload, tag);
  putPadded(payload, tag, spec, style);
}

const SIGN_BIT: u64 = 1 << 6;
const ZERO_BIT: u64 = 1 << 8;
const WIDTH_BIT: u64 = 1 << 9;
const PRECISION_BIT: u64 = 1 << 10;

function putPadded(payload: i64, tag: i32, bits: i64, style: i32): void {
  const spec = <u64>bits;
  let align = <i32>((spec >> 4) & 3);
  let fill = <u32>(spec >> 43);
  if (!fill) fill = 32;
  let sign: u32 = 0;
  let value = payload;
  if (tag == TAG_INT || tag == TAG_FLOAT) {
    const negative = payload < 0;
    if (spec & ZERO_BIT) {
      align = ALIGN_RIGHT;
      fill = 48;
      if (negative) {
        sign = 45;
        value = tag == TAG_INT ? -payload : payload & i64.MAX_VALUE;
      }
    } else if ((spec & SIGN_BIT) != 0 && !negative) sign = 43;
  }
  if (sign) putChar(sign);
  const start = get(FORMAT_USED);
  const decimals = spec & PRECISION_BIT ? <i32>((spec >> 27) & 0xffff) : -1;
  putNumber(value, tag, style, decimals);
  const width = spec & WIDTH_BIT ? <usize>((spec >> 11) & 0xffff) : 0;
  if (width) pad(start, width - (sign && width ? 1 : 0), align, fill);
}

/** Writes what is to be padded. */
function putNumber(value: i64, tag: i32, style: i32, decimals: i32): void {
  if (tag == TAG_STRING || tag == TAG_CHAR) return putDisplay(value, tag);
  if (tag == TAG_FLOAT) return putFloat(reinterpret<f64>(value), decimals);
  const p = room(72);
  if (!p) return;
  switch (style) {
    case STYLE_HEX:
      return advance(writeRadix(p, <u64>value, 4, false));
    case STYLE_HEX_UPPER:
      return advance(writeRadix(p, <u64>value, 4, true));
    case STYLE_BINARY:
      return advance(writeRadix(p, <u64>value, 1, false));
    case STYLE_OCTAL:
      return advance(writeRadix(p, <u64>value, 3, false));
    case STYLE_POINTER:
      store<u8>(p, 48);
      store<u8>(p, 120, 1);
      return advance(2 + writeRadix(p + 2, <u64>value, 4, false));
  }
  advance(writeSigned(p, value));
}

function writeSigned(p: usize, value: i64): usize {
  if (value >= 0) return writeDecimal(p, <u64>value);
  store<u8>(p, 45);
  return 1 + writeDecimal(p + 1, <u64>-value);
}

function putFloat(value: f64, decimals: i32): void {
  if (decimals < 0 || !isFinite(value)) {
    const p = room(FLOAT_ROOM);
    if (p) advance(writeFloat(p, value, -5));
    return;
  }
  const p = room(fixedRoom(decimals) + 1);
  if (!p) return;
  chargeFuel(decimals);
  const negative = reinterpret<i64>(value) < 0;
  if (negative) store<u8>(p, 45);
  const n: usize = negative ? 1 : 0;
  advance(n + writeFixed(p + n, abs(value), decimals));
}

/** Fills up what was written since `start` to a width in characters. */
function pad(start: usize, width: usize, align: i32, fill: u32): void {
  if (get(FORMAT_FULL)) return;
  const text = get(FORMAT_BUFFER) + start;
  const length = get(FORMAT_USED) - start;
  let chars: usize = 0;
  for (let i: usize = 0; i < length; i++) if ((load<u8>(text + i) & 0xc0) != 0x80) chars++;
  if (chars >= width) return;
  const missing = width - chars;
  const before = align == ALIGN_RIGHT ? missing : align == ALIGN_CENTER ? missing >> 1 : 0;
  const size = charSize(fill);
  const p = room(missing * size);
  if (!p) return;
  const from = p - length;
  memory.copy(from + before * size, from, length);
  let q = from;
  for (let i: usize = 0; i < before; i++) q += encodeChar(q, fill);
  q += length;
  for (let i = before; i < missing; i++) q += encodeChar(q, fill);
  advance(missing * size);
}

/** Display text: scalars and strings; everything else has none. */
export function putDisplay(payload: i64, tag: i32): void {
  switch (tag) {
    case TAG_STRING:
      if (load<u8>(<usize>payload) != TAG_STRING) break;
      return putText(<usize>payload);
    case TAG_INT: {
      const p = room(24);
      if (p) advance(writeSigned(p, payload));
      return;
    }
    case TAG_U64: {
      const p = room(24);
      if (p) advance(writeDecimal(p, <u64>payload));
      return;
    }
    case TAG_FLOAT: {
      const p = room(FLOAT_ROOM);
      if (p) advance(writeFloat(p, reinterpret<f64>(payload), -5));
      return;
    }
    case TAG_CHAR:
      return putChar(<u32>payload);
    case TAG_BOOL:
      return putConstant(payload ? "true" : "false");
    case TAG_TYPE:
      return putText(typeName(<i32>payload));
  }
  fail1(FAIL_FORMAT, STYLE_DISPLAY, payload, tag);
}

/** Debug text of any value. */
export function putDebug(payload: i64, tag: i32): void {
  if (tag < TAG_REFERENCE) return putDebugScalar(payload, tag);
  const p = <usize>payload;
  if (load<u8>(p) == KIND_MOVED) return putConstant("<moved>");
  enter();
  chargeFuel(1);
  if (isQueue(tag)) putQueue(payload, tag);
  else if (tag >= TAG_SHAPE) putStruct(p, shapeOf(tag));
  else putObject(p, tag);
  leave();
}

function putDebugScalar(payload: i64, tag: i32): void {
  switch (tag) {
    case TAG_UNIT:
      return putConstant("()");
    case TAG_CHAR:
      putChar(39);
      putEscaped(<u32>payload, 39);
      return putChar(39);
    case TAG_ORDERING:
      return putConstant(payload < 0 ? "Less" : payload > 0 ? "Greater" : "Equal");
    case TAG_FLOAT: {
      const p = room(FLOAT_ROOM);
      if (p) advance(writeFloat(p, reinterpret<f64>(payload), -4));
      return;
    }
  }
  if (tag < TAG_REFERENCE && tag > TAG_TYPE) return putConstant("<internal>");
  putDisplay(payload, tag);
}

function putObject(p: usize, tag: i32): void {
  switch (tag) {
    case TAG_STRING:
      return putQuoted(p);
    case TAG_VEC:
    case TAG_BYTES:
    case TAG_TUPLE:
      return putElements(p, tag);
    case TAG_OPTION:
      if (!load<i32>(p, OPTION_VARIANT)) return putConstant("None");
      return putWrapped("Some(", p);
    case TAG_RESULT:
      return putWrapped(load<i32>(p, OPTION_VARIANT) ? "Err(" : "Ok(", p);
    case TAG_OBJECT:
    case TAG_HASH_MAP:
    case TAG_HASH_SET:
      return putTable(p, tag);
    case TAG_RANGE:
      return putRange(p);
    case TAG_CLOSURE:
      putConstant("<function ");
      putText(functionName(p));
      return putConstant(">");
  }
  putConstant("<");
  putText(typeName(typeOf(<i64>p, tag)));
  putConstant(">");
}

function putSlot(slot: usize): void {
  putDebug(load<i64>(slot, SLOT_PAYLOAD), load<i32>(slot));
}

function putWrapped(start: string, p: usize): void {
  putConstant(start);
  putSlot(p + OBJECT_SLOTS);
  putChar(41);
}

function putElements(p: usize, tag: i32): void {
  const length = tag == TAG_VEC ? vecLength(p) : tag == TAG_BYTES ? lengthOf(p) : <usize>load<u32>(p, TUPLE_LENGTH);
  putChar(tag == TAG_TUPLE ? 40 : 91);
  chargeFuel(<i32>length);
  for (let i: usize = 0; i < length; i++) {
    if (i) putConstant(", ");
    if (tag == TAG_VEC) putDebug(vecPayload(p, i), vecTag(p, i));
    else if (tag == TAG_BYTES) putDebug(<i64>load<u8>(bytesOf(p) + i), TAG_U64);
    else putSlot(p + OBJECT_SLOTS + (i << 4));
  }
  putChar(tag == TAG_TUPLE ? 41 : 93);
}

function putQueue(payload: i64, tag: i32): void {
  const length = sequenceLength(payload, tag);
  putChar(91);
  for (let i: usize = 0; i < length; i++) {
    if (i) putConstant(", ");
    putDebug(sequencePayload(payload, tag, i), sequenceTag(payload, tag, i));
  }
  putChar(93);
}

function putTable(p: usize, tag: i32): void {
  putChar(123);
  let first = true;
  for (let i = object_next(p, 0); i >= 0; i = object_next(p, i + 1)) {
    chargeFuel(1);
    const e = mapEntry(p, i);
    if (!first) putConstant(", ");
    first = false;
    putDebug(load<i64>(e, ENTRY_KEY), <i32>load<u16>(e, ENTRY_KEY_TAG));
    if (tag != TAG_HASH_SET) {
      putConstant(": ");
      putDebug(load<i64>(e, ENTRY_VALUE), <i32>load<u16>(e, ENTRY_VALUE_TAG));
    }
  }
  putChar(125);
}

function putRange(p: usize): void {
  const kind = load<i32>(p, RANGE_KIND);
  if (kind != RANGE_TO && kind != RANGE_TO_INCLUSIVE && kind != RANGE_FULL) putSlot(p + OBJECT_SLOTS);
  putConstant(kind == RANGE_INCLUSIVE || kind == RANGE_TO_INCLUSIVE ? "..=" : "..");
  if (kind != RANGE_FROM && kind != RANGE_FULL) putSlot(p + OBJECT_SLOTS + 16);
}

/** `S`, `S (1, 2)`, `S {a: 1}`. */
function putStruct(p: usize, shape: usize): void {
  putText(<usize>load<u32>(shape, SHAPE_NAME));
  const form = load<i32>(shape, SHAPE_FORM);
  if (form == FORM_UNIT) return;
  putConstant(form == FORM_TUPLE ? " (" : " {");
  const count = <usize>load<u32>(shape, SHAPE_COUNT);
  for (let i: usize = 0; i < count; i++) {
    if (i) putConstant(", ");
    if (form == FORM_NAMED) {
      putText(<usize>load<u32>(shape + SHAPE_FIELDS + (i << 2)));
      putConstant(": ");
    }
    putSlot(p + OBJECT_SLOTS + (i << 4));
  }
  putChar(form == FORM_TUPLE ? 41 : 125);
}

function putQuoted(s: usize): void {
  putChar(34);
  const length = lengthOf(s);
  let i: usize = 0;
  while (i < length) {
    const p = bytesOf(s) + i;
    const c = decodeChar(p);
    putEscaped(c, 34);
    i += sequenceSize(load<u8>(p));
  }
  chargeBytes(length << 3);
  putChar(34);
}

/** A character as in a literal between these quotes. */
function putEscaped(c: u32, quote: u32): void {
  switch (c) {
    case 0:
      return putConstant("\\0");
    case 9:
      return putConstant("\\t");
    case 10:
      return putConstant("\\n");
    case 13:
      return putConstant("\\r");
    case 92:
      return putConstant("\\\\");
  }
  if (c == quote) {
    putChar(92);
    return putChar(quote);
  }
  if (!isEscaped(c)) return putChar(c);
  putConstant("\\u{");
  const p = room(8);
  if (p) advance(writeRadix(p, <u64>c, 4, false));
  putChar(125);
}

/** Display text as a new String. */
export function display(payload: i64, tag: i32): usize {
  format_begin();
  putDisplay(payload, tag);
  return format_end();
}

/** Debug text as a new String. */
export function debug(payload: i64, tag: i32): usize {
  format_begin();
  putDebug(payload, tag);
  return format_end();
}

/** Panics with `message: debug text`. */
export function unwrapMessage(message: usize, payload: i64, tag: i32): usize {
  format_begin();
  putText(message);
  putConstant(": ");
  putDebug(payload, tag);
  return format_end();
}

