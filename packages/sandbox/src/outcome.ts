// Outcomes and errors: how an expected failure crosses a boundary, and what is thrown when a contract is broken.
// The codes themselves are in error-code.ts.
import type { ErrorCode } from "./error-code.ts";

/**
 * A failure as plain data: it can be sent to a worker, journalled, printed as JSON and shown to a guest.
 *
 * `details` holds only plain JSON-like data; its shape belongs to the code (see `errorCodes`).
 */
export interface ErrorValue {
  readonly code: ErrorCode;
  /** Sentence case, no final period: `Cannot read note "a.md": capability KilnRead is not granted`. */
  readonly message: string;
  readonly details?: ErrorDetails;
}

/** What every consumer may rely on in `details`; a code adds its own keys. */
export interface ErrorDetails {
  readonly plugin?: string;
  readonly version?: string;
  readonly action?: string;
  /** Where in the author's file, when a place is known. */
  readonly place?: SourcePlace;
  /** Innermost first, in source coordinates. */
  readonly stack?: readonly StackFrame[];
  /** What the reader can do about it. */
  readonly hint?: string;
  /** For `limit/*`: which limit, how much was used, in which unit. */
  readonly limit?: LimitReport;
  /** Several findings at once, for example of a manifest or a compilation. */
  readonly diagnostics?: readonly Diagnostic[];
  readonly [key: string]: unknown;
}

export interface LimitReport {
  /** Value of the limit that was reached. */
  readonly limit: number;
  /** What was used when it was reached. */
  readonly used: number;
  readonly unit: "bytes" | "ms" | "fuel" | "calls" | "per-minute" | "workers" | "frames" | "parts";
}

/** A place in a file as its author sees it: lines and columns count from 1, columns in UTF-16 units. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  /** Text of that line, without its line end, at most 240 units. */
  readonly snippet?: string;
  /** True where the guest was stopped from outside and the place is that of its last host call or its action. */
  readonly approximate?: boolean;
}

export interface StackFrame {
  readonly function?: string;
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

/** What a compiler or a parser says about source text. Collected and sorted by place, never thrown. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
  readonly place: SourcePlace;
  readonly hint?: string;
}

/** A result that either holds a value or says why there is none. Never thrown through a boundary. */
export type Outcome<T> = Success<T> | FailureOutcome;

export interface Success<T> {
  readonly ok: true;
  readonly value: T;
}

export interface FailureOutcome {
  readonly ok: false;
  readonly error: ErrorValue;
}

export function succeed<T>(value: T): Success<T> {
  return { ok: true, value };
}

export function fail(code: ErrorCode, message: string, details?: ErrorDetails): FailureOutcome {
  return { ok: false, error: details === undefined ? { code, message } : { code, message, details } };
}

/**
 * The one error class: thrown where a contract of this code base is broken or where an outcome must leave through an
 * exception (a constructor, an iterator). It carries the same data as an `ErrorValue`.
 */
export class CrucibleError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails | undefined;

  constructor(code: ErrorCode, message: string, details?: ErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.name = "CrucibleError";
    this.code = code;
    this.details = details;
  }

  toErrorValue(): ErrorValue {
    return this.details === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, details: this.details };
  }
}

/** Returns the value of an outcome; throws its failure as a `CrucibleError`. For tests, scripts and constructors. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new CrucibleError(outcome.error.code, outcome.error.message, outcome.error.details);
}

/** Turns anything that was thrown into an `ErrorValue`; a foreign exception becomes `host/internal`. */
export function toErrorValue(thrown: unknown): ErrorValue {
  if (thrown instanceof CrucibleError) return thrown.toErrorValue();
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "host/internal", message };
}
