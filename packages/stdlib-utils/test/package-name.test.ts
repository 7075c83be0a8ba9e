import { packageName } from "@crucible/stdlib-utils";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/stdlib-utils");
});
