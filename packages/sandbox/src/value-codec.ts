// The binary encoding of values: one compact, canonical form that crosses every boundary in both directions.
// Equal values have equal bytes (objects: equal in order), so a digest of the bytes is a digest of the value.
//
//   tag   payload, little-endian                     value
//   0x00                                             null
//   0x01                                             false
//   0x02                                             true
//   0x03  i32                                        int that fits 32 bits (required where it does)
//   0x04  i64                                        any other int
//   0x05  f64, the only NaN is 0x7ff8000000000000    float
//   0x06  u32 length, that many bytes of UTF-8       string
//   0x07  u32 length, that many bytes                bytes
//   0x08  u32 count, that many values                array
//   0x09  u32 count, that many (u32 length, UTF-8 key, value); keys are distinct   object
import { knownEncoding } from "./known-encoding.ts";
import type { Outcome } from "./outcome.ts";
import { CrucibleError, fail, succeed } from "./outcome.ts";
import type { Value } from "./value.ts";
import { emptyObject, float, Float, int, isIntNumber } from "./value.ts";

export const valueTag = {
  null: 0,
  false: 1,
  true: 2,
  int32: 3,
  int64: 4,
  float: 5,
  string: 6,
  bytes: 7,
  array: 8,
  object: 9,
} as const;

/** Bounds of one encoded value. */
export interface CodecBounds {
  /** Arrays and objects inside each other; a scalar has depth 0. */
  readonly maxDepth: number;
  readonly maxBytes: number;
  /** What decoding may make, counted in the `parts` below; depends on the bytes alone. Absent: no bound. */
  readonly maxParts?: number;
}

/** What each thing counts that decoding makes: about a hundredth of a microsecond each. */
const parts = { value: 4, shortText: 10, text: 25, array: 5, object: 18, member: 3, newName: 70 } as const;

export const defaultCodecBounds: CodecBounds = { maxDepth: 128, maxBytes: 256 * 1024 * 1024 };

/**
 * Encodes a value.
 *
 * @returns fresh bytes that the caller owns, or `guest/invalid-value` (unpaired surrogates, cycles and other nesting
 * beyond `maxDepth`, integers beyond 64 bits, anything that is no `Value`) or `limit/output` (larger than `maxBytes`)
 */
export function encodeValue(value: Value, bounds: CodecBounds = defaultCodecBounds): Outcome<Uint8Array> {
  const known = knownEncoding(value);
  if (known !== undefined) {
    if (known.length <= bounds.maxBytes) return succeed(known.slice());
    return { ok: false, error: tooLarge(known.length, bounds).toErrorValue() };
  }
  const writer = acquireWriter(bounds);
  try {
    writeValue(writer, value, 0);
    return succeed(writer.bytes.slice(0, writer.length));
  } catch (thrown) {
    if (thrown instanceof CrucibleError) return { ok: false, error: thrown.toErrorValue() };
    throw thrown;
  } finally {
    releaseWriter(writer);
  }
}

/**
 * Decodes bytes that may come from a hostile guest. Nothing of `bytes` is kept; `bytes` values are copies.
 *
 * @returns the value, or `guest/invalid-value` when the bytes are not the canonical encoding of exactly one value
 */
export function decodeValue(bytes: Uint8Array, bounds: CodecBounds = defaultCodecBounds): Outcome<Value> {
  if (bytes.length > bounds.maxBytes) {
    return fail(
      "limit/output",
      `Cannot decode a value of ${bytes.length} bytes: at most ${bounds.maxBytes} are allowed`,
      {
        limit: { limit: bounds.maxBytes, used: bytes.length, unit: "bytes" },
      },
    );
  }
  const reader: Reader = {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    at: 0,
    maxDepth: bounds.maxDepth,
    maxParts: bounds.maxParts ?? Infinity,
    parts: 0,
    number: (decodings += 1),
  };
  try {
    const value = readValue(reader, 0);
    if (reader.at !== bytes.length) refuse(`${bytes.length - reader.at} bytes follow the value`);
    return succeed(value);
  } catch (thrown) {
    if (thrown instanceof CrucibleError) return { ok: false, error: thrown.toErrorValue() };
    throw thrown;
  }
}

