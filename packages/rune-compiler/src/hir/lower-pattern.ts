// Lowers patterns to sequences of tests, fetches and bindings. A test that fails runs what the place says: leaves the
// arm of a `match`, or ends the invocation.

import type { ConstValue } from "../resolve/const-value.ts";
import { describeNode, type ItemNode, pathOf, type Shape } from "../resolve/item.ts";
import { suggest } from "../resolve/suggest.ts";
import type { Path } from "../syntax/ast-name.ts";
import type { ObjectPattern, Pattern } from "../syntax/ast-pattern.ts";
import { readLiteral } from "../syntax/number.ts";
import type { Span } from "../syntax/span.ts";
import { abandon, fail, type Mismatch, resolveItem } from "./context.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import type { HirAtom, HirOperation } from "./hir.ts";

/** Whether a pattern can fail on a value of the right make: tuples of bindings cannot. */
export function isRefutable(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case "ignore":
    case "rest":
    case "path":
    case "error":
      return false;
    case "tuple":
      return pattern.path !== null || pattern.elements.some(isRefutable);
    case "literal":
    case "vec":
    case "object":
      return true;
  }
}

/** Names that a pattern may bind. */
export function patternNames(pattern: Pattern): readonly string[] {
  switch (pattern.kind) {
    case "path": {
      const segment = pattern.path.segments[0];
      return pattern.path.segments.length === 1 && segment?.kind === "name" ? [segment.name] : [];
    }
    case "tuple":
    case "vec":
      return pattern.elements.flatMap(patternNames);
    case "object":
      return pattern.fields.flatMap((field) =>
        field.pattern === null ? [field.key.name] : patternNames(field.pattern),
      );
    case "ignore":
    case "rest":
    case "literal":
    case "error":
      return [];
  }
}

/** Tests `value` against a pattern and binds its names in the current scope. */
export function lowerPattern(builder: FunctionBuilder, pattern: Pattern, value: HirAtom, mismatch: Mismatch): void {
  switch (pattern.kind) {
    case "ignore":
      return;
    case "rest":
      return fail(
        builder.context,
        "unsupported-pattern-rest",
        pattern.span,
        "`..` is supported only as the last of a pattern",
      );
    case "error":
      return abandon();
    case "literal":
      return lowerLiteral(builder, pattern, value, mismatch);
    case "path":
      return lowerPath(builder, pattern, value, mismatch);
    case "vec":
    case "tuple":
      return lowerSequence(builder, pattern, value, mismatch);
    case "object":
      return lowerObject(builder, pattern, value, mismatch);
  }
}

/** Emits a test whose result must be true. */
function test(builder: FunctionBuilder, operation: HirOperation, span: Span, mismatch: Mismatch): void {
  const condition = builder.finish(operation, { kind: "value" }, span);
  builder.emit({ kind: "if", condition, then: [], else: mismatch(), span });
}

function lowerLiteral(
  builder: FunctionBuilder,
  pattern: Extract<Pattern, { kind: "literal" }>,
  value: HirAtom,
  mismatch: Mismatch,
): void {
  const { span } = pattern;
  const literal = readLiteral(pattern.literal, pattern.negative);
  if (literal.kind === "failure") return fail(builder.context, literal.slug, span, literal.message);
  if (literal.kind === "float") {
    const message = "Floats are not supported in patterns";
    return fail(builder.context, "unsupported-pattern-expr", span, message, "Compare it in a guard");
  }
  test(builder, { kind: "is-literal", value, literal }, span, mismatch);
}

function lowerPath(
  builder: FunctionBuilder,
  pattern: Extract<Pattern, { kind: "path" }>,
  value: HirAtom,
  mismatch: Mismatch,
): void {
  const name = singleBinding(builder, pattern);
  if (name !== null) {
    const local = builder.declare(name);
    builder.deliver(value, { kind: "local", local }, pattern.span);
    return;
  }
  const node = resolveItem(builder.context, pattern.path, builder.view);
  if (node === null) return abandon();
  if (node.kind === "static") {
    return fail(builder.context, "static-in-pattern", pattern.span, `Static \`${pathOf(node)}\` cannot be a pattern`);
  }
  if (node.kind === "const") {
    const found = builder.context.constants.valueOf(node, pattern.span);
    if (found === null) return abandon();
    return lowerConstant(builder, found, value, pattern.span, mismatch);
  }
  const shape = shapeOf(node);
  if (shape === null || !namesUnit(node)) {
    return fail(
      builder.context,
      "unsupported-binding",
      pattern.span,
      `Found ${describeNode(node)}: expected a name to bind, a constant or a unit`,
    );
  }
  test(builder, { kind: "is", value, type: shape.type, shape: shape.index }, pattern.span, mismatch);
}

