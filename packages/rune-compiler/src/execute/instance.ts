// Runs compiled programs: makes an instance with its memory and limits, calls entries with values, turns failures into
// outcomes. It uses the engine's WebAssembly interface only; threads and deadlines are the sandbox's.

import { layout } from "@crucible/rune-runtime";
import type { ErrorValue, FailureOutcome, Outcome, Value } from "@crucible/sandbox";
import { decodeValue, encodeValue, fail, isErrorCode, isObject, succeed } from "@crucible/sandbox";
import type { LoadedModule } from "./load.ts";
import { describeFailure, RuneFailure } from "./failure.ts";
import type { FailureContext } from "./failure.ts";

/** Bounds and powers of one instance. */
export interface InstanceOptions {
  /** Linear memory at most, in bytes; rounded down to pages of 64 KiB. */
  readonly memoryBytes: number;
  /** Units of work; absent: not limited. */
  readonly fuel?: bigint;
  /** Weighted frames of compiled code; default 10 000. */
  readonly callDepth?: number;
  /** Bytes that the script may print; default 10 MiB. */
  readonly outputBytes?: number;
  /** Fuel between two calls of `poll`; default 100 000. */
  readonly slice?: number;
  /** Collects at every safepoint: for tests. */
  readonly stress?: boolean;
  /** Called once for each slice; throws to stop the script. */
  readonly poll?: () => void;
  /** Takes what the script prints, in UTF-8. The bytes are a view that is only valid during the call. */
  readonly write?: (bytes: Uint8Array) => void;
  /**
   * Answers a host call. The request is an encoded array of name and arguments, a view valid during the call; the answer
   * is one byte (0 the value itself, 1 Ok, 2 Err, 3 Some, 4 None) and an encoded value.
   */
  readonly hostCall?: (request: Uint8Array) => Uint8Array;
}

/** Bounds of one call; see `InstanceOptions`. */
export type CallBounds = Pick<InstanceOptions, "fuel" | "callDepth" | "outputBytes">;

/** The outcome of a call whose result stays encoded. */
export type EncodedOutcome = { readonly ok: true; readonly bytes: Uint8Array } | FailureOutcome;

/** One running program. After a failure it must be thrown away. */
export interface RuneInstance {
  /**
   * Calls a public function.
   *
   * @returns the value, `plugin/action-not-found`, `guest/*` or `limit/*`; what `poll` or `hostCall` throw passes through
   */
  call(name: string, args: readonly Value[]): Outcome<Value>;
  /** Calls a public function and answers how the language's debug format shows the result. */
  callForDebug(name: string, args: readonly Value[]): Outcome<string>;
  /**
   * Calls a public function with one encoded value (the contract's codec), and answers the encoded result: for hosts that
   * pass values on. A function without parameters gets none.
   *
   * A returned `Err(e)` is a failure with `details.returned`: an object with the members `code` and `message` keeps them, any
   * other error is `guest/exception` with its text. Functions marked `#[test]` are called by their path, `module::name`. Memory is whole then; after every other failure it is not.
   */
  callEncoded(name: string, params: Uint8Array): EncodedOutcome;
  /** Sets the bounds of the calls that follow; needed after memory was restored from a snapshot. */
  beginCall(bounds: CallBounds): void;
  /** End of the memory that was ever written since it was made or restored, in bytes. */
  highWater(): number;
  /** Units of work used so far. */
  fuelUsed(): bigint;
  /** The memory: reading is safe between calls, writing is the snapshot mechanism's business. */
  readonly memory: WebAssembly.Memory;
}

const PAGE = 65_536;
const STACK_BYTES = 1 << 20;
const STACK_RESERVE = 1 << 17;

/**
 * Makes an instance and prepares its memory.
 *
 * @returns `limit/memory` when the memory is too small for the program itself
 */
export function instantiate(loaded: LoadedModule, options: InstanceOptions): Outcome<RuneInstance> {
  const maximum = Math.min(65_536, Math.floor(options.memoryBytes / PAGE));
  const initial = Math.min(maximum, INITIAL_PAGES);
  const memory = new WebAssembly.Memory({ initial, maximum });
  try {
    return succeed(new Running(loaded, memory, options));
  } catch (thrown) {
    if (
      thrown instanceof RuneFailure ||
      thrown instanceof WebAssembly.RuntimeError ||
      thrown instanceof WebAssembly.LinkError
    ) {
      return fail("limit/memory", "The program does not fit into its memory", {
        limit: { limit: options.memoryBytes, used: options.memoryBytes, unit: "bytes" },
      });
    }
    throw thrown;
  }
}

