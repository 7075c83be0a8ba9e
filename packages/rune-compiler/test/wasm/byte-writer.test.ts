// White-box, because the binary encodings have no public name: numbers survive writing and reading.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteWriter } from "../../dist/wasm/byte-writer.js";
import { ByteReader, readModule } from "../../dist/wasm/module-reader.js";

test("unsigned LEB128 reads back", () => {
  fc.assert(
    fc.property(fc.nat({ max: 0xffff_ffff }), (value) => {
      const out = new ByteWriter(1);
      out.unsigned(value);
      expect(new ByteReader(out.bytes()).unsigned()).toBe(value);
    }),
  );
});

test("signed LEB128 of 64 bits is minimal two's complement", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (value) => {
      const out = new ByteWriter(1);
      out.signed64(value);
      let read = 0n;
      let shift = 0n;
      for (const byte of out.bytes()) {
        read |= BigInt(byte & 0x7f) << shift;
        shift += 7n;
      }
      expect(BigInt.asIntN(Number(shift), read)).toBe(value);
      expect(out.length).toBeLessThanOrEqual(10);
    }),
  );
});

test("readModule refuses what ends early", () => {
  expect(() => readModule(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 9, 0]))).toThrow(RangeError);
});
