// From Lua to the platform: encodes Lua values straight into bytes (value-codec). Tables are read raw, so that no code of the
// guest runs; cycles, depth, mixed tables and what has no kind are refused with the path to it.
import type { ErrorCode, LimitReport } from "@crucible/sandbox";
import { defaultCodecBounds, valueTag } from "@crucible/sandbox";
import type { Address, State } from "./lua-api.ts";
import { luaType } from "./lua-api.ts";
import type { Machine } from "./machine.ts";

/** Addresses of the metatables that mark tables; they never change after loading. */
export interface ReadMarks {
  readonly array: Address;
  readonly bytes: Address;
}

/** True when bytes are valid UTF-8. */
export type IsUtf8 = (bytes: Uint8Array) => boolean;

/** Why a Lua value cannot leave the guest. */
export class RefusedValue extends Error {
  readonly code: ErrorCode;
  /** Keys from the outermost table to the value: ` at items[2].name`, or empty. */
  readonly path: string;
  readonly limit: LimitReport | undefined;

  constructor(code: ErrorCode, reason: string, path: string, limit?: LimitReport) {
    super(reason);
    this.name = "RefusedValue";
    this.code = code;
    this.path = path;
    this.limit = limit;
  }
}

export interface ReadValue {
  /** Encodes the value on top of the stack, which stays there. Throws `RefusedValue`. */
  value(L: State, maxBytes: number): Uint8Array;
  /** Encodes the values from index `first` to the top as an array. Throws `RefusedValue`. */
  list(L: State, first: number, maxBytes: number): Uint8Array;
}

const { maxDepth } = defaultCodecBounds;
const checkedDepth = 4;
const shortText = 48;
const initialBytes = 16 * 1024;
const keptBytes = 4 * 1024 * 1024;
const smallInts: readonly bigint[] = Array.from({ length: 1024 }, (_, index) => BigInt(index));

