// Lowers expressions: the dispatch, literals, containers, paths as values, and chains to the left, which are walked in
// a loop because they are as long as the source.

import { checkAttributes } from "../resolve/attributes.ts";
import { describeNode } from "../resolve/item.ts";
import { suggest } from "../resolve/suggest.ts";
import type { Expression, Literal, PathExpression } from "../syntax/ast-expression.ts";
import { MAX_NESTING } from "../syntax/cursor.ts";
import { readNumber } from "../syntax/number.ts";
import type { Span } from "../syntax/span.ts";
import { abandon, constant, DISCARD, type Destination, fail, UNIT, VALUE } from "./context.ts";
import type { FunctionBuilder, Variable } from "./function-builder.ts";
import type { HirAtom, HirFormatSpec, HirPiece } from "./hir.ts";
import { lowerAssign } from "./lower-assign.ts";
import { lowerCall, lowerCallee, type PendingCall, prepareCall } from "./lower-call.ts";
import { lowerConstValue } from "./lower-constant.ts";
import {
  lowerAsync,
  lowerBlockExpression,
  lowerBreak,
  lowerContinue,
  lowerFor,
  lowerIf,
  lowerLoop,
  lowerMatch,
  lowerReturn,
  lowerSelect,
  lowerWhile,
} from "./lower-control.ts";
import { lowerObject } from "./lower-object.ts";
import { isCompound, lowerCompound, lowerOperator, lowerUnary } from "./lower-operator.ts";
import { shapeOf } from "./lower-pattern.ts";

/** Nesting of expressions while lowering; macro input adds to what the parser bounds. */
const MAX_DEPTH = MAX_NESTING + 64;

/** The spec of a value in a template. */
export const PLAIN_SPEC: HirFormatSpec = {
  style: "display",
  fill: " ",
  align: null,
  sign: null,
  alternate: false,
  zero: false,
  width: null,
  precision: null,
};

/** Lowers an expression; its value goes to the destination. */
export function lowerExpression(builder: FunctionBuilder, expression: Expression, destination: Destination): HirAtom {
  if (builder.depth >= MAX_DEPTH) {
    return fail(builder.context, "nesting-too-deep", expression.span, "Source is nested too deep");
  }
  builder.depth += 1;
  try {
    if (expression.attributes.length > 0) {
      const message =
        expression.kind === "block"
          ? "Attributes on blocks are not supported"
          : expression.kind === "macro"
            ? "Unsupported macro attribute"
            : "Attributes on expressions are not supported";
      checkAttributes(expression.attributes, [], message, builder.context.diagnostics);
      return abandon();
    }
    return lowerOne(builder, expression, destination);
  } finally {
    builder.depth -= 1;
  }
}

function lowerOne(builder: FunctionBuilder, expression: Expression, destination: Destination): HirAtom {
  const { context } = builder;
  const { span } = expression;
  switch (expression.kind) {
    case "literal":
      return lowerLiteral(builder, expression.literal, false, destination, span);
    case "template":
      return lowerTemplate(builder, expression, destination);
    case "path":
      return lowerPath(builder, expression, destination);
    case "group":
      return lowerExpression(builder, expression.inner, destination);
    case "tuple": {
      if (expression.elements.length === 0) return builder.deliver(UNIT, destination, span);
      const items = lowerAll(builder, expression.elements);
      return builder.finish({ kind: "tuple", items }, destination, span);
    }
    case "vec":
      return builder.finish({ kind: "vec", items: lowerAll(builder, expression.elements) }, destination, span);
    case "object":
      return lowerObject(builder, expression, destination);
    case "unary":
      return lowerUnary(builder, expression, destination);
    case "binary":
      if (isCompound(expression.operator)) return lowerCompound(builder, expression, destination);
      return lowerChain(builder, expression, destination);
    case "call":
    case "index":
    case "field":
    case "try":
    case "await":
      return lowerChain(builder, expression, destination);
    case "range":
      return lowerRange(builder, expression, destination);
    case "assign":
      return lowerAssign(builder, expression, destination);
    case "block":
      return expression.isAsync === null
        ? lowerBlockExpression(builder, expression, destination)
        : lowerAsync(builder, expression, destination);
    case "if":
      return lowerIf(builder, expression, destination);
    case "match":
      return lowerMatch(builder, expression, destination);
    case "loop":
      return lowerLoop(builder, expression, destination);
    case "while":
      return lowerWhile(builder, expression, destination);
    case "for":
      return lowerFor(builder, expression, destination);
    case "break":
      return lowerBreak(builder, expression);
    case "continue":
      return lowerContinue(builder, expression);
    case "return":
      return lowerReturn(builder, expression);
    case "yield": {
      if (builder.kind.isConst)
        return fail(context, "yield-in-const", span, "`yield` is not supported in a const function");
      builder.unsupported.push({ feature: "Generators (`yield`)", span });
      if (expression.value !== null) lowerExpression(builder, expression.value, DISCARD);
      return builder.deliver(UNIT, destination, span);
    }
    case "closure":
      return context.lower.closure(builder, expression, destination);
    case "select":
      return lowerSelect(builder, expression, destination);
    case "macro":
      return context.lower.macro(builder, expression, destination);
    case "let":
      return fail(
        context,
        "unsupported",
        span,
        "`let` is supported only as a statement and as the condition of `if` and `while`",
      );
    case "error":
      return abandon();
  }
}

