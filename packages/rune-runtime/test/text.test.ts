import { layout } from "@crucible/rune-runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMachine, Failure } from "./machine.ts";

const machine = createMachine();
const text = fc.string({
  unit: fc.constantFrom(
    "a",
    "b",
    "é",
    "ß",
    "ﬁ",
    "İ",
    "Σ",
    "𝄞",
    " ",
    "\n",
    "\u3000",
    "\u0301",
    "\u200b",
    '"',
    "\\",
    "\0",
  ),
  maxLength: 20,
});

function bytes(source: string): Uint8Array {
  return new TextEncoder().encode(source);
}

test("concatenating, inserting and repeating agree with JavaScript", () => {
  fc.assert(
    fc.property(text, text, fc.nat({ max: 5 }), (a, b, n) => {
      expect(machine.readText(machine.number("string_concat", machine.text(a), machine.text(b)))).toBe(a + b);
      expect(machine.readText(machine.number("string_repeat", machine.text(a), BigInt(n)))).toBe(a.repeat(n));
      const grown = machine.text(a);
      for (let i = 0; i < n; i++) machine.raw("string_push_str", grown, machine.text(b));
      for (const c of b) machine.raw("string_push", grown, c.codePointAt(0) ?? 0);
      expect(machine.readText(grown)).toBe(a + b.repeat(n) + b);
      const self = machine.text(a);
      machine.raw("string_push_str", self, self);
      expect(machine.readText(self)).toBe(a + a);
      const cut = bytes(a.slice(0, a.length >> 1)).length;
      if (machine.number("string_is_boundary", self, BigInt(cut)) === 1) {
        machine.raw("string_insert", self, BigInt(cut), machine.text(b));
        expect(machine.readText(self)).toBe(
          new TextDecoder().decode(bytes(a + a).slice(0, cut)) + b + new TextDecoder().decode(bytes(a + a).slice(cut)),
        );
        const twice = machine.text(a);
        machine.raw("string_insert", twice, BigInt(cut), twice);
        const whole = bytes(a);
        expect([...machine.readBytes(twice)]).toEqual([...whole.slice(0, cut), ...whole, ...whole.slice(cut)]);
      }
    }),
  );
});

test("searching and replacing agree with JavaScript", () => {
  fc.assert(
    fc.property(
      text,
      fc.string({ unit: fc.constantFrom("a", "b", "é"), minLength: 1, maxLength: 2 }),
      text,
      (a, b, c) => {
        const at = a.indexOf(b);
        expect(machine.raw("string_find", machine.text(a), machine.text(b), 0n)).toBe(
          at < 0 ? -1n : BigInt(bytes(a.slice(0, at)).length),
        );
        const last = a.lastIndexOf(b);
        expect(machine.raw("string_rfind", machine.text(a), machine.text(b))).toBe(
          last < 0 ? -1n : BigInt(bytes(a.slice(0, last)).length),
        );
        expect(
          machine.readText(machine.number("string_replace", machine.text(a), machine.text(b), machine.text(c))),
        ).toBe(a.split(b).join(c));
        expect(machine.number("string_starts_with", machine.text(a), machine.text(b))).toBe(a.startsWith(b) ? 1 : 0);
        expect(machine.number("string_ends_with", machine.text(a), machine.text(b))).toBe(a.endsWith(b) ? 1 : 0);
      },
    ),
  );
});

test("trimming takes Unicode blanks off both ends", () => {
  const blanks = /^[\p{White_Space}]+|[\p{White_Space}]+$/gu;
  fc.assert(
    fc.property(text, (a) => {
      expect(machine.readText(machine.number("string_trim", machine.text(a), 3))).toBe(a.replaceAll(blanks, ""));
    }),
  );
});

test("changing case agrees with JavaScript for every character", () => {
  for (let c = 0; c < 0x1f000; c += 64) {
    const part = Array.from({ length: 64 }, (_, i) => c + i)
      .filter((point) => (point < 0xd800 || point >= 0xe000) && point !== 0x3a3)
      .map((point) => String.fromCodePoint(point))
      .join("");
    expect(machine.readText(machine.number("string_lower", machine.text(part)))).toBe(part.toLowerCase());
    expect(machine.readText(machine.number("string_upper", machine.text(part)))).toBe(part.toUpperCase());
  }
});

