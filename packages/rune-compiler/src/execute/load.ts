// Reads a compiled form from bytes: checks that nothing is damaged and that this version can run it, and decodes what it
// says about itself. Making instances of it is in `instance.ts`.

import type { Outcome } from "@crucible/sandbox";
import { fail, succeed } from "@crucible/sandbox";
import type { CompiledManifest, SourceMap } from "../codegen/compiled-form.ts";
import { ABI_VERSION_NUMBER, decodeSourceMap, LANGUAGE } from "../codegen/compiled-form.ts";
import { ByteReader } from "../wasm/module-reader.ts";
import { contentHash, HASH_SECTION_SIZE } from "./content-hash.ts";

/** A compiled form that has been checked, ready to be instantiated any number of times. */
export interface LoadedModule {
  readonly module: WebAssembly.Module;
  readonly manifest: CompiledManifest;
  /** Decoded when first asked for. */
  readonly sourceMap: () => SourceMap;
  /** Smallest memory, in pages of 64 KiB, that the module can start with. */
  readonly bytes: Uint8Array;
}

/**
 * Checks and compiles bytes that `compile` made, from wherever they come.
 *
 * @param compiled the same bytes, compiled elsewhere: sharing a module shares its optimised code
 * @returns `compile/artifact-rejected` when bytes were changed, are no compiled form, or another version
 * of the language or the ABI made them
 */
export function loadModule(bytes: Uint8Array, compiled?: WebAssembly.Module): Outcome<LoadedModule> {
  const sections = customSections(bytes);
  const manifestBytes = sections?.get("rune");
  const map = sections?.get("rune.map");
  const hash = sections?.get("rune.hash");
  if (manifestBytes === undefined || map === undefined || hash === undefined) {
    return fail("compile/artifact-rejected", "Cannot load the compiled form: it is not a compiled Rune program");
  }
  const expected = contentHash(bytes.subarray(0, bytes.length - HASH_SECTION_SIZE));
  if (hash.length !== expected.length || hash.some((byte, index) => byte !== expected[index])) {
    return fail("compile/artifact-rejected", "Cannot load the compiled form: its content does not match its hash");
  }
  const manifest = readManifest(manifestBytes);
  if (manifest === null || manifest.abi !== ABI_VERSION_NUMBER || manifest.language !== LANGUAGE) {
    const found = manifest === null ? "an unknown version" : `${manifest.language}, ABI ${manifest.abi}`;
    return fail(
      "compile/artifact-rejected",
      `Cannot load the compiled form: it is of ${found}, this is ${LANGUAGE}, ABI ${ABI_VERSION_NUMBER}`,
    );
  }
  let decoded: SourceMap | undefined;
  const sourceMap = (): SourceMap => (decoded ??= decodeSourceMap(map));
  return succeed({ module: compiled ?? new WebAssembly.Module(bytes), manifest, sourceMap, bytes });
}

function readManifest(bytes: Uint8Array): CompiledManifest | null {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isManifest(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function isManifest(value: unknown): value is CompiledManifest {
  return (
    typeof value === "object" &&
    value !== null &&
    "language" in value &&
    "abi" in value &&
    "actions" in value &&
    Array.isArray(value.actions) &&
    "tests" in value &&
    Array.isArray(value.tests) &&
    "sources" in value &&
    Array.isArray(value.sources)
  );
}

/** Bodies of the custom sections by name; null when the bytes are no module. */
function customSections(bytes: Uint8Array): Map<string, Uint8Array> | null {
  const found = new Map<string, Uint8Array>();
  try {
    const reader = new ByteReader(bytes);
    reader.take(8);
    while (!reader.done) {
      const id = reader.byte();
      const body = reader.take(reader.unsigned());
      if (id !== 0) continue;
      const inner = new ByteReader(body);
      const name = inner.name();
      found.set(name, body.subarray(inner.position));
    }
  } catch {
    return null;
  }
  return found;
}
