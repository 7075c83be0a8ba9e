// The lattice of known types that inference gives to variables, and how a value of each type is represented.
// Types are interned: two equal types are the same object, so that comparison is by identity.
//
//   never ≤ every type ≤ any
//   shape(T, s) ≤ declared(T)         a struct or one variant ≤ the whole type
//   closure(F, captures) ≤ function   a known function ≤ some function
//   T, end ≤ maybe(T)                 the result of one step of an iteration
//
// `items` of options, results, ranges and tuples are covariant; they are only used where nothing in the program assigns
// them. So are the `slots` of library structs, except those that are assigned: these must stay equal (`conflicts`).

import type { FunctionId, TypeId } from "../hir/hir.ts";

/** Types whose tag is fixed and which carry no further knowledge; the names are those of `#[builtin(..)]`. */
export type SimpleType =
  | "never"
  | "any"
  | "end"
  | "unit"
  | "bool"
  | "char"
  | "i64"
  | "u64"
  | "f64"
  | "Ordering"
  | "Type"
  | "String"
  | "Bytes"
  | "Vec"
  | "Object"
  | "HashMap"
  | "HashSet"
  | "Function";

/** A known type. `id` is unique within one `TypeTable`. */
export type IrType =
  | { readonly id: number; readonly kind: "simple"; readonly name: SimpleType }
  | { readonly id: number; readonly kind: "range"; readonly range: number | null; readonly items: readonly IrType[] }
  | { readonly id: number; readonly kind: "option"; readonly items: readonly IrType[] }
  | { readonly id: number; readonly kind: "result"; readonly items: readonly IrType[] }
  /** `items` null: a tuple of unknown length. */
  | { readonly id: number; readonly kind: "tuple"; readonly items: readonly IrType[] | null }
  /** A struct or one variant; `slots` null: the program-wide types of its slots apply. */
  | {
      readonly id: number;
      readonly kind: "shape";
      readonly type: TypeId;
      readonly shape: number;
      readonly slots: readonly IrType[] | null;
    }
  | { readonly id: number; readonly kind: "declared"; readonly type: TypeId }
  /** A vec made at a particular place, as long as all its uses are seen: its elements have a type of their own. */
  | { readonly id: number; readonly kind: "vec"; readonly site: string }
  /** The content, or the end of an iteration. */
  | { readonly id: number; readonly kind: "maybe"; readonly content: IrType }
  | {
      readonly id: number;
      readonly kind: "closure";
      readonly function: FunctionId;
      readonly captures: readonly IrType[];
    };

/** How a value of a type is kept in WebAssembly locals: nothing, one local, or payload and tag. */
export type Representation = "none" | "i32" | "i64" | "f64" | "reference" | "pair";

/** Nesting of types above which slots are forgotten. */
const MAX_DEPTH = 8;

/** Kinds of constants and literals whose type follows from the kind. */
type ScalarKind = "unit" | "bool" | "char" | "int" | "uint" | "float" | "string" | "bytes" | "end" | "type";

/** Names of the range types by range kind. */
export const RANGE_TYPES: readonly string[] = [
  "Range",
  "RangeInclusive",
  "RangeFrom",
  "RangeTo",
  "RangeToInclusive",
  "RangeFull",
];

/** Runtime types that a simple type stands for, by the names of `#[builtin(..)]`. */
const BUILTIN_SIMPLE: ReadonlySet<string> = new Set<SimpleType>([
  "unit",
  "bool",
  "char",
  "i64",
  "u64",
  "f64",
  "Ordering",
  "Type",
  "String",
  "Bytes",
  "Vec",
  "Object",
  "HashMap",
  "HashSet",
  "Function",
]);

/** Whether values of a runtime type are of a simple type. */
export function isSimpleBuiltin(name: string): name is SimpleType {
  return BUILTIN_SIMPLE.has(name);
}

