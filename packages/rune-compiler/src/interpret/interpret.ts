// Executes IR directly, as the oracle of differential tests: no types, no passes, no memory of its own. It shares nothing
// with code generation but the IR. What the runtime does is in `runtime-functions.ts`, as far as tests need it.

import type { FunctionId, TypeId } from "../hir/hir.ts";
import type { IrAtom, IrFunction, IrOperation, IrStatement } from "../ir/ir.ts";
import type { World } from "../ir/world.ts";
import { applyBinary, applyCast, applyUnary, areEqual } from "./operators.ts";
import { callRuntime } from "./runtime-functions.ts";
import type { RuneValue } from "./value.ts";
import { END, InterpretedFailure, showDebug, showDisplay, UNIT } from "./value.ts";

/** What a program did. */
export type Interpretation =
  | { readonly ok: true; readonly debug: string; readonly output: string }
  | { readonly ok: false; readonly kind: string; readonly output: string };

/** Statements after which an interpretation gives up. */
const MAX_STEPS = 20_000_000;

/**
 * Runs a function without arguments.
 *
 * @returns how the language shows the result, or the kind of the run-time error
 * @throws {RangeError} when the program needs what the interpreter does not have, or runs too long
 */
export function interpret(world: World, entry: FunctionId): Interpretation {
  const interpreter = new Interpreter(world);
  try {
    const result = interpreter.call(world.function(entry), [], []);
    return { ok: true, debug: showDebug(result, world), output: interpreter.output };
  } catch (thrown) {
    if (thrown instanceof InterpretedFailure) return { ok: false, kind: thrown.kind, output: interpreter.output };
    throw thrown;
  }
}

/** How a statement list was left. */
type Exit =
  | null
  | { readonly kind: "break" | "continue"; readonly label: number }
  | { readonly kind: "return"; readonly value: RuneValue };

type Frame = (RuneValue | undefined)[];

class Interpreter {
  private readonly world: World;
  private readonly statics = new Map<number, RuneValue>();
  private steps = 0;
  output = "";

  constructor(world: World) {
    this.world = world;
  }

  call(fn: IrFunction, args: readonly RuneValue[], captures: readonly RuneValue[]): RuneValue {
    if (args.length !== fn.parameters.length) throw new InterpretedFailure("arity");
    const frame: Frame = [];
    fn.parameters.forEach((parameter, index) => (frame[parameter] = args[index]));
    fn.captures.forEach((capture, index) => (frame[capture] = captures[index]));
    const exit = this.list(fn.body, frame);
    if (exit?.kind !== "return") throw new RangeError(`${fn.path} ended without a return`);
    return exit.value;
  }

  private list(statements: readonly IrStatement[], frame: Frame): Exit {
    for (const statement of statements) {
      const exit = this.statement(statement, frame);
      if (exit !== null) return exit;
    }
    return null;
  }

  private statement(statement: IrStatement, frame: Frame): Exit {
    this.steps += 1;
    if (this.steps > MAX_STEPS) throw new RangeError("the program runs too long to be interpreted");
    switch (statement.kind) {
      case "assign": {
        const value = this.operation(statement.operation, frame);
        if (statement.target >= 0) frame[statement.target] = value;
        return null;
      }
      case "if": {
        const condition = this.atom(statement.condition, frame);
        if (condition.kind !== "bool") throw new InterpretedFailure("condition");
        return this.list(condition.value ? statement.then : statement.else, frame);
      }
      case "loop":
        for (;;) {
          this.steps += 1;
          if (this.steps > MAX_STEPS) throw new RangeError("the program runs too long to be interpreted");
          const exit = this.list(statement.body, frame);
          if (exit === null || (exit.kind === "continue" && exit.label === statement.label)) continue;
          return exit.kind === "break" && exit.label === statement.label ? null : exit;
        }
      case "block": {
        const exit = this.list(statement.body, frame);
        return exit?.kind === "break" && exit.label === statement.label ? null : exit;
      }
      case "break":
      case "continue":
        return { kind: statement.kind, label: statement.label };
      case "return":
        return { kind: "return", value: this.atom(statement.value, frame) };
      case "fail":
        throw new InterpretedFailure(statement.failure.kind);
    }
  }

  private atom(atom: IrAtom, frame: Frame): RuneValue {
    if (typeof atom === "number") {
      const value = frame[atom];
      if (value === undefined) throw new RangeError(`variable ${atom} is read before it is assigned`);
      return value;
    }
    switch (atom.kind) {
      case "unit":
        return UNIT;
      case "end":
        return END;
      case "bool":
        return atom;
      case "char":
        return { kind: "char", value: atom.value };
      case "int":
        return { kind: "i64", value: atom.value };
      case "uint":
        return { kind: "u64", value: atom.value };
      case "float":
        return { kind: "f64", value: atom.value };
      case "type":
        return { kind: "Type", type: atom.type };
      case "function":
        return { kind: "Function", function: atom.function, captures: [] };
      case "constructor":
        return { kind: "Function", function: this.world.constructorFunction(atom.type, atom.shape).id, captures: [] };
    }
  }

