// Generates indexing and pushing of vecs in line: the common cases without a call, everything else through the runtime.

import { layout } from "@crucible/rune-runtime";
import type { IrAtom } from "../ir/ir.ts";
import type { IrType } from "../ir/types.ts";
import { representationOf } from "../ir/types.ts";
import { EMPTY, I32, I64, OP } from "../wasm/opcodes.ts";
import { emitRuntime } from "./call-runtime.ts";
import type { FunctionEmitter } from "./function-emitter.ts";

/** `value[index]` of a vec, or of anything through the runtime; the type of what is on the stack comes back. */
export function emitVecGet(
  emitter: FunctionEmitter,
  value: IrAtom,
  index: IrAtom,
  otherwise: "get_index" | "vec_at" | "vec_try",
): IrType {
  const { code, context } = emitter;
  const element = context.inference.elementType(emitter.typeOf(value));
  const indexType = emitter.typeOf(index);
  const known = indexType === context.types.int || indexType === context.types.uint;
  if (known && otherwise !== "vec_try" && hasOneTag(emitter, element)) {
    emitTypedGet(emitter, value, index, element, otherwise);
    return element;
  }
  const payload = code.scratch(I64);
  const tag = code.scratch(I32);
  const address = code.scratch(I32);
  emitAttempt(
    emitter,
    () => {
      guardVec(emitter, value, index);
      locate(emitter, value);
      code.tee(tag);
      code.i32(layout.VEC_MIXED);
      code.op(OP.i32Eq);
      code.open(OP.if);
      elementAddress(emitter, value, index, 4);
      code.tee(address);
      code.memory(OP.i64Load, layout.SLOT_PAYLOAD);
      code.set(payload);
      code.get(address);
      code.memory(OP.i32Load, layout.SLOT_TAG);
      code.set(tag);
      code.else();
      code.get(tag);
      code.i32(layout.TAG_BOOL);
      code.op(OP.i32Eq);
      code.open(OP.if, I64);
      elementAddress(emitter, value, index, 0);
      code.memory(OP.i32Load8U, 0);
      code.op(OP.i64ExtendI32U);
      code.else();
      elementAddress(emitter, value, index, 3);
      code.memory(OP.i64Load, 0);
      code.end();
      code.set(payload);
      code.end();
    },
    () => {
      emitSlowGet(emitter, value, index, otherwise);
      code.set(tag);
      code.set(payload);
    },
  );
  code.get(payload);
  code.get(tag);
  code.release(payload, tag, address);
  return context.types.any;
}

/** Whether all values of a type have one tag and a payload: a vec of them has one representation. */
function hasOneTag(emitter: FunctionEmitter, element: IrType): boolean {
  return emitter.context.tagOf(element) !== null && representationOf(element) !== "none";
}

/** An element whose type is known: one test of the representation, no tag. */
function emitTypedGet(
  emitter: FunctionEmitter,
  value: IrAtom,
  index: IrAtom,
  element: IrType,
  otherwise: "get_index" | "vec_at",
): void {
  const { code, context } = emitter;
  const tag = context.tagOf(element) ?? 0;
  const result = code.scratch(context.valueTypes(element)[0] ?? I32);
  emitAttempt(
    emitter,
    () => {
      guardVec(emitter, value, index);
      locate(emitter, value);
      code.i32(tag);
      code.op(OP.i32Ne);
      code.brIf(0);
      elementAddress(emitter, value, index, tag === layout.TAG_BOOL ? 0 : 3);
      switch (representationOf(element)) {
        case "f64":
          code.memory(OP.f64Load, 0);
          break;
        case "i64":
          code.memory(OP.i64Load, 0);
          break;
        case "i32":
        case "none":
        case "pair":
        case "reference":
        default:
          code.memory(tag === layout.TAG_BOOL ? OP.i32Load8U : OP.i32Load, 0);
      }
      code.set(result);
    },
    () => {
      emitSlowGet(emitter, value, index, otherwise);
      emitter.convert(context.types.any, element);
      code.set(result);
    },
  );
  code.get(result);
  code.release(result);
}

function emitSlowGet(
  emitter: FunctionEmitter,
  value: IrAtom,
  index: IrAtom,
  otherwise: "get_index" | "vec_at" | "vec_try",
): void {
  emitRuntime(emitter, otherwise, [value, index], () => {
    if (otherwise === "get_index") {
      emitter.pushPair(value);
      emitter.pushPair(index);
    } else {
      emitter.pushAddress(value);
      emitter.pushPayload(index);
    }
  });
}

/** Emits what is tried first, which leaves the block at depth 0 where it does not apply, and what follows then. */
function emitAttempt(emitter: FunctionEmitter, attempt: () => void, otherwise: () => void): void {
  const { code } = emitter;
  code.open(OP.block, EMPTY);
  const done = code.depth;
  code.open(OP.block, EMPTY);
  attempt();
  code.br(code.depth - done);
  code.end();
  otherwise();
  code.end();
}

