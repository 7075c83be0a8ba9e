// The IR keeps its invariants: as built, after inference, after every pass, for generated programs and the library.

import { checkIr, checkLibraryIr, runeProgram } from "@crucible/rune-compiler/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";

test("the IR of generated programs is valid after each pass", () => {
  fc.assert(
    fc.property(runeProgram(), (text) => {
      expect(checkIr(text)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("the IR of the library is valid", () => {
  expect(checkLibraryIr()).toEqual([]);
});

const PROGRAMS: Readonly<Record<string, string>> = {
  "iterator chains": `pub fn main() {
    let v = [1, 2, 3];
    v.iter().map(|x| x * 2).filter(|x| x > 2).enumerate().map(|(i, x)| i as i64 + x).collect::<Vec>()
  }`,
  "a closure that escapes": `fn twice(f, x) { f(f(x)) } pub fn main() { let k = 3; let fs = [|x| x + k, |x| x * k]; twice(fs[0], fs[1](2)) }`,
  "recursion over a struct": `struct Node { value, next }
  fn sum(n) { match n { Some(node) => node.value + sum(node.next), None => 0 } }
  pub fn main() { sum(Some(Node { value: 1, next: Some(Node { value: 2, next: None }) })) }`,
  "dispatch on two types": `struct A { x } struct B { y }
  impl A { fn size(self) { self.x } } impl B { fn size(self) { self.y * 2 } }
  pub fn main() { let s = 0; for v in [A { x: 1 }, B { y: 2 }] { s += v.size(); } s }`,
  "early return in a loop": `fn first(v) { for x in v { if x > 2 { return Some(x); } } None } pub fn main() { (first([1, 3]), first([])) }`,
};

test.each(Object.entries(PROGRAMS))("the IR of %s is valid after each pass", (_, text) => {
  expect(checkIr(text)).toEqual([]);
});
