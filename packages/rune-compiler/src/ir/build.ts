// Makes IR from HIR, one function at a time. Iteration, `?` and statics are taken apart here, and variables that a test
// narrows are split, so that everything after this file can give each variable one type.

import { ABI_FUNCTIONS } from "@crucible/rune-runtime";
import type { HirAtom, HirFailure, HirFunction, HirModule, HirOperation, HirStatement } from "../hir/hir.ts";
import { sinkReturns } from "./sink-returns.ts";
import type { IrAtom, IrFact, IrFunction, IrFailure, IrOperation, IrPlace, IrStatement, VariableId } from "./ir.ts";
import { diverges } from "./statements.ts";

/** Range kinds as the runtime numbers them. */
export const RANGE_KINDS = { halfOpen: 0, inclusive: 1, from: 2, to: 3, toInclusive: 4, full: 5 } as const;

/** Makes the IR of every function of a module; `library` renumbers sources to negative numbers. */
export function buildModule(module: HirModule, library: boolean): IrFunction[] {
  return module.functions.map((fn, index) => buildFunction(fn, module.firstFunction + index, module, library));
}

/** Makes the IR of one function. `module` is only asked for its statics. */
export function buildFunction(fn: HirFunction, id: number, module: HirModule, library: boolean): IrFunction {
  const builder = new FunctionBuilder(fn, module, library);
  const body = sinkReturns(builder.statements(fn.body));
  return {
    id,
    path: fn.path,
    library,
    parameters: fn.parameters,
    captures: fn.captures,
    variables: builder.variables,
    body,
    method: fn.method,
    alsoFor: fn.alsoFor,
    place: builder.place(fn.span),
  };
}

/** A condition variable that tells something about another variable. */
interface Test {
  readonly variable: VariableId;
  readonly fact: IrFact;
  /** The value of the condition for which the fact holds. */
  readonly when: boolean;
}

class FunctionBuilder {
  readonly variables: (string | null)[];
  private readonly module: HirModule;
  private readonly library: boolean;
  private readonly assignments: Uint32Array;
  /** Narrowed names of variables, innermost last. */
  private readonly renamed = new Map<VariableId, VariableId>();
  private readonly tests = new Map<VariableId, Test>();

  constructor(fn: HirFunction, module: HirModule, library: boolean) {
    this.variables = fn.locals.map((local) => local.name);
    this.module = module;
    this.library = library;
    this.assignments = new Uint32Array(fn.locals.length);
    for (const parameter of [...fn.parameters, ...fn.captures]) this.count(parameter);
    this.countAssignments(fn.body);
  }

  place(span: IrPlace): IrPlace {
    return this.library ? { source: -1 - span.source, start: span.start, end: span.end } : span;
  }

  private count(local: number): void {
    this.assignments[local] = (this.assignments[local] ?? 0) + 1;
  }

  private countAssignments(statements: readonly HirStatement[]): void {
    for (const statement of statements) {
      if (statement.kind === "assign") {
        if (statement.target !== null) this.count(statement.target);
      } else if (statement.kind === "if") {
        this.countAssignments(statement.then);
        this.countAssignments(statement.else);
      } else if (statement.kind === "for") {
        this.count(statement.item);
        this.countAssignments(statement.body);
      } else if (statement.kind === "loop" || statement.kind === "block") this.countAssignments(statement.body);
    }
  }

  private fresh(): VariableId {
    this.variables.push(null);
    return this.variables.length - 1;
  }

  /** Builds a statement list; narrowing inside does not reach beyond it. */
  statements(list: readonly HirStatement[]): IrStatement[] {
    const out: IrStatement[] = [];
    const undo: (() => void)[] = [];
    for (const statement of list) {
      this.statement(statement, out, undo);
      if (diverges(out)) break;
    }
    for (let index = undo.length - 1; index >= 0; index -= 1) undo[index]?.();
    return out;
  }

