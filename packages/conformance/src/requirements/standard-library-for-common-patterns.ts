// Laws of the requirement "Standard Library for Common Patterns": what plugins get by importing a library.
import { formatJson, isObject, object, type Value } from "@crucible/sandbox";
import fc from "fast-check";
import { structuredValue } from "../arbitrary-structured.ts";
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
            gather: { type: "worker.main", inputs: { word: word.replaceAll("${", () => "$${") } },
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

  law("MS-06.4", {
    checks:
      "JSON and YAML that a plugin reads have the values that were written, a pattern is found where JavaScript finds it, a moment " +
      "is written in its zone and read back, and text is split and named",
    proves: "all",
    programs: ["use utilities"],
    run: async ({ subject, source, holds }) => {
      const test = await openHost(subject, {
        plugins: [
          {
            manifest: { name: "user", description: "Uses", parameters: { type: "object" } },
            code: source("use utilities"),
          },
        ],
      });
      const cases = fc.record({
        // Infinities are the one thing that JSON writes in a form of its own.
        value: structuredValue.filter((value) => !formatJson(value).includes('"$')),
        pattern: fc.constantFrom("a+", "[bc]\\d?", "a|bc", "(?:a1)+", "\\d"),
        text: fc.string({ unit: fc.constantFrom("a", "b", "c", "1", " ", "\n"), maxLength: 20 }),
        time: fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }),
        zone: fc.constantFrom("utc", "Europe/Berlin", "Asia/Kathmandu"),
      });
      await holds(
        fc.asyncProperty(cases, async ({ value, pattern, text, time, zone }) => {
          const json = formatJson(value);
          const params = object(Object.entries({ json, yaml: json, pattern, text, time, zone }));
          const answer = assertSuccess(await test.invoke("user", params));
          assertThat(isObject(answer), "The program returned no object");
          const { found = null, date = null, slug = null, lines = null } = answer;
          assertValue({ ok: true, value: answer["json"] ?? null }, value);
          assertValue({ ok: true, value: answer["yaml"] ?? null }, value);
          const expected = [...text.matchAll(new RegExp(pattern, "g"))].map((each) => [each[0], each.index]);
          const places = listOf(found).map((each) => (isObject(each) ? [each["text"], each["start"]] : []));
          assertThat(
            JSON.stringify(places) === JSON.stringify(expected),
            `${pattern} was found in ${JSON.stringify(text)} at ${JSON.stringify(places)}`,
          );
          assertThat(answer["time"] === time, `The moment ${time} came back as ${formatJson(answer["time"] ?? null)}`);
          const seen = typeof date === "string" ? date.slice(0, 10) : "";
          const calendar = new Date(time + offsetMs(typeof date === "string" ? date : "")).toISOString().slice(0, 10);
          assertThat(seen === calendar, `The moment ${time} is on ${calendar} in ${zone}, not on ${seen}`);
          const words = text.split(/[ \n]+/u).filter((word) => word !== "");
          assertThat(slug === words.join("-"), `The name of ${JSON.stringify(text)} is ${formatJson(slug)}`);
          const whole = text.endsWith("\n") ? text.slice(0, -1) : text;
          const split = text === "" ? [] : whole.split("\n");
          assertThat(JSON.stringify(listOf(lines)) === JSON.stringify(split), `The lines are ${formatJson(lines)}`);
        }),
        25,
      );
      await test.dispose();
    },
  }),
];

/** A list of nothing may come from a language that does not tell it from an object of nothing. */
function listOf(value: Value): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}

/** Milliseconds that a date's own offset is ahead of UTC. */
function offsetMs(date: string): number {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/u.exec(date) ?? [];
  return hours === undefined ? 0 : (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
