// Validates values against a JSON Schema 2020-12: fills in defaults, brings numbers into the kind that the schema asks for,
// and says for each problem where it is, what was expected and what is there. Patterns run in linear time.
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import type { ErrorCode, JsonSchema, Outcome, Value } from "@crucible/sandbox";
import { fail, succeed } from "@crucible/sandbox";
import { addDefaults, compileCoercion, givesDefaults } from "./coerce-value.ts";
import { explainProblems } from "./explain-problem.ts";
import type { Problem } from "./explain-problem.ts";
import { createFormatChecks } from "./formats.ts";
import { compilePattern } from "./linear-pattern.ts";
import { project } from "./projection.ts";
import { allSchemas, schemaCost } from "./schema-cost.ts";

/** How a validator speaks of what it checks. */
export interface ValidatorOptions {
  /** Code of a refusal; `invocation/invalid-parameters` when absent. */
  readonly code?: ErrorCode;
  /** What is checked, for the message: `the parameters of "dice-roller"`; `the value` when absent. */
  readonly subject?: string;
}

/**
 * Checks a value and returns it with defaults filled in and numbers coerced; the argument is not changed.
 *
 * A refusal has `details.problems`, a list of `Problem`. Cost is linear in the value for schemas of `bounded` cost; others
 * stop after 100,000 evaluations with a refusal.
 */
export type Validator = (value: Value) => Outcome<Value>;

/** Most places of a document for which all problems are listed; above it only the first is. */
const maxListedNodes = 20_000;
const maxProblems = 20;
const maxEvaluations = 100_000;

/**
 * Compiles a schema into a validator. Takes about a millisecond, at the first call.
 *
 * @throws {TypeError} at the first call when the schema is none: check schemas of strangers with `checkSchema` first
 */
export function createValidator(schema: JsonSchema, options: ValidatorOptions = {}): Validator {
  let compiled: Compiled | undefined;
  return (value) => {
    compiled ??= compileOnce(schema);
    return compiled.check(value, options);
  };
}

/** Schemas of declarations are the same objects for every host of a process. */
const compiledSchemas = new WeakMap<object, Compiled>();

function compileOnce(schema: JsonSchema): Compiled {
  if (typeof schema !== "object") return compileSchema(schema);
  const known = compiledSchemas.get(schema);
  if (known !== undefined) return known;
  const compiled = compileSchema(schema);
  compiledSchemas.set(schema, compiled);
  return compiled;
}

/** A compiled schema, and those within it. */
export interface Compiled {
  check(value: Value, options: ValidatorOptions): Outcome<Value>;
  /** Whether a value passes the schema at a pointer such as `#/properties/count`. */
  passes(pointer: string, plain: unknown): boolean;
  /** Problems of a value with the schema at a pointer. */
  problems(pointer: string, value: Value): readonly Problem[];
}

/** Compiles at once. @throws {TypeError} when the schema is none */
export function compileSchema(schema: JsonSchema): Compiled {
  const cost = schemaCost(schema);
  if (cost === "endless")
    throw new TypeError("Cannot compile schema: it refers to itself without going down into the value");
  const meter: Meter = { left: maxEvaluations };
  const root = cost === "growing" ? withMeterMarks(schema) : schema;
  const engines: Partial<Record<Report, Ajv2020>> = {};
  const validator = (report: Report, pointer: string): ValidateFunction => {
    const engine = (engines[report] ??= createEngine(meter, report, root));
    const found = engine.getSchema(pointer === "#" ? "root" : `root${pointer}`);
    if (found === undefined) throw new TypeError(`Cannot compile schema: there is no schema at ${pointer}`);
    return found as ValidateFunction;
  };
  const run = (validate: ValidateFunction, plain: unknown): boolean => {
    meter.left = maxEvaluations;
    try {
      return validate(plain);
    } catch (thrown) {
      if (thrown instanceof Unanswered) throw thrown;
      // Seen with unevaluatedProperties beside if: what the engine generates can fail on some values.
      throw new Unanswered("the engine cannot evaluate the schema for it");
    }
  };
  const main = compileMain(validator);
  const withDefaults = givesDefaults(schema);
  const passes = (pointer: string, plain: unknown): boolean =>
    run(pointer === "#" ? main : validator("none", pointer), plain);
  const coercion = compileCoercion(schema, passes);
  // Explaining takes a further compilation, which a value without problems does not need.
  const explain = (pointer: string, value: Value): readonly Problem[] => {
    const plain = project(value);
    const validate = validator(countNodes(plain) > maxListedNodes ? "first" : "all", pointer);
    return run(validate, plain) ? [] : explainProblems(validate.errors ?? [], project(value), maxProblems);
  };
  return {
    passes,
    problems(pointer, value) {
      try {
        return passes(pointer, project(value)) ? [] : explain(pointer, value);
      } catch (thrown) {
        if (!(thrown instanceof Unanswered || thrown instanceof TypeError)) throw thrown;
        const message = `it cannot be checked: ${thrown.message}`;
        return [{ path: "", expected: "a value that can be checked", actual: "another", keyword: "$ref", message }];
      }
    },
    check(value, { code = "invocation/invalid-parameters", subject = "the value" }) {
      try {
        const plain = project(value);
        if (!run(main, plain)) return refuse(code, subject, explain("#", value));
        const complete = withDefaults ? addDefaults(value, plain) : value;
        return succeed(coercion === undefined ? complete : coercion(complete));
      } catch (thrown) {
        if (!(thrown instanceof Unanswered)) throw thrown;
        return fail(code, `Cannot check ${subject}: ${thrown.message}`);
      }
    },
  };
}

