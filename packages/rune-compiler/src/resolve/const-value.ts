// Values that the compiler can compute: what constants are. Each use of a constant makes a fresh value of it.

/** A scalar: what fits one machine value. `int`: −2⁶³ … 2⁶³−1. `uint` (bytes too): 0 … 2⁶⁴−1. */
export type Scalar =
  | { readonly kind: "unit" }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "char"; readonly value: number }
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "uint"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number };

/** A value known to the compiler. */
export type ConstValue =
  | Scalar
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "tuple"; readonly items: readonly ConstValue[] }
  | { readonly kind: "vec"; readonly items: readonly ConstValue[] }
  | { readonly kind: "object"; readonly entries: readonly { readonly key: string; readonly value: ConstValue }[] };

/** Parts that one constant may have. */
export const MAX_PARTS = 2000;

/** Parts that a value is made of, itself included. */
export function partsOf(value: ConstValue): number {
  if (value.kind === "tuple" || value.kind === "vec") return sum(value.items);
  return value.kind === "object" ? sum(value.entries.map((entry) => entry.value)) : 1;
}

function sum(values: readonly ConstValue[]): number {
  let total = 1;
  for (const value of values) {
    total += partsOf(value);
    if (total > MAX_PARTS) return total;
  }
  return total;
}
