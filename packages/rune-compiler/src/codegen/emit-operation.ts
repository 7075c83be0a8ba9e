// Generates the code of an operation: leaves its result on the stack and says in the representation of which type.
// One case per kind; the larger families are in files of their own.

import { layout } from "@crucible/rune-runtime";
import type { IrAtom, IrOperation, VariableId } from "../ir/ir.ts";
import { isTest } from "../ir/ir.ts";
import type { IrType } from "../ir/types.ts";
import { I32, I64, OP } from "../wasm/opcodes.ts";
import { emitBinary, emitCast, emitUnary } from "./emit-arithmetic.ts";
import { emitGetField, emitGetIndex, emitPart, emitSetField, emitSetIndex } from "./emit-access.ts";
import { emitCall, emitCallMethod, emitCallValue } from "./emit-call.ts";
import { emitRuntime, keepAndTestFull } from "./call-runtime.ts";
import { emitMovedChecks } from "./emit-moved.ts";
import { emitIntrinsic } from "./emit-runtime.ts";
import { emitTest } from "./emit-test.ts";
import { formatSpec } from "./format-spec.ts";
import type { FunctionEmitter } from "./function-emitter.ts";

/** Emits one operation. `target` is where the result will go (−1: nowhere); its type is what the result must fit. */
export function emitOperation(emitter: FunctionEmitter, operation: IrOperation, target: VariableId): IrType {
  const { code, context } = emitter;
  const { types } = context;
  const wanted = target < 0 ? types.any : emitter.typeOf(target);
  emitMovedChecks(emitter, operation);
  if (isTest(operation)) {
    emitTest(emitter, operation, target);
    return types.bool;
  }
  switch (operation.kind) {
    case "copy":
      return emitter.push(operation.value);
    case "assume": {
      // The value satisfies the test: take it as the type that the target has.
      const type = emitter.push(operation.value);
      if (target < 0) return type;
      emitter.convert(type, wanted);
      return wanted;
    }
    case "string":
      emitRuntime(emitter, "string_literal", [], () => code.i32(context.data.string(operation.value)));
      return types.string;
    case "bytes":
      emitRuntime(emitter, "bytes_literal", [], () => code.i32(context.data.bytesObject(operation.value)));
      return types.bytes;
    case "unary":
      return emitUnary(emitter, operation.operator, operation.value);
    case "binary":
    case "compound":
      return emitBinary(emitter, operation);
    case "cast":
      return emitCast(emitter, operation.to, operation.value);
    case "part":
      return emitPart(emitter, operation.value, operation.of, operation.index, wanted);
    case "entry":
      emitRuntime(emitter, "object_find", [], () => {
        emitter.pushAddress(operation.value);
        code.i32(context.data.string(operation.key));
      });
      return types.any;
    case "tuple":
      return emitTuple(emitter, operation);
    case "vec":
      return emitVec(emitter, operation);
    case "object":
      return emitObject(emitter, operation);
    case "construct":
      return emitConstruct(emitter, operation);
    case "range":
      emitRuntime(emitter, "range_new", [operation.start, operation.end], () => {
        code.i32(operation.range);
        emitter.pushPair(operation.start);
        emitter.pushPair(operation.end);
      });
      return types.range(operation.range, [types.any, types.any]);
    case "closure":
      return emitClosure(emitter, operation);
    case "call":
      return emitCall(emitter, operation, operation.items);
    case "call-value":
      return emitCallValue(emitter, operation);
    case "call-method":
      return emitCallMethod(emitter, operation);
    case "call-host":
      return emitCallHost(emitter, operation);
    case "intrinsic":
      return emitIntrinsic(emitter, operation.name, operation.items);
    case "get-field":
      return emitGetField(emitter, operation.value, operation.field, wanted);
    case "set-field":
      emitSetField(emitter, operation.value, operation.field, operation.to);
      return types.unit;
    case "get-index":
      return emitGetIndex(emitter, operation.value, operation.index);
    case "set-index":
      emitSetIndex(emitter, operation.value, operation.index, operation.to);
      return types.unit;
    case "get-static":
      return emitGetStatic(emitter, operation.static);
    case "set-static":
      emitSetStatic(emitter, operation);
      return types.unit;
    case "format":
      return emitFormat(emitter, operation);
    case "print":
      emitter.push(operation.text);
      code.i32(operation.newline ? 1 : 0);
      code.call(context.runtimeFunction("print"));
      return types.unit;
  }
}

