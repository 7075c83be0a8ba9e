import { compile } from "@crucible/rune-compiler";
import { instantiate, loadModule } from "@crucible/rune-compiler/execute";
import type { LoadedModule } from "@crucible/rune-compiler/execute";
import type { Value } from "@crucible/sandbox";
import { unwrap } from "@crucible/sandbox";
import fc from "fast-check";
import { expect, test } from "vitest";

const modules = new Map<string, LoadedModule>();

/** Runs `pub fn main(params)` and gives the result as plain data; each text is compiled once. */
function run(text: string, params: Value, stress = false): Value {
  let loaded = modules.get(text);
  if (loaded === undefined) {
    const { bytes, diagnostics } = compile({ path: "main.rn", text });
    if (bytes === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
    loaded = unwrap(loadModule(bytes));
    modules.set(text, loaded);
  }
  const instance = unwrap(instantiate(loaded, { memoryBytes: 64 * 1024 * 1024, stress }));
  return unwrap(instance.call("main", [params]));
}

/** One adaptor: its text in Rune and what it does to an array. */
interface Step {
  readonly text: string;
  readonly apply: (items: readonly number[]) => readonly number[];
}

const small = fc.integer({ min: 0, max: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .integer({ min: -3, max: 3 })
    .map((n) => ({ text: `.map(|x| x * 2 + ${n})`, apply: (items: readonly number[]) => items.map((x) => x * 2 + n) })),
  fc.integer({ min: 2, max: 3 }).map((n) => ({
    text: `.filter(|x| x % ${n} == 0)`,
    apply: (items: readonly number[]) => items.filter((x) => x % n === 0),
  })),
  fc.constant({
    text: ".filter_map(|x| if x > 1 { Some(x - 1) } else { None })",
    apply: (items: readonly number[]) => items.filter((x) => x > 1).map((x) => x - 1),
  }),
  fc.constant({
    text: ".flat_map(|x| [x, x + 1])",
    apply: (items: readonly number[]) => items.flatMap((x) => [x, x + 1]),
  }),
  fc.constant({
    text: ".enumerate().map(|p| p.1 + p.0 as i64)",
    apply: (items: readonly number[]) => items.map((x, i) => x + i),
  }),
  fc.constant({ text: ".peekable()", apply: (items: readonly number[]) => items }),
  fc.array(small, { maxLength: 3 }).map((more) => ({
    text: `.chain([${more.join(", ")}])`,
    apply: (items: readonly number[]) => [...items, ...more],
  })),
  small.map((n) => ({ text: `.skip(${n})`, apply: (items: readonly number[]) => items.slice(n) })),
  small.map((n) => ({ text: `.take(${n})`, apply: (items: readonly number[]) => items.slice(0, n) })),
  small.map((n) => ({
    text: `.skip_while(|x| x < ${n})`,
    apply: (items: readonly number[]) =>
      items.slice(items.findIndex((x) => x >= n) < 0 ? items.length : items.findIndex((x) => x >= n)),
  })),
  small.map((n) => ({
    text: `.take_while(|x| x != ${n})`,
    apply: (items: readonly number[]) => (items.includes(n) ? items.slice(0, items.indexOf(n)) : items),
  })),
  fc
    .integer({ min: 1, max: 3 })
    .map((n) => ({ text: `.step_by(${n})`, apply: (items: readonly number[]) => items.filter((_, i) => i % n === 0) })),
);

const consumers: readonly { readonly text: string; readonly apply: (items: readonly number[]) => Value }[] = [
  { text: ".collect::<Vec>()", apply: (items) => [...items] },
  { text: ".count()", apply: (items) => items.length },
  { text: ".fold(0, |a, x| a * 3 % 1000 + x)", apply: (items) => items.reduce((a, x) => ((a * 3) % 1000) + x, 0) },
  { text: ".sum::<i64>()", apply: (items) => items.reduce((a, x) => a + x, 0) },
  { text: ".any(|x| x == 4)", apply: (items) => items.includes(4) },
  { text: ".all(|x| x < 5)", apply: (items) => items.every((x) => x < 5) },
  { text: ".find(|x| x > 3)", apply: (items) => items.find((x) => x > 3) ?? null },
  { text: ".position(|x| x > 3)", apply: (items) => (items.some((x) => x > 3) ? items.findIndex((x) => x > 3) : null) },
  { text: ".nth(2)", apply: (items) => items[2] ?? null },
  { text: ".last()", apply: (items) => items.at(-1) ?? null },
  { text: ".max()", apply: (items) => (items.length === 0 ? null : Math.max(...items)) },
  { text: ".reduce(|a, b| a + b)", apply: (items) => (items.length === 0 ? null : items.reduce((a, x) => a + x)) },
];

test("chains of adaptors give what arrays give", () => {
  const source = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 });
  fc.assert(
    fc.property(source, fc.array(step, { maxLength: 4 }), fc.boolean(), (items, steps, stress) => {
      const chain = steps.map(({ text }) => text).join("");
      const wanted = steps.reduce<readonly number[]>((list, { apply }) => apply(list), items);
      const text = `pub fn main(items) { [${consumers.map((consumer) => `items.iter()${chain}${consumer.text}`).join(", ")}] }`;
      expect(run(text, items, stress)).toEqual(consumers.map(({ apply }) => apply(wanted)));
    }),
    { numRuns: 25 },
  );
});

