// The contract of a runtime: from source to artifact to instance to outcome. Whoever implements it runs the conformance
// suite against it. Everything that is true afterwards stands on each method.
import type { HostModuleDeclaration, Language } from "./host-module.ts";
import type { InvocationContext } from "./invocation-context.ts";
import type { InvocationEvent, InvocationHandle } from "./invocation.ts";
import type { LimitName, Limits } from "./limits.ts";
import type { Diagnostic, Outcome } from "./outcome.ts";
import type { Value } from "./value.ts";

/** One implementation of one language. */
export interface Backend {
  /** Short name: `lua`, `rune`. */
  readonly id: string;
  readonly language: Language;
  /** File name endings, with the dot. */
  readonly extensions: readonly string[];
  /** Changes whenever artifacts of before must not be used any more; part of every cache key. */
  readonly abi: string;
  /** Limits that it enforces; asking for another (only `fuel` is optional) is a validation error. */
  readonly limits: readonly LimitName[];
  readonly features: BackendFeatures;

  /**
   * Compiles one plugin in a worker, under a deadline, without host functions and without running guest code.
   *
   * @returns an artifact (with warnings), or `compile/*` with all findings in `details.diagnostics`, sorted by place;
   * `limit/deadline` and `limit/memory` when the compiler itself ran into its bounds. The backend is usable afterwards in
   * any case. Equal inputs give equal bytes.
   */
  compile(source: SourceUnit): Promise<Outcome<Artifact>>;

  /**
   * Binds an artifact to the modules and the memory that its calls will have. No guest code runs yet.
   *
   * @returns an instance that the caller disposes of, or `compile/artifact-rejected` for bytes that are damaged, foreign or of
   * another ABI
   */
  instantiate(artifact: Artifact, options: InstanceOptions): Promise<Outcome<Instance>>;

  /**
   * Ends running calls with `invocation/cancelled`, disposes of all instances and releases what the backend holds.
   * Repeated calls have no effect; other methods fail afterwards with `host/unavailable`.
   */
  dispose(): Promise<void>;
}

export interface BackendFeatures {
  /** Source can cause a WebAssembly trap (components); interpreters must not. */
  readonly traps: boolean;
  /** `fuel` is metered and equal runs cost equal fuel. */
  readonly fuel: boolean;
  /** Artifacts are safe to load from anybody (verified on load) or must be authenticated by the cache. */
  readonly artifacts: "portable" | "local";
}

export interface SourceUnit {
  /** As the author knows the file; used in every place that is reported. */
  readonly file: string;
  /** The code without the front matter, padded or offset so that line numbers are those of the file. */
  readonly text: string;
  /** Binary source (components); `text` is empty then. */
  readonly bytes?: Uint8Array;
  /** Line of the file at which `text` begins, from 1. */
  readonly firstLine: number;
  /** Modules that the code may import: granted host modules and stubs of dependencies. */
  readonly modules: readonly HostModuleDeclaration[];
  /** Source of `kind: library` dependencies of the same language, linked into the guest under its authority. */
  readonly libraries?: readonly LibrarySource[];
}

export interface LibrarySource {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly firstLine: number;
}

/** The compiled form of one plugin: immutable, serialisable, content-addressed. */
export interface Artifact {
  readonly backend: string;
  readonly abi: string;
  /** The author's file, for places in errors. */
  readonly file: string;
  /** Lower-case hexadecimal SHA-256 of `bytes`. */
  readonly hash: string;
  readonly bytes: Uint8Array;
  /** Public functions that can be invoked, where the compiler knows them before running; `null` where only running tells. */
  readonly actions: readonly ActionSignature[] | null;
  readonly warnings: readonly Diagnostic[];
  /** Host functions that the code names, as `module.function`, where the compiler can tell; for advice, never for authority. */
  readonly hostFunctions: readonly string[] | null;
  readonly tests?: readonly string[];
}

export interface ActionSignature {
  readonly name: string;
  /** Number of parameters; `null` where the language does not fix it. */
  readonly arity: number | null;
  /** Line of the file on which it begins, where the compiler knows. */
  readonly line?: number;
  readonly documentation?: string;
}

