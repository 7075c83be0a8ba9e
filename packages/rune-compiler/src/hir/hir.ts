// The high-level representation: resolved, in A-normal form, structured.
// Lowering (`lower*.ts` beside this file) makes it from the AST; `ir/build.ts` reads it. It says what a program does
// with names resolved and patterns, macros, compound forms and break values taken apart; it says nothing about memory.
//
// A-normal form: an operation has only atoms (locals and scalar constants) as operands, and its result goes to a local.
// Operands are evaluated left to right and by value: where a later operand assigns a variable that an earlier operand
// reads, lowering copies the earlier one to a fresh local first.
//
// Control flow is structured and yields nothing. The value of `if`, `match`, a labelled block or a loop is a local
// that each arm assigns before it leaves. Code after a statement that never completes is not emitted.

import type { Scalar } from "../resolve/const-value.ts";
import type { Span } from "../syntax/span.ts";

export type { Span } from "../syntax/span.ts";

/** Index of a function: the library's functions come first, the program's follow. */
export type FunctionId = number;
/** Index of a declared type: the library's types come first, the program's follow. */
export type TypeId = number;
/** Index of a static item, library first. */
export type StaticId = number;
/** Index into `HirFunction.locals`. */
export type LocalId = number;
/** Names a loop or block; unique within a function. */
export type LabelId = number;

/**
 * One compilation unit after resolution: the library (the prelude) or a program.
 *
 * Identifiers are global: the entry `i` of `functions` has the id `firstFunction + i`. In the library all `first…` are 0;
 * in a program they are the library's counts, so that a program refers to library items without relocation.
 */
export interface HirModule {
  readonly sources: readonly HirSource[];
  readonly firstFunction: FunctionId;
  readonly functions: readonly HirFunction[];
  readonly firstType: TypeId;
  readonly types: readonly HirType[];
  readonly firstStatic: StaticId;
  readonly statics: readonly HirStatic[];
  /** Public functions of the root module, by name: the actions of a plugin (`main` among them when it is there). */
  readonly exports: readonly HirExport[];
  /** Functions marked `#[test]`, by full path, in source order. */
  readonly tests: readonly HirExport[];
}

/** A source text by name; spans index it. */
export interface HirSource {
  readonly name: string;
  readonly text: string;
}

/** A name under which the host can call a function. */
export interface HirExport {
  readonly name: string;
  readonly function: FunctionId;
}

/** A struct or enum. */
export interface HirType {
  /** Full path without a leading `::`, for messages and `type_name_of_val`: `std::option::Option`, `shapes::Point`. */
  readonly path: string;
  /** Last part of the path. */
  readonly name: string;
  /**
   * Name of the runtime's own type that this declaration stands for (`String`, `Vec`, `Option`, `i64`, …; the names of
   * `rune-runtime/src/layout.ts`), set by `#[builtin("…")]` in the library; null for every other type.
   */
  readonly builtin: string | null;
  /** A struct has one shape; an enum one for each variant, in order of declaration. */
  readonly kind: "struct" | "enum";
  readonly shapes: readonly HirShape[];
  readonly span: Span;
}

/** The fields of a struct or of one variant. */
export interface HirShape {
  /** Name of the struct, or of the variant alone (`Some`). */
  readonly name: string;
  readonly kind: "unit" | "tuple" | "named";
  /** Names of the fields in slot order; `['0', '1']` for a tuple of two. */
  readonly fields: readonly string[];
}

/** A `static` item. */
export interface HirStatic {
  readonly path: string;
  /** A function without parameters that makes the first value when the static is first used; null for `static NAME;`. */
  readonly initial: FunctionId | null;
  readonly span: Span;
}

/** A function, method or closure. Closures are lifted to functions with captures. */
export interface HirFunction {
  /** Full path for messages and the call stack: `shapes::Point::area`; closures end in `{closure}`. */
  readonly path: string;
  /** One local per parameter, in order (`self` first); patterns in parameters are taken apart in the body. */
  readonly parameters: readonly LocalId[];
  /** Locals that are loaded from the environment at each call, in the order of the `closure` operation; else empty. */
  readonly captures: readonly LocalId[];
  readonly locals: readonly HirLocal[];
  /** The body. Control never reaches its end: it closes with `return` or `fail` or an endless loop. */
  readonly body: readonly HirStatement[];
  /**
   * Set for associated functions with `self`: they answer `value.name(..)` where the value is of this type. A name with
   * type parameters is spelled `collect::<Vec>` (last parts of the types' paths, comma without blank).
   */
  readonly method: { readonly type: TypeId; readonly name: string } | null;
  /** Further types that answer to the method: the library writes one `impl` for many iterators. */
  readonly alsoFor: readonly TypeId[];
  /** The whole item, for messages about it. */
  readonly span: Span;
}

