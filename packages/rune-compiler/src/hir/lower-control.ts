// Lowers control flow: conditions, matches, loops, labels, and what leaves them. Values go to a local that every arm
// assigns. Long chains of conditions and arms stay flat: each arm leaves one block around them all.

import type {
  Block,
  BlockExpression,
  BreakExpression,
  ContinueExpression,
  Expression,
  ForExpression,
  IfExpression,
  LoopExpression,
  MatchExpression,
  ReturnExpression,
  SelectExpression,
  WhileExpression,
} from "../syntax/ast-expression.ts";
import type { Label } from "../syntax/ast-name.ts";
import type { Span } from "../syntax/span.ts";
import { DISCARD, type Destination, fail, type Mismatch, report, UNIT, VALUE } from "./context.ts";
import type { FunctionBuilder, Target } from "./function-builder.ts";
import type { HirAtom, LabelId } from "./hir.ts";
import { patternFailure, singleBinding } from "./lower-pattern.ts";

/** Lowers `if`, with its `else if` and `else`. */
export function lowerIf(builder: FunctionBuilder, expression: IfExpression, destination: Destination): HirAtom {
  const { span } = expression;
  const place = builder.join(destination);
  const only = expression.branches[0];
  if (only !== undefined && expression.branches.length === 1 && only.condition.kind !== "let") {
    const condition = builder.context.lower.expression(builder, only.condition, VALUE);
    const then = builder.collect(() => lowerArm(builder, only.block, place));
    const otherwise = builder.collect(() => lowerElse(builder, expression, place));
    builder.emit({ kind: "if", condition, then: then.body, else: otherwise.body, span: only.condition.span });
    if (!then.completes && !otherwise.completes) builder.reachable = false;
    return builder.joined(place);
  }
  arms(builder, span, (done) => {
    for (const branch of expression.branches) {
      builder.scoped(() => {
        const { condition } = branch;
        if (condition.kind === "let") {
          const value = builder.context.lower.expression(builder, condition.value, VALUE);
          arm(builder, branch.span, done, (mismatch) => {
            builder.context.lower.pattern(builder, condition.pattern, value, mismatch);
            lowerArm(builder, branch.block, place);
          });
        } else {
          const atom = builder.context.lower.expression(builder, condition, VALUE);
          const then = builder.collect(() => {
            lowerArm(builder, branch.block, place);
            done.leave(branch.span);
          });
          builder.emit({ kind: "if", condition: atom, then: then.body, else: [], span: condition.span });
        }
      });
    }
    lowerElse(builder, expression, place);
  });
  return builder.joined(place);
}

function lowerArm(builder: FunctionBuilder, block: Block, place: Destination): void {
  builder.context.lower.block(builder, block, place);
}

function lowerElse(builder: FunctionBuilder, expression: IfExpression, place: Destination): void {
  if (expression.otherwise === null) builder.deliver(UNIT, place, expression.span);
  else lowerArm(builder, expression.otherwise, place);
}

/** Leaves all arms. */
interface Done {
  leave(span: Span): void;
}

/** A block that arms leave when they are done; its end is reached when no arm was taken. */
function arms(builder: FunctionBuilder, span: Span, fill: (done: Done) => void): void {
  const label = builder.label();
  let left = false;
  const { body, completes } = builder.collect(() =>
    fill({
      leave(at) {
        if (!builder.reachable) return;
        left = true;
        builder.emit({ kind: "break", label, span: at });
      },
    }),
  );
  builder.emit({ kind: "block", label, body, span });
  if (!left && !completes) builder.reachable = false;
}

/** One arm with a pattern: what does not match goes on behind it. */
function arm(builder: FunctionBuilder, span: Span, done: Done, fill: (mismatch: Mismatch) => void): void {
  const label = builder.label();
  let mismatched = false;
  const { body } = builder.collect(() => {
    fill(() => {
      mismatched = true;
      return [{ kind: "break", label, span }];
    });
    done.leave(span);
  });
  builder.emit({ kind: "block", label, body, span });
  if (!mismatched) builder.reachable = false;
}

