// Imports of the module and the ways to end an invocation. None of the `fail…` functions returns.
import {
  CELL_DETAIL,
  FAIL_INTERNAL,
  FAIL_MOVED,
  FAIL_OTHER,
  FAIL_TYPE,
  KIND_MOVED,
  TAG_REFERENCE,
  TAG_STRING,
  TAG_UNIT,
} from "../src/layout";
import { textOf } from "./string";

@external("rune", "fail")
declare function host_fail(code: i32, a: i64, aTag: i32, b: i64, bTag: i32): void;
@external("rune", "poll")
export declare function poll(): void;
@external("rune", "write")
export declare function write(address: usize, length: i32): void;
@external("rune", "host_call")
export declare function hostCall(address: usize, length: i32): i32;
@external("rune", "host_take")
export declare function hostTake(address: usize): void;

/** Fails with a code alone. */
export function fail(code: i32): void {
  host_fail(code, 0, TAG_UNIT, 0, TAG_UNIT);
  unreachable();
}

/** Fails with a code and one value. */
export function fail1(code: i32, detail: i32, a: i64, aTag: i32): void {
  fail2(code, detail, a, aTag, 0, TAG_UNIT);
}

/** Fails with a code and two values; a dropped value makes it FAIL_MOVED. */
export function fail2(code: i32, detail: i32, a: i64, aTag: i32, b: i64, bTag: i32): void {
  store<i32>(CELL_DETAIL, detail);
  if (isMoved(a, aTag) || isMoved(b, bTag)) host_fail(FAIL_MOVED, 0, TAG_UNIT, 0, TAG_UNIT);
  host_fail(code, a, aTag, b, bTag);
  unreachable();
}

function isMoved(payload: i64, tag: i32): bool {
  return tag >= TAG_REFERENCE && load<u8>(<usize>payload) == KIND_MOVED;
}

export function failType(a: i64, aTag: i32, type: i32): void {
  fail1(FAIL_TYPE, type, a, aTag);
}

/** Fails with a whole sentence. */
export function failOther(sentence: string): void {
  fail1(FAIL_OTHER, 0, <i64>textOf(sentence), TAG_STRING);
}

/** Receives AssemblyScript's own traps, which should not happen. */
export function trap(message: string | null, file: string | null, line: u32, column: u32): void {
  fail1(FAIL_INTERNAL, <i32>line, 0, TAG_UNIT);
}
