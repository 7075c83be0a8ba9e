// Laws of the requirement "Plugin unloading".
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { observeBackend } from "../observed-backend.ts";
import { openHost } from "../open-host.ts";

const names = ["a", "b", "c"] as const;

export const pluginUnloadingLaws: readonly Law[] = [
  law("PR-06.1", {
    checks: "unloading frees exactly the named plugin, lets its running calls finish, and the next call loads it anew",
    proves: "all",
    programs: ["count"],
    run: async ({ subject, source }) => {
      const observed = observeBackend(subject.backend);
      const test = await openHost(
        { ...subject, backend: observed.backend },
        {
          plugins: names.map((name) => ({
            manifest: { name, description: "A plugin" },
            code: source("count"),
          })),
        },
      );
      for (const name of names) assertValue(await test.invoke(name, object([])), 1);
      const running = test.invoke("b", object([]));
      const unloaded = await test.host.unload("b");
      assertThat(unloaded.ok && unloaded.value === 1, "Nothing was unloaded");
      assertValue(await running, 1);
      assertValue(await test.invoke("b", object([])), 1);
      await test.dispose();
      assertThat(observed.instantiated.join() === "a,b,c,b", `Instances were made of ${observed.instantiated.join()}`);
      assertThat(observed.freed[0] === "b", `Freed first was ${String(observed.freed[0])}`);
    },
  }),

  law("PR-06.2", {
    checks: "after a shutdown everything that was ever loaded is freed, once, whatever ran; nothing can run any more",
    proves: "all",
    programs: ["count", "loop"],
    run: async ({ subject, source, holds }) => {
      await holds(
        fc.asyncProperty(fc.array(fc.constantFrom(...names, "loop"), { maxLength: 8 }), async (calls) => {
          const observed = observeBackend(subject.backend);
          const test = await openHost(
            { ...subject, backend: observed.backend },
            {
              plugins: [
                ...names.map((name) => ({ manifest: { name, description: "A plugin" }, code: source("count") })),
                { manifest: { name: "loop", description: "Never ends" }, code: source("loop") },
              ],
            },
          );
          const outcomes = calls.map(async (name) => test.invoke(name, object([])));
          await Promise.all(outcomes.filter((_outcome, index) => calls[index] !== "loop"));
          await test.host.dispose();
          await Promise.all(outcomes);
          const { live, entries } = test.host.statistics();
          assertThat(live === 0 && entries === 0, `${live} are alive, ${entries} in the cache`);
          assertThat(
            observed.freed.toSorted().join() === observed.instantiated.toSorted().join(),
            `Made were ${observed.instantiated.join()}, freed ${observed.freed.join()}`,
          );
          assertFailure(await test.invoke("a", object([])), "host/unavailable");
          await test.dispose();
        }),
        4,
      );
    },
  }),
];
