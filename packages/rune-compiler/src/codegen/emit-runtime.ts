// Generates calls of runtime functions: arguments by kind with their checks, results by kind, and the second try after a
// collection when memory is full. A few functions that are hot and small are written out instead.

import { ABI_FUNCTIONS, layout } from "@crucible/rune-runtime";
import type { AbiFunction, AbiKind } from "@crucible/rune-runtime";
import { kindType } from "../ir/intrinsics.ts";
import type { IrAtom } from "../ir/ir.ts";
import type { IrType } from "../ir/types.ts";
import { representationOf } from "../ir/types.ts";
import { OP } from "../wasm/opcodes.ts";
import { emitRuntime } from "./call-runtime.ts";
import { emitVecGet, emitVecPush } from "./emit-vec.ts";
import type { FunctionEmitter } from "./function-emitter.ts";

/** Kinds that are addresses, with the tag of the reference. */
const REFERENCES: ReadonlyMap<AbiKind, number> = new Map([
  ["string", layout.TAG_STRING],
  ["bytes", layout.TAG_BYTES],
  ["vec", layout.TAG_VEC],
  ["tuple", layout.TAG_TUPLE],
  ["object", layout.TAG_OBJECT],
  ["map", layout.TAG_HASH_MAP],
  ["set", layout.TAG_HASH_SET],
  ["option", layout.TAG_OPTION],
  ["result", layout.TAG_RESULT],
  ["closure", layout.TAG_CLOSURE],
  ["range", layout.TAG_RANGE],
]);

/** Kinds that are scalars, with their tag. */
const SCALARS: ReadonlyMap<AbiKind, number> = new Map([
  ["f64", layout.TAG_FLOAT],
  ["bool", layout.TAG_BOOL],
  ["char", layout.TAG_CHAR],
  ["ordering", layout.TAG_ORDERING],
]);

/** Emits `rt::name(..)` of the library. */
export function emitIntrinsic(emitter: FunctionEmitter, name: string, items: readonly IrAtom[]): IrType {
  const { context } = emitter;
  const { types } = context;
  const inline = emitInline(emitter, name, items);
  if (inline !== null) return inline;
  const signature = ABI_FUNCTIONS.get(name);
  if (signature === undefined) throw new RangeError(`the library calls "${name}", which the runtime does not have`);
  const checked = items.map((item, index) => prepare(emitter, item, signature, index));
  emitRuntime(emitter, name, items, () => {
    for (const push of checked) push();
  });
  return signature.result === "struct" ? types.any : kindType(types, signature.result);
}

/** Checks an argument now; the result pushes it, as often as needed. */
function prepare(emitter: FunctionEmitter, item: IrAtom, signature: AbiFunction, index: number): () => void {
  const { code, context } = emitter;
  const kind = signature.params[index] ?? "any";
  switch (kind) {
    case "any":
    case "struct":
      return () => emitter.pushPair(item);
    case "i32":
      return () =>
        code.i32(typeof item !== "number" && (item.kind === "int" || item.kind === "uint") ? Number(item.value) : 0);
    case "static":
      return () => code.i32(context.data.string(emitter.constantString(item)));
    case "unit":
    case "never":
      return () => {};
    case "i64":
      return prepareInteger(emitter, item, context.types.int);
    case "size":
    case "u64":
      return prepareInteger(emitter, item, context.types.uint);
    case "bool":
    case "bytes":
    case "char":
    case "closure":
    case "f64":
    case "map":
    case "object":
    case "option":
    case "ordering":
    case "range":
    case "result":
    case "set":
    case "string":
    case "tuple":
    case "vec":
    default: {
      const reference = REFERENCES.get(kind);
      const tag = reference ?? SCALARS.get(kind) ?? layout.TAG_UNIT;
      checkTag(emitter, item, tag);
      return () => {
        emitter.pushPayload(item);
        emitter.fromPayload(kindType(context.types, kind));
      };
    }
  }
}

/** Fails with a type error unless a value has a tag. */
export function checkTag(emitter: FunctionEmitter, item: IrAtom, tag: number): void {
  const { code, context } = emitter;
  if (context.tagOf(emitter.typeOf(item)) === tag) return;
  emitter.pushTag(item);
  code.i32(tag);
  code.op(OP.i32Ne);
  code.open(OP.if);
  failType(emitter, item, tag);
  code.end();
}

function failType(emitter: FunctionEmitter, item: IrAtom, tag: number): void {
  const { code, context } = emitter;
  emitter.pushPair(item);
  code.i32(tag);
  code.call(context.runtimeFunction("fail_type"));
  code.unreachable();
}

