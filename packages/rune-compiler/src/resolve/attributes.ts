// Attributes: which an item may have, and what the known ones say.

import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { Attribute } from "../syntax/ast-item.ts";
import type { Span } from "../syntax/span.ts";
import { kindAt, spanAt, textAt } from "../syntax/token.ts";

/** Reports the first attribute that is not among the known ones. */
export function checkAttributes(
  attributes: readonly Attribute[],
  known: readonly string[],
  message: string,
  diagnostics: DiagnosticSink,
): void {
  const unknown = attributes.find((attribute) => attribute.doc === null && !known.includes(nameOf(attribute)));
  if (unknown !== undefined) diagnostics.error("compile/unsupported-attribute", unknown.span, message);
}

/** Whether an attribute with the name is there. */
export function hasMark(attributes: readonly Attribute[], name: string): boolean {
  return attributes.some((attribute) => nameOf(attribute) === name);
}

/** The string of `#[name("…")]`, or null. */
export function stringMark(attributes: readonly Attribute[], name: string): string | null {
  const attribute = attributes.find((candidate) => nameOf(candidate) === name);
  if (attribute === undefined) return null;
  const { buffer, from, to } = attribute.input;
  for (let index = from; index < to; index += 1) {
    if (kindAt(buffer, index) === "string") return textAt(buffer, index).slice(1, -1);
  }
  return null;
}

/** `::<A,B>` for `#[generic(A, B)]`, else empty. */
export function genericMark(attributes: readonly Attribute[]): string {
  const names = listMark(attributes, "generic");
  return names === null ? "" : `::<${names.map(({ text }) => text).join(",")}>`;
}

/** The names of `#[name(A, B)]`, or null. */
export function listMark(
  attributes: readonly Attribute[],
  name: string,
): readonly { readonly text: string; readonly span: Span }[] | null {
  const attribute = attributes.find((candidate) => nameOf(candidate) === name);
  if (attribute === undefined) return null;
  const { buffer, from, to } = attribute.input;
  const names: { readonly text: string; readonly span: Span }[] = [];
  for (let index = from; index < to; index += 1) {
    if (kindAt(buffer, index) === "identifier")
      names.push({ text: textAt(buffer, index), span: spanAt(buffer, index) });
  }
  return names;
}

/** Doc comments of an item, one line each. */
export function documentation(attributes: readonly Attribute[]): readonly string[] {
  return attributes.flatMap((attribute) => (attribute.doc === null ? [] : [attribute.doc]));
}

function nameOf(attribute: Attribute): string {
  const { segments } = attribute.path;
  return segments.length === 1 ? (segments[0]?.name ?? "") : "";
}
