// The module `statemachine` as data: the raw functions, upon which the shims build what authors use.
import type { HostFunctionDeclaration, HostModuleDeclaration, HostParameter } from "@crucible/sandbox";
import { luaShim } from "./shim-lua.ts";
import { runeShim } from "./shim-rune.ts";

const definition: HostParameter = {
  name: "definition",
  schema: true,
  summary: "the machine as data, callbacks by name",
};
const snapshot: HostParameter = { name: "snapshot", schema: { type: "object" }, summary: "a running instance as data" };
const instanceName: HostParameter = {
  name: "name",
  schema: { type: "string", pattern: "^[^\\s/][^/\\n]{0,199}$" },
  summary: "names the instance among those of the machine",
};
const cause: HostParameter = {
  name: "cause",
  schema: {
    type: "object",
    required: ["event", "from"],
    properties: { event: { type: "string" }, from: { type: "string" } },
  },
  summary: "the event that led to the state, and the state from which",
};
const event: HostParameter = { name: "event", schema: { type: "string", minLength: 1 }, summary: "name of the event" };
const current: HostParameter = {
  name: "state",
  schema: { type: "string" },
  summary: "the state to highlight",
  optional: true,
};
const pure = { capability: null, effect: "none", cost: 2000, errors: ["host/invalid-argument"] } as const;
const stored = { capability: "StateManage", cost: 4000, confidential: ["snapshot", "result"] } as const;
const names = { type: "array", items: { type: "string" } } as const;
const text = { type: "string" } as const;

const functions: readonly HostFunctionDeclaration[] = [
  {
    name: "check",
    summary: "Tells everything that is wrong with a definition, errors first; an empty list means nothing is.",
    parameters: [definition],
    returns: { type: "array", items: { type: "object" } },
    ...pure,
  },
  {
    name: "begin",
    summary: "Plans the start of an instance: its snapshot, and the callbacks to run before it counts.",
    parameters: [
      definition,
      { name: "context", schema: true, summary: "replaces the definition's context", optional: true },
    ],
    returns: { type: "object" },
    ...pure,
  },
  {
    name: "step",
    summary:
      "Plans an event: the ways it can take, in the order in which their guards are asked, and a context to work on.",
    parameters: [definition, snapshot, event],
    returns: { type: "object" },
    ...pure,
    errors: ["host/invalid-argument", "host/event-refused"],
  },
  {
    name: "refuse",
    summary: "Fails with the reason why an event is not taken, when every guard said no.",
    parameters: [definition, snapshot, event],
    returns: { type: "null" },
    ...pure,
    errors: ["host/invalid-argument", "host/event-refused"],
  },
  {
    name: "migrate",
    summary: "Makes an instance of an older version one of the present version, in the state and context given.",
    parameters: [
      definition,
      snapshot,
      { name: "state", schema: { type: "string" }, summary: "state of the present version" },
      { name: "context", schema: true, summary: "context of the present version" },
    ],
    returns: { type: "object" },
    ...pure,
  },
  {
    name: "events",
    summary: "Lists the events that a state has a transition for, guards taken as passable.",
    parameters: [definition, { name: "state", schema: text, summary: "path of a state without states inside" }],
    returns: names,
    ...pure,
  },
  {
    name: "load",
    summary: "Reads a stored instance; null when there is none.",
    parameters: [definition, instanceName],
    returns: { type: ["object", "null"] },
    effect: "read",
    ...stored,
    errors: ["host/invalid-argument", "host/state-invalid"],
  },
  {
    name: "save",
    summary: "Stores an instance whose predecessor is what is stored now; fails when another invocation was quicker.",
    parameters: [definition, instanceName, snapshot, cause],
    returns: { type: "null" },
    effect: "write",
    ...stored,
    errors: ["host/invalid-argument", "host/state-invalid", "host/state-conflict", "host/state-quota"],
  },
  {
    name: "announce",
    summary: "Tells the plugin's log that an instance in memory has changed its state; save tells it of stored ones.",
    parameters: [definition, snapshot, cause],
    returns: { type: "null" },
    ...pure,
    confidential: ["snapshot"],
  },
  {
    name: "instances",
    summary: "Lists the names of a machine's stored instances, sorted.",
    parameters: [definition],
    returns: names,
    effect: "read",
    ...stored,
    errors: ["host/invalid-argument", "host/state-invalid"],
  },
  {
    name: "remove",
    summary: "Forgets a stored instance; false when there was none.",
    parameters: [definition, instanceName],
    returns: { type: "boolean" },
    effect: "write",
    ...stored,
    errors: ["host/invalid-argument", "host/state-invalid"],
  },
  {
    name: "dot",
    summary: "Draws a machine in Graphviz's language, its current state highlighted.",
    parameters: [definition, current],
    returns: text,
    ...pure,
  },
  {
    name: "mermaid",
    summary: "Draws a machine in Mermaid's language, for notes, its current state highlighted.",
    parameters: [definition, current],
    returns: text,
    ...pure,
  },
  {
    name: "svg",
    summary: "Draws a machine as SVG, its current state highlighted.",
    parameters: [definition, current],
    returns: text,
    ...pure,
    cost: 100_000,
  },
  {
    name: "read_xstate",
    summary: "Turns a configuration of XState 5 into a definition; fails with all that does not carry over.",
    parameters: [{ name: "config", schema: true, summary: "what XState's createMachine takes, as data" }],
    returns: { type: "object" },
    ...pure,
  },
  {
    name: "to_xstate",
    summary: "Turns a definition into a configuration for XState 5, callbacks by name.",
    parameters: [definition],
    returns: { type: "object" },
    ...pure,
  },
];

export const declaration: HostModuleDeclaration = {
  name: "statemachine",
  summary: "State machines: checked definitions, transitions with callbacks, stored instances and pictures.",
  functions,
  shims: { lua: luaShim, rune: runeShim },
};