/** An integer of the wanted kind, or of the other kind where that has the same number: both have the same bits then. */
function prepareInteger(emitter: FunctionEmitter, item: IrAtom, wanted: IrType): () => void {
  const { code, context } = emitter;
  const { types } = context;
  const type = emitter.typeOf(item);
  const [tag, otherTag] = wanted === types.int ? [layout.TAG_INT, layout.TAG_U64] : [layout.TAG_U64, layout.TAG_INT];
  const known = type === types.int || type === types.uint;
  if (type !== wanted && !(typeof item !== "number" && item.kind === "int" && item.value >= 0n)) {
    if (!known) {
      emitter.pushTag(item);
      code.i32(tag);
      code.op(OP.i32Ne);
      code.open(OP.if);
      emitter.pushTag(item);
      code.i32(otherTag);
      code.op(OP.i32Ne);
      code.open(OP.if);
      failType(emitter, item, tag);
      code.end();
    }
    emitter.pushPayload(item);
    code.i64(0n);
    code.op(OP.i64LtS);
    code.open(OP.if);
    code.call(context.runtimeFunction(wanted === types.int ? "overflow" : "underflow"));
    code.unreachable();
    code.end();
    if (!known) code.end();
  }
  return () => emitter.pushPayload(item);
}

const FLOAT_INSTRUCTIONS: Readonly<Record<string, number>> = {
  f64_abs: OP.f64Abs,
  f64_ceil: OP.f64Ceil,
  f64_floor: OP.f64Floor,
  f64_sqrt: OP.f64Sqrt,
  f64_trunc: OP.f64Trunc,
};

/** Functions whose answer is a count in the object's second word. */
const COUNTS: Readonly<Record<string, number>> = {
  vec_len: layout.TAG_VEC,
  string_len: layout.TAG_STRING,
  bytes_len: layout.TAG_BYTES,
  tuple_len: layout.TAG_TUPLE,
  object_len: layout.TAG_OBJECT,
  map_len: layout.TAG_HASH_MAP,
  set_len: layout.TAG_HASH_SET,
};

/** Emits a function in line; null when it is not one of those. */
function emitInline(emitter: FunctionEmitter, name: string, items: readonly IrAtom[]): IrType | null {
  const { code, context } = emitter;
  const { types } = context;
  const first = items[0];
  if (first === undefined) return null;
  const type = emitter.typeOf(first);
  const instruction = FLOAT_INSTRUCTIONS[name];
  if (instruction !== undefined && type === types.float) {
    emitter.push(first);
    code.op(instruction);
    return types.float;
  }
  const counted = COUNTS[name];
  if (counted !== undefined) {
    checkTag(emitter, first, counted);
    emitter.pushAddress(first);
    code.memory(OP.i32Load, layout.VEC_LENGTH);
    code.op(OP.i64ExtendI32U);
    return types.uint;
  }
  const second = items[1];
  switch (name) {
    case "option":
      return emitOption(emitter, first, type);
    case "vec_push":
      if (second === undefined) return null;
      checkTag(emitter, first, layout.TAG_VEC);
      emitVecPush(emitter, first, second);
      return types.unit;
    case "vec_at":
    case "vec_try":
      if (second === undefined || emitter.typeOf(second) !== types.int || !types.isVec(type)) return null;
      return emitVecGet(emitter, first, second, name);
    case "to_i64":
    case "to_u64": {
      const wanted = name === "to_i64" ? types.int : types.uint;
      prepareInteger(emitter, first, wanted)();
      return wanted;
    }
    case "char_to_i64":
      checkTag(emitter, first, layout.TAG_CHAR);
      emitter.pushPayload(first);
      return types.int;
    case "range_start":
    case "range_end": {
      if (type.kind !== "range") return null;
      const index = name === "range_start" ? 0 : 1;
      const item = type.items[index] ?? types.any;
      emitter.loadSlot(() => emitter.pushAddress(first), layout.OBJECT_SLOTS + index * layout.SLOT_SIZE, item);
      return item;
    }
    default:
      return null;
  }
}

function emitOption(emitter: FunctionEmitter, value: IrAtom, type: IrType): IrType | null {
  const { code, context } = emitter;
  const { types } = context;
  if (type === types.end) {
    code.i32(layout.NONE_OBJECT);
    return types.option(types.never);
  }
  if (representationOf(type) === "pair") return null;
  emitRuntime(emitter, "option_some", [value], () => emitter.pushPair(value));
  return types.option(type);
}
