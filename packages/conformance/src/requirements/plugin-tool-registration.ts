// Laws of the requirement "Plugin Tool Registration".
import { formatJson, isObject, object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertSuccess, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";

const versions = ["0.1.0", "0.9.0", "1.0.0", "1.2.0", "1.10.0", "2.0.0"] as const;

export const pluginToolRegistrationLaws: readonly Law[] = [
  law("MS-09.1", {
    checks: "a plugin is a tool with its name, its description and its parameters, and can be invoked as one",
    proves: "all",
    programs: ["echo"],
    run: async ({ subject, source, holds }) => {
      const test = await openHost(subject, {
        plugins: [
          {
            manifest: {
              name: "greeter",
              description: "Says hello",
              parameters: { name: { type: "string", required: true } },
            },
            code: source("echo"),
          },
        ],
      });
      const [tool] = test.host.registry.active;
      assertThat(tool?.manifest.name === "greeter" && tool.manifest.description === "Says hello", "It is another tool");
      const { parameters } = tool.manifest.actions[0] ?? {};
      assertThat(
        typeof parameters === "object" && JSON.stringify(parameters["required"]) === '["name"]',
        `Its parameters are ${JSON.stringify(parameters)}`,
      );
      await holds(
        fc.asyncProperty(fc.string(), async (given) => {
          const params = object([["name", given]]);
          assertValue(await test.invoke("greeter", params), params);
        }),
        20,
      );
      await test.dispose();
    },
  }),

  law("MS-09.2", {
    checks:
      "parameters are validated before anything runs, the person is asked once where that is needed, errors are outcomes",
    proves: "all",
    programs: ["write note", "raise"],
    run: async ({ subject, source }) => {
      const parameters = { path: { type: "string", required: true }, content: { type: "string", required: true } };
      const test = await openHost(subject, {
        answer: "once",
        plugins: [
          {
            manifest: { name: "writer", description: "Writes", capabilities: ["KilnWrite"], parameters },
            code: source("write note"),
          },
          {
            manifest: { name: "raiser", description: "Fails", parameters: { message: { type: "string" } } },
            code: source("raise"),
          },
        ],
      });
      assertFailure(await test.invoke("writer", object([["path", 1]])), "invocation/invalid-parameters");
      assertThat(
        test.records.every(({ kind }) => kind !== "execution.start"),
        "It ran with wrong parameters",
      );
      assertSuccess(
        await test.invoke(
          "writer",
          object([
            ["path", "a.md"],
            ["content", "text"],
          ]),
        ),
      );
      const { length: asked } = test.questions;
      assertThat(asked === 1, `The person was asked ${asked} times`);
      const error = assertFailure(await test.invoke("raiser", object([["message", "no luck"]])), "guest/exception");
      assertThat(error.message.includes("no luck"), `The message is "${error.message}"`);
      await test.dispose();
    },
  }),

  law("MS-09.4", {
    checks: "of any set of versions the highest runs by default, and any of them when it is selected",
    proves: "all",
    programs: ["describe context"],
    run: async ({ subject, source, holds }) => {
      await holds(
        fc.asyncProperty(fc.uniqueArray(fc.constantFrom(...versions), { minLength: 1 }), async (installed) => {
          const [extension = ""] = subject.backend.extensions;
          const code = source("describe context");
          const files = Object.fromEntries(
            installed.map((version) => [
              `/system/teller-${version}${extension}`,
              `---\nname: teller\ndescription: Tells who it is\nversion: ${version}\n---\n${code}`,
            ]),
          );
          const test = await openHost(subject, { plugins: [], files });
          const highest = versions.findLast((version) => installed.includes(version)) ?? "";
          for (const [reference, expected] of [
            ["teller", highest],
            ...installed.map((version) => [`teller@${version}`, version] as const),
          ] as const) {
            const context = assertSuccess(await test.invoke(reference, object([])));
            assertThat(
              isObject(context) && context["version"] === expected,
              `${reference} of ${installed.join()} gave ${formatJson(context)}`,
            );
          }
          await test.dispose();
        }),
        6,
      );
    },
  }),
];
