import type { HostFunctionDeclaration, HostModule } from "@crucible/sandbox";
import { checkHostModule, listHostFunctions, mergeHostModules, succeed } from "@crucible/sandbox";
import { expect, test } from "vitest";

const declare = (name: string, extra: Partial<HostFunctionDeclaration> = {}): HostFunctionDeclaration => ({
  name,
  summary: "Does it.",
  parameters: [],
  returns: true,
  capability: null,
  effect: "none",
  cost: 1,
  ...extra,
});
const run = { run: () => succeed(null) };
const moduleOf = (
  declarations: readonly HostFunctionDeclaration[],
  functions: HostModule["functions"],
): HostModule => ({
  declaration: { name: "m", summary: "A module.", functions: declarations },
  functions,
});

test("checkHostModule accepts a module whose declaration and functions agree", () => {
  expect(
    checkHostModule(moduleOf([declare("read_note"), declare("state.get")], { read_note: run, "state.get": run })),
  ).toStrictEqual([]);
});

test.each([
  ["a missing implementation", moduleOf([declare("a")], {}), /declared but has no implementation/],
  ["an undeclared implementation", moduleOf([], { a: run }), /implemented but not declared/],
  ["a keyword of a guest language", moduleOf([declare("end")], { end: run }), /cannot be a name/],
  ["a part that is no name", moduleOf([declare("a.1")], { "a.1": run }), /cannot be a name/],
  [
    "a parameter twice",
    moduleOf(
      [
        declare("a", {
          parameters: [
            { name: "x", schema: true, summary: "" },
            { name: "x", schema: true, summary: "" },
          ],
        }),
      ],
      { a: run },
    ),
    /parameter twice/,
  ],
  [
    "a required parameter after an optional one",
    moduleOf(
      [
        declare("a", {
          parameters: [
            { name: "x", schema: true, summary: "", optional: true },
            { name: "y", schema: true, summary: "" },
          ],
        }),
      ],
      { a: run },
    ),
    /after an optional/,
  ],
  [
    "a subject that is no parameter",
    moduleOf([declare("a", { subject: { kind: "note", parameter: "path" } })], { a: run }),
    /subject that is no parameter/,
  ],
])("checkHostModule refuses %s", (_, module, finding) => {
  expect(checkHostModule(module).join("\n")).toMatch(finding);
});

test("listHostFunctions gives methods their receiver", () => {
  const names = listHostFunctions({
    name: "m",
    summary: "",
    functions: [declare("f")],
    types: [{ name: "Session", summary: "", fields: [], methods: [declare("phases")] }],
  });
  expect(names.map(({ name, parameters }) => [name, parameters.map((parameter) => parameter.name)])).toStrictEqual([
    ["f", []],
    ["Session.phases", ["self"]],
  ]);
});

test("mergeHostModules joins functions under one name", () => {
  const merged = mergeHostModules("crucible", "All.", [
    moduleOf([declare("a")], { a: run }),
    moduleOf([declare("b")], { b: run }),
  ]);
  expect(checkHostModule(merged)).toStrictEqual([]);
  expect(Object.keys(merged.functions)).toStrictEqual(["a", "b"]);
});
