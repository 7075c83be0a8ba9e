// Laws of the requirement "Plugin resolution".
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,6})?$/);

export const pluginResolutionLaws: readonly Law[] = [
  law("PR-03.2", {
    checks:
      "a reference to a plugin that nobody has fails with exactly that sentence, for the scenario's name and any other",
    proves: "all",
    run: async ({ subject, holds }) => {
      const test = await openHost(subject, { plugins: [] });
      const refer = async (reference: string): Promise<void> => {
        const error = assertFailure(await test.invoke(reference, object([]), { action: "action" }), "plugin/not-found");
        assertThat(error.message === `Plugin not found: ${reference}`, `The message is "${error.message}"`);
      };
      await refer("unknown/nonexistent");
      await holds(fc.asyncProperty(word, word, async (namespace, name) => refer(`${namespace}/${name}`)));
      await test.dispose();
    },
  }),

  law("PR-03.3", {
    checks: "a reference to an action that a plugin does not have fails with exactly that sentence, and runs nothing",
    proves: "all",
    programs: ["echo"],
    run: async ({ subject, source, holds }) => {
      const test = await openHost(subject, {
        plugins: [{ manifest: { name: "http", namespace: "core", description: "Asks servers" }, code: source("echo") }],
      });
      const refer = async (action: string): Promise<void> => {
        const outcome = await test.invoke("core/http", object([]), { action });
        const error = assertFailure(outcome, "plugin/action-not-found");
        const expected = `Action '${action}' not found in plugin 'core/http'`;
        assertThat(error.message === expected, `The message is "${error.message}"`);
      };
      await refer("nonexistent");
      await holds(
        fc.asyncProperty(
          word.filter((action) => action !== "main"),
          refer,
        ),
      );
      assertThat(test.host.statistics().entries === 0, "The plugin was loaded although no action of it was found");
      await test.dispose();
    },
  }),

  law("PR-03.1", {
    checks: "a plugin in the folder namespace/plugin of a plugin directory answers to namespace/plugin.action",
    proves: "all",
    programs: ["echo"],
    run: async ({ subject, source, holds }) => {
      const [extension = ""] = subject.backend.extensions;
      const manifest = (name: string): string =>
        [
          `name: ${name}`,
          "description: Sends",
          `language: ${subject.backend.language}`,
          `entry: main${extension}`,
          "actions: { send: { parameters: { type: object } } }",
        ].join("\n");
      await holds(
        fc.asyncProperty(word, word, async (namespace, name) => {
          const test = await openHost(subject, {
            plugins: [],
            files: {
              [`/configured/${namespace}/x-${name}/plugin.yaml`]: manifest(`x-${name}`),
              [`/configured/${namespace}/x-${name}/main${extension}`]: source("echo").replace("main", "send"),
            },
          });
          const outcome = await test.invoke(`${namespace}/x-${name}`, object([["a", 1]]), { action: "send" });
          assertValue(outcome, object([["a", 1]]));
          await test.dispose();
        }),
        6,
      );
    },
  }),
];
