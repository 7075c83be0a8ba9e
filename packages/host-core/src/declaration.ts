// What every plugin can do without touching the kiln: the declarations of log, progress, emit, context, clock, random,
// secrets and plugin calls. Their effects are in host-core.ts.
import type { HostFunctionDeclaration, HostModuleDeclaration, JsonSchema } from "@crucible/sandbox";

const anyValue: JsonSchema = true;
const text: JsonSchema = { type: "string" };
const nothing: JsonSchema = { type: "null" };

const functions: readonly HostFunctionDeclaration[] = [
  {
    name: "log",
    summary: "Writes a message to the plugin's log.",
    parameters: [
      { name: "level", schema: { enum: ["debug", "info", "warn", "error"] }, summary: "how important it is" },
      { name: "message", schema: { type: "string", maxLength: 10_000 }, summary: "what to write" },
      { name: "fields", schema: { type: "object" }, summary: "further data", optional: true },
    ],
    returns: nothing,
    capability: null,
    effect: "none",
    cost: 100,
    examples: [{ arguments: ["info", "12 notes read"], result: null }],
  },
  {
    name: "progress",
    summary: "Reports how far the work is.",
    parameters: [
      {
        name: "fraction",
        schema: { type: ["number", "null"], minimum: 0, maximum: 1 },
        summary: "0 to 1, or null when the total is unknown",
      },
      { name: "message", schema: { type: "string", maxLength: 1000 }, summary: "what is being done", optional: true },
    ],
    returns: nothing,
    capability: null,
    effect: "none",
    cost: 100,
    examples: [{ arguments: [0.5, "half of the notes"], result: null }],
  },
  {
    name: "emit",
    summary: "Hands a part of the result to whoever follows the invocation; returns when it was taken.",
    parameters: [{ name: "value", schema: anyValue, summary: "the part" }],
    returns: nothing,
    capability: null,
    effect: "none",
    cost: 100,
    errors: ["limit/output"],
    confidential: ["value"],
    examples: [{ arguments: [1], result: null }],
  },
  {
    name: "context",
    summary: "Tells who runs what: execution, task, attempt, plugin, invoker, session, deadline.",
    parameters: [],
    returns: {
      type: "object",
      required: [
        "executionId",
        "taskId",
        "attempt",
        "plugin",
        "version",
        "action",
        "invoker",
        "rootExecutionId",
        "depth",
        "deadline",
      ],
      properties: {
        executionId: text,
        taskId: text,
        attempt: { type: "integer", minimum: 1 },
        plugin: text,
        version: text,
        action: text,
        invoker: {
          type: "object",
          required: ["kind", "name"],
          properties: { kind: { enum: ["user", "agent", "workflow", "plugin"] }, name: text },
        },
        session: { type: ["string", "null"] },
        rootExecutionId: text,
        parentExecutionId: { type: ["string", "null"] },
        depth: { type: "integer", minimum: 0 },
        deadline: { type: "integer" },
        traceparent: { type: ["string", "null"] },
      },
    },
    capability: null,
    effect: "none",
    cost: 100,
  },
  {
    name: "clock",
    summary: "Tells the time in milliseconds since 1970-01-01T00:00:00Z.",
    parameters: [],
    returns: { type: "integer" },
    capability: null,
    effect: "read",
    cost: 100,
  },
  {
    name: "random",
    summary: "Draws a float of at least 0 and less than 1.",
    parameters: [],
    returns: { type: "number", minimum: 0, exclusiveMaximum: 1 },
    capability: null,
    effect: "read",
    cost: 100,
  },
  {
    name: "random_int",
    summary: "Draws an integer between two bounds, both included; each is equally likely.",
    parameters: [
      { name: "low", schema: { type: "integer" }, summary: "the least" },
      { name: "high", schema: { type: "integer" }, summary: "the greatest" },
    ],
    returns: { type: "integer" },
    capability: null,
    effect: "read",
    cost: 100,
    errors: ["host/invalid-argument"],
    examples: [{ arguments: [6, 6], result: 6 }],
  },
  {
    name: "secrets.get",
    summary: "Reads a secret by name; names cannot be listed.",
    parameters: [
      { name: "name", schema: { type: "string", minLength: 1, maxLength: 200 }, summary: "as the user stored it" },
    ],
    returns: text,
    capability: "Secrets",
    subject: { kind: "secret", parameter: "name" },
    effect: "read",
    cost: 100,
    errors: ["host/not-found"],
    confidential: ["result"],
  },
  {
    name: "invoke_plugin",
    summary: "Calls another plugin and returns its result.",
    parameters: [
      {
        name: "name",
        schema: { type: "string", minLength: 1 },
        summary: "`plugin`, `plugin.action` or `namespace/plugin.action`",
      },
      {
        name: "params",
        schema: anyValue,
        summary: "the action's parameters; an empty object when left out",
        optional: true,
      },
    ],
    returns: anyValue,
    capability: "PluginInvoke",
    subject: { kind: "plugin", parameter: "name" },
    effect: "external",
    cost: 1000,
    errors: ["plugin/not-found", "plugin/action-not-found", "plugin/untrusted", "limit/depth", "limit/workers"],
    confidential: ["params", "result"],
  },
];

/** The part of the module `crucible` that every host offers. */
export const hostCoreDeclaration: HostModuleDeclaration = {
  name: "crucible",
  summary: "Log, progress, context, time, randomness, secrets and other plugins.",
  functions,
};