/** A variable of the source or a temporary of lowering. */
export interface HirLocal {
  /** Name in the source; null for a temporary. */
  readonly name: string | null;
}

/** An operand: reading it has no effect and cannot fail. A local is assigned on every path before it is read. */
export type HirAtom =
  | { readonly kind: "local"; readonly local: LocalId }
  | { readonly kind: "constant"; readonly value: HirConstant };

/** A scalar that fits one machine value. Strings and bytes are operations because each evaluation makes a fresh one. */
export type HirConstant =
  | Scalar
  /** A type as a value. */
  | { readonly kind: "type"; readonly type: TypeId }
  /** A function as a value, without environment. */
  | { readonly kind: "function"; readonly function: FunctionId }
  /** The constructor of a tuple struct or tuple variant as a value. */
  | { readonly kind: "constructor"; readonly type: TypeId; readonly shape: number };

/** A statement. */
export type HirStatement =
  /** Performs an operation; `target` null drops the result. Plain copies are `{kind: 'copy'}` operations. */
  | { readonly kind: "assign"; readonly target: LocalId | null; readonly operation: HirOperation; readonly span: Span }
  /** A condition that is not a bool is a run-time error at `span`. */
  | {
      readonly kind: "if";
      readonly condition: HirAtom;
      readonly then: readonly HirStatement[];
      readonly else: readonly HirStatement[];
      readonly span: Span;
    }
  /** Repeats `body`; left by `break`. Reaching the end of the body, or `continue`, starts it again. */
  | { readonly kind: "loop"; readonly label: LabelId; readonly body: readonly HirStatement[]; readonly span: Span }
  /** Iterates `iterable` by the iteration protocol; each value is in `item` when `body` starts. */
  | {
      readonly kind: "for";
      readonly label: LabelId;
      readonly iterable: HirAtom;
      readonly item: LocalId;
      readonly body: readonly HirStatement[];
      /** Of the iterable expression. */
      readonly span: Span;
    }
  /** A region that `break` leaves forward: labelled blocks, the arms of `match`. */
  | { readonly kind: "block"; readonly label: LabelId; readonly body: readonly HirStatement[]; readonly span: Span }
  | { readonly kind: "break"; readonly label: LabelId; readonly span: Span }
  | { readonly kind: "continue"; readonly label: LabelId; readonly span: Span }
  | { readonly kind: "return"; readonly value: HirAtom; readonly span: Span }
  /** Ends the invocation with a run-time error. */
  | { readonly kind: "fail"; readonly failure: HirFailure; readonly span: Span };

/** Why a `fail` statement ends the invocation. */
export type HirFailure =
  /** `panic!` and failed assertions; `message` is a String. */
  | { readonly kind: "panic"; readonly message: HirAtom }
  /** A refutable `let`, parameter or `for` pattern did not match `value`. */
  | { readonly kind: "pattern"; readonly value: HirAtom }
  /** A path that names no function is called. */
  | { readonly kind: "missing-function"; readonly path: string }
  /** Anything else that is known to fail where it stands; the sentence is complete. */
  | { readonly kind: "other"; readonly sentence: string };

/** Operators with two operands; the left one decides. `&&` and `||` are `if`. */
export type HirBinary =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "&"
  | "|"
  | "^"
  | "<<"
  | ">>"
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">=";
/** Operators that have an assigning form. */
export type HirCompound = "+" | "-" | "*" | "/" | "%" | "&" | "|" | "^" | "<<" | ">>";

