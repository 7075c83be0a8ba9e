import fc from "fast-check";
import { formatDiagnostic, manifestSchema, parseManifest } from "@crucible/manifest";
import type { Manifest, ManifestResult } from "@crucible/manifest";
import { exampleFrontMatter } from "@crucible/manifest/testing";
import { describe, expect, test } from "vitest";

const specExample = `${exampleFrontMatter}/// Rolls.
pub fn main(params) { 1 }
`;

function parse(text: string, path = "plugin.lua"): ManifestResult {
  return parseManifest({ path, text });
}

function accepted(text: string, path?: string): Manifest {
  const result = parse(text, path);
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join("\n"));
  return result.value;
}

function withYaml(yaml: string, path = "plugin.lua"): ManifestResult {
  return parse(`---\nname: sample\ndescription: A sample\n${yaml}\n---\n`, path);
}

function findings(result: ManifestResult): readonly string[] {
  return result.diagnostics.map(({ code, place }) => `${code} ${place.line}:${place.column}`);
}

describe("the specification's example", () => {
  test("MS-03.4: every field of the example arrives in the manifest", () => {
    const manifest = accepted(specExample, "dice-roller.rune");
    expect(manifest).toMatchObject({
      name: "dice-roller",
      description: "Roll dice using standard notation (2d6+3)",
      version: "1.0.0",
      author: "user@example.com",
      language: "rune",
      capabilities: [{ name: "KilnRead" }],
      bodyLine: 20,
    });
    expect(manifest.actions).toEqual([
      {
        name: "main",
        description: "Roll dice using standard notation (2d6+3)",
        documentation: "Rolls.",
        parameters: {
          type: "object",
          properties: { expression: { type: "string", description: 'Dice notation (e.g., "2d6+3", "1d20")' } },
          required: ["expression"],
          additionalProperties: false,
        },
        returns: {
          type: "object",
          properties: { expression: { type: "string" }, result: { type: "number" }, rolls: { type: "array" } },
        },
        annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
      },
    ]);
  });

  test("MS-03.2: name and description are enough, and the defaults are the specified ones", () => {
    const manifest = accepted("---\nname: tiny\ndescription: Says hello\n---\nfunction main() end\n");
    expect(manifest).toMatchObject({
      version: "0.1.0",
      capabilities: [{ name: "KilnRead" }],
      kind: "plugin",
      language: "lua",
    });
    expect(manifest.actions[0]?.parameters).toEqual({ type: "object", properties: {}, additionalProperties: false });
  });
});