interface Writer {
  bytes: Uint8Array;
  view: DataView;
  length: number;
  bounds: CodecBounds;
}

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const unpairedSurrogate = /\p{Surrogate}/u;
/** Most text has none, which is found out in a fraction of the time. */
const anySurrogate = /[\ud800-\udfff]/;
const initialBytes = 4096;
const keptBytes = 1024 * 1024;

// One buffer is kept between calls: encoding is synchronous, so that it is never in use twice.
let spare: Writer | undefined;

function acquireWriter(bounds: CodecBounds): Writer {
  const writer = spare;
  if (writer === undefined) {
    const bytes = new Uint8Array(initialBytes);
    return { bytes, view: new DataView(bytes.buffer), length: 0, bounds };
  }
  spare = undefined;
  writer.length = 0;
  writer.bounds = bounds;
  return writer;
}

function releaseWriter(writer: Writer): void {
  if (writer.bytes.length <= keptBytes) spare = writer;
}

function tooLarge(used: number, { maxBytes }: CodecBounds): CrucibleError {
  return new CrucibleError("limit/output", `Cannot encode the value: it is larger than ${maxBytes} bytes`, {
    limit: { limit: maxBytes, used, unit: "bytes" },
  });
}

function reserve(writer: Writer, count: number): number {
  const at = writer.length;
  const needed = at + count;
  if (needed > writer.bounds.maxBytes) throw tooLarge(needed, writer.bounds);
  if (needed > writer.bytes.length) grow(writer, needed);
  writer.length = needed;
  return at;
}

function grow(writer: Writer, needed: number): void {
  if (needed <= writer.bytes.length) return;
  const grown = new Uint8Array(Math.max(needed, writer.bytes.length * 2));
  grown.set(writer.bytes.subarray(0, writer.length));
  writer.bytes = grown;
  writer.view = new DataView(grown.buffer);
}

function writeValue(writer: Writer, value: unknown, depth: number): void {
  if (value === null) writeTag(writer, valueTag.null);
  else if (typeof value === "string") {
    writeTag(writer, valueTag.string);
    writeText(writer, value);
  } else if (typeof value === "number") {
    if (isIntNumber(value)) writeInt(writer, value);
    else writeFloat(writer, value);
  } else if (typeof value === "boolean") writeTag(writer, value ? valueTag.true : valueTag.false);
  else if (typeof value === "object") writeComposite(writer, value, depth);
  else if (typeof value === "bigint") writeBigInt(writer, value);
  else refuse(`a ${typeof value} is no value`);
}

function writeComposite(writer: Writer, value: object, depth: number): void {
  if (value instanceof Float) {
    writeFloat(writer, value.value);
    return;
  }
  if (value instanceof Uint8Array) {
    const at = reserve(writer, 5 + value.length);
    writer.bytes[at] = valueTag.bytes;
    writer.view.setUint32(at + 1, value.length, true);
    writer.bytes.set(value, at + 5);
    return;
  }
  if (depth >= writer.bounds.maxDepth) refuse(`it nests deeper than ${writer.bounds.maxDepth}`);
  if (Array.isArray(value)) {
    writeHeader(writer, valueTag.array, value.length);
    for (const item of value) writeValue(writer, item, depth + 1);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) refuse("an object with a class is no value");
  const keys = Object.keys(value);
  writeHeader(writer, valueTag.object, keys.length);
  for (const key of keys) {
    writeText(writer, key);
    writeValue(writer, (value as { readonly [key: string]: unknown })[key], depth + 1);
  }
}

function writeTag(writer: Writer, tag: number): void {
  const at = reserve(writer, 1);
  writer.bytes[at] = tag;
}

function writeHeader(writer: Writer, tag: number, count: number): void {
  const at = reserve(writer, 5);
  writer.bytes[at] = tag;
  writer.view.setUint32(at + 1, count, true);
}

function writeInt(writer: Writer, value: number): void {
  if ((value | 0) === value) {
    const at = reserve(writer, 5);
    writer.bytes[at] = valueTag.int32;
    writer.view.setInt32(at + 1, value, true);
  } else {
    const at = reserve(writer, 9);
    writer.bytes[at] = valueTag.int64;
    writer.view.setUint32(at + 1, (value % 0x1_0000_0000) >>> 0, true);
    writer.view.setInt32(at + 5, Math.floor(value / 0x1_0000_0000), true);
  }
}

