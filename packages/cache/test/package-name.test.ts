import { packageName } from "@crucible/cache";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/cache");
});
