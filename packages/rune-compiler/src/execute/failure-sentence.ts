// The sentence of each run-time error: action first, then what was found, with names of types, fields and functions as the
// author wrote them. Kinds are stable slugs for programs that react to errors.

import { layout } from "@crucible/rune-runtime";
import type { FailureContext, RuneFailure } from "./failure.ts";

const OPERATORS: readonly string[] = [
  "+",
  "-",
  "*",
  "/",
  "%",
  "&",
  "|",
  "^",
  "<<",
  ">>",
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "-",
  "!",
];
const STYLES: readonly string[] = ["{}", "{:?}", "{:x}", "{:X}", "{:b}", "{:o}", "{:p}"];

/** What went wrong, for people (`sentence`) and for programs (`kind`). */
export interface FailureText {
  readonly kind: string;
  readonly sentence: string;
}

/** Makes the sentence of a failure; reads the instance's memory. */
export function failureSentence(failure: RuneFailure, context: FailureContext): FailureText {
  if (failure.sentence !== null) return { kind: "other", sentence: failure.sentence };
  const detail = new DataView(context.memory.buffer).getInt32(layout.CELL_DETAIL, true);
  const typeA = (): string => typeName(context, failure.a, failure.aTag);
  const typeB = (): string => typeName(context, failure.b, failure.bTag);
  const textA = (): string => stringOf(context, failure.a, failure.aTag);
  const textB = (): string => stringOf(context, failure.b, failure.bTag);
  const operator = OPERATORS[detail] ?? "?";
  switch (failure.code) {
    case layout.FAIL_OVERFLOW:
      return text("overflow", "Cannot compute the number: it would overflow 64 bits");
    case layout.FAIL_UNDERFLOW:
      return text("underflow", "Cannot compute the number: it would underflow");
    case layout.FAIL_DIVIDE_BY_ZERO:
      return text("divide-by-zero", "Cannot divide: the divisor is zero, or the quotient has no 64-bit value");
    case layout.FAIL_PANIC:
      return text("panic", textA());
    case layout.FAIL_BINARY:
      return text("binary", `Cannot apply \`${operator}\` to \`${typeA()}\` and \`${typeB()}\``);
    case layout.FAIL_UNARY:
      return text("unary", `Cannot apply \`${operator}\` to \`${typeA()}\``);
    case layout.FAIL_INDEX:
      return text(
        "index",
        `Cannot index \`${typeA()}\` with ${show(context, failure.b, failure.bTag)}: there is nothing at that index`,
      );
    case layout.FAIL_INDEX_GET:
      return text("index-get", `Cannot index \`${typeA()}\` with a value of type \`${typeB()}\``);
    case layout.FAIL_INDEX_SET:
      return text("index-set", `Cannot assign to an index of \`${typeA()}\` with a value of type \`${typeB()}\``);
    case layout.FAIL_FIELD:
      return text("field", `Cannot find field \`${textB()}\` on \`${typeA()}\``);
    case layout.FAIL_TUPLE_INDEX:
      return text("tuple-index", `Cannot find part ${failure.b} of \`${typeA()}\``);
    case layout.FAIL_METHOD:
      return text("method", `Cannot find method \`${textB()}\` on \`${typeA()}\``);
    case layout.FAIL_NOT_CALLABLE:
      return text("not-callable", `Cannot call a value of type \`${typeA()}\``);
    case layout.FAIL_ARITY:
      return text(
        "arity",
        `Cannot call the function: it takes ${failure.a} ${failure.a === 1n ? "argument" : "arguments"}, ${failure.b} were given`,
      );
    case layout.FAIL_TYPE:
      return text("type", `Expected \`${typeIdName(context, detail)}\`, but found \`${typeA()}\``);
    case layout.FAIL_CONDITION:
      return text("condition", `Expected a condition of type \`bool\`, but found \`${typeA()}\``);
    case layout.FAIL_MOVED:
      return text("moved", "Cannot use the value: it was dropped");
    case layout.FAIL_ITERATE:
      return text("iterate", `Cannot iterate over \`${typeA()}\``);
    case layout.FAIL_RANGE_ITERATE:
      return text(
        "range-iterate",
        "Cannot iterate over the range: its ends are not integers of one type, or it has no start",
      );
    case layout.FAIL_CAST:
      return text("cast", `Cannot cast \`${typeA()}\` to \`${typeIdName(context, detail)}\``);
    case layout.FAIL_TRY:
      return text("try", `Cannot use \`?\` on \`${typeA()}\`: it is no Option or Result`);
    case layout.FAIL_FORMAT:
      return text("format", `Cannot format \`${typeA()}\` with \`${STYLES[detail] ?? "{}"}\``);
    case layout.FAIL_HASH:
      return text("hash", `Cannot hash \`${typeA()}\``);
    case layout.FAIL_FLOAT_COMPARISON:
      return text("float-comparison", "Cannot order the floats: one of them is not a number");
    case layout.FAIL_PATTERN:
      return text("pattern", `Cannot go on: the pattern did not match ${show(context, failure.a, failure.aTag)}`);
    case layout.FAIL_FUNCTION:
      return text("missing-function", `Cannot find function \`${textA()}\``);
    case layout.FAIL_STATIC:
      return text("static", `Cannot read static \`${textA()}\`: it has no value yet`);
    case layout.FAIL_BORROWED:
      return text("borrowed", `Cannot change \`${typeA()}\`: an iterator is using it`);
    case layout.FAIL_OTHER:
      return text("other", textA());
    case layout.FAIL_GENERATOR_COMPLETE:
      return text("generator-complete", "Cannot resume the generator: it has completed");
    case layout.FAIL_FUTURE_COMPLETE:
      return text("future-complete", "Cannot await the future: it was awaited before");
    case layout.FAIL_STRUCT_COMPARE:
      return text("compare", `Cannot compare \`${typeA()}\` with \`${typeB()}\``);
    case layout.FAIL_MEMORY:
      return text("memory", "The script needs more memory than it may use");
    case layout.FAIL_FUEL:
      return text("fuel", "The script has used up its fuel");
    case layout.FAIL_DEPTH:
      return text("depth", "The script calls functions too deeply");
    case layout.FAIL_OUTPUT:
      return text("output", "The script prints more than it may");
    default:
      return text("internal", `The program broke a rule of the runtime (${failure.code}, ${detail})`);
  }
}

function text(kind: string, sentence: string): FailureText {
  return { kind, sentence };
}

function stringOf(context: FailureContext, payload: bigint, tag: number): string {
  return tag === layout.TAG_STRING ? context.text(Number(payload)) : show(context, payload, tag);
}

/** Calls into the runtime fail when memory is full: then the type has no name here. */
function attempt(context: FailureContext, name: string, ...args: (number | bigint)[]): string | null {
  try {
    const address = Number(context.call(name, ...args));
    return address === 0 ? null : context.text(address);
  } catch {
    return null;
  }
}

function typeName(context: FailureContext, payload: bigint, tag: number): string {
  return attempt(context, "type_name", payload, tag) ?? "value";
}

function typeIdName(context: FailureContext, type: number): string {
  return attempt(context, "type_id_name", type) ?? "another type";
}

/** A value as its debug form, shortened. */
function show(context: FailureContext, payload: bigint, tag: number): string {
  const shown = attempt(context, "debug", payload, tag);
  if (shown === null) return `a value of type \`${typeName(context, payload, tag)}\``;
  return shown.length > 80 ? `\`${shown.slice(0, 80)}…\`` : `\`${shown}\``;
}
