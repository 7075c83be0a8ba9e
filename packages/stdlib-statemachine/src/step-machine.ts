// How a machine runs: what happens at the start and on an event, as plans that the guest carries out.
// Exits from the inside out, then the transition's own actions, then entries from the outside in.
import {
  initialChain,
  isInside,
  stateAt,
  withAncestors,
  type Machine,
  type State,
  type Transition,
} from "./machine.ts";
import { isDone } from "./check-machine.ts";

/** One callback to run: by which name, and on which occasion. */
export interface Call {
  readonly on: "exit" | "action" | "entry";
  readonly callback: string;
  /** The state that is left, entered, or whose transition it is. */
  readonly state: string;
}

/** One way that an event can take. The first whose guard lets it pass is taken. */
export interface Plan {
  readonly guard: string | null;
  readonly from: string;
  readonly to: string;
  readonly calls: readonly Call[];
  /** The machine takes no event afterwards. */
  readonly done: boolean;
}

/** What entering the machine does. */
export function planStart(machine: Machine): Plan {
  const chain = initialChain(machine, "");
  const to = chain.at(-1) ?? "";
  return {
    guard: null,
    from: "",
    to,
    calls: chain.flatMap((path) => entryCalls(stateAt(machine, path))),
    done: isDone(machine, to),
  };
}

/** What an event may do in a leaf, in the order in which guards are asked: the innermost state's transitions first. */
export function planEvent(machine: Machine, leaf: string, event: string): readonly Plan[] {
  if (isDone(machine, leaf)) return [];
  const plans: Plan[] = [];
  for (const state of withAncestors(machine, leaf)) {
    for (const transition of state.transitions) {
      if (transition.event !== event) continue;
      plans.push(planTransition(machine, leaf, state, transition));
      if (transition.guard === null) return plans;
    }
  }
  return plans;
}

/** Events that a leaf has a transition for, its ancestors' included, sorted. */
export function eventsOf(machine: Machine, leaf: string): readonly string[] {
  if (isDone(machine, leaf)) return [];
  const events = withAncestors(machine, leaf).flatMap(({ transitions }) => transitions.map(({ event }) => event));
  return [...new Set(events)].sort();
}

function planTransition(machine: Machine, leaf: string, source: State, transition: Transition): Plan {
  const { target, guard } = transition;
  const actions = transition.actions.map((callback): Call => ({ on: "action", callback, state: source.path }));
  if (target === null) return { guard, from: leaf, to: leaf, calls: actions, done: false };
  const domain = domainOf(machine, source, target, transition.reenter);
  const left = withAncestors(machine, leaf).filter(({ path }) => isInside(path, domain));
  const outside = withAncestors(machine, target)
    .filter(({ path }) => isInside(path, domain))
    .reverse();
  const inside = initialChain(machine, target).slice(1);
  const entered = [...outside, ...inside.map((path) => stateAt(machine, path))];
  const to = inside.at(-1) ?? target;
  return {
    guard,
    from: leaf,
    to,
    calls: [
      ...left.flatMap((state) => state.exit.map((callback): Call => ({ on: "exit", callback, state: state.path }))),
      ...actions,
      ...entered.flatMap(entryCalls),
    ],
    done: isDone(machine, to),
  };
}

// The innermost state that stays active throughout.
function domainOf(machine: Machine, source: State, target: string, reenter: boolean): string {
  if (!reenter && (target === source.path || isInside(target, source.path))) return source.path;
  const around = withAncestors(machine, target).slice(1);
  return around.find(({ path }) => isInside(source.path, path))?.path ?? "";
}

function entryCalls(state: State): readonly Call[] {
  return state.entry.map((callback) => ({ on: "entry", callback, state: state.path }));
}