function compileMain(validator: (report: Report, pointer: string) => ValidateFunction): ValidateFunction {
  try {
    return validator("none", "#");
  } catch (thrown) {
    throw new TypeError(`Cannot compile schema: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
      cause: thrown,
    });
  }
}

function refuse(code: ErrorCode, subject: string, problems: readonly Problem[]): Outcome<never> {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return fail(code, `Cannot accept ${subject}: ${first?.message ?? "it does not match the schema"}${more}`, {
    problems,
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
  });
}

interface Meter {
  left: number;
}

/** A validation ended without an answer; what is not known to be valid is refused. */
class Unanswered extends Error {}

/** How much an engine says about a value that does not match; the less, the sooner it is compiled. */
type Report = "none" | "first" | "all";

function createEngine(meter: Meter, report: Report, schema: JsonSchema): Ajv2020 {
  const regExp = Object.assign(
    (source: string) => {
      const pattern = compilePattern(source);
      if ("fault" in pattern) throw new TypeError(`Cannot compile pattern ${JSON.stringify(source)}: ${pattern.fault}`);
      // The engine keeps patterns apart by their text.
      return { test: (text: string) => pattern.test(text), toString: () => source };
    },
    { code: "compilePattern" },
  );
  const engine = new Ajv2020({
    allErrors: report === "all",
    // Errors carry data and schema, for messages.
    verbose: report !== "none",
    messages: report !== "none",
    strict: false,
    strictNumbers: true,
    // Members that objects inherit (`constructor`) are none of the document.
    ownProperties: true,
    validateSchema: false,
    validateFormats: true,
    useDefaults: true,
    addUsedSchema: false,
    logger: false,
    code: { regExp },
    $comment: () => {
      meter.left -= 1;
      if (meter.left < 0) throw new Unanswered(`the schema needs more than ${maxEvaluations} evaluations`);
    },
  });
  for (const [name, validate] of createFormatChecks()) engine.addFormat(name, { type: "string", validate });
  // The library compares every item with every other.
  engine.removeKeyword("uniqueItems");
  engine.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    validate: hasUniqueItems,
    error: { message: "must have unique items" },
  });
  // A boolean schema has no place for an address; as the only member of `allOf` it means the same.
  engine.addSchema(typeof schema === "boolean" ? { allOf: [schema] } : schema, "root");
  return engine;
}

function hasUniqueItems(wanted: boolean, items: readonly unknown[]): boolean {
  if (!wanted) return true;
  const seen = new Set<string>();
  for (const item of items) {
    const key = canonical(item);
    if (seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

/** Text that is equal for equal documents: JSON with sorted keys. */
function canonical(plain: unknown): string {
  if (Array.isArray(plain)) return `[${plain.map(canonical).join(",")}]`;
  if (typeof plain === "object" && plain !== null) {
    const members = Object.entries(plain).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
  }
  return typeof plain === "number" ? String(plain) : JSON.stringify(plain);
}

/** Copies the schema with a `$comment` in each object schema: there the engine calls back. */
function withMeterMarks(schema: JsonSchema): JsonSchema {
  if (typeof schema === "boolean") return schema;
  const marked = structuredClone(schema);
  for (const part of allSchemas(marked)) Object.assign(part, { $comment: "counted" });
  return marked;
}

function countNodes(plain: unknown): number {
  let count = 0;
  const pending: unknown[] = [plain];
  while (pending.length > 0 && count <= maxListedNodes) {
    const next = pending.pop();
    count += 1;
    if (typeof next === "object" && next !== null)
      pending.push(...(Object.values(next) as unknown[]).slice(0, maxListedNodes));
  }
  return count;
}
