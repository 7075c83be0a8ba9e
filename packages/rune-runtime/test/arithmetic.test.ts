import { layout } from "@crucible/rune-runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMachine, Failure, floatBits } from "./machine.ts";

const machine = createMachine();
const int = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -70n, max: 70n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, -(2n ** 32n), 2n ** 32n, 2n ** 31n),
);
const uint = int.map((n) => BigInt.asUintN(64, n));

/** What an operator gives, or the code of its failure. */
function model(op: number, a: bigint, b: bigint, signed: boolean): bigint | number {
  const fits = (n: bigint, failure: number): bigint | number =>
    (signed ? BigInt.asIntN(64, n) : BigInt.asUintN(64, n)) === n ? n : failure;
  switch (op) {
    case layout.OP_ADD:
      return fits(a + b, layout.FAIL_OVERFLOW);
    case layout.OP_SUB:
      return fits(a - b, layout.FAIL_UNDERFLOW);
    case layout.OP_MUL:
      return fits(a * b, layout.FAIL_OVERFLOW);
    case layout.OP_DIV:
      return b === 0n ? layout.FAIL_DIVIDE_BY_ZERO : fits(a / b, layout.FAIL_DIVIDE_BY_ZERO);
    case layout.OP_REM:
      return b === 0n || (signed && b === -1n && a === -(2n ** 63n)) ? layout.FAIL_DIVIDE_BY_ZERO : a % b;
    case layout.OP_AND:
      return a & b;
    case layout.OP_OR:
      return a | b;
    case layout.OP_XOR:
      return a ^ b;
    case layout.OP_SHL:
      return b < 0n || b > 63n ? layout.FAIL_OVERFLOW : signed ? BigInt.asIntN(64, a << b) : BigInt.asUintN(64, a << b);
    default:
      return b < 0n || b > 63n ? layout.FAIL_UNDERFLOW : a >> b;
  }
}

function run(op: number, a: bigint, aTag: number, b: bigint, bTag: number): bigint | number {
  try {
    const { payload, tag } = machine.any("binary", op, BigInt.asIntN(64, a), aTag, BigInt.asIntN(64, b), bTag);
    expect(tag).toBe(aTag);
    return tag === layout.TAG_U64 ? BigInt.asUintN(64, payload) : payload;
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown.code;
    throw thrown;
  }
}

const operator = fc.integer({ min: layout.OP_ADD, max: layout.OP_SHR });