/** Tests for a constant. */
function lowerConstant(
  builder: FunctionBuilder,
  found: ConstValue,
  value: HirAtom,
  span: Span,
  mismatch: Mismatch,
): void {
  switch (found.kind) {
    case "float":
      return fail(builder.context, "unsupported-pattern-constant", span, "Unsupported constant value in pattern");
    case "unit":
      return test(builder, { kind: "is-tuple", value, length: 0, exact: true }, span, mismatch);
    case "tuple":
    case "vec": {
      const kind = found.kind === "tuple" ? "is-tuple" : "is-vec";
      test(builder, { kind, value, length: found.items.length, exact: true }, span, mismatch);
      for (const [index, item] of found.items.entries()) {
        const part = builder.finish({ kind: "part", of: found.kind, value, index }, { kind: "value" }, span);
        lowerConstant(builder, item, part, span, mismatch);
      }
      return;
    }
    case "object": {
      const keys = found.entries.map((entry) => entry.key);
      test(builder, { kind: "is-object", value, keys, exact: true }, span, mismatch);
      for (const entry of found.entries) {
        const part = builder.finish({ kind: "entry", value, key: entry.key }, { kind: "value" }, span);
        lowerConstant(builder, entry.value, part, span, mismatch);
      }
      return;
    }
    case "bool":
    case "char":
    case "int":
    case "uint":
    case "string":
    case "bytes":
      return test(builder, { kind: "is-literal", value, literal: found }, span, mismatch);
  }
}

/** The shape that a struct or variant constructs; null for anything else. */
export function shapeOf(
  node: ItemNode,
): { readonly type: number; readonly index: number; readonly shape: Shape; readonly builtin: boolean } | null {
  if (node.kind === "type" && node.shape !== null) {
    return { type: node.typeId, index: 0, shape: node.shape, builtin: node.builtin };
  }
  if (node.kind === "variant") return { type: node.type.typeId, index: node.index, shape: node.shape, builtin: false };
  return null;
}

function lowerSequence(
  builder: FunctionBuilder,
  pattern: Extract<Pattern, { kind: "vec" | "tuple" }>,
  value: HirAtom,
  mismatch: Mismatch,
): void {
  const { elements, open } = splitRest(builder, pattern.elements);
  const path = pattern.kind === "tuple" ? pattern.path : null;
  let of: "tuple" | "vec" | "fields" = pattern.kind;
  if (path === null) {
    const kind = pattern.kind === "tuple" ? "is-tuple" : "is-vec";
    test(builder, { kind, value, length: elements.length, exact: !open }, pattern.span, mismatch);
  } else {
    of = "fields";
    const { shape, node } = shapeAt(builder, path, "tuple");
    const expected = shape.shape.fields.length;
    if (!(elements.length === expected || (open && elements.length < expected))) {
      const message = `Pattern for ${describeNode(node)} has ${elements.length} parts: expected ${expected}`;
      return fail(builder.context, "bad-argument-count", path.span, message);
    }
    test(builder, { kind: "is", value, type: shape.type, shape: shape.index }, pattern.span, mismatch);
  }
  for (const [index, element] of elements.entries()) {
    if (element.kind === "ignore") continue;
    lowerPart(builder, element, { kind: "part", of, value, index }, mismatch);
  }
}

/** Fetches a part and matches it; a plain binding is fetched straight into its local. */
function lowerPart(builder: FunctionBuilder, pattern: Pattern, fetch: HirOperation, mismatch: Mismatch): void {
  const name = singleBinding(builder, pattern);
  if (name !== null) {
    builder.finish(fetch, { kind: "local", local: builder.declare(name) }, pattern.span);
    return;
  }
  lowerPattern(builder, pattern, builder.finish(fetch, { kind: "value" }, pattern.span), mismatch);
}

function splitRest(
  builder: FunctionBuilder,
  elements: readonly Pattern[],
): { readonly elements: readonly Pattern[]; readonly open: boolean } {
  const open = elements.at(-1)?.kind === "rest";
  const fixed = open ? elements.slice(0, -1) : elements;
  const stray = fixed.find((element) => element.kind === "rest");
  if (stray !== undefined) {
    return fail(
      builder.context,
      "unsupported-pattern-rest",
      stray.span,
      "`..` is supported only as the last of a pattern",
    );
  }
  return { elements: fixed, open };
}

function shapeAt(
  builder: FunctionBuilder,
  path: Path,
  wanted: "tuple" | "named",
): { readonly shape: NonNullable<ReturnType<typeof shapeOf>>; readonly node: ItemNode } {
  const node = resolveItem(builder.context, path, builder.view);
  if (node === null) return abandon();
  const shape = shapeOf(node);
  const fits = shape !== null && (wanted === "tuple" ? shape.shape.kind !== "named" : true);
  if (shape === null || !fits) {
    const use = wanted === "tuple" ? "tuple" : "struct";
    const message = `Found ${describeNode(node)}: expected a type that can be used in a ${use} pattern`;
    return fail(builder.context, "expected-meta", path.span, message);
  }
  return { shape, node };
}