export interface InstanceOptions {
  /** Names that are used in errors and in the journal. */
  readonly plugin: string;
  readonly version: string;
  /** The only modules that the guest can import. Their functions become calls of the `HostCallHandler`, nothing else does. */
  readonly modules: readonly HostModuleDeclaration[];
  /** The instance's memory maximum; calls may lower the other limits but not raise this one. */
  readonly memoryBytes: number;
}

/** An artifact, ready to be called. Its prepared memories live in workers and are made on demand. */
export interface Instance {
  /**
   * Runs one exported function in fresh state: nothing that an earlier call wrote can be seen.
   *
   * Calls may run in parallel in different workers; each is independent. Waits for a free worker (root calls in order of
   * arrival; nested calls only as long as the reserve has workers, then `limit/workers`). Afterwards the state is
   * dropped whatever happened; after a trap, a limit or a host failure so is the guest's memory. The outcome arrives within
   * max(1.5 × `timeout_ms`, `timeout_ms` + 50 ms), without the time in which a person was asked.
   *
   * Outcomes: the value; `guest/*` for what the code did; `limit/*`; `invocation/cancelled`; `plugin/action-not-found`;
   * `thread/crashed`. Host failures that the guest did not catch arrive under their own code.
   */
  call(request: CallRequest): InvocationHandle;

  /**
   * Lets running calls finish, refuses new ones with `host/unavailable`, and frees prepared memories in all workers.
   * Repeated calls have no effect.
   */
  dispose(): Promise<void>;
}

export interface CallRequest {
  readonly action: string;
  /** Copied; no memory is shared with the guest. */
  readonly params: Value;
  /** The encoding of `params` for who has it at hand: it is not made a second time then. Never changed, may be kept. */
  readonly encodedParams?: Uint8Array;
  readonly context: InvocationContext;
  readonly limits: Limits;
  /** Seeds the guest's generator; the same seed, parameters and host answers give the same run. */
  readonly seed: bigint;
  /** Unix milliseconds that the guest's clock shows until the first host answer. */
  readonly startTime: number;
  /** Answers every host call of this invocation. Absent: calls fail with `host/unknown-function`. */
  readonly host?: HostCallHandler;
}

/** Mediates the host calls of one invocation: decision, journal, effect. Never called after the invocation has ended. */
export interface HostCallHandler {
  /** Several calls of one invocation may be under way at once (tickets). Must not reject. */
  call(request: HostCallRequest): Promise<HostAnswer>;
}

export interface HostAnswer {
  readonly outcome: Outcome<Value>;
  /** The encoding of the outcome's value for who has it at hand, see `CallRequest.encodedParams`. */
  readonly encoded?: Uint8Array;
  /** Unix milliseconds that the guest's clock shows from now on; a clock never goes back. */
  readonly time: number;
}

export interface HostCallRequest {
  /** Module of the declaration, for example `crucible`. */
  readonly module: string;
  /** Function of the declaration, for example `state.get`. */
  readonly function: string;
  /** By position, as the guest passed them; not yet validated. */
  readonly args: readonly Value[];
  /** The encoding of `args` where the backend has it at hand, see `CallRequest.encodedParams`. */
  readonly encodedArgs?: Uint8Array;
  /** Aborted when the invocation ends. */
  readonly signal: AbortSignal;
  /** Line of the author's file where the guest was, when its language can tell cheaply. */
  readonly line?: number;
  /** Stops the deadline while a person is asked; the returned function starts it again. All other waiting counts. */
  suspendDeadline(): () => void;
  /** Counts one more call, which this one makes on the guest's behalf; false when that is too many, and the invocation ends. */
  countCall?(): boolean;
  /** Milliseconds until the deadline. */
  remainingMs(): number;
  /** Publishes an event of the invocation. For `emit` it settles when the value was taken; its bytes are metered. */
  publish(event: InvocationEvent): Promise<Outcome<void>>;
}
