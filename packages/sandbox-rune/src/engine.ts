// The Rune engine of one worker: compiles source, instantiates compiled forms, calls them. Snapshots, threads and deadlines are
// the worker's; the program polls the interrupt flag by itself.
import { instantiate, loadModule, type RuneInstance } from "@crucible/rune-compiler/execute";
import { succeed, type Outcome } from "@crucible/sandbox";
import {
  GuestInterrupted,
  type CreateEngine,
  type Engine,
  type Guest,
  type GuestCall,
  type GuestOutcome,
  type LoadOptions,
} from "@crucible/sandbox-thread";
import { createHostCall } from "./host-request.ts";

/** What `RuneBackend` prepares for the worker: the bytes, and the module compiled once for all workers. */
export interface RunePayload {
  readonly bytes: Uint8Array;
  readonly module: WebAssembly.Module;
}

/** Loaded by each worker. */
export const createEngine: CreateEngine = (): Engine => ({
  compile: async (source) => (await import("./compile-source.ts")).compileSource(source),
  load: loadGuest,
});

function loadGuest(options: LoadOptions): Outcome<Guest> {
  // Made by our own backend on the main thread.
  const { bytes, module } = options.payload as RunePayload;
  const loaded = loadModule(bytes, module);
  if (!loaded.ok) return loaded;
  const { bridge } = options;
  const hostFailures = new Set<string>();
  const printer = createPrinter((line) => bridge.print(line));
  const made = instantiate(loaded.value, {
    memoryBytes: options.memoryBytes,
    poll: () => {
      if (Atomics.load(bridge.interrupt, 0) !== 0) throw new GuestInterrupted();
    },
    write: printer.write,
    hostCall: createHostCall(options.modules, bridge, (code) => hostFailures.add(code)),
  });
  if (!made.ok) return made;
  const instance = made.value;
  return succeed({
    memory: instance.memory,
    snapshotRegions: () => [[0, instance.highWater()]],
    highWater: () => instance.highWater(),
    call: (call) => {
      hostFailures.clear();
      return withoutForgery(callInstance(instance, call, printer.flush), hostFailures);
    },
  });
}

function callInstance(instance: RuneInstance, { action, params, limits }: GuestCall, flush: () => void): GuestOutcome {
  instance.beginCall({
    ...(limits.fuel === undefined ? {} : { fuel: BigInt(limits.fuel) }),
    outputBytes: limits.output_bytes,
  });
  const outcome = instance.callEncoded(action, params);
  flush();
  const fuel = Number(instance.fuelUsed());
  if (outcome.ok) return { kind: "value", bytes: outcome.bytes, fuel };
  const { error } = outcome;
  // What the program returned as an error left the memory whole; everything else was thrown through the runtime.
  return { kind: error.details?.["returned"] === true ? "error" : "broken", error, fuel };
}

/**
 * An error that the program returned keeps its code only where the host failed with it in this call: a program cannot end
 * with a limit or a denial that it made up.
 */
function withoutForgery(outcome: GuestOutcome, hostFailures: ReadonlySet<string>): GuestOutcome {
  if (outcome.kind !== "error" || hostFailures.has(outcome.error.code)) return outcome;
  return { ...outcome, error: { ...outcome.error, code: "guest/exception" } };
}

/** Joins what is printed to lines; the last one may lack its end. */
function createPrinter(print: (line: string) => void): {
  readonly write: (bytes: Uint8Array) => void;
  readonly flush: () => void;
} {
  const decoder = new TextDecoder();
  let pending = "";
  return {
    write: (bytes) => {
      const lines = (pending + decoder.decode(bytes)).split("\n");
      pending = lines.pop() ?? "";
      for (const line of lines) print(line);
    },
    flush: () => {
      if (pending !== "") print(pending);
      pending = "";
    },
  };
}
