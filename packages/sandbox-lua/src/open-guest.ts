// Furnishes an interpreter for one plugin: marks, host functions, prelude, modules with their shims, libraries.
// Nothing of the plugin has run when it returns.
import type { HostModuleDeclaration } from "@crucible/sandbox";
import type { HostBridge } from "@crucible/sandbox-thread";
import type { Runtime } from "./engine.ts";
import type { CallState } from "./host-calls.ts";
import { createHostCalls, ownFunction } from "./host-calls.ts";
import { hostFunctionNames, pushHostFunction, pushModules, pushRawModule } from "./host-modules.ts";
import { callOwn, keep, keepGlobal, openState, pushChunk, pushKept, pushOwnChunk, setField } from "./interpreter.ts";
import type { Address, State } from "./lua-api.ts";
import { activation } from "./lua-api.ts";
import type { Machine } from "./machine.ts";
import { preludeSource } from "./prelude.ts";
import type { Chunk, Program } from "./program.ts";
import type { PushValue } from "./push-value.ts";
import { createPushValue } from "./push-value.ts";
import type { ReadValue } from "./read-value.ts";
import { createReadValue } from "./read-value.ts";
import type { Sources } from "./sources.ts";
import { chunkName } from "./sources.ts";
import type { RaisedError } from "./translate-error.ts";
import { captureError } from "./translate-error.ts";

export interface OpenGuest {
  readonly L: State;
  readonly push: PushValue;
  readonly read: ReadValue;
  /** Registry references of the message handler, of the compiled plugin, and of two functions that guests do not have as such. */
  readonly handler: bigint;
  readonly chunk: bigint;
  readonly randomseed: bigint;
  readonly collect: bigint;
  /** Addresses of the names of the author's chunks. */
  readonly sourceAddresses: ReadonlySet<Address>;
  /** The error that the message handler saw last, once. */
  takeRaised(): RaisedError | undefined;
}

export interface OpenGuestOptions {
  readonly runtime: Runtime;
  readonly machine: Machine;
  readonly program: Program;
  readonly sources: Sources;
  readonly modules: readonly HostModuleDeclaration[];
  readonly bridge: HostBridge;
  readonly state: CallState;
}

/** @throws {TypeError} when a shim or a chunk does not load; {OutOfMemory} */
export function openGuest({ runtime, machine, program, sources, modules, bridge, state }: OpenGuestOptions): OpenGuest {
  const { api } = machine;
  const sourceAddresses = new Set<Address>();
  let raised: RaisedError | undefined;

  const L = openState(machine);
  const collect = keepGlobal(machine, L, "collectgarbage");
  const randomseed = keepGlobal(machine, L, "math", "randomseed");
  const marks = {
    array: makeMark(machine, L),
    bytes: makeMark(machine, L),
    failure: makeMark(machine, L),
    null: makeMark(machine, L),
  };
  api.lua_pushlightuserdata(L, 0);
  pushKept(machine, L, marks.null.reference);
  api.lua_setmetatable(L, -2);
  api.lua_settop(L, 0);

  const types = new Map<string, bigint>();
  const push = createPushValue(machine, { array: marks.array.reference, types });
  const read = createReadValue(machine, { array: marks.array.address, bytes: marks.bytes.address }, runtime.isUtf8);
  const functionNames = hostFunctionNames(modules);
  const functionIndex: number = machine.addFunction(
    createHostCalls({
      machine,
      bridge,
      functionNames,
      state,
      read,
      push,
      failureMark: marks.failure.reference,
      sourceAddresses,
      functionIndex: () => functionIndex,
    }),
    runtime.adapter,
  );
  const handlerIndex = machine.addFunction((thread) => {
    raised = captureError(machine, thread, 1, sources, marks.failure.address);
    return 1;
  }, runtime.adapter);
  api.lua_pushcclosure(L, handlerIndex, 0);
  const handler = keep(machine, L);

  // Index 1: what the prelude links shims with. Index 2: the chunks of libraries.
  pushOwnChunk(machine, L, preludeSource, "prelude");
  api.lua_createtable(L, 0, 10);
  api.lua_createtable(L, 0, program.libraries.length);
  for (const library of program.libraries) {
    loadChunk(machine, L, library, sourceAddresses);
    setField(machine, L, library.name);
  }
  setField(machine, L, "libraries");
  pushModules(machine, L, modules, functionIndex, types);
  setField(machine, L, "modules");
  api.lua_createtable(L, 0, 4);
  for (const [name, { reference }] of Object.entries(marks)) {
    pushKept(machine, L, reference);
    setField(machine, L, name);
  }
  setField(machine, L, "marks");
  for (const [name, id] of Object.entries(ownFunction)) {
    pushHostFunction(machine, L, id, functionIndex);
    setField(machine, L, name);
  }
  api.lua_pushlightuserdata(L, 0);
  setField(machine, L, "null");
  machine.pushString(L, availableModules(modules, program));
  setField(machine, L, "available");
  callOwn(machine, L, 1, 1, "prelude");
  for (const module of modules) linkShim(machine, L, module, modules, functionIndex);
  api.lua_settop(L, 0);

  loadChunk(machine, L, program.main, sourceAddresses);
  const chunk = keep(machine, L);
  return {
    L,
    push,
    read,
    handler,
    chunk,
    randomseed,
    collect,
    sourceAddresses,
    takeRaised: () => {
      const found = raised;
      raised = undefined;
      return found;
    },
  };
}

interface Mark {
  readonly reference: bigint;
  readonly address: Address;
}

function makeMark(machine: Machine, L: State): Mark {
  machine.api.lua_createtable(L, 0, 4);
  const address = machine.api.lua_topointer(L, -1);
  return { reference: keep(machine, L), address };
}

// With the prelude's link function on the stack.
function linkShim(
  machine: Machine,
  L: State,
  module: HostModuleDeclaration,
  modules: readonly HostModuleDeclaration[],
  functionIndex: number,
): void {
  const shim = module.shims?.lua;
  if (shim === undefined) return;
  machine.api.lua_pushvalue(L, -1);
  machine.pushString(L, module.name);
  pushRawModule(machine, L, module, modules, functionIndex);
  pushOwnChunk(machine, L, `local host = ... ${shim}`, module.name);
  callOwn(machine, L, 3, 0, `the Lua shim of module ${module.name}`);
}

function loadChunk(machine: Machine, L: State, { file, bytecode }: Chunk, sourceAddresses: Set<Address>): void {
  const refused = pushChunk(machine, L, bytecode, `@${chunkName(file)}`, "b");
  if (refused !== undefined) throw new TypeError(`Cannot load "${file}": ${refused}`);
  machine.api.lua_pushvalue(L, -1);
  machine.api.lua_getinfo(L, machine.cString(">S"), machine.activation);
  sourceAddresses.add(machine.word(machine.activation + activation.source));
}

function availableModules(modules: readonly HostModuleDeclaration[], { libraries }: Program): string {
  const names = [...new Set(["crucible", ...modules.map(({ name }) => name), ...libraries.map(({ name }) => name)])];
  return `this plugin has ${names.toSorted().join(", ")}`;
}
