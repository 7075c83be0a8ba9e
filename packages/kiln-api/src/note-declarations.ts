// Reading and changing notes, declared. The effects are in note-functions.ts.
import type { HostFunctionDeclaration, HostParameter, JsonSchema } from "@crucible/sandbox";

const text: JsonSchema = { type: "string" };
const frontmatter: JsonSchema = { type: "object" };

const path: HostParameter = {
  name: "path",
  schema: { type: "string", minLength: 1, maxLength: 1000 },
  summary: "the note, from the kiln's root: `reading/a.md`; the ending may be left out",
};
const content: HostParameter = { name: "content", schema: text, summary: "Markdown after the front matter" };
const options: HostParameter = {
  name: "options",
  schema: { type: "object", additionalProperties: false, properties: { expected_hash: { type: ["string", "null"] } } },
  summary: "`expected_hash`: the `content_hash` of the version to replace, or null where there must be no note",
  optional: true,
};

const note: JsonSchema = {
  type: "object",
  required: [
    "path",
    "title",
    "content",
    "frontmatter",
    "tags",
    "links",
    "headings",
    "word_count",
    "created",
    "modified",
    "content_hash",
  ],
  properties: {
    path: text,
    title: text,
    content: text,
    frontmatter,
    tags: { type: "array", items: text },
    links: { type: "array", items: { type: "object" } },
    headings: { type: "array", items: { type: "object" } },
    word_count: { type: "integer", minimum: 0 },
    created: text,
    modified: text,
    content_hash: text,
  },
};

const written: JsonSchema = {
  type: "object",
  required: ["path", "title", "word_count", "created", "modified", "content_hash", "size", "is_new", "changed"],
  properties: {
    path: text,
    title: text,
    word_count: { type: "integer" },
    created: text,
    modified: text,
    content_hash: text,
    size: { type: "integer", description: "bytes of the file" },
    is_new: { type: "boolean" },
    changed: { type: "boolean" },
  },
};

/** Filters that listing and searching share. */
export const filterProperties: Readonly<Record<string, JsonSchema>> = {
  tags: { type: "array", items: text },
  folders: { type: "array", items: text },
  frontmatter: { type: "object" },
  modified_after: text,
  modified_before: text,
  created_after: text,
  created_before: text,
};

const change = {
  capability: "KilnWrite",
  subject: { kind: "note", parameter: "path" },
  effect: "write",
  cost: 2000,
  errors: ["host/path-refused", "host/note-invalid", "host/note-conflict", "limit/file-size"],
} as const;

export const noteDeclarations: readonly HostFunctionDeclaration[] = [
  {
    name: "read_note",
    summary: "Reads a note: its text, front matter, tags, links, headings and times.",
    parameters: [path],
    returns: note,
    capability: "KilnRead",
    subject: { kind: "note", parameter: "path" },
    effect: "read",
    cost: 1000,
    errors: ["host/note-not-found", "host/note-invalid", "host/path-refused"],
    confidential: ["result"],
  },
  {
    name: "list_notes",
    summary: "Lists the notes of a folder, sorted by path.",
    parameters: [
      {
        name: "folder",
        schema: { type: "string", maxLength: 1000 },
        summary: "from the kiln's root; the root when left out",
        optional: true,
      },
      {
        name: "options",
        schema: {
          type: "object",
          additionalProperties: false,
          properties: { recursive: { type: "boolean" }, metadata: { type: "boolean" }, ...filterProperties },
        },
        summary:
          "`recursive`, `metadata` (title, tags, word count, times), and filters on tags, folders, front matter and dates",
        optional: true,
      },
    ],
    returns: {
      type: "array",
      items: { type: "object", required: ["path", "name"], properties: { path: text, name: text } },
    },
    capability: "KilnRead",
    subject: { kind: "folder", parameter: "folder" },
    effect: "read",
    cost: 2000,
    errors: ["host/path-refused", "host/not-found", "host/invalid-argument"],
  },
  {
    name: "write_note",
    summary: "Creates or replaces a note. Without front matter the present one stays.",
    parameters: [
      path,
      content,
      {
        name: "frontmatter",
        schema: frontmatter,
        summary: "properties; those that stay keep their bytes",
        optional: true,
      },
      options,
    ],
    returns: written,
    confidential: ["content", "frontmatter"],
    ...change,
  },
  {
    name: "append_note",
    summary: "Adds text at the end of a note, on a line of its own; creates the note when there is none.",
    parameters: [path, { ...content, name: "text", summary: "what to add" }, options],
    returns: written,
    confidential: ["text"],
    ...change,
  },
  {
    name: "update_frontmatter",
    summary: "Sets properties of a note's front matter; null removes one. All else keeps its bytes.",
    parameters: [path, { name: "changes", schema: frontmatter, summary: "property to value" }, options],
    returns: written,
    confidential: ["changes"],
    ...change,
    errors: [...change.errors, "host/note-not-found"],
  },
  {
    name: "rename_note",
    summary: "Moves a note to another path; links to it, in all notes, are changed so that they still lead to it.",
    parameters: [path, { ...path, name: "new_path", summary: "where it goes; no note may stand there" }, options],
    returns: {
      type: "object",
      required: ["from", "path", "repointed", "failed"],
      properties: {
        from: text,
        path: text,
        repointed: {
          type: "array",
          items: {
            type: "object",
            required: ["path", "links"],
            properties: { path: text, links: { type: "integer", description: "how many of its links were changed" } },
          },
        },
        failed: {
          type: "array",
          items: { type: "object", required: ["path", "reason"], properties: { path: text, reason: text } },
        },
      },
    },
    ...change,
    cost: 20_000,
    errors: [...change.errors, "host/note-not-found"],
  },
  {
    name: "delete_note",
    summary: "Moves a note to the kiln's trash.",
    parameters: [path, options],
    returns: {
      type: "object",
      required: ["path", "trashed", "content_hash"],
      properties: { path: text, trashed: text, content_hash: text },
    },
    ...change,
    errors: [...change.errors, "host/note-not-found"],
  },
];
