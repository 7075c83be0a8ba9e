// Generates one call of a runtime function: its result by kind, and the second try after a collection when memory is full.

import { ABI_FUNCTIONS, layout } from "@crucible/rune-runtime";
import type { IrAtom } from "../ir/ir.ts";
import { I32, I64, OP } from "../wasm/opcodes.ts";
import type { FunctionEmitter } from "./function-emitter.ts";

/**
 * Calls a runtime function; its result is left on the stack as its kind says (`any`: payload and tag).
 *
 * `push` puts all arguments on the stack; it runs again for the second try. `operands` must survive a collection before it.
 */
export function emitRuntime(
  emitter: FunctionEmitter,
  name: string,
  operands: readonly IrAtom[],
  push: () => void,
): void {
  const { code, context } = emitter;
  const signature = ABI_FUNCTIONS.get(name);
  if (signature === undefined) throw new RangeError(`the runtime has no function "${name}"`);
  const index = context.runtimeFunction(name);
  push();
  code.call(index);
  if (!signature.full) {
    if (signature.result === "any") code.loadAt(OP.i32Load, layout.CELL_TAG);
    return;
  }
  const again = (isFull: () => void): void => {
    isFull();
    code.open(OP.if);
    emitter.callCollecting("collect", operands);
    push();
    code.call(index);
  };
  const giveUp = (isFull: () => void): void => {
    isFull();
    code.open(OP.if);
    emitter.fail(layout.FAIL_MEMORY, null, null);
    code.end();
    code.end();
  };
  if (signature.result === "any") {
    const payload = code.scratch(I64);
    const isFull = (): void => keepAndTestFull(emitter, payload);
    again(isFull);
    giveUp(isFull);
    code.get(payload);
    code.loadAt(OP.i32Load, layout.CELL_TAG);
    code.release(payload);
    return;
  }
  const answer = code.scratch(I32);
  const isFull = (): void => {
    code.tee(answer);
    code.op(OP.i32Eqz);
  };
  again(isFull);
  giveUp(isFull);
  if (signature.result !== "unit") code.get(answer);
  code.release(answer);
}

/** Keeps the payload of an `any` answer in a local and puts on the stack whether the answer was that memory is full. */
export function keepAndTestFull(emitter: FunctionEmitter, payload: number): void {
  const { code } = emitter;
  code.set(payload);
  code.loadAt(OP.i32Load, layout.CELL_TAG);
  code.i32(layout.TAG_FULL);
  code.op(OP.i32Eq);
}
