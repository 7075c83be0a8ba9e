// Generates the code of one instance: control flow, variables, stack frame, roots, safepoints. What operations compute
// is in `emit-*.ts`.
//
// Roots. A variable that may hold a reference is stored to a slot of the shadow stack before anything that may collect
// while it is needed afterwards, unless the slot already holds its value (`clean`). Slots are cleared at entry; a
// stale slot keeps an object alive a little longer and never dangles, because objects do not move.

import { layout } from "@crucible/rune-runtime";
import type { Instance } from "../ir/infer.ts";
import { assignmentCounts } from "../ir/infer.ts";
import type { IrAtom, IrOperation, IrPlace, IrStatement, VariableId } from "../ir/ir.ts";
import type { Liveness } from "../ir/live.ts";
import { findLive } from "../ir/live.ts";
import type { IrType } from "../ir/types.ts";
import { mayBeReference, representationOf } from "../ir/types.ts";
import { EMPTY, I32, I64, OP } from "../wasm/opcodes.ts";
import { Code } from "./code.ts";
import type { Context, EmittedFunction } from "./context.ts";
import { finishFunction } from "./context.ts";
import { emitFailure } from "./emit-failure.ts";
import { emitOperation } from "./emit-operation.ts";

/** Where a variable lives: its locals; the tag's local only for pairs. */
interface Home {
  readonly value: number;
  readonly tag: number;
}

/** Emission of one instance. */
export class FunctionEmitter {
  readonly context: Context;
  readonly instance: Instance;
  readonly code: Code;
  private readonly homes: (Home | undefined)[] = [];
  private readonly labels = new Map<number, { readonly breakAt: number; readonly continueAt: number }>();
  private readonly live: Liveness;
  private readonly slots = new Map<VariableId, number>();
  private clean = new Set<VariableId>();
  /** Structs that variables of unknown type were found to be, on every path to here. */
  private facts = new Map<VariableId, IrType & { readonly kind: "shape" }>();
  private readonly assignments: Uint32Array;
  /** Local with the address of the frame on the shadow stack; −1 when nothing is ever stored there. */
  private readonly frame: number;
  private readonly depthLocal: number;
  private readonly recursive: boolean;
  private readonly safeEntry: boolean;
  private readonly strings = new Map<VariableId, string>();
  /** The statement being emitted, for the roots of what it calls. */
  private statement: IrStatement | null = null;

  constructor(context: Context, instance: Instance, recursive: boolean) {
    this.context = context;
    this.instance = instance;
    this.recursive = recursive;
    const parameters: number[] = [];
    const place = (variable: VariableId): void => {
      const types = context.valueTypes(this.typeOf(variable));
      this.homes[variable] = { value: parameters.length, tag: parameters.length + 1 };
      parameters.push(...types);
    };
    if (instance.captures.length > 0) parameters.push(I32);
    // A parameter that is assigned may have a wider type than its argument; it gets locals of its own below.
    instance.function.parameters.forEach((variable, index) => {
      if (this.typeOf(variable) === instance.parameters[index]) place(variable);
      else parameters.push(...context.valueTypes(instance.parameters[index] ?? context.types.any));
    });
    this.code = new Code(parameters);
    this.depthLocal = recursive ? this.code.local(I32) : -1;
    this.live = findLive(instance);
    this.assignments = assignmentCounts(instance.function);
    this.safeEntry = recursive || hasLoopOrCall(instance.function.body);
    let framed = false;
    for (const [statement, roots] of this.live.after) {
      framed ||= roots.length > 0 && statement.kind === "assign" && callsCompiledCode(statement.operation);
    }
    this.frame = framed ? this.code.local(I32) : -1;
  }

