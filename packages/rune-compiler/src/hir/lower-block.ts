// Lowers blocks and statements: scopes, the value of a block, recovery after an error, unreachable code.

import { lastValue } from "../syntax/block-value.ts";
import type { Block, LetStatement, Statement } from "../syntax/ast-expression.ts";
import type { Pattern } from "../syntax/ast-pattern.ts";
import type { Span } from "../syntax/span.ts";
import { checkAttributes } from "../resolve/attributes.ts";
import { Abandoned, DISCARD, type Destination, report, UNIT, VALUE } from "./context.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import type { HirAtom } from "./hir.ts";
import { isRefutable, patternFailure, patternNames, singleBinding } from "./lower-pattern.ts";

/** Lowers a block in a scope of its own; gives its value. */
export function lowerBlock(builder: FunctionBuilder, block: Block, destination: Destination): HirAtom {
  const { view } = builder;
  const scope = builder.context.indexer.index.blocks.get(block);
  if (scope !== undefined) builder.view = { ...view, scope };
  try {
    return builder.scoped(() => lowerStatements(builder, block.statements, destination, block.span));
  } finally {
    builder.view = view;
  }
}

/** Lowers statements in the current scope; the value of the last one goes to the destination. */
export function lowerStatements(
  builder: FunctionBuilder,
  statements: readonly Statement[],
  destination: Destination,
  span: Span,
): HirAtom {
  const last = lastValue(statements);
  let value: HirAtom = UNIT;
  let warned = !builder.reachable;
  for (const statement of statements) {
    if (!builder.reachable && !warned && statement.kind !== "item" && statement.kind !== "empty") {
      warned = true;
      builder.context.diagnostics.warning("compile/unreachable", statement.span, "This code is never reached");
    }
    const isValue = statement === last;
    const { reachable } = builder;
    try {
      const atom = lowerStatement(builder, statement, isValue ? destination : DISCARD);
      if (isValue) value = atom;
    } catch (mark) {
      if (!(mark instanceof Abandoned)) throw mark;
      // What the statement would have declared exists, so that its uses are no further errors.
      builder.reachable = reachable;
      if (statement.kind === "local") declareNames(builder, statement.local.pattern);
    }
  }
  return last === null ? builder.deliver(UNIT, destination, endSpan(span)) : value;
}

function endSpan(span: Span): Span {
  return { ...span, start: Math.max(span.start, span.end - 1) };
}

function lowerStatement(builder: FunctionBuilder, statement: Statement, destination: Destination): HirAtom {
  switch (statement.kind) {
    case "local":
      lowerLet(builder, statement.local);
      return UNIT;
    case "expression": {
      return builder.context.lower.expression(builder, statement.expression, destination);
    }
    case "item":
    case "empty":
      return UNIT;
  }
}

function declareNames(builder: FunctionBuilder, pattern: Pattern): void {
  for (const name of patternNames(pattern)) {
    const local = builder.declare(name);
    builder.deliver(UNIT, { kind: "local", local }, pattern.span);
  }
}

function lowerLet(builder: FunctionBuilder, statement: LetStatement): void {
  const { context } = builder;
  checkAttributes(statement.attributes, [], "Attributes on local declarations are not supported", context.diagnostics);
  if (statement.mutable !== null) {
    report(
      context,
      "unsupported-mut",
      statement.mutable,
      "The modifier `mut` is not supported: every variable can be assigned",
    );
  }
  const { pattern, value } = statement;
  const name = singleBinding(builder, pattern);
  if (name !== null) {
    // The local is made first and named after its value is lowered, which must not see it.
    const local = builder.local(name);
    context.lower.expression(builder, value, { kind: "local", local });
    builder.bind(name, local);
    return;
  }
  if (pattern.kind === "ignore") {
    context.lower.expression(builder, value, DISCARD);
    return;
  }
  if (isRefutable(pattern)) {
    context.diagnostics.warning("compile/let-pattern-might-panic", pattern.span, "This pattern might not match", {
      help: "Use `if let` or `match` where it may not",
    });
  }
  if (pattern.kind === "tuple" && pattern.path === null && value.kind === "tuple" && sameParts(pattern, value)) {
    const atoms = builder.operands(value.elements, (element) => context.lower.expression(builder, element, VALUE));
    for (const [index, part] of pattern.elements.entries()) {
      const atom = atoms[index] ?? UNIT;
      context.lower.pattern(builder, part, atom, () => patternFailure(atom, part.span));
    }
    return;
  }
  const atom = context.lower.expression(builder, value, VALUE);
  context.lower.pattern(builder, pattern, atom, () => patternFailure(atom, pattern.span));
}

function sameParts(
  pattern: Extract<Pattern, { kind: "tuple" }>,
  value: Extract<LetStatement["value"], { kind: "tuple" }>,
): boolean {
  const { elements } = pattern;
  return elements.length === value.elements.length && elements.every((element) => element.kind !== "rest");
}
