// What is wrong with a machine as a whole: states that nothing reaches, states that nothing leaves, choices that are none.
import type { Value } from "@crucible/sandbox";
import { initialChain, isInside, withAncestors, type Finding, type Machine } from "./machine.ts";
import { compareText, readMachine, type ReadMachine } from "./read-machine.ts";

/** Reads a definition and reports everything about it at once, errors first, then by place. */
export function checkMachine(definition: Value): ReadMachine {
  const read = readMachine(definition);
  const { machine } = read;
  const findings = [...read.findings, ...findUndecided(machine)];
  // What follows from a broken start or a missing target would only repeat it.
  if (!findings.some(({ severity }) => severity === "error"))
    findings.push(...findUnreachable(machine), ...findDeadEnds(machine));
  const rank = { error: 0, warning: 1 };
  findings.sort((a, b) => rank[a.severity] - rank[b.severity] || compareText(a.place, b.place));
  return { machine, findings };
}

/** Leaves that a run can reach, each with a shortest way of events to it, guards taken as passable. */
export function reachableLeaves(machine: Machine): ReadonlyMap<string, readonly string[]> {
  const start = initialChain(machine, "").at(-1) ?? "";
  const ways = new Map<string, readonly string[]>([[start, []]]);
  for (const leaf of ways.keys()) {
    const way = ways.get(leaf) ?? [];
    if (isDone(machine, leaf)) continue;
    for (const [event, target] of leavingTransitions(machine, leaf)) {
      const next = initialChain(machine, target).at(-1) ?? target;
      if (!ways.has(next)) ways.set(next, [...way, event]);
    }
  }
  return ways;
}

/** True when a machine in this leaf takes no event any more: a final state directly below the root. */
export function isDone(machine: Machine, leaf: string): boolean {
  const state = machine.states.get(leaf);
  return state !== undefined && state.final && state.parent === "";
}

// Transitions that an event can cause in a leaf: after one without a guard, no later one has a turn.
function leavingTransitions(machine: Machine, leaf: string): readonly (readonly [string, string])[] {
  const decided = new Set<string>();
  const leaving: (readonly [string, string])[] = [];
  for (const state of withAncestors(machine, leaf)) {
    for (const { event, target, guard } of state.transitions) {
      if (decided.has(event)) continue;
      if (target !== null) leaving.push([event, target]);
      if (guard === null) decided.add(event);
    }
  }
  return leaving;
}

function findUnreachable(machine: Machine): readonly Finding[] {
  const leaves = [...reachableLeaves(machine).keys()];
  return [...machine.states.keys()]
    .filter((path) => !leaves.some((leaf) => leaf === path || isInside(leaf, path)))
    .map((path) => ({
      severity: "warning",
      code: "unreachable",
      place: placeOf(path),
      message: `No run can reach the state "${path}"`,
    }));
}

function findDeadEnds(machine: Machine): readonly Finding[] {
  return [...machine.states.values()]
    .filter(({ path, children, final }) => {
      if (path === "" || children.length > 0 || final) return false;
      return !leavingTransitions(machine, path).some(([, target]) => initialChain(machine, target).at(-1) !== path);
    })
    .map(({ path }) => ({
      severity: "warning",
      code: "dead-end",
      place: placeOf(path),
      message: `Nothing leads out of the state "${path}", and it is not final`,
    }));
}

function findUndecided(machine: Machine): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { path, transitions } of machine.states.values()) {
    const owner = path === "" ? machine.id : path;
    const guards = new Map<string, Set<string>>();
    const reported = new Set<string>();
    for (const { event, guard } of transitions) {
      const seen = guards.get(event) ?? new Set();
      guards.set(event, seen);
      if (!reported.has(event) && (seen.has("") || seen.has(guard ?? ""))) {
        reported.add(event);
        findings.push({
          severity: "error",
          code: "nondeterministic",
          place: `${placeOf(path)}${path === "" ? "" : "."}on.${event}`,
          message: seen.has("")
            ? `"${owner}" has a transition on "${event}" behind one without a guard: which of them is meant is not decided`
            : `"${owner}" has two transitions on "${event}" with the guard "${guard ?? ""}": which of them is meant is not decided`,
        });
      }
      seen.add(guard ?? "");
    }
  }
  return findings;
}

function placeOf(path: string): string {
  return path === ""
    ? ""
    : path
        .split(".")
        .map((name) => `states.${name}`)
        .join(".");
}