export function createReadValue(machine: Machine, marks: ReadMarks, isUtf8: IsUtf8): ReadValue {
  const { api } = machine;
  let out = new Uint8Array(initialBytes);
  let view = new DataView(out.buffer);
  let length = 0;
  let maxBytes = 0;
  // For each depth: the table on the path, and the key below it (an address and a length; or an index and -1).
  const tables = new Int32Array(maxDepth + 1);
  const keys = new Int32Array(2 * (maxDepth + 1));
  // A stack of entries of the objects on the path: where each begins in `out`, and where its key ends.
  let entries = new Int32Array(2048);
  let entryCount = 0;

  const reserve = (count: number): number => {
    const start = length;
    length = start + count;
    if (length > maxBytes) {
      throw new RefusedValue("limit/output", `it is larger than ${maxBytes} bytes`, "", {
        limit: maxBytes,
        used: length,
        unit: "bytes",
      });
    }
    if (length > out.length) grow(length);
    return start;
  };

  const grow = (needed: number): void => {
    const grown = new Uint8Array(Math.max(needed, out.length * 2));
    grown.set(out);
    out = grown;
    view = new DataView(grown.buffer);
  };

  // Copies a string of the guest to `out`; true when it is UTF-8.
  const copyText = (start: number, address: Address, count: number): boolean => {
    const source = machine.bytes;
    if (count > shortText) {
      const text = source.subarray(address, address + count);
      out.set(text, start);
      return isUtf8(text);
    }
    let union = 0;
    for (let index = 0; index < count; index++) {
      const byte = source[address + index] as number;
      union |= byte;
      out[start + index] = byte;
    }
    return union < 0x80 || isUtf8(out.subarray(start, start + count));
  };

  const writeString = (L: State): void => {
    const address = api.lua_tolstring(L, -1, machine.out);
    const count = machine.word(machine.out) >>> 0;
    const start = reserve(5 + count);
    view.setUint32(start + 1, count, true);
    out[start] = copyText(start + 5, address, count) ? valueTag.string : valueTag.bytes;
  };

  const writeNumber = (L: State): void => {
    const value = api.lua_tonumberx(L, -1, 0);
    if (api.lua_isinteger(L, -1) === 0) {
      const start = reserve(9);
      out[start] = valueTag.float;
      // One NaN only: its bits are the processor's.
      view.setFloat64(start + 1, value, true);
      if (Number.isNaN(value)) {
        view.setUint32(start + 1, 0, true);
        view.setUint32(start + 5, 0x7ff8_0000, true);
      }
    } else if ((value | 0) === value) {
      const start = reserve(5);
      out[start] = valueTag.int32;
      view.setInt32(start + 1, value, true);
    } else {
      const start = reserve(9);
      out[start] = valueTag.int64;
      view.setBigInt64(start + 1, api.lua_tointegerx(L, -1, 0), true);
    }
  };

  const refuse = (reason: string, depth: number): never => {
    let path = "";
    for (let level = 0; level < depth; level++) {
      const key = keys[2 * level] as number;
      const size = keys[2 * level + 1] as number;
      path +=
        size < 0
          ? `[${key}]`
          : `${path === "" ? "" : "."}${decoder.decode(machine.bytes.subarray(key, key + Math.min(size, 60)))}`;
    }
    throw new RefusedValue("guest/invalid-value", reason, path === "" ? "" : ` at ${path}`);
  };

  const writeValue = (L: State, depth: number): void => {
    const type = api.lua_type(L, -1);
    switch (type) {
      case luaType.nil:
        out[reserve(1)] = valueTag.null;
        return;
      case luaType.boolean:
        out[reserve(1)] = api.lua_toboolean(L, -1) === 0 ? valueTag.false : valueTag.true;
        return;
      case luaType.number:
        writeNumber(L);
        return;
      case luaType.string:
        writeString(L);
        return;
      case luaType.table:
        writeTable(L, depth);
        return;
      case luaType.lightUserdata:
        out[reserve(1)] = valueTag.null;
        return;
      case luaType.function:
        return refuse("a function is no value", depth);
      case luaType.thread:
        return refuse("a coroutine is no value", depth);
      default:
        return refuse("a userdata is no value", depth);
    }
  };

  const writeTable = (L: State, depth: number): void => {
    if (depth >= maxDepth) refuse(`it nests deeper than ${maxDepth}`, depth);
    if (depth >= checkedDepth) machine.reserveSlots(L, 6);
    const address = api.lua_topointer(L, -1);
    for (let level = depth - 1; level >= 0; level--) {
      if (tables[level] === address) refuse("it contains itself", depth);
    }
    tables[depth] = address;
    let mark: Address = 0;
    if (api.lua_getmetatable(L, -1) !== 0) {
      mark = api.lua_topointer(L, -1);
      api.lua_settop(L, -2);
      if (mark === marks.bytes) {
        writeMarkedBytes(L, depth);
        return;
      }
    }
    const start = reserve(5);
    api.lua_pushnil(L);
    if (api.lua_next(L, -2) === 0) {
      out[start] = mark === marks.array ? valueTag.array : valueTag.object;
      view.setUint32(start + 1, 0, true);
      return;
    }
    const keyType = api.lua_type(L, -2);
    if (keyType === luaType.string && mark !== marks.array) writeFields(L, start, depth);
    else if (keyType === luaType.number || keyType === luaType.string) writeItems(L, start, depth);
    else
      refuse(
        `a ${keyType === luaType.boolean ? "boolean" : "table, function or userdata"} is no key of a value`,
        depth,
      );
  };

  const writeMarkedBytes = (L: State, depth: number): void => {
    if (api.lua_rawgeti(L, -1, 1n) !== luaType.string) refuse("its bytes are no string any more", depth);
    writeString(L);
    api.lua_settop(L, -2);
    const size = machine.word(machine.out) >>> 0;
    out[length - 5 - size] = valueTag.bytes;
  };

  // With the first key and value on the stack; lua_next gives a sequence in order as long as it lies in the array part.
  const writeItems = (L: State, start: number, depth: number): void => {
    out[start] = valueTag.array;
    let count = 0;
    do {
      if (api.lua_isinteger(L, -2) === 0 || api.lua_tonumberx(L, -2, 0) !== count + 1) {
        writeScatteredItems(L, start, depth);
        return;
      }
      count++;
      keys[2 * depth] = count;
      keys[2 * depth + 1] = -1;
      writeValue(L, depth + 1);
      api.lua_settop(L, -2);
    } while (api.lua_next(L, -2) !== 0);
    view.setUint32(start + 1, count, true);
  };

  // Items in another order than their indexes: the keys are counted and checked first, then read by index.
  const writeScatteredItems = (L: State, start: number, depth: number): void => {
    length = start + 5;
    api.lua_settop(L, -3);
    let count = 0;
    let largest = 0;
    api.lua_pushnil(L);
    while (api.lua_next(L, -2) !== 0) {
      api.lua_settop(L, -2);
      const key =
        api.lua_type(L, -1) === luaType.number && api.lua_isinteger(L, -1) !== 0 ? api.lua_tonumberx(L, -1, 0) : 0;
      if (key < 1)
        refuse("a table with keys besides 1 to n is no array, and one with keys besides strings is no object", depth);
      count++;
      largest = Math.max(largest, key);
    }
    if (largest !== count)
      refuse(
        `an array of ${count} items has the index ${largest}: its indexes must be 1 to n (fill with crucible.null)`,
        depth,
      );
    for (let index = 1; index <= count; index++) {
      api.lua_rawgeti(L, -1, smallInts[index] ?? BigInt(index));
      keys[2 * depth] = index;
      keys[2 * depth + 1] = -1;
      writeValue(L, depth + 1);
      api.lua_settop(L, -2);
    }
    view.setUint32(start + 1, count, true);
  };

  const writeFields = (L: State, start: number, depth: number): void => {
    out[start] = valueTag.object;
    const first = entryCount;
    let sorted = true;
    do {
      if (api.lua_type(L, -2) !== luaType.string)
        refuse("a table with string keys and others is neither an object nor an array", depth);
      const address = api.lua_tolstring(L, -2, machine.out);
      const size = machine.word(machine.out) >>> 0;
      keys[2 * depth] = address;
      keys[2 * depth + 1] = size;
      const at = reserve(4 + size);
      view.setUint32(at, size, true);
      if (!copyText(at + 4, address, size)) refuse("a key is not UTF-8", depth);
      if (entryCount * 2 + 2 > entries.length) entries = growEntries(entries);
      entries[2 * entryCount] = at;
      entries[2 * entryCount + 1] = at + 4 + size;
      if (entryCount > first && sorted) sorted = compareKeys(out, entries, entryCount - 1, entryCount) < 0;
      entryCount++;
      writeValue(L, depth + 1);
      api.lua_settop(L, -2);
    } while (api.lua_next(L, -2) !== 0);
    const count = entryCount - first;
    view.setUint32(start + 1, count, true);
    if (!sorted) sortFields(start + 5, first, count);
    entryCount = first;
  };

  // Puts the entries that stand from `start` to the end into the order of their keys: a copy behind the end, then back.
  const sortFields = (start: number, first: number, count: number): void => {
    const end = length;
    const size = end - start;
    if (end + size > out.length) grow(end + size);
    out.copyWithin(end, start, end);
    const ends = new Int32Array(count);
    for (let index = 0; index < count; index++)
      ends[index] = index + 1 < count ? (entries[2 * (first + index + 1)] as number) : end;
    const order = sortedOrder(out, entries, first, count);
    let at = start;
    for (const index of order) {
      const from = (entries[2 * (first + index)] as number) + size;
      const to = (ends[index] as number) + size;
      out.copyWithin(at, from, to);
      at += to - from;
    }
  };

  const begin = (bound: number): void => {
    length = 0;
    maxBytes = bound;
    entryCount = 0;
  };

  const finish = (): Uint8Array => {
    const bytes = out.slice(0, length);
    if (out.length > keptBytes) {
      out = new Uint8Array(initialBytes);
      view = new DataView(out.buffer);
    }
    return bytes;
  };

  return {
    value(L, bound) {
      begin(bound);
      writeValue(L, 0);
      return finish();
    },
    list(L, first, bound) {
      begin(bound);
      const count = Math.max(0, api.lua_gettop(L) - first + 1);
      const start = reserve(5);
      out[start] = valueTag.array;
      view.setUint32(start + 1, count, true);
      machine.reserveSlots(L, 8);
      for (let index = 0; index < count; index++) {
        api.lua_pushvalue(L, first + index);
        // Depth 1 and the key 0: the arguments are an array of their own.
        tables[0] = 0;
        keys[0] = index + 1;
        keys[1] = -1;
        writeValue(L, 1);
        api.lua_settop(L, -2);
      }
      return finish();
    },
  };
}

