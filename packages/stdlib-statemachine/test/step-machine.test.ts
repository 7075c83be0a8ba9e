import {
  checkMachine,
  eventsOf,
  planEvent,
  planStart,
  reachableLeaves,
  type Machine,
} from "@crucible/stdlib-statemachine";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createActor, createMachine } from "xstate";
import { arbitraryMachine, events, toValue, type PlainMachine } from "./arbitrary-machine.ts";

const guardAnswers: Readonly<Record<string, boolean>> = { yes: true, no: false };

function machineOf(plain: PlainMachine): Machine {
  const { machine, findings } = checkMachine(toValue(plain));
  expect(findings.filter(({ severity }) => severity === "error")).toStrictEqual([]);
  return machine;
}

/** The path of XState's nested state value: `{a: {b: "c"}}` is `a.b.c`. */
function pathOf(value: unknown): string {
  if (typeof value === "string") return value;
  const [[name, inner] = ["", ""]] = Object.entries(value as Record<string, unknown>);
  return `${name}.${pathOf(inner)}`;
}

test("machines do what XState does: the same states, and the same callbacks in the same order", () => {
  fc.assert(
    fc.property(arbitraryMachine, fc.array(fc.constantFrom(...events), { maxLength: 12 }), (plain, sent) => {
      const machine = machineOf(plain);
      const log: string[] = [];
      const named =
        (name: string): (() => void) =>
        () =>
          log.push(name);
      const callbacks = new Set<string>(["act1", "act2"]);
      for (const state of machine.states.values())
        for (const name of [...state.entry, ...state.exit]) callbacks.add(name);
      const actor = createActor(
        createMachine(plain as unknown as Parameters<typeof createMachine>[0], {
          actions: Object.fromEntries([...callbacks].map((name) => [name, named(name)])),
          guards: { yes: () => true, no: () => false },
        }),
      );
      actor.start();
      const start = planStart(machine);
      let state = start.to;
      let done = start.done;
      // A machine of XState that has ended leaves its states, which calls their exits; ours stay where they ended.
      if (!done) expect(log).toStrictEqual(start.calls.map(({ callback }) => callback));
      for (const event of sent) {
        if (done) break;
        log.length = 0;
        actor.send({ type: event });
        const plan = planEvent(machine, state, event).find(
          ({ guard }) => guard === null || guardAnswers[guard] === true,
        );
        if (plan !== undefined) ({ to: state, done } = plan);
        const calls = (plan?.calls ?? []).map(({ callback }) => callback);
        expect(done ? log.slice(0, calls.length) : log).toStrictEqual(calls);
        expect(pathOf(actor.getSnapshot().value)).toBe(state);
        expect(actor.getSnapshot().status === "done").toBe(done);
      }
    }),
    { numRuns: 3000 },
  );
});

test("eventsOf lists exactly the events that have a plan", () => {
  fc.assert(
    fc.property(arbitraryMachine, (plain) => {
      const machine = machineOf(plain);
      for (const leaf of reachableLeaves(machine).keys()) {
        const taken = events.filter((event) => planEvent(machine, leaf, event).length > 0);
        expect(eventsOf(machine, leaf)).toStrictEqual([...taken].sort());
      }
    }),
    { numRuns: 500 },
  );
});

test("reachableLeaves finds the leaves that runs with every answer of every guard come to, by the shortest ways", () => {
  fc.assert(
    fc.property(arbitraryMachine, (plain) => {
      const machine = machineOf(plain);
      const distances = new Map([[planStart(machine).to, 0]]);
      for (const [leaf, distance] of distances) {
        for (const event of events)
          for (const { to } of planEvent(machine, leaf, event)) if (!distances.has(to)) distances.set(to, distance + 1);
      }
      const found = [...reachableLeaves(machine)].map(([leaf, way]) => [leaf, way.length]);
      expect(new Map(found as [string, number][])).toStrictEqual(distances);
    }),
    { numRuns: 500 },
  );
});
