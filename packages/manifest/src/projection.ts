// How values look to a JSON Schema: floats as numbers, large integers as the nearest number, bytes as base64 text.
// Like `toPlain` of the contract, but with ordinary objects, which the schema compiler's comparisons need.
import type { Value } from "@crucible/sandbox";
import { isObject, toPlain } from "@crucible/sandbox";

/** Projects a value; the result shares nothing with it. */
export function project(value: Value): unknown {
  if (Array.isArray(value)) return (value as readonly Value[]).map(project);
  if (!isObject(value)) return toPlain(value);
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) define(result, key, project(item));
  return result;
}

/** Sets an own property whatever its name is. */
export function define(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
