import { packageName } from "@crucible/sandbox-thread";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/sandbox-thread");
});
