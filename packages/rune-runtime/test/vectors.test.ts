import { layout } from "@crucible/rune-runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMachine, Failure, floatBits } from "./machine.ts";
import type { Machine, Plain, Value } from "./machine.ts";

/** Elements of several tags, so that all representations and the changes between them occur. */
const element: fc.Arbitrary<Plain> = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: -5n, max: 5n }) },
  { weight: 2, arbitrary: fc.boolean() },
  fc.double({ noNaN: true }),
  fc.string({ unit: "grapheme", maxLength: 3 }),
  fc.constant(null),
);

function show(machine: Machine, plain: Plain): string {
  return machine.debug(machine.value(plain));
}

interface Model {
  items: Plain[];
}

interface Real {
  readonly machine: Machine;
  readonly vec: number;
}

function command(name: string, run: (model: Plain[], real: Real) => Plain[]): fc.Command<Model, Real> {
  return {
    check: () => true,
    run: (model, real) => {
      model.items = run(model.items, real);
      const { machine, vec } = real;
      expect(machine.debug({ payload: BigInt(vec), tag: layout.TAG_VEC })).toBe(
        `[${model.items.map((item) => show(machine, item)).join(", ")}]`,
      );
    },
    toString: () => name,
  };
}

const commands = fc.commands(
  [
    element.map((item) =>
      command(`push ${String(item)}`, (items, { machine, vec }) => {
        const { payload, tag } = machine.value(item);
        machine.raw("vec_push", vec, payload, tag);
        return [...items, item];
      }),
    ),
    fc.constant(
      command("pop", (items, { machine, vec }) => {
        const last = machine.any("vec_pop", vec);
        const wanted = items.at(-1);
        expect(last.tag === layout.TAG_END ? undefined : machine.debug(last)).toBe(
          wanted === undefined ? undefined : show(machine, wanted),
        );
        return items.slice(0, -1);
      }),
    ),
    fc.tuple(fc.nat({ max: 12 }), element).map(([at, item]) =>
      command(`put ${at} ${String(item)}`, (items, { machine, vec }) => {
        const { payload, tag } = machine.value(item);
        if (at >= items.length) {
          expect(() => machine.raw("vec_put", vec, BigInt(at), payload, tag)).toThrow(Failure);
          return items;
        }
        machine.raw("vec_put", vec, BigInt(at), payload, tag);
        return items.with(at, item);
      }),
    ),
    fc.tuple(fc.nat({ max: 12 }), element).map(([at, item]) =>
      command(`insert ${at} ${String(item)}`, (items, { machine, vec }) => {
        const { payload, tag } = machine.value(item);
        if (at > items.length) {
          expect(() => machine.raw("vec_insert", vec, BigInt(at), payload, tag)).toThrow(Failure);
          return items;
        }
        machine.raw("vec_insert", vec, BigInt(at), payload, tag);
        return items.toSpliced(at, 0, item);
      }),
    ),
    fc.nat({ max: 12 }).map((at) =>
      command(`remove ${at}`, (items, { machine, vec }) => {
        if (at >= items.length) {
          expect(() => machine.any("vec_remove", vec, BigInt(at))).toThrow(Failure);
          return items;
        }
        const removed = machine.any("vec_remove", vec, BigInt(at));
        expect(machine.debug(removed)).toBe(show(machine, items[at] ?? null));
        return items.toSpliced(at, 1);
      }),
    ),
    fc.array(element, { maxLength: 5 }).map((more) =>
      command(`append ${more.length}`, (items, { machine, vec }) => {
        machine.raw("vec_append", vec, Number(machine.value(more).payload));
        return [...items, ...more];
      }),
    ),
    fc.constant(
      command("append itself", (items, { machine, vec }) => {
        if (items.length > 30) return items;
        machine.raw("vec_append", vec, vec);
        return [...items, ...items];
      }),
    ),
    fc.tuple(fc.nat({ max: 14 }), element).map(([length, fill]) =>
      command(`resize ${length}`, (items, { machine, vec }) => {
        const { payload, tag } = machine.value(fill);
        machine.raw("vec_resize", vec, BigInt(length), payload, tag);
        return length <= items.length
          ? items.slice(0, length)
          : [...items, ...Array.from({ length: length - items.length }, () => fill)];
      }),
    ),
    fc.constant(
      command("reverse", (items, { machine, vec }) => {
        machine.raw("vec_reverse", vec);
        return items.toReversed();
      }),
    ),
    fc.constant(
      command("clear", (_, { machine, vec }) => {
        machine.raw("vec_clear", vec);
        return [];
      }),
    ),
    fc.constant(
      command("collect", (items, { machine }) => {
        machine.raw("collect");
        return items;
      }),
    ),
  ],
  { maxCommands: 60 },
);

test("a vec behaves as an array, whatever it holds", () => {
  fc.assert(
    fc.property(commands, (list) => {
      const machine = createMachine();
      const vec = machine.number("vec_new");
      machine.root({ payload: BigInt(vec), tag: layout.TAG_VEC });
      fc.modelRun(() => ({ model: { items: [] }, real: { machine, vec } }), list);
    }),
    { numRuns: 200 },
  );
});

