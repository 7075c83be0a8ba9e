// Messages between the main thread and a worker, and the shared words beside them.
//
// control (SharedArrayBuffer of Int32):
//   word 0  interrupt   0: run; 1: end the invocation as soon as possible (set by main, cleared before each call)
//   word 1  answers     incremented and notified by main after each answer and after setting the interrupt
//
// A worker belongs to one invocation at a time. Identity comes from the port a message arrived on, never from the message.
import type { ErrorValue, HostModuleDeclaration, Limits, Outcome, SourceUnit } from "@crucible/sandbox";
import type { CompiledSource } from "./engine.ts";

export const controlWord = { interrupt: 0, answers: 1, count: 2 } as const;

export interface WorkerStart {
  readonly control: SharedArrayBuffer;
  /** Bytes that prepared guests of this worker may keep. */
  readonly guestBytes: number;
  /** Guests whose memory grew past the snapshot by more than this are dropped instead of restored. */
  readonly growthBytes: number;
}

export type ToWorker =
  | { readonly kind: "answers"; readonly port: unknown }
  | { readonly kind: "engine"; readonly engine: string; readonly url: string; readonly shared: unknown }
  | { readonly kind: "load"; readonly instance: number; readonly engine: string; readonly options: InstanceSetup }
  | { readonly kind: "unload"; readonly instance: number }
  | ({ readonly kind: "call" } & CallMessage)
  | { readonly kind: "compile"; readonly sequence: number; readonly engine: string; readonly source: SourceUnit };

export interface InstanceSetup {
  readonly plugin: string;
  readonly version: string;
  readonly payload: unknown;
  readonly modules: readonly HostModuleDeclaration[];
  readonly memoryBytes: number;
}

export interface CallMessage {
  readonly sequence: number;
  readonly instance: number;
  readonly action: string;
  readonly params: Uint8Array;
  readonly seed: bigint;
  readonly startTime: number;
  readonly limits: Limits;
  /** The worker has to open the engine first, and says when it has: the deadline starts then. */
  readonly announce: boolean;
}

export type FromWorker =
  | { readonly kind: "ready" }
  | {
      readonly kind: "submit";
      readonly sequence: number;
      readonly ticket: number;
      readonly function: number;
      readonly args: Uint8Array;
      readonly line: number | undefined;
      readonly waits: boolean;
    }
  | { readonly kind: "started"; readonly sequence: number }
  | { readonly kind: "wait"; readonly sequence: number }
  | { readonly kind: "print"; readonly sequence: number; readonly text: string }
  | { readonly kind: "result"; readonly sequence: number; readonly result: CallResult }
  | { readonly kind: "compiled"; readonly sequence: number; readonly outcome: Outcome<CompiledSource> };

export type CallResult = {
  /** Bytes of linear memory that the call had in use at its end. */
  readonly memoryBytes: number;
  readonly fuel: number | undefined;
} & (
  | { readonly kind: "value"; readonly bytes: Uint8Array }
  | { readonly kind: "error"; readonly error: ErrorValue }
  | { readonly kind: "interrupted" }
);

/** Travels on the port of its own that a waiting worker reads. */
export interface AnswerMessage {
  readonly sequence: number;
  readonly ticket: number;
  readonly ok: boolean;
  readonly bytes: Uint8Array;
  readonly time: number;
}
