// Takes a WebAssembly binary apart as far as append-linking and loading need it: section bodies, imports, exports.
// It trusts nothing about lengths, but leaves validation of code to the engine.

/** One section: its id and its body without id and size. */
export interface WasmSection {
  readonly id: number;
  readonly body: Uint8Array;
}

/** A module as a list of sections. */
export interface WasmParts {
  readonly sections: readonly WasmSection[];
}

/** What is imported or exported: 0 function, 1 table, 2 memory, 3 global. */
export interface WasmName {
  readonly kind: number;
  readonly index: number;
}

const text = new TextDecoder("utf-8", { fatal: true });

/** Reads numbers and names from a byte range; throws `RangeError` at its end. */
export class ByteReader {
  readonly bytes: Uint8Array;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get done(): boolean {
    return this.position >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.position];
    if (value === undefined) throw new RangeError("unexpected end of WebAssembly bytes");
    this.position += 1;
    return value;
  }

  unsigned(): number {
    let result = 0;
    let shift = 0;
    for (;;) {
      const byte = this.byte();
      result |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return result >>> 0;
      shift += 7;
      if (shift > 28 + 7) throw new RangeError("WebAssembly integer is too long");
    }
  }

  take(count: number): Uint8Array {
    if (this.position + count > this.bytes.length) throw new RangeError("unexpected end of WebAssembly bytes");
    const slice = this.bytes.subarray(this.position, this.position + count);
    this.position += count;
    return slice;
  }

  name(): string {
    return text.decode(this.take(this.unsigned()));
  }
}

/**
 * Splits a module into sections.
 *
 * @throws {RangeError} when the bytes are not a WebAssembly module of version 1 or end early
 */
export function readModule(bytes: Uint8Array): WasmParts {
  const reader = new ByteReader(bytes);
  const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  if (magic.some((expected) => reader.byte() !== expected)) throw new RangeError("not a WebAssembly module");
  const sections: WasmSection[] = [];
  while (!reader.done) {
    const id = reader.byte();
    sections.push({ id, body: reader.take(reader.unsigned()) });
  }
  return { sections };
}

/** Splits a vector section's body into its count and the encoded entries. */
export function splitVector(body: Uint8Array): { readonly count: number; readonly rest: Uint8Array } {
  const reader = new ByteReader(body);
  const count = reader.unsigned();
  return { count, rest: body.subarray(reader.position) };
}

/** Imports by `module.name`; index within its kind. */
export function readImports(body: Uint8Array): Map<string, WasmName> {
  const reader = new ByteReader(body);
  const names = new Map<string, WasmName>();
  const counts = [0, 0, 0, 0];
  for (let left = reader.unsigned(); left > 0; left -= 1) {
    const module = reader.name();
    const name = reader.name();
    const kind = reader.byte();
    if (kind === 0) reader.unsigned();
    else if (kind === 3) reader.take(2);
    else {
      if (kind === 1) reader.byte();
      const flags = reader.unsigned();
      reader.unsigned();
      if ((flags & 1) !== 0) reader.unsigned();
    }
    const index = counts[kind] ?? 0;
    counts[kind] = index + 1;
    names.set(`${module}.${name}`, { kind, index });
  }
  return names;
}

/** Exports by name. */
export function readExports(body: Uint8Array): Map<string, WasmName> {
  const reader = new ByteReader(body);
  const names = new Map<string, WasmName>();
  for (let left = reader.unsigned(); left > 0; left -= 1) {
    const name = reader.name();
    const kind = reader.byte();
    names.set(name, { kind, index: reader.unsigned() });
  }
  return names;
}
