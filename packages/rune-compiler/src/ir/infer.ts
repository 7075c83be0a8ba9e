// Whole-program type inference with specialisation: each function is analysed once per tuple of argument types that
// reaches it, until nothing changes. The result says the type of every variable of every instance, what every call
// calls, and which branches are never taken. What an operation yields is in `infer-operation.ts`.

import type { FunctionId, TypeId } from "../hir/hir.ts";
import { guardType } from "./declared-type.ts";
import { inferOperation } from "./infer-operation.ts";
import type { CallTarget, Inference, Instance } from "./instance.ts";
import type { IrAtom, IrFunction, IrOperation, IrStatement, VariableId } from "./ir.ts";
import { SlotTypes } from "./slot-types.ts";
import { assignmentCounts, operationNumber } from "./statements.ts";
import type { IrType } from "./types.ts";
import { describeType, RANGE_TYPES, TypeTable } from "./types.ts";
import type { World } from "./world.ts";

/** Instances of one function above which further argument types are forgotten. */
const MAX_INSTANCES = 12;
const MAX_LIBRARY_INSTANCES = 60;
/** Instances that are walked inside each other. */
const MAX_NESTED_WALKS = 60;

/**
 * Infers types for everything that is reachable from `entries`.
 *
 * A slot of a library struct that is assigned is taken to keep the type that it was made with, and a vec to be seen
 * wherever it goes; where that turns out wrong (`makeUnstable`) everything that relied on it is analysed again with the
 * program-wide type. Types only grow, so this ends.
 */
export function infer(world: World, entries: readonly FunctionId[]): Inference {
  const analysis = new Analysis(world);
  analysis.run(entries);
  return analysis.result(entries);
}

/** The state of one analysis; `infer-operation.ts` asks and tells it. */
export class Analysis {
  readonly world: World;
  readonly types: TypeTable;
  readonly slots: SlotTypes;
  /** Instances by function, then by the types of parameters and captures in turn. */
  private readonly instances = new Map<number, InstanceNode>();
  private readonly list: Instance[] = [];
  private readonly counts = new Map<FunctionId, number>();
  private readonly queue: Instance[] = [];
  private readonly live = new Set<TypeId>();
  private readonly dispatchers = new Map<string, Set<Instance>>();
  private readonly fieldReaders = new Set<Instance>();
  private readonly functionValues = new Map<FunctionId, number>();
  private readonly indirectArities = new Set<number>();
  private readonly siteKeys = new Map<Instance, string>();
  private readonly capturesOf = new Map<FunctionId, Set<IrType>>();
  private readonly guards = new Map<FunctionId, { readonly live: number; readonly guards: readonly IrType[] }>();
  private readonly dropped = new Set<string>();
  private readonly indirectInstances = new Map<FunctionId, Instance>();
  /** Whether the program assigns parts of tuples, or ends of ranges: then their types say nothing about the parts. */
  readonly tuplesAssigned: boolean;
  readonly rangesAssigned: boolean;
  /** Set while an instance is walked. */
  current: Instance | null = null;
  private changed = false;
  private nesting = 0;

  constructor(world: World) {
    this.world = world;
    this.types = new TypeTable((key) => this.slots.conflict(key));
    this.slots = new SlotTypes(
      this.types,
      () => this.current,
      (reader) => this.enqueue(reader),
    );
    this.tuplesAssigned = world.assignsField(/^\d+$/);
    this.rangesAssigned = world.assignsField(/^(start|end)$/);
    for (const name of [
      "i64",
      "u64",
      "f64",
      "bool",
      "char",
      "unit",
      "String",
      // The unit is the empty tuple.
      "Tuple",
      "Option",
      "Result",
      "Ordering",
      "Type",
      "Function",
    ]) {
      const id = world.builtin(name);
      if (id !== undefined) this.live.add(id);
    }
  }

  run(entries: readonly FunctionId[]): void {
    for (const id of entries) {
      const fn = this.world.function(id);
      if (fn.parameters.length > 0) for (const name of ["Bytes", "Vec", "Object"]) this.markBuiltinLive(name);
      this.instance(
        fn,
        fn.parameters.map(() => this.types.any),
        [],
      );
    }
    for (;;) {
      const next = this.queue.pop();
      if (next === undefined) {
        if (this.addIndirect()) continue;
        return;
      }
      next.queued = false;
      this.walk(next);
    }
  }

