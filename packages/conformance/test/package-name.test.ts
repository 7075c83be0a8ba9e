import { packageName } from "@crucible/conformance";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/conformance");
});
