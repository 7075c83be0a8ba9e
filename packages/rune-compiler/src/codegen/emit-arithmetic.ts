// Generates operators. The left operand decides: integers are checked, floats are IEEE, everything else and every
// mixture goes through the runtime. Where types are unknown the case of two integers is tested first.

import { layout } from "@crucible/rune-runtime";
import type { HirBinary } from "../hir/hir.ts";
import type { IrAtom, IrOperation } from "../ir/ir.ts";
import type { IrType } from "../ir/types.ts";
import { representationOf } from "../ir/types.ts";
import { I32, I64, OP } from "../wasm/opcodes.ts";
import type { Integers } from "./emit-integer.ts";
import { emitIntegerOperation, emitNegation } from "./emit-integer.ts";
import { emitRuntime } from "./call-runtime.ts";
import type { FunctionEmitter } from "./function-emitter.ts";

/** The runtime's numbers of the operators. */
const OPERATORS: Readonly<Record<HirBinary, number>> = {
  "+": layout.OP_ADD,
  "-": layout.OP_SUB,
  "*": layout.OP_MUL,
  "/": layout.OP_DIV,
  "%": layout.OP_REM,
  "&": layout.OP_AND,
  "|": layout.OP_OR,
  "^": layout.OP_XOR,
  "<<": layout.OP_SHL,
  ">>": layout.OP_SHR,
  "==": layout.OP_EQ,
  "!=": layout.OP_NE,
  "<": layout.OP_LT,
  "<=": layout.OP_LE,
  ">": layout.OP_GT,
  ">=": layout.OP_GE,
};

const SIGNED: Partial<Record<HirBinary, number>> = {
  "==": OP.i64Eq,
  "!=": OP.i64Ne,
  "<": OP.i64LtS,
  "<=": OP.i64LeS,
  ">": OP.i64GtS,
  ">=": OP.i64GeS,
};
const UNSIGNED: Partial<Record<HirBinary, number>> = {
  "==": OP.i64Eq,
  "!=": OP.i64Ne,
  "<": OP.i64LtU,
  "<=": OP.i64LeU,
  ">": OP.i64GtU,
  ">=": OP.i64GeU,
};
const NARROW: Partial<Record<HirBinary, number>> = {
  "==": OP.i32Eq,
  "!=": OP.i32Ne,
  "<": OP.i32LtU,
  "<=": OP.i32LeU,
  ">": OP.i32GtU,
  ">=": OP.i32GeU,
};
const FLOAT: Partial<Record<HirBinary, number>> = {
  "+": OP.f64Add,
  "-": OP.f64Sub,
  "*": OP.f64Mul,
  "/": OP.f64Div,
  "==": OP.f64Eq,
  "!=": OP.f64Ne,
  "<": OP.f64Lt,
  "<=": OP.f64Le,
  ">": OP.f64Gt,
  ">=": OP.f64Ge,
};

/** Whether an operator compares. */
export function isComparison(operator: HirBinary): boolean {
  return SIGNED[operator] !== undefined;
}

/** `left operator right`, or the new value of `left operator= right`. */
type Binary = IrOperation & { readonly kind: "binary" | "compound" };

/** Emits an operator with two operands. */
export function emitBinary(emitter: FunctionEmitter, operation: Binary): IrType {
  const { operator, left, right } = operation;
  const { types } = emitter.context;
  const leftType = emitter.typeOf(left);
  const rightType = emitter.typeOf(right);
  if (isComparison(operator)) {
    emitComparison(emitter, operation);
    return types.bool;
  }
  if (leftType === rightType && (leftType === types.int || leftType === types.uint)) {
    emitIntegerOperation(emitter, operator, integersOf(emitter, operation, leftType === types.int));
    return leftType;
  }
  if (isInteger(types, leftType) && isInteger(types, rightType)) {
    emitTwoKinds(emitter, operation);
    return leftType;
  }
  if (leftType === types.float && rightType === types.float) {
    emitFloat(emitter, operation);
    return types.float;
  }
  if (
    leftType === types.bool &&
    rightType === types.bool &&
    (operator === "&" || operator === "|" || operator === "^")
  ) {
    emitter.push(left);
    emitter.push(right);
    emitter.code.op(operator === "&" ? OP.i32And : operator === "|" ? OP.i32Or : OP.i32Xor);
    return types.bool;
  }
  return emitMixed(emitter, operation);
}

function isInteger(types: FunctionEmitter["context"]["types"], type: IrType): boolean {
  return type === types.int || type === types.uint;
}

/** i64 with u64 or the reverse: the left one's operation, as long as the right one has a value in its range. */
function emitTwoKinds(emitter: FunctionEmitter, operation: Binary): void {
  const { operator, left, right } = operation;
  const { code, context } = emitter;
  const { types } = context;
  const leftType = emitter.typeOf(left);
  const result = code.scratch(I64);
  emitter.push(right);
  code.i64(0n);
  code.op(OP.i64GeS);
  code.open(OP.if);
  emitIntegerOperation(emitter, operator, integersOf(emitter, operation, leftType === types.int));
  code.set(result);
  code.else();
  slowBinary(emitter, operation);
  emitter.convert(types.any, leftType);
  code.set(result);
  code.end();
  code.get(result);
  code.release(result);
}