/** What an `assign` statement computes. Every operation may fail with a run-time error at the statement's span. */
export type HirOperation =
  | { readonly kind: "copy"; readonly value: HirAtom }
  /** A fresh mutable String; lone surrogates do not occur. */
  | { readonly kind: "string"; readonly value: string }
  /** A fresh mutable Bytes. */
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "unary"; readonly operator: "-" | "!"; readonly value: HirAtom }
  | { readonly kind: "binary"; readonly operator: HirBinary; readonly left: HirAtom; readonly right: HirAtom }
  /**
   * The new value of the left side of `left op= right`. Strings are changed in place and are the result themselves;
   * lowering stores the result back to the local, field or tuple slot.
   */
  | { readonly kind: "compound"; readonly operator: HirCompound; readonly left: HirAtom; readonly right: HirAtom }
  /** `as`: only to `i64`, `u64`, `f64`. */
  | { readonly kind: "cast"; readonly to: "i64" | "u64" | "f64"; readonly value: HirAtom }
  /** `is`, and the first step of struct, variant and unit patterns. `shape` narrows an enum to one variant. Yields a bool. */
  | { readonly kind: "is"; readonly value: HirAtom; readonly type: TypeId; readonly shape: number | null }
  /** Pattern steps: each yields a bool and never fails. `exact` false is for a trailing `..`. */
  | { readonly kind: "is-tuple"; readonly value: HirAtom; readonly length: number; readonly exact: boolean }
  | { readonly kind: "is-vec"; readonly value: HirAtom; readonly length: number; readonly exact: boolean }
  | { readonly kind: "is-object"; readonly value: HirAtom; readonly keys: readonly string[]; readonly exact: boolean }
  /** Literal patterns: same type (1 and 1u64 differ) and equal. */
  | { readonly kind: "is-literal"; readonly value: HirAtom; readonly literal: HirLiteral }
  /** Element of a tuple or vec, or slot of a struct or variant, after a pattern step has established that it is there. */
  | { readonly kind: "part"; readonly of: "tuple" | "vec" | "fields"; readonly value: HirAtom; readonly index: number }
  /** Entry of an Object after `is-object` has established the key. */
  | { readonly kind: "entry"; readonly value: HirAtom; readonly key: string }
  | { readonly kind: "tuple"; readonly items: readonly HirAtom[] }
  | { readonly kind: "vec"; readonly items: readonly HirAtom[] }
  /** An Object with distinct keys in order. */
  | { readonly kind: "object"; readonly entries: readonly { readonly key: string; readonly value: HirAtom }[] }
  /** A struct or variant; `fields` in slot order. */
  | { readonly kind: "construct"; readonly type: TypeId; readonly shape: number; readonly fields: readonly HirAtom[] }
  | {
      readonly kind: "range";
      readonly inclusive: boolean;
      readonly start: HirAtom | null;
      readonly end: HirAtom | null;
    }
  /** A function value with an environment; `captures` match `HirFunction.captures` one to one, copied now. */
  | { readonly kind: "closure"; readonly function: FunctionId; readonly captures: readonly HirAtom[] }
  /** A call of a known function. A wrong number of arguments is a run-time error, not a broken invariant. */
  | { readonly kind: "call"; readonly function: FunctionId; readonly arguments: readonly HirAtom[] }
  | { readonly kind: "call-value"; readonly callee: HirAtom; readonly arguments: readonly HirAtom[] }
  /** `receiver.name(..)`; type parameters are part of the name as in `HirFunction.method`. */
  | {
      readonly kind: "call-method";
      readonly receiver: HirAtom;
      readonly name: string;
      readonly arguments: readonly HirAtom[];
    }
  /** `crucible::name(..)` and other granted host modules; `name` has its module: `crucible.read_note`. */
  | { readonly kind: "call-host"; readonly name: string; readonly arguments: readonly HirAtom[] }
  /**
   * A runtime function or compiler intrinsic by name; only library sources can write it, as `rt::name(..)`.
   * The signature is the runtime's; the compiler checks tags where the signature asks for a particular type.
   */
  | { readonly kind: "intrinsic"; readonly name: string; readonly arguments: readonly HirAtom[] }
  /** `value.field`, `value.0`. */
  | { readonly kind: "get-field"; readonly value: HirAtom; readonly field: string }
  | { readonly kind: "set-field"; readonly value: HirAtom; readonly field: string; readonly to: HirAtom }
  /** `value[index]`. */
  | { readonly kind: "get-index"; readonly value: HirAtom; readonly index: HirAtom }
  | { readonly kind: "set-index"; readonly value: HirAtom; readonly index: HirAtom; readonly to: HirAtom }
  | { readonly kind: "get-static"; readonly static: StaticId }
  | { readonly kind: "set-static"; readonly static: StaticId; readonly to: HirAtom }
  /** Templates and format macros: a fresh String. */
  | { readonly kind: "format"; readonly pieces: readonly HirPiece[] }
  /** `value?`: yields the content of `Some`/`Ok`, or returns the `None`/`Err` from the function. */
  | { readonly kind: "try"; readonly value: HirAtom }
  /** `print!`, `println!`, `dbg!`: writes a String to the output of the invocation; yields unit. */
  | { readonly kind: "print"; readonly text: HirAtom; readonly newline: boolean };

/** What a literal pattern compares with. */
export type HirLiteral =
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "char"; readonly value: number }
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "uint"; readonly value: bigint }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bytes"; readonly value: Uint8Array };

/** One piece of a format: text as it stands, or a value with its spec. */
export type HirPiece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly value: HirAtom; readonly spec: HirFormatSpec; readonly span: Span };

/** `{:[fill]align[+][#][0][width][.prec][type]}`. */
export interface HirFormatSpec {
  readonly style: "display" | "debug" | "hex" | "hex-upper" | "binary" | "octal" | "pointer";
  readonly fill: string;
  readonly align: "left" | "center" | "right" | null;
  readonly sign: "+" | "-" | null;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number | null;
  readonly precision: number | null;
}
