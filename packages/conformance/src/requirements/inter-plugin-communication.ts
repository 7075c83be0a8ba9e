// Laws of the requirement "Inter-Plugin Communication".
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost, type PluginText } from "../open-host.ts";

const any = { type: "object" };

export const interPluginCommunicationLaws: readonly Law[] = [
  law("MS-14.1", {
    checks:
      "a plugin gets what another returns for its parameters, and its failures; without the capability it gets neither",
    proves: "all",
    programs: ["call plugin", "echo", "raise"],
    run: async ({ subject, source, holds }) => {
      const code = source("call plugin");
      const test = await openHost(subject, {
        plugins: [
          { manifest: { name: "caller", description: "Calls", capabilities: ["PluginInvoke"], parameters: any }, code },
          { manifest: { name: "mute", description: "May not call", capabilities: [], parameters: any }, code },
          { manifest: { name: "echo", description: "Returns", parameters: any }, code: source("echo") },
          { manifest: { name: "raiser", description: "Fails", parameters: any }, code: source("raise") },
        ],
      });
      const call = (plugin: string, params: ReturnType<typeof object>): ReturnType<typeof object> =>
        object([
          ["plugin", plugin],
          ["params", params],
        ]);
      await holds(
        fc.asyncProperty(fc.string(), fc.integer(), async (text, number) => {
          const params = object([
            ["text", text],
            ["number", number],
          ]);
          assertValue(await test.invoke("caller", call("echo", params)), params);
        }),
        20,
      );
      const chains = test.records.flatMap((each) => (each.kind === "execution.start" ? [each.chain.join(" ")] : []));
      assertThat(chains.includes("caller echo"), "The journal does not show who called whom");
      const failed = await test.invoke("caller", call("raiser", object([["message", "no luck"]])));
      assertThat(!failed.ok && failed.error.message.includes("no luck"), "The callee's failure did not arrive");
      const missing = await test.invoke("caller", call("nobody", object([])));
      assertThat(!missing.ok && missing.error.message.includes("nobody"), "A missing plugin did not fail the call");
      assertFailure(await test.invoke("mute", call("echo", object([]))), "capability/escalation");
      await test.dispose();
    },
  }),

  law("MS-14.2", {
    checks:
      "an import reaches the dependency, which is loaded first; what is missing or circular is refused with the path",
    proves: "all",
    programs: ["import callee", "echo"],
    run: async ({ subject, source }) => {
      const importer = (name: string, dependencies: Readonly<Record<string, string>>): PluginText => ({
        manifest: { name, description: "Imports", parameters: any, dependencies },
        code: source("import callee"),
      });
      const callee: PluginText = {
        manifest: { name: "callee", description: "Returns", parameters: any },
        code: source("echo"),
      };
      const test = await openHost(subject, { plugins: [importer("importer", { callee: "*" }), callee] });
      assertValue(await test.invoke("importer", object([["a", 1]])), object([["a", 1]]));
      const loads = test.records.filter(({ kind }) => kind === "plugin.load").map(({ plugin }) => plugin);
      assertThat(loads.join() === "callee,importer", `They were loaded in the order ${loads.join()}`);
      test.take("callee");
      await test.host.reload();
      assertFailure(await test.invoke("importer", object([])), "plugin/dependency-missing");
      test.put({ ...callee, manifest: { ...callee.manifest, dependencies: { importer: "*" } } });
      await test.host.reload();
      const error = assertFailure(await test.invoke("importer", object([])), "plugin/dependency-cycle");
      assertThat(
        error.message.includes("callee → importer → callee") || error.message.includes("importer → callee → importer"),
        error.message,
      );
      await test.dispose();
    },
  }),

  law("MS-14.3", {
    checks: "a dependency runs in a version that its range allows, or validation fails and names range and versions",
    proves: "all",
    programs: ["import callee", "echo"],
    run: async ({ subject, source, holds }) => {
      const ranges = [
        ["^1.0.0", ["1.0.0", "1.5.0"]],
        ["~1.5.0", ["1.5.0"]],
        [">=2.0.0", ["2.0.0"]],
        ["^3.0.0", []],
      ] as const;
      await holds(
        fc.asyncProperty(
          fc.constantFrom(...ranges),
          fc.constantFrom("1.0.0", "1.5.0", "2.0.0"),
          async ([range, allowed], version) => {
            const test = await openHost(subject, {
              plugins: [
                {
                  manifest: {
                    name: "importer",
                    description: "Imports",
                    parameters: any,
                    dependencies: { callee: range },
                  },
                  code: source("import callee"),
                },
                {
                  manifest: { name: "callee", description: "Returns", version, parameters: any },
                  code: source("echo"),
                },
              ],
            });
            const outcome = await test.invoke("importer", object([["a", 1]]));
            if ((allowed as readonly string[]).includes(version)) assertValue(outcome, object([["a", 1]]));
            else {
              const { message } = assertFailure(outcome, "plugin/dependency-conflict");
              assertThat(message.includes(range) && message.includes(version), `The message is "${message}"`);
              assertThat(
                test.host.registry.active.every(({ manifest }) => manifest.name !== "importer"),
                "It is registered",
              );
            }
            await test.dispose();
          },
        ),
        8,
      );
    },
  }),
];
