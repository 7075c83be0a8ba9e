import { createHash } from "node:crypto";
import { checkHostModule, object, unwrap, type HostCallContext, type Outcome, type Value } from "@crucible/sandbox";
import {
  createUtils,
  digestNode,
  parseMarkdown,
  renderTemplate,
  setFrontMatter,
  utilsDeclaration,
} from "@crucible/stdlib-utils";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

const utils = createUtils({ digest: digestNode });
let seed = 1;
const context = {
  now: () => 1_700_000_000_123,
  random: () => ((seed = (seed * 48_271) % 2_147_483_647) - 1) / 2_147_483_646,
} as HostCallContext;
/** Calls a function of the module with arguments by position, as a guest does. */
async function call(name: string, ...args: readonly Value[]): Promise<Outcome<Value>> {
  const parameters = utilsDeclaration.functions.find((each) => each.name === name)?.parameters ?? [];
  const named = object(args.map((value, place) => [parameters[place]?.name ?? "", value]));
  const run = utils.functions[name]?.run;
  if (run === undefined) throw new Error(`There is no ${name}`);
  return Promise.resolve(run(named, context));
}

test("the module's declaration and functions agree, and its names can be used in every language", () => {
  expect(checkHostModule(utils)).toStrictEqual([]);
});

describe("text", () => {
  test.each<readonly [string, readonly Value[], Value]>([
    ["text.length", ["👩‍👩‍👧e\u0301x"], 3],
    ["text.trim", ["  a b\n"], "a b"],
    ["text.lines", ["a\r\nb\n\nc\n"], ["a", "b", "", "c"]],
    ["text.words", ["It's 2 o'clock, isn't it?"], ["It's", "2", "o'clock", "isn't", "it"]],
    ["text.split", ["a, b, c", ", "], ["a", "b", "c"]],
    ["text.replace", ["a.b.c", ".", "$&"], "a$&b$&c"],
    ["text.change_case", ["the quick brown", "title"], "The Quick Brown"],
    ["text.change_case", ["HTTPServer name-2", "snake"], "http_server_name_2"],
    ["text.change_case", ["some words here", "camel"], "someWordsHere"],
    ["text.change_case", ["some words here", "pascal"], "SomeWordsHere"],
    ["text.change_case", ["SomeWordsHere", "kebab"], "some-words-here"],
    ["text.change_case", ["straße", "upper"], "STRASSE"],
    ["text.slug", ["  Über die Brücke: Teil 2!"], "uber-die-brucke-teil-2"],
    ["text.truncate", ["héllo wörld", 6], "héllo…"],
    ["text.truncate", ["abc", 3], "abc"],
    ["text.truncate", ["abcdef", 4, "..."], "a..."],
    ["text.pad", ["7", 3, "0", "start"], "007"],
    ["text.pad", ["ab", 4], "ab  "],
    ["text.wrap", ["aa bb cc ddddddd e", 5], "aa bb\ncc\nddddddd\ne"],
    ["text.dedent", ["    a\n      b\n\n    c"], "a\n  b\n\nc"],
    ["text.indent", ["a\n\nb", "> "], "> a\n\n> b"],
    ["text.normalize", ["e\u0301"], "é"],
    ["regex.escape", ["a.b"], "a\\.b"],
  ])("%s of %j is %j", async (name, args, expected) => {
    expect(unwrap(await call(name, ...args))).toStrictEqual(expected);
  });

  test("that is wrapped keeps its words, and no line is longer than its longest word or the width", () => {
    return fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 9 })),
        fc.integer({ min: 1, max: 20 }),
        async (words, width) => {
          const wrapped = unwrap(await call("text.wrap", words.join(" "), width));
          const lines = (typeof wrapped === "string" ? wrapped : "").split("\n");
          expect(lines.join(" ")).toBe(words.join(" "));
          for (const line of lines) if (line.includes(" ")) expect(line.length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});

describe("templates", () => {
  test("fill names, sections, lists and what is missing", () => {
    const values = { name: "Ada", n: 1, items: [{ name: "x" }, { name: "y" }], empty: [], on: true, deep: { er: "!" } };
    expect(
      unwrap(
        renderTemplate(
          "{{name}}{{deep.er}} {{n}} {{missing}}{{! no }}{{#items}}[{{name}}{{n}}]{{/items}}{{^empty}}none{{/empty}}{{#on}} {{name}}{{/on}}{{^on}}off{{/on}}",
          values,
        ),
      ),
    ).toBe("Ada! 1 [x1][y1]none Ada");
    expect(unwrap(renderTemplate("{{#.}}<{{.}}>{{/.}}", ["a", 2]))).toBe("<a><2>");
  });

  test("without tags are themselves", () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes("{{")),
        (text) => {
          expect(unwrap(renderTemplate(text, null))).toBe(text);
        },
      ),
    );
  });

  test("see own keys alone", () => {
    expect(unwrap(renderTemplate("{{constructor}}{{a.length}}{{__proto__.x}}{{toString}}", { a: "text" }))).toBe("");
  });

  test.each(["{{#a}}", "{{/a}}", "{{#a}}{{/b}}", "{{a", "{{a b}}", "{{}}", "{{#a}}".repeat(40)])(
    "such as %j are refused",
    (template) => {
      expect(renderTemplate(template, {})).toMatchObject({ ok: false, error: { code: "host/invalid-argument" } });
    },
  );

  test("that would write too much, or loop for long without writing, are refused", () => {
    const list = Array.from({ length: 1000 }, () => 1);
    expect(renderTemplate("{{#a}}{{#a}}{{#a}}x{{/a}}{{/a}}{{/a}}", { a: list }).ok).toBe(false);
    expect(renderTemplate("{{#a}}{{#a}}{{#a}}{{b}}{{/a}}{{/a}}{{/a}}", { a: list }).ok).toBe(false);
  });
});