test("a sigma at the end of a word becomes the final form", () => {
  expect(machine.readText(machine.number("string_lower", machine.text("ΣΑΣ ΟΔΟΣ")))).toBe("σας οδος");
});

test("properties of characters agree with Unicode", () => {
  const properties: readonly [string, RegExp][] = [
    ["char_is_alphabetic", /\p{Alphabetic}/u],
    ["char_is_numeric", /\p{N}/u],
    ["char_is_lowercase", /\p{Lowercase}/u],
    ["char_is_uppercase", /\p{Uppercase}/u],
    ["char_is_whitespace", /\p{White_Space}/u],
    ["char_is_control", /\p{Cc}/u],
  ];
  const point = fc.oneof(fc.nat({ max: 0x2ff }), fc.nat({ max: 0x1ffff }), fc.nat({ max: 0x10ffff }));
  fc.assert(
    fc.property(
      point.filter((c) => c < 0xd800 || c >= 0xe000),
      (c) => {
        for (const [name, pattern] of properties) {
          expect([name, machine.number(name, c)]).toEqual([name, pattern.test(String.fromCodePoint(c)) ? 1 : 0]);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test("walking characters from both ends visits all of them", () => {
  fc.assert(
    fc.property(text, (a) => {
      const address = machine.text(a);
      const forward: string[] = [];
      for (let at = 0n; ;) {
        const { payload, tag } = machine.any("string_char_at", address, at);
        if (tag === layout.TAG_END) break;
        forward.push(String.fromCodePoint(Number(payload)));
        at += BigInt(machine.number("string_char_size", Number(payload)));
      }
      expect(forward.join("")).toBe(a);
      const backward: string[] = [];
      for (let at = BigInt(bytes(a).length); ;) {
        const { payload, tag } = machine.any("string_char_before", address, at);
        if (tag === layout.TAG_END) break;
        backward.unshift(String.fromCodePoint(Number(payload)));
        at -= BigInt(machine.number("string_char_size", Number(payload)));
      }
      expect(backward.join("")).toBe(a);
    }),
  );
});

test("bytes become a string exactly when they are UTF-8", () => {
  const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const decodes = (from: Uint8Array): boolean => {
    try {
      fatal.decode(from);
      return true;
    } catch {
      return false;
    }
  };
  const candidate = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    text.map(bytes),
    fc
      .array(fc.constantFrom(0xc0, 0xe0, 0xed, 0xf0, 0xf4, 0x80, 0x9f, 0xa0, 0xbf, 0x90, 0x8f, 0x41), { maxLength: 5 })
      .map((list) => new Uint8Array(list)),
  );
  fc.assert(
    fc.property(candidate, (from) => {
      const object = machine.number("bytes_new");
      for (const byte of from) machine.raw("bytes_push", object, BigInt(byte), layout.TAG_U64);
      expect(machine.any("string_from_bytes", object).tag === layout.TAG_STRING).toBe(decodes(from));
    }),
    { numRuns: 1000 },
  );
});

test("slicing fails inside a character and beyond the end", () => {
  const address = machine.text("héllo");
  expect(machine.readText(machine.number("string_slice", address, 0n, 3n))).toBe("hé");
  for (const [start, end] of [
    [0n, 2n],
    [2n, 3n],
    [0n, 7n],
    [4n, 3n],
  ] as const) {
    expect(() => machine.number("string_slice", address, start, end)).toThrow(Failure);
  }
});

test("debug text of a string is a literal that reads back", () => {
  fc.assert(
    fc.property(text, (a) => {
      const shown = machine.debug({ payload: BigInt(machine.text(a)), tag: layout.TAG_STRING });
      const read: unknown = JSON.parse(
        shown
          .replaceAll(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) =>
            JSON.stringify(String.fromCodePoint(Number.parseInt(hex, 16))).slice(1, -1),
          )
          .replaceAll("\\0", "\\u0000"),
      );
      expect(read).toBe(a);
    }),
  );
});

test("hashes depend on the text alone", () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      const grown = machine.text(a);
      machine.raw("string_push_str", grown, machine.text(b));
      const whole = machine.text(a + b);
      expect(machine.raw("hash", BigInt(grown), layout.TAG_STRING)).toBe(
        machine.raw("hash", BigInt(whole), layout.TAG_STRING),
      );
    }),
  );
});