describe("front matter", () => {
  const yaml = [
    "name: sample",
    "description: A sample",
    "version: 1.2.3",
    "parameters:",
    "  count: {type: integer, required: true}",
  ];
  const forms: readonly (readonly [string, string, (lines: readonly string[]) => string])[] = [
    ["a plain block", "a.lua", (lines) => ["---", ...lines, "---", ""].join("\n")],
    [
      "a plain block behind a shebang",
      "a.lua",
      (lines) => ["#!/usr/bin/env lua", "---", ...lines, "---", ""].join("\n"),
    ],
    [
      "a plain block with a byte order mark and CRLF",
      "a.rn",
      (lines) => `\u{feff}${["---", ...lines, "---", ""].join("\r\n")}`,
    ],
    ["a Lua block comment", "a.lua", (lines) => ["--[[ ---", ...lines, "--- ]]", ""].join("\n")],
    [
      "a Lua block comment of a higher level",
      "a.lua",
      (lines) => ["--[==[", "---", ...lines, "---", "]==]", ""].join("\n"),
    ],
    [
      "Lua line comments",
      "a.lua",
      (lines) => ["-- ---", ...lines.map((line) => `-- ${line}`), "-- ---", ""].join("\n"),
    ],
    [
      "Lua line comments without a blank",
      "a.lua",
      (lines) => ["-- ---", ...lines.map((line) => `--${line}`), "-- ---", ""].join("\n"),
    ],
    ["a Rune block comment", "a.rune", (lines) => ["/* ---", ...lines, "--- */", ""].join("\n")],
    [
      "a starred block comment",
      "a.js",
      (lines) => ["/**", " * ---", ...lines.map((line) => ` * ${line}`), " * ---", " */", ""].join("\n"),
    ],
    [
      "slash line comments",
      "a.js",
      (lines) => ["// ---", ...lines.map((line) => `// ${line}`), "// ---", ""].join("\n"),
    ],
    [
      "documentation lines of a Rune file",
      "a.rn",
      (lines) => ["//! ---", ...lines.map((line) => `//! ${line}`), "//! ---", ""].join("\n"),
    ],
  ];

  test.each(forms)("is read from %s with the places of the file", (_, path, build) => {
    const manifest = accepted(build(yaml), path);
    expect(manifest).toMatchObject({ name: "sample", version: "1.2.3" });
    const text = build([...yaml, "  other: {type: nonsense}"]);
    const lines = text.replace("\u{feff}", "").split(/\r?\n/);
    const line = lines.findIndex((candidate) => candidate.includes("nonsense"));
    const [finding] = parse(text, path).diagnostics;
    expect(finding?.place).toMatchObject({ line: line + 1, column: (lines[line] ?? "").indexOf("nonsense") + 1 });
  });

  test.each(forms)("from %s leaves the code on the author's lines", (_, path, build) => {
    const text = `${build(yaml)}local marker = 1\n`;
    const manifest = accepted(text, path);
    const line = text.split(/\r?\n/).findIndex((candidate) => candidate.startsWith("local marker"));
    expect(manifest.code.split("\n")[line]).toBe("local marker = 1");
    expect(manifest.bodyLine).toBe(line + 1);
  });

  test("a ruler or a doc comment in Lua is not taken for front matter", () => {
    for (const first of ["-----", "--- A doc comment", "-- a comment"]) {
      expect(findings(parse(`${first}\nlocal x = 1\n`))).toEqual(["manifest/missing 1:1"]);
    }
  });

  test.each(["---\nname: x\n", "--[[ ---\nname: x\n]]\n", "-- ---\n-- name: x\nlocal y\n"])(
    "that does not end is reported where it begins",
    (text) => {
      expect(findings(parse(text))).toEqual(["manifest/unterminated 1:1"]);
    },
  );

  test("plugin.yaml is a manifest as a whole and names its code", () => {
    const manifest = accepted(
      "name: folder\ndescription: In a folder\nentry: src/main.lua\n",
      "/kiln/plugins/folder/plugin.yaml",
    );
    expect(manifest).toMatchObject({ language: "lua", entry: "src/main.lua", code: "" });
    expect(findings(parse("name: folder\ndescription: In a folder\n", "plugin.yaml"))).toEqual([
      "manifest/missing-field 1:1",
    ]);
    expect(findings(parse("name: folder\ndescription: d\nentry: ../main.lua\n", "plugin.yaml"))).toEqual([
      "manifest/invalid-value 3:8",
    ]);
  });
});

