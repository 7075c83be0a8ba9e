import { layout } from "@crucible/rune-runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMachine, Failure } from "./machine.ts";
import type { Machine, Plain, Value } from "./machine.ts";

const plain: fc.Arbitrary<Plain> = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 6 }),
  ),
})).value;

/** Fills memory with what nothing refers to. */
function makeGarbage(machine: Machine, count: number): void {
  for (let i = 0; i < count; i++) {
    machine.text(`garbage ${i}`);
    const vec = machine.number("vec_new");
    machine.raw("vec_push", vec, BigInt(machine.text("x".repeat(i % 300))), layout.TAG_STRING);
  }
}

function liveBytes(machine: Machine): number {
  return machine.number("statistic", 0);
}

test("what a root reaches survives a collection unchanged, among garbage and new objects", () => {
  fc.assert(
    fc.property(fc.array(plain, { maxLength: 8 }), (plains) => {
      const machine = createMachine();
      const values: Value[] = [];
      for (const from of plains) {
        const value = machine.value(from);
        machine.root(value);
        values.push(value);
        makeGarbage(machine, 20);
      }
      const before = values.map(machine.debug);
      machine.raw("collect");
      makeGarbage(machine, 200);
      machine.raw("collect");
      expect(values.map(machine.debug)).toEqual(before);
    }),
    { numRuns: 60 },
  );
});

test("garbage is given back: the heap does not grow over many rounds of the same work", () => {
  const machine = createMachine({ pages: 64 });
  makeGarbage(machine, 2000);
  machine.raw("collect");
  const blocks = machine.number("statistic", 1);
  for (let round = 0; round < 20; round++) {
    makeGarbage(machine, 2000);
    machine.raw("collect");
  }
  expect(machine.number("statistic", 1)).toBeLessThanOrEqual(blocks + 2);
  expect(liveBytes(machine)).toBe(0);
});

test("cycles are garbage too", () => {
  const machine = createMachine();
  const vec = machine.number("vec_new");
  machine.raw("vec_push", vec, BigInt(vec), layout.TAG_VEC);
  machine.raw("collect");
  expect(liveBytes(machine)).toBe(0);
});

test("more references than the mark stack holds are all followed", () => {
  const machine = createMachine();
  const outer = machine.number("vec_new");
  machine.root({ payload: BigInt(outer), tag: layout.TAG_VEC });
  const count = 60_000;
  for (let i = 0; i < count; i++) {
    const inner = machine.number("vec_new");
    machine.raw("vec_push", inner, BigInt(i), layout.TAG_INT);
    machine.raw("vec_push", outer, BigInt(inner), layout.TAG_VEC);
  }
  machine.raw("collect");
  makeGarbage(machine, 5000);
  for (const i of [0, 1, 17_000, 33_333, count - 1]) {
    const inner = machine.any("vec_at", outer, BigInt(i));
    expect(machine.any("vec_at", Number(inner.payload), 0n).payload).toBe(BigInt(i));
  }
});

test("a deep list is followed without recursion", () => {
  const machine = createMachine();
  let head: Value = { payload: 0n, tag: layout.TAG_UNIT };
  for (let i = 0; i < 200_000; i++)
    head = { payload: BigInt(machine.number("option_some", head.payload, head.tag)), tag: layout.TAG_OPTION };
  machine.root(head);
  machine.raw("collect");
  expect(liveBytes(machine)).toBe(200_000 * 32);
  machine.unroot(1);
  machine.raw("collect");
  expect(liveBytes(machine)).toBe(0);
});

test("keys, values, parts and captures are followed", () => {
  const machine = createMachine();
  const map = machine.number("map_new");
  machine.root({ payload: BigInt(map), tag: layout.TAG_HASH_MAP });
  const shown: string[] = [];
  for (let i = 0; i < 500; i++) {
    const key = machine.value([BigInt(i), `key ${i}`]);
    const tuple = machine.number("tuple_new", 2);
    for (const [k, part] of [`left ${i}`, `right ${i}`].entries()) {
      const slot = tuple + layout.OBJECT_SLOTS + k * layout.SLOT_SIZE;
      machine.setWord(slot, layout.TAG_STRING);
      machine.setLong(slot + layout.SLOT_PAYLOAD, BigInt(machine.text(part)));
    }
    machine.raw("map_insert", map, key.payload, key.tag, BigInt(tuple), layout.TAG_TUPLE);
    shown.push(`[${i}, "key ${i}"]: ("left ${i}", "right ${i}")`);
    if (i % 100 === 0) machine.raw("collect");
  }
  machine.raw("collect");
  makeGarbage(machine, 3000);
  expect(machine.debug({ payload: BigInt(map), tag: layout.TAG_HASH_MAP })).toBe(`{${shown.join(", ")}}`);
});

