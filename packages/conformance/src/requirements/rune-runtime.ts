// Laws of the requirement "Rune Runtime".
import { isObject, object } from "@crucible/sandbox";
import { assertSuccess, assertThat } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";

export const runeRuntimeLaws: readonly Law[] = [
  law("RI-01.1", {
    checks:
      "a script reads a note through the bound module and gets it as an object, and what the language would have for files does " +
      "not exist",
    proves: "all",
    languages: ["rune"],
    programs: ["read note", "reach for a file"],
    run: async ({ subject, source }) => {
      const test = await openHost(subject, {
        notes: { "a.md": "---\nyear: 1866\n---\nPeas.\n" },
        plugins: (["read note", "reach for a file"] as const).map((name) => ({
          manifest: {
            name: `${name.replaceAll(" ", "-")}-law`,
            description: name,
            capabilities: ["KilnRead"],
            parameters: { type: "object" },
          },
          code: source(name),
        })),
      });
      const note = assertSuccess(await test.invoke("read-note-law", object([["path", "a.md"]])));
      const frontmatter = isObject(note) ? note["frontmatter"] : undefined;
      assertThat(
        frontmatter !== undefined && isObject(frontmatter) && frontmatter["year"] === 1866,
        "The note has no front matter",
      );
      for (const path of ["/etc/hostname", "a.md", ".crucible/config.toml"]) {
        const reached = await test.invoke("reach-for-a-file-law", object([["path", path]]));
        assertThat(!reached.ok, `A script read the file "${path}"`);
      }
      const calls = test.records.filter(({ kind }) => kind === "host.call").length;
      assertThat(calls === 1, `The journal has ${calls} host calls, expected the one that read the note`);
      await test.dispose();
    },
  }),
];
