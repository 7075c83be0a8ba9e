// Laws of the requirement "Tool System Extended by Plugins".
import { isErrorCode, object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";

export const toolSystemExtendedByPluginsLaws: readonly Law[] = [
  law("MS-17.2", {
    checks: "a name that a plugin has runs that plugin in its sandbox, and whatever it does wrong is the call's error",
    proves: "all",
    programs: ["echo", "raise", "write note"],
    run: async ({ subject, source, holds }) => {
      const parameters = { type: "object" };
      const test = await openHost(subject, {
        plugins: (["echo", "raise", "write note"] as const).map((program) => ({
          manifest: { name: `tool-${program.replace(" ", "-")}`, description: "A tool", parameters },
          code: source(program),
        })),
      });
      await holds(
        fc.asyncProperty(fc.string(), async (text) => {
          assertValue(await test.invoke("tool-echo", object([["text", text]])), object([["text", text]]));
          const raised = await test.invoke("tool-raise", object([["message", text]]));
          assertThat(!raised.ok && isErrorCode(raised.error.code), "A failure is no tool error");
        }),
        10,
      );
      const params = object([
        ["path", "a.md"],
        ["content", "x"],
      ]);
      assertFailure(await test.invoke("tool-write-note", params), "capability/escalation");
      await test.dispose();
    },
  }),
];
