// Values of the IR interpreter and how the language shows them. Heap values are objects with identity, as in the language:
// assigning, passing and capturing share them.

import type { TypeId } from "../hir/hir.ts";
import type { World } from "../ir/world.ts";

/** A value; those with mutable parts are shared by reference. */
export type RuneValue =
  | { readonly kind: "unit" }
  | { readonly kind: "end" }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "char"; readonly value: number }
  | { readonly kind: "i64"; readonly value: bigint }
  | { readonly kind: "u64"; readonly value: bigint }
  | { readonly kind: "f64"; readonly value: number }
  | { readonly kind: "Ordering"; readonly value: number }
  | { readonly kind: "Type"; readonly type: TypeId }
  | { readonly kind: "String"; text: string }
  | { readonly kind: "Bytes"; bytes: Uint8Array }
  | { readonly kind: "Vec"; readonly items: RuneValue[] }
  | { readonly kind: "Tuple"; readonly items: RuneValue[] }
  | { readonly kind: "Object"; readonly entries: Map<string, RuneValue> }
  | { readonly kind: "Range"; readonly range: number; readonly ends: RuneValue[] }
  /** `content` null: None. */
  | { readonly kind: "Option"; content: RuneValue | null }
  | { readonly kind: "Result"; readonly ok: boolean; content: RuneValue }
  | { readonly kind: "struct"; readonly type: TypeId; readonly shape: number; readonly slots: RuneValue[] }
  | { readonly kind: "Function"; readonly function: number; readonly captures: readonly RuneValue[] };

export const UNIT: RuneValue = { kind: "unit" };
export const END: RuneValue = { kind: "end" };

/** A run-time error of the interpreted program; `kind` as compiled programs report it. */
export class InterpretedFailure extends Error {
  readonly kind: string;

  constructor(kind: string) {
    super(`the program failed: ${kind}`);
    this.kind = kind;
  }
}

/** Text of a float: always with a point or an exponent, shortest digits that read back. */
export function showFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= 1e16 || magnitude < 1e-5)) return value.toExponential().replace("e+", "e");
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", "\0": "\\0" };

function quote(text: string, mark: string): string {
  let out = mark;
  for (const char of text) out += char === mark ? `\\${mark}` : (ESCAPES[char] ?? char);
  return out + mark;
}

/** `{:?}` of a value. */
export function showDebug(value: RuneValue, world: World): string {
  const list = (items: readonly RuneValue[]): string => items.map((item) => showDebug(item, world)).join(", ");
  switch (value.kind) {
    case "unit":
      return "()";
    case "end":
      return "end";
    case "bool":
      return String(value.value);
    case "char":
      return quote(String.fromCodePoint(value.value), "'");
    case "i64":
    case "u64":
      return value.value.toString();
    case "f64":
      return showFloat(value.value);
    case "Ordering":
      return value.value < 0 ? "Less" : value.value > 0 ? "Greater" : "Equal";
    case "String":
      return quote(value.text, '"');
    case "Bytes":
      return `b"${[...value.bytes].map((byte) => String.fromCharCode(byte)).join("")}"`;
    case "Vec":
      return `[${list(value.items)}]`;
    case "Tuple":
      return `(${list(value.items)})`;
    case "Object":
      return `{${[...value.entries].map(([key, item]) => `${quote(key, '"')}: ${showDebug(item, world)}`).join(", ")}}`;
    case "Option":
      return value.content === null ? "None" : `Some(${showDebug(value.content, world)})`;
    case "Result":
      return `${value.ok ? "Ok" : "Err"}(${showDebug(value.content, world)})`;
    case "struct": {
      const type = world.type(value.type);
      const shape = type.shapes[value.shape];
      const shown = world.shownName(value.type);
      const name = type.kind === "enum" ? `${shown}::${shape?.name ?? ""}` : shown;
      if (shape === undefined || shape.kind === "unit") return name;
      if (shape.kind === "tuple") return `${name} (${list(value.slots)})`;
      return `${name} {${value.slots.map((slot, index) => `${shape.fields[index] ?? ""}: ${showDebug(slot, world)}`).join(", ")}}`;
    }
    case "Range":
    case "Type":
    case "Function":
      return `<${value.kind}>`;
  }
}

/** `{}` of a value. */
export function showDisplay(value: RuneValue): string {
  switch (value.kind) {
    case "String":
      return value.text;
    case "char":
      return String.fromCodePoint(value.value);
    case "bool":
    case "i64":
    case "u64":
      return String(value.value);
    case "f64":
      return showFloat(value.value);
    case "Bytes":
    case "Function":
    case "Object":
    case "Option":
    case "Ordering":
    case "Range":
    case "Result":
    case "Tuple":
    case "Type":
    case "Vec":
    case "end":
    case "struct":
    case "unit":
    default:
      throw new InterpretedFailure("format");
  }
}