describe("findings", () => {
  test("all come at once, each with its place, the line, a caret and a remedy", () => {
    const result = parse(
      [
        "---",
        "name: Dice Roller",
        "descripton: x",
        "version: 1",
        "capabilities: [Network, KilnRad]",
        "limits:",
        "  memory_bytes: 5000000000",
        "  timeout: 5",
        "---",
        "",
      ].join("\n"),
    );
    expect(result.diagnostics.map(formatDiagnostic).join("\n\n")).toMatchInlineSnapshot(`
      "error[manifest/missing-field]: Cannot read "description": it is missing
       --> plugin.lua:2:1
      2 | name: Dice Roller
        | ^
        = Add a line such as description: What the plugin does

      error[manifest/invalid-name]: Cannot use the name "Dice Roller": it must be small letters, digits and single hyphens, at most 64
       --> plugin.lua:2:7
      2 | name: Dice Roller
        |       ^^^^^^^^^^^
        = Did you mean "dice-roller"?

      error[manifest/unknown-key]: Cannot read "descripton": it is not known
       --> plugin.lua:3:1
      3 | descripton: x
        | ^^^^^^^^^^
        = Did you mean "description"?

      error[manifest/wrong-type]: Cannot read "version": it is the number 1, must be text
       --> plugin.lua:4:10
      4 | version: 1
        |          ^
        = Put the version in quotes and give it three parts: version: "1.0.0"

      error[manifest/unknown-capability]: Cannot declare the capability "Network": there is no such capability
       --> plugin.lua:5:16
      5 | capabilities: [Network, KilnRad]
        |                ^^^^^^^
        = Did you mean "NetworkHttps"? Capabilities are KilnRead, KilnWrite, NetworkHttp, NetworkHttps, FsRead, FsWrite, PluginInvoke, StateManage, Unsafe, Secrets, Intercept

      error[manifest/unknown-capability]: Cannot declare the capability "KilnRad": there is no such capability
       --> plugin.lua:5:25
      5 | capabilities: [Network, KilnRad]
        |                         ^^^^^^^
        = Did you mean "KilnRead"? Capabilities are KilnRead, KilnWrite, NetworkHttp, NetworkHttps, FsRead, FsWrite, PluginInvoke, StateManage, Unsafe, Secrets, Intercept

      error[manifest/limit-above-maximum]: Cannot set the limit "memory_bytes" to 5000000000: at most 1073741824 is allowed
       --> plugin.lua:7:17
      7 |   memory_bytes: 5000000000
        |                 ^^^^^^^^^^
        = Lower it to 1073741824 or less

      error[manifest/unknown-key]: Cannot read "limits.timeout": it is not known
       --> plugin.lua:8:3
      8 |   timeout: 5
        |   ^^^^^^^
        = Did you mean "timeout_ms"?"
    `);
    expect(result).toMatchObject({ ok: false, error: { code: "manifest/invalid" } });
  });

  test("of one kind give their code to the outcome", () => {
    expect(withYaml("limits: {timeout_ms: 600001}")).toMatchObject({
      ok: false,
      error: { code: "manifest/limit-above-maximum" },
    });
    expect(withYaml("limits: {timeout_ms: 600000}")).toMatchObject({ ok: true });
    expect(withYaml("autor: me")).toMatchObject({ ok: false, error: { code: "manifest/unknown-key" } });
    expect(withYaml("a: [")).toMatchObject({ ok: false, error: { code: "manifest/syntax" } });
    expect(parse("local x = 1")).toMatchObject({ ok: false, error: { code: "manifest/missing" } });
  });

  const refused: readonly (readonly [string, string, string])[] = [
    ["a name that is not kebab-case", "name: diceRoller", "manifest/invalid-name"],
    ["a reserved name", "name: workflow", "manifest/reserved-name"],
    ["a version with two parts", "version: '1.0'", "manifest/invalid-version"],
    ["a version with a v in front", "version: v1.0.0", "manifest/invalid-version"],
    ["an unknown language", "language: cobol", "manifest/unknown-language"],
    ["a language that the file's ending contradicts", "language: rune", "manifest/unknown-language"],
    ["an unknown capability", "capabilities: [Everything]", "manifest/unknown-capability"],
    ["a capability twice", "capabilities: [KilnRead, KilnRead]", "manifest/invalid-value"],
    ["a dependency on itself", "name: own\ndependencies: {own: '*'}", "manifest/invalid-value"],
    ["a dependency that is no range", "dependencies: {other: newest}", "manifest/invalid-range"],
    ["a dependency that is no plugin name", "dependencies: {Other_One: '*'}", "manifest/invalid-name"],
    ["an action that is no identifier", "actions: {do-it: {}}", "manifest/invalid-name"],
    ["main declared twice", "parameters: {a: string}\nactions: {main: {}}", "manifest/invalid-value"],
    ["a limit below its minimum", "limits: {memory_bytes: 1}", "manifest/invalid-limit"],
    ["a limit with a unit", "limits: {memory_bytes: 64MB}", "manifest/invalid-limit"],
    ["an example of an unknown action", "examples: [{action: other}]", "manifest/unknown-action"],
    [
      "an example that the schema refuses",
      "parameters: {a: {type: integer, required: true}}\nexamples: [{params: {a: x}}]",
      "manifest/invalid-example",
    ],
    ["a result that the schema refuses", "returns: integer\nexamples: [{result: x}]", "manifest/invalid-example"],
    ["an unknown event", "hooks: [{event: tool:befor}]", "manifest/invalid-value"],
    [
      "a hook for an action that is not declared",
      "hooks: [{event: tool:before, action: maim}]",
      "manifest/unknown-action",
    ],
    ["a hook's priority above the highest", "hooks: [{event: tool:before, priority: 1001}]", "manifest/invalid-value"],
    ["a test that expects an unknown error", "tests: [{name: t, error: guest/oops}]", "manifest/invalid-example"],
    [
      "a test that expects two things",
      "tests: [{name: t, error: guest/exception, result: 1}]",
      "manifest/invalid-value",
    ],
    ["an entry in a single file", "entry: main.lua", "manifest/invalid-value"],
    ["capabilities of a library", "kind: library\ncapabilities: [KilnRead]", "manifest/invalid-value"],
    ["a default that its schema refuses", "parameters: {a: {type: integer, default: x}}", "manifest/invalid-schema"],
    ["a schema that refers nowhere", "returns: {$ref: '#/$defs/none'}", "manifest/invalid-schema"],
    ["a schema that is its own reference", "returns: {$ref: '#'}", "manifest/invalid-schema"],
    [
      "a pattern that needs back-tracking",
      "parameters: {a: {type: string, pattern: '(a)\\1'}}",
      "manifest/invalid-schema",
    ],
    ["an anchor", "author: &me x", "manifest/unsafe-yaml"],
    ["a tag", "author: !!str x", "manifest/unsafe-yaml"],
    ["a merge key", "x-a: {<<: {b: 1}}", "manifest/unsafe-yaml"],
    ["a key that stands twice", "author: a\nauthor: b", "manifest/duplicate-key"],
    ["a key that is a list", "? [a]\n: b", "manifest/unsafe-yaml"],
    [
      "a key with an unpaired surrogate",
      'returns: {type: object, properties: {"a\\ud800": string}}',
      "manifest/unsafe-yaml",
    ],
    ["a value with an unpaired surrogate", 'author: "a\\udc00"', "manifest/unsafe-yaml"],
    ["an integer beyond 64 bits", "x-a: 99999999999999999999", "manifest/unsafe-yaml"],
  ];
  test.each(refused)("name %s", (_, yaml, code) => {
    const lines = ["name: sample", "description: A sample"].filter(
      (line) => !yaml.startsWith(`${line.split(":", 1)[0]}:`),
    );
    const result = parse(`---\n${lines.join("\n")}\n${yaml}\n---\n`);
    expect(result.ok).toBe(false);
    expect(result.diagnostics.map((finding) => finding.code)).toContain(code);
  });

  test("a warning or an unknown key has the nearest known word as suggestion", () => {
    const [finding] = withYaml("paramters: {}").diagnostics;
    expect(finding).toMatchObject({ suggestion: "parameters", hint: 'Did you mean "parameters"?' });
  });

  test("control characters of the file do not reach the terminal", () => {
    const [finding] = withYaml('autor: "\u{202e}x"').diagnostics;
    expect(finding === undefined ? "" : formatDiagnostic(finding)).not.toMatch(/\u{202e}/u);
  });
});

