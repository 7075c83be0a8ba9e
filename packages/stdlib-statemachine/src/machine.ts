// What a machine is after its definition was read: states by path, transitions with their targets resolved.
// Reading is in read-machine.ts, checking in check-machine.ts, running in step-machine.ts.
import type { ValueObject } from "@crucible/sandbox";

/** A machine that was read from a definition. States are sorted by path, so that nothing depends on a language's order. */
export interface Machine {
  /** Names the machine among those of a plugin. */
  readonly id: string;
  /** Counts the changes of the definition that stored instances must be migrated over. */
  readonly version: number;
  /** By path; the root has the path "". */
  readonly states: ReadonlyMap<string, State>;
  /** Context of a new instance. */
  readonly context: ValueObject;
  /** How many past transitions an instance remembers. */
  readonly historyLength: number;
}

export interface State {
  /** `red.walk` for the state `walk` inside `red`. */
  readonly path: string;
  readonly name: string;
  /** Path of the state that it lies in; `null` for the root. */
  readonly parent: string | null;
  /** Paths of the states inside, sorted. */
  readonly children: readonly string[];
  /** Path of the state that is entered with this one; `null` for a state without children. */
  readonly initial: string | null;
  readonly final: boolean;
  readonly description: string | null;
  /** Names of callbacks, in the order in which they run. */
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly transitions: readonly Transition[];
}

export interface Transition {
  readonly event: string;
  /** Path of the target; `null` for a transition that only acts. */
  readonly target: string | null;
  readonly guard: string | null;
  readonly actions: readonly string[];
  /** Leaves and enters its source again, also where the target lies inside it. */
  readonly reenter: boolean;
}

/** One thing that is wrong, or odd, about a definition. */
export interface Finding {
  /** A machine with an error cannot run. */
  readonly severity: "error" | "warning";
  readonly code: FindingCode;
  readonly message: string;
  /** Where in the definition: `states.red.on.next`. */
  readonly place: string;
}

export type FindingCode =
  | "invalid-shape"
  | "unknown-key"
  | "invalid-name"
  | "invalid-initial"
  | "unknown-target"
  | "unreachable"
  | "dead-end"
  | "nondeterministic"
  | "final-state"
  | "unsupported"
  | "too-large";

/** The root of a machine's states. */
export function rootOf(machine: Machine): State {
  return stateAt(machine, "");
}

/** @throws {RangeError} when there is no such state: the caller has checked it */
export function stateAt(machine: Machine, path: string): State {
  const state = machine.states.get(path);
  if (state === undefined) throw new RangeError(`The machine "${machine.id}" has no state "${path}"`);
  return state;
}

/** The state and those around it, innermost first, the root last. */
export function withAncestors(machine: Machine, path: string): readonly State[] {
  const chain: State[] = [];
  for (let at: string | null = path; at !== null;) {
    const state = stateAt(machine, at);
    chain.push(state);
    at = state.parent;
  }
  return chain;
}

/** True when `path` lies somewhere inside `outer`. */
export function isInside(path: string, outer: string): boolean {
  return path !== outer && (outer === "" || path.startsWith(`${outer}.`));
}

/** The states that are entered with a state, itself first: down the initial states to one without children. */
export function initialChain(machine: Machine, path: string): readonly string[] {
  const chain = [path];
  for (let at = stateAt(machine, path).initial; at !== null; at = stateAt(machine, at).initial) chain.push(at);
  return chain;
}
