// The custom sections of a compiled form: a manifest in JSON and the source map. Encoding here, decoding in
// `compiled-form.ts`.
//
//   rune       JSON: language, abi, actions with arities, tests, host functions, sources, function paths
//   rune.map   per function: its index, path number and library flag, number of entries; per entry, all LEB128:
//              offset from the entry before, source (zigzag), start, length, then inlining depth and per level
//              path number, source (zigzag), start, length of the call

import { ABI_VERSION_NUMBER, LANGUAGE } from "./compiled-form.ts";
import type { CompiledManifest } from "./compiled-form.ts";
import type { IrPlace } from "../ir/ir.ts";
import { ByteWriter } from "../wasm/byte-writer.ts";
import type { Context, EmittedFunction } from "./context.ts";
import type { ModuleInput } from "./emit-module.ts";

/** The manifest section. */
export function encodeManifest(input: ModuleInput, context: Context): Uint8Array {
  const entry = (item: { readonly name: string; readonly function: number }): { name: string; arity: number } => ({
    name: item.name,
    arity: context.world.function(item.function).parameters.length,
  });
  const manifest: CompiledManifest = {
    language: LANGUAGE,
    abi: ABI_VERSION_NUMBER,
    actions: input.exports.map(entry),
    tests: input.tests.map((item) => item.name),
    hostFunctions: [...context.hostFunctions].sort(),
    sources: input.sources.map((source) => ({ name: source.name, text: source.text })),
  };
  return new TextEncoder().encode(JSON.stringify(manifest));
}

/** The source map of a linked module; `bodies` are the offsets of the function bodies in it. */
export function encodeSourceMap(
  functions: readonly EmittedFunction[],
  bodies: readonly number[],
  firstFunction: number,
): Uint8Array {
  const out = new ByteWriter(4096);
  const paths: string[] = [];
  const numbers = new Map<string, number>();
  const pathNumber = (path: string): number => {
    const known = numbers.get(path);
    if (known !== undefined) return known;
    numbers.set(path, paths.length);
    paths.push(path);
    return paths.length - 1;
  };
  const body = new ByteWriter(4096);
  let count = 0;
  const place = (at: IrPlace): void => {
    body.unsigned(at.source < 0 ? -at.source * 2 - 1 : at.source * 2);
    body.unsigned(at.start);
    body.unsigned(Math.max(0, at.end - at.start));
  };
  functions.forEach((fn, index) => {
    if (fn.path === null) return;
    count += 1;
    body.unsigned(firstFunction + index);
    body.unsigned(pathNumber(fn.path));
    body.byte(fn.library ? 1 : 0);
    body.unsigned(fn.marks.length);
    let last = 0;
    for (const mark of fn.marks) {
      const offset = (bodies[index] ?? 0) + fn.instructionsAt + mark.offset;
      body.unsigned(offset - last);
      last = offset;
      place(mark.place);
      const levels: { readonly path: string; readonly caller: IrPlace }[] = [];
      for (let level = mark.place.inlined; level !== undefined; level = level.caller.inlined) levels.push(level);
      body.unsigned(levels.length);
      for (const level of levels) {
        body.unsigned(pathNumber(level.path));
        place(level.caller);
      }
    }
  });
  out.unsigned(paths.length);
  for (const path of paths) out.name(path);
  out.unsigned(count);
  out.append(body.bytes());
  return out.bytes();
}
