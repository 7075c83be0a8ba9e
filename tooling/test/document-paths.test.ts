// Paths that documents name exist: relative links, and code spans that start with a folder of the repository (in a
// package's documents first with a folder of that package). `*` and words in capitals stand for any name.
import { posix } from "node:path";
import { expect, test } from "vitest";
import { exists, listFiles, listPackages, readText } from "../workspace.ts";

const rootFolders = ["packages", "apps", "examples", "tooling", "docs", ".ci", ".changeset"];
const packageFolders = ["src", "test", "docs", "bench", "assembly"];

interface Document {
  readonly path: string;
  /** Folder of the package that the document belongs to, or the empty string. */
  readonly home: string;
}

const documents: readonly Document[] = [
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].filter(exists).map((path) => ({ path, home: "" })),
  ...listFiles("docs", ".md")
    .filter((path) => !path.startsWith("docs/spec/"))
    .map((path) => ({ path, home: "" })),
  ...listPackages().flatMap(({ folder }) =>
    [...(exists(`${folder}/README.md`) ? [`${folder}/README.md`] : []), ...listFiles(`${folder}/docs`, ".md")].map(
      (path) => ({ path, home: folder }),
    ),
  ),
];

/** Paths, relative to the root, that a document claims to exist. */
function namedPaths(text: string, { path, home }: Document): readonly string[] {
  const prose = text.replaceAll(/^ *(```+|~~~+)[^\n]*\n[\s\S]*?^ *\1 *$/gm, "");
  const links = [...prose.matchAll(/\]\((?!\w+:|#)([^)\s#]+)(?:#[^)\s]*)?\)/g)].map(([, target = ""]) =>
    posix.normalize(posix.join(posix.dirname(path), target)),
  );
  const spans = [...prose.matchAll(/`([^`\s]+)`/g)].flatMap(([, span = ""]) => {
    const [first = "", ...rest] = span.split("/");
    if (rest.length === 0 || !/^[\w.*/-]+$/.test(span)) return [];
    if (home !== "" && packageFolders.includes(first) && (first !== "docs" || exists(`${home}/${span}`))) {
      return [`${home}/${span}`];
    }
    return rootFolders.includes(first) ? [span] : [];
  });
  return [...links, ...spans].map((each) => each.replace(/\/$/, ""));
}

const everyPath = new Set(
  rootFolders.flatMap((folder) =>
    listFiles(folder, "").flatMap((path) =>
      path.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/")),
    ),
  ),
);

function pathExists(path: string): boolean {
  if (!/\*|\b[A-Z]{2,}\b(?!\.md)/.test(path)) return exists(path);
  const source = path
    .split(/\*\*|\*|\b[A-Z]{2,}\b/)
    .map((part) => part.replaceAll(/[.+]/g, "\\$&"))
    .join("[^\\s]*");
  const pattern = new RegExp(`^${source}$`);
  return [...everyPath].some((each) => pattern.test(each));
}

for (const document of documents) {
  test(`every path that ${document.path} names exists`, () => {
    const missing = namedPaths(readText(document.path), document).filter((path) => !pathExists(path));
    expect(missing).toEqual([]);
  });
}

test("namedPaths reads links and code spans, and leaves code blocks and foreign addresses alone", () => {
  const text = [
    "See [a](../docs/a.md#part), [b](https://example.org/docs/b.md), [c](#here), `src/c.ts`, `packages/*/src`, `a/b`,",
    "`docs/d.md` and `tooling/`.",
    "```sh",
    "ls `docs/not-this.md`",
    "```",
  ].join("\n");
  expect(namedPaths(text, { path: "packages/x/README.md", home: "packages/x" })).toEqual([
    "packages/docs/a.md",
    "packages/x/src/c.ts",
    "packages/*/src",
    "docs/d.md",
    "tooling",
  ]);
});

test("pathExists knows files, folders and patterns, and refuses what is not there", () => {
  expect(
    ["tooling/layers.json", "tooling", "packages/*/package.json", "packages/NAME/README.md"].map(pathExists),
  ).toEqual([true, true, true, true]);
  expect(["tooling/absent.json", "packages/*/absent", "absent/NAME"].map(pathExists)).toEqual([false, false, false]);
});