  private statement(statement: HirStatement, out: IrStatement[], undo: (() => void)[]): void {
    const place = this.place(statement.span);
    switch (statement.kind) {
      case "assign":
        this.assign(statement.target ?? -1, statement.operation, place, out);
        return;
      case "if":
        this.branch(statement, place, out, undo);
        return;
      case "loop":
      case "block":
        out.push({ kind: statement.kind, label: statement.label, body: this.statements(statement.body), place });
        return;
      case "for":
        this.iteration(statement, place, out);
        return;
      case "break":
      case "continue":
        out.push({ kind: statement.kind, label: statement.label, place });
        return;
      case "return":
        out.push({ kind: "return", value: this.atom(statement.value), place });
        return;
      case "fail":
        out.push({ kind: "fail", failure: this.failure(statement.failure), place });
        return;
    }
  }

  private failure(failure: HirFailure): IrFailure {
    if (failure.kind === "panic") return { kind: "panic", message: this.atom(failure.message) };
    if (failure.kind === "pattern") return { kind: "pattern", value: this.atom(failure.value) };
    return failure;
  }

  private branch(
    statement: HirStatement & { readonly kind: "if" },
    place: IrPlace,
    out: IrStatement[],
    undo: (() => void)[],
  ): void {
    const condition = this.atom(statement.condition);
    if (typeof condition !== "number" && condition.kind === "bool") {
      for (const inner of this.statements(condition.value ? statement.then : statement.else)) out.push(inner);
      return;
    }
    const test = typeof condition === "number" ? this.tests.get(condition) : undefined;
    const usable = test !== undefined && (this.assignments[test.variable] ?? 1) === 1 ? test : undefined;
    const side = (list: readonly HirStatement[], when: boolean): IrStatement[] => {
      if (usable === undefined || usable.when !== when) return this.statements(list);
      const start: IrStatement[] = [];
      const restore = this.narrow(usable, place, start);
      const rest = this.statements(list);
      restore();
      return [...start, ...rest];
    };
    const then = side(statement.then, true);
    const otherwise = side(statement.else, false);
    out.push({ kind: "if", condition, then, else: otherwise, place });
    // A branch that never completes leaves what the other one knows.
    if (usable !== undefined && diverges(usable.when ? otherwise : then) && !diverges(usable.when ? then : otherwise)) {
      undo.push(this.narrow(usable, place, out));
    }
  }

  private narrow(test: Test, place: IrPlace, out: IrStatement[]): () => void {
    const before = this.renamed.get(test.variable);
    const narrowed = this.fresh();
    out.push({
      kind: "assign",
      target: narrowed,
      operation: { kind: "assume", value: before ?? test.variable, fact: test.fact },
      place,
    });
    this.renamed.set(test.variable, narrowed);
    return () => {
      if (before === undefined) this.renamed.delete(test.variable);
      else this.renamed.set(test.variable, before);
    };
  }

  private iteration(statement: HirStatement & { readonly kind: "for" }, place: IrPlace, out: IrStatement[]): void {
    const iterator = this.fresh();
    const next = this.fresh();
    const done = this.fresh();
    const call = (name: string, item: IrAtom): IrOperation => ({
      kind: "call-method",
      name,
      items: [item],
      protocol: true,
    });
    out.push({ kind: "assign", target: iterator, operation: call("__iter", this.atom(statement.iterable)), place });
    const body: IrStatement[] = [
      { kind: "assign", target: next, operation: call("__next", iterator), place },
      { kind: "assign", target: done, operation: { kind: "is-end", value: next }, place },
      { kind: "if", condition: done, then: [{ kind: "break", label: statement.label, place }], else: [], place },
      {
        kind: "assign",
        target: statement.item,
        operation: { kind: "assume", value: next, fact: { kind: "not-end" } },
        place,
      },
    ];
    for (const inner of this.statements(statement.body)) body.push(inner);
    out.push({ kind: "loop", label: statement.label, body, place });
  }

