// States every invariant of the IR and finds what breaks one. Tests run it after building, after inference and after each
// pass; it is not part of compilation.
//
// Structure:  labels are unique; `break` names an enclosing loop or block, `continue` an enclosing loop; control does not
//             reach the end of a body; nothing stands behind a statement that never completes.
// Variables:  operands and targets exist; a variable is assigned on every path before it is read.
// Types:      (instances) an operand of a type without values is not read; a test that is decided has a bool target; a call
//             has a target; arguments fit the parameters of the instance that they are given to, and what an
//             instance returns fits its result.

import type { Inference, Instance } from "./instance.ts";
import type { IrAtom, IrFunction, IrStatement, VariableId } from "./ir.ts";
import { visitAtoms } from "./ir.ts";
import type { IrType } from "./types.ts";

/** Finds broken invariants of a function as it was built. */
export function verifyFunction(fn: IrFunction): readonly string[] {
  const problems: string[] = [];
  new Verifier(fn, problems, null, null).run();
  return problems;
}

/** Finds broken invariants of an instance, before or after passes. */
export function verifyInstance(instance: Instance, inference: Inference): readonly string[] {
  const problems: string[] = [];
  new Verifier(instance.function, problems, instance, inference).run();
  return problems;
}

/** Variables that are assigned on every path to a point; null where no path leads. */
type Assigned = Set<VariableId> | null;

class Verifier {
  private readonly fn: IrFunction;
  private readonly problems: string[];
  private readonly instance: Instance | null;
  private readonly inference: Inference | null;
  private readonly labels = new Set<number>();
  private readonly open = new Map<number, "loop" | "block">();
  private readonly breaks = new Map<number, Assigned>();

  constructor(fn: IrFunction, problems: string[], instance: Instance | null, inference: Inference | null) {
    this.fn = fn;
    this.problems = problems;
    this.instance = instance;
    this.inference = inference;
  }

  run(): void {
    const start = new Set([...this.fn.parameters, ...this.fn.captures]);
    if (this.instance !== null) {
      const { instance } = this;
      if (instance.types.length !== this.fn.variables.length) this.report("types and variables differ in number");
      this.fn.parameters.forEach((parameter, index) =>
        this.fits(instance.parameters[index], instance.types[parameter], "a parameter"),
      );
      this.fn.captures.forEach((capture, index) =>
        this.fits(instance.captures[index], instance.types[capture], "a capture"),
      );
    }
    const end = this.list(this.fn.body, start);
    if (end !== null) this.report("control reaches the end of the body");
  }

  private report(problem: string): void {
    this.problems.push(`${this.fn.path}: ${problem}`);
  }

  private list(statements: readonly IrStatement[], before: Assigned): Assigned {
    let assigned = before;
    for (const statement of statements) {
      if (assigned === null) {
        this.report(`a ${statement.kind} stands where control never comes`);
        return null;
      }
      assigned = this.statement(statement, assigned);
    }
    return assigned;
  }

  private read(atom: IrAtom, assigned: Set<VariableId>): void {
    if (typeof atom !== "number") return;
    if (atom < 0 || atom >= this.fn.variables.length) this.report(`variable ${atom} does not exist`);
    else if (!assigned.has(atom)) this.report(`variable ${atom} is read before it is assigned`);
    else if (this.instance !== null && this.instance.types[atom] === this.inference?.types.never) {
      this.report(`variable ${atom} is read and has no value`);
    }
  }

