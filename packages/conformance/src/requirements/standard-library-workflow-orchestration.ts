// Laws of the requirement "Standard Library - Workflow Orchestration".
import { formatJson, isObject, object, type Value, type ValueObject } from "@crucible/sandbox";
import fc from "fast-check";
import { assertSuccess, assertThat } from "../assertion.ts";
import { law, type Law, type LawContext } from "../law.ts";
import { openHost, type TestHost } from "../open-host.ts";

/** Tasks by number; each needs some of those before it. */
interface Graph {
  readonly needs: readonly (readonly number[])[];
  /** Which tasks are functions of the plugin; the others are actions of the plugin `worker`. */
  readonly own: readonly boolean[];
}

const graphs = (kinds: readonly boolean[]): fc.Arbitrary<Graph> =>
  fc.integer({ min: 1, max: 6 }).chain((count) =>
    fc.record({
      needs: fc.tuple(...Array.from({ length: count }, (_, place) => fc.subarray([...numbers(place)]))),
      own: fc.array(fc.constantFrom(...kinds), { minLength: count, maxLength: count }),
    }),
  );

export const standardLibraryWorkflowOrchestrationLaws: readonly Law[] = [
  law("MS-13.1", {
    checks:
      "a graph without cycles and unknown tasks is ordered so that every task comes after what it needs; any other is refused " +
      "with the path of a cycle that is there, and with every task that is not",
    proves: "all",
    programs: ["check workflow"],
    run: async ({ subject, source, holds }) => {
      const test = await openHost(subject, { plugins: [plugin("checker", source("check workflow"))] });
      const edges = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 5 })), {
        maxLength: 7,
      });
      await holds(
        fc.asyncProperty(edges, async (pairs) => {
          const needs = numbers(5).map((task) => [
            ...new Set(pairs.filter(([to]) => to === task).map(([, from]) => from)),
          ]);
          const tasks = object(
            needs.map((before, task) => [
              name(task),
              object([
                ["type", "worker.main"],
                ["needs", before.map(name)],
              ]),
            ]),
          );
          const answer = assertSuccess(
            await test.invoke("checker", object([["definition", object([["tasks", tasks]])]])),
          );
          assertThat(isObject(answer), "The program returned no object");
          const unknown = numbers(5).filter((task) => needs[task]?.includes(5) === true);
          const findings = list(answer["findings"]);
          const named = findings
            .filter((finding) => text(finding, "code") === "unknown-dependency")
            .flatMap((finding) => names(part(finding, "tasks")));
          assertThat(
            named.join() === unknown.map(name).join(),
            `${unknown.length} tasks need what does not exist, reported are ${named.join()}`,
          );
          const cycles = findings
            .filter((finding) => text(finding, "code") === "cycle")
            .map((finding) => names(part(finding, "tasks")));
          assertThat(cycles.length > 0 === hasCycle(needs), `A cycle is ${cycles.length > 0 ? "" : "not "}reported`);
          for (const cycle of cycles) {
            const isPath =
              cycle.length > 1 &&
              cycle[0] === cycle.at(-1) &&
              cycle.slice(1).every((to, at) => needs[numberOf(to)]?.includes(numberOf(cycle[at] ?? "")) === true);
            assertThat(isPath, `${cycle.join(" → ")} is no cycle`);
          }
          if (findings.length > 0) return;
          const order = names(answer["order"] ?? null).map(numberOf);
          assertThat(order.toSorted((a, b) => a - b).join() === "0,1,2,3,4", `The order is ${order.join()}`);
          for (const [place, task] of order.entries()) {
            assertThat(
              needs[task]?.every((need) => order.indexOf(need) < place) === true,
              `${name(task)} comes too early`,
            );
          }
        }),
        40,
      );
      await test.dispose();
    },
  }),

  law("MS-13.2", {
    checks:
      "functions and actions run one after the other in the order that the report names, each gets the outputs of what it needs, " +
      "and the share that is done grows to 1",
    proves: "all",
    programs: ["execute workflow", "echo"],
    run: async (context) => {
      const test = await openWorkflowHost(context);
      await context.holds(
        fc.asyncProperty(graphs([true, false]), async (graph) => {
          const before = test.records.length;
          const { report, ran, fractions } = await execute(test, graph, object([]));
          const order = names(report["order"] ?? null);
          checkOrder(graph, order);
          const own = order.filter((task) => graph.own[numberOf(task)] === true);
          assertThat(ran.join() === own.join(), `The functions ran as ${ran.join()}, their order is ${own.join()}`);
          checkOutputs(graph, report);
          assertThat(concurrency(test, before) <= 1, "Two actions ran at once");
          assertThat(
            fractions.every((each, at) => each >= (fractions[at - 1] ?? 0)),
            `Progress went ${fractions.join()}`,
          );
          assertThat(
            fractions.length >= order.length && fractions.at(-1) === 1,
            `Progress ended at ${fractions.at(-1) ?? "nothing"}`,
          );
        }),
        15,
      );
      await test.dispose();
    },
  }),

  law("MS-13.3", {
    checks:
      "actions that do not depend on each other run at once, never more than the host's maximum, none before what it needs has " +
      "ended, and the report has the outputs of them all",
    proves: "all",
    programs: ["execute workflow", "echo"],
    run: async (context) => {
      const test = await openWorkflowHost(context);
      let most = 0;
      await context.holds(
        fc.asyncProperty(graphs([false]), async (graph) => {
          const before = test.records.length;
          const { report } = await execute(test, graph, object([["parallel", true]]));
          checkOutputs(graph, report);
          checkDependencies(graph, test, before);
          const together = concurrency(test, before);
          assertThat(together <= 4, `${together} actions ran at once`);
          most = Math.max(most, together);
        }),
        15,
      );
      const { report } = await execute(
        test,
        { needs: numbers(8).map(() => []), own: numbers(8).map(() => false) },
        object([["parallel", true]]),
      );
      assertThat(report["status"] === "succeeded", "Eight independent actions did not succeed");
      most = Math.max(most, concurrency(test, 0));
      assertThat(most >= 2 && most <= 4, `At most ${most} actions ran at once`);
      await test.dispose();
    },
  }),

  law("MS-13.4", {
    checks:
      "a task that fails is tried as often as its retry says and no more; when that does not help, exactly what depends on it is " +
      "skipped, and the report names the attempts, the error and the reason",
    proves: "all",
    programs: ["execute workflow", "echo"],
    run: async (context) => {
      const test = await openWorkflowHost(context);
      const failing = fc.record({
        graph: graphs([true]),
        fails: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 6, maxLength: 6 }),
        retries: fc.integer({ min: 0, max: 3 }),
      });
      await context.holds(
        fc.asyncProperty(failing, async ({ graph, fails, retries }) => {
          const { report } = await execute(test, graph, object([]), fails, retries);
          const states: string[] = [];
          for (const [task, needs] of graph.needs.entries()) {
            const isBlocked = needs.some((need) => states[need] !== "succeeded");
            const failures = fails[task] ?? 0;
            const state = isBlocked ? "skipped" : failures > retries ? "failed" : "succeeded";
            states.push(state);
            const found = part(report["tasks"] ?? null, name(task));
            const attempts = isBlocked ? 0 : Math.min(failures, retries) + 1;
            assertThat(text(found, "status") === state, `${name(task)} is ${text(found, "status")}, not ${state}`);
            assertThat(
              part(found, "attempts") === attempts,
              `${name(task)} was tried ${formatJson(part(found, "attempts"))} times, not ${attempts}`,
            );
            if (isBlocked) {
              const because = needs.filter((need) => states[need] !== "succeeded").map(name);
              const told = names(part(found, "because")).toSorted();
              assertThat(
                told.join() === because.join(),
                `${name(task)} was skipped because of ${told.join()}, not ${because.join()}`,
              );
            }
          }
          const broken = states.flatMap((state, task) => (state === "failed" ? [name(task)] : []));
          const status = broken.length > 0 ? "partially_failed" : "succeeded";
          assertThat(
            report["status"] === status,
            `The workflow is ${formatJson(report["status"] ?? null)}, not ${status}`,
          );
          const errors = list(report["errors"]);
          assertThat(
            errors
              .map((error) => text(error, "task"))
              .toSorted()
              .join() === broken.join(),
            "The errors are those of other tasks",
          );
          for (const error of errors) {
            const message = text(part(error, "error"), "message");
            assertThat(message === `attempt ${retries + 1}`, `The error is "${message}", not that of the last attempt`);
          }
        }),
        20,
      );
      await test.dispose();
    },
  }),
];

