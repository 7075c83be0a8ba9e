// Laws of the requirement "Plugin Metadata Format".
import { createValidator } from "@crucible/manifest";
import { exampleFrontMatter } from "@crucible/manifest/testing";
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertSuccess, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";

const sentence = fc.stringMatching(/^[A-Z][a-zA-Z0-9 .,:;'"#&*!?äé€-]{0,40}[a-z]$/);
const pluginName = fc.stringMatching(/^[a-z][a-z0-9]{0,8}-x$/);

export const pluginMetadataFormatLaws: readonly Law[] = [
  law("MS-03.1", {
    checks:
      "every field of generated front matter, and the doc comments, are in the manifest that is registered, unchanged",
    proves: "all",
    programs: ["document itself"],
    run: async ({ subject, source, holds }) => {
      const front = fc.record({
        name: pluginName,
        description: sentence,
        version: fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map((parts) => parts.join(".")),
        author: sentence,
        capabilities: fc.subarray(["KilnRead", "KilnWrite", "NetworkHttps", "StateManage", "PluginInvoke"]),
        parameters: fc.constant({ type: "object", properties: { size: { type: "integer", minimum: 1 } } }),
      });
      await holds(
        fc.asyncProperty(front, async (written) => {
          const test = await openHost(subject, { plugins: [{ manifest: written, code: source("document itself") }] });
          const { manifest } = assertSuccess(test.host.registry.find(written.name));
          const [main] = manifest.actions;
          const read = {
            name: manifest.name,
            description: manifest.description,
            version: manifest.version,
            author: manifest.author,
            capabilities: manifest.capabilities.map(({ name }) => name),
            parameters: main?.parameters,
          };
          assertThat(
            JSON.stringify(read) === JSON.stringify(written),
            `${JSON.stringify(written)} became ${JSON.stringify(read)}`,
          );
          assertThat(manifest.documentation === "Says nothing.", `The file says "${manifest.documentation}"`);
          assertThat(main?.documentation === "Answers null.", `The action says "${main?.documentation}"`);
          await test.dispose();
        }),
        20,
      );
    },
  }),

  law("MS-03.2", {
    checks: "a plugin that only has a name and a description is registered with the defaults, and runs",
    proves: "all",
    programs: ["echo"],
    run: async ({ subject, source, holds }) => {
      await holds(
        fc.asyncProperty(pluginName, sentence, async (plugin, text) => {
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

  law("MS-03.4", {
    checks:
      "the front matter of the scenario is registered with exactly its fields, as a tool that wants an expression",
    proves: "all",
    run: async ({ subject }) => {
      const test = await openHost(subject, {
        plugins: [],
        files: { "/system/dice-roller.rune": `${exampleFrontMatter}pub fn main(params) {\n    params\n}\n` },
      });
      const { manifest, warnings } = assertSuccess(test.host.registry.find("dice-roller"));
      const [main, ...others] = manifest.actions;
      const read = {
        name: manifest.name,
        description: manifest.description,
        version: manifest.version,
        author: manifest.author,
        language: manifest.language,
        capabilities: manifest.capabilities,
      };
      const expected = {
        name: "dice-roller",
        description: "Roll dice using standard notation (2d6+3)",
        version: "1.0.0",
        author: "user@example.com",
        language: "rune",
        capabilities: [{ name: "KilnRead" }],
      };
      assertThat(JSON.stringify(read) === JSON.stringify(expected), `The manifest is ${JSON.stringify(read)}`);
      assertThat(warnings.length === 0, `There are warnings: ${JSON.stringify(warnings)}`);
      assertThat(main?.name === "main" && others.length === 0, "There are other actions than main");
      const accepts = createValidator(main.parameters);
      assertSuccess(accepts(object([["expression", "2d6+3"]])));
      assertThat(!accepts(object([])).ok, "The expression may be left out");
      assertThat(!accepts(object([["expression", 7]])).ok, "The expression may be a number");
      const returns = createValidator(main.returns ?? false);
      assertSuccess(
        returns(
          object([
            ["expression", "1d20"],
            ["result", 7],
            ["rolls", [7]],
          ]),
        ),
      );
      assertThat(!returns(object([["rolls", 7]])).ok, "The rolls may be a number");
      await test.dispose();
    },
  }),

  law("MS-03.3", {
    checks:
      "a declared dependency is loaded first; where it is missing the plugin is no tool, and the error names both",
    proves: "all",
    programs: ["echo"],
    run: async ({ subject, source, holds }) => {
      const names = fc.stringMatching(/^[a-z]{4,10}$/).map((word) => `dep-${word}`);
      await holds(
        fc.asyncProperty(names, fc.boolean(), async (name, isThere) => {
          const manifest = { description: "A plugin", parameters: { type: "object" } };
          const code = source("echo");
          const test = await openHost(subject, {
            plugins: [
              { manifest: { ...manifest, name: "needing", dependencies: { [name]: "*" } }, code },
              ...(isThere ? [{ manifest: { ...manifest, name }, code }] : []),
            ],
          });
          const outcome = await test.invoke("needing", object([]));
          if (isThere) {
            assertSuccess(outcome);
            const loads = test.records.filter(({ kind }) => kind === "plugin.load").map(({ plugin }) => plugin);
            assertThat(loads.join() === `${name},needing`, `They were loaded in the order ${loads.join()}`);
          } else {
            const { message } = assertFailure(outcome, "plugin/dependency-missing");
            assertThat(message.includes(name) && message.includes("needing"), `The message is "${message}"`);
            assertThat(test.host.registry.active.length === 0, "It is registered");
          }
          await test.dispose();
        }),
        8,
      );
    },
  }),
];