function writeBigInt(writer: Writer, value: bigint): void {
  if (BigInt.asIntN(64, value) !== value) refuse(`the integer ${value} does not fit 64 bits`);
  const number = Number(value);
  if (Number.isSafeInteger(number)) {
    writeInt(writer, number);
    return;
  }
  const at = reserve(writer, 9);
  writer.bytes[at] = valueTag.int64;
  writer.view.setBigInt64(at + 1, value, true);
}

function writeFloat(writer: Writer, value: number): void {
  const at = reserve(writer, 9);
  writer.bytes[at] = valueTag.float;
  if (Number.isNaN(value)) {
    writer.view.setUint32(at + 1, 0, true);
    writer.view.setUint32(at + 5, 0x7ff8_0000, true);
  } else {
    writer.view.setFloat64(at + 1, value, true);
  }
}

function writeText(writer: Writer, text: string): void {
  const length = text.length;
  const at = reserve(writer, 4 + length);
  // Short ASCII is most of what crosses; the loop is faster than encodeInto up to some dozen units.
  if (length <= 48) {
    const bytes = writer.bytes;
    let index = 0;
    while (index < length) {
      const unit = text.charCodeAt(index);
      if (unit > 127) break;
      bytes[at + 4 + index] = unit;
      index++;
    }
    if (index === length) {
      writer.view.setUint32(at, length, true);
      return;
    }
  }
  if (anySurrogate.test(text) && unpairedSurrogate.test(text)) refuse("a string has an unpaired surrogate");
  grow(writer, at + 4 + length * 3);
  const { written } = textEncoder.encodeInto(text, writer.bytes.subarray(at + 4, at + 4 + length * 3));
  writer.view.setUint32(at, written, true);
  writer.length = at + 4;
  reserve(writer, written);
}

interface Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly maxDepth: number;
  readonly maxParts: number;
  at: number;
  parts: number;
  /** Number of this decoding, by which it knows names that it has met itself. */
  readonly number: number;
}

/** Before what is counted is made. */
function countParts(reader: Reader, count: number): void {
  reader.parts += count;
  if (reader.parts > reader.maxParts)
    throw new CrucibleError("limit/output", "Cannot pass the value: it has too many parts", {
      limit: { limit: reader.maxParts, used: reader.parts, unit: "parts" },
      hint: "Pass less at once, or piece by piece",
    });
}

function readValue(reader: Reader, depth: number): Value {
  const tag = reader.view.getUint8(advance(reader, 1));
  countParts(reader, parts.value);
  switch (tag) {
    case valueTag.null:
      return null;
    case valueTag.false:
      return false;
    case valueTag.true:
      return true;
    case valueTag.int32:
      return reader.view.getInt32(advance(reader, 4), true);
    case valueTag.int64:
      return readInt64(reader);
    case valueTag.float:
      return readFloat(reader);
    case valueTag.string:
      return readText(reader);
    case valueTag.bytes: {
      const length = reader.view.getUint32(advance(reader, 4), true);
      const at = advance(reader, length);
      return reader.bytes.slice(at, at + length);
    }
    case valueTag.array:
      return readArray(reader, depth);
    case valueTag.object:
      return readObject(reader, depth);
    default:
      return refuse(`the tag ${tag} is unknown`);
  }
}

function readInt64(reader: Reader): Value {
  const value = reader.view.getBigInt64(advance(reader, 8), true);
  if (value === BigInt.asIntN(32, value)) refuse("a small integer is encoded in 64 bits");
  return int(value);
}

function readFloat(reader: Reader): Value {
  const at = advance(reader, 8);
  const value = reader.view.getFloat64(at, true);
  if (
    Number.isNaN(value) &&
    (reader.view.getUint32(at, true) !== 0 || reader.view.getUint32(at + 4, true) !== 0x7ff8_0000)
  ) {
    refuse("a NaN is not the canonical one");
  }
  return float(value);
}

