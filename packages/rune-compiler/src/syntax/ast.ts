// The abstract syntax tree: the whole grammar of Rune 0.14 and `static` items.
// Every node has a span. What the grammar accepts only to refuse it later (types, `mut`, `&x`) is kept, so that the
// refusal can point at it. Names are unresolved; `resolve/` gives them meaning.

import type { Span } from "./span.ts";
import type { TokenRange } from "./token.ts";

/** A name as it is written. */
export interface Identifier {
  readonly name: string;
  readonly span: Span;
}

/** `'label`, without the quote in `name`. */
export interface Label {
  readonly name: string;
  readonly span: Span;
}

// ---------------------------------------------------------------- files and items

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

// ---------------------------------------------------------------- paths

/** `a::b`, `::a`, `self::x`, `Self::f::<T>`. */
export interface Path {
  readonly span: Span;
  /** Span of a leading `::`. */
  readonly global: Span | null;
  /** Never empty. */
  readonly segments: readonly PathSegment[];
}

export interface PathSegment {
  readonly kind: "name" | "self" | "Self" | "super" | "crate";
  readonly name: string;
  readonly span: Span;
  /** Turbofish arguments, null without `::<…>`. */
  readonly generics: readonly Expression[] | null;
  readonly genericsSpan: Span | null;
}

// ---------------------------------------------------------------- blocks and statements

export interface Block {
  readonly kind: "block";
  readonly span: Span;
  readonly statements: readonly Statement[];
  /** Nested blocks (not inside nested items) that hold items, directly or deeper; for indexing without a walk. */
  readonly scopes: readonly Block[];
}

export type Statement =
  | { readonly kind: "local"; readonly span: Span; readonly local: LetStatement }
  | { readonly kind: "item"; readonly span: Span; readonly item: Item; readonly semicolon: Span | null }
  /** `semicolon` tells a statement from the value of the block. */
  | {
      readonly kind: "expression";
      readonly span: Span;
      readonly expression: Expression;
      readonly semicolon: Span | null;
    }
  | { readonly kind: "empty"; readonly span: Span };

export interface LetStatement {
  readonly span: Span;
  readonly attributes: readonly Attribute[];
  /** Span of `mut`, refused later. */
  readonly mutable: Span | null;
  readonly pattern: Pattern;
  readonly value: Expression;
}

// ---------------------------------------------------------------- expressions

export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "<<"
  | ">>"
  | "&"
  | "^"
  | "|"
  | "=="
  | "!="
  | "<"
  | ">"
  | "<="
  | ">="
  | "&&"
  | "||"
  | "as"
  | "is"
  | "is not"
  | "+="
  | "-="
  | "*="
  | "/="
  | "%="
  | "<<="
  | ">>="
  | "&="
  | "^="
  | "|=";

export type UnaryOperator = "-" | "!" | "&" | "*";

interface ExpressionHead {
  readonly span: Span;
  readonly attributes: readonly Attribute[];
}

export type Expression =
  | LiteralExpression
  | TemplateExpression
  | PathExpression
  | GroupExpression
  | TupleExpression
  | VecExpression
  | ObjectExpression
  | UnaryExpression
  | BinaryExpression
  | RangeExpression
  | AssignExpression
  | CallExpression
  | IndexExpression
  | FieldExpression
  | AwaitExpression
  | TryExpression
  | BlockExpression
  | IfExpression
  | MatchExpression
  | LoopExpression
  | WhileExpression
  | ForExpression
  | BreakExpression
  | ContinueExpression
  | ReturnExpression
  | YieldExpression
  | ClosureExpression
  | SelectExpression
  | MacroExpression
  | LetCondition
  | ErrorExpression;

