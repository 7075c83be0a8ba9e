// Laws of the requirement "Capability-Based Security".
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertSuccess, assertThat } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";

export const capabilityBasedSecurityLaws: readonly Law[] = [
  law("MS-04.1", {
    checks:
      "with KilnRead alone a guest reads without anybody being asked, changes nothing although somebody would allow it, and each " +
      "of its calls is one record of the journal",
    proves: "all",
    programs: ["read note", "write note"],
    run: async ({ subject, source, holds }) => {
      const text = fc.stringMatching(/^[a-zA-Z0-9 äöü.]{0,60}$/);
      await holds(
        fc.asyncProperty(text, text, async (present, intended) => {
          const test = await openHost(subject, {
            answer: "always",
            notes: { "a.md": present },
            plugins: (["read note", "write note"] as const).map((name) => ({
              manifest: {
                name: `${name.replace(" ", "-")}-law`,
                description: name,
                capabilities: ["KilnRead"],
                parameters: { type: "object" },
              },
              code: source(name),
            })),
          });
          assertSuccess(await test.invoke("read-note-law", object([["path", "a.md"]])));
          assertThat(test.questions.length === 0, "Somebody was asked about reading");

          const write = object([
            ["path", "a.md"],
            ["content", intended],
          ]);
          assertFailure(await test.invoke("write-note-law", write), "capability/escalation");
          const after = assertSuccess(await test.files.read("a.md", 1_000_000));
          assertThat(new TextDecoder().decode(after.bytes) === present, "The note was changed");

          const calls = test.records.flatMap((each) =>
            each.kind === "host.call" ? [`${each.plugin} ${each.function} ${each.status}`] : [],
          );
          const expected = ["read-note-law crucible.read_note ok", "write-note-law crucible.write_note error"];
          assertThat(calls.join() === expected.join(), `The journal has the calls ${calls.join()}`);
          await test.dispose();
        }),
        10,
      );
    },
  }),
];