function readText(reader: Reader): string {
  const length = reader.view.getUint32(advance(reader, 4), true);
  const at = advance(reader, length);
  const text = decodeShortAscii(reader.bytes, at, length);
  countParts(reader, text === undefined ? parts.text : parts.shortText);
  return text ?? decodeText(reader.bytes, at, length);
}

function decodeText(bytes: Uint8Array, at: number, length: number): string {
  try {
    return textDecoder.decode(bytes.subarray(at, at + length));
  } catch {
    return refuse("a string is not UTF-8");
  }
}

// Four units at a time: the decoder's call costs more than all of them.
function decodeShortAscii(bytes: Uint8Array, at: number, length: number): string | undefined {
  if (length > 24) return undefined;
  let text = "";
  let index = at;
  const end = at + length;
  for (; index + 4 <= end; index += 4) {
    const a = bytes[index] as number;
    const b = bytes[index + 1] as number;
    const c = bytes[index + 2] as number;
    const d = bytes[index + 3] as number;
    if ((a | b | c | d) > 127) return undefined;
    text += String.fromCharCode(a, b, c, d);
  }
  for (; index < end; index++) {
    const byte = bytes[index] as number;
    if (byte > 127) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

// Objects of one list have the same keys, over and over. A key that was seen lately is found by its bytes, as the very string that
// the engine knows members by. A wrong entry is found out by comparing, so that nothing depends on what is in here.
const seenKeys: string[] = Array.from({ length: 512 }, () => "");
/** The decoding that met each of them last: what a value counts must not depend on those before it. */
const seenBy = new Float64Array(512);
const maxSeenBytes = 32;
let decodings = 0;

function readKey(reader: Reader): string {
  const length = reader.view.getUint32(advance(reader, 4), true);
  const at = advance(reader, length);
  const { bytes } = reader;
  if (length > maxSeenBytes) {
    countParts(reader, parts.newName);
    return decodeText(bytes, at, length);
  }
  let hash = length;
  for (let index = at; index < at + length; index++) hash = (hash * 31 + (bytes[index] as number)) | 0;
  const slot = (hash ^ (hash >>> 9)) & 511;
  const seen = seenKeys[slot] as string;
  const isOwn = seenBy[slot] === reader.number;
  seenBy[slot] = reader.number;
  if (seen.length === length) {
    let index = 0;
    while (index < length && seen.charCodeAt(index) === bytes[at + index] && (bytes[at + index] as number) < 128)
      index++;
    if (index === length) {
      if (!isOwn) countParts(reader, parts.newName);
      return seen;
    }
  }
  countParts(reader, parts.newName);
  return (seenKeys[slot] = decodeShortAscii(bytes, at, length) ?? decodeText(bytes, at, length));
}

function readArray(reader: Reader, depth: number): Value {
  const count = readCount(reader, depth, 1);
  countParts(reader, parts.array);
  const items: Value[] = [];
  for (let index = 0; index < count; index++) items.push(readValue(reader, depth + 1));
  return items;
}

function readObject(reader: Reader, depth: number): Value {
  const count = readCount(reader, depth, 5);
  countParts(reader, parts.object + parts.member * count);
  const result = emptyObject();
  for (let index = 0; index < count; index++) {
    const key = readKey(reader);
    if (key in result) refuse(`the key ${JSON.stringify(key)} stands twice in an object`);
    result[key] = readValue(reader, depth + 1);
  }
  return result;
}

// A count is refused before anything is allocated for it when the rest of the bytes cannot hold that many parts.
function readCount(reader: Reader, depth: number, leastBytes: number): number {
  if (depth >= reader.maxDepth) refuse(`it nests deeper than ${reader.maxDepth}`);
  const count = reader.view.getUint32(advance(reader, 4), true);
  if (count * leastBytes > reader.bytes.length - reader.at) refuse("a count is larger than the bytes that follow");
  return count;
}

function advance(reader: Reader, count: number): number {
  const at = reader.at;
  if (count > reader.bytes.length - at) refuse("the bytes end early");
  reader.at = at + count;
  return at;
}

function refuse(reason: string): never {
  throw new CrucibleError("guest/invalid-value", `Cannot pass the value: ${reason}`);
}
