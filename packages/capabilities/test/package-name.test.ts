import { packageName } from "@crucible/capabilities";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/capabilities");
});
