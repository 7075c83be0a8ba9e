// The artifact of a Lua plugin: compiled chunks with their source, which error messages quote, as one encoded value.
// Its bytes are trusted by whoever loads them: only the cache, which authenticates them, may supply them.
import type { Outcome, Value } from "@crucible/sandbox";
import { decodeValue, encodeValue, fail, isObject, object, succeed } from "@crucible/sandbox";

/** One source file, compiled. */
export interface Chunk {
  /** Name for `require`; empty for the plugin itself. */
  readonly name: string;
  readonly file: string;
  readonly source: string;
  /** Line of the file at which `source` begins, from 1. */
  readonly firstLine: number;
  readonly bytecode: Uint8Array;
}

export interface Program {
  readonly main: Chunk;
  readonly libraries: readonly Chunk[];
}

export function encodeProgram(program: Program): Outcome<Uint8Array> {
  return encodeValue(
    object([
      ["main", chunkValue(program.main)],
      ["libraries", program.libraries.map(chunkValue)],
    ]),
  );
}

/** @returns the program, or `compile/artifact-rejected` when the bytes are not of this form */
export function decodeProgram(bytes: Uint8Array): Outcome<Program> {
  const decoded = decodeValue(bytes);
  if (decoded.ok && isObject(decoded.value)) {
    const main = readChunk(decoded.value["main"]);
    const { libraries } = decoded.value;
    const chunks = Array.isArray(libraries) ? libraries.map(readChunk) : [undefined];
    if (main !== undefined && chunks.every((chunk) => chunk !== undefined)) return succeed({ main, libraries: chunks });
  }
  return fail("compile/artifact-rejected", "Cannot load the artifact: its bytes are not a compiled Lua plugin");
}

function chunkValue({ name, file, source, firstLine, bytecode }: Chunk): Value {
  return object([
    ["name", name],
    ["file", file],
    ["source", source],
    ["firstLine", firstLine],
    ["bytecode", bytecode],
  ]);
}

function readChunk(value: Value | undefined): Chunk | undefined {
  if (value === undefined || !isObject(value)) return undefined;
  const { name, file, source, firstLine, bytecode } = value;
  if (typeof name !== "string" || typeof file !== "string" || typeof source !== "string") return undefined;
  if (typeof firstLine !== "number" || !(bytecode instanceof Uint8Array)) return undefined;
  return { name, file, source, firstLine, bytecode };
}
