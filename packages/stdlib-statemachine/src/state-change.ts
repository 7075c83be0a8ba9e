// Changes of state as events of the invocation that made them: what the log of a plugin, and so its session, tells of machines.
import { isObject, object, type InvocationEvent, type ValueObject } from "@crucible/sandbox";

/** One change of state that has happened. */
export interface StateChange {
  /** Id of the machine. */
  readonly machine: string;
  /** Name under which the instance is stored; null for one in memory. */
  readonly instance: string | null;
  /** The event that caused it, `machine.start` or `machine.migrate`. */
  readonly event: string;
  /** Path of the state before; "" at the start. */
  readonly from: string;
  readonly to: string;
  /** How many transitions the instance has made; the start is 1. */
  readonly sequence: number;
}

const kind = "state-change";

/** Says a change as fields of a log event. */
export function formatStateChange(change: StateChange): ValueObject {
  return object([["kind", kind], ...Object.entries(change)]);
}

/** Reads the change that an event of an invocation tells of; undefined for any other event. */
export function readStateChange(event: InvocationEvent): StateChange | undefined {
  if (event.kind !== "log" || event.fields === undefined || !isObject(event.fields)) return undefined;
  const { kind: of, machine, instance, event: cause, from, to, sequence } = event.fields;
  if (
    of !== kind ||
    typeof machine !== "string" ||
    (typeof instance !== "string" && instance !== null) ||
    typeof cause !== "string" ||
    typeof from !== "string" ||
    typeof to !== "string" ||
    typeof sequence !== "number"
  )
    return undefined;
  return { machine, instance, event: cause, from, to, sequence };
}
