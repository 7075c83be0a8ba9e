// The module `workflow` as data: the raw functions, upon which the shims build what authors use.
import type { HostModuleDeclaration, HostParameter } from "@crucible/sandbox";
import { luaShim } from "./shim-lua.ts";
import { runeShim } from "./shim-rune.ts";

const definition: HostParameter = {
  name: "definition",
  schema: true,
  summary:
    "the workflow as data; a task is an action (`type: core/http.get`), a function of the host (`type: crucible.read_note`) or one of the plugin (`run: true`)",
};
const options: HostParameter = {
  name: "options",
  schema: {
    type: "object",
    properties: {
      parallel: { type: "boolean", description: "actions that do not depend on each other run at once" },
      max_concurrency: { type: "integer", minimum: 1, description: "tasks at once, at most what the host allows" },
      inputs: { description: "what ${inputs.…} refers to" },
      run: {
        type: "string",
        pattern: "^[^\\s/][^/\\n]{0,99}$",
        description: "steps are stored under this name, and resumed",
      },
      restart: { type: "boolean", description: "forgets the stored steps first" },
    },
    additionalProperties: false,
  },
  summary: "how to execute it",
  optional: true,
};
const run: HostParameter = { name: "run", schema: { type: "string" }, summary: "id from begin" };
const ended: HostParameter = {
  name: "ended",
  schema: { type: "object" },
  summary: "how the function of the last step ended: `output`, or `error` with code and message",
  optional: true,
};
const report = { type: "object" } as const;
const errors = ["host/invalid-argument", "host/state-invalid", "host/state-quota", "host/unavailable"] as const;

/** The module, shims included. */
export const workflowDeclaration: HostModuleDeclaration = {
  name: "workflow",
  summary: "Workflows: checked graphs of tasks, executed one after the other or in parallel, with retries and reports.",
  functions: [
    {
      name: "check",
      summary: "Tells everything that is wrong with a definition; an empty list means nothing is.",
      parameters: [definition],
      returns: { type: "array", items: { type: "object" } },
      capability: null,
      effect: "none",
      cost: 2000,
    },
    {
      name: "order",
      summary: "Lists the tasks in topological order; those that could come next in the order of their declaration.",
      parameters: [definition],
      returns: { type: "array", items: { type: "string" } },
      capability: null,
      effect: "none",
      cost: 2000,
      errors: ["host/invalid-argument"],
    },
    {
      name: "begin",
      summary: "Plans an execution, with what an interrupted one of the same run has done; its id is for advance.",
      parameters: [definition, options],
      returns: { type: "string" },
      capability: "PluginInvoke",
      effect: "external",
      cost: 4000,
      errors,
    },
    {
      name: "advance",
      summary:
        "Runs actions until a function is to be run or everything has ended: a step with `task`, or with `report`.",
      parameters: [run, ended],
      returns: { type: "object" },
      capability: null,
      effect: "read",
      cost: 4000,
      errors,
    },
    {
      name: "advance_stored",
      summary: "The same for an execution that has a run: every step is stored before what builds upon it starts.",
      parameters: [run, ended],
      returns: { type: "object" },
      capability: null,
      effect: "write",
      cost: 8000,
      errors: [...errors, "host/state-conflict"],
    },
    {
      name: "cancel",
      summary: "Ends an execution: nothing more starts, actions that run are cancelled, and the report says why.",
      parameters: [run, { name: "reason", schema: { type: "string" }, summary: "for the report", optional: true }],
      returns: { type: "null" },
      capability: null,
      effect: "none",
      cost: 1000,
      errors: ["host/invalid-argument"],
    },
    {
      name: "execute",
      summary: "Executes a workflow all of whose tasks are actions, and returns its report.",
      parameters: [definition, options],
      returns: report,
      capability: "PluginInvoke",
      effect: "external",
      cost: 4000,
      errors,
    },
  ],
  shims: { lua: luaShim, rune: runeShim },
};
