// Imports of other plugins: each declared dependency becomes a host module whose functions are the callee's actions. The callee
// runs in its own instance with its own authority; a library is linked as source into importers of its language instead.
import type { HostFunction, HostFunctionDeclaration, HostModule, LibrarySource } from "@crucible/sandbox";
import { object, succeed } from "@crucible/sandbox";
import { isLifecycleAction } from "./admission.ts";
import type { FoundPlugin } from "./discover.ts";
import type { Resolution } from "./resolve-dependencies.ts";

export interface Linked {
  readonly modules: readonly HostModule[];
  readonly libraries: readonly LibrarySource[];
}

/** Makes the stubs and sources of resolved dependencies. */
export function linkDependencies({ plugins, libraries }: Resolution): Linked {
  return {
    modules: [...plugins].map(([name, callee]) => stubModule(name, callee)),
    libraries: libraries.map(({ manifest, entryPath, source }) => ({
      name: manifest.name,
      file: entryPath,
      text: source.text,
      firstLine: 1,
    })),
  };
}

/** The name under which a plugin can be imported in every language: `dice_roller` for `dice-roller`. */
export function moduleName(plugin: string): string {
  return plugin.replaceAll(/[^A-Za-z0-9_]/g, "_");
}

function stubModule(name: string, callee: FoundPlugin): HostModule {
  const functions: Record<string, HostFunction> = {};
  const declarations: HostFunctionDeclaration[] = [];
  const { namespace, version } = callee.manifest;
  // The version that was resolved, whatever else has come since into this generation.
  const reference = `${namespace === undefined ? "" : `${namespace}/`}${callee.manifest.name}@${version}`;
  for (const action of callee.manifest.actions) {
    if (isLifecycleAction(action.name)) continue;
    const required =
      typeof action.parameters === "object" &&
      Array.isArray(action.parameters["required"]) &&
      action.parameters["required"].length > 0;
    declarations.push({
      name: action.name,
      summary: action.description,
      parameters: [
        { name: "params", schema: true, summary: `parameters of ${name}.${action.name}`, optional: !required },
      ],
      returns: action.returns ?? true,
      capability: "PluginInvoke",
      effect: "external",
      cost: 1000,
      confidential: ["params", "result"],
    });
    functions[action.name] = {
      authority: () =>
        succeed([
          {
            capability: "PluginInvoke",
            operation: `${moduleName(name)}.${action.name}`,
            subject: { kind: "plugin", value: name },
            argumentSummary: `call ${name}.${action.name}`,
          },
        ]),
      run: (args, call) =>
        call.invoker.invoke(reference, action.name, args["params"] ?? object([]), { signal: call.signal }).outcome,
    };
  }
  return {
    declaration: { name: moduleName(name), summary: callee.manifest.description, functions: declarations },
    functions,
  };
}
