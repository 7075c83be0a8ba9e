// The abstract syntax tree, blocks, statements and expressions.

import type { Attribute, Item, Parameter } from "./ast-item.ts";
import type { Identifier, Label, Path } from "./ast-name.ts";
import type { Pattern } from "./ast-pattern.ts";
import type { Span } from "./span.ts";
import type { TokenRange } from "./token.ts";

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