function openWorkflowHost({ subject, source }: LawContext): Promise<TestHost> {
  return openHost(subject, {
    plugins: [plugin("flow", source("execute workflow"), ["PluginInvoke"]), plugin("worker", source("echo"))],
  });
}

function plugin(
  pluginName: string,
  code: string,
  capabilities: readonly string[] = [],
): { manifest: { name: string }; code: string } {
  const manifest = {
    name: pluginName,
    description: "Works",
    capabilities,
    parameters: { type: "object" },
  };
  return { manifest, code };
}

/** Every task returns its name and the outputs of what it needs. */
async function execute(
  test: TestHost,
  { needs, own }: Graph,
  options: ValueObject,
  fails: readonly number[] = [],
  retries = 0,
): Promise<{ readonly report: ValueObject; readonly ran: readonly string[]; readonly fractions: readonly number[] }> {
  const tasks = needs.map((before, task): readonly [string, Value] => {
    const work: readonly (readonly [string, Value])[] =
      own[task] === true
        ? [["run", true]]
        : [
            ["type", "worker.main"],
            [
              "inputs",
              object([
                ["task", name(task)],
                ["saw", object(before.map((need) => [name(need), `\${${name(need)}}`]))],
              ]),
            ],
          ];
    const retry = object([
      ["max", retries],
      ["delay_ms", 1],
    ]);
    return [name(task), object([...work, ["needs", before.map(name)], ["retry", retry]])];
  });
  const params = object([
    ["definition", object([["tasks", object(tasks)]])],
    ["options", options],
    ["fails", object(fails.map((count, task) => [name(task), count]))],
  ]);
  const handle = test.host.invoke("flow", "main", params, { invoker: { kind: "user", name: "somebody" } });
  const answer = assertSuccess(await handle.outcome);
  const fractions: number[] = [];
  for await (const event of handle.events) {
    if (event.kind === "progress" && event.report.fraction !== undefined) fractions.push(event.report.fraction);
  }
  const report = part(answer, "report");
  assertThat(isObject(report), "The program returned no report");
  return { report, ran: names(part(answer, "ran")), fractions };
}

