// Characters and words of long text are those that the engine's own segmenter finds, which needs the square of the time.
import { object, unwrap, type HostCallContext, type Outcome, type Value } from "@crucible/sandbox";
import { createUtils, digestNode } from "@crucible/stdlib-utils";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const { functions } = createUtils({ digest: digestNode });

function call(name: string, args: Readonly<Record<string, Value>>): Value {
  return unwrap(functions[name]?.run(object(Object.entries(args)), {} as HostCallContext) as Outcome<Value>);
}

// What hangs together: families, flags, accents, Hangul, Indic conjuncts, line ends.
const pieces = [
  "👩‍👩‍👧",
  "🇩🇪",
  "🇫",
  "e\u0301",
  "각",
  "ᄀ",
  "ᅡ",
  "क्ष",
  "क्",
  "\r\n",
  "\r",
  "a",
  " ",
  "日本",
  "'",
  "1",
  "\u200d",
  "\u0301",
];
const texts = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary", maxLength: 3 })), {
    maxLength: 900,
    size: "max",
  })
  .map((parts) => parts.join("").toWellFormed());

test("characters are counted and cut as the segmenter does, wherever its windows end", () => {
  const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
  fc.assert(
    fc.property(texts, fc.nat(1200), (text, length) => {
      const characters = Array.from(segmenter.segment(text), ({ segment }) => segment);
      expect(call("text.length", { text })).toBe(characters.length);
      const cut = characters.length <= length ? text : characters.slice(0, length).join("");
      expect(call("text.truncate", { text, length, ending: "" })).toBe(cut);
    }),
    { numRuns: 200 },
  );
});

test("words are those of the segmenter", () => {
  const segmenter = new Intl.Segmenter("en", { granularity: "word" });
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...pieces, "word", "isn't", "3.14", ". ", "ship "), { maxLength: 900, size: "max" }),
      (parts) => {
        const text = parts.join(" ");
        const words = Array.from(segmenter.segment(text)).flatMap(({ segment, isWordLike }) =>
          isWordLike === true ? [segment] : [],
        );
        expect(call("text.words", { text })).toStrictEqual(words);
      },
    ),
    { numRuns: 50 },
  );
});

test("text of the largest size, whatever it is made of, is counted", () => {
  const size = 250_000;
  for (const [piece, characters] of [
    ["x", size],
    ["é", size],
    ["日", size],
    ["e\u0301", size / 2],
    ["👩‍👩‍👧x", Math.ceil((size * 2) / 9)],
  ] as const)
    expect(call("text.length", { text: piece.repeat(Math.ceil(size / piece.length)) })).toBeGreaterThanOrEqual(
      Math.floor(characters),
    );
  expect(call("text.length", { text: `e${"\u0301".repeat(size)}` })).toBe(1);
  expect(call("text.words", { text: "日".repeat(size) })).not.toHaveLength(0);
});
