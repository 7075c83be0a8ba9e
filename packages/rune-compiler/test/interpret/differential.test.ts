// Compiled programs do what the IR interpreter does: the same result or the same failure, also when memory is collected at
// every safepoint, and whatever the slice of the counter is.

import { interpretProgram, runeProgram } from "@crucible/rune-compiler/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { behaviour, load } from "../run-program.ts";

function interpreted(text: string): string {
  const outcome = interpretProgram(text, "main");
  return outcome.ok ? outcome.debug : outcome.kind;
}

test("generated programs behave compiled as interpreted", () => {
  fc.assert(
    fc.property(runeProgram(), (text) => {
      expect(behaviour(load(text))).toBe(interpreted(text));
    }),
    { numRuns: 80 },
  );
});

test("generated programs behave the same with a collection at every safepoint", () => {
  fc.assert(
    fc.property(runeProgram(), fc.integer({ min: 1, max: 50 }), (text, slice) => {
      expect(behaviour(load(text), { stress: true, slice })).toBe(interpreted(text));
    }),
    { numRuns: 60 },
  );
});

const PROGRAMS: Readonly<Record<string, string>> = {
  "aliased vectors": `pub fn main() { let a = [1]; let b = a; b.push(2); a[0] = 5; (a, b, a.len()) }`,
  "captured values": `pub fn main() { let n = 1; let f = |x| { n += 1; n + x }; (f(1), f(1), n) }`,
  "closures in a vector": `pub fn main() { let fs = []; for i in 0..3 { fs.push(|x| x * i); } (fs[0](5), fs[1](5), fs[2](5)) }`,
  "a vector of several types": `pub fn main() { let v = [1, "a", 2.5, (1,)]; v[1] = 'c'; v.push(true); v }`,
  "a vector that changes its representation": `pub fn main() { let v = []; v.push(1); v.push(2); let w = v; w.push("x"); w[0] = 1.5; v }`,
  "shared strings": `pub fn main() { let a = "x"; let b = a; a += "y"; let c = a + "z"; (a, b, c) }`,
  "nested options": `fn f(x) { if x > 1 { Some(Some(x)) } else { Some(None) } } pub fn main() { (f(1), f(2), match f(3) { Some(Some(y)) => y, _ => 0 }) }`,
  "the question mark": `fn g(x) { if x { Ok(1) } else { Err("no") } } fn f(x) { let v = g(x)?; Ok(v + 1) } pub fn main() { (f(true), f(false)) }`,
  "integers of two kinds": `pub fn main() { let n = [1, 2].len(); (n + 1, 3 - n, n == 2, 1 < n, n % 2) }`,
  "an unsigned underflow": `pub fn main() { [1].len() - 2 }`,
  "an overflow in a loop": `pub fn main() { let x = 1; loop { x *= 3; } }`,
  "a shift too far": `pub fn main() { let n = 64; 1 << n }`,
  "the smallest integer divided": `pub fn main() { let m = -1; i64::MIN / m }`,
  "remainders of negative numbers": `pub fn main() { let x = -7; (x % 4, x / 4, x % 3, x / 2, x % 2, 7 % -4) }`,
  "labels and breaks with values": `pub fn main() { 'a: loop { let i = 0; loop { i += 1; if i == 4 { break 'a i * 2; } } } }`,
  "a pattern that falls through": `pub fn main() { let f = |v| match v { [] => 0, [x] => x, [x, y, ..] if x > y => x, [_, y, ..] => y }; (f([]), f([4]), f([3, 2]), f([1, 9, 3])) }`,
  "deep nesting of calls": `fn d(n) { if n == 0 { [] } else { let v = d(n - 1); v.push([n]); v } } pub fn main() { d(40).len() }`,
  "iterators of two kinds in a vector": `pub fn main() { let its = [(0..3).iter(), (0u64..2u64).iter()]; let out = []; for it in its { loop { match it.next() { Some(x) => out.push(x), None => break } } } out }`,
  "captured vectors that get other elements": `fn mk(v) { |x| { v.push(x); v.len() } } pub fn main() { let a = [1]; let b = ["s"]; let fs = [mk(a), mk(b)]; let r = [fs[0](2), fs[1]('c'), fs[0](2.5)]; (a, b, r) }`,
  "a vector that changes through another one": `pub fn main() { let v = [1, 2]; let w = [v, [3]]; let s = 0; for x in v { s += x; } for q in w { q.push(true); } (v, s, w) }`,
  "vectors in fields": `struct W { items } fn add(w, x) { w.items.push(x); } pub fn main() { let a = W { items: [] }; let b = W { items: [1] }; add(a, "x"); add(b, 2); (a.items, b.items) }`,
  "a choice of closures in a chain": `fn id(x) { x } pub fn main() { let f = if id(true) { |x| x + 1 } else { |x| x * 2 }; [1, 2, 3].iter().map(f).map(|y| (y, y)).collect::<Vec>() }`,
  "one field name in two structs": `struct A { v } struct B { v } impl A { fn get(self) { self.v } } impl B { fn get(self) { self.v + 0.5 } } pub fn main() { let all = [A { v: 1 }, B { v: 2.0 }]; let out = []; for x in all { out.push(x.get()); x.v = x.v + x.v; } for x in all { out.push(x.get()); } out }`,
  "trees of tuples": `fn walk(t) { match t { (l, v, r) => { let a = walk(l); a.push(v); for x in walk(r) { a.push(x); } a } _ => [] } } pub fn main() { walk((((), 1, ()), 2, (((), 3, ()), "four", ()))) }`,
  "static items": `static COUNT = 0; static LOG = []; fn hit(x) { COUNT += 1; LOG.push(x); COUNT } pub fn main() { hit(1); hit("a"); (hit(2.5), LOG) }`,
};

test.each(Object.entries(PROGRAMS))("%s behave compiled as interpreted, also under collections", (_, text) => {
  const wanted = interpreted(text);
  expect(behaviour(load(text))).toBe(wanted);
  expect(behaviour(load(text), { stress: true, slice: 7 })).toBe(wanted);
});