  private operation(operation: IrOperation, frame: Frame): RuneValue {
    const at = (atom: IrAtom): RuneValue => this.atom(atom, frame);
    const all = (atoms: readonly IrAtom[]): RuneValue[] => atoms.map(at);
    const bool = (value: boolean): RuneValue => ({ kind: "bool", value });
    switch (operation.kind) {
      case "copy":
      case "assume":
        return at(operation.value);
      case "string":
        return { kind: "String", text: operation.value };
      case "bytes":
        return { kind: "Bytes", bytes: operation.value.slice() };
      case "unary":
        return applyUnary(operation.operator, at(operation.value));
      case "binary":
        return applyBinary(operation.operator, at(operation.left), at(operation.right));
      case "compound": {
        const left = at(operation.left);
        const right = at(operation.right);
        if (left.kind === "String" && right.kind === "String" && operation.operator === "+") {
          left.text += right.text;
          return left;
        }
        return applyBinary(operation.operator, left, right);
      }
      case "cast":
        return applyCast(operation.to, at(operation.value));
      case "is":
        return bool(this.isOf(at(operation.value), operation.type, operation.shape));
      case "is-tuple": {
        const value = at(operation.value);
        const length = value.kind === "Tuple" ? value.items.length : value.kind === "unit" ? 0 : -1;
        return bool(operation.exact ? length === operation.length : length >= operation.length);
      }
      case "is-vec": {
        const value = at(operation.value);
        const length = value.kind === "Vec" ? value.items.length : -1;
        return bool(operation.exact ? length === operation.length : length >= operation.length);
      }
      case "is-object": {
        const value = at(operation.value);
        if (value.kind !== "Object" || (operation.exact && value.entries.size !== operation.keys.length))
          return bool(false);
        return bool(operation.keys.every((key) => value.entries.has(key)));
      }
      case "is-literal":
        return bool(isLiteral(at(operation.value), operation.literal));
      case "is-end":
        return bool(at(operation.value).kind === "end");
      case "goes-on": {
        const value = at(operation.value);
        if (value.kind === "Option") return bool(value.content !== null);
        if (value.kind === "Result") return bool(value.ok);
        throw new InterpretedFailure("try");
      }
      case "part":
        return partOf(at(operation.value), operation.index);
      case "entry": {
        const value = at(operation.value);
        return (value.kind === "Object" ? value.entries.get(operation.key) : undefined) ?? UNIT;
      }
      case "tuple":
        return operation.items.length === 0 ? UNIT : { kind: "Tuple", items: all(operation.items) };
      case "vec":
        return { kind: "Vec", items: all(operation.items) };
      case "object": {
        const entries = new Map<string, RuneValue>();
        operation.keys.forEach((key, index) => entries.set(key, at(operation.items[index] ?? { kind: "unit" })));
        return { kind: "Object", entries };
      }
      case "construct":
        return this.construct(operation.type, operation.shape, all(operation.items));
      case "range":
        return { kind: "Range", range: operation.range, ends: [at(operation.start), at(operation.end)] };
      case "closure":
        return { kind: "Function", function: operation.function, captures: all(operation.items) };
      case "call":
        return this.call(this.world.function(operation.function), all(operation.items), []);
      case "call-value": {
        const callee = at(operation.callee);
        if (callee.kind !== "Function") throw new InterpretedFailure("not-callable");
        return this.call(this.world.function(callee.function), all(operation.items), callee.captures);
      }
      case "call-method":
        return this.callMethod(operation.name, all(operation.items), operation.protocol);
      case "intrinsic":
        return callRuntime(operation.name, all(operation.items), this.world);
      case "get-field":
        return this.getField(at(operation.value), operation.field);
      case "set-field":
        this.setField(at(operation.value), operation.field, at(operation.to));
        return UNIT;
      case "get-index":
        return element(at(operation.value), at(operation.index));
      case "set-index": {
        const value = at(operation.value);
        const index = at(operation.index);
        element(value, index);
        if (value.kind !== "Vec" || (index.kind !== "i64" && index.kind !== "u64"))
          throw new InterpretedFailure("index-set");
        value.items[Number(index.value)] = at(operation.to);
        return UNIT;
      }
      case "get-static":
        return this.statics.get(operation.static) ?? END;
      case "set-static":
        this.statics.set(operation.static, at(operation.to));
        return UNIT;
      case "format":
        return { kind: "String", text: this.format(operation, all(operation.items)) };
      case "print": {
        const text = at(operation.text);
        if (text.kind === "String") this.output += operation.newline ? `${text.text}\n` : text.text;
        return UNIT;
      }
      case "call-host":
        throw new RangeError("host functions are not interpreted");
    }
  }

