// Generates the code of one instance: control flow, variables, stack frame, roots, safepoints. What operations compute
// is in `emit-*.ts`.
//
// Roots. A variable that may hold a reference is stored to a slot of the shadow stack before anything that may collect
// while it is needed afterwards, unless the slot already holds its value (`clean`). Slots are cleared at entry; a
// stale slot keeps an object alive a little longer and never dangles, because objects do not move.

import { layout } from "@crucible/rune-runtime";
import type { Instance } from "../ir/instance.ts";
import type { IrAtom, IrStatement, VariableId } from "../ir/ir.ts";
import type { Liveness } from "../ir/live.ts";
import { findLive } from "../ir/live.ts";
import { assignmentCounts } from "../ir/statements.ts";
import type { IrType } from "../ir/types.ts";
import { mayBeReference, representationOf } from "../ir/types.ts";
import { I32, OP } from "../wasm/opcodes.ts";
import { Code } from "./code.ts";
import type { Context, EmittedFunction } from "./context.ts";
import { finishFunction } from "./context.ts";
import { emitFailure } from "./emit-failure.ts";
import { emitOperation } from "./emit-operation.ts";
import { MAX_BODY, TooLarge } from "./limits.ts";
import { callsCompiledCode, costOf, hasLoopOrCall, intersect, without } from "./measure-body.ts";
import { ValueEmitter } from "./value-emitter.ts";

/** Roots that fit into the room that the embedding keeps free above the frames (`STACK_RESERVE` in `execute/`). */
const MAX_COLD_ROOTS = 8000;

/** Emission of one instance. */
export class FunctionEmitter extends ValueEmitter {
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
  /** The statement being emitted, for the roots of what it calls. */
  private statement: IrStatement | null = null;

  constructor(context: Context, instance: Instance, recursive: boolean) {
    super(context, instance);
    this.recursive = recursive;
    this.depthLocal = recursive ? this.code.local(I32) : -1;
    this.live = findLive(instance);
    this.assignments = assignmentCounts(instance.function);
    this.safeEntry = recursive || hasLoopOrCall(instance.function.body);
    const framed = this.live.some(callsCompiledCode);
    this.frame = framed ? this.code.local(I32) : -1;
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
    if (roots.length > MAX_COLD_ROOTS) {
      this.tooLarge("too many values are alive at one place");
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

  private tooLarge(reason: string): never {
    const fn = this.instance.function;
    throw new TooLarge(`Cannot compile \`${fn.path}\`: ${reason}`, fn.place);
  }

  private roots(also: readonly IrAtom[]): Set<VariableId> {
    const roots = new Set(this.statement === null ? this.live.entry : this.live.after(this.statement));
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
        if (code.out.length > MAX_BODY) this.tooLarge("it is too large");
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
