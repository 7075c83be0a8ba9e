// Generates a whole module: the bodies of all instances that are reached, thunks for calls through values, entry points,
// static data, custom sections; then links it behind the runtime.

import { layout } from "@crucible/rune-runtime";
import type { HirExport, HirSource } from "../hir/hir.ts";
import type { Inference, Instance } from "../ir/instance.ts";
import { Inliner } from "../ir/inline.ts";
import type { World } from "../ir/world.ts";
import { ByteWriter } from "../wasm/byte-writer.ts";
import type { RuntimeModule } from "../wasm/link.ts";
import { link } from "../wasm/link.ts";
import { I32, I64, OP } from "../wasm/opcodes.ts";
import { Code } from "./code.ts";
import { Context, finishFunction, PAIR } from "./context.ts";
import { indirectParameters } from "./emit-call.ts";
import { FunctionEmitter } from "./function-emitter.ts";
import { orderCalls } from "./order-calls.ts";
import { encodeManifest, encodeSourceMap } from "./sections.ts";

/** What a module is made from. */
export interface ModuleInput {
  readonly world: World;
  readonly inference: Inference;
  readonly runtime: RuntimeModule;
  readonly exports: readonly HirExport[];
  readonly tests: readonly HirExport[];
  readonly sources: readonly HirSource[];
}

/** What the embedding calls of the runtime (`execute/`). */
const EMBEDDING_FUNCTIONS: ReadonlySet<string> = new Set([
  "begin_call",
  "collect",
  "debug",
  "decode_space",
  "decode_value",
  "display",
  "encode_begin",
  "encode_end",
  "encode_size",
  "encode_value",
  "fuel_used",
  "high_water",
  "init",
  "statistic",
  "type_id_name",
  "type_name",
]);

/** Name of the WebAssembly export that runs a function. */
export function entryName(name: string): string {
  return `fn:${name}`;
}

/** Emits and links a module; the content hash is added by the caller. */
export function emitModule(input: ModuleInput): ByteWriter {
  const context = new Context(input.world, input.inference, input.runtime);
  const { calleesFirst, recursive } = orderCalls(input.inference);
  const inliner = new Inliner(input.world, input.inference, recursive);
  // A callee is ready when its caller asks for it: chains of calls of any length need no stack.
  for (const instance of calleesFirst) inliner.optimise(instance);
  const exports = [...input.exports, ...input.tests].map((item) => ({
    name: entryName(item.name),
    index: emitEntry(context, item),
  }));
  let done = 0;
  const drain = (): void => {
    for (let instance = context.wanted[done]; instance !== undefined; instance = context.wanted[done]) {
      done += 1;
      context.define(
        context.instanceFunction(instance),
        new FunctionEmitter(context, inliner.optimise(instance), recursive.has(instance)).emit(),
      );
    }
  };
  drain();
  for (let made = 0; made < context.table.length;) {
    for (const [id, slot] of [...context.tableEntries()].slice(made)) {
      made += 1;
      context.table[slot] = emitThunk(
        context,
        context.inference.indirect.get(id),
        context.world.function(id).parameters.length,
      );
    }
    drain();
  }
  const paths = [...context.tableEntries().keys()].map((id) => context.data.string(context.world.function(id).path));
  const description = describe(context, paths);
  const functions = context.functions.map((fn) => {
    if (fn === undefined) throw new Error("a function was referred to and never emitted");
    return fn;
  });
  const addition = {
    types: context.wasmTypes,
    functions,
    table: context.table.map((index) => index ?? 0),
    keptExports: EMBEDDING_FUNCTIONS,
    exports: [...new Map(exports.map((item) => [item.name, item])).values()],
    data: [
      { address: layout.PROGRAM_SHAPES, bytes: description },
      { address: context.data.start, bytes: context.data.bytes() },
    ],
    custom: (bodies: readonly number[]) => [
      { name: "rune", bytes: encodeManifest(input, context) },
      { name: "rune.map", bytes: encodeSourceMap(functions, bodies, input.runtime.functionCount) },
    ],
  };
  return link(input.runtime, addition);
}

