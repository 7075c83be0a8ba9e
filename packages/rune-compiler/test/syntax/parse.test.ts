// Laws of the parser and printer: every text of the grammar parses, printing and parsing again gives the same tree,
// broken text is reported and never crashes, and depth and size are bounded.

import {
  createDiagnosticSink,
  type Diagnostic,
  MAX_ERRORS,
  MAX_NESTING,
  parseSource,
  printFile,
  type SourceFile,
  type SourceMode,
} from "@crucible/rune-compiler";
import { runeProgram } from "@crucible/rune-compiler/testing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grammar, withoutPlaces } from "../source-text.ts";

function parse(text: string, mode: SourceMode = "script"): { file: SourceFile; errors: readonly Diagnostic[] } {
  const diagnostics = createDiagnosticSink();
  const file = parseSource({ text, source: 0, start: 0, mode }, diagnostics);
  return { file, errors: diagnostics.sorted() };
}

function codes(text: string, mode: SourceMode = "script"): readonly string[] {
  return parse(text, mode).errors.map(({ code, span }) => `${code} ${span.start}..${span.end}`);
}

function firstExpression(text: string): unknown {
  const { file, errors } = parse(text);
  expect(errors).toEqual([]);
  const statement = file.body.statements[0];
  return statement?.kind === "expression" ? withoutPlaces(statement.expression) : statement;
}

