// The Lua runtime as bytes: checks the WebAssembly file and rewrites it so that its memory is an import, because only then one
// compiled module serves instances with different limits, each the declared maximum of its own memory.
// Format: WebAssembly core specification 1.0, §5.5 (sections).

const section = { import: 2, memory: 5 } as const;
const memoryKind = 2;
const pageBytes = 65_536;

/** Pages that the file needs before anything is allocated: static data (35,136 bytes), a C stack of 1 MiB, the heap's start. */
export const initialPages = 17;
/** The largest memory that the module accepts: the file's own maximum, 2 GiB. */
const maximumPages = 32_768;

/**
 * Turns the memory that the file defines (256 pages at the start) into the import `env.memory` with 17 pages.
 *
 * @throws {TypeError} when the bytes are not such a module
 */
export function adaptRuntime(file: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [file.subarray(0, 8)];
  let memories = 0;
  const reader = { bytes: file, at: 8 };
  while (reader.at < file.length) {
    const start = reader.at;
    const id = readByte(reader);
    const size = readUnsigned(reader);
    const body = file.subarray(reader.at, reader.at + size);
    reader.at += size;
    if (id === section.import) {
      parts.push(withMemoryImport(body));
    } else if (id === section.memory) {
      memories++;
    } else {
      parts.push(file.subarray(start, reader.at));
    }
  }
  if (memories !== 1) throw new TypeError("Cannot use the Lua runtime: its file does not define one memory");
  return concatenate(parts);
}

/** Whole pages that fit a limit in bytes. */
export function pagesOf(memoryBytes: number): number {
  return Math.min(maximumPages, Math.floor(memoryBytes / pageBytes));
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function withMemoryImport(body: Uint8Array): Uint8Array {
  const reader: Reader = { bytes: body, at: 0 };
  const count = readUnsigned(reader);
  const entry = [
    ...nameBytes("env"),
    ...nameBytes("memory"),
    memoryKind,
    1,
    ...unsigned(initialPages),
    ...unsigned(maximumPages),
  ];
  const content = concatenate([Uint8Array.from(unsigned(count + 1)), body.subarray(reader.at), Uint8Array.from(entry)]);
  return concatenate([Uint8Array.from([section.import, ...unsigned(content.length)]), content]);
}

function nameBytes(name: string): readonly number[] {
  return [...unsigned(name.length), ...new TextEncoder().encode(name)];
}

// LEB128, §5.2.2.
function unsigned(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

function readUnsigned(reader: Reader): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = readByte(reader);
    value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) return value >>> 0;
  }
}

function readByte(reader: Reader): number {
  const byte = reader.bytes[reader.at++];
  if (byte === undefined) throw new TypeError("Cannot use the Lua runtime: its file ends early");
  return byte;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
