// The intermediate representation: structured, over variables that inference gives types. Made from HIR by `build.ts`,
// checked by `verify.ts`, executed by `interpret/`, translated by `codegen/`.
//
// Against HIR: iteration, `?` and statics are taken apart; a variable that a test has narrowed is a new variable
// (`assume`), so that types need no flow; operands are numbers (variables) or constants, which keeps trees small.

import type {
  FunctionId,
  HirBinary,
  HirCompound,
  HirConstant,
  HirFormatSpec,
  HirLiteral,
  LabelId,
  Span,
  StaticId,
  TypeId,
} from "../hir/hir.ts";

/** Index into `IrFunction.variables`. */
export type VariableId = number;

/** A scalar, or the internal mark for the end of an iteration. */
export type IrConstant = HirConstant | { readonly kind: "end" };

/** An operand. */
export type IrAtom = VariableId | IrConstant;

/** Where something stands. Sources of the library are numbered −1, −2, …; those of the program 0, 1, …. */
export interface IrPlace extends Span {
  /** Set on statements that inlining brought in: the function they came from, and where it was called. */
  readonly inlined?: { readonly path: string; readonly caller: IrPlace };
}

/** A function, closure or method. */
export interface IrFunction {
  readonly id: FunctionId;
  readonly path: string;
  /** Whether it is part of the library: its frames are hidden from call stacks. */
  readonly library: boolean;
  readonly parameters: readonly VariableId[];
  readonly captures: readonly VariableId[];
  /** Names of variables in the source, null for temporaries. */
  readonly variables: (string | null)[];
  readonly body: readonly IrStatement[];
  readonly method: { readonly type: TypeId; readonly name: string } | null;
  /** Further types that answer to the method. */
  readonly alsoFor: readonly TypeId[];
  readonly place: IrPlace;
}

/** A statement; the rules of `HirStatement` hold. */
export type IrStatement =
  /** `target` −1 drops the result. */
  | { readonly kind: "assign"; readonly target: VariableId; readonly operation: IrOperation; readonly place: IrPlace }
  | {
      readonly kind: "if";
      readonly condition: IrAtom;
      readonly then: readonly IrStatement[];
      readonly else: readonly IrStatement[];
      readonly place: IrPlace;
    }
  | { readonly kind: "loop"; readonly label: LabelId; readonly body: readonly IrStatement[]; readonly place: IrPlace }
  | { readonly kind: "block"; readonly label: LabelId; readonly body: readonly IrStatement[]; readonly place: IrPlace }
  | { readonly kind: "break"; readonly label: LabelId; readonly place: IrPlace }
  | { readonly kind: "continue"; readonly label: LabelId; readonly place: IrPlace }
  | { readonly kind: "return"; readonly value: IrAtom; readonly place: IrPlace }
  | { readonly kind: "fail"; readonly failure: IrFailure; readonly place: IrPlace };

/** Why a program ends; as `HirFailure` plus what taking apart brings. */
export type IrFailure =
  | { readonly kind: "panic"; readonly message: IrAtom }
  | { readonly kind: "pattern"; readonly value: IrAtom }
  | { readonly kind: "missing-function"; readonly path: string }
  | { readonly kind: "static"; readonly path: string }
  | { readonly kind: "other"; readonly sentence: string };

/** What a narrowing test established. */
export type IrFact =
  | { readonly kind: "type"; readonly type: TypeId; readonly shape: number | null }
  | { readonly kind: "tuple"; readonly length: number; readonly exact: boolean }
  | { readonly kind: "vec" }
  | { readonly kind: "object" }
  | { readonly kind: "literal"; readonly literal: "bool" | "char" | "int" | "uint" | "string" | "bytes" }
  | { readonly kind: "not-end" }
  /** What `goes-on` answered about this value. */
  | { readonly kind: "goes-on" }
  | { readonly kind: "stops" };

