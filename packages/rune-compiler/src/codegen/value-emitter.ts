// How values stand in WebAssembly: where variables live, how values are put on the stack in the representation of a type,
// and how they are read from and written to slots in memory. The code of statements is in `function-emitter.ts`.

import { layout } from "@crucible/rune-runtime";
import type { Instance } from "../ir/instance.ts";
import type { IrAtom, VariableId } from "../ir/ir.ts";
import type { IrType } from "../ir/types.ts";
import { representationOf } from "../ir/types.ts";
import { I32, OP } from "../wasm/opcodes.ts";
import { Code } from "./code.ts";
import type { Context } from "./context.ts";

/** Where a variable lives: its locals; the tag's local only for pairs. */
interface Home {
  readonly value: number;
  readonly tag: number;
}

const UNIT: IrAtom = { kind: "unit" };

/** Values of one instance. */
export class ValueEmitter {
  readonly context: Context;
  readonly instance: Instance;
  readonly code: Code;
  private readonly homes: (Home | undefined)[] = [];
  /** Variables that hold string literals, for runtime functions that want the text itself. */
  protected readonly strings: Map<VariableId, string> = new Map();

  constructor(context: Context, instance: Instance) {
    this.context = context;
    this.instance = instance;
    const parameters: number[] = [];
    if (instance.captures.length > 0) parameters.push(I32);
    instance.function.parameters.forEach((variable, index) => {
      const given = instance.parameters[index] ?? context.types.any;
      // A parameter that is assigned may have a wider type than its argument; then it gets locals of its own.
      if (this.typeOf(variable) === given)
        this.homes[variable] = { value: parameters.length, tag: parameters.length + 1 };
      parameters.push(...context.valueTypes(given));
    });
    this.code = new Code(parameters);
  }

  typeOf(atom: IrAtom): IrType {
    const { types, world } = this.context;
    if (typeof atom === "number") return this.instance.types[atom] ?? types.any;
    if (atom.kind === "function") return types.closure(atom.function, []);
    if (atom.kind === "constructor") return types.closure(world.constructorFunction(atom.type, atom.shape).id, []);
    return types.ofKind[atom.kind];
  }

  /** The text of an operand that is a string literal of the library. */
  constantString(atom: IrAtom): string {
    const text = typeof atom === "number" ? this.strings.get(atom) : undefined;
    if (text === undefined) throw new RangeError("a runtime function wants a string literal");
    return text;
  }

  // ── Values ──

  home(variable: VariableId): Home {
    const known = this.homes[variable];
    if (known !== undefined) return known;
    const types = this.context.valueTypes(this.typeOf(variable));
    const value = types[0] === undefined ? -1 : this.code.local(types[0]);
    const made = { value, tag: types[1] === undefined ? -1 : this.code.local(types[1]) };
    this.homes[variable] = made;
    return made;
  }

  /** Puts a value on the stack in the representation of its own type. */
  push(atom: IrAtom): IrType {
    const { code } = this;
    const type = this.typeOf(atom);
    if (typeof atom === "number") {
      const home = this.home(atom);
      const representation = representationOf(type);
      if (representation !== "none") code.get(home.value);
      if (representation === "pair") code.get(home.tag);
      return type;
    }
    switch (atom.kind) {
      case "unit":
      case "end":
        break;
      case "bool":
        code.i32(atom.value ? 1 : 0);
        break;
      case "char":
        code.i32(atom.value);
        break;
      case "int":
      case "uint":
        code.i64(atom.value);
        break;
      case "float":
        code.f64(atom.value);
        break;
      case "type":
        code.i64(BigInt(this.context.typeNumber(atom.type)));
        break;
      case "function":
        code.i32(this.context.functionObject(atom.function));
        break;
      case "constructor":
        code.i32(this.context.functionObject(this.context.world.constructorFunction(atom.type, atom.shape).id));
        break;
    }
    return type;
  }

  /** Puts a value on the stack in the representation of another type. */
  pushAs(atom: IrAtom, type: IrType): void {
    this.convert(this.push(atom), type);
  }

  /** Puts payload and tag on the stack. */
  pushPair(atom: IrAtom): void {
    this.convert(this.push(atom), this.context.types.any);
  }

  /** Puts the 64-bit payload of a value on the stack. */
  pushPayload(atom: IrAtom): void {
    const { code } = this;
    const type = this.typeOf(atom);
    if (typeof atom === "number" && representationOf(type) === "pair") {
      code.get(this.home(atom).value);
      return;
    }
    this.push(atom);
    this.toPayload(type);
  }

  /** Puts the tag of a value on the stack. */
  pushTag(atom: IrAtom): void {
    const { code } = this;
    const type = this.typeOf(atom);
    const tag = this.context.tagOf(type);
    if (tag !== null) code.i32(tag);
    else if (typeof atom === "number") {
      if (representationOf(type) === "pair") code.get(this.home(atom).tag);
      else {
        code.get(this.home(atom).value);
        this.loadShapeTag();
      }
    } else code.i32(layout.TAG_UNIT);
  }

