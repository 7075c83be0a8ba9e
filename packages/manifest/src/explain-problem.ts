// Turns what the schema engine reports into problems that a caller can act on: where, what was expected, what is there.
import type { ErrorObject } from "ajv/dist/2020.js";
import { suggest } from "./suggest.ts";

/** One way in which a value does not match its schema. */
export interface Problem {
  /** JSON Pointer into the value; empty for the value itself. */
  readonly path: string;
  readonly expected: string;
  readonly actual: string;
  /** Keyword of the schema that is not fulfilled. */
  readonly keyword: string;
  /** Complete sentence without a period: `"count" is the text "x", must be an integer`. */
  readonly message: string;
  readonly hint?: string;
}

const maxShown = 60;
const branching: ReadonlySet<string> = new Set(["anyOf", "oneOf", "if", "not", "contains", "propertyNames"]);

/** Explains engine errors, at most `limit` of them, in the order of the value. Errors inside branches are summed up by theirs. */
export function explainProblems(errors: readonly ErrorObject[], root: unknown, limit: number): readonly Problem[] {
  const branches = errors.filter(({ keyword }) => branching.has(keyword)).map(({ schemaPath }) => `${schemaPath}/`);
  const own = errors.filter(({ schemaPath }) => !branches.some((branch) => schemaPath.startsWith(branch)));
  // A branch that is reached through a reference has the reference's address; its errors stay then, which only says more.
  const shown = own.length > 0 ? own : errors;
  const problems = shown.slice(0, limit).map((error) => explain(error, root));
  const seen = new Set<string>();
  return problems.filter(({ message }) => !seen.has(message) && seen.add(message));
}

