// How laws are refuted: assertions that say what was expected and what came instead, without any test runner.
import { equalValues, formatJson, type ErrorCode, type ErrorValue, type Outcome, type Value } from "@crucible/sandbox";

/** Throws an Error with the message unless the condition holds. */
export function assertThat(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Returns the value of a success; throws with the failure's code and message otherwise. */
export function assertSuccess<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(`Expected a value, got ${outcome.error.code}: ${outcome.error.message}`);
}

/** Throws unless the outcome is a success with exactly this value. */
export function assertValue(outcome: Outcome<Value>, expected: Value): void {
  const value = assertSuccess(outcome);
  assertThat(equalValues(value, expected), `Expected ${describe(expected)}, got ${describe(value)}`);
}

/** Returns the error of a failure with this code; throws otherwise. */
export function assertFailure(outcome: Outcome<unknown>, code: ErrorCode): ErrorValue {
  if (outcome.ok) throw new Error(`Expected ${code}, got a value`);
  const { error } = outcome;
  assertThat(error.code === code, `Expected ${code}, got ${error.code}: ${error.message}`);
  return error;
}

function describe(value: Value): string {
  const text = formatJson(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