  result(entries: readonly FunctionId[]): Inference {
    const found = new Map<FunctionId, Instance>();
    for (const id of entries) {
      const fn = this.world.function(id);
      found.set(
        id,
        this.instance(
          fn,
          fn.parameters.map(() => this.types.any),
          [],
        ),
      );
    }
    return {
      types: this.types,
      instances: this.list,
      entries: found,
      partType: (value, index) => this.partType(value, index),
      elementType: (vec) =>
        vec.kind === "vec" && !this.slots.isOpenVec(vec.site)
          ? (this.slots.typeOf(`vec ${vec.site}`) ?? this.types.never)
          : this.types.any,
      slotType: (type, shape, slot) => this.slots.typeOf(`${type}.${shape}.${slot}`) ?? this.types.never,
      staticType: (id) => this.slots.typeOf(`static ${id}`) ?? this.types.end,
      isLive: (type) => this.live.has(type),
      drops: this.dropped.size > 0,
      mayBeDropped: (type) => this.mayBeDropped(type),
      indirect: this.indirectInstances,
    };
  }

  private mayBeDropped(type: IrType): boolean {
    const kind = kindOfValue(type);
    return kind === "any" || this.dropped.has("any") || this.dropped.has(kind);
  }

  private partType(value: IrType, index: number): IrType {
    switch (value.kind) {
      case "shape":
        if (value.slots !== null && !this.slots.isUnstable(value.type, value.shape, index))
          return value.slots[index] ?? this.types.any;
        return this.slots.typeOf(`${value.type}.${value.shape}.${index}`) ?? this.types.never;
      case "tuple":
      case "range":
      case "option":
      case "result":
        return value.items?.[index] ?? this.types.any;
      case "closure":
        return value.captures[index] ?? this.types.any;
      case "declared":
      case "maybe":
      case "simple":
      case "vec":
      default:
        return this.types.any;
    }
  }

  /** The instance of a function for argument types, made and queued when it is new. */
  instance(fn: IrFunction, parameters: readonly IrType[], captures: readonly IrType[]): Instance {
    let node = branch(this.instances, fn.id);
    for (const type of parameters) node = branch(node.next, type.id);
    for (const type of captures) node = branch(node.next, type.id);
    if (node.instance !== null) return node.instance;
    const count = this.counts.get(fn.id) ?? 0;
    if (count >= (fn.library ? MAX_LIBRARY_INSTANCES : MAX_INSTANCES)) {
      const forgotten = parameters.map((type) => this.withoutParts(type));
      if (forgotten.some((type, index) => type !== parameters[index])) {
        for (const type of parameters) this.spread(type);
        return this.instance(fn, forgotten, captures);
      }
      const captured = captures.map((type) => this.withoutParts(type));
      if (captured.some((type, index) => type !== captures[index])) {
        for (const type of captures) this.spread(type);
        return this.instance(fn, parameters, captured);
      }
    }
    this.counts.set(fn.id, count + 1);
    const types = fn.variables.map(() => this.types.never);
    fn.parameters.forEach((variable, index) => (types[variable] = parameters[index] ?? this.types.any));
    fn.captures.forEach((variable, index) => (types[variable] = captures[index] ?? this.types.any));
    const made: Instance = {
      index: this.list.length,
      function: fn,
      parameters,
      captures,
      types,
      decided: new Map(),
      targets: new Map(),
      ends: new Set(),
      result: this.types.never,
      dependents: new Set(),
      queued: false,
    };
    node.instance = made;
    this.list.push(made);
    // Walking the callee first gives its result at once; deep chains of calls wait in the queue.
    if (this.nesting < MAX_NESTED_WALKS) this.walk(made);
    else this.enqueue(made);
    return made;
  }

  /** What is left of an argument type in a function with too many instances. Fields of library structs have no names at run time. */
  private withoutParts(type: IrType): IrType {
    if (type.kind === "tuple") return this.types.tuple(null);
    return type.kind === "shape" && this.world.isLibraryType(type.type)
      ? this.types.shape(type.type, type.shape, null)
      : this.types.any;
  }

  private enqueue(instance: Instance): void {
    if (instance.queued) return;
    instance.queued = true;
    this.queue.push(instance);
  }

