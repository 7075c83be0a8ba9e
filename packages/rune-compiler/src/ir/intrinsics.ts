// What the runtime's functions yield: their signatures read as types. The few whose result depends on the arguments'
// types have a rule of their own.

import { ABI_FUNCTIONS } from "@crucible/rune-runtime";
import type { AbiKind } from "@crucible/rune-runtime";
import type { Analysis } from "./infer.ts";
import type { IrType, TypeTable } from "./types.ts";

/** The type of what a runtime function returns; brings the types of heap results to life. */
export function intrinsicResult(analysis: Analysis, name: string, items: readonly IrType[]): IrType {
  const { types } = analysis;
  const first = items[0] ?? types.any;
  if (name === "option") return types.option(types.withoutEnd(first));
  if (name === "clone") return first.kind === "shape" ? types.shape(first.type, first.shape, null) : first;
  if (name === "option_value" && first.kind === "option") return types.maybe(first.items[0] ?? types.any);
  if (name === "option_take" && first.kind === "option") return first;
  if (name === "option_some") return types.option(first);
  if (name === "result_ok") return types.result(first, types.never);
  if (name === "result_err") return types.result(types.never, first);
  if (name === "range_start" && first.kind === "range") return first.items[0] ?? types.any;
  if (name === "range_end" && first.kind === "range") return first.items[1] ?? types.any;
  const signature = ABI_FUNCTIONS.get(name);
  if (signature === undefined) return types.any;
  const live = LIVE[signature.result];
  if (live !== undefined) analysis.markBuiltinLive(live);
  return kindType(types, signature.result);
}

const LIVE: Partial<Record<AbiKind, string>> = {
  bytes: "Bytes",
  vec: "Vec",
  tuple: "Tuple",
  object: "Object",
  map: "HashMap",
  set: "HashSet",
};

/** The type that a kind of the ABI stands for as a result. */
export function kindType(types: TypeTable, kind: AbiKind): IrType {
  switch (kind) {
    case "i64":
      return types.int;
    case "i32":
      return types.int;
    case "u64":
    case "size":
      return types.uint;
    case "f64":
      return types.float;
    case "bool":
      return types.bool;
    case "char":
      return types.char;
    case "ordering":
      return types.simple("Ordering");
    case "string":
      return types.string;
    case "bytes":
      return types.bytes;
    case "vec":
      return types.vec;
    case "tuple":
      return types.tuple(null);
    case "object":
      return types.object;
    case "map":
      return types.simple("HashMap");
    case "set":
      return types.simple("HashSet");
    case "option":
      return types.option(types.any);
    case "result":
      return types.result(types.any, types.any);
    case "range":
      return types.range(null, [types.any, types.any]);
    case "closure":
      return types.function;
    case "unit":
      return types.unit;
    case "never":
      return types.never;
    case "any":
    case "struct":
    case "static":
      return types.any;
  }
}
