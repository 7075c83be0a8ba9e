// Values of number literals: radix, underscores, suffix, range. The minus of a pattern or operand is the caller's.

import type { Literal } from "./ast-expression.ts";

/** A number literal's value and type. `int` is not yet checked for the range of 64 bits unless it has a suffix. */
export type NumberValue =
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "uint"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number };

/** Why a literal has no value. */
export interface NumberFailure {
  readonly kind: "failure";
  /** Slug of the diagnostic. */
  readonly slug: string;
  readonly message: string;
}

const SUFFIX_BITS: ReadonlyMap<string, number> = new Map([
  ["8", 8],
  ["16", 16],
  ["32", 32],
  ["64", 64],
]);

/** Digits that an integer literal may have at most after leading zeros; 64 bits need 64 binary digits. */
const MAX_DIGITS = 128;

/** The value of a literal: numbers are read, bytes are u64, everything else is what it says. */
export function readLiteral(
  literal: Literal,
  negative: boolean,
): NumberValue | NumberFailure | Exclude<Literal, { readonly kind: "number" | "byte" }> {
  if (literal.kind === "number") return readNumber(literal.text, negative);
  return literal.kind === "byte" ? { kind: "uint", value: BigInt(literal.value) } : literal;
}

/** Reads the text of a number token; `negative` negates it before its range is checked. */
export function readNumber(text: string, negative: boolean): NumberValue | NumberFailure {
  const radix = radixOf(text);
  const digitsStart = radix === 10 ? 0 : 2;
  const split = splitSuffix(text, digitsStart, radix);
  const digits = text.slice(digitsStart, split).replaceAll("_", "");
  const suffix = text.slice(split);
  const fractional = radix === 10 && /[.e]/u.test(digits);
  const kind = suffix[0];
  if (suffix !== "" && !(kind === "f" ? suffix === "f32" || suffix === "f64" : SUFFIX_BITS.has(suffix.slice(1)))) {
    return failure("unsupported-suffix", `Unknown number suffix \`${suffix}\``);
  }
  if (kind === "f" || (suffix === "" && fractional)) return readFloat(digits, negative);
  if (!validDigits(digits, radix)) return failure("bad-number-literal", `Not a number: \`${text.slice(0, 60)}\``);
  const significant = digits.replace(/^0+/u, "");
  if (significant.length > MAX_DIGITS) return outOfBounds(kind === "u");
  const prefix = radix === 16 ? "0x" : radix === 8 ? "0o" : radix === 2 ? "0b" : "";
  const magnitude = BigInt(`${prefix}${significant === "" ? "0" : significant}`);
  const value = negative ? -magnitude : magnitude;
  const bits = BigInt(SUFFIX_BITS.get(suffix.slice(1)) ?? 64);
  if (kind === "u") {
    if (value < 0n || value >= 1n << bits) return outOfBounds(true);
    return { kind: "uint", value };
  }
  const limit = 1n << (bits - 1n);
  if (value < -limit || value >= limit) return outOfBounds(false);
  return { kind: "int", value };
}

function radixOf(text: string): 2 | 8 | 10 | 16 {
  if (text.startsWith("0x")) return 16;
  if (text.startsWith("0o")) return 8;
  if (text.startsWith("0b")) return 2;
  return 10;
}

/** Offset of the suffix: the first `u` or `i`, and `f` in decimal numbers. */
function splitSuffix(text: string, from: number, radix: number): number {
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (char === "u" || char === "i" || (char === "f" && radix === 10)) return at;
  }
  return text.length;
}

function readFloat(digits: string, negative: boolean): NumberValue | NumberFailure {
  if (!/^[0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?$/u.test(digits)) {
    return failure("bad-number-literal", `Not a number: \`${digits.slice(0, 60)}\``);
  }
  const value = Number(digits.replace(/\.(?=e|$)/u, ".0"));
  return { kind: "float", value: negative ? -value : value };
}

function validDigits(digits: string, radix: number): boolean {
  if (radix === 16) return /^[0-9a-fA-F]+$/u.test(digits);
  if (radix === 8) return /^[0-7]+$/u.test(digits);
  return radix === 2 ? /^[01]+$/u.test(digits) : /^[0-9]+$/u.test(digits);
}

function outOfBounds(unsigned: boolean): NumberFailure {
  return unsigned
    ? failure("bad-unsigned-out-of-bounds", "Number is out of bounds for its unsigned type")
    : failure("bad-signed-out-of-bounds", "Number is out of bounds for its signed type");
}

function failure(slug: string, message: string): NumberFailure {
  return { kind: "failure", slug, message };
}
