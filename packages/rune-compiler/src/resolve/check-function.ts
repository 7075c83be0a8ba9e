// Checks the heads of functions: modifiers, attributes, `self`, types that are parsed only to be refused.

import type { Attribute, FunctionItem } from "../syntax/ast-item.ts";
import { joinSpans, type Span } from "../syntax/span.ts";
import { checkAttributes } from "./attributes.ts";
import type { Indexer } from "./index-items.ts";

/** Reports what a function's head may not have; `inImpl` allows `self`, `nested` forbids tests. */
export function checkFunction(indexer: Indexer, item: FunctionItem, inImpl: boolean, nested: boolean): void {
  if (item.isConst !== null && item.isAsync !== null) {
    const span = joinSpans(item.isConst, item.isAsync);
    indexer.error("fn-const-async-conflict", span, "A function cannot be both `const` and `async`");
  }
  const known = indexer.library ? ["doc", "test", "bench", "generic"] : ["doc", "test", "bench"];
  checkAttributes(item.attributes, known, "Attributes on functions are not supported", indexer.diagnostics);
  const signature = joinSpans(item.isAsync ?? nameHead(item), item.parametersSpan);
  if (nested) {
    const test = findMark(item.attributes, "test");
    if (test !== null) indexer.error("nested-test", test.span, "A test cannot stand inside another item");
    const bench = findMark(item.attributes, "bench");
    if (bench !== null) {
      indexer.error("nested-bench", joinSpans(bench.span, signature), "A bench cannot stand inside another item");
    }
  }
  if (item.output !== null) {
    indexer.error("unsupported", item.span, "Adding a return type in functions is not supported");
  }
  for (const [index, parameter] of item.parameters.entries()) {
    if (!isSelf(item, index)) continue;
    if (index > 0) indexer.error("unsupported-self", parameter.span, "`self` must be the first parameter");
    else if (!inImpl) {
      indexer.error(
        "instance-function-outside-impl",
        item.span,
        "A function with `self` must stand in an `impl` block",
      );
    }
  }
}

/** Whether a parameter is `self`. */
export function isSelf(item: FunctionItem, index: number): boolean {
  const pattern = item.parameters[index]?.pattern;
  if (pattern?.kind !== "path" || pattern.path.segments.length !== 1) return false;
  return pattern.path.segments[0]?.kind === "self" && pattern.path.global === null;
}

function nameHead(item: FunctionItem): Span {
  return { ...item.name.span, start: Math.max(item.span.start, item.name.span.start - 3) };
}

function findMark(attributes: readonly Attribute[], name: string): Attribute | null {
  return attributes.find((attribute) => attribute.path.segments[0]?.name === name) ?? null;
}