/** Leaves the block at depth 0 unless `value` is a vec and `index` an integer inside it. */
function guardVec(emitter: FunctionEmitter, value: IrAtom, index: IrAtom): void {
  const { code, context } = emitter;
  const { types } = context;
  if (!types.isVec(emitter.typeOf(value))) {
    emitter.pushTag(value);
    code.i32(layout.TAG_VEC);
    code.op(OP.i32Ne);
    code.brIf(0);
  }
  const indexType = emitter.typeOf(index);
  if (indexType !== types.int && indexType !== types.uint) {
    emitter.pushTag(index);
    code.i32(layout.TAG_INT);
    code.op(OP.i32Ne);
    code.brIf(0);
  }
  emitter.pushPayload(index);
  emitter.pushAddress(value);
  code.memory(OP.i32Load, layout.VEC_LENGTH);
  code.op(OP.i64ExtendI32U);
  code.op(OP.i64GeU);
  code.brIf(0);
}

/** Puts the representation of a vec on the stack. */
function locate(emitter: FunctionEmitter, value: IrAtom): void {
  emitter.pushAddress(value);
  emitter.code.memory(OP.i32Load, layout.VEC_REPR);
}

function elementAddress(emitter: FunctionEmitter, value: IrAtom, index: IrAtom, shift: number): void {
  const { code } = emitter;
  emitter.pushAddress(value);
  code.memory(OP.i32Load, layout.VEC_ADDRESS);
  emitter.pushPayload(index);
  code.op(OP.i32WrapI64);
  if (shift > 0) {
    code.i32(shift);
    code.op(OP.i32Shl);
  }
  code.op(OP.i32Add);
}

/** `value[index] = to`. */
export function emitVecSet(emitter: FunctionEmitter, value: IrAtom, index: IrAtom, to: IrAtom): void {
  const { code } = emitter;
  const address = code.scratch(I32);
  emitAttempt(
    emitter,
    () => {
      guardVec(emitter, value, index);
      storeElement(
        emitter,
        value,
        to,
        address,
        () => locate(emitter, value),
        (shift) => elementAddress(emitter, value, index, shift),
      );
    },
    () => {
      emitRuntime(emitter, "set_index", [value, index, to], () => {
        emitter.pushPair(value);
        emitter.pushPair(index);
        emitter.pushPair(to);
      });
    },
  );
  code.release(address);
}

/** Stores a value where the representation permits; else leaves the block at depth 0. */
function storeElement(
  emitter: FunctionEmitter,
  value: IrAtom,
  to: IrAtom,
  address: number,
  pushRepr: () => void,
  pushAddress: (shift: number) => void,
): void {
  const { code, context } = emitter;
  const type = emitter.typeOf(to);
  const known = context.tagOf(type);
  const storePayload = (): void => {
    pushAddress(3);
    if (representationOf(type) === "f64") {
      emitter.push(to);
      code.memory(OP.f64Store, 0);
    } else {
      emitter.pushPayload(to);
      code.memory(OP.i64Store, 0);
    }
  };
  const storeBool = (): void => {
    pushAddress(0);
    emitter.pushPayload(to);
    code.op(OP.i32WrapI64);
    code.memory(OP.i32Store8, 0);
  };
  if (known !== null && hasOneTag(emitter, context.inference.elementType(emitter.typeOf(value)))) {
    // All elements have this tag: anything but that representation is the runtime's business.
    pushRepr();
    code.i32(known);
    code.op(OP.i32Ne);
    code.brIf(0);
    if (known === layout.TAG_BOOL) storeBool();
    else storePayload();
    return;
  }
  pushRepr();
  emitter.pushTag(to);
  code.op(OP.i32Eq);
  code.open(OP.if);
  if (known === null) {
    emitter.pushTag(to);
    code.i32(layout.TAG_BOOL);
    code.op(OP.i32Eq);
    code.open(OP.if);
    storeBool();
    code.else();
    storePayload();
    code.end();
  } else if (known === layout.TAG_BOOL) storeBool();
  else storePayload();
  code.else();
  pushRepr();
  code.i32(layout.VEC_MIXED);
  code.op(OP.i32Ne);
  code.brIf(1);
  pushAddress(4);
  code.set(address);
  emitter.storeSlot(() => code.get(address), 0, to);
  code.end();
}

/** `value.push(to)` of a value that is known to be a vec. */
export function emitVecPush(emitter: FunctionEmitter, value: IrAtom, to: IrAtom): void {
  const { code } = emitter;
  const address = code.scratch(I32);
  const length = code.scratch(I32);
  emitAttempt(
    emitter,
    () => {
      emitter.pushAddress(value);
      code.memory(OP.i32Load, layout.VEC_LENGTH);
      code.tee(length);
      emitter.pushAddress(value);
      code.memory(OP.i32Load, layout.VEC_CAPACITY);
      code.op(OP.i32GeU);
      emitter.pushAddress(value);
      code.memory(OP.i32Load, layout.VEC_SHARED);
      code.op(OP.i32Or);
      code.brIf(0);
      storeElement(
        emitter,
        value,
        to,
        address,
        () => locate(emitter, value),
        (shift) => {
          emitter.pushAddress(value);
          code.memory(OP.i32Load, layout.VEC_ADDRESS);
          code.get(length);
          if (shift > 0) {
            code.i32(shift);
            code.op(OP.i32Shl);
          }
          code.op(OP.i32Add);
        },
      );
      emitter.pushAddress(value);
      code.get(length);
      code.i32(1);
      code.op(OP.i32Add);
      code.memory(OP.i32Store, layout.VEC_LENGTH);
    },
    () => {
      emitRuntime(emitter, "vec_push", [value, to], () => {
        emitter.pushAddress(value);
        emitter.pushPair(to);
      });
    },
  );
  code.release(address, length);
}
