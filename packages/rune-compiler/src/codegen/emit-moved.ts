// Generates the checks of programs that drop values: what is read must still be there. A program that drops nothing
// of a type has no checks of it.

import type { AbiKind } from "@crucible/rune-runtime";
import { ABI_FUNCTIONS, layout } from "@crucible/rune-runtime";
import type { IrAtom, IrOperation } from "../ir/ir.ts";
import { isTest } from "../ir/ir.ts";
import { mayBeReference, representationOf } from "../ir/types.ts";
import { OP } from "../wasm/opcodes.ts";
import type { FunctionEmitter } from "./function-emitter.ts";

/** Ends the invocation where an operation would read a dropped value. */
export function emitMovedChecks(emitter: FunctionEmitter, operation: IrOperation): void {
  if (!emitter.context.inference.drops) return;
  for (const atom of readBy(operation)) check(emitter, atom);
}

function check(emitter: FunctionEmitter, atom: IrAtom): void {
  const { code, context } = emitter;
  const type = emitter.typeOf(atom);
  if (typeof atom !== "number" || !mayBeReference(type) || !context.inference.mayBeDropped(type)) return;
  if (representationOf(type) === "pair") {
    emitter.pushPair(atom);
    code.call(context.runtimeFunction("is_live"));
    code.op(OP.i32Eqz);
  } else {
    emitter.pushAddress(atom);
    code.memory(OP.i32Load8U, layout.HEADER_KIND);
    code.i32(layout.KIND_MOVED);
    code.op(OP.i32Eq);
  }
  code.open(OP.if);
  emitter.fail(layout.FAIL_MOVED, null, null);
  code.end();
}

/** Kinds of parameters through which the runtime takes values without looking into them. */
const CARRIED: ReadonlySet<AbiKind> = new Set(["any", "struct", "i32", "static", "unit", "never"]);

/** The operands into which an operation looks; those that it only carries on may have been dropped. */
function readBy(operation: IrOperation): readonly IrAtom[] {
  if (isTest(operation)) return operation.kind === "is-end" ? [] : [operation.value];
  switch (operation.kind) {
    case "unary":
    case "cast":
    case "part":
    case "entry":
    case "get-field":
    case "set-field":
      return [operation.value];
    case "get-index":
    case "set-index":
      return [operation.value, operation.index];
    case "binary":
    case "compound":
      return [operation.left, operation.right];
    case "call-value":
      return [operation.callee];
    case "call-method":
      return operation.items.slice(0, 1);
    case "format":
      return operation.items;
    case "intrinsic": {
      const kinds = ABI_FUNCTIONS.get(operation.name)?.params ?? [];
      return operation.items.filter((_, index) => !CARRIED.has(kinds[index] ?? "any"));
    }
    case "copy":
    case "assume":
    case "string":
    case "bytes":
    case "tuple":
    case "vec":
    case "object":
    case "construct":
    case "range":
    case "closure":
    case "call":
    case "call-host":
    case "get-static":
    case "set-static":
    case "print":
      return [];
  }
}
