// Append-linking: everything that a program adds goes behind the runtime's entries of the same section, so that no index
// of the runtime changes and nothing is relocated. The runtime is read once and shared by all compilations.

import { ByteWriter } from "./byte-writer.ts";
import type { WasmName } from "./module-reader.ts";
import { readExports, readImports, readModule, splitVector } from "./module-reader.ts";
import { FUNCREF, OP, SECTION } from "./opcodes.ts";

/** The prebuilt runtime, taken apart. */
export interface RuntimeModule {
  readonly sections: ReadonlyMap<number, { readonly count: number; readonly rest: Uint8Array }>;
  /** Indices of exported and imported functions by name; imports as `module.name`. */
  readonly functions: ReadonlyMap<string, number>;
  /** Exports by name. */
  readonly exports: ReadonlyMap<string, WasmName>;
  readonly typeCount: number;
  /** Functions, imported ones included. */
  readonly functionCount: number;
  readonly tableCount: number;
  /** First address behind the runtime's static data. */
  readonly heapBase: number;
}

/** What a program adds. */
export interface Addition {
  readonly types: readonly { readonly parameters: readonly number[]; readonly results: readonly number[] }[];
  readonly functions: readonly { readonly type: number; readonly body: Uint8Array }[];
  /** Function index per slot of the program's table. */
  readonly table: readonly number[];
  /** Exports of the runtime that the module has too; the others would only cost when it is instantiated. */
  readonly keptExports: ReadonlySet<string>;
  /** Exported functions. */
  readonly exports: readonly { readonly name: string; readonly index: number }[];
  readonly data: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  /** Custom sections at the end, in order; `bodies` are the offsets in the module of the added functions' bodies. */
  readonly custom: (bodies: readonly number[]) => readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

/**
 * Takes the runtime apart.
 *
 * @param heapBase first address behind the runtime's static data
 * @throws {RangeError} when the bytes are not a module
 */
export function readRuntime(bytes: Uint8Array, heapBase: number): RuntimeModule {
  const sections = new Map<number, { count: number; rest: Uint8Array }>();
  for (const section of readModule(bytes).sections) {
    if (section.id === SECTION.custom) continue;
    sections.set(section.id, splitVector(section.body));
  }
  const body = (id: number): Uint8Array => {
    const section = sections.get(id);
    const out = new ByteWriter();
    out.unsigned(section?.count ?? 0);
    if (section !== undefined) out.append(section.rest);
    return out.bytes();
  };
  const functions = new Map<string, number>();
  let importedFunctions = 0;
  for (const [name, item] of readImports(body(SECTION.import))) {
    if (item.kind === 0) {
      functions.set(name, item.index);
      importedFunctions += 1;
    }
  }
  const exports = readExports(body(SECTION.export));
  for (const [name, item] of exports) if (item.kind === 0) functions.set(name, item.index);
  return {
    sections,
    functions,
    exports,
    typeCount: sections.get(SECTION.type)?.count ?? 0,
    functionCount: importedFunctions + (sections.get(SECTION.function)?.count ?? 0),
    tableCount: sections.get(SECTION.table)?.count ?? 0,
    heapBase,
  };
}

/** Writes one module from the runtime and an addition; more sections may be appended to it. */
export function link(runtime: RuntimeModule, addition: Addition): ByteWriter {
  const out = new ByteWriter(runtimeSize(runtime) + additionSize(addition));
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) out.byte(byte);
  const section = (id: number, count: number, write: (body: ByteWriter) => void): void => {
    const own = runtime.sections.get(id);
    const total = (own?.count ?? 0) + count;
    if (total === 0) return;
    const body = new ByteWriter(1024);
    write(body);
    out.byte(id);
    const head = new ByteWriter(8);
    head.unsigned(total);
    out.unsigned(head.length + (own?.rest.length ?? 0) + body.length);
    out.append(head.bytes());
    if (own !== undefined) out.append(own.rest);
    out.append(body.bytes());
  };
  section(SECTION.type, addition.types.length, (body) => {
    for (const type of addition.types) {
      body.byte(0x60);
      for (const list of [type.parameters, type.results]) {
        body.unsigned(list.length);
        for (const value of list) body.byte(value);
      }
    }
  });
  section(SECTION.import, 0, () => {});
  section(SECTION.function, addition.functions.length, (body) => {
    for (const fn of addition.functions) body.unsigned(fn.type);
  });
  section(SECTION.table, 1, (body) => {
    body.byte(FUNCREF);
    body.byte(0x01);
    body.unsigned(addition.table.length);
    body.unsigned(addition.table.length);
  });
  section(SECTION.memory, 0, () => {});
  section(SECTION.global, 0, () => {});
  const kept = [...runtime.exports].filter(([name]) => addition.keptExports.has(name));
  const exports = new ByteWriter(1024);
  exports.unsigned(kept.length + addition.exports.length);
  for (const [name, item] of kept) {
    exports.name(name);
    exports.byte(item.kind);
    exports.unsigned(item.index);
  }
  for (const item of addition.exports) {
    exports.name(item.name);
    exports.byte(0x00);
    exports.unsigned(item.index);
  }
  out.byte(SECTION.export);
  out.unsigned(exports.length);
  out.append(exports.bytes());
  const start = runtime.sections.get(SECTION.start);
  if (start !== undefined) section(SECTION.start, 0, () => {});
  section(SECTION.element, addition.table.length > 0 ? 1 : 0, (body) => {
    if (addition.table.length === 0) return;
    body.byte(0x02);
    body.unsigned(runtime.tableCount);
    body.byte(OP.i32Const);
    body.signed(0);
    body.byte(OP.end);
    body.byte(0x00);
    body.unsigned(addition.table.length);
    for (const index of addition.table) body.unsigned(index);
  });
  const dataCount = runtime.sections.get(SECTION.dataCount);
  if (dataCount !== undefined) {
    const body = new ByteWriter(8);
    body.unsigned(dataCount.count + addition.data.length);
    out.byte(SECTION.dataCount);
    out.unsigned(body.length);
    out.append(body.bytes());
  }
  const offsets: number[] = [];
  section(SECTION.code, addition.functions.length, (body) => {
    for (const fn of addition.functions) {
      body.unsigned(fn.body.length);
      offsets.push(body.length);
      body.append(fn.body);
    }
  });
  const codeEnd = out.length;
  section(SECTION.data, addition.data.length, (body) => {
    for (const segment of addition.data) {
      body.byte(0x00);
      body.byte(OP.i32Const);
      body.signed(segment.address);
      body.byte(OP.end);
      body.unsigned(segment.bytes.length);
      body.append(segment.bytes);
    }
  });
  const lastBody = addition.functions[addition.functions.length - 1]?.body.length ?? 0;
  const shift = codeEnd - (offsets[offsets.length - 1] ?? 0) - lastBody;
  for (const custom of addition.custom(offsets.map((offset) => offset + shift))) {
    appendSection(out, custom.name, custom.bytes);
  }
  return out;
}

/** Appends a custom section to a module. */
export function appendSection(module: ByteWriter, name: string, content: Uint8Array): void {
  const head = new ByteWriter(64);
  head.name(name);
  module.byte(SECTION.custom);
  module.unsigned(head.length + content.length);
  module.append(head.bytes());
  module.append(content);
}

/** About how many bytes an addition takes, with its custom sections. */
function additionSize(addition: Addition): number {
  let size = 65_536;
  for (const fn of addition.functions) size += fn.body.length + (fn.body.length >> 1);
  for (const segment of addition.data) size += segment.bytes.length;
  return size;
}

function runtimeSize(runtime: RuntimeModule): number {
  let size = 0;
  for (const section of runtime.sections.values()) size += section.rest.length + 16;
  return size;
}
