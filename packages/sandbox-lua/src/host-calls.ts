// What happens when Lua calls a function of the host: arguments out, the bridge, the result or a raised failure in.
// One C function serves all; its upvalue says which function it stands for.
import type { ErrorValue } from "@crucible/sandbox";
import { CrucibleError, decodeValue, encodeValue, fromPlain, toPlain } from "@crucible/sandbox";
import type { HostBridge, HostReply } from "@crucible/sandbox-thread";
import type { Address, State } from "./lua-api.ts";
import { activation, firstUpvalue, luaType, registryIndex } from "./lua-api.ts";
import type { Machine } from "./machine.ts";
import type { PushValue } from "./push-value.ts";
import type { ReadValue } from "./read-value.ts";
import { RefusedValue } from "./read-value.ts";

/** Functions of the engine itself; those of modules have the ids 0 and up of the bridge. */
export const ownFunction = { print: -1, submit: -2, wait: -3, waitAll: -4, clock: -5 } as const;

/** What lives outside of the guest's memory for the length of one invocation. */
export interface CallState {
  /** No call runs: the plugin is being loaded, and the host answers nothing. */
  loading: boolean;
  /** Unix milliseconds. */
  clock: number;
  /** Failures that were raised in the guest, the newest last. */
  failures: ErrorValue[];
  maxArgumentBytes: number;
  maxOutputBytes: number;
  /** What was printed while loading; each call prints it again, because each behaves as if it had loaded the plugin. */
  printed: string[];
}

export interface HostCallParts {
  readonly machine: Machine;
  readonly bridge: HostBridge;
  /** `module.function` by id. */
  readonly functionNames: readonly string[];
  readonly state: CallState;
  readonly read: ReadValue;
  readonly push: PushValue;
  /** Registry reference of the metatable of failures. */
  readonly failureMark: bigint;
  /** Addresses of the names of the author's chunks. */
  readonly sourceAddresses: ReadonlySet<Address>;
  /** Index of the C function in the table. */
  readonly functionIndex: () => number;
}

const maxLevels = 12;
const keptFailures = 64;
const maxLoadOutput = 65_536;

