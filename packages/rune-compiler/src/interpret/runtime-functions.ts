// The runtime's functions for the IR interpreter: those that generated programs reach through the library. Another one is
// added when a generator starts to use it; until then using it is an error of the test.

import type { World } from "../ir/world.ts";
import { applyBinary, areEqual } from "./operators.ts";
import type { RuneValue } from "./value.ts";
import { END, InterpretedFailure, showDebug, UNIT } from "./value.ts";

/** Calls a runtime function by name. */
export function callRuntime(name: string, args: readonly RuneValue[], world: World): RuneValue {
  const first = args[0] ?? UNIT;
  const second = args[1] ?? UNIT;
  const third = args[2] ?? UNIT;
  switch (name) {
    case "vec_new":
    case "vec_with_capacity":
      return { kind: "Vec", items: [] };
    case "vec_len":
    case "tuple_len":
      return uint(listOf(first).length);
    case "string_len":
      return uint(new TextEncoder().encode(textOf(first)).length);
    case "vec_push":
      listOf(first).push(second);
      return UNIT;
    case "vec_pop":
      return listOf(first).pop() ?? END;
    case "vec_at":
      return listOf(first)[indexOf(second)] ?? failed("index");
    case "vec_try":
      return listOf(first)[indexOf(second)] ?? END;
    case "vec_put":
      listOf(first)[indexOf(second)] = third;
      return UNIT;
    case "vec_clear":
      listOf(first).length = 0;
      return UNIT;
    case "option":
      return { kind: "Option", content: first.kind === "end" ? null : first };
    case "option_value":
      return first.kind === "Option" ? (first.content ?? END) : failed("type");
    case "result_value":
      return first.kind === "Result" ? first.content : failed("type");
    case "result_is_ok":
      return { kind: "bool", value: first.kind === "Result" && first.ok };
    case "range_start":
      return first.kind === "Range" ? (first.ends[0] ?? UNIT) : failed("type");
    case "range_end":
      return first.kind === "Range" ? (first.ends[1] ?? UNIT) : failed("type");
    case "partial_eq":
    case "eq":
      return { kind: "bool", value: areEqual(first, second) };
    case "char_to_i64":
      return first.kind === "char" ? { kind: "i64", value: BigInt(first.value) } : failed("type");
    case "string_push_str":
      if (first.kind !== "String") return failed("type");
      first.text += textOf(second);
      return UNIT;
    case "string_push":
      if (first.kind !== "String" || second.kind !== "char") return failed("type");
      first.text += String.fromCodePoint(second.value);
      return UNIT;
    case "string_copy":
      return { kind: "String", text: textOf(first) };
    case "string_concat":
      return applyBinary("+", first, second);
    case "debug":
      return { kind: "String", text: showDebug(first, world) };
    case "panic":
    case "unwrap_failed":
      return failed("panic");
    case "overflow":
    case "underflow":
      return failed(name);
    case "fail_range_iterate":
      return failed("range-iterate");
    case "fail_iterate":
      return failed("iterate");
    case "fail_index":
      return failed("index");
    default:
      throw new RangeError(`the runtime's function "${name}" is not interpreted`);
  }
}

function failed(kind: string): never {
  throw new InterpretedFailure(kind);
}

function uint(value: number): RuneValue {
  return { kind: "u64", value: BigInt(value) };
}

function listOf(value: RuneValue): RuneValue[] {
  return value.kind === "Vec" || value.kind === "Tuple" ? value.items : failed("type");
}

function textOf(value: RuneValue): string {
  return value.kind === "String" ? value.text : failed("type");
}

function indexOf(value: RuneValue): number {
  return value.kind === "i64" || value.kind === "u64" ? Number(value.value) : failed("type");
}
