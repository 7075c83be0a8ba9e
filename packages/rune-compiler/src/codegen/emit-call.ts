// Generates calls of compiled functions: direct ones, dispatch on the receiver's type, calls through function values.

import { layout } from "@crucible/rune-runtime";
import type { CallTarget, Instance } from "../ir/instance.ts";
import type { IrAtom, IrOperation } from "../ir/ir.ts";
import type { IrType } from "../ir/types.ts";
import { representationOf } from "../ir/types.ts";
import { EMPTY, I32, OP } from "../wasm/opcodes.ts";
import { emitNoMethod } from "./emit-access.ts";
import { emitShapeTest } from "./emit-test.ts";
import type { FunctionEmitter } from "./function-emitter.ts";
import { PAIR } from "./context.ts";

/** Emits a call whose target inference has recorded. */
export function emitCall(emitter: FunctionEmitter, operation: IrOperation, items: readonly IrAtom[]): IrType {
  const target = emitter.instance.targets.get(operation);
  const { types } = emitter.context;
  if (target?.kind === "direct") return emitDirect(emitter, target.instance, items, null);
  if (target?.kind === "arity") emitArity(emitter, target.expected, items.length);
  else emitter.code.unreachable();
  return types.never;
}

function emitArity(emitter: FunctionEmitter, expected: number, given: number): void {
  emitter.fail(layout.FAIL_ARITY, { kind: "int", value: BigInt(expected) }, { kind: "int", value: BigInt(given) });
}

/** `environment` is the closure whose captures the callee reads. */
function emitDirect(
  emitter: FunctionEmitter,
  callee: Instance,
  items: readonly IrAtom[],
  environment: IrAtom | null,
): IrType {
  const { code, context } = emitter;
  emitter.spill();
  if (callee.captures.length > 0 && environment !== null) emitter.pushAddress(environment);
  items.forEach((item, index) => emitter.pushAs(item, callee.parameters[index] ?? context.types.any));
  code.call(context.instanceFunction(callee));
  return callee.result;
}

/** Emits `callee(..)` of a value. */
export function emitCallValue(
  emitter: FunctionEmitter,
  operation: IrOperation & { readonly kind: "call-value" },
): IrType {
  const { code, context } = emitter;
  const { types } = context;
  const target = emitter.instance.targets.get(operation);
  if (target?.kind === "direct") return emitDirect(emitter, target.instance, operation.items, operation.callee);
  if (target?.kind === "arity") {
    emitArity(emitter, target.expected, operation.items.length);
    return types.never;
  }
  if (target?.kind !== "indirect") {
    emitter.fail(layout.FAIL_NOT_CALLABLE, operation.callee, null);
    return types.never;
  }
  if (context.tagOf(emitter.typeOf(operation.callee)) !== layout.TAG_CLOSURE) {
    emitter.pushTag(operation.callee);
    code.i32(layout.TAG_CLOSURE);
    code.op(OP.i32Ne);
    code.open(OP.if);
    emitter.fail(layout.FAIL_NOT_CALLABLE, operation.callee, null);
    code.end();
  }
  const address = code.scratch(I32);
  emitter.pushAddress(operation.callee);
  code.tee(address);
  code.memory(OP.i32Load, layout.CLOSURE_ARITY);
  code.i32(operation.items.length);
  code.op(OP.i32Ne);
  code.open(OP.if);
  code.i32(layout.FAIL_ARITY);
  code.get(address);
  code.memory(OP.i32Load, layout.CLOSURE_ARITY);
  code.op(OP.i64ExtendI32U);
  code.i32(layout.TAG_INT);
  code.i64(BigInt(operation.items.length));
  code.i32(layout.TAG_INT);
  code.call(context.runtimeFunction("rune.fail"));
  code.unreachable();
  code.end();
  emitter.spill();
  code.get(address);
  for (const item of operation.items) emitter.pushPair(item);
  code.get(address);
  code.memory(OP.i32Load, layout.CLOSURE_FUNCTION);
  code.release(address);
  code.op(OP.callIndirect);
  code.out.unsigned(context.indirectType(operation.items.length));
  code.out.unsigned(context.runtime.tableCount);
  return types.any;
}