  /** A value of a type becomes one whose type is not known: what is assigned through it is not seen. */
  spread(type: IrType): void {
    this.types.lose(type);
  }

  // ── What operations tell ──

  /** A value of a type is dropped: every alias of it becomes unusable. */
  markDropped(type: IrType): void {
    this.dropped.add(kindOfValue(type));
  }

  markLive(type: TypeId): void {
    if (this.live.has(type)) return;
    this.live.add(type);
    for (const readers of this.dispatchers.values()) for (const reader of readers) this.enqueue(reader);
    for (const reader of this.fieldReaders) this.enqueue(reader);
  }

  markBuiltinLive(name: string): void {
    const id = this.world.builtin(name);
    if (id !== undefined) this.markLive(id);
  }

  isLive(type: TypeId): boolean {
    return this.live.has(type);
  }

  rangesLive(): boolean {
    return RANGE_TYPES.some((name) => this.isBuiltinLive(name));
  }

  /** Shapes of the program that have a field, with its position. */
  fieldOwners(field: string): readonly (readonly [TypeId, number, number])[] {
    return this.world.fieldOwners(field);
  }

  /** The most general types of the values of those among a method's owners that may exist. */
  liveGuards(method: FunctionId, owners: readonly TypeId[]): readonly IrType[] {
    const known = this.guards.get(method);
    if (known !== undefined && known.live === this.live.size) return known.guards;
    const guards = owners.filter((type) => this.live.has(type)).map((type) => guardType(this, type, null));
    this.guards.set(method, { live: this.live.size, guards });
    return guards;
  }

  isBuiltinLive(name: string): boolean {
    const id = this.world.builtin(name);
    return id !== undefined && this.live.has(id);
  }

  /** Registers the current instance to be walked again when a type with more fields or methods comes to life. */
  watchTypes(name: string | null): void {
    const current = this.current;
    if (current === null) return;
    if (name === null) {
      this.fieldReaders.add(current);
      return;
    }
    const readers = this.dispatchers.get(name) ?? new Set();
    readers.add(current);
    this.dispatchers.set(name, readers);
  }

  /** The type of a vec made by an operation of the current instance. */
  vecType(operation: IrOperation): IrType {
    const { current } = this;
    if (current === null) return this.types.vec;
    let key = this.siteKeys.get(current);
    if (key === undefined) {
      key = `${current.function.id}(${[...current.parameters, ...current.captures].map(describeType).join()})`;
      // Sites nest through parameters: what is long is told apart by its hash.
      if (key.length > 80) key = `${current.function.id}#${hashOf(key)}`;
      this.siteKeys.set(current, key);
    }
    const site = `${key}.${operationNumber(current.function, operation)}`;
    return this.slots.isOpenVec(site) ? this.types.vec : this.types.vecOf(site);
  }

  /** A closure was made: where it can be called from anywhere, its captures can be seen by anybody. */
  closureMade(id: FunctionId, captures: readonly IrType[]): void {
    this.functionValue(id);
    if (captures.length === 0) return;
    const known = this.capturesOf.get(id) ?? new Set<IrType>();
    for (const capture of captures) {
      if (this.indirectInstances.has(id)) this.spread(capture);
      known.add(capture);
    }
    this.capturesOf.set(id, known);
  }

  /** A function became a value that may be called from anywhere with so many arguments. */
  functionValue(id: FunctionId): void {
    if (!this.functionValues.has(id)) this.functionValues.set(id, this.world.function(id).parameters.length);
  }

  indirectCall(arity: number): void {
    this.indirectArities.add(arity);
  }

  private addIndirect(): boolean {
    let added = false;
    for (const [id, arity] of this.functionValues) {
      if (!this.indirectArities.has(arity) || this.indirectInstances.has(id)) continue;
      const fn = this.world.function(id);
      const any = this.types.any;
      for (const capture of this.capturesOf.get(id) ?? []) this.spread(capture);
      this.indirectInstances.set(
        id,
        this.instance(
          fn,
          fn.parameters.map(() => any),
          fn.captures.map(() => any),
        ),
      );
      added = true;
    }
    return added;
  }

  /** Records what a call calls; the current instance is walked again when the callee's result grows. */
  target(operation: IrOperation, target: CallTarget): void {
    this.current?.targets.set(operation, target);
  }

