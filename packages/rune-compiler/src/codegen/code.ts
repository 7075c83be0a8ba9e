// Writes the body of one WebAssembly function: instructions by name, locals, nesting of blocks, marks for the source map.
// It knows WebAssembly, not Rune.

import type { IrPlace } from "../ir/ir.ts";
import { ByteWriter } from "../wasm/byte-writer.ts";
import { EMPTY, F64, I32, I64, OP, PREFIX } from "../wasm/opcodes.ts";

/** Where the code for a place starts, as an offset in the body's instructions. */
export interface CodeMark {
  readonly offset: number;
  readonly place: IrPlace;
}

/** Alignment exponents of the load and store instructions. */
const ALIGNMENT = new Map<number, number>([
  [OP.i32Load, 2],
  [OP.i64Load, 3],
  [OP.f64Load, 3],
  [OP.i32Load8U, 0],
  [OP.i32Store, 2],
  [OP.i64Store, 3],
  [OP.f64Store, 3],
  [OP.i32Store8, 0],
]);

/** Buffers of finished functions, for the next ones. */
const writers: ByteWriter[] = [];

/** One function under construction. After `finish` it must not be used. */
export class Code {
  readonly out: ByteWriter = writers.pop() ?? new ByteWriter(4096);
  readonly marks: CodeMark[] = [];
  /** Value types of all locals, parameters first. */
  readonly locals: number[];
  private readonly parameterCount: number;
  private readonly free = new Map<number, number[]>();
  private lastMark: IrPlace | null = null;
  /** Number of open blocks, loops and ifs. */
  depth = 0;

  constructor(parameters: readonly number[]) {
    this.out.reset();
    this.locals = [...parameters];
    this.parameterCount = parameters.length;
  }

  /** A new local of a value type. */
  local(type: number): number {
    this.locals.push(type);
    return this.locals.length - 1;
  }

  /** A local for use inside one operation; give it back with `release`. */
  scratch(type: number): number {
    return this.free.get(type)?.pop() ?? this.local(type);
  }

  release(...locals: number[]): void {
    for (const local of locals) {
      const type = this.locals[local] ?? I32;
      const list = this.free.get(type);
      if (list === undefined) this.free.set(type, [local]);
      else list.push(local);
    }
  }

  /** The instructions that follow belong to a place. */
  mark(place: IrPlace): void {
    if (this.lastMark === place) return;
    this.lastMark = place;
    this.marks.push({ offset: this.out.length, place });
  }

  op(...opcodes: number[]): void {
    for (const opcode of opcodes) this.out.byte(opcode);
  }

  prefixed(opcode: keyof typeof PREFIX): void {
    this.out.byte(0xfc);
    this.out.unsigned(PREFIX[opcode]);
  }

  get(local: number): void {
    if (local < 0) throw new RangeError("a value without representation is read");
    this.out.byte(OP.localGet);
    this.out.unsigned(local);
  }

  set(local: number): void {
    this.out.byte(OP.localSet);
    this.out.unsigned(local);
  }

  tee(local: number): void {
    this.out.byte(OP.localTee);
    this.out.unsigned(local);
  }

  i32(value: number): void {
    this.out.byte(OP.i32Const);
    this.out.signed(value);
  }

  i64(value: bigint): void {
    this.out.byte(OP.i64Const);
    this.out.signed64(value);
  }

  f64(value: number): void {
    this.out.byte(OP.f64Const);
    this.out.float64(value);
  }

  /** A load or store at a constant offset from the address on the stack. */
  memory(opcode: number, offset: number): void {
    this.out.byte(opcode);
    this.out.unsigned(ALIGNMENT.get(opcode) ?? 0);
    this.out.unsigned(offset);
  }

  /** Loads from a fixed address. */
  loadAt(opcode: number, address: number): void {
    this.i32(0);
    this.memory(opcode, address);
  }

  call(index: number): void {
    this.out.byte(OP.call);
    this.out.unsigned(index);
  }

  /** Opens a construct: `OP.block`, `OP.loop` or `OP.if`. `type` is a value type, `EMPTY` or a type index. */
  open(opcode: number, type: number = EMPTY): void {
    this.out.byte(opcode);
    if (type === EMPTY || type === I32 || type === I64 || type === F64) this.out.byte(type);
    else this.out.signed(type);
    this.depth += 1;
  }

  else(): void {
    this.out.byte(OP.else);
  }

  end(): void {
    this.out.byte(OP.end);
    this.depth -= 1;
  }

  br(depth: number): void {
    this.out.byte(OP.br);
    this.out.unsigned(depth);
  }

  brIf(depth: number): void {
    this.out.byte(OP.brIf);
    this.out.unsigned(depth);
  }

  unreachable(): void {
    this.out.byte(OP.unreachable);
  }

  /** The body as the code section wants it, without its size: locals, instructions, end. `prologue` goes first. */
  finish(prologue: Code | null): { readonly body: Uint8Array; readonly instructionsAt: number } {
    const head = writers.pop() ?? new ByteWriter(4096);
    head.reset();
    const runs: [number, number][] = [];
    for (let local = this.parameterCount; local < this.locals.length; local += 1) {
      const type = this.locals[local] ?? I32;
      const last = runs[runs.length - 1];
      if (last !== undefined && last[1] === type) last[0] += 1;
      else runs.push([1, type]);
    }
    head.unsigned(runs.length);
    for (const [count, type] of runs) {
      head.unsigned(count);
      head.byte(type);
    }
    if (prologue !== null) head.append(prologue.out.bytes());
    const instructionsAt = head.length;
    const body = new Uint8Array(instructionsAt + this.out.length + 1);
    body.set(head.bytes());
    body.set(this.out.bytes(), instructionsAt);
    body[body.length - 1] = OP.end;
    writers.push(head, this.out);
    if (prologue !== null) writers.push(prologue.out);
    return { body, instructionsAt };
  }
}
