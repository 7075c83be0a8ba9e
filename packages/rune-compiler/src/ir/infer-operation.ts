// What an operation yields, given the types of its operands: the abstract semantics of the IR, one rule per kind.
// `never` means that the operation does not complete (or is not reached yet).

import type { FunctionId, TypeId } from "../hir/hir.ts";
import type { Analysis, DispatchCase } from "./infer.ts";
import type { IrAtom, IrFact, IrOperation, VariableId } from "./ir.ts";
import type { IrType } from "./types.ts";
import { elementOf, storeElement } from "./elements.ts";
import { intrinsicResult } from "./intrinsics.ts";

/** Receiver types of one method that get a function each where the receiver is not known. */
const MAX_SEPARATE = 2;

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
        value === literalType(analysis, operation.literal.kind) || isOpen(types, value) ? null : false,
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
      return part(analysis, typeOf(operation.value), operation.of, operation.index);
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
      return call(analysis, operation, operation.function, operation.items.map(typeOf), []);
    case "call-value":
      return callValue(analysis, operation, typeOf(operation.callee), operation.items.map(typeOf));
    case "call-method":
      return callMethod(analysis, operation, operation.items.map(typeOf));
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
      return getField(analysis, typeOf(operation.value), operation.field);
    case "set-field":
      return setField(analysis, typeOf(operation.value), operation.field, typeOf(operation.to));
    case "get-index":
      return getIndex(analysis, typeOf(operation.value), operation.index, typeOf(operation.index));
    case "set-index":
      storeElement(analysis, typeOf(operation.value), typeOf(operation.to));
      return typeOf(operation.value) === types.never || typeOf(operation.to) === types.never ? types.never : types.unit;
    case "get-static":
      return analysis.load(`static ${operation.static}`, types.end);
    case "set-static":
      if (typeOf(operation.to) === types.never) return types.never;
      analysis.store(`static ${operation.static}`, types.maybe(typeOf(operation.to)));
      return types.unit;
    case "print":
      return typeOf(operation.text) === types.never ? types.never : types.unit;
  }
}

type Types = Analysis["types"];

function orNever(types: Types, value: IrType): IrType {
  return value === types.never ? types.never : types.any;
}

/** Whether a value of the type might be anything. */
function isOpen(types: Types, value: IrType): boolean {
  return value === types.any || value.kind === "maybe";
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

function literalType(analysis: Analysis, kind: "bool" | "char" | "int" | "uint" | "string" | "bytes"): IrType {
  const { types } = analysis;
  switch (kind) {
    case "bool":
      return types.bool;
    case "char":
      return types.char;
    case "int":
      return types.int;
    case "uint":
      return types.uint;
    case "string":
      return types.string;
    case "bytes":
      return types.bytes;
  }
}

/** The most general type of values that `is` accepts. */
export function guardType(analysis: Pick<Analysis, "world" | "types">, type: TypeId, shape: number | null): IrType {
  const { types, world } = analysis;
  const declared = world.type(type);
  switch (declared.builtin) {
    case null:
      return declared.kind === "struct"
        ? types.shape(type, 0, null)
        : shape === null
          ? types.declared(type)
          : types.shape(type, shape, null);
    case "unit":
      return types.unit;
    case "Tuple":
      return types.tuple(null);
    case "Option":
      return types.option(types.any);
    case "Result":
      return types.result(types.any, types.any);
    case "Range":
      return types.range(0, [types.any, types.any]);
    case "RangeInclusive":
      return types.range(1, [types.any, types.any]);
    case "RangeFrom":
      return types.range(2, [types.any, types.any]);
    case "RangeTo":
      return types.range(3, [types.any, types.any]);
    case "RangeToInclusive":
      return types.range(4, [types.any, types.any]);
    case "RangeFull":
      return types.range(5, [types.any, types.any]);
    case "i64":
    case "u64":
    case "f64":
    case "bool":
    case "char":
    case "Ordering":
    case "Type":
    case "String":
    case "Bytes":
    case "Vec":
    case "Object":
    case "HashMap":
    case "HashSet":
    case "Function":
      return types.simple(declared.builtin);
    default:
      return types.any;
  }
}

/** The declared type of all values of a type, when there is one. */
export function typeIdOf(analysis: Pick<Analysis, "world" | "types">, type: IrType): TypeId | undefined {
  const { world } = analysis;
  switch (type.kind) {
    case "shape":
    case "declared":
      return type.type;
    case "option":
      return world.builtin("Option");
    case "result":
      return world.builtin("Result");
    case "tuple":
      return world.builtin("Tuple");
    case "closure":
      return world.builtin("Function");
    case "vec":
      return world.builtin("Vec");
    case "range": {
      const names = ["Range", "RangeInclusive", "RangeFrom", "RangeTo", "RangeToInclusive", "RangeFull"];
      const name = type.range === null ? undefined : names[type.range];
      return name === undefined ? undefined : world.builtin(name);
    }
    case "maybe":
      return undefined;
    case "simple":
      if (type.name === "any" || type.name === "never" || type.name === "end") return undefined;
      // The unit is the empty tuple.
      return world.builtin(type.name === "unit" ? "Tuple" : type.name);
  }
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
      return open ? literalType(analysis, fact.literal) : value;
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

function part(analysis: Analysis, value: IrType, of: "tuple" | "vec" | "fields", index: number): IrType {
  const { types } = analysis;
  switch (value.kind) {
    case "tuple":
      return value.items?.[index] ?? types.any;
    case "option":
      return value.items[0] ?? types.any;
    case "result":
      return types.join(value.items[0] ?? types.any, value.items[1] ?? types.any);
    case "shape":
      return slot(analysis, value, value.shape, index);
    case "vec":
      return elementOf(analysis, value);
    case "closure":
    case "declared":
    case "maybe":
    case "range":
    case "simple":
    default:
      return of === "fields" || value !== types.never ? orNever(types, value) : types.never;
  }
}

/** The type of a slot of a value that is known to have it. */
export function slot(
  analysis: Analysis,
  value: IrType & { readonly kind: "shape" | "declared" },
  shape: number,
  index: number,
): IrType {
  const everywhere = analysis.load(`${value.type}.${shape}.${index}`, analysis.types.never);
  if (value.kind === "shape" && value.slots !== null && !analysis.isUnstable(value.type, shape, index)) {
    return value.slots[index] ?? analysis.types.any;
  }
  return everywhere;
}

function range(analysis: Analysis, kind: number, start: IrType, end: IrType): IrType {
  const { types } = analysis;
  if (start === types.never || end === types.never) return types.never;
  const names = ["Range", "RangeInclusive", "RangeFrom", "RangeTo", "RangeToInclusive", "RangeFull"];
  analysis.markBuiltinLive(names[kind] ?? "Range");
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
    analysis.store(`${type}.${shape}.${index}`, item);
  });
  return types.shape(type, shape, world.isLibraryType(type) && items.length > 0 ? items : null);
}

