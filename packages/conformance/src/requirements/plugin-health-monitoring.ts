// Laws of the requirement "Plugin health monitoring".
import { createMetrics, type ErrorRateAlert } from "@crucible/plugin-host";
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertThat } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";

const parameters = { type: "object" };

export const pluginHealthMonitoringLaws: readonly Law[] = [
  law("PR-07.1", {
    checks: "each completed action has its time, its memory and its outcome in the metrics and in the journal",
    proves: "all",
    programs: ["raise when asked"],
    run: async ({ subject, source, holds }) => {
      await holds(
        fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), async (failing) => {
          const metrics = createMetrics({ now: () => 0 });
          const test = await openHost(subject, {
            metrics,
            plugins: [
              { manifest: { name: "a", description: "A plugin", parameters }, code: source("raise when asked") },
            ],
          });
          for (const fail of failing) await test.invoke("a", object([["fail", fail]]));
          const [statistics] = metrics.plugins();
          const failures = failing.filter(Boolean).length;
          assertThat(
            statistics?.invocations === failing.length && statistics.failures === failures,
            `${failing.length} calls with ${failures} failures are counted as ${JSON.stringify(statistics)}`,
          );
          assertThat(statistics.duration.sum > 0, "No time was recorded");
          assertThat(statistics.memoryBytes >= 65_536, `The memory is ${statistics.memoryBytes} bytes`);
          const ends = test.records.filter((each) => each.kind === "execution.end");
          assertThat(
            ends.every(({ memory_bytes = 0, duration_ms }) => memory_bytes > 0 && duration_ms >= 0),
            "The journal does not have what was used",
          );
          await test.dispose();
        }),
        6,
      );
    },
  }),

  law("PR-07.2", {
    checks:
      "a plugin that fails often has its count and rate, and raises an alert exactly when the threshold is reached",
    proves: "all",
    programs: ["raise when asked"],
    run: async ({ subject, source, holds }) => {
      await holds(
        fc.asyncProperty(fc.array(fc.boolean(), { minLength: 4, maxLength: 10 }), async (failing) => {
          const alerts: ErrorRateAlert[] = [];
          const metrics = createMetrics({
            now: () => 0,
            alertMinimum: 4,
            alertRate: 0.5,
            onAlert: (alert) => alerts.push(alert),
          });
          const test = await openHost(subject, {
            metrics,
            plugins: [
              { manifest: { name: "a", description: "A plugin", parameters }, code: source("raise when asked") },
            ],
          });
          let raised = false;
          let failures = 0;
          for (const [index, fail] of failing.entries()) {
            await test.invoke("a", object([["fail", fail]]));
            failures += fail ? 1 : 0;
            const rate = failures / (index + 1);
            raised = index + 1 >= 4 && rate >= 0.5;
            const last = alerts.at(-1);
            assertThat(
              (last?.raised ?? false) === raised,
              `After ${failures} of ${index + 1} the alert is ${String(last?.raised)}`,
            );
            const [statistics] = metrics.plugins();
            assertThat(
              statistics?.recent.rate === rate,
              `The rate is ${String(statistics?.recent.rate)}, should be ${rate}`,
            );
            const errors = Object.values(statistics.errors).reduce((sum, count) => sum + count, 0);
            assertThat(errors === failures, `${errors} errors are counted`);
          }
          await test.dispose();
        }),
        6,
      );
    },
  }),
];