export type Literal =
  | { readonly kind: "bool"; readonly value: boolean }
  /** As written, with radix, underscores and suffix; `resolve/number.ts` gives the value. */
  | { readonly kind: "number"; readonly text: string }
  /** One Unicode scalar value. */
  | { readonly kind: "char"; readonly value: number }
  | { readonly kind: "byte"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bytes"; readonly value: Uint8Array };

export interface LiteralExpression extends ExpressionHead {
  readonly kind: "literal";
  readonly literal: Literal;
}

/** `` `text ${expression}` ``. */
export interface TemplateExpression extends ExpressionHead {
  readonly kind: "template";
  readonly parts: readonly TemplatePart[];
}

export type TemplatePart =
  | { readonly kind: "text"; readonly value: string; readonly span: Span }
  | { readonly kind: "value"; readonly value: Expression; readonly span: Span };

export interface PathExpression extends ExpressionHead {
  readonly kind: "path";
  readonly path: Path;
}

/** `(a)`. */
export interface GroupExpression extends ExpressionHead {
  readonly kind: "group";
  readonly inner: Expression;
}

/** `()`, `(a,)`, `(a, b)`. */
export interface TupleExpression extends ExpressionHead {
  readonly kind: "tuple";
  readonly elements: readonly Expression[];
}

export interface VecExpression extends ExpressionHead {
  readonly kind: "vec";
  readonly elements: readonly Expression[];
}

/** `#{a: 1}` (`path` null) or `Path { a: 1 }`. */
export interface ObjectExpression extends ExpressionHead {
  readonly kind: "object";
  readonly path: Path | null;
  readonly fields: readonly ObjectField[];
}

export interface ObjectField {
  readonly span: Span;
  readonly key: Identifier;
  /** Whether the key was written as a string. */
  readonly quoted: boolean;
  /** Null for the short form `a`. */
  readonly value: Expression | null;
}

export interface UnaryExpression extends ExpressionHead {
  readonly kind: "unary";
  readonly operator: UnaryOperator;
  readonly operatorSpan: Span;
  readonly operand: Expression;
}

/** For `is`, `is not` and `as` the right side is a path. Left chains are as long as the source; walk them in a loop. */
export interface BinaryExpression extends ExpressionHead {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly operatorSpan: Span;
  readonly left: Expression;
  readonly right: Expression;
}

export interface RangeExpression extends ExpressionHead {
  readonly kind: "range";
  readonly start: Expression | null;
  readonly end: Expression | null;
  readonly inclusive: boolean;
  readonly operatorSpan: Span;
}

/** `target = value`; whether the target can be assigned is checked when lowering. */
export interface AssignExpression extends ExpressionHead {
  readonly kind: "assign";
  readonly target: Expression;
  readonly value: Expression;
}

export interface CallExpression extends ExpressionHead {
  readonly kind: "call";
  readonly callee: Expression;
  readonly args: readonly Expression[];
  /** Span of the parentheses. */
  readonly argsSpan: Span;
}

export interface IndexExpression extends ExpressionHead {
  readonly kind: "index";
  readonly target: Expression;
  readonly index: Expression;
}

/** `target.name`, `target.name::<T>`, `target.0`. */
export interface FieldExpression extends ExpressionHead {
  readonly kind: "field";
  readonly target: Expression;
  readonly field:
    | { readonly kind: "name"; readonly name: string; readonly span: Span }
    | { readonly kind: "tuple"; readonly index: number; readonly text: string; readonly span: Span };
  readonly generics: readonly Expression[] | null;
}

export interface AwaitExpression extends ExpressionHead {
  readonly kind: "await";
  readonly operand: Expression;
}

export interface TryExpression extends ExpressionHead {
  readonly kind: "try";
  readonly operand: Expression;
}

/** `{}`, `'l: {}`, `async {}`, `async move {}`, `const {}`. */
export interface BlockExpression extends ExpressionHead {
  readonly kind: "block";
  readonly label: Label | null;
  readonly isAsync: Span | null;
  readonly isConst: Span | null;
  readonly isMove: Span | null;
  readonly block: Block;
}

export interface IfExpression extends ExpressionHead {
  readonly kind: "if";
  /** `if` and each `else if`, in order; flat, so that long chains do not nest. */
  readonly branches: readonly { readonly condition: Expression; readonly block: Block; readonly span: Span }[];
  readonly otherwise: Block | null;
}

/** `let pattern = value` as a condition of `if` and `while`; nowhere else. */
export interface LetCondition extends ExpressionHead {
  readonly kind: "let";
  readonly pattern: Pattern;
  readonly value: Expression;
}

export interface MatchExpression extends ExpressionHead {
  readonly kind: "match";
  readonly value: Expression;
  readonly arms: readonly MatchArm[];
}

export interface MatchArm {
  readonly span: Span;
  readonly pattern: Pattern;
  readonly guard: Expression | null;
  readonly body: Expression;
}

export interface LoopExpression extends ExpressionHead {
  readonly kind: "loop";
  readonly label: Label | null;
  readonly body: Block;
}

export interface WhileExpression extends ExpressionHead {
  readonly kind: "while";
  readonly label: Label | null;
  readonly condition: Expression;
  readonly body: Block;
}

export interface ForExpression extends ExpressionHead {
  readonly kind: "for";
  readonly label: Label | null;
  readonly pattern: Pattern;
  readonly iterable: Expression;
  readonly body: Block;
}

export interface BreakExpression extends ExpressionHead {
  readonly kind: "break";
  readonly label: Label | null;
  readonly value: Expression | null;
}

export interface ContinueExpression extends ExpressionHead {
  readonly kind: "continue";
  readonly label: Label | null;
}

export interface ReturnExpression extends ExpressionHead {
  readonly kind: "return";
  readonly value: Expression | null;
}

export interface YieldExpression extends ExpressionHead {
  readonly kind: "yield";
  readonly value: Expression | null;
}

export interface ClosureExpression extends ExpressionHead {
  readonly kind: "closure";
  readonly isAsync: Span | null;
  readonly isMove: Span | null;
  readonly parameters: readonly Parameter[];
  readonly body: Expression;
}

/** `select { pattern = future => body, default => body }`. */
export interface SelectExpression extends ExpressionHead {
  readonly kind: "select";
  readonly branches: readonly SelectBranch[];
}

export type SelectBranch =
  | {
      readonly kind: "pattern";
      readonly span: Span;
      readonly pattern: Pattern;
      readonly future: Expression;
      readonly body: Expression;
    }
  | { readonly kind: "default"; readonly span: Span; readonly body: Expression };

export interface MacroExpression extends ExpressionHead {
  readonly kind: "macro";
  readonly call: MacroCall;
}

/** `path!(tokens)`; the tokens are parsed when the macro is known. */
export interface MacroCall {
  readonly span: Span;
  readonly path: Path;
  readonly delimiter: "(" | "[" | "{";
  /** Tokens between the delimiters. */
  readonly input: TokenRange;
}

/** Stands where an expression could not be parsed; a diagnostic was reported. */
export interface ErrorExpression extends ExpressionHead {
  readonly kind: "error";
}

// ---------------------------------------------------------------- patterns

interface PatternHead {
  readonly span: Span;
  readonly attributes: readonly Attribute[];
}

export type Pattern =
  | IgnorePattern
  | RestPattern
  | PathPattern
  | LiteralPattern
  | TuplePattern
  | VecPattern
  | ObjectPattern
  | ErrorPattern;

/** `_`. */
export interface IgnorePattern extends PatternHead {
  readonly kind: "ignore";
}

/** `..`, meaningful only as the last element of a sequence. */
export interface RestPattern extends PatternHead {
  readonly kind: "rest";
}

/** A binding, or a unit struct, variant or constant: resolution decides. */
export interface PathPattern extends PatternHead {
  readonly kind: "path";
  readonly path: Path;
}

/** A literal, for numbers with `negative` for a leading minus. */
export interface LiteralPattern extends PatternHead {
  readonly kind: "literal";
  readonly negative: boolean;
  readonly literal: Literal;
}

/** `(a, b)`, `Path(a, b)`. */
export interface TuplePattern extends PatternHead {
  readonly kind: "tuple";
  readonly path: Path | null;
  readonly elements: readonly Pattern[];
}

export interface VecPattern extends PatternHead {
  readonly kind: "vec";
  readonly elements: readonly Pattern[];
}

/** `#{a, "b": p, ..}` (`path` null) or `Path { a, b: p, .. }`. */
export interface ObjectPattern extends PatternHead {
  readonly kind: "object";
  readonly path: Path | null;
  readonly fields: readonly PatternField[];
  /** Span of a trailing `..`. */
  readonly rest: Span | null;
}

export interface PatternField {
  readonly span: Span;
  readonly key: Identifier;
  readonly quoted: boolean;
  /** Null for the short form, which binds the key. */
  readonly pattern: Pattern | null;
}

export interface ErrorPattern extends PatternHead {
  readonly kind: "error";
}