test("sorting is stable and agrees with JavaScript's", () => {
  const machine = createMachine();
  const pair = fc.tuple(fc.bigInt({ min: 0n, max: 4n }), fc.bigInt({ min: 0n, max: 100n }));
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 100 }), (items) => {
      const vec = machine.value(items);
      machine.raw("vec_sort", Number(vec.payload));
      const wanted = items.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      expect(machine.debug(vec)).toBe(`[${wanted.join(", ")}]`);
    }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 4 }), { maxLength: 40 }),
      (items) => {
        const vec = machine.value(items);
        machine.raw("vec_sort", Number(vec.payload));
        const bytes = (text: string): string => Buffer.from(text).toString("latin1");
        const wanted = items.toSorted((a, b) => (bytes(a) < bytes(b) ? -1 : bytes(a) > bytes(b) ? 1 : 0));
        expect(machine.debug(vec)).toBe(machine.debug(machine.value(wanted)));
      },
    ),
  );
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 60 }), (items) => {
      // Floats equal to their key: the sort may not see the second part.
      const vec = machine.value(items.map(([key]) => [key]));
      machine.raw("vec_sort", Number(vec.payload));
      const wanted = items.map(([key]) => key).toSorted((a, b) => Number(a - b));
      expect(machine.debug(vec)).toBe(`[${wanted.map((key) => `[${key}]`).join(", ")}]`);
    }),
  );
});

test("sorting floats with a NaN among them fails", () => {
  const machine = createMachine();
  const vec = machine.value([1, Number.NaN, 0]);
  expect(() => machine.raw("vec_sort", Number(vec.payload))).toThrow(`failure ${layout.FAIL_FLOAT_COMPARISON}`);
});

// ── Relations ───────────────────────────────────────────────────────────────────────────────────────────────────

const comparable: fc.Arbitrary<Plain> = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof({ maxDepth: 2 }, fc.bigInt({ min: -2n, max: 2n }), fc.array(tie("value"), { maxLength: 3 })),
})).value;

function modelOrder(a: Plain, b: Plain): number | null {
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
  if (!Array.isArray(a) || !Array.isArray(b)) return null;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const part = modelOrder(a[i] as Plain, b[i] as Plain);
    if (part !== 0) return part;
  }
  return Math.sign(a.length - b.length);
}

test("order and equality of nested vecs are lexicographic, and unrelated types are an error", () => {
  const machine = createMachine();
  const compare = (name: string, a: Value, b: Value): Value => machine.any(name, a.payload, a.tag, b.payload, b.tag);
  fc.assert(
    fc.property(comparable, comparable, (x, y) => {
      const a = machine.value(x);
      const b = machine.value(y);
      const wanted = modelOrder(x, y);
      if (wanted === null) {
        expect(() => compare("cmp", a, b)).toThrow(Failure);
        machine.setWord(600, 0);
        return;
      }
      expect(compare("cmp", a, b)).toEqual({ payload: BigInt(wanted), tag: layout.TAG_ORDERING });
      const operators = [
        [layout.OP_LT, wanted < 0],
        [layout.OP_LE, wanted <= 0],
        [layout.OP_GT, wanted > 0],
        [layout.OP_GE, wanted >= 0],
      ] as const;
      for (const [op, holds] of operators) {
        expect(machine.number("compare", op, a.payload, a.tag, b.payload, b.tag)).toBe(holds ? 1 : 0);
      }
      if (wanted === 0) expect(machine.raw("hash", a.payload, a.tag)).toBe(machine.raw("hash", b.payload, b.tag));
    }),
  );
});

test("NaN is equal to nothing, has no order, and strict relations refuse it", () => {
  const machine = createMachine();
  const nan = [floatBits(Number.NaN), layout.TAG_FLOAT] as const;
  const one = [floatBits(1), layout.TAG_FLOAT] as const;
  expect(machine.number("partial_eq", ...nan, ...nan)).toBe(0);
  expect(machine.any("partial_cmp", ...nan, ...one).tag).toBe(layout.TAG_END);
  for (const op of [layout.OP_LT, layout.OP_LE, layout.OP_GT, layout.OP_GE])
    expect(machine.number("compare", op, ...nan, ...one)).toBe(0);
  expect(() => machine.number("eq", ...nan, ...one)).toThrow(Failure);
  expect(() => machine.raw("hash", ...nan)).toThrow(Failure);
});

test("zero and minus zero are equal and hash alike", () => {
  const machine = createMachine();
  const [plus, minus] = [0, -0].map((x) => [floatBits(x), layout.TAG_FLOAT] as const);
  if (plus === undefined || minus === undefined) throw new Error("two values");
  expect(machine.number("eq", ...plus, ...minus)).toBe(1);
  expect(machine.raw("hash", ...plus)).toBe(machine.raw("hash", ...minus));
});

test("comparing what contains itself ends with a failure, not a crash", () => {
  const machine = createMachine();
  const [a, b] = [machine.number("vec_new"), machine.number("vec_new")];
  machine.raw("vec_push", a, BigInt(a), layout.TAG_VEC);
  machine.raw("vec_push", b, BigInt(b), layout.TAG_VEC);
  const message = `failure ${layout.FAIL_DEPTH}`;
  expect(() => machine.number("partial_eq", BigInt(a), layout.TAG_VEC, BigInt(b), layout.TAG_VEC)).toThrow(message);
  machine.setWord(600, 0);
  expect(() => machine.debug({ payload: BigInt(a), tag: layout.TAG_VEC })).toThrow(message);
});