  /** Puts the address of a reference on the stack. */
  pushAddress(atom: IrAtom): void {
    const type = this.typeOf(atom);
    if (representationOf(type) === "pair" && typeof atom === "number") {
      this.code.get(this.home(atom).value);
      this.code.op(OP.i32WrapI64);
    } else if (representationOf(type) === "reference") this.push(atom);
    // A check before has failed: this is not reached.
    else this.code.i32(0);
  }

  /** Turns the address of a struct or variant on the stack into its tag. */
  private loadShapeTag(): void {
    this.code.memory(OP.i32Load, layout.STRUCT_SHAPE);
    this.code.i32(layout.TAG_SHAPE);
    this.code.op(OP.i32Add);
  }

  /** Turns the value on the stack from the representation of one type to its 64-bit payload. */
  private toPayload(type: IrType): void {
    const { code } = this;
    switch (representationOf(type)) {
      case "none":
        code.i64(0n);
        return;
      case "i32":
      case "reference":
        code.op(OP.i64ExtendI32U);
        return;
      case "i64":
        return;
      case "f64":
        code.op(OP.i64ReinterpretF64);
        return;
      case "pair":
        code.op(OP.drop);
        return;
    }
  }

  /** Turns a 64-bit payload on the stack into the representation of a type other than `any`. */
  fromPayload(type: IrType): void {
    const { code } = this;
    switch (representationOf(type)) {
      case "none":
        code.op(OP.drop);
        return;
      case "i32":
      case "reference":
        code.op(OP.i32WrapI64);
        return;
      case "i64":
      case "pair":
        return;
      case "f64":
        code.op(OP.f64ReinterpretI64);
        return;
    }
  }

  /** Changes the representation of the value on the stack; the value is known to be of type `to`. */
  convert(from: IrType, to: IrType): void {
    const source = representationOf(from);
    const wanted = representationOf(to);
    if (source === wanted) return;
    const { code } = this;
    if (wanted === "none") {
      for (const _ of this.context.valueTypes(from)) code.op(OP.drop);
      return;
    }
    if (wanted === "pair") {
      const tag = this.context.tagOf(from);
      if (tag !== null) {
        this.toPayload(from);
        code.i32(tag);
        return;
      }
      const address = code.scratch(I32);
      code.tee(address);
      code.op(OP.i64ExtendI32U);
      code.get(address);
      this.loadShapeTag();
      code.release(address);
      return;
    }
    if (source === "none") {
      if (from === this.context.types.unit && to.kind === "tuple") {
        code.i32(this.context.emptyTuple());
        return;
      }
      // The value is of no type that could be here: this code is never reached.
      code.unreachable();
      return;
    }
    this.toPayload(from);
    this.fromPayload(to);
  }

  /** Puts the content of a 16-byte slot on the stack in the representation of its known type. */
  loadSlot(pushAddress: () => void, offset: number, type: IrType): void {
    const { code } = this;
    const representation = representationOf(type);
    switch (representation) {
      case "none":
        return;
      case "i32":
      case "reference":
        pushAddress();
        code.memory(OP.i32Load, offset + layout.SLOT_PAYLOAD);
        return;
      case "i64":
        pushAddress();
        code.memory(OP.i64Load, offset + layout.SLOT_PAYLOAD);
        return;
      case "f64":
        pushAddress();
        code.memory(OP.f64Load, offset + layout.SLOT_PAYLOAD);
        return;
      case "pair":
        pushAddress();
        code.memory(OP.i64Load, offset + layout.SLOT_PAYLOAD);
        pushAddress();
        code.memory(OP.i32Load, offset + layout.SLOT_TAG);
        return;
    }
  }

  /**
   * Stores a value with its tag to a 16-byte slot.
   *
   * @param held type of everything that the slot has held since the object was made; its tag need not be stored again
   */
  storeSlot(pushAddress: () => void, offset: number, atom: IrAtom, held: IrType | null = null): void {
    const { code } = this;
    const tag = held === null ? null : this.context.tagOf(held);
    if (tag === null || tag !== this.context.tagOf(this.typeOf(atom))) {
      pushAddress();
      this.pushTag(atom);
      code.memory(OP.i32Store, offset + layout.SLOT_TAG);
    }
    if (representationOf(this.typeOf(atom)) === "none") return;
    pushAddress();
    if (representationOf(this.typeOf(atom)) === "f64") {
      this.push(atom);
      code.memory(OP.f64Store, offset + layout.SLOT_PAYLOAD);
    } else {
      this.pushPayload(atom);
      code.memory(OP.i64Store, offset + layout.SLOT_PAYLOAD);
    }
  }

  /** Calls the host's `fail`, which does not return. */
  fail(failure: number, a: IrAtom | null, b: IrAtom | null): void {
    const { code } = this;
    code.i32(failure);
    this.pushPair(a ?? UNIT);
    this.pushPair(b ?? UNIT);
    code.call(this.context.runtimeFunction("rune.fail"));
    code.unreachable();
  }
}
