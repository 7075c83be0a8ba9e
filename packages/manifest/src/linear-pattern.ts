// Regular expressions of schemas, run in time linear in the text: `pattern` comes from strangers, and so does the text.
import { RE2JS } from "re2js";

/** A compiled pattern. */
export interface LinearPattern {
  test(text: string): boolean;
}

const maxPatternUnits = 2_000;

/**
 * Compiles a pattern of JSON Schema (ECMAScript syntax, searched anywhere in the text) for a linear-time engine.
 *
 * Refused: look-around, back references, more than 1,000 repetitions, more than 2,000 characters. `\s` and `\w` mean
 * their ASCII sets.
 *
 * @returns the pattern, or what is wrong with it
 */
export function compilePattern(source: string): LinearPattern | { readonly fault: string } {
  if (source.length > maxPatternUnits)
    return { fault: `the pattern has ${source.length} characters, at most ${maxPatternUnits} are allowed` };
  try {
    const pattern = RE2JS.compile(RE2JS.translateRegExp(source));
    return { test: (text) => pattern.test(text) };
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { fault: explain(message.replace(/^error parsing regexp: /, "")) };
  }
}

function explain(message: string): string {
  if (/`\(\?<?[=!]/.test(message)) return "look-ahead and look-behind are not available";
  if (/escape sequence: `\\[1-9k]/.test(message)) return "back references are not available";
  return message;
}