/** Lowers `match`; without an arm that fits its value is `()`. */
export function lowerMatch(builder: FunctionBuilder, expression: MatchExpression, destination: Destination): HirAtom {
  const place = builder.join(destination);
  const scrutinee = builder.context.lower.expression(builder, expression.value, VALUE);
  // An arm may assign the variable that is matched while later parts of it are still to be fetched.
  const value = builder.stable(scrutinee, expression.value.span);
  arms(builder, expression.span, (done) => {
    for (const { pattern, guard, body, span } of expression.arms) {
      builder.scoped(() =>
        arm(builder, span, done, (mismatch) => {
          builder.context.lower.pattern(builder, pattern, value, mismatch);
          if (guard !== null) {
            const condition = builder.context.lower.expression(builder, guard, VALUE);
            builder.emit({ kind: "if", condition, then: [], else: mismatch(), span: guard.span });
          }
          builder.context.lower.expression(builder, body, place);
        }),
      );
    }
    builder.deliver(UNIT, place, expression.span);
  });
  return builder.joined(place);
}

// ---------------------------------------------------------------- loops

function enter(
  builder: FunctionBuilder,
  kind: Target["kind"],
  label: Label | null,
  destination: Destination,
  fill: (target: Target) => void,
): Target {
  const target: Target = { kind, name: label?.name ?? null, label: builder.label(), destination, left: false };
  builder.targets.push(target);
  try {
    fill(target);
  } finally {
    builder.targets.pop();
  }
  return target;
}

/** Lowers `loop`. */
export function lowerLoop(builder: FunctionBuilder, expression: LoopExpression, destination: Destination): HirAtom {
  const place = builder.join(destination);
  const { span } = expression;
  const target = enter(builder, "loop", expression.label, place, (entered) => {
    const { body } = builder.collect(() => builder.context.lower.block(builder, expression.body, DISCARD));
    builder.emit({ kind: "loop", label: entered.label, body, span });
  });
  if (!target.left) builder.reachable = false;
  return builder.joined(place);
}

/** Lowers `while` and `while let`. */
export function lowerWhile(builder: FunctionBuilder, expression: WhileExpression, destination: Destination): HirAtom {
  const place = builder.join(destination);
  const { condition, span } = expression;
  enter(builder, "while", expression.label, place, (entered) => {
    const end = (): readonly Parameters<typeof builder.emit>[0][] =>
      builder.collect(() => {
        builder.deliver(UNIT, place, span);
        builder.emit({ kind: "break", label: entered.label, span });
      }).body;
    const { body } = builder.collect(() =>
      builder.scoped(() => {
        if (condition.kind === "let") {
          const value = builder.context.lower.expression(builder, condition.value, VALUE);
          builder.context.lower.pattern(builder, condition.pattern, value, end);
        } else {
          const atom = builder.context.lower.expression(builder, condition, VALUE);
          builder.emit({ kind: "if", condition: atom, then: [], else: end(), span: condition.span });
        }
        lowerBody(builder, expression.body);
      }),
    );
    builder.emit({ kind: "loop", label: entered.label, body, span });
  });
  return builder.joined(place);
}

/** Lowers `for`, whose value is `()`. */
export function lowerFor(builder: FunctionBuilder, expression: ForExpression, destination: Destination): HirAtom {
  const { iterable: source, pattern, span } = expression;
  const iterable = builder.context.lower.expression(builder, source, VALUE);
  enter(builder, "for", expression.label, DISCARD, (entered) => {
    builder.scoped(() => {
      const name = singleBinding(builder, pattern);
      const item = name === null ? builder.local(null) : builder.declare(name);
      const { body } = builder.collect(() => {
        if (name === null) {
          const value: HirAtom = { kind: "local", local: item };
          builder.context.lower.pattern(builder, pattern, value, () => patternFailure(value, pattern.span));
        }
        lowerBody(builder, expression.body);
      });
      builder.emit({ kind: "for", label: entered.label, iterable, item, body, span: source.span });
    });
  });
  return builder.deliver(UNIT, destination, span);
}

/** Lowers the body of a loop; one that is never entered is unreachable as a whole. */
function lowerBody(builder: FunctionBuilder, block: Block): void {
  if (!builder.reachable) {
    builder.context.diagnostics.warning("compile/unreachable", block.span, "This code is never reached");
  }
  builder.context.lower.block(builder, block, DISCARD);
}

// ---------------------------------------------------------------- blocks and leaving

/** Lowers a plain, labelled or const block. */
export function lowerBlockExpression(
  builder: FunctionBuilder,
  expression: BlockExpression,
  destination: Destination,
): HirAtom {
  const { label, span } = expression;
  if (expression.isMove !== null) {
    return fail(builder.context, "unsupported", expression.isMove, "The `move` modifier on blocks is not supported");
  }
  if (expression.isConst !== null) return builder.context.lower.constBlock(builder, expression, destination);
  if (label === null) return builder.context.lower.block(builder, expression.block, destination);
  const place = builder.join(destination);
  enter(builder, "block", label, place, (entered) => {
    const { body, completes } = builder.collect(() => builder.context.lower.block(builder, expression.block, place));
    builder.emit({ kind: "block", label: entered.label, body, span });
    if (!completes && !entered.left) builder.reachable = false;
  });
  return builder.joined(place);
}