/** Lowers operands left to right. */
export function lowerAll(builder: FunctionBuilder, expressions: readonly Expression[]): readonly HirAtom[] {
  return builder.operands(expressions, (expression) => lowerExpression(builder, expression, VALUE));
}

/** Lowers a literal; `negative` negates a number. */
export function lowerLiteral(
  builder: FunctionBuilder,
  literal: Literal,
  negative: boolean,
  destination: Destination,
  span: Span,
): HirAtom {
  switch (literal.kind) {
    case "number": {
      const value = readNumber(literal.text, negative);
      if (value.kind === "failure") return fail(builder.context, value.slug, span, value.message);
      return builder.deliver(constant(value), destination, span);
    }
    case "byte":
      return builder.deliver(constant({ kind: "uint", value: BigInt(literal.value) }), destination, span);
    case "bool":
    case "char":
      return builder.deliver(constant(literal), destination, span);
    case "string":
    case "bytes":
      return builder.finish(literal, destination, span);
  }
}

function lowerTemplate(
  builder: FunctionBuilder,
  expression: Extract<Expression, { kind: "template" }>,
  destination: Destination,
): HirAtom {
  const values = expression.parts.filter((part) => part.kind === "value");
  if (values.length === 0) {
    builder.context.diagnostics.warning(
      "compile/template-without-expansions",
      expression.span,
      "This template has nothing to expand",
      { help: "Use a string" },
    );
  }
  const atoms = builder.operands(values, (part) => lowerExpression(builder, part.value, VALUE));
  let next = 0;
  const pieces = expression.parts.map((part): HirPiece => {
    if (part.kind === "text") return { kind: "text", text: part.value };
    next += 1;
    return { kind: "value", value: atoms[next - 1] ?? UNIT, spec: PLAIN_SPEC, span: part.value.span };
  });
  return builder.finish({ kind: "format", pieces }, destination, expression.span);
}

function lowerRange(
  builder: FunctionBuilder,
  expression: Extract<Expression, { kind: "range" }>,
  destination: Destination,
): HirAtom {
  const { inclusive } = expression;
  if (inclusive && expression.end === null) {
    const message = "Unsupported range, you probably want `..` instead of `..=`";
    return fail(builder.context, "unsupported-range", expression.span, message);
  }
  const ends = [expression.start, expression.end].filter((end) => end !== null);
  const atoms = [...lowerAll(builder, ends)];
  const start = expression.start === null ? null : (atoms.shift() ?? null);
  const end = expression.end === null ? null : (atoms.shift() ?? null);
  return builder.finish({ kind: "range", inclusive, start, end }, destination, expression.span);
}

// ---------------------------------------------------------------- paths

/** The variable that a path names, if it names one. A variable that was moved is reported. */
export function variableAt(builder: FunctionBuilder, expression: Expression): Variable | null {
  if (expression.kind !== "path" || expression.path.global !== null || expression.path.segments.length !== 1)
    return null;
  const segment = expression.path.segments[0];
  if (segment === undefined || segment.generics !== null || (segment.kind !== "name" && segment.kind !== "self"))
    return null;
  const variable = builder.variable(segment.name);
  if (variable !== null && variable.moved !== null) {
    builder.context.diagnostics.error(
      "compile/variable-moved",
      expression.span,
      `Variable \`${variable.name}\` was moved`,
      {
        labels: [{ span: variable.moved, message: "moved here" }],
      },
    );
    return abandon();
  }
  return variable;
}

