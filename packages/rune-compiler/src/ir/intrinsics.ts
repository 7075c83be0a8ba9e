// What the runtime's functions yield: their signatures read as types. The few whose result depends on the arguments'
// types have a rule of their own.

import { ABI_FUNCTIONS } from "@crucible/rune-runtime";
import type { AbiKind } from "@crucible/rune-runtime";
import type { Analysis } from "./infer.ts";
import { elementOf, storeElement } from "./elements.ts";
import type { IrOperation } from "./ir.ts";
import type { IrType, SimpleType, TypeTable } from "./types.ts";

/** The type of what a runtime function returns; brings the types of heap results to life. */
export function intrinsicResult(
  analysis: Analysis,
  operation: IrOperation & { readonly kind: "intrinsic" },
  items: readonly IrType[],
): IrType {
  const { types } = analysis;
  const { name } = operation;
  const first = items[0] ?? types.any;
  if (name === "vec_new" || name === "vec_with_capacity") {
    analysis.markBuiltinLive("Vec");
    return analysis.vecType(operation);
  }
  if (first.kind === "vec") {
    const result = vecResult(analysis, name, first, items);
    if (result !== null) return result;
  }
  if (name === "drop") analysis.markDropped(first);
  if (!READING.has(name)) for (const item of items) analysis.spread(item);
  if (name === "option") return types.option(types.withoutEnd(first));
  if (name === "clone") return first.kind === "shape" ? types.shape(first.type, first.shape, null) : first;
  if (name === "option_value" && first.kind === "option") return types.maybe(first.items[0] ?? types.any);
  if (name === "option_take" && first.kind === "option") return first;
  if (name === "option_some") return types.option(first);
  if (name === "result_ok") return types.result(first, types.never);
  if (name === "result_err") return types.result(types.never, first);
  if (name === "range_start" && first.kind === "range") return first.items[0] ?? types.any;
  if (name === "range_end" && first.kind === "range") return first.items[1] ?? types.any;
  const answer = ANSWERS[name];
  if (answer !== undefined)
    return answer.startsWith("maybe ")
      ? types.maybe(types.simple(simpleName(answer.slice(6))))
      : types.simple(simpleName(answer));
  const signature = ABI_FUNCTIONS.get(name);
  if (signature === undefined) return types.any;
  const live = LIVE[signature.result];
  if (live !== undefined) analysis.markBuiltinLive(live);
  return kindType(types, signature.result);
}

/** Functions that keep nothing of their arguments and change nothing in them. */
const READING: ReadonlySet<string> = new Set([
  "option",
  "option_some",
  "option_value",
  "option_take",
  "result_ok",
  "result_err",
  "range_start",
  "range_end",
  "partial_eq",
  "eq",
  "partial_cmp",
  "cmp",
  "hash",
  "display",
  "debug",
  "type_of",
  "type_name",
  "is_live",
  "drop",
  "panic",
  "fail_with",
  "fail_iterate",
  "fail_range_iterate",
  "fail_index",
  "fail_type",
  "fail_other",
  "unwrap_failed",
]);

/** What functions with an `any` result really answer. */
const ANSWERS: Readonly<Record<string, string>> = {
  string_char_at: "maybe char",
  string_char_before: "maybe char",
  string_pop: "maybe char",
  char_from_i64: "maybe char",
  i64_checked: "maybe i64",
  u64_checked: "maybe u64",
  partial_cmp: "maybe Ordering",
  cmp: "Ordering",
};

function simpleName(name: string): SimpleType {
  return name === "char" || name === "i64" || name === "u64" || name === "Ordering" ? name : "any";
}

/** Functions of vecs that neither bring in elements nor give them out. */
const SHAPING: ReadonlySet<string> = new Set([
  "vec_len",
  "vec_capacity",
  "vec_clear",
  "vec_truncate",
  "vec_swap",
  "vec_reverse",
  "vec_sort",
  "vec_borrow",
  "vec_release",
  "vec_contains",
  "vec_join",
]);

/** What a function of a vec with known elements yields; null when it is not one of those that are understood. */
function vecResult(
  analysis: Analysis,
  name: string,
  vec: IrType & { readonly kind: "vec" },
  items: readonly IrType[],
): IrType | null {
  const { types } = analysis;
  const last = items[items.length - 1] ?? types.any;
  switch (name) {
    case "vec_push":
    case "vec_insert":
    case "vec_resize":
    case "vec_put":
      storeElement(analysis, vec, last);
      return types.unit;
    case "vec_at":
    case "vec_remove":
      return elementOf(analysis, vec);
    case "vec_try":
    case "vec_pop":
      return types.maybe(elementOf(analysis, vec));
    case "vec_append":
      storeElement(analysis, vec, elementOf(analysis, last));
      return types.unit;
    case "clone":
      return vec;
    default: {
      const signature = SHAPING.has(name) ? ABI_FUNCTIONS.get(name) : undefined;
      return signature === undefined ? null : kindType(types, signature.result);
    }
  }
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
