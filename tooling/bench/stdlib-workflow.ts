// Rows of `stdlib` about workflows: what tasks that do nothing cost, in all of their time a task; without storage, and with
// each step in a kiln's files on the disk.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKilnFiles } from "@crucible/kiln-store";
import { createInvocation, float, object, succeed, unwrap, type HostCallContext, type Value } from "@crucible/sandbox";
import {
  createFileStepStore,
  createRun,
  readWorkflow,
  type RunCall,
  type TaskEnd,
  type Workflow,
} from "@crucible/stdlib-workflow";
import type { Row } from "./bench-definition.ts";

/** Layers of a hundred tasks; each task needs three of the layer before. */
function definition(work: Value, count = 1000): Value {
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

const idle: RunCall = {
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
async function measure(source: Value, parallel: boolean, call: RunCall = idle): Promise<number> {
  const started = performance.now();
  const workflow = read(source);
  const run = createRun(workflow, { parallel, concurrency: 4, idPrefix: "bench", startTimer: () => () => {} });
  let ended: TaskEnd | undefined;
  for (;;) {
    const step = unwrap(await run.advance(call, ended));
    if (step.kind === "report") {
      if (step.report["status"] !== "succeeded") throw new Error("The workflow did not succeed");
      return ((performance.now() - started) * 1000) / workflow.tasks.length;
    }
    ended = succeed(null);
  }
}

/** The same with each step stored, as for an execution that has a run. */
async function measureStored(source: Value): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), "crucible-bench-"));
  const files = createKilnFiles({ root });
  // The store uses nothing else of a call.
  const call = { invocation: { plugin: "bench" }, pluginHome: root } as unknown as HostCallContext;
  const log = unwrap(
    await createFileStepStore({ filesFor: () => files }).open(call, { workflow: "bench", run: "bench" }, false),
  );
  const taken = await measure(source, false, {
    ...idle,
    store: {
      append: (record, whole) => log.append(call, record, whole),
      replace: (whole) => log.replace(call, whole),
      forget: () => log.forget(call),
    },
  });
  await files.dispose();
  rmSync(root, { recursive: true, force: true });
  return taken;
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
  const storedRow = (name: string, source: Value): Row => {
    const { contenders, ...rest } = row(name, source, false);
    return { ...rest, contenders: { ...contenders, "crucible-stored": { measure: () => measureStored(source) } } };
  };
  return [
    row("workflow of 1,000 actions in parallel, a task", actions, true),
    row("workflow of 1,000 actions in sequence, a task", actions, false),
    storedRow("workflow of 1,000 functions, a task", functions),
    storedRow("workflow of 4,000 functions, a task", definition({ run: true }, 4000)),
  ];
}
