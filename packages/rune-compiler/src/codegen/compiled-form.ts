// The compiled form as its readers see it: what a module says about itself, and where its code came from. Pure decoding of
// custom sections; loading and refusing are in `load.ts`.

import { layout } from "@crucible/rune-runtime";
import { ByteReader } from "../wasm/module-reader.ts";

/** The language that the compiler accepts. */
export const LANGUAGE = "rune-0.14+statics";
/** Version of values, memory layout and imports; modules of other versions are refused. */
export const ABI_VERSION_NUMBER: number = layout.ABI_VERSION;

/** What a compiled module says about itself. */
export interface CompiledManifest {
  readonly language: string;
  readonly abi: number;
  /** Public functions, which the host may call, with the number of their parameters. */
  readonly actions: readonly { readonly name: string; readonly arity: number }[];
  /** Paths of functions marked `#[test]`. */
  readonly tests: readonly string[];
  /** Host functions that the code calls, sorted: `crucible.read_note`. */
  readonly hostFunctions: readonly string[];
  readonly sources: readonly { readonly name: string; readonly text: string }[];
}

/** A place in source text, as offsets in UTF-16 units. */
export interface MappedPlace {
  /** Index into the manifest's sources; negative for the library. */
  readonly source: number;
  readonly start: number;
  readonly end: number;
}

/** One function of the script on the call stack. */
export interface MappedFrame extends MappedPlace {
  readonly path: string;
}

interface Entry extends MappedPlace {
  readonly offset: number;
  readonly inlined: readonly { readonly path: string; readonly caller: MappedPlace }[];
}

/** Finds source positions of code offsets. */
export interface SourceMap {
  /** Frames for one WebAssembly frame, innermost first: more than one where functions were inlined. */
  readonly frames: (functionIndex: number, offset: number) => readonly MappedFrame[];
}

/** Decodes the `rune.map` section. */
export function decodeSourceMap(bytes: Uint8Array): SourceMap {
  const reader = new ByteReader(bytes);
  const paths: string[] = [];
  for (let left = reader.unsigned(); left > 0; left -= 1) paths.push(reader.name());
  const functions = new Map<
    number,
    { readonly path: string; readonly library: boolean; readonly entries: readonly Entry[] }
  >();
  const place = (): MappedPlace => {
    const source = reader.unsigned();
    const start = reader.unsigned();
    return { source: source % 2 === 1 ? -((source + 1) / 2) : source / 2, start, end: start + reader.unsigned() };
  };
  for (let left = reader.unsigned(); left > 0; left -= 1) {
    const index = reader.unsigned();
    const path = paths[reader.unsigned()] ?? "";
    const library = reader.byte() === 1;
    const entries: Entry[] = [];
    let offset = 0;
    for (let rest = reader.unsigned(); rest > 0; rest -= 1) {
      offset += reader.unsigned();
      const at = place();
      const inlined: { path: string; caller: MappedPlace }[] = [];
      for (let levels = reader.unsigned(); levels > 0; levels -= 1) {
        const inner = paths[reader.unsigned()] ?? "";
        inlined.push({ path: inner, caller: place() });
      }
      entries.push({ ...at, offset, inlined });
    }
    functions.set(index, { path, library, entries });
  }
  return {
    frames: (functionIndex, offset) => {
      const fn = functions.get(functionIndex);
      if (fn === undefined) return [];
      let found: Entry | undefined;
      for (const entry of fn.entries) {
        if (entry.offset > offset) break;
        found = entry;
      }
      if (found === undefined) return [];
      const frames: MappedFrame[] = [];
      let at: MappedPlace = found;
      for (const level of found.inlined) {
        frames.push({ path: level.path, source: at.source, start: at.start, end: at.end });
        at = level.caller;
      }
      frames.push({ path: fn.path, source: at.source, start: at.start, end: at.end });
      return frames;
    },
  };
}
