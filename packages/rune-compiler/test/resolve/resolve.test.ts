// What names mean: modules, imports, visibility, cycles, shadowing, duplicates, file modules, constants, the library.

import { CONST_BUDGET, lowerLibrary } from "@crucible/rune-compiler";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lower, said, smallLibrary } from "../lower-source.ts";

describe("modules and imports", () => {
  test("a chain of imports of any length and order names what its end names", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.shuffledSubarray([...Array(40).keys()], { minLength: 40 }),
        (length, order) => {
          const modules = order.filter((at) => at < length).map((at) => `mod m${at} { pub use super::m${at + 1}::X; }`);
          const text = `${modules.join("\n")}\nmod m${length} { pub struct X; }\nm0::X`;
          expect(said(text)).toEqual([]);
          // The same chain closed to a ring is one error.
          const ring = text.replace("pub struct X;", "pub use super::m0::X;");
          expect(said(ring)).toEqual([`import-cycle: m0::X`]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test.each([
    ["use a::{b, c as d}; mod a { pub fn b() { 1 } pub fn c() { 2 } } b() + d()"],
    ["use a::*; mod a { pub use self::b::*; mod b { pub fn f() { 1 } } } f()"],
    ["mod a { pub fn f() { super::g() } } fn g() { 1 } crate::a::f() + self::g()"],
    ["fn f() { use crate::a::X; X } mod a { pub struct X; } f()"],
    ["enum E { A, B } use E::*; match A { A => 1, B => 2 }"],
    ["{ struct S; impl S { fn m(self) { 1 } } S.m() }"],
    ["struct S; mod inner { impl super::S { fn m(self) { Self; 1 } } } S.m()"],
    ["fn f() { struct S; mod m { use super::S; pub fn g() { S } } m::g() } f()"],
    ["use ::std::option::Option as O; O::Some(1)"],
    ["fn Some(x) { x } Some(1)"],
    ["let Some = 1; Some"],
  ])("%s is understood", (text) => {
    expect(said(text)).toEqual([]);
  });

  test.each([
    ["mod a { pub mod b { pub(super) fn f() {} } } a::b::f()", ["not-visible: a::b::f"]],
    ["mod a { mod b { pub fn f() {} } } a::b::f()", ["not-visible-mod: a::b::f"]],
    ["mod a { struct S; } a::S", ["not-visible: a::S"]],
    ["mod a { fn f() {} } use a::f; f()", ["not-visible: f"]],
    ["use a::b::crate::c;", ["expected-leading-path-segment: crate"]],
    ["super::f()", ["unsupported-super: super"]],
    ["fn f() { impl Self { fn g() {} } }", ["unsupported-self-type: Self"]],
    ["missing::f()", ["missing-item: missing::f"]],
    ["use missing::f;", ["missing-item: missing::f"]],
    ["use missing::*;", ["missing-item: missing"]],
    ["x", ["missing-local: x"]],
    ["Foo", ["missing-item: Foo"]],
    ["std::hidden::secret()", ["not-visible-mod: std::hidden::secret"]],
    ["fn f() {} fn f() {}", ["ambiguous-item: fn f() {}"]],
    ["use std::{option, option};", ["ambiguous-item: option"]],
    ["enum E { A, A }", ["ambiguous-item: A"]],
    ["impl Vec { fn second(self) {} }", ["foreign-impl: fn second(self) {}"]],
    ["mod a;", ["mod-not-found: a"]],
    ["pub(in a::b) fn f() {}", ["unsupported-visibility: pub(in a::b)"]],
  ])("%s is refused", (text, expected) => {
    expect(said(text)).toEqual(expected);
  });

  test("file modules are read beside the entry, nested ones in folders", () => {
    const files: Readonly<Record<string, string>> = {
      "plugins/a.rn": "pub mod b; pub fn f() { b::g() }",
      "plugins/a/b/mod.rn": "pub fn g() { 1 }",
    };
    const read: string[] = [];
    const { module, sources } = lower("mod a; pub fn main() { a::f() + a::b::g() }", "module", {
      path: "plugins/main.rn",
      readModule(path) {
        read.push(path);
        return files[path] ?? null;
      },
    });
    expect(module?.functions.map((fn) => fn.path)).toEqual(["a::f", "a::b::g", "main"].toSorted());
    expect(sources.sources.map(({ path }) => path)).toEqual(["plugins/main.rn", "plugins/a.rn", "plugins/a/b/mod.rn"]);
    expect(read).toContain("plugins/a/b.rn");
  });

  test("errors in what is used are reported before what nothing uses is looked at", () => {
    expect(said("fn unused() { y } x")).toEqual(["missing-local: x"]);
    expect(said("fn unused() { y } 1")).toEqual(["missing-local: y"]);
  });
});

describe("constants", () => {
  const value = (text: string): unknown => {
    const { module, diagnostics } = lower(`${text}\nstatic RESULT = C; RESULT`);
    expect(diagnostics).toEqual([]);
    const initial = module?.statics[0]?.initial ?? null;
    const body = initial === null ? [] : (module?.functions[initial - (module?.firstFunction ?? 0)]?.body ?? []);
    const last = body.at(-1);
    return last?.kind === "return" && last.value.kind === "constant" ? last.value.value : body;
  };

  test("arithmetic in a constant is the arithmetic of 64-bit integers or an error", () => {
    const int = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
    const operators = {
      "+": (a: bigint, b: bigint): bigint => a + b,
      "-": (a: bigint, b: bigint): bigint => a - b,
      "*": (a: bigint, b: bigint): bigint => a * b,
      "/": (a: bigint, b: bigint): bigint | null => (b === 0n ? null : a / b),
      "%": (a: bigint, b: bigint): bigint | null => (b === 0n ? null : a % b),
      "&": (a: bigint, b: bigint): bigint => a & b,
      "^": (a: bigint, b: bigint): bigint => a ^ b,
    };
    const operator = fc.constantFrom(...(Object.keys(operators) as (keyof typeof operators)[]));
    fc.assert(
      fc.property(int, operator, int, (a, op, b) => {
        const exact = operators[op](a, b);
        const text = `const C = ${a} ${op} ${b};`;
        if (exact !== null && BigInt.asIntN(64, exact) === exact) {
          expect(value(text)).toEqual({ kind: "int", value: exact });
        } else expect(said(`${text} C`)).toHaveLength(1);
      }),
    );
  });

  test.each([
    ["const A = 2; const C = { let x = 0; while x < 10 { x = x + A; } x };", { kind: "int", value: 10n }],
    ["const fn f(a, b) { if a > b { a } else { b } } const C = f(3, 4);", { kind: "int", value: 4n }],
    ["const C = loop { break 1.5 + 2.0; };", { kind: "float", value: 3.5 }],
    ["const C = 7u8 as f64;", { kind: "float", value: 7 }],
    ["mod m { pub const A = true; } const C = m::A && false;", { kind: "bool", value: false }],
    ["const C = i64::MAX;", { kind: "int", value: 9223372036854775807n }],
  ])("%s has its value", (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  test.each([
    ["const C = Some(1); C", ["unsupported-meta: Some(1)"]],
    ["const C = !true; C", ["not-const: !true"]],
    ["const C = f(); fn f() { 1 } C", ["unsupported-meta: f()"]],
    ["const fn f(n) { f(n - 1) } const C = f(1); C", ["const-cycle: f(n - 1)"]],
    ["const A = B; const B = A; A", ["const-cycle: A"]],
    ["static S = 1; const C = S; C", ["static-in-const-context: S"]],
    ["const C = 1 / 0; C", ["const-failure: 1 / 0"]],
    ["const C = { loop {} }; C", ["budget-exceeded: {}"]],
    ["const fn f() { yield 1 }", ["yield-in-const: yield 1"]],
  ])("%s is refused", (text, expected) => {
    expect(said(text)).toEqual(expected);
  });

  test("a constant is bounded in steps and in size", () => {
    expect(CONST_BUDGET).toBe(1_000_000);
    const doubling = Array.from({ length: 40 }, (_, at) => `const C${at + 1} = (C${at}, C${at});`).join("\n");
    expect(said(`const C0 = 1; ${doubling} C40`).map((line) => line.split(":")[0])).toEqual(["const-too-large"]);
    const growing = Array.from({ length: 40 }, (_, at) => `const C${at + 1} = C${at} + C${at};`).join("\n");
    expect(said(`const C0 = "0123456789"; ${growing} C40`).map((line) => line.split(":")[0])).toEqual([
      "const-too-large",
    ]);
  });
});

describe("the library", () => {
  test("its interface survives JSON and its numbers come before a program's", () => {
    const library = smallLibrary();
    const { module } = lower("fn f() { 1 } struct S; f(); S; Some(1)");
    expect(module?.firstFunction).toBe(library.functionCount);
    expect(module?.firstType).toBe(library.typeCount);
    const main = module?.functions.find((fn) => fn.path === "main");
    expect(
      main?.body.filter((statement) => statement.kind === "assign").map(({ operation }) => operation),
    ).toMatchObject([
      { kind: "call", function: library.functionCount },
      { kind: "construct", type: library.typeCount, shape: 0 },
      { kind: "construct", type: library.builtins["Option"], shape: 1 },
    ]);
  });

  test("a method written for several types is one function and a path of each", () => {
    const { library, module } = lowerLibrary({
      path: "std.rn",
      text: "pub struct A; pub struct B; pub struct All; #[methods_for(A, B)] impl All { pub fn m(self) { 1 } }",
    });
    expect(module?.functions).toHaveLength(1);
    expect(module?.functions[0]?.alsoFor).toHaveLength(2);
    const place = library?.nodes.findIndex((node) => node.kind === "function");
    expect(library?.nodes.map(({ name, shared }) => [name, shared])).toEqual([
      ["std", undefined],
      ["A", [place]],
      ["B", [place]],
      ["All", undefined],
      ["m", undefined],
    ]);
    expect(said("std::iter::Map::collect::<Vec>(1); std::iter::Rev::count(1)")).toEqual([]);
  });

  test("only the library reaches the runtime", () => {
    expect(said("rt::int_abs(1)")).toEqual(["missing-item: rt::int_abs"]);
    expect(said('#[builtin("x")] struct S;')).toEqual(['unsupported-attribute: #[builtin("x")]']);
  });
});
