// What an operation yields, given the types of its operands: the abstract semantics of the IR, one rule per kind.
// `never` means that the operation does not complete (or is not reached yet).

import type { TypeId } from "../hir/hir.ts";
import type { Analysis } from "./infer.ts";
import type { IrAtom, IrFact, IrOperation, VariableId } from "./ir.ts";
import type { IrType } from "./types.ts";
import { RANGE_TYPES } from "./types.ts";
import { guardType, isOpen, orNever, typeIdOf } from "./declared-type.ts";
import { storeElement } from "./elements.ts";
import { inferGetField, inferGetIndex, inferPart, inferSetField } from "./infer-access.ts";
import { inferCall, inferCallMethod, inferCallValue } from "./infer-call.ts";
import { intrinsicResult } from "./intrinsics.ts";

/** The type of an operation's result. Tells the analysis what is called, stored, constructed and decided. */
export function inferOperation(analysis: Analysis, operation: IrOperation, target: VariableId): IrType {
  const { types } = analysis;
  const typeOf = (atom: IrAtom): IrType => analysis.typeOf(atom);
  switch (operation.kind) {
    case "copy": {
      const known = operation.value;
      if (typeof known !== "number" && known.kind === "bool") return types.bool;
      return typeOf(known);
    }
    case "assume":
      return assume(analysis, typeOf(operation.value), operation.fact);
    case "string":
    case "format":
      if (operation.kind === "format" && operation.items.some((item) => typeOf(item) === types.never))
        return types.never;
      return types.string;
    case "bytes":
      analysis.markBuiltinLive("Bytes");
      return types.bytes;
    case "unary": {
      const value = typeOf(operation.value);
      if (operation.operator === "!") {
        const decided =
          typeof operation.value === "number" ? analysis.current?.decided.get(operation.value) : undefined;
        if (decided !== undefined) analysis.decide(target, !decided);
        return value === types.float
          ? types.never
          : value === types.bool || value === types.int || value === types.uint
            ? value
            : orNever(types, value);
      }
      return value === types.int || value === types.float ? value : orNever(types, value);
    }
    case "binary":
    case "compound":
      return binary(analysis, operation.operator, typeOf(operation.left), typeOf(operation.right));
    case "cast":
      if (typeOf(operation.value) === types.never) return types.never;
      return operation.to === "i64" ? types.int : operation.to === "u64" ? types.uint : types.float;
    case "is":
      return test(
        analysis,
        target,
        typeOf(operation.value),
        isType(analysis, typeOf(operation.value), operation.type, operation.shape),
      );
    case "is-tuple": {
      const value = typeOf(operation.value);
      if (value.kind === "tuple" && value.items !== null) {
        const fits = operation.exact ? value.items.length === operation.length : value.items.length >= operation.length;
        return test(analysis, target, value, fits);
      }
      if (value === types.unit) return test(analysis, target, value, operation.length === 0);
      return test(analysis, target, value, value.kind === "tuple" || isOpen(types, value) ? null : false);
    }
    case "is-vec":
    case "is-object": {
      const value = typeOf(operation.value);
      const fits = operation.kind === "is-vec" ? types.isVec(value) : value === types.object;
      return test(analysis, target, value, fits || isOpen(types, value) ? null : false);
    }
    case "is-literal": {
      const value = typeOf(operation.value);
      return test(
        analysis,
        target,
        value,
        value === types.ofKind[operation.literal.kind] || isOpen(types, value) ? null : false,
      );
    }
    case "is-end": {
      const value = typeOf(operation.value);
      return test(
        analysis,
        target,
        value,
        value === types.end ? true : value === types.any || value.kind === "maybe" ? null : false,
      );
    }
    case "goes-on": {
      const value = typeOf(operation.value);
      if (value === types.any || value.kind === "option" || value.kind === "result")
        return test(analysis, target, value, null);
      return types.never;
    }
    case "part":
      return inferPart(analysis, typeOf(operation.value), operation.of, operation.index);
    case "entry":
      return orNever(types, typeOf(operation.value));
    case "tuple": {
      const items = operation.items.map(typeOf);
      if (items.includes(types.never)) return types.never;
      analysis.markBuiltinLive("Tuple");
      if (analysis.tuplesAssigned) for (const item of items) analysis.spread(item);
      return types.tuple(analysis.tuplesAssigned ? null : items);
    }
    case "vec": {
      analysis.markBuiltinLive("Vec");
      const items = operation.items.map(typeOf);
      if (items.includes(types.never)) return types.never;
      const made = analysis.vecType(operation);
      for (const item of items) storeElement(analysis, made, item);
      return made;
    }
    case "object":
      analysis.markBuiltinLive("Object");
      for (const item of operation.items) {
        if (typeOf(item) === types.never) return types.never;
        analysis.spread(typeOf(item));
      }
      return types.object;
    case "range":
      return range(analysis, operation.range, typeOf(operation.start), typeOf(operation.end));
    case "construct":
      return construct(analysis, operation.type, operation.shape, operation.items.map(typeOf));
    case "closure": {
      const captures = operation.items.map(typeOf);
      analysis.closureMade(operation.function, captures);
      return captures.includes(types.never) ? types.never : types.closure(operation.function, captures);
    }
    case "call":
      return inferCall(analysis, operation, operation.function, operation.items.map(typeOf), []);
    case "call-value":
      return inferCallValue(analysis, operation, typeOf(operation.callee), operation.items.map(typeOf));
    case "call-method":
      return inferCallMethod(analysis, operation, operation.items.map(typeOf));
    case "call-host":
      for (const name of ["Bytes", "Vec", "Object"]) analysis.markBuiltinLive(name);
      for (const item of operation.items) analysis.spread(typeOf(item));
      return types.any;
    case "intrinsic": {
      const items = operation.items.map(typeOf);
      if (items.includes(types.never)) return types.never;
      return intrinsicResult(analysis, operation, items);
    }
    case "get-field":
      return inferGetField(analysis, typeOf(operation.value), operation.field);
    case "set-field":
      return inferSetField(analysis, typeOf(operation.value), operation.field, typeOf(operation.to));
    case "get-index":
      return inferGetIndex(analysis, typeOf(operation.value), operation.index, typeOf(operation.index));
    case "set-index":
      storeElement(analysis, typeOf(operation.value), typeOf(operation.to));
      return typeOf(operation.value) === types.never || typeOf(operation.to) === types.never ? types.never : types.unit;
    case "get-static":
      return analysis.slots.load(`static ${operation.static}`, types.end);
    case "set-static":
      if (typeOf(operation.to) === types.never) return types.never;
      analysis.slots.store(`static ${operation.static}`, types.maybe(typeOf(operation.to)));
      return types.unit;
    case "print":
      return typeOf(operation.text) === types.never ? types.never : types.unit;
  }
}