/** Operands that are known to be integers here, by their payloads. */
function integersOf(emitter: FunctionEmitter, { left, right }: Binary, signed: boolean): Integers {
  return {
    signed,
    left: () => emitter.pushPayload(left),
    right: () => emitter.pushPayload(right),
    constant: constant(right),
  };
}

function constant(atom: IrAtom): bigint | null {
  return typeof atom !== "number" && (atom.kind === "int" || atom.kind === "uint") ? atom.value : null;
}

function emitFloat(emitter: FunctionEmitter, operation: Binary): void {
  const { operator, left, right } = operation;
  const { code, context } = emitter;
  const instruction = FLOAT[operator];
  emitter.push(left);
  emitter.push(right);
  if (instruction !== undefined) code.op(instruction);
  else if (operator === "%") code.call(context.runtimeFunction("f64_rem"));
  else {
    code.op(OP.drop, OP.drop);
    slowBinary(emitter, operation);
    emitter.convert(context.types.any, context.types.float);
  }
}

function slowBinary(emitter: FunctionEmitter, operation: Binary): void {
  const { kind, operator, left, right } = operation;
  emitRuntime(emitter, kind, [left, right], () => {
    emitter.code.i32(OPERATORS[operator]);
    emitter.pushPair(left);
    emitter.pushPair(right);
  });
}

/** At least one type is unknown, or the two differ. */
function emitMixed(emitter: FunctionEmitter, operation: Binary): IrType {
  const { operator, left, right } = operation;
  const { code, context } = emitter;
  const { types } = context;
  const leftType = emitter.typeOf(left);
  const rightType = emitter.typeOf(right);
  const mayBeInt = (type: IrType): boolean => type === types.int || representationOf(type) === "pair";
  const result = leftType === types.int || leftType === types.uint || leftType === types.float ? leftType : types.any;
  if (mayBeInt(leftType) && mayBeInt(rightType)) {
    const payload = code.scratch(I64);
    const tag = code.scratch(I32);
    pushNotInt(emitter, left, right);
    code.op(OP.i32Eqz);
    code.open(OP.if);
    emitIntegerOperation(emitter, operator, integersOf(emitter, operation, true));
    code.set(payload);
    code.i32(layout.TAG_INT);
    code.set(tag);
    code.else();
    emitOther(emitter, operation);
    code.set(tag);
    code.set(payload);
    code.end();
    code.get(payload);
    if (result !== types.int) code.get(tag);
    code.release(payload, tag);
    return result === types.int ? types.int : types.any;
  }
  emitOther(emitter, operation);
  if (result === types.any) {
    const joined = rightType === types.float && representationOf(leftType) === "pair" ? types.float : types.any;
    emitter.convert(types.any, joined);
    return joined;
  }
  emitter.convert(types.any, result);
  return result;
}

/** Puts on the stack a number that is 0 exactly when both operands are i64. */
function pushNotInt(emitter: FunctionEmitter, left: IrAtom, right: IrAtom): void {
  const { code, context } = emitter;
  const known = (atom: IrAtom): boolean => emitter.typeOf(atom) === context.types.int;
  if (!known(left)) emitter.pushTag(left);
  if (!known(right)) emitter.pushTag(right);
  if (!known(left) && !known(right)) code.op(OP.i32Or);
}

/** Floats first where the operator has an instruction, then the runtime. Leaves payload and tag. */
function emitOther(emitter: FunctionEmitter, operation: Binary): void {
  const { operator, left, right } = operation;
  const { code, context } = emitter;
  const { types } = context;
  const instruction = FLOAT[operator];
  const mayBeFloat = (atom: IrAtom): boolean => {
    const type = emitter.typeOf(atom);
    return type === types.float || representationOf(type) === "pair";
  };
  if (instruction === undefined || !mayBeFloat(left) || !mayBeFloat(right)) {
    slowBinary(emitter, operation);
    return;
  }
  const payload = code.scratch(I64);
  const tag = code.scratch(I32);
  emitter.pushTag(left);
  code.i32(layout.TAG_FLOAT);
  code.op(OP.i32Eq);
  emitter.pushTag(right);
  code.i32(layout.TAG_FLOAT);
  code.op(OP.i32Eq, OP.i32And);
  code.open(OP.if);
  pushFloat(emitter, left);
  pushFloat(emitter, right);
  code.op(instruction, OP.i64ReinterpretF64);
  code.set(payload);
  code.i32(layout.TAG_FLOAT);
  code.set(tag);
  code.else();
  slowBinary(emitter, operation);
  code.set(tag);
  code.set(payload);
  code.end();
  code.get(payload);
  code.get(tag);
  code.release(payload, tag);
}

