// One loaded plugin and its calls. The worker restores the memory between calls; what a call changes outside of it is in
// `CallState` and set anew by the next one.
import type { ErrorDetails, ErrorValue, Outcome, StackFrame } from "@crucible/sandbox";
import { succeed } from "@crucible/sandbox";
import type { Guest, GuestCall, GuestOutcome, LoadOptions } from "@crucible/sandbox-thread";
import type { Runtime } from "./engine.ts";
import type { CallState } from "./host-calls.ts";
import { functionsOf, keep, pushKept } from "./interpreter.ts";
import { globalsReference, luaStatus, luaType } from "./lua-api.ts";
import { heapStart, Machine, OutOfMemory, staticEnd } from "./machine.ts";
import type { OpenGuest } from "./open-guest.ts";
import { openGuest } from "./open-guest.ts";
import type { Chunk, Program } from "./program.ts";
import { RefusedValue } from "./read-value.ts";
import type { Sources } from "./sources.ts";
import { createSources } from "./sources.ts";
import type { EntryPlace, ErrorSubject } from "./translate-error.ts";
import { entryPlace, readFrames, translateError } from "./translate-error.ts";

/** What the plugin's code made: its public functions, and the table that they are fields of. */
interface Actions {
  /** Lines where they are defined, by name. */
  readonly lines: ReadonlyMap<string, number>;
  readonly table: bigint;
}

interface LoadedGuest {
  readonly machine: Machine;
  readonly open: OpenGuest;
  readonly sources: Sources;
  readonly state: CallState;
}

/**
 * Prepares a plugin; its chunk runs once, without host functions.
 *
 * @returns the guest, or what its chunk raised, or `limit/memory`
 */
export function loadGuest(runtime: Runtime, options: LoadOptions, program: Program): Outcome<Guest> {
  const { plugin, version, modules, bridge, memoryBytes } = options;
  const machine = new Machine(runtime.module, memoryBytes);
  const sources = createSources([program.main, ...program.libraries]);
  const state: CallState = {
    loading: true,
    clock: 0,
    failures: [],
    maxArgumentBytes: memoryBytes,
    maxOutputBytes: 65_536,
    printed: [],
  };
  try {
    const open = openGuest({ runtime, machine, program, sources, modules, bridge, state });
    const guest = { machine, open, sources, state };
    const actions = runPlugin(guest, { plugin, version }, program.main);
    if (!actions.ok) return actions;
    state.loading = false;
    return succeed(createGuest(guest, actions.value, options, program.main.file));
  } catch (thrown) {
    if (thrown instanceof OutOfMemory) return { ok: false, error: memoryError(machine, { plugin, version }) };
    throw thrown;
  }
}

function createGuest(
  guest: LoadedGuest,
  actions: Actions,
  { plugin, version, bridge }: LoadOptions,
  file: string,
): Guest {
  const { machine, open, state } = guest;
  const { api } = machine;
  const { L } = open;
  const end = usedEnd(machine);

  const run = (request: GuestCall, subject: ErrorSubject, entry: EntryPlace): GuestOutcome => {
    for (const text of state.printed) bridge.print(text);
    api.lua_settop(L, 0);
    pushKept(machine, L, open.randomseed);
    api.lua_pushinteger(L, BigInt.asIntN(64, request.seed));
    api.lua_pushinteger(L, 0n);
    api.lua_callk(L, 2, 0, 0, 0);
    pushKept(machine, L, open.handler);
    pushKept(machine, L, actions.table);
    machine.pushString(L, request.action);
    api.lua_rawget(L, -2);
    open.push(L, request.params);
    const status = api.lua_pcallk(L, 1, 1, 1, 0, 0);
    if (status !== luaStatus.ok) return { kind: "error", error: raisedError(guest, subject, entry) };
    try {
      return { kind: "value", bytes: open.read.value(L, request.limits.output_bytes) };
    } catch (thrown) {
      if (!(thrown instanceof RefusedValue)) throw thrown;
      return { kind: "error", error: refusedResult(thrown, subject) };
    }
  };

  return {
    memory: machine.memory,
    // Between them lies the C stack, which holds nothing between calls.
    snapshotRegions: () => [
      [0, staticEnd],
      [heapStart, end],
    ],
    highWater: () => machine.heapEnd(),
    afterRestore: () => machine.reset(),
    call: (request) => {
      const subject = { plugin, version, action: request.action };
      const line = actions.lines.get(request.action);
      if (line === undefined) {
        return {
          kind: "error",
          error: {
            code: "plugin/action-not-found",
            message: `Action '${request.action}' not found in plugin '${plugin}'`,
            details: subject,
          },
        };
      }
      state.failures = [];
      state.clock = request.startTime;
      state.maxArgumentBytes = request.limits.memory_bytes;
      state.maxOutputBytes = request.limits.output_bytes;
      try {
        return run(request, subject, { file, line });
      } catch (thrown) {
        if (!(thrown instanceof OutOfMemory)) throw thrown;
        return { kind: "broken", error: memoryError(machine, { ...subject, ...placeOf(guest, { file, line }) }) };
      }
    },
  };
}

