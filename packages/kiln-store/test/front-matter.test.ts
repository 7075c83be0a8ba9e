import {
  createKilnFiles,
  createKilnStore,
  editFrontMatter,
  type FrontMatter,
  type FrontMatterValue,
} from "@crucible/kiln-store";
import { unwrap } from "@crucible/sandbox";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
// White box: the quick reader shows only in the time that an index takes.
import { parseFrontMatter } from "../dist/front-matter.js";
import { temporaryKiln, writeIn } from "./temporary-kiln.ts";

function openStore(root: string) {
  const store = createKilnStore({ files: createKilnFiles({ root }) });
  onTestFinished(() => store.dispose());
  return store;
}

const scalar = fc.oneof(
  fc.string({ unit: "binary" }).filter((text) => !/[\p{Surrogate}\0]/u.test(text)),
  fc.constantFrom(
    "no",
    "yes",
    "null",
    "2024-01-05",
    "12:30",
    "# not a comment",
    "- x",
    "a: b",
    "",
    " ",
    "~",
    "0x10",
    "---",
    "line\nline",
    "it's",
    '"',
    "&a",
    "*a",
  ),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const keys = fc.oneof(
  fc.constantFrom("title", "tags", "status", "a b", "date", "1", "no", "x-y"),
  fc.string({ minLength: 1, maxLength: 8 }).filter((key) => !/[\p{Surrogate}\0]/u.test(key) && key !== "__proto__"),
);
const { value } = fc.letrec<{ value: FrontMatterValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
}));
const frontmatters = fc.dictionary(keys, value, { maxKeys: 5, noNullPrototype: true });

test("writing back what was read leaves every byte of a note alone, whatever its layout", async () => {
  const root = temporaryKiln();
  const store = openStore(root);
  const lines = fc.constantFrom(
    "title:   Spaced # why",
    "# a comment",
    "tags: [a,  b]",
    "list:\n- x\n-   y # z",
    "deep:\n    k: 1\n    # in\n    l: 2",
    "text: |\n  one\n  two",
    "'q':  \"double\"",
    "n: 1.50",
    "when: 2024-01-05",
    "",
    "empty:",
  );
  const sources = fc.record({
    mark: fc.constantFrom("", "\ufeff"),
    front: fc.option(fc.uniqueArray(lines, { maxLength: 6 })),
    body: fc.string({ unit: "binary" }).filter((text) => !/[\p{Surrogate}\0]/u.test(text)),
    eol: fc.constantFrom("\n", "\r\n"),
  });
  await fc.assert(
    fc.asyncProperty(sources, async ({ mark, front, body, eol }) => {
      const source =
        mark + (front === null ? body : ["---", ...front.flatMap((each) => each.split("\n")), "---", body].join(eol));
      writeIn(root, "n.md", source);
      const note = unwrap(await store.readNote("n"));
      expect(unwrap(await store.writeNote("n", note.content, note.frontmatter)).changed).toBe(false);
      expect(unwrap(await store.writeNote("n", note.content)).changed).toBe(false);
      expect(readFileSync(join(root, "n.md"), "utf8")).toBe(source);
    }),
  );
});

test("front matter that is written is read as the same values", async () => {
  const root = temporaryKiln();
  const store = openStore(root);
  await fc.assert(
    fc.asyncProperty(frontmatters, frontmatters, async (first, second) => {
      writeIn(root, "n.md", "body");
      expect(
        normal(unwrap(await store.writeNote("n", "body", first)) && unwrap(await store.readNote("n")).frontmatter),
      ).toEqual(normal(first));
      unwrap(await store.writeNote("n", "other", second));
      const read = unwrap(await store.readNote("n"));
      expect(normal(read.frontmatter)).toEqual(normal(second));
      expect(read.content).toBe("other");
    }),
  );
});

/** Without prototypes and the sign of zero, which YAML's core schema does not keep. */
function normal(given: FrontMatterValue): unknown {
  return JSON.parse(
    JSON.stringify(given, (_key, each: unknown) =>
      Object.is(each, -0) ? 0 : typeof each === "bigint" ? `int ${each}` : each,
    ),
  );
}

