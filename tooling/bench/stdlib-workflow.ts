// Rows of `stdlib` about workflows: what 1,000 tasks that do nothing cost, in all of their time a task.
import { createInvocation, float, object, succeed, unwrap, type Value } from "@crucible/sandbox";
import { createRun, readWorkflow, type RunCall, type TaskEnd, type Workflow } from "@crucible/stdlib-workflow";
import type { Row } from "./bench-definition.ts";

const count = 1000;

/** Ten layers of a hundred tasks; each task needs three of the layer before. */
function definition(work: Value): Value {
  const tasks: [string, Value][] = [];
  for (let task = 0; task < count; task += 1) {
    const before =
      task < 100 ? [] : [0, 1, 2].map((step) => task - 100 - ((task + step * 37) % (task < 200 ? task - 99 : 100)));
    const needs = [...new Set(before)].map((need) => `t${need}`);
    tasks.push([`t${task}`, object([...Object.entries(work as Record<string, Value>), ["needs", needs]])]);
  }
  return object([["tasks", object(tasks)]]);
}

function read(source: Value): Workflow {
  const result = readWorkflow(source);
  if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join("; "));
  return result.workflow;
}

const call: RunCall = {
  now: () => performance.now(),
  random: () => 0.5,
  progress: () => {},
  invoke: () => {
    const control = createInvocation("bench");
    control.settle(succeed(float(1)));
    return control.handle;
  },
};

/** Executes and returns microseconds a task. */
async function measure(source: Value, parallel: boolean): Promise<number> {
  const started = performance.now();
  const run = createRun(read(source), { parallel, concurrency: 4, idPrefix: "bench", startTimer: () => () => {} });
  let ended: TaskEnd | undefined;
  for (;;) {
    const step = unwrap(await run.advance(call, ended));
    if (step.kind === "report") {
      if (step.report["status"] !== "succeeded") throw new Error("The workflow did not succeed");
      return ((performance.now() - started) * 1000) / count;
    }
    ended = succeed(null);
  }
}

/** Reading, checking, ordering, scheduling, progress and report, divided by the tasks. */
export function workflowRows(): readonly Row[] {
  const actions = definition({ type: "p.main", inputs: { x: 1 } });
  const functions = definition({ run: true });
  const row = (name: string, source: Value, parallel: boolean): Row => ({
    name,
    unit: "µs",
    contenders: { crucible: { measure: () => measure(source, parallel) } },
    target: { contender: "crucible", atMost: 50 },
  });
  return [
    row("workflow of 1,000 actions in parallel, a task", actions, true),
    row("workflow of 1,000 actions in sequence, a task", actions, false),
    row("workflow of 1,000 functions, a task", functions, false),
  ];
}
