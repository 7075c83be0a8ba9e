// Generates reads and writes of fields, parts and elements: at a constant offset where the shape is known, after a test
// of the tag where few shapes have the field, through the runtime otherwise.

import { layout } from "@crucible/rune-runtime";
import type { IrAtom } from "../ir/ir.ts";
import type { IrType } from "../ir/types.ts";
import { representationOf } from "../ir/types.ts";
import { EMPTY, OP } from "../wasm/opcodes.ts";
import { pushStaticString } from "./emit-failure.ts";
import { emitRuntime } from "./call-runtime.ts";
import { emitVecGet, emitVecSet } from "./emit-vec.ts";
import type { FunctionEmitter } from "./function-emitter.ts";

/** Shapes that are tried in line before the runtime is asked. */
const MAX_SHAPES = 3;

const offsetOf = (index: number): number => layout.OBJECT_SLOTS + index * layout.SLOT_SIZE;

/** Emits `part`: the shape was tested before. */
export function emitPart(
  emitter: FunctionEmitter,
  value: IrAtom,
  of: "tuple" | "vec" | "fields",
  index: number,
  wanted: IrType,
): IrType {
  if (of === "vec") {
    return emitVecGet(emitter, value, { kind: "int", value: BigInt(index) }, "get_index");
  }
  emitter.loadSlot(() => emitter.pushAddress(value), offsetOf(index), wanted);
  return wanted;
}

function isNumeric(field: string): boolean {
  return /^\d+$/.test(field);
}

/** Emits `value.field`. */
export function emitGetField(emitter: FunctionEmitter, value: IrAtom, field: string, wanted: IrType): IrType {
  const { context } = emitter;
  const type = emitter.typeOf(value);
  if (type.kind === "shape") {
    const index = context.world.fieldIndex(type.type, type.shape, field);
    if (index >= 0) {
      emitter.loadSlot(() => emitter.pushAddress(value), offsetOf(index), wanted);
      return wanted;
    }
  }
  if (type.kind === "tuple" && type.items !== null && isNumeric(field) && Number(field) < type.items.length) {
    emitter.loadSlot(() => emitter.pushAddress(value), offsetOf(Number(field)), wanted);
    return wanted;
  }
  const fact = emitter.factOf(value);
  const known = fact === null ? -1 : context.world.fieldIndex(fact.type, fact.shape, field);
  if (known >= 0) {
    emitter.loadSlot(() => emitter.pushAddress(value), offsetOf(known), wanted);
    return wanted;
  }
  if (representationOf(type) === "pair") return emitFieldOfAny(emitter, value, field, wanted);
  emitSlowGet(emitter, value, field);
  return context.types.any;
}

function emitSlowGet(emitter: FunctionEmitter, value: IrAtom, field: string): void {
  const { code, context } = emitter;
  if (isNumeric(field)) {
    emitRuntime(emitter, "get_part", [value], () => {
      emitter.pushPair(value);
      code.i32(Number(field));
    });
  } else {
    emitRuntime(emitter, "get_field", [value], () => {
      emitter.pushPair(value);
      code.i32(context.data.string(field));
    });
  }
}

function emitFieldOfAny(emitter: FunctionEmitter, value: IrAtom, field: string, wanted: IrType): IrType {
  const { code, context } = emitter;
  const owners = context.liveOwners(field);
  if (owners.length === 0 || owners.length > MAX_SHAPES) {
    emitSlowGet(emitter, value, field);
    return context.types.any;
  }
  const [only] = owners;
  if (owners.length === 1 && only !== undefined && !context.objectsExist(field)) {
    // Nothing else has the field: what is not this struct fails.
    const [type, shape, index] = only;
    requireShape(emitter, value, field, type, shape, null);
    emitter.loadSlot(() => emitter.pushAddress(value), offsetOf(index), wanted);
    return wanted;
  }
  const locals = context.valueTypes(wanted).map((type) => code.scratch(type));
  const keep = (): void => {
    for (let index = locals.length - 1; index >= 0; index -= 1) code.set(locals[index] ?? 0);
  };
  code.open(OP.block, EMPTY);
  const done = code.depth;
  for (const [type, shape, index] of owners) {
    emitter.pushTag(value);
    code.i32(layout.TAG_SHAPE + context.shapeNumber(type, shape));
    code.op(OP.i32Eq);
    code.open(OP.if);
    emitter.loadSlot(() => emitter.pushAddress(value), offsetOf(index), wanted);
    keep();
    code.br(code.depth - done);
    code.end();
  }
  emitSlowGet(emitter, value, field);
  emitter.convert(context.types.any, wanted);
  keep();
  code.end();
  for (const local of locals) code.get(local);
  code.release(...locals);
  return wanted;
}