function emitTuple(emitter: FunctionEmitter, operation: IrOperation & { readonly kind: "tuple" }): IrType {
  const { code, context } = emitter;
  const { types } = context;
  if (operation.items.length === 0) return types.unit;
  emitRuntime(emitter, "tuple_new", operation.items, () => code.i32(operation.items.length));
  fillSlots(emitter, operation.items);
  return types.tuple(operation.items.map((item) => emitter.typeOf(item)));
}

/** Stores operands to the slots of the object whose address is on the stack; leaves the address. */
function fillSlots(emitter: FunctionEmitter, items: readonly IrAtom[]): void {
  const { code } = emitter;
  if (items.length === 0) return;
  const address = code.scratch(I32);
  code.set(address);
  items.forEach((item, index) =>
    emitter.storeSlot(() => code.get(address), layout.OBJECT_SLOTS + index * layout.SLOT_SIZE, item),
  );
  code.get(address);
  code.release(address);
}

function emitVec(emitter: FunctionEmitter, operation: IrOperation & { readonly kind: "vec" }): IrType {
  const { code, context } = emitter;
  const address = collectItems(emitter, operation.items);
  code.get(address);
  code.release(address);
  return context.types.vec;
}

/** Ends the invocation when the i32 on the stack says that memory is full. */
function failWhenFull(emitter: FunctionEmitter): void {
  const { code } = emitter;
  code.op(OP.i32Eqz);
  code.open(OP.if);
  emitter.fail(layout.FAIL_MEMORY, null, null);
  code.end();
}

function emitObject(emitter: FunctionEmitter, operation: IrOperation & { readonly kind: "object" }): IrType {
  const { code, context } = emitter;
  emitRuntime(emitter, "object_new", operation.items, () => {});
  const address = code.scratch(I32);
  code.set(address);
  operation.items.forEach((item, index) => {
    code.get(address);
    code.i32(context.data.string(operation.keys[index] ?? ""));
    emitter.pushPair(item);
    code.call(context.runtimeFunction("object_put"));
    failWhenFull(emitter);
  });
  code.get(address);
  code.release(address);
  return context.types.object;
}

function emitConstruct(emitter: FunctionEmitter, operation: IrOperation & { readonly kind: "construct" }): IrType {
  const { code, context } = emitter;
  const { types } = context;
  const builtin = context.world.type(operation.type).builtin;
  const first = operation.items[0];
  if (builtin === "Option") {
    if (first === undefined) code.i32(layout.NONE_OBJECT);
    else emitRuntime(emitter, "option_some", [first], () => emitter.pushPair(first));
    return types.option(first === undefined ? types.never : types.any);
  }
  if (builtin === "Result" && first !== undefined) {
    emitRuntime(emitter, operation.shape === 0 ? "result_ok" : "result_err", [first], () => emitter.pushPair(first));
    return types.result(types.any, types.any);
  }
  if (builtin === "Ordering") {
    code.i64(BigInt(operation.shape - 1));
    return types.simple("Ordering");
  }
  emitRuntime(emitter, "struct_new", operation.items, () => {
    code.i32(context.shapeNumber(operation.type, operation.shape));
    code.i32(operation.items.length);
  });
  fillSlots(emitter, operation.items);
  return types.shape(operation.type, operation.shape, null);
}

