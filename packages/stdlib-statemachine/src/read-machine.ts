// Reads a definition, as plain data, into a machine. Everything that is wrong is reported at once; what can be read is.
import { isObject, object, type Value, type ValueObject } from "@crucible/sandbox";
import type { Finding, FindingCode, Machine, State, Transition } from "./machine.ts";

export interface ReadMachine {
  readonly machine: Machine;
  readonly findings: readonly Finding[];
}

const rootKeys = ["id", "version", "initial", "context", "states", "on", "entry", "exit", "history", "description"];
const stateKeys = ["initial", "states", "on", "entry", "exit", "type", "description"];
const transitionKeys = ["target", "guard", "actions", "reenter", "description"];

/** States and transitions that a machine may have: pictures and checks of larger ones help nobody. */
const maxStates = 1000;
const maxTransitions = 10_000;
const maxDepth = 32;

interface Draft extends Omit<State, "initial" | "transitions"> {
  readonly place: string;
  readonly wantedInitial: Value | undefined;
  readonly transitions: DraftTransition[];
}

interface DraftTransition extends Omit<Transition, "target"> {
  readonly place: string;
  readonly wantedTarget: string | null;
}

/** Reads a definition. The machine is only to be run when no finding is an error. */
export function readMachine(definition: Value): ReadMachine {
  const findings: Finding[] = [];
  const report = (code: FindingCode, place: string, message: string): void => {
    findings.push({ severity: "error", code, place, message });
  };
  const given = isObject(definition) ? definition : undefined;
  if (given === undefined) report("invalid-shape", "", "A definition is an object with initial and states");
  const root = given ?? object([]);
  const drafts = new Map<string, Draft>();
  let transitionCount = 0;

  const readNames = (value: Value | undefined, place: string): readonly string[] => {
    if (value === undefined || value === null || isEmpty(value)) return [];
    const names = Array.isArray(value) ? (value as readonly Value[]) : [value];
    return names.flatMap((name) => {
      if (typeof name === "string" && name !== "") return [name];
      report("invalid-shape", place, `"${place}" is a callback, or a list of callbacks`);
      return [];
    });
  };
  const readText = (value: Value | undefined, place: string): string | null => {
    if (value === undefined || value === null) return null;
    if (typeof value === "string" && value !== "") return value;
    report("invalid-shape", place, `"${place}" is a text`);
    return null;
  };
  const refuseUnknown = (value: ValueObject, known: readonly string[], place: string): void => {
    for (const key of Object.keys(value)) {
      if (!known.includes(key))
        report("unknown-key", join(place, key), `"${join(place, key)}" is not known: it takes ${known.join(", ")}`);
    }
  };

  const readTransition = (value: Value, event: string, place: string): DraftTransition | undefined => {
    if (typeof value === "string")
      return { event, wantedTarget: value, guard: null, actions: [], reenter: false, place };
    if (!isObject(value)) {
      report("invalid-shape", place, `The transition "${place}" is the name of a state, or an object`);
      return undefined;
    }
    refuseUnknown(value, transitionKeys, place);
    const { reenter = null } = value;
    if (reenter !== null && typeof reenter !== "boolean")
      report("invalid-shape", `${place}.reenter`, `"${place}.reenter" is true or false`);
    return {
      event,
      place,
      wantedTarget: readText(value["target"], `${place}.target`),
      guard: readText(value["guard"], `${place}.guard`),
      actions: readNames(value["actions"], `${place}.actions`),
      reenter: reenter === true,
    };
  };

  const readTransitions = (value: Value | undefined, place: string): DraftTransition[] => {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value) && value.length === 0) return [];
    if (!isObject(value)) {
      report("invalid-shape", place, `"${place}" is an object with a transition for each event`);
      return [];
    }
    const read: DraftTransition[] = [];
    for (const event of Object.keys(value).sort(compareText)) {
      const given = value[event] ?? null;
      const candidates = Array.isArray(given) ? (given as readonly Value[]) : [given];
      if (event === "") report("invalid-name", place, `An event in "${place}" has no name`);
      for (const [index, candidate] of candidates.entries()) {
        const transition = readTransition(
          candidate,
          event,
          candidates.length === 1 ? join(place, event) : `${join(place, event)}[${index + 1}]`,
        );
        if (transition !== undefined) read.push(transition);
      }
    }
    transitionCount += read.length;
    return read;
  };

  const readState = (value: Value, path: string, parent: string | null, place: string, depth: number): void => {
    const name = path.slice(path.lastIndexOf(".") + 1);
    const empty = isEmpty(value);
    if (!empty && !isObject(value)) report("invalid-shape", place, `The state "${path}" is an object`);
    const state = isObject(value) ? value : object([]);
    if (parent !== null) refuseUnknown(state, stateKeys, place);
    const type = readText(state["type"], join(place, "type"));
    if (type !== null && type !== "final" && type !== "compound" && type !== "atomic")
      report("unsupported", join(place, "type"), `The state "${path}" has the type "${type}": it can be final`);
    const children = readChildren(state["states"], join(place, "states"));
    drafts.set(path, {
      path,
      name,
      parent,
      place,
      children: children.map(([child]) => (path === "" ? child : `${path}.${child}`)),
      wantedInitial: state["initial"],
      final: type === "final",
      description: readText(state["description"], join(place, "description")),
      entry: readNames(state["entry"], join(place, "entry")),
      exit: readNames(state["exit"], join(place, "exit")),
      transitions: readTransitions(state["on"], join(place, "on")),
    });
    if (drafts.size > maxStates) return;
    if (depth >= maxDepth && children.length > 0) {
      report("too-large", place, `States lie more than ${maxDepth} deep in each other`);
      return;
    }
    for (const [child, inner] of children)
      readState(inner, path === "" ? child : `${path}.${child}`, path, join(join(place, "states"), child), depth + 1);
  };

  const readChildren = (value: Value | undefined, place: string): readonly (readonly [string, Value])[] => {
    if (value === undefined || value === null || isEmpty(value)) return [];
    if (!isObject(value)) {
      report("invalid-shape", place, `"${place}" is an object with one entry for each state`);
      return [];
    }
    return Object.keys(value)
      .sort(compareText)
      .filter((name) => {
        const fits = /^[^\s\p{C}.#"'[\]{}<>|\\]{1,80}$/u.test(name);
        if (!fits)
          report(
            "invalid-name",
            join(place, name),
            `"${name}" cannot name a state: 1 to 80 characters without blanks, points, quotes and brackets`,
          );
        return fits;
      })
      .map((name) => [name, value[name] ?? null] as const);
  };

  refuseUnknown(root, rootKeys, "");
  readState(root, "", null, "", 0);
  if (drafts.size > maxStates || transitionCount > maxTransitions)
    report(
      "too-large",
      "",
      `A machine has at most ${maxStates} states and ${maxTransitions} transitions: this one has more`,
    );
  if (given !== undefined && drafts.size === 1) report("invalid-shape", "states", "A machine has at least one state");

  const givenId = root["id"] ?? "machine";
  const id = typeof givenId === "string" ? givenId : "machine";
  if (id !== givenId || !/^[A-Za-z0-9_-]{1,80}$/.test(id))
    report("invalid-name", "id", `The id is 1 to 80 letters, digits, "-" and "_"`);
  const version = root["version"] ?? 1;
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1)
    report("invalid-shape", "version", "The version is a whole number from 1");
  const history = root["history"] ?? 100;
  if (typeof history !== "number" || !Number.isInteger(history) || history < 0 || history > 10_000)
    report("invalid-shape", "history", "The history is a number of transitions, 0 to 10000");
  const context = root["context"] ?? object([]);
  if (!isObject(context) && !isEmpty(context)) report("invalid-shape", "context", "The context is an object");

  const resolve = (source: string, target: string): string | undefined => {
    if (target.startsWith("#")) {
      const absolute = target.slice(1);
      const prefix = `${id}.`;
      return absolute.startsWith(prefix) && drafts.has(absolute.slice(prefix.length))
        ? absolute.slice(prefix.length)
        : undefined;
    }
    if (target.startsWith(".")) {
      const inside = source === "" ? target.slice(1) : source + target;
      return drafts.has(inside) && inside !== "" ? inside : undefined;
    }
    // The nearest scope that has the name: beside the source, then beside each state around it.
    for (let scope = drafts.get(source)?.parent ?? ""; ; scope = drafts.get(scope)?.parent ?? "") {
      const candidate = scope === "" ? target : `${scope}.${target}`;
      if (candidate !== "" && drafts.has(candidate)) return candidate;
      if (scope === "") return undefined;
    }
  };
  const finish = (draft: Draft): State => {
    const { path, place, wantedInitial, children } = draft;
    const names = children.map((child) => child.slice(path === "" ? 0 : path.length + 1));
    let initial: string | null = null;
    if (children.length > 0) {
      const wanted =
        typeof wantedInitial === "string" ? (path === "" ? wantedInitial : `${path}.${wantedInitial}`) : "";
      initial = children.includes(wanted) ? wanted : null;
      const owner = path === "" ? "The machine" : `The state "${path}"`;
      if (wantedInitial === undefined || wantedInitial === null)
        report(
          "invalid-initial",
          join(place, "initial"),
          `${owner} has no initial state: it needs one of ${names.join(", ")}`,
        );
      else if (initial === null)
        report(
          "invalid-initial",
          join(place, "initial"),
          `${owner} begins in ${JSON.stringify(wantedInitial)}, which is no state in it: it has ${names.join(", ")}`,
        );
    } else if (path !== "" && wantedInitial !== undefined && wantedInitial !== null)
      report("invalid-initial", join(place, "initial"), `The state "${path}" has no states to begin in`);
    if (draft.final && children.length > 0)
      report("final-state", place, `The final state "${path}" has states inside: a final state ends everything`);
    if (draft.final && draft.transitions.length > 0)
      report(
        "final-state",
        join(place, "on"),
        `The final state "${path}" has transitions: nothing leaves a final state`,
      );
    const transitions = draft.transitions.map(({ wantedTarget, place: where, ...transition }): Transition => {
      const target = wantedTarget === null ? null : resolve(path, wantedTarget);
      if (target === undefined)
        report(
          "unknown-target",
          where,
          `The transition of "${path === "" ? id : path}" on "${transition.event}" leads to "${wantedTarget ?? ""}", which is no state`,
        );
      return { ...transition, target: target ?? null };
    });
    const { name, parent, final, description, entry, exit } = draft;
    return { path, name, parent, children, initial, final, description, entry, exit, transitions };
  };
  const states = new Map([...drafts].map(([path, draft]) => [path, finish(draft)]));
  return {
    machine: {
      id,
      version: typeof version === "number" ? version : 1,
      context: isObject(context) ? context : object([]),
      historyLength: typeof history === "number" ? history : 100,
      states,
    },
    findings,
  };
}

/** Order of texts by code unit, alike everywhere. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function join(place: string, key: string): string {
  return place === "" ? key : `${place}.${key}`;
}

// An empty Lua table is an object or an array, as the reader wishes.
function isEmpty(value: Value): boolean {
  return (Array.isArray(value) && value.length === 0) || (isObject(value) && Object.keys(value).length === 0);
}
