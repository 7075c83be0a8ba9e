// What all functions of one module share while code is generated: indices of runtime functions and instances, interned
// WebAssembly types, static data, numbering of shapes and types, the function table, helper functions.

import { layout } from "@crucible/rune-runtime";
import type { FunctionId, StaticId, TypeId } from "../hir/hir.ts";
import type { Inference, Instance } from "../ir/instance.ts";
import type { IrType } from "../ir/types.ts";
import { RANGE_TYPES, representationOf } from "../ir/types.ts";
import type { World } from "../ir/world.ts";
import type { RuntimeModule } from "../wasm/link.ts";
import { F64, I32, I64 } from "../wasm/opcodes.ts";
import type { Code, CodeMark } from "./code.ts";
import { MAX_BODY, MAX_LOCALS, TooLarge } from "./limits.ts";
import { StaticData } from "./static-data.ts";

/** A finished function body. */
export interface EmittedFunction {
  readonly type: number;
  readonly body: Uint8Array;
  /** Marks with offsets from the first instruction, and where that stands in `body`. */
  readonly marks: readonly CodeMark[];
  readonly instructionsAt: number;
  /** Path for the call stack; null for helpers, which do not appear there. */
  readonly path: string | null;
  readonly library: boolean;
}

/** Type ids of the runtime's own types, by the names of `#[builtin(..)]`. */
const BUILTIN_TYPES: ReadonlyMap<string, number> = new Map([
  ["i64", layout.TAG_INT],
  ["f64", layout.TAG_FLOAT],
  ["bool", layout.TAG_BOOL],
  ["unit", layout.TAG_UNIT],
  ["char", layout.TAG_CHAR],
  ["u64", layout.TAG_U64],
  ["Ordering", layout.TAG_ORDERING],
  ["Type", layout.TAG_TYPE],
  ["String", layout.TAG_STRING],
  ["Bytes", layout.TAG_BYTES],
  ["Vec", layout.TAG_VEC],
  ["Tuple", layout.TAG_TUPLE],
  ["Object", layout.TAG_OBJECT],
  ["HashMap", layout.TAG_HASH_MAP],
  ["HashSet", layout.TAG_HASH_SET],
  ["Option", layout.TAG_OPTION],
  ["Result", layout.TAG_RESULT],
  ["Function", layout.TAG_CLOSURE],
  ["Range", layout.TYPE_RANGE],
  ["RangeInclusive", layout.TYPE_RANGE_INCLUSIVE],
  ["RangeFrom", layout.TYPE_RANGE_FROM],
  ["RangeTo", layout.TYPE_RANGE_TO],
  ["RangeToInclusive", layout.TYPE_RANGE_TO_INCLUSIVE],
  ["RangeFull", layout.TYPE_RANGE_FULL],
  ["Generator", layout.TYPE_GENERATOR],
  ["Future", layout.TYPE_FUTURE],
  ["Stream", layout.TYPE_STREAM],
]);

/** Shared state of code generation; made once for each module. */
export class Context {
  readonly world: World;
  readonly inference: Inference;
  readonly runtime: RuntimeModule;
  readonly data: StaticData;
  /** WebAssembly function types beyond the runtime's: parameters then results. */
  readonly wasmTypes: { readonly parameters: readonly number[]; readonly results: readonly number[] }[] = [];
  private readonly wasmTypeKeys = new Map<string, number>();
  /** Finished functions by index beyond the runtime's; holes are filled before the module is written. */
  readonly functions: (EmittedFunction | undefined)[] = [];
  private readonly instanceIndices = new Map<Instance, number>();
  private readonly helpers = new Map<string, number>();
  /** Function indices by table slot. */
  readonly table: (number | null)[] = [];
  private readonly tableSlots = new Map<FunctionId, number>();
  private readonly closureObjects = new Map<FunctionId, number>();
  private readonly typeNumbers = new Map<TypeId, { readonly number: number; readonly firstShape: number }>();
  private shapeCount = 0;
  private emptyTupleAddress: number | undefined;
  /** Names of host functions that the code calls. */
  readonly hostFunctions: Set<string> = new Set();
  /** Slots of static items, all without a value. */
  readonly staticsAddress: number;
  readonly staticCount: number;
  /** Instances whose bodies are wanted, in the order of their indices. */
  readonly wanted: Instance[] = [];

