// Laws of the requirement "Plugin Metadata Format".
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertSuccess, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";

export const pluginMetadataFormatLaws: readonly Law[] = [
  law("MS-03.2", {
    checks: "a plugin that only has a name and a description is registered with the defaults, and runs",
    proves: "all",
    programs: ["echo"],
    run: async ({ subject, source, holds }) => {
      const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}-x$/);
      const description = fc.stringMatching(/^[A-Z][a-zA-Z0-9 .,:;'"#&*!?äé€-]{0,40}[a-z]$/);
      await holds(
        fc.asyncProperty(name, description, async (plugin, text) => {
          const test = await openHost(subject, {
            plugins: [{ manifest: { name: plugin, description: text }, code: source("echo") }],
          });
          const { manifest, claims } = assertSuccess(test.host.registry.find(plugin));
          assertThat(manifest.description === text, `The description is "${manifest.description}"`);
          assertThat(manifest.version === "0.1.0", `The version is ${manifest.version}`);
          const capabilities = claims.map(({ name: capability }) => capability).join(", ");
          assertThat(capabilities === "KilnRead", `The capabilities are ${capabilities}`);
          assertValue(await test.invoke(plugin, object([])), object([]));
          await test.dispose();
        }),
        20,
      );
    },
  }),
];
