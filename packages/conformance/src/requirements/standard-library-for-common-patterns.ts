// Laws of the requirement "Standard Library for Common Patterns": what plugins get by importing a library.
import { isObject, object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertSuccess, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";

export const standardLibraryForCommonPatternsLaws: readonly Law[] = [
  law("MS-06.3", {
    checks:
      "a plugin that imports the library runs a graph of its own functions and of actions at once, in an order that fits it, " +
      "tries again what failed, and its caller sees how far it is",
    proves: "all",
    programs: ["execute workflow", "echo"],
    run: async ({ subject, source, holds }) => {
      const test = await openHost(subject, {
        plugins: [
          {
            manifest: {
              name: "flow",
              description: "Flows",
              capabilities: ["PluginInvoke"],
              parameters: { type: "object" },
            },
            code: source("execute workflow"),
          },
          { manifest: { name: "worker", description: "Works", parameters: { type: "object" } }, code: source("echo") },
        ],
      });
      const cases = fc.record({ failures: fc.integer({ min: 0, max: 3 }), parallel: fc.boolean(), word: fc.string() });
      await holds(
        fc.asyncProperty(cases, async ({ failures, parallel, word }) => {
          const tasks = {
            gather: { type: "worker.main", inputs: { word: word.replaceAll("${", "$${") } },
            other: { type: "worker.main", inputs: { word: "other" } },
            combine: { run: true, needs: ["gather", "other"], retry: { max: 3, delay_ms: 1 } },
          };
          const params = { definition: { tasks }, options: { parallel }, fails: { combine: failures } };
          const handle = test.host.invoke("flow", "main", params, { invoker: { kind: "user", name: "somebody" } });
          const answer = assertSuccess(await handle.outcome);
          assertThat(isObject(answer), "The program returned no object");
          const { report = null } = answer;
          assertThat(isObject(report), "The program returned no report");
          const saw = object([
            ["gather", object([["word", word]])],
            ["other", object([["word", "other"]])],
          ]);
          const outputs = object([
            ...Object.entries(saw),
            [
              "combine",
              object([
                ["task", "combine"],
                ["saw", saw],
              ]),
            ],
          ]);
          assertValue({ ok: true, value: report["outputs"] ?? null }, outputs);
          const combine = isObject(report["tasks"] ?? null) ? (report["tasks"] as typeof report)["combine"] : null;
          assertThat(
            combine !== undefined && isObject(combine) && combine["attempts"] === failures + 1,
            "The attempts are others",
          );
          const fractions: (number | undefined)[] = [];
          for await (const event of handle.events) {
            if (event.kind === "progress") fractions.push(event.report.fraction);
          }
          assertThat(fractions.length >= 6 && fractions.at(-1) === 1, `Progress went ${fractions.join()}`);
        }),
        15,
      );
      await test.dispose();
    },
  }),
];
