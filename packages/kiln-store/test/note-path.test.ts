import { parseFolderPath, parseNotePath } from "@crucible/kiln-store";
import fc from "fast-check";
import { expect, test } from "vitest";

const refusedPaths = [
  "",
  "..",
  "../a.md",
  "a/../b.md",
  "a/./b.md",
  "./../a.md",
  "/etc/passwd",
  "/a.md",
  "C:\\a.md",
  "C:a.md",
  "a\\b.md",
  "a//b.md",
  "a/",
  "\0.md",
  "a\0.md",
  ".crucible/x.md",
  ".Crucible/x.md",
  ".git/config",
  ".GIT/x.md",
  ".obsidian/x.md",
  ".trash/x.md",
  "a/.hidden.md",
  "\u200d.git/x.md",
  "\uff0egit/x.md",
  "\u2024git/x.md",
  "\ufeff.git/x.md",
  "git~1/x.md",
  "GIT~1/x.md",
  "CON.md",
  "con",
  "a/nul.md",
  "COM1.md",
  "lpt9.txt.md",
  "aux/x.md",
  "a./b.md",
  "a /b.md",
  "a.md ",
  "a.md.",
  " a.md",
  "a\nb.md",
  "a\u202eb.md",
  "\ud800.md",
  "x".repeat(300),
  "a/".repeat(600) + "b.md",
  "\u200d/x.md",
] as const;

test.each(refusedPaths)("parseNotePath refuses %j", (path) => {
  expect(parseNotePath(path)).toMatchObject({ ok: false, error: { code: "host/path-refused" } });
});

test.each([
  ["a.md", "a.md"],
  ["a", "a.md"],
  ["./a.md", "a.md"],
  ["Folder/Sub folder/Note.v2", "Folder/Sub folder/Note.v2.md"],
  ["Cafe\u0301.md", "Caf\u00e9.md"],
  ["\u2764\ufe0f heart.md", "\u2764\ufe0f heart.md"],
  ["a..b/c...d.md", "a..b/c...d.md"],
  ["conference.md", "conference.md"],
  ["What is it?.md", "What is it?.md"],
])("parseNotePath brings %j to its one spelling %j", (given, expected) => {
  expect(parseNotePath(given)).toEqual({ ok: true, value: expected });
});

test("whatever parseNotePath accepts stays inside of the root, is no dot folder, and is its own spelling", () => {
  const pieces = fc.constantFrom(
    "..",
    ".",
    "a",
    "b c",
    ".git",
    "\u200d",
    "/",
    "//",
    "\\",
    "x.md",
    ":",
    "CON",
    " ",
    "é",
    "e\u0301",
    "\0",
    "~1",
    "git",
    ".crucible",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(pieces, { maxLength: 6 }).map((each) => each.join("")),
        fc.string({ unit: "binary" }),
      ),
      (given) => {
        const parsed = parseNotePath(given);
        if (!parsed.ok) return;
        expect(parseNotePath(parsed.value)).toEqual(parsed);
        for (const segment of parsed.value.split("/")) {
          expect(segment.replace(/\p{Default_Ignorable_Code_Point}/gu, "").startsWith(".")).toBe(false);
          expect(segment).not.toBe("");
        }
        expect(parsed.value.startsWith("/")).toBe(false);
        expect(parsed.value.endsWith(".md") || parsed.value.toLowerCase().endsWith(".md")).toBe(true);
      },
    ),
  );
});

test("parseFolderPath knows the kiln itself and drops one slash at the end", () => {
  for (const given of ["", "/", ".", "./"]) expect(parseFolderPath(given)).toEqual({ ok: true, value: "" });
  expect(parseFolderPath("a/b/")).toEqual({ ok: true, value: "a/b" });
  expect(parseFolderPath("a//b")).toMatchObject({ ok: false });
  expect(parseFolderPath("/a")).toMatchObject({ ok: false });
});
