// What calls yield, and what they call: known functions, closures, methods by the type of their receiver.

import type { FunctionId } from "../hir/hir.ts";
import { typeIdOf } from "./declared-type.ts";
import type { Analysis } from "./infer.ts";
import type { DispatchCase } from "./instance.ts";
import type { IrOperation } from "./ir.ts";
import type { IrType } from "./types.ts";

/** Receiver types of one method that get a function each where the receiver is not known. */
const MAX_SEPARATE = 2;

/** A call of a known function. */
export function inferCall(
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

/** A call of a value. */
export function inferCallValue(
  analysis: Analysis,
  operation: IrOperation,
  callee: IrType,
  items: readonly IrType[],
): IrType {
  const { types } = analysis;
  if (callee === types.never || items.includes(types.never)) return types.never;
  if (callee.kind === "closure") return inferCall(analysis, operation, callee.function, items, callee.captures);
  if (callee !== types.any && callee !== types.function) {
    analysis.target(operation, { kind: "missing" });
    return types.never;
  }
  for (const item of items) analysis.spread(item);
  analysis.indirectCall(items.length);
  analysis.target(operation, { kind: "indirect" });
  return types.any;
}

/** A call of a method: one target where the receiver is known, one for each type that may be there otherwise. */
export function inferCallMethod(
  analysis: Analysis,
  operation: IrOperation & { readonly kind: "call-method" },
  items: readonly IrType[],
): IrType {
  const { types, world } = analysis;
  const receiver = items[0] ?? types.any;
  if (items.includes(types.never)) return types.never;
  const methods = world.methods(operation.name, operation.protocol);
  const known = typeIdOf(analysis, receiver);
  if (known !== undefined) {
    const method = methods.byType.get(known);
    if (method === undefined) {
      analysis.target(operation, { kind: "missing" });
      return types.never;
    }
    const given = receiver === types.unit ? [types.tuple([]), ...items.slice(1)] : items;
    return inferCall(analysis, operation, method, given, []);
  }
  analysis.watchTypes(operation.name);
  analysis.spread(receiver);
  const cases: DispatchCase[] = [];
  let result = types.never;
  for (const [id, owners] of methods.functions) {
    const guards = analysis.liveGuards(id, owners);
    const possible = receiver.kind === "range" ? guards.filter((guard) => guard.kind === "range") : guards;
    if (possible.length === 0) continue;
    const fn = world.function(id);
    const fits = fn.parameters.length === items.length;
    // A method of many types is one function of an unknown receiver here, rather than one for each of them.
    const shared = possible.length > MAX_SEPARATE ? [possible] : possible.map((guard) => [guard]);
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
