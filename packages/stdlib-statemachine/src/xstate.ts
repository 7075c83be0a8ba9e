// Definitions of XState 5 as definitions of ours and back, where the features meet. What does not carry over is reported.
import { isObject, object, type Value, type ValueObject } from "@crucible/sandbox";
import { rootOf, stateAt, type Finding, type Machine, type State } from "./machine.ts";

export interface Converted {
  readonly definition: ValueObject;
  readonly findings: readonly Finding[];
}

const shared = ["description", "entry", "exit", "initial", "on", "states", "type"];
const rootKeys = [...shared, "id", "version", "context"];
const transitionKeys = ["actions", "description", "guard", "reenter", "target"];

/** Turns the configuration that XState's `createMachine` takes into a definition of ours. Actions and guards are named by strings. */
export function fromXState(config: Value): Converted {
  const findings: Finding[] = [];
  const lost = (place: string, message: string): void => {
    findings.push({ severity: "error", code: "unsupported", place, message });
  };
  const named = (value: Value, place: string): Value => {
    if (typeof value === "string") return value;
    if (isObject(value) && typeof value["type"] === "string") {
      if (value["params"] !== undefined) lost(place, `"${place}" has parameters: callbacks here have none`);
      return value["type"];
    }
    lost(place, `"${place}" is no name`);
    return null;
  };
  const allNamed = (value: Value, place: string): Value =>
    Array.isArray(value) ? value.map((each: Value) => named(each, place)) : named(value, place);

  const transition = (value: Value, place: string): Value => {
    if (typeof value === "string") return value;
    if (!isObject(value)) {
      lost(place, `"${place}" is no transition`);
      return object([]);
    }
    return object(
      Object.entries(value).flatMap(([key, given]): (readonly [string, Value])[] => {
        const where = `${place}.${key}`;
        if (!transitionKeys.includes(key)) {
          lost(where, `"${where}" has no counterpart`);
          return [];
        }
        if (key === "actions") return [[key, allNamed(given, where)]];
        if (key === "guard") return [[key, named(given, where)]];
        if (key === "target" && Array.isArray(given)) {
          if (given.length === 1 && typeof given[0] === "string") return [[key, given[0]]];
          lost(where, `"${where}" has several targets: there are no parallel states`);
          return [];
        }
        return [[key, given]];
      }),
    );
  };

  const state = (value: ValueObject, place: string, keys: readonly string[]): ValueObject =>
    object(
      Object.entries(value).flatMap(([key, given]): (readonly [string, Value])[] => {
        const where = place === "" ? key : `${place}.${key}`;
        if (!keys.includes(key)) {
          lost(where, `"${where}" has no counterpart`);
          return [];
        }
        if (key === "entry" || key === "exit") return [[key, allNamed(given, where)]];
        if (key === "version") {
          const version = Number(given);
          if (Number.isSafeInteger(version) && version > 0) return [[key, version]];
          lost(where, "The version is a whole number from 1");
          return [];
        }
        if (key === "type" && given !== "final" && given !== "atomic" && given !== "compound") {
          lost(where, `"${where}" is ${JSON.stringify(given)}: only final, atomic and compound states carry over`);
          return [];
        }
        if (key === "states" && isObject(given))
          return [
            [
              key,
              object(
                Object.entries(given).map(([name, inner]) => [
                  name,
                  isObject(inner) ? state(inner, `${where}.${name}`, shared) : inner,
                ]),
              ),
            ],
          ];
        if (key === "on" && isObject(given))
          return [
            [
              key,
              object(
                Object.entries(given).flatMap(([event, candidates]): (readonly [string, Value])[] => {
                  const at = `${where}.${event}`;
                  if (event === "*" || event.endsWith(".*")) {
                    lost(at, `"${at}" stands for several events: events are named one by one here`);
                    return [];
                  }
                  return [
                    [
                      event,
                      Array.isArray(candidates)
                        ? candidates.map((each: Value) => transition(each, at))
                        : transition(candidates, at),
                    ],
                  ];
                }),
              ),
            ],
          ];
        return [[key, given]];
      }),
    );

  if (!isObject(config)) {
    lost("", "A configuration is an object");
    return { definition: object([]), findings };
  }
  const definition = state(config, "", rootKeys);
  // XState calls a machine without an id "(machine)"; targets name it, so that it must have one here too.
  return { definition: object([["id", "machine"], ...Object.entries(definition)]), findings };
}

/** The machine as a configuration for XState's `createMachine`; every callback is a name in `actions` or `guards`. */
export function toXState(machine: Machine): ValueObject {
  const state = (given: State): ValueObject => {
    const entries: (readonly [string, Value])[] = [];
    if (given.final) entries.push(["type", "final"]);
    if (given.description !== null) entries.push(["description", given.description]);
    if (given.initial !== null) entries.push(["initial", stateAt(machine, given.initial).name]);
    if (given.entry.length > 0) entries.push(["entry", [...given.entry]]);
    if (given.exit.length > 0) entries.push(["exit", [...given.exit]]);
    const events = new Map<string, Value[]>();
    for (const { event, target, guard, actions, reenter } of given.transitions) {
      const transition: (readonly [string, Value])[] = [];
      if (target !== null) transition.push(["target", `#${machine.id}.${target}`]);
      if (guard !== null) transition.push(["guard", guard]);
      if (actions.length > 0) transition.push(["actions", [...actions]]);
      if (reenter) transition.push(["reenter", true]);
      events.set(event, [...(events.get(event) ?? []), object(transition)]);
    }
    if (events.size > 0) entries.push(["on", object(events)]);
    if (given.children.length > 0)
      entries.push([
        "states",
        object(given.children.map((child) => [stateAt(machine, child).name, state(stateAt(machine, child))])),
      ]);
    return object(entries);
  };
  const context = Object.keys(machine.context).length === 0 ? [] : ([["context", machine.context]] as const);
  return object([
    ["id", machine.id],
    ["version", String(machine.version)],
    ...context,
    ...Object.entries(state(rootOf(machine))),
  ]);
}