const decoder = new TextDecoder();

function growEntries(entries: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(entries.length * 2);
  grown.set(entries);
  return grown;
}

// By bytes of UTF-8, which is the order of code points.
function compareKeys(bytes: Uint8Array, entries: Int32Array, left: number, right: number): number {
  const leftStart = (entries[2 * left] as number) + 4;
  const rightStart = (entries[2 * right] as number) + 4;
  const leftSize = (entries[2 * left + 1] as number) - leftStart;
  const rightSize = (entries[2 * right + 1] as number) - rightStart;
  const shared = Math.min(leftSize, rightSize);
  for (let index = 0; index < shared; index++) {
    const difference = (bytes[leftStart + index] as number) - (bytes[rightStart + index] as number);
    if (difference !== 0) return difference;
  }
  return leftSize - rightSize;
}

// Positions 0 … count - 1 in the order of their keys.
function sortedOrder(bytes: Uint8Array, entries: Int32Array, first: number, count: number): Int32Array {
  const order = new Int32Array(count);
  for (let index = 0; index < count; index++) order[index] = index;
  if (count > 24) return order.sort((a, b) => compareKeys(bytes, entries, first + a, first + b));
  for (let index = 1; index < count; index++) {
    const current = order[index] as number;
    let place = index;
    while (place > 0 && compareKeys(bytes, entries, first + (order[place - 1] as number), first + current) > 0) {
      order[place] = order[place - 1] as number;
      place--;
    }
    order[place] = current;
  }
  return order;
}