  private assign(target: VariableId, operation: HirOperation, place: IrPlace, out: IrStatement[]): void {
    const put = (operation_: IrOperation, to: VariableId = target): void => {
      out.push({ kind: "assign", target: to, operation: operation_, place });
    };
    switch (operation.kind) {
      case "copy":
        put({ kind: "copy", value: this.atom(operation.value) });
        this.copyTest(operation.value, target);
        return;
      case "unary":
        put({ kind: "unary", operator: operation.operator, value: this.atom(operation.value) });
        if (operation.operator === "!") this.negateTest(operation.value, target);
        return;
      case "is":
        put({ ...operation, value: this.atom(operation.value) });
        this.test(target, operation.value, { kind: "type", type: operation.type, shape: operation.shape }, true);
        return;
      case "is-tuple":
        put({ ...operation, value: this.atom(operation.value) });
        this.test(target, operation.value, { kind: "tuple", length: operation.length, exact: operation.exact }, true);
        return;
      case "is-vec":
        put({ ...operation, value: this.atom(operation.value) });
        this.test(target, operation.value, { kind: "vec" }, true);
        return;
      case "is-object":
        put({ ...operation, value: this.atom(operation.value) });
        this.test(target, operation.value, { kind: "object" }, true);
        return;
      case "is-literal":
        put({ ...operation, value: this.atom(operation.value) });
        this.test(target, operation.value, { kind: "literal", literal: operation.literal.kind }, true);
        return;
      case "cast":
      case "part":
      case "entry":
      case "get-field":
        put({ ...operation, value: this.atom(operation.value) });
        return;
      case "string":
      case "bytes":
        put(operation);
        return;
      case "binary":
      case "compound":
        put({ ...operation, left: this.atom(operation.left), right: this.atom(operation.right) });
        return;
      case "tuple":
      case "vec":
        put({ kind: operation.kind, items: this.atoms(operation.items) });
        return;
      case "object":
        put({
          kind: "object",
          keys: operation.entries.map((entry) => entry.key),
          items: operation.entries.map((entry) => this.atom(entry.value)),
        });
        return;
      case "construct":
        put({ kind: "construct", type: operation.type, shape: operation.shape, items: this.atoms(operation.fields) });
        return;
      case "range":
        put({
          kind: "range",
          range: rangeKind(operation.inclusive, operation.start !== null, operation.end !== null),
          start: operation.start === null ? { kind: "unit" } : this.atom(operation.start),
          end: operation.end === null ? { kind: "unit" } : this.atom(operation.end),
        });
        return;
      case "closure":
        put({ kind: "closure", function: operation.function, items: this.atoms(operation.captures) });
        return;
      case "call":
        put({ kind: "call", function: operation.function, items: this.atoms(operation.arguments) });
        return;
      case "call-value":
        put({ kind: "call-value", callee: this.atom(operation.callee), items: this.atoms(operation.arguments) });
        return;
      case "call-method":
        put({
          kind: "call-method",
          name: operation.name,
          items: [this.atom(operation.receiver), ...this.atoms(operation.arguments)],
          protocol: this.library && operation.name.startsWith("__"),
        });
        return;
      case "call-host":
        put({ kind: "call-host", name: operation.name, items: this.atoms(operation.arguments) });
        return;
      case "intrinsic":
        this.intrinsic(target, operation, place, out);
        return;
      case "set-field":
        put({ ...operation, value: this.atom(operation.value), to: this.atom(operation.to) });
        return;
      case "get-index":
        put({ ...operation, value: this.atom(operation.value), index: this.atom(operation.index) });
        return;
      case "set-index":
        put({
          ...operation,
          value: this.atom(operation.value),
          index: this.atom(operation.index),
          to: this.atom(operation.to),
        });
        return;
      case "set-static":
        put({ ...operation, to: this.atom(operation.to) });
        return;
      case "get-static":
        this.readStatic(target, operation.static, place, out);
        return;
      case "format":
        put({
          kind: "format",
          pieces: operation.pieces.map((piece) => (piece.kind === "text" ? piece.text : piece.spec)),
          items: operation.pieces.flatMap((piece) => (piece.kind === "text" ? [] : [this.atom(piece.value)])),
        });
        return;
      case "try":
        this.tryValue(target, this.atom(operation.value), place, out);
        return;
      case "print":
        put({ ...operation, text: this.atom(operation.text) });
        return;
    }
  }

