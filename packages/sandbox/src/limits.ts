// The limits of one invocation: one record, one table of defaults and system maxima.
// Who enforces which is written in each row; backends say which they support (`Backend.limits`).

/** Bounds of one invocation. Every field has a unit in its name; absent optional fields mean "not metered". */
export interface Limits {
  /** Linear memory of the guest, in bytes; the declared maximum of its WebAssembly memory. */
  readonly memory_bytes: number;
  /** Wall-clock milliseconds from the start, without the time in which a person is asked. */
  readonly timeout_ms: number;
  /** Deterministic units of work, for backends that meter it. */
  readonly fuel?: number;
  /** Largest file or note that one write may make, in bytes. */
  readonly file_bytes: number;
  /** Root invocations of one plugin in a minute, as the refill of a token bucket. */
  readonly rate_per_minute: number;
  /** Size of that bucket. */
  readonly burst: number;
  /** Nested plugin calls below one root invocation, and frames inside the guest where a backend counts them. */
  readonly call_depth: number;
  /** Bytes that the guest may return, emit and print together. */
  readonly output_bytes: number;
  /** Host calls of one invocation. */
  readonly host_calls: number;
}

export type LimitName = keyof Limits;

export interface LimitEntry {
  readonly unit: "bytes" | "ms" | "fuel" | "per-minute" | "calls";
  /** Used where the manifest says nothing; `null`: not metered unless asked for. */
  readonly default: number | null;
  /** A manifest above it is refused. Between default and maximum a user must approve. */
  readonly maximum: number;
  readonly minimum: number;
  readonly summary: string;
}

const megabyte = 1024 * 1024;

/** Defaults and system maxima (specification: "Resource Limits and Sandboxing"). */
export const limitTable: Readonly<Record<LimitName, LimitEntry>> = {
  memory_bytes: {
    unit: "bytes",
    default: 100 * megabyte,
    maximum: 1024 * megabyte,
    minimum: 2 * megabyte,
    summary: "linear memory of the guest",
  },
  timeout_ms: {
    unit: "ms",
    default: 30_000,
    maximum: 600_000,
    minimum: 1,
    summary: "wall-clock time of one invocation",
  },
  fuel: {
    unit: "fuel",
    default: null,
    maximum: Number.MAX_SAFE_INTEGER,
    minimum: 1,
    summary: "deterministic work of one invocation",
  },
  file_bytes: {
    unit: "bytes",
    default: 10 * megabyte,
    maximum: 100 * megabyte,
    minimum: 1,
    summary: "one written file or note",
  },
  rate_per_minute: {
    unit: "per-minute",
    default: 100,
    maximum: 60_000,
    minimum: 1,
    summary: "root invocations in a minute",
  },
  burst: { unit: "calls", default: 20, maximum: 10_000, minimum: 1, summary: "invocations above the even rate" },
  call_depth: { unit: "calls", default: 16, maximum: 64, minimum: 1, summary: "nested plugin calls" },
  output_bytes: {
    unit: "bytes",
    default: 10 * megabyte,
    maximum: 256 * megabyte,
    minimum: 1,
    summary: "returned, emitted and printed output",
  },
  host_calls: {
    unit: "calls",
    default: 100_000,
    maximum: 10_000_000,
    minimum: 0,
    summary: "host calls of one invocation",
  },
};

export const limitNames: readonly LimitName[] = Object.keys(limitTable).filter(isLimitName);

export const defaultLimits: Limits = {
  memory_bytes: 100 * megabyte,
  timeout_ms: 30_000,
  file_bytes: 10 * megabyte,
  rate_per_minute: 100,
  burst: 20,
  call_depth: 16,
  output_bytes: 10 * megabyte,
  host_calls: 100_000,
};

export function isLimitName(name: string): name is LimitName {
  return Object.hasOwn(limitTable, name);
}