function boundsOf({ fuel, callDepth, outputBytes }: CallBounds): {
  readonly fuel: bigint;
  readonly depth: number;
  readonly output: bigint;
} {
  return {
    fuel: fuel ?? (1n << 63n) - 1n,
    depth: callDepth ?? 10_000,
    output: BigInt(outputBytes ?? 10 * 1024 * 1024),
  };
}

/** Pages that a memory starts with. */
const INITIAL_PAGES = 32;

type Callable = (...args: (number | bigint)[]) => number | bigint;

class Running implements RuneInstance {
  readonly memory: WebAssembly.Memory;
  private readonly loaded: LoadedModule;
  private readonly options: InstanceOptions;
  private readonly exports: WebAssembly.Exports;
  private answer: Uint8Array = new Uint8Array(0);
  private bounds: CallBounds = {};

  constructor(loaded: LoadedModule, memory: WebAssembly.Memory, options: InstanceOptions) {
    this.loaded = loaded;
    this.memory = memory;
    this.options = options;
    const instance = new WebAssembly.Instance(loaded.module, {
      env: { memory },
      rune: {
        fail: (code: number, a: bigint, aTag: number, b: bigint, bTag: number) => {
          throw new RuneFailure(code, a, aTag, b, bTag);
        },
        poll: () => {
          options.poll?.();
        },
        write: (address: number, length: number) => {
          options.write?.(new Uint8Array(memory.buffer, address, length));
        },
        host_call: (address: number, length: number) => this.hostCall(address, length),
        host_take: (address: number) => {
          new Uint8Array(memory.buffer).set(this.answer, address);
        },
      },
    });
    this.exports = instance.exports;
    const view = new DataView(memory.buffer);
    view.setInt32(layout.CELL_SLICE, options.slice ?? 100_000, true);
    const { fuel, depth, output } = boundsOf(options);
    view.setBigInt64(layout.CELL_FUEL, fuel, true);
    view.setInt32(layout.CELL_DEPTH, depth, true);
    view.setBigInt64(layout.CELL_OUTPUT, output, true);
    view.setInt32(layout.CELL_STRESS, options.stress === true ? 1 : 0, true);
    this.run("init", STACK_BYTES);
    // Roots of rarely taken paths go above the frames without a check: they have this much room.
    const grown = new DataView(memory.buffer);
    grown.setInt32(layout.CELL_STACK_LIMIT, grown.getInt32(layout.CELL_STACK_LIMIT, true) - STACK_RESERVE, true);
  }

  private hostCall(address: number, length: number): number {
    const { hostCall } = this.options;
    if (hostCall === undefined)
      throw new RuneFailure(
        layout.FAIL_OTHER,
        0n,
        layout.TAG_UNIT,
        0n,
        layout.TAG_UNIT,
        "no host functions are granted",
      );
    this.answer = hostCall(new Uint8Array(this.memory.buffer, address, length));
    return this.answer.length;
  }

  private run(name: string, ...args: (number | bigint)[]): number | bigint {
    const found = this.exports[name];
    if (typeof found !== "function") throw new RangeError(`no export "${name}"`);
    // The export's type is the ABI's; a wrong call is caught by the engine.
    return (found as Callable)(...args);
  }

  private tag(): number {
    return new DataView(this.memory.buffer).getInt32(layout.CELL_TAG, true);
  }

  call(name: string, args: readonly Value[]): Outcome<Value> {
    return this.enter(name, args, (payload, tag) => decodeValue(this.encode(payload, tag)));
  }

  callEncoded(name: string, params: Uint8Array): EncodedOutcome {
    const { actions, tests } = this.loaded.manifest;
    const arity = tests.includes(name) ? 0 : actions.find((action) => action.name === name)?.arity;
    const outcome = this.enterEncoded(name, arity === 0 ? [] : [params], (payload, tag): Outcome<Uint8Array> => {
      if (tag !== layout.TAG_RESULT) return succeed(this.encode(payload, tag).slice());
      const view = new DataView(this.memory.buffer);
      const address = Number(payload);
      const slot = address + layout.OBJECT_SLOTS;
      const inner = view.getBigInt64(slot + layout.SLOT_PAYLOAD, true);
      const innerTag = view.getInt32(slot + layout.SLOT_TAG, true);
      if (view.getInt32(address + layout.OPTION_VARIANT, true) === layout.VARIANT_OK)
        return succeed(this.encode(inner, innerTag).slice());
      return { ok: false, error: this.returnedError(inner, innerTag) };
    });
    return outcome.ok ? { ok: true, bytes: outcome.value } : outcome;
  }

