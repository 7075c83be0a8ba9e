// Lowering: the invariants of HIR on generated programs, what is refused and where, warnings, and the shape of what
// other stages rely on.

import type { HirFunction, HirStatement, SourceMode } from "@crucible/rune-compiler";
import { runeProgram } from "@crucible/rune-compiler/testing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lower, said } from "../lower-source.ts";
import { grammar } from "../source-text.ts";
import { checkHir } from "./check-hir.ts";

function main(text: string, mode: SourceMode = "script"): HirFunction {
  const { module, diagnostics } = lower(text, mode, { hostModules: { crucible: ["read_note", "random"] } });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const found = module?.functions.find((fn) => fn.path === "main");
  if (found === undefined) throw new Error("There is no main");
  return found;
}

/** The operations of a body, those in nested lists too, in order. */
function operations(list: readonly HirStatement[]): readonly unknown[] {
  return list.flatMap((statement): readonly unknown[] => {
    switch (statement.kind) {
      case "assign":
        return [statement.operation];
      case "if":
        return [...operations(statement.then), ...operations(statement.else)];
      case "loop":
      case "for":
      case "block":
        return operations(statement.body);
      case "break":
      case "continue":
      case "return":
      case "fail":
        return [];
    }
  });
}

describe("laws", () => {
  test("a well-typed program lowers without errors to HIR that keeps its invariants", () => {
    fc.assert(
      fc.property(runeProgram(), (text) => {
        const { module, diagnostics } = lower(text, "module");
        expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(module === null ? ["no module"] : checkHir(module)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test("any program of the grammar gives errors or HIR that keeps its invariants", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(grammar.statement, grammar.item), { maxLength: 5 }), (lines) => {
        const { module, diagnostics } = lower(`let a = 1; let b = 2; ${lines.join("\n")}`);
        if (module === null) expect(diagnostics.some(({ severity }) => severity === "error")).toBe(true);
        else expect(checkHir(module)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test("the same source gives the same HIR", () => {
    fc.assert(
      fc.property(runeProgram(), (text) => {
        expect(lower(text, "module").module).toEqual(lower(text, "module").module);
      }),
      { numRuns: 20 },
    );
  });
});

describe("refusals", () => {
  test.each([
    ["1 = 42", ["unsupported-assign-expr: 1 = 42"]],
    ["let mut x = 1;", ["unsupported-mut: mut"]],
    ["break", ["break-unsupported: break"]],
    ["'a: { continue 'a; }", ["continue-unsupported-block: continue 'a"]],
    ["for _ in [] { break 1; }", ["break-unsupported-value: break 1"]],
    ["loop { continue 'x; }", ["missing-label: continue 'x"]],
    ["let n = 1; f(&n); fn f(n) {}", ["unsupported-ref: &n"]],
    ["*5", ["unsupported-unary-op: *5"]],
    ["Some(1, 2)", ["bad-argument-count: (1, 2)"]],
    ["struct S { a, b } S { a: 1 }", ["lit-object-missing-field: S { a: 1 }"]],
    ["struct S { a } S { b: 1 }", ["lit-object-not-field: b"]],
    ["#{a: 1, a: 2}", ["duplicate-object-key: a"]],
    ["struct S { a } match 1 { S {} => 1 }", ["pattern-missing-fields: S {}"]],
    ["match 1 { (.., a) => 1 }", ["unsupported-pattern-rest: .."]],
    ["match 1 { 1.5 => 1 }", ["unsupported-pattern-expr: 1.5"]],
    ["static S = 1; match 1 { S => 1 }", ["static-in-pattern: S"]],
    ["Err(0) is Err", ["expected-meta: Err"]],
    ["1 as String", ["unsupported-cast: String"]],
    ["v[0] += 1", ["unsupported-binary-expr: v[0] += 1"]],
    ["0..=", ["unsupported-range: 0..="]],
    ["9223372036854775808", ["bad-signed-out-of-bounds: 9223372036854775808"]],
    ["-9223372036854775809", ["bad-signed-out-of-bounds: -9223372036854775809"]],
    ["-0aardvark", ["bad-number-literal: 0aardvark"]],
    ["256u8", ["bad-unsigned-out-of-bounds: 256u8"]],
    ["1u7", ["unsupported-suffix: 1u7"]],
    ["self", ["missing-self: self"]],
    ["fn f(self) {}", ["instance-function-outside-impl: fn f(self) {}"]],
    ["fn f() -> T {}", ["unsupported: fn f() -> T {}"]],
    ["struct S { a: T }", ["unsupported: a: T"]],
    ["const async fn f() {}", ["fn-const-async-conflict: const async"]],
    ["fn f() { #[test] fn g() {} }", ["nested-test: #[test]"]],
    ["#[what] fn f() {}", ["unsupported-attribute: #[what]"]],
    ["fn f() { a.await } 1", ["missing-local: a"]],
    ["fn f(a) { a.await } 1", ["await-outside-async: a.await"]],
    ["let o = []; let f = move || o; o", ["variable-moved: o"]],
    ["nope!()", ["missing-macro: nope!()"]],
    ['format!("{}")', ['bad-format: "{}"']],
    ['format!("{}", 1, 2)', ["bad-format: 2"]],
    ['format!("{x}", y = 1)', ["bad-format: y = 1"]],
    ['format!("{:>1$}", 1, 2)', ['bad-format: "{:>1$}"']],
    ["println!()", ["bad-format: )"]],
    ["1 + let x = 1", ["unsupported: let x = 1"]],
  ])("%s is refused where it is wrong", (text, expected) => {
    expect(said(text).slice(0, expected.length)).toEqual(expected);
    expect(lower(text).module).toBeNull();
  });

  test("several statements of one function are reported, and a broken one still declares its names", () => {
    expect(said("let a = x; let b = a; y")).toEqual(["missing-local: x", "missing-local: y"]);
  });

  test.each([
    ["let counter = 1; countr", "counter"],
    ["fn area() {} arae()", "area"],
    ["mod shapes { pub fn area() {} } shapes::aera()", "area"],
    ["use std::optoin::Option;", "option"],
    ["struct Point { left, right } Point { left: 1, rihgt: 2 }", "right"],
    ["pritnln!()", "println"],
    ["Nnoe", "None"],
    ["crucible::read_noet(1)", "read_note"],
  ])("%s suggests what is near", (text, name) => {
    const hostModules = { crucible: ["read_note", "write_note"] };
    const { diagnostics } = lower(text, "script", { hostModules });
    expect(diagnostics.map(({ help }) => help)).toEqual([`Did you mean \`${name}\`?`]);
  });

  test("nothing is suggested that is not near", () => {
    expect(lower("let counter = 1; somethingElse").diagnostics.map(({ help }) => help)).toEqual([null]);
  });

  test("macros inside macros are bounded", () => {
    const nested = `${'format!("{}", '.repeat(70)}1${")".repeat(70)}`;
    expect(said(nested).map((line) => line.split(":")[0])).toEqual(["max-macro-recursion"]);
  });
});

describe("warnings", () => {
  test.each([
    ["let [a] = [1];", ["let-pattern-might-panic: [a]"]],
    ["let (a, b) = [1];", []],
    ["`text`", ["template-without-expansions: `text`"]],
    ["fn f() { return 1; 2; 3 } f()", ["unreachable: 2"]],
    ["for _ in { return 10 } { 1 } 2", ["unreachable: { 1 }", "unreachable: 2"]],
    ["None()", ["remove-tuple-call-params: ()"]],
    ["fn g() { yield 1 } 2", ["unsupported-feature: yield 1"]],
  ])("%s warns", (text, expected) => {
    expect(said(text)).toEqual(expected);
    expect(lower(text).module).not.toBeNull();
  });
});

describe("shape", () => {
  test("an operand that a later operand changes is copied before", () => {
    const body = main("let x = 1; (x, { x = 5; x }, x)").body;
    const tuple = operations(body).at(-1);
    expect(tuple).toMatchObject({ kind: "tuple" });
    const items = (tuple as { readonly items: readonly { readonly local: number }[] }).items.map(({ local }) => local);
    expect(items[0]).not.toBe(items[1]);
    expect(items[1]).toBe(items[2]);
    expect(operations(body)).toContainEqual({ kind: "copy", value: { kind: "local", local: items[1] } });
  });

  test("a variable that nothing changes is read in place", () => {
    expect(operations(main("let x = 1; (x, x, x)").body)).toHaveLength(2);
  });

  test("a module's host functions are called alike with a dot and with colons", () => {
    const calls = (text: string): readonly unknown[] =>
      operations(main(text).body).filter((operation) => (operation as { kind: string }).kind === "call-host");
    expect(calls('crucible.read_note("a")')).toMatchObject([{ kind: "call-host", name: "crucible.read_note" }]);
    expect(calls('crucible::read_note("a")')).toEqual(calls('crucible.read_note("a")'));
    expect(calls('use crucible::read_note; read_note("a")')).toEqual(calls('crucible.read_note("a")'));
    expect(calls("let crucible = 1; crucible.read_note(1)")).toEqual([]);
    expect(said("crucible::nothing()", "script", { hostModules: { crucible: ["random"] } })).toEqual([
      "missing-item: nothing",
    ]);
  });

  test("host functions of inner modules are dotted paths", () => {
    const hostModules = { crucible: ["state.get", "random"], open: null };
    const names = (text: string): readonly unknown[] => {
      const { module } = lower(text, "script", { hostModules });
      const body = module?.functions.find((fn) => fn.path === "main")?.body ?? [];
      return operations(body).map((operation) => (operation as { readonly name?: string }).name);
    };
    expect(names('crucible::state::get("a")')).toEqual([undefined, "crucible.state.get"]);
    expect(names('crucible.state.get("a")')).toEqual([undefined, "crucible.state.get"]);
    expect(names("use crucible::state; state::get(1)")).toEqual(["crucible.state.get"]);
    expect(names("open::a::b(1); open.a.b(1)")).toEqual(["open.a.b", "open.a.b"]);
    expect(said("crucible::state::set(1)", "script", { hostModules })).toEqual(["missing-item: set"]);
    expect(said("crucible::state", "script", { hostModules })).toEqual(["expected-meta: crucible::state"]);
  });

  test("a shim's public items are the module's, beside the host's own functions", () => {
    const shim = `
      pub struct Machine { id }
      impl Machine { pub fn go(self) { host::transition(self.id)? } }
      pub fn create(definition) { Machine { id: host::create(definition) } }
      fn secret() { crate::create(1) }
    `;
    const hostModules = { machine: { functions: ["create", "transition", "list"], shim } };
    const { module, sources } = lower(
      "use machine::Machine; let m = machine::create(1); m.go(); machine::list(); machine.create(2); Machine { id: 1 }",
      "script",
      { hostModules },
    );
    expect(sources.sources.map(({ path }) => path)).toEqual(["main.rn", "<machine>"]);
    const body = module?.functions.find((fn) => fn.path === "main")?.body ?? [];
    const create = module?.functions.findIndex((fn) => fn.path === "machine::create") ?? -1;
    const id = (module?.firstFunction ?? 0) + create;
    expect(operations(body)).toMatchObject([
      { kind: "call", function: id },
      { kind: "call-method", name: "go" },
      { kind: "call-host", name: "machine.list" },
      { kind: "call", function: id },
      { kind: "construct" },
    ]);
    expect(operations(module?.functions[create]?.body ?? [])).toContainEqual(
      expect.objectContaining({ kind: "call-host", name: "machine.create" }),
    );
    expect(said("machine::secret()", "script", { hostModules })).toEqual(["not-visible: machine::secret"]);
    expect(lower("1", "script", { hostModules }).sources.sources).toHaveLength(1);
  });

  test("an error in a shim or library points into its own source", () => {
    const { diagnostics, sources } = lower("shapes::area(1)", "script", {
      libraries: { shapes: "pub fn area(r) { x }" },
    });
    expect(
      diagnostics.map(({ code, span }) => [code, sources.slice(span), sources.sources[span.source]?.path]),
    ).toEqual([["compile/missing-local", "x", "<shapes>"]]);
    expect(said("use shapes::area; area(1)", "script", { libraries: { shapes: "pub fn area(r) { r }" } })).toEqual([]);
    expect(said("shapes::f()", "script", { libraries: { shapes: "pub(crate) fn f() {}" } })).toEqual([
      "not-visible: shapes::f",
    ]);
  });

  test("a closure captures what it names, once each, and a closure without captures is a function", () => {
    const closure = operations(main("let a = 1; let b = 2; || a + b + a").body).at(-1);
    expect(closure).toMatchObject({ kind: "closure", captures: [{ local: 0 }, { local: 1 }] });
    expect(operations(main("|x| x").body)).toEqual([]);
  });

  test("long chains of conditions and arms do not nest", () => {
    const depth = (list: readonly HirStatement[]): number =>
      Math.max(
        0,
        ...list.map((statement) => {
          if (statement.kind === "if") return 1 + Math.max(depth(statement.then), depth(statement.else));
          return "body" in statement ? 1 + depth(statement.body) : 0;
        }),
      );
    const arms = Array.from({ length: 200 }, (_, at) => `${at} => ${at}`).join(", ");
    expect(depth(main(`match 1 { ${arms} }`).body)).toBeLessThan(5);
    const conditions = Array.from({ length: 200 }, (_, at) => `if a == ${at} { ${at} }`).join(" else ");
    expect(depth(main(`let a = 1; ${conditions}`).body)).toBeLessThan(5);
  });

  test("public functions of the root are exports, tests are listed, and a script is main", () => {
    const text =
      "pub fn main(p) {} fn private() {} mod m { pub fn inner() {} #[test] fn t() {} } pub use self::m::inner;";
    const { module } = lower(text, "module");
    expect(module?.exports.map(({ name }) => name)).toEqual(["main", "inner"]);
    expect(module?.tests.map(({ name }) => name)).toEqual(["m::t"]);
    expect(lower("1", "script", { parameters: ["a", "b"] }).module?.exports.map(({ name }) => name)).toEqual(["main"]);
    expect(main("1 + 1").parameters).toEqual([]);
  });

  test("doc comments of the source and of its exports are kept", () => {
    const text = "//! Rolls dice.\n//!\n//! Many of them.\n\n/// Rolls once.\npub fn roll(n) {}\npub fn other() {}";
    expect(lower(text, "module").documentation).toEqual({
      file: "Rolls dice.\n\nMany of them.",
      exports: { roll: "Rolls once." },
    });
  });

  test("format strings are split into text and values with their specs", () => {
    const format = operations(main('let n = 1; format!("a{{{n:*^+#08.3?}}}{}{0}", 2.5)').body).at(-1);
    expect(format).toMatchObject({
      kind: "format",
      pieces: [
        { kind: "text", text: "a{" },
        {
          spec: {
            style: "debug",
            fill: "*",
            align: "center",
            sign: "+",
            alternate: true,
            zero: true,
            width: 8,
            precision: 3,
          },
        },
        { kind: "text", text: "}" },
        { spec: { style: "display", width: null } },
        { value: { kind: "constant", value: { kind: "float", value: 2.5 } } },
      ],
    });
  });
});
