// The compiled form: what it says about itself, and that damaged bytes and other versions are refused.

import { compile } from "@crucible/rune-compiler";
import { loadModule } from "@crucible/rune-compiler/execute";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { load, start } from "../run-program.ts";

const TEXT =
  "pub fn main(params) { crucible::log(params) } pub fn area(w, h) { w * h } fn hidden() { 1 } #[test] fn works() { assert!(true); }";

function bytesOf(text: string): Uint8Array {
  const { bytes } = compile({ path: "main.rn", text, hostModules: { crucible: null } });
  if (bytes === null) throw new TypeError("The program does not compile");
  return bytes;
}

test("a compiled form names its actions with their parameters, its tests and its host functions", () => {
  const { manifest } = load(TEXT);
  expect(manifest.actions).toEqual([
    { name: "main", arity: 1 },
    { name: "area", arity: 2 },
  ]);
  expect(manifest.tests).toEqual(["works"]);
  expect(manifest.hostFunctions).toEqual(["crucible.log"]);
});

test("equal sources make equal bytes", () => {
  expect(bytesOf(TEXT)).toEqual(bytesOf(TEXT));
});

test("loadModule refuses bytes of which any one was changed", () => {
  const bytes = bytesOf(TEXT);
  fc.assert(
    fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ change;
      expect(loadModule(damaged)).toMatchObject({ ok: false, error: { code: "compile/artifact-rejected" } });
    }),
    { numRuns: 100 },
  );
});

test("loadModule refuses bytes that end early, and what is no compiled form", () => {
  const bytes = bytesOf(TEXT);
  for (const length of [0, 1, 8, 100, bytes.length - 1]) expect(loadModule(bytes.slice(0, length)).ok).toBe(false);
  expect(loadModule(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])).ok).toBe(false);
});

test("calling what is no action says so", () => {
  const instance = start(load(TEXT));
  expect(instance.call("hidden", [])).toMatchObject({ ok: false, error: { code: "plugin/action-not-found" } });
  expect(instance.call("area", [3, 4])).toEqual({ ok: true, value: 12 });
});

test("a function beyond what engines accept is a diagnostic", () => {
  const lets = Array.from({ length: 60_000 }, (_, index) => `let a${index} = ${index};`).join("\n");
  const { bytes, diagnostics } = compile({ path: "main.rn", text: `pub fn main() { ${lets} a0 + a59999 }` });
  expect(bytes).toBeNull();
  expect(diagnostics.map(({ code }) => code)).toContain("compile/too-large");
});
