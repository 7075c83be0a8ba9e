// Lowers constant values to operations that make them afresh.

import type { ConstValue } from "../resolve/const-value.ts";
import type { Span } from "../syntax/span.ts";
import { constant, type Destination, UNIT } from "./context.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import type { HirAtom } from "./hir.ts";

/** Makes a constant's value. Scalars are atoms; the rest is made part by part. */
export function lowerConstValue(
  builder: FunctionBuilder,
  value: ConstValue,
  destination: Destination,
  span: Span,
): HirAtom {
  switch (value.kind) {
    case "unit":
      return builder.deliver(UNIT, destination, span);
    case "bool":
    case "char":
    case "int":
    case "uint":
    case "float":
      return builder.deliver(constant(value), destination, span);
    case "string":
    case "bytes":
      return builder.finish(value, destination, span);
    case "tuple":
    case "vec": {
      const items = value.items.map((item) => lowerConstValue(builder, item, { kind: "value" }, span));
      return builder.finish({ kind: value.kind, items }, destination, span);
    }
    case "object": {
      const entries = value.entries.map((entry) => ({
        key: entry.key,
        value: lowerConstValue(builder, entry.value, { kind: "value" }, span),
      }));
      return builder.finish({ kind: "object", entries }, destination, span);
    }
  }
}
