// Replaces calls of small known functions by their bodies, callees first. Where a caller only asks whether the result is
// the end of an iteration, a path that returns the end goes straight to what the caller does then: chains of iterator
// adaptors become one loop.

import type { CallTarget, Inference, Instance } from "./instance.ts";
import type { IrAtom, IrFunction, IrOperation, IrPlace, IrStatement, VariableId } from "./ir.ts";
import { mapAtoms } from "./ir.ts";
import { replaceScalars } from "./scalar-replace.ts";
import { breaksTo, countStatements, countUses, diverges, highestLabel } from "./statements.ts";
import type { IrType, TypeTable } from "./types.ts";
import type { World } from "./world.ts";

/** Statements of a callee at most: library functions are written to be inlined. */
const MAX_LIBRARY = 60;
const MAX_PROGRAM = 12;
const MAX_CLOSURE = 40;
/** Statements of a function above which nothing more is inlined into it. */
const MAX_GROWN = 1500;

/** Inlines into instances on demand; one per compilation. */
export class Inliner {
  private readonly world: World;
  private readonly inference: Inference;
  private readonly types: TypeTable;
  private readonly recursive: ReadonlySet<Instance>;
  private readonly done = new Map<Instance, Instance>();
  private readonly sizes = new Map<IrFunction, number>();

  constructor(world: World, inference: Inference, recursive: ReadonlySet<Instance>) {
    this.world = world;
    this.inference = inference;
    this.types = inference.types;
    this.recursive = recursive;
  }

  /** The instance with calls inlined: a new one, with the same index and result. */
  optimise(instance: Instance): Instance {
    const known = this.done.get(instance);
    if (known !== undefined) return known;
    const editor = new Editor(this, this.types, instance);
    const made = replaceScalars(editor.run(), this.world, this.inference.partType);
    this.done.set(instance, made);
    return made;
  }

  /** The body to put in place of a call; null when the call stays. */
  bodyOf(callee: Instance, caller: Instance): Instance | null {
    if (callee === caller || this.recursive.has(callee)) return null;
    const limit = callee.function.library
      ? MAX_LIBRARY
      : callee.captures.length > 0 || callee.function.path.endsWith("}")
        ? MAX_CLOSURE
        : MAX_PROGRAM;
    const optimised = this.optimise(callee);
    return this.sizeOf(optimised.function) <= limit ? optimised : null;
  }

  /** Statements of a function; counted once. */
  sizeOf(fn: IrFunction): number {
    let known = this.sizes.get(fn);
    if (known === undefined) {
      known = countStatements(fn.body);
      this.sizes.set(fn, known);
    }
    return known;
  }
}

/** What a return becomes while a body is put in place. */
type OnReturn = (value: IrAtom, place: IrPlace, out: IrStatement[]) => void;

/** Copies statements of one function into another. */
interface Transplant {
  readonly source: Instance;
  readonly variables: Map<VariableId, VariableId>;
  readonly labels: Map<number, number>;
  readonly path: string;
  readonly caller: IrPlace;
  /** Places of the callee as seen from here; statements share them. */
  readonly places: Map<IrPlace, IrPlace>;
  readonly onReturn: OnReturn;
}

class Editor {
  private readonly inliner: Inliner;
  private readonly typeTable: TypeTable;
  private readonly source: Instance;
  private readonly variables: (string | null)[];
  private readonly types: IrType[];
  private readonly decided: Map<VariableId, boolean>;
  private readonly targets = new Map<IrOperation, CallTarget>();
  private readonly ends = new Set<IrStatement>();
  private usesFound: Uint32Array | null = null;
  private labels = -1;
  private count: number;

  constructor(inliner: Inliner, types: TypeTable, source: Instance) {
    this.inliner = inliner;
    this.typeTable = types;
    this.source = source;
    this.variables = [...source.function.variables];
    this.types = [...source.types];
    this.decided = new Map(source.decided);
    this.count = inliner.sizeOf(source.function);
  }

