// Checks a manifest's structure against the published schema and gives each problem its place in the author's file.
import type { Collector, ManifestCode, Mark } from "./diagnostic.ts";
import type { Problem } from "./explain-problem.ts";
import { manifestSchema } from "./manifest-schema.ts";
import type { LocatedMap } from "./read-yaml.ts";
import { follow, keyMark, toValue } from "./read-yaml.ts";
import { compileSchema } from "./validator.ts";
import type { Compiled } from "./validator.ts";

// Compiled at the first manifest: it takes milliseconds that not every command has to pay.
let compiled: Compiled | undefined;

/** Reports what the published schema refuses. */
export function checkStructure(root: LocatedMap, collector: Collector): void {
  compiled ??= compileSchema(manifestSchema);
  for (const problem of compiled.problems("#", toValue(root))) {
    // Names of actions and dependencies are reported with the name's own place where they are read.
    if (problem.keyword === "propertyNames") continue;
    const steps = stepsOf(problem.path);
    const field = fieldOf(steps);
    const hint = problem.hint ?? remedyFor(problem, steps);
    const suggestion = /^Did you mean "(.*)"\?$/.exec(problem.hint ?? "")?.[1];
    const code = codeFor(problem, steps);
    if (code === "manifest/invalid-name" && problem.keyword !== "type") {
      reportName(root, field, collector);
      continue;
    }
    const message =
      problem.path === ""
        ? `Cannot read the manifest: ${problem.message}`
        : `Cannot read "${field}": ${problem.message.replace(/^"[^"]*"/, "it")}`;
    collector.report(
      { code, message, field, suggestion, ...(hint === undefined ? {} : { hint }) },
      placeOf(root, problem, steps),
    );
  }
}

function reportName(root: LocatedMap, field: string, collector: Collector): void {
  const node = root.entries.get(field)?.node;
  if (node?.kind !== "scalar" || typeof node.value !== "string") return;
  const near = node.value
    .slice(0, 64)
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[-0-9]+|-+$/g, "");
  const message = `Cannot use the ${field} "${node.value.slice(0, 80)}": it must be small letters, digits and single hyphens, at most 64`;
  const hint = "Use small letters, digits and single hyphens: dice-roller";
  collector.report(
    { code: "manifest/invalid-name", message, field, ...(near === "" ? { hint } : { suggestion: near }) },
    node.mark,
  );
}

function placeOf(root: LocatedMap, problem: Problem, steps: readonly (string | number)[]): Mark {
  const parent = follow(root, steps.slice(0, -1));
  const last = steps.at(-1);
  if (problem.keyword === "required") {
    if (steps.length <= 1) return { ...root.mark, width: 1 };
    const owner = follow(root, steps.slice(0, -2));
    return keyMark(owner, String(steps.at(-2)));
  }
  if (problem.keyword === "additionalProperties" && last !== undefined) return keyMark(parent, String(last));
  return follow(root, steps).mark;
}

function codeFor({ keyword }: Problem, steps: readonly (string | number)[]): ManifestCode {
  const [top] = steps;
  if (keyword === "additionalProperties") return "manifest/unknown-key";
  if (keyword === "required") return "manifest/missing-field";
  if (top === "limits" && steps.length > 1) return "manifest/invalid-limit";
  if (keyword === "type") return "manifest/wrong-type";
  if ((top === "name" || top === "namespace") && steps.length === 1) return "manifest/invalid-name";
  if (top === "language") return "manifest/unknown-language";
  return "manifest/invalid-value";
}

function remedyFor({ keyword, actual }: Problem, steps: readonly (string | number)[]): string | undefined {
  const [top] = steps;
  if (keyword === "required" && steps.length === 1)
    return top === "description"
      ? "Add a line such as description: What the plugin does"
      : `Add a line such as ${String(top)}: my-plugin`;
  if (top === "version" && actual.startsWith("the number"))
    return 'Put the version in quotes and give it three parts: version: "1.0.0"';
  if (top === "capabilities" && keyword === "type") return "Write a list: capabilities: [KilnRead]";
  if (top === "limits") return "Write a whole number in the unit that the name says, without a suffix";
  if (top === "actions" && steps.length === 1)
    return "Write a map from the action's name to its description, parameters and returns";
  if (top === "dependencies" && keyword === "type") return 'Write a map from plugin to range: dice-roller: "^1.0.0"';
  return undefined;
}

function stepsOf(pointer: string): readonly (string | number)[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => (/^[0-9]+$/.test(step) ? Number(step) : step.replaceAll("~1", "/").replaceAll("~0", "~")));
}

function fieldOf(steps: readonly (string | number)[]): string {
  return steps
    .map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join("");
}
