// From the platform to Lua: builds Lua values straight from encoded bytes (value-codec), without values in between.
// The bytes come from the host and are canonical; what they may contain from other guests was checked when it was encoded.
import { valueTag } from "@crucible/sandbox";
import type { Address, State } from "./lua-api.ts";
import { registryIndex } from "./lua-api.ts";
import type { Machine } from "./machine.ts";

/** What marks tables in the guest: references of metatables in the registry. */
export interface PushMarks {
  readonly array: bigint;
  /** By the text in `$type`. */
  readonly types: ReadonlyMap<string, bigint>;
}

/** Pushes the one value of `bytes` onto the stack of `L`. Throws `OutOfMemory`. */
export type PushValue = (L: State, bytes: Uint8Array) => void;

// "$type" as it stands in an encoded object: its length and the five characters.
const typeKey = [5, 0, 0, 0, 0x24, 0x74, 0x79, 0x70, 0x65] as const;
const checkedDepth = 4;
const smallInts: readonly bigint[] = Array.from({ length: 1024 }, (_, index) => BigInt(index));

export function createPushValue(machine: Machine, marks: PushMarks): PushValue {
  const { api } = machine;
  let bytes: Uint8Array = new Uint8Array(0);
  let view: DataView = new DataView(bytes.buffer);
  /** Where `bytes` stands in the guest's memory. */
  let copy: Address = 0;
  let at = 0;

  const readCount = (): number => {
    const count = view.getUint32(at, true);
    at += 4;
    return count;
  };

  const pushText = (L: State): void => {
    const length = readCount();
    api.lua_pushlstring(L, copy + at, length);
    at += length;
  };

  const pushArray = (L: State, depth: number): void => {
    const count = readCount();
    api.lua_createtable(L, count, 0);
    for (let index = 1; index <= count; index++) {
      push(L, depth + 1);
      api.lua_rawseti(L, -2, smallInts[index] ?? BigInt(index));
    }
    api.lua_rawgeti(L, registryIndex, marks.array);
    api.lua_setmetatable(L, -2);
  };

  const pushObject = (L: State, depth: number): void => {
    const count = readCount();
    api.lua_createtable(L, 0, count);
    let type: bigint | undefined;
    for (let index = 0; index < count; index++) {
      if (marks.types.size > 0 && isTypeKey(bytes, at))
        type = marks.types.get(readTypeName(bytes, view, at + typeKey.length)) ?? type;
      pushText(L);
      push(L, depth + 1);
      api.lua_rawset(L, -3);
    }
    if (type === undefined) return;
    api.lua_rawgeti(L, registryIndex, type);
    api.lua_setmetatable(L, -2);
  };

  const push = (L: State, depth: number): void => {
    // Without asking there are twenty slots; each level takes up to three.
    if (depth >= checkedDepth) machine.reserveSlots(L, 6);
    // Past the end there is no tag either: 255 is none.
    switch (bytes[at++] ?? 255) {
      case valueTag.null:
        api.lua_pushlightuserdata(L, 0);
        return;
      case valueTag.false:
        api.lua_pushboolean(L, 0);
        return;
      case valueTag.true:
        api.lua_pushboolean(L, 1);
        return;
      case valueTag.int32: {
        const value = view.getInt32(at, true);
        at += 4;
        api.lua_pushinteger(L, smallInts[value] ?? BigInt(value));
        return;
      }
      case valueTag.int64:
        api.lua_pushinteger(L, view.getBigInt64(at, true));
        at += 8;
        return;
      case valueTag.float:
        api.lua_pushnumber(L, view.getFloat64(at, true));
        at += 8;
        return;
      case valueTag.string:
      case valueTag.bytes:
        pushText(L);
        return;
      case valueTag.array:
        pushArray(L, depth);
        return;
      case valueTag.object:
        pushObject(L, depth);
        return;
      default:
        throw new TypeError("Cannot pass a value to Lua: its bytes are not an encoded value");
    }
  };

  return (L, encoded) => {
    // At the top, null is nil: what a function without a result returns.
    if (encoded[0] === valueTag.null) {
      api.lua_pushnil(L);
      return;
    }
    machine.place(encoded, (address) => {
      bytes = encoded;
      view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
      copy = address;
      at = 0;
      push(L, 0);
    });
  };
}

function isTypeKey(bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < typeKey.length; index++) {
    if (bytes[at + index] !== typeKey[index]) return false;
  }
  return bytes[at + typeKey.length] === valueTag.string;
}

function readTypeName(bytes: Uint8Array, view: DataView, at: number): string {
  const length = view.getUint32(at + 1, true);
  return decoder.decode(bytes.subarray(at + 5, at + 5 + length));
}

const decoder = new TextDecoder();