function pushFloat(emitter: FunctionEmitter, atom: IrAtom): void {
  if (emitter.typeOf(atom) === emitter.context.types.float) {
    emitter.push(atom);
    return;
  }
  emitter.pushPayload(atom);
  emitter.code.op(OP.f64ReinterpretI64);
}

function emitComparison(emitter: FunctionEmitter, operation: Binary): void {
  const { operator, left, right } = operation;
  const { code, context } = emitter;
  const { types } = context;
  const leftType = emitter.typeOf(left);
  const rightType = emitter.typeOf(right);
  const both = (instruction: number | undefined): boolean => {
    if (instruction === undefined) return false;
    emitter.push(left);
    emitter.push(right);
    code.op(instruction);
    return true;
  };
  if (leftType === rightType) {
    if (leftType === types.int && both(SIGNED[operator])) return;
    if (leftType === types.uint && both(UNSIGNED[operator])) return;
    if (leftType === types.float && both(FLOAT[operator])) return;
    if ((leftType === types.bool || leftType === types.char) && both(NARROW[operator])) return;
  }
  if (isInteger(types, leftType) && isInteger(types, rightType)) {
    emitOrderOfTwoKinds(emitter, operation);
    return;
  }
  const slow = (): void => slowComparison(emitter, operation);
  const mayBeInt = (type: IrType): boolean => type === types.int || representationOf(type) === "pair";
  if (!mayBeInt(leftType) || !mayBeInt(rightType)) {
    slow();
    return;
  }
  pushNotInt(emitter, left, right);
  code.op(OP.i32Eqz);
  code.open(OP.if, I32);
  emitter.pushPayload(left);
  emitter.pushPayload(right);
  code.op(SIGNED[operator] ?? OP.i64Eq);
  code.else();
  slow();
  code.end();
}

function slowComparison(emitter: FunctionEmitter, operation: Binary): void {
  const { operator, left, right } = operation;
  const { code, context } = emitter;
  code.i32(OPERATORS[operator]);
  emitter.pushPair(left);
  emitter.pushPair(right);
  code.call(context.runtimeFunction("compare"));
}

/** i64 with u64 or the reverse: the left one's comparison, as long as the right one has a value in its range. */
function emitOrderOfTwoKinds(emitter: FunctionEmitter, operation: Binary): void {
  const { operator, left, right } = operation;
  const { code, context } = emitter;
  const instructions = emitter.typeOf(left) === context.types.uint ? UNSIGNED : SIGNED;
  const inRange = (): void => {
    emitter.push(left);
    emitter.push(right);
    code.op(instructions[operator] ?? OP.i64Eq);
  };
  const known = constant(right);
  if (known !== null && known >= 0n && known < 1n << 63n) {
    inRange();
    return;
  }
  emitter.push(right);
  code.i64(0n);
  code.op(OP.i64GeS);
  code.open(OP.if, I32);
  inRange();
  code.else();
  slowComparison(emitter, operation);
  code.end();
}

/** Emits `-value` or `!value`. */
export function emitUnary(emitter: FunctionEmitter, operator: "-" | "!", value: IrAtom): IrType {
  const { code, context } = emitter;
  const { types } = context;
  const type = emitter.typeOf(value);
  if (operator === "!" && type === types.bool) {
    emitter.push(value);
    code.op(OP.i32Eqz);
    return type;
  }
  if (operator === "!" && (type === types.int || type === types.uint)) {
    emitter.push(value);
    code.i64(-1n);
    code.op(OP.i64Xor);
    return type;
  }
  if (operator === "-" && type === types.float) {
    emitter.push(value);
    code.op(OP.f64Neg);
    return type;
  }
  if (operator === "-" && type === types.int) {
    emitNegation(emitter, () => emitter.push(value));
    return type;
  }
  emitRuntime(emitter, "unary", [value], () => {
    code.i32(operator === "-" ? layout.OP_NEG : layout.OP_NOT);
    emitter.pushPair(value);
  });
  return types.any;
}

/** Emits `value as i64|u64|f64`. */
export function emitCast(emitter: FunctionEmitter, to: "i64" | "u64" | "f64", value: IrAtom): IrType {
  const { code, context } = emitter;
  const { types } = context;
  const type = emitter.typeOf(value);
  const wanted = to === "i64" ? types.int : to === "u64" ? types.uint : types.float;
  if (type === types.int || type === types.uint) {
    emitter.push(value);
    if (to === "f64") code.op(type === types.int ? OP.f64ConvertI64S : OP.f64ConvertI64U);
    return wanted;
  }
  if (type === types.float) {
    emitter.push(value);
    if (to !== "f64") code.prefixed(to === "i64" ? "i64TruncSatF64S" : "i64TruncSatF64U");
    return wanted;
  }
  emitRuntime(emitter, "cast", [value], () => {
    emitter.pushPair(value);
    code.i32(to === "i64" ? layout.TAG_INT : to === "u64" ? layout.TAG_U64 : layout.TAG_FLOAT);
  });
  emitter.convert(types.any, wanted);
  return wanted;
}
