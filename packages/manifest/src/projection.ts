// How values look to a JSON Schema: floats as numbers, large integers as the nearest number, bytes as base64 text.
// Like `toPlain` of the contract, but with ordinary objects, which the schema compiler's comparisons need.
import type { Value, ValueObject } from "@crucible/sandbox";
import { kindOf, toPlain } from "@crucible/sandbox";

/** Projects a value; the result shares nothing with it. */
export function project(value: Value): unknown {
  switch (kindOf(value)) {
    case "array":
      return (value as readonly Value[]).map(project);
    case "object": {
      const result: Record<string, unknown> = {};
      for (const [key, item] of Object.entries(value as ValueObject)) define(result, key, project(item));
      return result;
    }
    default:
      return toPlain(value);
  }
}

/** Sets an own property whatever its name is. */
export function define(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
