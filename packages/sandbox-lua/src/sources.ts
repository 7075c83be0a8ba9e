// The author's files as Lua knows them: names of chunks, and lines to quote.
import type { SourcePlace } from "@crucible/sandbox";
import type { Chunk } from "./program.ts";

/** Longest name that Lua puts into messages unchanged (LUA_IDSIZE, less the mark and the NUL). */
const longestName = 59;
const snippetUnits = 240;

/** Name under which Lua knows a file: the file's own, or its end where that is too long for Lua. */
export function chunkName(file: string): string {
  const printable = Array.from(file, (character) => (character < " " ? "?" : character));
  let name = printable.join("");
  while (new TextEncoder().encode(name).length > longestName) {
    printable.shift();
    name = `...${printable.join("")}`;
  }
  return name;
}

/** The text that Lua compiles: moved down, so that its line numbers are those of the file. */
export function paddedText(text: string, firstLine: number): string {
  return "\n".repeat(Math.max(0, firstLine - 1)) + text;
}

export interface Sources {
  /** The file of a chunk name without its mark; undefined for code that is not the author's. */
  fileOf(name: string): string | undefined;
  /** Names of all chunks, for messages that begin with them. */
  readonly names: readonly string[];
  /** A place with its line of text. `message` helps to find the column. */
  place(file: string, line: number, message: string): SourcePlace;
}

export function createSources(chunks: readonly Pick<Chunk, "file" | "source" | "firstLine">[]): Sources {
  const byName = new Map(chunks.map((chunk) => [chunkName(chunk.file), chunk]));
  const byFile = new Map(chunks.map((chunk) => [chunk.file, chunk]));
  return {
    names: [...byName.keys()],
    fileOf: (name) => byName.get(name)?.file,
    place: (file, line, message) => {
      const chunk = byFile.get(file);
      const text = chunk?.source.split(/\r\n|\n\r|\n|\r/)[line - chunk.firstLine];
      if (text === undefined) return { file, line };
      return { file, line, column: columnOf(text, message), snippet: text.slice(0, snippetUnits) };
    },
  };
}

/**
 * Lua knows lines only. The column is that of the name or token which the message quotes, or of the call of `error`, if it
 * stands once in the line; otherwise that of the first character.
 */
function columnOf(text: string, message: string): number {
  const start = text.length - text.trimStart().length + 1;
  if (message.endsWith("near <eof>")) return text.length + 1;
  const token = /near '([^]*)'$/.exec(message)?.[1];
  if (token !== undefined) return onlyPlace(text, token) ?? start;
  const name =
    /\((?:global|local|field|method|upvalue|constant) '([^']+)'\)/.exec(message)?.[1] ??
    /^bad argument #\d+ to '([^']+)'/.exec(message)?.[1];
  if (name !== undefined) return onlyPlace(text, name.slice(name.lastIndexOf(".") + 1)) ?? start;
  return onlyPlace(text, "error(") ?? onlyPlace(text, "error") ?? start;
}

function onlyPlace(text: string, part: string): number | undefined {
  const at = text.indexOf(part);
  return at >= 0 && text.indexOf(part, at + 1) < 0 ? at + 1 : undefined;
}
