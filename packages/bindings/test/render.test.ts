import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import {
  editorFiles,
  formatTypeScriptType,
  generatedMark,
  readShape,
  renderLuaTypes,
  renderMarkdown,
  renderRune,
  renderTypeScript,
  renderWit,
  witName,
} from "@crucible/bindings";
import type { HostModuleDeclaration, JsonSchema } from "@crucible/sandbox";
import { describe, expect, test } from "vitest";
import { library } from "./library-module.ts";

/** Runs the TypeScript compiler over texts by file name; returns what it prints. */
function compile(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "crucible-bindings-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
    const names = Object.keys(files).map((name) => join(folder, name));
    const run = spawnSync(
      process.execPath,
      [
        compiler,
        "--ignoreConfig",
        "--noEmit",
        "--strict",
        "--target",
        "es2023",
        "--lib",
        "es2023,dom",
        "--module",
        "nodenext",
        "--types",
        "",
        ...names,
      ],
      { encoding: "utf8" },
    );
    return run.stdout + run.stderr;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const schemas: fc.Arbitrary<JsonSchema> = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<JsonSchema>(
      true,
      {},
      { type: "string" },
      { type: "integer" },
      { type: ["number", "null"] },
      { enum: ["a", 1, null] },
      { const: 'x"y' },
      { type: "object" },
      { type: "string", contentEncoding: "base64" },
      { $ref: "#" },
    ),
    tie("schema").map((items): JsonSchema => ({ type: "array", items })),
    fc
      .dictionary(fc.constantFrom("a", "some_name", "camelCase", "with space", "type", "1st"), tie("schema"), {
        maxKeys: 4,
      })
      .chain((properties) =>
        fc.subarray(Object.keys(properties)).map((required): JsonSchema => ({ type: "object", properties, required })),
      ),
    fc.array(tie("schema"), { minLength: 1, maxLength: 3 }).map((anyOf): JsonSchema => ({ anyOf })),
    fc.array(tie("schema"), { minLength: 1, maxLength: 3 }).map((allOf): JsonSchema => ({ allOf })),
    fc
      .array(tie("schema"), { maxLength: 3 })
      .map((prefixItems): JsonSchema => ({ type: "array", prefixItems, items: false })),
    tie("schema").map((additionalProperties): JsonSchema => ({ type: "object", additionalProperties })),
  ),
})).schema;

function moduleOf(functions: readonly (readonly [JsonSchema, JsonSchema])[]): HostModuleDeclaration {
  return {
    name: "generated",
    summary: "Generated",
    functions: functions.map(([parameter, returns], index) => ({
      name: index % 3 === 2 ? `nested.call${index}` : `call${index}`,
      summary: "Does something.",
      parameters: [{ name: "value", schema: parameter, summary: "some value", optional: index % 2 === 0 }],
      returns,
      capability: null,
      effect: "none",
      cost: 1,
    })),
  };
}

describe("renderTypeScript", () => {
  test("declares what plugins can call, and refuses what they cannot", () => {
    const good = `
      import { find_book, open_reader, shelves, remember } from "library";
      const book = find_book(7, { exact: true, order: "year", "max-age": null });
      if (book !== null) {
        const first: [number, string] | undefined = book.pages[0];
        const cover: Uint8Array | undefined = book.cover;
        const name: string | undefined = book.lent?.name;
        console.log(book.title.toUpperCase(), first, cover, name);
      }
      shelves.move(["a", 2], "top");
      const gone: boolean = shelves.delete();
      const kept: unknown = remember({ any: ["thing"] }, { label: "x" });
      const names: string[] = open_reader().books();
      const global: typeof book = library.find_book(1);
      console.log(gone, kept, names, global);
      // @ts-expect-error a number is asked for
      find_book("7");
      // @ts-expect-error the order is unknown
      find_book(7, { order: "size" });
      // @ts-expect-error there is no such option
      find_book(7, { exakt: true });
      // @ts-expect-error the shelf is missing
      shelves.move([]);
      // @ts-expect-error there is no such function
      library.burn();
      export {};
    `;
    expect(compile({ "library.d.ts": renderTypeScript(library), "plugin.ts": good })).toBe("");
  });

  test("makes valid types of any schema", () => {
    const samples = fc.sample(schemas, 300);
    const types = samples
      .map((schema, index) => `export type T${index} = ${formatTypeScriptType(readShape(schema))};`)
      .join("\n");
    const module = moduleOf(
      samples.slice(0, 60).map((schema, index) => [schema, samples[index + 60] ?? true] as const),
    );
    expect(compile({ "types.ts": types, "generated.d.ts": renderTypeScript(module) })).toBe("");
  });
});

