// Laws of the requirement "Plugin API for Kiln Operations".
import { isObject, object, parseJson, unwrap, type Value } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertSuccess, assertThat, assertValue } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost, type HostSetUp } from "../open-host.ts";
import type { ProgramName } from "../program.ts";

/** A plugin that runs one program with these capabilities; its name is the program's, with an ending. */
function plugin(program: ProgramName, code: string, capabilities: readonly string[]): HostSetUp["plugins"][number] {
  const name = `${program.replace(" ", "-")}-law`;
  return { manifest: { name, description: name, capabilities, parameters: { type: "object" } }, code };
}

const line = fc.stringMatching(/^[a-zA-Z0-9äöü][a-zA-Z0-9 äöü.]{0,40}$/);

export const pluginApiForKilnOperationsLaws: readonly Law[] = [
  law("MS-05.1", {
    checks:
      "a note that is there comes back with its text and its front matter, one that is not is host/note-not-found, and " +
      "without KilnRead nothing comes back at all",
    proves: "all",
    programs: ["read note"],
    run: async ({ subject, source, holds }) => {
      await holds(
        fc.asyncProperty(line, fc.integer({ min: 1, max: 9999 }), async (body, year) => {
          const test = await openHost(subject, {
            notes: { "reading/a.md": `---\nyear: ${year}\ntags: [book]\n---\n${body}\n` },
            plugins: [
              plugin("read note", source("read note"), ["KilnRead"]),
              { ...plugin("read note", source("read note"), ["StateManage"]), scope: "configured" as const },
            ].map((each, index) => ({
              ...each,
              manifest: { ...each.manifest, name: ["reader", "outsider"][index] ?? "" },
            })),
          });
          const note = assertSuccess(await test.invoke("reader", object([["path", "reading/a.md"]])));
          assertThat(
            isObject(note) && isObject(note["frontmatter"] ?? null),
            "The note is no object with front matter",
          );
          const { content, frontmatter } = note;
          assertThat(
            typeof content === "string" && content.trim() === body.trim(),
            `The content is ${JSON.stringify(content)}`,
          );
          assertValue(
            { ok: true, value: frontmatter ?? null },
            object([
              ["year", year],
              ["tags", ["book"]],
            ]),
          );
          assertFailure(await test.invoke("reader", object([["path", "reading/b.md"]])), "host/note-not-found");
          assertFailure(await test.invoke("outsider", object([["path", "reading/a.md"]])), "capability/escalation");
          await test.dispose();
        }),
        10,
      );
    },
  }),

  law("MS-05.5", {
    checks:
      "what a plugin stores it reads back in later executions, another plugin does not, and the kiln has it as JSON in the " +
      "file of the plugin",
    proves: "all",
    programs: ["store", "load"],
    run: async ({ subject, source, holds }) => {
      const entries = fc.uniqueArray(
        fc.tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.oneof(fc.integer(), line)),
        {
          minLength: 1,
          maxLength: 4,
          selector: ([key]) => key,
        },
      );
      await holds(
        fc.asyncProperty(entries, async (stored) => {
          const test = await openHost(subject, {
            plugins: [
              plugin("store", source("store"), ["StateManage"]),
              plugin("load", source("load"), ["StateManage"]),
            ],
          });
          for (const [key, value] of stored) {
            assertSuccess(
              await test.invoke(
                "store-law",
                object([
                  ["key", key],
                  ["value", value],
                ]),
              ),
            );
          }
          for (const [key] of stored) assertValue(await test.invoke("load-law", object([["key", key]])), null);
          const file = assertSuccess(await test.files.read(".crucible/plugin-state/store-law.json", 1_000_000));
          const content = unwrap(parseJson(new TextDecoder().decode(file.bytes)));
          const values: Value = isObject(content) ? (content["values"] ?? null) : null;
          assertValue({ ok: true, value: values }, object(stored));
          // The same file, read by the program that loads, under the name of the plugin that stored.
          const again = await openHost(subject, {
            notes: {},
            plugins: [
              {
                ...plugin("load", source("load"), ["StateManage"]),
                manifest: {
                  name: "store-law",
                  description: "Loads",
                  capabilities: ["StateManage"],
                  parameters: { type: "object" },
                },
              },
            ],
          });
          assertSuccess(
            await again.files.write(".crucible/plugin-state/store-law.json", file.bytes, { kind: "absent" }),
          );
          for (const [key, value] of stored)
            assertValue(await again.invoke("store-law", object([["key", key]])), value);
          await again.dispose();
          await test.dispose();
        }),
        10,
      );
    },
  }),

  law("MS-05.6", {
    checks:
      "a folder's notes are exactly those in it, with those below it when asked for, filtered by front matter, with word counts " +
      "and times when asked for",
    proves: "all",
    programs: ["list notes"],
    run: async ({ subject, source, holds }) => {
      const folders = ["", "a/", "a/b/", "c/"] as const;
      const notes = fc.uniqueArray(
        fc.tuple(fc.constantFrom(...folders), fc.stringMatching(/^[a-z]{1,4}$/), fc.boolean()),
        {
          maxLength: 8,
          selector: ([folder, name]) => folder + name,
        },
      );
      await holds(
        fc.asyncProperty(
          notes,
          fc.constantFrom("a", "a/b"),
          fc.boolean(),
          fc.boolean(),
          async (given, folder, recursive, filtered) => {
            const all = given.map(([parent, name, done]) => ({ path: `${parent}${name}.md`, parent, done }));
            const test = await openHost(subject, {
              notes: {
                "a/b/always.md": "---\ndone: true\n---\none two three\n",
                ...Object.fromEntries(all.map(({ path, done }) => [path, `---\ndone: ${done}\n---\none two\n`])),
              },
              plugins: [plugin("list notes", source("list notes"), ["KilnRead"])],
            });
            const expected = [{ path: "a/b/always.md", parent: "a/b/", done: true }, ...all]
              .filter(
                ({ parent, done }) =>
                  (recursive ? parent.startsWith(`${folder}/`) : parent === `${folder}/`) && (!filtered || done),
              )
              .map(({ path }) => path);
            const options = object([
              ["recursive", recursive],
              ["metadata", true],
              ...(filtered ? [["frontmatter", object([["done", true]])] as const] : []),
            ]);
            const listed = assertSuccess(
              await test.invoke(
                "list-notes-law",
                object([
                  ["folder", folder],
                  ["options", options],
                ]),
              ),
            );
            // A list without items has no type of its own in every language.
            const items: readonly Value[] = Array.isArray(listed) ? listed : [];
            const paths = items.map((item: Value) => (isObject(item) ? item["path"] : undefined));
            assertThat(
              JSON.stringify(paths) === JSON.stringify([...new Set(expected)].sort()),
              `Expected ${JSON.stringify(expected)}, got ${JSON.stringify(paths)}`,
            );
            for (const item of items) {
              assertThat(
                isObject(item) && typeof item["word_count"] === "number" && typeof item["modified"] === "string",
                "A note has no word count or no time",
              );
            }
            await test.dispose();
          },
        ),
        20,
      );
    },
  }),
];
