// Run-time errors: a sentence with names, the place in the source, the script's own call stack.

import type { ErrorValue } from "@crucible/sandbox";
import { expect, test } from "vitest";
import { load, start } from "../run-program.ts";

function failureOf(text: string): ErrorValue {
  const outcome = start(load(text)).call("main", []);
  if (outcome.ok) throw new TypeError("The program did not fail");
  return outcome.error;
}

test.each([
  [
    "a missing field",
    "struct Point { x, y }\npub fn main() { let p = Point { x: 1, y: 2 }; p.z }",
    "Cannot find field `z` on `Point`",
  ],
  [
    "a missing method",
    "struct Point { x }\npub fn main() { Point { x: 1 }.turn() }",
    "Cannot find method `turn` on `Point`",
  ],
  ["operands of different types", 'pub fn main() { 1 + "a" }', "Cannot apply `+` to"],
  ["an index outside", "pub fn main() { let v = [1]; v[4] }", "Cannot index"],
  [
    "a condition that is no bool",
    "pub fn main() { let x = [1][0]; if x { 1 } else { 2 } }",
    "Expected a condition of type `bool`",
  ],
  ["a call of something else", "pub fn main() { let x = [1][0]; x(2) }", "Cannot call a value of type"],
  ["a wrong number of arguments", "fn f(a, b) { a } pub fn main() { f(1) }", "it takes 2 arguments, 1 were given"],
  ["a panic", 'pub fn main() { panic!("out of {}", "cheese") }', "out of cheese"],
])("%s is a sentence with names", (_, text, sentence) => {
  const error = failureOf(text);
  expect(error.code).toBe("guest/exception");
  expect(error.message).toContain(sentence);
});

test("a failure names its place, the source line and the callers, innermost first", () => {
  const error = failureOf(`struct Dice { sides }
impl Dice {
    fn share(self, n) {
        let left = self.sides;
        left / n
    }
}
fn roll(dice, n) {
    let first = dice.share(n);
    first + 1
}
pub fn main() {
    roll(Dice { sides: 6 }, 0)
}
`);
  expect(error.details?.place).toEqual({ file: "main.rn", line: 5, column: 9, snippet: "        left / n" });
  expect(error.details?.stack?.map(({ function: name, line }) => [name, line])).toEqual([
    ["Dice::share", 5],
    ["roll", 9],
    ["main", 13],
  ]);
});

test("a failure inside the library points at the script's call", () => {
  const error = failureOf("fn pick(v) {\n    v.iter().next().unwrap()\n}\npub fn main() { pick([]) }");
  expect(error.details?.place).toMatchObject({ line: 2 });
  expect(error.details?.stack?.map(({ function: name }) => name)).toEqual(["pick", "main"]);
});

test("closures appear in the call stack", () => {
  const error = failureOf("pub fn main() {\n    let f = |x| x / 0;\n    [1].iter().map(f).collect::<Vec>()\n}");
  expect(error.details?.place).toMatchObject({ line: 2 });
  expect(error.details?.stack?.[0]?.function).toContain("closure");
});