function call(
  analysis: Analysis,
  operation: IrOperation,
  id: FunctionId,
  items: readonly IrType[],
  captures: readonly IrType[],
): IrType {
  if (items.includes(analysis.types.never)) return analysis.types.never;
  const fn = analysis.world.function(id);
  if (fn.parameters.length !== items.length) {
    analysis.target(operation, { kind: "arity", expected: fn.parameters.length });
    return analysis.types.never;
  }
  const instance = analysis.instance(fn, items, captures);
  analysis.target(operation, { kind: "direct", instance });
  return analysis.resultOf(instance);
}

function callValue(analysis: Analysis, operation: IrOperation, callee: IrType, items: readonly IrType[]): IrType {
  const { types } = analysis;
  if (callee === types.never || items.includes(types.never)) return types.never;
  if (callee.kind === "closure") return call(analysis, operation, callee.function, items, callee.captures);
  if (callee !== types.any && callee !== types.function) {
    analysis.target(operation, { kind: "missing" });
    return types.never;
  }
  for (const item of items) analysis.spread(item);
  analysis.indirectCall(items.length);
  analysis.target(operation, { kind: "indirect" });
  return types.any;
}

function callMethod(
  analysis: Analysis,
  operation: IrOperation & { readonly kind: "call-method" },
  items: readonly IrType[],
): IrType {
  const { types, world } = analysis;
  const receiver = items[0] ?? types.any;
  if (items.includes(types.never)) return types.never;
  const candidates = world.methods(operation.name, operation.protocol);
  const known = typeIdOf(analysis, receiver);
  if (known !== undefined) {
    const method = candidates.find((candidate) => candidate.type === known);
    if (method === undefined) {
      analysis.target(operation, { kind: "missing" });
      return types.never;
    }
    const given = receiver === types.unit ? [types.tuple([]), ...items.slice(1)] : items;
    return call(analysis, operation, method.function, given, []);
  }
  analysis.watchTypes(operation.name);
  analysis.spread(receiver);
  const cases: DispatchCase[] = [];
  let result = types.never;
  const groups = new Map<FunctionId, IrType[]>();
  for (const candidate of candidates) {
    if (!analysis.isLive(candidate.type)) continue;
    const guard = guardType(analysis, candidate.type, null);
    if (receiver.kind === "range" && guard.kind !== "range") continue;
    const group = groups.get(candidate.function);
    if (group === undefined) groups.set(candidate.function, [guard]);
    else group.push(guard);
  }
  for (const [id, guards] of groups) {
    const fn = world.function(id);
    const fits = fn.parameters.length === items.length;
    // A method of many types is one function of an unknown receiver here, rather than one for each of them.
    const shared = guards.length > MAX_SEPARATE ? [guards] : guards.map((guard) => [guard]);
    for (const group of shared) {
      const [guard = types.any] = group;
      const instance = fits
        ? analysis.instance(fn, [group.length > 1 ? types.any : guard, ...items.slice(1)], [])
        : null;
      if (instance !== null) result = types.join(result, analysis.resultOf(instance));
      cases.push({ guards: group, instance, expected: fn.parameters.length });
    }
  }
  analysis.target(operation, { kind: "dispatch", cases });
  return result;
}