describe("Markdown", () => {
  const text =
    "---\ntitle: A # kept\ntags: [x]\n---\n# Head\n\nSee [[other#part|that]] and [web](https://example.org) #tag\n";

  test("is read as the kiln reads notes", () => {
    expect(parseMarkdown(text)).toMatchObject({
      title: "A",
      frontmatter: { title: "A", tags: ["x"] },
      headings: [{ level: 1, text: "Head", line: 5 }],
      links: [{ kind: "wiki", target: "other", heading: "part", alias: "that", line: 7 }],
      tags: ["x", "tag"],
      problems: [],
    });
  });

  test("keeps every byte of what does not change", () => {
    expect(unwrap(setFrontMatter(text, { tags: null, n: 9007199254740993n }))).toBe(
      text.replace("tags: [x]", "n: 9007199254740993"),
    );
    expect(unwrap(setFrontMatter(text, {}))).toBe(text);
    expect(setFrontMatter("---\na: [\n---\n", { b: 1 })).toMatchObject({ ok: false });
  });
});

describe("bytes and ids", () => {
  test("base64 and hexadecimal are what Node makes of them, and come back", () => {
    return fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (bytes) => {
        expect(unwrap(await call("base64.encode", bytes))).toBe(Buffer.from(bytes).toString("base64"));
        expect(unwrap(await call("base64.decode", Buffer.from(bytes).toString("base64url")))).toStrictEqual(bytes);
        expect(unwrap(await call("hex.encode", bytes))).toBe(Buffer.from(bytes).toString("hex"));
        expect(unwrap(await call("hex.decode", Buffer.from(bytes).toString("hex").toUpperCase()))).toStrictEqual(bytes);
      }),
    );
  });

  test("refuse what is neither", async () => {
    for (const [name, value] of [
      ["base64.decode", "a*"],
      ["base64.decode", "a"],
      ["hex.decode", "abc"],
      ["hex.encode", 1],
    ] as const) {
      expect(await call(name, value)).toMatchObject({ ok: false, error: { code: "host/invalid-argument" } });
    }
  });

  test("hashes are those of the standards", async () => {
    expect(unwrap(await call("hash.digest", "abc"))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    for (const algorithm of ["sha512", "sha1", "md5"])
      expect(unwrap(await call("hash.digest", "abc", algorithm))).toBe(
        createHash(algorithm).update("abc").digest("hex"),
      );
  });

  test("ids have their form, follow the seed, and those with a time sort by it", async () => {
    const again = async (): Promise<readonly Value[]> => {
      seed = 7;
      return Promise.all(["id.uuid", "id.uuid_v7", "id.short"].map(async (name) => unwrap(await call(name))));
    };
    const [uuid, timed, short] = await again();
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
    expect(timed).toMatch(/^018bcfe5-687b-7/u);
    expect(short).toMatch(/^[0-9a-z]{12}$/u);
    expect(await again()).toStrictEqual([uuid, timed, short]);
    expect(unwrap(await call("date.now"))).toBe(1_700_000_000_123);
  });
});
