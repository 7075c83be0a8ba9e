import { packageName } from "@crucible/stdlib-graph";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/stdlib-graph");
});
