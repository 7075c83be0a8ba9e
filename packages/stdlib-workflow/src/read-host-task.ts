// Tasks that are functions of the host: which function a type names, and whether its inputs can be the function's arguments.
// What the arguments have to be like is checked by the call itself.
import { suggest } from "@crucible/manifest";
import { isObject, listHostFunctions, type HostModuleDeclaration, type Value } from "@crucible/sandbox";
import type { HostTarget } from "./workflow.ts";

export type HostTaskResult =
  | { readonly ok: true; readonly target: HostTarget }
  | {
      readonly ok: false;
      readonly faults: readonly { readonly code: "unknown-function" | "invalid-input"; readonly fault: string }[];
    };

/** Undefined for a type that is about no module of the host: it is an action of a plugin, or nothing at all. */
export function readHostTask(
  type: string,
  inputs: Value,
  modules: readonly HostModuleDeclaration[],
): HostTaskResult | undefined {
  const dot = type.indexOf(".");
  const module = modules.find(({ name }) => name === type.slice(0, dot));
  if (dot < 0 || module === undefined) return undefined;
  const name = type.slice(dot + 1);
  if (module.name === "workflow")
    return unknown(`"${type}" cannot be a task: put its tasks into this workflow, or call an action that executes it`);
  const functions = listHostFunctions(module);
  const declared = functions.find((each) => each.name === name);
  if (declared === undefined) {
    const near = suggest(
      name,
      functions.map((each) => each.name),
    );
    return unknown(
      `"${module.name}" has no function "${name}"${near === undefined ? "" : `, did you mean "${near}"?`}`,
    );
  }
  const parameters = declared.parameters.map((parameter) => parameter.name);
  const given = isObject(inputs) ? Object.keys(inputs) : [];
  const faults = given
    .filter((key) => !parameters.includes(key))
    .map((key) => {
      const near = suggest(key, parameters);
      const remedy =
        near !== undefined
          ? `did you mean "${near}"?`
          : parameters.length === 0
            ? "it takes none"
            : `it takes ${parameters.join(", ")}`;
      return `"${type}" has no parameter "${key}", ${remedy}`;
    });
  for (const { name: wanted, optional, summary } of declared.parameters) {
    if (optional !== true && !given.includes(wanted)) faults.push(`"${type}" needs the input "${wanted}" (${summary})`);
  }
  if (faults.length > 0) return { ok: false, faults: faults.map((fault) => ({ code: "invalid-input", fault })) };
  return { ok: true, target: { module: module.name, name, parameters } };
}

function unknown(fault: string): HostTaskResult {
  return { ok: false, faults: [{ code: "unknown-function", fault }] };
}
