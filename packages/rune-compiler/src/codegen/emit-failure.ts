// Generates the end of an invocation with a run-time error: failure code and operands for the import `fail`.

import { layout } from "@crucible/rune-runtime";
import type { IrFailure } from "../ir/ir.ts";
import { OP } from "../wasm/opcodes.ts";
import type { FunctionEmitter } from "./function-emitter.ts";

/** Emits a `fail` statement. Control does not continue. */
export function emitFailure(emitter: FunctionEmitter, failure: IrFailure): void {
  switch (failure.kind) {
    case "panic":
      emitter.fail(layout.FAIL_PANIC, failure.message, null);
      return;
    case "pattern":
      emitter.fail(layout.FAIL_PATTERN, failure.value, null);
      return;
    case "missing-function":
      failWithText(emitter, layout.FAIL_FUNCTION, failure.path);
      return;
    case "static":
      failWithText(emitter, layout.FAIL_STATIC, failure.path);
      return;
    case "other":
      failWithText(emitter, layout.FAIL_OTHER, failure.sentence);
      return;
  }
}

function failWithText(emitter: FunctionEmitter, code: number, text: string): void {
  emitter.code.i32(code);
  pushStaticString(emitter, text);
  emitter.code.i64(0n);
  emitter.code.i32(layout.TAG_UNIT);
  emitter.code.call(emitter.context.runtimeFunction("rune.fail"));
  emitter.code.op(OP.unreachable);
}

/** Puts a static string on the stack as payload and tag; only for `fail`, never for the script. */
export function pushStaticString(emitter: FunctionEmitter, text: string): void {
  emitter.code.i64(BigInt(emitter.context.data.string(text)));
  emitter.code.i32(layout.TAG_STRING);
}
