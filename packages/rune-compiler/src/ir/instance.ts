// What inference finds: functions analysed for particular argument types, what their calls call, and the types of what
// the program stores.

import type { FunctionId, StaticId, TypeId } from "../hir/hir.ts";
import type { IrFunction, IrOperation, IrStatement, VariableId } from "./ir.ts";
import type { IrType, TypeTable } from "./types.ts";

/** What a call operation calls. */
export type CallTarget =
  | { readonly kind: "direct"; readonly instance: Instance }
  /** By the receiver's type at run time; a receiver that no case guards has no such method. */
  | { readonly kind: "dispatch"; readonly cases: readonly DispatchCase[] }
  /** Through a function value that is not known. */
  | { readonly kind: "indirect" }
  /** A call that always fails: wrong number of arguments, no such method, not a function. */
  | { readonly kind: "arity"; readonly expected: number }
  | { readonly kind: "missing" };

/** One candidate of a dispatched call. */
export interface DispatchCase {
  /** Any of these types. */
  readonly guards: readonly IrType[];
  /** null: the candidate exists but takes another number of arguments. */
  readonly instance: Instance | null;
  readonly expected: number;
}

/** A function analysed for particular argument types. */
export interface Instance {
  readonly index: number;
  readonly function: IrFunction;
  readonly parameters: readonly IrType[];
  readonly captures: readonly IrType[];
  /** Type of each variable. */
  readonly types: IrType[];
  /** Values of conditions that are the same in every execution. */
  readonly decided: Map<VariableId, boolean>;
  readonly targets: Map<IrOperation, CallTarget>;
  /** Assignments whose operation never completes, or is never reached. */
  readonly ends: Set<IrStatement>;
  /** Join of everything returned; `never` when it does not return. */
  result: IrType;
  readonly dependents: Set<Instance>;
  queued: boolean;
}

/** The outcome of inference. */
export interface Inference {
  readonly types: TypeTable;
  readonly instances: readonly Instance[];
  /** The analysis of an entry function: all parameters of unknown type. */
  readonly entries: ReadonlyMap<FunctionId, Instance>;
  readonly slotType: (type: TypeId, shape: number, slot: number) => IrType;
  readonly staticType: (id: StaticId) => IrType;
  /** Type of one part of a value: a slot, an item, a capture. */
  readonly partType: (value: IrType, index: number) => IrType;
  /** Type of the elements of a vec. */
  readonly elementType: (vec: IrType) => IrType;
  /** Whether a value of a declared type may exist. */
  readonly isLive: (type: TypeId) => boolean;
  /** Whether the program drops anything at all. */
  readonly drops: boolean;
  /** Whether the program may have dropped a value of a type: then what it holds must not be read. */
  readonly mayBeDropped: (type: IrType) => boolean;
  /** Functions that can be called through values, by identifier: their instances take and give `any`. */
  readonly indirect: ReadonlyMap<FunctionId, Instance>;
}
