// Prints the result of the last test run as one plain line, from the report that vitest wrote.
// A test file that failed before its first test counts as one failure.
import { exists, readJson } from "./workspace.ts";

interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { status: string }[];
  }[];
}

const path = "build/test-results.json";
if (exists(path)) {
  // Written by the pinned vitest: its JSON reporter has this shape.
  const report = readJson(path) as TestReport;
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.every((each) => each.status !== "failed"),
  ).length;
  const skipped = report.numPendingTests + report.numTodoTests;
  console.log(`${report.numPassedTests} passed, ${report.numFailedTests + brokenFiles} failed, ${skipped} skipped`);
} else {
  console.error(`There is no ${path}: the tests did not run`);
  process.exitCode = 1;
}
