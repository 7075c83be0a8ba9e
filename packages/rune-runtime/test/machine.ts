// One instance of the runtime under test, driven through its exports as compiled code would: values go in and come out
// as plain JavaScript, references stay addresses.
import { layout, RUNTIME_DATA_END, runtimeBytes } from "@crucible/rune-runtime";

/** A value as the runtime sees it. */
export interface Value {
  readonly payload: bigint;
  readonly tag: number;
}

/** What the import `fail` was given. */
export class Failure extends Error {
  readonly code: number;
  readonly a: Value;
  readonly b: Value;
  constructor(code: number, a: Value, b: Value) {
    super(`failure ${code}`);
    this.code = code;
    this.a = a;
    this.b = b;
  }
}

type Exported = (...values: (number | bigint)[]) => number | bigint | undefined;

/** A running instance. */
export interface Machine {
  readonly memory: WebAssembly.Memory;
  readonly output: () => string;
  /** Calls an export by name with raw WebAssembly arguments. */
  readonly raw: (name: string, ...values: (number | bigint)[]) => number | bigint | undefined;
  /** Calls an export whose result is an address or number. */
  readonly number: (name: string, ...values: (number | bigint)[]) => number;
  /** Calls an export whose result is an `any`. */
  readonly any: (name: string, ...values: (number | bigint)[]) => Value;
  readonly text: (text: string) => number;
  readonly readText: (address: number) => string;
  readonly readBytes: (address: number) => Uint8Array;
  readonly word: (address: number) => number;
  readonly setWord: (address: number, value: number) => void;
  readonly setLong: (address: number, value: bigint) => void;
  readonly long: (address: number) => bigint;
  /** Pushes a root onto the shadow stack. */
  readonly root: (value: Value) => void;
  /** Takes the last `count` roots off. */
  readonly unroot: (count: number) => void;
  /** A value from JavaScript: bigint i64, number f64, string, boolean, null unit, array vec. */
  readonly value: (from: Plain) => Value;
  /** Debug text of a value. */
  readonly debug: (value: Value) => string;
}

/** What `value` accepts. */
export type Plain = bigint | number | string | boolean | null | readonly Plain[];

const compiled = new WebAssembly.Module(runtimeBytes());

/** Makes an instance. `pages` is the memory limit in 64 KiB pages. */
export function createMachine(
  options: { pages?: number; fuel?: bigint; stress?: boolean; answer?: Uint8Array } = {},
): Machine {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: options.pages ?? 1600 });
  const view = (): DataView => new DataView(memory.buffer);
  let written = "";
  const decoder = new TextDecoder();
  const instance = new WebAssembly.Instance(compiled, {
    env: { memory },
    rune: {
      fail: (code: number, a: bigint, aTag: number, b: bigint, bTag: number) => {
        throw new Failure(code, { payload: a, tag: aTag }, { payload: b, tag: bTag });
      },
      poll: () => undefined,
      write: (address: number, length: number) => {
        written += decoder.decode(new Uint8Array(memory.buffer, address >>> 0, length));
      },
      host_call: () => options.answer?.length ?? 0,
      host_take: (address: number) => new Uint8Array(memory.buffer).set(options.answer ?? new Uint8Array(), address),
    },
  });
  const word = (address: number): number => view().getInt32(address, true);
  const setWord = (address: number, value: number): void => view().setInt32(address, value, true);
  const long = (address: number): bigint => view().getBigInt64(address, true);
  const setLong = (address: number, value: bigint): void => view().setBigInt64(address, value, true);
  const raw = (name: string, ...values: (number | bigint)[]): number | bigint | undefined => {
    const exported = instance.exports[name];
    if (typeof exported !== "function") throw new TypeError(`no export ${name}`);
    return (exported as Exported)(...values);
  };
  const number = (name: string, ...values: (number | bigint)[]): number => Number(raw(name, ...values));
  const any = (name: string, ...values: (number | bigint)[]): Value => {
    const payload = raw(name, ...values);
    return { payload: typeof payload === "bigint" ? payload : 0n, tag: word(layout.CELL_TAG) };
  };
  setLong(layout.CELL_FUEL, options.fuel ?? 0x7fffffffffffffffn);
  setLong(layout.CELL_OUTPUT, 1_000_000n);
  setWord(layout.CELL_STRESS, options.stress === true ? 1 : 0);
  setWord(layout.PROGRAM_DATA_END, RUNTIME_DATA_END + 4096);
  raw("init", 65536);

  const text = (from: string): number => {
    const bytes = new TextEncoder().encode(from);
    const address = number("string_with_capacity", BigInt(bytes.length));
    if (address === 0) throw new Error("full");
    const target = word(address + layout.STRING_ADDRESS);
    new Uint8Array(memory.buffer).set(bytes, target);
    setWord(address + layout.STRING_LENGTH, bytes.length);
    setWord(address + layout.STRING_HASH, 0);
    return address;
  };
  const readBytes = (address: number): Uint8Array =>
    new Uint8Array(memory.buffer).slice(
      word(address + layout.STRING_ADDRESS) >>> 0,
      (word(address + layout.STRING_ADDRESS) >>> 0) + word(address + layout.STRING_LENGTH),
    );
  const readText = (address: number): string => decoder.decode(readBytes(address));
  const value = (from: Plain): Value => {
    if (typeof from === "bigint") return { payload: from, tag: layout.TAG_INT };
    if (typeof from === "number") return { payload: floatBits(from), tag: layout.TAG_FLOAT };
    if (typeof from === "boolean") return { payload: from ? 1n : 0n, tag: layout.TAG_BOOL };
    if (from === null) return { payload: 0n, tag: layout.TAG_UNIT };
    if (typeof from === "string") return { payload: BigInt(text(from)), tag: layout.TAG_STRING };
    const vec = number("vec_new");
    for (const element of from) {
      const { payload, tag } = value(element);
      raw("vec_push", vec, payload, tag);
    }
    return { payload: BigInt(vec), tag: layout.TAG_VEC };
  };
  return {
    memory,
    output: () => written,
    raw,
    number,
    any,
    text,
    readText,
    readBytes,
    word,
    setWord,
    long,
    setLong,
    root: ({ payload, tag }) => {
      const top = word(layout.CELL_STACK);
      setWord(top, tag);
      setLong(top + layout.SLOT_PAYLOAD, payload);
      setWord(layout.CELL_STACK, top + layout.SLOT_SIZE);
    },
    unroot: (count) => setWord(layout.CELL_STACK, word(layout.CELL_STACK) - count * layout.SLOT_SIZE),
    value,
    debug: ({ payload, tag }) => readText(number("debug", payload, tag)),
  };
}

/** Bits of an f64 as the payload of a FLOAT. */
export function floatBits(from: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, from);
  return view.getBigInt64(0);
}
