// Answers of single expressions, as the reference gives them: each row was a wrong answer once, or stands at the edge of
// one. Every row runs with its types known to the compiler, and with its operands taken from a vector of several types.

import { expect, test } from "vitest";
import { behaviour, load } from "../run-program.ts";

const DECLARATIONS = `
struct S { a, b }
struct T(x, y);
enum E { A(x), B { y } }
pub mod inner { pub struct P { q } pub enum V { One(x), None } }
`;

/** What an expression gives for two values: with known types, and with types that only the running program knows. */
function answers(left: string, right: string, expression: string): readonly [string, string] {
  const known = `let a = ${left}; let b = ${right}; ${expression}`;
  const unknown = `let all = [${left}, 'z', "", ${right}]; let i = 0; let a = all[i]; let b = all[i + 3]; ${expression}`;
  const run = (body: string): string => behaviour(load(`${DECLARATIONS} pub fn main() { ${body} }`));
  return [run(known), run(unknown)];
}

const PAIRS: readonly (readonly [left: string, right: string, expression: string, answer: string])[] = [
  // The right integer is converted to the type of the left one; what does not fit is an error, not another order.
  ["1u64", "-1", "a < b", "binary"],
  ["1u64", "-1", "a == b", "binary"],
  ["-1", "1u64", "a < b", "true"],
  ["0", "u64::MAX", "a < b", "binary"],
  ["0", "9223372036854775808u64", "a != b", "binary"],
  ["0", "9223372036854775807u64", "a < b", "true"],
  ["u64::MAX", "i64::MAX", "a > b", "true"],
  ["u64::MAX", "i64::MIN", "a >= b", "binary"],
  ["u64::MAX", "0", "(a > b, a >= b, a == b, a != b, a < b, a <= b)", "(true, true, false, true, false, false)"],
  // So are the arguments of the methods of integers.
  ["1", "2u64", "(a.cmp(b), a.min(b), a.max(b))", "(Less, 1, 2)"],
  ["-1", "2u64", "a.max(b) - 3", "-1"],
  ["3u64", "2", "(a.cmp(b), a.min(b), a.max(b))", "(Greater, 2, 3)"],
  ["1", "u64::MAX", "a.cmp(b)", "overflow"],
  ["1u64", "-1", "a.max(b)", "underflow"],
  ["7", "2u64", "(a.checked_div(b), a.wrapping_mul(b), a.saturating_sub(b))", "(Some(3), 14, 5)"],
  ["7", "u64::MAX", "a.checked_add(b)", "overflow"],
  ["7u64", "-1", "a.checked_add(b)", "underflow"],
  // Powers round at each multiplication.
  ["1.5", "100", "a.powi(b)", "4.065611775352153e17"],
  ["-2.5", "64u64", "a.powi(b)", "2.9387358770557193e25"],
  ["2.0", "-3", "a.powi(b)", "0.125"],
  ["2.0", "4611686018427387904", "a.powi(b)", "overflow"],
  // A sequence equals what iterates to the same.
  ["(1,)", "Some(1)", "(a == b, a != b)", "(true, false)"],
  ["[1, 2]", "Some(1)", "a == b", "false"],
  ["[]", "None", "a == b", "true"],
  ["(1, 2)", "()", "(a < b, a > b)", "(false, true)"],
  ["Some(3)", "0", "a[b]", "3"],
  ["Err(4)", "0u64", "a[b]", "4"],
  ["None", "0", "a[b]", "index-get"],
  // The unit is the empty tuple, also where only the running program knows it.
  ["()", "(1, 2)", "(a.len(), b.len(), a.is_empty(), b.is_empty())", "(0, 2, true, false)"],
  [
    "()",
    "(7,)",
    "let out = []; for v in [a, b] { for x in v { out.push(x); } out.push(v.get(0)); } out",
    "[None, 7, Some(7)]",
  ],
  ["()", "(2,)", "(a.cmp(b), a.eq(a), a.clone(), a.iter().count())", "(Less, true, (), 0)"],
  // The empty pattern, and patterns that are none.
  ['""', '""', "a.split(b).collect::<Vec>()", '[""]'],
  ['"ab"', '""', "a.split(b).collect::<Vec>()", '["", "a", "b", ""]'],
  ['""', "0", "a.split_once(b)", "type"],
  // What combinators get from their functions has to be what they give.
  ["Ok(3)", "1", "a.and_then(|x| Some(x))", "type"],
  ["Some(3)", "1", "a.and_then(|x| x + b)", "type"],
  ["Some(3)", "1", "a.transpose()", "type"],
  ["Some(Ok(3))", "1", "a.transpose()", "Ok(Some(3))"],
  // The least integer.
  ["i64::MIN", "1", "-a", "overflow"],
  ["i64::MIN", "1", "a - b", "underflow"],
  ["i64::MIN", "-1", "a / b", "divide-by-zero"],
  ["i64::MIN", "-1", "a * b", "overflow"],
  // Structs and variants are shown with their paths.
  ["inner::P { q: 1 }", "inner::V::One(2)", "(a, b)", "(inner::P {q: 1}, inner::V::One (2))"],
  ["S { a: 1, b: T(2, 3) }", "E::B { y: 1 }", "(a, b)", "(S {a: 1, b: T (2, 3)}, E::B {y: 1})"],
];

test.each(PAIRS)("with a = %s and b = %s, %s answers %s", (left, right, expression, answer) => {
  expect(answers(left, right, expression)).toEqual([answer, answer]);
});

const DROPPED: readonly (readonly [value: string, uses: readonly string[]])[] = [
  ["S { a: 1, b: 2 }", ["a.a", "a.a = 1", "a == b", "match a { S { a, .. } => a, _ => 0 }", "drop(a)"]],
  ["T(1, 2)", ["a.0", "a.0 = 3", "a[0]", "match a { T(x, ..) => x, _ => 0 }"]],
  ["E::A(1)", ["a.0", "match a { E::A(x) => x, _ => 0 }"]],
  ["(1, 2)", ["a.0", "a.len()", "for x in a {} 0", "match a { (x, _) => x, _ => 0 }"]],
  ["[1, 2]", ["a.len()", "a[0]", "a[0] = 1", "a.push(1)", "for x in a {} 0", 'format!("{:?}", a)']],
  ["#{k: 1}", ["a.k", 'a["k"]', "a.len()", "match a { #{k} => k, _ => 0 }"]],
  ['"text"', ["a.len()", 'a + "x"', 'a += "x"', 'match a { "text" => 1, _ => 0 }', "`${a}`"]],
  ["Some(1)", ["a.is_some()", "a?", "a.unwrap()", "if let Some(x) = a { x } else { 0 }"]],
  ["Ok(1)", ["a.is_ok()", "a?", "a.unwrap()"]],
  ["1..3", ["a.start", "for x in a {} 0", "a.contains(1)"]],
];

test.each(DROPPED.flatMap(([value, uses]) => uses.map((use) => [value, use] as const)))(
  "a dropped %s cannot be used: %s",
  (value, use) => {
    for (const given of answers(value, value, `drop(a); ${use}`)) expect(given).toBe("moved");
  },
);

test("what was not dropped is untouched by the checks", () => {
  expect(answers("S { a: 1, b: 2 }", "S { a: 1, b: 2 }", "let c = a; drop(b); (c.a, is_readable(b), c)")).toEqual([
    "(1, false, S {a: 1, b: 2})",
    "(1, false, S {a: 1, b: 2})",
  ]);
});
