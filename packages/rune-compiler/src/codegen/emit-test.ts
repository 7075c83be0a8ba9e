// Generates tests of values: `is`, the steps of patterns, the end of an iteration. Each leaves an i32, 0 or 1.

import { layout } from "@crucible/rune-runtime";
import type { IrAtom, IrTest, VariableId } from "../ir/ir.ts";
import { RANGE_TYPES, representationOf } from "../ir/types.ts";
import { EMPTY, I32, OP } from "../wasm/opcodes.ts";
import type { FunctionEmitter } from "./function-emitter.ts";

/** Emits a test; a decided one is a constant. */
export function emitTest(emitter: FunctionEmitter, operation: IrTest, target: VariableId): void {
  const { code, context } = emitter;
  const decided = target < 0 ? undefined : emitter.instance.decided.get(target);
  if (decided !== undefined) {
    code.i32(decided ? 1 : 0);
    return;
  }
  const { value } = operation;
  switch (operation.kind) {
    case "is":
      emitIs(emitter, value, operation.type, operation.shape);
      return;
    case "is-end":
      emitter.pushTag(value);
      code.i32(layout.TAG_END);
      code.op(OP.i32Eq);
      return;
    case "is-tuple":
      if (operation.length === 0) {
        // The unit is the empty tuple.
        emitter.pushTag(value);
        code.i32(layout.TAG_UNIT);
        code.op(OP.i32Eq);
      }
      emitLengthTest(emitter, operation, layout.TAG_TUPLE, layout.TUPLE_LENGTH);
      if (operation.length === 0) code.op(OP.i32Or);
      return;
    case "is-vec":
      emitLengthTest(emitter, operation, layout.TAG_VEC, layout.VEC_LENGTH);
      return;
    case "is-object":
      guarded(emitter, value, layout.TAG_OBJECT, () => {
        if (operation.exact) {
          emitter.pushAddress(value);
          code.memory(OP.i32Load, layout.MAP_COUNT);
          code.i32(operation.keys.length);
          code.op(OP.i32Eq);
        } else code.i32(1);
        for (const key of operation.keys) {
          code.open(OP.if, I32);
          emitter.pushAddress(value);
          code.i32(context.data.string(key));
          code.call(context.runtimeFunction("object_has"));
          code.else();
          code.i32(0);
          code.end();
        }
      });
      return;
    case "is-literal":
      emitIsLiteral(emitter, value, operation.literal);
      return;
    case "goes-on":
      emitGoesOn(emitter, value);
      return;
  }
}

/** Whether a value is a tuple or vec of the length that a pattern has. */
function emitLengthTest(
  emitter: FunctionEmitter,
  operation: IrTest & { readonly kind: "is-tuple" | "is-vec" },
  tag: number,
  lengthAt: number,
): void {
  const { code } = emitter;
  guarded(emitter, operation.value, tag, () => {
    emitter.pushAddress(operation.value);
    code.memory(OP.i32Load, lengthAt);
    code.i32(operation.length);
    code.op(operation.exact ? OP.i32Eq : OP.i32GeU);
  });
}

/** `tag == expected && rest`, without the first part where the type is known. */
function guarded(emitter: FunctionEmitter, value: IrAtom, tag: number, rest: () => void): void {
  const { code, context } = emitter;
  const known = context.tagOf(emitter.typeOf(value));
  if (known === tag) {
    rest();
    return;
  }
  if (known !== null) {
    code.i32(0);
    return;
  }
  emitter.pushTag(value);
  code.i32(tag);
  code.op(OP.i32Eq);
  code.open(OP.if, I32);
  rest();
  code.else();
  code.i32(0);
  code.end();
}

function emitIs(emitter: FunctionEmitter, value: IrAtom, type: number, shape: number | null): void {
  const { code, context } = emitter;
  const declared = context.world.type(type);
  const variant = (tag: number, offset: number): void =>
    guarded(emitter, value, tag, () => {
      if (shape === null) {
        code.i32(1);
        return;
      }
      emitter.pushAddress(value);
      code.memory(OP.i32Load, offset);
      // In the runtime None is 0 and Some 1, as Ok is 0 and Err 1.
      code.i32(variantNumber(declared.builtin, declared.shapes[shape]?.name ?? ""));
      code.op(OP.i32Eq);
    });
  switch (declared.builtin) {
    case "Option":
      variant(layout.TAG_OPTION, layout.OPTION_VARIANT);
      return;
    case "Result":
      variant(layout.TAG_RESULT, layout.RESULT_VARIANT);
      return;
    case "Ordering":
      guarded(emitter, value, layout.TAG_ORDERING, () => {
        if (shape === null) {
          code.i32(1);
          return;
        }
        emitter.pushPayload(value);
        code.i64(BigInt(shape - 1));
        code.op(OP.i64Eq);
      });
      return;
    case null:
      break;
    default: {
      const kind = RANGE_TYPES.indexOf(declared.builtin);
      if (kind >= 0) {
        guarded(emitter, value, layout.TAG_RANGE, () => {
          emitter.pushAddress(value);
          code.memory(OP.i32Load, layout.RANGE_KIND);
          code.i32(kind);
          code.op(OP.i32Eq);
        });
        return;
      }
      emitter.pushTag(value);
      code.i32(context.typeNumber(type));
      code.op(OP.i32Eq);
      if (declared.builtin === "Tuple") {
        // The unit is the empty tuple.
        emitter.pushTag(value);
        code.i32(layout.TAG_UNIT);
        code.op(OP.i32Eq, OP.i32Or);
      }
      return;
    }
  }
  emitShapeTest(emitter, () => emitter.pushTag(value), type, shape);
}