describe("laws", () => {
  test("every statement of the grammar parses without an error", () => {
    fc.assert(
      fc.property(fc.array(grammar.statement, { maxLength: 4 }), (statements) => {
        expect(codes(statements.join("\n"))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("every item of the grammar parses without an error", () => {
    fc.assert(
      fc.property(fc.array(grammar.item, { maxLength: 4 }), (items) => {
        expect(codes(items.join("\n"), "module")).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("a printed tree parses back to the same tree, and prints the same again", () => {
    const source = fc.oneof(
      fc.array(grammar.statement, { maxLength: 4 }).map((lines) => lines.join("\n")),
      grammar.expression,
      runeProgram(),
    );
    fc.assert(
      fc.property(source, (text) => {
        const { file } = parse(text);
        const printed = printFile(file);
        const again = parse(printed);
        expect(again.errors).toEqual([]);
        expect(withoutPlaces(again.file)).toEqual(withoutPlaces(file));
        expect(printFile(again.file)).toBe(printed);
      }),
      { numRuns: 200 },
    );
  });

  test("any text ends with a tree and spans inside the text", () => {
    const broken = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc
        .tuple(runeProgram(), fc.nat(), fc.nat({ max: 40 }), fc.constantFrom("", "}", "{", "`", '"', "'", "match"))
        .map(
          ([text, at, length, insert]) =>
            text.slice(0, at % text.length) + insert + text.slice((at % text.length) + length),
        ),
    );
    fc.assert(
      fc.property(broken, fc.constantFrom<SourceMode>("script", "module"), (text, mode) => {
        for (const { span } of parse(text, mode).errors) {
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeLessThanOrEqual(text.length);
          expect(span.start).toBeLessThanOrEqual(span.end);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("an error in one function does not hide an error in another", () => {
    fc.assert(
      fc.property(runeProgram(), (program) => {
        const text = `fn first() { let = 1; }\n${program}\nfn last() { 1 + ; }`;
        const { errors, file } = parse(text, "module");
        expect(errors).toHaveLength(2);
        expect(file.body.statements.length).toBeGreaterThan(3);
      }),
      { numRuns: 50 },
    );
  });
});

describe("bounds", () => {
  const nests: readonly (readonly [string, (depth: number) => string])[] = [
    ["parentheses", (depth) => `${"(".repeat(depth)}1${")".repeat(depth)}`],
    ["blocks", (depth) => `${"{".repeat(depth)}1${"}".repeat(depth)}`],
    ["negations", (depth) => `${"-".repeat(depth)}1`],
    ["templates", (depth) => `${"`${".repeat(depth)}1${"}`".repeat(depth)}`],
    ["patterns", (depth) => `let ${"[".repeat(depth)}${"]".repeat(depth)} = 1;`],
    ["closures", (depth) => `${"|a| ".repeat(depth)}1`],
    ["assignments", (depth) => `${"a = ".repeat(depth)}1`],
    ["modules", (depth) => `${"mod a { ".repeat(depth)}${"}".repeat(depth)}`],
    ["imports", (depth) => `use ${"a::{".repeat(depth)}b${"}".repeat(depth)};`],
    ["type arguments", (depth) => `${"a::<".repeat(depth)}b${" >".repeat(depth)}`],
  ];

  test.each(nests)("nested %s are read up to a depth and are one error beyond it", (_, nest) => {
    expect(codes(nest(Math.floor(MAX_NESTING / 4)))).toEqual([]);
    for (const depth of [MAX_NESTING + 1, 100_000]) {
      const { errors } = parse(nest(depth));
      expect(errors.map(({ code }) => code)).toEqual(["compile/nesting-too-deep"]);
    }
  });

  test("chains to the left are as long as the source", () => {
    for (const text of [
      `1${" + 1".repeat(100_000)}`,
      `a${".b(1)?".repeat(50_000)}`,
      `if a {}${" else if a {}".repeat(50_000)}`,
    ]) {
      expect(codes(text)).toEqual([]);
    }
  });

  test("a source full of mistakes reports a bounded number of them", () => {
    expect(parse("} ".repeat(10_000)).errors).toHaveLength(MAX_ERRORS);
    expect(parse(`\`${"$".repeat(10_000)}\``).errors).toHaveLength(MAX_ERRORS);
  });
});

describe("grammar", () => {
  test("operators bind as the table says", () => {
    expect(firstExpression("1 + 2 * 3 == 7 && !a || b as i64 < 2 .. 3;")).toEqual(
      firstExpression("((((1 + (2 * 3)) == 7) && (!a)) || ((b as i64) < 2)) .. 3;"),
    );
    expect(firstExpression("-1.abs() - -2;")).toEqual(firstExpression("(-(1.abs())) - (-2);"));
    expect(firstExpression("1 - 2 - 3;")).toEqual(firstExpression("(1 - 2) - 3;"));
    expect(firstExpression("1 + a = 2;")).toEqual(firstExpression("1 + (a = 2);"));
  });

  test("comparisons, casts and type tests do not chain", () => {
    expect(codes("0 < 10 >= 10")).toEqual(["compile/precedence-group-required 0..6"]);
    expect(codes("1 == 1 == true")).toEqual(["compile/precedence-group-required 0..6"]);
    expect(codes("9 as u64 is u64")).toEqual(["compile/precedence-group-required 0..8"]);
  });

  test("a block in statement position ends before a parenthesis or bracket but not before a dot", () => {
    const count = (text: string): number => parse(text).file.body.statements.length;
    expect(count("if true {} (1, 2);")).toBe(2);
    expect(count("match x {} [1];")).toBe(2);
    expect(count("{ a }.b;")).toBe(1);
    expect(count("let x = if a { b } else { c }(1);")).toBe(1);
  });

  test("an expression without a semicolon must be the last but for items", () => {
    expect(codes("1 2")).toEqual(["compile/expected-block-semi-colon 0..1"]);
    expect(codes("5 fn g() {}")).toEqual([]);
    expect(codes("if a {} 2")).toEqual([]);
  });

  test("numbers end before a range and before a method", () => {
    expect(firstExpression("1..2;")).toMatchObject({ kind: "range" });
    expect(firstExpression("1.foo();")).toMatchObject({ kind: "call" });
    expect(firstExpression("1.;")).toMatchObject({ kind: "literal", literal: { text: "1." } });
  });

  test("positions of nested tuples are read one by one", () => {
    expect(firstExpression("a.0.1.2.b;")).toEqual(firstExpression("(((a.0).1).2).b;"));
    expect(codes("a.1e3")).toEqual(["compile/bad-field-access 2..5"]);
  });

  test("an object literal is not read where a block must follow", () => {
    expect(codes("if a { b }")).toEqual([]);
    expect(codes("for x in y { z }")).toEqual([]);
    expect(codes("match S { a } => 1 {}")).not.toEqual([]);
  });

  test("what is broken is reported where it stands", () => {
    expect(codes("/* foo")).toEqual(["compile/expected-multiline-comment-term 0..6"]);
    expect(codes('let s = "x')).toEqual(["compile/unterminated-str-lit 8..10"]);
    expect(codes("''")).toEqual(["compile/expected-char-close 0..2"]);
    expect(codes('"\\q"')).toEqual(["compile/bad-escape-sequence 1..3"]);
    expect(codes("let a: i64 = 1;")).toEqual(["compile/unsupported 4..5"]);
    expect(codes("pub 1", "module")).toEqual(["compile/expected-token 4..5"]);
    expect(codes("a!(1", "script")).toEqual(["compile/expected-macro-close-delimiter 2..3"]);
  });

  test("a missing delimiter or semicolon spoils its statement and no other", () => {
    const text = `fn a() {
      let x = 5
      f(6;
      let t = \`\${1 + }\`;
      match 1 { 1 => "a" 2 => "b" }
      g([1, 2;
      if a { 1 2 } else { b }
    }
    fn b() { 1 + 1 }`;
    const { errors, file } = parse(text, "module");
    expect(errors.map(({ message }) => message)).toEqual([
      "Unexpected name `f`: expected `;` after the declaration",
      "Unexpected `}`: expected an expression",
      "Unexpected literal `2`: expected `,` between the arms, or `}` behind them",
      "Unexpected `;`: expected `,` or `]`",
      "Expected `;` after this expression",
    ]);
    expect(file.body.statements).toHaveLength(2);
  });

  test("front matter before the start is not read, and places count it", () => {
    const diagnostics = createDiagnosticSink();
    const text = "---\nname: x\n---\n1 +";
    parseSource({ text, source: 3, start: 16, mode: "script" }, diagnostics);
    expect(diagnostics.sorted().map(({ span }) => span)).toEqual([{ source: 3, start: 19, end: 19 }]);
  });
});
