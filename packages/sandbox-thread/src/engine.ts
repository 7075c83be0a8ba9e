// What a backend implements inside a worker: an engine that compiles and loads, and guests that are called.
// Everything but compiling is synchronous. Threads, deadlines, snapshots and crash handling are the worker's (worker-node.ts), once
// for all engines.
import type {
  ActionSignature,
  Diagnostic,
  ErrorValue,
  HostModuleDeclaration,
  Limits,
  Outcome,
  SourceUnit,
} from "@crucible/sandbox";

/** One language in one worker. The module at a backend's `engineUrl` exports `createEngine`. */
export interface Engine {
  /**
   * Compiles without running guest code. Bounded by the worker's deadline; may throw, which costs the worker's guests. An
   * engine with a large compiler loads it here: most workers only run what was compiled before.
   */
  compile(source: SourceUnit): Outcome<CompiledSource> | Promise<Outcome<CompiledSource>>;
  /**
   * Prepares a guest: memory, runtime, the plugin's code loaded and its top level run, host functions bound but refused
   * (`bridge` throws while loading). The worker takes the snapshot right afterwards.
   */
  load(options: LoadOptions): Outcome<Guest>;
}

/** `shared` is what the backend's `shared` posted, for example a compiled WebAssembly module. */
export type CreateEngine = (shared: unknown) => Engine | Promise<Engine>;

export interface CompiledSource {
  readonly bytes: Uint8Array;
  readonly actions: readonly ActionSignature[] | null;
  readonly warnings: readonly Diagnostic[];
  readonly hostFunctions: readonly string[] | null;
  readonly tests?: readonly string[];
}

export interface LoadOptions {
  readonly plugin: string;
  readonly version: string;
  /** What `ThreadBackendOptions.prepare` made of the artifact on the main thread. */
  readonly payload: unknown;
  readonly modules: readonly HostModuleDeclaration[];
  readonly memoryBytes: number;
  readonly bridge: HostBridge;
}

/** A loaded plugin in its own linear memory. */
export interface Guest {
  readonly memory: WebAssembly.Memory;
  /**
   * Parts of the memory that must be kept for a restore, as [start, end) byte offsets in ascending order; what lies between
   * them (a C stack) needs no restore. Asked once, right after loading.
   */
  snapshotRegions(): readonly (readonly [number, number])[];
  /** End of the memory that was ever written, in bytes; what lies between the snapshot and it is zeroed by a restore. */
  highWater(): number;
  /** Called after the memory was restored, before a call: resets what lives outside of it. */
  afterRestore?(): void;
  /**
   * Runs an exported function. A thrown `GuestInterrupted` must pass through unchanged; any other exception means that the
   * guest is broken and is dropped.
   */
  call(call: GuestCall): GuestOutcome;
}

export interface GuestCall {
  readonly action: string;
  /** Encoded value (value-codec). */
  readonly params: Uint8Array;
  readonly seed: bigint;
  readonly startTime: number;
  readonly limits: Limits;
}

export type GuestOutcome =
  /** The guest's memory is consistent: it may be restored and used again. */
  | { readonly kind: "value"; readonly bytes: Uint8Array; readonly fuel?: number }
  | { readonly kind: "error"; readonly error: ErrorValue; readonly fuel?: number }
  /** A limit or a trap: the guest must not be used again. */
  | { readonly kind: "broken"; readonly error: ErrorValue; readonly fuel?: number };

/** The only way from a guest to the host. Function ids count through the modules' functions in declared order (`listHostFunctions`). */
export interface HostBridge {
  /** Submits and waits for one host call. `args` is an encoded array. */
  call(functionId: number, args: Uint8Array, line?: number): HostReply;
  /** Starts a host call; its ticket is valid in this invocation until it was waited for. */
  submit(functionId: number, args: Uint8Array, line?: number): number;
  /** Blocks until all tickets are answered; replies in the order of the tickets. Unknown tickets: `guest/deadlock`. */
  wait(tickets: readonly number[]): readonly HostReply[];
  /** Text that the guest printed: becomes a log event, metered as output. */
  print(text: string): void;
  /** Non-zero at index 0 when the invocation has to end; for engines that can poll it. */
  readonly interrupt: Int32Array;
}

export interface HostReply {
  readonly ok: boolean;
  /** The encoded result, or the encoded error object `{code, message, details?}`. A view that is valid until the next call. */
  readonly bytes: Uint8Array;
  /** Unix milliseconds for the guest's clock. */
  readonly time: number;
}

/** Thrown through a guest by the bridge, and by engines that poll `interrupt`, when the invocation has to end. */
export class GuestInterrupted extends Error {
  constructor() {
    super("The invocation was ended from outside");
    this.name = "GuestInterrupted";
  }
}
