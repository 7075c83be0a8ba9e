// Laws of the requirement "Plugin caching".
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { observeBackend } from "../observed-backend.ts";
import { openHost, type PluginText } from "../open-host.ts";

const names = ["a", "b", "c", "d"] as const;

export const pluginCachingLaws: readonly Law[] = [
  law("PR-02.1", {
    checks: "any number of calls, one after the other and at once, share one instance and no state",
    proves: "all",
    programs: ["count"],
    run: async ({ subject, source, holds }) => {
      const observed = observeBackend(subject.backend);
      const test = await openHost(
        { ...subject, backend: observed.backend },
        { plugins: [plugin("a", source("count"))] },
      );
      await holds(
        fc.asyncProperty(fc.integer({ min: 1, max: 5 }), async (calls) => {
          const outcomes = await Promise.all(Array.from({ length: calls }, async () => test.invoke("a", object([]))));
          for (const outcome of outcomes) assertValue(outcome, 1);
          assertThat(observed.instantiated.length === 1, `${observed.instantiated.length} instances were made`);
        }),
        10,
      );
      await test.dispose();
    },
  }),

  law("PR-02.2", {
    checks:
      "a plugin is freed when it was not used for five minutes, not a millisecond sooner, and loaded again when needed",
    proves: "all",
    programs: ["count"],
    run: async ({ subject, source }) => {
      const observed = observeBackend(subject.backend);
      let time = 0;
      let timer: { readonly at: number; readonly run: () => void } | undefined;
      const test = await openHost(
        { ...subject, backend: observed.backend },
        {
          plugins: [plugin("a", source("count"))],
          cache: {
            now: () => time,
            schedule: (delayMs, run) => {
              timer = { at: time + delayMs, run };
              return () => (timer = undefined);
            },
          },
        },
      );
      const pass = (milliseconds: number): void => {
        time += milliseconds;
        if (timer === undefined || timer.at > time) return;
        const { run } = timer;
        timer = undefined;
        run();
      };
      assertValue(await test.invoke("a", object([])), 1);
      pass(299_999);
      assertThat(test.host.statistics().entries === 1, "It was freed too soon");
      pass(1);
      const { entries, freed } = test.host.statistics();
      assertThat(entries === 0 && freed.ttl === 1, "It was not freed after its time");
      assertValue(await test.invoke("a", object([])), 1);
      assertThat(observed.instantiated.length === 2, "It was not loaded again");
      await test.dispose();
    },
  }),

  law("PR-02.3", {
    checks: "of any sequence of calls, what is in memory is what was used last, as many as are allowed",
    proves: "all",
    programs: ["count"],
    run: async ({ subject, source, holds }) => {
      await holds(
        fc.asyncProperty(
          fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 12 }),
          fc.integer({ min: 1, max: 3 }),
          async (calls, maxEntries) => {
            const observed = observeBackend(subject.backend);
            const test = await openHost(
              { ...subject, backend: observed.backend },
              { plugins: names.map((name) => plugin(name, source("count"))), cache: { maxEntries } },
            );
            let kept: string[] = [];
            let loads = 0;
            for (const name of calls) {
              if (!kept.includes(name)) loads++;
              kept = [...kept.filter((each) => each !== name), name].slice(-maxEntries);
              assertValue(await test.invoke(name, object([])), 1);
              const { entries } = test.host.statistics();
              assertThat(entries === kept.length, `${entries} are in memory, should be ${kept.length}`);
            }
            const { length: made } = observed.instantiated;
            assertThat(
              made === loads,
              `${calls.join()} with ${maxEntries} kept made ${made} instances, should be ${loads}`,
            );
            await test.dispose();
          },
        ),
        6,
      );
    },
  }),
];

function plugin(name: string, code: string): PluginText {
  return { manifest: { name, description: "A plugin" }, code };
}