/** Emits `receiver.name(..)`. */
export function emitCallMethod(
  emitter: FunctionEmitter,
  operation: IrOperation & { readonly kind: "call-method" },
): IrType {
  const { context } = emitter;
  const { types } = context;
  const receiver = operation.items[0] ?? { kind: "unit" };
  const target = emitter.instance.targets.get(operation);
  if (target?.kind === "direct") return emitDirect(emitter, target.instance, operation.items, null);
  if (target?.kind === "arity") {
    emitArity(emitter, target.expected - 1, operation.items.length - 1);
    return types.never;
  }
  if (target?.kind === "dispatch") return emitDispatch(emitter, operation, target);
  emitNoSuchMethod(emitter, operation, receiver);
  return types.never;
}

function emitNoSuchMethod(
  emitter: FunctionEmitter,
  operation: IrOperation & { readonly kind: "call-method" },
  receiver: IrAtom,
): void {
  if (operation.protocol) emitter.fail(layout.FAIL_ITERATE, receiver, null);
  else emitNoMethod(emitter, receiver, operation.name);
}

function emitDispatch(
  emitter: FunctionEmitter,
  operation: IrOperation & { readonly kind: "call-method" },
  target: CallTarget & { readonly kind: "dispatch" },
): IrType {
  const { code, context } = emitter;
  const { types } = context;
  const receiver = operation.items[0] ?? { kind: "unit" };
  let result = types.never;
  for (const item of target.cases) if (item.instance !== null) result = types.join(result, item.instance.result);
  emitter.spill();
  const locals = context.valueTypes(result).map((type) => code.scratch(type));
  code.open(OP.block, EMPTY);
  const done = code.depth;
  for (const item of target.cases) {
    item.guards.forEach((guard, index) => {
      emitGuard(emitter, receiver, guard);
      if (index > 0) code.op(OP.i32Or);
    });
    code.open(OP.if);
    if (item.instance === null) emitArity(emitter, item.expected - 1, operation.items.length - 1);
    else {
      const { instance } = item;
      pushReceiver(emitter, receiver, instance.parameters[0] ?? types.any);
      operation.items
        .slice(1)
        .forEach((argument, index) => emitter.pushAs(argument, instance.parameters[index + 1] ?? types.any));
      code.call(context.instanceFunction(instance));
      if (instance.result === types.never) code.unreachable();
      else {
        emitter.convert(instance.result, result);
        for (let index = locals.length - 1; index >= 0; index -= 1) code.set(locals[index] ?? 0);
        code.br(code.depth - done);
      }
    }
    code.end();
  }
  emitNoSuchMethod(emitter, operation, receiver);
  code.end();
  for (const local of locals) code.get(local);
  code.release(...locals);
  return result;
}

/** Puts the receiver on the stack as a case wants it; a unit is the empty tuple. */
function pushReceiver(emitter: FunctionEmitter, receiver: IrAtom, wanted: IrType): void {
  const { code, context } = emitter;
  if (wanted.kind !== "tuple" || representationOf(emitter.typeOf(receiver)) !== "pair") {
    emitter.pushAs(receiver, wanted);
    return;
  }
  emitter.pushTag(receiver);
  code.i32(layout.TAG_UNIT);
  code.op(OP.i32Eq);
  code.open(OP.if, I32);
  code.i32(context.emptyTuple());
  code.else();
  emitter.pushAddress(receiver);
  code.end();
}

/** Whether the receiver is of the type of a case. */
function emitGuard(emitter: FunctionEmitter, receiver: IrAtom, guard: IrType): void {
  const { code, context } = emitter;
  if (guard.kind === "shape" || guard.kind === "declared") {
    emitShapeTest(emitter, () => emitter.pushTag(receiver), guard.type, guard.kind === "shape" ? guard.shape : null);
    return;
  }
  if (representationOf(emitter.typeOf(receiver)) === "pair") {
    emitter.pushTag(receiver);
    code.i32(context.tagOf(guard) ?? layout.TAG_END);
    code.op(OP.i32Eq);
    if (guard.kind === "tuple") {
      emitter.pushTag(receiver);
      code.i32(layout.TAG_UNIT);
      code.op(OP.i32Eq, OP.i32Or);
    }
  } else code.i32(1);
  if (guard.kind !== "range" || guard.range === null) return;
  code.open(OP.if, I32);
  emitter.pushAddress(receiver);
  code.memory(OP.i32Load, layout.RANGE_KIND);
  code.i32(guard.range);
  code.op(OP.i32Eq);
  code.else();
  code.i32(0);
  code.end();
}

/** WebAssembly parameters of a function called through a value: environment, then pairs. */
export function indirectParameters(arity: number): number[] {
  return [I32, ...Array.from({ length: arity }, () => PAIR).flat()];
}
