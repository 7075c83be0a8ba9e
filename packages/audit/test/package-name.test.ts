import { packageName } from "@crucible/audit";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/audit");
});
