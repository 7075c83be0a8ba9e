// Examples and tests of a manifest: calls whose parameters and results have to match the schemas of their action.
import type { JsonSchema, Outcome, Value } from "@crucible/sandbox";
import { errorCodes, fail, isErrorCode, object } from "@crucible/sandbox";
import { tryCompile } from "./check-schema.ts";
import type { DeclaredAction, DeclaredExample, DeclaredTest } from "./manifest.ts";
import { itemsAt, textAt, valueMark } from "./field-context.ts";
import type { FieldContext } from "./field-context.ts";
import type { LocatedMap } from "./read-yaml.ts";
import { keyMark, toValue } from "./read-yaml.ts";
import { suggest } from "./suggest.ts";
import type { Compiled } from "./validator.ts";

/** Reads `examples` and `tests`. */
export function readCalls(
  context: FieldContext,
  actions: readonly DeclaredAction[],
): { examples: readonly DeclaredExample[]; tests: readonly DeclaredTest[] } {
  const compiled = new Map<JsonSchema, Compiled>();
  const check: Check = (schema, subject, value) => {
    const known = compiled.get(schema) ?? tryCompile(schema);
    if (known === undefined) return fail("manifest/invalid", `Cannot check ${subject}: its schema cannot be compiled`);
    compiled.set(schema, known);
    return known.check(value, { subject });
  };
  return {
    examples: readList(context, "examples", actions, check, (call, map) => {
      const description = textAt(map, "description");
      return {
        action: call.action,
        params: call.params,
        ...(description === undefined ? {} : { description }),
        ...(call.result === undefined ? {} : { result: call.result }),
      };
    }),
    tests: readList(context, "tests", actions, check, (call, map, field): DeclaredTest => {
      const error = textAt(map, "error");
      if (error !== undefined && !isErrorCode(error)) {
        const message = `Cannot expect the error "${error}": there is no such code`;
        context.collector.report(
          {
            code: "manifest/invalid-example",
            message,
            field: `${field}.error`,
            suggestion: suggest(error, Object.keys(errorCodes)),
          },
          valueMark(map, "error"),
        );
      }
      const seed = map.entries.get("seed")?.node;
      const expect: DeclaredTest["expect"] =
        error !== undefined ? { error } : call.result !== undefined ? { result: call.result } : { anything: true };
      return {
        name: textAt(map, "name") ?? "",
        action: call.action,
        params: call.params,
        seed: seed?.kind === "scalar" && typeof seed.value === "number" ? seed.value : 0,
        expect,
      };
    }),
  };
}

/** Checks a value by a schema that may have been compiled for an earlier call. */
type Check = (schema: JsonSchema, subject: string, value: Value) => Outcome<Value>;

interface Call {
  readonly action: string;
  readonly params: Value;
  readonly result?: Value;
}

function readList<T>(
  context: FieldContext,
  key: "examples" | "tests",
  actions: readonly DeclaredAction[],
  check: Check,
  make: (call: Call, map: LocatedMap, field: string) => T,
): readonly T[] {
  const items = itemsAt(context.root, key);
  return items.flatMap((item, index) => {
    if (item.kind !== "map") return [];
    const field = `${key}[${index}]`;
    const call = readCall(context, item, field, actions, check);
    return call === undefined ? [] : [make(call, item, field)];
  });
}

function readCall(
  { collector }: FieldContext,
  map: LocatedMap,
  field: string,
  actions: readonly DeclaredAction[],
  check: Check,
): Call | undefined {
  const only = actions.length === 1 ? actions[0]?.name : undefined;
  const name = textAt(map, "action") ?? only ?? "main";
  const action = actions.find((candidate) => candidate.name === name);
  if (action === undefined) {
    const known = actions.map((candidate) => candidate.name);
    const mark = map.entries.has("action") ? valueMark(map, "action") : map.mark;
    collector.report(
      {
        code: "manifest/unknown-action",
        message: `Cannot call the action "${name}": the manifest does not declare it`,
        field: `${field}.action`,
        suggestion: suggest(name, known),
        hint: `Actions are ${known.join(", ") || "none"}`,
      },
      mark,
    );
    return undefined;
  }
  const params = map.entries.get("params")?.node;
  const result = map.entries.get("result")?.node;
  const accept = (key: "params" | "result", value: Value, schema: DeclaredAction["parameters"]): Value => {
    // A schema that is wrong itself was reported at its own place.
    if (collector.hasErrors()) return value;
    const outcome = check(schema, `the ${key} of ${field}`, value);
    if (outcome.ok) return outcome.value;
    const mark = map.entries.has(key) ? valueMark(map, key) : keyMark(map, key);
    collector.report(
      {
        code: "manifest/invalid-example",
        message: outcome.error.message,
        field: `${field}.${key}`,
        hint: outcome.error.details?.hint ?? "Correct the example or the schema",
      },
      mark,
    );
    return value;
  };
  // A test that expects a refusal may give parameters that are wrong.
  const expectsRefusal = textAt(map, "error") === "invocation/invalid-parameters";
  const given = params === undefined ? object([]) : toValue(params);
  return {
    action: name,
    params: expectsRefusal ? given : accept("params", given, action.parameters),
    ...(result === undefined ? {} : { result: accept("result", toValue(result), action.returns ?? true) }),
  };
}
