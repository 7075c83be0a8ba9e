// Laws of the requirement "Plugin API for Kiln Operations".
import type { Note } from "@crucible/kiln-store";
import {
  formatJson,
  fromPlain,
  isObject,
  object,
  parseJson,
  textArgument,
  toPlain,
  unwrap,
  type Outcome,
  type Value,
} from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertSuccess, assertThat, assertValue } from "../assertion.ts";
import { concepts, createConceptEmbedder } from "../concept-embedder.ts";
import { law, type Law } from "../law.ts";
import { openHost, type HostSetUp } from "../open-host.ts";
import type { ProgramName } from "../program.ts";

/** A plugin that runs one program with these capabilities; its name is the program's, with an ending. */
function plugin(program: ProgramName, code: string, capabilities: readonly string[]): HostSetUp["plugins"][number] {
  const name = `${program.replaceAll(" ", "-")}-law`;
  return { manifest: { name, description: name, capabilities, parameters: { type: "object" } }, code };
}

interface WalkedNote {
  readonly path: string;
  readonly title: string;
  readonly depth: number;
}

/** Notes of a walk; each but the start must have been reached from one that the walk has. */
function readWalk(value: Value): readonly WalkedNote[] {
  const items: readonly Value[] = Array.isArray(value) ? value : [];
  const paths = new Set(items.map((item) => (isObject(item) ? item["path"] : undefined)));
  return items.map((item, index) => {
    assertThat(isObject(item), "A note of the walk is no object");
    const path = textArgument(item, "path");
    assertThat(index === 0 || paths.has(item["via"] ?? null), `${path} was reached from nowhere`);
    return { path, title: textArgument(item, "title"), depth: Number(item["depth"]) };
  });
}

