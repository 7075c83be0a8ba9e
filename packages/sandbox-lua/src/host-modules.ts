// Host modules as Lua tables: functions (nested by the dots of their names), types with methods, shims.
import type { HostModuleDeclaration } from "@crucible/sandbox";
import { listHostFunctions } from "@crucible/sandbox";
import type { State } from "./lua-api.ts";
import { luaType } from "./lua-api.ts";
import { keep, setField } from "./interpreter.ts";
import type { Machine } from "./machine.ts";

/** `module.function` of every function, by the id that the bridge counts with. */
export function hostFunctionNames(modules: readonly HostModuleDeclaration[]): readonly string[] {
  return modules.flatMap((module) => listHostFunctions(module).map(({ name }) => `${module.name}.${name}`));
}

/**
 * Pushes a table with one table for each module, without what shims add, and keeps the metatables of types in the registry.
 *
 * @param types gets their references, by the text in `$type`
 */
export function pushModules(
  machine: Machine,
  L: State,
  modules: readonly HostModuleDeclaration[],
  functionIndex: number,
  types: Map<string, bigint>,
): void {
  const { api } = machine;
  api.lua_createtable(L, 0, modules.length + 1);
  for (const module of modules) {
    pushRawModule(machine, L, module, modules, functionIndex);
    setField(machine, L, module.name);
    let id = firstId(module, modules) + module.functions.length;
    for (const { name, methods } of module.types ?? []) {
      api.lua_createtable(L, 0, 2);
      machine.pushString(L, `${module.name}.${name}`);
      setField(machine, L, "__name");
      api.lua_createtable(L, 0, methods.length);
      for (const method of methods) setFunction(machine, L, [method.name], id++, functionIndex);
      setField(machine, L, "__index");
      types.set(`${module.name}.${name}`, keep(machine, L));
    }
  }
}

/** Pushes a table with the declared functions of one module. */
export function pushRawModule(
  machine: Machine,
  L: State,
  module: HostModuleDeclaration,
  modules: readonly HostModuleDeclaration[],
  functionIndex: number,
): void {
  let id = firstId(module, modules);
  machine.api.lua_createtable(L, 0, module.functions.length);
  for (const { name } of module.functions) setFunction(machine, L, name.split("."), id++, functionIndex);
}

/** Pushes the C function that stands for a host function. */
export function pushHostFunction(machine: Machine, L: State, id: number, functionIndex: number): void {
  machine.api.lua_pushinteger(L, BigInt(id));
  machine.api.lua_pushcclosure(L, functionIndex, 1);
}

// Sets a function in the table on top of the stack; tables on the way are made.
function setFunction(machine: Machine, L: State, path: readonly string[], id: number, functionIndex: number): void {
  const { api } = machine;
  const [name = "", ...rest] = path;
  machine.pushString(L, name);
  if (rest.length === 0) {
    pushHostFunction(machine, L, id, functionIndex);
    api.lua_rawset(L, -3);
    return;
  }
  api.lua_pushvalue(L, -1);
  if (api.lua_rawget(L, -3) !== luaType.table) {
    api.lua_settop(L, -2);
    api.lua_createtable(L, 0, 4);
    api.lua_pushvalue(L, -2);
    api.lua_pushvalue(L, -2);
    api.lua_rawset(L, -5);
  }
  setFunction(machine, L, rest, id, functionIndex);
  api.lua_settop(L, -3);
}

// Ids count through the functions of all modules; in each, functions come before the methods of its types.
function firstId(module: HostModuleDeclaration, modules: readonly HostModuleDeclaration[]): number {
  return modules.slice(0, modules.indexOf(module)).reduce((sum, other) => sum + listHostFunctions(other).length, 0);
}