test("statics are roots", () => {
  const machine = createMachine();
  const slots = machine.number("statistic", 3) - 64;
  machine.setWord(layout.PROGRAM_STATICS, slots);
  machine.setWord(layout.PROGRAM_STATIC_COUNT, 1);
  machine.setWord(slots, layout.TAG_STRING);
  machine.setLong(slots + layout.SLOT_PAYLOAD, BigInt(machine.text("kept")));
  machine.raw("collect");
  expect(machine.readText(Number(machine.long(slots + layout.SLOT_PAYLOAD)))).toBe("kept");
  expect(liveBytes(machine)).toBeGreaterThan(0);
});

test("a large allocation beyond the limit is refused without effect and fits after a collection", () => {
  const machine = createMachine({ pages: 48 });
  const big = 900_000n;
  let count = 0;
  while (machine.number("string_with_capacity", big) !== 0) count++;
  expect(count).toBeGreaterThan(0);
  expect(machine.word(layout.CELL_COLLECT)).toBe(1);
  machine.raw("collect");
  expect(machine.number("string_with_capacity", big)).not.toBe(0);
});

test("memory boundary: a vec of booleans fits up to the limit and the next growth is refused with all elements intact", () => {
  const machine = createMachine({ pages: 64 });
  const vec = machine.number("vec_new");
  machine.root({ payload: BigInt(vec), tag: layout.TAG_VEC });
  let length = 0;
  while (machine.number("vec_push", vec, BigInt(length % 2), layout.TAG_BOOL) === 1) length++;
  expect(length).toBeGreaterThan(1_000_000);
  expect(length).toBeLessThan(64 * 65_536);
  expect(machine.number("vec_len", vec)).toBe(length);
  for (const i of [0, 1, 500_001, length - 1]) {
    expect(machine.any("vec_at", vec, BigInt(i))).toEqual({ payload: BigInt(i % 2), tag: layout.TAG_BOOL });
  }
  expect(machine.memory.buffer.byteLength).toBeLessThanOrEqual(64 * 65_536);
});

test("small objects still fit after a large one was refused", () => {
  const machine = createMachine({ pages: 48 });
  while (machine.number("string_with_capacity", 300_000n) !== 0);
  for (let i = 0; i < 1000; i++) expect(machine.number("option_some", 1n, layout.TAG_INT)).not.toBe(0);
});

test("five million booleans stay far below a hundred megabytes", () => {
  const machine = createMachine();
  const vec = machine.number("vec_new");
  machine.root({ payload: BigInt(vec), tag: layout.TAG_VEC });
  expect(machine.number("vec_resize", vec, 5_000_000n, 1n, layout.TAG_BOOL)).toBe(1);
  expect(machine.memory.buffer.byteLength).toBeLessThan(16 * 1024 * 1024);
});

test("in stress mode each safepoint collects, and fuel is the same as without", () => {
  const used = [true, false].map((stress) => {
    const machine = createMachine({ stress });
    for (let i = 0; i < 50; i++) {
      machine.text("x".repeat(i * 100));
      machine.setWord(layout.CELL_COUNTER, machine.word(layout.CELL_COUNTER) - 7);
      machine.raw("safepoint");
    }
    if (stress) expect(machine.number("statistic", 2)).toBe(50);
    return machine.raw("fuel_used");
  });
  expect(used[0]).toBe(used[1]);
});

test("fuel boundary: as much as is granted can be used, one more fails", () => {
  for (const [work, fails] of [
    [1000, false],
    [1001, true],
  ] as const) {
    const machine = createMachine({ fuel: 1000n });
    machine.setWord(layout.CELL_COUNTER, machine.word(layout.CELL_COUNTER) - work);
    const run = (): unknown => (machine.word(layout.CELL_COUNTER) < 0 ? machine.raw("safepoint") : undefined);
    if (fails) {
      expect(run).toThrow(Failure);
    } else {
      run();
      expect(machine.raw("fuel_used")).toBe(1000n);
    }
  }
});