test("changing one property keeps the bytes of all others, their comments and their order", () => {
  fc.assert(
    fc.property(fc.nat(4), scalar, fc.constantFrom("\n", "\r\n"), (index, changed, eol) => {
      const rows: readonly (readonly [string, string])[] = [
        ["title", "title:   Spaced   # why"],
        ["tags", `tags:${eol}  - one # first${eol}  -   two`],
        ["n", "n: 1.50"],
        ["deep", `deep:${eol}    # inside${eol}    k: 'v'`],
        ["last", "last: [a,   b] # end"],
      ];
      const source = ["---", "# top", ...rows.map((row) => row[1]), "---", "body"].join(eol);
      const row = rows[index] ?? ["", ""];
      const before: FrontMatter = { title: "Spaced", tags: ["one", "two"], n: 1.5, deep: { k: "v" }, last: ["a", "b"] };
      const edited = editFrontMatter(source, { ...before, [row[0]]: changed });
      expect(edited).toBeDefined();
      for (const other of rows) if (other !== row) expect(edited).toContain(other[1] + eol);
      expect(edited).toContain(`---${eol}# top${eol}`);
    }),
  );
});

test("updateFrontmatter adds, changes and removes properties and keeps comments in lists that change", async () => {
  const root = temporaryKiln({
    "n.md": "---\n# top\ntitle: X # t\ntags:\n  - one # first\n  - two\ngone: 1\nnum:   1.0\n---\nBody\n",
  });
  const store = openStore(root);
  unwrap(
    await store.updateFrontmatter("n.md", {
      title: "Y: z",
      tags: ["one", "three"],
      gone: undefined,
      added: { a: [1, 2] },
    }),
  );
  expect(readFileSync(join(root, "n.md"), "utf8")).toBe(
    '---\n# top\ntitle: "Y: z" # t\ntags:\n  - one # first\n  - three\nnum:   1.0\nadded:\n  a:\n    - 1\n    - 2\n---\nBody\n',
  );
});

test("floats beyond 2^53 stay floats and integers beyond it stay integers", () => {
  const edited = editFrontMatter("", { float: 1.5e21, small: 2 ** 53, big: 2n ** 60n, list: [1e300] });
  expect(edited).toBe(
    "---\nfloat: 1.5e+21\nsmall: 9.007199254740992e+15\nbig: 1152921504606846976\nlist:\n  - 1e+300\n---\n",
  );
});

test("the quick reader of simple front matter says what the YAML reader says", () => {
  const token = fc.constantFrom(
    "a",
    "Z9",
    "no",
    "null",
    "True",
    "x.y",
    "1",
    "0",
    "007",
    "1.0",
    "1e5",
    "-1",
    "2024-01-05",
    " ",
    "  ",
    "/",
    "-",
    "_",
    ".",
    ",",
    ", ",
    "[",
    "]",
    "#",
    " #",
    ":",
    ": ",
    "é",
    "'",
    "12:30",
    "0x1",
    "123456789012345678",
    "",
  );
  const value = fc.array(token, { maxLength: 4 }).map((tokens) => tokens.join(""));
  const key = fc.constantFrom("a", "b", "title", "true", "Null", "k-1", "__proto__", "1");
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, fc.constantFrom(": ", ":", ":  "), value), { minLength: 1, maxLength: 3 }),
      fc.constantFrom("", "\n", "\n\n"),
      (lines, end) => {
        const yaml = lines.map((line) => line.join("")).join("\n") + end;
        const read = parseFrontMatter(yaml, 2);
        // A comment keeps the quick reader away and changes nothing else.
        const careful = parseFrontMatter(`# comment\n${yaml}`, 1);
        expect(normal(read.frontmatter)).toEqual(normal(careful.frontmatter));
        expect(read.problems.length).toBe(careful.problems.length);
      },
    ),
    { numRuns: 2000 },
  );
});

test("broken front matter is reported with its line, stays as it is, and cannot be changed", async () => {
  const source = "---\ntitle: ok\nbad: [1, 2\n---\nText with [[link]]\n";
  const root = temporaryKiln({ "n.md": source });
  const store = openStore(root);
  const note = unwrap(await store.readNote("n"));
  expect(note.problems[0]?.line).toBeGreaterThanOrEqual(3);
  expect(note.links.map((link) => link.target)).toEqual(["link"]);
  const refused = await store.updateFrontmatter("n", { title: "new" });
  expect(refused).toMatchObject({ ok: false, error: { code: "host/note-invalid" } });
  unwrap(await store.writeNote("n", note.content, note.frontmatter));
  expect(readFileSync(join(root, "n.md"), "utf8")).toBe(source);
});

test("front matter runs no code and keeps dates, big integers and the word no as they are", async () => {
  const root = temporaryKiln({
    "n.md": "---\nd: 2024-01-05\nbig: 12345678901234567890\nno: no\nf: !!js/function 'x'\n---\n",
  });
  const note = unwrap(await openStore(root).readNote("n"));
  expect(note.frontmatter["d"]).toBe("2024-01-05");
  expect(note.frontmatter["big"]).toBe(12345678901234567890n);
  expect(note.frontmatter["no"]).toBe("no");
});
