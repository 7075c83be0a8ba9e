import { layout } from "@crucible/rune-runtime";
import type { Value as HostValue } from "@crucible/sandbox";
import { decodeValue, encodeValue, unwrap } from "@crucible/sandbox";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMachine } from "./machine.ts";
import type { Machine, Value } from "./machine.ts";

const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.string({ unit: "grapheme", maxLength: 10 }),
  fc.uint8Array({ maxLength: 10 }),
);
const hostValue = fc.letrec<{ value: HostValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar as fc.Arbitrary<HostValue>,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ unit: "grapheme", maxLength: 5 }).filter((key) => key !== "__proto__"),
      tie("value"),
      { maxKeys: 4 },
    ),
  ),
})).value;

function decode(machine: Machine, bytes: Uint8Array): Value {
  const address = machine.number("decode_space", bytes.length);
  new Uint8Array(machine.memory.buffer).set(bytes, address);
  return machine.any("decode_value", address, bytes.length);
}

function encode(machine: Machine, { payload, tag }: Value): Uint8Array {
  machine.raw("encode_begin");
  machine.raw("encode_value", payload, tag);
  const address = machine.number("encode_end");
  return new Uint8Array(machine.memory.buffer).slice(address, address + machine.number("encode_size"));
}

test("what the host encodes comes back byte for byte", () => {
  fc.assert(
    fc.property(hostValue, (value) => {
      const machine = createMachine();
      const bytes = unwrap(encodeValue(value));
      const inside = decode(machine, bytes);
      machine.root(inside);
      machine.raw("collect");
      expect(encode(machine, inside)).toEqual(bytes);
    }),
    { numRuns: 200 },
  );
});

test("damaged encodings are refused, whatever they are", () => {
  fc.assert(
    fc.property(hostValue, fc.nat(), fc.nat({ max: 255 }), (value, at, byte) => {
      const machine = createMachine();
      const bytes = unwrap(encodeValue(value)).slice();
      bytes[at % bytes.length] = byte;
      try {
        const inside = decode(machine, bytes);
        expect(inside.tag).not.toBe(layout.TAG_FULL);
      } catch (thrown) {
        expect(String(thrown)).toMatch(/failure (29|66)/);
      }
    }),
    { numRuns: 300 },
  );
  for (const bytes of [[], [9], [6, 255, 255, 255, 255], [8, 1, 0, 0, 0], [0, 0], [42]]) {
    expect(() => decode(createMachine(), new Uint8Array(bytes))).toThrow("failure 29");
  }
});

test("values that only Rune has are mapped", () => {
  const machine = createMachine();
  const out = (payload: bigint, tag: number): HostValue => unwrap(decodeValue(encode(machine, { payload, tag })));
  expect(out(0x1f600n, layout.TAG_CHAR)).toBe("😀");
  expect(out(7n, layout.TAG_U64)).toBe(7);
  expect(out(BigInt(layout.NONE_OBJECT), layout.TAG_OPTION)).toBe(null);
  const some = machine.number("option_some", 5n, layout.TAG_INT);
  expect(out(BigInt(some), layout.TAG_OPTION)).toBe(5);
  const error = machine.number("result_err", BigInt(some), layout.TAG_OPTION);
  expect(out(BigInt(error), layout.TAG_RESULT)).toEqual({ Err: 5 });
  expect(() => out(-1n, layout.TAG_U64)).toThrow("failure 29");
  expect(() => out(0n, layout.TAG_CLOSURE)).toThrow(`failure ${layout.FAIL_TYPE}`);
});

test("a host call sends name and arguments and turns the answer into a result", () => {
  const answer = (kind: number, value: HostValue): Uint8Array => new Uint8Array([kind, ...unwrap(encodeValue(value))]);
  const ask = (bytes: Uint8Array): string => {
    const machine = createMachine({ answer: bytes });
    const args = machine.value(["a", 1n]);
    const name = machine.text("crucible.read_note");
    return machine.debug(machine.any("host_call", name, args.payload, args.tag));
  };
  expect(ask(answer(0, "plain"))).toBe('"plain"');
  expect(ask(answer(1, { a: [1, null] }))).toBe('Ok({"a": [1, ()]})');
  expect(ask(answer(2, { code: "host/note-not-found" }))).toBe('Err({"code": "host/note-not-found"})');
  expect(ask(answer(3, 2))).toBe("Some(2)");
  expect(ask(answer(4, null))).toBe("None");
});

test("output is metered: the last byte that is granted can be printed, one more cannot", () => {
  const machine = createMachine();
  machine.setLong(layout.CELL_OUTPUT, 6n);
  machine.raw("print", machine.text("hello"), 1);
  expect(machine.output()).toBe("hello\n");
  expect(() => machine.raw("print", machine.text("x"), 0)).toThrow(`failure ${layout.FAIL_OUTPUT}`);
});
