import { unwrap, type Value } from "@crucible/sandbox";
import { findAllRegex, findRegex, replaceRegex, splitRegex, testRegex } from "@crucible/stdlib-utils";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

/** Patterns that the language of JavaScript and RE2 read alike. */
const patterns = fc
  .letrec<{ pattern: string; piece: string }>((tie) => ({
    pattern: fc.array(tie("piece"), { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join("")),
    piece: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom("a", "b", "c", ".", "[ab]", "[^a]", "\\d", "\\b"),
      tie("pattern").map((inner) => `(${inner})`),
      fc.tuple(tie("pattern"), tie("pattern")).map(([one, other]) => `(?:${one}|${other})`),
      fc
        .tuple(fc.constantFrom("a", "b", ".", "[bc]"), fc.constantFrom("+", "{1,2}"))
        .map(([one, times]) => one + times),
    ),
  }))
  .pattern.filter((pattern) => pattern.length < 60);
const texts = fc.string({ unit: fc.constantFrom("a", "b", "c", "1", " "), maxLength: 20 });

describe("patterns", () => {
  test("find what JavaScript's own engine finds", () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        const expected = [...text.matchAll(new RegExp(pattern, "g"))].map((each) => [
          each[0],
          each.index,
          each.slice(1).map((group) => group ?? null),
        ]);
        const found = unwrap(findAllRegex(pattern, text)) as readonly { [key: string]: Value }[];
        expect(found.map(({ text: whole, start, groups }) => [whole, start, groups])).toStrictEqual(expected);
        expect(unwrap(testRegex(pattern, text))).toBe(expected.length > 0);
        expect(unwrap(replaceRegex(pattern, text, "<$0>$$"))).toBe(text.replaceAll(new RegExp(pattern, "g"), "<$&>$$"));
      }),
      { numRuns: 500 },
    );
  });

  test("replace by numbered and named groups, and leave what is none", () => {
    expect(unwrap(replaceRegex("(\\w+)@(?<host>\\w+)", "a@b c@d", "${host}:$1 $9 ${no}"))).toBe(
      "b:a $9 ${no} d:c $9 ${no}",
    );
  });

  test("know the flags i, m and s, and no other", () => {
    expect(unwrap(findRegex("^B.C", "a\nb\nc", "ims"))).toMatchObject({ text: "b\nc", start: 2, end: 5 });
    expect(unwrap(findRegex("x", "y"))).toBeNull();
    expect(testRegex("a", "a", "g").ok).toBe(false);
  });

  test("split as JavaScript does where no groups are", () => {
    expect(unwrap(splitRegex("[,;]\\s*", "a, b;c"))).toStrictEqual(["a", "b", "c"]);
    expect(unwrap(splitRegex("", "abc"))).toStrictEqual(["a", "b", "c"]);
    expect(unwrap(splitRegex("x", "abc"))).toStrictEqual(["abc"]);
  });

  test("that blow up elsewhere are answered", () => {
    const text = "a".repeat(20_000);
    expect(unwrap(testRegex("^(a+)+$", `${text}!`))).toBe(false);
    expect(unwrap(testRegex("(a|a)*(a|aa)+b", text))).toBe(false);
  });

  test("that need too many steps, look around or refer back are refused before anything is run", () => {
    for (const [pattern, text] of [
      ["(?:a{1000}){1}", "a".repeat(900_000)],
      ["(?=a)", "a"],
      ["(a)\\1", "aa"],
      ["(", "a"],
      ["a".repeat(3000), "a"],
    ] as const) {
      expect(testRegex(pattern, text)).toMatchObject({ ok: false, error: { code: "host/invalid-argument" } });
    }
  });
});