/** Ends the invocation, through the runtime, unless a value is a struct; then it is known to be. */
function requireShape(
  emitter: FunctionEmitter,
  value: IrAtom,
  field: string,
  type: number,
  shape: number,
  to: IrAtom | null,
): void {
  const { code, context } = emitter;
  emitter.pushTag(value);
  code.i32(layout.TAG_SHAPE + context.shapeNumber(type, shape));
  code.op(OP.i32Ne);
  code.open(OP.if);
  emitter.pushPair(value);
  code.i32(context.data.string(field));
  if (to !== null) emitter.pushPair(to);
  code.call(context.runtimeFunction(to === null ? "get_field" : "set_field"));
  code.unreachable();
  code.end();
  emitter.learn(value, context.types.shape(type, shape, null));
}

/** Emits `value.field = to`. */
export function emitSetField(emitter: FunctionEmitter, value: IrAtom, field: string, to: IrAtom): void {
  const { code, context } = emitter;
  const type = emitter.typeOf(value);
  if (type.kind === "shape") {
    const index = context.world.fieldIndex(type.type, type.shape, field);
    if (index >= 0) {
      emitter.storeSlot(() => emitter.pushAddress(value), offsetOf(index), to, context.inference.partType(type, index));
      return;
    }
  }
  const owners = representationOf(type) === "pair" ? context.liveOwners(field) : [];
  const [only] = owners;
  if (owners.length === 1 && only !== undefined && !context.objectsExist(field)) {
    const [owner, shape, index] = only;
    if (emitter.factOf(value)?.type !== owner) requireShape(emitter, value, field, owner, shape, to);
    const held = context.inference.slotType(owner, shape, index);
    emitter.storeSlot(() => emitter.pushAddress(value), offsetOf(index), to, held);
    return;
  }
  code.open(OP.block, EMPTY);
  const done = code.depth;
  if (owners.length <= MAX_SHAPES) {
    for (const [owner, shape, index] of owners) {
      emitter.pushTag(value);
      code.i32(layout.TAG_SHAPE + context.shapeNumber(owner, shape));
      code.op(OP.i32Eq);
      code.open(OP.if);
      emitter.storeSlot(() => emitter.pushAddress(value), offsetOf(index), to);
      code.br(code.depth - done);
      code.end();
    }
  }
  if (isNumeric(field)) {
    emitRuntime(emitter, "set_part", [value, to], () => {
      emitter.pushPair(value);
      code.i32(Number(field));
      emitter.pushPair(to);
    });
  } else {
    emitRuntime(emitter, "set_field", [value, to], () => {
      emitter.pushPair(value);
      code.i32(context.data.string(field));
      emitter.pushPair(to);
    });
  }
  code.end();
}

/** Emits `value[index]`. */
export function emitGetIndex(emitter: FunctionEmitter, value: IrAtom, index: IrAtom): IrType {
  const { types } = emitter.context;
  if (mayBeVec(emitter, value) && mayBeInteger(emitter, index)) return emitVecGet(emitter, value, index, "get_index");
  emitRuntime(emitter, "get_index", [value, index], () => {
    emitter.pushPair(value);
    emitter.pushPair(index);
  });
  return types.any;
}

/** Emits `value[index] = to`. */
export function emitSetIndex(emitter: FunctionEmitter, value: IrAtom, index: IrAtom, to: IrAtom): void {
  if (mayBeVec(emitter, value) && mayBeInteger(emitter, index)) {
    emitVecSet(emitter, value, index, to);
    return;
  }
  emitRuntime(emitter, "set_index", [value, index, to], () => {
    emitter.pushPair(value);
    emitter.pushPair(index);
    emitter.pushPair(to);
  });
}

function mayBeVec(emitter: FunctionEmitter, value: IrAtom): boolean {
  const type = emitter.typeOf(value);
  return emitter.context.types.isVec(type) || representationOf(type) === "pair";
}

function mayBeInteger(emitter: FunctionEmitter, index: IrAtom): boolean {
  const { types } = emitter.context;
  const type = emitter.typeOf(index);
  return type === types.int || type === types.uint || representationOf(type) === "pair";
}

/** Fails because a value has no such method. */
export function emitNoMethod(emitter: FunctionEmitter, value: IrAtom, name: string): void {
  const { code, context } = emitter;
  code.i32(layout.FAIL_METHOD);
  emitter.pushPair(value);
  pushStaticString(emitter, name);
  code.call(context.runtimeFunction("rune.fail"));
  code.unreachable();
}
