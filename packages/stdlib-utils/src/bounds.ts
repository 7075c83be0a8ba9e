// How much one call may be given: these functions run on the host's main thread, which must not be held up.
import type { Outcome } from "@crucible/sandbox";
import { fail } from "@crucible/sandbox";

/** Characters (UTF-16 units) that one call reads, by format: about 50 ms of work for what people write, 250 ms at the worst. */
export const textBounds = {
  json: 4_000_000,
  yaml: 100_000,
  toml: 500_000,
  csv: 1_000_000,
  regex: 1_000_000,
  markdown: 1_000_000,
  template: 200_000,
  text: 2_000_000,
  /** Text that is cut into characters or words. */
  segmented: 250_000,
} as const;

/** Instructions of a pattern times characters of a text. */
export const maxPatternSteps = 20_000_000;

/** Items that one call answers with at most. */
export const maxItems = 100_000;

/** Characters that a template may write. */
export const maxTemplateOutput = 2_000_000;

/** A mistake in what a function was given, as the author reads it. */
export function refuse(what: string, why: string): Outcome<never> {
  return fail("host/invalid-argument", `Cannot ${what}: ${why}`);
}
