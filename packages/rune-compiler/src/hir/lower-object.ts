// Lowers object and struct literals.

import { describeNode } from "../resolve/item.ts";
import { suggest } from "../resolve/suggest.ts";
import type { ObjectExpression, ObjectField } from "../syntax/ast-expression.ts";
import { abandon, type Destination, fail, resolveItem, UNIT, VALUE } from "./context.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import type { HirAtom } from "./hir.ts";
import { knownFields, shapeOf } from "./lower-pattern.ts";

/** Lowers `#{…}` and `Path { … }`. */
export function lowerObject(builder: FunctionBuilder, expression: ObjectExpression, destination: Destination): HirAtom {
  const { context } = builder;
  const { fields, path, span } = expression;
  const seen = new Map<string, ObjectField>();
  for (const field of fields) {
    const existing = seen.get(field.key.name);
    if (existing !== undefined) {
      fail(context, "duplicate-object-key", field.key.span, `Key \`${field.key.name}\` appears twice`);
    }
    seen.set(field.key.name, field);
  }
  if (path === null) {
    const atoms = lowerValues(builder, fields);
    const entries = fields.map((field, index) => ({ key: field.key.name, value: atoms[index] ?? UNIT }));
    return builder.finish({ kind: "object", entries }, destination, span);
  }
  const node = resolveItem(context, path, builder.view);
  if (node === null) return abandon();
  const shape = shapeOf(node);
  if (shape === null || shape.shape.kind === "tuple" || shape.builtin) {
    return fail(
      context,
      "unsupported-lit-object",
      span,
      `Found ${describeNode(node)}: expected a struct with named fields`,
    );
  }
  const names = shape.shape.fields;
  const unknown = fields.find((field) => !names.includes(field.key.name));
  if (unknown !== undefined) {
    const message = `Field \`${unknown.key.name}\` does not exist in ${describeNode(node)}`;
    return fail(
      context,
      "lit-object-not-field",
      unknown.key.span,
      message,
      suggest(unknown.key.name, names) ?? knownFields(names),
    );
  }
  const missing = names.filter((name) => !seen.has(name));
  if (missing.length > 0) {
    const message = `Literal of ${describeNode(node)} lacks ${missing.map((name) => `\`${name}\``).join(", ")}`;
    return fail(context, "lit-object-missing-field", span, message);
  }
  const atoms = lowerValues(builder, fields);
  const byName = new Map(fields.map((field, index) => [field.key.name, atoms[index] ?? UNIT]));
  const slots = names.map((name) => byName.get(name) ?? UNIT);
  return builder.finish({ kind: "construct", type: shape.type, shape: shape.index, fields: slots }, destination, span);
}

function lowerValues(builder: FunctionBuilder, fields: readonly ObjectField[]): readonly HirAtom[] {
  return builder.operands(fields, (field) => {
    if (field.value !== null) return builder.context.lower.expression(builder, field.value, VALUE);
    const variable = builder.variable(field.key.name);
    if (variable === null) {
      const { name, span } = field.key;
      const help = suggest(name, builder.names());
      return fail(builder.context, "missing-local", span, `Missing variable \`${name}\``, help);
    }
    return { kind: "local", local: variable.local };
  });
}
