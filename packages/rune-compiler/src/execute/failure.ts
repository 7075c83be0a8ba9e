// Turns what a program threw into an error value: a sentence with names, the place in the source, the script's own call
// stack. Positions come from the engine's stack trace (offsets of WebAssembly code) and the module's source map.

import { layout } from "@crucible/rune-runtime";
import type { ErrorCode, ErrorValue, StackFrame } from "@crucible/sandbox";
import type { MappedFrame } from "../codegen/compiled-form.ts";
import { createSourceMap } from "../diagnostics/source-map.ts";
import type { LoadedModule } from "./load.ts";
import { failureSentence } from "./failure-sentence.ts";

/** Thrown by the import `fail`: a run-time error of the script, not yet made readable. */
export class RuneFailure extends Error {
  readonly code: number;
  readonly a: bigint;
  readonly aTag: number;
  readonly b: bigint;
  readonly bTag: number;
  /** A sentence that needs nothing from memory. */
  readonly sentence: string | null;

  constructor(code: number, a: bigint, aTag: number, b: bigint, bTag: number, sentence: string | null = null) {
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = MAX_FRAMES;
    super("a Rune program failed");
    Error.stackTraceLimit = before;
    this.code = code;
    this.a = a;
    this.aTag = aTag;
    this.b = b;
    this.bTag = bTag;
    this.sentence = sentence;
  }
}

/** Frames of the engine that are looked at. */
const MAX_FRAMES = 200;
/** Frames of the script that are shown. */
const MAX_SHOWN = 40;

/** What describing a failure needs of the instance. */
export interface FailureContext {
  readonly loaded: LoadedModule;
  readonly memory: WebAssembly.Memory;
  readonly options: {
    readonly memoryBytes: number;
    readonly fuel?: bigint;
    readonly callDepth?: number;
    readonly outputBytes?: number;
  };
  readonly call: (name: string, ...args: (number | bigint)[]) => number | bigint;
  readonly text: (address: number) => string;
  readonly fuelUsed: () => bigint;
}

/** The error value of something thrown; null when it is not the script's (what the host's own functions threw). */
export function describeFailure(thrown: unknown, context: FailureContext): ErrorValue | null {
  if (thrown instanceof RuneFailure) {
    const limit = limitOf(thrown.code, context);
    const { kind, sentence } = failureSentence(thrown, context);
    return errorValue(limit?.code ?? "guest/exception", sentence, thrown.stack ?? "", context, {
      kind,
      ...(limit === null ? {} : { limit: limit.report }),
    });
  }
  if (thrown instanceof RangeError && /call stack/iu.test(thrown.message)) {
    const depth = context.options.callDepth ?? 10_000;
    return errorValue("limit/depth", "The call stack is too deep", thrown.stack ?? "", context, {
      kind: "depth",
      limit: { limit: depth, used: depth, unit: "frames" },
    });
  }
  if (thrown instanceof WebAssembly.RuntimeError) {
    return errorValue("guest/trap", `The program was stopped: ${thrown.message}`, thrown.stack ?? "", context, {
      kind: "trap",
    });
  }
  return null;
}

interface LimitFailure {
  readonly code: ErrorCode;
  readonly report: { readonly limit: number; readonly used: number; readonly unit: "bytes" | "fuel" | "frames" };
}

function limitOf(code: number, context: FailureContext): LimitFailure | null {
  const { options } = context;
  switch (code) {
    case layout.FAIL_MEMORY:
      return {
        code: "limit/memory",
        report: { limit: options.memoryBytes, used: context.memory.buffer.byteLength, unit: "bytes" },
      };
    case layout.FAIL_FUEL:
      return {
        code: "limit/fuel",
        report: { limit: Number(options.fuel ?? 0n), used: Number(options.fuel ?? 0n), unit: "fuel" },
      };
    case layout.FAIL_DEPTH: {
      const depth = options.callDepth ?? 10_000;
      return { code: "limit/depth", report: { limit: depth, used: depth, unit: "frames" } };
    }
    case layout.FAIL_OUTPUT: {
      const bytes = options.outputBytes ?? 10 * 1024 * 1024;
      return { code: "limit/output", report: { limit: bytes, used: bytes, unit: "bytes" } };
    }
    default:
      return null;
  }
}

function errorValue(
  code: ErrorCode,
  message: string,
  stack: string,
  context: FailureContext,
  details: Readonly<Record<string, unknown>>,
): ErrorValue {
  const { manifest } = context.loaded;
  const sources = createSourceMap(
    manifest.sources.map((source) => ({ path: source.name, text: source.text, start: 0 })),
  );
  const frames = scriptFrames(stack, context.loaded).filter((frame) => frame.source >= 0);
  const shown: StackFrame[] = frames.slice(0, MAX_SHOWN).map((frame) => {
    const position = sources.position(frame.source, frame.start);
    return {
      function: frame.path,
      file: manifest.sources[frame.source]?.name ?? "",
      line: position.line,
      column: position.column,
    };
  });
  const first = frames[0];
  const top = shown[0];
  if (first === undefined || top === undefined) return { code, message, details: { ...details, stack: shown } };
  const place = {
    file: top.file,
    line: top.line,
    ...(top.column === undefined ? {} : { column: top.column }),
    snippet: sources.line(first.source, top.line).slice(0, 240),
  };
  return {
    code,
    message,
    details: { ...details, place, span: { source: first.source, start: first.start, end: first.end }, stack: shown },
  };
}

/** The script's frames in an engine's stack trace, innermost first, library frames included. */
function scriptFrames(stack: string, loaded: LoadedModule): MappedFrame[] {
  const map = loaded.sourceMap();
  const frames: MappedFrame[] = [];
  for (const match of stack.matchAll(/wasm-function\[(\d+)\]:0x([0-9a-f]+)/gu)) {
    frames.push(...map.frames(Number(match[1]), Number.parseInt(match[2] ?? "0", 16)));
  }
  return frames;
}
