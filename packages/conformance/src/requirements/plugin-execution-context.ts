// Laws of the requirement "Plugin execution context".
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
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
];
