// Strings and bytes as objects: making, growing, changing. Both have one layout; text is always valid UTF-8.
// Functions answer 0 (addresses, flags) when memory is full and have then changed nothing.
import {
  STRING_ADDRESS,
  STRING_BYTES,
  STRING_CAPACITY,
  STRING_HASH,
  STRING_LENGTH,
  TAG_BYTES,
  TAG_STRING,
} from "../src/layout";
import { allocate, bufferFree, bufferGrow, bufferNew, roomyBytes } from "./allocate";
import { chargeBytes } from "./value";

@inline
export function lengthOf(s: usize): usize {
  return <usize>load<u32>(s, STRING_LENGTH);
}

@inline
export function bytesOf(s: usize): usize {
  return <usize>load<u32>(s, STRING_ADDRESS);
}

/** A new string or bytes object of `length` undefined bytes. */
export function textNew(length: usize, kind: u32): usize {
  const size = length + STRING_BYTES;
  if (size < length) return 0;
  const p = allocate(size, kind);
  if (!p) return 0;
  store<u32>(p, <u32>length, STRING_LENGTH);
  store<u32>(p, <u32>(p + STRING_BYTES), STRING_ADDRESS);
  store<u32>(p, <u32>length, STRING_CAPACITY);
  store<u32>(p, 0, STRING_HASH);
  return p;
}

/** A new object with a copy of the bytes at `address`. */
export function textFrom(address: usize, length: usize, kind: u32): usize {
  const p = textNew(length, kind);
  if (p) {
    memory.copy(p + STRING_BYTES, address, length);
    chargeBytes(length);
  }
  return p;
}

/** The text of an AssemblyScript constant; only ASCII. Never 0: falls back to an empty address that is not an object. */
export function textOf(constant: string): usize {
  const length = <usize>constant.length;
  const p = textNew(length, TAG_STRING);
  if (!p) return 0;
  for (let i: usize = 0; i < length; i++) {
    store<u8>(p + STRING_BYTES + i, <u8>load<u16>(changetype<usize>(constant) + (i << 1)));
  }
  return p;
}

/** Makes room for `capacity` bytes in all; the address of the bytes may change. */
export function ensureCapacity(s: usize, capacity: usize, exact: bool): bool {
  const have = <usize>load<u32>(s, STRING_CAPACITY);
  if (capacity <= have) return true;
  if (capacity > 0xf0000000) return false;
  const old = bytesOf(s);
  if (old == s + STRING_BYTES) {
    // The object's own cell may have room beyond what was asked for.
    const room = roomyBytes(have + 4) - 4;
    if (capacity <= room) {
      store<u32>(s, <u32>room, STRING_CAPACITY);
      return true;
    }
  }
  const wanted = roomyBytes(exact ? capacity : max(capacity, have + (have >> 1)));
  const length = lengthOf(s);
  let grown: usize;
  if (old == s + STRING_BYTES) {
    grown = bufferGrow(0, 0, wanted);
    if (grown) memory.copy(grown, old, length);
  } else grown = bufferGrow(old, length, wanted);
  if (!grown && !exact && wanted > capacity + 65536) return ensureCapacity(s, capacity, true);
  if (!grown) return false;
  chargeBytes(length);
  store<u32>(s, <u32>grown, STRING_ADDRESS);
  store<u32>(s, <u32>wanted, STRING_CAPACITY);
  return true;
}

/** Says that the bytes changed. */
@inline
export function touched(s: usize): void {
  store<u32>(s, 0, STRING_HASH);
}

@inline
export function setLength(s: usize, length: usize): void {
  store<u32>(s, <u32>length, STRING_LENGTH);
  touched(s);
}

/** Appends the bytes of another object (it may be the same one). */
export function appendText(s: usize, other: usize): bool {
  const length = lengthOf(s);
  const more = lengthOf(other);
  if (!ensureCapacity(s, length + more, false)) return false;
  memory.copy(bytesOf(s) + length, bytesOf(other), more);
  chargeBytes(more);
  setLength(s, length + more);
  return true;
}

/** Inserts the bytes of another object at a position. */
export function insertText(s: usize, at: usize, other: usize): bool {
  const length = lengthOf(s);
  const more = lengthOf(other);
  const self = s == other;
  if (!ensureCapacity(s, length + more, false)) return false;
  const p = bytesOf(s) + at;
  chargeBytes(length - at + more);
  memory.copy(p + more, p, length - at);
  if (!self) memory.copy(p, bytesOf(other), more);
  else {
    memory.copy(p, bytesOf(s), at);
    memory.copy(p + at, p + more, more - at);
  }
  setLength(s, length + more);
  return true;
}

/** Releases room that is not used; where there is no memory to move to, nothing changes. */
export function shrinkText(s: usize): void {
  const address = bytesOf(s);
  const length = lengthOf(s);
  if (address == s + STRING_BYTES || length == <usize>load<u32>(s, STRING_CAPACITY)) return;
  const smaller = bufferNew(length);
  if (!smaller) return;
  memory.copy(smaller, address, length);
  bufferFree(address);
  store<u32>(s, <u32>smaller, STRING_ADDRESS);
  store<u32>(s, <u32>length, STRING_CAPACITY);
}

/** 0 equal bytes, else the order of the first difference: −1 or 1. */
export function compareBytes(a: usize, aLength: usize, b: usize, bLength: usize): i32 {
  const n = min(aLength, bLength);
  chargeBytes(n);
  let i: usize = 0;
  while (i + 8 <= n && load<u64>(a + i) == load<u64>(b + i)) i += 8;
  while (i < n) {
    const x = <i32>load<u8>(a + i);
    const y = <i32>load<u8>(b + i);
    if (x != y) return x < y ? -1 : 1;
    i++;
  }
  return aLength == bLength ? 0 : aLength < bLength ? -1 : 1;
}