/** Interns types and joins them. One per compilation. */
export class TypeTable {
  private readonly interned = new Map<string, IrType>();
  private readonly depths: number[] = [];
  private readonly joins = new Map<number, IrType>();
  /** Slots (`type.shape.slot`) about which two types of one struct disagree, or that became part of an unknown value. */
  readonly conflicts: Set<string> = new Set();
  /** Told about each conflict once. */
  private readonly onConflict: (key: string) => void;

  constructor(onConflict: (key: string) => void = () => {}) {
    this.onConflict = onConflict;
  }

  readonly never: IrType = this.simple("never");
  readonly any: IrType = this.simple("any");
  readonly end: IrType = this.simple("end");
  readonly unit: IrType = this.simple("unit");
  readonly bool: IrType = this.simple("bool");
  readonly char: IrType = this.simple("char");
  readonly int: IrType = this.simple("i64");
  readonly uint: IrType = this.simple("u64");
  readonly float: IrType = this.simple("f64");
  readonly string: IrType = this.simple("String");
  readonly bytes: IrType = this.simple("Bytes");
  readonly vec: IrType = this.simple("Vec");
  readonly object: IrType = this.simple("Object");
  readonly function: IrType = this.simple("Function");

  /** Types of constants and literals by the names of their kinds. */
  readonly ofKind: Readonly<Record<ScalarKind, IrType>> = {
    unit: this.unit,
    bool: this.bool,
    char: this.char,
    int: this.int,
    uint: this.uint,
    float: this.float,
    string: this.string,
    bytes: this.bytes,
    end: this.end,
    type: this.simple("Type"),
  };

  simple(name: SimpleType): IrType {
    return this.intern(name, 0, (id) => ({ id, kind: "simple", name }));
  }

  option(content: IrType): IrType {
    const items = this.shallow([content]);
    return this.intern(`o${ids(items)}`, this.depthOf(items), (id) => ({ id, kind: "option", items }));
  }

  result(ok: IrType, error: IrType): IrType {
    const items = this.shallow([ok, error]);
    return this.intern(`r${ids(items)}`, this.depthOf(items), (id) => ({ id, kind: "result", items }));
  }

  tuple(parts: readonly IrType[] | null): IrType {
    const items = parts === null ? null : this.shallow(parts);
    return this.intern(`t${items === null ? "*" : ids(items)}`, items === null ? 0 : this.depthOf(items), (id) => ({
      id,
      kind: "tuple",
      items,
    }));
  }

  range(range: number | null, ends: readonly IrType[]): IrType {
    const items = this.shallow(ends);
    return this.intern(`n${range ?? "*"}:${ids(items)}`, this.depthOf(items), (id) => ({
      id,
      kind: "range",
      range,
      items,
    }));
  }

  shape(type: TypeId, shape: number, parts: readonly IrType[] | null): IrType {
    const slots = parts === null ? null : this.shallow(parts);
    return this.intern(
      `s${type}.${shape}:${slots === null ? "*" : ids(slots)}`,
      slots === null ? 0 : this.depthOf(slots),
      (id) => ({
        id,
        kind: "shape",
        type,
        shape,
        slots,
      }),
    );
  }

  /** The type or the end of an iteration. */
  maybe(content: IrType): IrType {
    if (content === this.any || content.kind === "maybe") return content;
    if (content === this.end || content === this.never) return this.end;
    return this.intern(`m${content.id}`, this.depths[content.id] ?? 0, (id) => ({ id, kind: "maybe", content }));
  }

  /** The type without the end of an iteration. */
  withoutEnd(type: IrType): IrType {
    if (type.kind === "maybe") return type.content;
    return type === this.end ? this.never : type;
  }

  vecOf(site: string): IrType {
    return this.intern(`v${site}`, 0, (id) => ({ id, kind: "vec", site }));
  }

  isVec(type: IrType): boolean {
    return type.kind === "vec" || type === this.vec;
  }

  declared(type: TypeId): IrType {
    return this.intern(`d${type}`, 0, (id) => ({ id, kind: "declared", type }));
  }