function test(analysis: Analysis, target: VariableId, value: IrType, decided: boolean | null): IrType {
  if (value === analysis.types.never) return value;
  if (target >= 0) analysis.decide(target, decided);
  return analysis.types.bool;
}

function binary(analysis: Analysis, operator: string, left: IrType, right: IrType): IrType {
  const { types } = analysis;
  if (left === types.never || right === types.never) return types.never;
  switch (operator) {
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return types.bool;
    default:
      break;
  }
  if (left === types.int || left === types.uint || left === types.float || left === types.string) return left;
  if (left === types.bool && (operator === "&" || operator === "|" || operator === "^")) return left;
  if (left === types.any && right === types.float) return types.float;
  if (left === types.any && right === types.string) return types.string;
  return types.any;
}

/** Whether all, none or some values of a type are of a declared type (and variant). */
function isType(analysis: Analysis, value: IrType, type: TypeId, shape: number | null): boolean | null {
  const { types, world } = analysis;
  if (isOpen(types, value)) return null;
  // `()` is the empty tuple for the type system of the source.
  const own = typeIdOf(analysis, value);
  if (own === undefined) return null;
  if (own !== type) return world.type(type).builtin === "Generator" ? null : false;
  if (shape === null || world.type(type).kind === "struct") return true;
  if (value.kind === "shape") return value.shape === shape;
  if (value.kind === "result") {
    if (value.items[1 - shape] === types.never && value.items[shape] !== types.never) return true;
    if (value.items[shape] === types.never && value.items[1 - shape] !== types.never) return false;
  }
  return null;
}

function assume(analysis: Analysis, value: IrType, fact: IrFact): IrType {
  const { types } = analysis;
  if (value === types.never) return value;
  const open = isOpen(types, value);
  switch (fact.kind) {
    case "not-end":
      return types.withoutEnd(value);
    case "goes-on":
      return value.kind === "result" ? types.result(value.items[0] ?? types.any, types.never) : value;
    case "stops":
      if (value.kind === "option") return types.option(types.never);
      return value.kind === "result" ? types.result(types.never, value.items[1] ?? types.any) : value;
    case "tuple":
      // The unit is the empty tuple too.
      if (fact.length === 0 || (value.kind === "tuple" && value.items !== null)) return value;
      return types.tuple(
        fact.exact && !analysis.tuplesAssigned ? Array.from({ length: fact.length }, () => types.any) : null,
      );
    case "vec":
      return open ? types.vec : value;
    case "object":
      return open ? types.object : value;
    case "literal":
      return open ? types.ofKind[fact.literal] : value;
    case "type": {
      if (open) return guardType(analysis, fact.type, fact.shape);
      if (value.kind === "declared" && fact.shape !== null) return types.shape(value.type, fact.shape, null);
      if (value.kind === "result" && fact.shape !== null) {
        const ok = value.items[0] ?? types.any;
        const error = value.items[1] ?? types.any;
        return fact.shape === 0 ? types.result(ok, types.never) : types.result(types.never, error);
      }
      return value;
    }
  }
}

function range(analysis: Analysis, kind: number, start: IrType, end: IrType): IrType {
  const { types } = analysis;
  if (start === types.never || end === types.never) return types.never;
  analysis.markBuiltinLive(RANGE_TYPES[kind] ?? "Range");
  return types.range(kind, analysis.rangesAssigned ? [types.any, types.any] : [start, end]);
}

function construct(analysis: Analysis, type: TypeId, shape: number, items: readonly IrType[]): IrType {
  const { types, world } = analysis;
  if (items.includes(types.never)) return types.never;
  const declared = world.type(type);
  switch (declared.builtin) {
    case "Option":
      return types.option(items[0] ?? types.never);
    case "Result":
      return shape === 0
        ? types.result(items[0] ?? types.any, types.never)
        : types.result(types.never, items[0] ?? types.any);
    case "Ordering":
      return types.simple("Ordering");
    case null:
    default:
      break;
  }
  analysis.markLive(type);
  items.forEach((item, index) => {
    analysis.slots.store(`${type}.${shape}.${index}`, item);
  });
  return types.shape(type, shape, world.isLibraryType(type) && items.length > 0 ? items : null);
}
