// Laws of the requirement "Plugin loading on demand".
import { object } from "@crucible/sandbox";
import { assertFailure, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { observeBackend } from "../observed-backend.ts";
import { openHost } from "../open-host.ts";

const parameters = { a: { type: "integer", required: true } };

export const pluginLoadingOnDemandLaws: readonly Law[] = [
  law("PR-01.1", {
    checks:
      "nothing is loaded before the first task that refers to a plugin, which then runs with a validated manifest",
    proves: "all",
    programs: ["echo"],
    run: async ({ subject, source }) => {
      const observed = observeBackend(subject.backend);
      const actions = { get: { parameters } };
      const code = source("echo").replace("main", "get");
      const test = await openHost(
        { ...subject, backend: observed.backend },
        { plugins: [{ manifest: { name: "http", namespace: "core", description: "Asks", actions }, code }] },
      );
      assertThat(
        test.host.statistics().entries === 0 && observed.instantiated.length === 0,
        "It was loaded at start-up",
      );
      assertFailure(await test.invoke("core/http", object([]), { action: "get" }), "invocation/invalid-parameters");
      assertThat(observed.instantiated.length === 0, "It was loaded for parameters that are wrong");
      assertValue(await test.invoke("core/http", object([["a", 1]]), { action: "get" }), object([["a", 1]]));
      assertThat(observed.instantiated.join() === "http", `Instances were made of ${observed.instantiated.join()}`);
      await test.dispose();
    },
  }),

  law("PR-01.2", {
    checks: "a plugin that no task refers to is never made an instance and has no bytes in memory",
    proves: "all",
    programs: ["echo"],
    run: async ({ subject, source }) => {
      const observed = observeBackend(subject.backend);
      const test = await openHost(
        { ...subject, backend: observed.backend },
        {
          plugins: ["used", "unused"].map((name) => ({
            manifest: { name, description: "A plugin", parameters },
            code: source("echo"),
          })),
        },
      );
      for (let times = 0; times < 5; times++)
        assertValue(await test.invoke("used", object([["a", 1]])), object([["a", 1]]));
      assertThat(observed.instantiated.join() === "used", `Instances were made of ${observed.instantiated.join()}`);
      assertThat(test.host.statistics().entries === 1, "More than the used plugin is in memory");
      await test.dispose();
    },
  }),
];