/** What an `assign` computes; the rules of `HirOperation` hold for the kinds that it also has. */
export type IrOperation =
  | { readonly kind: "copy"; readonly value: IrAtom }
  /** The same value, known to satisfy a test that was made before. */
  | { readonly kind: "assume"; readonly value: IrAtom; readonly fact: IrFact }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "unary"; readonly operator: "-" | "!"; readonly value: IrAtom }
  | { readonly kind: "binary"; readonly operator: HirBinary; readonly left: IrAtom; readonly right: IrAtom }
  | { readonly kind: "compound"; readonly operator: HirCompound; readonly left: IrAtom; readonly right: IrAtom }
  | { readonly kind: "cast"; readonly to: "i64" | "u64" | "f64"; readonly value: IrAtom }
  | { readonly kind: "is"; readonly value: IrAtom; readonly type: TypeId; readonly shape: number | null }
  | { readonly kind: "is-tuple"; readonly value: IrAtom; readonly length: number; readonly exact: boolean }
  | { readonly kind: "is-vec"; readonly value: IrAtom; readonly length: number; readonly exact: boolean }
  | { readonly kind: "is-object"; readonly value: IrAtom; readonly keys: readonly string[]; readonly exact: boolean }
  | { readonly kind: "is-literal"; readonly value: IrAtom; readonly literal: HirLiteral }
  | { readonly kind: "is-end"; readonly value: IrAtom }
  /** Whether `?` goes on: true for Some and Ok, false for None and Err, a failure for anything else. */
  | { readonly kind: "goes-on"; readonly value: IrAtom }
  | { readonly kind: "part"; readonly of: "tuple" | "vec" | "fields"; readonly value: IrAtom; readonly index: number }
  | { readonly kind: "entry"; readonly value: IrAtom; readonly key: string }
  | { readonly kind: "tuple"; readonly items: readonly IrAtom[] }
  | { readonly kind: "vec"; readonly items: readonly IrAtom[] }
  | { readonly kind: "object"; readonly keys: readonly string[]; readonly items: readonly IrAtom[] }
  | { readonly kind: "construct"; readonly type: TypeId; readonly shape: number; readonly items: readonly IrAtom[] }
  /** `range` is the runtime's range kind; absent ends are unit. */
  | { readonly kind: "range"; readonly range: number; readonly start: IrAtom; readonly end: IrAtom }
  | { readonly kind: "closure"; readonly function: FunctionId; readonly items: readonly IrAtom[] }
  | { readonly kind: "call"; readonly function: FunctionId; readonly items: readonly IrAtom[] }
  | { readonly kind: "call-value"; readonly callee: IrAtom; readonly items: readonly IrAtom[] }
  /** `items[0]` is the receiver. `protocol` calls see library methods only and fail as iteration does. */
  | {
      readonly kind: "call-method";
      readonly name: string;
      readonly items: readonly IrAtom[];
      readonly protocol: boolean;
    }
  | { readonly kind: "call-host"; readonly name: string; readonly items: readonly IrAtom[] }
  | { readonly kind: "intrinsic"; readonly name: string; readonly items: readonly IrAtom[] }
  | { readonly kind: "get-field"; readonly value: IrAtom; readonly field: string }
  | { readonly kind: "set-field"; readonly value: IrAtom; readonly field: string; readonly to: IrAtom }
  | { readonly kind: "get-index"; readonly value: IrAtom; readonly index: IrAtom }
  | { readonly kind: "set-index"; readonly value: IrAtom; readonly index: IrAtom; readonly to: IrAtom }
  /** The value of a static, or end when it has none yet. */
  | { readonly kind: "get-static"; readonly static: StaticId }
  | { readonly kind: "set-static"; readonly static: StaticId; readonly to: IrAtom }
  /** Text pieces are strings; values refer to `items` in order. */
  | { readonly kind: "format"; readonly pieces: readonly (string | HirFormatSpec)[]; readonly items: readonly IrAtom[] }
  | { readonly kind: "print"; readonly text: IrAtom; readonly newline: boolean };

const TESTS = ["is", "is-tuple", "is-vec", "is-object", "is-literal", "is-end", "goes-on"] as const;
const OF_ONE_VALUE = ["copy", "assume", "unary", "cast", "part", "entry", "get-field", ...TESTS] as const;
const OF_ITEMS = [
  "tuple",
  "vec",
  "object",
  "construct",
  "closure",
  "call",
  "call-method",
  "call-host",
  "intrinsic",
  "format",
] as const;

/** An operation that asks one thing of a value, yields a bool, and keeps nothing of the value. */
export type IrTest = IrOperation & { readonly kind: (typeof TESTS)[number] };
type OfOneValue = IrOperation & { readonly kind: (typeof OF_ONE_VALUE)[number] };
type OfItems = IrOperation & { readonly kind: (typeof OF_ITEMS)[number] };

const tests: ReadonlySet<string> = new Set(TESTS);
const ofOneValue: ReadonlySet<string> = new Set(OF_ONE_VALUE);
const ofItems: ReadonlySet<string> = new Set(OF_ITEMS);

/** Whether an operation is a test. */
export function isTest(operation: IrOperation): operation is IrTest {
  return tests.has(operation.kind);
}

function isOfOneValue(operation: IrOperation): operation is OfOneValue {
  return ofOneValue.has(operation.kind);
}

function isOfItems(operation: IrOperation): operation is OfItems {
  return ofItems.has(operation.kind);
}

/** Calls `visit` with every operand of an operation, in order of evaluation. */
export function visitAtoms(operation: IrOperation, visit: (atom: IrAtom) => void): void {
  if (isOfOneValue(operation)) {
    visit(operation.value);
    return;
  }
  if (isOfItems(operation)) {
    for (const item of operation.items) visit(item);
    return;
  }
  switch (operation.kind) {
    case "string":
    case "bytes":
    case "get-static":
      return;
    case "binary":
    case "compound":
      visit(operation.left);
      visit(operation.right);
      return;
    case "range":
      visit(operation.start);
      visit(operation.end);
      return;
    case "call-value":
      visit(operation.callee);
      for (const item of operation.items) visit(item);
      return;
    case "set-field":
      visit(operation.value);
      visit(operation.to);
      return;
    case "get-index":
      visit(operation.value);
      visit(operation.index);
      return;
    case "set-index":
      visit(operation.value);
      visit(operation.index);
      visit(operation.to);
      return;
    case "set-static":
      visit(operation.to);
      return;
    case "print":
      visit(operation.text);
      return;
  }
}

/** A new operation with every operand replaced; one without operands is itself. */
export function mapAtoms(operation: IrOperation, map: (atom: IrAtom) => IrAtom): IrOperation {
  if (isOfOneValue(operation)) return { ...operation, value: map(operation.value) };
  if (isOfItems(operation)) return { ...operation, items: operation.items.map(map) };
  switch (operation.kind) {
    case "string":
    case "bytes":
    case "get-static":
      return operation;
    case "binary":
    case "compound":
      return { ...operation, left: map(operation.left), right: map(operation.right) };
    case "range":
      return { ...operation, start: map(operation.start), end: map(operation.end) };
    case "call-value":
      return { ...operation, callee: map(operation.callee), items: operation.items.map(map) };
    case "set-field":
      return { ...operation, value: map(operation.value), to: map(operation.to) };
    case "get-index":
      return { ...operation, value: map(operation.value), index: map(operation.index) };
    case "set-index":
      return { ...operation, value: map(operation.value), index: map(operation.index), to: map(operation.to) };
    case "set-static":
      return { ...operation, to: map(operation.to) };
    case "print":
      return { ...operation, text: map(operation.text) };
  }
}