test("iterators with two ends give the same from behind", () => {
  const both = step.filter(({ text }) => !/step_by|_while|enumerate/.test(text));
  const source = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 });
  fc.assert(
    fc.property(source, fc.array(both, { maxLength: 3 }), (items, steps) => {
      const chain = steps.map(({ text }) => text).join("");
      const exact = !/filter|flat/.test(
        chain.slice(0, Math.max(chain.lastIndexOf(".take"), chain.lastIndexOf(".skip"), 0)),
      );
      if (!exact) return;
      const wanted = steps.reduce<readonly number[]>((list, { apply }) => apply(list), items);
      expect(run(`pub fn main(items) { items.iter()${chain}.rev().collect::<Vec>() }`, items)).toEqual(
        wanted.toReversed(),
      );
    }),
    { numRuns: 25 },
  );
});

test("ranges of integers iterate from both ends and know their length", () => {
  const bound = fc.integer({ min: -5, max: 5 });
  fc.assert(
    fc.property(bound, bound, fc.boolean(), (start, end, inclusive) => {
      const length = Math.max(0, end - start + (inclusive ? 1 : 0));
      const wanted = Array.from({ length }, (_, i) => start + i);
      const range = `(params.start..${inclusive ? "=" : ""}params.end)`;
      const text = `pub fn main(params) {
        let seen = [];
        for x in ${range} { seen.push(x); }
        [seen, ${range}.iter().collect::<Vec>(), ${range}.iter().rev().collect::<Vec>(), ${range}.iter().len()]
      }`;
      expect(run(text, { start, end })).toEqual([wanted, wanted, wanted.toReversed(), length]);
    }),
    { numRuns: 40 },
  );
});

test("sorting by a comparison is stable and agrees with JavaScript's", () => {
  const text = `pub fn main(items) {
    items.sort_by(|a, b| (a[0] as i64).cmp(b[0] as i64));
    items
  }`;
  const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 99 })), { maxLength: 40 });
  fc.assert(
    fc.property(pairs, (items) => {
      expect(run(text, items)).toEqual(items.toSorted(([a], [b]) => a - b));
    }),
    { numRuns: 30 },
  );
});

