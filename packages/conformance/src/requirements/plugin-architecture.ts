// Laws of the requirement "Plugin Architecture".
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertSuccess, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost, type PluginText } from "../open-host.ts";

export const pluginArchitectureLaws: readonly Law[] = [
  law("TC-04.1", {
    checks:
      "plugins of every configured folder are found; those of one's own folders run, those of a kiln need trust first",
    proves: "all",
    programs: ["echo"],
    run: async ({ subject, source, holds }) => {
      const scope = fc.constantFrom("system", "configured", "shared", "personal");
      await holds(
        fc.asyncProperty(scope, async (where) => {
          const parameters = { type: "object" };
          const test = await openHost(subject, {
            plugins: [
              { manifest: { name: "a", description: "A plugin", parameters }, code: source("echo"), scope: where },
            ],
          });
          assertThat(test.host.registry.active[0]?.root.scope === where, "It was not found where it lies");
          const outcome = await test.invoke("a", object([]));
          if (where === "shared" || where === "personal") assertFailure(outcome, "plugin/untrusted");
          else assertSuccess(outcome);
          await test.dispose();
        }),
        8,
      );
    },
  }),

  law("TC-04.2", {
    checks:
      "stored state outlives updates, reloads and restarts of the plugin; a running call is never cut off by them",
    proves: "all",
    programs: ["store", "load"],
    run: async ({ subject, source, holds }) => {
      const text = (program: "store" | "load", version: number): PluginText => ({
        manifest: {
          name: "keeper",
          description: "Keeps",
          version: `${version}.0.0`,
          capabilities: ["StateManage"],
          parameters: { type: "object" },
        },
        code: source(program),
      });
      await holds(
        fc.asyncProperty(fc.integer(), fc.constantFrom("reload", "restart", "both"), async (value, how) => {
          const test = await openHost(subject, { plugins: [text("store", 1)] });
          const storing = test.invoke(
            "keeper",
            object([
              ["key", "a"],
              ["value", value],
            ]),
          );
          test.put(text("load", 2));
          await test.host.reload();
          assertSuccess(await storing);
          if (how !== "reload") assertSuccess(await test.host.restart("keeper"));
          if (how === "both") await test.host.reload();
          assertValue(await test.invoke("keeper", object([["key", "a"]])), value);
          await test.host.dispose(1000);
          assertThat(test.host.statistics().live === 0, "A shutdown left something alive");
          await test.dispose();
        }),
        6,
      );
    },
  }),
];
