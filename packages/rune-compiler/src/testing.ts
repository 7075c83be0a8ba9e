// Arbitraries and oracles for tests of what reads, compiles or runs Rune.

import * as fc from "fast-check";
import { ProgramWriter } from "./testing/program-writer.ts";

export type { Interpretation } from "./interpret/interpret.ts";
export { checkIr, checkLibraryIr, interpretProgram } from "./testing/check-program.ts";

/** Choices that one program may take; longer tapes give larger programs. */
const MAX_CHOICES = 300;

/**
 * Source texts of modules with a public `main()`. They are well typed, end, and need only the prelude; they may fail
 * with an overflow, a division by zero or a shift, which is part of their behaviour. They shrink towards
 * `pub fn main() { (0,) }` with its declarations.
 */
export function runeProgram(): fc.Arbitrary<string> {
  return fc
    .array(fc.nat({ max: 255 }), { maxLength: MAX_CHOICES, size: "max" })
    .map((tape) => new ProgramWriter(tape).program());
}
