import { layout } from "@crucible/rune-runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMachine, floatBits } from "./machine.ts";

const machine = createMachine();

const anyFloat = fc.oneof(
  fc.double(),
  fc.double({ noDefaultInfinity: true, noNaN: true, min: -1e6, max: 1e6 }),
  fc.integer().map((n) => n / 100),
  fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }).map((bits) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, bits);
    return view.getFloat64(0);
  }),
);

/** Shortest text as Rune shows it, from JavaScript's shortest digits. */
function runeFloat(x: number): string {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x < 0 ? "-inf" : "inf";
  const sign = x < 0 || Object.is(x, -0) ? "-" : "";
  if (x === 0) return `${sign}0.0`;
  const [mantissa = "", exponent = ""] = Math.abs(x).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const point = Number(exponent) + 1;
  if (point > 16 || point <= -5) {
    return `${sign}${digits.slice(0, 1)}${digits.length > 1 ? `.${digits.slice(1)}` : ""}e${point - 1}`;
  }
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (digits.length <= point) return `${sign}${digits}${"0".repeat(point - digits.length)}.0`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function display(x: number): string {
  return machine.readText(machine.number("display", floatBits(x), layout.TAG_FLOAT));
}

function parse(text: string): number | null {
  const result = machine.number("string_parse_f64", machine.text(text));
  if (machine.word(result + layout.RESULT_VARIANT) !== layout.VARIANT_OK) return null;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, machine.long(result + layout.OBJECT_SLOTS + layout.SLOT_PAYLOAD));
  return view.getFloat64(0);
}

test("display of a float has the digits of JavaScript's shortest form", () => {
  fc.assert(
    fc.property(anyFloat, (x) => {
      expect(display(x)).toBe(runeFloat(x));
    }),
    { numRuns: 3000 },
  );
});

test("a displayed float parses to itself", () => {
  fc.assert(
    fc.property(anyFloat, (x) => {
      expect(parse(display(x))).toBe(x);
    }),
    { numRuns: 1000 },
  );
});

