// A module with everything that a declaration can say, for the tests of all renderers.
import type { HostModuleDeclaration } from "@crucible/sandbox";

export const library: HostModuleDeclaration = {
  name: "library",
  summary: "Books and who has them.\nNothing here is real.",
  functions: [
    {
      name: "find_book",
      summary: "Finds a book by its number.",
      documentation: "Numbers are those of `library.list_books`.\n\nA book that is lent is found as well */ .",
      parameters: [
        { name: "number", schema: { type: "integer", minimum: 1 }, summary: "number of the book" },
        {
          name: "options",
          schema: {
            type: "object",
            properties: {
              exact: { type: "boolean", description: "no similar books" },
              order: { enum: ["title", "year"] },
              "max-age": { type: ["number", "null"] },
            },
            additionalProperties: false,
          },
          summary: "how to look",
          optional: true,
        },
      ],
      returns: {
        anyOf: [
          { type: "null" },
          {
            type: "object",
            required: ["title", "year", "pages"],
            properties: {
              title: { type: "string", description: "as printed" },
              year: { type: "integer" },
              pages: {
                type: "array",
                items: { prefixItems: [{ type: "integer" }, { type: "string" }], items: false, type: "array" },
              },
              cover: { type: "string", contentEncoding: "base64" },
              lent: { $ref: "#/$defs/person" },
            },
          },
        ],
        $defs: {
          person: {
            type: "object",
            properties: { name: { type: "string" }, friend: { $ref: "#/$defs/person" } },
            required: ["name"],
          },
        },
      },
      capability: "KilnRead",
      effect: "read",
      cost: 10,
      errors: ["host/not-found"],
      examples: [{ arguments: [7, { order: "year" }], result: null }],
    },
    {
      name: "shelves.move",
      summary: "Moves books to a shelf.",
      parameters: [
        {
          name: "from",
          schema: { type: "array", items: { type: ["string", "integer"] } },
          summary: "titles or\nnumbers",
        },
        { name: "to", schema: { type: "string" }, summary: "the shelf" },
      ],
      returns: { type: "null" },
      capability: "KilnWrite",
      effect: "write",
      cost: 10,
    },
    {
      name: "shelves.delete",
      summary: "Takes a shelf away.",
      parameters: [],
      returns: { type: "boolean" },
      capability: null,
      effect: "external",
      cost: 10,
    },
    {
      name: "remember",
      summary: "Keeps anything.",
      parameters: [
        { name: "value", schema: true, summary: "what to keep" },
        {
          name: "labels",
          schema: { type: "object", additionalProperties: { type: "string" } },
          summary: "words",
          optional: true,
        },
      ],
      returns: true,
      capability: null,
      effect: "none",
      cost: 1,
    },
    {
      name: "open_reader",
      summary: "Opens the card of a reader.",
      parameters: [],
      returns: { type: "object", properties: { $type: { const: "library.Reader" } } },
      capability: null,
      effect: "none",
      cost: 1,
    },
  ],
  types: [
    {
      name: "Reader",
      summary: "Somebody who reads.",
      fields: [
        { name: "name", schema: { type: "string" }, summary: "as on the card" },
        { name: "since", schema: { type: "integer" }, summary: "year", optional: true },
      ],
      methods: [
        {
          name: "books",
          summary: "Lists what the reader has.",
          parameters: [{ name: "limit", schema: { type: "integer" }, summary: "most books", optional: true }],
          returns: { type: "array", items: { type: "string" } },
          capability: null,
          effect: "none",
          cost: 1,
        },
      ],
    },
  ],
};