/** Whether a tag on the stack is of a declared type, or of one of its variants. */
export function emitShapeTest(emitter: FunctionEmitter, pushTag: () => void, type: number, shape: number | null): void {
  const { code, context } = emitter;
  const count = context.world.type(type).shapes.length;
  const first = layout.TAG_SHAPE + context.shapeNumber(type, shape ?? 0);
  pushTag();
  code.i32(first);
  if (shape !== null || count === 1) {
    code.op(OP.i32Eq);
    return;
  }
  code.op(OP.i32Sub);
  code.i32(count);
  code.op(OP.i32LtU);
}

/** The runtime's number of a variant of Option or Result. */
export function variantNumber(builtin: string | null, name: string): number {
  if (builtin === "Option") return name === "Some" ? layout.VARIANT_SOME : layout.VARIANT_NONE;
  return name === "Ok" ? layout.VARIANT_OK : layout.VARIANT_ERR;
}

function emitIsLiteral(
  emitter: FunctionEmitter,
  value: IrAtom,
  literal: (IrTest & { readonly kind: "is-literal" })["literal"],
): void {
  const { code, context } = emitter;
  switch (literal.kind) {
    case "bool":
      guarded(emitter, value, layout.TAG_BOOL, () => comparePayload(emitter, value, literal.value ? 1n : 0n));
      return;
    case "char":
      guarded(emitter, value, layout.TAG_CHAR, () => comparePayload(emitter, value, BigInt(literal.value)));
      return;
    case "int":
      guarded(emitter, value, layout.TAG_INT, () => comparePayload(emitter, value, literal.value));
      return;
    case "uint":
      guarded(emitter, value, layout.TAG_U64, () => comparePayload(emitter, value, literal.value));
      return;
    case "string":
      emitter.pushPair(value);
      code.i32(context.data.string(literal.value));
      code.call(context.runtimeFunction("is_string"));
      return;
    case "bytes":
      emitter.pushPair(value);
      code.i32(context.data.bytesObject(literal.value));
      code.call(context.runtimeFunction("is_bytes"));
      return;
  }
}

function comparePayload(emitter: FunctionEmitter, value: IrAtom, wanted: bigint): void {
  const { code } = emitter;
  if (representationOf(emitter.typeOf(value)) === "i32") {
    emitter.push(value);
    code.i32(Number(wanted));
    code.op(OP.i32Eq);
    return;
  }
  emitter.pushPayload(value);
  code.i64(wanted);
  code.op(OP.i64Eq);
}

function emitGoesOn(emitter: FunctionEmitter, value: IrAtom): void {
  const { code, context } = emitter;
  const type = emitter.typeOf(value);
  const variantIs = (offset: number, variant: number): void => {
    emitter.pushAddress(value);
    code.memory(OP.i32Load, offset);
    code.i32(variant);
    code.op(OP.i32Eq);
  };
  if (type.kind === "option") variantIs(layout.OPTION_VARIANT, layout.VARIANT_SOME);
  else if (type.kind === "result") variantIs(layout.RESULT_VARIANT, layout.VARIANT_OK);
  else {
    const tag = context.tagOf(type);
    if (tag !== null) {
      emitter.fail(layout.FAIL_TRY, value, null);
      return;
    }
    code.open(OP.block, I32);
    code.open(OP.block, EMPTY);
    emitter.pushTag(value);
    code.i32(layout.TAG_OPTION);
    code.op(OP.i32Ne);
    code.brIf(0);
    variantIs(layout.OPTION_VARIANT, layout.VARIANT_SOME);
    code.br(1);
    code.end();
    emitter.pushTag(value);
    code.i32(layout.TAG_RESULT);
    code.op(OP.i32Ne);
    code.open(OP.if);
    emitter.fail(layout.FAIL_TRY, value, null);
    code.end();
    variantIs(layout.RESULT_VARIANT, layout.VARIANT_OK);
    code.end();
  }
}