test("parsing decimal text agrees with JavaScript, long digits and extreme exponents included", () => {
  const digits = fc.string({
    unit: fc.constantFrom("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
    minLength: 1,
    maxLength: 40,
  });
  const text = fc
    .tuple(digits, fc.option(digits, { nil: null }), fc.option(fc.integer({ min: -345, max: 330 }), { nil: null }))
    .map(
      ([whole, part, exponent]) =>
        whole + (part === null ? "" : `.${part}`) + (exponent === null ? "" : `e${exponent}`),
    );
  fc.assert(
    fc.property(text, (source) => {
      expect(parse(source)).toBe(Number(source));
    }),
    { numRuns: 2000 },
  );
});

test("parsing rounds halves between neighbouring floats to even, and a digit beyond tips the scale", () => {
  const view = new DataView(new ArrayBuffer(8));
  const bits = fc.bigInt({ min: 1n, max: 0x7fe0000000000000n });
  fc.assert(
    fc.property(bits, fc.constantFrom("", "1", "0000000001"), (pattern, tail) => {
      view.setBigUint64(0, pattern);
      const low = view.getFloat64(0);
      const half = exactHalf(pattern);
      const text = half + (half.includes(".") ? tail : tail === "" ? "" : `.${tail}`);
      expect(parse(text)).toBe(Number(text));
      expect(parse(text) === low || (parse(text) ?? 0) > low).toBe(true);
    }),
    { numRuns: 300 },
  );
});

/** Exact decimal of the middle between a positive float and the next one. */
function exactHalf(bits: bigint): string {
  const field = bits >> 52n;
  const m = 2n * ((bits & 0xfffffffffffffn) | (field === 0n ? 0n : 1n << 52n)) + 1n;
  const e = (field === 0n ? 1n : field) - 1076n;
  if (e >= 0n) return (m << e).toString();
  const scaled = (m * 10n ** -e) >> -e;
  const text = scaled.toString().padStart(Number(-e) + 1, "0");
  return `${text.slice(0, Number(e))}.${text.slice(Number(e))}`;
}

test("what is no float is refused", () => {
  for (const text of ["", "+", "-", ".", "e5", "1e", "1e+", "1.2.3", "0x10", "1 ", " 1", "1_0", "infinit", "--1"]) {
    expect(parse(text)).toBe(null);
  }
  expect(parse("inf")).toBe(Infinity);
  expect(parse("-Infinity")).toBe(-Infinity);
  expect(parse("NaN")).toBe(Number.NaN);
  expect(parse(".5")).toBe(0.5);
  expect(parse("5.")).toBe(5);
});

/** A spec as layout.ts draws it. */
function spec(fields: {
  style?: number;
  align?: number;
  plus?: boolean;
  zero?: boolean;
  width?: number;
  precision?: number;
  fill?: string;
}): bigint {
  let bits = BigInt(fields.style ?? 0) | (BigInt(fields.align ?? 0) << 4n);
  if (fields.plus === true) bits |= 1n << 6n;
  if (fields.zero === true) bits |= 1n << 8n;
  if (fields.width !== undefined) bits |= (1n << 9n) | (BigInt(fields.width) << 11n);
  if (fields.precision !== undefined) bits |= (1n << 10n) | (BigInt(fields.precision) << 27n);
  return BigInt.asIntN(64, bits | (BigInt(fields.fill?.codePointAt(0) ?? 0) << 43n));
}

function format(payload: bigint, tag: number, bits: bigint): string {
  machine.raw("format_begin");
  machine.raw("format_value", payload, tag, bits);
  return machine.readText(machine.number("format_end"));
}

/** Exact decimal with `places` decimals, half to even. */
function fixed(x: number, places: number): string {
  const bits = floatBits(Math.abs(x));
  const field = bits >> 52n;
  const m = (bits & 0xfffffffffffffn) | (field === 0n ? 0n : 1n << 52n);
  const e = (field === 0n ? 1n : field) - 1075n;
  const scaled = m * 10n ** BigInt(places);
  let rounded: bigint;
  if (e >= 0n) rounded = scaled << e;
  else {
    rounded = scaled >> -e;
    const rest = scaled - (rounded << -e);
    const half = 1n << (-e - 1n);
    if (rest > half || (rest === half && (rounded & 1n) === 1n)) rounded++;
  }
  const text = rounded.toString().padStart(places + 1, "0");
  const sign = x < 0 || Object.is(x, -0) ? "-" : "";
  return sign + (places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`);
}

test("a fixed number of decimals is the exact value rounded half to even", () => {
  const finite = anyFloat.filter((x) => Number.isFinite(x));
  fc.assert(
    fc.property(finite, fc.integer({ min: 0, max: 30 }), (x, precision) => {
      expect(format(floatBits(x), layout.TAG_FLOAT, spec({ precision }))).toBe(fixed(x, precision));
    }),
    { numRuns: 2000 },
  );
});

test("integers are shown in decimal, hexadecimal and binary", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (n) => {
      expect(format(n, layout.TAG_INT, 0n)).toBe(n.toString());
      expect(format(n, layout.TAG_INT, spec({ style: layout.STYLE_HEX }))).toBe(BigInt.asUintN(64, n).toString(16));
      expect(format(n, layout.TAG_INT, spec({ style: layout.STYLE_BINARY }))).toBe(BigInt.asUintN(64, n).toString(2));
      expect(format(n, layout.TAG_U64, 0n)).toBe(BigInt.asUintN(64, n).toString());
    }),
  );
});

test("padding counts characters and puts the rest on the right of a centred text", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 12 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 20 }), fc.constantFrom(1, 2, 3), (source, width, align) => {
      const missing = Math.max(0, width - Array.from(source).length);
      const before = align === layout.ALIGN_RIGHT ? missing : align === layout.ALIGN_CENTER ? missing >> 1 : 0;
      const shown = format(BigInt(machine.text(source)), layout.TAG_STRING, spec({ align, width, fill: "é" }));
      expect(shown).toBe("é".repeat(before) + source + "é".repeat(missing - before));
    }),
  );
});

test("format specs of numbers follow the reference", () => {
  const { TAG_INT, TAG_FLOAT } = layout;
  expect(format(floatBits(-1.555), TAG_FLOAT, spec({ zero: true, width: 8, precision: 2 }))).toBe("-0001.55");
  expect(format(3n, TAG_INT, spec({ plus: true }))).toBe("+3");
  expect(format(floatBits(2), TAG_FLOAT, spec({ align: 1, width: 8, precision: 3 }))).toBe("2.000   ");
  expect(format(-42n, TAG_INT, spec({ zero: true, width: 5 }))).toBe("-0042");
  expect(format(7n, TAG_INT, spec({ fill: "*", align: 3, width: 6 }))).toBe("*****7");
  expect(format(1n, TAG_INT, spec({ width: 5 }))).toBe("1    ");
});

test("parsing integers accepts exactly the numbers that fit", () => {
  const parseInteger = (name: string, text: string): bigint | null => {
    const result = machine.number(name, machine.text(text));
    if (machine.word(result + layout.RESULT_VARIANT) !== layout.VARIANT_OK) return null;
    return machine.long(result + layout.OBJECT_SLOTS + layout.SLOT_PAYLOAD);
  };
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), (n) => {
      const fits = BigInt.asIntN(64, n) === n;
      expect(parseInteger("string_parse_i64", n.toString())).toBe(fits ? n : null);
      const fitsUnsigned = n >= 0n && BigInt.asUintN(64, n) === n;
      expect(parseInteger("string_parse_u64", n.toString())).toBe(fitsUnsigned ? BigInt.asIntN(64, n) : null);
    }),
  );
  expect(parseInteger("string_parse_i64", "-9223372036854775808")).toBe(-(2n ** 63n));
  expect(parseInteger("string_parse_i64", "9223372036854775808")).toBe(null);
  expect(parseInteger("string_parse_i64", "+7")).toBe(7n);
  for (const text of ["", "-", "+", "1 ", "1.0", "0x1", "１"])
    expect(parseInteger("string_parse_i64", text)).toBe(null);
});
