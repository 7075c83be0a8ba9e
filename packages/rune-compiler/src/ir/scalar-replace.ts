// Keeps the parts of a struct, tuple, range or closure in variables when nobody else sees the object: iterators and
// closures of inlined adaptors, tuples that are only taken apart. The object is then never made.

import type { CallTarget, Instance } from "./instance.ts";
import type { IrAtom, IrFunction, IrOperation, IrStatement, VariableId } from "./ir.ts";
import { isTest, visitAtoms } from "./ir.ts";
import { assignmentCounts, someStatement, visitOperands, visitStatements } from "./statements.ts";
import type { IrType } from "./types.ts";
import type { World } from "./world.ts";

/** What a replaced object was: its parts have variables. */
interface Replaced {
  readonly parts: readonly VariableId[];
}

/** Type of a slot of a value, as inference gives it. */
export type PartType = (value: IrType, index: number) => IrType;

/** Replaces what does not escape; the instance comes back unchanged when there is nothing. */
export function replaceScalars(instance: Instance, world: World, partType: PartType): Instance {
  if (!makesParts(instance.function.body)) return instance;
  let current = instance;
  // Replacing one object may free another that was stored in it.
  for (let round = 0; round < 4; round += 1) {
    const next = new Replacer(current, world, partType).run();
    if (next === current) return current;
    current = next;
  }
  return current;
}

/** Whether a body makes anything that has parts. */
function makesParts(statements: readonly IrStatement[]): boolean {
  return someStatement(statements, (statement) => {
    if (statement.kind !== "assign") return false;
    const { kind } = statement.operation;
    return kind === "construct" || kind === "tuple" || kind === "range" || kind === "closure";
  });
}

class Replacer {
  private readonly instance: Instance;
  private readonly world: World;
  private readonly partType: PartType;
  private readonly counts: Uint32Array;
  /** The variable whose object each variable holds; a variable stands for itself at first. */
  private readonly alias = new Map<VariableId, VariableId>();
  private readonly makers = new Map<VariableId, IrOperation>();
  private readonly escaped = new Set<VariableId>();
  private readonly replaced = new Map<VariableId, Replaced>();
  private readonly variables: (string | null)[];
  private readonly types: IrType[];
  private readonly targets: Map<IrOperation, CallTarget>;
  private readonly ends: Set<IrStatement>;

  constructor(instance: Instance, world: World, partType: PartType) {
    this.instance = instance;
    this.world = world;
    this.partType = partType;
    this.counts = assignmentCounts(instance.function);
    this.variables = [...instance.function.variables];
    this.types = [...instance.types];
    this.targets = instance.targets;
    this.ends = instance.ends;
  }

  run(): Instance {
    const { body } = this.instance.function;
    const statements: IrStatement[] = [];
    visitStatements(body, (statement) => statements.push(statement));
    this.findMakers(statements);
    if (this.makers.size === 0) return this.instance;
    this.findAliases(statements);
    this.findEscapes(statements);
    for (const [variable, operation] of this.makers) {
      if (this.escaped.has(variable)) continue;
      const count = partCount(operation);
      const parts = Array.from({ length: count }, (_, index) => {
        this.variables.push(null);
        this.types.push(this.partType(this.types[variable] ?? this.instance.result, index));
        return this.variables.length - 1;
      });
      this.replaced.set(variable, { parts });
    }
    if (this.replaced.size === 0) return this.instance;
    const fn: IrFunction = { ...this.instance.function, variables: this.variables, body: this.rewrite(body) };
    return { ...this.instance, function: fn, types: this.types, targets: this.targets, ends: this.ends };
  }

  private once(variable: VariableId): boolean {
    return variable >= 0 && (this.counts[variable] ?? 0) === 1;
  }

  private findMakers(statements: readonly IrStatement[]): void {
    for (const statement of statements) {
      if (statement.kind !== "assign" || !this.once(statement.target)) continue;
      const { operation } = statement;
      const made =
        operation.kind === "construct"
          ? this.world.type(operation.type).builtin === null && this.types[statement.target]?.kind === "shape"
          : operation.kind === "tuple"
            ? operation.items.length > 0
            : operation.kind === "range" || operation.kind === "closure";
      if (made) this.makers.set(statement.target, operation);
    }
  }

  /** The object that an operand holds, when it is one of ours. */
  private rootOf(atom: IrAtom): VariableId | null {
    if (typeof atom !== "number") return null;
    const root = this.alias.get(atom) ?? atom;
    return this.makers.has(root) ? root : null;
  }

  private findAliases(statements: readonly IrStatement[]): void {
    for (let changed = true; changed;) {
      changed = false;
      for (const statement of statements) {
        if (statement.kind !== "assign" || !this.once(statement.target) || this.alias.has(statement.target)) continue;
        const { operation } = statement;
        if (operation.kind !== "copy" && operation.kind !== "assume") continue;
        const root = this.rootOf(operation.value);
        if (root === null || this.types[statement.target]?.kind !== this.types[root]?.kind) continue;
        this.alias.set(statement.target, root);
        changed = true;
      }
    }
  }

  private findEscapes(statements: readonly IrStatement[]): void {
    const escape = (atom: IrAtom): void => {
      const root = this.rootOf(atom);
      if (root !== null) this.escaped.add(root);
    };
    for (const statement of statements) {
      if (statement.kind === "assign") this.escapesOf(statement, escape);
      else visitOperands(statement, escape);
    }
  }

