// Laws of the requirement "Plugin error handling".
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { callMain, prepareProgram } from "../run-program.ts";

export const pluginErrorHandlingLaws: readonly Law[] = [
  law("PR-05.1", {
    checks: "what the guest raises becomes guest/exception with the guest's message and the line that raised it",
    proves: "all",
    programs: ["raise"],
    run: async ({ subject, source, holds }) => {
      const instance = await prepareProgram(subject, source("raise"));
      const messages = fc.stringMatching(/^[a-zA-Z0-9 %"'\\äöü€]{1,80}$/);
      await holds(
        fc.asyncProperty(messages, async (message) => {
          const error = assertFailure(
            await callMain(instance, object([["message", message]])).outcome,
            "guest/exception",
          );
          assertThat(error.message.includes(message), `"${error.message}" does not contain "${message}"`);
          const line = error.details?.place?.line;
          assertThat(line === 2, `The error was raised in line 2, and is reported in line ${line ?? "unknown"}`);
        }),
        20,
      );
    },
  }),

  law("PR-05.2", {
    checks:
      "a call that never returns fails with limit/deadline and its limit, and later calls are as if it had not been",
    proves: "all",
    programs: ["loop", "echo"],
    run: async ({ subject, source, holds }) => {
      const endless = await prepareProgram(subject, source("loop"));
      const echo = await prepareProgram(subject, source("echo"));
      await holds(
        fc.asyncProperty(fc.integer({ min: 1, max: 100 }), fc.string(), async (timeoutMs, text) => {
          const { outcome } = callMain(endless, object([]), { timeout_ms: timeoutMs });
          const error = assertFailure(await outcome, "limit/deadline");
          const report = error.details?.limit;
          assertThat(
            report?.limit === timeoutMs && report.unit === "ms" && report.used >= timeoutMs,
            `The limit of ${timeoutMs} ms is reported as ${JSON.stringify(report)}`,
          );
          const params = object([["text", text]]);
          assertValue(await callMain(echo, params).outcome, params);
        }),
        10,
      );
    },
  }),

  law("PR-05.3", {
    checks: "a trap fails with guest/trap, and other programs run afterwards",
    proves: [1, 2],
    needs: ["traps"],
    programs: ["echo"],
    run: async ({ subject, source }) => {
      const echo = await prepareProgram(subject, source("echo"));
      const trapping = await subject.prepareTrap?.();
      assertThat(trapping !== undefined, "The target offers traps and its subject has none");
      for (let round = 0; round < 5; round += 1) {
        assertFailure(await callMain(trapping, object([])).outcome, "guest/trap");
        const params = object([["round", round]]);
        assertValue(await callMain(echo, params).outcome, params);
      }
    },
  }),
];
