// How values look to a JSON Schema: floats as numbers, large integers as the nearest number, bytes as base64 text.
// Like `toPlain` of the contract, but with ordinary objects, which the schema compiler's comparisons need.
import type { Value, ValueObject } from "@crucible/sandbox";
import { Float, toPlain } from "@crucible/sandbox";

/** Projects a value; the result shares nothing with it. */
export function project(value: Value): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Value[]).map(project);
  if (value instanceof Float || value instanceof Uint8Array) return toPlain(value);
  const members = value as ValueObject;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(members)) define(result, key, project(members[key] ?? null));
  return result;
}

/** Sets an own property whatever its name is. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