  run(): Instance {
    const { source } = this;
    const body = this.list(source.function.body);
    const fn: IrFunction = { ...source.function, variables: this.variables, body };
    return {
      ...source,
      function: fn,
      types: this.types,
      decided: this.decided,
      targets: this.targets,
      ends: this.ends,
    };
  }

  private uses(): Uint32Array {
    return (this.usesFound ??= countUses(this.source.function));
  }

  private freshLabel(): number {
    if (this.labels < 0) this.labels = highestLabel(this.source.function.body);
    this.labels += 1;
    return this.labels;
  }

  private fresh(type: IrType): VariableId {
    this.variables.push(null);
    this.types.push(type);
    return this.variables.length - 1;
  }

  private typeOf(atom: IrAtom): IrType {
    if (typeof atom === "number") return this.types[atom] ?? this.typeTable.any;
    return atom.kind === "end" ? this.typeTable.end : this.typeTable.unit;
  }

  /** Copies a list of this function; drops what is never reached. */
  private list(statements: readonly IrStatement[]): IrStatement[] {
    const out: IrStatement[] = [];
    for (let index = 0; index < statements.length; index += 1) {
      const statement = statements[index];
      if (statement === undefined) break;
      if (statement.kind === "assign") {
        const skipped = this.assign(statement, statements.slice(index + 1, index + 3), out);
        index += skipped;
        if (this.source.ends.has(statement)) break;
        continue;
      }
      this.other(statement, out);
      if (this.stops(out)) break;
    }
    return out;
  }

  /** Whether control never reaches the end of a list, operations that do not complete included. */
  private stops(statements: readonly IrStatement[]): boolean {
    const last = statements[statements.length - 1];
    if (last?.kind === "assign") return this.ends.has(last);
    if (last?.kind === "if") return this.stops(last.then) && this.stops(last.else);
    return diverges(statements);
  }

  private other(statement: IrStatement, out: IrStatement[]): void {
    switch (statement.kind) {
      case "if": {
        const decided =
          typeof statement.condition === "number" ? this.source.decided.get(statement.condition) : undefined;
        if (decided !== undefined) {
          for (const inner of this.list(decided ? statement.then : statement.else)) out.push(inner);
          return;
        }
        out.push({ ...statement, then: this.list(statement.then), else: this.list(statement.else) });
        return;
      }
      case "loop":
      case "block":
        out.push({ ...statement, body: this.list(statement.body) });
        return;
      case "assign":
      case "break":
      case "continue":
      case "fail":
      case "return":
      default:
        out.push(statement);
    }
  }

  /** Copies an assignment or inlines its call; how many of the following statements that used up. */
  private assign(
    statement: IrStatement & { readonly kind: "assign" },
    following: readonly IrStatement[],
    out: IrStatement[],
  ): number {
    const { operation } = statement;
    if (operation.kind === "assume" && operation.fact.kind === "not-end" && typeof operation.value === "number") {
      const kept = this.known.get(operation.value);
      if (kept !== undefined) {
        out.push({ ...statement, operation: { kind: "copy", value: kept } });
        return 0;
      }
    }
    const target = this.source.targets.get(operation);
    if (target !== undefined) this.targets.set(operation, target);
    if (this.source.ends.has(statement)) this.ends.add(statement);
    const callee =
      target?.kind === "direct" && this.count < MAX_GROWN ? this.inliner.bodyOf(target.instance, this.source) : null;
    if (callee === null || this.source.ends.has(statement)) {
      out.push(statement);
      return 0;
    }
    this.count += this.inliner.sizeOf(callee.function);
    const items = "items" in operation ? operation.items : [];
    const variables = new Map<VariableId, VariableId>();
    callee.function.variables.forEach((_, variable) => {
      variables.set(variable, this.fresh(callee.types[variable] ?? this.typeTable.any));
    });
    const bind = (parameter: VariableId, value: IrOperation): void => {
      out.push({ kind: "assign", target: variables.get(parameter) ?? -1, operation: value, place: statement.place });
    };
    callee.function.parameters.forEach((parameter, index) => {
      bind(parameter, { kind: "copy", value: items[index] ?? { kind: "unit" } });
    });
    if (operation.kind === "call-value") {
      callee.function.captures.forEach((capture, index) => {
        bind(capture, { kind: "part", of: "fields", value: operation.callee, index });
      });
    }
    for (const [variable, value] of callee.decided) this.decided.set(variables.get(variable) ?? -1, value);
    const end = this.endTest(statement.target, following);
    if (end === null) this.putBody(callee, variables, statement, out);
    else this.putIteration(callee, variables, statement, end, out);
    return end === null ? 0 : 2;
  }

