// Helpers for text. Lengths and places count what people see as characters (grapheme clusters) where it matters.
import type { Outcome, Value } from "@crucible/sandbox";
import { succeed } from "@crucible/sandbox";
import { refuse, textBounds } from "./bounds.ts";
import { charactersOf, isPlain } from "./segment-text.ts";

export function countCharacters(text: string): number {
  if (isPlain(text)) return text.length;
  let count = 0;
  for (const _ of charactersOf(text)) count += 1;
  return count;
}

/** Lines without their ends; a line end at the end starts no line. */
export function splitLines(text: string): readonly string[] {
  const lines = text.split(/\r\n|\n|\r/u);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Cuts to at most `length` characters, the ending included. */
export function truncateText(text: string, length: number, ending = "…"): string {
  if (text.length <= length) return text;
  const last = [...charactersOf(ending)].slice(0, length);
  const kept = length - last.length;
  let start = "";
  let count = 0;
  for (const character of charactersOf(text)) {
    count += 1;
    if (count <= kept) start += character;
    if (count > length) return start + last.join("");
  }
  return text;
}

/** Lower-case letters and digits with hyphens, accents removed: for file names and anchors. */
export function slugText(text: string): string {
  const plain = text.normalize("NFKD").replaceAll(/\p{Mark}+/gu, "");
  return plain
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, "-")
    .replaceAll(/^-+|-+$/gu, "");
}

export type TextCase = "upper" | "lower" | "title" | "camel" | "pascal" | "snake" | "kebab";

/** Changes case; `camel` to `kebab` join words, which blanks, punctuation and changes of case separate. */
export function changeCase(text: string, to: TextCase): string {
  const parts = (): readonly string[] =>
    text
      .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
      .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
      .split(/[^\p{Letter}\p{Number}]+/u)
      .filter((part) => part !== "")
      .map((part) => part.toLowerCase());
  switch (to) {
    case "upper":
      return text.toUpperCase();
    case "lower":
      return text.toLowerCase();
    case "title":
      return text.replaceAll(/\p{Letter}[\p{Letter}\p{Mark}\p{Number}'’]*/gu, (word) => capitalize(word.toLowerCase()));
    case "camel":
      return parts()
        .map((part, place) => (place === 0 ? part : capitalize(part)))
        .join("");
    case "pascal":
      return parts().map(capitalize).join("");
    case "snake":
      return parts().join("_");
    case "kebab":
      return parts().join("-");
  }
}

/** Fills up to `length` characters on one side. */
export function padText(text: string, length: number, fill: string, side: "start" | "end"): Outcome<Value> {
  if (countCharacters(fill) !== 1) return refuse("pad the text", "what fills it is one character");
  const missing = Math.max(0, length - countCharacters(text));
  if (missing > textBounds.text) return refuse("pad the text", `more than ${textBounds.text} characters are missing`);
  return succeed(side === "start" ? fill.repeat(missing) + text : text + fill.repeat(missing));
}

/** Breaks lines at blanks, so that none is longer than `width` where its words allow it. */
export function wrapText(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => {
      const lines: string[] = [];
      let current = "";
      let length = 0;
      for (const word of line.split(/\s+/u).filter((each) => each !== "")) {
        const size = countCharacters(word);
        if (current !== "" && length + 1 + size > width) {
          lines.push(current);
          current = word;
          length = size;
        } else {
          length += size + (current === "" ? 0 : 1);
          current = current === "" ? word : `${current} ${word}`;
        }
      }
      return [...lines, current].join("\n");
    })
    .join("\n");
}

/** The text without the indentation that its lines have in common. */
export function dedentText(text: string): string {
  const margins = text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [/^[ \t]*/u.exec(line)?.[0] ?? ""]));
  const [first = ""] = margins;
  let size = first.length;
  for (const margin of margins) while (!margin.startsWith(first.slice(0, size))) size -= 1;
  return text
    .split("\n")
    .map((line) => (line.trim() === "" ? "" : line.slice(size)))
    .join("\n");
}

/** Puts `margin` before every line that is not blank. */
export function indentText(text: string, margin: string): string {
  return text
    .split("\n")
    .map((line) => (line.trim() === "" ? line : margin + line))
    .join("\n");
}

function capitalize(word: string): string {
  return word.replace(/^./u, (first) => first.toUpperCase());
}
