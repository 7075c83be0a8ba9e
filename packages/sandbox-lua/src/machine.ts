// One instance of the Lua runtime with its own memory: imports, growth up to the limit, protected calls, text in and out.
// Nothing of the platform is reachable from it: no clock, no files, no randomness. What Lua code means is guest.ts's.
import type { Address, LuaApi, State } from "./lua-api.ts";
import { activationBytes, isLuaApi, luaStatus } from "./lua-api.ts";
import { initialPages, pagesOf } from "./runtime.ts";

// Static memory of the file, checked when a machine is made:
//        0 …   1023   unused; a failed allocation of a jump table is written here
//    31452            i32   end of the heap (sbrk)
//    35120            i32   pending longjmp: address of its jmp_buf, 0 for none
//    35136 … 1083711  C stack, grows down
//  1083712 …          heap
const heapEndAddress = 31_452;
const pendingJumpAddress = 35_120;
/** End of static data; the C stack begins here. */
export const staticEnd = 35_136;
/** First byte of the heap, above the C stack. */
export const heapStart = 1_083_712;
/** lua_longjmp (ldo.c): the status stands behind the jmp_buf, which is 156 bytes. */
const jumpStatusOffset = 156;

/** C stack that is left alone when the host puts bytes there: 200 nested C calls need less. */
const reservedStackBytes = 640 * 1024;
const scratchBytes = 512;

/** Thrown through a guest whose allocation was refused at its limit. Lua code cannot catch it; the machine is broken. */
export class OutOfMemory extends Error {
  constructor() {
    super("The guest's memory limit was reached");
    this.name = "OutOfMemory";
  }
}

// Carries a Lua error from the place where it is raised to the protected call around it.
class LuaJump extends Error {}
const jump = new LuaJump("a Lua error left its protected call");

/** A Lua C function in JavaScript: takes its arguments from the stack, pushes results, returns their number. */
export type HostFunctionBody = (L: State) => number;

export class Machine {
  readonly api: LuaApi;
  readonly memory: WebAssembly.Memory;
  readonly memoryBytes: number;
  /** Views of the memory; growth replaces them, so that they must not be kept over a call into the guest. */
  bytes: Uint8Array;
  words: Int32Array;
  /** Eight bytes for results that the API writes. */
  readonly out: Address;
  /** Room for a lua_Debug. */
  readonly activation: Address;

  readonly #table: WebAssembly.Table;
  readonly #stackTop: Address;
  readonly #scratch: Address;
  #refused = false;