  private putBody(
    callee: Instance,
    variables: Map<VariableId, VariableId>,
    statement: IrStatement & { readonly kind: "assign" },
    out: IrStatement[],
  ): void {
    const label = this.freshLabel();
    const inner: IrStatement[] = [];
    this.transplant(
      callee.function.body,
      inner,
      planOf(callee, variables, statement.place, (value, place, into) => {
        into.push({ kind: "assign", target: statement.target, operation: { kind: "copy", value }, place });
        into.push({ kind: "break", label, place });
      }),
    );
    wrap(inner, label, statement.place, out);
  }

  /** The pattern `c = is-end x; if c { … leaves … }` right after `x = call`, with nothing else asking for the end. */
  private endTest(
    result: VariableId,
    following: readonly IrStatement[],
  ): (IrStatement & { readonly kind: "if" }) | null {
    const [test, branch] = following;
    if (result < 0 || test?.kind !== "assign" || branch?.kind !== "if") return null;
    if (test.operation.kind !== "is-end" || test.operation.value !== result || branch.condition !== test.target)
      return null;
    if (branch.else.length > 0 || branch.then.length > 3 || (this.uses()[test.target] ?? 0) !== 1) return null;
    const last = branch.then[branch.then.length - 1];
    if (last === undefined || !isJump(last)) return null;
    return this.typeOf(result).kind === "maybe" ? branch : null;
  }

  private putIteration(
    callee: Instance,
    variables: Map<VariableId, VariableId>,
    statement: IrStatement & { readonly kind: "assign" },
    end: IrStatement & { readonly kind: "if" },
    out: IrStatement[],
  ): void {
    const label = this.freshLabel();
    const result = statement.target;
    // What follows takes the result as the value that it is: it is narrowed there by `assume`, which stays true.
    const leave = (value: IrAtom, place: IrPlace, into: IrStatement[]): void => {
      into.push({ kind: "assign", target: result, operation: { kind: "copy", value }, place });
      for (const inner of this.list(end.then)) into.push(inner);
    };
    const inner: IrStatement[] = [];
    const content = this.typeTable.withoutEnd(this.types[result] ?? this.typeTable.any);
    const kept = this.fresh(content);
    const onReturn: OnReturn = (value, place, into) => {
      const type = this.typeOf(value);
      if (type === this.typeTable.end) {
        leave(value, place, into);
        return;
      }
      if (type.kind === "maybe" || type === this.typeTable.any) {
        const done = this.fresh(this.typeTable.bool);
        into.push({ kind: "assign", target: done, operation: { kind: "is-end", value }, place });
        const then: IrStatement[] = [];
        leave(value, place, then);
        into.push({ kind: "if", condition: done, then, else: [], place });
      }
      into.push({
        kind: "assign",
        target: kept,
        operation: { kind: "assume", value, fact: { kind: "not-end" } },
        place,
      });
      into.push({ kind: "break", label, place });
    };
    this.transplant(callee.function.body, inner, planOf(callee, variables, statement.place, onReturn));
    wrap(inner, label, statement.place, out);
    out.push({ kind: "assign", target: result, operation: { kind: "copy", value: kept }, place: statement.place });
    this.known.set(result, kept);
  }

