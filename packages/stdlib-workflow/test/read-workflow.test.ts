import { Float, type Value } from "@crucible/sandbox";
import { arbitraryValue } from "@crucible/sandbox/testing";
import { readWorkflow } from "@crucible/stdlib-workflow";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const findingsOf = (definition: Value): readonly string[] => {
  const read = readWorkflow(definition);
  return read.ok ? [] : read.findings.map(({ code, tasks }) => [code, ...tasks].join(" "));
};

test("readWorkflow tells everything that is wrong at once", () => {
  expect(
    findingsOf({
      name: "a/b",
      colour: 1,
      tasks: {
        a: { type: "p.a", needs: ["b", "nobody"] },
        b: { type: "p.b", inputs: { x: "${a.y}", z: "${ghost}" } },
        c: {},
        d: { run: true, type: "p.d" },
        e: { type: "not an action", critical: true, optional: true },
        f: { type: "p.f", retry: { max: -1, backoff: "slow", extra: 1 }, timeout_ms: 1.5 },
        inputs: { run: true },
      },
    }),
  ).toStrictEqual([
    "unknown-field",
    "invalid-field",
    "no-work c",
    "no-work d",
    "invalid-field e",
    "invalid-field e",
    "unknown-field f",
    "invalid-field f",
    "invalid-field f",
    "invalid-field f",
    "invalid-field",
    "unknown-dependency a",
    "unknown-reference b",
    "cycle a b a",
  ]);
});

test("readWorkflow shows the path of each cycle, a task that needs itself included", () => {
  const tasks = {
    a: { run: true, needs: ["c"] },
    b: { run: true, needs: "a" },
    c: { run: true, needs: ["b"] },
    d: { run: true, needs: ["d"] },
    e: { run: true, needs: ["d"] },
  };
  const read = readWorkflow({ tasks });
  expect(read.ok ? [] : read.findings.map(({ message }) => message)).toStrictEqual([
    "Cannot order the tasks: they wait for each other: a → b → c → a",
    "Cannot order the tasks: they wait for each other: d → d",
  ]);
});

test("readWorkflow finds thousands of cycles as fast as it reads, and refuses what is too large to order", () => {
  const pairs = Array.from({ length: 10_000 }, (_, task) => [
    `t${String(task).padStart(5, "0")}`,
    { run: true, needs: [`t${String(task % 2 === 0 ? task + 1 : task - 1).padStart(5, "0")}`] },
  ]);
  const read = readWorkflow({ tasks: Object.fromEntries(pairs) as Value });
  expect(read.ok ? [] : read.findings.map(({ code }) => code)).toStrictEqual(Array(5000).fill("cycle"));
  const names = Array.from({ length: 460 }, (_, task) => `t${task}`);
  const dense = names.map((name, task) => [name, { run: true, needs: names.slice(0, task) }]);
  expect(findingsOf({ tasks: Object.fromEntries(dense) as Value })).toStrictEqual(["invalid-field"]);
});

test("readWorkflow gives the same workflow for tasks as a list and as an object, whatever the order of keys", () => {
  const a = { type: "p.a", timeout_ms: new Float(5) };
  const b = { run: true, needs: ["a"] };
  const expected = readWorkflow({ tasks: { a, b } });
  expect(readWorkflow({ tasks: { b, a } })).toMatchObject({
    ok: true,
    workflow: { tasks: expected.ok ? expected.workflow.tasks : [] },
  });
  expect(
    readWorkflow({
      tasks: [
        { name: "a", ...a },
        { name: "b", ...b },
      ],
    }),
  ).toMatchObject({ ok: true, workflow: { tasks: expected.ok ? expected.workflow.tasks : [] } });
});

test("readWorkflow reads an empty list of needs that arrives as an empty object", () => {
  expect(findingsOf({ tasks: { a: { run: true, needs: {} } } })).toStrictEqual([]);
});

test("readWorkflow answers whatever it is given", () => {
  fc.assert(
    fc.property(arbitraryValue(), arbitraryValue(), (whole, task) => {
      expect(typeof readWorkflow(whole).ok).toBe("boolean");
      expect(
        typeof readWorkflow({
          tasks: { a: task, b: { run: true, needs: task, inputs: task, when: task, retry: task } },
        }).ok,
      ).toBe("boolean");
    }),
  );
});