function emitClosure(emitter: FunctionEmitter, operation: IrOperation & { readonly kind: "closure" }): IrType {
  const { code, context } = emitter;
  const type = context.types.closure(operation.function, []);
  if (operation.items.length === 0) {
    code.i32(context.functionObject(operation.function));
    return type;
  }
  emitRuntime(emitter, "closure_new", operation.items, () => {
    code.i32(context.tableSlot(operation.function));
    code.i32(context.world.function(operation.function).parameters.length);
    code.i32(operation.items.length);
  });
  fillSlots(emitter, operation.items);
  return type;
}

/** Makes a vec of operands and puts it in a scratch local, which the caller releases. */
function collectItems(emitter: FunctionEmitter, items: readonly IrAtom[]): number {
  const { code, context } = emitter;
  emitRuntime(emitter, "vec_with_capacity", items, () => code.i64(BigInt(items.length)));
  const address = code.scratch(I32);
  code.set(address);
  for (const item of items) {
    code.get(address);
    emitter.pushPair(item);
    code.call(context.runtimeFunction("vec_push"));
    // The room was reserved: the only reason to be full is a change of representation.
    failWhenFull(emitter);
  }
  return address;
}

function emitCallHost(emitter: FunctionEmitter, operation: IrOperation & { readonly kind: "call-host" }): IrType {
  const { code, context } = emitter;
  const given = collectItems(emitter, operation.items);
  context.hostFunctions.add(operation.name);
  emitter.spill();
  code.i32(context.data.string(operation.name));
  code.get(given);
  code.op(OP.i64ExtendI32U);
  code.i32(layout.TAG_VEC);
  code.call(context.runtimeFunction("host_call"));
  const payload = code.scratch(I64);
  const isFull = (): void => {
    keepAndTestFull(emitter, payload);
    code.open(OP.if);
  };
  // The call had its effect: only its answer is decoded again, after a collection.
  isFull();
  emitter.callCollecting("collect", operation.items);
  code.call(context.runtimeFunction("host_answer"));
  isFull();
  emitter.fail(layout.FAIL_MEMORY, null, null);
  code.end();
  code.end();
  code.get(payload);
  code.loadAt(OP.i32Load, layout.CELL_TAG);
  code.release(payload);
  code.release(given);
  return context.types.any;
}

function emitGetStatic(emitter: FunctionEmitter, id: number): IrType {
  const { code, context } = emitter;
  const address = context.staticAddress(id);
  code.loadAt(OP.i64Load, address + layout.SLOT_PAYLOAD);
  code.loadAt(OP.i32Load, address + layout.SLOT_TAG);
  return context.types.any;
}

function emitSetStatic(emitter: FunctionEmitter, operation: IrOperation & { readonly kind: "set-static" }): void {
  const { code, context } = emitter;
  const address = context.staticAddress(operation.static);
  code.i32(0);
  emitter.pushTag(operation.to);
  code.memory(OP.i32Store, address + layout.SLOT_TAG);
  code.i32(0);
  emitter.pushPayload(operation.to);
  code.memory(OP.i64Store, address + layout.SLOT_PAYLOAD);
}

function emitFormat(emitter: FunctionEmitter, operation: IrOperation & { readonly kind: "format" }): IrType {
  const { code, context } = emitter;
  const pieces = (): void => {
    code.call(context.runtimeFunction("format_begin"));
    let item = 0;
    for (const piece of operation.pieces) {
      if (typeof piece === "string") {
        code.i32(context.data.string(piece));
        code.call(context.runtimeFunction("format_static"));
      } else {
        const value = operation.items[item];
        item += 1;
        if (value === undefined) continue;
        emitter.pushPair(value);
        code.i64(formatSpec(piece));
        code.call(context.runtimeFunction("format_value"));
      }
    }
  };
  emitRuntime(emitter, "format_end", operation.items, pieces);
  return context.types.string;
}
