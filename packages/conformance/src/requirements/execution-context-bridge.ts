// Laws of the requirement "Execution Context Bridge".
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertSuccess, assertThat } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";

export const executionContextBridgeLaws: readonly Law[] = [
  law("TC-03.1", {
    checks:
      "what a script declared and was allowed it gets through the bound module, everything else is refused, and both are " +
      "recorded; what the language itself would offer does not exist",
    proves: "all",
    languages: ["rune"],
    programs: ["read note", "write note", "ask the network", "reach for a file"],
    run: async ({ subject, source, holds }) => {
      const needs = { "read note": "KilnRead", "write note": "KilnWrite", "ask the network": "NetworkHttps" } as const;
      const names = ["read note", "write note", "ask the network"] as const;
      await holds(
        fc.asyncProperty(fc.constantFrom(...names), fc.subarray(Object.values(needs)), async (name, declared) => {
          const test = await openHost(subject, {
            answer: "once",
            notes: { "a.md": "text" },
            plugins: [
              {
                manifest: { name: "script", description: name, capabilities: declared, parameters: { type: "object" } },
                code: source(name),
              },
              {
                manifest: { name: "reach", description: "Reaches", parameters: { type: "object" } },
                code: source("reach for a file"),
              },
            ],
          });
          const params = object([
            ["path", "a.md"],
            ["content", "mine"],
            ["url", "https://example.org/"],
          ]);
          const outcome = await test.invoke("script", params);
          const isDeclared = declared.includes(needs[name]);
          if (isDeclared) assertSuccess(outcome);
          else assertFailure(outcome, "capability/escalation");
          const calls = test.records.filter((each) => each.kind === "host.call");
          const [call] = calls;
          assertThat(
            calls.length === 1 && call?.kind === "host.call" && call.status === (isDeclared ? "ok" : "error"),
            `The journal has ${calls.length} calls of the one`,
          );
          assertThat(!(await test.invoke("reach", params)).ok, "A script reached a file on its own");
          await test.dispose();
        }),
        10,
      );
    },
  }),
];
