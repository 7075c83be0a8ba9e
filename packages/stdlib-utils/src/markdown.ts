// Markdown as the kiln reads it: front matter, headings, links, tags; and front matter changed without touching the rest.
import type { Outcome, Value, ValueObject } from "@crucible/sandbox";
import { Float, fromPlain, isObject, succeed } from "@crucible/sandbox";
import { editFrontMatter, parseNote, type FileStamp, type FrontMatterValue, type Note } from "@crucible/kiln-store";
import { encodeBase64 } from "./bytes.ts";
import { refuse } from "./bounds.ts";

/** What a text says: `title`, `frontmatter`, `content`, `headings`, `links`, `tags`, `blocks`, `problems`. */
export function parseMarkdown(text: string): Value {
  const { title, frontmatter, content, headings, links, tags, blocks, problems } = read(text);
  return fromPlain({
    title,
    frontmatter,
    content,
    headings: headings.map(({ level, text: heading, line }) => ({ level, text: heading, line })),
    links: links.map(({ kind, embed, target, heading, block, alias, line }) => ({
      kind,
      embed,
      target,
      ...(heading === undefined ? {} : { heading }),
      ...(block === undefined ? {} : { block }),
      ...(alias === undefined ? {} : { alias }),
      line,
    })),
    tags,
    blocks: blocks.map(({ id, line }) => ({ id, line })),
    problems: problems.map(({ line, message }) => ({ line, message })),
  });
}

/** Changes properties of the front matter; null removes one. Every other byte of the text stays. */
export function setFrontMatter(text: string, changes: ValueObject): Outcome<Value> {
  const { frontmatter, problems } = read(text);
  const [problem] = problems;
  if (problem !== undefined) return refuse("change the front matter", `line ${problem.line}: ${problem.message}`);
  const kept = Object.entries(frontmatter).filter(([key]) => !Object.hasOwn(changes, key) || changes[key] !== null);
  const merged = new Map<string, FrontMatterValue>(kept);
  for (const [key, value] of Object.entries(changes)) if (value !== null) merged.set(key, toFrontMatter(value));
  const edited = editFrontMatter(text, Object.fromEntries(merged));
  return edited === undefined
    ? refuse("change the front matter", "a value cannot be written as YAML")
    : succeed(edited);
}

// Front matter has one kind of number: 1.0 becomes 1. Integers stay exact.
function toFrontMatter(value: Value): FrontMatterValue {
  if (value instanceof Float) return value.value;
  if (value instanceof Uint8Array) return encodeBase64(value);
  if (value === null || typeof value !== "object") return value;
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toFrontMatter(item)]));
  return value.map(toFrontMatter);
}

const noFile: FileStamp = { size: 0, modifiedMs: 0, changedMs: 0, createdMs: 0, inode: "", recent: false };

function read(text: string): Note {
  return parseNote("text.md", text, "", noFile);
}
