// Laws of the requirement "Advanced Rune Runtime".
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";

const megabyte = 1024 * 1024;

export const advancedRuneRuntimeLaws: readonly Law[] = [
  law("TC-01.1", {
    checks:
      "whatever limits a manifest sets, a script that wants more of either ends with that limit, and one that calls what it did " +
      "not declare is refused with a record of high priority",
    proves: "all",
    languages: ["rune"],
    programs: ["allocate", "loop", "write note"],
    run: async ({ subject, source, holds }) => {
      const limits = fc.record({
        memory_bytes: fc.integer({ min: 4, max: 32 }).map((size) => size * megabyte),
        timeout_ms: fc.integer({ min: 50, max: 150 }),
      });
      await holds(
        fc.asyncProperty(limits, async ({ memory_bytes: memory, timeout_ms: time }) => {
          const parameters = { type: "object" };
          const test = await openHost(subject, {
            answer: "always",
            plugins: [
              {
                manifest: { name: "hoarder", description: "Keeps", parameters, limits: { memory_bytes: memory } },
                code: source("allocate"),
              },
              {
                manifest: { name: "walker", description: "Walks", limits: { timeout_ms: time } },
                code: source("loop"),
              },
              { manifest: { name: "writer", description: "Writes", parameters }, code: source("write note") },
            ],
          });
          const hoarded = await test.invoke("hoarder", object([["bytes", memory * 2]]));
          assertThat(
            assertFailure(hoarded, "limit/memory").details?.limit?.limit === memory,
            "Another memory limit is reported",
          );
          const walked = await test.invoke("walker", object([]));
          assertThat(
            assertFailure(walked, "limit/deadline").details?.limit?.limit === time,
            "Another time limit is reported",
          );
          const note = object([
            ["path", "a.md"],
            ["content", "mine"],
          ]);
          assertFailure(await test.invoke("writer", note), "capability/escalation");
          const recorded = test.events.some(
            (event) => event.kind === "security" && event.request.capability === "KilnWrite",
          );
          assertThat(recorded && test.questions.length === 0, "The attempt was not recorded, or somebody was asked");
          await test.dispose();
        }),
        4,
      );
    },
  }),

  law("TC-01.2", {
    checks:
      "a module that appears while the host runs is compiled and runs, and each edit of it counts from the next call on",
    proves: "all",
    programs: ["echo", "count"],
    run: async ({ subject, source }) => {
      const test = await openHost(subject, { plugins: [] });
      const manifest = { name: "found", description: "A plugin", parameters: { type: "object" } };
      test.put({ manifest, code: source("echo") });
      await test.host.reload();
      assertValue(await test.invoke("found", object([["a", 1]])), object([["a", 1]]));
      test.put({ manifest, code: source("count") });
      await test.host.reload();
      assertValue(await test.invoke("found", object([["a", 1]])), 1);
      test.take("found");
      await test.host.reload();
      assertFailure(await test.invoke("found", object([])), "plugin/not-found");
      await test.dispose();
    },
  }),
];
