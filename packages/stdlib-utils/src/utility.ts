// How one function of the module is written down: its declaration and its effect side by side, and the pieces of both.
import type {
  HostArguments,
  HostCallContext,
  HostFunctionDeclaration,
  HostParameter,
  JsonSchema,
  Outcome,
  Value,
  ValueObject,
} from "@crucible/sandbox";
import { Float, isObject, object } from "@crucible/sandbox";

export interface Utility {
  readonly declaration: HostFunctionDeclaration;
  readonly run: (args: HostArguments, call: HostCallContext) => Outcome<Value>;
}

/** A function without authority and without effect. */
export function utility(
  name: string,
  summary: string,
  parameters: readonly HostParameter[],
  returns: JsonSchema,
  run: Utility["run"],
): Utility {
  const declaration = {
    name,
    summary,
    parameters,
    returns,
    capability: null,
    effect: "none",
    cost: 2000,
    errors: ["host/invalid-argument"],
  } as const;
  return { declaration, run };
}

export function parameter(name: string, schema: JsonSchema, summary: string): HostParameter {
  return { name, schema, summary };
}

export function optional(name: string, schema: JsonSchema, summary: string): HostParameter {
  return { name, schema, summary, optional: true };
}

/** Text of at most so many characters. */
export function text(name: string, maxLength: number, summary: string): HostParameter {
  return { name, schema: { type: "string", maxLength }, summary };
}

/** An optional argument that the schema promises to be text. */
export function optionalText(args: HostArguments, name: string): string | undefined {
  const value = args[name];
  return typeof value === "string" ? value : undefined;
}

/** An optional integer within what the schema allows. */
export function optionalInteger(args: HostArguments, name: string): number | undefined {
  const value = args[name];
  return value instanceof Float ? value.value : typeof value === "number" ? value : undefined;
}

export function optionalObject(args: HostArguments, name: string): ValueObject {
  const value = args[name];
  return value !== undefined && isObject(value) ? value : object([]);
}
