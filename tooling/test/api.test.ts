// The host API is declared once: everything else about a function is derived from its declaration, or does not exist.
import { hostFunctionTool, isWrappedResult, resultKey } from "@crucible/bindings";
import { listHostFunctions, toPlain } from "@crucible/sandbox";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { apiDocuments, apiModules, crucibleParts } from "../api-documents.ts";
import { exists, listFiles, readText } from "../workspace.ts";

const everyFunction = apiModules.flatMap((module) =>
  module.functions.map((declaration) => ({ module, declaration, title: `${module.name}.${declaration.name}` })),
);
/** Sources and documents that people write: not generated, no tests, no examples of the specification. */
const written = [
  ...["packages", "apps"].flatMap((folder) => listFiles(folder, ".ts")).filter((path) => /\/src\//.test(path)),
  ...["packages", "apps", "docs"]
    .flatMap((folder) => listFiles(folder, ".md"))
    .filter((path) => !path.startsWith("docs/api/") && !path.startsWith("docs/spec/")),
];

test("docs/api is what the declarations say, page by page", () => {
  const stale = apiDocuments().flatMap(([path, text]) => (exists(path) && readText(path) === text ? [] : [path]));
  expect(stale, "run pnpm sync:docs").toEqual([]);
  expect([...listFiles("docs/api", "")].sort()).toEqual(
    apiDocuments()
      .map(([path]) => path)
      .sort(),
  );
});

describe("a declaration", () => {
  test("stands once: no name is declared by two parts, and its summary is in one file", () => {
    const names = everyFunction.map(({ title }) => title);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    const texts = written.map((path) => ({ path, text: readText(path) }));
    const places = everyFunction.map(({ title, declaration }) => ({
      title,
      files: texts.filter(({ text }) => text.includes(declaration.summary)).map(({ path }) => path),
    }));
    expect(places.filter(({ files }) => files.length !== 1)).toEqual([]);
  });

  test("has no second list of its functions beside it: no other package names more than half of them", () => {
    const lists = [...crucibleParts, ...apiModules.slice(1)].flatMap((part) => {
      const [first] = part.functions;
      const home = written.find((path) => readText(path).includes(first?.summary ?? "nothing"))?.split("/")[1];
      expect(home, `where ${part.summary} is declared`).toBeDefined();
      // Other modules have short names of their own, which mean other things elsewhere.
      const names = part.functions.map(({ name }) => (part.name === "crucible" ? name : `${part.name}.${name}`));
      return written
        .filter((path) => path.split("/")[1] !== home)
        .flatMap((path) => {
          const named = mentions(readText(path), names);
          return named.length > names.length / 2 ? [`${path}: ${named.join(", ")}`] : [];
        });
    });
    expect(lists).toEqual([]);
  });

  test("mentions finds names as texts, in code spans and as calls in any language", () => {
    const text = '"state.get" `crucible.read_note` crucible::state::set(1) crucible.searching log';
    expect(mentions(text, ["state.get", "read_note", "state.set", "search", "log"])).toEqual([
      "state.get",
      "read_note",
      "state.set",
    ]);
  });
});

describe("the MCP tool of a host function", () => {
  test.each(everyFunction.map((each) => [each.title, each] as const))("%s has valid schemas", (_, each) => {
    const { module, declaration } = each;
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, allErrors: true });
    const tool = hostFunctionTool(module, declaration);
    const accepts = ajv.compile(tool.inputSchema);
    const returns = ajv.compile(tool.outputSchema ?? true);
    for (const { name } of declaration.parameters) expect(Object.keys(inputProperties(tool))).toContain(name);
    expect(accepts({ "no such parameter": 1 })).toBe(false);
    for (const example of declaration.examples ?? []) {
      const entries = declaration.parameters.map(({ name }, index) => [name, example.arguments[index]] as const);
      const given = entries.filter(([, value]) => value !== undefined && value !== null);
      const input = Object.fromEntries(given.map(([name, value]) => [name, toPlain(value ?? null)]));
      expect([accepts(input), accepts.errors]).toEqual([true, null]);
      const result: unknown = toPlain(example.result);
      expect(returns(isWrappedResult(declaration.returns) ? { [resultKey]: result } : result)).toBe(true);
    }
  });
});

test("every function says what it needs, costs and fails with in known words", () => {
  for (const module of apiModules) {
    for (const { name, summary, cost, parameters } of listHostFunctions(module)) {
      expect([name, /^[A-Z]/.test(summary), cost > 0]).toEqual([name, true, true]);
      for (const each of parameters)
        expect([name, each.name, each.summary.length > 0]).toEqual([name, each.name, true]);
    }
  }
});

function inputProperties(tool: ReturnType<typeof hostFunctionTool>): object {
  const properties = tool.inputSchema["properties"];
  return typeof properties === "object" && properties !== null ? properties : {};
}

/** Those of the names that a text has as a quoted text, in a code span, or behind the name of the module. */
function mentions(text: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => {
    const spelled = name.replaceAll(".", "(?:\\.|::)");
    return new RegExp(`(?:["'\`]|crucible(?:\\.|::))${spelled}(?![\\w.:])`).test(text);
  });
}
