// What reads of fields, parts and elements yield, and what assignments to them tell.

import type { TypeId } from "../hir/hir.ts";
import { isOpen, orNever } from "./declared-type.ts";
import { elementOf, storeElement } from "./elements.ts";
import type { Analysis } from "./infer.ts";
import type { IrAtom } from "./ir.ts";
import type { IrType } from "./types.ts";

/** A part that a pattern step has established. */
export function inferPart(analysis: Analysis, value: IrType, of: "tuple" | "vec" | "fields", index: number): IrType {
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
function slot(
  analysis: Analysis,
  value: IrType & { readonly kind: "shape" | "declared" },
  shape: number,
  index: number,
): IrType {
  const everywhere = analysis.slots.load(`${value.type}.${shape}.${index}`, analysis.types.never);
  if (value.kind === "shape" && value.slots !== null && !analysis.slots.isUnstable(value.type, shape, index)) {
    return value.slots[index] ?? analysis.types.any;
  }
  return everywhere;
}

/** `value.field`. */
export function inferGetField(analysis: Analysis, value: IrType, field: string): IrType {
  const { types, world } = analysis;
  switch (value.kind) {
    case "shape": {
      const index = world.fieldIndex(value.type, value.shape, field);
      return index < 0 ? types.never : slot(analysis, value, value.shape, index);
    }
    case "declared": {
      let result = types.never;
      world.type(value.type).shapes.forEach((_, shape) => {
        const index = world.fieldIndex(value.type, shape, field);
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
    if (analysis.isLive(type))
      result = types.join(result, analysis.slots.load(`${type}.${shape}.${index}`, types.never));
  }
  return result;
}

/** `value.field = to`. */
export function inferSetField(analysis: Analysis, value: IrType, field: string, to: IrType): IrType {
  const { types, world } = analysis;
  if (value === types.never || to === types.never) return types.never;
  const assign = (type: TypeId, shape: number, receiver: IrType | null): void => {
    const index = world.fieldIndex(type, shape, field);
    if (index < 0) return;
    analysis.slots.store(`${type}.${shape}.${index}`, to);
    if (world.isLibraryType(type)) {
      const slots = receiver?.kind === "shape" ? receiver.slots : null;
      analysis.slots.assignSlot(type, shape, index, slots?.[index] ?? null, to);
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

/** `value[index]`. */
export function inferGetIndex(analysis: Analysis, value: IrType, index: IrAtom, indexType: IrType): IrType {
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
