// The pages of docs/api: what plugins can call, from the declarations of the host modules. Written by sync-docs.ts.
import { hostFunctionTool, renderMarkdown } from "@crucible/bindings";
import { capabilityTable } from "@crucible/capabilities";
import { hostCoreDeclaration } from "@crucible/host-core";
import { fileDeclaration, httpDeclaration } from "@crucible/host-io";
import { kilnApiDeclaration } from "@crucible/kiln-api";
import { listHostFunctions, mergeHostModules, type HostModuleDeclaration } from "@crucible/sandbox";
import { createGraphs } from "@crucible/stdlib-graph";
import { createStateMachines } from "@crucible/stdlib-statemachine";
import { utilsDeclaration } from "@crucible/stdlib-utils";
import { workflowDeclaration } from "@crucible/stdlib-workflow";

/** Parts of the module `crucible`. A host without a kiln, network or file access offers fewer. */
export const crucibleParts: readonly [HostModuleDeclaration, ...HostModuleDeclaration[]] = [
  kilnApiDeclaration,
  hostCoreDeclaration,
  httpDeclaration,
  fileDeclaration,
];

/** Every module that a host can offer, `crucible` first; the declarations are those that hosts run. */
export const apiModules: readonly HostModuleDeclaration[] = [
  mergeHostModules(
    crucibleParts[0].name,
    crucibleParts.map(({ summary }) => `- ${summary.replace(/\.?$/, ".")}`).join("\n"),
    crucibleParts.map((declaration) => ({ declaration, functions: {} })),
  ).declaration,
  createStateMachines().declaration,
  createGraphs().declaration,
  workflowDeclaration,
  utilsDeclaration,
];

/** Text of each page by its path. */
export function apiDocuments(): readonly (readonly [string, string])[] {
  return [
    ["docs/api/README.md", formatOverview()],
    ...apiModules.map((module) => [`docs/api/${module.name}.md`, renderMarkdown(module)] as const),
    [
      "docs/api/mcp-tools.json",
      `${JSON.stringify(
        apiModules.flatMap((module) => module.functions.map((declaration) => hostFunctionTool(module, declaration))),
        null,
        2,
      )}\n`,
    ],
  ];
}

function formatOverview(): string {
  const modules = apiModules.map(
    ({ name, summary, functions }) =>
      `| [\`${name}\`](${name}.md) | ${summary.replaceAll(/^- /gm, "").replaceAll("\n", " ")} | ${functions.length} |`,
  );
  const capabilities = Object.values(capabilityTable).map(({ name, summary, risk, byDefault, dimensions }) => {
    const users = apiModules.flatMap((module) =>
      listHostFunctions(module)
        .filter(({ capability }) => capability === name)
        .map((declaration) => `\`${module.name}.${declaration.name}\``),
    );
    const cells = [`\`${name}\``, summary, risk, byDefault, dimensions.join(", ") || "–", users.join(", ") || "–"];
    return `| ${cells.join(" | ")} |`;
  });
  return `${[
    intro,
    "| module | what it offers | functions |",
    "|---|---|---|",
    ...modules,
    "",
    "## Capabilities",
    "",
    "A function needs what its line says; a manifest declares it, and what is asked is asked of the user.",
    "",
    "| capability | permits | risk | when declared | scopes | functions |",
    "|---|---|---|---|---|---|",
    ...capabilities,
  ].join("\n")}\n`;
}

const intro = `# What plugins can call

Each function is declared once, with its parameters, result, capability, effect, cost and errors.
These pages, the bindings of every language, type stubs for editors (\`cru plugins stubs\`) and MCP schemas
([mcp-tools.json](mcp-tools.json)) are derived from the declarations; \`pnpm sync:docs\` writes the pages.
`;
