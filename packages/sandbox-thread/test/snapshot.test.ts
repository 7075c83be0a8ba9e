import { takeSnapshot } from "@crucible/sandbox-thread";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const page = 65_536;

test("restore gives back what was taken and zeroes what was written beyond it", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(page - 1), fc.integer({ min: 1, max: 255 })), { maxLength: 40 }),
      fc.array(fc.tuple(fc.nat(3 * page - 1), fc.integer({ min: 1, max: 255 })), { maxLength: 40 }),
      fc.boolean(),
      (before, after, grows) => {
        const memory = new WebAssembly.Memory({ initial: grows ? 1 : 3, maximum: 3 });
        const write = (edits: readonly (readonly [number, number])[]): void => {
          const bytes = new Uint8Array(memory.buffer);
          for (const [at, byte] of edits) bytes[at] = byte;
        };
        write(before);
        const expected = new Uint8Array(memory.buffer).slice(0, page);
        const snapshot = takeSnapshot(memory, [[0, page]]);
        if (grows) memory.grow(2);
        write(after);
        snapshot.restore(3 * page);
        const restored = new Uint8Array(memory.buffer);
        expect(Buffer.compare(restored.subarray(0, page), expected)).toBe(0);
        expect(restored.subarray(page).every((byte) => byte === 0)).toBe(true);
      },
    ),
  );
});

test("only the regions are kept: what lies between them is left alone", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(1, 0, 300);
  const snapshot = takeSnapshot(memory, [
    [0, 100],
    [200, 300],
  ]);
  expect(snapshot.byteLength).toBe(200);
  bytes.fill(2, 0, 400);
  snapshot.restore(400);
  expect([bytes[99], bytes[100], bytes[199], bytes[200], bytes[299], bytes[300], bytes[399]]).toStrictEqual([
    1, 2, 2, 1, 1, 0, 0,
  ]);
});

test.each([
  [[[10, 5]]],
  [
    [
      [0, 10],
      [5, 20],
    ],
  ],
  [[[0, page + 1]]],
])("takeSnapshot refuses the regions %j", (regions) => {
  expect(() => takeSnapshot(new WebAssembly.Memory({ initial: 1 }), regions as [number, number][])).toThrow(RangeError);
});
