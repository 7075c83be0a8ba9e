// The part of the Lua 5.4 C API that the host calls, as exports of the WebAssembly file, and the constants of its headers.
// A `State` is the address of a lua_State; addresses are byte offsets in the guest's memory; 64-bit integers are BigInt.

export type State = number;
export type Address = number;

/** Lua manual §4.6 and §5.1. Emscripten's own exports stand at the end. */
export interface LuaApi {
  luaL_newstate(): State;
  luaopen_base(L: State): number;
  luaopen_coroutine(L: State): number;
  luaopen_table(L: State): number;
  luaopen_string(L: State): number;
  luaopen_utf8(L: State): number;
  luaopen_math(L: State): number;

  lua_gettop(L: State): number;
  lua_settop(L: State, index: number): void;
  lua_checkstack(L: State, slots: number): number;
  lua_rotate(L: State, index: number, count: number): void;
  lua_pushvalue(L: State, index: number): void;

  lua_type(L: State, index: number): number;
  lua_isinteger(L: State, index: number): number;
  lua_iscfunction(L: State, index: number): number;
  lua_toboolean(L: State, index: number): number;
  lua_tonumberx(L: State, index: number, isNumber: Address): number;
  lua_tointegerx(L: State, index: number, isInteger: Address): bigint;
  lua_tolstring(L: State, index: number, length: Address): Address;
  lua_tocfunction(L: State, index: number): number;
  lua_topointer(L: State, index: number): Address;

  lua_pushnil(L: State): void;
  lua_pushboolean(L: State, value: number): void;
  lua_pushinteger(L: State, value: bigint): void;
  lua_pushnumber(L: State, value: number): void;
  lua_pushlstring(L: State, text: Address, length: number): Address;
  lua_pushlightuserdata(L: State, value: Address): void;
  lua_pushcclosure(L: State, tableIndex: number, upvalues: number): void;

  lua_createtable(L: State, items: number, fields: number): void;
  lua_rawget(L: State, index: number): number;
  lua_rawset(L: State, index: number): void;
  lua_rawgeti(L: State, index: number, key: bigint): number;
  lua_rawseti(L: State, index: number, key: bigint): void;
  lua_next(L: State, index: number): number;
  lua_getmetatable(L: State, index: number): number;
  lua_setmetatable(L: State, index: number): number;
  lua_getupvalue(L: State, index: number, upvalue: number): Address;

  lua_pcallk(L: State, args: number, results: number, handler: number, context: number, continuation: number): number;
  lua_callk(L: State, args: number, results: number, context: number, continuation: number): void;
  lua_error(L: State): number;
  luaL_loadbufferx(L: State, code: Address, length: number, name: Address, mode: Address): number;
  luaL_callmeta(L: State, index: number, event: Address): number;
  luaL_ref(L: State, index: number): number;
  lua_getstack(L: State, level: number, activation: Address): number;
  lua_getinfo(L: State, what: Address, activation: Address): number;

  malloc(bytes: number): Address;
  free(block: Address): void;
  setThrew(value: number, type: number): void;
  emscripten_stack_init(): void;
  emscripten_stack_get_free(): number;
  stackSave(): Address;
  stackRestore(stack: Address): void;
  stackAlloc(bytes: number): Address;
  __wasm_call_ctors(): void;
}

const names: Readonly<Record<keyof LuaApi, true>> = {
  luaL_newstate: true,
  luaopen_base: true,
  luaopen_coroutine: true,
  luaopen_table: true,
  luaopen_string: true,
  luaopen_utf8: true,
  luaopen_math: true,
  lua_gettop: true,
  lua_settop: true,
  lua_checkstack: true,
  lua_rotate: true,
  lua_pushvalue: true,
  lua_type: true,
  lua_isinteger: true,
  lua_iscfunction: true,
  lua_toboolean: true,
  lua_tonumberx: true,
  lua_tointegerx: true,
  lua_tolstring: true,
  lua_tocfunction: true,
  lua_topointer: true,
  lua_pushnil: true,
  lua_pushboolean: true,
  lua_pushinteger: true,
  lua_pushnumber: true,
  lua_pushlstring: true,
  lua_pushlightuserdata: true,
  lua_pushcclosure: true,
  lua_createtable: true,
  lua_rawget: true,
  lua_rawset: true,
  lua_rawgeti: true,
  lua_rawseti: true,
  lua_next: true,
  lua_getmetatable: true,
  lua_setmetatable: true,
  lua_getupvalue: true,
  lua_pcallk: true,
  lua_callk: true,
  lua_error: true,
  luaL_loadbufferx: true,
  luaL_callmeta: true,
  luaL_ref: true,
  lua_getstack: true,
  lua_getinfo: true,
  malloc: true,
  free: true,
  setThrew: true,
  emscripten_stack_init: true,
  emscripten_stack_get_free: true,
  stackSave: true,
  stackRestore: true,
  stackAlloc: true,
  __wasm_call_ctors: true,
};

/** True when a module's exports hold every function of `LuaApi`. */
export function isLuaApi(exports: unknown): exports is LuaApi {
  if (typeof exports !== "object" || exports === null) return false;
  const found = exports as Readonly<Record<string, unknown>>;
  return Object.keys(names).every((name) => typeof found[name] === "function");
}

/** lua.h: LUA_T… */
export const luaType = {
  nil: 0,
  boolean: 1,
  lightUserdata: 2,
  number: 3,
  string: 4,
  table: 5,
  function: 6,
  userdata: 7,
  thread: 8,
} as const;

/** lua.h: status codes. */
export const luaStatus = { ok: 0, yield: 1, runtime: 2, syntax: 3, memory: 4, handler: 5 } as const;

/** lua.h: LUA_REGISTRYINDEX, with LUAI_MAXSTACK = 1,000,000. */
export const registryIndex = -1_001_000;

/** lua.h: lua_upvalueindex(1). */
export const firstUpvalue: number = registryIndex - 1;

/** lua.h: LUA_RIDX_GLOBALS. */
export const globalsReference = 2n;

// lua_Debug for 32-bit addresses (lua.h), 108 bytes:
//    4  name            i32 address, or 0
//   12  what            i32 address: "Lua", "C", "main"
//   16  source          i32 address: chunk name with its mark
//   24  current line    i32, -1 where unknown
//   28  line defined    i32, -1 for C
export const activationBytes = 112;
export const activation = { name: 4, what: 12, source: 16, currentLine: 24, lineDefined: 28 } as const;
