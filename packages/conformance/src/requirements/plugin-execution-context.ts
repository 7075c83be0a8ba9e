// Laws of the requirement "Plugin execution context".
import { formatJson, isObject, object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertSuccess, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";
import { callMain, prepareProgram } from "../run-program.ts";

export const pluginExecutionContextLaws: readonly Law[] = [
  law("PR-04.1", {
    checks: "a counter outside of the action is back at its first value in every call, one after the other and at once",
    proves: "all",
    programs: ["count"],
    run: async ({ subject, source, holds }) => {
      const instance = await prepareProgram(subject, source("count"));
      const batches = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
      await holds(
        fc.asyncProperty(batches, async (sizes) => {
          for (const size of sizes) {
            const handles = Array.from({ length: size }, () => callMain(instance, object([])));
            for (const { outcome } of handles) assertValue(await outcome, 1);
          }
        }),
        20,
      );
    },
  }),

  law("PR-04.2", {
    checks: "the guest reads the id of its execution, and the task and the attempt that the caller named",
    proves: "all",
    programs: ["describe context"],
    run: async ({ subject, source, holds }) => {
      const test = await openHost(subject, {
        plugins: [{ manifest: { name: "teller", description: "Tells who it is" }, code: source("describe context") }],
      });
      const seen = new Set<string>();
      const tasks = fc.record({
        taskId: fc.string({ minLength: 1, maxLength: 40 }),
        attempt: fc.integer({ min: 1, max: 1000 }),
      });
      await holds(
        fc.asyncProperty(tasks, async (task) => {
          const context = assertSuccess(await test.invoke("teller", object([]), task));
          assertThat(isObject(context), "The context is no object");
          const { executionId, taskId, attempt } = context;
          assertThat(taskId === task.taskId && attempt === task.attempt, `The guest saw ${formatJson(context)}`);
          assertThat(typeof executionId === "string", "The guest saw no execution id");
          assertThat(!seen.has(executionId), `The execution id ${executionId} was used twice`);
          seen.add(executionId);
          const journalled = test.records.some(
            (each) => each.kind === "execution.start" && each.execution_id === executionId,
          );
          assertThat(journalled, `The journal has no execution ${executionId}`);
        }),
        20,
      );
      await test.dispose();
    },
  }),
];
