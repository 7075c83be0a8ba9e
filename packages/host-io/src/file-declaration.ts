// Files outside of the kiln, declared. The effects are in file-functions.ts.
import type { HostFunctionDeclaration, HostModuleDeclaration, HostParameter, JsonSchema } from "@crucible/sandbox";

const text: JsonSchema = { type: "string" };

const path: HostParameter = {
  name: "path",
  schema: { type: "string", minLength: 1, maxLength: 4096 },
  summary: "an absolute path, or one that starts with `~/`",
};

const reading = {
  capability: "FsRead",
  subject: { kind: "path", parameter: "path" },
  effect: "read",
  cost: 2_000,
  errors: ["host/not-found", "host/path-refused", "host/unavailable"],
} as const satisfies Partial<HostFunctionDeclaration>;

const writing = {
  capability: "FsWrite",
  subject: { kind: "path", parameter: "path" },
  effect: "write",
  cost: 5_000,
  errors: ["host/not-found", "host/path-refused", "host/unavailable"],
} as const satisfies Partial<HostFunctionDeclaration>;

const entry: JsonSchema = {
  type: "object",
  required: ["name", "kind", "size", "modified"],
  properties: {
    name: text,
    kind: { enum: ["file", "folder"] },
    size: { type: "integer", description: "bytes; 0 for folders" },
    modified: { type: "string", description: "ISO 8601" },
  },
};

const rules = `The path is resolved first: the scope has to cover where it really leads. Notes are not files here; use the
functions for notes. Devices, pipes, sockets and the files of the system's own folders are refused.`;

/** What guests see. */
export const fileDeclaration: HostModuleDeclaration = {
  name: "crucible",
  summary: "Files outside of the kiln, within what was granted",
  functions: [
    {
      ...reading,
      name: "fs.read",
      summary: "Reads a file.",
      documentation: rules,
      parameters: [
        path,
        {
          name: "options",
          schema: {
            type: "object",
            additionalProperties: false,
            properties: { as: { enum: ["text", "bytes"] }, max_bytes: { type: "integer", minimum: 0 } },
          },
          summary: "`as`: `text` (UTF-8) or `bytes`; `max_bytes`: a larger file is an error",
          optional: true,
        },
      ],
      returns: { type: ["string", "object"], description: "text, or bytes where asked" },
      errors: [...reading.errors, "limit/file-size", "host/invalid-argument"],
      confidential: ["result"],
    },
    {
      ...reading,
      name: "fs.entries",
      summary: "Lists a folder, sorted by name; links and special files are left out.",
      documentation: rules,
      parameters: [path],
      returns: { type: "array", items: entry },
    },
    {
      ...reading,
      name: "fs.stat",
      summary: "Says what is at a path.",
      documentation: rules,
      parameters: [path],
      returns: entry,
    },
    {
      ...writing,
      name: "fs.write",
      summary: "Writes a file as a whole; readers see the old content or the new one.",
      documentation: rules,
      parameters: [path, { name: "content", schema: true, summary: "text or bytes" }],
      returns: {
        type: "object",
        required: ["size", "is_new"],
        properties: { size: { type: "integer" }, is_new: { type: "boolean" } },
      },
      errors: [...writing.errors, "limit/file-size", "host/invalid-argument"],
      confidential: ["content"],
    },
    {
      ...writing,
      name: "fs.make_folder",
      summary: "Makes a folder in one that exists; an existing folder is fine.",
      documentation: rules,
      parameters: [path],
      returns: { type: "null" },
    },
    {
      ...writing,
      name: "fs.remove",
      summary: "Removes a file or an empty folder.",
      documentation: rules,
      parameters: [path],
      returns: { type: "null" },
    },
  ],
};