describe("renderWit", () => {
  /** Names that a text declares and types that it uses, read from its lines. */
  function check(text: string): void {
    const interfaces = text.split(/^interface /m).slice(1);
    const primitive = new Set([
      "string",
      "bool",
      "s64",
      "f64",
      "u8",
      "_",
      "list",
      "option",
      "result",
      "tuple",
      "value",
      "error",
    ]);
    for (const body of interfaces) {
      const name = /^[\w-]+/.exec(body)?.[0] ?? "";
      expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/);
      const declared = [...body.matchAll(/^ {2}(?:record|enum) (%?[\w-]+) \{/gm)].map((match) => match[1] ?? "");
      const functions = [...body.matchAll(/^ {2}(%?[\w-]+): func\((.*)\) -> (.*);$/gm)];
      expect(new Set([...declared, ...functions.map((match) => match[1])]).size).toBe(
        declared.length + functions.length,
      );
      const used = [
        ...functions.flatMap((match) => [
          ...(match[2] ?? "").split(/, (?=%?[\w-]+: )/).map((part) => part.replace(/^%?[\w-]+: /, "")),
          match[3] ?? "",
        ]),
        ...[...body.matchAll(/^ {4}%?[\w-]+: (.*),$/gm)].map((match) => match[1] ?? ""),
      ].flatMap((type) => type.match(/%?[\w-]+/g) ?? []);
      if (name === "types") continue;
      for (const type of used) expect([...primitive, ...declared]).toContain(type);
      for (const word of declared) expect(word.replace("%", "")).toMatch(/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/);
    }
  }

  test("declares every type that it uses, once, under a name that WIT allows", () => {
    check(renderWit([library]));
    fc.assert(
      fc.property(fc.array(fc.tuple(schemas, schemas), { minLength: 1, maxLength: 6 }), (functions) =>
        check(renderWit([moduleOf(functions)])),
      ),
    );
  });

  test("turns names into words with hyphens, or says that it cannot", () => {
    expect(
      ["expected_hash", "executionId", "HTML", "a", "state.get", "1st", "with space", "", "_"].map(witName),
    ).toEqual(["expected-hash", "execution-id", "html", "a", "state-get", undefined, undefined, undefined, undefined]);
  });
});

