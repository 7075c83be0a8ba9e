import { readFileSync } from "node:fs";
import fc from "fast-check";
import { openHost } from "@crucible/conformance";
import type { HostSetUp, TestHost } from "@crucible/conformance";
import { createKilnStore } from "@crucible/kiln-store";
import { isObject, object, toPlain, unwrap } from "@crucible/sandbox";
import type { Outcome, Value } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const code = readFileSync(new URL("../citation-parser.lua", import.meta.url), "utf8");
const library = readFileSync(new URL("../library.bib", import.meta.url), "utf8");

const pool = createThreadPool({ powers: createNodeThreadPowers() });
const backend = createLuaBackend(pool);
const open = async (more: Partial<HostSetUp> = {}): Promise<TestHost> =>
  openHost({ backend, dispose: async () => Promise.resolve() }, { plugins: [], files: { "/system/citation-parser.lua": code }, ...more });

let shared: TestHost;
beforeAll(async () => {
  shared = await open();
});
afterAll(async () => {
  await shared.dispose();
  await backend.dispose();
  await pool.dispose();
});

interface Person {
  readonly name: string;
  readonly given: string;
  readonly particle: string;
  readonly family: string;
  readonly suffix: string;
}

interface Entry {
  readonly key: string;
  readonly type: string;
  readonly line: number;
  readonly authors: readonly Person[];
  readonly editors: readonly Person[];
  readonly et_al?: boolean;
  readonly title?: string;
  readonly year?: number;
  readonly venue?: string;
  readonly keywords: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
}

interface Finding {
  readonly line: number;
  readonly key?: string;
  readonly message: string;
}