/** Lowers `break`. */
export function lowerBreak(builder: FunctionBuilder, expression: BreakExpression): HirAtom {
  const { context } = builder;
  const { label, span, value } = expression;
  const target = findTarget(builder, label, (candidate) => candidate.kind !== "block");
  if (target === null) {
    if (label !== null) return fail(context, "missing-label", span, `Missing label \`'${label.name}\``);
    return fail(context, "break-unsupported", span, "`break` outside a loop");
  }
  if (value !== null && target.kind === "for") {
    return fail(context, "break-unsupported-value", span, "`break` with a value is not supported in `for`");
  }
  if (value === null) builder.deliver(UNIT, target.destination, span);
  else context.lower.expression(builder, value, target.destination);
  leave(builder, target, "break", span);
  return UNIT;
}

/** Lowers `continue`. */
export function lowerContinue(builder: FunctionBuilder, expression: ContinueExpression): HirAtom {
  const { context } = builder;
  const { label, span } = expression;
  const target = findTarget(builder, label, (candidate) => candidate.kind !== "block");
  if (target === null) {
    if (label !== null) return fail(context, "missing-label", span, `Missing label \`'${label.name}\``);
    return fail(context, "continue-unsupported", span, "`continue` outside a loop");
  }
  if (target.kind === "block") {
    return fail(context, "continue-unsupported-block", span, "`continue` needs the label of a loop");
  }
  leave(builder, target, "continue", span);
  return UNIT;
}

function findTarget(builder: FunctionBuilder, label: Label | null, loops: (target: Target) => boolean): Target | null {
  if (label !== null) return builder.targets.findLast((target) => target.name === label.name) ?? null;
  return builder.targets.findLast(loops) ?? null;
}

function leave(builder: FunctionBuilder, target: Target, kind: "break" | "continue", span: Span): void {
  if (builder.reachable && kind === "break") target.left = true;
  const label: LabelId = target.label;
  builder.emit({ kind, label, span });
}

/** Lowers `return`. */
export function lowerReturn(builder: FunctionBuilder, expression: ReturnExpression): HirAtom {
  const value = expression.value === null ? UNIT : builder.context.lower.expression(builder, expression.value, VALUE);
  builder.emit({ kind: "return", value, span: expression.span });
  return UNIT;
}

// ---------------------------------------------------------------- what cannot be compiled yet

/** Checks `select`; functions with it are refused when called. */
export function lowerSelect(builder: FunctionBuilder, expression: SelectExpression, destination: Destination): HirAtom {
  const { context } = builder;
  builder.unsupported.push({ feature: "`select`", span: expression.span });
  if (!builder.kind.isAsync) {
    return fail(context, "await-outside-async", expression.span, "`select` outside an async function or block");
  }
  let fallback: Expression | null = null;
  for (const branch of expression.branches) {
    if (branch.kind === "default") {
      if (fallback !== null)
        report(context, "select-multiple-defaults", branch.span, "`select` has more than one `default`");
      fallback = branch.body;
      builder.collect(() => context.lower.expression(builder, branch.body, DISCARD));
      continue;
    }
    const value = context.lower.expression(builder, branch.future, VALUE);
    builder.collect(() =>
      builder.scoped(() => {
        context.lower.pattern(builder, branch.pattern, value, () => []);
        context.lower.expression(builder, branch.body, DISCARD);
      }),
    );
  }
  return builder.deliver(UNIT, destination, expression.span);
}

/** Checks an async block; functions with it are refused when called. */
export function lowerAsync(builder: FunctionBuilder, expression: BlockExpression, destination: Destination): HirAtom {
  const { context } = builder;
  const { isAsync, isConst, label, span } = expression;
  if (isConst !== null && isAsync !== null) {
    return fail(context, "block-const-async-conflict", isAsync, "A block cannot be both `const` and `async`");
  }
  if (label !== null) report(context, "unsupported", label.span, "Async blocks cannot be labelled");
  builder.unsupported.push({ feature: "Async blocks", span });
  context.lower.asyncBlock(builder, expression);
  return builder.deliver(UNIT, destination, span);
}