  resultOf(callee: Instance): IrType {
    if (this.current !== null) callee.dependents.add(this.current);
    return callee.result;
  }

  typeOf(atom: IrAtom): IrType {
    if (typeof atom === "number") return this.current?.types[atom] ?? this.types.any;
    if (atom.kind !== "function" && atom.kind !== "constructor") return this.types.ofKind[atom.kind];
    const id = atom.kind === "function" ? atom.function : this.world.constructorFunction(atom.type, atom.shape).id;
    this.functionValue(id);
    return this.types.closure(id, []);
  }

  decide(condition: VariableId, value: boolean | null): void {
    const current = this.current;
    if (current === null || condition < 0) return;
    if (value === null || (assignmentCounts(current.function)[condition] ?? 0) !== 1) current.decided.delete(condition);
    else current.decided.set(condition, value);
  }

  // ── The walk ──

  private walk(instance: Instance): void {
    const { current, changed } = this;
    this.nesting += 1;
    this.current = instance;
    do {
      this.changed = false;
      instance.decided.clear();
      instance.ends.clear();
      this.list_(instance, instance.function.body, new Set());
    } while (this.changed);
    this.nesting -= 1;
    this.current = current;
    this.changed = changed;
  }

  /** Walks a list; whether control can reach its end. `left` collects the labels that are broken to. */
  private list_(instance: Instance, statements: readonly IrStatement[], left: Set<number>): boolean {
    for (const statement of statements) if (!this.statement(instance, statement, left)) return false;
    return true;
  }

  private statement(instance: Instance, statement: IrStatement, left: Set<number>): boolean {
    switch (statement.kind) {
      case "assign": {
        const type = inferOperation(this, statement.operation, statement.target);
        if (type === this.types.never) {
          instance.ends.add(statement);
          return false;
        }
        if (statement.target >= 0) this.assign(instance, statement.target, type);
        return true;
      }
      case "if": {
        const condition = statement.condition;
        if (this.typeOf(condition) === this.types.never) return false;
        const decided =
          typeof condition === "number"
            ? instance.decided.get(condition)
            : condition.kind === "bool"
              ? condition.value
              : undefined;
        const then = decided !== false && this.list_(instance, statement.then, left);
        const otherwise = decided !== true && this.list_(instance, statement.else, left);
        return then || otherwise;
      }
      case "loop":
        this.list_(instance, statement.body, left);
        return left.has(statement.label);
      case "block":
        return this.list_(instance, statement.body, left) || left.has(statement.label);
      case "break":
        left.add(statement.label);
        return false;
      case "continue":
        return false;
      case "return": {
        const joined = this.types.join(instance.result, this.typeOf(statement.value));
        if (joined !== instance.result) {
          instance.result = joined;
          for (const dependent of instance.dependents) {
            if (dependent === instance) this.changed = true;
            else this.enqueue(dependent);
          }
        }
        return false;
      }
      case "fail":
        return false;
    }
  }

  private assign(instance: Instance, target: VariableId, type: IrType): void {
    const before = instance.types[target] ?? this.types.never;
    const joined = this.types.join(before, type);
    if (joined === before) return;
    instance.types[target] = joined;
    this.changed = true;
  }
}

/** A name for the kind of object that a type stands for; `any` where it may be several. */
function kindOfValue(type: IrType): string {
  switch (type.kind) {
    case "simple":
      return type.name;
    case "shape":
    case "declared":
      return `declared ${type.type}`;
    case "vec":
      return "Vec";
    case "closure":
      return "Function";
    case "maybe":
      return "any";
    case "option":
    case "range":
    case "result":
    case "tuple":
      return type.kind;
  }
}

/** FNV-1a over UTF-16 units, twice with different starts: enough to tell sites of one program apart. */
function hashOf(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x1000193;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
  }
  return `${(a >>> 0).toString(36)}${(b >>> 0).toString(36)}`;
}

/** A step on the way to an instance; functions have one number of parameters and captures, so that ways never meet. */
interface InstanceNode {
  readonly next: Map<number, InstanceNode>;
  instance: Instance | null;
}

function branch(nodes: Map<number, InstanceNode>, id: number): InstanceNode {
  const known = nodes.get(id);
  if (known !== undefined) return known;
  const made: InstanceNode = { next: new Map(), instance: null };
  nodes.set(id, made);
  return made;
}