  private escapesOf(statement: IrStatement & { readonly kind: "assign" }, escape: (atom: IrAtom) => void): void {
    const { operation, target } = statement;
    if (isTest(operation)) {
      if (target >= 0 && !this.instance.decided.has(target)) escape(operation.value);
    } else if (operation.kind === "copy" || operation.kind === "assume") {
      if (!this.alias.has(target)) escape(operation.value);
    } else if (operation.kind === "part" || operation.kind === "get-field") {
      if (this.partIndex(operation) === null) escape(operation.value);
    } else if (operation.kind === "set-field") {
      if (this.partIndex(operation) === null) escape(operation.value);
      escape(operation.to);
    } else if (!this.readsRange(operation)) visitAtoms(operation, escape);
  }

  /** Whether an operation reads an end of a range that is one of ours. */
  private readsRange(operation: IrOperation): boolean {
    return (
      operation.kind === "intrinsic" &&
      (operation.name === "range_start" || operation.name === "range_end") &&
      this.isRange(operation.items[0])
    );
  }

  private isRange(atom: IrAtom | undefined): boolean {
    if (atom === undefined) return false;
    const root = this.rootOf(atom);
    return root !== null && this.makers.get(root)?.kind === "range";
  }

  /** Which part of its object an access is for; null when that is not known. */
  private partIndex(operation: IrOperation & { readonly kind: "part" | "get-field" | "set-field" }): number | null {
    const root = this.rootOf(operation.value);
    if (root === null) return null;
    const maker = this.makers.get(root);
    if (maker === undefined) return null;
    if (operation.kind === "part")
      return operation.of !== "vec" && operation.index < partCount(maker) ? operation.index : null;
    if (maker.kind === "construct") {
      const index = this.world.fieldIndex(maker.type, maker.shape, operation.field);
      return index < 0 ? null : index;
    }
    if (maker.kind === "tuple" && /^\d+$/u.test(operation.field)) {
      const index = Number(operation.field);
      return index < maker.items.length ? index : null;
    }
    if (maker.kind === "range" && operation.kind === "get-field") {
      if (operation.field === "start" && !isUnit(maker.start)) return 0;
      if (operation.field === "end" && !isUnit(maker.end)) return 1;
    }
    return null;
  }

  private partVariable(
    operation: IrOperation & { readonly kind: "part" | "get-field" | "set-field" },
  ): VariableId | null {
    const root = this.rootOf(operation.value);
    const index = this.partIndex(operation);
    return root === null || index === null ? null : (this.replaced.get(root)?.parts[index] ?? null);
  }

  private rewrite(statements: readonly IrStatement[]): IrStatement[] {
    const out: IrStatement[] = [];
    for (const statement of statements) {
      if (statement.kind === "if") {
        out.push({ ...statement, then: this.rewrite(statement.then), else: this.rewrite(statement.else) });
      } else if (statement.kind === "loop" || statement.kind === "block") {
        out.push({ ...statement, body: this.rewrite(statement.body) });
      } else if (statement.kind === "assign") this.rewriteAssign(statement, out);
      else out.push(statement);
    }
    return out;
  }

  private rewriteAssign(statement: IrStatement & { readonly kind: "assign" }, out: IrStatement[]): void {
    const before = out.length;
    this.rewriteOne(statement, out);
    const last = out[out.length - 1];
    if (last !== undefined && out.length > before && this.ends.has(statement)) this.ends.add(last);
  }

  private rewriteOne(statement: IrStatement & { readonly kind: "assign" }, out: IrStatement[]): void {
    const { operation, target, place } = statement;
    const made = this.replaced.get(target);
    if (made !== undefined && this.makers.get(target) === operation) {
      partsOf(operation).forEach((value, index) => {
        out.push({ kind: "assign", target: made.parts[index] ?? -1, operation: { kind: "copy", value }, place });
      });
      return;
    }
    const value = this.replacement(operation, target);
    if (value === undefined) out.push(statement);
    else if (value !== null) {
      if (value.target >= 0)
        out.push({ kind: "assign", target: value.target, operation: { kind: "copy", value: value.atom }, place });
      if (operation.kind === "set-field" && target >= 0)
        out.push({ kind: "assign", target, operation: { kind: "copy", value: { kind: "unit" } }, place });
    }
  }

  /** The copy that an operation on a replaced object becomes; null when nothing is left of it, undefined when it stays. */
  private replacement(
    operation: IrOperation,
    target: VariableId,
  ): { readonly target: VariableId; readonly atom: IrAtom } | null | undefined {
    if (isTest(operation)) {
      const root = this.rootOf(operation.value);
      if (root === null || !this.replaced.has(root)) return undefined;
      return { target, atom: { kind: "bool", value: this.instance.decided.get(target) ?? false } };
    }
    switch (operation.kind) {
      case "copy":
      case "assume": {
        const root = this.alias.get(target);
        return root !== undefined && this.replaced.has(root) ? null : undefined;
      }
      case "part":
      case "get-field": {
        const atom = this.partVariable(operation);
        return atom === null ? undefined : { target, atom };
      }
      case "set-field": {
        const part = this.partVariable(operation);
        return part === null ? undefined : { target: part, atom: operation.to };
      }
      case "intrinsic": {
        const first = operation.items[0];
        const root = first === undefined ? null : this.rootOf(first);
        const atom =
          root === null ? undefined : this.replaced.get(root)?.parts[operation.name === "range_start" ? 0 : 1];
        return atom === undefined ? undefined : { target, atom };
      }
      default:
        return undefined;
    }
  }
}

function isUnit(atom: IrAtom): boolean {
  return typeof atom !== "number" && atom.kind === "unit";
}

function partsOf(operation: IrOperation): readonly IrAtom[] {
  if (operation.kind === "range") return [operation.start, operation.end];
  return "items" in operation ? operation.items : [];
}

function partCount(operation: IrOperation): number {
  return partsOf(operation).length;
}