/** Position of a field in a shape. */
export function fieldIndex(analysis: Pick<Analysis, "world">, type: TypeId, shape: number, field: string): number {
  return analysis.world.type(type).shapes[shape]?.fields.indexOf(field) ?? -1;
}

function getField(analysis: Analysis, value: IrType, field: string): IrType {
  const { types, world } = analysis;
  switch (value.kind) {
    case "shape": {
      const index = fieldIndex(analysis, value.type, value.shape, field);
      return index < 0 ? types.never : slot(analysis, value, value.shape, index);
    }
    case "declared": {
      let result = types.never;
      world.type(value.type).shapes.forEach((_, shape) => {
        const index = fieldIndex(analysis, value.type, shape, field);
        if (index >= 0) result = types.join(result, slot(analysis, value, shape, index));
      });
      return result;
    }
    case "tuple":
      return value.items === null ? types.any : (value.items[Number(field)] ?? types.never);
    case "option":
      return field === "0" ? (value.items[0] ?? types.any) : types.never;
    case "result":
      return field === "0" ? types.join(value.items[0] ?? types.any, value.items[1] ?? types.any) : types.never;
    case "range":
      return analysis.rangesAssigned ? types.any : (value.items[field === "start" ? 0 : 1] ?? types.any);
    case "simple":
      if (value === types.never) return types.never;
      if (value === types.any) return fieldOfAny(analysis, field);
      return value === types.object || value === types.vec ? types.any : types.never;
    case "vec":
      return elementOf(analysis, value);
    case "maybe":
    case "closure":
      return types.any;
  }
}

/** The join over all values that exist and have the field. */
function fieldOfAny(analysis: Analysis, field: string): IrType {
  const { types } = analysis;
  analysis.watchTypes(null);
  const numeric = /^\d+$/.test(field);
  if (numeric || analysis.isBuiltinLive("Object") || ((field === "start" || field === "end") && analysis.rangesLive()))
    return types.any;
  let result = types.never;
  for (const [type, shape, index] of analysis.fieldOwners(field)) {
    if (analysis.isLive(type)) result = types.join(result, analysis.load(`${type}.${shape}.${index}`, types.never));
  }
  return result;
}

function setField(analysis: Analysis, value: IrType, field: string, to: IrType): IrType {
  const { types, world } = analysis;
  if (value === types.never || to === types.never) return types.never;
  const assign = (type: TypeId, shape: number, receiver: IrType | null): void => {
    const index = fieldIndex(analysis, type, shape, field);
    if (index < 0) return;
    analysis.store(`${type}.${shape}.${index}`, to);
    if (world.isLibraryType(type)) {
      const slots = receiver?.kind === "shape" ? receiver.slots : null;
      analysis.assignSlot(type, shape, index, slots?.[index] ?? null, to);
    } else analysis.spread(to);
  };
  if (value.kind === "shape") assign(value.type, value.shape, value);
  else if (value.kind === "declared")
    world.type(value.type).shapes.forEach((_, shape) => assign(value.type, shape, null));
  else if (isOpen(types, value)) {
    for (const [type, shape] of analysis.fieldOwners(field)) assign(type, shape, null);
    analysis.spread(to);
  } else storeElement(analysis, value, to);
  return types.unit;
}

function getIndex(analysis: Analysis, value: IrType, index: IrAtom, indexType: IrType): IrType {
  const { types } = analysis;
  if (value === types.never || indexType === types.never) return types.never;
  if (value === types.bytes) return types.any;
  if (value.kind === "vec") {
    const element = elementOf(analysis, value);
    if (indexType === types.int || indexType === types.uint) return element;
    analysis.spread(element);
    return types.any;
  }
  if (
    value.kind === "tuple" &&
    value.items !== null &&
    typeof index !== "number" &&
    (index.kind === "int" || index.kind === "uint")
  ) {
    return value.items[Number(index.value)] ?? types.never;
  }
  return types.any;
}