/** An entry takes pairs and answers a payload; the tag of the answer is in its cell. */
function emitEntry(context: Context, item: HirExport): number {
  const instance = context.inference.entries.get(item.function);
  if (instance === undefined) throw new RangeError(`"${item.name}" was not analysed`);
  const parameters = instance.parameters.flatMap(() => PAIR);
  const code = new Code(parameters);
  parameters.forEach((_, index) => code.get(index));
  code.call(context.instanceFunction(instance));
  finishAsAny(context, code, instance);
  const index = context.reserveFunction();
  context.define(index, finishFunction(code, null, context.wasmType(parameters, [I64]), null, true));
  return index;
}

function finishAsAny(context: Context, code: Code, instance: Instance): void {
  if (instance.result === context.types.never) {
    code.unreachable();
    return;
  }
  const tag = code.scratch(I32);
  pushAsPair(context, code, instance);
  code.set(tag);
  const payload = code.scratch(I64);
  code.set(payload);
  code.i32(0);
  code.get(tag);
  code.memory(OP.i32Store, layout.CELL_TAG);
  code.get(payload);
}

/** Turns an instance's result on the stack to payload and tag. */
function pushAsPair(context: Context, code: Code, instance: Instance): void {
  const types = context.valueTypes(instance.result);
  if (types.length === 2) return;
  const tag = context.tagOf(instance.result);
  const value = types[0];
  if (value === undefined) code.i64(0n);
  else if (value === I32) {
    if (tag === null) {
      const address = code.scratch(I32);
      code.tee(address);
      code.op(OP.i64ExtendI32U);
      code.get(address);
      code.memory(OP.i32Load, layout.STRUCT_SHAPE);
      code.i32(layout.TAG_SHAPE);
      code.op(OP.i32Add);
      return;
    }
    code.op(OP.i64ExtendI32U);
  } else if (value !== I64) code.op(OP.i64ReinterpretF64);
  code.i32(tag ?? layout.TAG_UNIT);
}

/** What the table holds: environment and pairs in, a pair out. */
function emitThunk(context: Context, instance: Instance | undefined, arity: number): number {
  const parameters = indirectParameters(arity);
  const code = new Code(parameters);
  if (instance === undefined) code.unreachable();
  else {
    if (instance.captures.length > 0) code.get(0);
    for (let local = 1; local < parameters.length; local += 1) code.get(local);
    code.call(context.instanceFunction(instance));
    if (instance.result === context.types.never) code.unreachable();
    else pushAsPair(context, code, instance);
  }
  const index = context.reserveFunction();
  context.define(index, finishFunction(code, null, context.indirectType(arity), null, true));
  return index;
}

/** The cells that describe the program to the runtime, from PROGRAM_SHAPES on. */
function describe(context: Context, functionPaths: readonly number[]): Uint8Array {
  const { data, world } = context;
  const shapes: number[] = [];
  const types: number[] = [];
  for (const id of context.declaredTypes()) {
    const declared = world.type(id);
    const path = data.string(declared.path);
    types.push(path);
    declared.shapes.forEach((shape, variant) => {
      const form =
        shape.kind === "unit" ? layout.FORM_UNIT : shape.kind === "tuple" ? layout.FORM_TUPLE : layout.FORM_NAMED;
      const shown = world.shownName(id);
      const name = data.string(declared.kind === "enum" ? `${shown}::${shape.name}` : shown);
      // Fields of library structs are nobody else's: their names get a mark that no script can write.
      const fields = shape.fields.map((field) => data.string(world.isLibraryType(id) ? `#${field}` : field));
      shapes.push(
        data.words([
          context.typeNumber(id),
          form,
          shape.fields.length,
          name,
          path,
          declared.kind === "enum" ? variant : -1,
          ...(shape.kind === "named" ? fields : []),
        ]),
      );
    });
  }
  const out = new ByteWriter(64);
  const list = (words: readonly number[]): void => {
    out.fixed32(data.words(words));
    out.fixed32(words.length);
  };
  list(shapes);
  list(types);
  out.fixed32(context.staticsAddress);
  out.fixed32(context.staticCount);
  list(functionPaths);
  out.fixed32((data.end + 15) & ~15);
  return out.bytes();
}