function explain(error: ErrorObject, root: unknown): Problem {
  const params = error.params as Readonly<Record<string, unknown>>;
  const { keyword, instancePath } = error;
  const extra = memberOf(keyword, params);
  const path =
    extra === undefined ? instancePath : `${instancePath}/${extra.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  const subject = path === "" ? "it" : `"${label(path)}"`;
  const actual = keyword === "required" ? "missing" : describePlain(at(root, path));
  const expected = expectation(error, params);
  const suggestion = extra !== undefined && keyword !== "required" ? suggest(extra, knownMembers(error)) : undefined;
  const known = keyword === "additionalProperties" ? knownMembers(error) : [];
  const hint =
    suggestion !== undefined
      ? `Did you mean "${suggestion}"?`
      : known.length > 0
        ? `Known are ${known.slice(0, 12).join(", ")}`
        : undefined;
  const message =
    keyword === "required"
      ? `${subject} is missing`
      : keyword === "additionalProperties" || keyword === "unevaluatedProperties"
        ? `${subject} is not known`
        : `${subject} is ${actual}, must be ${expected}`;
  return { path, expected, actual, keyword, message, ...(hint === undefined ? {} : { hint }) };
}

function memberOf(keyword: string, params: Readonly<Record<string, unknown>>): string | undefined {
  const name =
    keyword === "required" || keyword === "dependentRequired"
      ? params["missingProperty"]
      : keyword === "additionalProperties"
        ? params["additionalProperty"]
        : keyword === "unevaluatedProperties"
          ? params["unevaluatedProperty"]
          : undefined;
  return typeof name === "string" ? name : undefined;
}

function knownMembers({ parentSchema }: ErrorObject): readonly string[] {
  const properties: unknown = parentSchema?.["properties"];
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}

function expectation(
  { keyword, schema, parentSchema, message }: ErrorObject,
  params: Readonly<Record<string, unknown>>,
): string {
  const limit = String(params["limit"]);
  switch (keyword) {
    case "type":
      return (Array.isArray(schema) ? schema : [schema]).map((name) => withArticle(String(name))).join(" or ");
    case "enum":
      return `one of ${listValues(schema)}`;
    case "const":
      return describeJson(schema);
    case "minimum":
      return `at least ${limit}`;
    case "maximum":
      return `at most ${limit}`;
    case "exclusiveMinimum":
      return `above ${limit}`;
    case "exclusiveMaximum":
      return `below ${limit}`;
    case "multipleOf":
      return `a multiple of ${String(params["multipleOf"])}`;
    case "minLength":
      return `at least ${limit} characters long`;
    case "maxLength":
      return `at most ${limit} characters long`;
    case "minItems":
      return `a list of at least ${limit}`;
    case "maxItems":
      return `a list of at most ${limit}`;
    case "minProperties":
      return `an object with at least ${limit} members`;
    case "maxProperties":
      return `an object with at most ${limit} members`;
    case "uniqueItems":
      return "a list without repetitions";
    case "pattern":
      return `text that matches ${shorten(String(schema))}`;
    case "format":
      return `text in the format ${String(schema)}`;
    case "required":
      return `an object with "${String(params["missingProperty"])}"`;
    case "dependentRequired":
      return `present together with "${String(params["property"])}"`;
    case "additionalProperties":
    case "unevaluatedProperties":
      return "absent";
    case "propertyNames":
      return `an object whose names are allowed: "${shorten(String(params["propertyName"]))}" is not`;
    case "anyOf":
    case "oneOf":
      return branches(schema);
    case "not":
      return "something else";
    case "contains":
      return "a list with a fitting item";
    case "false schema":
      return "absent";
    default:
      return parentSchema?.["title"] === undefined ? (message ?? "as the schema says") : String(parentSchema["title"]);
  }
}

function branches(schema: unknown): string {
  const names = (Array.isArray(schema) ? schema : []).map((branch: unknown): string => {
    if (typeof branch !== "object" || branch === null) return "anything";
    const { title, type, const: only, enum: some } = branch as Readonly<Record<string, unknown>>;
    if (typeof title === "string") return title;
    if (only !== undefined) return describeJson(only);
    if (some !== undefined) return `one of ${listValues(some)}`;
    return typeof type === "string" ? withArticle(type) : "another form";
  });
  return [...new Set(names)].join(" or ");
}

function listValues(values: unknown): string {
  const all: readonly unknown[] = Array.isArray(values) ? values : [];
  const shown = all.slice(0, 12).map(describeJson).join(", ");
  return all.length > 12 ? `${shown}, …` : shown;
}

function at(root: unknown, path: string): unknown {
  let node = root;
  for (const step of path.split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, key)) return undefined;
    node = (node as Readonly<Record<string, unknown>>)[key];
  }
  return node;
}

/** `/a/b/0` → `a.b[0]` */
function label(path: string): string {
  const steps = path
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const text = steps
    .map((step, index) => (/^[0-9]+$/.test(step) ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join("");
  return shorten(text, 120);
}

function describePlain(plain: unknown): string {
  if (plain === undefined) return "missing";
  if (plain === null) return "null";
  if (Array.isArray(plain)) return plain.length === 0 ? "an empty list" : `a list of ${plain.length}`;
  if (typeof plain === "string") return `the text ${JSON.stringify(shorten(plain))}`;
  if (typeof plain === "number") return `the number ${plain}`;
  if (typeof plain === "boolean") return String(plain);
  const keys = Object.keys(plain);
  return keys.length === 0 ? "an empty object" : `an object with ${shorten(keys.slice(0, 6).join(", "))}`;
}

function describeJson(plain: unknown): string {
  return shorten(JSON.stringify(plain) ?? "nothing");
}

function withArticle(type: string): string {
  switch (type) {
    case "string":
      return "text";
    case "null":
      return "null";
    case "boolean":
      return "true or false";
    case "array":
      return "a list";
    case "integer":
    case "object":
      return `an ${type}`;
    default:
      return `a ${type}`;
  }
}

function shorten(text: string, units: number = maxShown): string {
  return text.length > units ? `${text.slice(0, units - 1)}…` : text;
}