  constructor(world: World, inference: Inference, runtime: RuntimeModule) {
    this.world = world;
    this.inference = inference;
    this.runtime = runtime;
    this.data = new StaticData(runtime.heapBase);
    this.staticCount = world.staticPaths.length;
    this.staticsAddress = this.data.words(world.staticPaths.flatMap(() => [layout.TAG_END, 0, 0, 0]));
  }

  staticAddress(id: StaticId): number {
    return this.staticsAddress + id * layout.SLOT_SIZE;
  }

  /** WebAssembly type of functions called through values. */
  indirectType(arity: number): number {
    return this.wasmType([I32, ...Array.from({ length: arity }, () => PAIR).flat()], PAIR);
  }

  /** Whether values other than structs of the program may have a field of a name: then a value without it may still have it. */
  objectsExist(field: string): boolean {
    if (/^\d+$/u.test(field)) return true;
    const live = (name: string): boolean => {
      const id = this.world.builtin(name);
      return id !== undefined && this.inference.isLive(id);
    };
    if (live("Object")) return true;
    return (field === "start" || field === "end") && RANGE_TYPES.some(live);
  }

  /** Shapes of the program that have a field. */
  liveOwners(field: string): readonly (readonly [TypeId, number, number])[] {
    return this.world.fieldOwners(field).filter(([type]) => this.inference.isLive(type));
  }

  get types(): Inference["types"] {
    return this.inference.types;
  }

  /** Index of a function of the runtime. */
  runtimeFunction(name: string): number {
    const index = this.runtime.functions.get(name);
    if (index === undefined) throw new RangeError(`the runtime has no function "${name}"`);
    return index;
  }

  /** Index of a WebAssembly function type, interned. */
  wasmType(parameters: readonly number[], results: readonly number[]): number {
    const key = `${parameters.join()}:${results.join()}`;
    const known = this.wasmTypeKeys.get(key);
    if (known !== undefined) return known;
    const index = this.runtime.typeCount + this.wasmTypes.length;
    this.wasmTypes.push({ parameters, results });
    this.wasmTypeKeys.set(key, index);
    return index;
  }

  /** Index of an instance's function; asks for its body. */
  instanceFunction(instance: Instance): number {
    const known = this.instanceIndices.get(instance);
    if (known !== undefined) return known;
    const index = this.reserveFunction();
    this.instanceIndices.set(instance, index);
    this.wanted.push(instance);
    return index;
  }

  /** An index whose body will follow. */
  reserveFunction(): number {
    this.functions.push(undefined);
    return this.runtime.functionCount + this.functions.length - 1;
  }

  define(index: number, emitted: EmittedFunction): void {
    this.functions[index - this.runtime.functionCount] = emitted;
  }

  /** A helper function, made on first use. `make` defines its body; it may use itself. */
  helper(name: string, make: (index: number) => EmittedFunction): number {
    const known = this.helpers.get(name);
    if (known !== undefined) return known;
    const index = this.reserveFunction();
    this.helpers.set(name, index);
    this.define(index, make(index));
    return index;
  }

  /** Table slot through which a function is called as a value. Filled once all bodies are there. */
  tableSlot(id: FunctionId): number {
    const known = this.tableSlots.get(id);
    if (known !== undefined) return known;
    const slot = this.table.length;
    this.table.push(null);
    this.tableSlots.set(id, slot);
    return slot;
  }

  /** Table slots that exist, by function. */
  tableEntries(): ReadonlyMap<FunctionId, number> {
    return this.tableSlots;
  }