// Runs the chunk, finds its actions, and leaves a tidy heap.
function runPlugin(guest: LoadedGuest, subject: ErrorSubject, { file, firstLine }: Chunk): Outcome<Actions> {
  const { machine, open } = guest;
  const { api } = machine;
  const { L } = open;
  pushKept(machine, L, globalsReference);
  pushKept(machine, L, open.handler);
  pushKept(machine, L, open.chunk);
  if (api.lua_pcallk(L, 0, 1, 2, 0, 0) !== luaStatus.ok)
    return { ok: false, error: raisedError(guest, subject, { file, line: firstLine }) };
  const returnsTable = api.lua_type(L, -1) === luaType.table;
  if (!returnsTable) api.lua_settop(L, 1);
  // A name that begins with an underscore is private; what the author's files do not define is no action.
  const lines = new Map<string, number>();
  for (const [name, { source, line }] of functionsOf(machine, L)) {
    if (!name.startsWith("_") && open.sourceAddresses.has(source)) lines.set(name, line);
  }
  const table = returnsTable ? keep(machine, L) : globalsReference;
  api.lua_settop(L, 0);
  for (let round = 0; round < 2; round++) {
    pushKept(machine, L, open.collect);
    api.lua_callk(L, 0, 0, 0, 0);
  }
  return succeed({ lines, table });
}

function raisedError(
  { machine, open, sources, state }: LoadedGuest,
  subject: ErrorSubject,
  entry: EntryPlace,
): ErrorValue {
  // Without a handler's report the error is one that Lua raises where no handler can run.
  const raised = open.takeRaised() ?? {
    message: machine.readString(open.L, -1, 4096),
    guestCode: undefined,
    isFailure: false,
    frames: [],
  };
  return translateError(raised, sources, subject, entry, state.failures);
}

function refusedResult({ code, message, path, limit }: RefusedValue, subject: ErrorSubject): ErrorValue {
  const details: ErrorDetails = limit === undefined ? { ...subject } : { ...subject, limit };
  return { code, message: `Cannot return the result${path}: ${message}`, details };
}

function memoryError({ memoryBytes, memory }: Machine, details: ErrorDetails): ErrorValue {
  return {
    code: "limit/memory",
    message: `The plugin needed more than its ${memoryBytes} bytes of memory`,
    details: { ...details, limit: { limit: memoryBytes, used: memory.buffer.byteLength, unit: "bytes" } },
  };
}

// The frames of the main thread still stand as they were when the allocation failed.
function placeOf({ machine, open, sources }: LoadedGuest, entry: EntryPlace): ErrorDetails {
  let stack: readonly StackFrame[] = [];
  try {
    stack = readFrames(machine, open.L, sources);
  } catch {
    // A broken machine may not even answer that; the entry is still known.
  }
  const [first] = stack;
  return first === undefined
    ? { place: entryPlace(entry, sources) }
    : { place: sources.place(first.file, first.line, ""), stack };
}

// End of what is not zero: what follows is zeroed by each restore.
function usedEnd(machine: Machine): number {
  let end = machine.heapEnd();
  while (end > heapStart && machine.bytes[end - 1] === 0) end--;
  return Math.min((end + 15) & ~15, machine.memory.buffer.byteLength);
}
