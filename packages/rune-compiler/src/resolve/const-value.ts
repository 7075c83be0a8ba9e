// Values that the compiler can compute: what constants are. Each use of a constant makes a fresh value of it.

/** A value known to the compiler. */
export type ConstValue =
  | { readonly kind: "unit" }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "char"; readonly value: number }
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "uint"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "tuple"; readonly items: readonly ConstValue[] }
  | { readonly kind: "vec"; readonly items: readonly ConstValue[] }
  | { readonly kind: "object"; readonly entries: readonly { readonly key: string; readonly value: ConstValue }[] };

/** Name of a value's type, for messages. */
export function constTypeName(value: ConstValue): string {
  switch (value.kind) {
    case "unit":
      return "()";
    case "bool":
    case "char":
      return value.kind;
    case "int":
      return "i64";
    case "uint":
      return "u64";
    case "float":
      return "f64";
    case "string":
      return "String";
    case "bytes":
      return "Bytes";
    case "tuple":
      return "Tuple";
    case "vec":
      return "Vec";
    case "object":
      return "Object";
  }
}