/** Steps from a start to every note within a depth. */
function distances(
  start: number,
  next: (note: number) => readonly number[],
  depth: number,
): ReadonlyMap<number, number> {
  const steps = new Map([[start, 0]]);
  // Entries that are added while the map is walked are walked as well, nearest first.
  for (const [note, far] of steps) {
    if (far < depth) for (const other of next(note)) if (!steps.has(other)) steps.set(other, far + 1);
  }
  return steps;
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

  law("MS-05.2", {
    checks:
      "a note is written, with its front matter and metadata in the answer, exactly where KilnWrite is declared and a person who " +
      "was asked agreed; otherwise the kiln stays as it was",
    proves: "all",
    programs: ["write note with front matter"],
    run: async ({ subject, source, holds }) => {
      const frontmatter = fc
        .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(fc.integer(), line)), {
          minLength: 1,
          maxLength: 3,
          selector: ([key]) => key,
        })
        .map(object);
      const body = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => `${lines.join("\n\n")}\n`);
      const writer = plugin("write note with front matter", source("write note with front matter"), ["KilnWrite"]);
      const outsider = plugin("write note with front matter", source("write note with front matter"), ["KilnRead"]);
      await holds(
        fc.asyncProperty(body, frontmatter, fc.boolean(), async (content, properties, isThere) => {
          const present = "---\nold: true\n---\nOld text\n";
          const params = object([
            ["path", "reading/a.md"],
            ["content", content],
            ["frontmatter", properties],
          ]);
          const attempt = async (
            written: HostSetUp["plugins"][number],
            answer?: "once" | "deny",
          ): Promise<{ outcome: Outcome<Value>; questions: number; text: string | undefined; note: Outcome<Note> }> => {
            const test = await openHost(subject, {
              notes: isThere ? { "reading/a.md": present } : {},
              plugins: [written],
              ...(answer === undefined ? {} : { answer }),
            });
            const outcome = await test.invoke(written.manifest.name, params);
            const file = await test.files.read("reading/a.md", 1_000_000);
            const note = await test.kiln.readNote("reading/a.md");
            const text = file.ok ? new TextDecoder().decode(file.value.bytes) : undefined;
            await test.dispose();
            return { outcome, questions: test.questions.length, text, note };
          };
          const before = isThere ? present : undefined;

          const undeclared = await attempt(outsider, "once");
          assertFailure(undeclared.outcome, "capability/escalation");
          assertThat(undeclared.questions === 0, "Somebody was asked about what the manifest does not declare");
          assertThat(undeclared.text === before, "A plugin without KilnWrite changed the note");

          const denied = await attempt(writer, "deny");
          assertFailure(denied.outcome, "capability/denied");
          assertThat(denied.questions === 1, `${denied.questions} questions were asked`);
          assertThat(denied.text === before, "A plugin that was denied changed the note");

          const unattended = await attempt(writer);
          assertFailure(unattended.outcome, "capability/denied");
          assertThat(unattended.text === before, "A plugin that nobody allowed changed the note");

          const allowed = await attempt(writer, "once");
          const answer = assertSuccess(allowed.outcome);
          assertThat(allowed.questions === 1, `${allowed.questions} questions were asked`);
          const note = assertSuccess(allowed.note);
          assertThat(note.content.trim() === content.trim(), `The note says ${JSON.stringify(note.content)}`);
          for (const [key, value] of Object.entries(properties)) {
            assertValue({ ok: true, value: fromPlain(note.frontmatter[key]) }, value);
          }
          assertThat(isObject(answer), "The answer is no object");
          const { path, word_count: words, is_new: isNew, content_hash: hash } = answer;
          assertThat(path === "reading/a.md" && isNew === !isThere, "The answer is about another note");
          assertThat(
            words === note.word_count && Number(words) > 0,
            `The answer counts ${formatJson(words ?? null)} words`,
          );
          assertThat(hash === note.content_hash, "The answer has another version");
        }),
        8,
      );
    },
  }),

  law("MS-05.3", {
    checks:
      "notes are found by a word that none of them has but that means the same, before all others, with scores from 0 to 1 that " +
      "never rise, within filters, 20 unless asked for otherwise and never more than 100",
    proves: "all",
    needs: ["kilns"],
    programs: ["search"],
    run: async ({ subject, source, holds }) => {
      const places = concepts.map((_, index) => index);
      const shelf = fc.record({
        about: fc.array(fc.constantFrom(...places), { minLength: 22, maxLength: 30 }),
        asked: fc.constantFrom(...places),
        limit: fc.integer({ min: 1, max: 100 }),
      });
      const searcher = plugin("search", source("search"), ["KilnRead"]);
      await holds(
        fc.asyncProperty(shelf, async ({ about, asked, limit }) => {
          const notes = about.map((concept, index) => ({
            path: `n${index}.md`,
            concept,
            shelf: index % 2,
            text: `---\nshelf: ${index % 2}\n---\nToday a ${concepts[concept]?.said ?? ""} again.\n`,
          }));
          const test = await openHost(subject, {
            notes: Object.fromEntries(notes.map(({ path, text }) => [path, text])),
            embedder: createConceptEmbedder(),
            plugins: [searcher],
          });
          const search = (options: Value): Promise<Outcome<Value>> =>
            test.invoke(
              searcher.manifest.name,
              object([
                ["query", concepts[asked]?.asked ?? ""],
                ["options", options],
              ]),
            );
          const check = (outcome: Outcome<Value>, expected: number, among: typeof notes): void => {
            const found = assertSuccess(outcome);
            const items: readonly Value[] = Array.isArray(found) ? found : [];
            const hits = items.map((item) => {
              assertThat(isObject(item), "A result is no object");
              const path = textArgument(item, "path");
              assertThat(textArgument(item, "snippet") !== "", `${path} shows no passage`);
              return { path, score: Number(toPlain(item["score"] ?? null)) };
            });
            assertThat(hits.length === expected, `${hits.length} results instead of ${expected}`);
            assertThat(new Set(hits.map(({ path }) => path)).size === hits.length, "A note was found twice");
            const right = new Set(among.filter(({ concept }) => concept === asked).map(({ path }) => path));
            for (const [rank, { path, score }] of hits.entries()) {
              assertThat(
                among.some((note) => note.path === path),
                `${path} is outside of the filter`,
              );
              assertThat(score >= 0 && score <= 1, `${path} has the score ${score}`);
              assertThat(score <= (hits[rank - 1]?.score ?? 1), `The score rises at ${path}`);
              assertThat(
                rank >= right.size || right.has(path),
                `${path} is about something else but ranks ${rank + 1}`,
              );
            }
          };
          check(await search(object([["mode", "semantic"]])), 20, notes);
          check(await search(object([])), 20, notes);
          check(await search(object([["limit", limit]])), Math.min(limit, notes.length), notes);
          const odd = notes.filter((note) => note.shelf === 1);
          check(await search(object([["frontmatter", object([["shelf", 1]])]])), odd.length, odd);
          for (const excess of [0, 101]) {
            assertFailure(await search(object([["limit", excess]])), "host/invalid-argument");
          }
          await test.dispose();
        }),
        5,
      );
    },
  }),

  law("MS-05.4", {
    checks:
      "a walk finds exactly the notes within its depth, 3 unless asked for otherwise and never more than 10, each with its title " +
      "and the note from which it was reached; along links, against them, or by meaning",
    proves: "all",
    needs: ["kilns"],
    programs: ["traverse"],
    run: async ({ subject, source, holds }) => {
      const count = 14;
      const graph = fc.record({
        links: fc.array(fc.tuple(fc.nat({ max: count - 1 }), fc.nat({ max: count - 1 })), { maxLength: 24 }),
        about: fc.array(fc.constantFrom(0, 1), { minLength: count, maxLength: count }),
        depth: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
      });
      const walker = plugin("traverse", source("traverse"), ["KilnRead"]);
      await holds(
        fc.asyncProperty(graph, async ({ links: given, about, depth }) => {
          // A chain through all notes, so that every depth limit cuts something off.
          const links = [...given, ...Array.from({ length: count - 1 }, (_, from) => [from, from + 1] as const)];
          const path = (note: number): string => `n${note}.md`;
          const texts = about.map((concept, note) => {
            const targets = links.filter(([from]) => from === note).map(([, to]) => `[[n${to}]]`);
            return [
              path(note),
              `# About ${note}\n\nA ${concepts[concept]?.said ?? ""} and ${targets.join(" ")}\n`,
            ] as const;
          });
          const test = await openHost(subject, {
            notes: Object.fromEntries(texts),
            embedder: createConceptEmbedder(),
            plugins: [walker],
          });
          const walk = (strategy: string, start: number, options: Value): Promise<Outcome<Value>> =>
            test.invoke(
              walker.manifest.name,
              object([
                ["start", path(start)],
                ["strategy", strategy],
                ["options", options],
              ]),
            );
          const options = object(depth === undefined ? [] : [["depth", depth]]);
          const related = (first: number): readonly number[] =>
            about.flatMap((concept, note) => (concept === about[first] && note !== first ? [note] : []));
          const neighbours: Readonly<Record<string, (note: number) => readonly number[]>> = {
            bfs: (note) => links.filter(([from]) => from === note).map(([, to]) => to),
            dfs: (note) => links.filter(([from]) => from === note).map(([, to]) => to),
            backlinks: (note) => links.filter(([, to]) => to === note).map(([from]) => from),
          };
          for (const [strategy, next] of Object.entries(neighbours)) {
            const start = strategy === "backlinks" ? count - 1 : 0;
            const expected = distances(start, next, depth ?? 3);
            const found = readWalk(assertSuccess(await walk(strategy, start, options)));
            assertThat(found[0]?.path === path(start), `The walk (${strategy}) does not begin at its start`);
            const places = new Map([...expected].map(([note, steps]) => [path(note), steps]));
            assertThat(
              found.length === places.size && found.every((each) => places.has(each.path)),
              `The walk (${strategy}) finds ${found.map((each) => each.path).join()} instead of ${[...places.keys()].join()}`,
            );
            for (const each of found) {
              assertThat(
                each.depth === places.get(each.path),
                `${each.path} has the depth ${each.depth} (${strategy})`,
              );
              assertThat(each.title === `About ${each.path.slice(1, -3)}`, `${each.path} has the title ${each.title}`);
            }
          }
          const near = readWalk(assertSuccess(await walk("semantic", 0, options))).map((each) => each.path);
          const alike = new Set([0, ...related(0)].map(path));
          assertThat(near[0] === path(0), "The walk by meaning does not begin at its start");
          assertThat(
            near.every((each) => alike.has(each)),
            `The walk by meaning finds ${near.join()}`,
          );
          assertThat(related(0).length === 0 || near.length > 1, "The walk by meaning finds nothing");
          for (const excess of [0, 11]) {
            assertFailure(await walk("bfs", 0, object([["depth", excess]])), "host/invalid-argument");
          }
          assertFailure(await walk("sideways", 0, object([])), "host/invalid-argument");
          assertFailure(await walk("bfs", count, object([])), "host/note-not-found");
          await test.dispose();
        }),
        5,
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