  /** @throws {TypeError} when `module` is not the adapted runtime */
  constructor(module: WebAssembly.Module, memoryBytes: number) {
    this.memory = new WebAssembly.Memory({ initial: initialPages, maximum: pagesOf(memoryBytes) });
    this.memoryBytes = pagesOf(memoryBytes) * 65_536;
    this.bytes = new Uint8Array(this.memory.buffer);
    this.words = new Int32Array(this.memory.buffer);
    const { exports } = new WebAssembly.Instance(module, this.#imports(module));
    const table = exports["__indirect_function_table"];
    if (!isLuaApi(exports) || !(table instanceof WebAssembly.Table))
      throw new TypeError("Cannot use the Lua runtime: exports are missing");
    this.api = exports;
    this.#table = table;
    this.#checkLayout();
    exports.emscripten_stack_init();
    exports.__wasm_call_ctors();
    this.out = exports.stackAlloc(16);
    this.activation = exports.stackAlloc(activationBytes);
    this.#scratch = exports.stackAlloc(scratchBytes);
    this.#stackTop = exports.stackSave();
  }

  /** End of the heap: nothing above it was ever written since it was last restored. */
  heapEnd(): Address {
    return this.word(heapEndAddress);
  }

  /** Prepares for the next call after the memory was restored: resets what the instance keeps outside of it. */
  reset(): void {
    this.api.stackRestore(this.#stackTop);
    this.#refused = false;
  }

  /** Makes a JavaScript function callable by Lua; the result is its index for `lua_pushcclosure`. */
  addFunction(body: HostFunctionBody, adapter: WebAssembly.Module): number {
    const { exports } = new WebAssembly.Instance(adapter, { host: { call: body } });
    const index = this.#table.grow(1);
    this.#table.set(index, exports["call"]);
    return index;
  }

  word(address: Address): number {
    return this.words[address >> 2] ?? 0;
  }

  /**
   * Copies bytes to where the guest's API can read them, for the length of `use`. Nothing is left behind.
   *
   * @throws {OutOfMemory} when there is no room
   */
  place<T>(content: Uint8Array, use: (address: Address, length: number) => T): T {
    const { api } = this;
    const { length } = content;
    const stack = api.stackSave();
    if (api.emscripten_stack_get_free() - length > reservedStackBytes) {
      const address = api.stackAlloc(length);
      this.bytes.set(content, address);
      const result = use(address, length);
      api.stackRestore(stack);
      return result;
    }
    const address = api.malloc(length);
    if (address === 0) throw new OutOfMemory();
    this.bytes.set(content, address);
    const result = use(address, length);
    api.free(address);
    return result;
  }

  /** Address of a text of at most 255 bytes that ends with NUL; valid until the next `cString` with this slot. */
  cString(text: string, slot: 0 | 1 = 0): Address {
    const address = this.#scratch + slot * 256;
    const { written } = encoder.encodeInto(text, this.bytes.subarray(address, address + 255));
    this.bytes[address + written] = 0;
    return address;
  }

  pushString(L: State, text: string): void {
    this.place(encoder.encode(text), (address, length) => this.api.lua_pushlstring(L, address, length));
  }

  /** Reads a text that ends with NUL, its first 255 bytes at most. */
  readCString(address: Address): string {
    if (address === 0) return "";
    const window = this.bytes.subarray(address, address + 255);
    const end = window.indexOf(0);
    return decoder.decode(end < 0 ? window : window.subarray(0, end));
  }

  /** The Lua string (not number) at `index`, `maxBytes` of it at most, bytes that are no UTF-8 replaced. */
  readString(L: State, index: number, maxBytes: number): string {
    const address = this.api.lua_tolstring(L, index, this.out);
    const length = Math.min(this.word(this.out) >>> 0, maxBytes);
    return decoder.decode(this.bytes.subarray(address, address + length));
  }

  /** Makes room on the stack of `L` beyond the twenty slots that a C function has. */
  reserveSlots(L: State, count: number): void {
    if (this.api.lua_checkstack(L, count) !== 0) return;
    if (this.#refused) throw new OutOfMemory();
    throw new RangeError("The call stack of Lua is full");
  }

  /** A copy of the bytes of the Lua string at `index`. */
  readBytes(L: State, index: number): Uint8Array {
    const address = this.api.lua_tolstring(L, index, this.out);
    return this.bytes.slice(address, address + (this.word(this.out) >>> 0));
  }

  #imports(module: WebAssembly.Module): WebAssembly.Imports {
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    for (const { module: group, name, kind } of WebAssembly.Module.imports(module)) {
      const named = (imports[group] ??= {});
      if (kind === "function") {
        named[name] = () => {
          throw new Error(`The Lua runtime called ${name}, which it must not`);
        };
      }
    }
    // Constructors ask for the environment: it has no variables.
    const system = (imports["wasi_snapshot_preview1"] ??= {});
    system["environ_sizes_get"] = (count: Address, size: Address) => {
      this.words[count >> 2] = 0;
      this.words[size >> 2] = 0;
      return 0;
    };
    system["environ_get"] = () => 0;
    const functions: (WebAssembly.ImportValue | undefined)[] = [];
    imports["env"] = {
      ...imports["env"],
      memory: this.memory,
      // The seeds of string hashes and of math.random are made of the time and of addresses: both are constant.
      emscripten_date_now: () => 0,
      abort: () => {
        if (this.#refused) throw new OutOfMemory();
        throw new Error("The Lua runtime stopped itself");
      },
      emscripten_resize_heap: (bytes: number) => this.#grow(bytes >>> 0),
      invoke_vii: (index: number, a: number, b: number) => {
        // Each protected call allocates a jump table first; when that fails it is written to address 0.
        if (this.words[0] !== 0) throw new OutOfMemory();
        const stack = this.api.stackSave();
        try {
          const target = (functions[index] ??= this.#table.get(index) as WebAssembly.ImportValue) as (
            a: number,
            b: number,
          ) => void;
          target(a, b);
        } catch (thrown) {
          if (thrown !== jump) throw thrown;
          this.api.stackRestore(stack);
          this.api.setThrew(1, 0);
        }
      },
      _emscripten_throw_longjmp: () => {
        // Lua raises LUA_ERRMEM only after an emergency collection did not help either. A script must not catch it.
        if (this.#refused && this.word(this.word(pendingJumpAddress) + jumpStatusOffset) === luaStatus.memory)
          throw new OutOfMemory();
        throw jump;
      },
    };
    return imports;
  }

  // Grows by at least a sixteenth, because each growth costs a system call; never beyond the limit.
  #grow(bytes: number): number {
    const size = this.memory.buffer.byteLength;
    if (bytes > this.memoryBytes) {
      this.#refused = true;
      return 0;
    }
    const wanted = Math.min(this.memoryBytes, Math.max(bytes, size + size / 16));
    try {
      this.memory.grow(Math.ceil((wanted - size) / 65_536));
    } catch {
      this.#refused = true;
      return 0;
    }
    this.bytes = new Uint8Array(this.memory.buffer);
    this.words = new Int32Array(this.memory.buffer);
    return 1;
  }

  // The addresses above belong to one build of the file; a different one must not be run with them.
  #checkLayout(): void {
    const { api } = this;
    const magic = 0x5eed;
    const before = this.word(pendingJumpAddress);
    api.setThrew(magic, 0);
    const found = this.word(pendingJumpAddress);
    this.words[pendingJumpAddress >> 2] = 0;
    this.words[(pendingJumpAddress >> 2) + 1] = 0;
    if (api.stackSave() !== heapStart || this.heapEnd() !== heapStart || before !== 0 || found !== magic) {
      throw new TypeError("Cannot use the Lua runtime: its memory is laid out differently from wasmoon 1.16.0");
    }
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A module that re-exports its import `host.call` (i32) → i32, because a table takes only WebAssembly functions:
 * magic and version, type section, import section, export section.
 */
export const hostFunctionAdapter: Uint8Array = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    [1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f],
    [2, 13, 1, 4, 0x68, 0x6f, 0x73, 0x74, 4, 0x63, 0x61, 0x6c, 0x6c, 0, 0],
    [7, 8, 1, 4, 0x63, 0x61, 0x6c, 0x6c, 0, 0],
  ].flat(),
);
