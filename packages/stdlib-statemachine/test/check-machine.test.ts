import { fromPlain } from "@crucible/sandbox";
import { checkMachine, planEvent, reachableLeaves } from "@crucible/stdlib-statemachine";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryMachine, events, toValue } from "./arbitrary-machine.ts";

const codesOf = (definition: unknown): readonly string[] =>
  checkMachine(fromPlain(definition)).findings.map(({ code, place }) => `${code} ${place}`);

test("everything that is wrong is found at once", () => {
  const definition = {
    initial: "nowhere",
    colour: "red",
    states: {
      a: { on: { go: "missing", both: ["b", "c"] }, exits: "x" },
      b: { type: "final", on: { go: "a" } },
      c: { initial: "x", states: { y: {} } },
      "d.e": {},
    },
  };
  expect(codesOf(definition)).toStrictEqual([
    "unknown-key colour",
    "invalid-initial initial",
    "unknown-key states.a.exits",
    "nondeterministic states.a.on.both",
    "unknown-target states.a.on.go",
    "final-state states.b.on",
    "invalid-initial states.c.initial",
    "invalid-name states.d.e",
  ]);
});

describe("a sound machine", () => {
  test("has a warning for exactly the states that no run reaches", () => {
    fc.assert(
      fc.property(arbitraryMachine, (plain) => {
        const { machine, findings } = checkMachine(toValue(plain));
        const leaves = [...reachableLeaves(machine).keys()];
        const reached = (path: string): boolean => leaves.some((leaf) => leaf === path || leaf.startsWith(`${path}.`));
        const expected = [...machine.states.keys()].filter((path) => path !== "" && !reached(path));
        const found = findings.filter(({ code }) => code === "unreachable").map(({ message }) => message);
        expect(found.toSorted()).toStrictEqual(
          expected.map((path) => `No run can reach the state "${path}"`).toSorted(),
        );
      }),
      { numRuns: 500 },
    );
  });

  test("has a warning for exactly the states that nothing leaves and that are not final", () => {
    fc.assert(
      fc.property(arbitraryMachine, (plain) => {
        const { machine, findings } = checkMachine(toValue(plain));
        const stuck = [...machine.states.values()].filter(
          ({ path, children, final }) =>
            path !== "" &&
            children.length === 0 &&
            !final &&
            events.every((event) => planEvent(machine, path, event).every(({ to }) => to === path)),
        );
        expect(findings.filter(({ code }) => code === "dead-end").length).toBe(stuck.length);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["a beside b", { a: { on: { go: "b" } }, b: {} }, "b"],
    ["inside before outside", { a: { initial: "x", states: { x: { on: { go: "b" } }, b: {} } }, b: {} }, "a.b"],
    ["outside when there is none inside", { a: { initial: "x", states: { x: { on: { go: "b" } } } }, b: {} }, "b"],
    ["a path", { a: { on: { go: "b.y" } }, b: { initial: "x", states: { x: {}, y: {} } } }, "b.y"],
    ["a child", { a: { initial: "x", on: { go: ".y" }, states: { x: {}, y: {} } } }, "a.y"],
    ["an absolute path", { a: { on: { go: "#m.b" } }, b: {} }, "b"],
  ])("finds its targets: %s", (_, states, expected) => {
    const { machine, findings } = checkMachine(fromPlain({ id: "m", initial: "a", states }));
    expect(findings.filter(({ severity }) => severity === "error")).toStrictEqual([]);
    const start = [...reachableLeaves(machine).keys()][0] ?? "";
    expect(planEvent(machine, start, "go")[0]?.to).toBe(expected);
  });
});

test.each([null, 1, "x", [], [1], {}, { states: 1 }, { states: { a: 1 } }, { initial: 1, states: { a: { on: 1 } } }])(
  "%j is refused with a sentence, not an exception",
  (definition) => {
    const { findings } = checkMachine(fromPlain(definition));
    expect(findings.some(({ severity, message }) => severity === "error" && message !== "")).toBe(true);
  },
);

test("any data is answered, and machines above the bounds are refused", () => {
  fc.assert(
    fc.property(fc.object({ key: fc.constantFrom("states", "on", "initial", "a", "target"), maxDepth: 6 }), (given) => {
      expect(() => checkMachine(fromPlain(JSON.parse(JSON.stringify(given))))).not.toThrow();
    }),
    { numRuns: 1000 },
  );
  const many = (count: number): unknown => ({
    initial: "s0",
    states: Object.fromEntries(
      Array.from({ length: count }, (_, at) => [`s${at}`, { on: { go: `s${(at + 1) % count}` } }]),
    ),
  });
  expect(codesOf(many(999))).toStrictEqual([]);
  expect(codesOf(many(1000))).toContain("too-large ");
});
