// Laws of the requirement "Resource Limits and Sandboxing".
import { defaultLimits, object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";
import { callMain, prepareProgram } from "../run-program.ts";

const megabyte = 1024 * 1024;

export const resourceLimitsAndSandboxingLaws: readonly Law[] = [
  law("MS-08.1", {
    checks:
      "a guest that keeps more than its limit fails with limit/memory and the limit, one that keeps a quarter of it does not; " +
      "100 MB hold where nothing else is said; the next call has all of its memory again",
    proves: "all",
    programs: ["allocate"],
    run: async ({ subject, source, holds }) => {
      await holds(
        fc.asyncProperty(fc.integer({ min: 8, max: 64 }), async (size) => {
          const memoryBytes = size * megabyte;
          const instance = await prepareProgram(subject, source("allocate"), memoryBytes);
          const within = object([["bytes", memoryBytes / 4]]);
          const beyond = object([["bytes", memoryBytes * 2]]);
          for (let round = 0; round < 2; round += 1) {
            const error = assertFailure(
              await callMain(instance, beyond, { memory_bytes: memoryBytes }).outcome,
              "limit/memory",
            );
            const report = error.details?.limit;
            assertThat(
              report?.limit === memoryBytes && report.unit === "bytes",
              `The limit of ${memoryBytes} bytes is reported as ${JSON.stringify(report)}`,
            );
            assertValue(await callMain(instance, within, { memory_bytes: memoryBytes }).outcome, memoryBytes / 4);
          }
          await instance.dispose();
        }),
        5,
      );
      const test = await openHost(subject, {
        plugins: [
          {
            manifest: { name: "hoarder", description: "Keeps everything", parameters: { type: "object" } },
            code: source("allocate"),
          },
        ],
      });
      const outcome = await test.invoke("hoarder", object([["bytes", 300 * megabyte]]));
      const report = assertFailure(outcome, "limit/memory").details?.limit;
      assertThat(report?.limit === 100 * megabyte, `The default limit is reported as ${JSON.stringify(report)}`);
      await test.dispose();
    },
  }),

  law("MS-08.2", {
    checks:
      "a guest that does not end fails with limit/deadline and its limit, other guests run to their end meanwhile, and 30 s " +
      "hold where nothing else is said",
    proves: "all",
    programs: ["loop", "echo"],
    run: async ({ subject, source, holds }) => {
      const endless = await prepareProgram(subject, source("loop"));
      const echo = await prepareProgram(subject, source("echo"));
      await holds(
        fc.asyncProperty(fc.integer({ min: 1, max: 100 }), fc.string(), async (timeoutMs, text) => {
          // Nobody waits for time here: the first guest is cancelled once the other has answered.
          let ended = false;
          const first = callMain(endless, object([]));
          void first.outcome.then(() => {
            ended = true;
          });
          const params = object([["text", text]]);
          assertValue(await callMain(echo, params).outcome, params);
          assertThat(!ended, "Another guest had to wait for the end of one that does not end");
          first.cancel();
          assertFailure(await first.outcome, "invocation/cancelled");

          const { outcome } = callMain(endless, object([]), { timeout_ms: timeoutMs });
          const report = assertFailure(await outcome, "limit/deadline").details?.limit;
          assertThat(
            report?.limit === timeoutMs && report.unit === "ms",
            `The limit of ${timeoutMs} ms is reported as ${JSON.stringify(report)}`,
          );
        }),
        5,
      );
      assertThat(defaultLimits.timeout_ms === 30_000, `The default limit is ${defaultLimits.timeout_ms} ms`);
      const test = await openHost(subject, {
        plugins: [
          { manifest: { name: "walker", description: "Walks", limits: { timeout_ms: 50 } }, code: source("loop") },
        ],
      });
      const report = assertFailure(await test.invoke("walker", object([])), "limit/deadline").details?.limit;
      assertThat(report?.limit === 50, `The manifest's limit is reported as ${JSON.stringify(report)}`);
      const started = test.records.find(({ kind }) => kind === "execution.start");
      assertThat(
        started?.kind === "execution.start" && started.limits.timeout_ms === 50,
        "The journal has another limit",
      );
      await test.dispose();
    },
  }),
];