test("integer operators are exact or fail", () => {
  fc.assert(
    fc.property(operator, int, int, (op, a, b) => {
      expect(run(op, a, layout.TAG_INT, b, layout.TAG_INT)).toBe(model(op, a, b, true));
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(operator, uint, uint, (op, a, b) => {
      expect(run(op, a, layout.TAG_U64, b, layout.TAG_U64)).toBe(model(op, a, b, false));
    }),
    { numRuns: 2000 },
  );
});

test("the left operand decides the type; the right one is converted or refused", () => {
  fc.assert(
    fc.property(operator, int, uint, (op, a, b) => {
      const wanted = b >= 2n ** 63n ? layout.FAIL_BINARY : model(op, a, b, true);
      expect(run(op, a, layout.TAG_INT, b, layout.TAG_U64)).toBe(wanted);
    }),
  );
  fc.assert(
    fc.property(operator, uint, int, (op, a, b) => {
      const wanted = b < 0n ? layout.FAIL_BINARY : model(op, a, b, false);
      expect(run(op, a, layout.TAG_U64, b, layout.TAG_INT)).toBe(wanted);
    }),
  );
});

test("float operators agree with JavaScript, and floats do not mix with integers", () => {
  const operators = new Map<number, (a: number, b: number) => number>([
    [layout.OP_ADD, (a, b) => a + b],
    [layout.OP_SUB, (a, b) => a - b],
    [layout.OP_MUL, (a, b) => a * b],
    [layout.OP_DIV, (a, b) => a / b],
    [layout.OP_REM, (a, b) => a % b],
  ]);
  fc.assert(
    fc.property(fc.constantFrom(...operators.keys()), fc.double(), fc.double(), (op, a, b) => {
      const { payload, tag } = machine.any(
        "binary",
        op,
        floatBits(a),
        layout.TAG_FLOAT,
        floatBits(b),
        layout.TAG_FLOAT,
      );
      expect(tag).toBe(layout.TAG_FLOAT);
      const wanted = operators.get(op)?.(a, b) ?? Number.NaN;
      if (Number.isNaN(wanted)) expect(payload & 0x7ff0000000000000n).toBe(0x7ff0000000000000n);
      else expect(payload).toBe(floatBits(wanted));
    }),
  );
  expect(() => run(layout.OP_ADD, 1n, layout.TAG_INT, floatBits(1), layout.TAG_FLOAT)).not.toThrow();
  expect(run(layout.OP_ADD, 1n, layout.TAG_INT, floatBits(1), layout.TAG_FLOAT)).toBe(layout.FAIL_BINARY);
});

test("checked, wrapping and saturating forms agree with exact arithmetic", () => {
  const limits = (n: bigint): bigint => (n > 2n ** 63n - 1n ? 2n ** 63n - 1n : n < -(2n ** 63n) ? -(2n ** 63n) : n);
  const exact = [(a: bigint, b: bigint) => a + b, (a: bigint, b: bigint) => a - b, (a: bigint, b: bigint) => a * b];
  fc.assert(
    fc.property(fc.nat({ max: 2 }), int, int, (op, a, b) => {
      const wanted = exact[op]?.(a, b) ?? 0n;
      const checked = machine.any("i64_checked", op, a, b);
      expect(checked.tag === layout.TAG_END ? null : checked.payload).toBe(
        BigInt.asIntN(64, wanted) === wanted ? wanted : null,
      );
      expect(machine.raw("i64_wrapping", op, a, b)).toBe(BigInt.asIntN(64, wanted));
      expect(machine.raw("i64_saturating", op, a, b)).toBe(limits(wanted));
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(fc.nat({ max: 2 }), uint, uint, (op, a, b) => {
      const wanted = exact[op]?.(a, b) ?? 0n;
      const most = 2n ** 64n - 1n;
      const bounded = wanted < 0n ? 0n : wanted > most ? most : wanted;
      const [x, y] = [BigInt.asIntN(64, a), BigInt.asIntN(64, b)];
      const checked = machine.any("u64_checked", op, x, y);
      expect(checked.tag === layout.TAG_END ? null : BigInt.asUintN(64, checked.payload)).toBe(
        wanted === bounded ? wanted : null,
      );
      expect(machine.raw("u64_wrapping", op, x, y)).toBe(BigInt.asIntN(64, wanted));
      expect(machine.raw("u64_saturating", op, x, y)).toBe(BigInt.asIntN(64, bounded));
    }),
    { numRuns: 1000 },
  );
});

test("powers wrap or saturate", () => {
  fc.assert(
    fc.property(int, fc.integer({ min: 0, max: 80 }), (a, n) => {
      const wanted = a ** BigInt(n);
      expect(machine.raw("i64_pow", a, BigInt(n), layout.TAG_INT)).toBe(BigInt.asIntN(64, wanted));
      const bounded = wanted > 2n ** 63n - 1n ? 2n ** 63n - 1n : wanted < -(2n ** 63n) ? -(2n ** 63n) : wanted;
      expect(machine.raw("i64_saturating_pow", a, BigInt(n), layout.TAG_INT)).toBe(bounded);
    }),
  );
});

test("casts saturate and turn NaN into zero", () => {
  const cast = (x: number, to: number): bigint => machine.any("cast", floatBits(x), layout.TAG_FLOAT, to).payload;
  expect(cast(1e300, layout.TAG_INT)).toBe(2n ** 63n - 1n);
  expect(cast(-1e300, layout.TAG_INT)).toBe(-(2n ** 63n));
  expect(cast(Number.NaN, layout.TAG_INT)).toBe(0n);
  expect(cast(-1.5, layout.TAG_U64)).toBe(0n);
  expect(BigInt.asUintN(64, cast(1e300, layout.TAG_U64))).toBe(2n ** 64n - 1n);
  expect(machine.any("cast", -1n, layout.TAG_INT, layout.TAG_U64).payload).toBe(-1n);
  expect(() => machine.any("cast", 97n, layout.TAG_CHAR, layout.TAG_INT)).toThrow(Failure);
});

test("mathematical functions are close to JavaScript's", () => {
  const functions: readonly [string, (x: number) => number][] = [
    ["sin", Math.sin],
    ["cos", Math.cos],
    ["tan", Math.tan],
    ["exp", Math.exp],
    ["ln", Math.log],
    ["log2", Math.log2],
    ["log10", Math.log10],
    ["sqrt", Math.sqrt],
    ["cbrt", Math.cbrt],
    ["atan", Math.atan],
    ["floor", Math.floor],
    ["ceil", Math.ceil],
    ["trunc", Math.trunc],
    ["abs", Math.abs],
    ["exp2", (x) => 2 ** x],
  ];
  const argument = fc.oneof(
    fc.double({ min: -1000, max: 1000, noNaN: true }),
    fc.double({ min: -1e22, max: 1e22, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...functions), argument, ([name, model_], x) => {
      const actual = machine.raw(`f64_${name}`, x);
      const wanted = model_(x);
      if (typeof actual !== "number") throw new Error("a number");
      if (Number.isNaN(wanted) || !Number.isFinite(wanted)) expect(actual).toBe(wanted);
      else expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(Math.abs(wanted) * 4e-15 + 1e-300);
    }),
    { numRuns: 3000 },
  );
  expect(machine.raw("f64_round", -2.5)).toBe(-3);
  expect(machine.raw("f64_round", 0.49999999999999994)).toBe(0);
  expect(machine.raw("f64_powf", 1, Number.NaN)).toBe(1);
});
