// A plugin loaded by the engine in this thread, with a bridge that the test scripts; restored after each call as a worker does.
import { isUtf8 } from "node:buffer";
import type { ErrorValue, HostModuleDeclaration, LibrarySource, Limits, Outcome, Value } from "@crucible/sandbox";
import {
  CrucibleError,
  decodeValue,
  defaultLimits,
  encodeValue,
  fromPlain,
  listHostFunctions,
  unwrap,
} from "@crucible/sandbox";
import { adaptRuntime, createLuaEngine, readLuaRuntime } from "@crucible/sandbox-lua";
import type { CompiledSource, Guest, GuestCall, GuestOutcome, HostBridge, HostReply } from "@crucible/sandbox-thread";
import { takeSnapshot } from "@crucible/sandbox-thread";

export const engine = createLuaEngine(isUtf8)(new WebAssembly.Module(adaptRuntime(readLuaRuntime())));

export interface HostCall {
  readonly name: string;
  readonly args: readonly Value[];
  readonly line: number | undefined;
}

export interface LoadSettings {
  readonly file?: string;
  readonly firstLine?: number;
  readonly memoryBytes?: number;
  readonly modules?: readonly HostModuleDeclaration[];
  readonly libraries?: readonly LibrarySource[];
  /** Answers host calls; by default with null. */
  readonly answer?: (call: HostCall) => Outcome<Value>;
}

export interface CallSettings {
  readonly seed?: bigint;
  readonly startTime?: number;
  readonly limits?: Partial<Limits>;
}

export interface LoadedPlugin {
  readonly guest: Guest;
  readonly printed: string[];
  readonly calls: HostCall[];
  /** Time that the next answers carry. */
  time: number;
  /** Puts the memory back, as after every call that did not break the guest. */
  restore(): void;
  /** Calls an action and restores the memory. */
  run(action: string, params?: Value, settings?: CallSettings): GuestOutcome;
  /** Like `run`, for actions that must return a value. */
  call(action: string, params?: Value, settings?: CallSettings): Value;
  /** Like `run`, for actions that must fail. */
  fail(action: string, params?: Value, settings?: CallSettings): ErrorValue;
}

export function compile(text: string, settings: LoadSettings = {}): Outcome<CompiledSource> {
  const { file = "plugin.lua", firstLine = 1, modules = [], libraries = [] } = settings;
  return engine.compile({ file, text, firstLine, modules, libraries });
}

export function tryLoad(text: string, settings: LoadSettings = {}): Outcome<LoadedPlugin> {
  const { modules = [], memoryBytes = 100 * 1024 * 1024, answer = () => ({ ok: true, value: null }) } = settings;
  const names = modules.flatMap((module) => listHostFunctions(module).map(({ name }) => `${module.name}.${name}`));
  const printed: string[] = [];
  const calls: HostCall[] = [];
  const tickets = new Map<number, HostReply>();
  const reply = (id: number, args: Uint8Array, line: number | undefined): HostReply => {
    const call = { name: names[id] ?? `#${id}`, args: unwrap(decodeValue(args)) as readonly Value[], line };
    calls.push(call);
    const outcome = answer(call);
    const bytes = unwrap(encodeValue(outcome.ok ? outcome.value : fromPlain(outcome.error)));
    return { ok: outcome.ok, bytes, time: plugin.time };
  };
  const bridge: HostBridge = {
    call: reply,
    submit: (id, args, line) => {
      tickets.set(tickets.size + 1, reply(id, args, line));
      return tickets.size;
    },
    wait: (wanted) =>
      wanted.map((ticket) => {
        const found = tickets.get(ticket);
        if (found === undefined)
          throw new CrucibleError("guest/deadlock", `Cannot wait for ticket ${ticket}: it is unknown`);
        return found;
      }),
    print: (text_) => printed.push(text_),
    interrupt: new Int32Array(1),
  };
  const compiled = compile(text, settings);
  if (!compiled.ok) return compiled;
  const loaded = engine.load({
    plugin: "test",
    version: "1.2.3",
    payload: compiled.value.bytes,
    modules,
    memoryBytes,
    bridge,
  });
  if (!loaded.ok) return loaded;
  const guest = loaded.value;
  const snapshot = takeSnapshot(guest.memory, guest.snapshotRegions());
  const plugin: LoadedPlugin = {
    guest,
    printed,
    calls,
    time: 0,
    restore: () => {
      snapshot.restore(guest.highWater());
      guest.afterRestore?.();
    },
    run: (action, params = null, { seed = 1n, startTime = 0, limits = {} } = {}) => {
      const request: GuestCall = {
        action,
        params: unwrap(encodeValue(params)),
        seed,
        startTime,
        limits: { ...defaultLimits, memory_bytes: memoryBytes, ...limits },
      };
      const outcome = guest.call(request);
      if (outcome.kind !== "broken") plugin.restore();
      return outcome;
    },
    call: (action, params, callSettings) => {
      const outcome = plugin.run(action, params, callSettings);
      if (outcome.kind !== "value")
        throw new CrucibleError(outcome.error.code, outcome.error.message, outcome.error.details);
      return unwrap(decodeValue(outcome.bytes));
    },
    fail: (action, params, callSettings) => {
      const outcome = plugin.run(action, params, callSettings);
      if (outcome.kind === "value")
        throw new Error(`${action} returned ${JSON.stringify(unwrap(decodeValue(outcome.bytes)))}`);
      return outcome.error;
    },
  };
  return { ok: true, value: plugin };
}

export function load(text: string, settings: LoadSettings = {}): LoadedPlugin {
  return unwrap(tryLoad(text, settings));
}

/** Runs the body of `main(params)` once. */
export function evaluate(body: string, params: Value = null, settings: LoadSettings = {}): Value {
  return load(`function main(params) ${body}\nend`, settings).call("main", params);
}

/** The failure of the body of `main(params)`. */
export function failure(body: string, params: Value = null, settings: LoadSettings = {}): ErrorValue {
  return load(`function main(params) ${body}\nend`, settings).fail("main", params);
}