  /** Address of the static closure object of a function without captures. */
  functionObject(id: FunctionId): number {
    const known = this.closureObjects.get(id);
    if (known !== undefined) return known;
    const arity = this.world.function(id).parameters.length;
    const address = this.data.words([layout.STATIC_HEADER + layout.TAG_CLOSURE, this.tableSlot(id), arity, 0]);
    this.closureObjects.set(id, address);
    return address;
  }

  /** Address of the empty tuple: the unit as the receiver of a tuple's method. */
  emptyTuple(): number {
    this.emptyTupleAddress ??= this.data.words([layout.STATIC_HEADER + layout.TAG_TUPLE, 0, 0, 0]);
    return this.emptyTupleAddress;
  }

  /** The runtime's number of a type. */
  typeNumber(id: TypeId): number {
    const builtin = this.world.type(id).builtin;
    if (builtin !== null) {
      const number = BUILTIN_TYPES.get(builtin);
      if (number !== undefined) return number;
    }
    return layout.TYPE_DECLARED + this.declared(id).number;
  }

  /** The runtime's number of a shape; variants of one enum are consecutive. */
  shapeNumber(id: TypeId, shape: number): number {
    return this.declared(id).firstShape + shape;
  }

  private declared(id: TypeId): { readonly number: number; readonly firstShape: number } {
    const known = this.typeNumbers.get(id);
    if (known !== undefined) return known;
    const made = { number: this.typeNumbers.size, firstShape: this.shapeCount };
    this.shapeCount += this.world.type(id).shapes.length;
    this.typeNumbers.set(id, made);
    return made;
  }

  /** Declared types that the module names, in the order of their numbers. */
  declaredTypes(): readonly TypeId[] {
    return [...this.typeNumbers.keys()];
  }

  /** Tag of all values of a type; null when it depends on the value. */
  tagOf(type: IrType): number | null {
    switch (type.kind) {
      case "shape":
        return layout.TAG_SHAPE + this.shapeNumber(type.type, type.shape);
      case "declared":
      case "maybe":
        return null;
      case "option":
        return layout.TAG_OPTION;
      case "result":
        return layout.TAG_RESULT;
      case "tuple":
        return layout.TAG_TUPLE;
      case "range":
        return layout.TAG_RANGE;
      case "closure":
        return layout.TAG_CLOSURE;
      case "vec":
        return layout.TAG_VEC;
      case "simple":
        if (type.name === "any" || type.name === "never") return null;
        if (type.name === "end") return layout.TAG_END;
        return BUILTIN_TYPES.get(type.name) ?? null;
    }
  }

  /** WebAssembly types of a value of a type. */
  valueTypes(type: IrType): readonly number[] {
    switch (representationOf(type)) {
      case "none":
        return NONE;
      case "i32":
      case "reference":
        return ONE_I32;
      case "i64":
        return ONE_I64;
      case "f64":
        return ONE_F64;
      case "pair":
        return PAIR;
    }
  }
}

const NONE: readonly number[] = [];
const ONE_I32: readonly number[] = [I32];
const ONE_I64: readonly number[] = [I64];
const ONE_F64: readonly number[] = [F64];
/** WebAssembly types of a value of unknown type. */
export const PAIR: readonly number[] = [I64, I32];

/** Closes a function under construction. */
export function finishFunction(
  code: Code,
  prologue: Code | null,
  type: number,
  path: string | null,
  library: boolean,
): EmittedFunction {
  const { body, instructionsAt } = code.finish(prologue);
  if (code.locals.length > MAX_LOCALS || body.length > MAX_BODY) {
    const place = code.marks[0]?.place ?? { source: 0, start: 0, end: 0 };
    throw new TooLarge(`Cannot compile ${path === null ? "the program" : `\`${path}\``}: it is too large`, place);
  }
  return { type, body, marks: code.marks, instructionsAt, path, library };
}