function checkOrder({ needs }: Graph, order: readonly string[]): void {
  assertThat(order.toSorted().join() === needs.map((_, task) => name(task)).join(), `The order is ${order.join()}`);
  for (const [place, task] of order.entries()) {
    assertThat(
      needs[numberOf(task)]?.every((need) => order.indexOf(name(need)) < place) === true,
      `${task} comes too early`,
    );
  }
}

function checkOutputs({ needs }: Graph, report: ValueObject): void {
  assertThat(report["status"] === "succeeded", `The workflow is ${formatJson(report["status"] ?? null)}`);
  for (const [task, before] of needs.entries()) {
    const output = part(report["outputs"] ?? null, name(task));
    assertThat(text(output, "task") === name(task), `The output of ${name(task)} is not its own`);
    for (const need of before) {
      const seen = text(part(part(output, "saw"), name(need)), "task");
      assertThat(seen === name(need), `${name(task)} did not see the output of ${name(need)}`);
    }
  }
}

/** The most actions of `worker` that ran at once, by the journal from this record on. */
function concurrency(test: TestHost, from: number): number {
  let running = 0;
  let most = 0;
  for (const record of test.records.slice(from)) {
    if (record.plugin !== "worker") continue;
    if (record.kind === "execution.start") running += 1;
    if (record.kind === "execution.end") running -= 1;
    most = Math.max(most, running);
  }
  return most;
}

/** Each action started after the last ends of those that it needs. */
function checkDependencies({ needs }: Graph, test: TestHost, from: number): void {
  const tasks = new Map<string, string>();
  const ended = new Set<string>();
  for (const record of test.records.slice(from)) {
    if (record.plugin !== "worker") continue;
    if (record.kind === "execution.start") {
      const task = record.task_id.slice(record.task_id.lastIndexOf("/") + 1);
      tasks.set(record.execution_id ?? "", task);
      assertThat(
        needs[numberOf(task)]?.every((need) => ended.has(name(need))) === true,
        `${task} started before what it needs`,
      );
    } else if (record.kind === "execution.end") ended.add(tasks.get(record.execution_id ?? "") ?? "");
  }
}

function hasCycle(needs: readonly (readonly number[])[]): boolean {
  let left = new Set(needs.keys());
  for (const _ of needs)
    left = new Set([...left].filter((task) => needs[task]?.some((need) => left.has(need)) === true));
  return left.size > 0;
}

function name(task: number): string {
  return `t${task}`;
}

function numberOf(task: string): number {
  return Number(task.slice(1));
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}

function part(value: Value, key: string): Value {
  return isObject(value) ? (value[key] ?? null) : null;
}

function text(value: Value, key: string): string {
  const found = part(value, key);
  return typeof found === "string" ? found : "";
}

function list(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}

function names(value: Value): readonly string[] {
  return list(value).filter((each) => typeof each === "string");
}