function lowerObject(builder: FunctionBuilder, pattern: ObjectPattern, value: HirAtom, mismatch: Mismatch): void {
  checkDuplicateKeys(builder, pattern);
  const open = pattern.rest !== null;
  if (pattern.path === null) {
    const keys = pattern.fields.map((field) => field.key.name);
    test(builder, { kind: "is-object", value, keys, exact: !open }, pattern.span, mismatch);
    for (const field of pattern.fields)
      lowerField(builder, field, { kind: "entry", value, key: field.key.name }, mismatch);
    return;
  }
  const found = resolveItem(builder.context, pattern.path, builder.view);
  if (found === null) return abandon();
  if (found.kind === "type" && found.shape === null && open && pattern.fields.length === 0) {
    test(builder, { kind: "is", value, type: found.typeId, shape: null }, pattern.span, mismatch);
    return;
  }
  const { shape, node } = shapeAt(builder, pattern.path, "named");
  if (shape.shape.kind !== "named" && !(open && pattern.fields.length === 0)) {
    const message = `Found ${describeNode(node)}: expected a type that can be used in a struct pattern`;
    return fail(builder.context, "expected-meta", pattern.path.span, message);
  }
  const { fields } = shape.shape;
  const unknown = pattern.fields.find((field) => !fields.includes(field.key.name));
  if (unknown !== undefined) {
    const message = `Field \`${unknown.key.name}\` does not exist in ${describeNode(node)}`;
    return fail(
      builder.context,
      "lit-object-not-field",
      pattern.span,
      message,
      suggest(unknown.key.name, fields) ?? knownFields(fields),
    );
  }
  const named = pattern.fields.map((field) => field.key.name);
  const missing = fields.filter((field) => !named.includes(field));
  if (!open && missing.length > 0) {
    const message = `Pattern for ${describeNode(node)} lacks ${missing.map((field) => `\`${field}\``).join(", ")}`;
    return fail(
      builder.context,
      "pattern-missing-fields",
      pattern.span,
      message,
      "Add the fields, or end the pattern in `..`",
    );
  }
  test(builder, { kind: "is", value, type: shape.type, shape: shape.index }, pattern.span, mismatch);
  for (const field of pattern.fields) {
    const name = field.key.name;
    const fetch: HirOperation = shape.builtin
      ? { kind: "get-field", value, field: name }
      : { kind: "part", of: "fields", value, index: fields.indexOf(name) };
    lowerField(builder, field, fetch, mismatch);
  }
}

function lowerField(
  builder: FunctionBuilder,
  field: ObjectPattern["fields"][number],
  fetch: HirOperation,
  mismatch: Mismatch,
): void {
  if (field.pattern === null) {
    builder.finish(fetch, { kind: "local", local: builder.declare(field.key.name) }, field.span);
  } else if (field.pattern.kind !== "ignore") lowerPart(builder, field.pattern, fetch, mismatch);
}

function checkDuplicateKeys(builder: FunctionBuilder, pattern: ObjectPattern): void {
  const seen = new Set<string>();
  for (const field of pattern.fields) {
    if (seen.has(field.key.name)) {
      fail(builder.context, "duplicate-object-key", field.span, `Key \`${field.key.name}\` appears twice`);
    }
    seen.add(field.key.name);
  }
}

/** Help text that lists fields. */
export function knownFields(fields: readonly string[]): string {
  return fields.length === 0
    ? "It has no fields"
    : `Its fields are ${fields.map((field) => `\`${field}\``).join(", ")}`;
}

/** The statement for a value that a pattern of a `let`, a parameter or a `for` does not match. */
export function patternFailure(
  value: HirAtom,
  span: Span,
): readonly [
  {
    readonly kind: "fail";
    readonly failure: { readonly kind: "pattern"; readonly value: HirAtom };
    readonly span: Span;
  },
] {
  return [{ kind: "fail", failure: { kind: "pattern", value }, span }];
}

/** The name of a pattern that only binds one; null if it names an item or is anything else. */
export function singleBinding(builder: FunctionBuilder, pattern: Pattern): string | null {
  if (pattern.kind !== "path" || pattern.path.global !== null || pattern.path.segments.length !== 1) return null;
  const segment = pattern.path.segments[0];
  if (segment === undefined || segment.kind !== "name" || segment.generics !== null) return null;
  const found = builder.context.resolver.lookup(segment.name, builder.view, pattern.span);
  if (found === null) return null;
  if ("missing" in found) return segment.name;
  return namesUnit(found) ? null : segment.name;
}

/** Whether a name in a pattern means the item and is no binding. */
export function namesUnit(node: ItemNode): boolean {
  if (node.kind === "const" || node.kind === "static") return true;
  const found = shapeOf(node);
  return found !== null && !found.builtin && found.shape.kind !== "named" && found.shape.fields.length === 0;
}
