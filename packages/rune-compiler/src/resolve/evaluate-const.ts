// Evaluates constants, const functions and the values of statics while compiling: a tree walk with a budget of steps
// and a bound on the size of values. What it cannot do is an error at the expression, never a guess.

import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { BinaryExpression, BinaryOperator, Block, Expression } from "../syntax/ast-expression.ts";
import type { Path } from "../syntax/ast-name.ts";
import { lastValue } from "../syntax/block-value.ts";
import { readLiteral } from "../syntax/number.ts";
import type { Span } from "../syntax/span.ts";
import { applyBinary, applyCast, applyNegation, type ConstFailure } from "./const-operators.ts";
import { type ConstValue, MAX_PARTS, partsOf } from "./const-value.ts";
import { formatConst } from "./format-const.ts";
import { type BlockScopes, type ConstNode, describeNode, type FunctionNode, type ItemNode, pathOf } from "./item.ts";
import type { Resolver, Viewpoint } from "./resolve-path.ts";

/** Steps that one constant may take. */
export const CONST_BUDGET = 1_000_000;
/** Units of text that one constant may have. */
const MAX_TEXT = 1_000_000;

const UNIT: ConstValue = { kind: "unit" };

/** How a value is left early. */
type Leave = { readonly leave: "break" | "continue"; readonly label: string | null; readonly value: ConstValue };
type Result = ConstValue | Leave;

/** Thrown after a report to give up the constant. */
class NotConst {}

interface Environment {
  readonly view: Viewpoint;
  readonly variables: Map<string, ConstValue>;
  readonly outer: Environment | null;
}

/** Expands a macro call to an expression, or null if it is none that a constant may use; reports are the expander's. */
export type ExpandMacro = (expression: Extract<Expression, { kind: "macro" }>, view: Viewpoint) => Expression | null;

/** Evaluates for one compilation. */
export class ConstEvaluator {
  readonly #resolver: Resolver;
  readonly #blocks: BlockScopes;
  readonly #diagnostics: DiagnosticSink;
  readonly #expand: ExpandMacro;
  readonly #active = new Set<FunctionNode>();
  #budget = 0;

  constructor(resolver: Resolver, blocks: BlockScopes, diagnostics: DiagnosticSink, expand: ExpandMacro) {
    this.#resolver = resolver;
    this.#blocks = blocks;
    this.#diagnostics = diagnostics;
    this.#expand = expand;
  }

  /** The value of a constant; null if it has none, which was reported. `span` is where it is used. */
  valueOf(node: ConstNode, span: Span): ConstValue | null {
    const { state } = node;
    if (typeof state === "object") return state.value;
    if (state === "failed") return null;
    if (state === "busy") {
      this.#diagnostics.error("compile/const-cycle", span, `Constant \`${node.name}\` depends on itself`);
      return null;
    }
    if (node.source === null || node.scope === null) return null;
    node.state = "busy";
    const value = this.evaluate(node.source, { scope: node.scope, self: null });
    node.state = value === null ? "failed" : { value };
    return value;
  }

  /** The value of an expression in a const context; null after a report. */
  evaluate(expression: Expression, view: Viewpoint): ConstValue | null {
    const outerBudget = this.#budget;
    this.#budget = CONST_BUDGET;
    try {
      const result = this.#expression(expression, { view, variables: new Map(), outer: null });
      return "leave" in result
        ? this.#fail("break-unsupported", expression.span, "There is no loop to leave here")
        : result;
    } catch (mark) {
      if (mark instanceof NotConst) return null;
      throw mark;
    } finally {
      this.#budget = outerBudget;
    }
  }