describe("fields", () => {
  test("limits above the default are named for approval, those below are not", () => {
    const result = withYaml("limits: {timeout_ms: 60000, memory_bytes: 4194304, fuel: 1000}");
    expect(result.ok && result.value.limits).toEqual({ timeout_ms: 60_000, memory_bytes: 4_194_304, fuel: 1000 });
    expect(result.ok && result.value.raisedLimits).toEqual([
      { name: "timeout_ms", value: 60_000, default: 30_000, maximum: 600_000 },
    ]);
  });

  test("scopes are kept as written and checked by the host's function", () => {
    const text =
      "---\nname: s\ndescription: d\ncapabilities:\n  - {name: NetworkHttps, scope: {hosts: [a.example, b.example]}}\n  - {name: FsRead, scope: data}\n---\n";
    const asked: unknown[] = [];
    const result = parseManifest({
      path: "s.lua",
      text,
      checkScope: (name, scope) => (asked.push([name, scope]), name === "FsRead" ? "Cannot read scope" : undefined),
    });
    expect(asked).toEqual([
      ["NetworkHttps", { hosts: ["a.example", "b.example"] }],
      ["FsRead", "data"],
    ]);
    expect(findings(result)).toEqual(["manifest/invalid-scope 6:27"]);
  });

  test("actions have their own schemas, descriptions and hints; main exists only where something is declared for it", () => {
    const manifest = accepted(
      "---\nname: s\ndescription: The plugin\ncapabilities: [KilnWrite]\nactions:\n  list:\n    returns: [x]\n  add:\n    description: Adds one\n    parameters: {title: {type: string, required: true}}\n    annotations: {destructive: false, title: Add}\n---\n--- Lists all. And more.\nfunction list() end\n".replace(
        "returns: [x]",
        "returns: array",
      ),
    );
    expect(manifest.actions.map(({ name, description }) => [name, description])).toEqual([
      ["list", "Lists all"],
      ["add", "Adds one"],
    ]);
    expect(manifest.actions[1]?.annotations).toEqual({
      title: "Add",
      readOnly: false,
      destructive: false,
      idempotent: false,
      openWorld: false,
    });
  });

  test("short forms nest, full schemas pass, and both give JSON Schema", () => {
    const short = withYaml(
      "parameters:\n  point:\n    type: object\n    required: true\n    properties:\n      x: {type: number, required: true}\n      tags: {type: array, items: string}\n  any: any",
    );
    expect(short.ok && short.value.actions[0]?.parameters).toEqual({
      type: "object",
      properties: {
        point: {
          type: "object",
          properties: { x: { type: "number" }, tags: { type: "array", items: { type: "string" } } },
          required: ["x"],
        },
        any: true,
      },
      required: ["point"],
      additionalProperties: false,
    });
    const full = withYaml(
      "parameters: {type: object, properties: {a: {$ref: '#/$defs/n'}}, required: [a], $defs: {n: {type: integer, minimum: 1}}}",
    );
    expect(full.ok && full.value.actions[0]?.parameters).toEqual({
      type: "object",
      properties: { a: { $ref: "#/$defs/n" } },
      required: ["a"],
      $defs: { n: { type: "integer", minimum: 1 } },
    });
  });

  test("integers and floats of examples stay apart, and follow the schema", () => {
    const result = withYaml("parameters: {a: integer, b: number}\nexamples: [{params: {a: 9007199254740993, b: 1}}]");
    expect(result.ok && result.value.examples[0]?.params).toMatchObject({ a: 9_007_199_254_740_993n, b: { value: 1 } });
  });

  test("doc comments become documentation in each language", () => {
    const texts: readonly (readonly [string, string])[] = [
      [
        "a.lua",
        "---\nname: s\ndescription: d\n---\n--- About the file.\n\n--- About main.\n---@param p table\nfunction main(p) end\n",
      ],
      [
        "a.rune",
        "---\nname: s\ndescription: d\n---\n//! About the file.\n\n/// About main.\n#[test]\npub fn main(p) {}\n",
      ],
      [
        "a.js",
        "---\nname: s\ndescription: d\n---\n/** About the file. */\n\n/**\n * About main.\n * @param p x\n */\nexport function main(p) {}\n",
      ],
    ];
    for (const [path, text] of texts) {
      const manifest = accepted(text, path);
      expect([manifest.documentation, manifest.actions[0]?.documentation]).toEqual(["About the file.", "About main."]);
    }
  });
});

