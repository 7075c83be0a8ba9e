// A Lua state with the permitted libraries, and the few stack idioms that everything above it uses.
import type { Address, State } from "./lua-api.ts";
import { activation, globalsReference, luaStatus, luaType, registryIndex } from "./lua-api.ts";
import type { Machine } from "./machine.ts";
import { OutOfMemory } from "./machine.ts";
import { openedLibraries } from "./permits.ts";

/** Makes the machine's one Lua state; libraries are as the standard has them, hardening is the prelude's. */
export function openState(machine: Machine): State {
  const { api } = machine;
  const L = api.luaL_newstate();
  if (L === 0) throw new OutOfMemory();
  for (const library of openedLibraries) {
    api.lua_rawgeti(L, registryIndex, globalsReference);
    api[`luaopen_${library}`](L);
    setField(machine, L, library === "base" ? "_G" : library);
    api.lua_settop(L, -2);
  }
  return L;
}

/** Sets a field of the table below the top to the value on top, which is popped. No metamethods. */
export function setField(machine: Machine, L: State, name: string): void {
  machine.pushString(L, name);
  machine.api.lua_rotate(L, -2, 1);
  machine.api.lua_rawset(L, -3);
}

/** Pushes a field of the table on top; returns its type. No metamethods. */
export function getField(machine: Machine, L: State, name: string): number {
  machine.pushString(L, name);
  return machine.api.lua_rawget(L, -2);
}

/** Keeps the value on top in the registry; pops it. */
export function keep(machine: Machine, L: State): bigint {
  return BigInt(machine.api.luaL_ref(L, registryIndex));
}

export function pushKept(machine: Machine, L: State, reference: bigint): void {
  machine.api.lua_rawgeti(L, registryIndex, reference);
}

/** A global, or a field of a global table, kept in the registry. */
export function keepGlobal(machine: Machine, L: State, ...path: readonly string[]): bigint {
  pushKept(machine, L, globalsReference);
  for (const name of path) getField(machine, L, name);
  const reference = keep(machine, L);
  machine.api.lua_settop(L, -path.length - 1);
  return reference;
}

// Bounds of what is kept outside of the guest's memory for a plugin that makes a million globals, or names of megabytes.
const mostFunctions = 10_000;
const longestName = 255;

/** Functions in the table on top that have a text as name, as they are now. */
export function functionsOf(machine: Machine, L: State): ReadonlyMap<string, FoundFunction> {
  const { api } = machine;
  const found = new Map<string, FoundFunction>();
  api.lua_pushnil(L);
  while (api.lua_next(L, -2) !== 0) {
    if (found.size === mostFunctions) {
      api.lua_settop(L, -3);
      break;
    }
    if (api.lua_type(L, -2) === luaType.string && api.lua_type(L, -1) === luaType.function) {
      const name = machine.readString(L, -2, longestName);
      // Pops the function.
      api.lua_getinfo(L, machine.cString(">S"), machine.activation);
      found.set(name, {
        source: machine.word(machine.activation + activation.source),
        line: machine.word(machine.activation + activation.lineDefined),
      });
    } else {
      api.lua_settop(L, -2);
    }
  }
  return found;
}

export interface FoundFunction {
  /** Address of the name of its chunk. */
  readonly source: Address;
  /** Line where it is defined; -1 for a function of Lua or of the host. */
  readonly line: number;
}

/**
 * Pushes a compiled chunk.
 *
 * @param mode `t`: source, `b`: bytecode of our own
 * @returns the message, when Lua refuses it
 */
export function pushChunk(
  machine: Machine,
  L: State,
  code: Uint8Array,
  name: string,
  mode: "t" | "b",
): string | undefined {
  const { api } = machine;
  const status = machine.place(code, (address, length) =>
    api.luaL_loadbufferx(L, address, length, machine.cString(name, 0), machine.cString(mode, 1)),
  );
  if (status === luaStatus.ok) return undefined;
  const message = machine.readString(L, -1, 4096);
  api.lua_settop(L, -2);
  return message;
}

/** Pushes a chunk of the engine's own. Throws when it does not compile. */
export function pushOwnChunk(machine: Machine, L: State, source: string, name: string): void {
  const refused = pushChunk(machine, L, new TextEncoder().encode(source), `=${name}`, "t");
  if (refused !== undefined) throw new TypeError(`Cannot load ${name}: ${refused}`);
}

/** Calls a function of the engine's own, whose failure is a mistake of the host. */
export function callOwn(machine: Machine, L: State, args: number, results: number, name: string): void {
  if (machine.api.lua_pcallk(L, args, results, 0, 0, 0) === luaStatus.ok) return;
  throw new TypeError(`Cannot run ${name}: ${machine.readString(L, -1, 4096)}`);
}