  private statement(statement: IrStatement, assigned: Set<VariableId>): Assigned {
    switch (statement.kind) {
      case "assign":
        return this.assign(statement, assigned);
      case "if": {
        this.read(statement.condition, assigned);
        const decided =
          typeof statement.condition === "number" ? this.instance?.decided.get(statement.condition) : undefined;
        const then = decided === false ? null : this.list(statement.then, new Set(assigned));
        const otherwise = decided === true ? null : this.list(statement.else, new Set(assigned));
        return meet(then, otherwise);
      }
      case "loop":
      case "block": {
        this.enter(statement.label, statement.kind);
        const end = this.list(statement.body, new Set(assigned));
        this.open.delete(statement.label);
        const left = this.breaks.get(statement.label) ?? null;
        return statement.kind === "loop" ? left : meet(end, left);
      }
      case "break":
        if (!this.open.has(statement.label)) this.report(`break to ${statement.label}, which does not enclose it`);
        this.breaks.set(statement.label, meet(this.breaks.get(statement.label) ?? null, assigned));
        return null;
      case "continue":
        if (this.open.get(statement.label) !== "loop")
          this.report(`continue of ${statement.label}, which is no enclosing loop`);
        return null;
      case "return":
        this.read(statement.value, assigned);
        if (this.instance !== null) this.fits(this.typeOf(statement.value), this.instance.result, "a returned value");
        return null;
      case "fail":
        if (statement.failure.kind === "panic") this.read(statement.failure.message, assigned);
        else if (statement.failure.kind === "pattern") this.read(statement.failure.value, assigned);
        return null;
    }
  }

  private enter(label: number, kind: "loop" | "block"): void {
    if (this.labels.has(label)) this.report(`label ${label} is used twice`);
    this.labels.add(label);
    this.open.set(label, kind);
  }

  private assign(statement: IrStatement & { readonly kind: "assign" }, assigned: Set<VariableId>): Assigned {
    visitAtoms(statement.operation, (atom) => this.read(atom, assigned));
    if (statement.target >= this.fn.variables.length) this.report(`target ${statement.target} does not exist`);
    const { instance } = this;
    if (instance !== null) {
      this.checkCall(instance, statement);
      if (instance.ends.has(statement)) return null;
      const decided = statement.target >= 0 ? instance.decided.get(statement.target) : undefined;
      if (decided !== undefined && instance.types[statement.target] !== this.inference?.types.bool) {
        this.report(`variable ${statement.target} is decided and no bool`);
      }
    }
    if (statement.target < 0) return assigned;
    const after = new Set(assigned);
    after.add(statement.target);
    return after;
  }

  private checkCall(instance: Instance, statement: IrStatement & { readonly kind: "assign" }): void {
    const { operation } = statement;
    if (operation.kind !== "call" && operation.kind !== "call-value" && operation.kind !== "call-method") return;
    const target = instance.targets.get(operation);
    if (target === undefined) {
      this.report(`a ${operation.kind} has no target`);
      return;
    }
    if (target.kind !== "direct") return;
    const callee = target.instance;
    if (callee.parameters.length !== operation.items.length)
      this.report(`${callee.function.path} is called with a wrong number of arguments`);
    operation.items.forEach((item, index) => {
      const type = this.typeOf(item);
      // A unit is passed as the empty tuple.
      if (type !== this.inference?.types.unit)
        this.fits(type, callee.parameters[index], `argument ${index} of ${callee.function.path}`);
    });
    if (statement.target >= 0 && !instance.ends.has(statement)) {
      this.fits(callee.result, instance.types[statement.target], `what ${callee.function.path} returns`);
    }
  }

  private typeOf(atom: IrAtom): IrType | undefined {
    const types = this.inference?.types;
    if (types === undefined) return undefined;
    if (typeof atom === "number") return this.instance?.types[atom];
    return atom.kind === "function" || atom.kind === "constructor" ? undefined : types.ofKind[atom.kind];
  }

  private fits(type: IrType | undefined, wanted: IrType | undefined, what: string): void {
    if (type === undefined || wanted === undefined || this.inference === null) return;
    if (!this.inference.types.isBelow(type, wanted)) this.report(`${what} does not fit the type that is wanted`);
  }
}

function meet(a: Assigned, b: Assigned): Assigned {
  if (a === null) return b;
  if (b === null) return a;
  return new Set([...a].filter((variable) => b.has(variable)));
}