  private encode(payload: bigint, tag: number): Uint8Array {
    this.run("encode_begin");
    this.run("encode_value", payload, tag);
    const address = Number(this.run("encode_end"));
    if (address === 0) throw new RuneFailure(layout.FAIL_MEMORY, 0n, layout.TAG_UNIT, 0n, layout.TAG_UNIT);
    return new Uint8Array(this.memory.buffer, address, Number(this.run("encode_size")));
  }

  private returnedError(payload: bigint, tag: number): ErrorValue {
    const decoded = decodeValue(this.encode(payload, tag));
    const value = decoded.ok ? decoded.value : null;
    if (value !== null && isObject(value)) {
      const { code, message } = value;
      if (typeof message === "string") {
        return {
          code: typeof code === "string" && isErrorCode(code) ? code : "guest/exception",
          message,
          details: { returned: true },
        };
      }
    }
    const message = typeof value === "string" ? value : this.text(Number(this.run("debug", payload, tag)));
    return { code: "guest/exception", message, details: { returned: true } };
  }

  beginCall(bounds: CallBounds): void {
    this.bounds = { ...this.bounds, ...bounds };
    const { fuel, depth, output } = boundsOf(bounds);
    this.run("begin_call", fuel, depth, output);
  }

  highWater(): number {
    return Number(this.run("high_water"));
  }

  callForDebug(name: string, args: readonly Value[]): Outcome<string> {
    return this.enter(name, args, (payload, tag) => {
      const address = Number(this.run("debug", payload, tag));
      return succeed(this.text(address));
    });
  }

  private text(address: number): string {
    const view = new DataView(this.memory.buffer);
    const length = view.getUint32(address + layout.STRING_LENGTH, true);
    const start = view.getUint32(address + layout.STRING_ADDRESS, true);
    return new TextDecoder().decode(new Uint8Array(this.memory.buffer, start, length));
  }

  private enter<T>(
    name: string,
    args: readonly Value[],
    finish: (payload: bigint, tag: number) => Outcome<T>,
  ): Outcome<T> {
    const encoded: Uint8Array[] = [];
    for (const arg of args) {
      const bytes = encodeValue(arg);
      if (!bytes.ok) return bytes;
      encoded.push(bytes.value);
    }
    return this.enterEncoded(name, encoded, finish);
  }

  private enterEncoded<T>(
    name: string,
    args: readonly Uint8Array[],
    finish: (payload: bigint, tag: number) => Outcome<T>,
  ): Outcome<T> {
    const entry = this.exports[`fn:${name}`];
    if (typeof entry !== "function") return fail("plugin/action-not-found", `Action '${name}' not found`);
    const pairs: (number | bigint)[] = [];
    try {
      for (const arg of args) {
        const address = Number(this.run("decode_space", arg.length));
        if (address === 0) throw new RuneFailure(layout.FAIL_MEMORY, 0n, layout.TAG_UNIT, 0n, layout.TAG_UNIT);
        new Uint8Array(this.memory.buffer).set(arg, address);
        const payload = this.run("decode_value", address, arg.length);
        pairs.push(payload, this.tag());
      }
      const expected = this.loaded.manifest.actions.find((action) => action.name === name)?.arity ?? 0;
      if (expected !== args.length) {
        const wanted = `${expected} ${expected === 1 ? "argument" : "arguments"}`;
        return fail("guest/exception", `Action '${name}' takes ${wanted}, but ${args.length} were given`, {
          kind: "arity",
        });
      }
      const payload = (entry as Callable)(...pairs);
      return finish(BigInt(payload), this.tag());
    } catch (thrown) {
      const failure = describeFailure(thrown, this.failureContext());
      if (failure === null) throw thrown;
      return { ok: false, error: failure };
    }
  }

  private failureContext(): FailureContext {
    return {
      loaded: this.loaded,
      memory: this.memory,
      options: { ...this.options, ...this.bounds },
      call: (name, ...args) => this.run(name, ...args),
      text: (address) => this.text(address),
      fuelUsed: () => this.fuelUsed(),
    };
  }

  fuelUsed(): bigint {
    return BigInt(this.run("fuel_used"));
  }
}
