// Splits Lua source into tokens (Lua 5.4 manual §3.1), just enough to find names: numbers are names, strings keep their text
// without escapes. Never fails; what is no Lua gives tokens that mean nothing.

export interface Token {
  readonly kind: "name" | "string" | "symbol";
  readonly text: string;
  /** The comment lines that stand directly above, without their dashes; empty without. */
  readonly comment: string;
  /** From 1, within the text. */
  readonly line: number;
}

// Long strings and comments, short strings, comments, names and numbers, two- and three-character symbols, others.
const pattern =
  /--\[(=*)\[[^]*?\]\1\]|\[(=*)\[([^]*?)\]\2\]|"((?:\\[^]|[^"\\\n])*)"|'((?:\\[^]|[^'\\\n])*)'|--([^\n]*)|([A-Za-z_0-9]+)|\.\.\.|\.\.|==|~=|<=|>=|::|\n|[^\s]/g;

export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let comment: string[] = [];
  let newlines = 0;
  let lineNumber = 1;
  for (const match of source.matchAll(pattern)) {
    const [text, , , long, double, single, line, name] = match;
    if (text === "\n") {
      lineNumber++;
      if (++newlines > 1) comment = [];
      continue;
    }
    if (text.startsWith("--")) {
      // A comment belongs to the next token if nothing but one line end stands between them.
      if (line !== undefined) comment.push(line.replace(/^-*\s?/, "").trimEnd());
      newlines = 0;
      lineNumber += countLines(text);
      continue;
    }
    const content = long ?? double ?? single;
    tokens.push({
      kind: content === undefined ? (name === undefined ? "symbol" : "name") : "string",
      text: content ?? text,
      comment: comment.join("\n").trim(),
      line: lineNumber,
    });
    lineNumber += countLines(text);
    comment = [];
    newlines = 0;
  }
  return tokens;
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
