// Text of constant values as `{}` shows them at run time.

import type { ConstValue } from "./const-value.ts";

/** Display text of a scalar constant; null for what has none. */
export function formatConst(value: ConstValue): string | null {
  switch (value.kind) {
    case "bool":
      return String(value.value);
    case "char":
      return String.fromCodePoint(value.value);
    case "int":
    case "uint":
      return value.value.toString();
    case "float":
      return formatFloat(value.value);
    case "string":
      return value.value;
    case "unit":
    case "bytes":
    case "tuple":
    case "vec":
    case "object":
      return null;
  }
}

/** A float with at least one digit after the point; exponents from 1e16 up and below 1e-5, as the language writes them. */
function formatFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const magnitude = Math.abs(value);
  if (magnitude >= 1e16 || magnitude < 1e-5) return value.toExponential().replace("e+", "e");
  const text = String(value);
  return text.includes(".") || text.includes("e") ? text : `${text}.0`;
}
