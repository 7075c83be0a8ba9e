// The actions of a plugin: what each takes and returns, its description and its hints for callers.
import type { CapabilityName, JsonSchema } from "@crucible/sandbox";
import { checkSamples } from "./check-schema.ts";
import { firstSentence } from "./doc-comments.ts";
import type { Annotations, DeclaredAction, DeclaredCapability } from "./manifest.ts";
import { actionNamePattern } from "./manifest-schema.ts";
import { mapAt, textAt } from "./field-context.ts";
import type { FieldContext } from "./field-context.ts";
import { readParameters, readResult } from "./read-schema.ts";
import type { SchemaReading } from "./read-schema.ts";
import type { LocatedMap } from "./read-yaml.ts";
import { keyMark } from "./read-yaml.ts";

/** What an action takes that declares no parameters: an empty object. */
export const noParameters: JsonSchema = { type: "object", properties: {}, additionalProperties: false };

/** Reads all actions, `main` first. A plugin has `main` unless it declares other actions and nothing for `main`. */
export function readActions(
  context: FieldContext,
  description: string,
  capabilities: readonly DeclaredCapability[],
): readonly DeclaredAction[] {
  const { root, collector } = context;
  const declared = mapAt(root, "actions");
  const actions: DeclaredAction[] = [];
  const topLevel = ["parameters", "returns"].filter((key) => root.entries.has(key));
  const named = declared?.entries ?? new Map<string, never>();
  if (topLevel.length > 0 || named.size === 0) {
    actions.push(
      readAction({ context, name: "main", map: root, field: "", description, capabilities, inherited: undefined }),
    );
  }
  const shared = mapAt(root, "annotations");
  for (const [name, { keyMark: mark, node }] of named) {
    const field = `actions.${name}`;
    if (!new RegExp(actionNamePattern).test(name) || name.length > 63) {
      collector.report(
        {
          code: "manifest/invalid-name",
          message: `Cannot use the action name "${name}": it must be a letter followed by letters, digits and underscores`,
          field,
          hint: "Name it as the function in the code",
        },
        mark,
      );
      continue;
    }
    if (name === "main" && topLevel.length > 0) {
      const message = `Cannot declare "main" here: ${topLevel.map((key) => `"${key}"`).join(" and ")} at the top already ${topLevel.length > 1 ? "do" : "does"}`;
      collector.report(
        { code: "manifest/invalid-value", message, field, hint: "Move everything of main to one of the two places" },
        mark,
      );
      continue;
    }
    const map: LocatedMap = node.kind === "map" ? node : { kind: "map", mark: node.mark, entries: new Map() };
    const action = readAction({
      context,
      name,
      map,
      field,
      description: name === "main" ? description : "",
      capabilities,
      inherited: shared,
    });
    if (name === "main") actions.unshift(action);
    else actions.push(action);
  }
  return actions;
}

interface ActionSource {
  readonly context: FieldContext;
  readonly name: string;
  readonly map: LocatedMap;
  /** Dotted path of the map; empty for the top of the manifest. */
  readonly field: string;
  /** Used when neither the manifest nor a doc comment describes the action. */
  readonly description: string;
  readonly capabilities: readonly DeclaredCapability[];
  /** Annotations of the manifest, which the action's own override. */
  readonly inherited: LocatedMap | undefined;
}

function readAction({ context, name, map, field, description, capabilities, inherited }: ActionSource): DeclaredAction {
  const documentation = context.docs.functions.get(name);
  const path = (key: string): string => (field === "" ? key : `${field}.${key}`);
  const parameters = map.entries.get("parameters")?.node;
  const returns = map.entries.get("returns")?.node;
  const described = field === "" ? undefined : textAt(map, "description");
  const fallback = description === "" ? firstSentence(documentation ?? "") || name : description;
  const taken =
    parameters?.kind === "map"
      ? withObjectType(checked(context, readParameters(parameters, path("parameters"))))
      : noParameters;
  return {
    name,
    description: (described ?? fallback).trim(),
    parameters: taken,
    annotations: readAnnotations(
      [...(inherited === undefined ? [] : [inherited]), ...compact(mapAt(map, "annotations"))],
      capabilities,
    ),
    ...(returns === undefined ? {} : { returns: checked(context, readResult(returns, path("returns"))) }),
    ...(documentation === undefined ? {} : { documentation }),
  };
}

function checked({ collector, root }: FieldContext, reading: SchemaReading): JsonSchema {
  for (const { message, field, mark, hint, suggestion } of [...reading.findings, ...checkSamples(reading)]) {
    const at = field === "" ? keyMark(root, "parameters") : mark;
    collector.report(
      { code: "manifest/invalid-schema", message, field, suggestion, ...(hint === undefined ? {} : { hint }) },
      at,
    );
  }
  return reading.schema;
}

/** Tools take objects: callers rely on `type` being there. */
function withObjectType(schema: JsonSchema): JsonSchema {
  return typeof schema === "object" && !("type" in schema) ? { type: "object", ...schema } : schema;
}

const writing: readonly CapabilityName[] = ["KilnWrite", "FsWrite", "Unsafe", "Intercept"];
const outside: readonly CapabilityName[] = ["NetworkHttp", "NetworkHttps", "Unsafe"];
// A plugin that is called may do anything, as may one that answers for others.
const unknowable: readonly CapabilityName[] = ["PluginInvoke"];

function readAnnotations(maps: readonly LocatedMap[], capabilities: readonly DeclaredCapability[]): Annotations {
  const has = (names: readonly CapabilityName[]): boolean => capabilities.some(({ name }) => names.includes(name));
  const writes = has(writing) || has(unknowable);
  const said = new Map(
    maps.flatMap((map) =>
      [...map.entries].map(([key, { node }]) => [key, node.kind === "scalar" ? node.value : null] as const),
    ),
  );
  const flag = (key: string, derived: boolean): boolean => {
    const value = said.get(key);
    return typeof value === "boolean" ? value : derived;
  };
  const title = said.get("title");
  const readOnly = flag("readOnly", !writes && !has(["StateManage", "NetworkHttp", "NetworkHttps"]));
  return {
    readOnly,
    destructive: flag("destructive", !readOnly && writes),
    idempotent: flag("idempotent", readOnly),
    openWorld: flag("openWorld", has(outside) || has(unknowable)),
    ...(typeof title === "string" ? { title } : {}),
  };
}

function compact<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