describe("the texts that people read", () => {
  test("are these for Lua", () => {
    expect(renderLuaTypes(library)).toMatchInlineSnapshot(`
      "---@meta library
      -- Generated from the declarations of the host module; edits are lost.

      ---Books and who has them.
      ---Nothing here is real.
      ---@class library
      library = {}

      ---@class library.shelves
      library.shelves = {}

      ---Somebody who reads.
      ---@class library.Reader
      ---@field name string as on the card
      ---@field since? integer year
      local Reader = {}

      ---Lists what the reader has.
      ---@param limit? integer most books
      ---@return string[]
      function Reader:books(limit) end

      ---Finds a book by its number.
      ---
      ---Numbers are those of \`library.list_books\`.
      ---
      ---A book that is lent is found as well */ .
      ---
      ---Needs \`KilnRead\`. Fails with \`host/not-found\`.
      ---@param number integer number of the book
      ---@param options? { exact?: boolean, order?: "title"|"year", ["max-age"]: number|nil } how to look
      ---@return nil|{ title: string, year: integer, pages: [integer, string][], cover?: string, lent?: { name: string, friend?: any } }
      function library.find_book(number, options) end

      ---Keeps anything.
      ---@param value any what to keep
      ---@param labels? table<string, string> words
      ---@return any
      function library.remember(value, labels) end

      ---Opens the card of a reader.
      ---@return library.Reader
      function library.open_reader() end

      ---Moves books to a shelf.
      ---
      ---Needs \`KilnWrite\`. Changes something.
      ---@param from (string|integer)[] titles or numbers
      ---@param to string the shelf
      function library.shelves.move(from, to) end

      ---Takes a shelf away.
      ---
      ---Reaches outside.
      ---@return boolean
      function library.shelves.delete() end

      return library
      "
    `);
  });

  test("are these for Rune", () => {
    expect(renderRune(library)).toMatchInlineSnapshot(`
      "// Generated from the declarations of the host module; edits are lost.
      //! Books and who has them.
      //! Nothing here is real.

      pub mod library {
          /// Somebody who reads.
          pub struct Reader {
              /// String: as on the card
              name,
              /// i64: year
              since,
          }
          impl Reader {
              /// Lists what the reader has.
              ///
              /// - \`limit\` (optional): \`i64\`, most books
              /// - returns \`Result<Vec<String>>\`
              pub fn books(self, limit) {}
          }
          /// Finds a book by its number.
          ///
          /// Numbers are those of \`library.list_books\`.
          ///
          /// A book that is lent is found as well */ .
          ///
          /// Needs \`KilnRead\`. Fails with \`host/not-found\`.
          ///
          /// - \`number\`: \`i64\`, number of the book
          /// - \`options\` (optional): \`#{ exact?: bool, order?: "title" | "year", max-age?: Option<f64> }\`, how to look
          /// - returns \`Result<Option<#{ title: String, year: i64, pages: Vec<(i64, String)>, cover?: Bytes, lent?: #{ name: String, friend?: any } }>>\`
          pub fn find_book(number, options) {}
          /// Keeps anything.
          ///
          /// - \`value\`: \`any\`, what to keep
          /// - \`labels\` (optional): \`Object\`, words
          /// - returns \`Result<any>\`
          pub fn remember(value, labels) {}
          /// Opens the card of a reader.
          ///
          /// - returns \`Result<library::Reader>\`
          pub fn open_reader() {}
          pub mod shelves {
              /// Moves books to a shelf.
              ///
              /// Needs \`KilnWrite\`. Changes something.
              ///
              /// - \`from\`: \`Vec<String | i64>\`, titles or numbers
              /// - \`to\`: \`String\`, the shelf
              /// - returns \`Result<()>\`
              pub fn move(from, to) {}
              /// Takes a shelf away.
              ///
              /// Reaches outside.
              ///
              /// - returns \`Result<bool>\`
              pub fn delete() {}
          }
      }
      "
    `);
  });

  test("are these for WIT", () => {
    expect(renderWit([library])).toMatchInlineSnapshot(`
      "// Generated from the declarations of the host modules; edits are lost.
      package crucible:host@0.1.0;

      /// Types that all interfaces use.
      interface types {
        /// Any value, as JSON text.
        type value = string;
        /// Why a host function failed.
        record error {
          code: string,
          message: string,
        }
      }

      /// Books and who has them.
      /// Nothing here is real.
      interface library {
        use types.{value, error};

        enum find-book-options-order {
          title,
          year,
        }

        record find-book-options {
          /// no similar books
          exact: option<bool>,
          order: option<find-book-options-order>,
          max-age: option<f64>,
        }

        record find-book-result-lent {
          name: string,
          friend: option<value>,
        }

        record find-book-result {
          /// as printed
          title: string,
          year: s64,
          pages: list<tuple<s64, string>>,
          cover: option<list<u8>>,
          lent: option<find-book-result-lent>,
        }

        /// Finds a book by its number.
        ///
        /// Numbers are those of \`library.list_books\`.
        ///
        /// A book that is lent is found as well */ .
        ///
        /// Needs \`KilnRead\`. Fails with \`host/not-found\`.
        find-book: func(number: s64, options: option<find-book-options>) -> result<option<find-book-result>, error>;

        /// Keeps anything.
        remember: func(value: value, labels: option<value>) -> result<value, error>;

        /// Opens the card of a reader.
        open-reader: func() -> result<value, error>;
      }

      interface library-shelves {
        use types.{value, error};

        /// Moves books to a shelf.
        ///
        /// Needs \`KilnWrite\`. Changes something.
        move: func(%from: list<value>, to: string) -> result<_, error>;

        /// Takes a shelf away.
        ///
        /// Reaches outside.
        delete: func() -> result<bool, error>;
      }

      interface library-reader {
        use types.{value, error};

        /// Lists what the reader has.
        books: func(self: value, limit: option<s64>) -> result<list<string>, error>;
      }

      /// What a plugin may import; it gets only what its manifest declares.
      world plugin {
        import types;
        import library;
        import library-shelves;
        import library-reader;
      }
      "
    `);
  });

  test("are these in Markdown", () => {
    expect(renderMarkdown(library)).toMatchInlineSnapshot(`
      "# library

      Books and who has them.
      Nothing here is real.

      | function | what it does | needs |
      |---|---|---|
      | [\`library.find_book\`](#libraryfind_book) | Finds a book by its number. | KilnRead |
      | [\`library.shelves.move\`](#libraryshelvesmove) | Moves books to a shelf. | KilnWrite |
      | [\`library.shelves.delete\`](#libraryshelvesdelete) | Takes a shelf away. | – |
      | [\`library.remember\`](#libraryremember) | Keeps anything. | – |
      | [\`library.open_reader\`](#libraryopen_reader) | Opens the card of a reader. | – |

      ## library.find_book

      \`library.find_book(number, options?)\`

      Finds a book by its number.

      Numbers are those of \`library.list_books\`.

      A book that is lent is found as well */ .

      Needs \`KilnRead\`. Fails with \`host/not-found\`.

      | parameter | type | meaning |
      |---|---|---|
      | \`number\` | \`integer\` | number of the book |
      | \`options\` (optional) | \`{ exact?: boolean, order?: "title"\\|"year", ["max-age"]: number\\|nil }\` | how to look |

      Returns \`nil|{ title: string, year: integer, pages: [integer, string][], cover?: string, lent?: { name: string, friend?: any } }\`.

      \`\`\`lua
      library.find_book(7, { order = "year" }) -- nil
      \`\`\`

      \`\`\`rune
      library::find_book(7, #{ order: "year" })? // ()
      \`\`\`

      \`\`\`javascript
      library.find_book(7, { order: "year" }) // null
      \`\`\`

      ## library.shelves.move

      \`library.shelves.move(from, to)\`

      Moves books to a shelf.

      Needs \`KilnWrite\`. Changes something.

      | parameter | type | meaning |
      |---|---|---|
      | \`from\` | \`(string\\|integer)[]\` | titles or numbers |
      | \`to\` | \`string\` | the shelf |

      Returns \`nil\`.

      ## library.shelves.delete

      \`library.shelves.delete()\`

      Takes a shelf away.

      Reaches outside.

      Returns \`boolean\`.

      ## library.remember

      \`library.remember(value, labels?)\`

      Keeps anything.

      | parameter | type | meaning |
      |---|---|---|
      | \`value\` | \`any\` | what to keep |
      | \`labels\` (optional) | \`table<string, string>\` | words |

      Returns \`any\`.

      ## library.open_reader

      \`library.open_reader()\`

      Opens the card of a reader.

      Returns \`library.Reader\`.

      ## library.Reader

      Somebody who reads.

      | field | type | meaning |
      |---|---|---|
      | \`name\` | \`string\` | as on the card |
      | \`since\` (optional) | \`integer\` | year |

      ### Reader:books

      \`Reader:books(limit?)\`

      Lists what the reader has.

      | parameter | type | meaning |
      |---|---|---|
      | \`limit\` (optional) | \`integer\` | most books |

      Returns \`string[]\`.
      "
    `);
  });

  test("name every function, parameter and capability, whatever the module", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(schemas, schemas), { minLength: 1, maxLength: 6 }), (functions) => {
        const module = moduleOf(functions);
        for (const text of [
          renderLuaTypes(module),
          renderTypeScript(module),
          renderRune(module),
          renderMarkdown(module),
        ]) {
          for (const { name } of module.functions) expect(text).toContain(name.split(".").at(-1));
          expect(text.endsWith("\n")).toBe(true);
          expect(text).not.toContain("undefined");
        }
      }),
    );
  });
});

test("editorFiles gives one file for each module and language, marked as generated in the first two lines", () => {
  const files = editorFiles([library, { ...library, name: "other" }]);
  expect(files.map(({ path }) => path)).toStrictEqual([
    "lua/library.lua",
    "lua/other.lua",
    "rune/library.rn",
    "rune/other.rn",
    "typescript/library.d.ts",
    "typescript/other.d.ts",
    "wit/host.wit",
  ]);
  for (const { text } of files) expect(text.split("\n").slice(0, 2).join()).toContain(generatedMark);
});