  typeOf(atom: IrAtom): IrType {
    const { types } = this.context;
    if (typeof atom === "number") return this.instance.types[atom] ?? types.any;
    switch (atom.kind) {
      case "unit":
        return types.unit;
      case "bool":
        return types.bool;
      case "char":
        return types.char;
      case "int":
        return types.int;
      case "uint":
        return types.uint;
      case "float":
        return types.float;
      case "end":
        return types.end;
      case "type":
        return types.simple("Type");
      case "function":
        return types.closure(atom.function, []);
      case "constructor":
        return types.closure(this.context.world.constructorFunction(atom.type, atom.shape).id, []);
    }
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

  /** Stores the value on the stack, given in the representation of `from`, to a variable; −1 drops it. */
  store(target: VariableId, from: IrType): void {
    const { code } = this;
    if (target < 0) {
      for (const _ of this.context.valueTypes(from)) code.op(OP.drop);
      return;
    }
    const type = this.typeOf(target);
    this.convert(from, type);
    this.storeRaw(target, type);
  }

  private storeRaw(target: VariableId, type: IrType): void {
    const home = this.home(target);
    const representation = representationOf(type);
    if (representation === "pair") this.code.set(home.tag);
    if (representation !== "none") this.code.set(home.value);
    this.clean.delete(target);
  }

  // ── Facts ──

  /** The struct that an operand of unknown type is known to be here. */
  factOf(atom: IrAtom): (IrType & { readonly kind: "shape" }) | null {
    return typeof atom === "number" ? (this.facts.get(atom) ?? null) : null;
  }

  /** From here on, as far as this point dominates, an operand is a struct. Only what is assigned once can be known. */
  learn(atom: IrAtom, type: IrType): void {
    if (typeof atom !== "number" || type.kind !== "shape" || (this.assignments[atom] ?? 0) !== 1) return;
    this.facts.set(atom, type);
  }

  /** Emits a part of the code that does not dominate what follows. */
  private scoped<T>(emit: () => T): T {
    const before = this.facts;
    this.facts = new Map(before);
    const result = emit();
    this.facts = before;
    return result;
  }

  // ── Roots ──

  private slotOf(variable: VariableId): number {
    let slot = this.slots.get(variable);
    if (slot === undefined) {
      slot = this.slots.size;
      this.slots.set(variable, slot);
    }
    return slot;
  }

  /** Stores a variable with its tag to a slot. */
  private spillTo(variable: VariableId, base: number, offset: number): void {
    const { code } = this;
    code.get(base);
    this.pushTag(variable);
    code.memory(OP.i32Store, offset + layout.SLOT_TAG);
    code.get(base);
    code.get(this.home(variable).value);
    if (representationOf(this.typeOf(variable)) === "reference") code.op(OP.i64ExtendI32U);
    code.memory(OP.i64Store, offset + layout.SLOT_PAYLOAD);
  }

  /** Stores what is needed after the current statement to the frame. */
  spill(): void {
    for (const variable of this.roots([])) {
      if (this.clean.has(variable)) continue;
      this.spillTo(variable, this.frame, this.slotOf(variable) * layout.SLOT_SIZE);
      this.clean.add(variable);
    }
  }

  /**
   * Calls a function that collects, from code that is rarely reached: roots that are not in the frame go above the top
   * of the shadow stack for its time. `also` are operands that must survive too.
   */
  callCollecting(name: string, also: readonly IrAtom[]): void {
    const { code } = this;
    const roots = [...this.roots(also)].filter((variable) => !this.clean.has(variable));
    if (roots.length === 0) {
      code.call(this.context.runtimeFunction(name));
      return;
    }
    const top = code.scratch(I32);
    const moveTop = (bytes: number): void => {
      code.i32(0);
      code.get(top);
      if (bytes > 0) {
        code.i32(bytes);
        code.op(OP.i32Add);
      }
      code.memory(OP.i32Store, layout.CELL_STACK);
    };
    code.loadAt(OP.i32Load, layout.CELL_STACK);
    code.set(top);
    roots.forEach((variable, index) => this.spillTo(variable, top, index * layout.SLOT_SIZE));
    moveTop(roots.length * layout.SLOT_SIZE);
    code.call(this.context.runtimeFunction(name));
    moveTop(0);
    code.release(top);
  }

  private roots(also: readonly IrAtom[]): Set<VariableId> {
    const roots = new Set(this.statement === null ? this.live.entry : (this.live.after.get(this.statement) ?? []));
    for (const atom of also) if (typeof atom === "number" && mayBeReference(this.typeOf(atom))) roots.add(atom);
    return roots;
  }

  /** Counts `cost` and calls the runtime when the slice is used up or a collection is wanted. */
  private safepoint(cost: number): void {
    const { code } = this;
    const counter = code.scratch(I32);
    code.i32(0);
    code.loadAt(OP.i32Load, layout.CELL_COUNTER);
    code.i32(cost);
    code.op(OP.i32Sub);
    code.tee(counter);
    code.memory(OP.i32Store, layout.CELL_COUNTER);
    code.get(counter);
    code.i32(0);
    code.op(OP.i32LtS);
    code.release(counter);
    code.open(OP.if);
    this.callCollecting("safepoint", []);
    code.end();
  }

  // ── The function ──

  /** Emits everything and closes the function. */
  emit(): EmittedFunction {
    const { code, context, instance } = this;
    const fn = instance.function;
    code.mark(fn.place);
    const raw = this.captureParameters();
    const type = context.wasmType(code.locals.slice(0, raw), context.valueTypes(instance.result));
    if (this.safeEntry) this.safepoint(costOf(fn.body));
    this.list(fn.body);
    code.unreachable();
    return finishFunction(code, this.prologue(raw), type, fn.path, fn.library);
  }

  /** Loads captures, widens parameters; the number of WebAssembly parameters comes back. */
  private captureParameters(): number {
    const { code, context, instance } = this;
    const fn = instance.function;
    let position = instance.captures.length > 0 ? 1 : 0;
    fn.parameters.forEach((variable, index) => {
      const given = instance.parameters[index] ?? context.types.any;
      const count = context.valueTypes(given).length;
      if (this.typeOf(variable) !== given) {
        for (let part = 0; part < count; part += 1) code.get(position + part);
        this.store(variable, given);
      }
      position += count;
    });
    fn.captures.forEach((variable, index) => {
      const given = instance.captures[index] ?? context.types.any;
      this.loadSlot(() => code.get(0), layout.OBJECT_SLOTS + index * layout.SLOT_SIZE, given);
      this.store(variable, given);
    });
    return position;
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

  private prologue(parameterCount: number): Code {
    const { code } = this;
    const start = new Code(code.locals.slice(0, parameterCount));
    if (this.recursive) {
      start.i32(0);
      start.loadAt(OP.i32Load, layout.CELL_DEPTH);
      start.i32(this.weight());
      start.op(OP.i32Sub);
      start.tee(this.depthLocal);
      start.memory(OP.i32Store, layout.CELL_DEPTH);
      start.get(this.depthLocal);
      start.i32(0);
      start.op(OP.i32LtS);
      start.open(OP.if);
      this.failWith(start, layout.FAIL_DEPTH);
      start.end();
    }
    if (this.frame >= 0) {
      const size = this.slots.size * layout.SLOT_SIZE;
      start.loadAt(OP.i32Load, layout.CELL_STACK);
      start.tee(this.frame);
      start.i32(size);
      start.op(OP.i32Add);
      start.loadAt(OP.i32Load, layout.CELL_STACK_LIMIT);
      start.op(OP.i32GtU);
      start.open(OP.if);
      this.failWith(start, layout.FAIL_DEPTH);
      start.end();
      start.i32(0);
      start.get(this.frame);
      start.i32(size);
      start.op(OP.i32Add);
      start.memory(OP.i32Store, layout.CELL_STACK);
      for (let slot = 0; slot < this.slots.size; slot += 1) {
        start.get(this.frame);
        start.i32(0);
        start.memory(OP.i32Store, slot * layout.SLOT_SIZE);
      }
    }
    return start;
  }

  /** How much of the call depth one activation takes. */
  private weight(): number {
    return 1 + (this.instance.function.variables.length >> 4);
  }

  private failWith(code: Code, failure: number): void {
    code.i32(failure);
    for (let operand = 0; operand < 2; operand += 1) {
      code.i64(0n);
      code.i32(layout.TAG_UNIT);
    }
    code.call(this.context.runtimeFunction("rune.fail"));
    code.unreachable();
  }

  // ── Statements ──

  /** Emits a list; whether control can reach its end. */
  private list(statements: readonly IrStatement[]): boolean {
    for (const statement of statements) if (!this.emitStatement(statement)) return false;
    return true;
  }

  private emitStatement(statement: IrStatement): boolean {
    const { code, instance } = this;
    switch (statement.kind) {
      case "assign": {
        this.statement = statement;
        code.mark(statement.place);
        if (statement.operation.kind === "string") this.strings.set(statement.target, statement.operation.value);
        const type = emitOperation(this, statement.operation, statement.target);
        if (instance.ends.has(statement)) {
          code.unreachable();
          return false;
        }
        this.store(statement.target, type);
        return true;
      }
      case "if":
        return this.emitIf(statement);
      case "block":
        return this.emitBlock(statement.label, statement.body);
      case "loop":
        return this.emitLoop(statement);
      case "break":
        code.br(code.depth - (this.labels.get(statement.label)?.breakAt ?? 0));
        return false;
      case "continue":
        code.br(code.depth - (this.labels.get(statement.label)?.continueAt ?? 0));
        return false;
      case "return":
        this.restore();
        this.pushAs(statement.value, instance.result);
        code.op(OP.return);
        return false;
      case "fail":
        this.statement = statement;
        code.mark(statement.place);
        emitFailure(this, statement.failure);
        code.unreachable();
        return false;
    }
  }

  /** Gives back frame and depth. */
  private restore(): void {
    const { code } = this;
    if (this.recursive) {
      code.i32(0);
      code.get(this.depthLocal);
      code.i32(this.weight());
      code.op(OP.i32Add);
      code.memory(OP.i32Store, layout.CELL_DEPTH);
    }
    if (this.frame >= 0) {
      code.i32(0);
      code.get(this.frame);
      code.memory(OP.i32Store, layout.CELL_STACK);
    }
  }

  private emitIf(statement: IrStatement & { readonly kind: "if" }): boolean {
    const { code, instance } = this;
    const { condition } = statement;
    const decided = typeof condition === "number" ? instance.decided.get(condition) : undefined;
    if (decided !== undefined) return this.list(decided ? statement.then : statement.else);
    code.mark(statement.place);
    this.pushCondition(condition);
    const before = this.clean;
    this.clean = new Set(before);
    code.open(OP.if);
    const then = this.scoped(() => this.list(statement.then));
    const cleanThen = this.clean;
    this.clean = new Set(before);
    let otherwise = true;
    if (statement.else.length > 0) {
      code.else();
      otherwise = this.scoped(() => this.list(statement.else));
    }
    code.end();
    const cleanElse = this.clean;
    this.clean = !then ? cleanElse : !otherwise ? cleanThen : intersect(cleanThen, cleanElse);
    if (!then && !otherwise) code.unreachable();
    return then || otherwise;
  }

  /** Puts a condition on the stack as an i32; anything but a bool ends the invocation. */
  private pushCondition(condition: IrAtom): void {
    const { code, context } = this;
    if (this.typeOf(condition) === context.types.bool) {
      this.push(condition);
      return;
    }
    this.pushTag(condition);
    code.i32(layout.TAG_BOOL);
    code.op(OP.i32Ne);
    code.open(OP.if);
    this.fail(layout.FAIL_CONDITION, condition, null);
    code.end();
    this.pushPayload(condition);
    code.op(OP.i32WrapI64);
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

  private emitBlock(label: number, body: readonly IrStatement[]): boolean {
    const { code } = this;
    const before = this.clean;
    this.clean = new Set(before);
    code.open(OP.block);
    this.labels.set(label, { breakAt: code.depth, continueAt: code.depth });
    const completes = this.scoped(() => this.list(body));
    code.end();
    this.clean = without(before, body);
    const reached = completes || this.breaksTo(body, label);
    if (!reached) code.unreachable();
    return reached;
  }

  private emitLoop(statement: IrStatement & { readonly kind: "loop" }): boolean {
    const { code } = this;
    const before = this.clean;
    code.open(OP.block);
    const breakAt = code.depth;
    code.open(OP.loop);
    this.labels.set(statement.label, { breakAt, continueAt: code.depth });
    this.clean = without(before, statement.body);
    const atHead = new Set(this.clean);
    this.statement = statement;
    code.mark(statement.place);
    this.safepoint(costOf(statement.body));
    if (this.scoped(() => this.list(statement.body))) code.br(0);
    code.end();
    code.unreachable();
    code.end();
    this.clean = atHead;
    const reached = this.breaksTo(statement.body, statement.label);
    if (!reached) code.unreachable();
    return reached;
  }

  /** Whether a break to a label is reached in a list. */
  private breaksTo(statements: readonly IrStatement[], label: number): boolean {
    for (const statement of statements) {
      switch (statement.kind) {
        case "break":
          return statement.label === label;
        case "assign":
          if (this.instance.ends.has(statement)) return false;
          break;
        case "if": {
          const { condition } = statement;
          const decided = typeof condition === "number" ? this.instance.decided.get(condition) : undefined;
          if (decided !== false && this.breaksTo(statement.then, label)) return true;
          if (decided !== true && this.breaksTo(statement.else, label)) return true;
          break;
        }
        case "loop":
        case "block":
          if (this.breaksTo(statement.body, label)) return true;
          break;
        case "continue":
        case "return":
        case "fail":
          return false;
      }
    }
    return false;
  }
}

const UNIT: IrAtom = { kind: "unit" };

function intersect(a: ReadonlySet<number>, b: ReadonlySet<number>): Set<number> {
  return new Set([...a].filter((item) => b.has(item)));
}

/** The variables of a set that a body does not assign. */
function without(set: ReadonlySet<number>, body: readonly IrStatement[]): Set<number> {
  const left = new Set(set);
  const visit = (statements: readonly IrStatement[]): void => {
    for (const statement of statements) {
      if (statement.kind === "assign") left.delete(statement.target);
      else if (statement.kind === "if") {
        visit(statement.then);
        visit(statement.else);
      } else if (statement.kind === "loop" || statement.kind === "block") visit(statement.body);
    }
  };
  if (left.size > 0) visit(body);
  return left;
}

/** Fuel of one pass over a body; inner loops count for themselves. */
function costOf(body: readonly IrStatement[]): number {
  let cost = 1;
  for (const statement of body) {
    if (statement.kind === "if") cost += Math.max(costOf(statement.then), costOf(statement.else));
    else if (statement.kind === "block") cost += costOf(statement.body);
    else cost += 1;
  }
  return cost;
}

/** Whether other compiled functions run while an operation does: what is needed afterwards must be in the frame. */
function callsCompiledCode(operation: IrOperation): boolean {
  return (
    operation.kind === "call" ||
    operation.kind === "call-value" ||
    operation.kind === "call-method" ||
    operation.kind === "call-host"
  );
}

function hasLoopOrCall(body: readonly IrStatement[]): boolean {
  return body.some((statement) => {
    switch (statement.kind) {
      case "assign":
        return callsCompiledCode(statement.operation);
      case "if":
        return hasLoopOrCall(statement.then) || hasLoopOrCall(statement.else);
      case "block":
        return hasLoopOrCall(statement.body);
      case "loop":
        return true;
      default:
        return false;
    }
  });
}
