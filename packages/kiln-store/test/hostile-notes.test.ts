// Notes that nobody would write: what a reader of them does must take time in proportion to their length, and end.
// White box where it must be: the records of the index and the former way to count words are not public.
import { createKilnFiles, createKilnStore, openKiln, parseNote } from "@crucible/kiln-store";
import { unwrap } from "@crucible/sandbox";
import fc from "fast-check";
import { symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { recordNote } from "../dist/index/record-note.js";
import { countWords } from "../dist/scan-note.js";
import { createTermMaker } from "../dist/search/terms.js";
import { temporaryKiln, writeIn } from "./temporary-kiln.ts";

const stamp = { size: 1, modifiedMs: 1, changedMs: 1, createdMs: 1, inode: "", recent: false };
const tools = { terms: createTermMaker(), hash: () => "0".repeat(64) };
const read = (text: string) => {
  const note = parseNote("a.md", text, "h", stamp);
  return { note, record: recordNote(note, stamp, tools) };
};

const marks =
  "x| |*|_|`|[|![[|-|#|# |<|<a |>|> |(|](|[a](|\t|\n|%%|$$|- |1|é|漢|^|a-|`a |==|~~~|[[a|[[a]]|](a|<!--|\r\n|😀|#a|#a/|a b |&|\\|\u0301|'|a'|[[#|^a |~|**a|_a|- [ ] |[^1]|---\n|a:\n|a: [|{|[!a]|`` |a\n===\n|    |<div>|\\[|![](|$a$ |[a](b |[a](<b |@|\""
    .split("|")
    .concat(["|", "| a ", "--- |", "[[a|", "a|"]);

// A way that is quadratic needs minutes for so many characters, one that calls itself for each ends the process.
test.each(marks.map((mark) => [JSON.stringify(mark), mark]))(
  "a note of half a million characters, %s again and again, is read",
  (_, mark) => {
    const text = mark.repeat(Math.ceil(500_000 / mark.length));
    expect(read(text).record.chunks.length).toBeGreaterThan(0);
    expect(read(`start ${text}`).note.content.startsWith("start ")).toBe(true);
  },
);

test.each(marks.map((mark) => [JSON.stringify(mark), mark]))(
  "front matter of many %s is read or refused",
  (_, mark) => {
    const many = mark.repeat(Math.ceil(30_000 / mark.length));
    for (const yaml of [many, `a: ${many}`, `a:\n  ${many}`]) {
      const { note } = read(`---\n${yaml}\n---\nrest\n`);
      expect(note.content.endsWith("rest\n")).toBe(true);
    }
  },
);

describe("front matter that the YAML reader must not get", () => {
  test.each([
    ["brackets", "[".repeat(60_000)],
    ["braces", "{a: ".repeat(16_000)],
    ["closed brackets", `a: ${"[".repeat(20_000)}${"]".repeat(20_000)}`],
    ["lists in a line", `a:\n  ${"- ".repeat(30_000)}x`],
    [
      "levels of a block",
      Array.from({ length: 600 }, (_, level) => `${" ".repeat(level)}a:`)
        .join("\n")
        .slice(0, 65_000),
    ],
    ["very much text", `a: "${"x".repeat(70_000)}"`],
  ])("%s are a problem of the note, with its line", (_, yaml) => {
    const { note } = read(`---\n${yaml}\n---\n# Title\n`);
    expect(note.frontmatter).toEqual({});
    expect(note.problems.map(({ line }) => line)).toEqual([2]);
    expect(note.title).toBe("Title");
  });

  test("the limits leave what people write alone", () => {
    const items = Array.from({ length: 2000 }, (_, index) => `  - "[[Note ${index}]]"`).join("\n");
    const { note } = read(`---\nrelated:\n${items}\ndeep: ${"[".repeat(60)}1${"]".repeat(60)}\n---\n`);
    expect(note.problems).toEqual([]);
    expect(note.links).toHaveLength(2000);
  });
});

test("words are counted as runs of letters and digits with single hyphens and apostrophes inside, and each ideograph", () => {
  const single = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]`;
  const letter = String.raw`(?!${single})[\p{L}\p{N}\p{M}]`;
  const words = new RegExp(`${single}|(?:${letter})+(?:['’_-](?:${letter})+)*`, "gu");
  const text = fc.array(fc.constantFrom("a", "é", "1", "漢", "ア", "-", "'", "’", "_", " ", "\u0301", "😀", "."), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(text, (units) => {
      const given = units.join("");
      expect(countWords(given)).toBe(given.match(words)?.length ?? 0);
    }),
    { numRuns: 500 },
  );
});

describe("a kiln full of files that are no notes", () => {
  const fill = (): string => {
    const root = temporaryKiln({
      "ok.md": "# Fine\n[[folder]]",
      "utf16.md": new Uint8Array(Buffer.from("\ufeffh\u00e4llo", "utf16le")),
      "latin1.md": new Uint8Array([0x61, 0x0a, 0x62, 0xe4]),
      "binary.md": new Uint8Array([0x61, 0x0a, 0x0a, 0x00]),
      "huge.md": "x",
      "folder.md": "a note named like a folder",
      "folder/inside.md": "in the folder",
      "named.md/inside.md": "in a folder named like a note",
      "broken.md": "---\na: 1\nkey: [\n---\ntext",
      "new\nline.md": "x",
      "Twin.md": "one",
      "twin.md": "two",
      "\u{1F980}.md": "crab",
      [`${"a".repeat(252)}.md`]: "a name of 255 bytes",
      "e\u0301.md": "decomposed",
    });
    truncateSync(join(root, "huge.md"), 200_000_000);
    for (const [to, name] of [
      ["ok.md", "link.md"],
      ["/etc", "outside"],
      ["nowhere", "dangling.md"],
      ["self.md", "self.md"],
    ] as const)
      symlinkSync(to, join(root, name));
    return root;
  };

  test("says of each what it is, once, and reads the others", async () => {
    const root = fill();
    const kiln = openKiln({ root });
    onTestFinished(() => kiln.dispose());
    const { added, removed, skipped } = unwrap(await kiln.index.refresh());
    expect({ added, removed }).toEqual({ added: 10, removed: 0 });
    expect(Object.fromEntries(skipped.map(({ path, reason }) => [path, reason]))).toEqual({
      "binary.md": "It is a binary file, with a NUL byte in line 3",
      "dangling.md": "It is a symbolic link, and links are not followed",
      "huge.md": "It has 200000000 bytes, at most 10000000 are allowed",
      "latin1.md": "Line 2 is not UTF-8",
      "link.md": "It is a symbolic link, and links are not followed",
      "new\nline.md": "It contains a control character",
      "self.md": "It is a symbolic link, and links are not followed",
      "utf16.md": "It is UTF-16 text, and notes are UTF-8",
    });
    expect(unwrap(await kiln.index.problems()).map(({ path, line }) => [path, line])).toEqual([
      ["binary.md", 3],
      ["huge.md", null],
      ["latin1.md", 2],
      ["utf16.md", null],
      ["broken.md", 4],
    ]);
    expect(unwrap(await kiln.index.refresh())).toMatchObject({ added: 0, changed: 0, removed: 0 });
  });

  test("the store gives the same reasons", async () => {
    const store = createKilnStore({ files: createKilnFiles({ root: fill() }) });
    onTestFinished(() => store.dispose());
    const { notes, skipped } = unwrap(await store.listNotes("", { recursive: true, metadata: true }));
    expect(notes).toHaveLength(10);
    expect(skipped).toHaveLength(8);
    for (const [path, code] of [
      ["utf16", "host/note-invalid"],
      ["huge", "limit/file-size"],
      ["link", "host/path-refused"],
      ["outside/passwd", "host/path-refused"],
      ["named.md", "host/note-invalid"],
      ["nowhere", "host/note-not-found"],
    ] as const)
      expect(await store.readNote(path), path).toMatchObject({ ok: false, error: { code } });
  });

  // Other systems refuse such names themselves.
  test.runIf(process.platform === "linux")(
    "names that are not UTF-8, or are one name in two spellings, are named",
    async () => {
      const root = temporaryKiln({ "a.md": "a", "\u00e9.md": "composed", "e\u0301.md": "decomposed" });
      writeFileSync(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.from([0xff]), Buffer.from(".md")]), "x");
      const kiln = openKiln({ root });
      onTestFinished(() => kiln.dispose());
      expect(unwrap(await kiln.index.refresh())).toMatchObject({
        added: 2,
        removed: 0,
        skipped: [
          { path: "bad\ufffd.md", reason: "Its name is not UTF-8" },
          { path: "\u00e9.md", reason: "Another name differs only in how its accents are stored" },
        ],
      });
      writeIn(root, "a.md", "anew");
      expect(unwrap(await kiln.index.refresh())).toMatchObject({ added: 0, changed: 1, removed: 0 });
    },
  );
});
