import { equalValues, Float, isObject, object, unwrap, type Value } from "@crucible/sandbox";
import { arbitraryValue } from "@crucible/sandbox/testing";
import { formatCsv, formatToml, formatYaml, parseCsv, parseToml, parseYaml } from "@crucible/stdlib-utils";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

const has = (value: Value, test: (each: Value) => boolean): boolean =>
  test(value) ||
  (Array.isArray(value)
    ? (value as readonly Value[]).some((each) => has(each, test))
    : isObject(value) && Object.values(value).some((each) => has(each, test)));
const hasBytes = (value: Value): boolean => has(value, (each) => each instanceof Uint8Array);
// The library writes -0.0 as 0.0.
const hasMinusZero = (value: Value): boolean => has(value, (each) => Object.is(each, -0));
const hasNull = (value: Value): boolean => has(value, (each) => each === null);

describe("YAML", () => {
  test("that is written is read back as it was, 64-bit integers and 1.0 included", () => {
    fc.assert(
      fc.property(arbitraryValue(), (value) => {
        const text = formatYaml(value);
        expect(text.ok).toBe(!hasBytes(value));
        if (!text.ok) return;
        const back = parseYaml(text.value);
        if (!back.ok || !equalValues(back.value, value)) expect({ text: text.value, back }).toBe(value);
      }),
      { numRuns: 500 },
    );
    expect(unwrap(formatYaml({ a: 1, b: new Float(1), c: 9223372036854775807n, d: "1", e: "no", f: -0 }))).toBe(
      'a: 1\nb: 1.0\nc: 9223372036854775807\nd: "1"\ne: no\nf: -0.0\n',
    );
  });

  test.each([
    ["a: &x 1\nb: *x", "anchors (&name) are not read in line 1"],
    ["a: !!js/function x", "tags (!name) are not read in line 1"],
    ["a: 1\na: 2", 'the key "a" is there twice in line 2'],
    ["[a", "Flow sequence"],
    ["a: 9223372036854775808", "does not fit 64 bits"],
    ["? [1]\n: 2", "a key is not plain text"],
    [`${"[".repeat(100)}${"]".repeat(100)}`, "it nests deeper than 64 levels in line 1"],
    [`a: 1\nb: |\n  [[[\nc: ${"[".repeat(90_000)}`, "it nests deeper than 64 levels in line 4"],
    ["- ".repeat(40_000), "it nests deeper than 64 levels in line 1"],
    ["a: ".repeat(30_000), "it nests deeper than 64 levels in line 1"],
    [Array.from({ length: 80 }, (_, level) => `${" ".repeat(level)}a:`).join("\n"), "it nests deeper than 64 levels"],
  ])("such as %j is refused", (text, message) => {
    const outcome = parseYaml(text);
    expect(outcome.ok ? "" : outcome.error.message).toContain(message);
  });

  test("keeps keys that other readers take for something else", () => {
    expect(unwrap(parseYaml("__proto__: 1\n<<: 2\n1: 3\ntrue: 4"))).toStrictEqual(
      object([
        ["__proto__", 1],
        ["<<", 2],
        ["1", 3],
        ["true", 4],
      ]),
    );
  });
});

describe("TOML", () => {
  const documents = fc.dictionary(fc.string(), arbitraryValue()).map((entries) => object(Object.entries(entries)));

  test("refuses an integer beyond 64 bits, as the other formats do", () => {
    for (const text of ["a = 9223372036854775808", "a = [-9223372036854775809]"])
      expect(parseToml(text)).toMatchObject({ ok: false, error: { code: "host/invalid-argument" } });
    expect(unwrap(parseToml("a = 9223372036854775807"))).toStrictEqual(object([["a", 9223372036854775807n]]));
  });

  test("that is written is read back as it was", () => {
    fc.assert(
      fc.property(documents, (value) => {
        fc.pre(!hasMinusZero(value));
        const text = formatToml(value);
        expect(text.ok).toBe(!hasBytes(value) && !hasNull(value));
        if (!text.ok) return;
        const back = parseToml(text.value);
        if (!back.ok || !equalValues(back.value, value)) expect({ text: text.value, back }).toBe(value);
      }),
      { numRuns: 500 },
    );
  });

  test("has dates as text, and says where it is wrong", () => {
    expect(unwrap(parseToml("a = 1\nb = 1.0\nday = 2026-11-20\nat = 2026-11-20T08:00:00+01:00\n"))).toStrictEqual(
      object([
        ["a", 1],
        ["b", new Float(1)],
        ["day", "2026-11-20"],
        ["at", "2026-11-20T08:00:00.000+01:00"],
      ]),
    );
    expect(parseToml("a = 1\nb = =")).toMatchObject({
      ok: false,
      error: { code: "host/invalid-argument", message: expect.stringContaining("in line 2") as string },
    });
    expect(formatToml([1])).toMatchObject({ ok: false, error: { code: "host/invalid-argument" } });
  });
});

describe("CSV", () => {
  const cells = fc.array(fc.array(fc.string({ unit: "grapheme" }), { minLength: 2, maxLength: 4 }), { maxLength: 6 });

  test("that is written is read back as it was, whatever is in the cells", () => {
    fc.assert(
      fc.property(cells, fc.constantFrom(",", ";", "\t"), (rows, delimiter) => {
        // The mark that files may start with is none of the first cell.
        fc.pre(rows[0]?.[0]?.startsWith("\uFEFF") !== true);
        const text = unwrap(formatCsv(rows, { delimiter }));
        expect(unwrap(parseCsv(text, { delimiter }))).toStrictEqual(rows);
      }),
    );
  });

  test("with a header gives objects, and objects give a header", () => {
    const rows = [
      object([
        ["name", "a,b"],
        ["n", "1"],
      ]),
      object([
        ["name", 'c"d'],
        ["n", ""],
      ]),
    ];
    const text = unwrap(formatCsv(rows));
    expect(text).toBe('name,n\n"a,b",1\n"c""d",\n');
    expect(unwrap(parseCsv(text, { header: true }))).toStrictEqual(rows);
    expect(
      unwrap(
        formatCsv([
          { a: 1, b: new Float(1) },
          { b: null, c: true },
        ]),
      ),
    ).toBe("a,b,c\n1,1.0,\n,,true\n");
  });

  test.each([
    ["a,a\n1,2", "twice"],
    ['a,b\n"1,2', "Quote"],
    ["a,b\n1,2,3", "Invalid Record Length"],
  ])("such as %j is refused", (text, message) => {
    const outcome = parseCsv(text, { header: true });
    expect(outcome.ok ? "" : outcome.error.message).toContain(message);
  });

  test("refuses what has no form in it", () => {
    expect(formatCsv([[[1]]]).ok).toBe(false);
    expect(formatCsv([1]).ok).toBe(false);
    expect(formatCsv("a").ok).toBe(false);
  });
});
