// Imports of other plugins: each declared dependency becomes a host module whose functions are the callee's actions. The callee
// runs in its own instance with its own authority; a library is linked as source into importers of its language instead.
import type { HostFunction, HostFunctionDeclaration, HostModule, LibrarySource, Outcome } from "@crucible/sandbox";
import { fail, object, succeed } from "@crucible/sandbox";
import type { FoundPlugin } from "./discover.ts";
import type { Registry } from "./registry.ts";

export interface Linked {
  readonly modules: readonly HostModule[];
  readonly libraries: readonly LibrarySource[];
}

/** Resolves the dependencies of a plugin, libraries with theirs. */
export function linkDependencies(plugin: FoundPlugin, registry: Registry): Outcome<Linked> {
  const modules: HostModule[] = [];
  const libraries = new Map<string, LibrarySource>();
  const pending: { readonly of: FoundPlugin; readonly path: readonly string[] }[] = [
    { of: plugin, path: [plugin.manifest.name] },
  ];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    for (const [name, range] of Object.entries(next.of.manifest.dependencies)) {
      const found = registry.find(`${name}@${range}`);
      if (!found.ok) {
        const known = registry.versions(name).map(({ manifest }) => manifest.version);
        return known.length === 0
          ? fail(
              "plugin/dependency-missing",
              `Cannot load "${plugin.manifest.name}": dependency "${name}" (${range}) of ${next.path.join(" → ")} is not installed`,
            )
          : fail(
              "plugin/dependency-conflict",
              `Cannot load "${plugin.manifest.name}": ${next.path.join(" → ")} needs "${name}" ${range}, installed are ${known.join(", ")}`,
            );
      }
      const callee = found.value;
      if (callee.manifest.kind !== "library") {
        if (next.of === plugin) modules.push(stubModule(name, range, callee));
        else
          return fail(
            "plugin/dependency-conflict",
            `Cannot link "${next.of.manifest.name}": a library cannot depend on the plugin "${name}"`,
          );
        continue;
      }
      if (callee.manifest.language !== plugin.manifest.language) {
        return fail(
          "plugin/dependency-conflict",
          `Cannot link "${name}": it is a ${callee.manifest.language} library, "${plugin.manifest.name}" is ${plugin.manifest.language}`,
        );
      }
      if (next.path.includes(name))
        return fail(
          "plugin/dependency-cycle",
          `Cannot link "${name}": libraries depend on each other: ${[...next.path, name].join(" → ")}`,
        );
      if (libraries.has(name)) continue;
      libraries.set(name, { name, file: callee.entryPath, text: callee.source.text, firstLine: 1 });
      pending.push({ of: callee, path: [...next.path, name] });
    }
  }
  return succeed({ modules, libraries: [...libraries.values()].toReversed() });
}

/** The name under which a plugin can be imported in every language: `dice_roller` for `dice-roller`. */
export function moduleName(plugin: string): string {
  return plugin.replaceAll(/[^A-Za-z0-9_]/g, "_");
}

function stubModule(name: string, range: string, callee: FoundPlugin): HostModule {
  const functions: Record<string, HostFunction> = {};
  const declarations: HostFunctionDeclaration[] = [];
  for (const action of callee.manifest.actions) {
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
        call.invoker.invoke(`${name}@${range}`, action.name, args["params"] ?? object([]), { signal: call.signal })
          .outcome,
    };
  }
  return {
    declaration: { name: moduleName(name), summary: callee.manifest.description, functions: declarations },
    functions,
  };
}