interface Parsed {
  readonly entries: readonly Entry[];
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

async function parse(bibtex: string): Promise<Parsed> {
  return toPlain(unwrap(await shared.invoke("citation-parser", object([["bibtex", bibtex]])))) as Parsed;
}

async function parseOne(bibtex: string): Promise<Entry> {
  const { entries, problems } = await parse(bibtex);
  const [entry] = entries;
  if (entry === undefined) throw new Error(`Nothing was read: ${JSON.stringify(problems)}`);
  return entry;
}

describe("the library that comes with it", () => {
  test("is read whole, but for the two entries that are malformed", async () => {
    const { entries, problems, warnings } = await parse(library);
    expect(entries).toHaveLength(39);
    expect(problems).toEqual([
      { line: 204, key: "cormack2009", message: 'a comma is missing after the key "cormack2009"' },
      { line: 350, key: "conklin1987", message: 'the brace or quotation mark of the field "title" is not closed (line 352)' },
    ]);
    expect(warnings).toEqual([{ line: 291, key: "miller1956", message: 'a comma is missing after the field "year"' }]);
    for (const { line } of problems) expect(library.split("\n")[line - 1]).toMatch(/^@/);
  });

  test("gives authors, title, year and venue as people write them", async () => {
    const { entries } = await parse(library);
    const shown = Object.fromEntries(entries.map(({ key, authors, title, year, venue }) => [key, [authors.map(({ name }) => name).join("; "), title, year, venue]]));
    expect(shown).toMatchObject({
      brin1998: ["Sergey Brin; Lawrence Page", "The Anatomy of a Large-Scale Hypertextual Web Search Engine", 1998, "Computer Networks and ISDN Systems"],
      erdos1959: ["Paul Erdős; Alfréd Rényi", "On Random Graphs I", 1959, "Publicationes Mathematicae Debrecen"],
      knuth1984: ["Donald E. Knuth", "The TeXbook", 1984, "Addison-Wesley"],
      roediger2006: ["Henry L. Roediger, III; Jeffrey D. Karpicke", "Test-Enhanced Learning: Taking Memory Tests Improves Long-Term Retention", 2006, "Psychological Science"],
      vaswani2017: [expect.stringContaining("Łukasz Kaiser"), "Attention is All you Need", 2017, "Advances in Neural Information Processing Systems 30"],
      eco1977: ["Umberto Eco", "Come si fa una tesi di laurea", 1977, "Bompiani"],
      ecma2023: ["Barnes and Noble, Inc.; World Wide Web Consortium", "A Standard for Everything & 100 % of the Rest", 2023, "Example House"],
      nguyen2015: ["Văn A. Nguyễn; Iga Świątek; Lech Wałęsa; Slavoj Žižek", "Diacritics in double decks", 2015, "Journal of Stacked Marks"],
      dvorak1936: [
        "Antonín Dvořák; İbrahim Şahin; Anders Jonas Ångström; Hans Christian Ørsted; Jürgen Straßer; Þóra Ðorðarson",
        "On æsthetics, naïveté and fœtal à la carte accents: “a naïve survey”",
        1936,
        "Acta Diacritica",
      ],
    });
    expect(entries.find(({ key }) => key === "karpukhin2020")?.et_al).toBe(true);
    expect(entries.find(({ key }) => key === "shannon1948")?.fields["note"]).toBe("Defines $H = -\\sum p_i \\log p_i$");
  });
});

describe("names", () => {
  const names: readonly (readonly [string, Omit<Person, "name">])[] = [
    ["Donald E. Knuth", { given: "Donald E.", particle: "", family: "Knuth", suffix: "" }],
    ["Knuth, Donald E.", { given: "Donald E.", particle: "", family: "Knuth", suffix: "" }],
    ["Ludwig van Beethoven", { given: "Ludwig", particle: "van", family: "Beethoven", suffix: "" }],
    ["van Beethoven, Ludwig", { given: "Ludwig", particle: "van", family: "Beethoven", suffix: "" }],
    ["Charles Louis Xavier Joseph de la Vall{\\'e}e Poussin", { given: "Charles Louis Xavier Joseph", particle: "de la", family: "Vallée Poussin", suffix: "" }],
    ["King, Jr., Martin Luther", { given: "Martin Luther", particle: "", family: "King", suffix: "Jr." }],
    ["Frank Shipman, III", { given: "Frank", particle: "", family: "Shipman", suffix: "III" }],
    ["{Barnes and Noble, Inc.}", { given: "", particle: "", family: "Barnes and Noble, Inc.", suffix: "" }],
    ["Ram{\\'o}n y Cajal, Santiago", { given: "Santiago", particle: "", family: "Ramón y Cajal", suffix: "" }],
    ["Jean-Paul {\\'e}l Azar", { given: "Jean-Paul", particle: "él", family: "Azar", suffix: "" }],
    ["Aristotle", { given: "", particle: "", family: "Aristotle", suffix: "" }],
    ["J.~R.~R. Tolkien", { given: "J. R. R.", particle: "", family: "Tolkien", suffix: "" }],
  ];
  test.each(names)("%s has its parts", async (text, parts) => {
    const { authors } = await parseOne(`@book{k, author = {${text}}, title = {T}, year = 2000}`);
    expect(authors).toMatchObject([parts]);
  });

  test("are parted by the word and, in any case, but not inside of braces or other words", async () => {
    const { authors } = await parseOne("@book{k, author = {Anders Andersen AND Sand, Andrea\n and\t{Research and Development} and others}}");
    expect(authors.map(({ family }) => family)).toEqual(["Andersen", "Sand", "Research and Development"]);
  });
});

describe("LaTeX", () => {
  const texts: readonly (readonly [string, string])[] = [
    ["{\\\"o}\\\"{o}\\\"o{\\\"{o}}", "öööö"],
    ["\\'{\\i} \\^{\\j} \\i", "í ĵ ı"],
    ["\\c{c}\\c c \\v{s} {\\v z}\\H{o}\\k{a}\\r{a}\\=a\\.z\\u g\\d{s}", "çç š žőąåāżğṣ"],
    ["\\'q", "q́"],
    ["\\ss{} \\O \\o{}re \\AE\\ae {\\L}\\l", "ß Øøre ÆæŁł"],
    ["a--b---c, ``so'' and `so'", "a–b—c, “so” and ‘so’"],
    ["100\\% \\& \\$5 \\#1 a\\_b \\{x\\}", "100% & $5 #1 a_b {x}"],
    ["\\emph{very} {\\em much} \\textbf{\\textit{so}}", "very much so"],
    ["$a_{1} \\times b$ stays", "$a_{1} \\times b$ stays"],
    ["don't {D}on't", "don't Don't"],
    ["\\href{http://x.example}{here} \\enquote{there}", "here “there”"],
    ["  many \n\t blanks~here ", "many blanks here"],
    ["unbalanced \\", "unbalanced"],
  ];
  test.each(texts)("%s", async (latex, unicode) => {
    expect((await parseOne(`@book{k, title = {${latex}}, year = 1}`)).title).toBe(unicode);
  });
});

describe("the language", () => {
  test("joins texts, numbers and abbreviations, whatever the case", async () => {
    const entry = await parseOne('@STRING{Foo = "b" # {c}} @string(bar = foo # "d") @Article(k, TITLE = "a" # fOO # 1 # BAR, Month = 3 # "~" # mar,)');
    expect(entry).toMatchObject({ type: "article", title: "abc1bcd", fields: { month: "3 March" } });
  });

  test("inherits along chains, in any order, and reports cycles and what is missing", async () => {
    const { entries, warnings } = await parse(
      "@inproceedings{a, title={A}, crossref={B}} @proceedings{b, title={Book}, year=2001, crossref=c} @misc{c, publisher={P}, crossref={b}} @misc{d, title={D}, year=1999, crossref={none}}",
    );
    const a = entries.find(({ key }) => key === "a");
    expect(a).toMatchObject({ title: "A", year: 2001, venue: "Book", fields: { publisher: "P" } });
    expect(warnings.map(({ key, message }) => `${key ?? ""}: ${message}`).toSorted()).toEqual([
      "b: the abbreviation \"c\" is not defined",
      'c: crossref "b" leads back to this entry',
      "c: the entry has no title",
      "c: the entry has no year",
      'd: crossref "none" names no entry of this file',
    ]);
  });

  test("passes over comments, preambles and addresses, and reports what was meant as an entry", async () => {
    const { entries, problems } = await parse("me@example.org @comment{@book{x, title={X}}} @preamble{\"a\" # {b}}\n@book oops\n@book{k, title={T}, year=2000}\n%@misc{z}");
    expect(entries.map(({ key }) => key)).toEqual(["k", "z"]);
    expect(problems).toEqual([{ line: 2, message: '"@book" has no opening brace' }]);
  });

  test("keeps the first of two entries and of two fields", async () => {
    const { entries, problems, warnings } = await parse("@book{k, title={A}, title={B}, year=1999}\n@book{K, title={C}}");
    expect(entries.map(({ title }) => title)).toEqual(["A"]);
    expect(problems).toMatchObject([{ line: 2, key: "K" }]);
    expect(warnings).toMatchObject([{ line: 1, message: 'the field "title" stands twice; the first one counts' }]);
  });
});

describe("laws", () => {
  interface Written {
    readonly key: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly text: string;
  }

  const words = fc.array(fc.string({ unit: fc.constantFrom(..."abcxyzABC019é:;.!?-()"), minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(" ").replaceAll(/--+/g, "-"));
  const blank = fc.constantFrom("", " ", "\n  ", "\t");
  const value = fc.tuple(words, fc.nat(3), blank).map(([text, style, space]): readonly [string, string] => {
    const half = Math.floor(text.length / 2);
    const forms = [`{${text}}`, `"${text}"`, `{${text.slice(0, half)}}${space}#${space}"${text.slice(half)}"`, `{{${text}}}`];
    return [text.trim(), forms[style] ?? ""];
  });
  const entry = (index: number): fc.Arbitrary<Written> =>
    fc.tuple(fc.uniqueArray(fc.constantFrom("title", "note", "series", "address", "edition"), { minLength: 1 }), fc.array(value, { minLength: 5, maxLength: 5 }), fc.boolean(), blank, fc.boolean()).map(([names, given, round, space, comma]) => {
      const pairs = names.map((name, at) => [name, given[at] ?? ["", "{}"]] as const);
      const body = pairs.map(([name, [, form]]) => `${space}${at(name, round)}${space}=${space}${form}`).join(",");
      const [left, right] = round && !body.includes(")") ? ["(", ")"] : ["{", "}"];
      return {
        key: `key${index}`,
        fields: Object.fromEntries(pairs.map(([name, [text]]) => [name, text])),
        text: `@${round ? "Book" : "misc"}${left}${space}key${index},${body}${comma ? "," : ""}${space}${right}\n`,
      };
    });
  const at = (name: string, upper: boolean): string => (upper ? name.toUpperCase() : name);
  const entries = fc.integer({ min: 1, max: 5 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => entry(index))));

  test("what was written in any style is read back", async () => {
    await fc.assert(
      fc.asyncProperty(entries, async (written) => {
        const { entries: read, problems } = await parse(written.map(({ text }) => text).join("\n"));
        expect(problems).toEqual([]);
        expect(read.map(({ key, fields }) => ({ key, fields }))).toEqual(written.map(({ key, fields }) => ({ key, fields })));
      }),
    );
  });

  test("one damaged character harms no other entry", async () => {
    const lines = library.split(/(?=^@[a-z]+[{(])/im).filter((part) => /^@(?!string|comment|preamble|article\{(?:cormack|conklin))/i.test(part));
    const header = library.slice(0, library.indexOf("@article{bush1945"));
    const intact = (await parse(header + lines.join(""))).entries;
    await fc.assert(
      fc.asyncProperty(fc.nat(lines.length - 1), fc.nat(), fc.constantFrom("", "{", "}", '"', ",", "=", "#", "@", "\\", "\u{0}"), async (index, place, sign) => {
        const damaged = lines[index] ?? "";
        const position = place % damaged.length;
        const text = header + lines.map((part, at) => (at === index ? part.slice(0, position) + sign + part.slice(position + 1) : part)).join("");
        const kept = new Set((await parse(text)).entries.map(({ key }) => key));
        for (const { key } of intact) if (!damaged.includes(`${key},`)) expect(kept).toContain(key);
      }),
      { numRuns: 200 },
    );
  });

  test("any text is answered", async () => {
    const piece = fc.constantFrom("@", "book", "{", "}", "(", ")", '"', ",", "=", "#", "\\", "'", "\n", "title", "author", "and", "crossref", " ", "$", "%", "k", "\u{0}");
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join("")), async (text) => {
        expect((await shared.invoke("citation-parser", object([["bibtex", text]]))).ok).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe("import", () => {
  const request = (bibtex: string, folder = "citations"): Value => object([["bibtex", bibtex], ["folder", folder]]);
  const list = (outcome: Outcome<Value>, name: string): readonly unknown[] => {
    const value = unwrap(outcome);
    const found = isObject(value) ? value[name] : undefined;
    return Array.isArray(found) ? found : [];
  };

  test("writes one note for each citation, and nothing at all the second time", async () => {
    const host = await open({ answer: "session" });
    try {
      const first = await host.invoke("citation-parser", request(library), { action: "import" });
      expect(list(first, "written")).toHaveLength(39);
      expect(list(first, "problems")).toHaveLength(2);
      const store = createKilnStore({ files: host.files });
      const note = unwrap(await store.readNote("citations/brin1998.md"));
      expect(toPlain(note.frontmatter as Value)).toEqual({
        title: "The Anatomy of a Large-Scale Hypertextual Web Search Engine",
        type: "citation",
        citekey: "brin1998",
        entry_type: "article",
        authors: ["Sergey Brin", "Lawrence Page"],
        year: 1998,
        venue: "Computer Networks and ISDN Systems",
        doi: "10.1016/S0169-7552(98)00110-X",
        tags: ["citation"],
        aliases: ["Brin & Page 1998"],
      });
      expect(note.content).toContain("[doi:10.1016/S0169-7552(98)00110-X](https://doi.org/10.1016/S0169-7552%2898%2900110-X)");
      const before = host.questions.length;
      const second = await host.invoke("citation-parser", request(library), { action: "import" });
      expect(list(second, "written")).toEqual([]);
      expect(list(second, "unchanged")).toHaveLength(39);
      expect(host.questions).toHaveLength(before);
    } finally {
      await host.dispose();
    }
  });

  test("keeps what the reader has written, and follows the file in the rest", async () => {
    const host = await open({ answer: "session" });
    try {
      const store = createKilnStore({ files: host.files });
      const bibtex = "@book{k, author={A. B.}, title={Old}, year=2000}";
      await host.invoke("citation-parser", request(bibtex), { action: "import" });
      const note = unwrap(await store.readNote("citations/k.md"));
      const changed = { ...(note.frontmatter as Record<string, unknown>), rating: 5 };
      unwrap(await store.writeNote("citations/k.md", `${note.content.trimEnd()}\n\nMine.\n\n## More of mine\n`, changed as never));
      expect(list(await host.invoke("citation-parser", request(bibtex), { action: "import" }), "written")).toEqual([]);
      const again = await host.invoke("citation-parser", request(bibtex.replace("Old", "New")), { action: "import" });
      expect(list(again, "written")).toEqual(["citations/k.md"]);
      const after = unwrap(await store.readNote("citations/k.md"));
      expect(after.content).toMatch(/^# New\n[\s\S]*## Notes\n\nMine\.\n\n## More of mine\n$/);
      expect(after.frontmatter).toMatchObject({ title: "New", rating: 5 });
    } finally {
      await host.dispose();
    }
  });

  test("leaves notes alone that are none of its own, and keys that would share a note", async () => {
    const own = "---\ntitle: Mine\n---\nMy text\n";
    const host = await open({ answer: "session", notes: { "citations/k.md": own } });
    try {
      const outcome = await host.invoke("citation-parser", request("@book{k, title={T}, year=2000}\n@book{a:b, title={T}, year=2000}\n@book{a/b, title={T}, year=2000}\n@book{../x, title={T}, year=2000}"), { action: "import" });
      expect(list(outcome, "written")).toEqual(["citations/a-b.md", "citations/x.md"]);
      expect(list(outcome, "problems")).toMatchObject([{ key: "k", line: 1 }, { key: "a/b", line: 3 }]);
      const store = createKilnStore({ files: host.files });
      expect(unwrap(await store.readNote("citations/k.md")).content).toContain("My text");
    } finally {
      await host.dispose();
    }
  });

  test("writes nothing when nobody allows it", async () => {
    for (const answer of [undefined, "deny"] as const) {
      const host = await open(answer === undefined ? {} : { answer });
      try {
        const outcome = await host.invoke("citation-parser", request(library), { action: "import" });
        expect(outcome).toMatchObject({ ok: false, error: { code: "capability/denied" } });
        expect(await createKilnStore({ files: host.files }).listNotes("", { recursive: true })).toMatchObject({ ok: true, value: { notes: [] } });
      } finally {
        await host.dispose();
      }
    }
  });
});
