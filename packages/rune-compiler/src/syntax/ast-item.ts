// The abstract syntax tree, files and items: the whole grammar of Rune 0.14 and `static` items. Every node has a span.
// What the grammar accepts only to refuse it later (types, `mut`, `&x`) is kept, so that the refusal can point at it.

import type { Block, Expression, MacroCall } from "./ast-expression.ts";
import type { Identifier, Path, PathSegment } from "./ast-name.ts";
import type { Pattern } from "./ast-pattern.ts";
import type { Span } from "./span.ts";
import type { TokenRange } from "./token.ts";

/** A whole source: a module (`mode: "module"`) or a function body whose value is the result (`mode: "script"`). */
export interface SourceFile {
  readonly kind: "file";
  readonly span: Span;
  readonly attributes: readonly Attribute[];
  /** The items of a module, or the statements of a script. */
  readonly body: Block;
}

/** `#[path input]`, `#![path input]`, or a doc comment (`path` is then `doc` and `doc` holds its text). */
export interface Attribute {
  readonly span: Span;
  readonly inner: boolean;
  readonly path: Path;
  /** Tokens after the path, without the closing bracket. */
  readonly input: TokenRange;
  /** Text of a doc comment, or of `#[doc = "…"]`; null otherwise. */
  readonly doc: string | null;
}

/** Who may name an item. `in` is parsed and refused later. */
export interface Visibility {
  readonly kind: "inherited" | "public" | "crate" | "super" | "self" | "in";
  readonly span: Span;
  /** The path of `pub(in path)`. */
  readonly path: Path | null;
}

interface ItemHead {
  readonly span: Span;
  readonly attributes: readonly Attribute[];
  readonly visibility: Visibility;
}

export interface FunctionItem extends ItemHead {
  readonly kind: "function";
  readonly isAsync: Span | null;
  readonly isConst: Span | null;
  readonly name: Identifier;
  readonly parameters: readonly Parameter[];
  /** Span of the parentheses. */
  readonly parametersSpan: Span;
  readonly output: TypeSyntax | null;
  readonly body: Block;
}

/** A parameter of a function or closure; `self` is a path pattern with the name `self`. */
export interface Parameter {
  readonly span: Span;
  readonly pattern: Pattern;
}

export interface StructItem extends ItemHead {
  readonly kind: "struct";
  readonly name: Identifier;
  readonly fields: Fields;
}

export interface EnumItem extends ItemHead {
  readonly kind: "enum";
  readonly name: Identifier;
  readonly variants: readonly Variant[];
}

export interface Variant {
  readonly span: Span;
  readonly attributes: readonly Attribute[];
  readonly name: Identifier;
  readonly fields: Fields;
}

/** Fields of a struct or variant: `Name;`, `Name(a, b)`, `Name { a, b }`. */
export interface Fields {
  readonly kind: "unit" | "tuple" | "named";
  readonly span: Span;
  readonly list: readonly FieldDeclaration[];
}

export interface FieldDeclaration {
  readonly span: Span;
  readonly attributes: readonly Attribute[];
  readonly visibility: Visibility;
  readonly name: Identifier;
  /** A type after `:`, refused later. */
  readonly type: TypeSyntax | null;
}

export interface ImplItem extends ItemHead {
  readonly kind: "impl";
  readonly path: Path;
  readonly functions: readonly FunctionItem[];
}

/** `mod name { … }`, or `mod name;` with `body` null. */
export interface ModuleItem extends ItemHead {
  readonly kind: "module";
  readonly name: Identifier;
  readonly body: Block | null;
}

export interface UseItem extends ItemHead {
  readonly kind: "use";
  readonly tree: UseTree;
}

/** `::a::b`, `a::*`, `a as b`, `a::{…}`: a prefix and what follows it. */
export interface UseTree {
  readonly span: Span;
  /** Span of a leading `::`. */
  readonly global: Span | null;
  readonly segments: readonly PathSegment[];
  readonly tail:
    | { readonly kind: "name" }
    | { readonly kind: "alias"; readonly name: Identifier }
    | { readonly kind: "wildcard"; readonly span: Span }
    | { readonly kind: "group"; readonly trees: readonly UseTree[] };
}

export interface ConstItem extends ItemHead {
  readonly kind: "const";
  readonly name: Identifier;
  readonly value: Expression;
  /** Blocks inside the value that hold items, for indexing. */
  readonly scopes: readonly Block[];
}

export interface StaticItem extends ItemHead {
  readonly kind: "static";
  readonly name: Identifier;
  /** Null for `static NAME;`: the host supplies it, else it is `()`. */
  readonly value: Expression | null;
  readonly scopes: readonly Block[];
}

/** `name!(…);` in item position. */
export interface MacroItem extends ItemHead {
  readonly kind: "macro";
  readonly call: MacroCall;
}

export type Item =
  | FunctionItem
  | StructItem
  | EnumItem
  | ImplItem
  | ModuleItem
  | UseItem
  | ConstItem
  | StaticItem
  | MacroItem;

/** A type in a signature or field; parsed only to be refused. */
export interface TypeSyntax {
  readonly kind: "bang" | "tuple" | "path";
  readonly span: Span;
  readonly path: Path | null;
  readonly elements: readonly TypeSyntax[];
}