  private intrinsic(
    target: VariableId,
    operation: HirOperation & { readonly kind: "intrinsic" },
    place: IrPlace,
    out: IrStatement[],
  ): void {
    const first = operation.arguments[0];
    if (operation.name === "is_end" && first !== undefined) {
      out.push({ kind: "assign", target, operation: { kind: "is-end", value: this.atom(first) }, place });
      this.test(target, first, { kind: "not-end" }, false);
    } else if (operation.name === "end") {
      out.push({ kind: "assign", target, operation: { kind: "copy", value: { kind: "end" } }, place });
    } else {
      out.push({
        kind: "assign",
        target,
        operation: { kind: "intrinsic", name: operation.name, items: this.atoms(operation.arguments) },
        place,
      });
      // What stands behind a function that does not return is never reached.
      if (ABI_FUNCTIONS.get(operation.name)?.result === "never") {
        out.push({ kind: "fail", failure: { kind: "other", sentence: operation.name }, place });
      }
    }
  }

  private readStatic(target: VariableId, id: number, place: IrPlace, out: IrStatement[]): void {
    const item = this.module.statics[id - this.module.firstStatic];
    const raw = this.fresh();
    const empty = this.fresh();
    const result = target < 0 ? this.fresh() : target;
    const assign = (to: VariableId, operation: IrOperation): IrStatement => ({
      kind: "assign",
      target: to,
      operation,
      place,
    });
    out.push(assign(raw, { kind: "get-static", static: id }), assign(empty, { kind: "is-end", value: raw }));
    const initial = item?.initial ?? null;
    out.push({
      kind: "if",
      condition: empty,
      then:
        initial === null
          ? [{ kind: "fail", failure: { kind: "static", path: item?.path ?? "" }, place }]
          : [
              assign(result, { kind: "call", function: initial, items: [] }),
              assign(-1, { kind: "set-static", static: id, to: result }),
            ],
      else: [assign(result, { kind: "assume", value: raw, fact: { kind: "not-end" } })],
      place,
    });
  }

  private tryValue(target: VariableId, value: IrAtom, place: IrPlace, out: IrStatement[]): void {
    const goes = this.fresh();
    const stopped = this.fresh();
    const gone = this.fresh();
    const assign = (to: VariableId, operation: IrOperation): IrStatement => ({
      kind: "assign",
      target: to,
      operation,
      place,
    });
    out.push(
      assign(goes, { kind: "goes-on", value }),
      {
        kind: "if",
        condition: goes,
        then: [],
        else: [
          assign(stopped, { kind: "assume", value, fact: { kind: "stops" } }),
          { kind: "return", value: stopped, place },
        ],
        place,
      },
      assign(gone, { kind: "assume", value, fact: { kind: "goes-on" } }),
      assign(target, { kind: "part", of: "fields", value: gone, index: 0 }),
    );
  }

  private atoms(atoms: readonly HirAtom[]): IrAtom[] {
    return atoms.map((atom) => this.atom(atom));
  }

  private atom(atom: HirAtom): IrAtom {
    if (atom.kind === "constant") return atom.value;
    return this.renamed.get(atom.local) ?? atom.local;
  }

  private test(condition: VariableId, value: HirAtom, fact: IrFact, when: boolean): void {
    if (condition < 0) return;
    this.tests.delete(condition);
    if (value.kind === "local" && (this.assignments[condition] ?? 0) === 1) {
      this.tests.set(condition, { variable: value.local, fact, when });
    }
  }

  private copyTest(from: HirAtom, to: VariableId): void {
    const test = from.kind === "local" ? this.tests.get(from.local) : undefined;
    if (test !== undefined && (this.assignments[to] ?? 0) === 1) this.tests.set(to, test);
  }

  private negateTest(from: HirAtom, to: VariableId): void {
    const test = from.kind === "local" ? this.tests.get(from.local) : undefined;
    if (test !== undefined && (this.assignments[to] ?? 0) === 1) this.tests.set(to, { ...test, when: !test.when });
  }
}

function rangeKind(inclusive: boolean, start: boolean, end: boolean): number {
  if (start) return end ? (inclusive ? RANGE_KINDS.inclusive : RANGE_KINDS.halfOpen) : RANGE_KINDS.from;
  return end ? (inclusive ? RANGE_KINDS.toInclusive : RANGE_KINDS.to) : RANGE_KINDS.full;
}
