// The library as it ships: its IR, types, methods and names in one JSON text, made when the package is built. Functions
// are texts inside it, so that only those are decoded that a program reaches.

import type { HirModule, HirType } from "../hir/hir.ts";
import type { LibraryInterface } from "../resolve/library.ts";
import { buildModule } from "./build.ts";
import type { IrFunction, IrPlace, IrStatement } from "./ir.ts";
import type { Library, Method } from "./world.ts";

interface Shipped {
  readonly names: LibraryInterface;
  readonly types: readonly HirType[];
  readonly staticPaths: readonly string[];
  readonly methods: readonly (readonly [string, readonly Method[]])[];
  readonly functions: readonly string[];
}

/** A library ready for compilations: for resolution and for the back end. */
export interface DecodedLibrary {
  readonly names: LibraryInterface;
  readonly library: Library;
}

/** Writes a lowered library. */
export function encodeLibrary(module: HirModule, names: LibraryInterface): string {
  const functions = buildModule(module, true);
  const methods = new Map<string, Method[]>();
  for (const fn of functions) {
    if (fn.method === null) continue;
    const list = methods.get(fn.method.name) ?? [];
    for (const type of [fn.method.type, ...fn.alsoFor]) list.push({ type, function: fn.id });
    methods.set(fn.method.name, list);
  }
  const shipped: Shipped = {
    names,
    types: module.types,
    staticPaths: module.statics.map((item) => item.path),
    methods: [...methods],
    functions: functions.map((fn) => JSON.stringify(fn, replace)),
  };
  return JSON.stringify(shipped);
}

/** Reads what `encodeLibrary` wrote. The text is trusted: it is part of the package. */
export function decodeLibrary(text: string): DecodedLibrary {
  const shipped = JSON.parse(text) as Shipped;
  // Functions are not changed by later passes: what one compilation reads serves the next.
  const read: IrFunction[] = [];
  return {
    names: shipped.names,
    library: {
      functionCount: shipped.functions.length,
      types: shipped.types,
      staticPaths: shipped.staticPaths,
      methods: new Map(shipped.methods),
      load: (id) => {
        const known = read[id];
        if (known !== undefined) return known;
        const encoded = shipped.functions[id];
        if (encoded === undefined) throw new RangeError(`the library has no function ${id}`);
        const fn = JSON.parse(encoded, revive) as IrFunction;
        return (read[id] = { ...fn, place: LIBRARY_PLACE, body: placed(fn.body) });
      },
    },
  };
}

/** Positions inside the library are shown to nobody. */
const LIBRARY_PLACE: IrPlace = { source: -1, start: 0, end: 0 };

/** Gives statements the places that are left out when they are written. */
function placed(statements: readonly IrStatement[]): readonly IrStatement[] {
  return statements.map((statement): IrStatement => {
    if (statement.kind === "if") {
      return { ...statement, then: placed(statement.then), else: placed(statement.else), place: LIBRARY_PLACE };
    }
    if (statement.kind === "loop" || statement.kind === "block")
      return { ...statement, body: placed(statement.body), place: LIBRARY_PLACE };
    return { ...statement, place: LIBRARY_PLACE };
  });
}

/** JSON has no 64-bit integers, no bytes, no infinities. */
function replace(key: string, value: unknown): unknown {
  if (key === "place") return undefined;
  if (typeof value === "bigint") return { $: "n", v: value.toString() };
  if (value instanceof Uint8Array) return { $: "b", v: [...value] };
  if (typeof value === "number" && !Number.isFinite(value)) return { $: "f", v: String(value) };
  if (Object.is(value, -0)) return { $: "f", v: "-0" };
  return value;
}

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("$" in value) || !("v" in value)) return value;
  const { $, v } = value;
  if ($ === "n" && typeof v === "string") return BigInt(v);
  if ($ === "f") return Number(v);
  return Array.isArray(v) ? Uint8Array.from(v) : value;
}