  /** Variables that are known to hold the value of another one that is not the end. */
  private readonly known = new Map<VariableId, VariableId>();

  // ── Transplanting ──

  private transplant(statements: readonly IrStatement[], out: IrStatement[], plan: Transplant): void {
    for (const statement of statements) {
      let place = plan.places.get(statement.place);
      if (place === undefined) {
        place = inlinedPlace(statement.place, plan.path, plan.caller);
        plan.places.set(statement.place, place);
      }
      switch (statement.kind) {
        case "assign": {
          const operation = mapAtoms(statement.operation, (atom) => this.map(atom, plan));
          const target = plan.source.targets.get(statement.operation);
          if (target !== undefined) this.targets.set(operation, target);
          const made: IrStatement = {
            kind: "assign",
            target: statement.target < 0 ? -1 : (plan.variables.get(statement.target) ?? -1),
            operation,
            place,
          };
          if (plan.source.ends.has(statement)) this.ends.add(made);
          out.push(made);
          break;
        }
        case "if": {
          const then: IrStatement[] = [];
          const otherwise: IrStatement[] = [];
          this.transplant(statement.then, then, plan);
          this.transplant(statement.else, otherwise, plan);
          out.push({ kind: "if", condition: this.map(statement.condition, plan), then, else: otherwise, place });
          break;
        }
        case "loop":
        case "block": {
          const label = this.freshLabel();
          plan.labels.set(statement.label, label);
          const body: IrStatement[] = [];
          this.transplant(statement.body, body, plan);
          out.push({ kind: statement.kind, label, body, place });
          break;
        }
        case "break":
        case "continue":
          out.push({ kind: statement.kind, label: plan.labels.get(statement.label) ?? -1, place });
          break;
        case "return":
          plan.onReturn(this.map(statement.value, plan), place, out);
          break;
        case "fail":
          out.push({ kind: "fail", failure: mapFailure(statement.failure, (atom) => this.map(atom, plan)), place });
          break;
      }
    }
  }

  private map(atom: IrAtom, plan: Transplant): IrAtom {
    return typeof atom === "number" ? (plan.variables.get(atom) ?? atom) : atom;
  }
}

function planOf(
  callee: Instance,
  variables: Map<VariableId, VariableId>,
  caller: IrPlace,
  onReturn: OnReturn,
): Transplant {
  return {
    source: callee,
    variables,
    labels: new Map(),
    path: callee.function.path,
    caller,
    places: new Map(),
    onReturn,
  };
}

function mapFailure(
  failure: (IrStatement & { readonly kind: "fail" })["failure"],
  map: (atom: IrAtom) => IrAtom,
): (IrStatement & { readonly kind: "fail" })["failure"] {
  if (failure.kind === "panic") return { kind: "panic", message: map(failure.message) };
  return failure.kind === "pattern" ? { kind: "pattern", value: map(failure.value) } : failure;
}

/** Puts a body in place; the block is left out when only its last statement leaves it. */
function wrap(inner: IrStatement[], label: number, place: IrPlace, out: IrStatement[]): void {
  const last = inner[inner.length - 1];
  if (last?.kind === "break" && last.label === label && !breaksTo(inner.slice(0, -1), label)) {
    for (const statement of inner.slice(0, -1)) out.push(statement);
    return;
  }
  out.push({ kind: "block", label, body: inner, place });
}

function isJump(statement: IrStatement): boolean {
  return (
    statement.kind === "break" ||
    statement.kind === "continue" ||
    statement.kind === "return" ||
    statement.kind === "fail"
  );
}

/** A place of a callee, as seen from the function that it was put into. */
function inlinedPlace(place: IrPlace, path: string, caller: IrPlace): IrPlace {
  const { inlined } = place;
  const level =
    inlined === undefined
      ? { path, caller }
      : { path: inlined.path, caller: inlinedPlace(inlined.caller, path, caller) };
  return { source: place.source, start: place.start, end: place.end, inlined: level };
}
