import { parseNote, type FileStamp } from "@crucible/kiln-store";
import fc from "fast-check";
import { expect, test } from "vitest";

const stamp: FileStamp = { size: 0, modifiedMs: 0, changedMs: 0, createdMs: 0, inode: "1", recent: false };
const scan = (text: string) => parseNote("n.md", text, "", stamp);
const targets = (text: string) => scan(text).links.map((link) => link.target);
const tags = (text: string) => scan(text).tags;

test.each([
  ["[[a]] and [[b|B]] and ![[c.png|200]]", ["a", "b", "c.png"]],
  ["[[a#h1#h2]] [[#self]] [[b#^block]]", ["a", "", "b"]],
  ["`[[no]]` ``[[no]] ` `` [[yes]]", ["yes"]],
  ["```\n[[no]]\n```\n[[yes]]", ["yes"]],
  ["~~~~ js\n[[no]]\n~~~\n[[no]]\n~~~~\n[[yes]]", ["yes"]],
  ["> ```\n> [[no]]\nout of the quote [[yes]]", ["yes"]],
  ["- item\n    [[in a list]]\n\n    [[still in the list]]", ["in a list", "still in the list"]],
  ["text\n\n    [[indented code]]\n\n[[yes]]", ["yes"]],
  ["%% [[no]] %% [[yes]] %%\n[[no]]\n%% [[too]]", ["yes", "too"]],
  ["<!-- [[no]]\n[[no]] --> [[yes]]", ["yes"]],
  ["$$\n[[no]]\n$$\n[[yes]]", ["yes"]],
  ["it costs $$5 [[yes]]", ["yes"]],
  ["\\[[no]] [[yes]]", ["yes"]],
  ["| [[a\\|b]] | c |", ["a"]],
  ["[[unclosed [[yes]]", ["yes"]],
  ["[[not\nclosed]]", []],
  ["[[]] [[ ]] [[|x]]", []],
  [
    "[text](folder/My%20note.md#part) [web](https://a.b/c.md) [mail](mailto:x@y) ![img](i.png)",
    ["folder/My note.md", "i.png"],
  ],
  ['[t](<a b.md>) [u](c(1).md "title")', ["a b.md", "c(1).md"]],
  [
    "---\nup: \"[[parent]]\"\nlist:\n  - '[[one|1]]'\nplain: [[two]]\n# [[comment]]\n---\n[[body]]",
    ["parent", "one", "body"],
  ],
])("the links of %j are %j", (text, expected) => {
  expect(targets(text)).toEqual(expected);
});

test.each([
  ["#a #b/c #d-e_f (#g) #h.", ["a", "b/c", "d-e_f", "g", "h"]],
  ["#123 #1a a#b http://x/#c &#39; \\#d ##e", ["1a"]],
  ["# Heading #in-heading", ["in-heading"]],
  ["#été #日本語 #\u{1F600}", ["été", "日本語", "\u{1F600}"]],
  ["`#no` \n```\n#no\n```\n#yes", ["yes"]],
  ["---\ntags: a, b #c\ntag: d\n---\n#A #e/", ["a", "b", "d", "e"]],
  ["---\ntags:\n  - '#x'\n  - 12\n---\n", ["x", "12"]],
])("the tags of %j are %j", (text, expected) => {
  expect(tags(text)).toEqual(expected);
});

test("headings are found in both styles and not in code", () => {
  const note = scan("# One #\nTwo\n===\n\nThree\n---\n\n---\n####### no\n#no\n```\n# no\n```\n###\tFour");
  expect(note.headings.map(({ level, text, line }) => [level, text, line])).toEqual([
    [1, "One", 1],
    [1, "Two", 2],
    [2, "Three", 5],
    [3, "Four", 14],
  ]);
});

test("problems name their line and stop nothing", () => {
  expect(scan("---\na: 1\nno end [[x]]").problems).toEqual([
    { line: 1, message: expect.stringContaining("not closed") as string },
  ]);
  expect(scan("a\n```\ncode").problems).toEqual([{ line: 2, message: "The code fence is not closed" }]);
  expect(scan("---\na: 1\na: 2\n---\n[[x]]")).toMatchObject({
    problems: [{ line: 3 }],
    links: [{ target: "x", line: 5 }],
  });
  expect(scan("---\n- a\n- b\n---\n").problems[0]?.line).toBe(2);
  expect(scan("---\na: *nope\n---\n").problems).toHaveLength(1);
});

test("an alias bomb in front matter is a problem and not a hang", () => {
  const bomb = [
    "---",
    "a: &a [x,x,x,x,x,x,x,x,x]",
    ...["b", "c", "d", "e", "f", "g", "h"].map(
      (key, index) => `${key}: &${key} [${Array.from({ length: 9 }, () => `*${"abcdefg"[index]}`).join(",")}]`,
    ),
    "---",
    "[[x]]",
  ].join("\n");
  const note = scan(bomb);
  expect(note.problems).toHaveLength(1);
  expect(note.links).toHaveLength(1);
});

test("the offsets of a link are those of its target, whatever stands around it", () => {
  const piece = fc.constantFrom(
    "[[",
    "]]",
    "|",
    "#",
    "^",
    "\\",
    "`",
    "```",
    "\n",
    "%%",
    "<!--",
    "-->",
    "a",
    "b c",
    "[x](",
    ")",
    "!",
    "> ",
    "- ",
    "    ",
    "---\n",
    "\u{1F600}",
    "k: '[[q]]'\n",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join("");
      const note = scan(text);
      const bodyStart = text.length - note.content.length;
      for (const link of note.links) {
        if (link.inFrontMatter === true || link.kind !== "wiki") continue;
        expect(text.slice(bodyStart + link.targetStart, bodyStart + link.targetEnd)).toBe(link.target);
        expect(text.split("\n").length).toBeGreaterThanOrEqual(link.line);
        expect(text.split("\n")[link.line - 1]).toContain(link.target);
      }
    }),
  );
});

test("nothing inside of a code fence is a link, a tag, a heading or a block", () => {
  const line = fc.constantFrom("[[a]]", "#tag", "# heading", "text ^id", "`", "``", "%%", "<!--", "> [!note]", "");
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const note = scan(["before", "```", ...lines, "```", "[[after]]"].join("\n"));
      expect(note.links.map((link) => link.target)).toEqual(["after"]);
      expect([note.tags, note.headings, note.blocks, note.callouts]).toEqual([[], [], [], []]);
    }),
  );
});