  #fail(slug: string, span: Span, message: string): never {
    this.#diagnostics.error(`compile/${slug}`, span, message);
    // oxlint-disable-next-line typescript/only-throw-error -- a mark that never leaves this file
    throw new NotConst();
  }

  #step(span: Span): void {
    this.#budget -= 1;
    if (this.#budget < 0) this.#fail("budget-exceeded", span, `Constant takes more than ${CONST_BUDGET} steps`);
  }

  #value(expression: Expression, environment: Environment): ConstValue {
    const result = this.#expression(expression, environment);
    if ("leave" in result) return this.#notConst(expression);
    return result;
  }

  #notConst(expression: Expression): never {
    return this.#fail("not-const", expression.span, "This is not supported in a constant");
  }

  #expression(expression: Expression, environment: Environment): Result {
    this.#step(expression.span);
    switch (expression.kind) {
      case "literal":
        return this.#literal(expression);
      case "template": {
        const parts = expression.parts.map((part) =>
          part.kind === "text" ? part.value : this.#format(this.#value(part.value, environment), part.value),
        );
        return this.#bounded({ kind: "string", value: parts.join("") }, expression);
      }
      case "group":
        return this.#expression(expression.inner, environment);
      case "tuple": {
        if (expression.elements.length === 0) return UNIT;
        const items = expression.elements.map((element) => this.#value(element, environment));
        return this.#bounded({ kind: "tuple", items }, expression);
      }
      case "vec": {
        const items = expression.elements.map((element) => this.#value(element, environment));
        return this.#bounded({ kind: "vec", items }, expression);
      }
      case "object": {
        if (expression.path !== null) return this.#notConst(expression);
        const entries = expression.fields.map((field) => ({
          key: field.key.name,
          value:
            field.value === null
              ? this.#variable(field.key.name, field.span, environment)
              : this.#value(field.value, environment),
        }));
        return this.#bounded({ kind: "object", entries }, expression);
      }
      case "path":
        return this.#path(expression.path, environment, expression);
      case "unary":
        return this.#unary(expression, environment);
      case "binary":
        return this.#binary(expression, environment);
      case "assign": {
        const name = singleName(expression.target);
        if (name === null) return this.#notConst(expression);
        this.#set(name, this.#value(expression.value, environment), expression.span, environment);
        return UNIT;
      }
      case "call":
        return this.#call(expression, environment);
      case "field":
        return this.#field(expression, environment);
      case "block":
        if (expression.isAsync !== null) return this.#notConst(expression);
        return this.#labelled(expression.label?.name ?? null, this.#block(expression.block, environment));
      case "if":
        return this.#if(expression, environment);
      case "loop":
      case "while":
        return this.#loop(expression, environment);
      case "break":
      case "continue": {
        const value =
          expression.kind === "break" && expression.value !== null ? this.#value(expression.value, environment) : UNIT;
        return { leave: expression.kind, label: expression.label?.name ?? null, value };
      }
      case "macro": {
        const expanded = this.#expand(expression, environment.view);
        if (expanded === null) return this.#notConst(expression);
        return this.#expression(expanded, environment);
      }
      case "range":
      case "index":
      case "await":
      case "try":
      case "match":
      case "for":
      case "return":
      case "yield":
      case "closure":
      case "select":
      case "let":
      case "error":
        return this.#notConst(expression);
    }
  }

  #literal(expression: Extract<Expression, { kind: "literal" }>, negative = false): ConstValue {
    const value = readLiteral(expression.literal, negative);
    return value.kind === "failure" ? this.#fail(value.slug, expression.span, value.message) : value;
  }

  /** Bounds the size of a value; making it costs steps by its size. */
  #bounded(value: ConstValue, expression: Expression): ConstValue {
    const parts = partsOf(value);
    const length = value.kind === "string" ? value.value.length : 0;
    if (parts > MAX_PARTS || length > MAX_TEXT) {
      return this.#fail("const-too-large", expression.span, "Constant is too large");
    }
    this.#budget -= (parts >> 4) + (length >> 7);
    return value;
  }

  #format(value: ConstValue, expression: Expression): string {
    const text = formatConst(value);
    return text ?? this.#notConst(expression);
  }

  #path(path: Path, environment: Environment, expression: Expression): ConstValue {
    const name = singleName(expression);
    if (name !== null) {
      for (let at: Environment | null = environment; at !== null; at = at.outer) {
        const value = at.variables.get(name);
        if (value !== undefined) return value;
      }
    }
    const node = this.#resolve(path, environment);
    if (node.kind === "static") {
      return this.#fail(
        "static-in-const-context",
        path.span,
        `Static \`${pathOf(node)}\` cannot be read in a constant`,
      );
    }
    if (node.kind !== "const") {
      return this.#fail("unsupported-meta", path.span, `Found ${describeNode(node)}: expected a constant`);
    }
    const budget = this.#budget;
    const value = this.valueOf(node, path.span);
    this.#budget = budget;
    // oxlint-disable-next-line typescript/only-throw-error -- a mark that never leaves this file
    if (value === null) throw new NotConst();
    return value;
  }

  #resolve(path: Path, environment: Environment): ItemNode {
    const found = this.#resolver.resolve(path, environment.view);
    // oxlint-disable-next-line typescript/only-throw-error -- a mark that never leaves this file
    if (found === null) throw new NotConst();
    if ("missing" in found) return this.#fail("missing-const", path.span, `Missing constant \`${found.missing}\``);
    return found;
  }

  #variable(name: string, span: Span, environment: Environment): ConstValue {
    for (let at: Environment | null = environment; at !== null; at = at.outer) {
      const value = at.variables.get(name);
      if (value !== undefined) return value;
    }
    return this.#fail("missing-local", span, `Missing variable \`${name}\``);
  }

  #set(name: string, value: ConstValue, span: Span, environment: Environment): void {
    for (let at: Environment | null = environment; at !== null; at = at.outer) {
      if (!at.variables.has(name)) continue;
      at.variables.set(name, value);
      return;
    }
    this.#fail("missing-local", span, `Missing variable \`${name}\``);
  }

  #unary(expression: Extract<Expression, { kind: "unary" }>, environment: Environment): ConstValue {
    if (expression.operator !== "-") return this.#notConst(expression);
    const { operand } = expression;
    if (operand.kind === "literal" && operand.literal.kind === "number") {
      return this.#literal({ ...operand, span: expression.span }, true);
    }
    return this.#checked(applyNegation(this.#value(operand, environment)), expression);
  }

  #checked(value: ConstValue | ConstFailure, expression: Expression): ConstValue {
    return "failure" in value
      ? this.#fail("const-failure", expression.span, value.failure)
      : this.#bounded(value, expression);
  }

  /** Left chains are walked in a loop. */
  #binary(expression: BinaryExpression, environment: Environment): ConstValue {
    const chain: BinaryExpression[] = [];
    let base: Expression = expression;
    while (base.kind === "binary") {
      chain.push(base);
      base = base.left;
    }
    const last = chain.at(-1);
    if (last !== undefined && last.operator.endsWith("=") && !COMPARING.has(last.operator)) {
      if (chain.length > 1) return this.#notConst(expression);
      return this.#compound(last, environment);
    }
    let left = this.#value(base, environment);
    for (const node of chain.reverse()) {
      this.#step(node.span);
      left = this.#operate(node, left, environment);
    }
    return left;
  }

  #operate(node: BinaryExpression, left: ConstValue, environment: Environment): ConstValue {
    const operator: string = node.operator;
    switch (operator) {
      case "&&":
      case "||": {
        if (left.kind !== "bool") return this.#fail("const-failure", node.left.span, "Expected a boolean");
        if (left.value === (operator === "||")) return left;
        const right = this.#value(node.right, environment);
        return right.kind === "bool" ? right : this.#fail("const-failure", node.right.span, "Expected a boolean");
      }
      case "as": {
        const name = singleName(node.right);
        return name === null ? this.#notConst(node.right) : this.#checked(applyCast(left, name), node);
      }
      case "is":
      case "is not":
        return this.#notConst(node);
      default:
        return this.#checked(applyBinary(node.operator, left, this.#value(node.right, environment)), node);
    }
  }

  #compound(node: BinaryExpression, environment: Environment): ConstValue {
    const name = singleName(node.left);
    if (name === null) return this.#notConst(node);
    const left = this.#variable(name, node.left.span, environment);
    const right = this.#value(node.right, environment);
    const operator = node.operator.slice(0, -1) as BinaryOperator;
    this.#set(name, this.#checked(applyBinary(operator, left, right), node), node.span, environment);
    return UNIT;
  }

  #call(expression: Extract<Expression, { kind: "call" }>, environment: Environment): ConstValue {
    const { callee } = expression;
    if (callee.kind !== "path") return this.#notConst(expression);
    const node = this.#resolve(callee.path, environment);
    if (node.kind !== "function" || !node.isConst || node.source === null || node.scope === null) {
      return this.#fail("unsupported-meta", expression.span, `Found ${describeNode(node)}: expected a const function`);
    }
    const { source } = node;
    if (source.parameters.length !== expression.args.length) {
      const message = `Function \`${pathOf(node)}\` takes ${source.parameters.length} arguments: ${expression.args.length} given`;
      return this.#fail("argument-count-mismatch", expression.span, message);
    }
    if (this.#active.has(node)) {
      return this.#fail("const-cycle", expression.span, `Const function \`${pathOf(node)}\` calls itself`);
    }
    const variables = new Map<string, ConstValue>();
    for (const [index, parameter] of source.parameters.entries()) {
      const argument = expression.args[index];
      if (argument === undefined || parameter.pattern.kind !== "path") return this.#notConst(expression);
      variables.set(parameter.pattern.path.segments[0]?.name ?? "", this.#value(argument, environment));
    }
    this.#active.add(node);
    try {
      const view = { scope: node.scope, self: node.self };
      const result = this.#block(source.body, { view, variables, outer: null });
      return "leave" in result ? this.#notConst(expression) : result;
    } finally {
      this.#active.delete(node);
    }
  }

  #field(expression: Extract<Expression, { kind: "field" }>, environment: Environment): ConstValue {
    const name = singleName(expression.target);
    const known = name === null ? undefined : this.#local(name, environment);
    if (known === undefined) return this.#notConst(expression);
    const { field } = expression;
    const value =
      field.kind === "tuple"
        ? known.kind === "tuple" || known.kind === "vec"
          ? known.items[field.index]
          : undefined
        : known.kind === "object"
          ? known.entries.find((entry) => entry.key === field.name)?.value
          : undefined;
    return value ?? this.#fail("missing-field", expression.span, "The constant has no such field");
  }

  #local(name: string, environment: Environment): ConstValue | undefined {
    for (let at: Environment | null = environment; at !== null; at = at.outer) {
      const value = at.variables.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #if(expression: Extract<Expression, { kind: "if" }>, environment: Environment): Result {
    for (const branch of expression.branches) {
      if (branch.condition.kind === "let") return this.#notConst(branch.condition);
      if (this.#condition(branch.condition, environment)) return this.#block(branch.block, environment);
    }
    return expression.otherwise === null ? UNIT : this.#block(expression.otherwise, environment);
  }

  #condition(expression: Expression, environment: Environment): boolean {
    const value = this.#value(expression, environment);
    return value.kind === "bool" ? value.value : this.#fail("const-failure", expression.span, "Expected a boolean");
  }

  #loop(expression: Extract<Expression, { kind: "loop" | "while" }>, environment: Environment): Result {
    const label = expression.label?.name ?? null;
    for (;;) {
      this.#step(expression.body.span);
      if (expression.kind === "while") {
        if (expression.condition.kind === "let") return this.#notConst(expression.condition);
        if (!this.#condition(expression.condition, environment)) return UNIT;
      }
      const result = this.#block(expression.body, environment);
      if (!("leave" in result)) continue;
      if (result.label !== null && result.label !== label) return result;
      if (result.leave === "break") return result.value;
    }
  }

  #labelled(label: string | null, result: Result): Result {
    if (label === null || !("leave" in result)) return result;
    return result.leave === "break" && result.label === label ? result.value : result;
  }

  #block(block: Block, outer: Environment): Result {
    const scope = this.#blocks.get(block);
    const view = scope === undefined ? outer.view : { ...outer.view, scope };
    const environment: Environment = { view, variables: new Map(), outer };
    let value: ConstValue = UNIT;
    const last = lastValue(block.statements);
    for (const statement of block.statements) {
      if (statement.kind === "local") {
        const { pattern } = statement.local;
        const result = this.#expression(statement.local.value, environment);
        if ("leave" in result) return result;
        if (pattern.kind === "path") environment.variables.set(pattern.path.segments[0]?.name ?? "", result);
        else if (pattern.kind !== "ignore")
          this.#fail("not-const", pattern.span, "This pattern is not supported in a constant");
      } else if (statement.kind === "expression") {
        const result = this.#expression(statement.expression, environment);
        if ("leave" in result) return result;
        if (statement === last) value = result;
      }
    }
    return value;
  }
}

const COMPARING: ReadonlySet<string> = new Set(["==", "!=", "<=", ">="]);

function singleName(expression: Expression): string | null {
  if (expression.kind !== "path" || expression.path.global !== null || expression.path.segments.length !== 1)
    return null;
  const segment = expression.path.segments[0];
  return segment?.kind === "name" ? segment.name : null;
}
