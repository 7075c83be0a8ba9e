// A running instance as data: what is stored, and what the guest holds between two events.
import { isObject, object, type Value, type ValueObject } from "@crucible/sandbox";
import type { Machine } from "./machine.ts";

export interface Snapshot {
  /** Id of the machine. */
  readonly machine: string;
  readonly version: number;
  /** Path of the active state that has no states inside. */
  readonly state: string;
  /** How many transitions were made; the start is 1. */
  readonly sequence: number;
  readonly done: boolean;
  readonly context: ValueObject;
  /** Oldest first, at most as many as the machine keeps. */
  readonly history: readonly Step[];
}

export interface Step {
  readonly sequence: number;
  readonly event: string;
  readonly from: string;
  readonly to: string;
  /** Unix milliseconds. */
  readonly time: number;
}

/** Event under which the start of an instance stands in its history. */
export const startEvent = "machine.start";

/** Event under which the change to a newer version stands in the history. */
export const migrateEvent = "machine.migrate";

export function snapshotToValue({ history, ...snapshot }: Snapshot): ValueObject {
  return object([...Object.entries(snapshot), ["history", history.map(stepToValue)]]);
}

export function stepToValue({ sequence, event, from, to, time }: Step): ValueObject {
  return object(Object.entries({ sequence, event, from, to, time }));
}

/** Reads a snapshot of a machine; a sentence where it is none. The history is cut to what the machine keeps. */
export function readSnapshot(machine: Machine, value: Value): Snapshot | string {
  if (!isObject(value)) return "it is no object";
  const { machine: id, version, state, sequence, done, context, history } = value;
  if (id !== machine.id) return `it is an instance of another machine`;
  if (typeof version !== "number" || typeof sequence !== "number" || !Number.isSafeInteger(sequence))
    return "its version or sequence is no number";
  if (typeof state !== "string") return "its state is no text";
  const empty = isEmptyArray(context);
  if (typeof done !== "boolean" || context === undefined || (!isObject(context) && !empty))
    return "its context is no object";
  const steps = readSteps(history ?? []);
  if (steps === undefined) return "its history is no list of transitions";
  return {
    machine: machine.id,
    version,
    state,
    sequence,
    done,
    context: isObject(context) ? context : object([]),
    history: machine.historyLength === 0 ? [] : steps.slice(-machine.historyLength),
  };
}

/** True when an instance of the machine can be in this state. */
export function isLeaf(machine: Machine, path: string): boolean {
  const state = machine.states.get(path);
  return state !== undefined && path !== "" && state.children.length === 0;
}

function readSteps(value: Value): readonly Step[] | undefined {
  if (!Array.isArray(value)) return isObject(value) && Object.keys(value).length === 0 ? [] : undefined;
  const steps: Step[] = [];
  for (const given of value as readonly Value[]) {
    if (!isObject(given)) return undefined;
    const { sequence, event, from, to, time } = given;
    if (
      typeof sequence !== "number" ||
      typeof time !== "number" ||
      typeof event !== "string" ||
      typeof from !== "string" ||
      typeof to !== "string"
    )
      return undefined;
    steps.push({ sequence, event, from, to, time });
  }
  return steps;
}

// An empty Lua table reads as either.
function isEmptyArray(value: Value | undefined): boolean {
  return Array.isArray(value) && value.length === 0;
}