  closure(fn: FunctionId, parts: readonly IrType[]): IrType {
    const captures = this.shallow(parts);
    return this.intern(`c${fn}:${ids(captures)}`, this.depthOf(captures), (id) => ({
      id,
      kind: "closure",
      function: fn,
      captures,
    }));
  }

  /** The least type that both are below. */
  join(a: IrType, b: IrType): IrType {
    if (a === b || b === this.never) return a;
    if (a === this.never) return b;
    if (a === this.any || b === this.any) {
      this.lose(a === this.any ? b : a);
      return this.any;
    }
    const key = a.id < b.id ? a.id * 0x200000 + b.id : b.id * 0x200000 + a.id;
    const known = this.joins.get(key);
    if (known !== undefined) return known;
    const joined = this.joinDifferent(a, b);
    if (joined === this.any || joined === this.function) {
      this.lose(a);
      this.lose(b);
    }
    this.joins.set(key, joined);
    return joined;
  }

  /** Notes that what is known about the parts of values of a type no longer follows them. */
  lose(type: IrType): void {
    switch (type.kind) {
      case "simple":
      case "declared":
        return;
      case "maybe":
        this.lose(type.content);
        return;
      case "vec":
        this.conflict(`vec ${type.site}`);
        return;
      case "shape":
        for (let slot = 0; slot < (type.slots ?? []).length; slot += 1)
          this.conflict(`${type.type}.${type.shape}.${slot}`);
        for (const part of type.slots ?? []) this.lose(part);
        return;
      case "closure":
        for (const part of type.captures) this.lose(part);
        return;
      case "option":
      case "result":
      case "range":
      case "tuple":
        for (const part of type.items ?? []) this.lose(part);
        return;
    }
  }

  private conflict(key: string): void {
    if (this.conflicts.has(key)) return;
    this.conflicts.add(key);
    this.onConflict(key);
  }

  private joinDifferent(a: IrType, b: IrType): IrType {
    if (a === this.end || b === this.end || a.kind === "maybe" || b.kind === "maybe") {
      return this.maybe(this.join(this.withoutEnd(a), this.withoutEnd(b)));
    }
    switch (a.kind) {
      case "simple":
        if (a === this.vec && b.kind === "vec") {
          this.lose(b);
          return a;
        }
        return a === this.function && b.kind === "closure" ? a : this.any;
      case "vec":
        this.lose(a);
        this.lose(b);
        return b.kind === "vec" || b === this.vec ? this.vec : this.any;
      case "option":
        return b.kind === "option" ? this.option(this.joinAt(a.items, b.items, 0)) : this.any;
      case "result":
        return b.kind === "result"
          ? this.result(this.joinAt(a.items, b.items, 0), this.joinAt(a.items, b.items, 1))
          : this.any;
      case "range":
        if (b.kind !== "range") return this.any;
        return this.range(a.range === b.range ? a.range : null, [
          this.joinAt(a.items, b.items, 0),
          this.joinAt(a.items, b.items, 1),
        ]);
      case "tuple":
        if (b.kind !== "tuple") return this.any;
        return this.tuple(this.joinLists(a.items, b.items));
      case "shape":
        if (b.kind === "declared" && b.type === a.type) return b;
        if (b.kind !== "shape" || b.type !== a.type) return this.any;
        if (b.shape !== a.shape) return this.declared(a.type);
        return this.shape(a.type, a.shape, this.joinSlots(a, b.slots));
      case "declared":
        return b.kind === "shape" && b.type === a.type ? a : this.any;
      case "closure":
        if (b.kind === "closure" && b.function === a.function) {
          const captures = this.joinLists(a.captures, b.captures);
          return captures === null ? this.function : this.closure(a.function, captures);
        }
        return b === this.function || b.kind === "closure" ? this.function : this.any;
    }
  }

  private joinSlots(a: IrType & { readonly kind: "shape" }, b: readonly IrType[] | null): readonly IrType[] | null {
    if (a.slots === null || b === null || a.slots.length !== b.length) {
      this.lose(a);
      if (b !== null) this.lose(this.shape(a.type, a.shape, b));
      return null;
    }
    return a.slots.map((item, slot) => {
      const other = b[slot] ?? this.any;
      if (item !== other) this.conflict(`${a.type}.${a.shape}.${slot}`);
      return this.join(item, other);
    });
  }

