// What callers of one version would lose with the next: actions, parameters, types. Only what is certain is told.
import type { JsonSchema } from "@crucible/sandbox";
import type { Manifest } from "@crucible/manifest";
import semver from "semver";

/** Changes that break callers, as sentences without a final period; none when the new version may break them. */
export function breakingChanges(before: Manifest, after: Manifest): readonly string[] {
  if (isBreakingStep(before.version, after.version)) return [];
  const changes: string[] = [];
  for (const old of before.actions) {
    const now = after.actions.find(({ name }) => name === old.name);
    if (now === undefined) {
      changes.push(`the action ${old.name} is gone`);
      continue;
    }
    const [parameters, next] = [readObject(old.parameters), readObject(now.parameters)];
    for (const [name, schema] of Object.entries(parameters.properties)) {
      const other = next.properties[name];
      if (other === undefined) {
        if (next.isClosed) changes.push(`${old.name} does not take ${name} any more`);
      } else if (!acceptsTypes(other, schema)) changes.push(`${old.name} takes ${name} as another type`);
    }
    for (const name of next.required)
      if (!parameters.required.includes(name)) changes.push(`${old.name} needs ${name}, which it did not`);
    const [returned, returns] = [typesOf(old.returns ?? true), typesOf(now.returns ?? true)];
    if (returned !== undefined && (returns === undefined || returns.some((type) => !returned.includes(type))))
      changes.push(`${old.name} returns another type`);
  }
  return changes;
}

// Semantic versioning: a new major version, or before 1.0.0 a new minor one, may break.
function isBreakingStep(before: string, after: string): boolean {
  if (semver.lt(after, before)) return true;
  return semver.major(before) === 0
    ? semver.major(after) > 0 || semver.minor(after) > semver.minor(before)
    : semver.major(after) > semver.major(before);
}

function readObject(schema: JsonSchema): {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
  readonly isClosed: boolean;
} {
  if (typeof schema !== "object") return { properties: {}, required: [], isClosed: false };
  const { properties, required, additionalProperties } = schema;
  const known: Record<string, JsonSchema> = {};
  if (typeof properties === "object" && properties !== null)
    for (const [name, value] of Object.entries(properties)) if (isSchema(value)) known[name] = value;
  return {
    properties: known,
    required: Array.isArray(required) ? required.filter((name): name is string => typeof name === "string") : [],
    isClosed: additionalProperties === false,
  };
}

function acceptsTypes(next: JsonSchema, before: JsonSchema): boolean {
  const [wanted, had] = [typesOf(next), typesOf(before)];
  if (wanted === undefined) return true;
  if (had === undefined) return false;
  return had.every((type) => wanted.includes(type) || (type === "integer" && wanted.includes("number")));
}

/** The types that a schema names; nothing where it names none. */
function typesOf(schema: JsonSchema): readonly string[] | undefined {
  if (typeof schema !== "object") return undefined;
  const { type } = schema;
  if (typeof type === "string") return [type];
  return Array.isArray(type) ? type.filter((each): each is string => typeof each === "string") : undefined;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "boolean" || (typeof value === "object" && value !== null);
}