describe("laws", () => {
  const word = fc.constantFrom(
    ..."--- name: description: version: parameters: type: object string required: true [ ] { } & * ! | > - ? : , # '' \" --[[ ]] /* */ // -- \n \n  \t capabilities: KilnRead returns: actions: main: limits: $ref: #/ default: <<: __proto__: 1 1.5 null x-".split(
      " ",
    ),
  );

  test("parsing never throws and always gives a manifest or an error, whatever the text", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 400 }),
      fc.array(word, { maxLength: 80 }).map((words) => `---\n${words.join(" ")}\n---\n`),
      fc.array(word, { maxLength: 80 }).map((words) => `---\nname: a\ndescription: b\n${words.join("")}\n---\n`),
    );
    fc.assert(
      fc.property(
        text,
        fc.constantFrom("a.lua", "b.rune", "c.js", "d.wasm", "plugin.yaml", "e.txt"),
        (content, path) => {
          const result = parse(content, path);
          expect(result.ok || result.diagnostics.some(({ severity }) => severity === "error")).toBe(true);
          const count = content.split(/\r\n|\n|\r/).length;
          for (const { place } of result.diagnostics) {
            expect(place.line).toBeGreaterThan(0);
            expect(place.line).toBeLessThanOrEqual(count + 1);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("deleting any stretch of a manifest never throws", () => {
    fc.assert(
      fc.property(fc.nat(specExample.length), fc.nat(40), (start, length) => {
        parse(specExample.slice(0, start) + specExample.slice(start + length), "dice.rune");
      }),
      { numRuns: 500 },
    );
  });

  const hostile: readonly (readonly [string, string])[] = [
    ["deep brackets", "[".repeat(60_000)],
    ["deep maps", "{a: ".repeat(15_000)],
    ["deep dashes", "- ".repeat(30_000)],
    [
      "a bomb of aliases",
      [
        "x-a: &a [1,1,1,1,1,1,1,1]",
        ..."bcdefghij".split("").map((name, index) => `x-${name}: &${name} [${`*${"abcdefghi"[index]},`.repeat(9)}]`),
      ].join("\n"),
    ],
    ["many keys", Array.from({ length: 9_000 }, (_, index) => `k${index}:`).join("\n")],
    ["long keys", "k".repeat(60_000)],
    ["many quotes", '"'.repeat(60_000)],
    [
      "a schema that doubles",
      `returns: {$ref: '#/$defs/a0', $defs: {${Array.from({ length: 60 }, (_, n) => `a${n}: {allOf: [{$ref: '#/$defs/a${n + 1}'}, {$ref: '#/$defs/a${n + 1}'}]}`).join(", ")}, a60: {type: string}}}`,
    ],
    ["too much text", "a".repeat(70_000)],
  ];
  test.each(hostile)("hostile YAML is answered within its bounds: %s", (_, yaml) => {
    const result = withYaml(yaml);
    expect(result.diagnostics.length).toBeLessThanOrEqual(50);
    if (result.ok) expect(result.value.actions[0]?.returns).toBeDefined();
  });

  test("each field changes the manifest, so that none is accepted and ignored", () => {
    const base = "---\nname: sample\ndescription: A sample\n---\nfunction main() end\n";
    const fields: Readonly<Record<string, string>> = {
      name: "name: other",
      description: "description: Another",
      version: "version: 2.0.0",
      author: "author: me",
      license: "license: MIT",
      language: "language: lua",
      namespace: "namespace: core",
      kind: "kind: library",
      entry: "entry: main.lua",
      capabilities: "capabilities: [KilnWrite]",
      parameters: "parameters: {a: string}",
      returns: "returns: string",
      actions: "actions: {run: {}}",
      dependencies: "dependencies: {other: ^1.0.0}",
      limits: "limits: {timeout_ms: 5}",
      examples: "examples: [{}]",
      tests: "tests: [{name: t}]",
      hooks: "hooks: [{event: 'tool:before'}]",
      annotations: "annotations: {destructive: true}",
      "x-own": "x-own: 1",
    };
    const { properties } = manifestSchema as { readonly properties?: object };
    expect(
      Object.keys(fields)
        .filter((key) => key !== "x-own")
        .toSorted(),
    ).toEqual(Object.keys(properties ?? {}).toSorted());
    const strip = (result: ManifestResult): unknown =>
      result.ok ? { ...result.value, code: "", bodyLine: 0 } : result.error;
    for (const [key, line] of Object.entries(fields)) {
      const lines = ["name: sample", "description: A sample"].filter((other) => !other.startsWith(`${key}:`));
      // What only a folder can say is compared with a folder that does not say it.
      const [before, after] =
        key === "language" || key === "entry"
          ? [parse(lines.join("\n"), "plugin.yaml"), parse([...lines, line].join("\n"), "plugin.yaml")]
          : [parse(base), parse(`---\n${[...lines, line].join("\n")}\n---\nfunction main() end\n`)];
      expect([key, after.ok]).toEqual([key, true]);
      expect([key, strip(after)]).not.toEqual([key, strip(before)]);
    }
  });
});