export function sameBytes(a: usize, aLength: usize, b: usize, bLength: usize): bool {
  if (aLength != bLength) return false;
  if (a == b) return true;
  chargeBytes(aLength);
  let i: usize = 0;
  while (i + 8 <= aLength) {
    if (load<u64>(a + i) != load<u64>(b + i)) return false;
    i += 8;
  }
  while (i < aLength) {
    if (load<u8>(a + i) != load<u8>(b + i)) return false;
    i++;
  }
  return true;
}

@inline
export function sameText(a: usize, b: usize): bool {
  return a == b || sameBytes(bytesOf(a), lengthOf(a), bytesOf(b), lengthOf(b));
}

/** Position of the needle at or after `from`; −1 when absent. Two-way is not needed: cost is charged by work done. */
export function indexOfBytes(hay: usize, length: usize, needle: usize, size: usize, from: usize): i64 {
  if (size == 0) return from <= length ? <i64>from : -1;
  if (size > length) return -1;
  const first = load<u8>(needle);
  const last = length - size;
  let work: usize = 0;
  for (let i = from; i <= last; i++) {
    if (load<u8>(hay + i) != first) continue;
    let k: usize = 1;
    while (k < size && load<u8>(hay + i + k) == load<u8>(needle + k)) k++;
    work += k;
    if (k == size) {
      chargeBytes(i - from + (work << 3));
      return <i64>i;
    }
    if (work > 65536) {
      chargeBytes(work << 3);
      work = 0;
    }
  }
  chargeBytes(last - min(from, last) + (work << 3));
  return -1;
}

/** Hash of bytes: multiply-and-fold over eight bytes at a time, with constant seeds. Never 0. */
export function hashBytes(p: usize, length: usize): u32 {
  chargeBytes(length);
  let h: u64 = 0x9e3779b97f4a7c15 ^ (<u64>length * 0xff51afd7ed558ccd);
  let n = length;
  while (n >= 8) {
    h = mix(h ^ load<u64>(p));
    p += 8;
    n -= 8;
  }
  if (n >= 4) {
    h = mix(h ^ <u64>load<u32>(p) ^ (<u64>load<u32>(p + n - 4) << 32));
  } else if (n > 0) {
    h = mix(h ^ <u64>load<u8>(p) ^ (<u64>load<u8>(p + (n >> 1)) << 8) ^ (<u64>load<u8>(p + n - 1) << 16));
  }
  const r = <u32>(h ^ (h >> 32));
  return r ? r : 1;
}

@inline
export function mix(x: u64): u64 {
  x *= 0xff51afd7ed558ccd;
  x ^= x >> 32;
  x *= 0xc4ceb9fe1a85ec53;
  return x ^ (x >> 29);
}

export function hashText(s: usize): u32 {
  let h = load<u32>(s, STRING_HASH);
  if (h) return h;
  h = hashBytes(bytesOf(s), lengthOf(s));
  store<u32>(s, h, STRING_HASH);
  return h;
}

// UTF-8. The text is valid, so that no check is needed.

@inline
export function sequenceSize(lead: u32): usize {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

@inline
export function charSize(c: u32): usize {
  return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

export function decodeChar(p: usize): u32 {
  const a = <u32>load<u8>(p);
  if (a < 0x80) return a;
  const b = <u32>load<u8>(p, 1) & 63;
  if (a < 0xe0) return ((a & 31) << 6) | b;
  const c = <u32>load<u8>(p, 2) & 63;
  if (a < 0xf0) return ((a & 15) << 12) | (b << 6) | c;
  return ((a & 7) << 18) | (b << 12) | (c << 6) | (<u32>load<u8>(p, 3) & 63);
}

/** Writes one character. @returns its size */
export function encodeChar(p: usize, c: u32): usize {
  if (c < 0x80) {
    store<u8>(p, <u8>c);
    return 1;
  }
  if (c < 0x800) {
    store<u8>(p, <u8>(0xc0 | (c >> 6)));
    store<u8>(p, <u8>(0x80 | (c & 63)), 1);
    return 2;
  }
  if (c < 0x10000) {
    store<u8>(p, <u8>(0xe0 | (c >> 12)));
    store<u8>(p, <u8>(0x80 | ((c >> 6) & 63)), 1);
    store<u8>(p, <u8>(0x80 | (c & 63)), 2);
    return 3;
  }
  store<u8>(p, <u8>(0xf0 | (c >> 18)));
  store<u8>(p, <u8>(0x80 | ((c >> 12) & 63)), 1);
  store<u8>(p, <u8>(0x80 | ((c >> 6) & 63)), 2);
  store<u8>(p, <u8>(0x80 | (c & 63)), 3);
  return 4;
}

/** Whether bytes are valid UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). */
export function isUtf8(p: usize, length: usize): bool {
  chargeBytes(length << 2);
  const end = p + length;
  while (p < end) {
    const a = <u32>load<u8>(p);
    if (a < 0x80) {
      p++;
      continue;
    }
    if (a < 0xc2 || a > 0xf4) return false;
    const size = sequenceSize(a);
    if (p + size > end) return false;
    for (let k: usize = 1; k < size; k++) {
      if ((load<u8>(p + k) & 0xc0) != 0x80) return false;
    }
    const c = decodeChar(p);
    if (charSize(c) != size || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return false;
    p += size;
  }
  return true;
}

export function isBoundary(s: usize, at: usize): bool {
  const length = lengthOf(s);
  if (at >= length) return at == length;
  return (load<u8>(bytesOf(s) + at) & 0xc0) != 0x80;
}


@inline
export function asBytes(p: usize): usize {
  if (p) store<u32>(p, TAG_BYTES);
  return p;
}
