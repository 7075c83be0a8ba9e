// Laws of the requirement "Example Plugins Provided". They are about the plugins in the folder `examples`, whose text the
// target offers.
import { isObject, object, toPlain, type Value } from "@crucible/sandbox";
import fc from "fast-check";
import { assertSuccess, assertThat } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";

interface Citation {
  readonly key: string;
  readonly authors: readonly { readonly family: string; readonly given: string }[];
  readonly title: string;
  readonly venue: string;
  readonly year: number;
}

const word = fc.stringMatching(/^[A-Z][a-z]{2,8}$/).filter((text) => text !== "And");
const words = fc.array(word, { minLength: 1, maxLength: 4 }).map((each) => each.join(" "));

const citations: fc.Arbitrary<readonly Citation[]> = fc.uniqueArray(
  fc.record({
    key: fc.stringMatching(/^[a-z]{3,6}[0-9]{2}$/),
    authors: fc.array(fc.record({ family: word, given: word }), { minLength: 1, maxLength: 4 }),
    title: words,
    venue: words,
    year: fc.integer({ min: 1500, max: 2100 }),
  }),
  { minLength: 1, maxLength: 6, selector: ({ key }) => key },
);

function formatBibtex({ key, authors, title, venue, year }: Citation): string {
  const names = authors.map(({ family, given }) => `${family}, ${given}`).join(" and ");
  return `@article{${key},\n  author = {${names}},\n  title = {${title}},\n  journal = "${venue}",\n  year = ${year}\n}\n`;
}

export const examplePluginsProvidedLaws: readonly Law[] = [
  law("MS-16.3", {
    checks:
      "authors, title, year and venue of generated entries come back as they were, and the notes that are written say the same " +
      "in their front matter",
    proves: "all",
    needs: ["examples"],
    languages: ["lua"],
    run: async ({ subject, holds }) => {
      const text = await subject.readExample?.("citation-parser/citation-parser.lua");
      assertThat(text !== undefined, "The target offers examples, and this one is missing");
      await holds(
        fc.asyncProperty(citations, async (given) => {
          const test = await openHost(subject, {
            plugins: [],
            files: { "/system/citation-parser.lua": text },
            answer: "always",
          });
          const params = object([["bibtex", given.map(formatBibtex).join("\n")]]);
          const parsed = assertSuccess(await test.invoke("citation-parser", params));
          const entries = isObject(parsed) ? parsed["entries"] : undefined;
          assertThat(Array.isArray(entries), "The parser returns no list of entries");
          assertSame(entries.map(readEntry), given);

          assertSuccess(await test.invoke("citation-parser", params, { action: "import" }));
          for (const { key, authors, title, venue, year } of given) {
            const { frontmatter } = assertSuccess(await test.kiln.readNote(`citations/${key}.md`));
            const names = authors.map((author) => `${author.given} ${author.family}`);
            const { title: noted, year: since, venue: where, authors: by } = frontmatter;
            assertSame(
              { title: noted, year: since, venue: where, authors: by },
              { title, year, venue, authors: names },
            );
          }
          await test.dispose();
        }),
        20,
      );
    },
  }),
  law("MS-16.5", {
    checks:
      "an article goes through exactly the phases that its events lead to, is found there by the next invocation, and its picture " +
      "highlights the phase",
    proves: "all",
    needs: ["examples"],
    languages: ["lua"],
    run: async ({ subject, holds }) => {
      const text = await subject.readExample?.("state-machine/article-phases.lua");
      assertThat(text !== undefined, "The target offers examples, and this one is missing");
      const phases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
        idea: { plan: "drafting.outline", drop: "dropped" },
        "drafting.outline": { write: "drafting.text", drop: "dropped" },
        "drafting.text": { submit: "review", drop: "dropped" },
        review: { request_changes: "drafting.text" },
        dropped: {},
      };
      const events = fc.constantFrom("plan", "write", "submit", "request_changes", "drop");
      await holds(
        fc.asyncProperty(fc.array(events, { maxLength: 8 }), async (sent) => {
          const test = await openHost(subject, { plugins: [], files: { "/system/article-phases.lua": text } });
          let phase = "idea";
          for (const event of sent) {
            const next = phases[phase]?.[event];
            const params = object(Object.entries({ article: "a", event, by: "ann" }));
            const outcome = await test.invoke("article-phases", params, { action: "send" });
            assertThat(
              outcome.ok === (next !== undefined),
              `${event} in ${phase} was ${outcome.ok ? "taken" : "refused"}`,
            );
            phase = next ?? phase;
          }
          const found = assertSuccess(await test.invoke("article-phases", object([["article", "a"]])));
          assertThat(isObject(found) && found["phase"] === phase, `The article is not found in ${phase}`);
          const params = object(Object.entries({ article: "a", format: "dot" }));
          const picture = assertSuccess(await test.invoke("article-phases", params, { action: "picture" }));
          const marked = (typeof picture === "string" ? picture : "")
            .split("\n")
            .filter((line) => line.includes('class="current"'));
          assertThat(marked.length === 1 && marked[0]?.includes(`"${phase}"`) === true, "Another phase is highlighted");
          await test.dispose();
        }),
        8,
      );
    },
  }),
];

function readEntry(entry: Value): unknown {
  const { key, authors, title, venue, year } = isObject(entry) ? entry : {};
  const names = Array.isArray(authors) ? authors : [];
  return {
    key,
    authors: names.map((author: Value) =>
      isObject(author) ? { family: author["family"], given: author["given"] } : {},
    ),
    title,
    venue,
    year: toPlain(year ?? null),
  };
}

function assertSame(found: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  assertThat(left === right, `Expected ${right}, got ${left}`);
}