test("a queue behaves as an array with two ends", () => {
  const operation = fc.oneof(
    fc.constant("pop_front"),
    fc.constant("pop_back"),
    fc.constant("push_front"),
    fc.constant("push_back"),
    fc.constant("rotate"),
  );
  const text = `use std::collections::VecDeque;
  pub fn main(operations) {
    let queue = VecDeque::new();
    let taken = [];
    for (i, name) in operations.iter().enumerate() {
      match name {
        "push_front" => queue.push_front(i as i64),
        "push_back" => queue.push_back(i as i64),
        "pop_front" => taken.push(queue.pop_front()),
        "pop_back" => taken.push(queue.pop_back()),
        _ => if !queue.is_empty() { queue.rotate_left(1) },
      }
    }
    [taken, queue.iter().collect::<Vec>(), queue.len(), queue.front(), queue.back()]
  }`;
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      const queue: number[] = [];
      const taken: (number | null)[] = [];
      for (const [i, name] of operations.entries()) {
        if (name === "push_front") queue.unshift(i);
        else if (name === "push_back") queue.push(i);
        else if (name === "pop_front") taken.push(queue.shift() ?? null);
        else if (name === "pop_back") taken.push(queue.pop() ?? null);
        else if (queue.length > 0) queue.push(queue.shift() ?? 0);
      }
      expect(run(text, operations)).toEqual([taken, queue, queue.length, queue[0] ?? null, queue.at(-1) ?? null]);
    }),
    { numRuns: 40 },
  );
});

test("text is split, joined, trimmed and taken apart as in JavaScript", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", ",", " ", "é", "\n"), maxLength: 15 });
  const program = `pub fn main(text) {
    [
      text.split(",").collect::<Vec>(),
      text.split(',').collect::<Vec>(),
      text.split(|c| c == ',' || c == ' ').collect::<Vec>(),
      text.chars().rev().collect::<String>(),
      text.split_once(",").map(|p| [p.0, p.1]),
      text.lines().collect::<Vec>(),
      text.split_whitespace().collect::<Vec>(),
      text.chars().collect::<Vec>().len(),
      text.split(",").collect::<Vec>().join("+"),
    ]
  }`;
  fc.assert(
    fc.property(text, (source) => {
      const at = source.indexOf(",");
      const lines = source.split("\n");
      if (lines.at(-1) === "") lines.pop();
      expect(run(program, source)).toEqual([
        source.split(","),
        source.split(","),
        source.split(/[, ]/),
        Array.from(source).toReversed().join(""),
        at < 0 ? null : [source.slice(0, at), source.slice(at + 1)],
        lines,
        source.split(/\s+/).filter((word) => word !== ""),
        Array.from(source).length,
        source.split(",").join("+"),
      ]);
    }),
    { numRuns: 40 },
  );
});

test("an iterator notices that its vec has changed", () => {
  expect(() => run("pub fn main(items) { for x in items { items.push(x); } }", [1, 2])).toThrow(/use|iterat|borrow/i);
});

test("Option and Result methods agree with matching", () => {
  const program = `pub fn main(n) {
    let o = if n > 2 { Some(n) } else { None };
    let r = if n > 2 { Ok(n) } else { Err("small") };
    [
      o.map(|x| x + 1), o.and_then(|x| if x > 4 { Some(x) } else { None }), o.unwrap_or(0), o.unwrap_or_else(|| 7),
      o.is_some(), o.is_none(), o.ok_or("none"), o.ok_or_else(|| "made"), o.filter(|x| x % 2 == 0), o.or(Some(9)),
      r.map(|x| x + 1).ok(), r.and_then(|x| if x > 4 { Ok(x) } else { Err("few") }), r.unwrap_or(0), r.is_ok(), r.is_err(),
      r.ok(), r.err(), r.map_err(|e| e + "!"), r.unwrap_or_else(|e| e.len() as i64),
    ]
  }`;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8 }), (n) => {
      const some = n > 2;
      const when = (value: Value): Value => (some ? value : null);
      expect(run(program, n)).toEqual([
        when(n + 1),
        n > 4 ? n : null,
        some ? n : 0,
        some ? n : 7,
        some,
        !some,
        some ? { Ok: n } : { Err: "none" },
        some ? { Ok: n } : { Err: "made" },
        some && n % 2 === 0 ? n : null,
        some ? n : 9,
        when(n + 1),
        some ? (n > 4 ? { Ok: n } : { Err: "few" }) : { Err: "small" },
        some ? n : 0,
        some,
        !some,
        when(n),
        some ? null : "small",
        some ? { Ok: n } : { Err: "small!" },
        some ? n : 5,
      ]);
    }),
    { numRuns: 9 },
  );
});
