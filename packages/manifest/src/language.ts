// The languages of plugins: file extensions and the forms of comment that can hold front matter and documentation.
import type { Language } from "@crucible/sandbox";

/** How a language writes comments; front matter and doc comments are read with this. */
export interface CommentSyntax {
  /** Starts a comment that ends with the line. */
  readonly line: string;
  /** Starts a documentation line; JavaScript has none. */
  readonly docLine?: string;
  /** Starts a line of documentation of the whole file, where the language has a form of its own for it. */
  readonly fileDocLine?: string;
  /** Opens a block comment; the closing text may depend on what opened it. */
  readonly blockOpen: RegExp;
  readonly blockClose: (opening: string) => string;
}

const slashBlock = { line: "//", blockOpen: /^\/\*+/, blockClose: () => "*/" } as const;

/** Comments of each source language; components are binary and have none. */
export const commentSyntax: Readonly<Record<Exclude<Language, "wasm">, CommentSyntax>> = {
  lua: {
    line: "--",
    docLine: "---",
    blockOpen: /^--\[=*\[/,
    blockClose: (opening) => opening.slice(2).replaceAll("[", "]"),
  },
  rune: { ...slashBlock, docLine: "///", fileDocLine: "//!" },
  javascript: slashBlock,
};

/** File name endings, without the dot, and the language that each means. */
export const languageExtensions: Readonly<Record<string, Language>> = {
  rune: "rune",
  rn: "rune",
  lua: "lua",
  js: "javascript",
  wasm: "wasm",
};

/** Languages that a manifest can name. */
export const languages: readonly Language[] = [...new Set(Object.values(languageExtensions))];

/** Returns the language of a plugin file by its ending, or nothing when it is none of a plugin. */
export function languageOfPath(path: string): Language | undefined {
  const ending = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(languageExtensions, ending) ? languageExtensions[ending] : undefined;
}

/** Narrows a word to a language. */
export function isLanguage(word: string): word is Language {
  return languages.some((language) => language === word);
}
