import { layout } from "@crucible/rune-runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMachine } from "./machine.ts";
import type { Machine, Value } from "./machine.ts";

/** Keys that hash: integers, strings, bytes' worth of nesting. */
const key: fc.Arbitrary<bigint | string | readonly (bigint | string)[]> = fc.oneof(
  fc.bigInt({ min: -20n, max: 20n }),
  fc.string({ unit: fc.constantFrom("a", "b", "é", "𝄞"), maxLength: 3 }),
  fc.array(fc.oneof(fc.bigInt({ min: 0n, max: 2n }), fc.constantFrom("x", "y")), { maxLength: 2 }),
);

type Model = Map<string, { key: bigint | string | readonly (bigint | string)[]; value: bigint }>;

interface Real {
  readonly machine: Machine;
  readonly map: number;
}

function nameOf(from: bigint | string | readonly (bigint | string)[]): string {
  return Array.isArray(from)
    ? `[${from.map((part: bigint | string) => nameOf(part)).join(", ")}]`
    : typeof from === "string"
      ? JSON.stringify(from)
      : String(from);
}

type Command = fc.Command<Model, Real>;

class Insert implements Command {
  readonly key;
  readonly value;
  constructor(from: bigint | string | readonly (bigint | string)[], value: bigint) {
    this.key = from;
    this.value = value;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, { machine, map }: Real): void {
    const { payload, tag } = machine.value(this.key);
    const before = model.get(nameOf(this.key));
    const old = machine.any("map_insert", map, payload, tag, this.value, layout.TAG_INT);
    expect(old).toEqual(before === undefined ? end : { payload: before.value, tag: layout.TAG_INT });
    model.set(nameOf(this.key), { key: this.key, value: this.value });
  }
  toString(): string {
    return `insert(${nameOf(this.key)}, ${this.value})`;
  }
}

class Remove implements Command {
  readonly key;
  constructor(from: bigint | string | readonly (bigint | string)[]) {
    this.key = from;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, { machine, map }: Real): void {
    const { payload, tag } = machine.value(this.key);
    const before = model.get(nameOf(this.key));
    expect(machine.any("map_remove", map, payload, tag)).toEqual(
      before === undefined ? end : { payload: before.value, tag: layout.TAG_INT },
    );
    model.delete(nameOf(this.key));
  }
  toString(): string {
    return `remove(${nameOf(this.key)})`;
  }
}

class Collect implements Command {
  check(): boolean {
    return true;
  }
  run(model: Model, { machine, map }: Real): void {
    machine.raw("collect");
    expect(machine.debug({ payload: BigInt(map), tag: layout.TAG_HASH_MAP })).toBe(
      `{${[...model].map(([name, { value }]) => `${name}: ${value}`).join(", ")}}`,
    );
  }
  toString(): string {
    return "collect";
  }
}

const end: Value = { payload: 0n, tag: layout.TAG_END };

test("a hash map behaves as an insertion-ordered map by structure", () => {
  const commands = fc.commands(
    [
      fc.tuple(key, fc.bigInt({ min: 0n, max: 99n })).map(([from, value]) => new Insert(from, value)),
      key.map((from) => new Remove(from)),
      fc.constant(new Collect()),
    ],
    { maxCommands: 200 },
  );
  fc.assert(
    fc.property(commands, (list) => {
      const machine = createMachine();
      const map = machine.number("map_new");
      machine.root({ payload: BigInt(map), tag: layout.TAG_HASH_MAP });
      fc.modelRun(() => ({ model: new Map(), real: { machine, map } }), [...list, new Collect()]);
    }),
    { numRuns: 100 },
  );
});

test("removing and adding in turn does not let a map grow", () => {
  const machine = createMachine();
  const map = machine.number("map_new");
  machine.root({ payload: BigInt(map), tag: layout.TAG_HASH_MAP });
  for (let i = 0; i < 100_000; i++) {
    machine.raw("map_insert", map, BigInt(i), layout.TAG_INT, 1n, layout.TAG_INT);
    machine.raw("map_remove", map, BigInt(i - 10), layout.TAG_INT);
  }
  expect(machine.number("map_len", map)).toBe(10);
  expect(machine.number("map_capacity", map)).toBeLessThan(200);
});

test("an object keeps its own copy of a key", () => {
  const machine = createMachine();
  const object = machine.number("object_new");
  const name = machine.text("name");
  machine.raw("object_insert", object, name, 1n, layout.TAG_INT);
  machine.raw("string_push", name, "x".codePointAt(0) ?? 0);
  expect(machine.any("object_get", object, machine.text("name")).payload).toBe(1n);
  expect(machine.any("object_get", object, name)).toEqual(end);
});

test("cursors visit every entry once, also with holes", () => {
  const machine = createMachine();
  const set = machine.number("set_new");
  for (let i = 0; i < 50; i++) machine.raw("set_insert", set, BigInt(i), layout.TAG_INT);
  for (let i = 0; i < 50; i += 3) machine.raw("set_remove", set, BigInt(i), layout.TAG_INT);
  const seen: bigint[] = [];
  for (
    let at = machine.raw("set_next", set, 0n);
    typeof at === "bigint" && at >= 0n;
    at = machine.raw("set_next", set, at + 1n)
  ) {
    seen.push(machine.any("set_key", set, at).payload);
  }
  expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => BigInt(i)).filter((i) => i % 3n !== 0n));
});

test("equal integers of two types have one hash and do not mix as keys", () => {
  const machine = createMachine();
  const map = machine.number("map_new");
  machine.raw("map_insert", map, 1n, layout.TAG_INT, 1n, layout.TAG_INT);
  expect(() => machine.any("map_insert", map, 1n, layout.TAG_U64, 2n, layout.TAG_INT)).toThrow("failure 5");
});