export function createHostCalls(parts: HostCallParts): (L: State) => number {
  const { machine, bridge, functionNames, state, read, push, failureMark, sourceAddresses } = parts;
  const { api } = machine;

  return (L) => {
    const id = api.lua_tonumberx(L, firstUpvalue, 0);
    switch (id) {
      case ownFunction.print:
        // One byte more than may be printed is enough to be stopped for it.
        print(machine.readString(L, 1, state.maxOutputBytes + 1));
        return 0;
      case ownFunction.clock:
        api.lua_pushinteger(L, BigInt(Math.trunc(state.clock)));
        return 1;
      case ownFunction.submit:
        return submit(L);
      case ownFunction.wait:
        return wait(L, false);
      case ownFunction.waitAll:
        return wait(L, true);
      default:
        return call(L, id);
    }
  };

  function call(L: State, id: number): number {
    const args = readArguments(L, 1, id);
    const reply = guard(L, () => bridge.call(id, args, currentLine(L)));
    state.clock = Math.max(state.clock, reply.time);
    if (!reply.ok) raiseReply(L, reply);
    api.lua_settop(L, 0);
    push(L, reply.bytes);
    return 1;
  }

  function submit(L: State): number {
    const id = hostFunctionId(L, 1);
    if (id === undefined) {
      raise(L, {
        code: "host/invalid-argument",
        message: "Cannot submit: the first argument is no host function (one that a module built in Lua is none)",
      });
    }
    const args = readArguments(L, 2, id);
    const ticket = guard(L, () => bridge.submit(id, args, currentLine(L)));
    api.lua_pushinteger(L, BigInt(ticket));
    return 1;
  }

  // `all`: a result for each ticket, null as crucible.null; otherwise one ticket, null as nil.
  function wait(L: State, all: boolean): number {
    refuseWhileLoading(L, "crucible.wait");
    const count = api.lua_gettop(L);
    const tickets: number[] = [];
    for (let index = 1; index <= count; index++)
      tickets.push(api.lua_isinteger(L, index) === 0 ? -1 : api.lua_tonumberx(L, index, 0));
    const replies = guard(L, () => bridge.wait(tickets));
    for (const { time } of replies) state.clock = Math.max(state.clock, time);
    const failed = replies.find(({ ok }) => !ok);
    if (failed !== undefined) raiseReply(L, failed);
    api.lua_settop(L, 0);
    machine.reserveSlots(L, replies.length + 8);
    for (const { bytes } of replies) {
      push(L, bytes);
      if (all && api.lua_type(L, -1) === luaType.nil) {
        api.lua_settop(L, -2);
        api.lua_pushlightuserdata(L, 0);
      }
    }
    return replies.length;
  }

  function print(text: string): void {
    if (!state.loading) {
      bridge.print(text);
    } else if (state.printed.reduce((sum, { length }) => sum + length, text.length) <= maxLoadOutput) {
      state.printed.push(text);
    }
  }

  function readArguments(L: State, first: number, id: number): Uint8Array {
    const name = functionNames[id] ?? "a host function";
    refuseWhileLoading(L, name);
    try {
      return read.list(L, first, state.maxArgumentBytes);
    } catch (thrown) {
      if (!(thrown instanceof RefusedValue)) throw thrown;
      // The path begins with the argument: `[1].tags[2]`.
      const path = thrown.path.replace(
        /^ at \[(\d+)\]\.?/,
        (_, index: string) => ` in argument ${index}${thrown.path.length > index.length + 6 ? " at " : ""}`,
      );
      return raise(L, {
        code: thrown.code,
        message: `Cannot call ${name}${path}: ${thrown.message}`,
        details: { operation: name },
      });
    }
  }

  function refuseWhileLoading(L: State, name: string): void {
    if (!state.loading) return;
    raise(L, {
      code: "host/unavailable",
      message: `Cannot call ${name} while the plugin is being loaded: call it inside an action`,
      details: {
        hint: "Move the call into a function; what stands outside of functions runs before there is an invocation",
      },
    });
  }

  function hostFunctionId(L: State, index: number): number | undefined {
    if (api.lua_tocfunction(L, index) !== parts.functionIndex() || api.lua_getupvalue(L, index, 1) === 0)
      return undefined;
    const id = api.lua_tonumberx(L, -1, 0);
    api.lua_settop(L, -2);
    return id >= 0 ? id : undefined;
  }

  // What the bridge itself refuses is a failure like any other; an interrupt passes through.
  function guard<T>(L: State, run: () => T): T {
    try {
      return run();
    } catch (thrown) {
      if (thrown instanceof CrucibleError) return raise(L, thrown.toErrorValue());
      throw thrown;
    }
  }

  function raiseReply(L: State, { bytes }: HostReply): never {
    const decoded = decodeValue(bytes);
    if (decoded.ok) remember(toPlain(decoded.value) as ErrorValue);
    return raiseEncoded(L, bytes);
  }

  function raise(L: State, error: ErrorValue): never {
    remember(error);
    const encoded = encodeValue(fromPlain({ code: error.code, message: error.message, details: { ...error.details } }));
    if (!encoded.ok) throw new CrucibleError("host/internal", `Cannot raise a failure: ${encoded.error.message}`);
    return raiseEncoded(L, encoded.value);
  }

  function raiseEncoded(L: State, bytes: Uint8Array): never {
    push(L, bytes);
    api.lua_rawgeti(L, registryIndex, failureMark);
    api.lua_setmetatable(L, -2);
    api.lua_error(L);
    throw new Error("lua_error returned");
  }

  function remember(error: ErrorValue): void {
    if (state.failures.length >= keptFailures) state.failures.shift();
    state.failures.push(error);
  }

  function currentLine(L: State): number | undefined {
    const at = machine.activation;
    const what = machine.cString("Sl");
    for (let level = 1; level < maxLevels && api.lua_getstack(L, level, at) !== 0; level++) {
      api.lua_getinfo(L, what, at);
      if (sourceAddresses.has(machine.word(at + activation.source))) return machine.word(at + activation.currentLine);
    }
    return undefined;
  }
}