  private format(operation: IrOperation & { readonly kind: "format" }, items: readonly RuneValue[]): string {
    let text = "";
    let index = 0;
    for (const piece of operation.pieces) {
      if (typeof piece === "string") {
        text += piece;
        continue;
      }
      const item = items[index] ?? UNIT;
      index += 1;
      if (piece.width !== null || piece.precision !== null || piece.sign !== null)
        throw new RangeError("widths are not interpreted");
      if (piece.style === "display") text += showDisplay(item);
      else if (piece.style === "debug") text += showDebug(item, this.world);
      else throw new RangeError(`the style ${piece.style} is not interpreted`);
    }
    return text;
  }

  private construct(type: TypeId, shape: number, items: RuneValue[]): RuneValue {
    switch (this.world.type(type).builtin) {
      case "Option":
        return { kind: "Option", content: items[0] ?? null };
      case "Result":
        return { kind: "Result", ok: shape === 0, content: items[0] ?? UNIT };
      case "Ordering":
        return { kind: "Ordering", value: shape - 1 };
      case null:
      default:
        return { kind: "struct", type, shape, slots: items };
    }
  }

  /** The declared type of a value. */
  private typeOf(value: RuneValue): TypeId | undefined {
    if (value.kind === "struct") return value.type;
    if (value.kind === "Range") {
      return this.world.builtin(
        ["Range", "RangeInclusive", "RangeFrom", "RangeTo", "RangeToInclusive", "RangeFull"][value.range] ?? "",
      );
    }
    return this.world.builtin(value.kind === "unit" ? "Tuple" : value.kind);
  }

  private isOf(value: RuneValue, type: TypeId, shape: number | null): boolean {
    if (this.typeOf(value) !== type) return false;
    if (shape === null) return true;
    const name = this.world.type(type).shapes[shape]?.name;
    if (value.kind === "Option") return (value.content === null ? "None" : "Some") === name;
    if (value.kind === "Result") return (value.ok ? "Ok" : "Err") === name;
    if (value.kind === "Ordering") return value.value === shape - 1;
    return value.kind !== "struct" || value.shape === shape;
  }

  private callMethod(name: string, items: readonly RuneValue[], protocol: boolean): RuneValue {
    const type = this.typeOf(items[0] ?? UNIT);
    const method = type === undefined ? undefined : this.world.methods(name, protocol).byType.get(type);
    if (method === undefined) throw new InterpretedFailure(protocol ? "iterate" : "method");
    return this.call(this.world.function(method), items, []);
  }

  private slotOf(value: RuneValue & { readonly kind: "struct" }, field: string): number {
    return this.world.fieldIndex(value.type, value.shape, field);
  }

  private getField(value: RuneValue, field: string): RuneValue {
    if (value.kind === "struct") {
      const found = value.slots[this.slotOf(value, field)];
      if (found !== undefined) return found;
    } else if (value.kind === "Object") {
      const found = value.entries.get(field);
      if (found !== undefined) return found;
    } else if (/^\d+$/u.test(field)) return partOf(value, Number(field));
    throw new InterpretedFailure("field");
  }

  private setField(value: RuneValue, field: string, to: RuneValue): void {
    if (value.kind === "Object") {
      value.entries.set(field, to);
      return;
    }
    const slots =
      value.kind === "struct" ? value.slots : value.kind === "Tuple" || value.kind === "Vec" ? value.items : [];
    const index = value.kind === "struct" ? this.slotOf(value, field) : /^\d+$/u.test(field) ? Number(field) : -1;
    if (index < 0 || index >= slots.length) throw new InterpretedFailure("field");
    slots[index] = to;
  }
}

function partOf(value: RuneValue, index: number): RuneValue {
  let found: RuneValue | null | undefined;
  if (value.kind === "Tuple" || value.kind === "Vec") found = value.items[index];
  else if (value.kind === "struct") found = value.slots[index];
  else if ((value.kind === "Option" || value.kind === "Result") && index === 0) found = value.content;
  if (found === undefined || found === null) throw new InterpretedFailure("tuple-index");
  return found;
}

function element(value: RuneValue, index: RuneValue): RuneValue {
  if (index.kind !== "i64" && index.kind !== "u64") throw new InterpretedFailure("index-get");
  if (value.kind !== "Vec" && value.kind !== "Tuple") throw new InterpretedFailure("index-get");
  const found = index.value < 0n || index.value > 0xffff_ffffn ? undefined : value.items[Number(index.value)];
  if (found === undefined) throw new InterpretedFailure("index");
  return found;
}

function isLiteral(value: RuneValue, literal: (IrOperation & { readonly kind: "is-literal" })["literal"]): boolean {
  switch (literal.kind) {
    case "bool":
      return value.kind === "bool" && value.value === literal.value;
    case "char":
      return value.kind === "char" && value.value === literal.value;
    case "int":
      return value.kind === "i64" && value.value === literal.value;
    case "uint":
      return value.kind === "u64" && value.value === literal.value;
    case "string":
      return value.kind === "String" && areEqual(value, { kind: "String", text: literal.value });
    case "bytes":
      return (
        value.kind === "Bytes" &&
        value.bytes.length === literal.value.length &&
        value.bytes.every((byte, index) => byte === literal.value[index])
      );
  }
}
