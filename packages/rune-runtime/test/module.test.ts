import { ABI_FUNCTIONS, ABI_IMPORTS, layout, runtimeBytes } from "@crucible/rune-runtime";
import type { AbiKind } from "@crucible/rune-runtime";
import { expect, test } from "vitest";
import { createMachine } from "./machine.ts";

const bytes = runtimeBytes();
const module = new WebAssembly.Module(bytes);

/** Reads the sections of the module: kind and content. */
function sections(): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  let at = 8;
  const number = (): number => {
    let result = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      result |= (byte & 127) << shift;
      if (byte < 128) return result;
    }
  };
  while (at < bytes.length) {
    const kind = bytes[at++] ?? 0;
    const size = number();
    found.set(kind, bytes.slice(at, at + size));
    at += size;
  }
  return found;
}

test("the module exports exactly the functions of the ABI", () => {
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  expect(names.toSorted()).toEqual([...ABI_FUNCTIONS.keys()].toSorted());
});

test("the module imports exactly a memory and the functions of the ABI", () => {
  const names = WebAssembly.Module.imports(module).map((entry) => `${entry.module}.${entry.name}`);
  expect(names.toSorted()).toEqual(["env.memory", ...ABI_IMPORTS.map(({ name }) => `rune.${name}`)].toSorted());
});

test("every function takes the number of arguments that its signature says", () => {
  const machine = createMachine();
  const words = (kind: AbiKind): number => (kind === "any" ? 2 : kind === "unit" || kind === "never" ? 0 : 1);
  const instance = new WebAssembly.Instance(module, {
    env: { memory: machine.memory },
    rune: Object.fromEntries(ABI_IMPORTS.map(({ name }) => [name, () => 0])),
  });
  for (const [name, { params }] of ABI_FUNCTIONS) {
    const exported = instance.exports[name];
    const expected = params.reduce((sum, kind) => sum + words(kind), 0);
    expect(typeof exported === "function" ? [name, exported.length] : name).toEqual([name, expected]);
  }
});

test("the module has no mutable globals: restoring memory restores everything", () => {
  const globals = sections().get(6);
  if (globals === undefined) return;
  let at = 1;
  for (let i = 0; i < (globals[0] ?? 0); i++) {
    expect(globals[at + 1]).toBe(0);
    at = globals.indexOf(0x0b, at) + 1;
  }
});

test("the module adds less than 150 KB to a program", () => {
  expect(bytes.length).toBeLessThan(150 * 1024);
});

test("an instance can be restored from a copy of its memory", () => {
  const machine = createMachine();
  const snapshot = new Uint8Array(machine.memory.buffer).slice();
  const high = machine.number("high_water");
  const first = machine.text("first");
  for (let i = 0; i < 100; i++) machine.text(`text ${i}`);
  const memory = new Uint8Array(machine.memory.buffer);
  const used = machine.number("high_water");
  expect(used).toBeGreaterThanOrEqual(high);
  expect(memory.subarray(used).every((byte) => byte === 0)).toBe(true);
  memory.set(snapshot);
  memory.fill(0, snapshot.length);
  expect(machine.text("again")).toBe(first);
  expect(machine.readText(first)).toBe("again");
});

test("None is a static object that is never collected and cannot be dropped", () => {
  const machine = createMachine();
  machine.raw("drop", BigInt(layout.NONE_OBJECT), layout.TAG_OPTION);
  machine.raw("collect");
  expect(machine.debug({ payload: BigInt(layout.NONE_OBJECT), tag: layout.TAG_OPTION })).toBe("None");
});