  private joinLists(a: readonly IrType[] | null, b: readonly IrType[] | null): readonly IrType[] | null {
    if (a === null || b === null || a.length !== b.length) {
      for (const part of [...(a ?? []), ...(b ?? [])]) this.lose(part);
      return null;
    }
    return a.map((item, index) => this.join(item, b[index] ?? this.any));
  }

  private joinAt(a: readonly IrType[], b: readonly IrType[], index: number): IrType {
    return this.join(a[index] ?? this.any, b[index] ?? this.any);
  }

  /** Whether every value of `a` is a value of `b`. */
  isBelow(a: IrType, b: IrType): boolean {
    return this.join(a, b) === b;
  }

  private shallow(items: readonly IrType[]): readonly IrType[] {
    return items.some((item) => (this.depths[item.id] ?? 0) >= MAX_DEPTH)
      ? items.map((item) => ((this.depths[item.id] ?? 0) >= MAX_DEPTH ? this.forget(item) : item))
      : items;
  }

  /** The same type without knowledge about its parts. */
  forget(type: IrType): IrType {
    this.lose(type);
    switch (type.kind) {
      case "simple":
      case "declared":
        return type;
      case "maybe":
        return this.maybe(this.forget(type.content));
      case "vec":
        return this.vec;
      case "option":
        return this.option(this.any);
      case "result":
        return this.result(this.any, this.any);
      case "range":
        return this.range(null, [this.any, this.any]);
      case "tuple":
        return this.tuple(null);
      case "shape":
        return type.slots === null ? type : this.any;
      case "closure":
        return this.function;
    }
  }

  private depthOf(items: readonly IrType[]): number {
    let depth = 0;
    for (const item of items) depth = Math.max(depth, this.depths[item.id] ?? 0);
    return depth + 1;
  }

  private intern(key: string, depth: number, make: (id: number) => IrType): IrType {
    const known = this.interned.get(key);
    if (known !== undefined) return known;
    const type = make(this.interned.size);
    this.interned.set(key, type);
    this.depths[type.id] = depth;
    return type;
  }
}

/** A text for a type that is the same in every table. */
export function describeType(type: IrType): string {
  const list = (types: readonly IrType[] | null): string => (types === null ? "*" : types.map(describeType).join());
  switch (type.kind) {
    case "simple":
      return type.name;
    case "range":
      return `range${type.range ?? "*"}(${list(type.items)})`;
    case "option":
    case "result":
    case "tuple":
      return `${type.kind}(${list(type.items)})`;
    case "shape":
      return `s${type.type}.${type.shape}(${list(type.slots)})`;
    case "declared":
      return `d${type.type}`;
    case "vec":
      return `v${type.site}`;
    case "maybe":
      return `maybe(${describeType(type.content)})`;
    case "closure":
      return `c${type.function}(${list(type.captures)})`;
  }
}

function ids(types: readonly IrType[]): string {
  let text = "";
  for (const type of types) text += `${type.id},`;
  return text;
}

/** How values of a type are kept in locals. */
export function representationOf(type: IrType): Representation {
  if (type.kind !== "simple") return type.kind === "maybe" ? "pair" : "reference";
  switch (type.name) {
    case "any":
      return "pair";
    case "never":
    case "end":
    case "unit":
      return "none";
    case "bool":
    case "char":
      return "i32";
    case "i64":
    case "u64":
    case "Ordering":
    case "Type":
      return "i64";
    case "f64":
      return "f64";
    case "String":
    case "Bytes":
    case "Vec":
    case "Object":
    case "HashMap":
    case "HashSet":
    case "Function":
      return "reference";
  }
}

/** Whether a value of the type may be a reference that the collector must see. */
export function mayBeReference(type: IrType): boolean {
  const representation = representationOf(type);
  return representation === "reference" || representation === "pair";
}
