import { packageName } from "@crucible/bindings";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/bindings");
});