function lowerPath(builder: FunctionBuilder, expression: PathExpression, destination: Destination): HirAtom {
  const { context } = builder;
  const { path, span } = expression;
  const variable = variableAt(builder, expression);
  if (variable !== null) return builder.deliver({ kind: "local", local: variable.local }, destination, span);
  if (path.segments.length === 1 && path.segments[0]?.kind === "self") {
    return fail(context, "missing-self", span, "There is no `self` here");
  }
  const node = context.resolver.resolve(path, builder.view);
  if (node === null) return abandon();
  if ("missing" in node) {
    const name = path.segments.length === 1 ? (path.segments[0]?.name ?? "") : "";
    if (name !== "" && !/^\p{Lu}/u.test(name)) {
      const help = suggest(name, builder.names()) ?? node.help();
      return fail(context, "missing-local", span, `Missing variable \`${name}\``, help);
    }
    return fail(context, "missing-item", span, `Missing item \`${node.missing}\``, node.help());
  }
  switch (node.kind) {
    case "function":
      context.use(node);
      return builder.deliver(constant({ kind: "function", function: node.functionId }), destination, span);
    case "const": {
      const shared = context.constantFunction(node);
      if (shared !== null) {
        return builder.finish({ kind: "call", function: shared, arguments: [] }, destination, span);
      }
      const value = context.constants.valueOf(node, span);
      return value === null ? abandon() : lowerConstValue(builder, value, destination, span);
    }
    case "static":
      context.useStatic(node);
      return builder.finish({ kind: "get-static", static: node.staticId }, destination, span);
    case "type":
    case "variant": {
      const shape = shapeOf(node);
      if (shape === null || shape.builtin || (shape.shape.kind === "named" && node.kind === "type")) {
        const typeId = node.kind === "type" ? node.typeId : node.type.typeId;
        return builder.deliver(constant({ kind: "type", type: typeId }), destination, span);
      }
      if (shape.shape.kind === "named") break;
      if (shape.shape.fields.length === 0) {
        const operation = { kind: "construct", type: shape.type, shape: shape.index, fields: [] } as const;
        return builder.finish(operation, destination, span);
      }
      return builder.deliver(
        constant({ kind: "constructor", type: shape.type, shape: shape.index }),
        destination,
        span,
      );
    }
    case "host-function":
      return fail(
        context,
        "expected-meta",
        span,
        `Host function \`${node.path}\` can only be called`,
        "Wrap it in a closure",
      );
    case "module":
    case "block":
    case "import":
    case "host":
      break;
  }
  return fail(
    context,
    "expected-meta",
    span,
    `Found ${describeNode(node)}: expected something that can be used as a value`,
  );
}

// ---------------------------------------------------------------- chains

/** One link of a chain: what is done with the value to its left. */
interface Link {
  readonly expression: Expression;
  readonly call: PendingCall | null;
}

/** Lowers a chain to the left: calls, fields, indexes, `?`, `.await` and operators. */
function lowerChain(builder: FunctionBuilder, expression: Expression, destination: Destination): HirAtom {
  const links: Link[] = [];
  let base = expression;
  for (;;) {
    const link = linkAt(builder, base);
    if (link === null) break;
    links.push(link.link);
    base = link.left;
  }
  if (links.length === 0 && base.kind === "call") return lowerCall(builder, base, destination);
  let atom = base.kind === "call" ? lowerCall(builder, base, VALUE) : lowerExpression(builder, base, VALUE);
  for (let index = links.length - 1; index >= 0; index -= 1) {
    const link = links[index];
    if (link !== undefined) atom = lowerLink(builder, link, atom, index === 0 ? destination : VALUE);
  }
  return atom;
}

function linkAt(
  builder: FunctionBuilder,
  expression: Expression,
): { readonly link: Link; readonly left: Expression } | null {
  if (expression.kind === "call") {
    const call = prepareCall(builder, expression);
    return call === null ? null : { link: { expression, call }, left: call.left };
  }
  const left = leftOf(expression);
  return left === null ? null : { link: { expression, call: null }, left };
}

/** What stands to the left in a chain; null for what ends one. */
function leftOf(expression: Expression): Expression | null {
  if (expression.kind === "binary") return isCompound(expression.operator) ? null : expression.left;
  if (expression.kind === "index" || expression.kind === "field") return expression.target;
  return expression.kind === "try" || expression.kind === "await" ? expression.operand : null;
}

function lowerLink(builder: FunctionBuilder, link: Link, left: HirAtom, destination: Destination): HirAtom {
  const { expression } = link;
  const { span } = expression;
  if (link.call !== null) return lowerCallee(builder, link.call, left, destination);
  if (expression.kind === "binary") return lowerOperator(builder, expression, left, destination);
  if (expression.kind === "index") {
    const [value = left, index = UNIT] = builder.operands([null, expression.index], (operand) =>
      operand === null ? left : lowerExpression(builder, operand, VALUE),
    );
    return builder.finish({ kind: "get-index", value, index }, destination, span);
  }
  if (expression.kind === "field") {
    const field = expression.field.kind === "name" ? expression.field.name : String(expression.field.index);
    if (expression.generics !== null) {
      return fail(builder.context, "unsupported-generics", span, "Type parameters are supported only in calls");
    }
    return builder.finish({ kind: "get-field", value: left, field }, destination, span);
  }
  if (expression.kind === "try") return builder.finish({ kind: "try", value: left }, destination, span);
  return lowerAwait(builder, destination, span);
}

function lowerAwait(builder: FunctionBuilder, destination: Destination, span: Span): HirAtom {
  if (builder.kind.isConst) {
    return fail(builder.context, "await-in-const", span, "`.await` is not supported in a constant");
  }
  if (!builder.kind.isAsync) {
    return fail(builder.context, "await-outside-async", span, "`.await` outside an async function or block");
  }
  builder.unsupported.push({ feature: "Async functions", span });
  return builder.deliver(UNIT, destination, span);
}
